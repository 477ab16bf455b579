/* SPDX-License-Identifier: GPL-2.0 */
/* The two functions whose addresses the suites look up by name. */
#ifndef COMPAT_LINUX_KPROBES_H
#define COMPAT_LINUX_KPROBES_H
#include <linux/kernel.h>
#include "platform.h"

struct pt_regs;
struct module;

struct kprobe {
	const char *symbol_name;
	int (*pre_handler)(struct kprobe *probe, struct pt_regs *registers);
	void *addr;
};

int register_kprobe(struct kprobe *probe);
void unregister_kprobe(struct kprobe *probe);

/* The module under test, and how many users pin it. */
#define module_refcount(module) ((void)(module), platform_pins())
#define rcu_read_lock_sched()	((void)0)
#define rcu_read_unlock_sched() ((void)0)
#endif
