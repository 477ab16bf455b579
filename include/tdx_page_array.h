/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tdx_page_array: arrays of pages that are handed over to the Intel TDX module.
 *
 * A driver creates an array, hands its pages over with one of the tdx_tdh_*() wrappers
 * (tdx_page_array_seamcalls.h), and releases the array when it is done. Each wrapper records in the
 * array which leaf was called and what the TDX module answered; from that record
 * tdx_page_array_release() knows what each page needs before the kernel may use it again.
 *
 * Context of all functions: process context, may sleep. Each call claims its array; a call that
 * finds the array in use by another caller fails with -EBUSY. tdx_page_array_nr_pages() and tdx_page_array_page() read constants
 * and claim nothing. Symbols are exported in the namespace "TDX_PAGE_ARRAY", those for control pages of TDs in
 * "TDX_PAGE_ARRAY_KVM".
 *
 * A handle is the address of the array, and is valid until the array has ended. Using it later is a bug of the caller, as with
 * any pointer to freed memory. -EBADF for an array that is "not live" is best effort. It is certain only for the last 1000
 * ended arrays on kernels with CONFIG_DEBUG_OBJECTS or CONFIG_KASAN, where their memory is not reused.
 */
#ifndef TDX_PAGE_ARRAY_H
#define TDX_PAGE_ARRAY_H

