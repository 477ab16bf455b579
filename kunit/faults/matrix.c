// SPDX-License-Identifier: GPL-2.0
/*
 * The fault matrix: in every lifecycle every allocation, every message to a device and every
 * SEAMCALL fails, in every way there is. A run without a fault finds how many of them there are.
 *
 * After each of them: no page is lost; after a failure that does not change the state of pages none is in
 * quarantine, except leaked ones whose RDMD is still to do; the judge has no finding; all objects can be
 * ended with the public functions; after the TDX module has released its pages the quarantine can be
 * emptied; and the lifecycle succeeds without a fault. The first case that fails ends its lifecycle.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "../import.h"
#include "../warnings.h"
#include "faults.h"

/* With commas instead of blanks, which cannot be passed in a module parameter everywhere. */
static char only[64];
module_param_string(only, only, sizeof(only), 0444);
MODULE_PARM_DESC(only,
		 "cases whose names begin so, \"iommu,seamcall,7,unknown-after\"; default: all");

/* One case: nothing, an allocation, a message or a SEAMCALL fails. */
struct fault {
	u32 allocation; /* from 1; 0: none */
	bool onwards;
	u32 message;		       /* from 1; 0: none */
	const struct failure *failure; /* NULL: no SEAMCALL */
	u16 leaf;
	u32 ordinal; /* among the calls of this leaf, from 1 */
};

static const struct fault no_fault;

static struct kunit *running;
static char case_name[64];
static const struct fault *case_fault;
static bool case_failed;
static u32 total_cases, total_failed;

static __printf(1, 2) void wrong(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	case_failed = true;
	va_start(arguments, format);
	line.va = &arguments;
	if (case_fault->failure)
		kunit_err(running, "%s (%s, call %u of it): %pV\n", case_name,
			  seam_emulator_leaf_name(case_fault->leaf), case_fault->ordinal, &line);
	else
		kunit_err(running, "%s: %pV\n", case_name, &line);
	va_end(arguments);
}

/* The driver of all lifecycles. */
static struct driver driver = {
	.function = 0x0100,
	.keyid = 40,
	.iommu_registers = 0xfed90000,
	.wrong = wrong,
};

/* State that must be the same before and after a lifecycle. */
struct state {
	struct tdx_page_array_counters ledger;
	struct holdings held;
};

static struct state look(void)
{
	struct state state = {.held = holdings_now()};

	tdx_page_array_count(&state.ledger);
	return state;
}

/* Returns the number of pages that the module has kept permanently since @before. */
static u64 compare(const struct state *before, const char *when)
{
	const struct state now = look();
	const struct tdx_page_array_counters *ledger = &now.ledger;
	const u64 kept = ledger->kept - before->ledger.kept;

	if (ledger->taken != ledger->in_arrays + ledger->freed + ledger->kept + ledger->quarantined)
		wrong("%s: the ledger does not add up", when);
	if (ledger->in_arrays != before->ledger.in_arrays)
		wrong("%s: %lld pages are still in arrays", when,
		      ledger->in_arrays - before->ledger.in_arrays);
	if (ledger->quarantined != before->ledger.quarantined)
		wrong("%s: %lld pages are still in quarantine", when,
		      ledger->quarantined - before->ledger.quarantined);
	if (now.held.pages - before->held.pages != kept)
		wrong("%s: %ld pages are gone, %llu of them kept", when,
		      now.held.pages - before->held.pages, kept);
	if (now.held.others != before->held.others)
		wrong("%s: %ld descriptors, list pages or mappings are still there", when,
		      now.held.others - before->held.others);
	return kept;
}

/* A power cycle, after which extension memory can be freed. */
static void restart(const struct lifecycle *lifecycle)
{
	seam_emulator_power_cycle();
	free_held_pages();
	set_up_lifecycle(lifecycle);
}

static void plan(const struct fault *fault)
{
	allocations_begin(fault->allocation, fault->onwards);
	driver.messages = 0;
	driver.fail_message = fault->message;
	if (fault->failure && plan_failure(fault->failure, fault->leaf, fault->ordinal))
		wrong("this fault cannot be planned");
}

static void end_plan(const struct fault *fault)
{
	const u32 allocations = allocations_end();

	driver.fail_message = 0;
	/* Single pages that happen to be neighbours need one record less than in the run that counted. */
	if (fault->allocation > allocations + 1)
		wrong("there were %u allocations only", allocations);
	if (fault->message > driver.messages)
		wrong("there were %u messages only", driver.messages);
	if (fault->failure && fault->failure->times == 1 && seam_emulator_pending_injections())
		wrong("the SEAMCALL that was to fail did not come");
	seam_emulator_cancel_injections();
}

