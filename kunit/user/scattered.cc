// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays on memory of which every second page is somebody else's: each page is an extent of its own,
 * and the list of them has several chunks, each of which may be one too many.
 */
#include <algorithm>
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

/* Takes every second page that is free; the others lie by themselves then. */
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
 * The machine gives five single pages at once: when the second of them is not there, the first one is
 * enough to go on.
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

} // namespace
