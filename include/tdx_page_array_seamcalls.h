/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SEAMCALL wrappers of tdx_page_array: one function for each leaf of the TDX module. Include
 * tdx_page_array.h instead of this file.
 *
 * Each function returns the u64 completion status of its leaf. Outputs are written on success only,
 * unless stated otherwise. Statuses of class 0xFF do not come from the TDX module: they are the
 * outcome of the instruction itself (VMfailInvalid, #UD, #GP), or TDX_PAGE_ARRAY_REFUSED with an
 * errno: this kernel module did not issue the SEAMCALL, or (-EIO) the TDX module reported a length
 * that is impossible. tdx_status_to_errno() converts any status to an errno.
 *
 * "Refused" below lists the errnos of TDX_PAGE_ARRAY_REFUSED. For all wrappers that take an array:
 * -EINVAL if it is NULL or an ERR_PTR, -EBADF if it is not live, -EBUSY if it is in use by another
 * caller. For all wrappers that hand pages over: -EIO if memory_failure() found a hardware error in
 * one of them; -EBUSY if a release of the array has begun, or if its pages may hold cache lines of
 * another KeyID. For all wrappers that take other pointers: -EINVAL if one is an ERR_PTR, such as
 * tdx_page_array_page() returns. For all wrappers of a feature: -EOPNOTSUPP if the TDX module does
 * not support the feature or the kernel did not enable it. For all wrappers: -ESHUTDOWN once the
 * machine is going down, -EAGAIN if the CPU was going offline or coming online all the time (below).
 *
 * A wrapper repeats a SEAMCALL for which the TDX module is busy or has no entropy: it issues it at most ten times, with pauses
 * of 25 to 50 ms in all. A SEAMCALL that was not issued because its CPU is going offline or coming online is issued again, on
 * the CPU where the task runs by then, for 5 to 10 s. An interrupted SEAMCALL is resumed for up to a minute (TDH.EXT.MEM.ADD:
 * a minute without progress). SIGKILL ends all of these. An interrupted TDH.IOMMU.SETUP or TDH.IOMMU.CLEAR that was given up,
 * or that did not run or was busy when it was resumed, continues when its wrapper is called again with the same arguments.
 *
 * tdx_tdh_spdm_connect(), tdx_tdh_spdm_disconnect(), tdx_tdh_spdm_mng(), tdx_tdh_quote_init() and
 * tdx_tdh_quote_get() are services of the extensions: a TDX module that requires extensions refuses
 * them until these run (tdx_extensions_start()). No other leaf needs running extensions.
 *
 * Leaf numbers and registers: TDX module ABI; those of TDX Connect, extensions and Quoting as posted
 * for Linux in March and June 2026.
 */
#ifndef TDX_PAGE_ARRAY_SEAMCALLS_H
#define TDX_PAGE_ARRAY_SEAMCALLS_H

#ifdef __cplusplus
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
extern "C" {
#else
#include <linux/types.h>
#endif

struct page;
struct tdx_page_array;

#define TDX_PAGE_ARRAY_REFUSED 0x8000FF0000010000ULL

/*
 * Completion statuses that drivers handle, without the details in bits 31:0. SPDM_REQUEST: exchange a
 * message with the device, then repeat the call. SPDM_KEY_REFRESH: update the keys of the session
 * (TDH.SPDM.MNG, operation 1), then repeat the call.
 */
#define TDX_PAGE_ARRAY_SPDM_REQUEST	0xC0000F5700000000ULL
#define TDX_PAGE_ARRAY_SPDM_KEY_REFRESH 0xC0000F4500000000ULL
#define TDX_PAGE_ARRAY_OPERAND_INVALID	0xC000010000000000ULL
#define TDX_PAGE_ARRAY_STATUS_MASK	0xFFFFFFFF00000000ULL

/**
 * tdx_status_to_errno() - convert a completion status to an errno
 * @status: completion status of a wrapper
 *
 * Return: 0 for success. -ENODEV if no TDX module is loaded, -EACCES if VMX is off, -EOPNOTSUPP if
 * this platform has no TDX or a feature is not available, -EBUSY if an object was locked, -EAGAIN if
 * entropy is missing, the CPU is going offline, or a message or key update is needed first,
 * -ESHUTDOWN if the machine is going down, the errno of TDX_PAGE_ARRAY_REFUSED if this kernel module
 * refused the call, -EIO for any other answer of the TDX module.
 */
int tdx_status_to_errno(u64 status);

/* The module and its pages */

/**
 * tdx_tdh_sys_rd() - TDH.SYS.RD: read one metadata field of the TDX module
 * @field_id: field identifier of the TDX module specification
 * @value: value of the field
 *
 * Return: completion status. Refused: -EINVAL if @value is NULL.
 */
u64 tdx_tdh_sys_rd(u64 field_id, u64 *value);

/**
 * tdx_global_keyid() - the global KeyID of the TDX module
 *
 * Return: the first private KeyID, which Linux assigns to the TDX module as its global KeyID.
 */
u16 tdx_global_keyid(void);

/**
 * tdx_tdh_phymem_page_wbinvd() - TDH.PHYMEM.PAGE.WBINVD: write back the cache lines of a page
 * @pfn: page frame number of a page that the TDX module does not own
 * @hkid: KeyID of the cache lines
 *
 * Not needed for pages of arrays: tdx_page_array_release() does it.
 *
 * Return: completion status.
 */
u64 tdx_tdh_phymem_page_wbinvd(u64 pfn, u16 hkid);

/**
 * struct tdx_page_facts - PAMT entry of a page: the TDX module's own metadata about it
 * @type: page type; 0 (not directly assigned): the TDX module does not own the page
 * @owner: HPA of the TDR page, or ID of an object; may be left over from an earlier owner if @type is
 *   0
 * @level: 0 for a 4K page, 1 for 2M, 2 for 1G
 */
struct tdx_page_facts {
	u64 type;
	u64 owner;
	u64 level;
};

/**
 * tdx_tdh_phymem_page_rdmd() - TDH.PHYMEM.PAGE.RDMD: read the TDX module's metadata of a 4K page
 * @pfn: page frame number
 * @facts: the metadata
 *
 * Return: completion status. Refused: -EINVAL if @facts is NULL.
 */
u64 tdx_tdh_phymem_page_rdmd(u64 pfn, struct tdx_page_facts *facts);

/* Extensions */

/**
 * tdx_extensions_start() - give the TDX module the memory that its extensions require, and start them
 *
 * For the whole host, once: reads from the metadata whether extensions have to be started and how many pages
 * they require, allocates the pages, hands them over window by window (TDH.EXT.MEM.ADD) and starts the extensions
 * (TDH.EXT.INIT). The TDX module keeps the pages until reboot; one line in the log says how many. If a step
 * fails, the TDX module keeps the pages that it has by then, and the rest are freed. If the extensions run
 * already, nothing happens.
 *
 * Call it again after a runtime update of the TDX module: the new version has to start its extensions, perhaps with more
 * memory. Its features are read again first.
 *
 * Return: 0 if the extensions run, or if none have to be started; -EOPNOTSUPP if the TDX module has none or the
 * kernel did not enable them; -ENOMEM; -EUCLEAN if a page went to the quarantine; otherwise the errno of the
 * SEAMCALL that failed.
 */
int tdx_extensions_start(void);

/**
 * tdx_tdh_ext_mem_add() - TDH.EXT.MEM.ADD: hand the selected window over as extension memory
 * @array: a live array whose window begins at the first page that is not handed over yet
 *
 * The TDX module does not return extension memory: after the last window, and also after a failure,
 * end the array with tdx_page_array_leak(). If a call fails, pages of earlier windows belong to the
 * TDX module, and pages of this window are in doubt.
 *
 * Return: completion status. Refused: -EINVAL if the window does not begin at the first page that is
 * not handed over yet, or the array has the layout of IOMMU metadata; -EBUSY if the array belongs to
 * another object or is mapped; -ENOMEM without memory for the list page.
 */
u64 tdx_tdh_ext_mem_add(struct tdx_page_array *array);

/**
 * tdx_tdh_ext_init() - TDH.EXT.INIT: start the extensions after all extension memory was added
 *
 * Return: completion status.
 */
u64 tdx_tdh_ext_init(void);

/* IOMMUs */

/**
 * tdx_tdh_iommu_setup() - TDH.IOMMU.SETUP: switch an IOMMU to TDX mode
 * @reg_base: physical address of the registers of the IOMMU
 * @iommu_mt: an array of tdx_page_array_create_iommu_mt(); the TDX module owns it on success
 * @iommu_id: the TDX module's ID of the IOMMU
 *
 * Return: completion status. Masked with TDX_PAGE_ARRAY_STATUS_MASK it is TDX_PAGE_ARRAY_OPERAND_INVALID
 * if the IOMMU has no TDX mode: skip this IOMMU and release the array. Refused: -EINVAL if @iommu_id is
 * NULL or the array does not have the layout of IOMMU metadata; -EBUSY if its pages are handed over
 * already or the array is mapped; -ENOMEM without memory for the list page.
 */
u64 tdx_tdh_iommu_setup(u64 reg_base, struct tdx_page_array *iommu_mt, u64 *iommu_id);

/**
 * tdx_tdh_iommu_clear() - TDH.IOMMU.CLEAR: end the TDX mode of an IOMMU and get its metadata pages back
 * @iommu_id: the TDX module's ID of the IOMMU
 * @iommu_mt: the array that was handed over by tdx_tdh_iommu_setup() for it
 *
 * The list of pages that the TDX module reports as released is compared with the array. After success
 * the array can be released. The call can be repeated after a refusal, after an interruption that was
 * not resumed, and after a timeout or error of the IOMMU. After any other failure the pages are in
 * doubt: tdx_page_array_release() asks the TDX module about each.
 *
 * Return: completion status. Refused: -EINVAL if the array is not the metadata of this IOMMU.
 */
u64 tdx_tdh_iommu_clear(u64 iommu_id, struct tdx_page_array *iommu_mt);

/* SPDM sessions */

/**
 * tdx_tdh_spdm_create() - TDH.SPDM.CREATE: create an SPDM session and hand its metadata pages over
 * @func_id: function of the device: RID in bits 15:0, segment in 23:16, segment valid in bit 24
 * @spdm_mt: a live array of as many pages as the metadata field connect.spdm_mt_page_count
 *   (0x3000000100000002) says, at most TDX_PAGE_ARRAY_MAX_ENTRIES; the TDX module owns it on success
 * @spdm_id: the TDX module's ID of the session
 *
 * Return: completion status. Refused: -E2BIG if the array is too large; -EINVAL if @spdm_id is NULL or
 * the array has the layout of IOMMU metadata; -EBUSY if its pages are handed over already or the
 * array is mapped; -ENOMEM without memory for the list page.
 */
u64 tdx_tdh_spdm_create(u64 func_id, struct tdx_page_array *spdm_mt, u64 *spdm_id);

/**
 * tdx_tdh_spdm_delete() - TDH.SPDM.DELETE: delete an SPDM session and get its metadata pages back
 * @spdm_id: ID of the session
 * @spdm_mt: the array that was handed over by tdx_tdh_spdm_create() for it
 *
 * The list of pages that the TDX module reports as released is compared with the array. After success
 * the array can be released. After a refusal the TDX module still owns the pages, and the call can be
 * repeated. After any other failure the pages are in doubt: tdx_page_array_release() asks the TDX
 * module about each.
 *
 * Return: completion status. Refused: -EINVAL if the array is not the metadata of this session.
 */
u64 tdx_tdh_spdm_delete(u64 spdm_id, struct tdx_page_array *spdm_mt);

/**
 * tdx_tdh_spdm_connect() - TDH.SPDM.CONNECT: connect an SPDM session to its device
 * @spdm_id: ID of the session
 * @spdm_conf: page with the configuration: u32 capabilities (heartbeat bit 13, key update bit 14),
 *   u8 policy, u8 certificate slot mask, u8 raw bitstream requested
 * @spdm_rsp: page with the last response of the device, including the DOE header
 * @spdm_req: page for the next request to the device
 * @spdm_out: a live array that was not handed over, of at most TDX_PAGE_ARRAY_MAX_ENTRIES pages
 *   (metadata field connect.spdm_max_dev_info_pages, 0x3000000100000007), for the device information.
 *   It may be mapped
 * @bytes: length in bytes of the request or of the device information; written on success and on
 *   TDX_PAGE_ARRAY_SPDM_REQUEST
 *
 * On TDX_PAGE_ARRAY_SPDM_REQUEST, send the request in @spdm_req to the device, store its response in
 * @spdm_rsp, and repeat the call with the same arguments. On TDX_PAGE_ARRAY_SPDM_KEY_REFRESH, update
 * the keys with tdx_tdh_spdm_mng() first. The TDX module executes one CONNECT, DISCONNECT or MNG at a
 * time for all sessions: the wrappers serialise the SEAMCALLs, not the exchanges with devices. Needs
 * running extensions.
 *
 * Return: completion status. Refused: -EINVAL if a page or @bytes is NULL, or the array has the layout
 * of IOMMU metadata; -E2BIG if the array is too large; -EBUSY if its pages may hold private cache
 * lines or belong to the TDX module, or if the caller is sent SIGKILL while it waits for another
 * session's call; -ENOMEM without memory for the list page; -EIO if the TDX module reports more bytes
 * than there is room for.
 */
u64 tdx_tdh_spdm_connect(u64 spdm_id, struct page *spdm_conf, struct page *spdm_rsp,
			 struct page *spdm_req, struct tdx_page_array *spdm_out, u64 *bytes);

/**
 * tdx_tdh_spdm_disconnect() - TDH.SPDM.DISCONNECT: disconnect an SPDM session from its device
 * @spdm_id: ID of the session
 * @spdm_rsp: as in tdx_tdh_spdm_connect()
 * @spdm_req: as in tdx_tdh_spdm_connect()
 * @bytes: length of the request in bytes; written on success (0) and on TDX_PAGE_ARRAY_SPDM_REQUEST
 *
 * Repeated for each message as tdx_tdh_spdm_connect(). Needs running extensions.
 *
 * Return: completion status. Refused: -EINVAL if a page or @bytes is NULL; -EBUSY after SIGKILL and
 * -EIO as tdx_tdh_spdm_connect().
 */
u64 tdx_tdh_spdm_disconnect(u64 spdm_id, struct page *spdm_rsp, struct page *spdm_req, u64 *bytes);

/* Operations of tdx_tdh_spdm_mng(). */
#define TDX_SPDM_MNG_HEARTBEAT	0
#define TDX_SPDM_MNG_KEY_UPDATE 1
#define TDX_SPDM_MNG_RECOLLECT	2 /* collect the device information again */

/**
 * tdx_tdh_spdm_mng() - TDH.SPDM.MNG: maintain a connected SPDM session
 * @spdm_id: ID of the session
 * @spdm_op: TDX_SPDM_MNG_*
 * @spdm_param: page with parameters, or NULL
 * @spdm_rsp: as in tdx_tdh_spdm_connect()
 * @spdm_req: as in tdx_tdh_spdm_connect()
 * @spdm_out: as in tdx_tdh_spdm_connect(), or NULL
 * @bytes: as in tdx_tdh_spdm_connect()
 *
 * Repeated for each message as tdx_tdh_spdm_connect(). Needs running extensions.
 *
 * Return: completion status. Refused: as tdx_tdh_spdm_connect(), but @spdm_param and @spdm_out may be
 * NULL.
 */
u64 tdx_tdh_spdm_mng(u64 spdm_id, u64 spdm_op, struct page *spdm_param, struct page *spdm_rsp,
		     struct page *spdm_req, struct tdx_page_array *spdm_out, u64 *bytes);

/* IDE streams */

/**
 * struct tdx_ide_stream - parameters of a new IDE stream
 * @info: function of the root port in bits 7:0; bit 8: 0 link stream, 1 selective stream
 * @control: IDE stream control register
 * @rid_assoc1: RID association registers of the root port
 * @rid_assoc2: second register
 * @addr_assoc1: address association registers of the root port
 * @addr_assoc2: second register
 * @addr_assoc3: third register
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
 * tdx_tdh_ide_stream_create() - TDH.IDE.STREAM.CREATE: create an IDE stream and hand its metadata pages
 * over
 * @spdm_id: ID of the session that the stream belongs to
 * @stream: parameters of the stream
 * @stream_mt: a live array of as many pages as the metadata field connect.ide_mt_page_count
 *   (0x3000000100000001) says, at most TDX_PAGE_ARRAY_MAX_ENTRIES; the TDX module owns it on success
 * @stream_id: the TDX module's ID of the stream
 * @rp_ide_id: number of the stream in the root port
 *
 * Return: completion status. Refused: -E2BIG if the array is too large; -EINVAL if @stream, @stream_id
 * or @rp_ide_id is NULL, or the array has the layout of IOMMU metadata; -EBUSY if its pages are handed
 * over already or the array is mapped; -ENOMEM without memory for the list page.
 */
u64 tdx_tdh_ide_stream_create(u64 spdm_id, const struct tdx_ide_stream *stream,
			      struct tdx_page_array *stream_mt, u64 *stream_id, u64 *rp_ide_id);

/**
 * tdx_tdh_ide_stream_block() - TDH.IDE.STREAM.BLOCK: stop an IDE stream, so that it can be deleted
 * @spdm_id: ID of its session
 * @stream_id: ID of the stream
 *
 * Return: completion status.
 */
u64 tdx_tdh_ide_stream_block(u64 spdm_id, u64 stream_id);

/**
 * tdx_tdh_ide_stream_delete() - TDH.IDE.STREAM.DELETE: delete a blocked IDE stream and get its metadata
 * pages back
 * @spdm_id: ID of its session
 * @stream_id: ID of the stream
 * @stream_mt: the array that was handed over by tdx_tdh_ide_stream_create() for it
 *
 * Compares the released pages with the array, and records failures, as tdx_tdh_spdm_delete() does.
 *
 * Return: completion status. Refused: -EINVAL if the array is not the metadata of this stream.
 */
u64 tdx_tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, struct tdx_page_array *stream_mt);

/* Operations of tdx_tdh_ide_stream_km(). */
#define TDX_IDE_KM_SETUP   0
#define TDX_IDE_KM_REFRESH 1
#define TDX_IDE_KM_STOP	   2

/**
 * tdx_tdh_ide_stream_km() - TDH.IDE.STREAM.KM: manage the keys of an IDE stream
 * @spdm_id: ID of its session
 * @stream_id: ID of the stream
 * @operation: TDX_IDE_KM_*
 * @spdm_rsp: as in tdx_tdh_spdm_connect()
 * @spdm_req: as in tdx_tdh_spdm_connect()
 * @bytes: as in tdx_tdh_spdm_disconnect()
 *
 * Repeated for each message as tdx_tdh_spdm_connect().
 *
 * Return: completion status. Refused: -EINVAL and -EIO as tdx_tdh_spdm_disconnect().
 */
u64 tdx_tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, struct page *spdm_rsp,
			  struct page *spdm_req, u64 *bytes);

