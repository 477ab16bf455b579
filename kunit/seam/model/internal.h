/* SPDX-License-Identifier: GPL-2.0 */
/* What the model's files share and nobody else needs. */
#ifndef SEAM_INTERNAL_H
#define SEAM_INTERNAL_H

#include "seam_model.h"

#define SEAM_PAGE_SHIFT	     12
#define SEAM_PAGE_SIZE	     4096ULL
#define SEAM_LINE_SIZE	     64ULL
#define SEAM_LIST_ENTRIES    512
#define SEAM_REGION_PAGES    512
#define SEAM_REGION_SIZE     (SEAM_REGION_PAGES * SEAM_PAGE_SIZE)
#define SEAM_GIGA_SIZE	     (512 * SEAM_REGION_SIZE)
#define SEAM_PAMT_ENTRY_SIZE 16
/* HPA field of HPA_LIST_INFO and HPA_ARRAY_T, bits 51:12 */
#define SEAM_HPA_MASK 0x000FFFFFFFFFF000ULL

/* One SEAMCALL on its way through the model. */
struct seam_call {
	struct seam_model *model;
	struct seam_registers *registers;
	uint32_t package;
	uint32_t lp;
	struct seam_injection fault; /* times is 0 when none is planned for this call */
	uint64_t outputs[2];	     /* RCX and RDX of leaves that have them even if they fail */
};

/* A leaf: reads and writes registers, returns its status. */
typedef uint64_t seam_leaf_fn(struct seam_call *call);

seam_leaf_fn seam_mng_create, seam_mng_addcx, seam_mng_key_config, seam_mng_vpflushdone,
	seam_mng_key_freeid, seam_mng_key_reclaimid, seam_phymem_cache_wb;
seam_leaf_fn seam_phymem_page_rdmd, seam_phymem_page_reclaim, seam_phymem_page_wbinvd,
	seam_phymem_pamt_add, seam_phymem_pamt_remove;
seam_leaf_fn seam_sys_rd, seam_sys_key_config, seam_sys_lp_shutdown, seam_sys_init,
	seam_sys_lp_init, seam_sys_config, seam_sys_tdmr_init, seam_sys_update, seam_sys_shutdown,
	seam_sys_disable;
seam_leaf_fn seam_ext_init, seam_ext_mem_add, seam_quote_init, seam_quote_get;
seam_leaf_fn seam_spdm_create, seam_spdm_delete, seam_spdm_connect, seam_spdm_disconnect,
	seam_spdm_mng;
seam_leaf_fn seam_ide_stream_create, seam_ide_stream_block, seam_ide_stream_delete,
	seam_ide_stream_km;
seam_leaf_fn seam_iommu_setup, seam_iommu_clear;
seam_leaf_fn seam_mng_init, seam_vp_create, seam_vp_addcx, seam_vp_init, seam_vp_flush,
	seam_vp_enter;
seam_leaf_fn seam_mng_rd, seam_vp_rd, seam_vp_wr;
seam_leaf_fn seam_mem_sept_add, seam_mem_page_add, seam_mem_page_aug, seam_mem_page_remove,
	seam_mem_range_block, seam_mem_track, seam_mr_extend, seam_mr_finalize;

/* The features whose leaves and metadata are there. */
static inline uint64_t seam_features(const struct seam_config *config)
{
	return config->features0 & ~config->other_meaning & config->enabled_features;
}

static inline uint64_t *seam_reg(struct seam_call *call, enum seam_register which)
{
	return &call->registers->r[which];
}

/* RCX, RDX and R8 to R11: some leaves zero them before anything else. */
void seam_zero_outputs(struct seam_call *call);

/* Does the fault of this call, if any, say that the module lies so? */
static inline enum seam_lie seam_lie_of(const struct seam_call *call)
{
	return call->fault.times && call->fault.kind == SEAM_INJECT_LIE
		       ? (enum seam_lie)call->fault.value
		       : SEAM_LIE_NONE;
}

