// SPDX-License-Identifier: GPL-2.0
/*
 * Warnings that a test expects, on kernels whose KUnit cannot hide them: the function that would
 * report one is not executed, and says that it did.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "../../warnings.h"

static struct task_struct *expecting;
static int hidden;

/* A function that did nothing: the return address is on top of the stack when it begins. */
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
	 * The return address is left where it is and another function's return takes it: a probe
	 * that ftrace drives can choose where to go on, but not the stack pointer.
	 */
	regs->ax = BUG_TRAP_TYPE_WARN;
	regs->ip = (unsigned long)did_nothing;
	return 1;
}

/* There so that the probe is not turned into a jump, which could not choose where to go on. */
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
	/* A probe that was in use cannot be registered again as it is. */
	probe.addr = NULL;
	probe.flags = 0;
}
EXPORT_SYMBOL_GPL(seam_emulator_show_warnings);

int seam_emulator_hidden_warnings(void)
{
	return hidden;
}
EXPORT_SYMBOL_GPL(seam_emulator_hidden_warnings);
