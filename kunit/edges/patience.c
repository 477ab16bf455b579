// SPDX-License-Identifier: GPL-2.0
/*
 * A call that was not executed, was busy, found no entropy or found the module shut down does not change the state
 * of pages. In each lifecycle each SEAMCALL fails in these ways: no page goes to the quarantine, and there is no
 * warning. Then two calls of a lifecycle, chosen by a seed, fail.
 */
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "../import.h"
#include "../faults/faults.h"
#include "../warnings.h"

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of the calls in lifecycles with two faults (1)");

/* Limits the lines in the log. */
#define MAX_LINES 12
#define PAIRS	  40
#define SHUT_DOWN SEAM_SYS_SHUTDOWN
#define BUSY	  (SEAM_OPERAND_BUSY | SEAM_RCX)

/* If the wrapper retries, the fault lasts longer than its tries: later calls fail, too. */
static const struct failure silences[] = {
	{"#UD", SEAM_INJECT_UD, 0, 1},
	{"#UD three times", SEAM_INJECT_UD, 0, 3},
	{"#GP", SEAM_INJECT_GP, 0, 1},
	{"VMfailInvalid", SEAM_INJECT_VMFAILINVALID, 0, 1},
	{"busy", SEAM_INJECT_STATUS, BUSY, 15},
	{"interrupted, busy", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_BUSY, 3},
	{"no entropy", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, 25},
	{"shut down", SEAM_INJECT_STATUS, SHUT_DOWN, 2},
};

static struct kunit *running;
static u32 lines, wrongs;

static __printf(1, 2) void wrong(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	wrongs++;
	if (lines++ >= MAX_LINES)
		return;
	va_start(arguments, format);
	line.va = &arguments;
	kunit_err(running, "%pV\n", &line);
	va_end(arguments);
}

static struct driver driver = {
	.function = 0x0100,
	.keyid = 40,
	.iommu_registers = 0xfed90000,
	.has_company = true,
	.wrong = wrong,
};

/* Removes everything that a test left, so that it does not affect the next one. */
static void clean_up(const struct lifecycle *lifecycle)
{
	struct seam_finding finding;
	u32 findings;

	seam_emulator_cancel_injections();
	tear_down_td(&driver);
	if (lifecycle->end(&driver, false))
		lifecycle->end(&driver, true);
	empty_quarantine(&driver);
	if (lifecycle->check)
		lifecycle->check(&driver);
	findings = seam_emulator_take_findings(&finding, 1);
	if (findings && finding.kind != SEAM_CHANGED_RESUME)
		wrong("%s: judge: %s", lifecycle->name, seam_emulator_finding_text(finding.kind));
}

static void plan(u16 leaf, u32 ordinal, const struct failure *silence)
{
	if (plan_failure(silence, leaf, ordinal))
		wrong("a fault cannot be planned");
}

/* Runs the lifecycle with the planned faults, described by @text. True if nothing went wrong. */
static bool run_with(const struct lifecycle *lifecycle, const char *text)
{
	struct kunit_suppressed_warning *warnings = kunit_start_suppress_warning(running);
	const u32 before_wrong = wrongs;
	const u64 before = pages_in_quarantine();
	int warned;
	u64 after;

	lifecycle->run(&driver);
	after = pages_in_quarantine();
	warned = kunit_suppressed_warning_count(warnings);
	if (after != before)
		wrong("%s, %s: %lld pages came to the quarantine", lifecycle->name, text,
		      after - before);
	if (warned)
		wrong("%s, %s: %d kernel warnings", lifecycle->name, text, warned);
	clean_up(lifecycle);
	kunit_end_suppress_warning(running, warnings);
	return wrongs == before_wrong;
}

static u16 leaves[SEAM_MAX_CALLS];

