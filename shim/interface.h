/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole border between the C shim and the C++ core: plain types, C linkage.
 *
 * The core sees the kernel through these functions alone, so that the same core also builds as a
 * user-space program. Each function is one thin call into the kernel; policy lives in the core.
 * A page is named by its page frame number (pfn), in units of 4096 bytes. Unless its comment says
 * otherwise, a function needs process context and may sleep.
 */
#ifndef TDX_SHIM_INTERFACE_H
#define TDX_SHIM_INTERFACE_H

#if defined(__KERNEL__) && !defined(__cplusplus)
#include <linux/types.h>
#else
#include <stdbool.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct page;

/* Blocks of 2^order contiguous 4K pages */

/* Memory of this machine that the page allocator manages, in pages. */
u64 tdx_shim_total_pages(void);

/* Any memory node: the allocator's own choice for the calling CPU. */
#define TDX_SHIM_ANY_NODE (-1)

/* True if a memory node with this number exists and has memory. */
bool tdx_shim_node_has_memory(s32 node);

/* Memory nodes have numbers below this one. */
#define TDX_SHIM_MAX_NODES 1024

/* The memory node of a page. Any context. */
s32 tdx_shim_node_of(u64 pfn);

/* The largest order that tdx_shim_alloc_block() can give. */
u32 tdx_shim_max_block_order(void);

#define TDX_SHIM_ACCOUNT	0x1 /* charged to the calling task's memory cgroup */
#define TDX_SHIM_ONLY_THIS_NODE 0x2 /* no fallback to other nodes */
#define TDX_SHIM_WITH_EFFORT	0x4 /* may wait and reclaim, but never calls the OOM killer */

/*
 * Takes one block from the page allocator; its content is undefined. @flags: TDX_SHIM_ACCOUNT etc.
 * Returns the block's first pfn, or 0 when there is none.
 */
u64 tdx_shim_alloc_block(u32 order, s32 node, u32 flags);

/*
 * Takes @pages neighbouring single pages, any number; the kernel migrates movable pages out of the
 * range. They are given back one by one, as blocks of order 0. Returns the first pfn, or 0 when there
 * is no such range or this kernel exports no function for it.
 */
u64 tdx_shim_alloc_range(u64 pages, s32 node);

/*
 * Takes at most @count single pages, as blocks of order 0, wherever they lie, and writes their pfns
 * to @pfns. Returns how many it took: possibly fewer than are available, 0 only when none is.
 */
u32 tdx_shim_alloc_pages(u64 *pfns, u32 count, s32 node, u32 flags);

/*
 * The index of the first of @pages neighbouring pages in which memory_failure() found a hardware error, or @pages. Any context.
 */
u32 tdx_shim_first_broken(u64 first_pfn, u32 pages);

/* Gives a whole block back to the page allocator. */
void tdx_shim_free_block(u64 first_pfn, u32 order);

/* Makes 2^order blocks of order 0 out of one block, so that its pages can be freed one by one. */
void tdx_shim_split_block(u64 first_pfn, u32 order);

/* A page's number, and its struct page. Any context. */
u64 tdx_shim_pfn(const struct page *page);
struct page *tdx_shim_page(u64 pfn);

/*
 * Why a page of another owner cannot be handed over safely, as text that follows "page N": somebody other than its owner may
 * write, map, move or free it, or its memory is bad. NULL if it can be handed over. Any context.
 */
const char *tdx_shim_unfit(u64 pfn);

/*
 * Marks a page of another owner as part of an array, until tdx_shim_disown_page(). Returns 0 or a negative errno, -EBUSY if
 * it is part of one already.
 */
s32 tdx_shim_adopt_page(u64 pfn);
void tdx_shim_disown_page(u64 pfn);

/* Takes a reference to an adopted page; drops that reference, and removes the mark. */
void tdx_shim_hold_page(u64 pfn);
void tdx_shim_drop_page(u64 pfn);

/*
 * Writes all of one page with MOVDIR64B, zeroes, and waits until that is done: on CPUs with the
 * partial-write erratum nothing else may write first to a page that was private. Any context.
 */
void tdx_shim_convert_page(u64 pfn);

/* Writes back and invalidates the lines of one page in all caches, KeyID 0. Any context. */
void tdx_shim_flush_page(u64 pfn);

/* Where one page lies in the kernel's direct map. Any context. */
void *tdx_shim_page_address(u64 pfn);

/* Maps pages to contiguous kernel addresses. Returns NULL when that fails. */
void *tdx_shim_vmap(struct page **pages, u32 count);
void tdx_shim_vunmap(void *address);

/* Memory for descriptors */

/* Memory whose content is undefined, or NULL. */
void *tdx_shim_alloc(u64 bytes);

/*
 * The same, but waits until there is memory. Only for the few bytes that record a page which must
 * not be lost.
 */
