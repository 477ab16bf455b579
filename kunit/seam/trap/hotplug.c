// SPDX-License-Identifier: GPL-2.0
/*
 * Turns VMX off on offline CPUs, as on a TDX host. There the core kernel's callback flushes and then
 * executes VMXOFF, in a dynamic hotplug state too. It is registered before any module is loaded; this one
 * before tdx_page_array, so that the callbacks of a CPU that goes offline run in the same order.
 */
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>

#include "trap.h"

static unsigned int vmx_hotplug;
module_param(vmx_hotplug, uint, 0444);
MODULE_PARM_DESC(vmx_hotplug, "a CPU that goes offline or comes online has VMX off for so many ms "
			      "while it runs tasks; 0: VMX stays on (0)");

static int on_online(unsigned int cpu)
{
	/* Kernel threads may run on the CPU already. */
	msleep(vmx_hotplug);
	seam_model_set_vmx(&seam_model, cpu % SEAM_MAX_LPS, true);
	return 0;
}

static int on_offline(unsigned int cpu)
{
	seam_judge_vmx_off(&seam_model, cpu % SEAM_MAX_LPS);
	seam_model_set_vmx(&seam_model, cpu % SEAM_MAX_LPS, false);
	/* Other callbacks of a CPU that goes offline take time too. */
	msleep(vmx_hotplug);
	return 0;
}

static int state;

int seam_hotplug_start(void)
{
	if (!vmx_hotplug)
		return 0;
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "seam_emulator:vmx", on_online,
					  on_offline);
	return state < 0 ? state : 0;
}

void seam_hotplug_stop(void)
{
	if (vmx_hotplug)
		cpuhp_remove_state_nocalls(state);
}
