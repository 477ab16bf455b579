/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of the fault matrix. */
#ifndef TDX_PAGE_ARRAY_FAULTS_H
#define TDX_PAGE_ARRAY_FAULTS_H

#include <linux/types.h>

#include "../client/control.h"
#include "../client/link.h"
#include "../seam/seam_emulator.h"

/* The size of a driver's arrays, unless the module requires another one. */
#define ARRAY_PAGES 5

/* The objects of one driver, for one lifecycle at a time. Initially zero, except its identity. */
struct driver {
	/* The identity: no other driver has this device, TD or IOMMU. */
	u32 function;
	u32 keyid;
	u64 iommu_registers;
	/* Other drivers run concurrently: changes of global counters may be theirs. */
	bool has_company;
	/* The device does not answer message number @fail_message (from 1; 0: it answers all). */
	u32 messages, fail_message;
	/* Reports an error that a lifecycle itself finds. */
	__printf(1, 2) void (*wrong)(const char *format, ...);

	struct tdx_page_array *array;
	/* Ends the object of @array; NULL if there is none. */
	u64 (*remove)(struct driver *driver);
	u64 object;
	struct page *own[ARRAY_PAGES];
	struct link link;
	struct control td;
};

/* A lifecycle of an object that a driver can create, from creation to release. */
struct lifecycle {
	const char *name;
	/* Configures the TDX module for this lifecycle. */
	void (*configure)(struct seam_config *config);
	/*
	 * All steps in the order of a driver, up to the first that fails; then end(false). Returns
	 * 0 if every step succeeded.
	 */
	int (*run)(struct driver *driver);
	/*
	 * Ends what is left. Pages that cannot be released yet: returns -EBUSY, or leaks them with
	 * @give_up.
	 */
	int (*end)(struct driver *driver, bool give_up);
	/*
	 * After the quarantine was emptied: -EUCLEAN if the driver's own pages have references that
	 * are not its own.
	 */
	int (*check)(struct driver *driver);
	/* Pages that the module keeps permanently without a fault: once per power-on. */
	u32 kept;
};

extern const struct lifecycle lifecycle_extensions, lifecycle_session, lifecycle_service,
	lifecycle_stream, lifecycle_iommu, lifecycle_lost, lifecycle_adopted, lifecycle_arrays,
	lifecycle_td, lifecycle_quote, lifecycle_kvm;

/* lifecycles.c: those that may run concurrently, the first of them without a TD; and all. */
#define LIFECYCLES	      8
#define LIFECYCLES_WITHOUT_TD 6
#define ALL_LIFECYCLES	      11
extern const struct lifecycle *const lifecycles[LIFECYCLES];
extern const struct lifecycle *const all_lifecycles[ALL_LIFECYCLES];

/* Resets the TDX module and configures it for the lifecycle. */
void set_up_lifecycle(const struct lifecycle *lifecycle);

/* Configures the TDX module for all that may run concurrently. */
void configure_lifecycles(void);

/* The number of pages in quarantine. */
u64 pages_in_quarantine(void);

/* The module releases its objects, and the host empties the quarantine. A TDR needs another retry. */
void empty_quarantine(const struct driver *driver);

/* The number of pages from a metadata field, or a negative errno. */
int read_page_count(u64 field);

/*
 * Releases an array and sets *@array to NULL if it has ended. -EBUSY as in struct lifecycle. NULL
 * and an ERR_PTR are allowed.
 */
int end_array(const struct driver *driver, struct tdx_page_array **array, bool give_up);

/* end_array() for driver->array; ends its object before, if that is still to do. */
int end_object(struct driver *driver, bool give_up);

/* Tears down the TD that is left in the module, if any, so that its pages can be reclaimed. */
void tear_down_td(const struct driver *driver);

/* probes.c: the memory that the module takes, observed with probes. */

/* Finds the shim's functions. Returns 0 or a negative errno. */
int probes_start(void);
void probes_stop(void);

/* The reference count of the module under test. */
int module_references(void);

/* The memory that the module holds: allocations minus frees of the shim. */
struct holdings {
	long pages;
	long others; /* descriptors, list pages and mappings */
};
struct holdings holdings_now(void);

/*
 * Counts allocations from 1, and makes allocation @fail fail (0: none): it is not executed. With
 * @onwards all later ones fail too.
 */
void allocations_begin(u32 fail, bool onwards);

/* Ends the failures. Returns the number of allocations since allocations_begin(). */
u32 allocations_end(void);

/*
 * The number of pages that went to the quarantine for another reason than that their RDMD is still to
 * do.
 */
u32 quarantined_for_a_reason(void);

/* Frees every page that the module still holds, after a power cycle. */
void free_held_pages(void);

/* failures.c: how a SEAMCALL can fail. */
struct failure {
	const char *name;
	unsigned int kind; /* of struct seam_injection */
	u64 value;
	u32 times;
};

/* Other leaves are issued by the hypervisor or by a driver, which has to retry them itself. */
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

/* Plans the failure of the @nth call of @leaf from now on. Returns 0 or a negative errno. */
int plan_failure(const struct failure *failure, u16 leaf, u32 nth);

extern const struct failure failures[];
extern const u32 failure_count;

/* True if the failure applies to this leaf. */
bool failure_fits(const struct failure *failure, u16 leaf);

/* True if the failure does not change the state of pages. */
bool failure_is_silent(const struct failure *failure);

/* True if the failure is a bug of the module, so that a warning is expected. */
bool failure_is_module_bug(const struct failure *failure, u16 leaf);

/* True if no host can avoid the finding after this failure. */
bool failure_excuses(const struct failure *failure, u16 leaf, const struct seam_finding *finding);

#endif
