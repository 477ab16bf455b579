// SPDX-License-Identifier: GPL-2.0
/* The pages of an array: allocation, lookup, mapping, and lifetimes. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/xarray.h>

#include "../unexported.h"
#include "harness.h"

static const unsigned int sizes[] = {1, 2, 3, 5, 511, 512, 513, 1023, 12800};
KUNIT_ARRAY_PARAM(size, sizes, describe_pages);

static void an_array_has_as_many_different_pages_as_asked_for(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	struct tdx_page_array *array = make_array(test, size);
	unsigned int i, doubles = 0;
	struct xarray seen;

	xa_init(&seen);
	for (i = 0; i < size; i++)
		doubles += !!xa_insert(&seen, hpa_of(test, array, i) >> PAGE_SHIFT, XA_ZERO_ENTRY,
				       GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, doubles, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, size);
	xa_destroy(&seen);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, size);
}

/*
 * Pages that a TDX module keeps permanently should not be scattered: no 2 MiB block that contains
 * one of them can be a huge page again.
 */
static void a_large_array_touches_few_blocks(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 12800);
	u64 block, previous = ~0ULL;
	unsigned int i, blocks = 0;

	for (i = 0; i < 12800; i++) {
		block = hpa_of(test, array, i) >> 21;
		blocks += block != previous;
		previous = block;
	}
	KUNIT_EXPECT_LE(test, blocks, 26);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void a_mapped_array_is_one_buffer(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);
	u8 *buffer = tdx_page_array_map(array);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buffer);
	for (i = 0; i < 3; i++) {
		memset(buffer + i * PAGE_SIZE, 0xa0 + i, PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, *(u8 *)phys_to_virt(hpa_of(test, array, i)), 0xa0 + i);
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* find_module() is not exported; a kprobe tells where it is. NULL: it does not. */
static CALLS_UNEXPORTED struct module *module_under_test(void)
{
	struct module *(*find)(const char *name) = address_of("find_module"), *module;

	if (!find)
		return NULL;
	rcu_read_lock_sched();
	module = find("tdx_page_array");
	rcu_read_unlock_sched();
	return module;
}
CALLS_UNEXPORTED_IN(module_under_test);

static void a_live_array_keeps_the_kernel_module_loaded(struct kunit *test)
{
	struct module *module = module_under_test();
	struct tdx_page_array *array;
	int before;

	KUNIT_ASSERT_NOT_NULL(test, module);
	before = module_refcount(module);
	array = make_array(test, 1);
	KUNIT_EXPECT_EQ(test, module_refcount(module), before + 1);
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_create(0), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, module_refcount(module), before + 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(module), before);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_array_has_as_many_different_pages_as_asked_for, size_gen_params),
	KUNIT_CASE(a_large_array_touches_few_blocks),
	KUNIT_CASE(a_mapped_array_is_one_buffer),
	KUNIT_CASE(a_live_array_keeps_the_kernel_module_loaded),
	{},
};

TEST_SUITE("pages", harness_init, harness_exit);
