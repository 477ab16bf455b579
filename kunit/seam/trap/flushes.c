// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the judge which of its own lines the host flushes. CLFLUSH raises no exception here, so there is a
 * probe on the entry of the kernel's function that flushes a range of memory.
 */
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/mm.h>

#include "trap.h"

bool seam_sees_flushes;

/* clflush_cache_range(address, bytes): reports the pages that are flushed completely. */
static int on_flush(struct kprobe *probe, struct pt_regs *regs)
{
	const unsigned long begin = regs_get_kernel_argument(regs, 0);
	const unsigned long end = begin + regs_get_kernel_argument(regs, 1);
	unsigned long page;

	for (page = PAGE_ALIGN(begin); page + PAGE_SIZE <= end; page += PAGE_SIZE)
		if (virt_addr_valid((void *)page))
			seam_judge_host_flushes(&seam_model, virt_to_phys((void *)page));
	return 0;
}

static struct kprobe flush;

int seam_flushes_watch(bool on)
{
	int error = 0;

	if (on) {
		flush = (struct kprobe){
			.symbol_name = "clflush_cache_range",
			.pre_handler = on_flush,
		};
		error = register_kprobe(&flush);
	} else {
		unregister_kprobe(&flush);
	}
	if (!error)
		seam_model.sees_flushes = seam_sees_flushes = on;
	return error;
}
