/* SPDX-License-Identifier: GPL-2.0 */
/* Calls on other CPUs: the thread itself moves to the other CPU, runs the function, and moves back. */
#ifndef COMPAT_LINUX_SMP_H
#define COMPAT_LINUX_SMP_H
#include <linux/kernel.h>
#include "interface.h"
#include "platform.h"

#define for_each_online_cpu(cpu) for (cpu = 0; cpu < PLATFORM_CPUS; cpu++)
#define wbinvd_on_all_cpus()	 platform_write_back_all_caches()

static inline int smp_call_on_cpu(unsigned int cpu, int (*run)(void *data), void *data, bool phys)
{
	const unsigned int here = platform_cpu;
	int error;

	platform_cpu = cpu;
	error = run(data);
	platform_cpu = here;
	return error;
}
#endif
