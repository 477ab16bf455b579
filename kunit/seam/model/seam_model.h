/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A software model of the TDX module, as far as a host sees it: SEAMCALL in, registers out.
 *
 * The model is portable C11. It reaches memory through struct seam_ops. Calls of several logical
 * processors may run at once: its locks are those of the module, and who finds one taken is BUSY.
 * What it knows of each page stands in tables (its PAMT) that the caller provides.
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
/* A program that starts over millions of times wants small tables. */
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
	uint64_t owner; /* TDR address or object id; stays behind when the page is released */
	uint64_t epoch;
};

#define SEAM_NO_PAGE 0xFFFFFFFFU

/* A 4K page: its entry, and what only the model knows. */
struct seam_page {
	struct seam_entry entry;
	struct seam_keys dirty; /* KeyIDs that may have dirty cache lines of the page */
	uint64_t unconverted;	/* 64-byte lines to be written with MOVDIR64B, one bit each */
	uint32_t next;		/* index of the next page of the same object, or SEAM_NO_PAGE */
	uint32_t scramble;	/* what the module left in memory, see content.c */
	uint16_t dirty_lps;	/* logical processors that may hold those lines, one bit each */
	uint16_t td;		/* of a TDR: its TD */
	uint16_t vcpu;		/* of a TDVPR: its virtual processor */
	uint32_t first_entry;	/* of an S-EPT page: the first page that its entries name */
	uint32_t flushed;	/* sum of its content when the host flushed its own lines; 0: not */
	uint16_t slot;		/* of a page that an S-EPT entry names: which one, ... */
	uint8_t sept_level;	/* ... at which level, ... */
	uint8_t sept_state;	/* ... and in which enum seam_sept_state */
	bool in_bitmap;		/* Dynamic PAMT: reserved, or used for PAMT entries itself */
	bool pamt;		/* PAMT entries are kept in it */
	bool write_seen;	/* a write of the host to what the module left there was reported */
	bool held;		/* the module wrote to it, and the host has not freed it since */
};

/* A 2M region: a leaf, or the way to its 4K pages. Dynamic PAMT: type PAMT and a page pair then. */
struct seam_region {
	struct seam_entry entry;
	uint64_t pair[2];
	bool written; /* the module wrote to one of its pages since power-on */
};

/*
 * All of physical memory that the model keeps books of, from @base (aligned to 1G) on. The caller
 * provides the tables, zeroed. They are indexed by address: a hole costs entries.
 */
struct seam_memory {
	uint64_t base; /* HPA */
	uint64_t page_count;
	struct seam_page *pages;
	struct seam_region *regions; /* one for each 512 pages begun */
	struct seam_entry *gigas;    /* one for each 512 regions begun */
};

/* Addresses from @base on. */
struct seam_range {
	uint64_t base; /* HPA */
	uint64_t size;
};

/*
 * A trusted domain memory region: where the module looks after pages. Its reserved areas may reach
 * beyond the tables of struct seam_memory: pages there are to the model as those of no TDMR.
 */
struct seam_tdmr {
	struct seam_range range;
	uint64_t initialised;	   /* bytes from the beginning whose PAMT is initialised */
	struct seam_lock lock;	   /* of TDH.SYS.TDMR.INIT */
	struct seam_range pamt[3]; /* by enum seam_level; empty: in no memory of this machine */
	uint32_t reserved_count;
	struct seam_range reserved[SEAM_MAX_RESERVED];
};

struct seam_ops {
	/* One 4K page by its address, or NULL when there is no memory behind it. */
	void *(*map)(uint64_t hpa);
	/* Around the model's books (counters, plans, findings). Never held while a leaf works. */
	unsigned long (*lock_books)(void);
	void (*unlock_books)(unsigned long flags);
};

/*
 * Which leaves use the vector registers of the CPU for their own work, and leave zeroes in them. Public
 * sources say it of what encrypts with AES-GCM.
 */
enum seam_clears_vectors {
	SEAM_CLEARS_NO_VECTORS,
	/* those of extensions, TDX Connect and Quoting, see the table of leaves */
	SEAM_CLEARS_IN_SERVICES,
	/* all but those that a host issues for one page after the other, and SYS.RD */
	SEAM_CLEARS_IN_MOST,
};

/* How the key programming engine answers. */
enum seam_pconfig {
	SEAM_PCONFIG_OK,
	SEAM_PCONFIG_NO_ENTROPY,
	SEAM_PCONFIG_BUSY,
};

