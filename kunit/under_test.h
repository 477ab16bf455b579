/* SPDX-License-Identifier: GPL-2.0 */
/* The module under test, which a test module needs, so that it cannot go away meanwhile. */
#ifndef TDX_PAGE_ARRAY_UNDER_TEST_H
#define TDX_PAGE_ARRAY_UNDER_TEST_H

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "unexported.h"

/* find_module() is not exported; a kprobe tells where it is, once, because that takes long. NULL: it does not. */
static CALLS_UNEXPORTED struct module *module_under_test(void)
{
	static struct module *module;
	struct kprobe probe = {.symbol_name = "find_module"};
	struct module *(*find)(const char *name);

	if (module || register_kprobe(&probe))
		return module;
	find = (void *)probe.addr;
	unregister_kprobe(&probe);
	rcu_read_lock_sched();
	module = find("tdx_page_array");
	rcu_read_unlock_sched();
	return module;
}
CALLS_UNEXPORTED_IN(module_under_test);

#endif
