// SPDX-License-Identifier: GPL-2.0
/* The emulator's debugfs directory: knobs of the platform, and the judge's verdict. */
#include <linux/debugfs.h>
#include <linux/printk.h>
#include <linux/seq_file.h>

#include "../seam_emulator.h"
#include "../trap/trap.h"
#include "door.h"

static struct dentry *directory;

/* The finding, then the earlier events of the page, oldest first. */
static void show_finding(struct seq_file *file, const struct seam_finding *finding)
{
	struct seam_event history[8];
	u32 i, count = seam_emulator_history(finding->hpa, history, ARRAY_SIZE(history));

	seq_printf(file, "%s (page %#llx", seam_finding_text(finding->kind), finding->hpa);
	if (finding->leaf)
		seq_printf(file, ", %s", seam_leaf_name(finding->leaf));
	if (finding->rip)
		seq_printf(file, ", at %pS", (void *)finding->rip);
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
	const u32 count = seam_emulator_findings(findings, ARRAY_SIZE(findings));
	u32 i;

	seq_printf(file, "findings: %u\n", count);
	for (i = 0; i < min_t(u32, count, SEAM_MAX_FINDINGS); i++)
		show_finding(file, &findings[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(verdict);

static int calls_show(struct seq_file *file, void *unused)
{
	u32 leaf;

	for (leaf = 0; leaf < SEAM_LEAVES; leaf++) {
		const u64 calls = seam_emulator_calls(leaf);

		if (calls)
			seq_printf(file, "%6llu  %s\n", calls, seam_leaf_name(leaf));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(calls);

static int pw_mce_get(void *unused, u64 *value)
{
	*value = seam_cpu_has_pw_mce();
	return 0;
}

static int pw_mce_set(void *unused, u64 value)
{
	seam_emulator_set_pw_mce(value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(pw_mce_fops, pw_mce_get, pw_mce_set, "%llu\n");

static int settle_set(void *unused, u64 value)
{
	seam_emulator_settle();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(settle_fops, NULL, settle_set, "%llu\n");

static int power_cycle_set(void *unused, u64 value)
{
	seam_emulator_power_cycle();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(power_cycle_fops, NULL, power_cycle_set, "%llu\n");

static int movdir64b_set(void *unused, u64 value)
{
	seam_cpu_set_movdir64b(value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(movdir64b_fops, NULL, movdir64b_set, "%llu\n");

/* A counter of the model: @data is the command that reads it. */
static int number_get(void *data, u64 *value)
{
	*value = seam_ask((enum seam_command)(uintptr_t)data, 0);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(number_fops, number_get, NULL, "%llu\n");

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

/* A field of the configuration that has a file here. */
struct knob {
	const char *name;
	size_t offset;
	size_t size;
};

#define KNOB(field) \
	{ \
#field, offsetof(struct seam_config, field), \
			sizeof_field(struct seam_config, field) \
	}

static const struct knob knobs[] = {
	KNOB(features0),    KNOB(other_meaning), KNOB(enabled_features),   KNOB(ext_pool_pages),
	KNOB(spdm_pages),   KNOB(ide_pages),	 KNOB(iommu_pages),	   KNOB(interrupt_every),
	KNOB(page_by_page), KNOB(sys_state),	 KNOB(invalid_resumption), KNOB(module_loaded),
	KNOB(vmx_on),	    KNOB(vmx_off_lps),	 KNOB(seamrr_on),	   KNOB(messages),
	KNOB(dynamic_pamt), KNOB(silent_clear),	 KNOB(strict_delete),	   KNOB(clears_vectors),
};

static int knob_get(void *data, u64 *value)
{
	const struct knob *knob = data;

	*value = seam_get_field(knob->offset, knob->size);
	return 0;
}

static int knob_set(void *data, u64 value)
{
	const struct knob *knob = data;

	seam_set_field(knob->offset, knob->size, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(knob_fops, knob_get, knob_set, "%llu\n");

static void add_number(const char *name, enum seam_command command)
{
	debugfs_create_file(name, 0400, directory, (void *)(uintptr_t)command, &number_fops);
}

void seam_debugfs_start(void)
{
	size_t i;

	directory = debugfs_create_dir("seam_emulator", NULL);
	debugfs_create_file("verdict", 0400, directory, NULL, &verdict_fops);
	debugfs_create_file("calls", 0400, directory, NULL, &calls_fops);
	add_number("dirty_pages", SEAM_CONTROL_DIRTY_PAGES);
	add_number("owned_pages", SEAM_CONTROL_OWNED_PAGES);
	add_number("held_pages", SEAM_CONTROL_HELD_PAGES);
	add_number("dirty_cpus", SEAM_CONTROL_DIRTY_LPS);
	add_number("host_reads", SEAM_CONTROL_HOST_READS);
	debugfs_create_file("inject", 0200, directory, NULL, &seam_inject_fops);
	debugfs_create_file("reset", 0200, directory, NULL, &reset_fops);
	debugfs_create_file("power_cycle", 0200, directory, NULL, &power_cycle_fops);
	debugfs_create_file("settle", 0200, directory, NULL, &settle_fops);
	debugfs_create_file("pw_mce", 0600, directory, NULL, &pw_mce_fops);
	debugfs_create_file("movdir64b", 0200, directory, NULL, &movdir64b_fops);
	debugfs_create_bool("keyid_msr", 0600, directory, &seam_keyid_msr);
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		debugfs_create_file(knobs[i].name, 0600, directory, (void *)&knobs[i], &knob_fops);
}

void seam_debugfs_stop(void)
{
	debugfs_remove_recursive(directory);
}
