/* SPDX-License-Identifier: GPL-2.0 */
/* The TDX platform of the machine: the model behind the SEAMCALL instruction, and what was logged. */
#ifndef USER_PLATFORM_H
#define USER_PLATFORM_H

#ifdef __cplusplus
extern "C" {
#endif

#include "../seam/model/seam_model.h"
#include "interface.h"

/* The name that the emulator's controls use for it. */
#define platform_model seam_model
extern struct seam_model seam_model;

/* The other answers to what public sources do not tell, and the CPU's erratum; kept by a reset. */
struct platform_policies {
	bool page_by_page;
	bool invalid_resumption;
	bool pw_mce;
	bool no_clflush; /* the host's own lines need no flush before a page is handed over... */
	bool flush_is_forced; /* ...and are flushed all the same */
	bool no_features;
};
extern struct platform_policies platform_policies;

/* What the CPU or the kernel lacks, so that the core cannot start, or makes no array. */
struct platform_lack {
	bool keyid_partitioning;
	bool private_keyids;
	bool movdir64b;
	bool pins;    /* the kernel module is being unloaded */
	bool mapping; /* it begins with the page that it should end with */
};
extern struct platform_lack platform_lack;

/* A ready TDX module over all memory of the machine. */
void platform_start(void);

/* The CPU that the calling thread is on. */
#define PLATFORM_CPUS 2
extern __thread unsigned int platform_cpu;

/* There is no other thread that a pause could help. */
extern bool platform_is_alone;

/* The calling thread was sent SIGKILL. */
extern __thread bool platform_is_killed;

/* The page frame whose hardware fails, which memory_failure() has marked; 0: none. */
extern u64 platform_broken_page;

/* How often the calling thread let others run, and how long it waited. */
extern __thread u64 platform_rescheds, platform_paused_us;

/* After how many seconds the next retry of the quarantine was planned last. */
extern u32 platform_retry_after;

/* The time in nanoseconds, which stands still; 0: it passes as it does. */
extern u64 platform_clock;

/*
 * From now on the core may enter the shim so often, where ten microseconds of a pause count as one more: beyond it the program
 * dies, because a loop does not end. 0: as often as it likes.
 */
void platform_limit_steps(u64 most);
void platform_count_steps(u64 more);

/* Pages that the TDX module kept may be adopted again. */
void platform_forget_adopted(void);

/* What wbinvd_on_all_cpus() is. */
void platform_write_back_all_caches(void);

/* Told of each page whose lines are flushed with KeyID 0, if set. */
extern void (*platform_on_flush)(u64 pfn);

/* Asked of the page allocator for an array: @pages single pages or blocks, with flags of the shim. */
struct platform_request {
	u64 pages;
	u32 order;
	s32 node;
	u32 flags;
};
/* Told of each, if set. */
extern void (*platform_on_request)(const struct platform_request *request);

/* What goes to the trace points; told of each, if set. */
extern void (*platform_on_array_create)(u64 array, u32 pages, u32 blocks, s32 node);
extern void (*platform_on_custody)(const struct tdx_shim_custody *change);
extern void (*platform_on_array_end)(u64 array, u64 freed, u64 kept, u64 quarantined);
extern void (*platform_on_quarantine)(const struct tdx_shim_quarantine_entry *entry);
extern void (*platform_on_quarantine_leave)(u64 pfn, u64 array);

/* Told of each line of the log, if set. */
extern void (*platform_on_line)(void *unused, const char *line, size_t length);

/* The last line of the log with its level ("<3>..."), until somebody takes it by emptying it. */
extern char platform_unread_line[1040];

/* Called before each SEAMCALL instruction, if set; may plan a fault for it. */
extern void (*platform_before_seamcall)(u16 leaf);

/*
 * Called after each SEAMCALL instruction, if set: what the host is about to see of it. When the module
 * ran, the registers may be changed.
 */
extern void (*platform_after_seamcall)(u16 leaf, enum seam_outcome outcome,
				       struct seam_registers *registers);

/* The platform as platform_start() made it: whatever the module owned is forgotten. */
void platform_reset(void);

/* How many kernel warnings there were since the last call. */
u32 platform_take_warnings(void);

/* Shows the lines of the log from now on, or not. */
void platform_show_log(bool on);

/* Descriptors and records that were allocated and not freed. */
u64 platform_descriptors(void);

/* List pages that were taken and not given back. */
u64 platform_shared_pages(void);

/* How many users pin the kernel module under test. */
int platform_pins(void);

#ifdef __cplusplus
}
#endif

#endif
