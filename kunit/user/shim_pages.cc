// SPDX-License-Identifier: GPL-2.0
/* The part of the shim's border (shim/interface.h) that is about pages, for the machine in user space. */
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include "machine.h"
#include "platform.h"

u64 tdx_shim_total_pages(void)
{
	return machine_page_count;
}

bool tdx_shim_node_has_memory(s32 node)
{
	return node >= 0 && node < MACHINE_NODES;
}

s32 tdx_shim_node_of(u64 pfn)
{
	return machine_node_of(pfn);
}

u32 tdx_shim_max_block_order(void)
{
	return MACHINE_MAX_ORDER;
}

namespace {

std::mutex adopted_lock;
std::set<u64> adopted;
std::atomic<u64> shared_pages;

void note_request(u64 pages, u32 order, s32 node, u32 flags)
{
	const platform_request request{pages, order, node, flags};

	if (platform_on_request)
		platform_on_request(&request);
}

u64 take_block(u32 order, s32 node, u32 flags)
{
	/* The machine searches all its memory for a block. */
	platform_count_steps(order ? 100 : 1);
	const bool has_node = node != TDX_SHIM_ANY_NODE;
	page *taken = machine_alloc(order, node);

	if (!taken && has_node && !(flags & TDX_SHIM_ONLY_THIS_NODE))
		taken = machine_alloc(order, -1);
	return taken ? machine_pfn(taken) : 0;
}

} // namespace

u64 tdx_shim_alloc_block(u32 order, s32 node, u32 flags)
{
	note_request(1, order, node, flags);
	return take_block(order, node, flags);
}

/* At most a few at once: a caller that needs many has to call again. */
u32 tdx_shim_alloc_pages(u64 *pfns, u32 count, s32 node, u32 flags)
{
	constexpr u32 kAtMost = 5;
	u32 taken = 0;

	note_request(count, 0, node, flags);
	while (taken < count && taken < kAtMost) {
		pfns[taken] = take_block(0, node, flags);
		if (!pfns[taken])
			break;
		taken++;
	}
	return taken;
}

u64 tdx_shim_alloc_range(u64 pages, s32 node)
{
	u64 first = 0, count = 0;

	note_request(pages, 0, node, 0);
	if (machine_allocation_fails())
		return 0;
	for (u64 i = 0; i < machine_page_count && count < pages; i++) {
		const bool fits = node == TDX_SHIM_ANY_NODE ||
				  machine_node_of(MACHINE_FIRST_PFN + i) == node;
		count = machine_pages[i].taken || !fits ? 0 : count + 1;
		first = i + 1 - count;
	}
	if (count < pages)
		return 0;
	return machine_take_range(first, pages);
}

u32 tdx_shim_first_broken(u64 first, u32 pages)
{
	return platform_broken_page - first < pages ? platform_broken_page - first : pages;
}

void tdx_shim_free_block(u64 first_pfn, u32 order)
{
	machine_put(machine_page(first_pfn), order);
}

void tdx_shim_split_block(u64 first_pfn, u32 order)
{
	machine_split(machine_page(first_pfn), order);
}

u64 tdx_shim_pfn(const page *page)
{
	return machine_pfn(page);
}

const char *tdx_shim_unfit(u64 pfn)
{
	return machine_references(machine_page(pfn)) ? nullptr
						     : "has no reference count of its own";
}

s32 tdx_shim_adopt_page(u64 pfn)
{
	if (machine_allocation_fails())
		return -ENOMEM;
	const std::lock_guard lock(adopted_lock);

	return adopted.insert(pfn).second ? 0 : -EBUSY;
}

void platform_forget_adopted(void)
{
	const std::lock_guard lock(adopted_lock);

	adopted.clear();
}

void tdx_shim_disown_page(u64 pfn)
{
	const std::lock_guard lock(adopted_lock);

	if (!adopted.erase(pfn)) {
		fprintf(stderr, "frame %#llx was not adopted, and is given back to an owner\n",
			pfn);
		abort();
	}
}

void tdx_shim_hold_page(u64 pfn)
{
	machine_get(machine_page(pfn));
}

void tdx_shim_drop_page(u64 pfn)
{
	tdx_shim_disown_page(pfn);
	machine_put(machine_page(pfn), 0);
}

void tdx_shim_convert_page(u64 pfn)
{
	memset(machine_address(pfn), 0, 4096);
	for (u64 hpa = pfn << 12; hpa < (pfn + 1) << 12; hpa += 64)
		seam_judge_host_converts(&seam_model, hpa);
}

void tdx_shim_flush_page(u64 pfn)
{
	seam_judge_host_flushes(&seam_model, pfn << 12);
	if (platform_on_flush)
		platform_on_flush(pfn);
}

void *tdx_shim_page_address(u64 pfn)
{
	return machine_address(pfn);
}

page *tdx_shim_page(u64 pfn)
{
	return machine_page(pfn);
}

void *tdx_shim_vmap(page **pages, u32 count)
{
	if (platform_lack.mapping) {
		memset(machine_address(machine_pfn(pages[0])), 0x6B, 4096);
		pages[0] = pages[count - 1];
	}
	return machine_map(pages, count);
}

void tdx_shim_vunmap(void *address)
{
	machine_unmap(address);
}

u64 platform_shared_pages(void)
{
	return shared_pages;
}

u64 tdx_shim_alloc_shared_page(void)
{
	const u64 pfn = take_block(0, TDX_SHIM_ANY_NODE, TDX_SHIM_WITH_EFFORT);

	shared_pages += pfn != 0;
	return pfn;
}

void tdx_shim_free_shared_page(u64 pfn)
{
	shared_pages--;
	tdx_shim_free_block(pfn, 0);
}
