// SPDX-License-Identifier: GPL-2.0
/* Each call about a TD: which locks it takes, that it is refused if one is taken, and that it leaves none behind. */
#include "own_calls.h"

/* The other registers keep the caller's values, but not after VP.ENTER. */
static void expect_registers_kept(struct kunit *test, enum call call)
{
	static const u8 kept[] = {SEAM_RBX, SEAM_RSI, SEAM_RDI, SEAM_R12,
				  SEAM_R13, SEAM_R14, SEAM_R15};
	u32 i;

	for (i = 0; i < sizeof(kept); i++)
		KUNIT_EXPECT_EQ_MSG(test, own_registers.r[kept[i]],
				    call == VP_ENTER ? 0 : OWN_UNTOUCHED(kept[i]),
				    seam_leaf_name((u16)calls[call].rax));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RSP], OWN_UNTOUCHED(SEAM_RSP));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RBP], OWN_UNTOUCHED(SEAM_RBP));
}

static void each_call_is_done_and_leaves_no_lock(struct kunit *test)
{
	u32 call;

	for (call = 0; call < ARRAY_SIZE(calls); call++) {
		prepare(test, call);
		KUNIT_EXPECT_EQ_MSG(test, issue(call), expected(call),
				    seam_leaf_name((u16)calls[call].rax));
		KUNIT_EXPECT_EQ_MSG(test, own_locks_held(), 0,
				    seam_leaf_name((u16)calls[call].rax));
		expect_registers_kept(test, call);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
	}
}

enum lock {
	LOCK_TDR,
	LOCK_TDVPR,
	LOCK_MAPPED,
	LOCK_FREE,
	LOCK_REGION,
	LOCK_GIGA,
	LOCK_KOT,
	LOCK_SEPT,
	LOCK_EPOCH,
};

static struct seam_lock *lock_of(enum lock lock)
{
	switch (lock) {
	case LOCK_TDR:
		return &TDR->entry.lock;
	case LOCK_TDVPR:
		return &TDVPR->entry.lock;
	case LOCK_MAPPED:
		return &MAPPED->entry.lock;
	case LOCK_FREE:
		return &FREE->entry.lock;
	case LOCK_REGION:
		return &own.regions[0].entry.lock;
	case LOCK_GIGA:
		return &own.gigas[0].lock;
	case LOCK_KOT:
		return &own.model.kot_lock;
	case LOCK_SEPT:
		return &TD->sept_lock;
	case LOCK_EPOCH:
		return &TD->epoch_lock;
	}
	return NULL;
}

