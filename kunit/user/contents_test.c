// SPDX-License-Identifier: GPL-2.0
/*
 * Exact contents: arguments of the trace points, lengths at the end of a buffer, and every word of the lists that the
 * TDX module is given. User space only, where a test sees what the core passes to the shim.
 */
#include <string.h>

#include "../suites/service.h"
#include "machine.h"
#include "platform.h"

/* The trace points. */

static struct {
	u64 array;
	u32 pages, blocks;
	s32 node;
} created;
static struct {
	u64 array, freed, kept, quarantined;
} ended;
static struct tdx_shim_custody changes[8];
static struct tdx_shim_quarantine_entry entered[8];
static struct {
	u64 pfn, array;
} left[8];
static u32 change_count, entered_count, left_count;

static void on_create(u64 array, u32 pages, u32 blocks, s32 node)
{
	created.array = array;
	created.pages = pages;
	created.blocks = blocks;
	created.node = node;
}

static void on_custody(const struct tdx_shim_custody *change)
{
	changes[change_count++ % ARRAY_SIZE(changes)] = *change;
}

static void on_end(u64 array, u64 freed, u64 kept, u64 quarantined)
{
	ended.array = array;
	ended.freed = freed;
	ended.kept = kept;
	ended.quarantined = quarantined;
}

static void on_enter(const struct tdx_shim_quarantine_entry *entry)
{
	entered[entered_count++ % ARRAY_SIZE(entered)] = *entry;
}

static void on_leave(u64 pfn, u64 array)
{
	left[left_count].pfn = pfn;
	left[left_count++ % ARRAY_SIZE(left)].array = array;
}

static void trace(bool on)
{
	change_count = entered_count = left_count = 0;
	platform_on_array_create = on ? on_create : NULL;
	platform_on_custody = on ? on_custody : NULL;
	platform_on_array_end = on ? on_end : NULL;
	platform_on_quarantine = on ? on_enter : NULL;
	platform_on_quarantine_leave = on ? on_leave : NULL;
}

static int traced_init(struct kunit *test)
{
	trace(true);
	return harness_init(test);
}

static void traced_exit(struct kunit *test)
{
	trace(false);
	platform_after_seamcall = NULL;
	harness_exit(test);
}

static void expect_end(struct kunit *test, u64 freed, u64 kept, u64 quarantined)
{
	KUNIT_EXPECT_EQ(test, ended.array, created.array);
	KUNIT_EXPECT_EQ(test, ended.freed, freed);
	KUNIT_EXPECT_EQ(test, ended.kept, kept);
	KUNIT_EXPECT_EQ(test, ended.quarantined, quarantined);
}

static void an_array_is_traced_with_its_pages_blocks_and_node(struct kunit *test)
{
	u64 last;
	s32 node;

	for (node = 0; node < 2; node++) {
		last = created.array;
		KUNIT_EXPECT_EQ(test,
				tdx_page_array_release(tdx_page_array_create_node(7, node, 0)), 0);
		KUNIT_EXPECT_GT(test, created.array, last);
		KUNIT_EXPECT_EQ(test, created.pages, 7);
		KUNIT_EXPECT_EQ(test, created.blocks, 3);
		KUNIT_EXPECT_EQ(test, created.node, node);
		expect_end(test, 7, 0, 0);
	}
	KUNIT_EXPECT_EQ(test, change_count, 0);
}

static void pages_that_are_kept_and_freed_are_traced_apart(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	set_ext_pool(600);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, changes[0].pages, 600);
	KUNIT_EXPECT_EQ(test, changes[0].touched, 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	expect_end(test, 88, 512, 0);
}

static void expect_change(struct kunit *test, u32 index, const char *from, const char *to,
			  u32 owned, u16 leaf, u64 status)
{
	const struct tdx_shim_custody *change = &changes[index];

	KUNIT_EXPECT_EQ(test, change->array, created.array);
	KUNIT_EXPECT_EQ(test, change->pages, 3);
	KUNIT_EXPECT_EQ(test, change->owned, owned);
	KUNIT_EXPECT_EQ(test, change->touched, 3);
	KUNIT_EXPECT_EQ(test, change->keyid, tdx_global_keyid());
	KUNIT_EXPECT_EQ(test, change->leaf, leaf);
	KUNIT_EXPECT_EQ(test, change->status, status);
	KUNIT_EXPECT_EQ_MSG(test, strcmp(change->from, from), 0, change->from);
	KUNIT_EXPECT_EQ_MSG(test, strcmp(change->to, to), 0, change->to);
}

