// SPDX-License-Identifier: GPL-2.0
#include <linux/smp.h>

#include "start.h"

#define PAMT_ORDER  10
#define UPPER_ORDER 2

_Static_assert(sizeof(struct start_tdmr) <= START_TDMR_STRIDE, "TDMR_INFO lies in its 512 bytes");

static void put_folio(void *data)
{
	struct folio *folio = data;

	folio_put(folio);
}

/* Allocates a block that is freed after the power cycle of start_exit(), when it is the host's. */
static struct page *take_any_block(struct kunit *test, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, order);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_folio, folio), 0);
	return folio_page(folio, 0);
}

/* Skips blocks at the beginning of a TDMR, which may not be convertible; they are freed later. */
static struct page *take_block(struct kunit *test, unsigned int order)
{
	struct page *page;

	do
		page = take_any_block(test, order);
	while (page_to_phys(page) % START_TDMR_SIZE < START_PLAIN);
	return page;
}

/* Reserves the part of the range within the TDMR; keeps the areas sorted by address. */
static void reserve(struct start_tdmr *tdmr, u64 base, u64 end)
{
	unsigned int i, count = 0;

	base = max(base, tdmr->base);
	end = min(end, tdmr->base + tdmr->size);
	if (base >= end)
		return;
	while (tdmr->reserved[count].size)
		count++;
	for (i = count; i && tdmr->reserved[i - 1].offset > base - tdmr->base; i--)
		tdmr->reserved[i] = tdmr->reserved[i - 1];
	tdmr->reserved[i].offset = base - tdmr->base;
	tdmr->reserved[i].size = end - base;
}

static void place_pamt(struct start *start, struct start_tdmr *tdmr, unsigned int index)
{
	tdmr->pamt_4k_base = page_to_phys(start->pamt[index]);
	tdmr->pamt_4k_size = START_PAMT_4K;
	tdmr->pamt_2m_base = page_to_phys(start->upper[index]);
	tdmr->pamt_2m_size = START_PAMT_2M;
	tdmr->pamt_1g_base = tdmr->pamt_2m_base + START_PAMT_2M;
	tdmr->pamt_1g_size = PAGE_SIZE;
}

static void describe_tdmrs(struct start *start)
{
	struct start_tdmr *first = start_tdmr(start, 0), *second = start_tdmr(start, 1);
	struct seam_range memory;
	unsigned int i;

	seam_platform_memory(&memory);
	first->base = start->base;
	first->size = START_TDMR_SIZE;
	second->base = first->base + first->size;
	second->size = START_TDMR_SIZE;
	reserve(second, second->base, second->base + second->size);
	reserve(first, first->base, first->base + START_PLAIN);
	reserve(first, memory.base + memory.size, first->base + first->size);
	for (i = 0; i < START_TDMRS; i++) {
		const u64 pamt = page_to_phys(start->pamt[i]);
		const u64 upper = page_to_phys(start->upper[i]);

		place_pamt(start, start_tdmr(start, i), i);
		reserve(first, pamt, pamt + START_PAMT_4K);
		reserve(first, upper, upper + START_PAMT_2M + PAGE_SIZE);
		start_list(start)[i] = page_to_phys(start->infos) + i * START_TDMR_STRIDE;
	}
}

/* All memory except the beginning of the first TDMR. */
static void add_cmrs(struct kunit *test, const struct start *start)
{
	const u64 first = start->base + START_PLAIN;
	struct seam_range memory;

	seam_platform_memory(&memory);
	if (start->base > memory.base)
		KUNIT_EXPECT_TRUE(test,
				  seam_platform_add_cmr(memory.base, start->base - memory.base));
	KUNIT_EXPECT_TRUE(test, seam_platform_add_cmr(first, memory.base + memory.size - first));
}

void start_prepare(struct kunit *test, struct start *start)
{
	unsigned int i;

	start->list = take_block(test, 0);
	start->infos = take_block(test, 0);
	memset(page_address(start->infos), 0, PAGE_SIZE);
	for (i = 0; i < START_TDMRS; i++) {
		start->pamt[i] = take_block(test, PAMT_ORDER);
		start->upper[i] = take_block(test, UPPER_ORDER);
	}
	start->page = take_block(test, 0);
	start->base = page_to_phys(start->page) & ~(START_TDMR_SIZE - 1);
	describe_tdmrs(start);
	seam_platform_power_on();
	add_cmrs(test, start);
}

void start_init(struct kunit *test)
{
	unsigned int cpu;

	expect_success(test, raw_leaf(SEAM_SYS_INIT, 0, 0));
	for_each_online_cpu(cpu)
		expect_success(test, raw_leaf_on(cpu, SEAM_SYS_LP_INIT, 0, 0));
}

u64 start_config(const struct start *start, unsigned int tdmrs, u64 key)
{
	struct tdx_shim_registers registers = {
		.rcx = page_to_phys(start->list),
		.rdx = tdmrs,
		.r8 = key,
	};

	return raw_call(SEAM_SYS_CONFIG, &registers);
}

unsigned int start_tdmr_init(struct kunit *test, u64 base)
{
	struct tdx_shim_registers registers;
	unsigned int calls = 0;
	u64 status;

	do {
		registers = (struct tdx_shim_registers){.rcx = base};
		status = raw_call(SEAM_SYS_TDMR_INIT, &registers);
		calls++;
	} while (!status && registers.rdx < base + START_TDMR_SIZE);
	assert_success(test, status);
	return calls;
}

u64 start_page_type(u64 hpa)
{
	struct tdx_shim_registers registers = {.rcx = hpa};

	return raw_call(SEAM_PHYMEM_PAGE_RDMD, &registers) ? ~0ULL : registers.rcx;
}

void start_exit(struct kunit *test)
{
	harness_exit(test);
	seam_emulator_power_cycle();
}
