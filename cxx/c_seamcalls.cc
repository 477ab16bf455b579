// SPDX-License-Identifier: GPL-2.0
/*
 * The public C functions for leaves (include/tdx_page_array_seamcalls.h has their contracts): borrow
 * the arrays, turn pages into frames, and say in one line why a leaf was not issued.
 */
#include "handles.hpp"
#include "tdh_ext.hpp"
#include "tdh_ide.hpp"
#include "tdh_iommu.hpp"
#include "tdh_phymem.hpp"
#include "tdh_quote.hpp"
#include "tdh_spdm.hpp"
#include "tdh_spdm_service.hpp"
#include "tdh_sys.hpp"
#include "tdh_td.hpp"
#include "tdx_module.hpp"

using tdx::Answered;
using tdx::borrow;
using tdx::CompletionStatus;
using tdx::Errno;
using tdx::Failure;
using tdx::Hkid;
using tdx::Leaf;
using tdx::Mailbox;
using tdx::MessageAnswer;
using tdx::Pfn;

namespace {

/* What a refusal of this code means: by its errno, as far as that depends on the leaf. */
struct Reasons {
	const char *invalid;
	const char *busy;
};

constexpr const char *kNoPlace = "there is no place for the answer";
constexpr const char *kNoPage = "a page is NULL";
constexpr const char *kNotTheHosts = "the array is mapped, or its pages are not the host's";
constexpr const char *kHasQueues = "the array is laid out for an IOMMU";

constexpr Reasons kForObjects{kHasQueues, kNotTheHosts};
constexpr Reasons kForDeletion{"the array is not the metadata of this object", kNotTheHosts};
constexpr Reasons kForOutput{"the array for the output is laid out for an IOMMU",
			     "the array for the output is not plainly the host's"};
constexpr Reasons kForRoots{"the array has more than one page", kNotTheHosts};
constexpr Reasons kForControlPages{
	"all pages of the array were added, or it is laid out for an IOMMU",
	"the array belongs to another TD or object, or is mapped"};

u64 refused(Errno reason)
{
	return CompletionStatus::refused(reason).raw();
}

const char *text_of(Errno reason, const Reasons &reasons)
{
	switch (reason) {
	case Errno::kInvalid:
		return reasons.invalid;
	case Errno::kBusy:
		return reasons.busy;
	case Errno::kTooBig:
		return "the array is larger than one list page (512 entries)";
	case Errno::kNoMemory:
		return "no memory for its list";
	case Errno::kNotSupported:
		return "this TDX module lacks the feature";
	default:
		return "it was refused";
	}
}

/* The line for a refusal; the statuses of the module are the caller's to judge. */
u64 report(Leaf leaf, CompletionStatus status, const Reasons &reasons)
{
	/* An answer that nobody can believe had its own line. */
	if (status == CompletionStatus::refused(Errno::kIo))
		return status.raw();
	if (status.is_refusal())
		tdx_shim_error("%s not issued: %s", name_of(leaf),
			       text_of(status.to_result().error(), reasons));
	return status.raw();
}

u64 report_missing(Leaf leaf, const char *what)
{
	return report(leaf, CompletionStatus::refused(Errno::kInvalid), {what, what});
}

u64 finish(Leaf leaf, const Answered<void> &answer, const Reasons &reasons)
{
	return answer ? 0 : report(leaf, answer.error(), reasons);
}

/* Writes an answer where the caller wants it, on success only. */
Answered<void> store(const Answered<u64> &answer, u64 *place)
{
	if (!answer)
		return std::unexpected(answer.error());
	*place = *answer;
	return {};
}

/* Calls @issue with the borrowed array. */
template <class Issue>
u64 with_array(Leaf leaf, tdx_page_array *handle, const Reasons &reasons, Issue issue)
{
	const auto loan = borrow(name_of(leaf), handle);

	if (!loan)
		return refused(loan.error());
	return finish(leaf, issue(loan->pages), reasons);
}

/* Stores the length for the two statuses that have one. */
u64 finish_message(Leaf leaf, const MessageAnswer &answer, u64 *bytes)
{
	using tdx::StatusCode;

	if (answer.status.is_success() || answer.status.is(StatusCode::kSpdmRequest))
		*bytes = answer.bytes;
	return report(leaf, answer.status, kForOutput);
}

Pfn frame_of(const page *handle)
{
	return Pfn(tdx_shim_pfn(handle));
}

Mailbox mailbox_of(const page *response, const page *request)
{
	return {frame_of(response), frame_of(request)};
}

} // namespace

int tdx_status_to_errno(u64 status)
{
	const auto result = CompletionStatus(status).to_result();

	return result ? 0 : tdx::negative(result.error());
}

u64 tdx_tdh_sys_rd(u64 field_id, u64 *value)
{
	if (!value)
		return report_missing(Leaf::kSysRd, kNoPlace);

	const auto answer = tdx::tdh_sys_rd(field_id);
	if (!answer)
		return answer.error().raw();
	*value = *answer;
	return 0;
}