/* Are there random numbers for this call? */
static inline bool seam_has_entropy(const struct seam_call *call)
{
	return !call->model->config.no_entropy &&
	       (!call->fault.times || call->fault.kind != SEAM_INJECT_NO_ENTROPY);
}

/* model.c */

/* A module that has not been initialised: no TDs, objects or KeyIDs in use, no TDMRs, no features. */
void seam_forget_configuration(struct seam_model *model);

/* The version that was installed knows what the one before knew: an update has come to its end. */
void seam_take_over(struct seam_model *model);

/* leaf_sys_start.c and leaf_sys_config.c */

/* Executes a leaf of TDH.SYS.* alone: others find the module busy. */
/* All that SYS.CONFIG and SYS.UPDATE want. */
bool seam_are_all_lps_initialised(const struct seam_model *model);
uint64_t seam_sys_alone(struct seam_call *call, seam_leaf_fn *leaf);
seam_leaf_fn seam_configure;

/* memory.c */
struct seam_region *seam_region_of(const struct seam_model *model, uint64_t hpa);
struct seam_entry *seam_giga_of(const struct seam_model *model, uint64_t hpa);
uint64_t seam_hpa_of(const struct seam_model *model, const struct seam_page *page);

/* By index in the table of pages, as pages of one object are linked. */
struct seam_page *seam_page_by_index(struct seam_model *model, uint32_t index);
uint32_t seam_index_of(const struct seam_model *model, const struct seam_page *page);

/*
 * One after the other, from NULL on and until NULL: the pages that the module may have written to since
 * power-on, which are all that are private, and few.
 */
struct seam_page *seam_next_written(const struct seam_model *model, const struct seam_page *page);

bool seam_ranges_overlap(const struct seam_range *one, const struct seam_range *other);

/* Whole pages, at least one, that the tables have entries for. */
bool seam_is_in_tables(const struct seam_model *model, const struct seam_range *range);

/* Is it all convertible memory? */
bool seam_is_convertible(const struct seam_model *model, const struct seam_range *range);

/* tdmr.c */

/* The TDMR of an address that is initialised there, or NULL. */
struct seam_tdmr *seam_tdmr_of(struct seam_model *model, uint64_t hpa);

/* How much memory the PAMT of so much memory takes at a level. */
uint64_t seam_pamt_bytes(const struct seam_model *model, enum seam_level level, uint64_t size);

/* The module writes the entries of a level that are about the memory @about. */
void seam_write_pamt(struct seam_call *call, const struct seam_tdmr *tdmr, enum seam_level level,
		     const struct seam_range *about);

/* From now on the page holds PAMT entries. */
void seam_begin_pamt_page(struct seam_call *call, struct seam_page *page);

/* keys.c */
void seam_keys_add(struct seam_keys *keys, uint32_t hkid);
void seam_keys_remove(struct seam_keys *keys, uint32_t hkid);
bool seam_keys_has(const struct seam_keys *keys, uint32_t hkid);
bool seam_keys_none(const struct seam_keys *keys);
uint32_t seam_all_packages(const struct seam_model *model);

/* The status of the key programming engine. */
uint64_t seam_program_key(const struct seam_model *model);

/* dirty.c */

/* The caches of the calling logical processor hold lines of @page with @hkid; or of any page. */
void seam_make_dirty(struct seam_call *call, struct seam_page *page, uint32_t hkid);
void seam_hold_private_lines(struct seam_call *call);

/* The lines of @page with @hkid were written back, wherever they were. */
void seam_make_clean(struct seam_page *page, uint32_t hkid);

/* The caches of the calling package were written back, for the sake of @keys. */
void seam_package_written_back(struct seam_call *call, const struct seam_keys *keys);

/* pamt.c */

/* Where a walk through the PAMT ended, with its locks: upper levels shared, the leaf in @mode. */
struct seam_walk {
	struct seam_entry *giga;
	struct seam_region *region; /* NULL when the walk was to the 1G level */
	struct seam_page *page;	    /* NULL when the leaf is above */
	struct seam_entry *leaf;
	enum seam_level level;
	enum seam_mode mode;
};

uint64_t seam_hkid_mask(const struct seam_model *model);

