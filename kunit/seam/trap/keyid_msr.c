// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the CPU look as if it had private KeyIDs: a kretprobe on the kernel function with which
 * modules read MSRs.
 */
#include <linux/kprobes.h>
#include <linux/version.h>
#include <asm/ptrace.h>

#include "trap.h"

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

int seam_keyid_msr_start(void)
{
	return register_kretprobe(&probe);
}

void seam_keyid_msr_stop(void)
{
	unregister_kretprobe(&probe);
}
