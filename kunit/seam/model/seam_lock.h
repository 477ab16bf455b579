/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's locks: several shared holders or one exclusive holder, without waiting. A failed
 * attempt has no effect, unlike in the real module, where guests then give the host priority.
 */
#ifndef SEAM_LOCK_H
#define SEAM_LOCK_H

#include "seam_types.h"

enum seam_mode {
	SEAM_SHARED,
	SEAM_EXCLUSIVE,
};

/* -1: held exclusively; otherwise the number of shared holders. */
struct seam_lock {
	int32_t holders;
};

static inline bool seam_lock_change(struct seam_lock *lock, int32_t from, int32_t to)
{
	return __atomic_compare_exchange_n(&lock->holders, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static inline bool seam_try_lock(struct seam_lock *lock, enum seam_mode mode)
{
	int32_t holders;

	if (mode == SEAM_EXCLUSIVE)
		return seam_lock_change(lock, 0, -1);
	do {
		holders = __atomic_load_n(&lock->holders, __ATOMIC_RELAXED);
		if (holders < 0)
			return false;
	} while (!seam_lock_change(lock, holders, holders + 1));
	return true;
}

/* The only shared holder becomes the exclusive one. */
static inline bool seam_try_promote(struct seam_lock *lock)
{
	return seam_lock_change(lock, 1, -1);
}

static inline void seam_unlock(struct seam_lock *lock, enum seam_mode mode)
{
	if (mode == SEAM_EXCLUSIVE)
		__atomic_store_n(&lock->holders, 0, __ATOMIC_RELEASE);
	else
		__atomic_fetch_sub(&lock->holders, 1, __ATOMIC_RELEASE);
}

#endif
