// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the core that a CPU or the machine goes down. The kernel does the same for its own SEAMCALLs
 * (cache_state_incoherent), but other modules cannot mark a CPU as needing that.
 */
#include <linux/cpuhotplug.h>
#include <linux/reboot.h>
#include <asm/smp.h>
#include <asm/special_insns.h>

#include "interface.h"
#include "parts.h"

static int cpuhp_state;

void tdx_shim_write_back_all_caches(void)
{
	wbinvd_on_all_cpus();
}

void tdx_shim_write_back_own_caches(void)
{
	wbinvd();
}

/* Reboot, halt, power off and kexec: all of them call this chain first. */
static int on_reboot(struct notifier_block *block, unsigned long action, void *data)
{
	tdx_core_going_down();
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = {
	.notifier_call = on_reboot,
};

static int on_cpu_offline(unsigned int cpu)
{
	tdx_core_cpu_going_offline();
	return 0;
}

int tdx_shutdown_start(void)
{
	int error;

	cpuhp_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "tdx_page_array:online", NULL,
						on_cpu_offline);
	if (cpuhp_state < 0)
		return cpuhp_state;
	error = register_reboot_notifier(&reboot_block);
	if (error)
		cpuhp_remove_state_nocalls(cpuhp_state);
	return error;
}

void tdx_shutdown_stop(void)
{
	unregister_reboot_notifier(&reboot_block);
	cpuhp_remove_state_nocalls(cpuhp_state);
}
