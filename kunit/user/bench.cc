// SPDX-License-Identifier: GPL-2.0
/*
 * What the core does with an array, step by step, for callgrind (scripts/bench-user.py): each step is
 * dumped by itself, under its name. Everything is done once before, so that only the usual way is
 * counted.
 *
 * "bench lines" does the same to two arrays, one after the other, for a tool that notes which memory is
 * written. "bench threads" is for people: how much faster two threads are than one, each with arrays of
 * its own.
 */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <valgrind/callgrind.h>
#include <vector>

#include "array/page_array.hpp"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

constexpr u32 kLargest = 12800;
constexpr u32 kSizes[] = {1, 2, 16, 512, kLargest};
/* Live arrays beside the one that is looked up. */
constexpr u32 kLive[] = {1, 1000, 100000};

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

/* What every call does first, among so many live arrays. */
void look_up(u32 live)
{
	std::vector<tdx_page_array *> arrays(live);

	for (auto &array : arrays)
		array = tdx_page_array_create(1);
	tdx_page_array *array = arrays[live / 2];
	must(tdx_page_array_populate(array, 0) == 1, "populate");
	count(step("look up, live", live), [&] {
		return tdx_page_array_nr_pages(array) == 1 &&
		       tdx_page_array_populate(array, 0) == 1;
	});
	for (auto *each : arrays)
		must(tdx_page_array_release(each) == 0, "release");
}

void all_steps()
{
	for (const u32 pages : kSizes) {
		never_lent(pages);
		never_lent_on_fragmented_memory(pages);
		if (pages <= TDX_PAGE_ARRAY_MAX_ENTRIES)
			lent(pages);
	}
	for (const u32 live : kLive)
		look_up(live);
}

void count_instructions()
{
	machine_start(std::max(4 * kLargest, 2 * std::ranges::max(kLive)));
	must(tdx_core_start() == 0, "the start");
	all_steps();
	counting = true;
	all_steps();
}

/* A life between creation and end. */
void work_with(tdx_page_array *array)
{
	u64 session;

	must(tdx_page_array_nr_pages(array) == 16 && tdx_page_array_page(array, 15), "look up");
	must(tdx_page_array_populate(array, 0) == 16, "populate");
	must(tdx_tdh_spdm_create(0x0100, array, &session) == 0, "SPDM.CREATE");
	must(tdx_tdh_spdm_delete(session, array) == 0, "SPDM.DELETE");
}

} // namespace

/* Each store to it is the beginning or the end of a phase. */
extern "C" {
volatile u64 bench_phase;
}

namespace {

template <class Work> void phase(Work work)
{
	bench_phase = 1;
	work();
	bench_phase = 0;
}

/* Two phases that are to write to no line both, and two with creation and end, which do. */
void write_lines()
{
	machine_start(4096);
	must(tdx_core_start() == 0, "the start");
	seam_model.config.spdm_pages = 16;
	tdx_page_array *arrays[] = {tdx_page_array_create(16), tdx_page_array_create(16)};
	for (auto *array : arrays)
		work_with(array);
	for (auto *array : arrays)
		phase([&] { work_with(array); });
	for (u32 i = 0; i < 2; i++)
		phase([&] {
			tdx_page_array *array = tdx_page_array_create(16);
			work_with(array);
			must(tdx_page_array_release(array) == 0, "release");
		});
	for (auto *array : arrays)
		printf("array %#llx %zu\n", reinterpret_cast<unsigned long long>(array),
		       sizeof(*array));
	printf("bench_phase %#llx\n", reinterpret_cast<unsigned long long>(&bench_phase));
}

/* Milliseconds until all of @threads have worked with arrays of their own. */
double time_of(u32 threads)
{
	constexpr u32 kRounds = 300000;
	std::vector<std::thread> running;
	const auto begin = std::chrono::steady_clock::now();

	running.reserve(threads);
	for (u32 i = 0; i < threads; i++)
		running.emplace_back([i] {
			platform_cpu = i % PLATFORM_CPUS;
			tdx_page_array *array = tdx_page_array_create(TDX_PAGE_ARRAY_MAX_ENTRIES);
			for (u32 round = 0; round < kRounds; round++)
				must(tdx_page_array_populate(array, 0) ==
					     TDX_PAGE_ARRAY_MAX_ENTRIES,
				     "populate");
			must(tdx_page_array_release(array) == 0, "release");
		});
	for (auto &thread : running)
		thread.join();
	return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
		.count();
}

void compare_threads()
{
	machine_start(kLargest);
	must(tdx_core_start() == 0, "the start");
	double one = time_of(1), two = time_of(2);
	for (u32 i = 0; i < 4; i++) {
		one = std::min(one, time_of(1));
		two = std::min(two, time_of(2));
	}
	printf("one thread %.0f ms, two %.0f ms for twice the work: %.2fx\n", one, two,
	       2 * one / two);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "lines"))
		write_lines();
	else if (argc > 1 && !strcmp(argv[1], "threads"))
		compare_threads();
	else
		count_instructions();
	return 0;
}
