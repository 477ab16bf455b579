// SPDX-License-Identifier: GPL-2.0
/*
 * What a call costs among live arrays, for callgrind (scripts/bench-user.py): each count is dumped by
 * itself, under its name.
 *
 * "bench lines" works with two arrays, one after the other, for a tool that notes which memory is
 * written.
 */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <valgrind/callgrind.h>
#include <vector>

#include "array/page_array.hpp"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

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

/* The lookup of a handle, which every call does first, among @live arrays. */
void look_up(u32 live)
{
	const std::string name = "look up, live " + std::to_string(live);
	std::vector<tdx_page_array *> arrays(live);

	for (auto &array : arrays)
		array = tdx_page_array_create(1);
	tdx_page_array *array = arrays[live / 2];
	must(tdx_page_array_populate(array, 0) == 1, "populate");
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
	const bool found = tdx_page_array_nr_pages(array) == 1 &&
			   tdx_page_array_populate(array, 0) == 1;
	if (counting)
		CALLGRIND_DUMP_STATS_AT(name.c_str());
	CALLGRIND_STOP_INSTRUMENTATION;
	must(found, "look up");
	for (auto *each : arrays)
		must(tdx_page_array_release(each) == 0, "release");
}

void count_instructions()
{
	machine_start(u64{2} * std::ranges::max(kLive));
	must(tdx_core_start() == 0, "the start");
	/* A warm-up, so that only the steady state is counted. */
	look_up(1);
	counting = true;
	for (const u32 live : kLive)
		look_up(live);
}

/* The use of an array between creation and release. */
void work_with(tdx_page_array *array)
{
	u64 session;

	must(tdx_page_array_nr_pages(array) == 16 && tdx_page_array_page(array, 15), "look up");
	must(tdx_page_array_populate(array, 0) == 16, "populate");
	must(tdx_tdh_spdm_create(0x0100, array, &session) == 0, "SPDM.CREATE");
	must(tdx_tdh_spdm_delete(session, array) == 0, "SPDM.DELETE");
}

} // namespace

/* Each store to this variable begins or ends a phase. */
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

/* Two phases that must not write to a common cache line, and two with creation and release, which do. */
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

} // namespace

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "lines"))
		write_lines();
	else
		count_instructions();
	return 0;
}
