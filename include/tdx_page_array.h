/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tdx_page_array: arrays of pages lent to the Intel TDX module.
 *
 * A driver creates an array, hands it to the TDX module with one of the tdx_tdh_*() wrappers, and
 * releases it when it is done. Which wrapper ran, and what the module answered, is recorded in the
 * array; tdx_page_array_release() knows from that record what each page needs before the kernel may
 * use it again.
 *
 * Everything here needs process context and may sleep. An array is used by one caller at a time: a
 * call that finds the array in use elsewhere refuses with -EBUSY. Symbols are exported in the
 * namespace "TDX_PAGE_ARRAY".
 */
#ifndef TDX_PAGE_ARRAY_H
#define TDX_PAGE_ARRAY_H

#ifdef __cplusplus
#include "interface.h"
extern "C" {
#else
#include <linux/types.h>
#endif

struct page;
struct tdx_page_array;

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
 * content is undefined. The first window (see tdx_page_array_populate()) is populated.
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
 * tdx_page_array_populate() - choose the part of an array that the next hand-over is about
 * @array: a live array
 * @offset: index of the first page of the window
 *
 * Writes the physical addresses of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages, starting with page
 * @offset, to the array's list page. Needed only for arrays larger than one window: a smaller one
 * is populated whole when it is created.
 *
 * Return: number of pages in the window; -EINVAL when @offset is not below the number of pages, or
 * the handle is NULL or an ERR_PTR; -EBADF when it is no live array; -EBUSY when another caller is
 * using it.
 */
int tdx_page_array_populate(struct tdx_page_array *array, unsigned int offset);

/**
 * tdx_page_array_release() - take the pages back, whatever happened to them
 * @array: a live array; it is gone afterwards unless -EBUSY is returned
 *
 * Does what the record of the array asks for. Pages that never reached the TDX module are freed.
 * Pages that the module refused or gave back are written back from the caches
 * (TDH.PHYMEM.PAGE.WBINVD with the KeyID that the module used) and freed. Where the outcome of a
 * hand-over is unknown, the module is asked about each page (TDH.PHYMEM.PAGE.RDMD), and what is not
 * the host's is put in quarantine. It stops at nothing: a page that cannot be made safe goes to the
 * quarantine alone, the others are freed.
 *
 * Return: 0 when every page was freed; -EUCLEAN when some are in quarantine now; -EBUSY when the
 * TDX module owns the pages (nothing has changed: delete the object first, or
 * tdx_page_array_leak()) or another caller is using the array;
 * -EINVAL when the handle is NULL or an ERR_PTR; -EBADF when it is no live array (released
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
 * that nobody deleted) go to the quarantine.
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
 * tdx_page_array_retry_quarantine() - ask again about every page in quarantine
 *
 * A page that the TDX module says is not its own is written back and freed; the others stay.
 *
 * Return: how many pages were freed.
 */
unsigned long tdx_page_array_retry_quarantine(void);

/**
 * struct tdx_page_array_counters - the ledger: what became of every page that arrays ever took
 * @taken: pages taken from the page allocator; the sum of the four counts below, at any time
 * @in_arrays: pages in live arrays
 * @freed: pages given back to the page allocator
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

/*
 * SEAMCALL wrappers. Each returns the u64 completion status of the leaf. Statuses of class 0xFF
 * never come from the TDX module: they are what the instruction itself answered (VMfailInvalid,
 * #UD, #GP) or, with
 * TDX_PAGE_ARRAY_REFUSED set, a refusal of this module, which issued no SEAMCALL.
 * tdx_status_to_errno() turns any of them into an errno.
 */
#define TDX_PAGE_ARRAY_REFUSED 0x8000FF0000010000ULL

/**
 * tdx_status_to_errno() - the errno of a completion status
 * @status: what a wrapper returned
 *
 * Return: 0 for success; -ENODEV when there is no TDX module, -EACCES when VMX is off, -EOPNOTSUPP
 * when this is no TDX platform or the module lacks the feature, -EBUSY when something was in use,
 * -EAGAIN when there was no entropy, -EINVAL or
 * -EBADF for bad input of the caller, -EIO for every other answer of the TDX module.
 */
int tdx_status_to_errno(u64 status);

/**
 * tdx_tdh_sys_rd() - TDH.SYS.RD: read one metadata field of the TDX module
 * @field_id: field identifier, as the TDX module specification spells it
 * @value: the field's value, written only on success
 *
 * Return: completion status. Refused: -EINVAL when @value is NULL.
 */
u64 tdx_tdh_sys_rd(u64 field_id, u64 *value);

/**
 * tdx_tdh_phymem_page_wbinvd() - TDH.PHYMEM.PAGE.WBINVD: write back one page's cache lines of one
 * KeyID
 * @pfn: page frame number of a page that the TDX module does not own
 * @hkid: KeyID whose lines are meant
 *
 * Return: completion status.
 */
u64 tdx_tdh_phymem_page_wbinvd(u64 pfn, u16 hkid);

/**
 * tdx_global_keyid() - the TDX module's own KeyID
 *
 * Return: the first private KeyID, which the kernel gives to the TDX module.
 */
u16 tdx_global_keyid(void);

/**
 * tdx_tdh_ext_mem_add() - TDH.EXT.MEM.ADD: give the populated window to the module as extension
 * memory
 * @array: a live array; its window begins where the pages handed over so far end
 *
 * Resumes while the module is interrupted. Extension memory never comes back: when all of it is
 * given, or the bring-up failed, end the array with tdx_page_array_leak(). When a call fails, pages
 * of earlier windows belong to the module, and whose the pages of this window are is unknown.
 *
 * Return: completion status. Refused: -EOPNOTSUPP when the module has no extensions; -EINVAL when
 * the window does not begin at the first page that was not handed over yet; -EBUSY when the array
 * belongs to another object, is mapped or in use.
 */
u64 tdx_tdh_ext_mem_add(struct tdx_page_array *array);

/**
 * tdx_tdh_ext_init() - TDH.EXT.INIT: start the extensions, after all memory was added
 *
 * Return: completion status. Refused: -EOPNOTSUPP when the module has no extensions.
 */
u64 tdx_tdh_ext_init(void);

/**
 * tdx_tdh_spdm_create() - TDH.SPDM.CREATE: give pages to the module as the metadata of a new SPDM
 * session
 * @func_id: function of the device: RID in bits 15:0, segment in 23:16, segment valid in bit 24
 * @spdm_mt: a live array of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages; the module owns them on
 *   success
 * @spdm_id: the session, written only on success
 *
 * Return: completion status. Refused: -EOPNOTSUPP when the module has no TDX Connect; -E2BIG when
 * the array is too large; -EINVAL when @spdm_id is NULL; -EBUSY when the array is not the host's,
 * is mapped or in use.
 */
u64 tdx_tdh_spdm_create(u64 func_id, struct tdx_page_array *spdm_mt, u64 *spdm_id);

/**
 * tdx_tdh_spdm_delete() - TDH.SPDM.DELETE: end a session and take its metadata pages back
 * @spdm_id: the session
 * @spdm_mt: the array that was given to tdx_tdh_spdm_create() for it
 *
 * The list of pages that the module says it released is compared with the array. After success the
 * array can be released; after a failure the pages are still the module's.
 *
 * Return: completion status. Refused: -EOPNOTSUPP when the module has no TDX Connect; -EINVAL when
 * the array is not the metadata of session @spdm_id; -EBUSY when it is in use.
 */
u64 tdx_tdh_spdm_delete(u64 spdm_id, struct tdx_page_array *spdm_mt);

#ifdef __cplusplus
}
#endif

#endif
