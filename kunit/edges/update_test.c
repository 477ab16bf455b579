// SPDX-License-Identifier: GPL-2.0
/*
 * The TDX module is replaced by another build at run time: it is shut down for a moment, or for longer when the first
 * attempt fails, and ready afterwards with all its objects. Whatever is done meanwhile loses nothing.
 */
#include "../suites/harness.h"
#include "../suites/objects.h"
#include "../suites/td.h"

static void shut_down(void)
{
	struct seam_config config;

	seam_emulator_get_config(&config);
	config.sys_state = SEAM_SYS_SHUT_DOWN;
	seam_emulator_set_config(&config);
}

/* Nothing came to the quarantine, and no warning was needed. */
static void expect_nothing_lost(struct kunit *test, const char *when)
{
	KUNIT_EXPECT_EQ_MSG(test, since_start(test).quarantined, 0, "%s", when);
}

static void describe(const struct object_kind *kind, char *description)
{
	describe_object_kind(kind, description);
}
KUNIT_ARRAY_PARAM(kind, object_kinds, describe);

static struct kunit_suppressed_warning *begin(struct kunit *test)
{
	return kunit_start_suppress_warning(test);
}

static void expect_no_warning(struct kunit *test, struct kunit_suppressed_warning *warnings)
{
	KUNIT_EXPECT_EQ_MSG(test, kunit_suppressed_warning_count(warnings), 0, "a kernel warning");
	kunit_end_suppress_warning(test, warnings);
}

/* A delete meets an update that fails, and works when it was repeated. */
static void an_object_is_deleted_after_an_update_that_was_repeated(struct kunit *test)
{
	struct kunit_suppressed_warning *warnings = begin(test);
	struct object object;

	make_object(test, &object);
	shut_down();
	KUNIT_EXPECT_NE(test, object.kind->remove(&object), 0);
	KUNIT_EXPECT_NE(test, tdx_page_array_release(object.array), 0);
	expect_nothing_lost(test, "while it is shut down");
	seam_emulator_update(false);
	KUNIT_EXPECT_EQ(test, object.kind->remove(&object), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), 0);
	expect_nothing_lost(test, "afterwards");
	end_surroundings(&object);
	expect_no_warning(test, warnings);
}

/* The module has given the pages back, and is away when they are to be written back. */
static void pages_that_were_returned_wait_for_the_end_of_an_update(struct kunit *test)
{
	struct kunit_suppressed_warning *warnings = begin(test);
	struct object object;
	int error;

	make_object(test, &object);
	KUNIT_ASSERT_EQ(test, object.kind->remove(&object), 0);
	shut_down();
	error = tdx_page_array_release(object.array);
	KUNIT_EXPECT_TRUE_MSG(test, error == -EBUSY || error == -EAGAIN, "release returned %d",
			      error);
	expect_nothing_lost(test, "while it is shut down");
	seam_emulator_update(false);
	if (error != -EUCLEAN)
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), 0);
	end_surroundings(&object);
	expect_no_warning(test, warnings);
}

static void control_pages_of_a_td_wait_for_the_end_of_an_update(struct kunit *test)
{
	struct kunit_suppressed_warning *warnings = begin(test);
	struct td td = td_make(test, TD_KEYID);
	int error;

	td_tear_down(test, &td);
	shut_down();
	error = tdx_page_array_release(td.tdr);
	KUNIT_EXPECT_TRUE_MSG(test, error == -EBUSY || error == -EAGAIN, "release returned %d",
			      error);
	expect_nothing_lost(test, "while it is shut down");
	seam_emulator_update(false);
	if (error != -EUCLEAN)
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(td.tdr), 0);
	empty_quarantine(test);
	expect_no_warning(test, warnings);
}

/* The new build wants its extensions started again, with memory of their own. */
static void extension_memory_is_given_again_after_an_update(struct kunit *test)
{
	set_ext_pool(600);
	set_ext_required(1);
	KUNIT_ASSERT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_ASSERT_EQ(test, since_start(test).kept, 600);
	shut_down();
	seam_emulator_update(true);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 1200);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 2);
}

/* What it was given before the interruption it may have, or have given up: that has to be asked. */
static void extension_memory_that_an_update_interrupts_is_in_doubt(struct kunit *test)
{
	struct kunit_suppressed_warning *warnings = begin(test);
	struct tdx_page_array *array = make_array(test, 600);
	const struct seam_injection away = {
		.kind = SEAM_INJECT_STATUS,
		.leaf = SEAM_EXT_MEM_ADD,
		.nth = 2,
		.times = 20,
		.value = SEAM_SYS_SHUTDOWN,
	};
	int error;

	set_ext_pool(600);
	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_INTERRUPT, 100));
	inject(test, &away);
	KUNIT_EXPECT_NE(test, add_window(test, array, 0), 0);
	seam_emulator_cancel_injections();
	seam_emulator_update(true);
	error = tdx_page_array_leak(array);
	kunit_info(test, "leak returned %d\n", error);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 100);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 500);
	expect_nothing_lost(test, "afterwards");
	empty_quarantine(test);
	expect_no_warning(test, warnings);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_object_is_deleted_after_an_update_that_was_repeated, kind_gen_params),
	KUNIT_CASE_PARAM(pages_that_were_returned_wait_for_the_end_of_an_update, kind_gen_params),
	KUNIT_CASE(control_pages_of_a_td_wait_for_the_end_of_an_update),
	KUNIT_CASE(extension_memory_is_given_again_after_an_update),
	KUNIT_CASE(extension_memory_that_an_update_interrupts_is_in_doubt),
	{},
};

static struct kunit_suite suite = {
	.name = "edge_update",
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
