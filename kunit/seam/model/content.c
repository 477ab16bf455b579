// SPDX-License-Identifier: GPL-2.0
/*
 * The content of pages. The module leaves its encrypted data in a page that it owns: here a pattern
 * that depends on the page and on when it was taken, so that a later check finds writes of the host.
 * While the page is the host's, a checksum of its content shows whether the host wrote to it after it
 * flushed its lines.
 */
#include "internal.h"

static uint64_t pattern(uint64_t hpa, uint32_t scramble, uint32_t word)
{
	uint64_t x = hpa ^ (uint64_t)scramble << 32 ^ word;

	x *= 0x9E3779B97F4A7C15ULL;
	return x ^ x >> 29;
}

void seam_scramble(struct seam_model *model, struct seam_page *page)
{
	const uint64_t hpa = seam_hpa_of(model, page);
	uint64_t *words = model->ops->map(hpa);
	uint32_t i;

	page->write_seen = false;
	page->scramble = __atomic_add_fetch(&model->scrambles, 1, __ATOMIC_RELAXED);
	for (i = 0; words && i < SEAM_LIST_ENTRIES; i++)
		words[i] = pattern(hpa, page->scramble, i);
}

bool seam_scramble_intact(const struct seam_model *model, const struct seam_page *page)
{
	const uint64_t hpa = seam_hpa_of(model, page);
	const uint64_t *words = model->ops->map(hpa);
	uint32_t i;

	for (i = 0; words && i < SEAM_LIST_ENTRIES; i++)
		if (words[i] != pattern(hpa, page->scramble, i))
			return false;
	return true;
}

uint32_t seam_content_sum(const struct seam_model *model, const struct seam_page *page)
{
	const uint64_t *words = model->ops->map(seam_hpa_of(model, page));
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; words && i < SEAM_LIST_ENTRIES; i++)
		sum = (sum ^ words[i]) * 0x9E3779B97F4A7C15ULL;
	return (uint32_t)(sum >> 32) | 1;
}
