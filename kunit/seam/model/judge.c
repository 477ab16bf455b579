// SPDX-License-Identifier: GPL-2.0
/* The judge: reports what the host must never do when it happens, whatever a test expects. */
#include "internal.h"

/* The books are locked. */
static void remember(struct seam_model *model, const struct seam_event *event)
{
	model->events[model->event_count++ % SEAM_MAX_EVENTS] = *event;
}

void seam_history(struct seam_model *model, enum seam_event_kind kind, uint16_t leaf, uint64_t hpa,
		  uint32_t detail)
{
	const unsigned long flags = model->ops->lock_books();

	remember(model, &(struct seam_event){
				.hpa = hpa,
				.kind = kind,
				.leaf = leaf,
				.detail = detail,
			});
	model->ops->unlock_books(flags);
}

static void report(struct seam_model *model, const struct seam_finding *finding)
{
	const unsigned long flags = model->ops->lock_books();

	if (model->finding_count < SEAM_MAX_FINDINGS)
		model->findings[model->finding_count] = *finding;
	model->finding_count++;
	remember(model, &(struct seam_event){
				.hpa = finding->hpa,
				.kind = SEAM_EVENT_FINDING,
				.leaf = finding->leaf,
				.detail = finding->kind,
			});
	model->ops->unlock_books(flags);
}

void seam_judge_report(struct seam_model *model, enum seam_finding_kind kind, uint16_t leaf,
		       uint64_t hpa)
{
	report(model, &(struct seam_finding){.kind = kind, .leaf = leaf, .hpa = hpa});
}

uint32_t seam_judge_history(struct seam_model *model, uint64_t hpa, struct seam_event *events,
			    uint32_t max)
{
	const unsigned long flags = model->ops->lock_books();
	const uint32_t known = SEAM_MIN(model->event_count, SEAM_COUNT_OF(model->events));
	uint32_t i, found = 0, skip;

	/* Count all events first, then skip the older ones, to copy the newest. */
	for (i = model->event_count - known; i != model->event_count; i++)
		found += model->events[i % SEAM_MAX_EVENTS].hpa == hpa;
	skip = found - SEAM_MIN(found, max);
	found = 0;
	for (i = model->event_count - known; i != model->event_count; i++) {
		const struct seam_event *event = &model->events[i % SEAM_MAX_EVENTS];

		if (event->hpa != hpa)
			continue;
		if (skip)
			skip--;
		else
			events[found++] = *event;
	}
	model->ops->unlock_books(flags);
	return found;
}

/* Reserved pages belong to the host, except those that hold the PAMT. */
static bool is_owned(const struct seam_page *page)
{
	return page->pamt || (page->entry.type != SEAM_PT_NDA && page->entry.type != SEAM_PT_RSVD);
}

static bool is_private(const struct seam_page *page)
{
	return is_owned(page) || !seam_keys_none(&page->dirty);
}

bool seam_judge_is_interested(struct seam_model *model, uint64_t pfn)
{
	const struct seam_page *page = seam_model_page(model, pfn << SEAM_PAGE_SHIFT);

	return page && (is_private(page) || page->unconverted || page->held || page->flushed);
}

void seam_judge_host_frees(struct seam_model *model, uint64_t first_pfn, uint64_t count)
{
	uint64_t pfn;

	for (pfn = first_pfn; pfn < first_pfn + count; pfn++) {
		struct seam_page *page = seam_model_page(model, pfn << SEAM_PAGE_SHIFT);

		if (!page || !seam_judge_is_interested(model, pfn))
			continue;
		page->held = false;
		page->flushed = 0;
		seam_history(model, SEAM_EVENT_FREED, 0, pfn << SEAM_PAGE_SHIFT, 0);
		if (is_owned(page))
			seam_judge_report(model, SEAM_FREED_OWNED, 0, pfn << SEAM_PAGE_SHIFT);
		else if (!seam_keys_none(&page->dirty))
			seam_judge_report(model, SEAM_FREED_DIRTY, 0, pfn << SEAM_PAGE_SHIFT);
		else if (page->unconverted)
			seam_judge_report(model, SEAM_FREED_UNCONVERTED, 0, pfn << SEAM_PAGE_SHIFT);
		/* Report it once: the next user of the page is not to blame. */
		page->dirty = (struct seam_keys){};
		page->dirty_lps = 0;
		page->unconverted = 0;
	}
}