/* The platform and the module's build; may be changed between calls. */
struct seam_config {
	uint32_t major_version, minor_version, update_version;
	uint64_t features0; /* TDX_FEATURES0 */
	/* Features of FEATURES0 that mean something else: their metadata and leaves do not exist. */
	uint64_t other_meaning;
	/* Features that SYS.CONFIG or SYS.UPDATE switched on. */
	uint64_t enabled_features;
	uint32_t address_bits;	/* physical address bits below the KeyID bits */
	uint32_t keyid_bits;	/* at most 7 */
	uint32_t shared_keyids; /* KeyIDs 1 to this one are shared, all above are private */
	uint32_t global_keyid;	/* the module's own */
	uint32_t packages;
	/* Logical processors that SYS.CONFIG wants to be initialised: 0 to this one less 1. */
	uint32_t lps;
	uint32_t cache_blocks;	 /* steps of one TDH.PHYMEM.CACHE.WB */
	uint32_t sys_disable;	 /* 1: the module has TDH.SYS.DISABLE, which 1.5.25 has not */
	uint32_t dynamic_pamt;	 /* 1: 4K entries exist only where the host gave a page pair */
	uint32_t sys_state;	 /* enum seam_sys_state */
	uint32_t no_entropy;	 /* 1: random numbers are out */
	uint32_t pconfig;	 /* enum seam_pconfig */
	uint32_t interrupted;	 /* 1: an interrupt is pending, wherever the module looks */
	uint32_t ext_pool_pages; /* extension memory that the module wants */
	uint32_t ext_required;	 /* 1: its extensions are to be started even if they want none */
	uint32_t more_memory;	 /* 1: after an update they want all of it again */
	uint32_t spdm_pages;	 /* metadata pages of one SPDM session */
	uint32_t ide_pages;	 /* of one IDE stream */
	uint32_t iommu_pages;	 /* of one IOMMU, without its two queues */
	uint32_t messages;	 /* an operation of a session exchanges with the device */
	uint32_t output_bytes;	 /* device information that SPDM.CONNECT gives */
	uint32_t quote_bytes;	 /* of one quote */
	uint64_t plain_iommu;	 /* registers of the one IOMMU without TDX mode */
	/* An interrupt is pending after this many list entries; 0: never. */
	uint32_t interrupt_every;
	/* A bad list: 0 changes nothing, 1 the pages before the bad one are taken. */
	uint32_t page_by_page;
	/* A resumed call with other inputs: 0 OPERAND_INVALID, 1 INVALID_RESUMPTION. */
	uint32_t invalid_resumption;
	/* IOMMU.CLEAR: 0 writes a list of the pages that come back, 1 wants none and writes none. */
	uint32_t silent_clear;
	/* A session whose CONNECT has begun: 0 can be deleted, 1 has to be disconnected first. */
	uint32_t strict_delete;
	uint32_t clears_vectors; /* enum seam_clears_vectors */
	uint32_t module_loaded;	 /* 0: VMfailInvalid */
	uint32_t vmx_on;	 /* 0: #UD */
	uint64_t vmx_off_lps;	 /* logical processors with #UD, one bit each */
	uint32_t seamrr_on;	 /* 0: #GP */
	/* 1: the CPU has X86_BUG_TDX_PW_MCE, lines of private pages have to be converted. */
	uint32_t partial_write_erratum;
};

/* What the judge finds wrong with the host. */
enum seam_finding_kind {
	SEAM_FREED_OWNED,      /* the host freed a page that the module owns */
	SEAM_FREED_DIRTY,      /* the host freed a page with dirty lines of a private KeyID */
	SEAM_HOST_WROTE,       /* the host wrote to a page while the module owned it */
	SEAM_WRONG_KEYID,      /* a write-back with a KeyID that has no lines of the page */
	SEAM_SHARED_KEYID,     /* a write-back with a KeyID that is not private */
	SEAM_CHANGED_RESUME,   /* a resumed call came with other inputs than it has to */
	SEAM_WRONG_AUX,	       /* an AUX page for one page, or none for more */
	SEAM_KEYID_IN_ADDRESS, /* a private page operand with KeyID bits */
	SEAM_STALE_AUX,	       /* the AUX page of a DELETE held an entry of the answer already */
	SEAM_UNKNOWN_FEATURE,  /* a leaf whose feature the metadata does not show */
	/* the host freed a page with lines that MOVDIR64B did not write */
	SEAM_FREED_UNCONVERTED,
	/* the machine saw the host write to a page that is the module's, or has private lines */
	SEAM_HOST_WRITE_SEEN,
	/* the module is started while caches hold private lines of one that ran before */
	SEAM_LINES_LEFT,
	/* a CPU went away, VMX off, with private lines in its caches, and came back with them */
	SEAM_LINES_AT_VMXOFF,
	/* the module takes a page of which caches may hold the host's own lines, and wants none */
	SEAM_HOST_LINES,
	/* SEAMCALL is issued where the caller may be moved to another CPU in the middle of what belongs to it */
	SEAM_PREEMPTIBLE,
	SEAM_FINDING_KINDS
};

