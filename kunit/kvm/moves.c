// SPDX-License-Identifier: GPL-2.0
/* vCPUs whose task migrates while KVM initialises them. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "td.h"

#define MOVING_TDS 200

static void move_to(pid_t process, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(process, sizeof(one), &one))
		said("sched_setaffinity", -1);
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Shared with a child that moves its parent to CPU 1, @delay microseconds after it is set. */
struct mover {
	atomic_long delay; /* negative: not now */
	int done[2];	   /* a pipe: the parent is on CPU 0 again */
};

static void move_when_told(struct mover *mover, pid_t parent)
{
	char byte;

	move_to(0, 1);
	do {
		long end;

		while ((end = mover->delay) < 0)
			;
		end += microseconds();
		while (microseconds() < end)
			;
		move_to(parent, 1);
	} while (read(mover->done[0], &byte, 1) == 1);
	_exit(0);
}

/* The duration of KVM_TDX_INIT_VCPU in microseconds, or -1. */
static long init_vcpu(struct mover *mover, long delay)
{
	struct td td = td_none();
	long took = -1;

	move_to(0, 0);
	if (!td_create(&td) && !td_init(&td) && !td_add_vcpu(&td, 0) &&
	    !td_set_cpuid(&td, 0, true)) {
		const long start = microseconds();

		mover->delay = delay;
		if (!td_init_moving_vcpu(&td, 0))
			took = microseconds() - start;
		mover->delay = -1;
		move_to(0, 0);
		if (delay >= 0 && write(mover->done[1], "", 1) != 1)
			said("write", -1);
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
	struct mover *mover = mmap(NULL, sizeof(*mover), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const pid_t parent = getpid();
	unsigned int round, good = 0;
	long usual = 0;
	pid_t child;

	if (mover == MAP_FAILED || pipe(mover->done)) {
		said("memory and a pipe", -1);
		exit(1);
	}
	mover->delay = -1;
	child = fork();
	if (!child)
		move_when_told(mover, parent);
	quiet = true;
	for (round = 0; round < 4 && usual >= 0; round++)
		usual = init_vcpu(mover, -1);
	for (round = 0; round < MOVING_TDS && usual > 0; round++)
		good += init_vcpu(mover, usual * (round + MOVING_TDS) / MOVING_TDS / 2) >= 0;
	quiet = false;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	said("virtual processors that moved and work", good);
	exit(good != MOVING_TDS);
}
