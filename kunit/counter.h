/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a test module, to be read in /sys/module/NAME/parameters/. */
#ifndef TDX_PAGE_ARRAY_COUNTER_H
#define TDX_PAGE_ARRAY_COUNTER_H

#include <linux/atomic.h>
#include <linux/moduleparam.h>

#define COUNTER(NAME, WHAT) \
	static atomic_t NAME = ATOMIC_INIT(0); \
	module_param_named(NAME, NAME.counter, int, 0444); \
	MODULE_PARM_DESC(NAME, WHAT)

#endif
