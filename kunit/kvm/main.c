// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios with TDs, through /dev/kvm. Without an argument it prints their names, one per line; with a
 * name it runs the scenario and prints a line for each step. The file "expected" has the results of
 * Linux 7.3.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "td.h"

#define MANY_TDS 64

static void say(const char *what)
{
	puts(what);
	fflush(stdout);
}

static void scenario_capabilities(struct td *td)
{
	const int fd = open("/dev/kvm", O_RDWR);

	said("KVM_CAP_VM_TYPES", ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES));
	td_create(td);
	said("KVM_CAP_MAX_VCPUS", ioctl(td->vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS));
	td_capabilities(td, 0);
	td_capabilities(td, 64);
	close(fd);
}

/*
 * Everything that a TD without a guest can do. Each virtual processor runs once: if one runs again after
 * the TDX module has disabled it, Linux 7.3 warns, because it tries to print an instruction pointer that
 * it cannot read.
 */
static void scenario_lifecycle(struct td *td)
{
	if (td_build(td)) {
		td_fault_in(td, 8, 4);
		td_run(td, 0);
		td_run(td, 1);
	}
}

/* Memory is removed and added, before the TD can run and after. */
static void scenario_memory(struct td *td)
{
	unsigned int i;

	if (td_build(td)) {
		for (i = 0; i < 3; i++) {
			td_fault_in(td, 8, 8);
			td_punch(td, 4, 8);
			td_punch(td, 4, 8);
			td_fault_in(td, 4, 4);
		}
		td_punch(td, 0, TD_PAGES);
		td_load_pages(td, 0, 1, false);
	}
}

static void scenario_close_vm_first(struct td *td)
{
	td_build(td);
	td_close_vm(td);
	td_fault_in(td, 8, 1);
	td_close_memory(td);
}

static void scenario_close_memory_first(struct td *td)
{
	td_build(td);
	td_fault_in(td, 8, 1);
	td_close_memory(td);
	td_fault_in(td, 9, 1);
}

static void scenario_initialised_alone(struct td *td)
{
	td_create(td);
	td_init(td);
}

/* Steps in the wrong order; for the TDX module the TD is a normal one. */
static void scenario_wrong_order(struct td *td)
{
	td_create(td);
	td_finalize(td);
	td_add_vcpu(td, 0);
	td_init(td);
	td_init(td);
	td_add_vcpu(td, 0);
	td_init(td);
	td_init_vcpu(td, 0);
	td_set_cpuid(td, 0, false);
	td_init_vcpu(td, 0);
	td_set_cpuid(td, 0, true);
	td_run(td, 0);
	td_init_vcpu(td, 0);
	td_init_vcpu(td, 0);
	td_load_pages(td, 0, 1, true);
	td_add_memory(td);
	td_fault_in(td, 0, 1);
	td_load_pages(td, TD_PAGES, 1, true);
	td_load_pages(td, 0, 0, true);
	td_load_pages(td, 0, 1, true);
	td_load_pages(td, 0, 1, true);
	td_run(td, 0);
	td_finalize(td);
	td_finalize(td);
	td_init_vcpu(td, 0);
	td_add_vcpu(td, 1);
	td_load_pages(td, 1, 1, true);
}

static void scenario_bad_parameters(struct td *td)
{
	enum td_flaw flaw;

	for (flaw = TD_BAD_ATTRIBUTES; flaw <= TD_RESERVED; flaw++) {
		td_create(td);
		td_init_with(td, flaw);
		printf("%-40s %#llx\n", "    hw_error", (unsigned long long)hw_error);
		td_init(td);
		td_close(td);
	}
}

/* A virtual processor that is not initialised, and a TD that is not finalised. */
static void scenario_half_made(struct td *td)
{
	td_create(td);
	td_init(td);
	td_add_vcpu(td, 0);
	td_add_vcpu(td, 1);
	td_set_cpuid(td, 0, true);
	td_get_cpuid(td, 0);
	td_init_vcpu(td, 0);
	td_get_cpuid(td, 0);
	td_add_memory(td);
	td_load_pages(td, 0, 3, false);
	td_punch(td, 1, 1);
}

static void scenario_more_than_keyids(struct td *td)
{
	struct td tds[MANY_TDS];
	unsigned int made, i;

	quiet = true;
	for (made = 0; made < MANY_TDS; made++) {
		tds[made] = *td;
		if (td_create(&tds[made]) || td_init(&tds[made]))
			break;
	}
	quiet = false;
	said("TDs that were made", made);
	if (made == MANY_TDS)
		return;
	td_close(&tds[0]);
	said("one more when one is gone", td_init(&tds[made]));
	for (i = 1; i <= made; i++)
		td_close(&tds[i]);
}

/* A child that makes TDs is killed at any point. */
static void scenario_killed_anywhere(struct td *td)
{
	unsigned int round;

	for (round = 0; round < 8; round++) {
		const pid_t child = fork();

		quiet = !child;
		while (!child) {
			td_build(td);
			td_fault_in(td, 8, 2);
			td_close(td);
		}
		usleep(100000 + 37000 * round);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	say("all were killed");
	scenario_lifecycle(td);
}

/* Several processes, more TDs than CPUs. */
static void scenario_at_once(struct td *td)
{
	pid_t child[4];
	unsigned int i, round, good = 0;
	int status;

	for (i = 0; i < 4; i++) {
		child[i] = fork();
		if (child[i])
			continue;
		quiet = true;
		for (round = 0; round < 5; round++) {
			if (!td_build(td) || td_fault_in(td, 8, 4) || td_punch(td, 0, 8) ||
			    td_run(td, 0) != KVM_EXIT_SHUTDOWN)
				_exit(1);
			td_close(td);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		good += waitpid(child[i], &status, 0) == child[i] && !status;
	said("processes that made 5 TDs each", good);
}

/* Not a scenario: keeps a TD, for tests by others, until the process is killed. */
static void hold(void)
{
	struct td td = td_none();

	if (!td_build(&td))
		exit(1);
	say("held");
	for (;;)
		pause();
}

static const struct {
	const char *name;
	void (*run)(struct td *td); /* that does not exist yet, and is closed afterwards */
} scenarios[] = {
	{"capabilities", scenario_capabilities},
	{"lifecycle", scenario_lifecycle},
	{"memory", scenario_memory},
	{"close-vm-first", scenario_close_vm_first},
	{"close-memory-first", scenario_close_memory_first},
	{"initialised-alone", scenario_initialised_alone},
	{"wrong-order", scenario_wrong_order},
	{"bad-parameters", scenario_bad_parameters},
	{"half-made", scenario_half_made},
	{"more-than-keyids", scenario_more_than_keyids},
	{"killed-anywhere", scenario_killed_anywhere},
	{"at-once", scenario_at_once},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

int main(int argc, char **argv)
{
	struct td td = td_none();
	size_t i;

	for (i = 0; i < SCENARIOS; i++) {
		if (argc < 2)
			say(scenarios[i].name);
		else if (!strcmp(argv[1], scenarios[i].name))
			break;
	}
	if (argc < 2)
		return 0;
	if (!strcmp(argv[1], "hold"))
		hold();
	if (!strcmp(argv[1], "moves"))
		moves();
	if (i == SCENARIOS) {
		fprintf(stderr, "no scenario '%s'\n", argv[1]);
		return 2;
	}
	scenarios[i].run(&td);
	td_close(&td);
	return 0;
}