/* Quotes */

/**
 * tdx_tdh_quote_init() - TDH.QUOTE.INIT: start Quoting
 *
 * On success the metadata field quote.max_quote_size (0x2300000200000002) can be read. The TDX module
 * refuses the call if the kernel did not enable Quoting; this call is the only way to find that out.
 * Needs running extensions.
 *
 * Return: completion status.
 */
u64 tdx_tdh_quote_init(void);

/**
 * tdx_tdh_quote_get() - TDH.QUOTE.GET: get a quote of a TD
 * @tdr: TDR page of the TD
 * @quote_id: ID of the kind of quote
 * @input: page with the data to be quoted
 * @input_bytes: length of the data in bytes, at most 4096
 * @output: a live array that was not handed over, of any size, for the quote. It may be mapped
 * @quote_bytes: length of the quote in bytes
 *
 * Needs running extensions and a successful tdx_tdh_quote_init().
 *
 * Return: completion status. Refused: -EINVAL if @tdr, @input or @quote_bytes is NULL, or
 * @input_bytes is too large; -EBUSY if pages of the array may hold private cache lines or belong to
 * the TDX module; -ENOMEM without memory for the list of pages; -EIO if the TDX module reports more
 * bytes than the array has.
 */
u64 tdx_tdh_quote_get(struct page *tdr, u32 quote_id, struct page *input, u32 input_bytes,
		      struct tdx_page_array *output, u64 *quote_bytes);

