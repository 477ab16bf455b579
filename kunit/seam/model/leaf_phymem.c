// SPDX-License-Identifier: GPL-2.0
/* TDH.PHYMEM.PAGE.RDMD and WBINVD. */
#include "internal.h"

uint64_t seam_phymem_page_rdmd(struct seam_model *model, struct seam_registers *registers)
{
	const uint64_t hpa = registers->r[SEAM_RCX];
	struct seam_page *page;
	uint64_t status;

	registers->r[SEAM_RCX] = 0;
	registers->r[SEAM_RDX] = 0;
	registers->r[SEAM_R8] = 0;
	registers->r[SEAM_R9] = 0;
	registers->r[SEAM_R10] = 0;
	registers->r[SEAM_R11] = 0;

	/*
	 * A level above 4K needs Dynamic PAMT, which this model does not have; all other low bits
	 * are reserved.
	 */
	status = seam_check_private(model, hpa, SEAM_RCX, &page);
	if (status)
		return status;
	registers->r[SEAM_RCX] = page->type;
	registers->r[SEAM_RDX] = page->owner;
	return SEAM_SUCCESS;
}

uint64_t seam_phymem_page_wbinvd(struct seam_model *model, struct seam_registers *registers)
{
	const uint64_t mask = seam_hkid_mask(model);
	const uint64_t hpa = registers->r[SEAM_RCX] & ~mask;
	const uint32_t hkid = (uint32_t)((registers->r[SEAM_RCX] & mask) >>
					 model->config.address_bits);
	struct seam_page *page;
	uint64_t status;

	status = seam_check_private(model, hpa, SEAM_RCX, &page);
	if (status)
		return status;
	if (page->type != SEAM_PT_NDA)
		return SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX;

	/* Any KeyID is accepted and the wrong one does nothing, so only the judge can tell. */
	if (hkid <= model->config.shared_keyids)
		seam_judge_report(model, SEAM_SHARED_KEYID, SEAM_PHYMEM_PAGE_WBINVD, hpa);
	else if (page->dirty && !(page->dirty & 1ULL << hkid))
		seam_judge_report(model, SEAM_WRONG_KEYID, SEAM_PHYMEM_PAGE_WBINVD, hpa);
	page->dirty &= ~(1ULL << hkid);
	return SEAM_SUCCESS;
}
