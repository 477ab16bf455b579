// SPDX-License-Identifier: GPL-2.0
/* Lines in the kernel log. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>
#include <linux/stdarg.h>

#include "interface.h"

/* Each has its own limit: bad calls of a driver must not hide a TDX module that misbehaves, and so on. */
static struct {
	const char *level;
	struct ratelimit_state limit;
	atomic64_t count;
} reports[TDX_SHIM_REPORTS] = {
	/* Enough for the burst of one driver going wrong, little enough to keep the log readable. */
	[TDX_SHIM_ERROR] = {KERN_ERR, RATELIMIT_STATE_INIT(errors, 5 * HZ, 50)},
	[TDX_SHIM_MODULE_BUG] = {KERN_ERR, RATELIMIT_STATE_INIT(module_bugs, 5 * HZ, 20)},
	[TDX_SHIM_DEVICE_ERROR] = {KERN_ERR, RATELIMIT_STATE_INIT(device_errors, 5 * HZ, 20)},
	[TDX_SHIM_OWN_BUG] = {KERN_ERR, RATELIMIT_STATE_INIT(own_bugs, 5 * HZ, 20)},
	[TDX_SHIM_INFO] = {KERN_INFO, RATELIMIT_STATE_INIT(infos, 0, 0)},
};

void tdx_shim_report(u32 kind, const char *format, ...)
{
	va_list arguments;
	struct va_format line = {.fmt = format, .va = &arguments};

	atomic64_inc(&reports[kind].count);
	if (__ratelimit(&reports[kind].limit)) {
		va_start(arguments, format);
		printk("%s" pr_fmt("%pV\n"), reports[kind].level, &line);
		va_end(arguments);
	}
	/* The line above says which; the trace says who was the caller. */
	WARN_ON_ONCE(kind == TDX_SHIM_MODULE_BUG);
	WARN_ON_ONCE(kind == TDX_SHIM_OWN_BUG);
}

u64 tdx_shim_reports(u32 kind)
{
	return atomic64_read(&reports[kind].count);
}

void tdx_shim_debug(const char *format, ...)
{
	va_list arguments;
	struct va_format line = {.fmt = format, .va = &arguments};

	va_start(arguments, format);
	pr_debug("%pV\n", &line);
	va_end(arguments);
}

void tdx_shim_print(void *to, const char *format, ...)
{
	va_list arguments;
	struct va_format line = {.fmt = format, .va = &arguments};

	va_start(arguments, format);
	if (to)
		seq_vprintf(to, format, arguments);
	else
		pr_info("%pV", &line);
	va_end(arguments);
}