/* Records the leaves that a lifecycle issues, in order. Returns their number. */
static u32 count_calls(struct kunit *test, const struct lifecycle *lifecycle)
{
	u32 calls;

	set_up_lifecycle(lifecycle);
	KUNIT_ASSERT_EQ(test, lifecycle->run(&driver), 0);
	calls = seam_emulator_order(leaves, ARRAY_SIZE(leaves));
	clean_up(lifecycle);
	KUNIT_ASSERT_GT(test, calls, 0);
	KUNIT_ASSERT_LE(test, calls, ARRAY_SIZE(leaves));
	return calls;
}

/* The ordinal of call number @call among the calls of its leaf. */
static u32 ordinal_of(u32 call)
{
	u32 i, ordinal = 0;

	for (i = 0; i <= call; i++)
		ordinal += leaves[i] == leaves[call];
	return ordinal;
}

static void describe(const struct lifecycle *const *lifecycle, char *description)
{
	strscpy(description, (*lifecycle)->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(lifecycle, lifecycles, describe);

static void a_call_that_did_not_run_changes_no_custody(struct kunit *test)
{
	const struct lifecycle *lifecycle = *(const struct lifecycle *const *)test->param_value;
	u32 call, i, cases = 0, bad = 0;
	const u32 calls = count_calls(test, lifecycle);
	char text[80];

	running = test;
	lines = 0;
	for (call = 0; call < calls; call++) {
		for (i = 0; is_issued_by_the_core(leaves[call]) && i < ARRAY_SIZE(silences); i++) {
			set_up_lifecycle(lifecycle);
			plan(leaves[call], ordinal_of(call), &silences[i]);
			snprintf(text, sizeof(text), "call %u, %s: %s", call + 1,
				 seam_emulator_leaf_name(leaves[call]), silences[i].name);
			bad += !run_with(lifecycle, text);
			cases++;
		}
	}
	pr_info("patience: %s: %u SEAMCALLs, %u cases, %u failures\n", lifecycle->name, calls,
		cases, bad);
	KUNIT_EXPECT_GT(test, cases, 0);
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static void two_calls_that_did_not_run_change_no_custody(struct kunit *test)
{
	const struct lifecycle *lifecycle = *(const struct lifecycle *const *)test->param_value;
	const u32 calls = count_calls(test, lifecycle);
	struct rnd_state random;
	u32 i, bad = 0;
	char text[160];

	running = test;
	lines = 0;
	prandom_seed_state(&random, seed);
	for (i = 0; i < PAIRS; i++) {
		const u32 one = prandom_u32_state(&random) % calls,
			  other = prandom_u32_state(&random) % calls;
		const struct failure
			*first = &silences[prandom_u32_state(&random) % ARRAY_SIZE(silences)];
		const struct failure
			*second = &silences[prandom_u32_state(&random) % ARRAY_SIZE(silences)];

		if (!is_issued_by_the_core(leaves[one]) || !is_issued_by_the_core(leaves[other]))
			continue;
		set_up_lifecycle(lifecycle);
		plan(leaves[one], ordinal_of(one), first);
		plan(leaves[other], ordinal_of(other), second);
		snprintf(text, sizeof(text), "call %u, %s: %s, and call %u, %s: %s", one + 1,
			 seam_emulator_leaf_name(leaves[one]), first->name, other + 1,
			 seam_emulator_leaf_name(leaves[other]), second->name);
		bad += !run_with(lifecycle, text);
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM_ATTR(a_call_that_did_not_run_changes_no_custody, lifecycle_gen_params,
			      {.speed = KUNIT_SPEED_VERY_SLOW}),
	KUNIT_CASE_PARAM_ATTR(two_calls_that_did_not_run_change_no_custody, lifecycle_gen_params,
			      {.speed = KUNIT_SPEED_VERY_SLOW}),
	{},
};

static struct kunit_suite suite = {
	.name = "patience",
	.test_cases = cases,
};
kunit_test_suite(suite);

MODULE_DESCRIPTION("Lifecycles of tdx_page_array in which calls do not run");
