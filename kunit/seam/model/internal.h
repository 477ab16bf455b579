/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the model's files, not for its users. */
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

#define SEAM_COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))
#define SEAM_MIN(ONE, OTHER) ((ONE) < (OTHER) ? (ONE) : (OTHER))

/* Loops over all elements of an array, or over the first @COUNT; @ELEMENT is a pointer. */
#define seam_for_each(ELEMENT, ARRAY) seam_for_first(ELEMENT, ARRAY, SEAM_COUNT_OF(ARRAY))
#define seam_for_first(ELEMENT, ARRAY, COUNT) \
	for ((ELEMENT) = (ARRAY); (ELEMENT) < (ARRAY) + (COUNT); (ELEMENT)++)

/* The state of one SEAMCALL in the model. */
struct seam_call {
	struct seam_model *model;
	struct seam_registers *registers;
	uint32_t package;
	uint32_t lp;
	struct seam_injection fault; /* times is 0 if no fault is due in this call */
	uint64_t outputs[2];	     /* RCX and RDX of leaves that write them even if they fail */
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

/* The features whose leaves and metadata exist. */
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

/* The bad response that is planned for this call, or none. */
static inline enum seam_bad_response seam_bad_response_of(const struct seam_call *call)
{
	return call->fault.times && call->fault.kind == SEAM_INJECT_BAD_RESPONSE
		       ? (enum seam_bad_response)call->fault.value
		       : SEAM_BAD_NONE;
}

/* True if random numbers are available to this call. */
static inline bool seam_has_entropy(const struct seam_call *call)
{
	return !call->model->config.no_entropy &&
	       (!call->fault.times || call->fault.kind != SEAM_INJECT_NO_ENTROPY);
}

/* model.c */

/* A module that has not been initialised: no TDs, objects or KeyIDs in use, no TDMRs, no features. */
void seam_forget_configuration(struct seam_model *model);

/* The installed version takes over the state of the one before: the end of an update. */
void seam_take_over(struct seam_model *model);

/* leaf_sys_start.c and leaf_sys_config.c */

/* True if @lps, one bit each, has all logical processors that SYS.CONFIG and SYS.UPDATE require. */
bool seam_are_all_lps(const struct seam_model *model, uint32_t lps);

/* Executes a TDH.SYS.* leaf exclusively: other callers get a busy status. */
uint64_t seam_sys_alone(struct seam_call *call, seam_leaf_fn *leaf);
seam_leaf_fn seam_configure;

/* memory.c */
struct seam_region *seam_region_of(const struct seam_model *model, uint64_t hpa);
struct seam_entry *seam_giga_of(const struct seam_model *model, uint64_t hpa);
uint64_t seam_hpa_of(const struct seam_model *model, const struct seam_page *page);

/* The lengths of the tables of regions and gigabytes. */
uint64_t seam_region_count(const struct seam_memory *memory);
uint64_t seam_giga_count(const struct seam_memory *memory);

/* The page at an index in the table of pages: struct seam_page links pages by index. */
struct seam_page *seam_page_by_index(struct seam_model *model, uint32_t index);
uint32_t seam_index_of(const struct seam_model *model, const struct seam_page *page);

/*
 * Iterates over the pages that the module may have written to since power-on; starts with NULL, ends with
 * NULL. They include all private pages, and are few.
 */
struct seam_page *seam_next_written(const struct seam_model *model, const struct seam_page *page);

bool seam_ranges_overlap(const struct seam_range *one, const struct seam_range *other);

/* True if @range is whole pages, at least one, and all are in the tables. */
bool seam_is_in_tables(const struct seam_model *model, const struct seam_range *range);

/* True if all of @range is convertible memory. */
bool seam_is_convertible(const struct seam_model *model, const struct seam_range *range);

/* tdmr.c */

/* The TDMR that contains the address, if it is initialised there, or NULL. */
struct seam_tdmr *seam_tdmr_of(struct seam_model *model, uint64_t hpa);

/* The bytes of PAMT that @size bytes of memory need at a level. */
uint64_t seam_pamt_bytes(const struct seam_model *model, enum seam_level level, uint64_t size);

/* The module writes the entries of a level for the memory @about. */
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

/* The caches of the calling logical processor now hold lines with @hkid, of @page or of any page. */
void seam_make_dirty(struct seam_call *call, struct seam_page *page, uint32_t hkid);
void seam_hold_private_lines(struct seam_call *call);

/* The lines of @page with @hkid were written back from all caches. */
void seam_make_clean(struct seam_page *page, uint32_t hkid);

/* The caches of the calling package were written back for the KeyIDs @keys. */
void seam_package_written_back(struct seam_call *call, const struct seam_keys *keys);

/* pamt.c */

/* The end of a walk through the PAMT. Upper levels are locked shared, the leaf in the given mode. */
struct seam_walk {
	struct seam_entry *giga;
	struct seam_region *region; /* NULL if the walk ended at the 1G level */
	struct seam_page *page;	    /* NULL if the leaf is at a higher level */
	struct seam_entry *leaf;
	enum seam_level level;
	enum seam_mode mode;
};

uint64_t seam_hkid_mask(const struct seam_model *model);

/* Checks the alignment, the KeyID bits and the address width. */
uint64_t seam_check_form(const struct seam_model *model, uint64_t hpa, uint64_t size,
			 uint32_t operand);

/*
 * Walks to @target, or to the leaf above it, and locks. False if a lock is taken by another call:
 * nothing is held then. @hpa lies in @tdmr.
 */
bool seam_walk(struct seam_call *call, const struct seam_tdmr *tdmr, uint64_t hpa,
	       enum seam_level target, enum seam_mode mode, struct seam_walk *walk);
void seam_walk_end(const struct seam_walk *walk);

/* Repeats the walk to a 4K page that the call has locked exclusively. */
struct seam_walk seam_walk_again(struct seam_model *model, uint64_t hpa);

/* True if no page in a half of the region is used. Each page of a page pair has the entries of one half. */
bool seam_is_half_unused(const struct seam_memory *memory, const struct seam_region *region,
			 uint32_t half);

/*
 * Locks the entry of a 4K page that was found through another object, without a walk. NULL if another
 * call holds the lock.
 */
struct seam_page *seam_lock_implicit(struct seam_call *call, uint64_t hpa, enum seam_mode mode);

/* All checks of a private 4K page operand, in the real order; on success the page is locked. */
uint64_t seam_lock_private(struct seam_call *call, uint64_t hpa, uint32_t operand,
			   enum seam_page_type wanted, enum seam_mode mode, struct seam_walk *walk);

/* Like seam_lock_private(), for a page that may lie in a larger leaf (WBINVD). */
uint64_t seam_lock_private_any_size(struct seam_call *call, uint64_t hpa, uint32_t operand,
				    enum seam_page_type wanted, enum seam_mode mode,
				    struct seam_walk *walk);

/* Checks a shared operand: a page, or a structure with another alignment. */
uint64_t seam_check_shared(const struct seam_model *model, uint64_t hpa, uint32_t operand);
uint64_t seam_check_shared_aligned(const struct seam_model *model, uint64_t hpa, uint64_t alignment,
				   uint32_t operand);

/*
 * Maps what is at a shared address, a page or a structure within one. NULL if the address is malformed
 * or there is no memory.
 */
void *seam_map_shared(const struct seam_model *model, uint64_t hpa);
void *seam_map_shared_aligned(const struct seam_model *model, uint64_t hpa, uint64_t alignment);

/* NDA -> @type: the content of the page is lost, and its lines with @hkid are dirty. */
void seam_take_page(struct seam_call *call, struct seam_page *page, enum seam_page_type type,
		    uint64_t owner, uint32_t hkid);

/* The module wrote to the page with @hkid, but did not take it. */
void seam_spoil_page(struct seam_call *call, struct seam_page *page, uint32_t hkid);

/* Any type -> NDA. The page is neither zeroed nor flushed, and its owner field stays. */
void seam_give_page_back(struct seam_model *model, struct seam_page *page);

/* leaf_td.c */
typedef uint64_t seam_td_fn(struct seam_call *call, struct seam_td *td);

/* Locks the TDR whose address is in register @which, and executes @work on its TD. */
uint64_t seam_with_tdr(struct seam_call *call, enum seam_register which, enum seam_mode mode,
		       seam_td_fn *work);

/* A virtual processor and its TD, found by its TDVPR page. */
struct seam_vcpu_of_td {
	struct seam_td *td;
	struct seam_page *tdvpr;
	struct seam_vcpu *vcpu;
};
typedef uint64_t seam_vcpu_fn(struct seam_call *call, const struct seam_vcpu_of_td *of);

/* leaf_vp.c */

/* How a leaf for a virtual processor locks the TDVPR and the TDR. */
struct seam_vcpu_locks {
	enum seam_mode tdvpr, tdr;
};

/* Executes @work on the virtual processor whose TDVPR page is at @hpa, the operand in @which. */
uint64_t seam_with_vcpu(struct seam_call *call, uint64_t hpa, enum seam_register which,
			struct seam_vcpu_locks locks, seam_vcpu_fn *work);

/* The end of a virtual processor: its TDVPR page is reclaimed. */
void seam_forget_vcpu(struct seam_model *model, const struct seam_page *tdvpr);

/* Checks that the TD has its keys and all control pages that it needs. */
uint64_t seam_check_built(const struct seam_td *td);

/* Like seam_check_built(); also checks OP_STATE. @allowed has one bit per enum seam_op_state. */
uint64_t seam_check_td(const struct seam_td *td, uint32_t allowed);

#define SEAM_WHILE_INITIALIZED (1U << SEAM_TD_INITIALIZED)
#define SEAM_WHILE_RUNNABLE    (1U << SEAM_TD_RUNNABLE)
#define SEAM_ONCE_INITIALIZED  (SEAM_WHILE_INITIALIZED | SEAM_WHILE_RUNNABLE)

/* leaf_vp_init.c */

/* True if it has all pages that a virtual processor of a TD without nested VMs needs. */
bool seam_vcpu_has_all_pages(const struct seam_vcpu *vcpu);

/* Associates it with the calling logical processor, if it is not associated. */
uint64_t seam_associate(struct seam_call *call, const struct seam_vcpu_of_td *of);

/* td_params.c */

/* The limits of TD_PARAMS that MNG.INIT checks and SYS.RD reports. */
#define SEAM_ATTRIBUTES_FIXED0 0x8000000070000001ULL
#define SEAM_ATTRIBUTES_FIXED1 0ULL
#define SEAM_XFAM_FIXED0       0x600E7ULL
#define SEAM_XFAM_FIXED1       0x3ULL
#define SEAM_VCPUS_OF_TD       576

/* A CPUID leaf that TD_PARAMS configures, and the bits that may be set. */
struct seam_cpuid_config {
	uint32_t leaf;
	uint32_t subleaf; /* all ones if the leaf has none */
	struct seam_cpuid bits;
};
extern const struct seam_cpuid_config seam_cpuid_configs[SEAM_CPUID_CONFIGS];

/* Reads and checks TD_PARAMS at @from. @wrong_cpuid is the leaf and subleaf that is refused. */
uint64_t seam_read_td_params(const void *from, struct seam_td_params *params,
			     uint64_t *wrong_cpuid);

/* sept.c */

/* An S-EPT entry: its position, and the page that it refers to. */
struct seam_sept_entry {
	struct seam_page *table; /* that contains the entry; NULL: the root */
	uint32_t slot;
	uint32_t level;
	struct seam_page *page; /* NULL: the entry is free */
};

/*
 * Walks from the root to the entry for @gpa at @level. False: the walk ended at a higher level, and
 * @entry is the last one. The books are locked.
 */
bool seam_sept_walk(struct seam_model *model, const struct seam_td *td, uint64_t gpa,
		    uint32_t level, struct seam_sept_entry *entry);

/* Like seam_sept_walk(), but locks the books itself. */
bool seam_sept_find(struct seam_model *model, const struct seam_td *td, uint64_t gpa,
		    uint32_t level, struct seam_sept_entry *entry);

/* Makes the entry for @gpa at @level refer to @page. False if there is no free entry there. */
bool seam_sept_link(struct seam_model *model, struct seam_td *td, uint64_t gpa, uint32_t level,
		    struct seam_page *page, enum seam_sept_state state);

/* Makes the entry free again. */
void seam_sept_unlink(struct seam_model *model, struct seam_td *td,
		      const struct seam_sept_entry *entry);

enum seam_sept_state seam_sept_state_of(const struct seam_sept_entry *entry);

/* Writes the entry, its level and its state to RCX and RDX. */
void seam_sept_tell(struct seam_call *call, const struct seam_sept_entry *entry);

/* leaf_mem.c */

/* Executes @work on the TD whose TDR is in RDX. Writes call->outputs to RCX and RDX. */
uint64_t seam_with_sept_of(struct seam_call *call, enum seam_mode mode, seam_td_fn *work);

bool seam_is_private_gpa(const struct seam_td *td, uint64_t gpa);

/* list.c */

/* Entries [from, to) of a list page, or of an array. */
struct seam_list {
	const uint64_t *entries;
	uint32_t from, to;
	bool with_counts; /* IOMMU_MT: NUM_PAGES in the low bits of entries of more than one page */
};

/* HPA_ARRAY_T: a page itself, or a list page with at least two entries. */
struct seam_array {
	uint64_t page;
	uint32_t pages;
	const uint64_t *entries; /* &page, or the list page */
};

/* False if the word is malformed, or the list page is not shared memory. */
bool seam_read_array(const struct seam_model *model, uint64_t word, struct seam_array *array);

struct seam_taken_list {
	uint32_t first; /* the first page, linked by next */
	uint32_t done;	/* 4K pages taken */
};

uint64_t seam_take_list(struct seam_call *call, const struct seam_list *list, uint32_t operand,
			uint64_t owner, struct seam_taken_list *taken);

/* object.c */
struct seam_object *seam_object_of(struct seam_model *model, enum seam_object_kind kind,
				   uint64_t id);

/* The live object with the name, or NULL. */
struct seam_object *seam_object_named(struct seam_model *model, enum seam_object_kind kind,
				      uint64_t name);

/* 0 if the table is full. */
uint32_t seam_object_free_id(const struct seam_model *model, enum seam_object_kind kind);

/* Creates the object @id from the pages of a list, or of an HPA_ARRAY_T of @wanted pages. */
uint64_t seam_object_take(struct seam_call *call, enum seam_object_kind kind, uint32_t id,
			  const struct seam_list *list, uint32_t operand, uint64_t name);
uint64_t seam_object_take_array(struct seam_call *call, enum seam_object_kind kind, uint32_t id,
				enum seam_register which, uint32_t wanted, uint64_t name);

/* Writes the list of released pages; the first two entries have @queue_pages pages each. */
void seam_object_write_list(struct seam_call *call, const struct seam_object *object,
			    uint32_t queue_pages, uint64_t *list);

/* Ends an object: its pages become the host's. */
void seam_object_give_back(struct seam_call *call, struct seam_object *object);

/* Ends an object as the DELETE leaves do: AUX page in @aux, HPA_ARRAY_T of the pages to RCX. */
uint64_t seam_object_delete(struct seam_call *call, struct seam_object *object,
			    enum seam_register aux);

/* leaf_ext.c: true if the extensions have to be started before their services can be used. */
bool seam_needs_extensions(const struct seam_model *model);

/* Executes a leaf with the object tables locked. */
uint64_t seam_with_tables(struct seam_call *call, seam_leaf_fn *leaf);

/* Exchanges messages between a session or stream and the device, through the host. */
uint64_t seam_exchange(struct seam_call *call, struct seam_object *object, enum seam_register rsp,
		       enum seam_register req);

/* resume.c */

/* The interrupted call that this one continues, or NULL. */
struct seam_resume *seam_resume_of(struct seam_call *call);

/* Checks that the call has the inputs of the interrupted one; reports to the judge if not. */
uint64_t seam_resume_check(struct seam_call *call, const struct seam_resume *resume);

/* True if the call has the inputs of the interrupted one. Reports nothing. */
bool seam_resume_is_same(const struct seam_call *call, const struct seam_resume *resume);

/* True if a call of @leaf for @object was interrupted and is not complete. */
bool seam_is_interrupted(struct seam_model *model, enum seam_leaf leaf,
			 const struct seam_object *object);

/* The call is complete: forgets its resumption, if there is one. */
void seam_resume_end(struct seam_call *call);

/*
 * Records the call for @object, which will be interrupted. NULL if the module has no room for
 * another one.
 */
struct seam_resume *seam_resume_begin(struct seam_call *call, const struct seam_object *object);

/* @object has ended: forgets its interrupted calls. */
void seam_resume_forget(struct seam_model *model, const struct seam_object *object);

/* How many of @left steps run before an interrupt is found: at least one; none after the last. */
uint32_t seam_steps_until_interrupt(const struct seam_call *call, uint32_t left);

/* content.c */
void seam_scramble(struct seam_model *model, struct seam_page *page);

/* A checksum of the page's current content; never 0. */
uint32_t seam_content_sum(const struct seam_model *model, const struct seam_page *page);
bool seam_scramble_intact(const struct seam_model *model, const struct seam_page *page);

/* dispatch.c */

/* True if the model implements this leaf, whether its feature is present or not. */
bool seam_has_leaf(uint16_t leaf);

/* inject.c */

/* True if the fault can occur in its leaf: interrupts and bad responses do not apply to all leaves. */
bool seam_injection_has_effect(const struct seam_injection *injection);
void seam_arm_injection(struct seam_model *model, uint16_t leaf, struct seam_injection *fault);

/* judge.c */

/* True for a page of the module whose content the model keeps. */
bool seam_has_content(const struct seam_page *page);

/* The module takes the page: reports it if the host had to flush its own lines of it and did not. */
void seam_judge_taken(struct seam_call *call, struct seam_page *page);

/* Reports a write of the host to a page with content, unless it was already reported. */
void seam_judge_content(struct seam_model *model, const struct seam_page *page);

void seam_history(struct seam_model *model, enum seam_event_kind kind, uint16_t leaf, uint64_t hpa,
		  uint32_t detail);
void seam_judge_report(struct seam_model *model, enum seam_finding_kind kind, uint16_t leaf,
		       uint64_t hpa);

#endif
