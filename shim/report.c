// SPDX-License-Identifier: GPL-2.0
/* Lines in the kernel log. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/hash.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>
#include <linux/stdarg.h>

#include "interface.h"

static const char *const levels[TDX_SHIM_REPORTS] = {
	[TDX_SHIM_INFO] = KERN_INFO,	  [TDX_SHIM_ERROR] = KERN_ERR,
	[TDX_SHIM_MODULE_BUG] = KERN_ERR, [TDX_SHIM_DEVICE_ERROR] = KERN_ERR,
	[TDX_SHIM_OWN_BUG] = KERN_ERR,
};

static atomic64_t reports[TDX_SHIM_REPORTS];

/* Each text has its own limit: bad calls of a driver must not hide what another one did wrong, or the TDX module. */
#define LIMITS_BITS 6
#define LIMIT	    RATELIMIT_STATE_INIT(limits, 5 * HZ, 50)

static struct ratelimit_state limits[1 << LIMITS_BITS] = {[0 ...(1 << LIMITS_BITS) - 1] = LIMIT};

void tdx_shim_report(u32 kind, const char *format, ...)
{
	va_list arguments;
	struct va_format line = {.fmt = format, .va = &arguments};

	atomic64_inc(&reports[kind]);
	if (kind == TDX_SHIM_INFO || __ratelimit(&limits[hash_ptr(format, LIMITS_BITS)])) {
		va_start(arguments, format);
		printk("%s" pr_fmt("%pV\n"), levels[kind], &line);
		va_end(arguments);
	}
	/* The line above says what is wrong; the stack trace shows the caller. */
	WARN_ON_ONCE(kind == TDX_SHIM_MODULE_BUG);
	WARN_ON_ONCE(kind == TDX_SHIM_OWN_BUG);
}

u64 tdx_shim_reports(u32 kind)
{
	return atomic64_read(&reports[kind]);
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
