// SPDX-License-Identifier: GPL-2.0
/*
 * Handles the #UD of a MOVDIR64B instruction in the kernel as a CPU with the partial-write erratum
 * would execute it, and tells the judge of the line. On a platform without the erratum it stays a
 * #UD.
 */
#include <linux/io.h>
#include <linux/kdebug.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>

#include "trap.h"

#define LINE_SIZE 64

/* Without a REX prefix, as in the kernel's inline function; the ModRM byte follows. */
static const u8 opcode[] = {0x66, 0x0f, 0x38, 0xf8};

/* Offsets in pt_regs of the registers of ModRM. */
static const u8 offsets[] = {
	offsetof(struct pt_regs, ax), offsetof(struct pt_regs, cx), offsetof(struct pt_regs, dx),
	offsetof(struct pt_regs, bx), offsetof(struct pt_regs, sp), offsetof(struct pt_regs, bp),
	offsetof(struct pt_regs, si), offsetof(struct pt_regs, di),
};

/* Decodes the operands. False for a SIB byte, a displacement or a RIP-relative address. */
static bool decode(struct pt_regs *regs, u8 modrm, void **to, const void **from)
{
	const u8 mod = modrm >> 6, reg = modrm >> 3 & 7, rm = modrm & 7;

	if (mod || rm == 4 || rm == 5)
		return false;
	*to = (void *)regs_get_register(regs, offsets[reg]);
	*from = (const void *)regs_get_register(regs, offsets[rm]);
	return true;
}

static int on_die(struct notifier_block *block, unsigned long why, void *data)
{
	struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	u8 code[sizeof(opcode) + 1];
	const void *from;
	void *to;

	if (why != DIE_TRAP || args->trapnr != X86_TRAP_UD || user_mode(regs))
		return NOTIFY_DONE;
	if (copy_from_kernel_nofault(code, (void *)regs->ip, sizeof(code)) ||
	    memcmp(code, opcode, sizeof(opcode)))
		return NOTIFY_DONE;
	if (!seam_model.config.partial_write_erratum ||
	    !decode(regs, code[sizeof(opcode)], &to, &from))
		return NOTIFY_DONE;

	if (!IS_ALIGNED((unsigned long)to, LINE_SIZE))
		return seam_trap_general_protection(regs) ? NOTIFY_STOP : NOTIFY_DONE;
	memcpy(to, from, LINE_SIZE);
	if (virt_addr_valid(to))
		seam_judge_host_converts(&seam_model, virt_to_phys(to));
	regs->ip += sizeof(code);
	return NOTIFY_STOP;
}

static struct notifier_block die_block = {
	.notifier_call = on_die,
	.priority = INT_MAX,
};

int seam_movdir64b_start(void)
{
	return register_die_notifier(&die_block);
}

void seam_movdir64b_stop(void)
{
	unregister_die_notifier(&die_block);
}
