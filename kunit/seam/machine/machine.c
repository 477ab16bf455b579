// SPDX-License-Identifier: GPL-2.0
/*
 * The door to a model that is in the machine: the address of a request is written to an MSR. The
 * machine itself sees accesses to pages and cache flushes; it only has to be told which pages the
 * kernel frees.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <asm/msr.h>

#include "../door/door.h"

int seam_machine_look(void)
{
	u32 low, high;
	u64 value;

	if (rdmsr_safe(SEAM_CONTROL_MSR, &low, &high))
		return -ENODEV;
	value = (u64)high << 32 | low;
	if (!SEAM_CONTROL_IS_PRESENT(value))
		return -ENODEV;
	return value == SEAM_CONTROL_PRESENT ? 0 : -EPROTO;
}

static u32 packages, lps;

static void write_msr(u64 value)
{
	wrmsr(SEAM_CONTROL_MSR, (u32)value, (u32)(value >> 32));
}

/* The answer is in @request when WRMSR returns. */
static void control(struct seam_request *request)
{
	write_msr(virt_to_phys(request));
	barrier();
}

static void host_frees(u64 pfn, unsigned int order)
{
	write_msr(pfn << PAGE_SHIFT | SEAM_CONTROL_FREES | order);
}

static void describe(struct seam_config *config)
{
	config->packages = packages;
	config->lps = lps;
}

/* Runs before a test changes the configuration. */
static int start(void)
{
	packages = seam_get_field(offsetof(struct seam_config, packages), sizeof(packages));
	lps = seam_get_field(offsetof(struct seam_config, lps), sizeof(lps));
	return 0;
}

static void stop(void) {}

const struct seam_door seam_machine_door = {
	.name = "the TDX module of this machine",
	.sees_accesses = true,
	.start = start,
	.stop = stop,
	.control = control,
	.host_frees = host_frees,
	.describe = describe,
};