/* Alignment, KeyID bits, address width. */
uint64_t seam_check_form(const struct seam_model *model, uint64_t hpa, uint64_t size,
			 uint32_t operand);

/*
 * Walks to @target, or to the leaf above it, and locks. False when a lock is taken: nothing is held
 * then. @hpa lies in @tdmr.
 */
bool seam_walk(struct seam_call *call, const struct seam_tdmr *tdmr, uint64_t hpa,
	       enum seam_level target, enum seam_mode mode, struct seam_walk *walk);
void seam_walk_end(const struct seam_walk *walk);

/* The walk to a 4K page that the call has locked exclusively. */
struct seam_walk seam_walk_again(struct seam_model *model, uint64_t hpa);

/*
 * Locks the entry of a 4K page that was found through another object, without the walk to it. NULL
 * when the lock is taken.
 */
struct seam_page *seam_lock_implicit(struct seam_call *call, uint64_t hpa, enum seam_mode mode);

/* The checks of a private 4K page operand, all of them, in order; on success the page is locked. */
uint64_t seam_lock_private(struct seam_call *call, uint64_t hpa, uint32_t operand,
			   enum seam_page_type wanted, enum seam_mode mode, struct seam_walk *walk);

/* The same for a page that may lie in a larger leaf (WBINVD). */
uint64_t seam_lock_private_any_size(struct seam_call *call, uint64_t hpa, uint32_t operand,
				    enum seam_page_type wanted, enum seam_mode mode,
				    struct seam_walk *walk);

/* The checks of a shared operand, which is a page, or something of another alignment. */
uint64_t seam_check_shared(const struct seam_model *model, uint64_t hpa, uint32_t operand);
uint64_t seam_check_shared_aligned(const struct seam_model *model, uint64_t hpa, uint64_t alignment,
				   uint32_t operand);

/* NDA -> @type: what was in the page is gone, and lines of @hkid are dirty from now on. */
void seam_take_page(struct seam_call *call, struct seam_page *page, enum seam_page_type type,
		    uint64_t owner, uint32_t hkid);

/* The module wrote to the page through @hkid and then did not take it. */
void seam_spoil_page(struct seam_call *call, struct seam_page *page, uint32_t hkid);

/* The module's -> NDA. Neither zeroed nor flushed; the owner stays behind. */
void seam_give_page_back(struct seam_model *model, struct seam_page *page);

/* leaf_td.c */
typedef uint64_t seam_td_fn(struct seam_call *call, struct seam_td *td);

/* Locks the TDR that @which names, and does @work on its TD. */
uint64_t seam_with_tdr(struct seam_call *call, enum seam_register which, enum seam_mode mode,
		       seam_td_fn *work);

/* One of its virtual processors, found by its TDVPR page. */
struct seam_vcpu_of_td {
	struct seam_td *td;
	struct seam_page *tdvpr;
	struct seam_vcpu *vcpu;
};
typedef uint64_t seam_vcpu_fn(struct seam_call *call, const struct seam_vcpu_of_td *of);

/* leaf_vp.c */

/* How a leaf about a virtual processor locks the two pages. */
struct seam_vcpu_locks {
	enum seam_mode tdvpr, tdr;
};

/* Executes @work on the virtual processor whose TDVPR page @hpa is, an operand in register @which. */
uint64_t seam_with_vcpu(struct seam_call *call, uint64_t hpa, enum seam_register which,
			struct seam_vcpu_locks locks, seam_vcpu_fn *work);

/* The end of a virtual processor: its TDVPR page is reclaimed. */
void seam_forget_vcpu(struct seam_model *model, const struct seam_page *tdvpr);

/* Has the TD its keys and all the control pages it needs? */
uint64_t seam_check_built(const struct seam_td *td);

/* The same, and is it in one of the states @allowed, bits by enum seam_op_state? */
uint64_t seam_check_td(const struct seam_td *td, uint32_t allowed);

