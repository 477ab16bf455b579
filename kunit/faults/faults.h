/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lifecycles of what a driver makes, which the client and the stress tests run, too; and what the
 * files of the fault matrix share.
 */
#ifndef TDX_PAGE_ARRAY_FAULTS_H
#define TDX_PAGE_ARRAY_FAULTS_H

#include <linux/types.h>

#include "../seam/seam_emulator.h"
#include "tdx_page_array.h"

/* Metadata fields, by their names in the TDX module's global metadata. */
#define IDE_MT_PAGE_COUNT	       0x3000000100000001ULL
#define SPDM_MT_PAGE_COUNT	       0x3000000100000002ULL
#define IOMMU_MT_PAGE_COUNT	       0x3000000100000003ULL
#define SPDM_MAX_DEV_INFO_PAGES	       0x3000000100000007ULL
#define EXT_MEMORY_POOL_REQUIRED_PAGES 0x3100000200000000ULL

/* The size of a driver's arrays, unless the module requires another one. */
#define ARRAY_PAGES 5

/* A session with a device, and a stream. */
struct link {
	struct tdx_page_array *metadata, *info, *stream_mt; /* NULL: none */
	struct page *config, *request, *response;
	u64 session, stream;
	bool connected, has_keys;
};

/* The control pages of a TD with one virtual processor, and room for a quote of it. */
struct control {
	struct tdx_page_array *tdr, *tdcs, *tdvpr, *tdcx, *output; /* NULL: none */
	/* The address of the TDR while the TD may have a key, even if its array has ended without it; 0: none. */
	u64 tdr_hpa;
};

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

	/* How many pages the lifecycle needs, according to the metadata or by itself. */
	u64 needed;
	struct tdx_page_array *array;
	/* Ends the object of @array, and returns 0 or a negative errno; NULL if there is none. */
	int (*remove)(struct driver *driver);
	u64 object;
	struct page *own[ARRAY_PAGES];
	struct link link;
	struct control td;
};

/*
 * A lifecycle of an object that a driver can create, from creation to release. Each step returns 0
 * or a negative errno.
 */
struct lifecycle {
	const char *name;
	/* Configures the TDX module for this lifecycle. */
	void (*configure)(struct seam_config *config);
	/* Creates and uses the object, up to the first step that fails, which undoes nothing. */
	int (*open)(struct driver *driver);
	/* Ends the object in the TDX module. */
	int (*close)(struct driver *driver);
	/*
	 * Ends what is left, after any failure. Pages that cannot be released yet: returns -EBUSY, or
	 * leaks them with @give_up.
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

extern const struct lifecycle lifecycle_extensions, lifecycle_session, lifecycle_stream,
	lifecycle_iommu, lifecycle_lost, lifecycle_adopted, lifecycle_arrays, lifecycle_td,
	lifecycle_quote;

/*
 * lifecycles.c: all but that of a TD, which is the beginning of that of a quote; first those that may run concurrently, and of
 * these first those without a TD.
 */
#define LIFECYCLES	      8
#define LIFECYCLES_AT_ONCE    6
#define LIFECYCLES_WITHOUT_TD 5
extern const struct lifecycle *const lifecycles[LIFECYCLES];

/* A driver with company, and the identity of this number below 16. What it reports is a kernel warning. */
struct driver new_driver(u32 number);

/* All of it: open(); close() if that succeeded; end(false). Returns the first error. */
int run_lifecycle(const struct lifecycle *lifecycle, struct driver *driver);

/*
 * The same with another function of the device each time; then tries to end what is left, after a
 * second leaks what cannot be released, and checks the driver's own pages.
 */
int run_beside_others(const struct lifecycle *lifecycle, struct driver *driver);

/* Resets the TDX module and configures it for the lifecycle. */
void set_up_lifecycle(const struct lifecycle *lifecycle);

/* Configures the TDX module for all that may run concurrently. */
void configure_lifecycles(void);

/* The module releases its objects, and the host empties the quarantine. A TDR needs another retry. */
void recover_pages(struct driver *driver);

/* Steps of lifecycles. */

/* Reads a field of the metadata. -EOPNOTSUPP if the TDX module does not have it, because its feature is off. */
int read_metadata(u64 field, u64 *value);

/* Creates an array of @pages, or of as many as the field says. */
int take_pages(struct driver *driver, u64 pages, struct tdx_page_array **array);
int take_metadata(struct driver *driver, u64 field, struct tdx_page_array **array);

/* Copies the first @bytes of an array that the TDX module wrote to. */
int read_output(struct tdx_page_array *array, u64 bytes);

/* Sets *@kept to the array, or returns the errno of an ERR_PTR. */
int keep_array(struct tdx_page_array *array, struct tdx_page_array **kept);

/*
 * Releases the arrays in this order, and sets each to NULL that has ended. Returns -EBUSY as in struct lifecycle, or
 * else the first error.
 */
#define END_ARRAYS(DRIVER, GIVE_UP, ...) \
	end_arrays(DRIVER, GIVE_UP, (struct tdx_page_array * *[]){__VA_ARGS__, NULL})
int end_arrays(const struct driver *driver, bool give_up, struct tdx_page_array ***arrays);

/* close() and end() of lifecycles of driver->array. */
int close_object(struct driver *driver);
int end_object(struct driver *driver, bool give_up);

/* Opens a session, and leaks its array. */
int lose_session(struct driver *driver);

/* Frees the key of the TD that is left in the module, if any, so that its pages can be reclaimed. */
int tear_down_td(struct driver *driver);

/* probes.c: the memory that the module takes, observed with probes. */

/* Finds the shim's functions. Returns 0 or a negative errno. */
int probes_start(void);
void probes_stop(void);

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
	bool says_nothing; /* about pages: the status, or the call did not run */
};

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