bool seam_has_content(const struct seam_page *page)
{
	if (page->pamt)
		return true;
	switch (page->entry.type) {
	case SEAM_PT_OBJECT:
	case SEAM_PT_REG:
	case SEAM_PT_TDR:
	case SEAM_PT_TDCX:
	case SEAM_PT_TDVPR:
	case SEAM_PT_EPT:
		return true;
	}
	return false;
}

bool seam_judge_is_private(struct seam_model *model, uint64_t hpa)
{
	const struct seam_page *page = seam_model_page(model, hpa);

	return page && is_private(page);
}

void seam_judge_host_accesses(struct seam_model *model, uint64_t hpa, uint64_t rip, bool write)
{
	struct seam_page *page = seam_model_page(model, hpa);

	if (!page || !is_private(page))
		return;
	if (!write) {
		__atomic_fetch_add(&model->host_reads, 1, __ATOMIC_RELAXED);
		return;
	}
	report(model, &(struct seam_finding){
			      .kind = SEAM_HOST_WRITE_SEEN,
			      .hpa = hpa & ~(SEAM_PAGE_SIZE - 1),
			      .rip = rip,
		      });
	page->write_seen = true;
}

uint64_t seam_judge_host_reads(const struct seam_model *model)
{
	return __atomic_load_n(&model->host_reads, __ATOMIC_RELAXED);
}

void seam_judge_vmx_off(struct seam_model *model, uint32_t lp)
{
	__atomic_fetch_or(&model->lps_off_with_lines,
			  seam_model_lps_with_private_lines(model) & 1U << lp, __ATOMIC_RELAXED);
}

void seam_judge_vmx_on(struct seam_model *model, uint32_t lp)
{
	if (__atomic_load_n(&model->lps_off_with_lines, __ATOMIC_RELAXED) >> lp & 1 &&
	    __atomic_fetch_and(&model->lps_off_with_lines, ~(1U << lp), __ATOMIC_RELAXED) >> lp & 1)
		seam_judge_report(model, SEAM_LINES_AT_VMXOFF, 0, 0);
}

void seam_judge_preemptible(struct seam_model *model, uint16_t leaf, uint64_t rip)
{
	report(model, &(struct seam_finding){.kind = SEAM_PREEMPTIBLE, .leaf = leaf, .rip = rip});
}

void seam_judge_content(struct seam_model *model, const struct seam_page *page)
{
	if (!page->write_seen && !seam_scramble_intact(model, page))
		seam_judge_report(model, SEAM_HOST_WROTE, 0, seam_hpa_of(model, page));
}

/*
 * A write of the host was reported: later checks must only find other writes. If the host has freed
 * the page and uses it again, every check would find one: report no more of them.
 */
static void look_for_others(struct seam_model *model, struct seam_page *page)
{
	if (page->held)
		seam_scramble(model, page);
	else
		page->write_seen = true;
}

static void host_wrote_line(struct seam_model *model, struct seam_page *page)
{
	seam_judge_report(model, SEAM_HOST_WROTE, 0, seam_hpa_of(model, page));
	if (!seam_try_lock(&page->entry.lock, SEAM_SHARED))
		return;
	if (seam_has_content(page))
		look_for_others(model, page);
	seam_unlock(&page->entry.lock, SEAM_SHARED);
}

void seam_judge_host_flushes(struct seam_model *model, uint64_t hpa)
{
	struct seam_page *page = seam_model_page(model, hpa);

	__atomic_fetch_add(&model->host_flushes, 1, __ATOMIC_RELAXED);
	if (page)
		page->flushed = seam_content_sum(model, page);
}