struct seam_finding {
	enum seam_finding_kind kind;
	uint16_t leaf;
	uint64_t hpa;
	uint64_t rip; /* of the instruction that did it, or 0 when only the result was seen */
};

#include "seam_td.h"

/* Objects of TDX Connect whose metadata lives in pages of the host. */
enum seam_object_kind {
	SEAM_SPDM_SESSION,
	SEAM_IDE_STREAM,
	SEAM_IOMMU,
	SEAM_OBJECT_KINDS
};

/* Its id is its place in the table plus 1, so that no zeroed register is an id. */
struct seam_object {
	bool live;
	bool connected;	     /* of a session: devices talk through it */
	bool begun;	     /* of a session: its CONNECT has begun */
	bool blocked;	     /* of a stream */
	uint32_t first_page; /* linked by next */
	uint32_t page_count;
	uint64_t name; /* function of a session, registers of an IOMMU, session of a stream */
};

/*
 * A call that was interrupted and has to come again with the same inputs, or waits for a message to
 * be carried: a host whose device does not answer may begin something else then.
 */
struct seam_resume {
	bool pending;
	bool at_message;
	struct seam_registers inputs;
	uint32_t progress; /* steps that are done */
	uint32_t messages; /* exchanged with the device so far */
	/* What it is about, with whose end it ends; NULL for a quote. */
	const struct seam_object *object;
};

#define SEAM_MAX_RESUMES 8

/* The books remember so many events of pages, the newest. */
#ifndef SEAM_MAX_EVENTS
#define SEAM_MAX_EVENTS 32768
#endif

/* And the leaves of so many calls, the first. */
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
	uint16_t leaf;	 /* that did it, or 0 */
	uint32_t detail; /* KeyID of a write-back, kind of a finding */
};

/* The length in RCX under SEAM_LIE_LONG_OUTPUT. */
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
	bool sees_flushes; /* the judge is told of the lines that the host writes back by itself */

	struct seam_lock sys_lock;
	bool disabling;			   /* TDH.SYS.DISABLE has begun */
	uint32_t disable_steps;		   /* that it has done */
	uint32_t installed_lps;		   /* on which an update is installed: one bit each */
	bool handed_over;		   /* an update is installed, and TDH.SYS.UPDATE not done */
	uint32_t packages_with_global_key; /* one bit each */
	uint32_t initialised_lps;	   /* one bit each */
	uint32_t lps_with_private_lines;   /* one bit each; atomic */
	uint32_t lps_without_vmx;	   /* one bit each; atomic */
	/* VMX went off, and no write-back since; one bit each; atomic. */
	uint32_t lps_off_with_lines;
	uint8_t package_of_lp[SEAM_MAX_LPS]; /* as it was when it called last */

	struct seam_lock kot_lock;
	struct seam_key keys[SEAM_MAX_KEYIDS];
	struct seam_write_back write_back[SEAM_MAX_PACKAGES];
	struct seam_td tds[SEAM_MAX_TDS];
	struct seam_vcpu vcpus[SEAM_MAX_VCPUS];

	struct seam_lock ext_lock;
	uint32_t ext_pages_given;
	bool ext_initialised;
	uint64_t ext_resume; /* the HPA_LIST_INFO that has to come next, or 0 */

	bool quote_initialised;

	struct seam_lock connect_lock; /* the object tables and interrupted calls */
	struct seam_object objects[SEAM_OBJECT_KINDS][SEAM_MAX_OBJECTS];
	struct seam_resume resumes[SEAM_MAX_RESUMES];
	struct seam_lock service_lock; /* one extension call at a time */

	/* The books */
	struct seam_injection injections[SEAM_MAX_INJECTIONS];
	uint64_t calls[SEAM_LEAVES];		 /* how often each leaf was called */
	struct seam_registers last[SEAM_LEAVES]; /* and with which registers last */
	uint16_t order[SEAM_MAX_CALLS];		 /* the leaves as they were called */
	uint32_t call_count;			 /* may exceed what order[] holds */
	struct seam_finding findings[SEAM_MAX_FINDINGS];
	uint32_t finding_count; /* may exceed what findings[] holds */
	uint64_t host_reads;	/* of private pages that the machine saw; atomic */
	uint64_t host_flushes;	/* of whole pages that the judge was told of; atomic */
	struct seam_event events[SEAM_MAX_EVENTS];
	uint32_t event_count; /* of all time; the place of the next one is modulo SEAM_MAX_EVENTS */
};

/*
 * A ready module with extensions and TDX Connect, on a platform with 31 shared and 32 private KeyIDs,
 * one package and one logical processor. Whatever it is told of the platform by its configuration,
 * CMRs and TDMRs comes afterwards.
 */
void seam_model_init(struct seam_model *model, const struct seam_ops *ops,
		     const struct seam_memory *memory, uint32_t address_bits);

