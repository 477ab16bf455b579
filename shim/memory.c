// SPDX-License-Identifier: GPL-2.0
/* Memory for descriptors, records and lists. */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <asm/page.h>

#include "interface.h"
#include "parts.h"

/* Charged to the cgroup of the caller, for KVM that of the VM. No OOM killer for a descriptor. */
#define DESCRIPTOR (GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

void *tdx_shim_alloc(u64 bytes)
{
	/* No page is moved for a descriptor that is larger than a page. */
	void *memory = bytes <= PAGE_SIZE ? kmalloc(bytes, DESCRIPTOR) : NULL;

	/* A slab may want several pages side by side, too. */
	return memory ?: __vmalloc(bytes, DESCRIPTOR);
}

void *tdx_shim_alloc_record(u64 bytes)
{
	return kmalloc(bytes, GFP_KERNEL | __GFP_NOFAIL);
}

void tdx_shim_free(void *memory)
{
	kvfree(memory);
}

/* Before the memory of each array. */
struct header {
	spinlock_t lock;
} __aligned(sizeof(u64));

static struct header *header_of(const void *array)
{
	return (struct header *)array - 1;
}

void *tdx_shim_alloc_array(u64 bytes)
{
	struct header *header = kmalloc(sizeof(*header) + bytes, DESCRIPTOR);

	if (!header)
		return NULL;
	spin_lock_init(&header->lock);
	return header + 1;
}

void tdx_shim_lock_array(const void *array)
{
	spin_lock(&header_of(array)->lock);
}

void tdx_shim_unlock_array(const void *array)
{
	spin_unlock(&header_of(array)->lock);
}

#if defined(CONFIG_DEBUG_OBJECTS) || defined(CONFIG_KASAN)
/*
 * A kernel that looks for wrong use of memory: the last arrays that ended are held back, so that none of their addresses is a
 * new array's, which a stale handle would reach.
 */
static struct header *held_back[1000];
static DEFINE_SPINLOCK(held_back_lock);

void tdx_shim_free_array(void *array)
{
	static unsigned int oldest;
	struct header *header = header_of(array);

	spin_lock(&held_back_lock);
	swap(held_back[oldest], header);
	oldest = (oldest + 1) % ARRAY_SIZE(held_back);
	spin_unlock(&held_back_lock);
	kfree(header);
}

void tdx_memory_stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(held_back); i++)
		kfree(held_back[i]);
}
#else
void tdx_shim_free_array(void *array)
{
	kfree(header_of(array));
}

void tdx_memory_stop(void) {}
#endif

u64 tdx_shim_alloc_shared_page(void)
{
	/* kmalloc() costs half as much as the page allocator, and aligns a page as well. */
	void *page = kmalloc(PAGE_SIZE, DESCRIPTOR);

	return page ? PHYS_PFN(virt_to_phys(page)) : 0;
}

void tdx_shim_free_shared_page(u64 pfn)
{
	kfree(pfn_to_kaddr(pfn));
}
