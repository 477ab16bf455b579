// SPDX-License-Identifier: GPL-2.0
/*
 * Says what is still dirty in caches when the machine goes down: the kernel that comes next would
 * find its memory overwritten.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/limits.h>
#include <linux/printk.h>
#include <linux/reboot.h>

#include "door.h"

static int on_reboot(struct notifier_block *block, unsigned long why, void *command)
{
	pr_info("going down with %llu pages dirty\n", seam_ask(SEAM_CONTROL_DIRTY_PAGES, 0));
	return NOTIFY_DONE;
}

/* The last one: everybody else has had the opportunity. */
static struct notifier_block reboot_block = {
	.notifier_call = on_reboot,
	.priority = INT_MIN,
};

int seam_going_down_start(void)
{
	return register_reboot_notifier(&reboot_block);
}

void seam_going_down_stop(void)
{
	unregister_reboot_notifier(&reboot_block);
}
