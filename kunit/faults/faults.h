/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the fault matrix share. */
#ifndef TDX_PAGE_ARRAY_FAULTS_H
#define TDX_PAGE_ARRAY_FAULTS_H

#include <linux/types.h>

#include "../client/control.h"
#include "../client/link.h"
#include "../seam/seam_emulator.h"

/* As large as a driver's arrays are here, unless the module wants another number. */
#define ARRAY_PAGES 5

/* What one driver has made: of one life at a time. It begins zeroed, but for who it is. */
struct driver {
	/* Its device, its TD and its IOMMU are its own. */
	u32 function;
	u32 keyid;
	u64 iommu_registers;
	/* There are others at the same time: what changes in common counters is not its doing. */
	bool has_company;
	/* Its device does not answer message number @fail_message (from 1; 0: it answers all). */
	u32 messages, fail_message;
	/* What a life itself finds wrong is said here. */
	__printf(1, 2) void (*wrong)(const char *format, ...);

	struct tdx_page_array *array;
	/* Ends the object of @array, if it has one that was not ended yet. */
	u64 (*remove)(struct driver *driver);
	u64 object;
	struct page *own[ARRAY_PAGES];
	struct link link;
	struct control td;
};

/* One life cycle of what a driver can make, from nothing to nothing. */
struct life {
	const char *name;
	/* The TDX module that it wants to meet. */
	void (*configure)(struct seam_config *config);
	/*
	 * All of it, in the order of a driver, up to the first step that fails; then end(false).
	 * Returns 0 when every step worked.
	 */
	int (*live)(struct driver *driver);
	/*
	 * Ends what is left. Without @give_up it returns -EBUSY for what may be had back later;
	 * with it, such pages are leaked.
	 */
	int (*end)(struct driver *driver, bool give_up);
	/*
	 * When the quarantine was emptied: what the driver itself owned and gave away is its own
	 * again, or -EUCLEAN.
	 */
	int (*check)(struct driver *driver);
	/* Pages that the module keeps for good when all works: once on a machine. */
	u32 kept;
};

extern const struct life life_extensions, life_session, life_service, life_stream, life_iommu,
	life_lost, life_adopted, life_arrays, life_td, life_quote, life_kvm;

/* The number of pages that a field names, or an errno. */
int read_page_count(u64 field);

/*
 * Releases an array and forgets it: *@array is NULL when it is gone. -EBUSY as in struct life. Also
 * takes NULL and an ERR_PTR.
 */
int end_array(const struct driver *driver, struct tdx_page_array **array, bool give_up);

/* The same for driver->array; its object is ended before, once more if that did not work. */
int end_object(struct driver *driver, bool give_up);

/* Tears down the TD that is left in the module, if any: its pages can be reclaimed then. */
void tear_down_td(const struct driver *driver);

/* probes.c: the memory that the module takes, seen from outside. */

/* Finds the shim's functions. Returns 0 or a negative errno. */
int probes_start(void);
void probes_stop(void);

/* How many hold on to the module under test, so that it cannot be unloaded. */
int module_references(void);

/* What the module holds, by what the shim was given and gave back. */
struct holdings {
	long pages;
	long descriptors;
	long mappings;
};
struct holdings holdings_now(void);

/*
 * From now on calls that allocate are counted from 1, and call @fail fails (0: none does): it is
 * not executed. With @onwards all that follow fail, too.
 */
void allocations_begin(u32 fail, bool onwards);

/* Nothing fails any more. Returns how many there were since the begin. */
u32 allocations_end(void);

/*
 * How many pages came to the quarantine for another reason than that the TDX module was not asked about
 * them.
 */
u32 quarantined_for_a_reason(void);

/* Gives every page that the module still holds back to the kernel: after a power cycle. */
void free_held_pages(void);

/* failures.c: how a SEAMCALL can fail. */
struct failure {
	const char *name;
	unsigned int kind; /* of struct seam_injection */
	u64 value;
	u32 times;
};

/* The others are the hypervisor's own to issue, or another driver's: it has to try again itself. */
static inline bool is_issued_by_the_core(u16 leaf)
{
	switch (leaf) {
	case SEAM_MNG_KEY_CONFIG:
	case SEAM_MNG_VPFLUSHDONE:
	case SEAM_MNG_KEY_FREEID:
	case SEAM_MNG_INIT:
	case SEAM_VP_INIT:
	case SEAM_VP_FLUSH:
	case SEAM_PHYMEM_CACHE_WB:
		return false;
	}
	return true;
}

extern const struct failure failures[];
extern const u32 failure_count;

/* Is there such an answer of this leaf? */
bool failure_fits(const struct failure *failure, u16 leaf);

/* Does it say nothing about pages? */
bool failure_is_silent(const struct failure *failure);

/* Does the module misbehave with it, so that a warning is expected? */
bool failure_is_module_bug(const struct failure *failure, u16 leaf);

/* A finding of the judge that no host can avoid after it. */
bool failure_excuses(const struct failure *failure, u16 leaf, const struct seam_finding *finding);

#endif