static void changes_of_custody_are_traced_in_order(struct kunit *test)
{
	const u64 refused = SEAM_OPERAND_INVALID | SEAM_RCX;
	struct tdx_page_array *array = make_array(test, 3);
	u64 session;

	set_spdm_pages(3);
	answer_next(test, SEAM_SPDM_CREATE, refused);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), refused);
	expect_success(test, tdx_tdh_spdm_create(0, array, &session));
	end_session(test, session, array);
	KUNIT_EXPECT_EQ(test, change_count, 3);
	expect_change(test, 0, "the host's", "refused by the TDX module", 0, SEAM_SPDM_CREATE,
		      refused);
	expect_change(test, 1, "refused by the TDX module", "the TDX module's", 3, SEAM_SPDM_CREATE,
		      0);
	expect_change(test, 2, "the TDX module's", "returned by the TDX module", 0,
		      SEAM_SPDM_DELETE, 0);
}

static void a_call_that_was_not_executed_changes_nothing(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);
	u64 session;

	inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_VMFAILINVALID, 0));
	tdx_tdh_spdm_create(0, array, &session);
	KUNIT_EXPECT_EQ(test, change_count, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* The second of three pages cannot be written back at first. */
static void a_page_is_traced_into_the_quarantine_and_out_of_it(struct kunit *test)
{
	const u64 status = SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX;
	u64 session, pfn;
	struct tdx_page_array *array = make_session(test, 3, &session);

	pfn = hpa_of(test, array, 1) >> PAGE_SHIFT;
	expect_success(test, tdx_tdh_spdm_delete(session, array));
	KUNIT_EXPECT_EQ(test, change_count, 2);
	expect_change(test, 0, "the host's", "the TDX module's", 3, SEAM_SPDM_CREATE, 0);
	expect_change(test, 1, "the TDX module's", "returned by the TDX module", 0,
		      SEAM_SPDM_DELETE, 0);
	inject(test, NTH_CALL(SEAM_PHYMEM_PAGE_WBINVD, 2, SEAM_INJECT_STATUS, status));
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	}
	expect_end(test, 2, 0, 1);
	KUNIT_ASSERT_EQ(test, entered_count, 1);
	KUNIT_EXPECT_EQ(test, entered[0].pfn, pfn);
	KUNIT_EXPECT_EQ(test, entered[0].array, created.array);
	KUNIT_EXPECT_EQ(test, entered[0].handed_over_by, SEAM_SPDM_CREATE);
	KUNIT_EXPECT_EQ(test, entered[0].leaf, SEAM_PHYMEM_PAGE_WBINVD);
	KUNIT_EXPECT_EQ(test, entered[0].status, status);
	KUNIT_EXPECT_EQ(test,
			strcmp(entered[0].reason, "private cache lines could not be written back"),
			0);
	KUNIT_EXPECT_EQ(test, left_count, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
	KUNIT_ASSERT_EQ(test, left_count, 1);
	KUNIT_EXPECT_EQ(test, left[0].pfn, pfn);
	KUNIT_EXPECT_EQ(test, left[0].array, created.array);
}

/* Lengths. */

/* The length that the TDX module reports when this leaf returns this status. */
static u16 planned_leaf;
static u64 planned_status, planned_length;

static void tell_length(u16 leaf, enum seam_outcome outcome, struct seam_registers *registers)
{
	if (leaf == planned_leaf && registers->r[SEAM_RAX] == planned_status)
		registers->r[SEAM_RCX] = planned_length;
}

static void tell(u16 leaf, u64 status, u64 length)
{
	planned_leaf = leaf;
	planned_status = status;
	planned_length = length;
	platform_after_seamcall = tell_length;
}

/* A request is at most one page long. */
static void a_request_may_fill_its_page_and_not_a_byte_more(struct kunit *test)
{
	struct device device;
	u64 bytes = 0;

	open_device(test, &device);
	tell(SEAM_SPDM_CONNECT, SEAM_SPDM_REQUEST, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, connect(&device, &bytes), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, bytes, PAGE_SIZE);
	tell(SEAM_SPDM_CONNECT, SEAM_SPDM_REQUEST, PAGE_SIZE + 1);
	bytes = 0;
	EXPECT_WARNINGS(
		test, 1,
		KUNIT_EXPECT_EQ(test, connect(&device, &bytes), TDX_PAGE_ARRAY_REFUSED | EIO));
	KUNIT_EXPECT_EQ(test, bytes, 0);
	platform_after_seamcall = NULL;
	close_device(test, &device);
}

static const u64 room = 2 * PAGE_SIZE;

/* Two pages of device information: the length that is reported, and how much can be read. */
static void an_output_may_fill_its_array_and_not_a_byte_more(struct kunit *test)
{
	static u8 copy[2 * PAGE_SIZE + 1], filled[2][PAGE_SIZE];
	static const u64 lengths[] = {1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, room - 1, room};
	struct device device;
	u64 bytes, i;

	open_device(test, &device);
	expect_success(test, talk(connect, &device));
	for (i = 0; i < 2; i++) {
		memset(filled[i], 0x11 * (i + 1), PAGE_SIZE);
		memcpy(page_address(tdx_page_array_page(device.info, i)), filled[i], PAGE_SIZE);
	}
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		tell(SEAM_SPDM_MNG, SEAM_SUCCESS, lengths[i]);
		while (recollect(&device, &bytes) == TDX_PAGE_ARRAY_SPDM_REQUEST)
			;
		KUNIT_EXPECT_EQ(test, bytes, lengths[i]);
		for (u32 page = 0; page < 2; page++)
			memcpy(page_address(tdx_page_array_page(device.info, page)), filled[page],
			       PAGE_SIZE);
		memset(copy, 0x5a, sizeof(copy));
		KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, copy, bytes), 0);
		KUNIT_EXPECT_EQ(test, memcmp(copy, filled, bytes), 0);
		KUNIT_EXPECT_EQ(test, copy[bytes], 0x5a);
		KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, copy, bytes + 1), -EINVAL);
	}
	platform_after_seamcall = NULL;
	close_connection(test, &device);
}