u16 tdx_global_keyid(void)
{
	return tdx::tdx_module().global_keyid().value();
}

u64 tdx_tdh_phymem_page_wbinvd(u64 pfn, u16 hkid)
{
	return tdx::tdh_phymem_page_wbinvd(Pfn(pfn), Hkid(hkid)).raw();
}

u64 tdx_tdh_phymem_page_rdmd(u64 pfn, tdx_page_facts *facts)
{
	if (!facts)
		return report_missing(Leaf::kPhymemPageRdmd, kNoPlace);

	const auto answer = tdx::tdh_phymem_page_rdmd(Pfn(pfn));
	if (!answer)
		return answer.error().raw();
	*facts = {answer->type, answer->owner, answer->level};
	return 0;
}

u64 tdx_tdh_phymem_cache_wb(void)
{
	tdx_shim_stay_on_cpu();
	const CompletionStatus status = tdx::tdh_phymem_cache_wb();
	tdx_shim_leave_cpu();
	return status.raw();
}

u64 tdx_tdh_ext_mem_add(tdx_page_array *array)
{
	return with_array(Leaf::kExtMemAdd, array,
			  {"the window does not continue what was added before, or the array is "
			   "laid out for an IOMMU",
			   "the array serves something else, or is mapped"},
			  [](tdx::PageArray &pages) { return tdx::tdh_ext_mem_add(pages); });
}

u64 tdx_tdh_ext_init(void)
{
	return finish(Leaf::kExtInit, tdx::tdh_ext_init(), {});
}

u64 tdx_tdh_iommu_setup(u64 reg_base, tdx_page_array *iommu_mt, u64 *iommu_id)
{
	if (!iommu_id)
		return report_missing(Leaf::kIommuSetup, kNoPlace);
	return with_array(Leaf::kIommuSetup, iommu_mt,
			  Reasons{"the array is not laid out for an IOMMU", kNotTheHosts},
			  [&](tdx::PageArray &pages) {
				  return store(tdx::tdh_iommu_setup(reg_base, pages), iommu_id);
			  });
}

u64 tdx_tdh_iommu_clear(u64 iommu_id, tdx_page_array *iommu_mt)
{
	return with_array(Leaf::kIommuClear, iommu_mt, kForDeletion, [&](tdx::PageArray &pages) {
		return tdx::tdh_iommu_clear(iommu_id, pages);
	});
}

u64 tdx_tdh_spdm_create(u64 func_id, tdx_page_array *spdm_mt, u64 *spdm_id)
{
	if (!spdm_id)
		return report_missing(Leaf::kSpdmCreate, kNoPlace);
	return with_array(Leaf::kSpdmCreate, spdm_mt, kForObjects, [&](tdx::PageArray &pages) {
		return store(tdx::tdh_spdm_create(func_id, pages), spdm_id);
	});
}

u64 tdx_tdh_spdm_delete(u64 spdm_id, tdx_page_array *spdm_mt)
{
	return with_array(Leaf::kSpdmDelete, spdm_mt, kForDeletion, [&](tdx::PageArray &pages) {
		return tdx::tdh_spdm_delete(spdm_id, pages);
	});
}

u64 tdx_tdh_spdm_connect(u64 spdm_id, page *spdm_conf, page *spdm_rsp, page *spdm_req,
			 tdx_page_array *spdm_out, u64 *bytes)
{
	if (!spdm_conf || !spdm_rsp || !spdm_req)
		return report_missing(Leaf::kSpdmConnect, kNoPage);
	if (!bytes)
		return report_missing(Leaf::kSpdmConnect, kNoPlace);
	const auto output = borrow(name_of(Leaf::kSpdmConnect), spdm_out);
	if (!output)
		return refused(output.error());
	return finish_message(Leaf::kSpdmConnect,
			      tdx::tdh_spdm_connect(spdm_id, frame_of(spdm_conf),
						    mailbox_of(spdm_rsp, spdm_req), output->pages),
			      bytes);
}

u64 tdx_tdh_spdm_disconnect(u64 spdm_id, page *spdm_rsp, page *spdm_req, u64 *bytes)
{
	if (!spdm_rsp || !spdm_req)
		return report_missing(Leaf::kSpdmDisconnect, kNoPage);
	if (!bytes)
		return report_missing(Leaf::kSpdmDisconnect, kNoPlace);
	return finish_message(Leaf::kSpdmDisconnect,
			      tdx::tdh_spdm_disconnect(spdm_id, mailbox_of(spdm_rsp, spdm_req)),
			      bytes);
}

