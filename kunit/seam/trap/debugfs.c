// SPDX-License-Identifier: GPL-2.0
/* The emulator's debugfs directory: knobs of the platform, and the judge's verdict. */
#include <linux/debugfs.h>
#include <linux/printk.h>
#include <linux/seq_file.h>

#include "../seam_emulator.h"
#include "emulator.h"

static struct dentry *directory;

/* What is wrong, and what happened to the page before, oldest first. */
static void show_finding(struct seq_file *file, const struct seam_finding *finding)
{
	struct seam_event history[8];
	u32 i, count = seam_judge_history(&seam_model, finding->hpa, history, ARRAY_SIZE(history));

	seq_printf(file, "%s (page %#llx", seam_finding_text(finding->kind), finding->hpa);
	if (finding->leaf)
		seq_printf(file, ", %s", seam_leaf_name(finding->leaf));
	if (finding->rip)
		seq_printf(file, ", instruction %#llx", finding->rip);
	seq_puts(file, ")\n");
	for (i = 0; i < count; i++) {
		seq_printf(file, "    %s", seam_event_text(history[i].kind));
		if (history[i].kind == SEAM_EVENT_FINDING)
			seq_printf(file, ": %s", seam_finding_text(history[i].detail));
		else if (history[i].kind == SEAM_EVENT_WRITTEN_BACK)
			seq_printf(file, " %u", history[i].detail);
		seq_putc(file, '\n');
	}
}

static int verdict_show(struct seq_file *file, void *unused)
{
	static struct seam_finding findings[SEAM_MAX_FINDINGS];
	unsigned long flags;
	u32 count, i;

	seam_judge_sweep(&seam_model);
	raw_spin_lock_irqsave(&seam_books, flags);
	count = seam_model.finding_count;
	memcpy(findings, seam_model.findings, sizeof(findings));
	raw_spin_unlock_irqrestore(&seam_books, flags);

	seq_printf(file, "findings: %u\n", count);
	for (i = 0; i < min_t(u32, count, SEAM_MAX_FINDINGS); i++)
		show_finding(file, &findings[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(verdict);

static int calls_show(struct seq_file *file, void *unused)
{
	u32 leaf;

	for (leaf = 0; leaf < SEAM_LEAVES; leaf++)
		if (seam_model.calls[leaf])
			seq_printf(file, "%6llu  %s\n", seam_model.calls[leaf],
				   seam_leaf_name(leaf));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(calls);

static int pw_mce_get(void *unused, u64 *value)
{
	*value = seam_platform_has_pw_mce();
	return 0;
}

static int pw_mce_set(void *unused, u64 value)
{
	seam_platform_set_pw_mce(value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(pw_mce_fops, pw_mce_get, pw_mce_set, "%llu\n");

static int settle_set(void *unused, u64 value)
{
	seam_emulator_settle();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(settle_fops, NULL, settle_set, "%llu\n");

static int movdir64b_set(void *unused, u64 value)
{
	seam_platform_set_movdir64b(value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(movdir64b_fops, NULL, movdir64b_set, "%llu\n");

static int dirty_pages_get(void *unused, u64 *value)
{
	*value = seam_model_dirty_pages(&seam_model);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(dirty_pages_fops, dirty_pages_get, NULL, "%llu\n");

static int reset_set(void *unused, u64 value)
{
	seam_reset();
	pr_info("seam_emulator: reset: the knobs, KeyIDs and extensions are as after loading; "
		"sessions, streams, IOMMUs, interrupted calls, counts of calls, findings and "
		"planned faults are forgotten\n");
	pr_info("seam_emulator: reset: kept are TDs, %u pages that the TDX module owns, %u dirty "
		"pages, and the knobs keyid_msr, movdir64b and pw_mce\n",
		seam_model_owned_pages(&seam_model), seam_model_dirty_pages(&seam_model));
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(reset_fops, NULL, reset_set, "%llu\n");

void seam_debugfs_start(void)
{
	struct seam_config *config = &seam_model.config;

	directory = debugfs_create_dir("seam_emulator", NULL);
	debugfs_create_file("verdict", 0400, directory, NULL, &verdict_fops);
	debugfs_create_file("calls", 0400, directory, NULL, &calls_fops);
	debugfs_create_file("dirty_pages", 0400, directory, NULL, &dirty_pages_fops);
	debugfs_create_file("inject", 0200, directory, NULL, &seam_inject_fops);
	debugfs_create_file("reset", 0200, directory, NULL, &reset_fops);
	debugfs_create_file("settle", 0200, directory, NULL, &settle_fops);
	debugfs_create_file("pw_mce", 0600, directory, NULL, &pw_mce_fops);
	debugfs_create_file("movdir64b", 0200, directory, NULL, &movdir64b_fops);
	debugfs_create_u64("vmx_off_cpus", 0600, directory, &seam_vmx_off_cpus);
	debugfs_create_bool("keyid_msr", 0600, directory, &seam_keyid_msr);
	debugfs_create_u64("features0", 0600, directory, &config->features0);
	debugfs_create_u64("other_meaning", 0600, directory, &config->other_meaning);
	debugfs_create_u32("ext_pool_pages", 0600, directory, &config->ext_pool_pages);
	debugfs_create_u32("spdm_pages", 0600, directory, &config->spdm_pages);
	debugfs_create_u32("ide_pages", 0600, directory, &config->ide_pages);
	debugfs_create_u32("iommu_pages", 0600, directory, &config->iommu_pages);
	debugfs_create_u32("interrupt_every", 0600, directory, &config->interrupt_every);
	debugfs_create_u32("page_by_page", 0600, directory, &config->page_by_page);
	debugfs_create_u32("invalid_resumption", 0600, directory, &config->invalid_resumption);
	debugfs_create_u32("sys_state", 0600, directory, &config->sys_state);
	debugfs_create_u32("module_loaded", 0600, directory, &config->module_loaded);
	debugfs_create_u32("vmx_on", 0600, directory, &config->vmx_on);
	debugfs_create_u32("seamrr_on", 0600, directory, &config->seamrr_on);
}

void seam_debugfs_stop(void)
{
	debugfs_remove_recursive(directory);
}
