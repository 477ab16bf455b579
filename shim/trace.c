// SPDX-License-Identifier: GPL-2.0
/* Defines the trace points, and calls them for the core. */
#define CREATE_TRACE_POINTS
#include "tdx_trace.h"

void tdx_shim_trace_array_create(u64 array, u32 pages, u32 blocks, s32 node)
{
	trace_array_create(array, pages, blocks, node);
}

bool tdx_shim_is_custody_traced(void)
{
	return trace_array_custody_enabled();
}

void tdx_shim_trace_custody(const struct tdx_shim_custody *change)
{
	trace_array_custody(change);
}

void tdx_shim_trace_array_end(u64 array, u64 freed, u64 kept, u64 quarantined)
{
	trace_array_end(array, freed, kept, quarantined);
}

void tdx_shim_trace_quarantine_enter(const struct tdx_shim_quarantine_entry *entry)
{
	trace_quarantine_enter(entry);
}

void tdx_shim_trace_quarantine_leave(u64 pfn, u64 array)
{
	trace_quarantine_leave(pfn, array);
}
