/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A function that the kernel calls when the machine goes down. TDX_SYSCORE_HAS_DATA: the kernel hands it a pointer, as Linux 6.19
 * does, and stable kernels since then; so Kbuild looks into the header, not at the version.
 */
#ifndef TDX_SYSCORE_H
#define TDX_SYSCORE_H

#include <linux/syscore_ops.h>

#ifdef TDX_SYSCORE_HAS_DATA
#define DEFINE_SYSCORE_SHUTDOWN(name, function) \
	static void name##_call(void *unused) \
	{ \
		function(); \
	} \
	static const struct syscore_ops name##_ops = {.shutdown = name##_call}; \
	static struct syscore name = {.ops = &name##_ops}
#else
#define DEFINE_SYSCORE_SHUTDOWN(name, function) \
	static struct syscore_ops name = {.shutdown = (function)}
#define register_syscore(name)	 register_syscore_ops(name)
#define unregister_syscore(name) unregister_syscore_ops(name)
#endif

#endif
