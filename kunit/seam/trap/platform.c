// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the CPU look as if it had private KeyIDs: a kretprobe on the function by which the kernel
 * reads MSRs for modules; and with or without the partial-write erratum.
 */
#include <linux/kprobes.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/ptrace.h>

#include "emulator.h"

#define IA32_MKTME_KEYID_PARTITIONING 0x87

struct read {
	u32 msr;
	u64 *value;
};

static int on_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct read *read = (struct read *)instance->data;

	read->msr = (u32)regs->si;
	read->value = (u64 *)regs->dx;
	return 0;
}

bool seam_keyid_msr = true;

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct read *read = (struct read *)instance->data;
	const struct seam_config *config = &seam_model.config;

	if (read->msr != IA32_MKTME_KEYID_PARTITIONING)
		return 0;
	if (!seam_keyid_msr) {
		regs_set_return_value(regs, -EIO);
		return 0;
	}
	*read->value = config->shared_keyids |
		       (u64)((1U << config->keyid_bits) - 1 - config->shared_keyids) << 32;
	regs_set_return_value(regs, 0);
	return 0;
}

/* What the real CPU says, for when the emulator goes away. */
static bool had_pw_mce, had_movdir64b;

static struct kretprobe probe = {
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
	.kp.symbol_name = "rdmsrl_safe_on_cpu",
#else
	.kp.symbol_name = "rdmsrq_safe_on_cpu",
#endif
	.entry_handler = on_entry,
	.handler = on_return,
	.data_size = sizeof(struct read),
};

#ifdef X86_BUG_TDX_PW_MCE
static void set_cpu_bit(unsigned int bit, bool on)
{
	assign_bit(bit, (unsigned long *)boot_cpu_data.x86_capability, on);
}

bool seam_platform_has_pw_mce(void)
{
	return boot_cpu_has_bug(X86_BUG_TDX_PW_MCE);
}

void seam_platform_set_pw_mce(bool on)
{
	set_cpu_bit(X86_BUG_TDX_PW_MCE, on);
	set_cpu_bit(X86_FEATURE_MOVDIR64B, on);
	seam_model.config.partial_write_erratum = on;
}

void seam_platform_set_movdir64b(bool on)
{
	set_cpu_bit(X86_FEATURE_MOVDIR64B, on);
}

static void restore_cpu_bits(void)
{
	set_cpu_bit(X86_BUG_TDX_PW_MCE, had_pw_mce);
	set_cpu_bit(X86_FEATURE_MOVDIR64B, had_movdir64b);
}
#else
bool seam_platform_has_pw_mce(void)
{
	return false;
}

void seam_platform_set_pw_mce(bool on) {}

void seam_platform_set_movdir64b(bool on) {}

static void restore_cpu_bits(void) {}
#endif

int seam_platform_start(void)
{
	had_pw_mce = seam_platform_has_pw_mce();
	had_movdir64b = boot_cpu_has(X86_FEATURE_MOVDIR64B);
	return register_kretprobe(&probe);
}

void seam_platform_stop(void)
{
	restore_cpu_bits();
	unregister_kretprobe(&probe);
}
