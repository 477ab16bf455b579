/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SEAMCALL wrappers of tdx_page_array: one function for each leaf of the TDX module. Include
 * tdx_page_array.h instead.
 *
 * Each returns the u64 completion status of the leaf; outputs are written on success only, unless
 * said otherwise. Statuses of class 0xFF never come from the TDX module: they are what the
 * instruction itself answered (VMfailInvalid, #UD, #GP) or, with TDX_PAGE_ARRAY_REFUSED set, a word
 * of this kernel module, which issued no SEAMCALL or (-EIO) does not believe the answer.
 * tdx_status_to_errno() turns any of them into an errno.
 *
 * A wrapper that takes an array refuses with -EINVAL when the handle is NULL or an ERR_PTR, with
 * -EBADF when it is no live array, with -EBUSY when another caller is using it. A leaf is issued only
 * when the TDX module's metadata shows its feature: -EOPNOTSUPP otherwise. Once the machine goes
 * down no SEAMCALL is issued any more: -ESHUTDOWN. BUSY answers are retried a few times,
 * interrupted calls are resumed, as each leaf wants it.
 *
 * Leaf numbers and registers: TDX module ABI; those of TDX Connect, extensions and Quoting as posted
 * for Linux in March and June 2026.
 */
#ifndef TDX_PAGE_ARRAY_SEAMCALLS_H
#define TDX_PAGE_ARRAY_SEAMCALLS_H

#ifdef __cplusplus
#include "interface.h"
extern "C" {
#else
#include <linux/types.h>
#endif

struct page;
struct tdx_page_array;

#define TDX_PAGE_ARRAY_REFUSED 0x8000FF0000010000ULL

/*
 * Completion statuses that drivers act on, without the details in bits 31:0. The first: a message
 * has to be carried to the device and back. The second: the keys of the session are to be updated
 * (TDH.SPDM.MNG, operation 1) before the call is made again.
 */
#define TDX_PAGE_ARRAY_SPDM_REQUEST	0xC0000F5700000000ULL
#define TDX_PAGE_ARRAY_SPDM_KEY_REFRESH 0xC0000F4500000000ULL
#define TDX_PAGE_ARRAY_OPERAND_INVALID	0xC000010000000000ULL
#define TDX_PAGE_ARRAY_STATUS_MASK	0xFFFFFFFF00000000ULL

/**
 * tdx_status_to_errno() - the errno of a completion status
 * @status: what a wrapper returned
 *
 * Return: 0 for success; -ENODEV when there is no TDX module, -EACCES when VMX is off, -EOPNOTSUPP
 * when this is no TDX platform or the module lacks the feature, -EBUSY when something was in use,
 * -EAGAIN when there was no entropy, or a message or a key update has to come first, -ESHUTDOWN when
 * the machine goes down, -EINVAL, -EBADF, -E2BIG or -ENOMEM for what this kernel module refused, -EIO
 * for every other answer of the TDX module.
 */
int tdx_status_to_errno(u64 status);

/* The module and its pages */

/**
 * tdx_tdh_sys_rd() - TDH.SYS.RD: read one metadata field of the TDX module
 * @field_id: field identifier, as the TDX module specification spells it
 * @value: the field's value
 *
 * Return: completion status. Refused: -EINVAL when @value is NULL.
 */
u64 tdx_tdh_sys_rd(u64 field_id, u64 *value);

/**
 * tdx_global_keyid() - the TDX module's own KeyID
 *
 * Return: the first private KeyID, which the kernel gives to the TDX module.
 */
u16 tdx_global_keyid(void);

/**
 * tdx_tdh_phymem_page_wbinvd() - TDH.PHYMEM.PAGE.WBINVD: write back one page's cache lines of one
 * KeyID
 * @pfn: page frame number of a page that the TDX module does not own
 * @hkid: KeyID whose lines are meant
 *
 * Pages of arrays do not need this: their release does it.
 *
 * Return: completion status.
 */
u64 tdx_tdh_phymem_page_wbinvd(u64 pfn, u16 hkid);

/**
 * struct tdx_page_facts - what the TDX module's own table (PAMT) says of a page
 * @type: page type; 0 (not directly assigned) is free from the module's point of view
 * @owner: HPA of the TDR page, or the id of an object; stays behind when the page is given back
 * @level: 0 for a 4K page, 1 for 2M, 2 for 1G
 */
struct tdx_page_facts {
	u64 type;
	u64 owner;
	u64 level;
};

/**
 * tdx_tdh_phymem_page_rdmd() - TDH.PHYMEM.PAGE.RDMD: ask the TDX module about one 4K page
 * @pfn: page frame number
 * @facts: what it says
 *
 * Return: completion status. Refused: -EINVAL when @facts is NULL.
 */
u64 tdx_tdh_phymem_page_rdmd(u64 pfn, struct tdx_page_facts *facts);

/**
 * tdx_tdh_phymem_cache_wb() - TDH.PHYMEM.CACHE.WB: write back the caches of one package, for KeyIDs
 * that are being freed
 *
 * Works on the package of the CPU that it is called on, and stays on that CPU while it resumes. It
 * has to run once on every package, for instance by smp_call_on_cpu().
 *
 * Return: completion status; NO_HKID_READY_TO_WBCACHE (0x0000082100000000) when no KeyID waits for
 * it.
 */
u64 tdx_tdh_phymem_cache_wb(void);

/* Extensions */

/**
 * tdx_tdh_ext_mem_add() - TDH.EXT.MEM.ADD: give the populated window to the module as extension
 * memory
 * @array: a live array; its window begins where the pages handed over so far end
 *
 * Resumes while the module is interrupted. Extension memory never comes back: when all of it is
 * given, or the bring-up failed, end the array with tdx_page_array_leak(). When a call fails, pages
 * of earlier windows belong to the module, and whose the pages of this window are is unknown.
 *
 * Return: completion status. Refused: -EINVAL when the window does not begin at the first page that
 * was not handed over yet, or the array is an IOMMU's; -EBUSY when the array belongs to another
 * object or is mapped.
 */
u64 tdx_tdh_ext_mem_add(struct tdx_page_array *array);

/**
 * tdx_tdh_ext_init() - TDH.EXT.INIT: start the extensions, after all memory was added
 *
 * Return: completion status.
 */
u64 tdx_tdh_ext_init(void);

/* IOMMUs */

/**
 * tdx_tdh_iommu_setup() - TDH.IOMMU.SETUP: take an IOMMU into TDX mode
 * @reg_base: physical address of the unit's registers
 * @iommu_mt: an array of tdx_page_array_create_iommu_mt(); the module owns it on success
 * @iommu_id: how the module calls the unit
 *
 * Return: completion status; TDX_PAGE_ARRAY_OPERAND_INVALID (under the mask) when the unit has no
 * TDX mode: leave it alone and release the array. Refused: -EINVAL when @iommu_id is NULL or the
 * array has no queues; -EBUSY when the array is not the host's or is mapped.
 */
u64 tdx_tdh_iommu_setup(u64 reg_base, struct tdx_page_array *iommu_mt, u64 *iommu_id);

/**
 * tdx_tdh_iommu_clear() - TDH.IOMMU.CLEAR: take an IOMMU out of TDX mode and its metadata pages back
 * @iommu_id: the unit
 * @iommu_mt: the array that was given to tdx_tdh_iommu_setup() for it
 *
 * The list of pages that the module says it released is compared with the array. After success the
 * array can be released. After a plain refusal, an interruption that was given up, or a unit that did
 * not do as told, the call can be made again. After any other failure nobody knows: release asks
 * about each page.
 *
 * Return: completion status. Refused: -EINVAL when the array is not the metadata of this unit.
 */
u64 tdx_tdh_iommu_clear(u64 iommu_id, struct tdx_page_array *iommu_mt);

/* SPDM sessions */

/**
 * tdx_tdh_spdm_create() - TDH.SPDM.CREATE: give pages to the module as the metadata of a new SPDM
 * session
 * @func_id: function of the device: RID in bits 15:0, segment in 23:16, segment valid in bit 24
 * @spdm_mt: a live array of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages; the module owns them on
 *   success
 * @spdm_id: the session
 *
 * Return: completion status. Refused: -E2BIG when the array is too large; -EINVAL when @spdm_id is
 * NULL or the array is an IOMMU's; -EBUSY when the array is not the host's or is mapped.
 */
u64 tdx_tdh_spdm_create(u64 func_id, struct tdx_page_array *spdm_mt, u64 *spdm_id);

/**
 * tdx_tdh_spdm_delete() - TDH.SPDM.DELETE: end a session and take its metadata pages back
 * @spdm_id: the session
 * @spdm_mt: the array that was given to tdx_tdh_spdm_create() for it
 *
 * The list of pages that the module says it released is compared with the array. After success the
 * array can be released. After a plain refusal the pages are still the module's, and the call can be
 * made again; after any other failure nobody knows, and release asks about each page.
 *
 * Return: completion status. Refused: -EINVAL when the array is not the metadata of this session.
 */
u64 tdx_tdh_spdm_delete(u64 spdm_id, struct tdx_page_array *spdm_mt);

/**
 * tdx_tdh_spdm_connect() - TDH.SPDM.CONNECT: set the session up with its device
 * @spdm_id: the session
 * @spdm_conf: one page with the configuration: u32 capabilities (heartbeat bit 13, key update bit
 *   14), u8 policy, u8 certificate slot mask, u8 raw bitstream requested
 * @spdm_rsp: one page with the device's last answer, DOE header included
 * @spdm_req: one page for the next message to the device
 * @spdm_out: a live array that never was private, of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages: the
 *   device's information goes there (metadata field connect.spdm_max_dev_info_pages)
 * @bytes: length of the message or of the information; written on success and on
 *   TDX_PAGE_ARRAY_SPDM_REQUEST
 *
 * On TDX_PAGE_ARRAY_SPDM_REQUEST carry the message in @spdm_req to the device, put its answer into
 * @spdm_rsp, and call again with the same arguments. On TDX_PAGE_ARRAY_SPDM_KEY_REFRESH update the
 * keys with tdx_tdh_spdm_mng() first. The module serves one call of CONNECT, DISCONNECT and MNG at a
 * time, over all sessions: callers wait for each other, for one call and never for a message.
 *
 * Return: completion status. Refused: -EINVAL when a page or @bytes is NULL, or the array is an
 * IOMMU's; -E2BIG when the array is too large; -EBUSY when it is not plainly the host's; -EIO when
 * the module reports more bytes than there is room for.
 */
u64 tdx_tdh_spdm_connect(u64 spdm_id, struct page *spdm_conf, struct page *spdm_rsp,
			 struct page *spdm_req, struct tdx_page_array *spdm_out, u64 *bytes);

/**
 * tdx_tdh_spdm_disconnect() - TDH.SPDM.DISCONNECT: end what tdx_tdh_spdm_connect() began
 * @spdm_id: the session
 * @spdm_rsp: as there
 * @spdm_req: as there
 * @bytes: length of the message; written on success (0) and on TDX_PAGE_ARRAY_SPDM_REQUEST
 *
 * Return: completion status. Refused: -EINVAL when a page or @bytes is NULL; -EIO as there.
 */
u64 tdx_tdh_spdm_disconnect(u64 spdm_id, struct page *spdm_rsp, struct page *spdm_req, u64 *bytes);

/* Operations of tdx_tdh_spdm_mng(). */
#define TDX_SPDM_MNG_HEARTBEAT	0
#define TDX_SPDM_MNG_KEY_UPDATE 1
#define TDX_SPDM_MNG_RECOLLECT	2 /* device information again */

/**
 * tdx_tdh_spdm_mng() - TDH.SPDM.MNG: look after a session that is set up
 * @spdm_id: the session
 * @spdm_op: TDX_SPDM_MNG_*
 * @spdm_param: one page with parameters, or NULL
 * @spdm_rsp: as in tdx_tdh_spdm_connect()
 * @spdm_req: as there
 * @spdm_out: as there, or NULL
 * @bytes: as there
 *
 * Return: completion status. Refused: as there.
 */
u64 tdx_tdh_spdm_mng(u64 spdm_id, u64 spdm_op, struct page *spdm_param, struct page *spdm_rsp,
		     struct page *spdm_req, struct tdx_page_array *spdm_out, u64 *bytes);

/* IDE streams */

/**
 * struct tdx_ide_stream - what a new stream is to be
 * @info: function of the root port in bits 7:0; bit 8: 0 link stream, 1 selective stream
 * @control: IDE stream control register
 * @rid_assoc1: RID association registers of the root port
 * @rid_assoc2: the second of them
 * @addr_assoc1: address association registers of the root port
 * @addr_assoc2: the second of them
 * @addr_assoc3: the third of them
 */
struct tdx_ide_stream {
	u64 info;
	u64 control;
	u64 rid_assoc1;
	u64 rid_assoc2;
	u64 addr_assoc1;
	u64 addr_assoc2;
	u64 addr_assoc3;
};

/**
 * tdx_tdh_ide_stream_create() - TDH.IDE.STREAM.CREATE: give pages to the module as the metadata of a
 * new IDE stream
 * @spdm_id: the session that the stream belongs to
 * @stream: what it is to be
 * @stream_mt: a live array of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages (metadata field
 *   connect.ide_mt_page_count); the module owns them on success
 * @stream_id: the stream
 * @rp_ide_id: the root port's number of the stream
 *
 * Return: completion status. Refused: -E2BIG when the array is too large; -EINVAL when @stream,
 * @stream_id or @rp_ide_id is NULL or the array is an IOMMU's; -EBUSY when the array is not the
 * host's or is mapped.
 */
u64 tdx_tdh_ide_stream_create(u64 spdm_id, const struct tdx_ide_stream *stream,
			      struct tdx_page_array *stream_mt, u64 *stream_id, u64 *rp_ide_id);

/**
 * tdx_tdh_ide_stream_block() - TDH.IDE.STREAM.BLOCK: stop a stream, so that it can be deleted
 * @spdm_id: its session
 * @stream_id: the stream
 *
 * Return: completion status.
 */
u64 tdx_tdh_ide_stream_block(u64 spdm_id, u64 stream_id);

/**
 * tdx_tdh_ide_stream_delete() - TDH.IDE.STREAM.DELETE: end a blocked stream and take its metadata
 * pages back
 * @spdm_id: its session
 * @stream_id: the stream
 * @stream_mt: the array that was given to tdx_tdh_ide_stream_create() for it
 *
 * As tdx_tdh_spdm_delete().
 *
 * Return: completion status. Refused: -EINVAL when the array is not the metadata of this stream.
 */
u64 tdx_tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, struct tdx_page_array *stream_mt);

/* Operations of tdx_tdh_ide_stream_km(). */
#define TDX_IDE_KM_SETUP   0
#define TDX_IDE_KM_REFRESH 1
#define TDX_IDE_KM_STOP	   2

/**
 * tdx_tdh_ide_stream_km() - TDH.IDE.STREAM.KM: manage the keys of a stream
 * @spdm_id: its session
 * @stream_id: the stream
 * @operation: TDX_IDE_KM_*
 * @spdm_rsp: as in tdx_tdh_spdm_connect()
 * @spdm_req: as there
 * @bytes: as in tdx_tdh_spdm_disconnect()
 *
 * Return: completion status. Refused: as tdx_tdh_spdm_disconnect().
 */
u64 tdx_tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, struct page *spdm_rsp,
			  struct page *spdm_req, u64 *bytes);

