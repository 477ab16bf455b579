// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of private KeyIDs in caches: of which pages, with which KeyIDs, and on which logical
 * processors. A page stays dirty until each processor that wrote to it has written its caches back.
 * With several KeyIDs, it is not recorded which processor used which.
 */
#include "internal.h"

void seam_hold_private_lines(struct seam_call *call)
{
	__atomic_fetch_or(&call->model->lps_with_private_lines, 1U << call->lp, __ATOMIC_RELAXED);
}

void seam_make_dirty(struct seam_call *call, struct seam_page *page, uint32_t hkid)
{
	struct seam_model *model = call->model;

	seam_hold_private_lines(call);
	__atomic_store_n(&seam_region_of(model, seam_hpa_of(model, page))->written, true,
			 __ATOMIC_RELAXED);
	__atomic_fetch_or(&page->dirty_lps, (uint16_t)(1U << call->lp), __ATOMIC_RELAXED);
	seam_keys_add(&page->dirty, hkid);
}

void seam_make_clean(struct seam_page *page, uint32_t hkid)
{
	seam_keys_remove(&page->dirty, hkid);
	if (seam_keys_none(&page->dirty))
		__atomic_store_n(&page->dirty_lps, 0, __ATOMIC_RELAXED);
}

/* The caches of @lps no longer hold lines of @page. */
static void clean_lps(struct seam_page *page, uint16_t lps)
{
	/* KeyIDs that become dirty meanwhile stay dirty. */
	const struct seam_keys dirty = page->dirty;
	uint32_t i;

	if (__atomic_and_fetch(&page->dirty_lps, (uint16_t)~lps, __ATOMIC_RELAXED))
		return;
	for (i = 0; i < SEAM_COUNT_OF(dirty.bits); i++)
		__atomic_fetch_and(&page->dirty.bits[i], ~dirty.bits[i], __ATOMIC_RELAXED);
}

static void written_back(struct seam_model *model, uint16_t lps)
{
	struct seam_page *page;

	__atomic_fetch_and(&model->lps_off_with_lines, ~(uint32_t)lps, __ATOMIC_RELAXED);
	if (!(__atomic_fetch_and(&model->lps_with_private_lines, ~(uint32_t)lps, __ATOMIC_RELAXED) &
	      lps))
		return;
	for (page = seam_next_written(model, NULL); page; page = seam_next_written(model, page))
		clean_lps(page, lps);
}

void seam_model_lp_caches_written_back(struct seam_model *model, uint32_t lp)
{
	written_back(model, (uint16_t)(1U << lp));
}

void seam_model_caches_written_back(struct seam_model *model)
{
	written_back(model, (uint16_t)~0);
}

uint32_t seam_model_lps_with_private_lines(const struct seam_model *model)
{
	return __atomic_load_n(&model->lps_with_private_lines, __ATOMIC_RELAXED);
}

/* The logical processors of the calling package that have issued a SEAMCALL so far. */
static uint16_t lps_of_package(const struct seam_call *call)
{
	uint16_t lps = 0;
	uint32_t lp;

	for (lp = 0; lp < SEAM_COUNT_OF(call->model->package_of_lp); lp++)
		if (call->model->package_of_lp[lp] == call->package)
			lps |= (uint16_t)(1U << lp);
	return lps;
}

/* The dirty KeyIDs of the page that are in @keys. */
static struct seam_keys common(const struct seam_page *page, const struct seam_keys *keys)
{
	struct seam_keys both;
	uint32_t i;

	for (i = 0; i < SEAM_COUNT_OF(both.bits); i++)
		both.bits[i] = page->dirty.bits[i] & keys->bits[i];
	return both;
}

static void clean_page(struct seam_call *call, struct seam_page *page, uint16_t lps,
		       const struct seam_keys *keys)
{
	const struct seam_keys wanted = common(page, keys);
	uint32_t hkid;

	if (seam_keys_none(&wanted))
		return;
	if (page->dirty_lps & ~lps) {
		/* Another package holds lines too, and it is unknown with which KeyID. */
		if (!memcmp(&wanted, &page->dirty, sizeof(wanted)))
			clean_lps(page, lps);
		return;
	}
	for (hkid = 0; hkid < SEAM_MAX_KEYIDS; hkid++) {
		if (!seam_keys_has(&wanted, hkid))
			continue;
		seam_make_clean(page, hkid);
		seam_history(call->model, SEAM_EVENT_WRITTEN_BACK, SEAM_PHYMEM_CACHE_WB,
			     seam_hpa_of(call->model, page), hkid);
	}
}

void seam_package_written_back(struct seam_call *call, const struct seam_keys *keys)
{
	const struct seam_model *model = call->model;
	const uint16_t lps = lps_of_package(call);
	struct seam_page *page;

	for (page = seam_next_written(model, NULL); page; page = seam_next_written(model, page))
		if (page->dirty_lps)
			clean_page(call, page, lps, keys);
}

bool seam_model_is_dirty(struct seam_model *model, uint64_t hpa)
{
	const struct seam_page *page = seam_model_page(model, hpa);

	return page && !seam_keys_none(&page->dirty);
}

uint32_t seam_model_dirty_pages(const struct seam_model *model)
{
	const struct seam_page *page;
	uint32_t dirty = 0;

	for (page = seam_next_written(model, NULL); page; page = seam_next_written(model, page))
		dirty += !seam_keys_none(&page->dirty);
	return dirty;
}
