// SPDX-License-Identifier: GPL-2.0
/*
 * The end of the module: TDH.SYS.SHUTDOWN, before an update, and SYS.DISABLE, before the start of
 * another kernel.
 *
 * According to Linux, SYS.DISABLE can be interrupted or return a busy status, and only a full
 * initialisation can follow. The rest is a guess: the module ends its TDs and objects; all memory,
 * including the PAMT, becomes the host's without being written back or converted; and the module is
 * uninitialised, as after power-on.
 */
#include "internal.h"

#define DISABLE_STEPS 4

static uint64_t shut_down(struct seam_call *call)
{
	call->model->config.sys_state = SEAM_SYS_SHUT_DOWN;
	return SEAM_SUCCESS;
}

static void release_page(struct seam_model *model, struct seam_page *page)
{
	if (seam_has_content(page))
		seam_give_page_back(model, page);
	page->entry.type = SEAM_PT_NDA;
	page->in_bitmap = false;
	page->pamt = false;
}

/* False if a call on another logical processor holds the lock of a page; it does so briefly. */
static bool release_pages(struct seam_model *model, uint64_t from, uint64_t to)
{
	struct seam_page *page;
	uint64_t i;

	for (i = from; i < to; i++) {
		page = &model->memory.pages[i];
		if (!seam_try_lock(&page->entry.lock, SEAM_EXCLUSIVE))
			return false;
		release_page(model, page);
		seam_unlock(&page->entry.lock, SEAM_EXCLUSIVE);
	}
	return true;
}

static void release_regions(const struct seam_memory *memory)
{
	struct seam_region *region;
	struct seam_entry *giga;

	seam_for_first(region, memory->regions, seam_region_count(memory))
		region->entry.type = SEAM_PT_NDA;
	seam_for_first(giga, memory->gigas, seam_giga_count(memory))
		giga->type = SEAM_PT_NDA;
}

static uint64_t disable(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t pages = model->memory.page_count;
	uint32_t steps = seam_steps_until_interrupt(call, DISABLE_STEPS - model->disable_steps);

	/* From the first step on other calls are refused. */
	model->config.sys_state = SEAM_SYS_SHUT_DOWN;
	model->disabling = true;
	for (; steps; steps--) {
		if (!release_pages(model, pages * model->disable_steps / DISABLE_STEPS,
				   pages * (model->disable_steps + 1) / DISABLE_STEPS))
			return SEAM_SYS_BUSY;
		model->disable_steps++;
	}
	if (model->disable_steps < DISABLE_STEPS)
		return SEAM_INTERRUPTED_RESUMABLE;
	release_regions(&model->memory);
	seam_forget_configuration(model);
	return SEAM_SUCCESS;
}

uint64_t seam_sys_shutdown(struct seam_call *call)
{
	return seam_sys_alone(call, shut_down);
}

uint64_t seam_sys_disable(struct seam_call *call)
{
	return seam_sys_alone(call, disable);
}

/* The model has no state of a logical processor that this would have to clean up. */
uint64_t seam_sys_lp_shutdown(struct seam_call *call)
{
	return SEAM_SUCCESS;
}

static bool install(struct seam_model *model, uint32_t lp, const struct seam_version *version)
{
	if (model->config.sys_state != SEAM_SYS_SHUT_DOWN || model->disabling ||
	    model->installed_lps & 1U << lp)
		return false;
	model->installed_lps |= 1U << lp;
	if (!seam_are_all_lps(model, model->installed_lps))
		return true;
	model->installed_lps = 0;
	model->initialised_lps = 0;
	model->handed_over = true;
	model->config.sys_state = SEAM_SYSINIT_PENDING;
	model->config.major_version = version->major;
	model->config.minor_version = version->minor;
	model->config.update_version = version->update;
	return true;
}

bool seam_model_install(struct seam_model *model, uint32_t lp, const struct seam_version *version)
{
	bool done;

	if (!seam_try_lock(&model->sys_lock, SEAM_EXCLUSIVE))
		return false;
	done = install(model, lp, version);
	seam_unlock(&model->sys_lock, SEAM_EXCLUSIVE);
	return done;
}