void *tdx_shim_alloc_record(u64 bytes);

/* Frees memory of the two functions above. NULL is allowed. */
void tdx_shim_free(void *memory);

/*
 * The same for one array, with an unlocked lock of its own. On kernels that debug memory, freed arrays are held back for a
 * while, so that the use of an array that has ended is found.
 */
void *tdx_shim_alloc_array(u64 bytes);
void tdx_shim_free_array(void *array);

/* The lock of one array: for a few instructions, without sleeping. */
void tdx_shim_lock_array(const void *array);
void tdx_shim_unlock_array(const void *array);

/*
 * One whole page of memory in the kernel's direct map, which host and TDX module share; its content is undefined. It may
 * belong to a slab: only these two functions may allocate and free it. Returns its pfn, or 0 when there is none.
 */
u64 tdx_shim_alloc_shared_page(void);
void tdx_shim_free_shared_page(u64 pfn);

/* SEAMCALL */

/* All registers that a leaf may read or write, in the order of the kernel's struct tdx_module_args. */
struct tdx_shim_registers {
	u64 rcx, rdx, r8, r9, r10, r11;
	u64 r12, r13, r14, r15, rbx, rdi, rsi;
};

/*
 * What the instruction itself answers instead of the TDX module; values as in the kernel's
 * asm/tdx.h.
 */
#define TDX_SHIM_SW_ERROR      0x8000FF0000000000ULL
#define TDX_SHIM_VMFAILINVALID 0x8000FF00FFFF0000ULL
#define TDX_SHIM_UD	       0x8000FF0000000006ULL
#define TDX_SHIM_GP	       0x8000FF000000000DULL
/*
 * No SEAMCALL was issued. CLOSED: the machine is going down. CPU_CLOSED: this CPU is going offline or coming online, and the
 * same call works on another one.
 */
#define TDX_SHIM_CLOSED	    0x8000FF000001006CULL
#define TDX_SHIM_CPU_CLOSED 0x8000FF000001000BULL

/*
 * Issues the SEAMCALL instruction once, with RAX = function and preemption off. Returns RAX, or one of the values above. All
 * registers are loaded from @in and stored to @out; one that the TDX module did not write has its input value, and so have all
 * when it did not run. The vector registers of the task that runs on this CPU are saved before, unless the leaf preserves
 * them. Not in an NMI.
 */
u64 tdx_shim_seamcall(u64 function, const struct tdx_shim_registers *in,
		      struct tdx_shim_registers *out, bool keeps_vectors);

/* The same for a leaf that preserves the vector registers, reads only RCX and has no outputs: RDX and R8 to R11 are 0. */
u64 tdx_shim_seamcall_rcx(u64 function, u64 rcx);

/* How many SEAMCALLs were issued since this kernel module was loaded. Any context. */
u64 tdx_shim_seamcalls(void);

/* CPU facts */

/*
 * IA32_MKTME_KEYID_PARTITIONING, MSR 0x87. Returns 0, or a negative errno when the CPU has no such
 * MSR.
 */
s32 tdx_shim_keyid_partitioning(u64 *value);

/*
 * True if this CPU raises a machine check when part of a line of a formerly private page is written
 * (X86_BUG_TDX_PW_MCE).
 */
bool tdx_shim_has_partial_write_erratum(void);

/* True if the user asked for tdx_shim_flush_page() before every hand-over (flush=Y). */
bool tdx_shim_is_flush_forced(void);

/* True if this CPU supports tdx_shim_convert_page(). */
bool tdx_shim_can_convert_pages(void);

/* How many bits a host physical address has below the KeyID bits. */
u32 tdx_shim_physical_address_bits(void);

/* Calls @work on each online CPU, one after the other; it returns 0. */
void tdx_shim_on_each_cpu(s32 (*work)(void *context), void *context);

/* The number of the calling CPU, which may be another one a moment later. Any context. */
u32 tdx_shim_this_cpu(void);

/* Monotonic time in nanoseconds. Any context. */
u64 tdx_shim_nanoseconds(void);

/* Scheduling */

/* Lets other tasks run between two steps of a long loop. */
void tdx_shim_cond_resched(void);

/* Sleeps before something busy is tried again. */
void tdx_shim_pause(u32 microseconds);

/* True if the calling task was sent SIGKILL: it must not be kept waiting. */
bool tdx_shim_is_killed(void);

/* Locks: a few global mutexes, in the order in which they may be nested. */
enum tdx_shim_lock_name {
	TDX_SHIM_LOCK_EXTENSIONS,
	TDX_SHIM_LOCK_SERVICE, /* one extension service call at a time */
	TDX_SHIM_LOCK_RETRY,   /* one retry of the quarantine at a time */
	TDX_SHIM_LOCK_QUARANTINE,
	TDX_SHIM_LOCK_ARRAYS, /* the list of live arrays, and the ledger */
	TDX_SHIM_LOCKS,
};

