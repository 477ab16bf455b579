// SPDX-License-Identifier: GPL-2.0
/* Lines in the kernel log. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/stdarg.h>

#include "interface.h"

/* Enough for the burst of one driver going wrong, little enough to keep the log readable. */
static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 50);

void tdx_shim_info(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	va_start(arguments, format);
	line.va = &arguments;
	if (__ratelimit(&limit))
		pr_info("%pV\n", &line);
	va_end(arguments);
}

void tdx_shim_error(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	va_start(arguments, format);
	line.va = &arguments;
	if (__ratelimit(&limit))
		pr_err("%pV\n", &line);
	va_end(arguments);
}

void tdx_shim_broken_promise(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	va_start(arguments, format);
	line.va = &arguments;
	if (__ratelimit(&limit))
		pr_err("%pV\n", &line);
	va_end(arguments);
	WARN_ONCE(1,
		  KBUILD_MODNAME ": a promise of the TDX module was broken, see the line above\n");
}