u64 tdx_tdh_spdm_mng(u64 spdm_id, u64 spdm_op, page *spdm_param, page *spdm_rsp, page *spdm_req,
		     tdx_page_array *spdm_out, u64 *bytes)
{
	if (!spdm_rsp || !spdm_req)
		return report_missing(Leaf::kSpdmMng, kNoPage);
	if (!bytes)
		return report_missing(Leaf::kSpdmMng, kNoPlace);

	const Pfn parameter = spdm_param ? frame_of(spdm_param) : Pfn();
	const Mailbox mailbox = mailbox_of(spdm_rsp, spdm_req);
	if (!spdm_out)
		return finish_message(
			Leaf::kSpdmMng,
			tdx::tdh_spdm_mng(spdm_id, spdm_op, parameter, mailbox, nullptr), bytes);

	const auto output = borrow(name_of(Leaf::kSpdmMng), spdm_out);
	if (!output)
		return refused(output.error());
	return finish_message(
		Leaf::kSpdmMng,
		tdx::tdh_spdm_mng(spdm_id, spdm_op, parameter, mailbox, &output->pages), bytes);
}

u64 tdx_tdh_ide_stream_create(u64 spdm_id, const tdx_ide_stream *stream, tdx_page_array *stream_mt,
			      u64 *stream_id, u64 *rp_ide_id)
{
	if (!stream || !stream_id || !rp_ide_id)
		return report_missing(Leaf::kIdeStreamCreate,
				      "there is no stream, or no place for the answer");
	return with_array(Leaf::kIdeStreamCreate, stream_mt, kForObjects,
			  [&](tdx::PageArray &pages) -> Answered<void> {
				  const auto ids = tdx::tdh_ide_stream_create(spdm_id, *stream,
									      pages);
				  if (!ids)
					  return std::unexpected(ids.error());
				  *stream_id = ids->stream_id;
				  *rp_ide_id = ids->rp_ide_id;
				  return {};
			  });
}

u64 tdx_tdh_ide_stream_block(u64 spdm_id, u64 stream_id)
{
	return finish(Leaf::kIdeStreamBlock, tdx::tdh_ide_stream_block(spdm_id, stream_id), {});
}

u64 tdx_tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, tdx_page_array *stream_mt)
{
	return with_array(Leaf::kIdeStreamDelete, stream_mt, kForDeletion,
			  [&](tdx::PageArray &pages) {
				  return tdx::tdh_ide_stream_delete(spdm_id, stream_id, pages);
			  });
}

u64 tdx_tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, page *spdm_rsp, page *spdm_req,
			  u64 *bytes)
{
	if (!spdm_rsp || !spdm_req)
		return report_missing(Leaf::kIdeStreamKm, kNoPage);
	if (!bytes)
		return report_missing(Leaf::kIdeStreamKm, kNoPlace);
	return finish_message(Leaf::kIdeStreamKm,
			      tdx::tdh_ide_stream_km(spdm_id, stream_id, operation,
						     mailbox_of(spdm_rsp, spdm_req)),
			      bytes);
}

u64 tdx_tdh_quote_init(void)
{
	return finish(Leaf::kQuoteInit, tdx::tdh_quote_init(), {});
}

u64 tdx_tdh_quote_get(page *tdr, u32 quote_id, page *input, u32 input_bytes, tdx_page_array *output,
		      u64 *quote_bytes)
{
	if (!tdr || !input)
		return report_missing(Leaf::kQuoteGet, kNoPage);
	if (!quote_bytes)
		return report_missing(Leaf::kQuoteGet, kNoPlace);
	return with_array(Leaf::kQuoteGet, output,
			  Reasons{"the input is larger than a page", kForOutput.busy},
			  [&](tdx::PageArray &pages) {
				  return store(tdx::tdh_quote_get(frame_of(tdr), quote_id,
								  {frame_of(input), input_bytes},
								  pages),
					       quote_bytes);
			  });
}

u64 tdx_tdh_mng_create(tdx_page_array *tdr, u16 hkid)
{
	return with_array(Leaf::kMngCreate, tdr, kForRoots, [&](tdx::PageArray &pages) {
		return tdx::tdh_mng_create(pages, Hkid(hkid));
	});
}

u64 tdx_tdh_mng_addcx(tdx_page_array *tdr, tdx_page_array *tdcs)
{
	const auto root = tdx::control_root(name_of(Leaf::kMngAddcx), tdr, Leaf::kMngCreate);

	if (!root)
		return refused(root.error());
	return with_array(Leaf::kMngAddcx, tdcs, kForControlPages,
			  [&](tdx::PageArray &pages) { return tdx::tdh_mng_addcx(*root, pages); });
}

u64 tdx_tdh_vp_create(tdx_page_array *tdr, tdx_page_array *tdvpr)
{
	const auto root = tdx::control_root(name_of(Leaf::kVpCreate), tdr, Leaf::kMngCreate);

	if (!root)
		return refused(root.error());
	return with_array(Leaf::kVpCreate, tdvpr, kForRoots,
			  [&](tdx::PageArray &pages) { return tdx::tdh_vp_create(*root, pages); });
}

u64 tdx_tdh_vp_addcx(tdx_page_array *tdvpr, tdx_page_array *tdcx)
{
	const auto root = tdx::control_root(name_of(Leaf::kVpAddcx), tdvpr, Leaf::kVpCreate);

	if (!root)
		return refused(root.error());
	return with_array(Leaf::kVpAddcx, tdcx, kForControlPages,
			  [&](tdx::PageArray &pages) { return tdx::tdh_vp_addcx(*root, pages); });
}
