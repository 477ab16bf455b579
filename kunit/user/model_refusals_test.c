// SPDX-License-Identifier: GPL-2.0
/*
 * What the model answers to a call about a TD in each wrong state and with each wrong operand: it returns the exact
 * status and changes nothing.
 */
#include "own_calls.h"

static void make_fatal(void)
{
	TD->fatal = true;
}

static void take_keys(void)
{
	TD->lifecycle = SEAM_HKID_ASSIGNED;
}

static void block_td(void)
{
	TD->lifecycle = SEAM_BLOCKED;
}

static void take_control_page(void)
{
	TD->control_pages--;
}

static void fill_control_pages(void)
{
	TD->control_pages = 9;
}

static void uninitialise(void)
{
	TD->op_state = SEAM_TD_UNINITIALIZED;
}

static void initialise(void)
{
	TD->op_state = SEAM_TD_INITIALIZED;
}

static void finalise(void)
{
	TD->op_state = SEAM_TD_RUNNABLE;
}

static void take_vcpu_page(void)
{
	VCPU->control_pages--;
}

static void fill_vcpu_pages(void)
{
	VCPU->control_pages = 15;
}

static void uninitialise_vcpu(void)
{
	VCPU->state = SEAM_VCPU_UNINITIALIZED;
}

static void disable_vcpu(void)
{
	VCPU->state = SEAM_VCPU_DISABLED;
}

static void ready_vcpu(void)
{
	VCPU->state = SEAM_VCPU_READY;
}

static void move_vcpu(void)
{
	VCPU->lp = 2;
}

static void forget_lp(void)
{
	VCPU->lp = 0;
}

static void use_up_vcpus(void)
{
	TD->initialised_vcpus = 2;
}

static void number_another_vcpu(void)
{
	own.model.vcpus[1] = (struct seam_vcpu){.live = true, .has_apic_id = true, .apic_id = 6};
}

static void no_vcpus(void)
{
	TD->initialised_vcpus = 0;
}

static void dirty_key(void)
{
	own.model.keys[OWN_KEYID].packages_to_flush = 1;
}

static void give_key(void)
{
	own.model.keys[OWN_KEYID + 1].state = SEAM_KEY_ASSIGNED;
}

static void configure_key(void)
{
	TD->packages_with_key = 1;
}

static void no_engine_entropy(void)
{
	own.model.config.pconfig = SEAM_PCONFIG_NO_ENTROPY;
}

static void engine_busy(void)
{
	own.model.config.pconfig = SEAM_PCONFIG_BUSY;
}

static void all_vcpus(void)
{
	u32 i;

	for (i = 0; i < SEAM_MAX_VCPUS; i++)
		own.model.vcpus[i].live = true;
}

static void running_vcpu(void)
{
	TD->vcpus = 1;
}

static void a_child(void)
{
	TD->children = 1;
}

static void reserve_page(void)
{
	FREE->entry.type = SEAM_PT_RSVD;
}

