/* SPDX-License-Identifier: GPL-2.0 */
/* A function of the kernel or of a module that is not executed, by a kprobe on its entry. */
#ifndef TDX_PAGE_ARRAY_SKIP_H
#define TDX_PAGE_ARRAY_SKIP_H

#include <linux/kprobes.h>

/* Entered by a jump: the return address of the probed function is on top of the stack. */
static noinline notrace void did_nothing(void)
{
	barrier();
}

/*
 * The result of a pre_handler: the function returns @value at once. Its return address stays on the stack, because a probe
 * that uses ftrace can change the instruction pointer, but not the stack pointer.
 */
static __always_inline int skip_function(struct pt_regs *regs, unsigned long value)
{
	regs_set_return_value(regs, value);
	instruction_pointer_set(regs, (unsigned long)did_nothing);
	return 1;
}

/* The post_handler of such a probe: keeps it from being optimised into a jump, which cannot change the instruction pointer. */
static void after_entry(struct kprobe *probe, struct pt_regs *regs, unsigned long flags) {}

#endif
