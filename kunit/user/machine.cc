// SPDX-License-Identifier: GPL-2.0
#include "machine.h"
#include "platform.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

page *machine_pages;
u64 machine_page_count;

namespace {

constexpr u64 kPageSize = 4096;
constexpr u64 kNoFailure = ~u64{0};

std::mutex lock;
int memory_file;
u8 *memory;
u64 free_pages;
u64 search_from[MACHINE_NODES];
u64 allocations;
u64 failing_allocation = kNoFailure;
std::map<void *, u64> mappings;

u64 first_of(int node)
{
	return machine_page_count / MACHINE_NODES * node;
}

bool is_free(u64 first, u64 count)
{
	for (u64 i = first; i < first + count; i++)
		if (machine_pages[i].taken)
			return false;
	return true;
}

/*
 * The content of a page that was used before, identical in each run. It looks like a list of pages of
 * another owner, so that code which reads more of a list than was written fails.
 */
void leave_old_content(u64 index, u64 count)
{
	u64 *words = reinterpret_cast<u64 *>(memory + index * kPageSize);

	for (u64 i = 0; i < count * kPageSize / sizeof(u64); i++)
		words[i] = (MACHINE_FIRST_PFN + machine_page_count - 1 - i % 8) * kPageSize;
}

page *take_on(int node, u32 order)
{
	const u64 count = u64{1} << order, end = first_of(node + 1);
	const bool from_hint = order == 0;
	u64 i = from_hint ? search_from[node] : first_of(node);

	for (i = (i + count - 1) & ~(count - 1); i + count <= end; i += count) {
		if (!is_free(i, count))
			continue;
		for (u64 tail = 1; tail < count; tail++)
			machine_pages[i + tail] = {.taken = true, .tail = true};
		machine_pages[i] = {
			.references = 1, .order = static_cast<u8>(order), .taken = true};
		free_pages -= count;
		if (from_hint)
			search_from[node] = i + 1;
		leave_old_content(i, count);
		return &machine_pages[i];
	}
	return nullptr;
}

} // namespace

void machine_own_memory(void)
{
	const u64 bytes = machine_page_count * kPageSize;
	void *there = memory;

	memory_file = memfd_create("memory", 0);
	if (memory_file < 0 || ftruncate(memory_file, static_cast<off_t>(bytes)))
		abort();
	there = mmap(there, bytes, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_NORESERVE | (memory ? MAP_FIXED : 0), memory_file, 0);
	if (there == MAP_FAILED)
		abort();
	memory = static_cast<u8 *>(there);
}

void machine_start(u64 pages)
{
	machine_pages = static_cast<page *>(calloc(pages, sizeof(page)));
	machine_reset_to(pages);
	machine_own_memory();
	platform_start();
}

page *machine_alloc(u32 order, int node)
{
	if (machine_allocation_fails())
		return nullptr;

	const std::scoped_lock guard(lock);
	for (int i = 0; i < MACHINE_NODES; i++)
		if (node < 0 || node == i)
			if (page *taken = take_on(i, order))
				return taken;
	return nullptr;
}

u64 machine_take_range(u64 first, u64 count)
{
	const std::scoped_lock guard(lock);

	for (u64 i = first; i < first + count; i++)
		machine_pages[i] = {.references = 1, .taken = true};
	free_pages -= count;
	leave_old_content(first, count);
	return MACHINE_FIRST_PFN + first;
}

void (*machine_on_free)(void *unused, page *page, unsigned int order);

void machine_make_folio(page *head)
{
	for (u64 i = 0; i < u64{1} << head->order; i++)
		head[i].folio = head;
}

u32 machine_references(const page *page)
{
	return page->folio ? page->folio->references : page->references;
}

void machine_put(page *page, u32 order)
{
	if (page->folio) {
		page = page->folio;
		order = page->order;
	}
	const u64 index = page - machine_pages, count = u64{1} << order;

	if (!page->taken || page->tail || page->order != order || !page->references) {
		fprintf(stderr, "frame %#llx is freed as a block of order %u, which it is not\n",
			MACHINE_FIRST_PFN + index, order);
		abort();
	}
	{
		const std::scoped_lock guard(lock);
		if (--page->references)
			return;
	}
	seam_judge_host_frees(&platform_model, MACHINE_FIRST_PFN + index, count);
	if (machine_on_free)
		machine_on_free(nullptr, page, order);
	const std::scoped_lock guard(lock);
	for (u64 i = index; i < index + count; i++)
		machine_pages[i] = {};
	free_pages += count;
	u64 &from = search_from[machine_node_of(MACHINE_FIRST_PFN + index)];
	from = from < index ? from : index;
}

void machine_get(page *page)
{
	const std::scoped_lock guard(lock);

	(page->folio ? page->folio : page)->references++;
}

void machine_split(page *page, u32 order)
{
	const std::scoped_lock guard(lock);

	assert(page->taken && !page->tail && page->order == order && page->references == 1);
	for (u64 i = 0; i < u64{1} << order; i++)
		page[i] = {.references = 1, .taken = true};
}

int machine_node_of(u64 pfn)
{
	return pfn - MACHINE_FIRST_PFN >= first_of(1);
}

u64 machine_free_pages(void)
{
	return free_pages;
}

void *machine_address(u64 pfn)
{
	return memory + (pfn - MACHINE_FIRST_PFN) * kPageSize;
}

u64 machine_pfn_of(const void *address)
{
	return MACHINE_FIRST_PFN + (static_cast<const u8 *>(address) - memory) / kPageSize;
}

page *machine_page(u64 pfn)
{
	return &machine_pages[pfn - MACHINE_FIRST_PFN];
}

u64 machine_pfn(const page *page)
{
	return MACHINE_FIRST_PFN + (page - machine_pages);
}

void *machine_map(page **pages, u32 count)
{
	const u64 bytes = count * kPageSize;

	if (machine_allocation_fails())
		return nullptr;
	u8 *address = static_cast<u8 *>(
		mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	assert(address != MAP_FAILED);
	for (u32 i = 0; i < count; i++)
		if (mmap(address + i * kPageSize, kPageSize, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, memory_file,
			 static_cast<off_t>((pages[i] - machine_pages) * kPageSize)) == MAP_FAILED)
			abort();
	const std::scoped_lock guard(lock);
	mappings[address] = bytes;
	return address;
}

void machine_unmap(void *address)
{
	const std::scoped_lock guard(lock);

	munmap(address, mappings.at(address));
	mappings.erase(address);
}

u64 machine_mappings(void)
{
	const std::scoped_lock guard(lock);

	return mappings.size();
}

void machine_fail_allocation_after(u64 successes)
{
	allocations = 0;
	failing_allocation = successes;
}

u64 machine_allocations(void)
{
	return allocations;
}

bool (*machine_choose_failure)();

void machine_reset(void)
{
	memset(machine_pages, 0, machine_page_count * sizeof(page));
	free_pages = machine_page_count;
	for (int node = 0; node < MACHINE_NODES; node++)
		search_from[node] = first_of(node);
}

void machine_reset_to(u64 pages)
{
	machine_page_count = pages;
	machine_reset();
}

bool machine_allocation_fails(void)
{
	if (machine_choose_failure && machine_choose_failure())
		return true;

	const std::scoped_lock guard(lock);

	return allocations++ == failing_allocation;
}
