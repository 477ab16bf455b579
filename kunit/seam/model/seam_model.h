/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A software model of the TDX module as a host sees it: SEAMCALL in, registers out.
 *
 * The model is portable C11. It reaches memory through struct seam_ops. Calls of several logical
 * processors may run at once: its locks are those of the module, and a call that finds one taken is
 * BUSY. The state of each page is in tables (the model's PAMT) that the caller provides.
 */
#ifndef SEAM_MODEL_H
#define SEAM_MODEL_H

#include "seam_abi.h"
#include "seam_injection.h"
#include "seam_lock.h"

/* What the SEAMCALL instruction did. */
enum seam_outcome {
	SEAM_COMPLETED,	    /* the module ran: RAX and the leaf's outputs are written */
	SEAM_VMFAILINVALID, /* CF is set, no register changes */
	SEAM_GP,	    /* #GP, no register changes */
	SEAM_UD,	    /* #UD, no register changes */
};

#define SEAM_MAX_KEYIDS	  128
#define SEAM_MAX_PACKAGES 4
#define SEAM_MAX_LPS	  16
#define SEAM_MAX_CMRS	  32
/* Reserved areas of one TDMR. */
#define SEAM_MAX_RESERVED 16
/* A program that resets the model millions of times defines smaller tables. */
#ifndef SEAM_MAX_TDS
#define SEAM_MAX_TDS	 512
#define SEAM_MAX_VCPUS	 1024
#define SEAM_MAX_OBJECTS 64
#define SEAM_MAX_TDMRS	 64
#endif

/* A set of KeyIDs. */
struct seam_keys {
	uint64_t bits[SEAM_MAX_KEYIDS / 64];
};

/* One PAMT entry, of any level. */
struct seam_entry {
	struct seam_lock lock;
	uint8_t type;	/* enum seam_page_type */
	uint64_t owner; /* TDR address or object id; not cleared when the page is released */
	uint64_t epoch;
};

#define SEAM_NO_PAGE 0xFFFFFFFFU

/* A 4K page: its PAMT entry, and state that only the model has. */
struct seam_page {
	struct seam_entry entry;
	struct seam_keys dirty; /* KeyIDs that may have dirty cache lines of the page */
	uint64_t unconverted;	/* 64-byte lines not yet written with MOVDIR64B, one bit each */
	uint32_t next;		/* index of the next page of the same object or S-EPT page */
	uint32_t scramble;	/* the pattern that the module left in memory, see content.c */
	uint16_t dirty_lps;	/* logical processors that may hold those lines, one bit each */
	uint16_t td;		/* TDR: index of the TD */
	uint16_t vcpu;		/* TDVPR: index of the virtual processor */
	uint32_t first_entry;	/* S-EPT page: the first page that its entries refer to */
	uint32_t flushed;	/* checksum when the host flushed its own lines; 0: not flushed */
	uint16_t slot;		/* index of the S-EPT entry that refers to it */
	uint8_t sept_state;	/* enum seam_sept_state of that entry */
	bool in_bitmap;		/* Dynamic PAMT: reserved, or used for the PAMT itself */
	bool pamt;		/* holds PAMT entries */
	bool write_seen;	/* a write of the host to the module's content was reported */
	bool held;		/* the module wrote to it, and the host has not freed it since */
};

/* A 2M region: a leaf, or the level above 4K pages (with Dynamic PAMT: type PAMT, a page pair). */
struct seam_region {
	struct seam_entry entry;
	uint64_t pair[2];
	bool written; /* the module wrote to one of its pages since power-on */
};

/*
 * The physical memory that the model has tables for, from @base (aligned to 1G) on. The caller
 * provides the tables, zeroed. They are indexed by address: holes have entries too.
 */
struct seam_memory {
	uint64_t base; /* HPA */
	uint64_t page_count;
	struct seam_page *pages;
	struct seam_region *regions; /* one per 512 pages, rounded up */
	struct seam_entry *gigas;    /* one per 512 regions, rounded up */
};

/* An address range. */
struct seam_range {
	uint64_t base; /* HPA */
	uint64_t size;
};

/*
 * A trusted domain memory region: memory that the module manages. It may extend beyond the tables of
 * struct seam_memory, in its reserved areas: pages there are treated as outside any TDMR.
 */
struct seam_tdmr {
	struct seam_range range;
	uint64_t initialised;	   /* bytes from the beginning whose PAMT is initialised */
	struct seam_lock lock;	   /* of TDH.SYS.TDMR.INIT */
	struct seam_range pamt[3]; /* by enum seam_level; empty: not in memory */
	uint32_t reserved_count;
	struct seam_range reserved[SEAM_MAX_RESERVED];
};

struct seam_ops {
	/* Maps a 4K page. NULL if there is no memory at the address. */
	void *(*map)(uint64_t hpa);
	/* Lock of the model's books (counters, planned faults, findings). Held only briefly. */
	unsigned long (*lock_books)(void);
	void (*unlock_books)(unsigned long flags);
};

/*
 * Which leaves use the CPU's vector registers and leave zeroes in them. In public sources those are the
 * leaves that encrypt with AES-GCM.
 */
enum seam_clears_vectors {
	SEAM_CLEARS_NO_VECTORS,
	/* those of extensions, TDX Connect and Quoting, see the table of leaves */
	SEAM_CLEARS_IN_SERVICES,
	/* all except those that a host issues page by page, and SYS.RD */
	SEAM_CLEARS_IN_MOST,
};

/* Results of the key programming engine (PCONFIG). */
enum seam_pconfig {
	SEAM_PCONFIG_OK,
	SEAM_PCONFIG_NO_ENTROPY,
	SEAM_PCONFIG_BUSY,
};

/* The platform and the module's build; may be changed between calls. */
struct seam_config {
	uint32_t major_version, minor_version, update_version;
	uint64_t features0; /* TDX_FEATURES0 */
	/* Bits of FEATURES0 with another meaning: the features' metadata and leaves do not exist. */
	uint64_t other_meaning;
	/* Features that SYS.CONFIG or SYS.UPDATE enabled. */
	uint64_t enabled_features;
	uint32_t address_bits;	/* physical address bits below the KeyID bits */
	uint32_t keyid_bits;	/* at most 7 */
	uint32_t shared_keyids; /* KeyIDs 1 to this one are shared, all above are private */
	uint32_t global_keyid;	/* the module's own */
	uint32_t packages;
	/* SYS.CONFIG requires that logical processors 0 to lps - 1 are initialised. */
	uint32_t lps;
	uint32_t cache_blocks;	 /* steps of one TDH.PHYMEM.CACHE.WB */
	uint32_t sys_disable;	 /* 1: the module has TDH.SYS.DISABLE; 1.5.25 does not */
	uint32_t dynamic_pamt;	 /* 1: 4K entries exist only in regions with a page pair */
	uint32_t sys_state;	 /* enum seam_sys_state */
	uint32_t no_entropy;	 /* 1: no random numbers are available */
	uint32_t pconfig;	 /* enum seam_pconfig */
	uint32_t interrupted;	 /* 1: an interrupt is always pending */
	uint32_t ext_pool_pages; /* extension memory that the module requires */
	uint32_t ext_required;	 /* 1: extensions must be started even if they require none */
	uint32_t more_memory;	 /* 1: after an update they require all of it again */
	uint32_t spdm_pages;	 /* metadata pages of one SPDM session */
	uint32_t ide_pages;	 /* metadata pages of one IDE stream */
	uint32_t iommu_pages;	 /* metadata pages of one IOMMU, without its two queues */
	uint32_t messages;	 /* that one operation of a session exchanges with the device */
	uint32_t output_bytes;	 /* size of the device information from SPDM.CONNECT */
	uint32_t quote_bytes;	 /* size of one quote */
	uint64_t plain_iommu;	 /* register base of the one IOMMU without TDX mode */
	/* An interrupt is pending after this many list entries; 0: never. */
	uint32_t interrupt_every;
	/* List with a bad entry: 0 no page is taken, 1 the pages before the bad one are taken. */
	uint32_t page_by_page;
	/* A resumed call with other inputs: 0 OPERAND_INVALID, 1 INVALID_RESUMPTION. */
	uint32_t invalid_resumption;
	/* IOMMU.CLEAR: 0 writes a list of the released pages, 1 takes no list page and writes none. */
	uint32_t silent_clear;
	/* A session whose CONNECT has begun: 0 can be deleted, 1 has to be disconnected first. */
	uint32_t strict_delete;
	uint32_t clears_vectors; /* enum seam_clears_vectors */
	uint32_t module_loaded;	 /* 0: SEAMCALL fails with VMfailInvalid */
	uint32_t vmx_on;	 /* 0: SEAMCALL raises #UD */
	uint64_t vmx_off_lps;	 /* logical processors where it raises #UD, one bit each */
	uint32_t seamrr_on;	 /* 0: SEAMCALL raises #GP */
	/* 1: the CPU has X86_BUG_TDX_PW_MCE: lines of released pages have to be converted. */
	uint32_t partial_write_erratum;
};

/* Errors of the host that the judge reports. */
enum seam_finding_kind {
	SEAM_FREED_OWNED,      /* the host freed a page that the module owns */
	SEAM_FREED_DIRTY,      /* the host freed a page with dirty lines of a private KeyID */
	SEAM_HOST_WROTE,       /* the host wrote to a page while the module owned it */
	SEAM_WRONG_KEYID,      /* a write-back with a KeyID that has no lines of the page */
	SEAM_SHARED_KEYID,     /* a write-back with a KeyID that is not private */
	SEAM_CHANGED_RESUME,   /* a resumed call has other inputs than the interrupted one */
	SEAM_WRONG_AUX,	       /* an AUX page for one page, or none for more */
	SEAM_KEYID_IN_ADDRESS, /* a private page operand with KeyID bits */
	SEAM_STALE_AUX,	       /* the AUX page of a DELETE already held an entry of the response */
	SEAM_UNKNOWN_FEATURE,  /* a leaf whose feature the metadata does not show */
	/* the host freed a page with lines that it had not written with MOVDIR64B */
	SEAM_FREED_UNCONVERTED,
	/* the machine saw the host write to a page of the module, or with private lines */
	SEAM_HOST_WRITE_SEEN,
	/* the module was initialised while caches held private lines of an earlier one */
	SEAM_LINES_LEFT,
	/* a CPU switched VMX off and on again with private lines in its caches */
	SEAM_LINES_AT_VMXOFF,
	/* the module took a page whose own lines the host should have flushed, but did not */
	SEAM_HOST_LINES,
	/* SEAMCALL was issued with preemption enabled */
	SEAM_PREEMPTIBLE,
	SEAM_FINDING_KINDS
};

struct seam_finding {
	enum seam_finding_kind kind;
	uint16_t leaf;
	uint64_t hpa;
	uint64_t rip; /* of the instruction, or 0 if only its effect was seen */
};

#include "seam_td.h"

/* Objects of TDX Connect whose metadata is in pages that the host handed over. */
enum seam_object_kind {
	SEAM_SPDM_SESSION,
	SEAM_IDE_STREAM,
	SEAM_IOMMU,
	SEAM_OBJECT_KINDS
};

/* Its id is its index in the table plus 1, so that 0 is not an id. */
struct seam_object {
	bool live;
	bool connected;	     /* session: CONNECT is complete */
	bool begun;	     /* session: CONNECT has begun */
	bool blocked;	     /* stream */
	uint32_t first_page; /* linked by next */
	uint32_t page_count;
	uint64_t name; /* function of a session, register base of an IOMMU, session of a stream */
};

/*
 * A call that was interrupted and must be issued again with the same inputs, or that waits for a
 * message of the device: if the device does not respond, the host may begin another operation.
 */
struct seam_resume {
	bool pending;
	bool at_message;
	struct seam_registers inputs;
	uint32_t progress; /* steps that are done */
	uint32_t messages; /* exchanged with the device so far */
	/* The object that it works on, and ends with; NULL for a quote. */
	const struct seam_object *object;
};

#define SEAM_MAX_RESUMES 8

/* The number of page events that are kept: the newest ones. */
#ifndef SEAM_MAX_EVENTS
#define SEAM_MAX_EVENTS 32768
#endif

/* The number of calls whose leaves are kept: the first ones. */
#ifndef SEAM_MAX_CALLS
#define SEAM_MAX_CALLS 4096
#endif

enum seam_event_kind {
	SEAM_EVENT_TAKEN,
	SEAM_EVENT_GIVEN_BACK,
	SEAM_EVENT_WRITTEN_BACK,
	SEAM_EVENT_CONVERTED,
	SEAM_EVENT_FREED,
	SEAM_EVENT_FINDING,
};

/* What happened to one page. */
struct seam_event {
	uint64_t hpa;
	uint8_t kind;	 /* enum seam_event_kind */
	uint16_t leaf;	 /* that caused it, or 0 */
	uint32_t detail; /* KeyID of a write-back, kind of a finding */
};

/* The length in RCX under SEAM_BAD_LONG_OUTPUT. */
#define SEAM_LONG_OUTPUT (1ULL << 30)

#define SEAM_MAX_INJECTIONS 16
#define SEAM_MAX_FINDINGS   64

struct seam_model {
	struct seam_config config;
	const struct seam_ops *ops;
	struct seam_memory memory;
	struct seam_range cmrs[SEAM_MAX_CMRS]; /* convertible memory, by address */
	uint32_t cmr_count;
	struct seam_tdmr tdmrs[SEAM_MAX_TDMRS]; /* by address */
	uint32_t tdmr_count;
	uint32_t scrambles;
	bool sees_flushes; /* the judge is told which lines the host flushes */

	struct seam_lock sys_lock;
	bool disabling;			   /* TDH.SYS.DISABLE has begun */
	uint32_t disable_steps;		   /* that it has completed */
	uint32_t installed_lps;		   /* where an update is installed: one bit each */
	bool handed_over;		   /* an update is installed, before SYS.UPDATE */
	uint32_t packages_with_global_key; /* one bit each */
	uint32_t initialised_lps;	   /* one bit each */
	uint32_t lps_with_private_lines;   /* one bit each; atomic */
	uint32_t lps_without_vmx;	   /* one bit each; atomic */
	/* VMX was switched off with private lines, no write-back since; one bit each; atomic. */
	uint32_t lps_off_with_lines;
	uint8_t package_of_lp[SEAM_MAX_LPS]; /* package of its last call */

	struct seam_lock kot_lock;
	struct seam_key keys[SEAM_MAX_KEYIDS];
	struct seam_write_back write_back[SEAM_MAX_PACKAGES];
	struct seam_td tds[SEAM_MAX_TDS];
	struct seam_vcpu vcpus[SEAM_MAX_VCPUS];

	struct seam_lock ext_lock;
	uint32_t ext_pages_given;
	bool ext_initialised;
	uint64_t ext_resume; /* the HPA_LIST_INFO of an interrupted EXT.MEM.ADD, or 0 */

	bool quote_initialised;

	struct seam_lock connect_lock; /* the object tables and interrupted calls */
	struct seam_object objects[SEAM_OBJECT_KINDS][SEAM_MAX_OBJECTS];
	struct seam_resume resumes[SEAM_MAX_RESUMES];
	struct seam_lock service_lock; /* one extension call at a time */

	/* The books */
	struct seam_injection injections[SEAM_MAX_INJECTIONS];
	uint64_t calls[SEAM_LEAVES];		 /* how often each leaf was called */
	struct seam_registers last[SEAM_LEAVES]; /* registers of its last call */
	uint16_t order[SEAM_MAX_CALLS];		 /* the leaves as they were called */
	uint32_t call_count;			 /* may exceed what order[] holds */
	struct seam_finding findings[SEAM_MAX_FINDINGS];
	uint32_t finding_count; /* may exceed what findings[] holds */
	uint64_t host_reads;	/* reads of private pages that the machine saw; atomic */
	uint64_t host_flushes;	/* whole pages whose flush the judge was told of; atomic */
	struct seam_event events[SEAM_MAX_EVENTS];
	uint32_t event_count; /* total; the next index is this modulo SEAM_MAX_EVENTS */
};

/*
 * Initialises the model: a ready module with extensions and TDX Connect, on a platform with 31 shared
 * and 32 private KeyIDs, one package and one logical processor. The caller can then change the
 * configuration, and add CMRs and TDMRs.
 */
void seam_model_init(struct seam_model *model, const struct seam_ops *ops,
		     const struct seam_memory *memory, uint32_t address_bits);

/*
 * Adds a convertible memory range, as the platform's firmware reports it. False if there is no room for
 * one more, or it is malformed, beyond the tables, or overlaps another one.
 */
bool seam_model_add_cmr(struct seam_model *model, uint64_t base, uint64_t size);

/*
 * Adds a TDMR as if SYS.CONFIG had configured and TDMR.INIT had initialised it, of any size, without
 * reserved areas and without memory for its PAMT: for platforms on which no kernel starts the module.
 * False in the cases of seam_model_add_cmr().
 */
bool seam_model_add_tdmr(struct seam_model *model, uint64_t base, uint64_t size);

/*
 * Resets the model to the state after seam_model_init(), except the platform, the results of TDH.SYS.*
 * (TDMRs, PAMT, global KeyID, initialised logical processors), and the pages that the module owns, which
 * it keeps. Features are enabled as if they had been configured. If a TDMR is initialised, the module is
 * ready; otherwise its state does not change. No call may be running.
 */
void seam_model_reset(struct seam_model *model);

/*
 * Power-on: nothing is configured or initialised, no 4K page is owned or dirty, and there are no TDs.
 * The kernel starts the module from this state. No call may be running.
 */
void seam_model_power_on(struct seam_model *model);

/*
 * An update replaces a module that was shut down: the P-SEAMLDR installs the new version on each logical
 * processor. The state of the old version is handed over, and restored by TDH.SYS.INIT, LP.INIT and
 * TDH.SYS.UPDATE. The extensions have to be started again, and interrupted calls are forgotten. False
 * if the module was not shut down, or the version is already installed on @lp.
 */
struct seam_version {
	uint32_t major, minor, update;
};
bool seam_model_install(struct seam_model *model, uint32_t lp, const struct seam_version *version);

/* The number of 4K pages that the module owns. */
uint32_t seam_model_owned_pages(const struct seam_model *model);

/*
 * Every page becomes the host's and clean, except PAMT pages and reserved pages; TDs and objects are
 * gone. The configuration stays. No call may be running.
 */
void seam_model_power_cycle(struct seam_model *model);

/*
 * Executes one SEAMCALL on logical processor @lp (0 to SEAM_MAX_LPS - 1) of package @package (0 to
 * SEAM_MAX_PACKAGES - 1).
 */
enum seam_outcome seam_model_call(struct seam_model *model, uint32_t package, uint32_t lp,
				  struct seam_registers *registers);

/* Plans a fault. False if there is no room or the fault is invalid. */
bool seam_model_inject(struct seam_model *model, const struct seam_injection *injection);

/*
 * Parses "LEAF NTH TIMES KIND [VALUE]", as docs/testing.md describes it (A planned fault in words). Returns NULL, or an error
 * message: then @injection must not be used.
 */
const char *seam_injection_from_text(const char *text, struct seam_injection *injection);

/* The number of planned faults that have not occurred yet; and a function that cancels them. */
uint32_t seam_model_pending_injections(const struct seam_model *model);
void seam_model_cancel_injections(struct seam_model *model);

/* The module ends all its objects and releases their pages, including those that it withheld. */
void seam_model_settle(struct seam_model *model);

/* The state of one 4K page, or NULL if it is beyond the tables. */
struct seam_page *seam_model_page(struct seam_model *model, uint64_t hpa);

/*
 * WBINVD or WBNOINVD was executed on logical processor @lp, or on all of them: all lines in their
 * caches, with any KeyID, were written back.
 */
void seam_model_lp_caches_written_back(struct seam_model *model, uint32_t lp);
void seam_model_caches_written_back(struct seam_model *model);

/*
 * The logical processors whose caches may hold lines of private KeyIDs, including PAMT entries; one bit
 * each.
 */
uint32_t seam_model_lps_with_private_lines(const struct seam_model *model);

/* VMXON or VMXOFF was executed on logical processor @lp. A reset does not change this state. */
void seam_model_set_vmx(struct seam_model *model, uint32_t lp, bool on);

/* True if a call with @rax leaves zeroes in the vector registers. */
bool seam_model_clears_vectors(const struct seam_model *model, uint64_t rax);

/*
 * A complete update to the next version: installation on each logical processor, initialisation and
 * SYS.UPDATE. If the module was not shut down, returns false and changes nothing.
 */
bool seam_model_update(struct seam_model *model);

/* Whether the page at @hpa has dirty lines of a private KeyID, and how many pages have. */
bool seam_model_is_dirty(struct seam_model *model, uint64_t hpa);
uint32_t seam_model_dirty_pages(const struct seam_model *model);

/* The number of pages that the host has not freed since the module wrote to them. Includes owned ones. */
uint32_t seam_model_held_pages(const struct seam_model *model);

/* The specification's name of a leaf. */
const char *seam_leaf_name(uint16_t leaf);

#include "seam_judge.h"

#endif
