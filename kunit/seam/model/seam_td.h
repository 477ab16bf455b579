/* SPDX-License-Identifier: GPL-2.0 */
/* The model's TDs, their virtual processors and their KeyIDs. Part of seam_model.h. */
#ifndef SEAM_TD_H
#define SEAM_TD_H

enum seam_lifecycle {
	SEAM_HKID_ASSIGNED,
	SEAM_KEYS_CONFIGURED,
	SEAM_BLOCKED,
	SEAM_TEARDOWN,
};

/* The number of CPUID leaves that TD_PARAMS configures. */
#define SEAM_CPUID_CONFIGS 4

/* EAX and EBX, ECX and EDX. */
struct seam_cpuid {
	uint64_t value[2];
};

/* The values of TD_PARAMS. */
struct seam_td_params {
	uint64_t attributes;
	uint64_t xfam;
	uint32_t max_vcpus;
	uint32_t gpa_bits;  /* 48 or 52; the last one is the SHARED bit */
	uint32_t top_level; /* of the S-EPT's root: 3, or 4 with five levels */
	struct seam_cpuid cpuid[SEAM_CPUID_CONFIGS];
};

/* A trusted domain. Protected by the lock of its TDR page, except atomic members. */
struct seam_td {
	bool live;
	bool fatal;
	enum seam_lifecycle lifecycle;
	uint32_t hkid;
	uint32_t packages_with_key; /* one bit each */
	uint32_t children;	    /* 4K pages that belong to it, without the TDR; atomic */
	uint32_t control_pages;	    /* TDCX */
	uint32_t op_state;	    /* enum seam_op_state */
	uint32_t vcpus;		    /* that are associated with a logical processor; atomic */
	uint32_t initialised_vcpus; /* atomic */
	struct seam_td_params params;
	/*
	 * The S-EPT: a tree of pages. Each table page has a list of the pages that its entries refer
	 * to, linked by next, in no order. Protected by the lock of the books.
	 */
	uint32_t first_entry; /* head of the list of the root, which is a control page */
	struct seam_lock sept_lock;
	struct seam_lock epoch_lock;
	uint64_t epoch;
};

/* Fields of a virtual processor that the host reads and writes, in the order of leaf_rd_wr.c. */
#define SEAM_VCPU_FIELDS 8

/* A virtual processor. Protected by the lock of its TDVPR page, except atomic members. */
struct seam_vcpu {
	bool live;	  /* atomic */
	bool has_apic_id; /* protected by the TDR's lock, like apic_id */
	uint32_t apic_id;
	uint16_t td;			   /* index of its TD */
	uint8_t control_pages;		   /* TDCX */
	uint8_t state;			   /* enum seam_vcpu_state */
	uint8_t lp;			   /* associated one, plus 1; 0: none; atomic */
	uint64_t fields[SEAM_VCPU_FIELDS]; /* atomic */
};

enum seam_key_state {
	SEAM_KEY_FREE,
	SEAM_KEY_ASSIGNED,
	SEAM_KEY_FLUSHED,  /* no TD runs with it; caches may still hold its lines */
	SEAM_KEY_RESERVED, /* the global KeyID */
};

/* One row of the KeyID table (KOT). */
struct seam_key {
	enum seam_key_state state;
	uint32_t packages_to_flush; /* one bit each */
};

/* The interrupted cache write-back of one package. */
struct seam_write_back {
	struct seam_lock lock;
	bool saved;
	uint32_t next_block;
	struct seam_keys keys; /* at the start */
};

#endif
