// SPDX-License-Identifier: GPL-2.0
/* Locks and scheduling. */
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/delay.h>

#include "interface.h"

static DEFINE_MUTEX(bring_up_lock);
static DEFINE_MUTEX(service_lock);
static DEFINE_MUTEX(registry_lock);
static DEFINE_MUTEX(quarantine_lock);
static DEFINE_MUTEX(ledger_lock);

static struct mutex *const locks[TDX_SHIM_LOCKS] = {
	[TDX_SHIM_LOCK_BRING_UP] = &bring_up_lock, [TDX_SHIM_LOCK_SERVICE] = &service_lock,
	[TDX_SHIM_LOCK_REGISTRY] = &registry_lock, [TDX_SHIM_LOCK_QUARANTINE] = &quarantine_lock,
	[TDX_SHIM_LOCK_LEDGER] = &ledger_lock,
};

void tdx_shim_lock(u32 which)
{
	mutex_lock(locks[which]);
}

void tdx_shim_unlock(u32 which)
{
	mutex_unlock(locks[which]);
}

void tdx_shim_stay_on_cpu(void)
{
	migrate_disable();
}

void tdx_shim_leave_cpu(void)
{
	migrate_enable();
}

void tdx_shim_breathe(void)
{
	cond_resched();
}

void tdx_shim_pause(void)
{
	usleep_range(10, 50);
}
