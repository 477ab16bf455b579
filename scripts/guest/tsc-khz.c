// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the frequency of this machine's time stamp counter in kHz. An emulated machine has the same counter. A guest's
 * kernel that measures it while the host is busy may get a wrong frequency: time in the guest then runs too fast, and
 * the kernel reports soft lockups.
 */
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
	long long nanoseconds, ticks;
};

/* The quickest of twenty readings, which was not interrupted. */
static struct moment now(void)
{
	long long shortest = -1;
	struct moment best;
	int i;

	for (i = 0; i < 20; i++) {
		const long long before = __rdtsc();
		struct timespec time;
		long long took;

		clock_gettime(CLOCK_MONOTONIC_RAW, &time);
		took = __rdtsc() - before;
		if (shortest >= 0 && took >= shortest)
			continue;
		shortest = took;
		best.ticks = before + took / 2;
		best.nanoseconds = time.tv_sec * 1000000000LL + time.tv_nsec;
	}
	return best;
}

int main(void)
{
	const struct timespec wait = {.tv_nsec = 50000000};
	const struct moment begin = now();
	struct moment end;

	nanosleep(&wait, NULL);
	end = now();
	printf("%lld\n",
	       (end.ticks - begin.ticks) * 1000000 / (end.nanoseconds - begin.nanoseconds));
	return 0;
}
