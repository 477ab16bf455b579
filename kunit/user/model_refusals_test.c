// SPDX-License-Identifier: GPL-2.0
/* What the model answers to a call for which one thing is wrong, in its operands or in the model. */
#include "model_calls.h"

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
	{&mng_rd, OP_STATE(UNINITIALIZED)},
	{&mng_rd, REGISTER(RAX, VERSION(SEAM_MNG_RD, 1)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&mng_rd, REGISTER(RDX, TD_ATTRIBUTES + 5), SEAM_METADATA_ID_INCORRECT},

	{&vp_create, OP_STATE(RUNNABLE)},
	{&vp_create, EACH(own.model.vcpus, live, true), SEAM_RND_NO_ENTROPY},
	{&vp_addcx, OP_STATE(RUNNABLE)},
	{&vp_addcx, VCPU_STATE(READY)},
	{&vp_addcx, FIELD(VCPU->control_pages, 15), SEAM_TDCX_NUM_INCORRECT},
	{&vp_init, OP_STATE(RUNNABLE)},
	{&vp_init, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_init, VCPU_STATE(READY)},
	{&vp_init, FIELD(TD->initialised_vcpus, 2), SEAM_MAX_VCPUS_EXCEEDED},
	{&vp_init, REGISTER(RAX, VERSION(SEAM_VP_INIT, 2)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&vp_init_1, FIELD(own.model.vcpus[1].has_apic_id, true), SEAM_X2APIC_ID_NOT_UNIQUE | 6},
	{&vp_init_1, REGISTER(R8, 1ULL << 32), SEAM_OPERAND_INVALID | SEAM_R8},
	{&vp_flush, FIELD(TD->lifecycle, SEAM_HKID_ASSIGNED), SEAM_TD_KEYS_NOT_CONFIGURED},
	{&vp_flush, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_rd, OP_STATE(UNINITIALIZED)},
	{&vp_rd, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_rd, REGISTER(RAX, VERSION(SEAM_VP_RD, 1)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&vp_wr, VCPU_STATE(DISABLED)},
	{&vp_wr, REGISTER(RDX, PIN_BASED + 1), SEAM_METADATA_ID_INCORRECT},
	{&vp_wr, REGISTER(R9, ~(1ULL << 7)), SEAM_METADATA_NOT_WRITABLE},
	{&vp_enter, OP_STATE(INITIALIZED)},
	{&vp_enter, FIELD(VCPU->control_pages, 4), SEAM_TDCX_NUM_INCORRECT},
	{&vp_enter, FIELD(VCPU->lp, 2), SEAM_VCPU_ASSOCIATED},

	{&sept_add, OP_STATE(UNINITIALIZED)},
	{&sept_add, REGISTER(RAX, VERSION(SEAM_MEM_SEPT_ADD, 1)), SEAM_OPERAND_INVALID | SEAM_RAX},
	{&sept_add, REGISTER(RCX, 0), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&sept_add, REGISTER(RCX, 4), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_add, OP_STATE(RUNNABLE)},
	{&page_add, REGISTER(RCX, SEAM_PAGE_SIZE | 1 << 3), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_add, REGISTER(RCX, SEAM_PAGE_SIZE | 1ULL << 52), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&page_add, REGISTER(RCX, 0), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&page_add, REGISTER(R9, OWN_PARAMS | 1ULL << 52), SEAM_OPERAND_INVALID | SEAM_R9},
	{&page_aug, OP_STATE(UNINITIALIZED)},
	{&page_aug, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&range_block, OP_STATE(UNINITIALIZED)},
	{&range_block, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&range_block, REGISTER(RCX, SEAM_PAGE_SIZE), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX},
	{&page_remove, OP_STATE(UNINITIALIZED)},
	{&page_remove, REGISTER(RCX, IN_2M), SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{&page_remove, REGISTER(RCX, 1), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&track, OP_STATE(UNINITIALIZED)},
	{&mr_extend, OP_STATE(RUNNABLE)},
	{&mr_extend, REGISTER(RCX, SHARED_GPA), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&mr_extend, FIELD(MAPPED->sept_state, SEAM_SEPT_PENDING), SEAM_EPT_ENTRY_NOT_PRESENT},
	{&mr_finalize, OP_STATE(UNINITIALIZED)},
	{&mr_finalize, OP_STATE(RUNNABLE)},
	{&mr_finalize, FIELD(TD->initialised_vcpus, 0), SEAM_NO_VCPUS},

	{&spdm_create, REGISTER(RCX, 1 << 25), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&spdm_create, FIELD(ENTRY(0), LIST), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(1)), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(3)), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(2) | 1), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(2) | 1ULL << 52), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, ARRAY(2) | 1ULL << 54), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_create, REGISTER(RDX, NO_PAGE | 1ULL << 55), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_delete, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_delete, FIELD(IDE->live, true), SEAM_SPDM_HAS_ACTIVE_IDE_STREAMS | SEAM_RCX},
	{&spdm_delete, FIELD(own.model.config.strict_delete, 1),
	 SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_delete, REGISTER(RDX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&spdm_connect, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_connect, FIELD(SPDM->connected, true), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_connect, FIELD(own.model.config.ext_required, 1), SEAM_SYS_STATE_INCORRECT},
	{&spdm_disconnect, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_disconnect, FIELD(SPDM->connected, false), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_disconnect, REGISTER(R8, THIRD + 8), SEAM_OPERAND_INVALID | SEAM_R8},
	{&spdm_disconnect, EACH(own.model.resumes, pending, true), SEAM_OPERAND_INVALID | SEAM_R8},
	{&spdm_update_keys, FIELD(SPDM->connected, false), SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{&spdm_recollect, REGISTER(RCX, 2), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{&spdm_recollect, REGISTER(RDX, 3), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&ide_create, REGISTER(RCX, 1 << 9), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ide_create, REGISTER(RDX, SESSION + 1), SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RDX},
	{&ide_create, REGISTER(R8, OWN_HPA(110)), SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{&ide_block, REGISTER(RDX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_block, FIELD(IDE->blocked, true), SEAM_IDE_STREAM_BLOCKED | SEAM_RDX},
	{&ide_delete, REGISTER(RDX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_km, REGISTER(RDX, 2), SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{&ide_km, REGISTER(R8, 3), SEAM_OPERAND_INVALID | SEAM_R8},
	{&ide_km, FIELD(IDE->blocked, true), SEAM_IDE_STREAM_BLOCKED | SEAM_RDX},

	{&iommu_setup, EACH(own.model.objects[SEAM_IOMMU], live, true),
	 SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_setup, FIELD(IOMMU(3)->live, true), SEAM_IOMMU_INVALID_STATE},
	{&iommu_setup, REGISTER(RDX, NO_PAGE), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_setup, FIELD(ENTRY(0), OWN_HPA(120)), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_clear, FIELD(IOMMU(0)->live, false), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&iommu_clear, FIELD(own.model.resumes[0].pending, true), SEAM_IOMMU_INVALID_STATE},
	{&iommu_clear, REGISTER(RDX, 0), SEAM_OPERAND_INVALID | SEAM_RDX},
	{&iommu_clear, REGISTER(RDX, LIST + 8), SEAM_OPERAND_INVALID | SEAM_RDX},

	{&ext_init, FIELD(own.model.config.ext_pool_pages, 1), SEAM_SYS_STATE_INCORRECT},
	{&ext_mem_add, FIELD(own.model.ext_initialised, true), SEAM_SYS_STATE_INCORRECT},
	{&ext_mem_add, REGISTER(RCX, ARRAY(1) | 1), SEAM_OPERAND_INVALID | SEAM_RCX},
	{&ext_mem_add, REGISTER(RCX, ARRAY(1) | 1ULL << 53), SEAM_OPERAND_INVALID | SEAM_RCX},
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

static struct kunit_case cases[] = {
	KUNIT_CASE(each_refusal_has_its_status_and_changes_nothing),
	{},
};

OWN_SUITE("own_model_refusals");
