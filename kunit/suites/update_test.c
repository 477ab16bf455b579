// SPDX-License-Identifier: GPL-2.0
/*
 * An update of the TDX module at run time: it is shut down for a moment, or longer if the first attempt fails, and then
 * ready again with all its objects. No operation in this time loses a page.
 */
#include "harness.h"
#include "objects.h"
#include "td.h"

#define ENABLED_FEATURES      (SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT | SEAM_FEATURE_QUOTE)
#define FIELD_UPDATE_VERSION  0x0800000100000005ULL
#define FIELD_SPDM_PAGE_COUNT 0x3000000100000002ULL

static void shut_down(void)
{
	CHANGE_CONFIG(sys_state, SEAM_SYS_SHUT_DOWN);
}

static void update(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, seam_emulator_update());
}

static void expect_put_off(struct kunit *test, struct tdx_page_array *array)
{
	const int error = tdx_page_array_release(array);

	KUNIT_EXPECT_TRUE_MSG(test, error == -EBUSY || error == -EAGAIN, "release returned %d",
			      error);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
}

KUNIT_ARRAY_PARAM_DESC(kind, object_kinds, name);

/*
 * The deletion fails while an update has failed, and succeeds after its repetition. The pages wait for
 * another update.
 */
static void an_object_is_deleted_after_an_update_that_was_repeated(struct kunit *test)
{
	struct object object;

	make_object(test, test->param_value, &object);
	shut_down();
	KUNIT_EXPECT_NE(test, object.kind->remove(&object), 0);
	expect_put_off(test, object.array);
	KUNIT_EXPECT_NE(test, object.kind->remove(&object), 0);
	expect_put_off(test, object.array);
	update(test);
	KUNIT_EXPECT_EQ(test, object.kind->remove(&object), 0);
	shut_down();
	expect_put_off(test, object.array);
	update(test);
	end_object(&object);
}

static void an_object_refused_during_an_update_can_be_created_afterwards(struct kunit *test)
{
	struct object object;

	make_object_array(test, test->param_value, &object);
	shut_down();
	KUNIT_EXPECT_NE(test, object.kind->create(&object), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
	update(test);
	KUNIT_EXPECT_EQ(test, object.kind->create(&object), 0);
	KUNIT_EXPECT_EQ(test, object.kind->remove(&object), 0);
	end_object(&object);
}

/* The new version does not know the call that the old version interrupted. */
static void interrupt_then_shut_down(struct kunit *test, u16 leaf)
{
	answer_next(test, leaf, SEAM_INTERRUPTED_RESUMABLE);
	inject(test, NTH_CALL(leaf, 2, SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN));
}

static void a_setup_that_is_interrupted_by_an_update_is_made_again(struct kunit *test)
{
	struct tdx_page_array *array;
	u64 iommu = 0;

	set_iommu_pages(4);
	array = make_iommu_mt(test, 1, 4);
	interrupt_then_shut_down(test, SEAM_IOMMU_SETUP);
	KUNIT_EXPECT_NE(test, tdx_tdh_iommu_setup(OBJECT_REG_BASE, array, &iommu), 0);
	shut_down();
	expect_put_off(test, array);
	update(test);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(OBJECT_REG_BASE, array, &iommu), 0);
	interrupt_then_shut_down(test, SEAM_IOMMU_CLEAR);
	KUNIT_EXPECT_NE(test, tdx_tdh_iommu_clear(iommu, array), 0);
	shut_down();
	expect_put_off(test, array);
	update(test);
	end_iommu(test, iommu, array);
}

static void control_pages_of_a_td_wait_for_the_end_of_an_update(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);

	shut_down();
	KUNIT_EXPECT_NE(test, tdx_tdh_mng_addcx(td.tdr, tdcs), 0);
	update(test);
	td_add_all(test, &td, tdcs);
	shut_down();
	expect_put_off(test, tdcs);
	update(test);
	td_tear_down(test, &td);
	shut_down();
	expect_put_off(test, tdcs);
	expect_put_off(test, td.tdr);
	update(test);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &td);
}

