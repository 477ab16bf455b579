// SPDX-License-Identifier: GPL-2.0
/*
 * What the core shows of itself (tdx_core_show()), called as the shim does. User space only, because a
 * kernel module does not export its internals; the files of debugfs are tested in the guest.
 */
#include "machine.h"
#include "shown.h"

static void an_array_of_the_host_has_no_history(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16);

	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1,
		     " pages=16 blocks=1 lowest_node=0 highest_node=0 from=\"the page allocator\" "
		     "queues=no custody=\"the host's\" owned=0 touched=0 keyid=- handed_over_by=- "
		     "last_leaf=- last_status=- last_status_name=- object=- parent=- mapped=no "
		     "in_use=no\n");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 0, "");
}

static void an_array_that_was_handed_over_shows_its_leaf_and_object(struct kunit *test)
{
	char object[40];
	u64 session;
	struct tdx_page_array *array = make_session(test, 16, &session);

	snprintf(object, sizeof(object), " object=%#llx parent=0 ", session);
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1,
		     " custody=\"the TDX module's\" owned=16 touched=16 keyid=32 "
		     "handed_over_by=TDH.SPDM.CREATE last_leaf=TDH.SPDM.CREATE last_status=0 "
		     "last_status_name=\"SUCCESS\" ");
	expect_words(test, object);
	expect_success(test, tdx_tdh_spdm_delete(session, array));
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1,
		     " custody=\"returned by the TDX module\" owned=0 touched=16 keyid=32 "
		     "handed_over_by=TDH.SPDM.CREATE last_leaf=TDH.SPDM.DELETE last_status=0 "
		     "| object=- ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void the_status_that_stopped_a_release_is_the_last_status(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, 3);

	inject(test, FROM_CALL(SEAM_PHYMEM_PAGE_WBINVD, 2, WRAPPER_TRIES, SEAM_INJECT_STATUS,
			       SEAM_OPERAND_BUSY | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1,
		     " custody=\"returned by the TDX module\" owned=0 touched=3 keyid=32 "
		     "handed_over_by=TDH.SPDM.CREATE last_leaf=TDH.PHYMEM.PAGE.WBINVD "
		     "last_status=0x8000020000000001 last_status_name=\"OPERAND_BUSY\" ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void other_origins_layouts_and_mappings_are_shown(struct kunit *test)
{
	struct tdx_page_array *adopted, *queues = make_iommu_mt(test, 1, 4);
	struct page *page = make_page(test);

	adopted = adopt(test, &page, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tdx_page_array_map(adopted));
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 2,
		     " pages=8 |queues=yes | pages=1 blocks=1 | from=\"its caller\" | mapped=yes ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(adopted), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(adopted), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(queues), 0);
}

static void an_array_that_is_spread_names_its_nodes_and_blocks(struct kunit *test)
{
	/* Adjacent pages: the last one of node 0 and the first one of node 1. */
	const u64 border = machine_take_range(machine_page_count / 2 - 1, 2);
	struct page *pages[4] = {machine_page(border), machine_page(border + 1)};
	struct tdx_page_array *array = adopt(test, pages, 2);
	u32 i;

	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1, " blocks=2 lowest_node=0 highest_node=1 ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	for (i = 0; i < 4; i++)
		pages[i] = machine_alloc(0, i / 2);
	array = adopt(test, pages, 4);
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1, " blocks=4 lowest_node=0 highest_node=1 ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* A view that is opened while the caller is in the middle of a SEAMCALL, or of a view of its own. */
static struct kunit *looker;

static void look_meanwhile(void *unused, const char *line, size_t length)
{
	expect_shown(looker, TDX_CORE_VIEW_ARRAYS, 2, " pages=1 | pages=2 ");
}

static void two_concurrent_readers_see_the_same(struct kunit *test)
{
	struct tdx_page_array *one = make_array(test, 1), *two = make_array(test, 2);

	looker = test;
	platform_on_line = look_meanwhile;
	KUNIT_EXPECT_EQ(test, tdx_core_show(TDX_CORE_VIEW_ARRAYS, NULL), 0);
	platform_on_line = NULL;
	expect_released(test, one, two);
}

static void look_once(u16 leaf)
{
	platform_before_seamcall = NULL;
	show(looker, TDX_CORE_VIEW_ARRAYS);
}

/* Some of its pages have gone back to the page allocator already. */
static void an_array_that_is_being_released_is_shown_whole(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, 16);

	looker = test;
	platform_before_seamcall = look_once;
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_words(test, " pages=16 blocks=1 | touched=16 | in_use=yes\n");
}

/* A bug of the TDX module, an error of a device, and pages of all kinds. */
static void the_counters_are_those_of_the_ledger(struct kunit *test)
{
	const u64 bugs = tdx_shim_reports(TDX_SHIM_MODULE_BUG), timeout = 0x80000F5100000000ULL,
		  errors = tdx_shim_reports(TDX_SHIM_DEVICE_ERROR);
	u64 id;
	struct tdx_page_array *session = make_session(test, 2, &id),
			      *array = make_iommu_mt(test, 1, 4);
	struct tdx_page_array_counters now;
	char words[200];

	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_SWAPPED_PAGES));
	EXPECT_WARNINGS(test, 1, expect_success(test, tdx_tdh_spdm_delete(id, session)));
	answer_next(test, SEAM_IOMMU_SETUP, timeout);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(0xfed90000, array, &id), timeout);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(session), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	array = make_all_kinds(test);
	tdx_page_array_count(&now);
	snprintf(words, sizeof(words),
		 "taken=%llu\nin_arrays=%llu\nfreed=%llu\nkept=%llu\nquarantined=%llu\n"
		 "seamcalls=%llu\ntdx_module_bugs=%llu\ndevice_errors=%llu\nown_bugs=0\n",
		 now.taken, now.in_arrays, now.freed, now.kept, now.quarantined, now.seamcalls,
		 bugs + 1, errors + 1);
	KUNIT_EXPECT_STREQ(test, show(test, TDX_CORE_VIEW_COUNTERS), words);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	empty_quarantine(test);
}