/* Which locks each call takes, how, and which operand it reports as busy. */
static const struct {
	enum call call;
	enum lock lock;
	enum seam_mode mode;
	u64 operand;
} wanted_locks[] = {
	{ADDCX, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RDX},
	{ADDCX, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_RCX},
	{ADDCX, LOCK_REGION, SEAM_SHARED, SEAM_RDX},
	{ADDCX, LOCK_GIGA, SEAM_SHARED, SEAM_RDX},
	{KEY_CONFIG, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RCX},
	{VPFLUSHDONE, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RCX},
	{VPFLUSHDONE, LOCK_KOT, SEAM_EXCLUSIVE, SEAM_OPERAND_KOT},
	{FREEID, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RCX},
	{FREEID, LOCK_KOT, SEAM_EXCLUSIVE, SEAM_OPERAND_KOT},
	{MNG_CREATE, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_RCX},
	{MNG_CREATE, LOCK_KOT, SEAM_EXCLUSIVE, SEAM_OPERAND_KOT},
	{MNG_CREATE, LOCK_REGION, SEAM_SHARED, SEAM_RCX},
	{MNG_CREATE, LOCK_GIGA, SEAM_SHARED, SEAM_RCX},
	{MNG_INIT, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RCX},
	{MNG_RD, LOCK_TDR, SEAM_SHARED, SEAM_RCX},
	{VP_CREATE, LOCK_TDR, SEAM_SHARED, SEAM_RDX},
	{VP_CREATE, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_RCX},
	{VP_ADDCX, LOCK_TDVPR, SEAM_EXCLUSIVE, SEAM_RDX},
	{VP_ADDCX, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{VP_ADDCX, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_RCX},
	{VP_INIT, LOCK_TDVPR, SEAM_EXCLUSIVE, SEAM_RCX},
	{VP_INIT, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{VP_INIT_1, LOCK_TDVPR, SEAM_EXCLUSIVE, SEAM_RCX},
	{VP_INIT_1, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_OPERAND_TDR},
	{VP_FLUSH, LOCK_TDVPR, SEAM_EXCLUSIVE, SEAM_RCX},
	{VP_FLUSH, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{VP_RD, LOCK_TDVPR, SEAM_SHARED, SEAM_RCX},
	{VP_RD, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{VP_WR, LOCK_TDVPR, SEAM_SHARED, SEAM_RCX},
	{VP_WR, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{VP_ENTER, LOCK_TDVPR, SEAM_SHARED, SEAM_RCX},
	{VP_ENTER, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{VP_ENTER, LOCK_EPOCH, SEAM_SHARED, SEAM_OPERAND_TD_EPOCH},
	{SEPT_ADD, LOCK_TDR, SEAM_SHARED, SEAM_RDX},
	{SEPT_ADD, LOCK_SEPT, SEAM_SHARED, SEAM_OPERAND_SEPT_TREE},
	{SEPT_ADD, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_R8},
	{PAGE_ADD, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RDX},
	{PAGE_ADD, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_R8},
	{PAGE_AUG, LOCK_TDR, SEAM_SHARED, SEAM_RDX},
	{PAGE_AUG, LOCK_SEPT, SEAM_SHARED, SEAM_OPERAND_SEPT_TREE},
	{PAGE_AUG, LOCK_FREE, SEAM_EXCLUSIVE, SEAM_R8},
	{RANGE_BLOCK, LOCK_TDR, SEAM_SHARED, SEAM_RDX},
	{RANGE_BLOCK, LOCK_SEPT, SEAM_EXCLUSIVE, SEAM_OPERAND_SEPT_TREE},
	{PAGE_REMOVE, LOCK_TDR, SEAM_SHARED, SEAM_RDX},
	{PAGE_REMOVE, LOCK_SEPT, SEAM_SHARED, SEAM_OPERAND_SEPT_TREE},
	{PAGE_REMOVE, LOCK_MAPPED, SEAM_EXCLUSIVE, SEAM_RCX},
	{TRACK, LOCK_TDR, SEAM_SHARED, SEAM_RCX},
	{TRACK, LOCK_EPOCH, SEAM_EXCLUSIVE, SEAM_OPERAND_TD_EPOCH},
	{MR_EXTEND, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RDX},
	{MR_FINALIZE, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RCX},
	{RDMD, LOCK_FREE, SEAM_SHARED, SEAM_RCX},
	{RDMD, LOCK_REGION, SEAM_SHARED, SEAM_RCX},
	{RDMD, LOCK_GIGA, SEAM_SHARED, SEAM_RCX},
	{WBINVD, LOCK_FREE, SEAM_SHARED, SEAM_RCX},
	{RECLAIM, LOCK_MAPPED, SEAM_EXCLUSIVE, SEAM_RCX},
	{RECLAIM, LOCK_TDR, SEAM_SHARED, SEAM_OPERAND_TDR},
	{RECLAIM_TDR, LOCK_TDR, SEAM_EXCLUSIVE, SEAM_RCX},
};

static void a_call_that_needs_a_held_lock_is_busy(struct kunit *test)
{
	u32 i, mode;

	for (i = 0; i < ARRAY_SIZE(wanted_locks); i++) {
		for (mode = SEAM_SHARED; mode <= SEAM_EXCLUSIVE; mode++) {
			struct seam_lock *lock = lock_of(wanted_locks[i].lock);
			const u64 busy = SEAM_OPERAND_BUSY | wanted_locks[i].operand;
			u64 status;

			prepare(test, wanted_locks[i].call);
			KUNIT_ASSERT_EQ(test, seam_try_lock(lock, mode), true);
			own_remember();
			status = issue(wanted_locks[i].call);
			if (mode == SEAM_EXCLUSIVE || wanted_locks[i].mode == SEAM_EXCLUSIVE)
				/* Entering a TD associates its virtual processor first. */
				expect_refused(test, i, status, busy);
			else
				KUNIT_EXPECT_EQ(test, status, expected(wanted_locks[i].call));
			seam_unlock(lock, mode);
			KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_call_is_done_and_leaves_no_lock),
	KUNIT_CASE(a_call_that_needs_a_held_lock_is_busy),
	{},
};

OWN_SUITE("own_model_locks");
