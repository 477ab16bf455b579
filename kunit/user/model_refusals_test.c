// SPDX-License-Identifier: GPL-2.0
/*
 * What the model answers to a call with right operands in the right state, to one for which one thing is wrong, in its
 * operands or in the model, and to one that needs a lock which is held. Leaves of which kunit/replay has recordings are
 * not here.
 */
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
#define KEYID_BITS	 ((u64)OWN_KEYID << OWN_ADDRESS_BITS)
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

static void fill_list(u32 first, u32 count)
{
	u32 i;

	memset(own_memory[900], 0xff, SEAM_PAGE_SIZE);
	for (i = 0; i < count; i++)
		ENTRY(i) = OWN_HPA(first + i);
}

/* A TD, a session of two pages with a stream of one, and the list of an IOMMU, of pages that are free. */
static void build(struct kunit *test)
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

static void before_init(void)
{
	TD->op_state = SEAM_TD_UNINITIALIZED;
}

/* Its APIC ID does not count yet. */
static void another_vcpu(void)
{
	own.model.vcpus[1] = (struct seam_vcpu){.live = true, .apic_id = 6};
}

static void vcpu_ready(void)
{
	VCPU->state = SEAM_VCPU_READY;
	VCPU->lp = 1;
	TD->vcpus = TD->initialised_vcpus = 1;
}

static void runnable(void)
{
	vcpu_ready();
	TD->op_state = SEAM_TD_RUNNABLE;
}

static void list_of_two(void)
{
	fill_list(140, 2);
}

static void end_stream(void)
{
	IDE->live = false;
	SPDM->begun = true;
}

static void begin(void)
{
	SPDM->begun = true;
}

static void connect(void)
{
	SPDM->connected = true;
}

static void block_stream(void)
{
	IDE->blocked = true;
}

static void no_unit(void)
{
	IOMMU(0)->name = IOMMU(3)->name = UNIT;
}

/* An interrupted call to set it up does not count yet. */
static void unit(void)
{
	IOMMU(0)->live = true;
	own.model.resumes[0].object = IOMMU(0);
	own.model.resumes[0].inputs.r[SEAM_RAX] = SEAM_IOMMU_SETUP;
}

static void start_quotes(void)
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
static const struct call page_remove_running = {{SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR}, runnable};
static const struct call track = {{SEAM_MEM_TRACK, OWN_TDR}};
static const struct call mr_extend = {{SEAM_MR_EXTEND, 0, OWN_TDR}};
static const struct call mr_finalize = {{SEAM_MR_FINALIZE, OWN_TDR}, vcpu_ready};

static const struct call spdm_create = {{SEAM_SPDM_CREATE, 5, ARRAY(2)}, list_of_two};
static const struct call spdm_delete = {{SEAM_SPDM_DELETE, SESSION, LIST}, end_stream};
static const struct call spdm_connect = {
	{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD, ARRAY(2)}, NULL, SEAM_SPDM_REQUEST};
static const struct call spdm_connect_begun = {
	{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD, ARRAY(2)}, begin, SEAM_SPDM_REQUEST};
static const struct call spdm_disconnect = {
	{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD}, connect, SEAM_SPDM_REQUEST};
static const struct call spdm_disconnect_begun = {
	{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD}, begin, SEAM_SPDM_REQUEST};
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
static void prepare(struct kunit *test, const struct call *call)
{
	build(test);
	if (call->prepare)
		call->prepare();
	own_registers_fill(call->r);
}

static u64 issue(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, seam_model_call(&own.model, 0, 0, &own_registers), SEAM_COMPLETED);
	return own_registers.r[SEAM_RAX];
}

static void expect_refused(struct kunit *test, u32 row, const struct call *call, u64 wanted)
{
	char text[60];

	snprintf(text, sizeof(text), "row %u, %s", row, seam_leaf_name((u16)call->r[0]));
	own_remember();
	KUNIT_EXPECT_EQ_MSG(test, issue(test), wanted, text);
	KUNIT_EXPECT_TRUE_MSG(test, own_is_unchanged(), "%s: something has changed", text);
}

/* What is wrong: a field of the model, or of each element of an array, or a register. */
struct wrong {
	void *at;
	size_t bytes;
	u64 value;
	u32 more, distance; /* elements after the first one, and the size of each */
};
#define FIELD(NAME, VALUE) \
	{ \
		&(NAME), sizeof(NAME), VALUE, 0, 0 \
	}
