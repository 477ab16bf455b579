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
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "array/page_array.hpp"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"

namespace {

/* Two chunks and a little. */
constexpr u32 kPages = 1100;

/* Takes every second free page, so that no two of the others are adjacent. */
class Scattered : public testing::Test {
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
	}
	void TearDown() override
	{
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

std::vector<platform_request> requests;

/* Records what arrays request from the page allocator. */
class Recorder {
public:
	Recorder()
	{
		requests.clear();
		platform_on_request = [](const platform_request *request) {
			requests.push_back(*request);
		};
	}
	Recorder(const Recorder &) = delete;
	Recorder &operator=(const Recorder &) = delete;
	~Recorder() { platform_on_request = nullptr; }
};

void expect_pages_on(s32 node, tdx_page_array *array)
{
	for (u32 i = 0; i < tdx_page_array_nr_pages(array) && node != TDX_SHIM_ANY_NODE; i++)
		EXPECT_EQ(machine_node_of(tdx_shim_pfn(tdx_page_array_page(array, i))), node);
}

/*
 * Each request for the array that was just made names @node, and an account if @account is not 0; and its pages are of no other
 * node.
 */
void expect_wishes(tdx_page_array *array, s32 node, u32 account)
{
	ASSERT_GT(tdx_page_array_nr_pages(array), 0U);
	EXPECT_FALSE(requests.empty());
	for (const platform_request &request : requests) {
		EXPECT_EQ(request.node, node) << "order " << request.order;
		EXPECT_EQ(request.flags & TDX_SHIM_ACCOUNT, account ? TDX_SHIM_ACCOUNT : 0)
			<< "order " << request.order << ", pages " << request.pages;
	}
	expect_pages_on(node, array);
	EXPECT_EQ(tdx_page_array_release(array), 0);
}

constexpr s32 kNodes[] = {TDX_SHIM_ANY_NODE, 0, 1};

/* Each array that @create makes: on each node, with and without an account. */
template <class Create> void expect_wishes_of(const std::string &what, Create create)
{
	for (const s32 node : kNodes)
		for (const u32 account : {0U, TDX_PAGE_ARRAY_ACCOUNT}) {
			SCOPED_TRACE(testing::Message()
				     << what << ", node " << node << ", account " << account);
			const Recorder recorder;
			expect_wishes(create(node, account), node, account);
		}
}

void expect_wishes_of_arrays(std::initializer_list<u32> sizes, u32 more_flags)
{
	for (const u32 pages : sizes)
		expect_wishes_of(std::to_string(pages) + " pages", [=](s32 node, u32 account) {
			return tdx_page_array_create_node(pages, node, account | more_flags);
		});
}

void expect_wishes_of_iommus(std::initializer_list<u32> orders)
{
	for (const u32 order : orders)
		for (const u32 pages : {1U, 2U, 4U, 8U})
			expect_wishes_of("order " + std::to_string(order) + ", " +
						 std::to_string(pages) + " pages",
					 [=](s32 node, u32 account) {
						 return tdx_page_array_create_iommu_mt_node(
							 order, pages, node, account);
					 });
}

void fill(tdx::PageArray &array)
{
	ASSERT_TRUE(array.try_fill(
		[](tdx::PageBlocks &blocks) { return blocks.try_take(kPages, {}); }));
}

std::vector<u64> pages_of(const tdx::PageArray &array, u32 offset, u32 count)
{
	std::vector<u64> pages;

	array.for_each_page(offset, count, [&](tdx::Pfn page) { pages.push_back(page.value()); });
	return pages;
}

TEST_F(Scattered, an_array_has_each_of_its_pages_once_and_in_order)
{
	tdx::PageArray array{tdx::Layout{}};

	fill(array);
	const auto pages = pages_of(array, 0, kPages);
	ASSERT_EQ(pages.size(), kPages);
	EXPECT_EQ(std::set(pages.begin(), pages.end()).size(), kPages);
	for (const u32 index : {0U, 2U, 3U, 513U, 514U, 1024U, 1099U, 1U, 514U, 513U})
		EXPECT_EQ(array.page(index).value(), pages[index]);
	for (const u32 offset : {512U, 0U, 600U})
		EXPECT_TRUE(std::ranges::equal(pages_of(array, offset, 500),
					       std::span(pages).subspan(offset, 500)));
	array.blocks().give_back();
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
	expect_wishes_of_arrays({1, 2, 3, 4, 8, 40, 200}, 0);
	/* The requests of the last array. */
	EXPECT_EQ(std::ranges::max(requests, {}, &platform_request::pages).pages, 64U);
}

TEST(Placement, arrays_of_all_sizes_are_asked_for_with_node_and_account)
{
	expect_wishes_of_arrays({1, 2, 3, 4, 8, 512, 1500}, 0);
	expect_wishes_of_arrays({1, 2, 3, 4, 8, 1000, 1024}, TDX_PAGE_ARRAY_CONTIGUOUS);
	expect_wishes_of_iommus({0, 1, 3});
}

/* Large blocks are requested without reclaim; single pages, at last also of other nodes, with effort. */
TEST(Placement, blocks_are_requested_without_reclaim)
{
	for (const s32 node : kNodes) {
		const Recorder recorder;
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

/* There is no larger block. Blocks of 2 MiB do not split huge pages. */
TEST(Placement, blocks_of_2_mib_are_tried)
{
	std::vector<page *> taken;

	for (u64 i = 512; i < machine_page_count; i += 1024)
		taken.push_back(machine_page(machine_take_range(i, 1)));
	tdx_page_array *array = tdx_page_array_create(1024);
	for (page *page : taken)
		machine_put(page, 0);
	ASSERT_EQ(tdx_page_array_nr_pages(array), 1024U);
	EXPECT_EQ(array->info().blocks, 2U);
	EXPECT_EQ(tdx_page_array_release(array), 0);
}

/* Cleared ranges cannot be charged to an account, and no array is refused for that. */
TEST(Placement, a_range_that_is_cleared_is_asked_for_with_its_node)
{
	for (const s32 node : kNodes) {
		const Recorder recorder;
		expect_wishes(tdx_page_array_create_node(2000, node, TDX_PAGE_ARRAY_CONTIGUOUS),
			      node, 0);
	}
}

TEST(Placement, missing_pages_come_from_the_other_node_in_large_blocks)
{
	std::vector<page *> taken;

	for (page *page; (page = machine_alloc(0, 1));)
		taken.push_back(page);
	tdx_page_array *array = tdx_page_array_create_node(64, 1, 0);
	for (page *page : taken)
		machine_put(page, 0);
	ASSERT_EQ(tdx_page_array_nr_pages(array), 64U);
	EXPECT_EQ(array->info().highest_node, 0);
	EXPECT_LE(array->info().blocks, 2U);
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
	for (u32 i = 0; i < count; i++) {
		EXPECT_TRUE(list.try_make_room(1));
		list.add(tdx::Extent(tdx::Pfn(first + u64{2} * i), 0, 1));
	}
	EXPECT_EQ(list.pages(), count);
	u64 wanted = first;
	for (const tdx::Extent extent : list) {
		EXPECT_EQ(extent.first().value(), wanted);
		wanted += 2;
	}
	EXPECT_EQ(wanted, first + u64{2} * count);
	return wanted - 1;
}

/* The list fills several chunks, is emptied, and is filled again from the next page on. */
TEST(ExtentList, has_each_extent_in_its_place)
{
	tdx::ExtentList list;
	u64 first = 1;

	for (const u32 count : {2000U, 5U, 4U}) {
		first = fill_apart(list, first, count);
		list.clear();
	}
}

/* Runs @work with a stack (a part of which is for thread-local variables) too small for a recursion over thousands. */
template <class Work> void with_little_stack(Work work)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 160 << 10);
	ASSERT_EQ(pthread_create(
			  &thread, &attributes,
			  [](void *what) -> void * {
				  (*static_cast<Work *>(what))();
				  return nullptr;
			  },
			  &work),
		  0);
	pthread_join(thread, nullptr);
	pthread_attr_destroy(&attributes);
}

TEST(LongLists, end_without_a_recursion)
{
	with_little_stack([] {
		tdx::ExtentList list;

		for (u64 i = 0; i < 3'000'000 && list.try_make_room(1); i++)
			list.add(tdx::Extent(tdx::Pfn(2 * i), 0, 1));
		EXPECT_EQ(list.pages(), 3'000'000U);
	});
	with_little_stack([] {
		tdx::Progress progress;

		for (u32 i = 0; i < 10'000; i++)
			progress.stay(1, {});
	});
}

} // namespace
