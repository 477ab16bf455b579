// SPDX-License-Identifier: GPL-2.0
/*
 * VMX is off on a CPU that is offline, as on a host: the core kernel's own callback of a TDX host flushes
 * and then executes VMXOFF, at a state of the same kind. It was there before modules were loaded, as this
 * one before tdx_page_array, so that the callbacks of a CPU that goes run in the same order.
 */
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>

#include "trap.h"

static unsigned int vmx_hotplug;
module_param(vmx_hotplug, uint, 0444);
MODULE_PARM_DESC(vmx_hotplug, "VMX goes off with a CPU that goes offline, so many ms before it is "
			      "gone; 0: it stays on (0)");

static int on_online(unsigned int cpu)
{
	seam_model_set_vmx(&seam_model, cpu % SEAM_MAX_LPS, true);
	return 0;
}

static int on_offline(unsigned int cpu)
{
	seam_judge_vmx_off(&seam_model, cpu % SEAM_MAX_LPS);
	seam_model_set_vmx(&seam_model, cpu % SEAM_MAX_LPS, false);
	/* Other callbacks of a CPU that goes take their time, too. */
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
