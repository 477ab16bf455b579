// SPDX-License-Identifier: GPL-2.0
/* What suites record of the page allocator (kunit/suites/frees.h), for the machine in user space. */
#include <vector>

extern "C" {
#include "../suites/frees.h"
}

namespace {

struct Block {
	u64 pfn;
	u32 order;
};
std::vector<Block> blocks;

void record(u64 pfn, u32 order)
{
	blocks.push_back({pfn, order});
}

void stop(void *)
{
	machine_on_free = nullptr;
}

bool lies_in(const Block &block, u64 first_hpa, u64 pages)
{
	return block.pfn >= first_hpa >> PAGE_SHIFT &&
	       block.pfn < (first_hpa >> PAGE_SHIFT) + pages;
}

} // namespace

void record_frees(kunit *test)
{
	blocks.clear();
	machine_on_free = record;
	kunit_add_action_or_reset(test, stop, nullptr);
}

void record_frees_again(void)
{
	blocks.clear();
}

unsigned int blocks_freed(kunit *, u64 first_hpa, u64 pages, unsigned int order)
{
	unsigned int found = 0;

	for (const Block &block : blocks)
		found += block.order == order && lies_in(block, first_hpa, pages);
	return found;
}

u64 pages_freed(kunit *, u64 first_hpa, u64 pages)
{
	u64 found = 0;

	for (const Block &block : blocks)
		if (lies_in(block, first_hpa, pages))
			found += u64{1} << block.order;
	return found;
}