/* Each state in which a call is refused. */
static const struct {
	enum call call;
	void (*spoil)(void);
	u64 status;
} wrong_states[] = {
	{ADDCX, make_fatal, SEAM_TD_FATAL},
	{ADDCX, take_keys, SEAM_TD_KEYS_NOT_CONFIGURED},
	{ADDCX, fill_control_pages, SEAM_TDCX_NUM_INCORRECT},
	{ADDCX, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{KEY_CONFIG, make_fatal, SEAM_TD_FATAL},
	{KEY_CONFIG, block_td, SEAM_LIFECYCLE_STATE_INCORRECT},
	{KEY_CONFIG, configure_key, SEAM_KEY_CONFIGURED},
	{KEY_CONFIG, no_engine_entropy, SEAM_KEY_GENERATION_FAILED},
	{KEY_CONFIG, engine_busy, SEAM_OPERAND_BUSY | SEAM_OPERAND_KET},
	{VPFLUSHDONE, block_td, SEAM_LIFECYCLE_STATE_INCORRECT},
	{VPFLUSHDONE, running_vcpu, SEAM_FLUSHVP_NOT_DONE},
	{FREEID, take_keys, SEAM_LIFECYCLE_STATE_INCORRECT},
	{FREEID, dirty_key, SEAM_WBCACHE_NOT_COMPLETE},
	{MNG_CREATE, give_key, SEAM_HKID_NOT_FREE},
	{MNG_CREATE, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{MNG_INIT, make_fatal, SEAM_TD_FATAL},
	{MNG_INIT, take_keys, SEAM_TD_KEYS_NOT_CONFIGURED},
	{MNG_INIT, take_control_page, SEAM_TDCS_NOT_ALLOCATED},
	{MNG_INIT, initialise, SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED},
	{MNG_INIT, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{MNG_RD, make_fatal, SEAM_TD_FATAL},
	{MNG_RD, take_control_page, SEAM_TDCS_NOT_ALLOCATED},
	{MNG_RD, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_CREATE, make_fatal, SEAM_TD_FATAL},
	{VP_CREATE, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_CREATE, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{VP_CREATE, all_vcpus, SEAM_RND_NO_ENTROPY},
	{VP_CREATE, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VP_ADDCX, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_ADDCX, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{VP_ADDCX, ready_vcpu, SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_READY},
	{VP_ADDCX, fill_vcpu_pages, SEAM_TDCX_NUM_INCORRECT},
	{VP_ADDCX, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VP_INIT, make_fatal, SEAM_TD_FATAL},
	{VP_INIT, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_INIT, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{VP_INIT, take_vcpu_page, SEAM_TDCX_NUM_INCORRECT},
	{VP_INIT, ready_vcpu, SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_READY},
	{VP_INIT, disable_vcpu, SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED},
	{VP_INIT, use_up_vcpus, SEAM_MAX_VCPUS_EXCEEDED},
	{VP_INIT_1, use_up_vcpus, SEAM_MAX_VCPUS_EXCEEDED},
	{VP_INIT_1, number_another_vcpu, SEAM_X2APIC_ID_NOT_UNIQUE | 6},
	{VP_FLUSH, take_keys, SEAM_TD_KEYS_NOT_CONFIGURED},
	{VP_FLUSH, take_vcpu_page, SEAM_TDCX_NUM_INCORRECT},
	{VP_FLUSH, move_vcpu, SEAM_VCPU_NOT_ASSOCIATED},
	{VP_FLUSH, forget_lp, SEAM_VCPU_NOT_ASSOCIATED},
	{VP_RD, make_fatal, SEAM_TD_FATAL},
	{VP_RD, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_RD, take_vcpu_page, SEAM_TDCX_NUM_INCORRECT},
	{VP_RD, uninitialise_vcpu, SEAM_VCPU_STATE_INCORRECT},
	{VP_RD, move_vcpu, SEAM_VCPU_ASSOCIATED},
	{VP_WR, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_WR, take_vcpu_page, SEAM_TDCX_NUM_INCORRECT},
	{VP_WR, disable_vcpu, SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED},
	{VP_WR, move_vcpu, SEAM_VCPU_ASSOCIATED},
	{VP_ENTER, make_fatal, SEAM_TD_FATAL},
	{VP_ENTER, uninitialise, SEAM_OP_STATE_INCORRECT},
	{VP_ENTER, initialise, SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED},
	{VP_ENTER, take_vcpu_page, SEAM_TDCX_NUM_INCORRECT},
	{VP_ENTER, uninitialise_vcpu, SEAM_VCPU_STATE_INCORRECT},
	{VP_ENTER, disable_vcpu, SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED},
	{VP_ENTER, move_vcpu, SEAM_VCPU_ASSOCIATED},
	{SEPT_ADD, make_fatal, SEAM_TD_FATAL},
	{SEPT_ADD, uninitialise, SEAM_OP_STATE_INCORRECT},
	{SEPT_ADD, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{PAGE_ADD, uninitialise, SEAM_OP_STATE_INCORRECT},
	{PAGE_ADD, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{PAGE_ADD, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{PAGE_AUG, uninitialise, SEAM_OP_STATE_INCORRECT},
	{PAGE_AUG, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{RANGE_BLOCK, uninitialise, SEAM_OP_STATE_INCORRECT},
	{PAGE_REMOVE, uninitialise, SEAM_OP_STATE_INCORRECT},
	{TRACK, make_fatal, SEAM_TD_FATAL},
	{TRACK, uninitialise, SEAM_OP_STATE_INCORRECT},
	{MR_EXTEND, uninitialise, SEAM_OP_STATE_INCORRECT},
	{MR_EXTEND, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{MR_FINALIZE, uninitialise, SEAM_OP_STATE_INCORRECT},
	{MR_FINALIZE, finalise, SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE},
	{MR_FINALIZE, no_vcpus, SEAM_NO_VCPUS},
	{WBINVD, reserve_page, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{RECLAIM, block_td, SEAM_LIFECYCLE_STATE_INCORRECT},
	{RECLAIM_TDR, block_td, SEAM_LIFECYCLE_STATE_INCORRECT},
	{RECLAIM_TDR, a_child, SEAM_TD_ASSOCIATED_PAGES_EXIST},
};

static void each_wrong_state_has_its_status(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong_states); i++) {
		prepare(test, wrong_states[i].call);
		wrong_states[i].spoil();
		own_remember();
		expect_refused(test, i, issue(wrong_states[i].call), wrong_states[i].status);
	}
}

/* Which register of a call has which wrong value. */
static const struct {
	enum call call;
	enum seam_register which;
	u64 value, status;
} wrong_operands[] = {
	{ADDCX, SEAM_RAX, VERSION(SEAM_MNG_ADDCX, 1), SEAM_OPERAND_INVALID | SEAM_RAX},
	{ADDCX, SEAM_RCX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{ADDCX, SEAM_RCX, OWN_FREE + 1, SEAM_OPERAND_INVALID | SEAM_RCX},
	{ADDCX, SEAM_RCX, OWN_FREE | 1ULL << 52, SEAM_OPERAND_INVALID | SEAM_RCX},
	{ADDCX, SEAM_RCX, NO_PAGE, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX},
	{ADDCX, SEAM_RCX, OWN_BASE - SEAM_PAGE_SIZE, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX},
	{ADDCX, SEAM_RDX, OWN_FREE, SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX},
	{ADDCX, SEAM_RDX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX},
	{ADDCX, SEAM_RDX, KEYID_IN(OWN_TDR), SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_CREATE, SEAM_RDX, 31, SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_CREATE, SEAM_RDX, 32, SEAM_HKID_NOT_FREE},
	{MNG_CREATE, SEAM_RDX, OWN_KEYID, SEAM_HKID_NOT_FREE},
	{MNG_CREATE, SEAM_RDX, 64, SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_CREATE, SEAM_RCX, OWN_TDR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{MNG_CREATE, SEAM_RCX, KEYID_IN(OWN_FREE), SEAM_OPERAND_INVALID | SEAM_RCX},
	{KEY_CONFIG, SEAM_RCX, OWN_FREE, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VPFLUSHDONE, SEAM_RCX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{FREEID, SEAM_RCX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{MNG_INIT, SEAM_RDX, OWN_PARAMS + 512, SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_INIT, SEAM_RDX, KEYID_IN(OWN_PARAMS), SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_INIT, SEAM_RDX, NO_PAGE, SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_INIT, SEAM_RDX, OWN_PARAMS | 1ULL << 52, SEAM_OPERAND_INVALID | SEAM_RDX},
	{MNG_RD, SEAM_RAX, VERSION(SEAM_MNG_RD, 1), SEAM_OPERAND_INVALID | SEAM_RAX},
	{MNG_RD, SEAM_RDX, TD_ATTRIBUTES + 5, SEAM_METADATA_ID_INCORRECT},
	{VP_CREATE, SEAM_RDX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX},
	{VP_CREATE, SEAM_RCX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VP_ADDCX, SEAM_RDX, OWN_TDR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX},
	{VP_ADDCX, SEAM_RCX, OWN_MAPPED, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VP_ADDCX, SEAM_RCX, OWN_TDR, SEAM_OPERAND_BUSY | SEAM_RCX}, /* it is locked */
	{VP_INIT, SEAM_RAX, VERSION(SEAM_VP_INIT, 2), SEAM_OPERAND_INVALID | SEAM_RAX},
	{VP_INIT, SEAM_RCX, OWN_TDR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VP_INIT_1, SEAM_R8, 1ULL << 32, SEAM_OPERAND_INVALID | SEAM_R8},
	{VP_FLUSH, SEAM_RCX, OWN_TDR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{VP_RD, SEAM_RAX, VERSION(SEAM_VP_RD, 1), SEAM_OPERAND_INVALID | SEAM_RAX},
	{VP_RD, SEAM_RDX, PIN_BASED + 1, SEAM_METADATA_ID_INCORRECT},
	{VP_WR, SEAM_RDX, PIN_BASED + 1, SEAM_METADATA_ID_INCORRECT},
	{VP_WR, SEAM_R9, ~(1ULL << 7), SEAM_METADATA_NOT_WRITABLE},
	{VP_ENTER, SEAM_RCX, OWN_TDVPR | 1ULL << 52, SEAM_OPERAND_INVALID | SEAM_RCX},
	{VP_ENTER, SEAM_RCX, OWN_TDVPR | 1, SEAM_OPERAND_INVALID | SEAM_RCX},
	{VP_ENTER, SEAM_RCX, OWN_TDR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{SEPT_ADD, SEAM_RAX, VERSION(SEAM_MEM_SEPT_ADD, 1), SEAM_OPERAND_INVALID | SEAM_RAX},
	{SEPT_ADD, SEAM_RCX, 0, SEAM_OPERAND_INVALID | SEAM_RCX},
	{SEPT_ADD, SEAM_RCX, 4, SEAM_OPERAND_INVALID | SEAM_RCX},
	{SEPT_ADD, SEAM_RCX, 1, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{SEPT_ADD, SEAM_RCX, 1ULL << 30 | 1, SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{SEPT_ADD, SEAM_R8, OWN_MAPPED, SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{SEPT_ADD, SEAM_R8, OWN_TDR, SEAM_OPERAND_BUSY | SEAM_R8}, /* it is locked */
	{SEPT_ADD, SEAM_R8, NO_PAGE, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_R8},
	{PAGE_ADD, SEAM_RCX, SHARED_GPA, SEAM_OPERAND_INVALID | SEAM_RCX},
	{PAGE_ADD, SEAM_RCX, IN_2M, SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{PAGE_ADD, SEAM_RCX, 0, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{PAGE_ADD, SEAM_R9, KEYID_IN(OWN_PARAMS), SEAM_OPERAND_INVALID | SEAM_R9},
	{PAGE_ADD, SEAM_R9, OWN_PARAMS | 1ULL << 52, SEAM_OPERAND_INVALID | SEAM_R9},
	{PAGE_ADD, SEAM_R9, OWN_PARAMS + 1024, SEAM_OPERAND_INVALID | SEAM_R9},
	{PAGE_ADD, SEAM_R8, OWN_MAPPED, SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{PAGE_ADD, SEAM_R8, OWN_TDR, SEAM_OPERAND_BUSY | SEAM_R8}, /* it is locked */
	{PAGE_AUG, SEAM_RCX, 0, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{PAGE_AUG, SEAM_RCX, SEAM_PAGE_SIZE | 1, SEAM_OPERAND_INVALID | SEAM_RCX},
	{PAGE_AUG, SEAM_R8, KEYID_IN(OWN_FREE), SEAM_OPERAND_INVALID | SEAM_R8},
	{RANGE_BLOCK, SEAM_RCX, SEAM_PAGE_SIZE, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{RANGE_BLOCK, SEAM_RCX, SEAM_PAGE_SIZE | 1, SEAM_OPERAND_INVALID | SEAM_RCX},
	{RANGE_BLOCK, SEAM_RDX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX},
	{PAGE_REMOVE, SEAM_RCX, SEAM_PAGE_SIZE, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{PAGE_REMOVE, SEAM_RCX, IN_2M, SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{TRACK, SEAM_RCX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{MR_EXTEND, SEAM_RCX, 255, SEAM_OPERAND_INVALID | SEAM_RCX},
	{MR_EXTEND, SEAM_RCX, SHARED_GPA, SEAM_OPERAND_INVALID | SEAM_RCX},
	{MR_EXTEND, SEAM_RCX, SEAM_PAGE_SIZE, SEAM_EPT_ENTRY_NOT_PRESENT | SEAM_RCX},
	{MR_FINALIZE, SEAM_RCX, OWN_TDVPR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{RDMD, SEAM_RCX, OWN_FREE | 1, SEAM_OPERAND_INVALID | SEAM_RCX},
	{RDMD, SEAM_RCX, NO_PAGE, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX},
	{WBINVD, SEAM_RCX, OWN_TDR, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{WBINVD, SEAM_RCX, OWN_FREE + 64, SEAM_OPERAND_INVALID | SEAM_RCX},
	{RECLAIM, SEAM_RCX, OWN_FREE, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{RECLAIM, SEAM_RCX, OWN_MAPPED + 8, SEAM_OPERAND_INVALID | SEAM_RCX},
	{RECLAIM, SEAM_RCX, NO_PAGE, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX},
};

static void each_wrong_operand_has_its_status(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong_operands); i++) {
		const enum call call = wrong_operands[i].call;

		prepare(test, call);
		own_registers_fill(calls[call].rax, calls[call].rcx, calls[call].rdx,
				   calls[call].r8, calls[call].r9, 0);
		own_registers.r[wrong_operands[i].which] = wrong_operands[i].value;
		own_remember();
		KUNIT_EXPECT_EQ(test, seam_model_call(&own.model, 0, 0, &own_registers),
				SEAM_COMPLETED);
		expect_refused(test, i, own_registers.r[SEAM_RAX], wrong_operands[i].status);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_wrong_state_has_its_status),
	KUNIT_CASE(each_wrong_operand_has_its_status),
	{},
};

OWN_SUITE("own_model_refusals");
