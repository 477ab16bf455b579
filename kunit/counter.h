/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a test module, to be read in /sys/module/NAME/parameters/. */
#ifndef TDX_PAGE_ARRAY_COUNTER_H
#define TDX_PAGE_ARRAY_COUNTER_H

#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

static int counter_get(char *buffer, const struct kernel_param *parameter)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(parameter->arg));
}

static const struct kernel_param_ops counter_ops = {.get = counter_get};

#define COUNTER(NAME, WHAT) \
	static atomic_t NAME = ATOMIC_INIT(0); \
	module_param_cb(NAME, &counter_ops, &NAME, 0444); \
	MODULE_PARM_DESC(NAME, WHAT)

#endif
