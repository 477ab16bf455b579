// SPDX-License-Identifier: GPL-2.0
/* Controls for test modules, see seam_emulator.h: each is a request to the model. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>

#include "../seam_emulator.h"
#include "door.h"

/* Public sources do not say what a module does here: the suites run with both values. */
static bool page_by_page;
module_param(page_by_page, bool, 0444);
MODULE_PARM_DESC(page_by_page,
		 "a bad list of pages: N changes nothing, Y takes the pages before the bad one");
static bool invalid_resumption;
module_param(invalid_resumption, bool, 0444);
MODULE_PARM_DESC(invalid_resumption,
		 "a resumed call with other inputs: N OPERAND_INVALID, Y INVALID_RESUMPTION");

static bool silent_clear;
module_param(silent_clear, bool, 0444);
MODULE_PARM_DESC(silent_clear, "IOMMU.CLEAR: N writes a list of pages, Y writes none");
static bool strict_delete;
module_param(strict_delete, bool, 0444);
MODULE_PARM_DESC(strict_delete, "a session whose CONNECT has begun: N can be deleted, Y cannot");
static unsigned int clears_vectors = 1;
module_param(clears_vectors, uint, 0444);
MODULE_PARM_DESC(clears_vectors, "leaves that clear the vector registers: 0 none, 1 those of "
				 "extensions, TDX Connect and Quoting, 2 nearly all");
static bool clflush_before_alloc = true;
module_param(clflush_before_alloc, bool, 0444);
MODULE_PARM_DESC(
	clflush_before_alloc,
	"Y: the host has to flush its own cache lines of a page before it hands it over, and "
	"TDX_FEATURES0 says so (bit 23); N: neither");

/* A page whose address a machine can be given. One request at a time. */
static struct seam_request *request;
static DEFINE_MUTEX(lock);

#define UNDER_LOCK(statements) \
	do { \
		mutex_lock(&lock); \
		statements; \
		mutex_unlock(&lock); \
	} while (0)

int seam_control_start(void)
{
	request = (struct seam_request *)get_zeroed_page(GFP_KERNEL);
	return request ? 0 : -ENOMEM;
}

void seam_control_stop(void)
{
	free_page((unsigned long)request);
}

/* The caller holds the lock. */
static u64 ask(enum seam_command command, u64 argument)
{
	request->command = command;
	request->argument = argument;
	request->result = 0;
	seam_door->control(request);
	return request->result;
}

u64 seam_ask(enum seam_command command, u64 argument)
{
	u64 result;

	UNDER_LOCK(result = ask(command, argument));
	return result;
}

void seam_reset(void)
{
	struct seam_config *config;

	mutex_lock(&lock);
	ask(SEAM_CONTROL_RESET, 0);
	ask(SEAM_CONTROL_GET_CONFIG, 0);
	config = &request->config;
	config->page_by_page = page_by_page;
	config->invalid_resumption = invalid_resumption;
	config->silent_clear = silent_clear;
	config->strict_delete = strict_delete;
	config->clears_vectors = clears_vectors;
	config->partial_write_erratum = seam_cpu_has_pw_mce();
	if (clflush_before_alloc)
		config->features0 |= SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC;
	seam_door->describe(config);
	ask(SEAM_CONTROL_SET_CONFIG, 0);
	mutex_unlock(&lock);
}

u64 seam_get_field(size_t offset, size_t size)
{
	u64 value = 0;

	UNDER_LOCK({
		ask(SEAM_CONTROL_GET_CONFIG, 0);
		memcpy(&value, (char *)&request->config + offset, size);
	});
	return value;
}

void seam_set_field(size_t offset, size_t size, u64 value)
{
	UNDER_LOCK({
		ask(SEAM_CONTROL_GET_CONFIG, 0);
		memcpy((char *)&request->config + offset, &value, size);
		ask(SEAM_CONTROL_SET_CONFIG, 0);
	});
}

void seam_emulator_reset(void)
{
	seam_reset();
}
EXPORT_SYMBOL_GPL(seam_emulator_reset);

void seam_emulator_power_cycle(void)
{
	seam_ask(SEAM_CONTROL_POWER_CYCLE, 0);
	seam_reset();
}
EXPORT_SYMBOL_GPL(seam_emulator_power_cycle);

void seam_emulator_set_vmx_off_cpus(u64 cpus)
{
	seam_set_field(offsetof(struct seam_config, vmx_off_lps),
		       sizeof_field(struct seam_config, vmx_off_lps), cpus);
}
EXPORT_SYMBOL_GPL(seam_emulator_set_vmx_off_cpus);

void seam_emulator_get_config(struct seam_config *config)
{
	UNDER_LOCK({
		ask(SEAM_CONTROL_GET_CONFIG, 0);
		*config = request->config;
	});
}
EXPORT_SYMBOL_GPL(seam_emulator_get_config);

