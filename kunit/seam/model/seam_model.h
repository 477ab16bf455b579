/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A software model of the TDX module, as far as a host sees it: SEAMCALL in, registers out.
 *
 * The model is portable C11. It reaches memory through struct seam_ops and takes no lock: whoever
 * calls it serialises the calls. What it knows of each 4K page stands in a table (its PAMT) that
 * the caller provides.
 */
#ifndef SEAM_MODEL_H
#define SEAM_MODEL_H

#include "seam_types.h"

/*
 * General purpose registers by their hardware number, which is also the operand id of a register in
 * a status.
 */
enum seam_register {
	SEAM_RAX,
	SEAM_RCX,
	SEAM_RDX,
	SEAM_RBX,
	SEAM_RSP,
	SEAM_RBP,
	SEAM_RSI,
	SEAM_RDI,
	SEAM_R8,
	SEAM_R9,
	SEAM_R10,
	SEAM_R11,
	SEAM_R12,
	SEAM_R13,
	SEAM_R14,
	SEAM_R15,
	SEAM_REGISTERS
};

struct seam_registers {
	uint64_t r[SEAM_REGISTERS];
};

/* Leaf numbers (RAX bits 15:0). */
enum seam_leaf {
	SEAM_PHYMEM_PAGE_RDMD = 24,
	SEAM_SYS_RD = 34,
	SEAM_PHYMEM_PAGE_WBINVD = 41,
	SEAM_EXT_INIT = 60,
	SEAM_EXT_MEM_ADD = 61,
	SEAM_SPDM_CREATE = 130,
	SEAM_SPDM_DELETE = 131,
	SEAM_LEAVES = 256
};

/* Status codes; the low half carries an operand id or details. */
#define SEAM_SUCCESS		      0x0000000000000000ULL
#define SEAM_INTERRUPTED_RESUMABLE    0x8000000300000000ULL
#define SEAM_OPERAND_INVALID	      0xC000010000000000ULL
#define SEAM_OPERAND_ADDR_RANGE_ERROR 0xC000010100000000ULL
#define SEAM_OPERAND_BUSY	      0x8000020000000000ULL
#define SEAM_RND_NO_ENTROPY	      0x8000020300000000ULL
#define SEAM_PAGE_METADATA_INCORRECT  0xC000030000000000ULL
#define SEAM_SYS_NOT_READY	      0xC000050500000000ULL
#define SEAM_SYS_SHUTDOWN	      0xC000050600000000ULL
#define SEAM_SYS_STATE_INCORRECT      0xC000050800000000ULL
#define SEAM_METADATA_ID_INCORRECT    0xC0000C0000000000ULL
#define SEAM_SPDM_INVALID_STATE	      0xC0000F0600000000ULL
#define SEAM_SPDM_ENTRY_NOT_PRESENT   0xC0000F4400000000ULL

/*
 * PAMT page types. Those of the new objects are in no public source; 11 is what the older TDX-IO
 * module used for all.
 */
enum seam_page_type {
	SEAM_PT_NDA = 0,
	SEAM_PT_RSVD = 1,
	SEAM_PT_OBJECT = 11,
};

/* What the SEAMCALL instruction did. */
enum seam_outcome {
	SEAM_COMPLETED,	    /* the module ran: RAX and the leaf's outputs are written */
	SEAM_VMFAILINVALID, /* CF is set, no register changes */
	SEAM_GP,	    /* #GP, no register changes */
	SEAM_UD,	    /* #UD, no register changes */
};

/* What the model thinks of one 4K page. */
struct seam_page {
	uint64_t owner; /* id of the owning object; stays behind when the page is released */
	uint64_t
		dirty; /* set of KeyIDs that may have dirty cache lines of the page, one bit each */
	uint32_t next; /* index of the next page of the same object, or SEAM_NO_PAGE */
	uint32_t scramble; /* what the module left in memory, see content.c */
	uint8_t type;	   /* enum seam_page_type */
	bool locked;	   /* taken by the call that is running */
};

#define SEAM_NO_PAGE 0xFFFFFFFFU

struct seam_ops {
	/* One 4K page by its address, or NULL when there is no memory. */
	void *(*map)(uint64_t hpa);
};

/* The platform and the module's build; may be changed between calls. */
struct seam_config {
	uint64_t features0;    /* TDX_FEATURES0 */
	/* Features of FEATURES0 that mean something else: their metadata and leaves do not exist. */
	uint64_t other_meaning;
	uint32_t address_bits; /* physical address bits below the KeyID bits */
	uint32_t keyid_bits;
	/* KeyIDs 1 to this one are shared; the next is the module's own, all above are private. */
	uint32_t shared_keyids;
	uint32_t ext_pool_pages; /* extension memory that the module wants */
	uint32_t spdm_pages;	 /* metadata pages of one SPDM session */
	/* An interrupt is pending after this many list entries; 0: never. */
	uint32_t interrupt_every;
	/* A bad list: 0 changes nothing, 1 the pages before the bad one are taken. */
	uint32_t page_by_page;
	uint32_t sys_ready;	/* 0: the module is not initialised */
	uint32_t module_loaded; /* 0: VMfailInvalid */
	uint32_t vmx_on;	/* 0: #UD */
	uint32_t seamrr_on;	/* 0: #GP */
};

