// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the model when the kernel writes back all caches, or those of a CPU that goes offline. WBINVD
 * raises no exception here, so there are probes on the functions that execute it. The second function is
 * in the module under test, which can be loaded and unloaded.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/smp.h>

#include "trap.h"

/* On entry: lines that become dirty during the write-back count as dirty. */
static int on_write_back(struct kprobe *probe, struct pt_regs *regs)
{
	seam_model_caches_written_back(&seam_model);
	return 0;
}

static struct kprobe all = {
	.symbol_name = "wbinvd_on_all_cpus",
	.pre_handler = on_write_back,
};

static int on_own_write_back(struct kprobe *probe, struct pt_regs *regs)
{
	seam_model_lp_caches_written_back(&seam_model, raw_smp_processor_id() % SEAM_MAX_LPS);
	return 0;
}

static struct kprobe own;
static bool sees_own;

static void watch_own(void)
{
	own = (struct kprobe){
		.symbol_name = "tdx_write_back_this_cpu",
		.pre_handler = on_own_write_back,
	};
	sees_own = !register_kprobe(&own);
}

static void ignore_own(void)
{
	if (sees_own)
		unregister_kprobe(&own);
	sees_own = false;
}

static int on_module(struct notifier_block *block, unsigned long change, void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, "tdx_page_array"))
		return NOTIFY_DONE;
	if (change == MODULE_STATE_COMING)
		watch_own();
	else if (change == MODULE_STATE_GOING)
		ignore_own();
	return NOTIFY_DONE;
}

static struct notifier_block modules = {
	.notifier_call = on_module,
};

int seam_caches_start(void)
{
	int error = register_kprobe(&all);

	if (error)
		return error;
	error = register_module_notifier(&modules);
	if (error)
		unregister_kprobe(&all);
	return error;
}

void seam_caches_stop(void)
{
	unregister_module_notifier(&modules);
	ignore_own();
	unregister_kprobe(&all);
}
