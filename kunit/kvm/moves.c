// SPDX-License-Identifier: GPL-2.0
/* vCPUs whose task migrates while KVM initialises them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "td.h"

#define MOVING_TDS 200

static void move_to(pid_t thread, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(thread, sizeof(one), &one))
		said("sched_setaffinity", -1);
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* When the other thread moves the first one to CPU 1; 0: not now. */
static atomic_long when;
static pthread_barrier_t moved;

static void *move_when_told(void *unused)
{
	move_to(0, 1);
	for (;;) {
		long end;

		while (!(end = when))
			;
		while (microseconds() < end)
			;
		move_to(getpid(), 1);
		when = 0;
		pthread_barrier_wait(&moved);
	}
	return unused;
}

/* The duration of KVM_TDX_INIT_VCPU in microseconds, or -1. Moves after @delay microseconds, if that is positive. */
static long init_vcpu(long delay)
{
	struct td td = td_none();
	long took = -1;

	move_to(0, 0);
	if (!td_create(&td) && !td_init(&td) && !td_add_vcpu(&td, 0) &&
	    !td_set_cpuid(&td, 0, true)) {
		const long start = microseconds();

		if (delay)
			when = start + delay;
		if (!td_init_moving_vcpu(&td, 0))
			took = microseconds() - start;
		if (delay)
			pthread_barrier_wait(&moved);
	}
	td_close(&td);
	return took;
}

/*
 * Not a scenario: virtual processors whose thread moves to another CPU during their initialisation, at a
 * different time in each round. Without the patches the pages of some are lost.
 */
void moves(void)
{
	unsigned int round, good = 0;
	pthread_t mover;
	long usual = 0;

	pthread_barrier_init(&moved, NULL, 2);
	if (pthread_create(&mover, NULL, move_when_told, NULL))
		exit(1);
	quiet = true;
	for (round = 0; round < 4 && usual >= 0; round++)
		usual = init_vcpu(0);
	for (round = 0; round < MOVING_TDS && usual > 0; round++)
		good += init_vcpu(usual * (round + MOVING_TDS) / MOVING_TDS / 2) >= 0;
	quiet = false;
	said("virtual processors that moved and work", good);
	exit(good != MOVING_TDS);
}
