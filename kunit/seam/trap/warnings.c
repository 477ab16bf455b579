// SPDX-License-Identifier: GPL-2.0
/*
 * Hides warnings that a test expects, on kernels whose KUnit cannot: report_bug() is skipped, and
 * returns that it has reported the warning.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "../../warnings.h"

static struct task_struct *expecting;
static int hidden;

/* Entered by a jump: the return address of report_bug() is on top of the stack. */
static noinline notrace void did_nothing(void)
{
	barrier();
}

static int on_report(struct kprobe *probe, struct pt_regs *regs)
{
	if (current != expecting)
		return 0;
	hidden++;
	/*
	 * The return address stays on the stack and another function returns to it: a probe that
	 * uses ftrace can change the instruction pointer, but not the stack pointer.
	 */
	regs->ax = BUG_TRAP_TYPE_WARN;
	regs->ip = (unsigned long)did_nothing;
	return 1;
}

/* Keeps the probe from being optimised into a jump, which cannot change the instruction pointer. */
static void after_report(struct kprobe *probe, struct pt_regs *regs, unsigned long flags) {}

static struct kprobe probe = {
	.symbol_name = "report_bug",
	.pre_handler = on_report,
	.post_handler = after_report,
};

struct kunit_suppressed_warning *seam_emulator_hide_warnings(void)
{
	hidden = 0;
	expecting = current;
	if (register_kprobe(&probe))
		return NULL;
	return (struct kunit_suppressed_warning *)current;
}
EXPORT_SYMBOL_GPL(seam_emulator_hide_warnings);

void seam_emulator_show_warnings(void)
{
	expecting = NULL;
	unregister_kprobe(&probe);
	/* A kprobe that was registered cannot be registered again without this. */
	probe.addr = NULL;
	probe.flags = 0;
}
EXPORT_SYMBOL_GPL(seam_emulator_show_warnings);

int seam_emulator_hidden_warnings(void)
{
	return hidden;
}
EXPORT_SYMBOL_GPL(seam_emulator_hidden_warnings);