/* Pages that the lifecycle leaks without a fault. */
static u32 leaked;

/* A failure that does not change the state of pages is no reason to quarantine one. */
static void check_quarantine(const struct fault *fault, u32 before)
{
	const u32 pages = quarantined_for_a_reason() - before;

	if (fault->failure && failure_is_silent(fault->failure) && pages > leaked)
		wrong("%u pages came to the quarantine for a reason", pages);
}

/* Runs the lifecycle with the fault: in any case everything can be ended. */
static void run_with(const struct lifecycle *lifecycle, const struct fault *fault)
{
	const u32 before = quarantined_for_a_reason();

	plan(fault);
	run_lifecycle(lifecycle, &driver);
	end_plan(fault);
	if (lifecycle->end(&driver, false) == -EBUSY && lifecycle->end(&driver, true) == -EBUSY)
		wrong("something cannot be ended, although nothing fails any more");
	check_quarantine(fault, before);
	recover_pages(&driver);
	if (lifecycle->check && lifecycle->check(&driver))
		wrong("references to adopted pages are left");
}

/* The operations of a lifecycle without a fault. */
struct needs {
	u32 allocations;
	u32 messages;
	u32 seamcalls;
	u16 leaves[SEAM_MAX_CALLS]; /* of the SEAMCALLs, in order */
};

static void show_findings(const struct fault *fault)
{
	struct seam_finding findings[8];
	const u32 count = seam_emulator_take_findings(findings, ARRAY_SIZE(findings));
	u32 i;

	if (count > ARRAY_SIZE(findings))
		wrong("judge: %u findings", count);
	for (i = 0; i < min_t(u32, count, ARRAY_SIZE(findings)); i++) {
		if (fault->failure && failure_excuses(fault->failure, fault->leaf, &findings[i]))
			continue;
		wrong("judge: %s (page %#llx, %s)", seam_emulator_finding_text(findings[i].kind),
		      findings[i].hpa, seam_emulator_leaf_name(findings[i].leaf));
	}
}

/*
 * Runs the lifecycle, which succeeds and leaves only pages that the module keeps permanently. Counts the operations that can
 * fail. The TDX module is configured.
 */
static void run_without_fault(const struct lifecycle *lifecycle, struct needs *needs,
			      const char *when)
{
	const struct state before = look();
	u64 kept;
	int error;

	allocations_begin(0, false);
	driver.messages = 0;
	error = run_lifecycle(lifecycle, &driver);
	needs->allocations = allocations_end();
	needs->messages = driver.messages;
	needs->seamcalls = seam_emulator_order(needs->leaves, ARRAY_SIZE(needs->leaves));
	if (error)
		wrong("%s: it fails with %d", when, error);
	lifecycle->end(&driver, true);
	if (lifecycle->check && lifecycle->check(&driver))
		wrong("%s: references to adopted pages are left", when);
	kept = compare(&before, when);
	if (kept != lifecycle->kept)
		wrong("%s: the module kept %llu pages", when, kept);
	show_findings(&no_fault);
	if (lifecycle->kept)
		restart(lifecycle);
}

static void run_case(const struct lifecycle *lifecycle, const struct fault *fault)
{
	struct kunit_suppressed_warning *warnings;
	const struct state before = look();
	static struct needs again;
	int expected, all;

	case_fault = fault;
	case_failed = false;
	set_up_lifecycle(lifecycle);
	warnings = kunit_start_suppress_warning(running);
	run_with(lifecycle, fault);
	if (compare(&before, "afterwards") > lifecycle->kept)
		wrong("afterwards: more pages are kept than were wanted");
	show_findings(fault);
	expected = kunit_suppressed_warning_count(warnings);
	if (expected && !(fault->failure && failure_is_module_bug(fault->failure, fault->leaf)))
		wrong("%d kernel warnings, although the module behaved as specified", expected);

	if (lifecycle->kept)
		restart(lifecycle);
	run_without_fault(lifecycle, &again, "the second time");
	all = kunit_suppressed_warning_count(warnings);
	if (all > expected)
		wrong("the second time: %d kernel warnings", all - expected);
	kunit_end_suppress_warning(running, warnings);
	total_cases++;
	total_failed += case_failed;
	KUNIT_ASSERT_FALSE(running, case_failed);
	cond_resched();
}

