// SPDX-License-Identifier: GPL-2.0
/*
 * The fault of a mutated build that is active in this run (make mutate): TDX_FAULT is its number, or unset. The
 * generated header that the build includes everywhere declares what is defined here.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "fault_choice.hpp"

/* The generated header has the number of faults; without it there are none. */
#ifndef TDX_FAULTS
#define TDX_FAULTS 0
extern unsigned int tdx_fault_chosen;
extern unsigned char tdx_fault_reached[];
#endif

unsigned int tdx_fault_chosen;
/* Whole pages, which are shared with the processes that a test forks. */
alignas(4096) unsigned char tdx_fault_reached[(TDX_FAULTS + 4096) / 4096 * 4096];

namespace {

const char *reach_file;
pid_t chosen_in; /* a test may fork */

[[gnu::constructor]] void choose()
{
	const char *number = getenv("TDX_FAULT");

	reach_file = getenv("TDX_FAULT_REACH");
	chosen_in = getpid();
	if (mmap(tdx_fault_reached, sizeof(tdx_fault_reached), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort();
	if (number)
		tdx_fault_chosen = static_cast<unsigned int>(strtoul(number, nullptr, 10));
}

[[gnu::destructor]] void note_the_rest()
{
	if (getpid() == chosen_in)
		fault_note_reached("-", 0);
}

} // namespace

void fault_note_reached(const char *name, long milliseconds)
{
	if (!reach_file)
		return;
	FILE *to = fopen(reach_file, "a");
	if (!to)
		abort();
	fprintf(to, "%s %ld", name, milliseconds);
	for (unsigned int number = 1; number <= TDX_FAULTS; number++)
		if (tdx_fault_reached[number])
			fprintf(to, " %u", number);
	fputc('\n', to);
	if (fclose(to))
		abort();
	memset(tdx_fault_reached, 0, sizeof(tdx_fault_reached));
}