/* Quotes */

/**
 * tdx_tdh_quote_init() - TDH.QUOTE.INIT: start the Quoting extension
 *
 * Afterwards the metadata field quote.max_quote_size (0x2300000200000002) can be read.
 *
 * Return: completion status.
 */
u64 tdx_tdh_quote_init(void);

/**
 * tdx_tdh_quote_get() - TDH.QUOTE.GET: have the module write a quote of a TD
 * @tdr: TDR page of the TD
 * @quote_id: which quote
 * @input: one page with the data that the quote is about
 * @input_bytes: how much of it, at most 4096
 * @output: a live array that never was private, of any size: the quote goes there
 * @quote_bytes: the quote's length
 *
 * Return: completion status. Refused: -EINVAL when @tdr, @input or @quote_bytes is NULL or
 * @input_bytes is too large; -EBUSY when the array is not plainly the host's; -ENOMEM when there is
 * none for its list; -EIO when the module reports more bytes than the array has.
 */
u64 tdx_tdh_quote_get(struct page *tdr, u32 quote_id, struct page *input, u32 input_bytes,
		      struct tdx_page_array *output, u64 *quote_bytes);

/*
 * Control pages of TDs. They are handed over one by one and come back by TDH.PHYMEM.PAGE.RECLAIM,
 * after the TD's teardown: release the arrays of a TD then, the one with the TDR last. Before,
 * tdx_page_array_release() says -EBUSY and changes nothing. However many pages of an array were
 * added, a release takes those back and frees the others.
 */

