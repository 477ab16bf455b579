/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tdx_page_array: arrays of pages lent to the Intel TDX module.
 *
 * A driver creates an array, hands it to the TDX module with one of the tdx_tdh_*() wrappers
 * (tdx_page_array_seamcalls.h), and releases it when it is done. Which wrapper ran, and what the
 * module answered, is recorded in the array; tdx_page_array_release() knows from that record what
 * each page needs before the kernel may use it again. Objects that do all of this by themselves are
 * in tdx_page_array_objects.h.
 *
 * Everything here needs process context and may sleep. An array is used by one caller at a time: a
 * call that finds the array in use elsewhere refuses with -EBUSY. Symbols are exported in the
 * namespace "TDX_PAGE_ARRAY".
 */
#ifndef TDX_PAGE_ARRAY_H
#define TDX_PAGE_ARRAY_H

#ifdef __cplusplus
#include <cstddef>
#include "interface.h"
extern "C" {
#else
#include <linux/types.h>
#endif

struct page;
struct tdx_page_array;

/* The node argument for "wherever the calling CPU gets memory": the kernel's NUMA_NO_NODE. */
#define TDX_PAGE_ARRAY_ANY_NODE (-1)

/* Flags of tdx_page_array_create_on(). */
#define TDX_PAGE_ARRAY_ACCOUNT	  0x1U /* charge the pages to the caller's memory cgroup */
#define TDX_PAGE_ARRAY_CONTIGUOUS 0x2U /* one physically contiguous range */

/*
 * Entries of one 4K list page: what one HPA_LIST_INFO or HPA_ARRAY_T can describe (TDX module ABI,
 * 512 words of 8 bytes).
 */
#define TDX_PAGE_ARRAY_MAX_ENTRIES 512

/**
 * tdx_page_array_create() - allocate an array of 4K pages to be lent to the TDX module
 * @nr_pages: how many 4K pages, at least 1; more than TDX_PAGE_ARRAY_MAX_ENTRIES can be handed over
 *   window by window
 *
 * The pages come from the page allocator in the largest blocks that it gives without effort. Their
 * content is undefined. The next hand-over is about the first window (see tdx_page_array_populate()).
 *
 * A live array keeps this kernel module loaded.
 *
 * Return: the array, owned by the caller until tdx_page_array_release() or tdx_page_array_leak();
 * or an ERR_PTR:
 * -EINVAL when @nr_pages is 0, -ENOMEM when there is not enough memory, -ENODEV when this module is
 * being unloaded.
 */
struct tdx_page_array *tdx_page_array_create(unsigned int nr_pages);

/**
 * tdx_page_array_create_on() - the same with wishes about the pages
 * @nr_pages: how many 4K pages, at least 1
 * @node: the memory node they should come from, or TDX_PAGE_ARRAY_ANY_NODE. Other nodes help out
 *   when it has too few; a contiguous range beyond the largest block of the page allocator comes
 *   from anywhere then
 * @flags: TDX_PAGE_ARRAY_ACCOUNT, TDX_PAGE_ARRAY_CONTIGUOUS, both or 0. Pages that are kept or
 *   quarantined in the end stay charged
 *
 * Return: as tdx_page_array_create(). Also -EINVAL when @node has no memory, @flags has other bits,
 * or a range is to be accounted that is larger than the largest block of the page allocator (the
 * kernel cannot account those). -ENOMEM also for such a range on kernels before 7.0, which do not
 * let a module have one.
 */
struct tdx_page_array *tdx_page_array_create_on(unsigned int nr_pages, int node,
						unsigned int flags);

/**
 * tdx_page_array_create_iommu_mt() - allocate the metadata of an IOMMU
 * @iq_order: each of the two queues has 2^@iq_order contiguous pages, one entry of the list
 * @nr_mt_pages: how many single pages follow them (the metadata field connect.iommu_mt_page_count),
 *   at least 1 and so many that there are at most TDX_PAGE_ARRAY_MAX_ENTRIES entries
 *
 * Return: as tdx_page_array_create(); -EINVAL when @iq_order is larger than the page allocator's
 * largest block or @nr_mt_pages is out of range.
 */
struct tdx_page_array *tdx_page_array_create_iommu_mt(unsigned int iq_order,
						      unsigned int nr_mt_pages);

/**
 * tdx_page_array_create_iommu_mt_on() - the same with wishes about the pages
 * @iq_order: as above
 * @nr_mt_pages: as above
 * @node: as in tdx_page_array_create_on(): the IOMMU's own node
 * @flags: TDX_PAGE_ARRAY_ACCOUNT or 0
 *
 * Return: as the two above.
 */
struct tdx_page_array *tdx_page_array_create_iommu_mt_on(unsigned int iq_order,
							 unsigned int nr_mt_pages, int node,
							 unsigned int flags);

/**
 * tdx_page_array_adopt() - make an array of pages that the caller owns
 * @pages: the pages, in order; the pointers are copied
 * @nr_pages: how many, at least 1
 *
 * The caller goes on owning the pages, but must not free them or write to them until the array has
 * ended: tdx_page_array_release() makes them safe and never frees them. A page that has to stay out
 * of use gets a reference of its own then, so that the caller can put all of its references in any
 * case. Pages without a reference count of their own (tails of a block that is no folio) cannot be
 * adopted.
 *
 * Return: as tdx_page_array_create(); -EINVAL when @pages is NULL or has a NULL in it, when a page
 * stands there twice, or when one has no reference count of its own.
 */
struct tdx_page_array *tdx_page_array_adopt(struct page **pages, unsigned int nr_pages);

/**
 * tdx_page_array_nr_pages() - how many 4K pages an array has
 * @array: a live array
 *
 * Return: the number, at least 1; 0 when the handle is NULL, an ERR_PTR or no live array, or another
 * caller is using it.
 */
unsigned int tdx_page_array_nr_pages(struct tdx_page_array *array);

/**
 * tdx_page_array_populate() - choose the part of an array that the next hand-over is about
 * @array: a live array
 * @offset: index of the first page of the window
 *
 * Writes the physical addresses of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages, starting with page
 * @offset, to the array's list page. Needed only for extension memory, for arrays larger than one
 * window: the first one is listed when it is first handed over, if it was not before. Entries
 * of an IOMMU's metadata count as one page each here.
 *
 * Return: number of pages in the window; -EINVAL when @offset is not below the number of pages, or
 * the handle is NULL or an ERR_PTR; -EBADF when it is no live array; -EBUSY when another caller is
 * using it; -ENOMEM when there is no list page yet and none to be had.
 */
int tdx_page_array_populate(struct tdx_page_array *array, unsigned int offset);

/**
 * tdx_page_array_release() - take the pages back, whatever happened to them
 * @array: a live array; it is gone afterwards unless -EBUSY is returned
 *
 * Does what the record of the array asks for. Pages that never reached the TDX module are freed.
 * Pages that the module refused or gave back are written back from the caches
 * (TDH.PHYMEM.PAGE.WBINVD with the KeyID that the module used), on CPUs with the partial-write
 * machine check erratum written over with MOVDIR64B, and freed. Control pages of a TD are reclaimed
 * first (TDH.PHYMEM.PAGE.RECLAIM). Where the outcome of a hand-over is unknown, the module is asked
 * about each page (TDH.PHYMEM.PAGE.RDMD), and what is not the host's is put in quarantine. It stops
 * at nothing: a page that cannot be made safe goes to the quarantine alone, the others are freed.
 * "Freed" is "given back to the caller" for adopted pages.
 *
 * Return: 0 when every page was freed; -EUCLEAN when some are in quarantine now; -EBUSY when the
 * TDX module owns pages that do not come back yet (nothing has changed: delete the object or tear
 * the TD down first, or tdx_page_array_leak()), when the array is mapped or another caller is using
 * it; -EINVAL when the handle is NULL or an ERR_PTR; -EBADF when it is no live array (released
 * already).
 */
int tdx_page_array_release(struct tdx_page_array *array);

/**
 * tdx_page_array_leak() - end an array whose pages the TDX module keeps
 * @array: a live array; it is gone afterwards
 *
 * For pages that never come back on purpose: extension memory. Pages that the module owns for good
 * are counted as kept by it. Pages that were never handed over are freed, as by
 * tdx_page_array_release(). Pages that the module owns although they could come back (a session
 * that nobody deleted, a TD that nobody tore down) go to the quarantine.
 *
 * Return: 0 when every page is either kept by the TDX module or freed; -EUCLEAN when some are in
 * quarantine now; -EBUSY,
 * -EINVAL, -EBADF as in tdx_page_array_release(), then nothing has changed.
 */
int tdx_page_array_leak(struct tdx_page_array *array);

/**
 * tdx_page_array_page() - look up one page of an array
 * @array: a live array
 * @index: index of the page
 *
 * Return: the struct page, owned by the array; or an ERR_PTR: -EINVAL when @index is not below the
 * number of pages or the handle is NULL or an ERR_PTR, -EBADF when it is no live array, -EBUSY when
 * another caller is using it.
 */
struct page *tdx_page_array_page(struct tdx_page_array *array, unsigned int index);

/**
 * tdx_page_array_map() - map an array to contiguous kernel addresses
 * @array: a live array whose pages are the host's and were never private
 *
 * For arrays that serve as the module's input or output buffer. While mapped the array can neither
 * be handed over nor released.
 *
 * Return: the address, valid until tdx_page_array_unmap(); or an ERR_PTR: -EBUSY when the array is
 * mapped already, its pages are not plainly the host's or another caller is using it, -ENOMEM,
 * -EINVAL and -EBADF as in tdx_page_array_page().
 */
void *tdx_page_array_map(struct tdx_page_array *array);

/**
 * tdx_page_array_unmap() - undo tdx_page_array_map()
 * @array: a mapped array
 *
 * Return: 0; -EINVAL when the array is not mapped or the handle is NULL or an ERR_PTR; -EBADF when
 * it is no live array;
 * -EBUSY when another caller is using it.
 */
int tdx_page_array_unmap(struct tdx_page_array *array);

/**
 * tdx_page_array_read() - copy what the TDX module wrote to an array
 * @array: an array that was the output buffer of a successful SEAMCALL
 * @to: where to
 * @bytes: how many, from the beginning; no more than the module reported
 *
 * Such a buffer never was private: it needs no write-back, and its release frees it as it is.
 *
 * Return: 0; -EINVAL when @to is NULL, when @bytes is more than the module reported, or the handle
 * is NULL or an ERR_PTR; -EBADF when it is no live array; -EBUSY when its pages are not plainly the
 * host's or another caller is using it.
 */
int tdx_page_array_read(struct tdx_page_array *array, void *to, size_t bytes);

/**
 * tdx_page_array_retry_quarantine() - ask again about every page in quarantine
 *
 * A page that the TDX module says is not its own is made safe and freed, a control page of a TD
 * after it was reclaimed; the others stay.
 *
 * Return: how many pages were freed.
 */
unsigned long tdx_page_array_retry_quarantine(void);

/**
 * struct tdx_page_array_counters - the ledger: what became of every page that arrays ever took
 * @taken: pages taken, from the page allocator or adopted; the sum of the four counts below, at any
 *   time
 * @in_arrays: pages in live arrays
 * @freed: pages given back, to the page allocator or to the caller who owns them; those of an array
 *   that was never handed over count from the moment in which its handle ends
 * @kept: pages that the TDX module keeps on purpose
 * @quarantined: pages that may not be used again
 * @seamcalls: SEAMCALL instructions issued, tries for entropy counted once
 */
struct tdx_page_array_counters {
	u64 taken;
	u64 in_arrays;
	u64 freed;
	u64 kept;
	u64 quarantined;
	u64 seamcalls;
};

/**
 * tdx_page_array_count() - read the ledger
 * @counters: filled in
 */
void tdx_page_array_count(struct tdx_page_array_counters *counters);

#ifdef __cplusplus
}
#endif

#include "tdx_page_array_seamcalls.h"

#endif