uint64_t seam_judge_flushed_pages(const struct seam_model *model)
{
	return __atomic_load_n(&model->host_flushes, __ATOMIC_RELAXED);
}

void seam_judge_taken(struct seam_call *call, struct seam_page *page)
{
	struct seam_model *model = call->model;

	if (model->sees_flushes && model->config.features0 & SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC &&
	    page->flushed != seam_content_sum(model, page))
		seam_judge_report(model, SEAM_HOST_LINES, (uint16_t)*seam_reg(call, SEAM_RAX),
				  seam_hpa_of(model, page));
	page->flushed = 0;
}

void seam_judge_host_converts(struct seam_model *model, uint64_t hpa)
{
	struct seam_page *page = seam_model_page(model, hpa);
	const uint64_t line = 1ULL << (hpa % SEAM_PAGE_SIZE / SEAM_LINE_SIZE);

	if (!page)
		return;
	if (is_owned(page)) {
		host_wrote_line(model, page);
		return;
	}
	/* A later write-back of dirty private lines would undo the conversion. */
	if (!seam_keys_none(&page->dirty))
		return;
	if (__atomic_fetch_and(&page->unconverted, ~line, __ATOMIC_RELAXED) == line)
		seam_history(model, SEAM_EVENT_CONVERTED, 0, seam_hpa_of(model, page), 0);
}

static void sweep_page(struct seam_model *model, struct seam_page *page)
{
	if (!seam_has_content(page) || seam_scramble_intact(model, page))
		return;
	seam_judge_content(model, page);
	look_for_others(model, page);
}

void seam_judge_sweep(struct seam_model *model)
{
	struct seam_page *page;

	for (page = seam_next_written(model, NULL); page; page = seam_next_written(model, page)) {
		/* A page that a call is working on is left to a later sweep. */
		if (!seam_has_content(page) || !seam_try_lock(&page->entry.lock, SEAM_SHARED))
			continue;
		sweep_page(model, page);
		seam_unlock(&page->entry.lock, SEAM_SHARED);
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
	case SEAM_WRONG_AUX:
		return "an AUX page was given for one page, or none for more";
	case SEAM_KEYID_IN_ADDRESS:
		return "the address of a private page has KeyID bits";
	case SEAM_STALE_AUX:
		return "the AUX page held an entry of the expected list before the module wrote it";
	case SEAM_UNKNOWN_FEATURE:
		return "a leaf was issued whose feature the metadata does not show";
	case SEAM_FREED_UNCONVERTED:
		return "the host freed a page with lines that were not converted with MOVDIR64B";
	case SEAM_HOST_WRITE_SEEN:
		return "the host writes to a page that the TDX module owns or has lines of in "
		       "caches";
	case SEAM_LINES_LEFT:
		return "the TDX module is started while caches hold private lines of one that ran "
		       "before";
	case SEAM_LINES_AT_VMXOFF:
		return "a CPU went away with private lines in its caches, which are still there";
	case SEAM_HOST_LINES:
		return "the host handed over a page with its own dirty cache lines, which the TDX "
		       "module does not allow (CLFLUSH_BEFORE_ALLOC)";
	case SEAM_PREEMPTIBLE:
		return "SEAMCALL is issued while its caller may be moved to another CPU";
	case SEAM_FINDING_KINDS:
		break;
	}
	return "unknown finding";
}

const char *seam_event_text(enum seam_event_kind kind)
{
	switch (kind) {
	case SEAM_EVENT_TAKEN:
		return "taken by the module";
	case SEAM_EVENT_GIVEN_BACK:
		return "given back by the module";
	case SEAM_EVENT_WRITTEN_BACK:
		return "written back, KeyID";
	case SEAM_EVENT_CONVERTED:
		return "converted with MOVDIR64B";
	case SEAM_EVENT_FREED:
		return "freed by the host";
	case SEAM_EVENT_FINDING:
		return "finding";
	}
	return "?";
}
