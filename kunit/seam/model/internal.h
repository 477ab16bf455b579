/* SPDX-License-Identifier: GPL-2.0 */
/* What the model's files share and nobody else needs. */
#ifndef SEAM_INTERNAL_H
#define SEAM_INTERNAL_H

#include "seam_model.h"

#define SEAM_PAGE_SHIFT	  12
#define SEAM_PAGE_SIZE	  4096ULL
#define SEAM_LIST_ENTRIES 512
/* HPA field of HPA_LIST_INFO and HPA_ARRAY_T, bits 51:12 */
#define SEAM_HPA_MASK 0x000FFFFFFFFFF000ULL

#define SEAM_FEATURE_TDXCONNECT (1ULL << 6)
#define SEAM_FEATURE_EXT	(1ULL << 39)

/* A leaf: reads and writes registers, returns its status. */
typedef uint64_t seam_leaf_fn(struct seam_model *model, struct seam_registers *registers);

seam_leaf_fn seam_sys_rd, seam_phymem_page_rdmd, seam_phymem_page_wbinvd, seam_ext_init,
	seam_ext_mem_add, seam_spdm_create, seam_spdm_delete;

/* pamt.c */
uint64_t seam_hkid_mask(const struct seam_model *model);
uint64_t seam_check_private(struct seam_model *model, uint64_t hpa, uint32_t operand,
			    struct seam_page **page);
uint64_t seam_check_shared(const struct seam_model *model, uint64_t hpa, uint32_t operand);
struct seam_page *seam_page_at(struct seam_model *model, uint64_t hpa);
uint64_t seam_hpa_of(const struct seam_model *model, const struct seam_page *page);
void seam_take_page(struct seam_model *model, struct seam_page *page, uint64_t owner);
void seam_give_page_back(struct seam_model *model, struct seam_page *page);

/* list.c */
struct seam_taken_list {
	uint32_t first; /* the first page, linked by next; SEAM_NO_PAGE when none was taken */
	uint32_t done;	/* entries taken */
};
uint64_t seam_take_list(struct seam_model *model, const uint64_t *entries, uint32_t from,
			uint32_t to, uint32_t operand, uint64_t owner,
			struct seam_taken_list *taken);

/* content.c */
void seam_scramble(struct seam_model *model, struct seam_page *page);
bool seam_scramble_intact(const struct seam_model *model, const struct seam_page *page);

/* inject.c */
const struct seam_injection *seam_arm_injection(struct seam_model *model, uint16_t leaf);

/* judge.c */
void seam_judge_report(struct seam_model *model, enum seam_finding_kind kind, uint16_t leaf,
		       uint64_t hpa);

#endif
