// SPDX-License-Identifier: GPL-2.0
/* Which locks of the model a call takes, and what it answers while another call holds one. */
#include "model_calls.h"

/* A call that is executed keeps the registers that are no outputs, but not VP.ENTER. */
static void expect_done(struct kunit *test, const struct call *call)
{
	static const u8 kept[] = {SEAM_RBX, SEAM_RSI, SEAM_RDI, SEAM_R12,
				  SEAM_R13, SEAM_R14, SEAM_R15};
	u32 i;

	KUNIT_EXPECT_EQ_MSG(test, own_issue(0), call->status, seam_leaf_name((u16)call->r[0]));
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
	KUNIT_CASE(a_call_that_needs_a_held_lock_is_busy),
	KUNIT_CASE(other_calls_run_beside_a_service),
	{},
};

OWN_SUITE("own_model_locks");
