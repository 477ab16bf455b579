/* SPDX-License-Identifier: GPL-2.0 */
/* Calls about the TD of a test's own model (own_model.h), each with the state that it needs and right operands. */
#ifndef OWN_CALLS_H
#define OWN_CALLS_H

#include "own_model.h"

#define TDR    (&own.pages[0])
#define TDVPR  (&own.pages[7])
#define MAPPED (&own.pages[16])
#define FREE   (&own.pages[20])
#define TD     (&own.model.tds[0])
#define VCPU   (&own.model.vcpus[0])

#define PIN_BASED	 0x0000000200004000ULL
#define TD_ATTRIBUTES	 0x1110000300000000ULL
#define NO_PAGE		 OWN_HPA(OWN_PAGES)
#define IN_2M		 (1ULL << 21)
#define KEYID_IN(HPA)	 ((HPA) | (u64)OWN_KEYID << OWN_ADDRESS_BITS)
#define SHARED_GPA	 (1ULL << 47)
#define VERSION(LEAF, V) ((u64)(LEAF) | (u64)(V) << 16)

/* The calls, each with operands that are right after the TD was built. */
enum call {
	ADDCX,
	KEY_CONFIG,
	VPFLUSHDONE,
	FREEID,
	MNG_CREATE,
	MNG_INIT,
	MNG_RD,
	VP_CREATE,
	VP_ADDCX,
	VP_INIT,
	VP_INIT_1,
	VP_FLUSH,
	VP_RD,
	VP_WR,
	VP_ENTER,
	SEPT_ADD,
	PAGE_ADD,
	PAGE_AUG,
	RANGE_BLOCK,
	PAGE_REMOVE,
	TRACK,
	MR_EXTEND,
	MR_FINALIZE,
	RDMD,
	WBINVD,
	RECLAIM,
	RECLAIM_TDR,
};

static void before_init(void)
{
	TD->op_state = SEAM_TD_UNINITIALIZED;
}

static void one_tdcs_page_less(void)
{
	TD->op_state = SEAM_TD_UNINITIALIZED;
	TD->control_pages--;
}

static void before_keys(void)
{
	TD->lifecycle = SEAM_HKID_ASSIGNED;
	TD->packages_with_key = 0;
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

static void blocked(void)
{
	TD->lifecycle = SEAM_BLOCKED;
	own.model.keys[OWN_KEYID] = (struct seam_key){.state = SEAM_KEY_FLUSHED};
}

static void torn_down(void)
{
	TD->lifecycle = SEAM_TEARDOWN;
}

static void torn_down_alone(void)
{
	TD->lifecycle = SEAM_TEARDOWN;
	TD->children = 0;
}

static const struct {
	u64 rax, rcx, rdx, r8, r9;
	void (*prepare)(void); /* NULL: as it was built */
} calls[] = {
	[ADDCX] = {SEAM_MNG_ADDCX, OWN_FREE, OWN_TDR, 0, 0, one_tdcs_page_less},
	[KEY_CONFIG] = {SEAM_MNG_KEY_CONFIG, OWN_TDR, 0, 0, 0, before_keys},
	[VPFLUSHDONE] = {SEAM_MNG_VPFLUSHDONE, OWN_TDR, 0, 0, 0, NULL},
	[FREEID] = {SEAM_MNG_KEY_FREEID, OWN_TDR, 0, 0, 0, blocked},
	[MNG_CREATE] = {SEAM_MNG_CREATE, OWN_FREE, OWN_KEYID + 1, 0, 0, NULL},
	[MNG_INIT] = {SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS, 0, 0, before_init},
	[MNG_RD] = {SEAM_MNG_RD, OWN_TDR, TD_ATTRIBUTES, 0, 0, NULL},
	[VP_CREATE] = {SEAM_VP_CREATE, OWN_FREE, OWN_TDR, 0, 0, NULL},
	[VP_ADDCX] = {SEAM_VP_ADDCX, OWN_FREE, OWN_TDVPR, 0, 0, NULL},
	[VP_INIT] = {SEAM_VP_INIT, OWN_TDVPR, 0, 0, 0, NULL},
	[VP_INIT_1] = {VERSION(SEAM_VP_INIT, 1), OWN_TDVPR, 0, 6, 0, NULL},
	[VP_FLUSH] = {SEAM_VP_FLUSH, OWN_TDVPR, 0, 0, 0, vcpu_ready},
	[VP_RD] = {SEAM_VP_RD, OWN_TDVPR, PIN_BASED, 0, 0, vcpu_ready},
	[VP_WR] = {SEAM_VP_WR, OWN_TDVPR, PIN_BASED, 1 << 7, 1 << 7, vcpu_ready},
	[VP_ENTER] = {SEAM_VP_ENTER, OWN_TDVPR, 0, 0, 0, runnable},
	[SEPT_ADD] = {SEAM_MEM_SEPT_ADD, IN_2M | 1, OWN_TDR, OWN_FREE, 0, NULL},
	[PAGE_ADD] = {SEAM_MEM_PAGE_ADD, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE, OWN_PARAMS, NULL},
	[PAGE_AUG] = {SEAM_MEM_PAGE_AUG, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE, 0, NULL},
	[RANGE_BLOCK] = {SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR, 0, 0, NULL},
	[PAGE_REMOVE] = {SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR, 0, 0, NULL},
	[TRACK] = {SEAM_MEM_TRACK, OWN_TDR, 0, 0, 0, NULL},
	[MR_EXTEND] = {SEAM_MR_EXTEND, 0, OWN_TDR, 0, 0, NULL},
	[MR_FINALIZE] = {SEAM_MR_FINALIZE, OWN_TDR, 0, 0, 0, vcpu_ready},
	[RDMD] = {SEAM_PHYMEM_PAGE_RDMD, OWN_FREE, 0, 0, 0, NULL},
	[WBINVD] = {SEAM_PHYMEM_PAGE_WBINVD, KEYID_IN(OWN_FREE), 0, 0, 0, NULL},
	[RECLAIM] = {SEAM_PHYMEM_PAGE_RECLAIM, OWN_MAPPED, 0, 0, 0, torn_down},
	[RECLAIM_TDR] = {SEAM_PHYMEM_PAGE_RECLAIM, OWN_TDR, 0, 0, 0, torn_down_alone},
};

/* Brings the TD into the state for @call, and sets the registers. */
static inline void prepare(struct kunit *test, enum call call)
{
	own_build_td(test);
	if (calls[call].prepare)
		calls[call].prepare();
}

static inline u64 issue(enum call call)
{
	return own_call(calls[call].rax, calls[call].rcx, calls[call].rdx, calls[call].r8,
			calls[call].r9);
}

static inline u64 expected(enum call call)
{
	return call == VP_ENTER ? SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT : SEAM_SUCCESS;
}

static inline void expect_refused(struct kunit *test, u32 row, u64 status, u64 wanted)
{
	char text[32];

	snprintf(text, sizeof(text), "row %u", row);
	KUNIT_EXPECT_EQ_MSG(test, status, wanted, text);
	KUNIT_EXPECT_TRUE_MSG(test, own_is_unchanged(), "%s: something has changed", text);
}

#endif
