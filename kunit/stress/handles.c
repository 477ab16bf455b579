// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads share arrays: one at a time works with each, the others get -EBUSY, and constant properties can always be
 * read. An array ends when the last of its users has dropped the handle.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/spinlock.h>

#include "stress.h"

#define SLOTS 3

/* A handle that all threads share. */
struct slot {
	struct tdx_page_array *array;
	unsigned int pages;
	u32 users;
	bool ends; /* no new users */
};

static struct slot slots[SLOTS];
static DEFINE_SPINLOCK(slots_lock);

/* Adds a user to the array of a slot. NULL if there is none. */
static struct tdx_page_array *get(unsigned int index, unsigned int *pages)
{
	struct slot *slot = &slots[index];

	guard(spinlock)(&slots_lock);
	if (!slot->array || slot->ends)
		return NULL;
	slot->users++;
	*pages = slot->pages;
	return slot->array;
}

/* Removes a user. True for the last user of an array that has to end: then the slot is empty. */
static bool put(unsigned int index, bool ends)
{
	struct slot *slot = &slots[index];

	guard(spinlock)(&slots_lock);
	slot->ends |= ends;
	if (--slot->users || !slot->ends)
		return false;
	*slot = (struct slot){};
	return true;
}

static bool show(unsigned int index, struct tdx_page_array *array, unsigned int pages)
{
	guard(spinlock)(&slots_lock);
	if (slots[index].array)
		return false;
	slots[index] = (struct slot){.array = array, .pages = pages};
	return true;
}

struct party {
	u32 made, released, busy;
	int unexpected;
};

static struct party parties[STRESS_THREADS];

static void take_note(struct party *party, int error)
{
	switch (error) {
	case 0:
		break;
	case -EBUSY:
		party->busy++;
		break;
	default:
		party->unexpected = error;
	}
}

/* Ends an array without other users. A mapped array cannot be released: unmap it first. */
static void end(struct party *party, struct tdx_page_array *array)
{
	const int unmapped = tdx_page_array_unmap(array);
	const int error = tdx_page_array_release(array);

	if (error || (unmapped && unmapped != -EINVAL))
		party->unexpected = error ?: unmapped;
	party->released += !error;
}

static void fill(struct party *party, unsigned int index, unsigned int pages)
{
	struct tdx_page_array *array = tdx_page_array_create(pages);

	if (IS_ERR(array)) {
		take_note(party, PTR_ERR(array));
		return;
	}
	party->made++;
	if (!show(index, array, pages))
		end(party, array);
}

static void work_with(struct stress_thread *thread, struct tdx_page_array *array,
		      unsigned int pages)
{
	struct party *party = thread->context;
	char byte;

	switch (stress_random(thread, 4)) {
	case 0:
		/* These never return -EBUSY. */
		if (IS_ERR(tdx_page_array_page(array, pages - 1)) ||
		    tdx_page_array_nr_pages(array) != pages)
			party->unexpected = -EINVAL;
		break;
	case 1:
		take_note(party, min(tdx_page_array_populate(array, 0), 0));
		break;
	case 2:
		take_note(party, PTR_ERR_OR_ZERO(tdx_page_array_map(array)));
		break;
	case 3:
		take_note(party, tdx_page_array_read(array, &byte, 0));
		break;
	}
}

static void use(struct stress_thread *thread)
{
	struct party *party = thread->context;
	struct tdx_page_array *array;
	unsigned int index, pages;

	while (!stress_is_over()) {
		index = stress_random(thread, SLOTS);
		array = get(index, &pages);
		if (!array) {
			fill(party, index, 1 + stress_random(thread, 600));
			continue;
		}
		work_with(thread, array, pages);
		if (put(index, !stress_random(thread, 10)))
			end(party, array);
	}
}

static void only_one_thread_at_a_time_uses_an_array(struct kunit *test)
{
	static struct stress_thread threads[STRESS_THREADS];
	struct tdx_page_array_counters ledger;
	struct party all = {}, *party;
	unsigned int i;

	memset(parties, 0, sizeof(parties));
	for (i = 0; i < STRESS_THREADS; i++) {
		threads[i].body = use;
		threads[i].context = &parties[i];
	}
	stress_run(test, threads, ARRAY_SIZE(threads));
	for (i = 0; i < SLOTS; i++) {
		if (slots[i].array)
			end(&parties[0], slots[i].array);
		slots[i] = (struct slot){};
	}

	for (party = parties; party < parties + STRESS_THREADS; party++) {
		all.made += party->made;
		all.released += party->released;
		all.busy += party->busy;
		KUNIT_EXPECT_EQ(test, party->unexpected, 0);
	}
	kunit_info(test, "%u arrays, %u ends, %u times busy\n", all.made, all.released, all.busy);
	KUNIT_EXPECT_EQ(test, all.made, all.released);
	KUNIT_EXPECT_GT(test, all.busy, 0);
	KUNIT_EXPECT_TRUE(test, stress_ledger_adds_up(&ledger));
	KUNIT_EXPECT_EQ(test, ledger.in_arrays, 0);
	KUNIT_EXPECT_EQ(test, ledger.quarantined, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(only_one_thread_at_a_time_uses_an_array),
	{},
};

struct kunit_suite stress_handles_suite = {
	.name = "stress_handles",
	.test_cases = cases,
};
