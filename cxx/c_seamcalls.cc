// SPDX-License-Identifier: GPL-2.0
/*
 * The public C functions for leaves (include/tdx_page_array_seamcalls.h has their contracts): claim
 * the arrays, turn pages into frames, and say in one line why a leaf was not issued.
 */
#include <initializer_list>

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
using tdx::claim;
using tdx::CompletionStatus;
using tdx::Errno;
using tdx::Failure;
using tdx::Hkid;
using tdx::Leaf;
using tdx::Mailbox;
using tdx::MessageAnswer;
using tdx::PageArray;
using tdx::Pfn;

namespace {

u64 refused(Errno reason)
{
	return CompletionStatus::refused(reason).raw();
}

/* The line for a leaf that is not issued. */
#define EXPLAIN(leaf, format, ...) \
	tdx_shim_error("%s not issued: " format, name_of(leaf) __VA_OPT__(, ) __VA_ARGS__)

const char *feature_of(Leaf leaf)
{
	if (leaf == Leaf::kExtMemAdd || leaf == Leaf::kExtInit)
		return "extensions are";
	if (leaf == Leaf::kQuoteInit || leaf == Leaf::kQuoteGet)
		return "Quoting is";
	return "TDX Connect is";
}

/* What a refusal means that does not depend on the leaf. */
void explain(Leaf leaf, Errno reason)
{
	switch (reason) {
	case Errno::kNoMemory:
		EXPLAIN(leaf, "no memory for the list of pages");
		break;
	case Errno::kNotSupported:
		EXPLAIN(leaf, "%s not supported by this TDX module, or not enabled by the kernel",
			feature_of(leaf));
		break;
	case Errno::kShutdown:
		EXPLAIN(leaf, "the machine is going down");
		break;
	default:
		EXPLAIN(leaf, "errno %d", tdx::negative(reason));
		break;
	}
}

void explain_layout(Leaf leaf, const PageArray &array)
{
	EXPLAIN(leaf, "array %llu has the layout of IOMMU metadata", array.id());
}

/* Why no page of @array can be handed over. */
void explain_custody(Leaf leaf, const PageArray &array)
{
	const tdx::Custody &custody = array.custody();

	if (array.is_mapped())
		EXPLAIN(leaf, "array %llu is mapped", array.id());
	else if (custody.allows_new_object(custody.hkid()))
		EXPLAIN(leaf,
			"pages of array %llu may hold cache lines of KeyID %u: release the array "
			"first",
			array.id(), custody.hkid().value());
	else
		EXPLAIN(leaf, "pages of array %llu are %s, handed over by %s", array.id(),
			name_of(custody.state()), name_of(custody.handed_over_by()));
}

/* A new object out of the whole array. */
void explain_object(Leaf leaf, Errno reason, const PageArray &array)
{
	if (reason == Errno::kInvalid)
		explain_layout(leaf, array);
	else if (reason == Errno::kTooBig)
		EXPLAIN(leaf, "array %llu has %u pages, more than %u", array.id(), array.pages(),
			tdx::kListEntries);
	else if (reason == Errno::kBusy)
		explain_custody(leaf, array);
	else
		explain(leaf, reason);
}

void explain_iommu(Leaf leaf, Errno reason, const PageArray &array)
{
	if (reason == Errno::kInvalid)
		EXPLAIN(leaf, "array %llu does not have the layout of IOMMU metadata", array.id());
	else
		explain_object(leaf, reason, array);
}

/* An array that the TDX module writes its output to. */
void explain_output(Leaf leaf, Errno reason, const PageArray &array)
{
	if (reason == Errno::kBusy)
		EXPLAIN(leaf,
			"pages of output array %llu may hold private cache lines or belong to the "
			"TDX module (%s)",
			array.id(), name_of(array.custody().state()));
	else
		explain_object(leaf, reason, array);
}

/* A TDR or a TDVPR. */
void explain_root(Leaf leaf, Errno reason, const PageArray &array)
{
	if (reason == Errno::kInvalid)
		EXPLAIN(leaf, "array %llu has %u pages, not 1", array.id(), array.pages());
	else
		explain_object(leaf, reason, array);
}

void explain_control_page(Leaf leaf, Errno reason, const PageArray &array)
{
	const auto &object = array.object();

	if (reason == Errno::kInvalid && array.layout().is_plain())
		EXPLAIN(leaf, "all %u pages of array %llu are handed over already", array.pages(),
			array.id());
	else if (reason == Errno::kBusy && object && !array.is_mapped())
		EXPLAIN(leaf, "array %llu belongs to object %#llx", array.id(), object->id);
	else
		explain_object(leaf, reason, array);
}

void explain_window(Leaf leaf, Errno reason, const PageArray &array)
{
	if (reason != Errno::kInvalid || !array.layout().is_plain())
		explain_object(leaf, reason, array);
	else if (array.window().is_empty())
		EXPLAIN(leaf, "array %llu has no populated window", array.id());
	else
		EXPLAIN(leaf,
			"the window of array %llu begins at page %u, but %u pages are handed over",
			array.id(), array.window().offset, array.custody().owned());
}

/* The line for a refusal, by @explain; the statuses of the module are the caller's to judge. */
template <class Explain> u64 report(CompletionStatus status, Explain explain)
{
	/* An answer that cannot be believed had its own line. */
	if (status.is_refusal() && status != CompletionStatus::refused(Errno::kIo))
		explain(status.to_result().error());
	return status.raw();
}

struct Argument {
	const char *name;
	const void *value;
};

[[gnu::cold]] u64 refuse_null(Leaf leaf, const char *name)
{
	EXPLAIN(leaf, "%s is NULL", name);
	return refused(Errno::kInvalid);
}

/* A refusal if one of @arguments is NULL; otherwise 0. Inline, so that good arguments cost a test each. */
[[gnu::always_inline]] inline u64 refuse_null(Leaf leaf, std::initializer_list<Argument> arguments)
{
	for (const Argument &argument : arguments)
		if (!argument.value) [[unlikely]]
			return refuse_null(leaf, argument.name);
	return 0;
}

u64 finish(Leaf leaf, const Answered<void> &answer)
{
	return answer ? 0 : report(answer.error(), [&](Errno reason) { explain(leaf, reason); });
}

/* Writes an answer where the caller wants it, on success only. */
Answered<void> store(const Answered<u64> &answer, u64 *place)
{
	if (!answer)
		return std::unexpected(answer.error());
	*place = *answer;
	return {};
}

/* Out of the way of calls that succeed. */
template <class Explain>
[[gnu::cold, gnu::noinline]] u64 report_array(Leaf leaf, CompletionStatus status,
					      const PageArray &array, Explain explain)
{
	return report(status, [&](Errno reason) { explain(leaf, reason, array); });
}

/* Calls @issue with the claimed array; @explain is called if that refuses. */
template <class Issue, class Explain>
u64 with_array(Leaf leaf, tdx_page_array *handle, Explain explain, Issue issue)
{
	const auto claimed = claim(name_of(leaf), handle);
	if (!claimed)
		return refused(claimed.error());

	const Answered<void> answer = issue(claimed->pages);
	if (answer) [[likely]]
		return 0;
	return report_array(leaf, answer.error(), claimed->pages, explain);
}

/* The same for a leaf that deletes object @id. */
template <class Issue> u64 with_metadata_of(u64 id, Leaf leaf, tdx_page_array *handle, Issue issue)
{
	const auto explain_delete = [id, leaf](Leaf, Errno reason, const PageArray &array) {
		if (reason != Errno::kInvalid)
			explain(leaf, reason);
		else if (array.object())
			EXPLAIN(leaf, "array %llu is the metadata of object %#llx, not of %#llx",
				array.id(), array.object()->id, id);
		else
			EXPLAIN(leaf, "array %llu is not the metadata of object %#llx", array.id(),
				id);
	};

	return with_array(leaf, handle, explain_delete, issue);
}

/* Stores the length for the two statuses that have one; @output may be NULL. */
u64 finish_message(Leaf leaf, const MessageAnswer &answer, u64 *bytes,
		   const PageArray *output = nullptr)
{
	using tdx::StatusCode;

	if (answer.status.is_success() || answer.status.is(StatusCode::kSpdmRequest))
		*bytes = answer.bytes;
	return report(answer.status, [&](Errno reason) {
		if (output)
			explain_output(leaf, reason, *output);
		else
			explain(leaf, reason);
	});
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
	if (const u64 refusal = refuse_null(Leaf::kSysRd, {{"value", value}}))
		return refusal;

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
	if (const u64 refusal = refuse_null(Leaf::kPhymemPageRdmd, {{"facts", facts}}))
		return refusal;

	const auto answer = tdx::tdh_phymem_page_rdmd(Pfn(pfn));
	if (!answer)
		return answer.error().raw();
	*facts = {answer->type, answer->owner, answer->level};
	return 0;
}

u64 tdx_tdh_ext_mem_add(tdx_page_array *array)
{
	return with_array(Leaf::kExtMemAdd, array, explain_window,
			  [](PageArray &pages) { return tdx::tdh_ext_mem_add(pages); });
}

u64 tdx_tdh_ext_init(void)
{
	return finish(Leaf::kExtInit, tdx::tdh_ext_init());
}

u64 tdx_tdh_iommu_setup(u64 reg_base, tdx_page_array *iommu_mt, u64 *iommu_id)
{
	if (const u64 refusal = refuse_null(Leaf::kIommuSetup, {{"iommu_id", iommu_id}}))
		return refusal;
	return with_array(Leaf::kIommuSetup, iommu_mt, explain_iommu, [&](PageArray &pages) {
		return store(tdx::tdh_iommu_setup(reg_base, pages), iommu_id);
	});
}

u64 tdx_tdh_iommu_clear(u64 iommu_id, tdx_page_array *iommu_mt)
{
	return with_metadata_of(iommu_id, Leaf::kIommuClear, iommu_mt, [&](PageArray &pages) {
		return tdx::tdh_iommu_clear(iommu_id, pages);
	});
}

u64 tdx_tdh_spdm_create(u64 func_id, tdx_page_array *spdm_mt, u64 *spdm_id)
{
	if (const u64 refusal = refuse_null(Leaf::kSpdmCreate, {{"spdm_id", spdm_id}}))
		return refusal;
	return with_array(Leaf::kSpdmCreate, spdm_mt, explain_object, [&](PageArray &pages) {
		return store(tdx::tdh_spdm_create(func_id, pages), spdm_id);
	});
}

u64 tdx_tdh_spdm_delete(u64 spdm_id, tdx_page_array *spdm_mt)
{
	return with_metadata_of(spdm_id, Leaf::kSpdmDelete, spdm_mt, [&](PageArray &pages) {
		return tdx::tdh_spdm_delete(spdm_id, pages);
	});
}

u64 tdx_tdh_spdm_connect(u64 spdm_id, page *spdm_conf, page *spdm_rsp, page *spdm_req,
			 tdx_page_array *spdm_out, u64 *bytes)
{
	if (const u64 refusal = refuse_null(Leaf::kSpdmConnect, {{"spdm_conf", spdm_conf},
								 {"spdm_rsp", spdm_rsp},
								 {"spdm_req", spdm_req},
								 {"bytes", bytes}}))
		return refusal;
	const auto output = claim(name_of(Leaf::kSpdmConnect), spdm_out);
	if (!output)
		return refused(output.error());
	return finish_message(Leaf::kSpdmConnect,
			      tdx::tdh_spdm_connect(spdm_id, frame_of(spdm_conf),
						    mailbox_of(spdm_rsp, spdm_req), output->pages),
			      bytes, &output->pages);
}

u64 tdx_tdh_spdm_disconnect(u64 spdm_id, page *spdm_rsp, page *spdm_req, u64 *bytes)
{
	if (const u64 refusal = refuse_null(
		    Leaf::kSpdmDisconnect,
		    {{"spdm_rsp", spdm_rsp}, {"spdm_req", spdm_req}, {"bytes", bytes}}))
		return refusal;
	return finish_message(Leaf::kSpdmDisconnect,
			      tdx::tdh_spdm_disconnect(spdm_id, mailbox_of(spdm_rsp, spdm_req)),
			      bytes);
}

u64 tdx_tdh_spdm_mng(u64 spdm_id, u64 spdm_op, page *spdm_param, page *spdm_rsp, page *spdm_req,
		     tdx_page_array *spdm_out, u64 *bytes)
{
	if (const u64 refusal = refuse_null(
		    Leaf::kSpdmMng,
		    {{"spdm_rsp", spdm_rsp}, {"spdm_req", spdm_req}, {"bytes", bytes}}))
		return refusal;

	const Pfn parameter = spdm_param ? frame_of(spdm_param) : Pfn();
	const Mailbox mailbox = mailbox_of(spdm_rsp, spdm_req);
	if (!spdm_out)
		return finish_message(
			Leaf::kSpdmMng,
			tdx::tdh_spdm_mng(spdm_id, spdm_op, parameter, mailbox, nullptr), bytes);

	const auto output = claim(name_of(Leaf::kSpdmMng), spdm_out);
	if (!output)
		return refused(output.error());
	return finish_message(
		Leaf::kSpdmMng,
		tdx::tdh_spdm_mng(spdm_id, spdm_op, parameter, mailbox, &output->pages), bytes,
		&output->pages);
}

u64 tdx_tdh_ide_stream_create(u64 spdm_id, const tdx_ide_stream *stream, tdx_page_array *stream_mt,
			      u64 *stream_id, u64 *rp_ide_id)
{
	if (const u64 refusal = refuse_null(
		    Leaf::kIdeStreamCreate,
		    {{"stream", stream}, {"stream_id", stream_id}, {"rp_ide_id", rp_ide_id}}))
		return refusal;
	return with_array(Leaf::kIdeStreamCreate, stream_mt, explain_object,
			  [&](PageArray &pages) -> Answered<void> {
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
	return finish(Leaf::kIdeStreamBlock, tdx::tdh_ide_stream_block(spdm_id, stream_id));
}

u64 tdx_tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, tdx_page_array *stream_mt)
{
	return with_metadata_of(
		stream_id, Leaf::kIdeStreamDelete, stream_mt, [&](PageArray &pages) {
			return tdx::tdh_ide_stream_delete(spdm_id, stream_id, pages);
		});
}

u64 tdx_tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, page *spdm_rsp, page *spdm_req,
			  u64 *bytes)
{
	if (const u64 refusal = refuse_null(
		    Leaf::kIdeStreamKm,
		    {{"spdm_rsp", spdm_rsp}, {"spdm_req", spdm_req}, {"bytes", bytes}}))
		return refusal;
	return finish_message(Leaf::kIdeStreamKm,
			      tdx::tdh_ide_stream_km(spdm_id, stream_id, operation,
						     mailbox_of(spdm_rsp, spdm_req)),
			      bytes);
}

u64 tdx_tdh_quote_init(void)
{
	return finish(Leaf::kQuoteInit, tdx::tdh_quote_init());
}

u64 tdx_tdh_quote_get(page *tdr, u32 quote_id, page *input, u32 input_bytes, tdx_page_array *output,
		      u64 *quote_bytes)
{
	if (const u64 refusal = refuse_null(
		    Leaf::kQuoteGet,
		    {{"tdr", tdr}, {"input", input}, {"quote_bytes", quote_bytes}}))
		return refusal;
	const auto explain_quote = [&](Leaf leaf, Errno reason, const PageArray &array) {
		if (reason == Errno::kInvalid)
			EXPLAIN(leaf, "input_bytes is %u, more than %llu", input_bytes,
				tdx::kPageSize);
		else
			explain_output(leaf, reason, array);
	};
	return with_array(Leaf::kQuoteGet, output, explain_quote, [&](PageArray &pages) {
		return store(tdx::tdh_quote_get(frame_of(tdr), quote_id,
						{frame_of(input), input_bytes}, pages),
			     quote_bytes);
	});
}

u64 tdx_tdh_mng_create(tdx_page_array *tdr, u16 hkid)
{
	return with_array(Leaf::kMngCreate, tdr, explain_root,
			  [&](PageArray &pages) { return tdx::tdh_mng_create(pages, Hkid(hkid)); });
}

u64 tdx_tdh_mng_addcx(tdx_page_array *tdr, tdx_page_array *tdcs)
{
	const auto root = tdx::control_root(name_of(Leaf::kMngAddcx), tdr, Leaf::kMngCreate);

	if (!root)
		return refused(root.error());
	return with_array(Leaf::kMngAddcx, tdcs, explain_control_page,
			  [&](PageArray &pages) { return tdx::tdh_mng_addcx(*root, pages); });
}

u64 tdx_tdh_vp_create(tdx_page_array *tdr, tdx_page_array *tdvpr)
{
	const auto root = tdx::control_root(name_of(Leaf::kVpCreate), tdr, Leaf::kMngCreate);

	if (!root)
		return refused(root.error());
	return with_array(Leaf::kVpCreate, tdvpr, explain_root,
			  [&](PageArray &pages) { return tdx::tdh_vp_create(*root, pages); });
}

u64 tdx_tdh_vp_addcx(tdx_page_array *tdvpr, tdx_page_array *tdcx)
{
	const auto root = tdx::control_root(name_of(Leaf::kVpAddcx), tdvpr, Leaf::kVpCreate);

	if (!root)
		return refused(root.error());
	return with_array(Leaf::kVpAddcx, tdcx, explain_control_page,
			  [&](PageArray &pages) { return tdx::tdh_vp_addcx(*root, pages); });
}
