// SPDX-License-Identifier: GPL-2.0
/*
 * The last check when the machine goes down, on behalf of the next kernel: dirty cache lines would
 * overwrite its memory, and it does not know which pages the TDX module still owns. Reboot notifiers and
 * shutdown methods of drivers have run by now. These callbacks run in reverse order of registration: this
 * one after that of tdx_page_array, and before that of the core kernel, which ends the TDX module.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/printk.h>

#include "door.h"
#include "syscore.h"

static void look(void)
{
	pr_info("going down with %llu pages dirty\n", seam_ask(SEAM_CONTROL_DIRTY_PAGES, 0));
	pr_info("going down with private lines in the caches of CPUs %#llx\n",
		seam_ask(SEAM_CONTROL_DIRTY_LPS, 0));
	pr_info("going down with %llu pages owned by the TDX module\n",
		seam_ask(SEAM_CONTROL_OWNED_PAGES, 0));
}

DEFINE_SYSCORE_SHUTDOWN(last_look, look);

int seam_going_down_start(void)
{
	register_syscore(&last_look);
	return 0;
}

void seam_going_down_stop(void)
{
	unregister_syscore(&last_look);
}
