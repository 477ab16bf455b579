// SPDX-License-Identifier: GPL-2.0
/* While this module is loaded, CPU hotplug has no free state for others. (The kernel warns when one really runs out of them.) */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#include "../import.h"

/* Entered by a jump: the return address of __cpuhp_setup_state() is on top of the stack. */
static noinline notrace void did_nothing(void)
{
	barrier();
}

static int on_setup(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ax = -ENOSPC;
	regs->ip = (unsigned long)did_nothing;
	return 1;
}

/* Keeps the probe from being optimised into a jump, which cannot change the instruction pointer. */
static void after_setup(struct kprobe *probe, struct pt_regs *regs, unsigned long flags) {}

static struct kprobe probe = {
	.symbol_name = "__cpuhp_setup_state",
	.pre_handler = on_setup,
	.post_handler = after_setup,
};

static int __init tdx_hotplug_states_init(void)
{
	return register_kprobe(&probe);
}

static void __exit tdx_hotplug_states_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(tdx_hotplug_states_init);
module_exit(tdx_hotplug_states_exit);

MODULE_DESCRIPTION("CPU hotplug without a free state");
