/* SPDX-License-Identifier: GPL-2.0 */
/* The locks of a model that are held: none, between two calls. */
#ifndef USER_LOCKS_H
#define USER_LOCKS_H

#include "../seam/model/seam_model.h"

static inline u32 locks_held(const struct seam_model *model)
{
	const struct seam_memory *memory = &model->memory;
	u32 i, held = !!model->sys_lock.holders + !!model->kot_lock.holders +
		      !!model->ext_lock.holders + !!model->connect_lock.holders +
		      !!model->service_lock.holders + !!memory->gigas[0].lock.holders;

	for (i = 0; i < memory->page_count; i++)
		held += !!memory->pages[i].entry.lock.holders;
	for (i = 0; i < memory->page_count / 512; i++)
		held += !!memory->regions[i].entry.lock.holders;
	for (i = 0; i < SEAM_MAX_PACKAGES; i++)
		held += !!model->write_back[i].lock.holders;
	for (i = 0; i < SEAM_MAX_TDS; i++)
		held += !!model->tds[i].sept_lock.holders + !!model->tds[i].epoch_lock.holders;
	for (i = 0; i < model->tdmr_count; i++)
		held += !!model->tdmrs[i].lock.holders;
	return held;
}

#endif