/*
 * Control pages of TDs: for KVM, which has the locks and KeyIDs that these leaves need. Namespace "TDX_PAGE_ARRAY_KVM". They
 * are handed over one at a time. After the teardown of the TD, tdx_page_array_release() gets them back with
 * TDH.PHYMEM.PAGE.RECLAIM: release the array of the TDR last. Before the teardown it returns -EBUSY and changes nothing. An
 * array that is handed over in part can be released, too.
 */

/**
 * tdx_tdh_mng_create() - TDH.MNG.CREATE: create a TD and hand its TDR page over
 * @tdr: a live array of one page; the TDX module owns it on success
 * @hkid: private KeyID of the TD
 *
 * Return: completion status. Refused: -EINVAL if the array has more than one page; -EBUSY if its page
 * is handed over already or the array is mapped.
 */
u64 tdx_tdh_mng_create(struct tdx_page_array *tdr, u16 hkid);

/**
 * tdx_tdh_mng_addcx() - TDH.MNG.ADDCX: hand over the next control page of a TD
 * @tdr: the array of the TDR. Several callers may add pages to the same TD at a time
 * @tdcs: a live array; its first page that is not handed over yet is handed over
 *
 * Return: completion status. Refused: -EINVAL if @tdr was not handed over by tdx_tdh_mng_create(), if
 * all pages of @tdcs are handed over, or if it has the layout of IOMMU metadata; -EBUSY if @tdcs
 * belongs to another TD or object, or is mapped.
 */
u64 tdx_tdh_mng_addcx(struct tdx_page_array *tdr, struct tdx_page_array *tdcs);

/**
 * tdx_tdh_vp_create() - TDH.VP.CREATE: create a vCPU of a TD and hand its TDVPR page over
 * @tdr: the array of the TDR
 * @tdvpr: a live array of one page; the TDX module owns it on success
 *
 * Return: completion status. Refused: -EINVAL if @tdr was not handed over by tdx_tdh_mng_create(), or
 * @tdvpr has more than one page; -EBUSY if its page is handed over already or @tdvpr is mapped.
 */
u64 tdx_tdh_vp_create(struct tdx_page_array *tdr, struct tdx_page_array *tdvpr);

/**
 * tdx_tdh_vp_addcx() - TDH.VP.ADDCX: hand over the next control page of a vCPU
 * @tdvpr: the array of the TDVPR
 * @tdcx: a live array; its first page that is not handed over yet is handed over
 *
 * Return: completion status. Refused: as tdx_tdh_mng_addcx(), with @tdvpr and tdx_tdh_vp_create().
 */
u64 tdx_tdh_vp_addcx(struct tdx_page_array *tdvpr, struct tdx_page_array *tdcx);

#ifdef __cplusplus
}
#endif

#endif