static void the_module_is_described(struct kunit *test)
{
	set_ext_pool(700);
	set_spdm_pages(9);
	set_ide_pages(5);
	set_iommu_pages(7);
	expect_shown(
		test, TDX_CORE_VIEW_MODULE, 16,
		platform_policies.no_clflush
			? "features0=0x4008000140040\n|\nflush_before_hand_over=\"not needed\"\n"
			: "features0=0x4008000940040\n|\nflush_before_hand_over=\"needed\"\n");
	expect_words(test, "version=1.5.25\nfeatures0=0x|\nextensions=\"available\"\n"
			   "tdx_connect=\"available\"\nquoting=\"not "
			   "started\"\nshared_keyids=31\nprivate_keyids=32\nglobal_keyid=32\n"
			   "address_bits=46\npartial_write_erratum=|extension_pages_wanted=700\n"
			   "spdm_metadata_pages=9\nspdm_device_info_pages=2\n"
			   "ide_metadata_pages=5\niommu_metadata_pages=7\n");
}

/* After an update at run time. While an update is in progress, the earlier features are shown. */
static void another_version_of_the_module_is_described(struct kunit *test)
{
	const struct seam_config before = config_now();
	struct seam_config config = before;

	config.features0 = SEAM_FEATURE_EXT;
	config.sys_state = SEAM_SYS_SHUT_DOWN;
	seam_emulator_set_config(&config);
	KUNIT_EXPECT_TRUE(test, seam_emulator_update());
	show(test, TDX_CORE_VIEW_MODULE);
	expect_words(test,
		     "version=1.5.26\nfeatures0=0x8000000000\n|tdx_connect=\"not supported\"");
	/* The fourth SYS.RD comes after the three fields of the version. */
	inject(test, NTH_CALL(SEAM_SYS_RD, 4, SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN));
	show(test, TDX_CORE_VIEW_MODULE);
	expect_words(test, "features0=-\nextensions=\"available\"\ntdx_connect=\"not supported\"");

	seam_emulator_set_config(&before);
	show(test, TDX_CORE_VIEW_MODULE);
	expect_words(test, "version=1.5.25\n|tdx_connect=\"available\"");
}

static void a_view_that_does_not_exist_is_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tdx_core_show(TDX_CORE_VIEWS, NULL), -EINVAL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_of_the_host_has_no_history),
	KUNIT_CASE(an_array_that_was_handed_over_shows_its_leaf_and_object),
	KUNIT_CASE(the_status_that_stopped_a_release_is_the_last_status),
	KUNIT_CASE(other_origins_layouts_and_mappings_are_shown),
	KUNIT_CASE(an_array_that_is_spread_names_its_nodes_and_blocks),
	KUNIT_CASE(two_concurrent_readers_see_the_same),
	KUNIT_CASE(an_array_that_is_being_released_is_shown_whole),
	KUNIT_CASE(the_counters_are_those_of_the_ledger),
	KUNIT_CASE(the_module_is_described),
	KUNIT_CASE(another_version_of_the_module_is_described),
	KUNIT_CASE(a_view_that_does_not_exist_is_refused),
	{},
};

TEST_SUITE("observe", harness_init, harness_exit);
