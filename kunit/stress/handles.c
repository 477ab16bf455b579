// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads share arrays: one at a time works with each, the others get -EBUSY, and constant properties can always be
 * read. An array ends when the last of its users has dropped the handle.
 */
#include <linux/cleanup.h>
#include <linux/spinlock.h>

#include "stress.h"

/* Handles that all threads share. */
static struct slot {
	struct tdx_page_array *array; /* NULL: none */
	u32 users;
	bool ends; /* no new users */
} slots[3];
static DEFINE_SPINLOCK(slots_lock);

static struct kunit *running;
static atomic_t made, busy;

/* Adds a user to the array of a slot. NULL if there is none. */
static struct tdx_page_array *get(struct slot *slot)
{
	guard(spinlock)(&slots_lock);
	if (!slot->array || slot->ends)
		return NULL;
	slot->users++;
	return slot->array;
}

/* Removes a user. True for the last user of an array that has to end: then the slot is empty. */
static bool put(struct slot *slot, bool ends)
{
	guard(spinlock)(&slots_lock);
	slot->ends |= ends;
	if (--slot->users || !slot->ends)
		return false;
	*slot = (struct slot){};
	return true;
}

/* False if the slot is not empty. */
static bool fill(struct slot *slot, struct tdx_page_array *array)
{
	guard(spinlock)(&slots_lock);
	if (slot->array)
		return false;
	slot->array = array;
	return true;
}

/* Ends an array without other users. A mapped array cannot be released: unmap it first. */
static void end(struct tdx_page_array *array)
{
	const int unmapped = tdx_page_array_unmap(array);

	KUNIT_EXPECT_TRUE(running, !unmapped || unmapped == -EINVAL);
	KUNIT_EXPECT_EQ(running, tdx_page_array_release(array), 0);
}

static int work_with(struct tdx_page_array *array, u32 how)
{
	char byte;

	switch (how) {
	case 0:
		return min(tdx_page_array_populate(array, 0), 0);
	case 1:
		return PTR_ERR_OR_ZERO(tdx_page_array_map(array));
	default:
		return tdx_page_array_read(array, &byte, 0);
	}
}

static void use(struct stress_thread *thread)
{
	while (!stress_is_over()) {
		struct slot *slot = &slots[stress_random(thread, ARRAY_SIZE(slots))];
		struct tdx_page_array *array = get(slot);
		int error;

		if (!array) {
			array = tdx_page_array_create(1 + stress_random(thread, 600));
			KUNIT_EXPECT_NOT_ERR_OR_NULL(running, array);
			atomic_inc(&made);
			if (!IS_ERR(array) && !fill(slot, array))
				end(array);
			continue;
		}
		error = work_with(array, stress_random(thread, 3));
		if (error == -EBUSY)
			atomic_inc(&busy);
		else
			KUNIT_EXPECT_EQ(running, error, 0);
		/* This never returns -EBUSY. */
		KUNIT_EXPECT_NOT_ERR_OR_NULL(
			running, tdx_page_array_page(array, tdx_page_array_nr_pages(array) - 1));
		if (put(slot, !stress_random(thread, 10)))
			end(array);
	}
}

static void only_one_thread_at_a_time_uses_an_array(struct kunit *test)
{
	static struct stress_thread threads[STRESS_THREADS];
	unsigned int i;

	running = test;
	for (i = 0; i < STRESS_THREADS; i++)
		threads[i].body = use;
	stress_run(test, threads, ARRAY_SIZE(threads));
	for (i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i].array)
			end(slots[i].array);
	kunit_info(test, "%d arrays, %d times busy\n", atomic_read(&made), atomic_read(&busy));
	KUNIT_EXPECT_GT(test, atomic_read(&busy), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(only_one_thread_at_a_time_uses_an_array),
	{},
};

TEST_SUITE("stress_handles", harness_init, harness_exit);
