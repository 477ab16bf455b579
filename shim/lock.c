// SPDX-License-Identifier: GPL-2.0
/* Locks, scheduling, time. */
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/delay.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "interface.h"
#include "parts.h"

static DEFINE_MUTEX(extensions_lock);
static DEFINE_MUTEX(service_lock);
static DEFINE_MUTEX(retry_lock);
static DEFINE_MUTEX(quarantine_lock);
static DEFINE_MUTEX(arrays_lock);

static struct mutex *const locks[TDX_SHIM_LOCKS] = {
	[TDX_SHIM_LOCK_EXTENSIONS] = &extensions_lock,
	[TDX_SHIM_LOCK_SERVICE] = &service_lock,
	[TDX_SHIM_LOCK_RETRY] = &retry_lock,
	[TDX_SHIM_LOCK_QUARANTINE] = &quarantine_lock,
	[TDX_SHIM_LOCK_ARRAYS] = &arrays_lock,
};

void tdx_shim_lock(u32 which)
{
	mutex_lock(locks[which]);
}

bool tdx_shim_lock_unless_killed(u32 which)
{
	return !mutex_lock_killable(locks[which]);
}

void tdx_shim_unlock(u32 which)
{
	mutex_unlock(locks[which]);
}

void tdx_shim_cond_resched(void)
{
	cond_resched();
}

void tdx_shim_pause(u32 microseconds)
{
	usleep_range(microseconds, 2 * microseconds);
}

bool tdx_shim_is_killed(void)
{
	return fatal_signal_pending(current);
}

u64 tdx_shim_nanoseconds(void)
{
	return ktime_get_ns();
}

static void retry(struct work_struct *work)
{
	tdx_core_retry_quarantine();
}

static DECLARE_DELAYED_WORK(retry_work, retry);

void tdx_shim_retry_later(u32 seconds)
{
	mod_delayed_work(system_long_wq, &retry_work, seconds * HZ);
}

void tdx_retry_stop(void)
{
	cancel_delayed_work_sync(&retry_work);
}

void tdx_shim_on_each_cpu(s32 (*work)(void *context), void *context)
{
	unsigned int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_on_cpu(cpu, work, context, false);
	cpus_read_unlock();
}

u32 tdx_shim_this_cpu(void)
{
	return raw_smp_processor_id();
}
