/* SPDX-License-Identifier: GPL-2.0 */
/* The module under test, which a test module needs, so that it cannot go away meanwhile. */
#ifndef TDX_PAGE_ARRAY_UNDER_TEST_H
#define TDX_PAGE_ARRAY_UNDER_TEST_H

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "unexported.h"

/* find_module() is not exported; a kprobe tells where it is, once, because that takes long. NULL: it does not. */
static CALLS_UNEXPORTED struct module *module_under_test(void)
{
	static struct module *module;
	struct module *(*find)(const char *name) = module ? NULL : address_of("find_module");

	if (!find)
		return module;
	rcu_read_lock_sched();
	module = find("tdx_page_array");
	rcu_read_unlock_sched();
	return module;
}
CALLS_UNEXPORTED_IN(module_under_test);

#endif
