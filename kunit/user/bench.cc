// SPDX-License-Identifier: GPL-2.0
/*
 * What the core does with an array, step by step, for callgrind (scripts/bench-user.py): each step is
 * dumped by itself, under its name. Everything is done once before, so that only the usual way is
 * counted.
 */
#include <cstdio>
#include <cstdlib>
#include <string>
#include <valgrind/callgrind.h>

#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

constexpr u32 kLargest = 12800;
constexpr u32 kSizes[] = {1, 2, 16, 512, kLargest};

bool counting;

void must(bool condition, const std::string &step)
{
	if (condition)
		return;
	fprintf(stderr, "%s went wrong\n", step.c_str());
	exit(1);
}

/* One step, the same for all callers: never inlined into them. */
template <class Step> [[gnu::noinline]] void count(const std::string &name, Step step)
{
	if (counting) {
		CALLGRIND_START_INSTRUMENTATION;
		CALLGRIND_ZERO_STATS;
	}
	const bool done = step();
	if (counting) {
		CALLGRIND_DUMP_STATS_AT(name.c_str());
		CALLGRIND_STOP_INSTRUMENTATION;
	}
	must(done, name);
}

std::string step(const char *what, u32 pages)
{
	return std::string(what) + " " + std::to_string(pages);
}

tdx_page_array *create(const char *what, u32 pages)
{
	tdx_page_array *array;

	count(step(what, pages), [&] {
		array = tdx_page_array_create(pages);
		return true;
	});
	must(tdx_page_array_nr_pages(array) == pages, what);
	return array;
}

void release(const char *what, u32 pages, tdx_page_array *array)
{
	count(step(what, pages), [&] { return tdx_page_array_release(array) == 0; });
}

void never_lent(u32 pages)
{
	tdx_page_array *array = create("create", pages);

	must(tdx_page_array_populate(array, 0) > 0, "populate");
	count(step("populate", pages), [&] {
		for (u32 offset = 0; offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES)
			if (tdx_page_array_populate(array, offset) <= 0)
				return false;
		return true;
	});
	release("free", pages, array);
}

/* Every second page is somebody else's. */
void never_lent_on_fragmented_memory(u32 pages)
{
	for (u64 i = 0; i < machine_page_count; i++)
		machine_take_range(i, 1);
	for (u64 i = 0; i < machine_page_count; i += 2)
		machine_put(&machine_pages[i], 0);
	release("free, fragmented", pages, create("create, fragmented", pages));
	machine_reset();
}

void lent(u32 pages)
{
	tdx_page_array *array = tdx_page_array_create(pages);
	u64 session;

	seam_model.config.spdm_pages = pages;
	count(step("SPDM.CREATE", pages),
	      [&] { return tdx_tdh_spdm_create(0x0100, array, &session) == 0; });
	count(step("SPDM.DELETE", pages), [&] { return tdx_tdh_spdm_delete(session, array) == 0; });
	release("release", pages, array);
}

void all_steps()
{
	for (const u32 pages : kSizes) {
		never_lent(pages);
		never_lent_on_fragmented_memory(pages);
		if (pages <= TDX_PAGE_ARRAY_MAX_ENTRIES)
			lent(pages);
	}
}

} // namespace

int main()
{
	machine_start(4 * u64{kLargest});
	must(tdx_core_start() == 0, "the start");
	all_steps();
	counting = true;
	all_steps();
	return 0;
}
