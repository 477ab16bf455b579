// SPDX-License-Identifier: GPL-2.0
/* Controls for test modules, see seam_emulator.h. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>

#include "../seam_emulator.h"
#include "emulator.h"

/* The model's books are read and written under their lock. */
#define UNDER_LOCK(statement) \
	do { \
		unsigned long flags; \
\
		raw_spin_lock_irqsave(&seam_books, flags); \
		statement; \
		raw_spin_unlock_irqrestore(&seam_books, flags); \
	} while (0)

void seam_emulator_reset(void)
{
	seam_reset();
}
EXPORT_SYMBOL_GPL(seam_emulator_reset);

void seam_emulator_power_cycle(void)
{
	seam_start_over();
}
EXPORT_SYMBOL_GPL(seam_emulator_power_cycle);

void seam_emulator_set_vmx_off_cpus(u64 cpus)
{
	WRITE_ONCE(seam_vmx_off_cpus, cpus);
}
EXPORT_SYMBOL_GPL(seam_emulator_set_vmx_off_cpus);

void seam_emulator_get_config(struct seam_config *config)
{
	UNDER_LOCK(*config = seam_model.config);
}
EXPORT_SYMBOL_GPL(seam_emulator_get_config);

void seam_emulator_set_config(const struct seam_config *config)
{
	UNDER_LOCK(seam_model.config = *config);
}
EXPORT_SYMBOL_GPL(seam_emulator_set_config);

void seam_emulator_set_pw_mce(bool on)
{
	seam_platform_set_pw_mce(on);
}
EXPORT_SYMBOL_GPL(seam_emulator_set_pw_mce);

int seam_emulator_inject(const struct seam_injection *injection)
{
	bool planned;

	UNDER_LOCK(planned = seam_model_inject(&seam_model, injection));
	return planned ? 0 : -EINVAL;
}
EXPORT_SYMBOL_GPL(seam_emulator_inject);

u32 seam_emulator_pending_injections(void)
{
	u32 pending;

	UNDER_LOCK(pending = seam_model_pending_injections(&seam_model));
	return pending;
}
EXPORT_SYMBOL_GPL(seam_emulator_pending_injections);

void seam_emulator_cancel_injections(void)
{
	UNDER_LOCK(seam_model_cancel_injections(&seam_model));
}
EXPORT_SYMBOL_GPL(seam_emulator_cancel_injections);

u64 seam_emulator_calls(u16 leaf)
{
	u64 calls;

	UNDER_LOCK(calls = leaf < SEAM_LEAVES ? seam_model.calls[leaf] : 0);
	return calls;
}
EXPORT_SYMBOL_GPL(seam_emulator_calls);

void seam_emulator_last_call(u16 leaf, struct seam_registers *registers)
{
	UNDER_LOCK(*registers = leaf < SEAM_LEAVES ? seam_model.last[leaf]
						   : (struct seam_registers){});
}
EXPORT_SYMBOL_GPL(seam_emulator_last_call);

u32 seam_emulator_order(u16 *leaves, u32 max)
{
	u32 count;

	UNDER_LOCK({
		count = seam_model.call_count;
		memcpy(leaves, seam_model.order,
		       min3(count, max, (u32)SEAM_MAX_CALLS) * sizeof(*leaves));
	});
	return count;
}
EXPORT_SYMBOL_GPL(seam_emulator_order);

const char *seam_emulator_leaf_name(u16 leaf)
{
	return seam_leaf_name(leaf);
}
EXPORT_SYMBOL_GPL(seam_emulator_leaf_name);

void seam_emulator_settle(void)
{
	seam_model_settle(&seam_model);
}
EXPORT_SYMBOL_GPL(seam_emulator_settle);

bool seam_emulator_is_dirty(u64 hpa)
{
	return seam_model_is_dirty(&seam_model, hpa);
}
EXPORT_SYMBOL_GPL(seam_emulator_is_dirty);

u32 seam_emulator_take_findings(struct seam_finding *findings, u32 max)
{
	u32 count;

	seam_judge_sweep(&seam_model);
	UNDER_LOCK({
		count = seam_model.finding_count;
		memcpy(findings, seam_model.findings,
		       min3(count, max, (u32)SEAM_MAX_FINDINGS) * sizeof(*findings));
		seam_model.finding_count = 0;
	});
	return count;
}
EXPORT_SYMBOL_GPL(seam_emulator_take_findings);

u32 seam_emulator_history(u64 hpa, struct seam_event *events, u32 max)
{
	return seam_judge_history(&seam_model, hpa, events, max);
}
EXPORT_SYMBOL_GPL(seam_emulator_history);

const char *seam_emulator_finding_text(enum seam_finding_kind kind)
{
	return seam_finding_text(kind);
}
EXPORT_SYMBOL_GPL(seam_emulator_finding_text);

const char *seam_emulator_event_text(enum seam_event_kind kind)
{
	return seam_event_text(kind);
}
EXPORT_SYMBOL_GPL(seam_emulator_event_text);
