// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads with the same handles, some of which are dead: exactly one of them ends an array,
 * and no other reads what is not there any more.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/spinlock.h>

#include "storm.h"

#define SLOTS 3

/*
 * A handle that all can see. The number tells it from a later one that has the same address.
 */
struct slot {
	struct tdx_page_array *array;
	u32 number;
};

static struct slot slots[SLOTS];
static DEFINE_SPINLOCK(slots_lock);

static struct slot look_at(unsigned int index)
{
	guard(spinlock)(&slots_lock);
	return slots[index];
}

static bool show(unsigned int index, struct tdx_page_array *array)
{
	guard(spinlock)(&slots_lock);
	if (slots[index].array)
		return false;
	slots[index].array = array;
	slots[index].number++;
	return true;
}

static void hide(unsigned int index, const struct slot *seen)
{
	guard(spinlock)(&slots_lock);
	if (slots[index].number == seen->number)
		slots[index].array = NULL;
}

struct party {
	u32 made, released, busy, dead;
	int unexpected;
};

static struct party parties[STORM_THREADS];

static void take_note(struct party *party, int error)
{
	switch (error) {
	case 0:
		break;
	case -EBUSY:
		party->busy++;
		break;
	case -EBADF:
		party->dead++;
		break;
	default:
		party->unexpected = error;
	}
}

static int release(struct party *party, struct tdx_page_array *array)
{
	const int error = tdx_page_array_release(array);

	take_note(party, error);
	party->released += !error;
	return error;
}

/* One that is mapped cannot be released. */
static int end(struct party *party, struct tdx_page_array *array)
{
	const int error = tdx_page_array_unmap(array);

	if (error != -EINVAL) /* it was not mapped */
		take_note(party, error);
	return release(party, array);
}

static void fill(struct party *party, unsigned int index, unsigned int pages)
{
	struct tdx_page_array *array = tdx_page_array_create(pages);

	if (IS_ERR(array)) {
		take_note(party, PTR_ERR(array));
		return;
	}
	party->made++;
	if (show(index, array))
		return;
	/* Who still has a dead handle of this address can be using it, and even map it. */
	while (end(party, array) == -EBUSY)
		cond_resched();
}

static void use(struct storm_thread *thread)
{
	struct party *party = thread->context;
	struct slot seen;
	unsigned int index;
	void *address;
	char byte;

	while (!storm_is_over()) {
		index = storm_random(thread, SLOTS);
		seen = look_at(index);
		if (!seen.array) {
			fill(party, index, 1 + storm_random(thread, 600));
			continue;
		}
		switch (storm_random(thread, 5)) {
		case 0:
			take_note(party, PTR_ERR_OR_ZERO(tdx_page_array_page(seen.array, 0)));
			break;
		case 1:
			take_note(party, min(tdx_page_array_populate(seen.array, 0), 0));
			break;
		case 2:
			address = tdx_page_array_map(seen.array);
			take_note(party, PTR_ERR_OR_ZERO(address));
			break;
		case 3:
			take_note(party, tdx_page_array_read(seen.array, &byte, 0));
			break;
		case 4:
			if (end(party, seen.array) != -EBUSY)
				hide(index, &seen);
			break;
		}
	}
}

static void exactly_one_ends_an_array(struct kunit *test)
{
	static struct storm_thread threads[STORM_THREADS];
	struct tdx_page_array_counters ledger;
	struct party all = {}, *party;
	unsigned int i;

	memset(parties, 0, sizeof(parties));
	for (i = 0; i < STORM_THREADS; i++) {
		threads[i].body = use;
		threads[i].context = &parties[i];
	}
	storm_run(test, threads, ARRAY_SIZE(threads));
	for (i = 0; i < SLOTS; i++)
		if (slots[i].array)
			end(&parties[0], slots[i].array);

	for (party = parties; party < parties + STORM_THREADS; party++) {
		all.made += party->made;
		all.released += party->released;
		all.busy += party->busy;
		all.dead += party->dead;
		KUNIT_EXPECT_EQ(test, party->unexpected, 0);
	}
	kunit_info(test, "%u arrays, %u ends, %u times busy, %u times too late\n", all.made,
		   all.released, all.busy, all.dead);
	KUNIT_EXPECT_EQ(test, all.made, all.released);
	KUNIT_EXPECT_GT(test, all.busy, 0);
	KUNIT_EXPECT_GT(test, all.dead, 0);
	KUNIT_EXPECT_TRUE(test, storm_ledger_adds_up(&ledger));
	KUNIT_EXPECT_EQ(test, ledger.in_arrays, 0);
	KUNIT_EXPECT_EQ(test, ledger.quarantined, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(exactly_one_ends_an_array),
	{},
};

struct kunit_suite storm_handles_suite = {
	.name = "storm_handles",
	.test_cases = cases,
};
