// SPDX-License-Identifier: GPL-2.0
#include <linux/smp.h>
#include <asm/cacheflush.h>
#include <asm/special_insns.h>

#include "raw.h"

#define LINE_SIZE 64

struct remote_call {
	u64 leaf;
	struct tdx_shim_registers *registers;
	u64 status;
};

static int call_here(void *data)
{
	struct remote_call *call = data;

	call->status = raw_call(call->leaf, call->registers);
	return 0;
}

u64 raw_call_on(unsigned int cpu, u64 leaf, struct tdx_shim_registers *registers)
{
	struct remote_call call = {.leaf = leaf, .registers = registers, .status = UNKNOWN_STATUS};

	smp_call_on_cpu(cpu, call_here, &call, false);
	return call.status;
}

u64 raw_leaf_on(unsigned int cpu, u64 leaf, u64 rcx, u64 rdx)
{
	struct tdx_shim_registers registers = {.rcx = rcx, .rdx = rdx};

	return raw_call_on(cpu, leaf, &registers);
}

struct page *raw_hand_over(struct kunit *test, u64 *session)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct tdx_shim_registers registers = {};

	KUNIT_ASSERT_NOT_NULL(test, page);
	raw_flush(page);
	set_spdm_pages(1);
	registers.rdx = page_to_phys(page);
	assert_success(test, raw_call(SEAM_SPDM_CREATE, &registers));
	*session = registers.rcx;
	return page;
}

void raw_take_back(struct kunit *test, u64 session)
{
	assert_success(test, raw_leaf(SEAM_SPDM_DELETE, session, 0));
}

struct page *raw_dirty_page(struct kunit *test)
{
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	raw_take_back(test, session);
	return page;
}

void raw_flush(struct page *page)
{
	clflush_cache_range(page_address(page), PAGE_SIZE);
}

void raw_free_page(struct kunit *test, struct page *page, u16 hkid)
{
	static const u8 zeroes[LINE_SIZE];
	unsigned int offset;

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), hkid));
	if (config_now().partial_write_erratum)
		for (offset = 0; offset < PAGE_SIZE; offset += LINE_SIZE)
			movdir64b(page_address(page) + offset, zeroes);
	__free_page(page);
}

void raw_alloc(struct kunit *test, struct raw_pages *raw, unsigned int count)
{
	unsigned int i;

	raw->count = count;
	raw->list = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, raw->list);
	for (i = 0; i < count; i++) {
		raw->pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, raw->pages[i]);
		raw_flush(raw->pages[i]);
		raw_list(raw)[i] = raw_hpa(raw, i);
	}
}

void raw_free(struct kunit *test, struct raw_pages *raw)
{
	unsigned int i;

	for (i = 0; i < raw->count; i++)
		raw_free_page(test, raw->pages[i], tdx_global_keyid());
	__free_page(raw->list);
}

u64 raw_cache_wb(void)
{
	u64 status = raw_leaf(SEAM_PHYMEM_CACHE_WB, 0, 0);

	while (status == SEAM_INTERRUPTED_RESUMABLE)
		status = raw_leaf(SEAM_PHYMEM_CACHE_WB, 1, 0);
	return status;
}
