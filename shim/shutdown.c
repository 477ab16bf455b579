// SPDX-License-Identifier: GPL-2.0
/*
 * CPU offline and system shutdown. Dirty cache lines with private KeyIDs must not outlive this kernel: a later write-back would
 * overwrite the memory of the kernel that runs next. The kernel flushes for its own SEAMCALLs (cache_state_incoherent), but a
 * module cannot set that flag for a CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/cpuhotplug.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <asm/special_insns.h>

#include "interface.h"
#include "parts.h"
#include "syscore.h"

static int cpuhp_state;

static bool has_private_lines(int cpu, void *unused)
{
	return tdx_seamcall_left_private_lines(cpu);
}

noinline void tdx_write_back_this_cpu(void *unused)
{
	tdx_seamcall_forget_private_lines();
	wbinvd();
}

void tdx_write_back_private_lines(void)
{
	on_each_cpu_cond(has_private_lines, tdx_write_back_this_cpu, NULL, true);
}

/*
 * Reboot, halt, power off and kexec. Reboot notifiers and the shutdown methods of devices have run, and so have syscore shutdowns
 * that were registered after this one. Those registered earlier come next: the core kernel's, which disables the TDX module, is
 * one of them. Other CPUs are still online.
 */
static void on_shutdown(void)
{
	tdx_retry_stop();
	tdx_seamcall_close(TDX_SHIM_CLOSED);
	tdx_write_back_private_lines();
	pr_info("the machine is going down: no more SEAMCALLs, caches with private lines were "
		"written back\n");
}

DEFINE_SYSCORE_SHUTDOWN(syscore, on_shutdown);

static int on_cpu_online(unsigned int cpu)
{
	tdx_seamcall_change_cpu(TDX_SHIM_CPU_CLOSED, 0);
	return 0;
}

/* Tasks that are bound to this CPU may still run on it after this callback. */
static int on_cpu_offline(unsigned int cpu)
{
	tdx_seamcall_change_cpu(0, TDX_SHIM_CPU_CLOSED);
	if (tdx_seamcall_left_private_lines(cpu))
		tdx_write_back_this_cpu(NULL);
	return 0;
}

int tdx_shutdown_start(void)
{
	/*
	 * Kernel threads may run on a CPU that comes online before it is in VMX operation, so every CPU begins closed. The
	 * callback opens those that are online now.
	 */
	tdx_seamcall_close(TDX_SHIM_CPU_CLOSED);
	cpuhp_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tdx_page_array:online", on_cpu_online,
					on_cpu_offline);
	if (cpuhp_state < 0)
		return cpuhp_state;
	register_syscore(&syscore);
	return 0;
}

void tdx_shutdown_stop(void)
{
	unregister_syscore(&syscore);
	cpuhp_remove_state_nocalls(cpuhp_state);
}