#define SEAM_WHILE_INITIALIZED (1U << SEAM_TD_INITIALIZED)
#define SEAM_WHILE_RUNNABLE    (1U << SEAM_TD_RUNNABLE)
#define SEAM_ONCE_INITIALIZED  (SEAM_WHILE_INITIALIZED | SEAM_WHILE_RUNNABLE)

/* leaf_vp_init.c */

/* Has it the pages of a virtual processor without virtual machines of its own? */
bool seam_vcpu_has_all_pages(const struct seam_vcpu *vcpu);

/* Associates it with the calling logical processor, if it is with none. */
uint64_t seam_associate(struct seam_call *call, const struct seam_vcpu_of_td *of);

/* td_params.c */

/* What SYS.RD tells of the parameters that MNG.INIT accepts. */
#define SEAM_ATTRIBUTES_FIXED0 0x8000000070000001ULL
#define SEAM_ATTRIBUTES_FIXED1 0ULL
#define SEAM_XFAM_FIXED0       0x600E7ULL
#define SEAM_XFAM_FIXED1       0x3ULL
#define SEAM_VCPUS_OF_TD       576

/* A CPUID leaf that is configured, and the bits of it that may be set. */
struct seam_cpuid_config {
	uint32_t leaf;
	uint32_t subleaf; /* all ones where the leaf has none */
	struct seam_cpuid bits;
};
extern const struct seam_cpuid_config seam_cpuid_configs[SEAM_CPUID_CONFIGS];

/* Reads and checks TD_PARAMS at @from. @wrong_cpuid is the leaf and subleaf that is not acceptable. */
uint64_t seam_read_td_params(const void *from, struct seam_td_params *params,
			     uint64_t *wrong_cpuid);

/* sept.c */

/* An S-EPT entry: where it is, and the page that it names. */
struct seam_sept_entry {
	struct seam_page *table; /* of which it is an entry, or NULL for the root */
	uint32_t slot;
	uint32_t level;
	struct seam_page *page; /* NULL: the entry is free */
};

/*
 * Walks from the root to the entry for @gpa at @level. False: @entry is where the walk ended, above.
 * With the books locked.
 */
bool seam_sept_walk(struct seam_model *model, const struct seam_td *td, uint64_t gpa,
		    uint32_t level, struct seam_sept_entry *entry);

/* The same, which locks them itself. */
bool seam_sept_find(struct seam_model *model, const struct seam_td *td, uint64_t gpa,
		    uint32_t level, struct seam_sept_entry *entry);

/* The entry for @gpa at @level names @page from now on. False when it is not there and free. */
bool seam_sept_link(struct seam_model *model, struct seam_td *td, uint64_t gpa, uint32_t level,
		    struct seam_page *page, enum seam_sept_state state);

/* The entry is free again. */
void seam_sept_unlink(struct seam_model *model, struct seam_td *td,
		      const struct seam_sept_entry *entry);

enum seam_sept_state seam_sept_state_of(const struct seam_sept_entry *entry);

/* RCX and RDX: the entry, its level and its state. */
void seam_sept_tell(struct seam_call *call, const struct seam_sept_entry *entry);

/* leaf_mem.c */

/* Executes @work on the TD whose TDR is in RDX; RCX and RDX become what it says of an S-EPT entry. */
uint64_t seam_with_sept_of(struct seam_call *call, enum seam_mode mode, seam_td_fn *work);

bool seam_is_private_gpa(const struct seam_td *td, uint64_t gpa);

/* list.c */

/* Entries [from, to) of a list page, or of an array. */
struct seam_list {
	const uint64_t *entries;
	uint32_t from, to;
	bool with_counts; /* IOMMU_MT: NUM_PAGES in the low bits of entries of more than one page */
};

struct seam_taken_list {
	uint32_t first; /* the first page, linked by next; SEAM_NO_PAGE when none was taken */
	uint32_t done;	/* 4K pages taken */
};

uint64_t seam_take_list(struct seam_call *call, const struct seam_list *list, uint32_t operand,
			uint64_t owner, struct seam_taken_list *taken);

/* object.c */
struct seam_object *seam_object_of(struct seam_model *model, enum seam_object_kind kind,
				   uint64_t id);

