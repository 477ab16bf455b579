/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For a function that calls one of the kernel's by an address that a kprobe found, because it is not
 * exported. The kernel calls that one by its name only, and a kernel with kCFI wipes out the type
 * of such functions, so the call cannot be checked; objtool wants to be told which those are.
 */
#ifndef TDX_PAGE_ARRAY_UNEXPORTED_H
#define TDX_PAGE_ARRAY_UNEXPORTED_H

#include <linux/compiler.h>
#include <linux/kprobes.h>
#include <linux/version.h>
#if defined(__KERNEL__) && LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#include <linux/annotate.h>
#endif

/* The address of a function, or NULL. */
static inline void *address_of(const char *name)
{
	struct kprobe probe = {.symbol_name = name};
	void *address;

	if (register_kprobe(&probe))
		return NULL;
	address = (void *)probe.addr;
	unregister_kprobe(&probe);
	return address;
}

/* In front of the function, and behind it. */
#define CALLS_UNEXPORTED __nocfi __attribute__((__noinline__))
#ifdef ANNOTATE_NOCFI_SYM
#define CALLS_UNEXPORTED_IN(function) ANNOTATE_NOCFI_SYM(function)
#else
#define CALLS_UNEXPORTED_IN(function) _Static_assert(1, "there is nothing to tell")
#endif

#endif
