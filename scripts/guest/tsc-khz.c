// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the frequency of this machine's time stamp counter in kHz. An emulated machine has the same counter. A guest's
 * kernel that measures it while the host is busy may get a wrong frequency: time in the guest then runs too fast, and
 * the kernel reports soft lockups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

static long long measure(void)
{
	struct timespec began, ended;
	long long ticks;

	clock_gettime(CLOCK_MONOTONIC_RAW, &began);
	ticks = __rdtsc();
	usleep(25000);
	clock_gettime(CLOCK_MONOTONIC_RAW, &ended);
	ticks = __rdtsc() - ticks;
	return ticks * 1000000 /
	       ((ended.tv_sec - began.tv_sec) * 1000000000LL + ended.tv_nsec - began.tv_nsec);
}

int main(void)
{
	long long before, khz = measure();

	/* If it was interrupted between clock and counter, two measurements differ. */
	do {
		before = khz;
		khz = measure();
	} while (llabs(khz - before) > khz / 10000);
	printf("%lld\n", khz);
	return 0;
}