/* 0 when the table is full. */
uint32_t seam_object_free_id(const struct seam_model *model, enum seam_object_kind kind);

/* Makes the object of a free id out of the pages of a list, or of an HPA_ARRAY_T of @wanted pages. */
uint64_t seam_object_take(struct seam_call *call, enum seam_object_kind kind, uint32_t id,
			  const struct seam_list *list, uint32_t operand, uint64_t name);
uint64_t seam_object_take_array(struct seam_call *call, enum seam_object_kind kind, uint32_t id,
				enum seam_register which, uint32_t wanted, uint64_t name);

/* Writes which pages come back; the first two entries have @queue_pages pages each. */
void seam_object_write_list(struct seam_call *call, const struct seam_object *object,
			    uint32_t queue_pages, uint64_t *list);

/* The end of an object: its pages are the host's. */
void seam_object_give_back(struct seam_call *call, struct seam_object *object);

/* The same by the rules of the DELETE leaves: AUX page in @aux, HPA_ARRAY_T to RCX. */
uint64_t seam_object_delete(struct seam_call *call, struct seam_object *object,
			    enum seam_register aux);

/* leaf_ext.c: do the extensions have to be started before a service of theirs can be used? */
bool seam_needs_extensions(const struct seam_model *model);

/* Executes a leaf with the object tables locked. */
uint64_t seam_with_tables(struct seam_call *call, seam_leaf_fn *leaf);

/* Messages to a device and back, of a session or a stream, by way of the host. */
uint64_t seam_exchange(struct seam_call *call, struct seam_object *object, enum seam_register rsp,
		       enum seam_register req);

/* resume.c */

/* The interrupted call that this one continues, or NULL. */
struct seam_resume *seam_resume_of(struct seam_call *call);

/* Has it all its inputs as they were? */
uint64_t seam_resume_check(struct seam_call *call, const struct seam_resume *resume);

/* Has it, without a word of the judge? */
bool seam_resume_is_same(const struct seam_call *call, const struct seam_resume *resume);

/* The module has said of the call, which may have been interrupted, that it is over. */
void seam_resume_end(struct seam_call *call);

/*
 * Remembers the call about @object, which will be interrupted; NULL when the module has no room for
 * that.
 */
struct seam_resume *seam_resume_begin(struct seam_call *call, const struct seam_object *object);

/* @object is gone, and what was interrupted of it. */
void seam_resume_forget(struct seam_model *model, const struct seam_object *object);

/* How many of @left steps are done before an interrupt is found: at least one, never after the last. */
uint32_t seam_steps_until_interrupt(const struct seam_call *call, uint32_t left);

/* content.c */
void seam_scramble(struct seam_model *model, struct seam_page *page);

/* A sum of what is in the page now; never 0. */
uint32_t seam_content_sum(const struct seam_model *model, const struct seam_page *page);
bool seam_scramble_intact(const struct seam_model *model, const struct seam_page *page);

/* dispatch.c */

/* Has the model this leaf, with its features or without? */
bool seam_has_leaf(uint16_t leaf);

/* inject.c */

/* Would a call of its leaf go wrong by it? Interrupts and lies are not for all of them. */
bool seam_injection_has_effect(const struct seam_injection *injection);
void seam_arm_injection(struct seam_model *model, uint16_t leaf, struct seam_injection *fault);

/* judge.c */

/* Is it a page of the module whose content the model keeps? */
bool seam_has_content(const struct seam_page *page);

/* The module takes the page: reports it if caches may hold the host's own lines of it, and the module wants none. */
void seam_judge_taken(struct seam_call *call, struct seam_page *page);

/* Reports a write of the host to a page with content that nothing was said of yet. */
void seam_judge_content(struct seam_model *model, const struct seam_page *page);

void seam_history(struct seam_model *model, enum seam_event_kind kind, uint16_t leaf, uint64_t hpa,
		  uint32_t detail);
void seam_judge_report(struct seam_model *model, enum seam_finding_kind kind, uint16_t leaf,
		       uint64_t hpa);

#endif
