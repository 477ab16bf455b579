// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads share arrays: one at a time works with each, the others get -EBUSY, and constant properties can always be
 * read.
 */
#include "stress.h"

static struct tdx_page_array *arrays[3];
static struct kunit *running;
static atomic_t busy;

static int map_and_unmap(struct tdx_page_array *array)
{
	int error = PTR_ERR_OR_ZERO(tdx_page_array_map(array));

	if (error)
		return error;
	do {
		error = tdx_page_array_unmap(array);
	} while (error == -EBUSY);
	return error;
}

static int work_with(struct tdx_page_array *array, u32 how)
{
	char byte;

	switch (how) {
	case 0:
		return min(tdx_page_array_populate(array, 0), 0);
	case 1:
		return map_and_unmap(array);
	default:
		return tdx_page_array_read(array, &byte, 0);
	}
}

static void use(struct stress_thread *thread)
{
	while (!stress_is_over()) {
		struct tdx_page_array *array = arrays[stress_random(thread, ARRAY_SIZE(arrays))];
		const int error = work_with(array, stress_random(thread, 3));

		if (error == -EBUSY)
			atomic_inc(&busy);
		else
			KUNIT_EXPECT_EQ(running, error, 0);
		/* This never returns -EBUSY. */
		KUNIT_EXPECT_NOT_ERR_OR_NULL(
			running, tdx_page_array_page(array, tdx_page_array_nr_pages(array) - 1));
	}
}

static void only_one_thread_at_a_time_uses_an_array(struct kunit *test)
{
	static struct stress_thread threads[STRESS_THREADS];
	unsigned int i;

	running = test;
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		arrays[i] = make_array(test, 1 + 300 * i);
	for (i = 0; i < STRESS_THREADS; i++)
		threads[i].body = use;
	stress_run(test, threads, ARRAY_SIZE(threads));
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(arrays[i]), 0);
	kunit_info(test, "%d times busy\n", atomic_read(&busy));
	KUNIT_EXPECT_GT(test, atomic_read(&busy), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(only_one_thread_at_a_time_uses_an_array),
	{},
};

TEST_SUITE("stress_handles", harness_init, harness_exit);
