/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls with right operands, and how a test's own model is brought into the state for each. Leaves of which
 * kunit/replay has recordings are not here.
 */
#ifndef MODEL_CALLS_H
#define MODEL_CALLS_H

#include "own_model.h"

#define TDR    (&own.pages[0])
#define TDVPR  (&own.pages[7])
#define MAPPED (&own.pages[16])
#define FREE   (&own.pages[20])
#define TD     (&own.model.tds[0])
#define VCPU   (&own.model.vcpus[0])

#define SPDM	 (&own.model.objects[SEAM_SPDM_SESSION][0])
#define IDE	 (&own.model.objects[SEAM_IDE_STREAM][0])
#define IOMMU(I) (&own.model.objects[SEAM_IOMMU][I])

#define PIN_BASED	 0x0000000200004000ULL
#define TD_ATTRIBUTES	 0x1110000300000000ULL
#define NO_PAGE		 OWN_HPA(OWN_PAGES)
#define IN_2M		 (1ULL << 21)
#define SHARED_GPA	 (1ULL << 47)
#define VERSION(LEAF, V) ((u64)(LEAF) | (u64)(V) << 16)

#define LIST	    OWN_HPA(900)
#define ENTRY(I)    ((u64 *)own_memory[900])[I]
#define OTHER	    OWN_HPA(901)
#define THIRD	    OWN_HPA(902)
#define ARRAY(N)    (LIST | (u64)((N)-1) << 55)
#define SESSION	    1
#define STREAM	    1
#define UNIT	    0xFED90000ULL
#define QUOTE_PARTS (0xFFFFULL << 32)

static inline void fill_list(u32 first, u32 count)
{
	u32 i;

	memset(own_memory[900], 0xff, SEAM_PAGE_SIZE);
	for (i = 0; i < count; i++)
		ENTRY(i) = OWN_HPA(first + i);
}

/* A TD, a session of two pages with a stream of one, and the list of an IOMMU, of pages that are free. */
static inline void build(struct kunit *test)
{
	own_build_td(test);
	own.model.config.spdm_pages = 2;
	own.model.config.quote_bytes = 5000;
	fill_list(100, 2);
	own_succeeds(test, SEAM_SPDM_CREATE, 0, ARRAY(2));
	KUNIT_ASSERT_EQ(test, own_registers.r[SEAM_RCX], SESSION);
	own_succeeds(test, SEAM_IDE_STREAM_CREATE, 0, SESSION, OWN_HPA(110));
	KUNIT_ASSERT_EQ(test, own_registers.r[SEAM_RCX], STREAM);
	KUNIT_ASSERT_EQ(test, own_registers.r[SEAM_RDX], 0);
	fill_list(120, 6);
	ENTRY(0) |= 2;
	ENTRY(1) = OWN_HPA(130) | 2;
}

/* Brings the model into the state for a call. */

static inline void before_init(void)
{
	TD->op_state = SEAM_TD_UNINITIALIZED;
}

/* Its APIC ID does not count yet. */
static inline void another_vcpu(void)
{
	own.model.vcpus[1] = (struct seam_vcpu){.live = true, .apic_id = 6};
}

static inline void vcpu_ready(void)
{
	VCPU->state = SEAM_VCPU_READY;
	VCPU->lp = 1;
	TD->vcpus = TD->initialised_vcpus = 1;
}

static inline void runnable(void)
{
	vcpu_ready();
	TD->op_state = SEAM_TD_RUNNABLE;
}

static inline void list_of_two(void)
{
	fill_list(140, 2);
}

static inline void end_stream(void)
{
	IDE->live = false;
	SPDM->begun = true;
}

static inline void connect(void)
{
	SPDM->connected = true;
}

static inline void block_stream(void)
{
	IDE->blocked = true;
}

static inline void no_unit(void)
{
	IOMMU(0)->name = IOMMU(3)->name = UNIT;
}

/* An interrupted call to set it up does not count yet. */
static inline void unit(void)
{
	IOMMU(0)->live = true;
	own.model.resumes[0].object = IOMMU(0);
	own.model.resumes[0].inputs.r[SEAM_RAX] = SEAM_IOMMU_SETUP;
}

static inline void start_quotes(void)
{
	own.model.quote_initialised = true;
	list_of_two();
}

/* A call with right operands. */
struct call {
	u64 r[OWN_INPUTS];     /* RAX, RCX, RDX, R8, R9, R10, R11 */
	void (*prepare)(void); /* NULL: the state is that of build() */
	u64 status;
};