/* "iommu seamcall 7" selects all cases of this call. */
static bool is_wanted(void)
{
	const size_t length = strlen(only);

	return !length || (!strncmp(case_name, only, length) &&
			   (!case_name[length] || case_name[length] == ' '));
}

static void fail_allocations(const struct lifecycle *lifecycle, u32 count)
{
	struct fault fault = {};
	u32 i;

	for (i = 0; i < 2 * count; i++) {
		fault.allocation = i / 2 + 1;
		fault.onwards = i % 2;
		snprintf(case_name, sizeof(case_name), "%s alloc %u %s", lifecycle->name,
			 fault.allocation, fault.onwards ? "onwards" : "once");
		if (is_wanted())
			run_case(lifecycle, &fault);
	}
}

static void fail_messages(const struct lifecycle *lifecycle, u32 count)
{
	struct fault fault = {};

	for (fault.message = 1; fault.message <= count; fault.message++) {
		snprintf(case_name, sizeof(case_name), "%s message %u", lifecycle->name,
			 fault.message);
		if (is_wanted())
			run_case(lifecycle, &fault);
	}
}

static void fail_seamcalls(const struct lifecycle *lifecycle, const struct needs *needs)
{
	static u32 ordinals[SEAM_LEAVES];
	struct fault fault = {};
	u32 call, i;

	memset(ordinals, 0, sizeof(ordinals));
	for (call = 0; call < needs->seamcalls; call++) {
		fault.leaf = needs->leaves[call];
		fault.ordinal = ++ordinals[fault.leaf];
		for (i = 0; i < failure_count; i++) {
			fault.failure = &failures[i];
			if (!failure_fits(fault.failure, fault.leaf))
				continue;
			snprintf(case_name, sizeof(case_name), "%s seamcall %u %s", lifecycle->name,
				 call + 1, fault.failure->name);
			if (is_wanted())
				run_case(lifecycle, &fault);
		}
	}
}

static void describe(const struct lifecycle *const *lifecycle, char *description)
{
	strscpy(description, (*lifecycle)->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(lifecycle, lifecycles, describe);

static void survives_every_fault(struct kunit *test)
{
	const struct lifecycle *lifecycle = *(const struct lifecycle *const *)test->param_value;
	const u32 cases = total_cases;
	static struct needs needs;

	running = test;
	case_fault = &no_fault;
	case_failed = false;
	snprintf(case_name, sizeof(case_name), "%s", lifecycle->name);
	leaked = quarantined_for_a_reason();
	set_up_lifecycle(lifecycle);
	run_without_fault(lifecycle, &needs, "without a fault");
	leaked = quarantined_for_a_reason() - leaked;
	KUNIT_ASSERT_FALSE(test, case_failed);
	KUNIT_ASSERT_GT(test, needs.allocations, 0);
	KUNIT_ASSERT_GT(test, needs.seamcalls, 0);
	KUNIT_ASSERT_LE(test, needs.seamcalls, ARRAY_SIZE(needs.leaves));

	fail_allocations(lifecycle, needs.allocations);
	fail_messages(lifecycle, needs.messages);
	fail_seamcalls(lifecycle, &needs);
	if (total_cases > cases)
		pr_info("faults: %s: %u allocations, %u messages, %u SEAMCALLs: %u cases\n",
			lifecycle->name, needs.allocations, needs.messages, needs.seamcalls,
			total_cases - cases);
}

static void at_least_one_case_ran(struct kunit *test)
{
	KUNIT_EXPECT_GT_MSG(test, total_cases, 0, "no case has the name '%s'", only);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM_ATTR(survives_every_fault, lifecycle_gen_params,
			      {.speed = KUNIT_SPEED_VERY_SLOW}),
	KUNIT_CASE(at_least_one_case_ran),
	{},
};

static int start(struct kunit_suite *suite)
{
	const int error = probes_start();

	strreplace(only, ',', ' ');
	if (error)
		probes_stop();
	return error;
}

static void stop(struct kunit_suite *suite)
{
	probes_stop();
	pr_info("faults: %u cases, %u failures\n", total_cases, total_failed);
}

static struct kunit_suite suite = {
	.name = "faults",
	.suite_init = start,
	.suite_exit = stop,
	.test_cases = cases,
};
kunit_test_suite(suite);

MODULE_DESCRIPTION("The fault matrix of tdx_page_array");
