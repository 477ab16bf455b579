// SPDX-License-Identifier: GPL-2.0
#include <linux/pfn.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "frees.h"
#include "probe.h"

#define MAX_BLOCKS 16384

static struct block {
	u32 pfn;
	u32 order;
} blocks[MAX_BLOCKS];
static unsigned int block_count;
static struct task_struct *freer;

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	if (current != READ_ONCE(freer) || !in_task())
		return;
	if (block_count < MAX_BLOCKS)
		blocks[block_count] = (struct block){page_to_pfn(page), order};
	block_count++;
}

static struct probe frees = {"mm_page_free", on_page_free};

void record_frees(struct kunit *test)
{
	block_count = 0;
	WRITE_ONCE(freer, current);
	attach_probe(test, &frees);
}

void record_frees_again(void)
{
	block_count = 0;
}

unsigned int blocks_freed(struct kunit *test, u64 first_hpa, u64 pages, unsigned int order)
{
	const u64 first = PHYS_PFN(first_hpa);
	unsigned int i, found = 0;

	KUNIT_ASSERT_LE_MSG(test, block_count, MAX_BLOCKS, "more blocks than are recorded");
	for (i = 0; i < block_count; i++)
		found += blocks[i].order == order && blocks[i].pfn >= first &&
			 blocks[i].pfn < first + pages;
	return found;
}

u64 pages_freed(struct kunit *test, u64 first_hpa, u64 pages)
{
	unsigned int order;
	u64 found = 0;

	for (order = 0; order <= MAX_PAGE_ORDER; order++)
		found += (u64)blocks_freed(test, first_hpa, pages, order) << order;
	return found;
}