/* How a module that cannot be trusted answers DELETE, or the interrupted EXT.MEM.ADD. */
enum seam_lie {
	SEAM_LIE_NONE,
	SEAM_LIE_SWAPPED_PAGES, /* two entries of the released list change places */
	SEAM_LIE_SHORT_LIST,	/* one page less than was given */
	SEAM_LIE_FOREIGN_PAGE,	/* one entry names a page of somebody else */
	SEAM_LIE_STALE_LIST,	/* the list page is left as the host wrote it */
	SEAM_LIE_KEEPS_PAGES,	/* everything looks right, but the pages stay the module's */
	SEAM_LIE_WRONG_RESUME,	/* EXT.MEM.ADD, interrupted, gives back the word of another list */
};

/* One fault to inject: into the @nth call of @leaf from now on, and @times times in all. */
struct seam_injection {
	enum {
		SEAM_INJECT_STATUS,	  /* the call is not executed, RAX = status */
		SEAM_INJECT_STATUS_AFTER, /* the call is executed, then RAX = status */
		SEAM_INJECT_VMFAILINVALID,
		SEAM_INJECT_GP,
		SEAM_INJECT_UD,
		SEAM_INJECT_INTERRUPT, /* interrupted after @value list entries, which it takes */
		SEAM_INJECT_LIE,       /* @value is an enum seam_lie */
		/* not executed; every register but RSP and RBP comes back inverted, RAX = status */
		SEAM_INJECT_ALL_REGISTERS,
	} kind;
	uint16_t leaf;
	uint32_t nth;
	uint32_t times;
	uint64_t value;
};

/* What the judge finds wrong with the host. */
enum seam_finding_kind {
	SEAM_FREED_OWNED, /* the host freed a page that the module owns */
	SEAM_FREED_DIRTY, /* the host freed a page with dirty lines of a private KeyID */
	SEAM_HOST_WROTE,  /* the host wrote to a page while the module owned it */
	SEAM_WRONG_KEYID, /* a write-back with a KeyID that has no lines of the page */
	SEAM_SHARED_KEYID,   /* a write-back with a KeyID that is not private */
	SEAM_CHANGED_RESUME, /* a resumed call came with other inputs than it has to */
	SEAM_STALE_AUX, /* the AUX page of a DELETE held the answer already: the host cannot tell */
	SEAM_UNKNOWN_FEATURE, /* a leaf whose feature the metadata does not show */
	SEAM_FINDING_KINDS
};

struct seam_finding {
	enum seam_finding_kind kind;
	uint16_t leaf;
	uint64_t hpa;
};

#define SEAM_MAX_INJECTIONS 16
#define SEAM_MAX_FINDINGS   64
#define SEAM_MAX_SESSIONS   64

struct seam_session {
	bool live;
	uint32_t first_page;
	uint32_t page_count;
};

struct seam_model {
	struct seam_config config;
	const struct seam_ops *ops;

	struct seam_page
		*pages; /* the PAMT: one entry for each page of the TDMR, which begins at HPA 0 */
	uint32_t page_count;
	uint32_t scrambles;

	/* Extensions */
	uint32_t ext_pages_given;
	bool ext_initialised;
	uint64_t ext_resume; /* the HPA_LIST_INFO that has to come next, or 0 */

	struct seam_session sessions[SEAM_MAX_SESSIONS];

	struct seam_injection injections[SEAM_MAX_INJECTIONS];
	struct seam_injection
		armed; /* the fault of the running call; times is 0 when there is none */

	/* For tests: how often each leaf was called, and with which registers last */
	uint64_t calls[SEAM_LEAVES];
	struct seam_registers last[SEAM_LEAVES];

	struct seam_finding findings[SEAM_MAX_FINDINGS];
	uint32_t finding_count; /* may exceed what findings[] holds */
};

/*
 * A ready module on a platform with 31 shared and 32 private KeyIDs. @pages: @page_count zeroed
 * entries.
 */
void seam_model_init(struct seam_model *model, const struct seam_ops *ops, struct seam_page *pages,
		     uint32_t page_count, uint32_t address_bits);

/* Back to a freshly initialised module, but for the pages that it owns: those it never gives up. */
void seam_model_reset(struct seam_model *model);

/* Executes one SEAMCALL on @registers. */
enum seam_outcome seam_model_call(struct seam_model *model, struct seam_registers *registers);

/* Plans a fault. False when there is no room or it makes no sense. */
bool seam_model_inject(struct seam_model *model, const struct seam_injection *injection);

/* How many planned faults have not happened yet. */
uint32_t seam_model_pending_injections(const struct seam_model *model);

/* The module ends all its sessions and gives their pages back, also those that it withheld. */
void seam_model_settle(struct seam_model *model);

/* The host gives pages back to its own allocator. */
void seam_judge_host_frees(struct seam_model *model, uint64_t first_pfn, uint64_t count);

/* Compares every page that the module owns with what the module left there. */
void seam_judge_sweep(struct seam_model *model);

/* What is wrong, in words. */
const char *seam_finding_text(enum seam_finding_kind kind);

/* How the specification calls a leaf. */
const char *seam_leaf_name(uint16_t leaf);

/* The module's own KeyID. */
uint32_t seam_global_keyid(const struct seam_model *model);

#endif