/*
 * Convertible memory, as the platform's firmware reports it. False when there is no room for one more,
 * or it is malformed, beyond the tables, or overlaps another one.
 */
bool seam_model_add_cmr(struct seam_model *model, uint64_t base, uint64_t size);

/*
 * A TDMR as if SYS.CONFIG had configured and TDMR.INIT had initialised it, of any size, without
 * reserved areas and without memory for its PAMT: for platforms on which no kernel starts the module.
 * False as for a CMR.
 */
bool seam_model_add_tdmr(struct seam_model *model, uint64_t base, uint64_t size);

/*
 * Back to what seam_model_init() gives, but for the platform, for what TDH.SYS.* decided (TDMRs, PAMT,
 * the global KeyID, which logical processors are initialised), and for pages that the module owns: it
 * never gives them up. Features are switched on as if they had been configured. The module is ready
 * again if a TDMR is initialised, and in the state that it was in otherwise. No call may be running.
 */
void seam_model_reset(struct seam_model *model);

/*
 * Power-on: nothing is configured or initialised, no 4K page is the module's or dirty, nothing is left
 * of its TDs. The kernel starts the module from here. No call may be running.
 */
void seam_model_power_on(struct seam_model *model);

/*
 * Another version of the module takes the place of one that was shut down: its P-SEAMLDR installs it on
 * each logical processor. What the module had is handed over: it is there again after TDH.SYS.INIT,
 * LP.INIT and TDH.SYS.UPDATE. Its extensions have to be started again, and what was interrupted is
 * forgotten. False if the module was not shut down, or this was done on @lp.
 */
struct seam_version {
	uint32_t major, minor, update;
};
bool seam_model_install(struct seam_model *model, uint32_t lp, const struct seam_version *version);

/* How many 4K pages are not the host's. */
uint32_t seam_model_owned_pages(const struct seam_model *model);

/*
 * Every page is the host's and clean, but for those of the PAMT and those that are reserved; nothing is
 * left of TDs and objects. What was configured stays. No call may be running.
 */
void seam_model_power_cycle(struct seam_model *model);

/*
 * Executes one SEAMCALL on logical processor @lp (0 to SEAM_MAX_LPS - 1), which is one of @package (0 to
 * SEAM_MAX_PACKAGES - 1).
 */
enum seam_outcome seam_model_call(struct seam_model *model, uint32_t package, uint32_t lp,
				  struct seam_registers *registers);

/* Plans a fault. False when there is no room or it makes no sense. */
bool seam_model_inject(struct seam_model *model, const struct seam_injection *injection);

/*
 * Reads "LEAF NTH TIMES KIND [VALUE]", as docs/testing.md describes it (A planned fault in words). NULL, or what is wrong with
 * the text: nothing is to be planned then.
 */
const char *seam_injection_from_text(const char *text, struct seam_injection *injection);

/* How many planned faults have not happened yet; and forgets them. */
uint32_t seam_model_pending_injections(const struct seam_model *model);
void seam_model_cancel_injections(struct seam_model *model);

/* The module ends all its objects and gives their pages back, also those that it withheld. */
void seam_model_settle(struct seam_model *model);

/* What the model knows of one 4K page, or NULL beyond its tables. */
struct seam_page *seam_model_page(struct seam_model *model, uint64_t hpa);

/*
 * WBINVD or WBNOINVD was executed on logical processor @lp, or on all of them: what their caches held,
 * with any KeyID, is in memory.
 */
void seam_model_lp_caches_written_back(struct seam_model *model, uint32_t lp);
void seam_model_caches_written_back(struct seam_model *model);

/*
 * The logical processors whose caches may hold lines of private KeyIDs, those of PAMT entries too; one
 * bit each.
 */
uint32_t seam_model_lps_with_private_lines(const struct seam_model *model);

/* VMXON or VMXOFF was executed on logical processor @lp; a reset changes nothing about it. */
void seam_model_set_vmx(struct seam_model *model, uint32_t lp, bool on);

/* Has a call with @rax left zeroes in the vector registers, which were the host's? */
bool seam_model_clears_vectors(const struct seam_model *model, uint64_t rax);

/*
 * All of an update at once, to the next version: installed on each logical processor, initialised and
 * handed over. False, and nothing has changed, unless the module was shut down.
 */
bool seam_model_update(struct seam_model *model);

/* Has the page at @hpa dirty lines of a private KeyID? And how many pages have, the module's too? */
bool seam_model_is_dirty(struct seam_model *model, uint64_t hpa);
uint32_t seam_model_dirty_pages(const struct seam_model *model);

/* How many pages has the host not freed since the module wrote to them? The module's are among them. */
uint32_t seam_model_held_pages(const struct seam_model *model);

/* How the specification calls a leaf. */
const char *seam_leaf_name(uint16_t leaf);

#include "seam_judge.h"

#endif