static void an_output_that_is_longer_is_refused(struct kunit *test)
{
	struct device device;
	u64 status, bytes = 0;
	u8 byte;

	open_device(test, &device);
	expect_success(test, talk(connect, &device));
	tell(SEAM_SPDM_MNG, SEAM_SUCCESS, room + 1);
	kunit_warning_suppress(test) {
		do {
			status = recollect(&device, &bytes);
		} while (status == TDX_PAGE_ARRAY_SPDM_REQUEST);
	}
	KUNIT_EXPECT_EQ(test, status, TDX_PAGE_ARRAY_REFUSED | EIO);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, &byte, 1), -EINVAL);
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
	static const u32 sizes[] = {2, 3, 511, 512};
	struct tdx_page_array *array;
	const u64 *list;
	u64 session;
	u32 i, entry;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		array = make_session(test, sizes[i], &session);
		inject(test,
		       NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_STALE_LIST));
		kunit_warning_suppress(test) {
			tdx_tdh_spdm_delete(session, array);
		}
		list = list_of(SEAM_SPDM_DELETE, SEAM_RDX);
		for (entry = 0; entry < sizes[i]; entry++)
			KUNIT_EXPECT_EQ_MSG(test, list[entry], ~0ULL, "entry %u of %u", entry,
					    sizes[i]);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	}
}

/* The leaf gets no entry count: every entry behind the last page has to be marked as none. */
static void the_list_of_an_iommu_has_no_word_of_an_earlier_use(struct kunit *test)
{
	static const u32 sizes[] = {1, 4, 510};
	struct tdx_page_array *array;
	const u64 *list;
	u32 i, entry;
	u64 id;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		array = make_iommu_mt(test, 1, sizes[i]);
		set_iommu_pages(sizes[i]);
		expect_success(test, tdx_tdh_iommu_setup(0xfed90000, array, &id));
		list = list_of(SEAM_IOMMU_SETUP, SEAM_RDX);
		KUNIT_EXPECT_EQ(test, list[0], hpa_of(test, array, 0) | 2);
		KUNIT_EXPECT_EQ(test, list[1], hpa_of(test, array, 2) | 2);
		for (entry = 2; entry < 512; entry++)
			KUNIT_EXPECT_EQ_MSG(test, list[entry],
					    entry < 2 + sizes[i] ? hpa_of(test, array, 2 + entry)
								 : 1ULL << 63,
					    "entry %u", entry);
		end_iommu(test, id, array);
	}
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
	KUNIT_CASE(an_array_is_traced_with_its_pages_blocks_and_node),
	KUNIT_CASE(pages_that_are_kept_and_freed_are_traced_apart),
	KUNIT_CASE(changes_of_custody_are_traced_in_order),
	KUNIT_CASE(a_call_that_was_not_executed_changes_nothing),
	KUNIT_CASE(a_page_is_traced_into_the_quarantine_and_out_of_it),
	KUNIT_CASE(a_request_may_fill_its_page_and_not_a_byte_more),
	KUNIT_CASE(an_output_may_fill_its_array_and_not_a_byte_more),
	KUNIT_CASE(an_output_that_is_longer_is_refused),
	KUNIT_CASE(every_entry_of_the_list_of_a_delete_is_poisoned),
	KUNIT_CASE(the_list_of_an_iommu_has_no_word_of_an_earlier_use),
	{},
};

TEST_SUITE("contents", traced_init, traced_exit);
