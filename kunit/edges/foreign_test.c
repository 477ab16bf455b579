// SPDX-License-Identifier: GPL-2.0
/*
 * Pages with another user: adopting a page that cannot be handed over safely is refused, with one errno and a line that says
 * why, and the page does not change.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <asm/set_memory.h>

#include "../unexported.h"
#include "../suites/lines.h"

/* Older kernels do this in kunit_vm_mmap(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define kunit_attach_mm() 0
#endif

/* A struct, or unsigned long in older kernels. */
#ifdef EMPTY_VMA_FLAGS
#define NO_FLAGS EMPTY_VMA_FLAGS
#else
#define NO_FLAGS 0
#endif

/* Expects a refusal for this reason. If the page was adopted nevertheless, the array is released. */
static void expect_refusal(struct kunit *test, struct page *page, const char *reason)
{
	struct tdx_page_array *array = NULL;

	EXPECT_LINE(test, EINVAL, array = tdx_page_array_adopt(&page, 1), reason);
	if (!IS_ERR(array))
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void a_page_of_a_file_is_refused(struct kunit *test)
{
	struct file *file = shmem_file_setup("foreign", PAGE_SIZE, NO_FLAGS);
	struct page *page;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	/* Not from the movable zone */
	mapping_set_gfp_mask(file->f_mapping, GFP_KERNEL);
	page = shmem_read_mapping_page(file->f_mapping, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	expect_refusal(test, page, "page 0 is a page of a file, or on an LRU list");
	put_page(page);
	fput(file);
}

static void a_page_of_a_process_is_refused(struct kunit *test)
{
	unsigned long address;
	struct page *page;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	address = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, address, 0);
	/* A long-term pin moves the page out of the movable zone. */
	KUNIT_ASSERT_EQ(test, pin_user_pages_fast(address, 1, FOLL_WRITE | FOLL_LONGTERM, &page),
			1);
	expect_refusal(test, page, "page 0 is anonymous memory of a process");
	unpin_user_page(page);
}

static struct page *shared;

static int map_shared(struct file *file, struct vm_area_struct *area)
{
	return vm_insert_page(area, area->vm_start, shared);
}

static const struct file_operations shared_fops = {.mmap = map_shared};

static void a_page_of_a_driver_that_is_mapped_to_a_process_is_refused(struct kunit *test)
{
	struct file *file;
	unsigned long address;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	shared = make_page(test);
	file = anon_inode_getfile("foreign", &shared_fops, NULL, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	address = kunit_vm_mmap(test, file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0);
	KUNIT_EXPECT_NE(test, address, 0);
	if (address) {
		expect_refusal(test, shared, "page 0 is mapped to user space");
		vm_munmap(address, PAGE_SIZE);
	}
	fput(file);
}

static void a_page_of_slab_is_refused(struct kunit *test)
{
	void *object = kmalloc(PAGE_SIZE / 2, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	expect_refusal(test, virt_to_page(object), "page 0 is a page of slab");
	kfree(object);
}

/* The boot option movablecore creates the zone. Its pages must stay movable, to offline memory. */
static void a_page_of_the_movable_zone_is_refused(struct kunit *test)
{
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ_MSG(test, page_zonenum(page), ZONE_MOVABLE, "boot with movablecore=256M");
	expect_refusal(test, page, "page 0 is movable");
	__free_page(page);
}

/* set_direct_map_*_noflush() are not exported. */
CALLS_UNEXPORTED static int change_direct_map(const char *function, struct page *page)
{
	typeof(set_direct_map_invalid_noflush) *change = address_of(function);

	return change ? change(page) : -ENOENT;
}
CALLS_UNEXPORTED_IN(change_direct_map);

static void a_page_without_a_direct_map_is_refused(struct kunit *test)
{
	struct page *page = make_page(test);

	KUNIT_ASSERT_EQ(test, change_direct_map("set_direct_map_invalid_noflush", page), 0);
	expect_refusal(test, page, "page 0 is not in the direct map");
	KUNIT_ASSERT_EQ(test, change_direct_map("set_direct_map_default_noflush", page), 0);
}

static void a_page_with_a_hardware_error_is_refused(struct kunit *test)
{
	struct page *page = make_page(test);

	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		kunit_skip(test, "this kernel does not know them");
	SetPageHWPoison(page);
	expect_refusal(test, page, "page 0 has a hardware error");
	ClearPageHWPoison(page);
}

static void a_page_of_another_live_array_is_refused(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);

	expect_refusal(test, tdx_page_array_page(array, 1),
		       "page 0 has no reference count of its own");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void a_page_that_was_adopted_already_is_refused(struct kunit *test)
{
	struct page *page = make_page(test);
	struct tdx_page_array *array = adopt(test, &page, 1);

	expect_refusal(test, page, "page 0 is in another array, or in quarantine");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_page_of_a_file_is_refused),
	KUNIT_CASE(a_page_of_a_process_is_refused),
	KUNIT_CASE(a_page_of_a_driver_that_is_mapped_to_a_process_is_refused),
	KUNIT_CASE(a_page_of_slab_is_refused),
	KUNIT_CASE(a_page_of_the_movable_zone_is_refused),
	KUNIT_CASE(a_page_without_a_direct_map_is_refused),
	KUNIT_CASE(a_page_with_a_hardware_error_is_refused),
	KUNIT_CASE(a_page_of_another_live_array_is_refused),
	KUNIT_CASE(a_page_that_was_adopted_already_is_refused),
	{},
};

LINES_SUITE("edge_foreign");
