// SPDX-License-Identifier: GPL-2.0
/* tdx_extensions_start(): the memory that the module's extensions require, and their start. */
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "harness.h"

#define POOL   1030 /* three windows */
#define WINDOW 512

/* What the module requires, and the calls that this takes. T35 of docs/defects.md: a start alone. */
static const struct requirement {
	const char *name;
	u32 pool;
	bool is_start_required;
	u64 windows, starts;
} requirements[] = {
	{"three windows", POOL, false, 3, 1},
	{"a single page", 1, false, 1, 1},
	{"a start without memory", 0, true, 0, 1},
	{"nothing", 0, false, 0, 0},
};

KUNIT_ARRAY_PARAM_DESC(requirement, requirements, name);

static void extensions_get_what_they_require_once(struct kunit *test)
{
	const struct requirement *requirement = test->param_value;

	set_ext_pool(requirement->pool);
	CHANGE_CONFIG(ext_required, requirement->is_start_required);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).taken, requirement->pool);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, requirement->pool);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), requirement->windows);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), requirement->starts);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	/* The status says that the module keeps the pages: RDMD is not needed. */
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
}

/* In modules up to the posted series of March 2026 the two fields have other ids. */
static void a_module_with_the_early_field_ids_is_understood(struct kunit *test)
{
	unsigned int nth;

	set_ext_pool(POOL);
	/* Calls 3, 5 and 7 read the current ids; call 3 checks that the feature exists. */
	for (nth = 3; nth <= 7; nth += 2)
		inject(test,
		       NTH_CALL(SEAM_SYS_RD, nth, SEAM_INJECT_STATUS, SEAM_METADATA_ID_INCORRECT));
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SYS_RD, SEAM_RDX), 0x3100000100000000ULL);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, POOL);
}

static void fields_that_cannot_be_read_stop_the_start(struct kunit *test)
{
	/* After the features. */
	inject(test, FROM_CALL(SEAM_SYS_RD, 4, 2, SEAM_INJECT_STATUS, SEAM_METADATA_ID_INCORRECT));
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), -EIO);
	KUNIT_EXPECT_EQ(test, since_start(test).taken, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 0);
}

struct fault {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
	int error;
	unsigned int taken; /* pages of the second window that the module took */
};

static const struct fault faults[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX, 1, -EIO},
	{"refused after the fact", SEAM_INJECT_STATUS_AFTER, SEAM_OPERAND_INVALID | SEAM_RCX, 1,
	 -EIO, WINDOW},
	{"always busy", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, WRAPPER_TRIES, -EBUSY},
	{"no entropy", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, WRAPPER_TRIES, -EAGAIN},
	{"no module", SEAM_INJECT_VMFAILINVALID, 0, 1, -ENODEV},
	{"VMX is off", SEAM_INJECT_UD, 0, 1, -EACCES},
	{"fatal", SEAM_INJECT_STATUS, FATAL_STATUS, 1, -EIO},
	{"unknown after the fact", SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, 1, -EIO, WINDOW},
};

KUNIT_ARRAY_PARAM_DESC(fault, faults, name);

static void plan(struct kunit *test, u16 leaf, u32 nth)
{
	const struct fault *fault = test->param_value;

	inject(test, FROM_CALL(leaf, nth, fault->times, fault->kind, fault->value));
}

/* T7 and T8 of docs/defects.md: the second window fails, and when that was repeated, the start. */
static void a_start_that_fails_frees_no_memory_of_the_module(struct kunit *test)
{
	const struct fault *fault = test->param_value;

	set_ext_pool(POOL);
	plan(test, SEAM_EXT_MEM_ADD, 2);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), fault->error);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, WINDOW + fault->taken);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, POOL - WINDOW - fault->taken);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 0);

	/* The module reports the memory that it still requires. */
	plan(test, SEAM_EXT_INIT, 1);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), fault->error);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, POOL);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, POOL);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, POOL - WINDOW - fault->taken);
}

static void a_page_that_cannot_be_checked_after_a_failed_start_is_quarantined(struct kunit *test)
{
	set_ext_pool(POOL);
	answer_next(test, SEAM_EXT_MEM_ADD, UNKNOWN_STATUS);
	inject(test, NEXT_CALL(SEAM_PHYMEM_PAGE_RDMD, SEAM_INJECT_VMFAILINVALID, 0));
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, POOL - 1);
	empty_quarantine(test);
}

static int start(void *unused)
{
	return tdx_extensions_start();
}

/* The second start begins during the first one, whose calls are interrupted all the time. */
static void two_starts_at_once_give_the_memory_once(struct kunit *test)
{
	struct task_struct *other;

	set_ext_pool(POOL);
	set_interrupt_every(1);
	other = kthread_create(start, NULL, "tdx_page_array_test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	get_task_struct(other);
	wake_up_process(other);
	while (!seam_emulator_calls(SEAM_EXT_MEM_ADD))
		cond_resched();
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, kthread_stop_put(other), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, POOL);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(extensions_get_what_they_require_once, requirement_gen_params),
	KUNIT_CASE(a_module_with_the_early_field_ids_is_understood),
	KUNIT_CASE(fields_that_cannot_be_read_stop_the_start),
	KUNIT_CASE_PARAM(a_start_that_fails_frees_no_memory_of_the_module, fault_gen_params),
	KUNIT_CASE(a_page_that_cannot_be_checked_after_a_failed_start_is_quarantined),
	KUNIT_CASE(two_starts_at_once_give_the_memory_once),
	{},
};

TEST_SUITE("extensions", harness_init, harness_exit);
