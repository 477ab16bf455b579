// SPDX-License-Identifier: GPL-2.0
/*
 * Exact contents: arguments of the trace points, lengths at the end of a buffer, and every word of the lists that the
 * TDX module is given. User space only, where a test sees what the core passes to the shim.
 */
#include <stdarg.h>

#include "../suites/service.h"
#include "machine.h"
#include "shown.h"

/* The trace points: each writes a line to text while a test of this suite runs. */

static bool tracing;
static u64 last_array, traced_pfn;

static void note(const char *format, ...)
{
	const size_t length = strlen(text);
	va_list arguments;

	if (!tracing)
		return;
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - length, format, arguments);
	va_end(arguments);
}

static const char *name_of(u64 array)
{
	return array == last_array ? "array" : "another array";
}

static void on_create(u64 array, u32 pages, u32 blocks, s32 node)
{
	note("%s: %u pages, %u blocks, node %d\n", array > last_array ? "array" : "not a new array",
	     pages, blocks, node);
	last_array = array;
}

static void on_custody(const struct tdx_shim_custody *change)
{
	note("%s: %s to %s, owned %u, touched %u of %u, KeyID %u, %s, status %#llx\n",
	     name_of(change->array), change->from, change->to, change->owned, change->touched,
	     change->pages, change->keyid, seam_leaf_name(change->leaf), change->status);
}

static void on_end(u64 array, u64 freed, u64 kept, u64 quarantined)
{
	note("%s: %llu freed, %llu kept, %llu quarantined\n", name_of(array), freed, kept,
	     quarantined);
}

static void on_enter(const struct tdx_shim_quarantine_entry *entry)
{
	note("%s: %s in, %s, handed over by %s, %s, status %#llx\n", name_of(entry->array),
	     entry->pfn == traced_pfn ? "the page" : "another page", entry->reason,
	     seam_leaf_name(entry->handed_over_by), seam_leaf_name(entry->leaf), entry->status);
}

static void on_leave(u64 pfn, u64 array)
{
	note("%s: %s out\n", name_of(array), pfn == traced_pfn ? "the page" : "another page");
}

static int traced_init(struct kunit *test)
{
	tracing = true;
	text[0] = 0;
	platform_on_array_create = on_create;
	platform_on_custody = on_custody;
	platform_on_array_end = on_end;
	platform_on_quarantine = on_enter;
	platform_on_quarantine_leave = on_leave;
	return harness_init(test);
}

static void traced_exit(struct kunit *test)
{
	tracing = false;
	harness_exit(test);
}

static void an_array_is_traced_from_its_creation_to_its_end(struct kunit *test)
{
	struct tdx_page_array *array = tdx_page_array_create_node(600, 1, 0);

	set_ext_pool(600);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_STREQ(test, text,
			   "array: 600 pages, 4 blocks, node 1\n"
			   "array: the host's to the TDX module's, owned 512, touched 512 of 600, "
			   "KeyID 32, TDH.EXT.MEM.ADD, status 0\n"
			   "array: 88 freed, 512 kept, 0 quarantined\n");
}

static void changes_of_custody_are_traced_in_order(struct kunit *test)
{
	const u64 refused = SEAM_OPERAND_INVALID | SEAM_RCX;
	struct tdx_page_array *array = make_array(test, 3);
	u64 session;

	text[0] = 0;
	set_spdm_pages(3);
	/* A call that was not executed changes nothing. */
	inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_VMFAILINVALID, 0));
	tdx_tdh_spdm_create(0, array, &session);
	answer_next(test, SEAM_SPDM_CREATE, refused);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), refused);
	expect_success(test, tdx_tdh_spdm_create(0, array, &session));
	end_session(test, session, array);
	KUNIT_EXPECT_STREQ(
		test, text,
		"array: the host's to refused by the TDX module, owned 0, touched 3 of 3, KeyID "
		"32, TDH.SPDM.CREATE, status 0xc000010000000001\n"
		"array: refused by the TDX module to the TDX module's, owned 3, touched 3 of 3, "
		"KeyID 32, TDH.SPDM.CREATE, status 0\n"
		"array: the TDX module's to returned by the TDX module, owned 0, touched 3 of 3, "
		"KeyID 32, TDH.SPDM.DELETE, status 0\n"
		"array: 3 freed, 0 kept, 0 quarantined\n");
}

/* The second of three pages cannot be written back at first. */
static void a_page_is_traced_into_the_quarantine_and_out_of_it(struct kunit *test)
{
	const u64 status = SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX;
	struct tdx_page_array *array = make_returned(test, 3);

	traced_pfn = hpa_of(test, array, 1) >> PAGE_SHIFT;
	inject(test, NTH_CALL(SEAM_PHYMEM_PAGE_WBINVD, 2, SEAM_INJECT_STATUS, status));
	text[0] = 0;
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	}
	KUNIT_EXPECT_STREQ(
		test, text,
		"array: returned by the TDX module to returned by the TDX module, owned 0, touched "
		"3 of 3, "
		"KeyID 32, TDH.PHYMEM.PAGE.WBINVD, status 0xc000030000000001\n"
		"array: the page in, private cache lines could not be written back, handed over by "
		"TDH.SPDM.CREATE, TDH.PHYMEM.PAGE.WBINVD, status 0xc000030000000001\n"
		"array: 2 freed, 0 kept, 1 quarantined\n");
	text[0] = 0;
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
	KUNIT_EXPECT_STREQ(test, text, "array: the page out\n");
}