void seam_emulator_set_config(const struct seam_config *config)
{
	UNDER_LOCK({
		request->config = *config;
		ask(SEAM_CONTROL_SET_CONFIG, 0);
	});
}
EXPORT_SYMBOL_GPL(seam_emulator_set_config);

void seam_emulator_set_pw_mce(bool on)
{
	seam_cpu_set_pw_mce(on);
	/* On a kernel that does not know the erratum the platform does not have it. */
	seam_set_field(offsetof(struct seam_config, partial_write_erratum), sizeof(u32),
		       seam_cpu_has_pw_mce());
}
EXPORT_SYMBOL_GPL(seam_emulator_set_pw_mce);

int seam_emulator_inject(const struct seam_injection *injection)
{
	bool refused;

	UNDER_LOCK({
		request->injection = *injection;
		ask(SEAM_CONTROL_INJECT, 0);
		refused = request->refused;
	});
	return refused ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(seam_emulator_inject);

u32 seam_emulator_pending_injections(void)
{
	return seam_ask(SEAM_CONTROL_PENDING, 0);
}
EXPORT_SYMBOL_GPL(seam_emulator_pending_injections);

void seam_emulator_cancel_injections(void)
{
	seam_ask(SEAM_CONTROL_CANCEL, 0);
}
EXPORT_SYMBOL_GPL(seam_emulator_cancel_injections);

u64 seam_emulator_calls(u16 leaf)
{
	return seam_ask(SEAM_CONTROL_CALLS, leaf);
}
EXPORT_SYMBOL_GPL(seam_emulator_calls);

void seam_emulator_last_call(u16 leaf, struct seam_registers *registers)
{
	UNDER_LOCK({
		ask(SEAM_CONTROL_LAST_CALL, leaf);
		*registers = request->refused ? (struct seam_registers){} : request->registers;
	});
}
EXPORT_SYMBOL_GPL(seam_emulator_last_call);

u32 seam_emulator_order(u16 *leaves, u32 max)
{
	u32 count, known, piece, done = 0;

	mutex_lock(&lock);
	do {
		count = ask(SEAM_CONTROL_ORDER, done);
		known = min_t(u32, count, SEAM_MAX_CALLS);
		piece = min3((u32)SEAM_CONTROL_ORDER_MAX, known - done, max - done);
		memcpy(leaves + done, request->order, piece * sizeof(*leaves));
		done += piece;
	} while (piece);
	mutex_unlock(&lock);
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
	seam_ask(SEAM_CONTROL_SETTLE, 0);
}
EXPORT_SYMBOL_GPL(seam_emulator_settle);

bool seam_emulator_update(void)
{
	bool done;

	UNDER_LOCK({
		ask(SEAM_CONTROL_UPDATE, 0);
		done = !request->refused;
	});
	return done;
}
EXPORT_SYMBOL_GPL(seam_emulator_update);

bool seam_emulator_is_dirty(u64 hpa)
{
	return seam_ask(SEAM_CONTROL_IS_DIRTY, hpa);
}
EXPORT_SYMBOL_GPL(seam_emulator_is_dirty);

static u32 copy_findings(enum seam_command command, struct seam_finding *findings, u32 max)
{
	u32 count;

	UNDER_LOCK({
		count = ask(command, 0);
		memcpy(findings, request->findings,
		       min3(count, max, (u32)SEAM_MAX_FINDINGS) * sizeof(*findings));
	});
	return count;
}

u32 seam_emulator_findings(struct seam_finding *findings, u32 max)
{
	return copy_findings(SEAM_CONTROL_FINDINGS, findings, max);
}
EXPORT_SYMBOL_GPL(seam_emulator_findings);

u32 seam_emulator_take_findings(struct seam_finding *findings, u32 max)
{
	return copy_findings(SEAM_CONTROL_TAKE_FINDINGS, findings, max);
}
EXPORT_SYMBOL_GPL(seam_emulator_take_findings);

u32 seam_emulator_history(u64 hpa, struct seam_event *events, u32 max)
{
	u32 found, count;

	UNDER_LOCK({
		found = ask(SEAM_CONTROL_HISTORY, hpa);
		count = min(found, max);
		memcpy(events, request->history + found - count, count * sizeof(*events));
	});
	return count;
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

u64 seam_emulator_host_reads(void)
{
	return seam_ask(SEAM_CONTROL_HOST_READS, 0);
}
EXPORT_SYMBOL_GPL(seam_emulator_host_reads);

bool seam_emulator_sees_flushes(void)
{
	return seam_door->watch_flushes;
}
EXPORT_SYMBOL_GPL(seam_emulator_sees_flushes);

u64 seam_emulator_host_flushes(void)
{
	return seam_ask(SEAM_CONTROL_HOST_FLUSHES, 0);
}
EXPORT_SYMBOL_GPL(seam_emulator_host_flushes);

bool seam_emulator_sees_accesses(void)
{
	return seam_door->sees_accesses;
}
EXPORT_SYMBOL_GPL(seam_emulator_sees_accesses);
