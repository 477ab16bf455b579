// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays on memory of which every second page is in use: each page is an extent of its own, and the
 * list of extents has several chunks. The allocation of each chunk may fail.
 */
#include <pthread.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "array/page_array.hpp"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"

namespace {

/* Two chunks and a little. */
constexpr u32 kPages = 1100;

constexpr s32 kNodes[] = {TDX_SHIM_ANY_NODE, 0, 1};

std::vector<platform_request> requests;

/* Records what arrays request from the page allocator. */
class Placement : public testing::Test {
protected:
	void SetUp() override
	{
		platform_on_request = [](const platform_request *request) {
			requests.push_back(*request);
		};
	}
	void TearDown() override { platform_on_request = nullptr; }
};

/* Takes every second free page, so that no two of the others are adjacent. */
class Scattered : public Placement {
protected:
	void SetUp() override
	{
		for (u64 i = 0; i < machine_page_count; i += 2)
			if (!machine_pages[i].taken) {
				machine_take_range(i, 1);
				taken_.push_back(&machine_pages[i]);
			}
		free_ = machine_free_pages();
		descriptors_ = platform_descriptors();
		Placement::SetUp();
	}
	void TearDown() override
	{
		Placement::TearDown();
		machine_fail_allocation_after(~u64{0});
		EXPECT_EQ(machine_free_pages(), free_);
		EXPECT_EQ(platform_descriptors(), descriptors_);
		for (page *page : taken_)
			machine_put(page, 0);
	}

private:
	std::vector<page *> taken_;
	u64 free_, descriptors_;
};

/* Each request names @node, and an account if @account is not 0. */
void expect_requests(s32 node, u32 account)
{
	EXPECT_FALSE(requests.empty());
	for (const platform_request &request : requests) {
		EXPECT_EQ(request.node, node);
		EXPECT_EQ(request.flags & TDX_SHIM_ACCOUNT, account ? TDX_SHIM_ACCOUNT : 0)
			<< request.pages << " of order " << request.order;
	}
}

/* Each array that @create makes: on each node, with and without an account. */
template <class Create>
void expect_wishes(Create create, std::initializer_list<u32> accounts = {0, TDX_PAGE_ARRAY_ACCOUNT})
{
	for (const s32 node : kNodes)
		for (const u32 account : accounts) {
			SCOPED_TRACE(testing::Message()
				     << "node " << node << ", account " << account);
			requests.clear();
			EXPECT_EQ(tdx_page_array_release(create(node, account)), 0);
			expect_requests(node, account);
		}
}

void expect_wishes_of_arrays(std::initializer_list<u32> sizes, u32 more_flags)
{
	for (const u32 pages : sizes)
		expect_wishes([=](s32 node, u32 account) {
			return tdx_page_array_create_node(pages, node, account | more_flags);
		});
}

void expect_wishes_of_iommus(std::initializer_list<u32> orders)
{
	for (const u32 order : orders)
		expect_wishes([=](s32 node, u32 account) {
			return tdx_page_array_create_iommu_mt_node(order, 8, node, account);
		});
}

std::vector<u64> pages_of(const tdx::PageArray &array, u32 offset, u32 count)
{
	std::vector<u64> pages;

	array.for_each_page(offset, count, [&](tdx::Pfn page) { pages.push_back(page.value()); });
	return pages;
}

TEST_F(Scattered, an_array_has_each_of_its_pages_once_and_in_order)
{
	tdx_page_array *array = tdx_page_array_create(kPages);
	const auto pages = pages_of(*array, 0, kPages);

	ASSERT_EQ(pages.size(), kPages);
	EXPECT_EQ(std::set(pages.begin(), pages.end()).size(), kPages);
	for (const u32 index : {0U, 2U, 3U, 513U, 514U, 1024U, 1099U, 1U, 514U, 513U})
		EXPECT_EQ(array->page(index).value(), pages[index]);
	for (const u32 offset : {512U, 0U, 600U})
		EXPECT_TRUE(std::ranges::equal(pages_of(*array, offset, 500),
					       std::span(pages).subspan(offset, 500)));
	EXPECT_EQ(tdx_page_array_release(array), 0);
}

/*
 * The machine gives at most five single pages at once: if it has no memory for the second of them, the
 * first one is enough to go on.
 */
TEST_F(Scattered, an_array_that_cannot_be_recorded_gives_all_back)
{
	constexpr u32 kFewPages = 80;
	u32 failures = 0;

	for (u64 allocations = 0; allocations < u64{2} * kFewPages; allocations++) {
		machine_fail_allocation_after(allocations);
		tdx_page_array *array = tdx_page_array_create(kFewPages);
		machine_fail_allocation_after(~u64{0});
		if (const int error = tdx::errno_in(array)) {
			EXPECT_EQ(error, tdx::negative(tdx::Errno::kNoMemory));
			failures++;
		} else {
			EXPECT_EQ(tdx_page_array_release(array), 0);
		}
	}
	/* The array itself, the chunk that its extents begin in, and the first pages. */
	EXPECT_EQ(failures, 2 + kFewPages / 5);
}

TEST_F(Scattered, single_pages_are_asked_for_with_node_and_account)
{
	expect_wishes_of_iommus({0});
	expect_wishes_of_arrays({1, 200}, 0);
	/* The requests of the last array. */
	EXPECT_EQ(std::ranges::max(requests, {}, &platform_request::pages).pages, 64U);
}

TEST_F(Placement, arrays_of_all_kinds_are_asked_for_with_node_and_account)
{
	expect_wishes_of_arrays({1, 7, 1500}, 0);
	expect_wishes_of_arrays({1, 1000, 1024}, TDX_PAGE_ARRAY_CONTIGUOUS);
	expect_wishes_of_iommus({0, 3});
	/* Cleared ranges cannot be charged to an account, and no array is refused for that. */
	expect_wishes(
		[](s32 node, u32) {
			return tdx_page_array_create_node(2000, node, TDX_PAGE_ARRAY_CONTIGUOUS);
		},
		{0});
}

TEST_F(Placement, where_no_node_is_named_none_is_asked_for_and_no_account)
{
	requests.clear();
	EXPECT_EQ(tdx_page_array_release(tdx_page_array_create(7)), 0);
	EXPECT_EQ(tdx_page_array_release(tdx_page_array_create_iommu_mt(1, 4)), 0);
	EXPECT_TRUE(tdx_core_selftest(10, nullptr));
	EXPECT_GT(requests.size(), 10U);
	expect_requests(TDX_SHIM_ANY_NODE, 0);
}

/* Large blocks are requested without reclaim; single pages, at last also of other nodes, with effort. */
TEST_F(Placement, blocks_are_requested_without_reclaim)
{
	for (const s32 node : kNodes) {
		requests.clear();
		tdx_page_array *array = tdx_page_array_create_node(7, node, 0);
		ASSERT_EQ(requests.size(), 3U);
		for (const platform_request &request : requests)
			EXPECT_EQ(request.flags, node != TDX_SHIM_ANY_NODE ? TDX_SHIM_ONLY_THIS_NODE
						 : request.order	   ? 0
									   : TDX_SHIM_WITH_EFFORT)
				<< "node " << node << ", order " << request.order;
		EXPECT_EQ(tdx_page_array_release(array), 0);
	}
}

/* Blocks of 2 MiB do not split huge pages. */
TEST_F(Placement, missing_pages_come_from_the_other_node_in_blocks_of_2_mib)
{
	std::vector<page *> taken;

	for (page *page; (page = machine_alloc(0, 1));)
		taken.push_back(page);
	/* There is no larger block. */
	for (u64 i = 512; i < machine_page_count / 2; i += 1024)
		taken.push_back(machine_page(machine_take_range(i, 1)));
	tdx_page_array *array = tdx_page_array_create_node(1024, 1, 0);
	for (page *page : taken)
		machine_put(page, 0);
	ASSERT_EQ(tdx_page_array_nr_pages(array), 1024U);
	EXPECT_EQ(array->info().highest_node, 0);
	EXPECT_EQ(array->info().blocks, 2U);
	EXPECT_EQ(tdx_page_array_release(array), 0);
}

TEST(ExtentList, begins_another_extent_when_one_can_hold_no_more_blocks)
{
	for (const u32 blocks : {tdx::Extent::kMaxBlocks - 1, tdx::Extent::kMaxBlocks}) {
		const tdx::Pfn first(u64{1} << 20);
		tdx::ExtentList list;

		list.add(tdx::Extent(first, 0, blocks));
		list.add(tdx::Extent(first + blocks, 0, 1));
		u32 pages = 0, extents = 0;
		for (const tdx::Extent extent : list) {
			pages += extent.pages();
			extents++;
		}
		EXPECT_EQ(pages, blocks + 1);
		EXPECT_EQ(list.pages(), pages);
		EXPECT_EQ(extents, blocks < tdx::Extent::kMaxBlocks ? 1U : 2U);
	}
}

/* Adds every second page from @first on, reserving room for one at a time; returns the page behind the last one. */
u64 fill_apart(tdx::ExtentList &list, u64 first, u32 count)
{
	u64 wanted = first;
	u32 wrong = 0;

	for (u32 i = 0; i < count; i++) {
		wrong += !list.try_make_room(1);
		list.add(tdx::Extent(tdx::Pfn(first + u64{2} * i), 0, 1));
	}
	EXPECT_EQ(list.pages(), count);
	for (const tdx::Extent extent : list) {
		wrong += extent.first().value() != wanted;
		wanted += 2;
	}
	EXPECT_EQ(wrong, 0U);
	EXPECT_EQ(wanted, first + u64{2} * count);
	return wanted - 1;
}

/* The list fills several chunks, is emptied, and is filled again from the next page on. */
void *fill_and_empty_lists(void *)
{
	tdx::ExtentList list;
	tdx::Progress progress;
	u64 first = 1;

	for (const u32 count : {3'000'000U, 5U, 4U, 3'000'000U}) {
		list.clear();
		first = fill_apart(list, first, count);
	}
	for (u32 i = 0; i < 10'000; i++)
		progress.stay(1, {});
	return nullptr;
}

/* The stack, a part of which is for thread-local variables, is too small for a recursion over thousands. */
TEST(LongLists, have_each_extent_in_its_place_and_end_without_a_recursion)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 160 << 10);
	ASSERT_EQ(pthread_create(&thread, &attributes, fill_and_empty_lists, nullptr), 0);
	pthread_join(thread, nullptr);
	pthread_attr_destroy(&attributes);
}

} // namespace