/* Lengths: a request is at most one page long, and an output as long as its array. */

/* What the TDX module reports with this status. */
static u64 planned_status, planned_length;

static void tell_length(u16 leaf, enum seam_outcome outcome, struct seam_registers *registers)
{
	if (registers->r[SEAM_RAX] == planned_status)
		registers->r[SEAM_RCX] = planned_length;
}

static void tell(u64 status, u64 length)
{
	planned_status = status;
	planned_length = length;
	platform_after_seamcall = tell_length;
}

/* An operation has two requests. */
static void a_buffer_may_be_filled_and_not_a_byte_more(struct kunit *test)
{
	static const u64 room = 2 * PAGE_SIZE;
	static u8 copy[2 * PAGE_SIZE + 1];
	struct device device;
	u64 bytes;

	open_connection(test, &device);
	tell(SEAM_SPDM_REQUEST, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, recollect(&device, &bytes), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, bytes, PAGE_SIZE);
	tell(SEAM_SPDM_REQUEST, PAGE_SIZE + 1);
	EXPECT_WARNINGS(test, 1, expect_refused(test, EIO, recollect(&device, &bytes)));
	tell(SEAM_SUCCESS, room);
	expect_success(test, recollect(&device, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, room);
	*((u8 *)page_address(tdx_page_array_page(device.info, 1)) + PAGE_SIZE - 1) = 0x5a;
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, copy, room), 0);
	KUNIT_EXPECT_EQ(test, copy[room - 1], 0x5a);
	KUNIT_EXPECT_EQ(test, copy[room], 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, copy, room + 1), -EINVAL);
	tell(SEAM_SUCCESS, room + 1);
	EXPECT_WARNINGS(test, 1, expect_refused(test, EIO, talk(recollect, &device)));
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, copy, 1), -EINVAL);
	platform_after_seamcall = NULL;
	close_connection(test, &device);
}

/* Lists. */

static const u64 *list_of(u16 leaf, enum seam_register which)
{
	return machine_address(last_register(leaf, which) >> PAGE_SHIFT);
}

/* If the module does not write to the list page, it holds what the core wrote there. */
static void every_entry_of_the_list_of_a_delete_is_poisoned(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 512, &session);
	const u64 *list;
	u32 entry;

	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_STALE_LIST));
	EXPECT_WARNINGS(test, 1, tdx_tdh_spdm_delete(session, array));
	list = list_of(SEAM_SPDM_DELETE, SEAM_RDX);
	for (entry = 0; entry < 512; entry++)
		KUNIT_EXPECT_EQ_MSG(test, list[entry], ~0ULL, "entry %u", entry);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* The leaf gets no entry count: every entry behind the last page has to be marked as none. */
static void the_list_of_an_iommu_has_no_word_of_an_earlier_use(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);
	const u64 *list;
	u32 entry;
	u64 id;

	expect_success(test, tdx_tdh_iommu_setup(0xfed90000, array, &id));
	list = list_of(SEAM_IOMMU_SETUP, SEAM_RDX);
	for (entry = 2 + 4; entry < 512; entry++)
		KUNIT_EXPECT_EQ_MSG(test, list[entry], 1ULL << 63, "entry %u", entry);
	end_iommu(test, id, array);
}

/* Each node has 511 pages and the HPA of the next node. The nodes are freed by now, but not yet reused. */
static void the_list_of_a_quote_ends_behind_its_last_page(struct kunit *test)
{
	static const u32 sizes[] = {1, 510, 511, 512, 1022, 1023};
	struct page *page = make_page(test);
	u32 i, first, entry, wrong;
	const u64 *node;
	u64 bytes;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct tdx_page_array *array = make_array(test, sizes[i]);

		tdx_tdh_quote_get(page, 1, page, 1, array, &bytes);
		node = list_of(SEAM_QUOTE_GET, SEAM_R10);
		for (first = wrong = 0; first + 511 < sizes[i]; first += 511) {
			for (entry = 0; entry < 511; entry++)
				wrong += node[entry] != hpa_of(test, array, first + entry);
			KUNIT_ASSERT_NE(test, node[511], ~0ULL);
			node = machine_address(node[511] >> PAGE_SHIFT);
		}
		for (entry = 0; entry < 512; entry++)
			wrong += node[entry] != (first + entry < sizes[i]
							 ? hpa_of(test, array, first + entry)
							 : ~0ULL);
		KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "%u pages", sizes[i]);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_list_of_a_quote_ends_behind_its_last_page),
	KUNIT_CASE(an_array_is_traced_from_its_creation_to_its_end),
	KUNIT_CASE(changes_of_custody_are_traced_in_order),
	KUNIT_CASE(a_page_is_traced_into_the_quarantine_and_out_of_it),
	KUNIT_CASE(a_buffer_may_be_filled_and_not_a_byte_more),
	KUNIT_CASE(every_entry_of_the_list_of_a_delete_is_poisoned),
	KUNIT_CASE(the_list_of_an_iommu_has_no_word_of_an_earlier_use),
	{},
};

TEST_SUITE("contents", traced_init, traced_exit);
