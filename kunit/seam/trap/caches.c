// SPDX-License-Identifier: GPL-2.0
/* Tells the model when the kernel writes back all caches. */
#include <linux/kprobes.h>

#include "trap.h"

/* On entry: what becomes dirty while the CPUs are at it counts as dirty. */
static int on_write_back(struct kprobe *probe, struct pt_regs *regs)
{
	seam_model_caches_written_back(&seam_model);
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "wbinvd_on_all_cpus",
	.pre_handler = on_write_back,
};

int seam_caches_start(void)
{
	return register_kprobe(&probe);
}

void seam_caches_stop(void)
{
	unregister_kprobe(&probe);
}
