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

/* Enough for the burst of one driver going wrong, little enough to keep the log readable. */
static DEFINE_RATELIMIT_STATE(error_limit, 5 * HZ, 50);

/* Separate: bad calls of a driver must not hide a TDX module that misbehaves. */
static DEFINE_RATELIMIT_STATE(module_bug_limit, 5 * HZ, 20);

static atomic64_t tdx_module_bugs;

static void report(const char *level, const char *format, va_list *arguments)
{
	struct va_format line = {.fmt = format, .va = arguments};

	printk("%s" pr_fmt("%pV\n"), level, &line);
}

void tdx_shim_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(KERN_INFO, format, &arguments);
	va_end(arguments);
}

void tdx_shim_error(const char *format, ...)
{
	va_list arguments;

	if (!__ratelimit(&error_limit))
		return;
	va_start(arguments, format);
	report(KERN_ERR, format, &arguments);
	va_end(arguments);
}

void tdx_shim_tdx_module_bug(const char *format, ...)
{
	va_list arguments;

	atomic64_inc(&tdx_module_bugs);
	if (__ratelimit(&module_bug_limit)) {
		va_start(arguments, format);
		report(KERN_ERR, format, &arguments);
		va_end(arguments);
	}
	/* The line above says which; the trace says who was the caller. */
	WARN_ON_ONCE(1);
}

void tdx_shim_own_bug(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(KERN_ERR, format, &arguments);
	va_end(arguments);
	WARN_ON_ONCE(1);
}

u64 tdx_shim_tdx_module_bugs(void)
{
	return atomic64_read(&tdx_module_bugs);
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
