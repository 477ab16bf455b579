/* SPDX-License-Identifier: GPL-2.0 */
/* Trace points for SEAMCALLs, arrays and the quarantine; events of the system "tdx_page_array". */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tdx_page_array

#if !defined(TDX_SHIM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TDX_SHIM_TRACE_H

#include <linux/tracepoint.h>
#include <linux/version.h>

#include "interface.h"
#include "leaf_table.h"
#include "status_table.h"

#ifndef TDX_TRACE_NAMES
#define TDX_TRACE_NAMES
/* Each entry ends with a comma, so a last one that matches nothing ends the list. */
#define TDX_TRACE_NAME(name, number, text, ...) {number, text},
#define TDX_TRACE_LEAF(leaf)			__print_symbolic(leaf, TDX_LEAF_TABLE(TDX_TRACE_NAME){0x10000, "?"})
#define TDX_TRACE_STATUS(status) \
	__print_symbolic(TDX_STATUS_KEY(status), \
			 TDX_STATUS_TABLE(TDX_TRACE_NAME) \
				 TDX_SOFTWARE_STATUS_TABLE(TDX_TRACE_NAME){1, "?"})

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define TDX_TRACE_ASSIGN(string, from) __assign_str(string, from)
#else
#define TDX_TRACE_ASSIGN(string, from) __assign_str(string)
#endif
#endif

/* clang-format off */

/* One SEAMCALL: the registers that it loaded, its status and its time. */
TRACE_EVENT(tdx_page_array_seamcall,
	TP_PROTO(u64 function, const struct tdx_shim_registers *in, u64 status, u64 nanoseconds),
	TP_ARGS(function, in, status, nanoseconds),
	TP_STRUCT__entry(
		__field(u16, leaf)
		__field(u64, rcx)
		__field(u64, rdx)
		__field(u64, r8)
		__field(u64, r9)
		__field(u64, r10)
		__field(u64, r11)
		__field(u64, status)
		__field(u64, nanoseconds)
	),
	TP_fast_assign(
		__entry->leaf = function;
		__entry->rcx = in->rcx;
		__entry->rdx = in->rdx;
		__entry->r8 = in->r8;
		__entry->r9 = in->r9;
		__entry->r10 = in->r10;
		__entry->r11 = in->r11;
		__entry->status = status;
		__entry->nanoseconds = nanoseconds;
	),
	TP_printk("%s rcx=%#llx rdx=%#llx r8=%#llx r9=%#llx r10=%#llx r11=%#llx status=%s (%#llx) nanoseconds=%llu",
		TDX_TRACE_LEAF(__entry->leaf), __entry->rcx, __entry->rdx, __entry->r8, __entry->r9,
		__entry->r10, __entry->r11, TDX_TRACE_STATUS(__entry->status), __entry->status,
		__entry->nanoseconds)
);

TRACE_EVENT(array_create,
	TP_PROTO(u64 array, u32 pages, u32 blocks, s32 node),
	TP_ARGS(array, pages, blocks, node),
	TP_STRUCT__entry(
		__field(u64, array)
		__field(u32, pages)
		__field(u32, blocks)
		__field(s32, node)
	),
	TP_fast_assign(
		__entry->array = array;
		__entry->pages = pages;
		__entry->blocks = blocks;
		__entry->node = node;
	),
	TP_printk("array=%llu pages=%u blocks=%u node=%d",
		__entry->array, __entry->pages, __entry->blocks, __entry->node)
);

TRACE_EVENT(array_custody,
	TP_PROTO(const struct tdx_shim_custody *change),
	TP_ARGS(change),
	TP_STRUCT__entry(
		__field(u64, array)
		__field(u32, pages)
		__string(from, change->from)
		__string(to, change->to)
		__field(u32, owned)
		__field(u32, touched)
		__field(u16, leaf)
		__field(u16, keyid)
		__field(u64, status)
	),
	TP_fast_assign(
		__entry->array = change->array;
		__entry->pages = change->pages;
		TDX_TRACE_ASSIGN(from, change->from);
		TDX_TRACE_ASSIGN(to, change->to);
		__entry->owned = change->owned;
		__entry->touched = change->touched;
		__entry->leaf = change->leaf;
		__entry->keyid = change->keyid;
		__entry->status = change->status;
	),
	TP_printk("array=%llu pages=%u: %s -> %s owned=%u touched=%u keyid=%u by %s status=%s (%#llx)",
		__entry->array, __entry->pages, __get_str(from), __get_str(to), __entry->owned,
		__entry->touched, __entry->keyid, TDX_TRACE_LEAF(__entry->leaf),
		TDX_TRACE_STATUS(__entry->status), __entry->status)
);

TRACE_EVENT(array_end,
	TP_PROTO(u64 array, u64 freed, u64 kept, u64 quarantined),
	TP_ARGS(array, freed, kept, quarantined),
	TP_STRUCT__entry(
		__field(u64, array)
		__field(u64, freed)
		__field(u64, kept)
		__field(u64, quarantined)
	),
	TP_fast_assign(
		__entry->array = array;
		__entry->freed = freed;
		__entry->kept = kept;
		__entry->quarantined = quarantined;
	),
	TP_printk("array=%llu freed=%llu kept=%llu quarantined=%llu",
		__entry->array, __entry->freed, __entry->kept, __entry->quarantined)
);

TRACE_EVENT(quarantine_enter,
	TP_PROTO(const struct tdx_shim_quarantine_entry *why),
	TP_ARGS(why),
	TP_STRUCT__entry(
		__field(u64, page)
		__field(u64, array)
		__string(reason, why->reason)
		__field(u16, handed_over_by)
		__field(u16, leaf)
		__field(u64, status)
	),
	TP_fast_assign(
		__entry->page = why->pfn << 12;
		__entry->array = why->array;
		TDX_TRACE_ASSIGN(reason, why->reason);
		__entry->handed_over_by = why->handed_over_by;
		__entry->leaf = why->leaf;
		__entry->status = why->status;
	),
	TP_printk("page=%#llx array=%llu: %s, handed over by %s, last answer by %s status=%s (%#llx)",
		__entry->page, __entry->array, __get_str(reason),
		TDX_TRACE_LEAF(__entry->handed_over_by), TDX_TRACE_LEAF(__entry->leaf),
		TDX_TRACE_STATUS(__entry->status), __entry->status)
);

TRACE_EVENT(quarantine_leave,
	TP_PROTO(u64 pfn, u64 array),
	TP_ARGS(pfn, array),
	TP_STRUCT__entry(
		__field(u64, page)
		__field(u64, array)
	),
	TP_fast_assign(
		__entry->page = pfn << 12;
		__entry->array = array;
	),
	TP_printk("page=%#llx array=%llu", __entry->page, __entry->array)
);

/* clang-format on */

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tdx_trace
#include <trace/define_trace.h>
