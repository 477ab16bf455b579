// SPDX-License-Identifier: GPL-2.0
/* While this module is loaded, CPU hotplug has no free state for others. (The kernel warns when one really runs out of them.) */
#include <linux/errno.h>
#include <linux/module.h>

#include "../import.h"
#include "../skip.h"

static int on_setup(struct kprobe *probe, struct pt_regs *regs)
{
	return skip_function(regs, -ENOSPC);
}

static struct kprobe probe = {
	.symbol_name = "__cpuhp_setup_state",
	.pre_handler = on_setup,
	.post_handler = after_entry,
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