/* The new version wants memory of its own, or uses that of the old one. */
static void extensions_of_a_new_version_get_the_memory_that_they_want(struct kunit *test)
{
	u32 more;

	for (more = 0; more < 2; more++) {
		const u64 kept = since_start(test).kept;

		seam_emulator_reset();
		set_ext_pool(600);
		CHANGE_CONFIG(ext_required, 1);
		CHANGE_CONFIG(more_memory, more);
		KUNIT_ASSERT_EQ(test, tdx_extensions_start(), 0);
		KUNIT_ASSERT_EQ(test, since_start(test).kept - kept, 600);
		shut_down();
		KUNIT_EXPECT_NE(test, tdx_extensions_start(), 0);
		update(test);
		KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 2);
		KUNIT_EXPECT_EQ(test, since_start(test).kept - kept, more ? 1200 : 600);
	}
}

/*
 * The module may own the pages added before the interruption, or not: RDMD has to show that. A caller that repeats the
 * call is refused, because the module already owns the first page.
 */
static void extension_memory_that_an_update_interrupts_is_not_added_twice(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	set_ext_pool(600);
	CHANGE_CONFIG(more_memory, 1);
	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_INTERRUPT, 100));
	inject(test, NTH_CALL(SEAM_EXT_MEM_ADD, 2, SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN));
	KUNIT_EXPECT_NE(test, add_window(test, array, 0), 0);
	shut_down();
	update(test);
	KUNIT_EXPECT_NE(test, add_window(test, array, 0), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 100);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 500);
}

static u64 field(struct kunit *test, u64 id)
{
	u64 value = 0;

	expect_success(test, tdx_tdh_sys_rd(id, &value));
	return value;
}

/* Leaves of a removed feature are no longer issued, and those of a new one are. */
static void features_of_another_version_are_found_when_its_extensions_start(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, OBJECT_PAGES);
	const u64 version = field(test, FIELD_UPDATE_VERSION);
	const u64 features0 = config_now().features0;
	u64 session, seamcalls;

	set_ext_pool(0);
	shut_down();
	set_features0(features0 & ~ENABLED_FEATURES);
	update(test);
	KUNIT_EXPECT_EQ(test, field(test, FIELD_UPDATE_VERSION), version + 1);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), -EOPNOTSUPP);
	seamcalls = since_start(test).seamcalls;
	expect_refused(test, EOPNOTSUPP, tdx_tdh_spdm_create(0x0100, array, &session));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, seamcalls);

	shut_down();
	set_features0(features0);
	set_spdm_pages(OBJECT_PAGES);
	update(test);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	KUNIT_EXPECT_EQ(test, field(test, FIELD_SPDM_PAGE_COUNT), OBJECT_PAGES);
	expect_success(test, tdx_tdh_spdm_create(0x0100, array, &session));
	end_session(test, session, array);
}

/* A TDX module whose SYS.RD fails has not lost its features. */
static void features_stay_when_metadata_cannot_be_read(struct kunit *test)
{
	struct tdx_page_array *array;
	u64 session;
	u32 nth;

	set_ext_pool(0);
	for (nth = 1; nth <= 4; nth++) {
		inject(test, NTH_CALL(SEAM_SYS_RD, nth, SEAM_INJECT_UD, 0));
		tdx_extensions_start();
		seam_emulator_cancel_injections();
		array = make_session(test, OBJECT_PAGES, &session);
		end_session(test, session, array);
		KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
	}
}

/* A reset does not restore the version: it is restored for other suites. */
static u32 version_before;

static int begin(struct kunit *test)
{
	version_before = config_now().update_version;
	return harness_init(test);
}

static void end(struct kunit *test)
{
	CHANGE_CONFIG(update_version, version_before);
	harness_exit(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_object_is_deleted_after_an_update_that_was_repeated, kind_gen_params),
	KUNIT_CASE_PARAM(an_object_refused_during_an_update_can_be_created_afterwards,
			 kind_gen_params),
	KUNIT_CASE(a_setup_that_is_interrupted_by_an_update_is_made_again),
	KUNIT_CASE(control_pages_of_a_td_wait_for_the_end_of_an_update),
	KUNIT_CASE(extensions_of_a_new_version_get_the_memory_that_they_want),
	KUNIT_CASE(extension_memory_that_an_update_interrupts_is_not_added_twice),
	KUNIT_CASE(features_of_another_version_are_found_when_its_extensions_start),
	KUNIT_CASE(features_stay_when_metadata_cannot_be_read),
	{},
};

TEST_SUITE("update", begin, end);