#ifdef __cplusplus
#include <cstddef>
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
extern "C" {
#else
#include <linux/types.h>
#endif

struct page;
struct tdx_page_array;

/* No preferred node, same value as NUMA_NO_NODE: memory close to the calling CPU. */
#define TDX_PAGE_ARRAY_ANY_NODE (-1)

/* Flags of the tdx_page_array_create_*node() functions. Descriptors and lists of arrays are charged without a flag. */
#define TDX_PAGE_ARRAY_ACCOUNT	  0x1U /* charge the pages to the caller's memory cgroup */
#define TDX_PAGE_ARRAY_CONTIGUOUS 0x2U /* allocate one physically contiguous range */

/*
 * Entries of one 4K list page (512 words of 8 bytes), the most that one HPA_LIST_INFO or HPA_ARRAY_T
 * describes (TDX module ABI).
 */
#define TDX_PAGE_ARRAY_MAX_ENTRIES 512

/**
 * tdx_page_array_create() - allocate an array of 4K pages
 * @nr_pages: number of 4K pages, at least 1. An array with more than TDX_PAGE_ARRAY_MAX_ENTRIES pages
 *   is handed over window by window
 *
 * The pages come from the page allocator, in the largest free blocks that it has. Their content is
 * undefined. The first window is selected (see tdx_page_array_populate()).
 *
 * A live array keeps this kernel module loaded.
 *
 * Return: the array, owned by the caller until tdx_page_array_release() or tdx_page_array_leak(), or
 * an ERR_PTR: -EINVAL if @nr_pages is 0, -ENOMEM without enough memory, -ENODEV while this kernel
 * module is being unloaded.
 */
struct tdx_page_array *tdx_page_array_create(unsigned int nr_pages);

/**
 * tdx_page_array_create_node() - allocate an array on a NUMA node, with flags
 * @nr_pages: number of 4K pages, at least 1
 * @node: preferred memory node, or TDX_PAGE_ARRAY_ANY_NODE. Pages that it cannot provide come from
 *   other nodes. A contiguous range larger than the largest block of the page allocator may come
 *   from any node
 * @flags: TDX_PAGE_ARRAY_ACCOUNT, TDX_PAGE_ARRAY_CONTIGUOUS, both or 0. Pages that the TDX module
 *   keeps or that go to the quarantine stay charged
 *
 * Return: as tdx_page_array_create(). Also -EINVAL if @node has no memory, if @flags has other bits,
 * or if both flags are given for a range larger than the largest block of the page allocator, which
 * the kernel cannot account. Without TDX_PAGE_ARRAY_ACCOUNT such a range needs a kernel that exports
 * alloc_contig_pages(): Linux 7.0 or newer, with CONFIG_CONTIG_ALLOC. Otherwise it is -ENOMEM.
 */
struct tdx_page_array *tdx_page_array_create_node(unsigned int nr_pages, int node,
						  unsigned int flags);

/**
 * tdx_page_array_create_iommu_mt() - allocate an array with the layout of IOMMU metadata
 * @iq_order: each of the two queues has 2^@iq_order contiguous pages and is one entry of the list;
 *   1, which is 8 KiB, in the posted series
 * @nr_mt_pages: number of single pages after the queues: the value of the metadata field
 *   connect.iommu_mt_page_count (0x3000000100000003), 1 to TDX_PAGE_ARRAY_MAX_ENTRIES - 2
 *
 * Return: as tdx_page_array_create(). Also -EINVAL if @iq_order is larger than the largest block of
 * the page allocator, or if @nr_mt_pages is out of range.
 */
struct tdx_page_array *tdx_page_array_create_iommu_mt(unsigned int iq_order,
						      unsigned int nr_mt_pages);

/**
 * tdx_page_array_create_iommu_mt_node() - allocate IOMMU metadata on a NUMA node, with flags
 * @iq_order: as in tdx_page_array_create_iommu_mt()
 * @nr_mt_pages: as in tdx_page_array_create_iommu_mt()
 * @node: as in tdx_page_array_create_node(); usually the node of the IOMMU
 * @flags: TDX_PAGE_ARRAY_ACCOUNT or 0
 *
 * Return: as tdx_page_array_create_iommu_mt() and tdx_page_array_create_node().
 */
struct tdx_page_array *tdx_page_array_create_iommu_mt_node(unsigned int iq_order,
							   unsigned int nr_mt_pages, int node,
							   unsigned int flags);

/**
 * tdx_page_array_adopt() - make an array of pages that the caller owns
 * @pages: the pages, in order; the pointers are copied
 * @nr_pages: number of pages, at least 1
 *
 * The caller keeps ownership, but must not free or write the pages while the array is live.
 * tdx_page_array_release() makes them safe and does not free them. A page that the TDX module keeps
 * or that goes to the quarantine gets an additional reference, so the caller can always put its own
 * references.
 *
 * Pages that somebody else can reach cannot be adopted: those of slab, of files and of processes, pages
 * that are mapped to user space, movable, or not in the direct map, and adopted pages that are in another
 * array, in quarantine, or kept by the TDX module; nor can a page with a hardware error, or one without a
 * reference count of its own (the tail of a non-compound block).
 *
 * Return: as tdx_page_array_create(). Also -EINVAL if @pages is NULL or contains NULL or an ERR_PTR, if a page is listed
 * twice, or if one cannot be adopted: a line in the log says why.
 */
struct tdx_page_array *tdx_page_array_adopt(struct page **pages, unsigned int nr_pages);

/**
 * tdx_page_array_nr_pages() - number of 4K pages of an array
 * @array: a live array
 *
 * Return: the number, at least 1. 0 if @array is NULL, an ERR_PTR, or not live.
 */
unsigned int tdx_page_array_nr_pages(struct tdx_page_array *array);

/**
 * tdx_page_array_populate() - select the window for the next hand-over
 * @array: a live array
 * @offset: index of the first page of the window
 *
 * Writes the physical addresses of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages, from page @offset on, to
 * the list page of the array. Only extension memory with more than one window needs this: the first
 * window is selected by default. In an array with the layout of IOMMU metadata, @offset counts
 * entries: each queue is one.
 *
 * Return: number of entries in the window. -EINVAL if @offset is not less than the number of entries,
 * or @array is NULL or an ERR_PTR; -EBADF if the array is not live; -EBUSY if it is in use by another
 * caller; -ENOMEM without memory for the list page. After -EINVAL because of @offset, and after
 * -ENOMEM, no window is selected.
 */
int tdx_page_array_populate(struct tdx_page_array *array, unsigned int offset);

/**
 * tdx_page_array_release() - make the pages safe and end the array
 * @array: a live array; it has ended afterwards unless the function returns -EBUSY or -EAGAIN
 *
 * What happens to a page follows from the record of the array:
 *
 * - never handed over: freed;
 * - refused or returned by the TDX module: written back with TDH.PHYMEM.PAGE.WBINVD and the KeyID
 *   that the TDX module used, overwritten with MOVDIR64B on CPUs with the partial-write machine check
 *   erratum, then freed;
 * - control page of a TD: reclaimed with TDH.PHYMEM.PAGE.RECLAIM. A TDR, which has the global KeyID, is
 *   then treated as a returned page. The others are only overwritten, on CPUs with the erratum: after the
 *   teardown no cache has lines of the TD's own KeyID;
 * - in doubt, because the outcome of a call is unknown: the TDX module is asked with
 *   TDH.PHYMEM.PAGE.RDMD whether it owns the page. If not, the page is written back and freed;
 *   otherwise it goes to the quarantine.
 *
 * A page that cannot be made safe, or in which memory_failure() found a hardware error, goes to the
 * quarantine alone; the others are freed. An adopted page is given back to its owner instead of being
 * freed.
 *
 * First every page is made safe, then they are freed. Release stops if a SEAMCALL is not executed, stays busy or finds no
 * entropy, or if the TDX module is shut down or not ready. No page is freed or quarantined then; the array remembers how far
 * release came, and the next release continues with the page at which this one stopped. Until then the array can be released or
 * leaked, and its object be deleted again, but it cannot be handed over.
 *
 * Return: 0 if all pages are freed; -EUCLEAN if some are in quarantine now. The array is still there in these cases: -EAGAIN
 * if release stopped because the TDX module did not run, is shut down or not ready, or has no entropy; -EBUSY if it stopped
 * because a page or the TDX module stayed busy, if the TDX module owns pages and does not return them yet (delete the object or
 * tear down the TD first, or call tdx_page_array_leak()), if it was interrupted in a call about the pages (repeat that call), if
 * the array is mapped, or if it is in use by another caller. -EINVAL if @array is NULL or an ERR_PTR; -EBADF if it is not live
 * (already released).
 */
int tdx_page_array_release(struct tdx_page_array *array);

/**
 * tdx_page_array_leak() - end an array whose pages the TDX module keeps
 * @array: a live array; it has ended afterwards unless the function returns an error other than
 *   -EUCLEAN
 *
 * For pages that do not come back by design: extension memory. Pages of it that the TDX module owns
 * are counted as kept. Pages that were never handed over are freed, as by tdx_page_array_release().
 * Pages that the TDX module owns but could return (an SPDM session was not deleted, a TD was not torn
 * down) go to the quarantine; those of a TD that was torn down are reclaimed and freed.
 *
 * It is also for callers that cannot fail, such as a driver's remove() and the end of a VM: a page about which the TDX module
 * cannot be asked now goes to the quarantine as "not asked yet", and is retried there without the caller. No other function
 * puts such a page there.
 *
 * Return: 0 if all pages are kept by the TDX module or freed; -EUCLEAN if some are in quarantine now.
 * -EBUSY if the array is mapped or in use by another caller; -EINVAL and -EBADF as
 * tdx_page_array_release(). These errors leave the array unchanged.
 */
int tdx_page_array_leak(struct tdx_page_array *array);

/**
 * tdx_page_array_page() - get one page of an array
 * @array: a live array
 * @index: index of the page
 *
 * Return: the struct page, owned by the array, or an ERR_PTR: -EINVAL if @index is not less than the
 * number of pages, or @array is NULL or an ERR_PTR; -EBADF if the array is not live.
 */
struct page *tdx_page_array_page(struct tdx_page_array *array, unsigned int index);

/**
 * tdx_page_array_map() - map an array to contiguous kernel addresses
 * @array: a live array that was not handed over
 *
 * For arrays that host and TDX module share: output that is larger than a page (device information of
 * an SPDM session, a quote) is scattered over the pages of the array, and code that parses it or
 * passes it on needs one address. A mapped array can be the output of a leaf. It cannot be handed
 * over, released or leaked. To copy the output once, tdx_page_array_read() is enough.
 *
 * Return: the address, valid until tdx_page_array_unmap(), or an ERR_PTR: -EBUSY if the array is
 * mapped already, if its pages may hold private cache lines or belong to the TDX module, or if it is
 * in use by another caller; -ENOMEM; -EINVAL and -EBADF as tdx_page_array_page().
 */
void *tdx_page_array_map(struct tdx_page_array *array);

/**
 * tdx_page_array_unmap() - undo tdx_page_array_map()
 * @array: a mapped array
 *
 * Return: 0. -EINVAL if the array is not mapped, or @array is NULL or an ERR_PTR; -EBADF if it is not
 * live; -EBUSY if it is in use by another caller.
 */
int tdx_page_array_unmap(struct tdx_page_array *array);

/**
 * tdx_page_array_read() - copy output of the TDX module out of an array
 * @array: an array that was the output buffer of a successful SEAMCALL
 * @to: destination
 * @bytes: number of bytes, from the start of the array; at most the length that the TDX module
 *   reported
 *
 * The pages of an output buffer are shared memory: they need no write-back, and release frees them.
 *
 * Return: 0. -EINVAL if @to is NULL, if @bytes is more than the TDX module reported, or @array is NULL
 * or an ERR_PTR; -EBADF if the array is not live; -EBUSY if its pages may hold private cache lines or
 * belong to the TDX module, or if it is in use by another caller.
 */
int tdx_page_array_read(struct tdx_page_array *array, void *to, size_t bytes);

/**
 * tdx_page_array_retry_quarantine() - check each page in quarantine again
 *
 * Asks the TDX module about each page. A page that it does not own is made safe and freed; a control
 * page of a TD is reclaimed first. All others stay in quarantine. This module also retries by itself:
 * within 30 seconds of a page's arrival, then at intervals that double, up to one hour, until a page is
 * freed.
 *
 * Return: number of pages freed.
 */
unsigned long tdx_page_array_retry_quarantine(void);

/**
 * struct tdx_page_array_counters - the ledger: where all pages are that arrays have ever taken
 * @taken: pages allocated or adopted; at any time the sum of the next four counters
 * @in_arrays: pages in live arrays
 * @freed: pages given back to the page allocator, or to the caller who owns them; counted when all pages of the array are
 *   safe, just before they go back
 * @kept: pages that the TDX module keeps by design (extension memory)
 * @quarantined: pages that may not be used, because they could not be made safe
 * @seamcalls: SEAMCALLs issued, each repetition included
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
 * @counters: where the counters are written, not NULL
 */
void tdx_page_array_count(struct tdx_page_array_counters *counters);

#ifdef __cplusplus
}
#endif

#include "tdx_page_array_seamcalls.h"

#endif
