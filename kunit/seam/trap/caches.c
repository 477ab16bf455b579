// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the model when the kernel writes back all caches, and says what is still dirty in them when
 * the machine goes down: the kernel that comes next would find its memory overwritten.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/printk.h>
#include <linux/reboot.h>

#include "emulator.h"

/* On entry: what becomes dirty while the CPUs are at it counts as dirty. */
static int on_write_back(struct kprobe *probe, struct pt_regs *regs)
{
	seam_model_caches_written_back(&seam_model);
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "wbinvd_on_all_cpus",
	.pre_handler = on_write_back,
};

static int on_reboot(struct notifier_block *block, unsigned long why, void *command)
{
	pr_info("going down with %u pages dirty\n", seam_model_dirty_pages(&seam_model));
	return NOTIFY_DONE;
}

/* The last one: everybody else has had the opportunity. */
static struct notifier_block reboot_block = {
	.notifier_call = on_reboot,
	.priority = INT_MIN,
};

int seam_caches_start(void)
{
	int error = register_kprobe(&probe);

	if (error)
		return error;
	error = register_reboot_notifier(&reboot_block);
	if (error)
		unregister_kprobe(&probe);
	return error;
}

void seam_caches_stop(void)
{
	unregister_reboot_notifier(&reboot_block);
	unregister_kprobe(&probe);
}
