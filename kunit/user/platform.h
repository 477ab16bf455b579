/* SPDX-License-Identifier: GPL-2.0 */
/* The TDX platform of the machine: the model behind the SEAMCALL instruction, and what was logged. */
#ifndef USER_PLATFORM_H
#define USER_PLATFORM_H

#ifdef __cplusplus
extern "C" {
#endif

#include "../seam/model/seam_model.h"
#include "interface.h"

/* The name that the emulator's controls use for the model. */
#define platform_model seam_model
extern struct seam_model seam_model;

/* Alternative behaviour where public sources are silent, and the CPU's erratum; kept by a reset. */
struct platform_policies {
	bool page_by_page;
	bool invalid_resumption;
	bool pw_mce;
	bool no_clflush; /* the host's own lines need no flush before a page is handed over... */
	bool flush_is_forced; /* ...and are flushed all the same */
	bool no_features;
};
extern struct platform_policies platform_policies;

/* What the CPU or the kernel lacks, so that the core cannot start or cannot create an array. */
struct platform_lack {
	bool keyid_partitioning;
	bool private_keyids;
	bool movdir64b;
	bool pins;    /* the kernel module is being unloaded */
	bool mapping; /* a mapping begins with its last page */
};
extern struct platform_lack platform_lack;

/* A ready TDX module over all memory of the machine. */
void platform_start(void);

/* The CPU that the calling thread is on. */
#define PLATFORM_CPUS 2
extern __thread unsigned int platform_cpu;

/* No other thread runs: a pause need not wait. */
extern bool platform_is_alone;

/* The calling thread was sent SIGKILL. */
extern __thread bool platform_is_killed;

/* The page frame that memory_failure() has marked; 0: none. */
extern u64 platform_broken_page;

/* How often the calling thread let others run, and how long it waited. */
extern __thread u64 platform_rescheds, platform_paused_us;

/* The delay of the last retry of the quarantine that was planned, in seconds. */
extern u32 platform_retry_after;

/* If not 0, the time in nanoseconds, which does not advance by itself; 0: real time. */
extern u64 platform_clock;

/*
 * From now on the core may enter the shim @most times; ten microseconds of a pause count as one. After that the program
 * aborts, because a loop does not end. 0: no limit.
 */
void platform_limit_steps(u64 most);
void platform_count_steps(u64 more);

/* Pages that the TDX module kept may be adopted again. */
void platform_forget_adopted(void);

/* Stands for wbinvd_on_all_cpus(). */
void platform_write_back_all_caches(void);

/* Called for each page whose lines are flushed with KeyID 0, if set. */
extern void (*platform_on_flush)(u64 pfn);

/* A request to the page allocator: @pages single pages or blocks, with flags of the shim. */
struct platform_request {
	u64 pages;
	u32 order;
	s32 node;
	u32 flags;
};
/* Called for each request, if set. */
extern void (*platform_on_request)(const struct platform_request *request);

/* Called in place of the trace points, if set. */
extern void (*platform_on_array_create)(u64 array, u32 pages, u32 blocks, s32 node);
extern void (*platform_on_custody)(const struct tdx_shim_custody *change);
extern void (*platform_on_array_end)(u64 array, u64 freed, u64 kept, u64 quarantined);
extern void (*platform_on_quarantine)(const struct tdx_shim_quarantine_entry *entry);
extern void (*platform_on_quarantine_leave)(u64 pfn, u64 array);

/* Called for each line of the log, if set. */
extern void (*platform_on_line)(void *unused, const char *line, size_t length);

/* The last line of the log with its level ("<3>..."); its reader empties it. */
extern char platform_unread_line[1040];

/* Called before each SEAMCALL instruction, if set; may plan a fault for it. */
extern void (*platform_before_seamcall)(u16 leaf);

/*
 * Called after each SEAMCALL instruction, if set, with the registers that the host is about to see. If
 * the module ran, they may be changed.
 */
extern void (*platform_after_seamcall)(u16 leaf, enum seam_outcome outcome,
				       struct seam_registers *registers);

/* Restores the platform that platform_start() made: the module forgets what it owned. */
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