static const struct call mng_init = {{SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS}, before_init};
static const struct call mng_rd = {{SEAM_MNG_RD, OWN_TDR, TD_ATTRIBUTES}};
static const struct call vp_create = {{SEAM_VP_CREATE, OWN_FREE, OWN_TDR}};
static const struct call vp_addcx = {{SEAM_VP_ADDCX, OWN_FREE, OWN_TDVPR}};
static const struct call vp_init = {{SEAM_VP_INIT, OWN_TDVPR}};
static const struct call vp_init_1 = {{VERSION(SEAM_VP_INIT, 1), OWN_TDVPR, 0, 6}, another_vcpu};
static const struct call vp_flush = {{SEAM_VP_FLUSH, OWN_TDVPR}, vcpu_ready};
static const struct call vp_rd = {{SEAM_VP_RD, OWN_TDVPR, PIN_BASED}, vcpu_ready};
static const struct call vp_wr = {{SEAM_VP_WR, OWN_TDVPR, PIN_BASED, 1 << 7, 1 << 7}, vcpu_ready};
static const struct call vp_enter = {
	{SEAM_VP_ENTER, OWN_TDVPR}, runnable, SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT};
static const struct call sept_add = {{SEAM_MEM_SEPT_ADD, IN_2M | 1, OWN_TDR, OWN_FREE}};
static const struct call page_add = {
	{SEAM_MEM_PAGE_ADD, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE, OWN_PARAMS}};
static const struct call page_aug = {{SEAM_MEM_PAGE_AUG, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE}};
static const struct call range_block = {{SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR}};
static const struct call page_remove = {{SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR}};
static const struct call track = {{SEAM_MEM_TRACK, OWN_TDR}};
static const struct call mr_extend = {{SEAM_MR_EXTEND, 0, OWN_TDR}};
static const struct call mr_finalize = {{SEAM_MR_FINALIZE, OWN_TDR}, vcpu_ready};

static const struct call spdm_create = {{SEAM_SPDM_CREATE, 5, ARRAY(2)}, list_of_two};
static const struct call spdm_delete = {{SEAM_SPDM_DELETE, SESSION, LIST}, end_stream};
static const struct call spdm_connect = {
	{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD, ARRAY(2)}, NULL, SEAM_SPDM_REQUEST};
static const struct call spdm_disconnect = {
	{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD}, connect, SEAM_SPDM_REQUEST};
static const struct call spdm_update_keys = {
	{SEAM_SPDM_MNG, SESSION, 1, 0, OTHER, THIRD}, connect, SEAM_SPDM_REQUEST};
static const struct call spdm_recollect = {
	{SEAM_SPDM_MNG, SESSION, 2, 0, OTHER, THIRD}, connect, SEAM_SPDM_REQUEST};
static const struct call ide_create = {{SEAM_IDE_STREAM_CREATE, 0x1FF, SESSION, OWN_HPA(150)}};
static const struct call ide_block = {{SEAM_IDE_STREAM_BLOCK, SESSION, STREAM}};
static const struct call ide_delete = {{SEAM_IDE_STREAM_DELETE, SESSION, STREAM, 0}, block_stream};
static const struct call ide_km = {
	{SEAM_IDE_STREAM_KM, SESSION, STREAM, 2, OTHER, THIRD}, NULL, SEAM_SPDM_REQUEST};
static const struct call iommu_setup = {{SEAM_IOMMU_SETUP, UNIT, LIST}, no_unit};
static const struct call iommu_clear = {{SEAM_IOMMU_CLEAR, 1, LIST}, unit};
static const struct call ext_init = {{SEAM_EXT_INIT}};
static const struct call ext_mem_add = {{SEAM_EXT_MEM_ADD, ARRAY(2)}, list_of_two};
static const struct call quote_init = {{SEAM_QUOTE_INIT}};
static const struct call quote_get = {
	{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 4096, LIST, 5000}, start_quotes};
static const struct call sys_update = {{SEAM_SYS_UPDATE}};

/* Brings the model into the state for @call, and sets the registers. */
static inline void prepare(struct kunit *test, const struct call *call)
{
	build(test);
	if (call->prepare)
		call->prepare();
	own_registers_fill(call->r);
}

static inline void expect_refused(struct kunit *test, u32 row, const struct call *call, u64 wanted)
{
	char text[60];

	snprintf(text, sizeof(text), "row %u, %s", row, seam_leaf_name((u16)call->r[0]));
	own_remember();
	KUNIT_EXPECT_EQ_MSG(test, own_issue(0), wanted, text);
	KUNIT_EXPECT_TRUE_MSG(test, own_is_unchanged(), "%s: something has changed", text);
}

#endif