void tdx_shim_lock(u32 which);
/* False, and the lock is not taken, if the calling task would have to wait for it and was sent SIGKILL. */
bool tdx_shim_lock_unless_killed(u32 which);
void tdx_shim_unlock(u32 which);

/* Schedules tdx_core_retry_quarantine() in @seconds from now, in place of what was scheduled before. Does not sleep. */
void tdx_shim_retry_later(u32 seconds);

/* This kernel module */

/* Keeps this kernel module loaded until it is unpinned. False if it is being unloaded already. */
bool tdx_shim_pin_module(void);
void tdx_shim_unpin_module(void);

/*
 * Reports: one line each, printf-like (no floating point, no kernel extensions of %p). Each kind has a
 * counter, and each text of all but the first a rate limit of its own.
 */
enum tdx_shim_report_kind {
	TDX_SHIM_INFO,
	TDX_SHIM_ERROR,	       /* a mistake of the caller, or something is missing */
	TDX_SHIM_MODULE_BUG,   /* the TDX module did not do as specified; once with a stack trace */
	TDX_SHIM_DEVICE_ERROR, /* a device did not do as the TDX module told it */
	TDX_SHIM_OWN_BUG,      /* a mistake of this code; once with a stack trace */
	TDX_SHIM_REPORTS,
};

void tdx_shim_report(u32 kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define tdx_shim_info(...)  tdx_shim_report(TDX_SHIM_INFO, __VA_ARGS__)
#define tdx_shim_error(...) tdx_shim_report(TDX_SHIM_ERROR, __VA_ARGS__)

/* Number of reports of one kind since this kernel module was loaded. Any context. */
u64 tdx_shim_reports(u32 kind);

/* A line in the log, if dynamic debug enables it. */
void tdx_shim_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Appends to the text of a view or of the self-test. @to is what the caller of tdx_core_show() or
 * tdx_core_selftest() passed; NULL is the kernel log, where each call makes one line.
 */
void tdx_shim_print(void *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Trace points of what the core does; the one for SEAMCALLs is next to the instruction. A trace point
 * that is off costs the call and a patched branch. Any context.
 */

/* A change in the record of an array: what it says about the pages before and after, and why. */
struct tdx_shim_custody {
	u64 array; /* its id */
	u32 pages;
	u32 owned;   /* pages from the front that are the TDX module's now */
	u32 touched; /* pages from the front that may have lines of @keyid */
	u16 keyid;
	u16 leaf; /* that was answered with @status */
	u64 status;
	const char *from;
	const char *to;
};

void tdx_shim_trace_array_create(u64 array, u32 pages, u32 blocks, s32 node);
bool tdx_shim_is_custody_traced(void);
void tdx_shim_trace_custody(const struct tdx_shim_custody *change);
void tdx_shim_trace_array_end(u64 array, u64 freed, u64 kept, u64 quarantined);

/* A page entered the quarantine: from which array, why, and the answer that says so. */
struct tdx_shim_quarantine_entry {
	u64 pfn;
	u64 array; /* its id */
	const char *reason;
	u16 handed_over_by;
	u16 leaf; /* that was answered with @status */
	u64 status;
};

void tdx_shim_trace_quarantine_enter(const struct tdx_shim_quarantine_entry *entry);
void tdx_shim_trace_quarantine_leave(u64 pfn, u64 array);

/* What the core offers to the shim: for load and unload, debugfs and the scheduled retry. */

/* Finds the TDX module, and logs what it is. Returns 0, or a negative errno after a line that says why. */
s32 tdx_core_start(void);

/* What the core can show of itself, as words "name=value". */
enum tdx_core_view {
	TDX_CORE_VIEW_MODULE,
	TDX_CORE_VIEW_COUNTERS,
	TDX_CORE_VIEW_ARRAYS,
	TDX_CORE_VIEW_QUARANTINE,
	TDX_CORE_VIEW_NODES,
	TDX_CORE_VIEWS,
};

/*
 * Writes one view to @to by tdx_shim_print(). Never waits for a caller that uses an array. Returns 0
 * or a negative errno.
 */
s32 tdx_core_show(u32 view, void *to);

/*
 * Tests what can be tested on a host in use without touching pages of others: metadata, CPUs, arrays
 * of @pages pages that are created and released, write-backs of pages that never were private. Prints
 * one line for each check to @to. Returns whether all checks passed.
 */
bool tdx_core_selftest(u32 pages, void *to);

/* Asks the TDX module about pages in quarantine, and plans when to do it again. */
void tdx_core_retry_quarantine(void);

/* Logs how many pages stay out of use until reboot, and frees the records of the quarantine. */
void tdx_core_stop(void);

#ifdef __cplusplus
}
#endif

#endif