/**
 * tdx_tdh_mng_create() - TDH.MNG.CREATE: make a page the TDR of a new TD
 * @tdr: a live array of one page; the module owns it on success
 * @hkid: private KeyID of the TD
 *
 * Return: completion status. Refused: -EINVAL when the array has more than one page; -EBUSY when it
 * is not the host's or is mapped.
 */
u64 tdx_tdh_mng_create(struct tdx_page_array *tdr, u16 hkid);

/**
 * tdx_tdh_mng_addcx() - TDH.MNG.ADDCX: add the next control page to a TD
 * @tdr: the array with its TDR. Any number of callers may add to one TD at a time
 * @tdcs: a live array; the first of its pages that was not added yet is handed over
 *
 * Return: completion status. Refused: -EINVAL when @tdr is no TDR of the module's, when all pages
 * were added or the array is an IOMMU's; -EBUSY when the array belongs to another TD or object, or
 * is mapped.
 */
u64 tdx_tdh_mng_addcx(struct tdx_page_array *tdr, struct tdx_page_array *tdcs);

/**
 * tdx_tdh_vp_create() - TDH.VP.CREATE: make a page the TDVPR of a new virtual processor
 * @tdr: the array with the TD's TDR
 * @tdvpr: a live array of one page; the module owns it on success
 *
 * Return: completion status. Refused: -EINVAL when @tdr is no TDR of the module's or @tdvpr has more
 * than one page; -EBUSY when @tdvpr is not the host's or is mapped.
 */
u64 tdx_tdh_vp_create(struct tdx_page_array *tdr, struct tdx_page_array *tdvpr);

/**
 * tdx_tdh_vp_addcx() - TDH.VP.ADDCX: add the next control page to a virtual processor
 * @tdvpr: the array with its TDVPR
 * @tdcx: a live array; the first of its pages that was not added yet is handed over
 *
 * Return: completion status. Refused: as tdx_tdh_mng_addcx().
 */
u64 tdx_tdh_vp_addcx(struct tdx_page_array *tdvpr, struct tdx_page_array *tdcx);

#ifdef __cplusplus
}
#endif

#endif