#define EACH(ARRAY, NAME, VALUE) \
	{ \
		&(ARRAY)[0].NAME, sizeof((ARRAY)[0].NAME), VALUE, ARRAY_SIZE(ARRAY) - 1, \
			sizeof((ARRAY)[0]) \
	}
#define EACH_OBJECT(KIND) EACH(own.model.objects[SEAM_##KIND], live, true)
#define OP_STATE(STATE) \
	FIELD(TD->op_state, SEAM_TD_##STATE), SEAM_OP_STATE_INCORRECT | SEAM_TD_##STATE
#define VCPU_STATE(STATE) \
	FIELD(VCPU->state, SEAM_VCPU_##STATE), SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_##STATE
#define REGISTER(WHICH, VALUE) FIELD(own_registers.r[SEAM_##WHICH], VALUE)

static void set(const struct wrong *wrong)
{
	u32 i;

	for (i = 0; i <= wrong->more; i++)
		memcpy((u8 *)wrong->at + i * wrong->distance, &wrong->value, wrong->bytes);
}

static const struct {
	const struct call *call;
	struct wrong wrong;
	u64 status;
} refused[] = {
	{&mng_init, FIELD(TD->fatal, true), SEAM_TD_FATAL},
	{&mng_init, FIELD(TD->lifecycle, SEAM_HKID_ASSIGNED), SEAM_TD_KEYS_NOT_CONFIGURED},
	{&mng_init, FIELD(TD->control_pages, 5), SEAM_TDCS_NOT_ALLOCATED},
	{&mng_init, OP_STATE(INITIALIZED)},
	{&mng_init, REGISTER(RDX, OWN_PARAMS + 512), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&mng_init, REGISTER(RDX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&mng_rd, OP_STATE(UNINITIALIZED)},
	{&mng_rd, REGISTER(RAX, VERSION(SEAM_MNG_RD, 1)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&mng_rd, REGISTER(RDX, TD_ATTRIBUTES + 5), SEAM_METADATA_ID_INCORRECT},

	{&vp_create, OP_STATE(RUNNABLE)},
	{&vp_create, EACH(own.model.vcpus, live, true), SEAM_RND_NO_ENTROPY},
	{&vp_create, FIELD(FREE->entry.type, SEAM_PT_RSVD),
	 SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{&vp_addcx, OP_STATE(RUNNABLE)},
	{&vp_addcx, VCPU_STATE(READY)},
	{&vp_addcx, FIELD(VCPU->control_pages, 15), SEAM_TDCX_NUM_INCORRECT},
	{&vp_addcx, FIELD(FREE->entry.type, SEAM_PT_RSVD), SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{&vp_addcx, REGISTER(RDX, OWN_TDR), SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX},
	{&vp_init, OP_STATE(RUNNABLE)},
	{&vp_init, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_init, VCPU_STATE(READY)},
	{&vp_init, FIELD(TD->initialised_vcpus, 2), SEAM_MAX_VCPUS_EXCEEDED},
	{&vp_init, REGISTER(RAX, VERSION(SEAM_VP_INIT, 2)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&vp_init_1, FIELD(own.model.vcpus[1].has_apic_id, true), SEAM_X2APIC_ID_NOT_UNIQUE | 6},
	{&vp_init_1, REGISTER(R8, 1ULL << 32), SEAM_OPERAND_INVALID | SEAM_R8},
	{&vp_flush, FIELD(TD->lifecycle, SEAM_HKID_ASSIGNED), SEAM_TD_KEYS_NOT_CONFIGURED},
	{&vp_flush, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_flush, FIELD(VCPU->lp, 2), SEAM_VCPU_NOT_ASSOCIATED},
	{&vp_rd, OP_STATE(UNINITIALIZED)},
	{&vp_rd, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_rd, VCPU_STATE(UNINITIALIZED)},
	{&vp_rd, FIELD(VCPU->lp, 2), SEAM_VCPU_ASSOCIATED},
	{&vp_rd, REGISTER(RAX, VERSION(SEAM_VP_RD, 1)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&vp_rd, REGISTER(RDX, PIN_BASED + 1), SEAM_METADATA_ID_INCORRECT},
	{&vp_wr, VCPU_STATE(DISABLED)},
	{&vp_wr, FIELD(VCPU->lp, 2), SEAM_VCPU_ASSOCIATED},
	{&vp_wr, REGISTER(RDX, PIN_BASED + 1), SEAM_METADATA_ID_INCORRECT},
	{&vp_wr, REGISTER(R9, ~(1ULL << 7)), SEAM_METADATA_NOT_WRITABLE},
	{&vp_enter, OP_STATE(INITIALIZED)},
	{&vp_enter, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_enter, VCPU_STATE(DISABLED)},
	{&vp_enter, FIELD(VCPU->lp, 2), SEAM_VCPU_ASSOCIATED},
	{&vp_enter, REGISTER(RCX, OWN_TDVPR | 1), SEAM_OPERAND_INVALID | SEAM_RCX},

	{&sept_add, OP_STATE(UNINITIALIZED)},
	{&sept_add, FIELD(FREE->entry.type, SEAM_PT_RSVD), SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{&sept_add, REGISTER(RAX, VERSION(SEAM_MEM_SEPT_ADD, 1)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&sept_add, REGISTER(RCX, 0), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&sept_add, REGISTER(RCX, 4), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&sept_add, REGISTER(RCX, 1), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&sept_add, REGISTER(RCX, 1ULL << 30 | 1), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&sept_add, REGISTER(R8, OWN_TDR), SEAM_OPERAND_BUSY | SEAM_R8}, /* it is locked */
	{&page_add, OP_STATE(RUNNABLE)},
	{&page_add, REGISTER(RCX, SHARED_GPA), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_add, REGISTER(RCX, SEAM_PAGE_SIZE | 1 << 3), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_add, REGISTER(RCX, SEAM_PAGE_SIZE | 1ULL << 52), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_add, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&page_add, REGISTER(RCX, 0), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&page_add, REGISTER(R9, OWN_PARAMS | KEYID_BITS), SEAM_OPERAND_INVALID | SEAM_R9},
	{&page_add, REGISTER(R9, OWN_PARAMS | 1ULL << 52), SEAM_OPERAND_INVALID | SEAM_R9},
	{&page_add, REGISTER(R9, OWN_PARAMS + 1024), SEAM_OPERAND_INVALID | SEAM_R9},
	{&page_aug, OP_STATE(UNINITIALIZED)},
	{&page_aug, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&page_aug, REGISTER(RCX, 0), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&page_aug, REGISTER(RCX, SEAM_PAGE_SIZE | 1), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&range_block, OP_STATE(UNINITIALIZED)},
	{&range_block, REGISTER(RCX, 4), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&range_block, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&range_block, REGISTER(RCX, SEAM_PAGE_SIZE), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&range_block, REGISTER(RCX, SEAM_PAGE_SIZE | 1), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_remove, OP_STATE(UNINITIALIZED)},
	{&page_remove, REGISTER(RCX, SEAM_PAGE_SIZE), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&page_remove, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&page_remove, REGISTER(RCX, 1), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_remove, FIELD(MAPPED->sept_state, SEAM_SEPT_NL_MAPPED),
	 SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&page_remove_running, FIELD(MAPPED->sept_state, SEAM_SEPT_PENDING),
	 SEAM_GPA_RANGE_NOT_BLOCKED | SEAM_RCX},
	{&track, OP_STATE(UNINITIALIZED)},
	{&mr_extend, OP_STATE(RUNNABLE)},
	{&mr_extend, REGISTER(RCX, 255), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&mr_extend, REGISTER(RCX, SHARED_GPA), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&mr_extend, FIELD(MAPPED->sept_state, SEAM_SEPT_PENDING), SEAM_EPT_ENTRY_NOT_PRESENT},
	{&mr_extend, REGISTER(RCX, SEAM_PAGE_SIZE), SEAM_EPT_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&mr_finalize, OP_STATE(UNINITIALIZED)},
	{&mr_finalize, OP_STATE(RUNNABLE)},
	{&mr_finalize, FIELD(TD->initialised_vcpus, 0), SEAM_NO_VCPUS},

	{&spdm_create, REGISTER(RCX, 1 << 25), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&spdm_create, EACH_OBJECT(SPDM_SESSION), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&spdm_create, FIELD(ENTRY(0), LIST), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(1)), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(3)), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(2) | 1), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(2) | 1ULL << 52), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(2) | 1ULL << 54), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, NO_PAGE | 1ULL << 55), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_delete, REGISTER(RCX, 0), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_delete, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_delete, REGISTER(RCX, SEAM_MAX_OBJECTS + 1), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_delete, FIELD(IDE->live, true), SEAM_SPDM_HAS_ACTIVE_IDE_STREAMS | SEAM_RCX},
	{&spdm_delete, FIELD(SPDM->connected, true), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_delete, FIELD(own.model.config.strict_delete, 1),
	 SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_delete, REGISTER(RDX, 0), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_delete, REGISTER(RDX, LIST + 8), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_delete, REGISTER(RDX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_connect, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_connect, FIELD(SPDM->connected, true), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_connect, FIELD(own.model.config.ext_required, 1), SEAM_SYS_STATE_INCORRECT},
	{&spdm_connect, REGISTER(RDX, LIST + 64), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_connect_begun, REGISTER(R8, OTHER + 64), SEAM_OPERAND_INVALID | SEAM_R8},
	{&spdm_connect_begun, REGISTER(R9, THIRD + 64), SEAM_OPERAND_INVALID | SEAM_R9},
	{&spdm_disconnect, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_disconnect, FIELD(SPDM->connected, false), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_disconnect, REGISTER(R8, THIRD + 8), SEAM_OPERAND_INVALID | SEAM_R8},
	{&spdm_disconnect, EACH(own.model.resumes, pending, true), SEAM_OPERAND_INVALID | SEAM_R8},
	{&spdm_disconnect_begun, REGISTER(RDX, OTHER + 8), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_update_keys, FIELD(SPDM->connected, false), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_recollect, FIELD(SPDM->connected, false), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_recollect, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_recollect, REGISTER(RDX, 3), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_recollect, REGISTER(R9, OTHER + 8), SEAM_OPERAND_INVALID | SEAM_R9},
	{&spdm_recollect, REGISTER(R10, THIRD + 8), SEAM_OPERAND_INVALID | SEAM_R10},
	{&ide_create, REGISTER(RCX, 1 << 9), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ide_create, EACH_OBJECT(IDE_STREAM), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ide_create, REGISTER(RDX, SESSION + 1), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RDX},
	{&ide_create, FIELD(SPDM->live, false), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RDX},
	{&ide_create, FIELD(own.model.config.ide_pages, 2), SEAM_OPERAND_INVALID | SEAM_R8},
	{&ide_create, REGISTER(R8, OWN_HPA(110)), SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{&ide_block, REGISTER(RDX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_block, REGISTER(RCX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_block, FIELD(IDE->blocked, true), SEAM_IDE_STREAM_BLOCKED | SEAM_RDX},
	{&ide_delete, REGISTER(RDX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_delete, FIELD(IDE->blocked, false), SEAM_IDE_STREAM_NOT_BLOCKED | SEAM_RDX},
	{&ide_delete, REGISTER(R8, LIST), SEAM_OPERAND_INVALID | SEAM_R8},
	{&ide_km, REGISTER(RDX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_km, REGISTER(R8, 3), SEAM_OPERAND_INVALID | SEAM_R8},
	{&ide_km, FIELD(IDE->blocked, true), SEAM_IDE_STREAM_BLOCKED | SEAM_RDX},
	{&ide_km, REGISTER(R9, OTHER + 8), SEAM_OPERAND_INVALID | SEAM_R9},
	{&ide_km, REGISTER(R10, THIRD + 8), SEAM_OPERAND_INVALID | SEAM_R10},

	{&iommu_setup, REGISTER(RCX, 0), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_setup, REGISTER(RCX, UNIT + 8), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_setup, FIELD(own.model.config.plain_iommu, UNIT), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_setup, EACH_OBJECT(IOMMU), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_setup, FIELD(IOMMU(0)->live, true), SEAM_IOMMU_INVALID_STATE},
	{&iommu_setup, FIELD(IOMMU(3)->live, true), SEAM_IOMMU_INVALID_STATE},
	{&iommu_setup, REGISTER(RDX, LIST + 8), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_setup, REGISTER(RDX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_setup, FIELD(ENTRY(0), OWN_HPA(120)), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_setup, FIELD(ENTRY(2), OWN_HPA(122) | 2), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_clear, FIELD(IOMMU(0)->live, false), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_clear, FIELD(own.model.resumes[0].pending, true), SEAM_IOMMU_INVALID_STATE},
	{&iommu_clear, REGISTER(RDX, 0), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_clear, REGISTER(RDX, LIST + 8), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_clear, REGISTER(RDX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RDX},

	{&ext_init, FIELD(own.model.config.ext_pool_pages, 1), SEAM_SYS_STATE_INCORRECT},
	{&ext_init, FIELD(own.model.ext_initialised, true), SEAM_SYS_STATE_INCORRECT},
	{&ext_mem_add, FIELD(own.model.ext_initialised, true), SEAM_SYS_STATE_INCORRECT},
	{&ext_mem_add, REGISTER(RCX, ARRAY(1) | 1), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ext_mem_add, REGISTER(RCX, ARRAY(1) | 1ULL << 53), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ext_mem_add, REGISTER(RCX, ARRAY(2) | 2 << 3), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ext_mem_add, REGISTER(RCX, ARRAY(1) | KEYID_BITS), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ext_mem_add, REGISTER(RCX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&quote_init, FIELD(own.model.config.ext_required, 1), SEAM_SYS_STATE_INCORRECT},
	{&quote_get, FIELD(own.model.quote_initialised, false), SEAM_SYS_STATE_INCORRECT},
	{&quote_get, FIELD(ENTRY(1), ~0ULL), SEAM_OPERAND_INVALID | SEAM_R10},
	{&quote_get, REGISTER(RCX, OWN_TDVPR), SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{&quote_get, REGISTER(RDX, QUOTE_PARTS >> 1), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&quote_get, REGISTER(R8, OTHER + 8), SEAM_OPERAND_INVALID | SEAM_R8},
	{&quote_get, REGISTER(R9, 4097), SEAM_OPERAND_INVALID | SEAM_R9},
	{&quote_get, REGISTER(R10, LIST + 8), SEAM_OPERAND_INVALID | SEAM_R10},
	{&quote_get, REGISTER(R10, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_R10},
	{&quote_get, REGISTER(R11, 4999), SEAM_OPERAND_INVALID | SEAM_R11},
	{&sys_update, REGISTER(R9, 1ULL << 63), SEAM_OPERAND_INVALID | SEAM_R9},
	{&sys_update, REGISTER(R10, 1), SEAM_OPERAND_INVALID | SEAM_R10},
};

static void each_refusal_has_its_status_and_changes_nothing(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		prepare(test, refused[i].call);
		set(&refused[i].wrong);
		expect_refused(test, i, refused[i].call, refused[i].status);
	}
}

/* A call that is executed keeps the registers that are no outputs, but not VP.ENTER. */
static void expect_done(struct kunit *test, const struct call *call)
{
	static const u8 kept[] = {SEAM_RBX, SEAM_RSI, SEAM_RDI, SEAM_R12,
				  SEAM_R13, SEAM_R14, SEAM_R15};
	u32 i;

	KUNIT_EXPECT_EQ_MSG(test, issue(test), call->status, seam_leaf_name((u16)call->r[0]));
	for (i = 0; i < sizeof(kept); i++)
		KUNIT_EXPECT_EQ_MSG(test, own_registers.r[kept[i]],
				    call == &vp_enter ? 0 : OWN_UNTOUCHED(kept[i]),
				    seam_leaf_name((u16)call->r[0]));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RSP], OWN_UNTOUCHED(SEAM_RSP));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RBP], OWN_UNTOUCHED(SEAM_RBP));
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

/* Which locks each call takes, how, and which operand it reports as busy. */
static const struct {
	const struct call *call;
	struct seam_lock *lock;
	enum seam_mode mode;
	u64 operand;
} locks[] = {
	{&mng_init, &TDR->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&mng_rd, &TDR->entry.lock, SEAM_SHARED, SEAM_RCX},
	{&vp_create, &TDR->entry.lock, SEAM_SHARED, SEAM_RDX},
	{&vp_create, &FREE->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&vp_addcx, &TDVPR->entry.lock, SEAM_EXCLUSIVE, SEAM_RDX},
	{&vp_addcx, &TDR->entry.lock, SEAM_SHARED, SEAM_OPERAND_TDR},
	{&vp_addcx, &FREE->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&vp_init, &TDVPR->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&vp_init, &TDR->entry.lock, SEAM_SHARED, SEAM_OPERAND_TDR},
	{&vp_init_1, &TDVPR->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&vp_init_1, &TDR->entry.lock, SEAM_EXCLUSIVE, SEAM_OPERAND_TDR},
	{&vp_flush, &TDVPR->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&vp_flush, &TDR->entry.lock, SEAM_SHARED, SEAM_OPERAND_TDR},
	{&vp_rd, &TDVPR->entry.lock, SEAM_SHARED, SEAM_RCX},
	{&vp_rd, &TDR->entry.lock, SEAM_SHARED, SEAM_OPERAND_TDR},
	{&vp_wr, &TDVPR->entry.lock, SEAM_SHARED, SEAM_RCX},
	{&vp_wr, &TDR->entry.lock, SEAM_SHARED, SEAM_OPERAND_TDR},
	{&vp_enter, &TDVPR->entry.lock, SEAM_SHARED, SEAM_RCX},
	{&vp_enter, &TDR->entry.lock, SEAM_SHARED, SEAM_OPERAND_TDR},
	{&vp_enter, &TD->epoch_lock, SEAM_SHARED, SEAM_OPERAND_TD_EPOCH},
	{&sept_add, &TDR->entry.lock, SEAM_SHARED, SEAM_RDX},
	{&sept_add, &TD->sept_lock, SEAM_SHARED, SEAM_OPERAND_SEPT_TREE},
	{&sept_add, &FREE->entry.lock, SEAM_EXCLUSIVE, SEAM_R8},
	{&page_add, &TDR->entry.lock, SEAM_EXCLUSIVE, SEAM_RDX},
	{&page_add, &FREE->entry.lock, SEAM_EXCLUSIVE, SEAM_R8},
	{&page_aug, &TDR->entry.lock, SEAM_SHARED, SEAM_RDX},
	{&page_aug, &TD->sept_lock, SEAM_SHARED, SEAM_OPERAND_SEPT_TREE},
	{&page_aug, &FREE->entry.lock, SEAM_EXCLUSIVE, SEAM_R8},
	{&range_block, &TDR->entry.lock, SEAM_SHARED, SEAM_RDX},
	{&range_block, &TD->sept_lock, SEAM_EXCLUSIVE, SEAM_OPERAND_SEPT_TREE},
	{&page_remove, &TDR->entry.lock, SEAM_SHARED, SEAM_RDX},
	{&page_remove, &TD->sept_lock, SEAM_SHARED, SEAM_OPERAND_SEPT_TREE},
	{&page_remove, &MAPPED->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&track, &TDR->entry.lock, SEAM_SHARED, SEAM_RCX},
	{&track, &TD->epoch_lock, SEAM_EXCLUSIVE, SEAM_OPERAND_TD_EPOCH},
	{&mr_extend, &TDR->entry.lock, SEAM_EXCLUSIVE, SEAM_RDX},
	{&mr_finalize, &TDR->entry.lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_create, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_delete, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_connect, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_connect, &own.model.service_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_disconnect, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_disconnect, &own.model.service_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_recollect, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&spdm_recollect, &own.model.service_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&ide_create, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&ide_block, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&ide_delete, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&ide_km, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&iommu_setup, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&iommu_clear, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&quote_get, &own.model.connect_lock, SEAM_EXCLUSIVE, SEAM_RCX},
	{&ext_init, &own.model.ext_lock, SEAM_EXCLUSIVE, SEAM_RAX},
	{&ext_mem_add, &own.model.ext_lock, SEAM_EXCLUSIVE, SEAM_RCX},
};

static void a_call_that_needs_a_held_lock_is_busy(struct kunit *test)
{
	u32 i, mode;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		const struct call *call = locks[i].call;

		prepare(test, call);
		expect_done(test, call);
		KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
		for (mode = SEAM_SHARED; mode <= SEAM_EXCLUSIVE; mode++) {
			prepare(test, call);
			KUNIT_ASSERT_EQ(test, seam_try_lock(locks[i].lock, mode), true);
			if (mode == SEAM_EXCLUSIVE || locks[i].mode == SEAM_EXCLUSIVE)
				expect_refused(test, i, call, SEAM_OPERAND_BUSY | locks[i].operand);
			else
				expect_done(test, call);
			seam_unlock(locks[i].lock, mode);
			KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
		}
	}
}

static void other_calls_run_beside_a_service(struct kunit *test)
{
	static const struct call *const calls[] = {&spdm_create, &spdm_delete, &ide_create,
						   &ide_block,	 &ide_delete,  &ide_km,
						   &iommu_setup, &iommu_clear, &quote_get};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		prepare(test, calls[i]);
		own.model.service_lock.holders = own.model.ext_lock.holders = -1;
		expect_done(test, calls[i]);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_refusal_has_its_status_and_changes_nothing),
	KUNIT_CASE(a_call_that_needs_a_held_lock_is_busy),
	KUNIT_CASE(other_calls_run_beside_a_service),
	{},
};

OWN_SUITE("own_model_refusals");
