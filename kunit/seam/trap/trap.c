// SPDX-License-Identifier: GPL-2.0
/* Handles the #UD of a SEAMCALL instruction in the kernel: the model executes the call. */
#include <linux/export.h>
#include <linux/extable.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>
#include <asm/extable.h>
#include <asm/extable_fixup_types.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>

#include "../seam_emulator.h"
#include "../../unexported.h"
#include "trap.h"

static const u8 seamcall[] = {0x66, 0x0f, 0x01, 0xcf};

#define ARITHMETIC_FLAGS \
	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | \
	 X86_EFLAGS_OF)

/* search_exception_tables(), which is not exported: its address comes from a kprobe. */
static const struct exception_table_entry *(*find_fixup)(unsigned long address);

static void load(struct seam_registers *registers, const struct pt_regs *regs)
{
	*registers = (struct seam_registers){.r = {
						     [SEAM_RAX] = regs->ax,
						     [SEAM_RCX] = regs->cx,
						     [SEAM_RDX] = regs->dx,
						     [SEAM_RBX] = regs->bx,
						     [SEAM_RSP] = regs->sp,
						     [SEAM_RBP] = regs->bp,
						     [SEAM_RSI] = regs->si,
						     [SEAM_RDI] = regs->di,
						     [SEAM_R8] = regs->r8,
						     [SEAM_R9] = regs->r9,
						     [SEAM_R10] = regs->r10,
						     [SEAM_R11] = regs->r11,
						     [SEAM_R12] = regs->r12,
						     [SEAM_R13] = regs->r13,
						     [SEAM_R14] = regs->r14,
						     [SEAM_R15] = regs->r15,
					     }};
}

static void store(struct pt_regs *regs, const struct seam_registers *registers)
{
	regs->ax = registers->r[SEAM_RAX];
	regs->cx = registers->r[SEAM_RCX];
	regs->dx = registers->r[SEAM_RDX];
	regs->bx = registers->r[SEAM_RBX];
	regs->bp = registers->r[SEAM_RBP];
	regs->si = registers->r[SEAM_RSI];
	regs->di = registers->r[SEAM_RDI];
	regs->r8 = registers->r[SEAM_R8];
	regs->r9 = registers->r[SEAM_R9];
	regs->r10 = registers->r[SEAM_R10];
	regs->r11 = registers->r[SEAM_R11];
	regs->r12 = registers->r[SEAM_R12];
	regs->r13 = registers->r[SEAM_R13];
	regs->r14 = registers->r[SEAM_R14];
	regs->r15 = registers->r[SEAM_R15];
}

/* As in the kernel's #GP handler: continues at the fixup, with the trap number in RAX. */
CALLS_UNEXPORTED bool seam_trap_general_protection(struct pt_regs *regs)
{
	const struct exception_table_entry *fixup = find_fixup(regs->ip);

	if (!fixup || (fixup->data & EX_DATA_TYPE_MASK) != EX_TYPE_FAULT)
		return false;
	regs->ax = X86_TRAP_GP;
	regs->ip = (unsigned long)&fixup->fixup + fixup->fixup;
	return true;
}
CALLS_UNEXPORTED_IN(seam_trap_general_protection);

/* Assigns the guest's CPUs to the packages of the model. */
static u32 package_of(unsigned int cpu)
{
	return cpu % seam_model.config.packages;
}

/*
 * True if the code that issued the instruction could have been migrated to another CPU. The notifier chain itself is in an RCU
 * read-side section. On a kernel without a preemption count this is unknown.
 */
static bool is_preemptible(const struct pt_regs *regs)
{
	const int own = IS_ENABLED(CONFIG_PREEMPT_RCU) ? 0 : PREEMPT_OFFSET;

	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && preempt_count() == own &&
	       regs->flags & X86_EFLAGS_IF;
}

/* Executes the SEAMCALL at @regs with the model. */
static int answer(struct pt_regs *regs)
{
	const unsigned int cpu = raw_smp_processor_id();
	struct seam_registers registers;
	enum seam_outcome outcome;

	if (is_preemptible(regs))
		seam_judge_preemptible(&seam_model, regs->ax, regs->ip);
	load(&registers, regs);
	outcome = seam_model_call(&seam_model, package_of(cpu), cpu % SEAM_MAX_LPS, &registers);

	switch (outcome) {
	case SEAM_COMPLETED:
		if (seam_model_clears_vectors(&seam_model, regs->ax))
			seam_vectors_clear();
		store(regs, &registers);
		regs->flags &= ~ARITHMETIC_FLAGS;
		break;
	case SEAM_VMFAILINVALID:
		regs->flags = (regs->flags & ~ARITHMETIC_FLAGS) | X86_EFLAGS_CF;
		break;
	case SEAM_GP:
		return seam_trap_general_protection(regs) ? NOTIFY_STOP : NOTIFY_DONE;
	case SEAM_UD:
		/* Leave the #UD to the kernel. */
		return NOTIFY_DONE;
	}
	regs->ip += sizeof(seamcall);
	return NOTIFY_STOP;
}

static DEFINE_PER_CPU(struct seam_meter, meter);

void seam_emulator_read_meter(struct seam_meter *now)
{
	*now = *this_cpu_ptr(&meter);
}
EXPORT_SYMBOL_GPL(seam_emulator_read_meter);

static int on_die(struct notifier_block *block, unsigned long why, void *data)
{
	const u64 begin = rdtsc();
	struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	u8 opcode[sizeof(seamcall)];
	int handled;

	if (why != DIE_TRAP || args->trapnr != X86_TRAP_UD || user_mode(regs))
		return NOTIFY_DONE;
	if (copy_from_kernel_nofault(opcode, (void *)regs->ip, sizeof(opcode)) ||
	    memcmp(opcode, seamcall, sizeof(seamcall)))
		return NOTIFY_DONE;

	handled = answer(regs);
	__this_cpu_inc(meter.calls);
	__this_cpu_add(meter.ticks, rdtsc() - begin);
	return handled;
}

static struct notifier_block die_block = {
	.notifier_call = on_die,
	.priority = INT_MAX,
};

int seam_trap_start(void)
{
	struct kprobe probe = {.symbol_name = "search_exception_tables"};
	int error = register_kprobe(&probe);

	if (error)
		return error;
	find_fixup = (void *)probe.addr;
	unregister_kprobe(&probe);
	return register_die_notifier(&die_block);
}

void seam_trap_stop(void)
{
	unregister_die_notifier(&die_block);
}
