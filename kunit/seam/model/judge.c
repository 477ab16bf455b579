// SPDX-License-Identifier: GPL-2.0
/* The judge: what the host must never do, noted when it happens, whatever a test expects. */
#include "internal.h"

void seam_judge_report(struct seam_model *model, enum seam_finding_kind kind, uint16_t leaf,
		       uint64_t hpa)
{
	if (model->finding_count < SEAM_MAX_FINDINGS)
		model->findings[model->finding_count] = (struct seam_finding){
			.kind = kind, .leaf = leaf, .hpa = hpa};
	model->finding_count++;
}

void seam_judge_host_frees(struct seam_model *model, uint64_t first_pfn, uint64_t count)
{
	uint64_t pfn;

	for (pfn = first_pfn; pfn < first_pfn + count && pfn < model->page_count; pfn++) {
		struct seam_page *page = &model->pages[pfn];

		if (page->type != SEAM_PT_NDA)
			seam_judge_report(model, SEAM_FREED_OWNED, 0, pfn << SEAM_PAGE_SHIFT);
		else if (page->dirty)
			seam_judge_report(model, SEAM_FREED_DIRTY, 0, pfn << SEAM_PAGE_SHIFT);
		/* Said once: what its next user does with it is not that user's fault. */
		page->dirty = 0;
	}
}

void seam_judge_sweep(struct seam_model *model)
{
	uint32_t i;

	for (i = 0; i < model->page_count; i++) {
		struct seam_page *page = &model->pages[i];

		if (page->type != SEAM_PT_OBJECT || seam_scramble_intact(model, page))
			continue;
		seam_judge_report(model, SEAM_HOST_WROTE, 0, seam_hpa_of(model, page));
		seam_scramble(model, page);
	}
}

const char *seam_finding_text(enum seam_finding_kind kind)
{
	switch (kind) {
	case SEAM_FREED_OWNED:
		return "the host freed a page that the TDX module owns";
	case SEAM_FREED_DIRTY:
		return "the host freed a page with dirty cache lines of a private KeyID";
	case SEAM_HOST_WROTE:
		return "the host wrote to a page while the TDX module owned it";
	case SEAM_WRONG_KEYID:
		return "write-back with a KeyID that has no lines of the page";
	case SEAM_SHARED_KEYID:
		return "write-back with a KeyID that is not private";
	case SEAM_CHANGED_RESUME:
		return "an interrupted call was resumed with other inputs";
	case SEAM_STALE_AUX:
		return "the AUX page held the expected list before the module wrote it";
	case SEAM_UNKNOWN_FEATURE:
		return "a leaf was issued whose feature the metadata does not show";
	case SEAM_FINDING_KINDS:
		break;
	}
	return "unknown finding";
}
