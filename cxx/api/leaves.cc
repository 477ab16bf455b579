// SPDX-License-Identifier: GPL-2.0
/*
 * The public C functions for leaves (include/tdx_page_array_seamcalls.h has their contracts): which argument goes into which
 * register, and where the outputs go. Everything else follows from the row of the leaf.
 */
#include <initializer_list>

#include "host/host.hpp"
#include "seamcall/message.hpp"
#include "seamcall/object.hpp"
#include "seamcall/query.hpp"
#include "api/handles.hpp"

using tdx::Errno;
using tdx::errno_in;
using tdx::Hkid;
using tdx::Leaf;
using tdx::Pfn;
using tdx::Registers;
using tdx::Result;
using tdx::tdx_module;

namespace {

/* Stands for a page or a buffer that the caller did not pass (TDH.SPDM.MNG, R8 and R11). */
constexpr u64 kNoPage = ~u64{0};

/* RDX of TDH.QUOTE.GET: the ID of the quote, and all ones in bits 47:32 (posted Quoting series). */
constexpr u64 quote_word(u32 quote_id)
{
	return u64{quote_id} | u64{0xFFFF} << 32;
}

static_assert(quote_word(0x80000001) == 0x0000FFFF80000001);

u64 hpa_of(const page *page)
{
	return Pfn(tdx_shim_pfn(page)).hpa().value();
}

struct Argument {
	const char *name;
	const void *value;
};

/* Fails with kInvalid if @value is an ERR_PTR, which functions that return a page or a mapping may give. */
Result<void> check_no_error(Leaf leaf, const Argument &argument)
{
	if (const s32 error = errno_in(argument.value)) [[unlikely]]
		return REFUSE(not_issued(leaf), Errno::kInvalid,
			      "%s is an error pointer (errno %d)", argument.name, error);
	return {};
}

/* Fails with kInvalid if one of @arguments is NULL or an ERR_PTR. */
Result<void> check(Leaf leaf, std::initializer_list<Argument> arguments)
{
	for (const Argument &argument : arguments) {
		if (!argument.value) [[unlikely]]
			return REFUSE(not_issued(leaf), Errno::kInvalid, "%s is NULL",
				      argument.name);
		TRY(check_no_error(leaf, argument));
	}
	return {};
}

/* The completion status that the caller gets. */
template <class T> u64 status_of(const Result<T> &result)
{
	return result ? 0 : result.error().raw();
}

/* The same for the outcome of @body, which may use TRY. */
template <class Body> u64 run(Body body)
{
	return status_of<void>(body());
}

} // namespace

int tdx_status_to_errno(u64 status)
{
	return tdx::CompletionStatus(status).to_errno();
}

int tdx_extensions_start(void)
{
	const auto started = tdx::start_extensions();

	return started ? 0 : started.error().to_errno();
}

u16 tdx_global_keyid(void)
{
	return tdx_module().global_keyid.value();
}

u64 tdx_tdh_sys_rd(u64 field_id, u64 *value)
{
	return run([=] -> Result<void> {
		TRY(check(Leaf::kSysRd, {{"value", value}}));
		*value = TRY(tdx::read_field(field_id));
		return {};
	});
}

u64 tdx_tdh_phymem_page_wbinvd(u64 pfn, u16 hkid)
{
	return tdx::write_back(tdx_module().keyed(Pfn(pfn), Hkid(hkid))).raw();
}

u64 tdx_tdh_phymem_page_rdmd(u64 pfn, tdx_page_facts *facts)
{
	return run([=] -> Result<void> {
		TRY(check(Leaf::kPhymemPageRdmd, {{"facts", facts}}));
		const auto read = TRY(read_page_facts(Pfn(pfn)));
		*facts = {read.type, read.owner, read.level};
		return {};
	});
}

u64 tdx_tdh_ext_mem_add(tdx_page_array *array)
{
	return run([=] -> Result<void> {
		const auto claimed = TRY(claim(Leaf::kExtMemAdd, array));
		return add_window(*claimed);
	});
}

u64 tdx_tdh_ext_init(void)
{
	return status_of(call(Leaf::kExtInit, {}));
}

u64 tdx_tdh_iommu_setup(u64 reg_base, tdx_page_array *iommu_mt, u64 *iommu_id)
{
	constexpr Leaf kLeaf = Leaf::kIommuSetup;

	return run([=] -> Result<void> {
		TRY(check(kLeaf, {{"iommu_id", iommu_id}}));
		const auto array = TRY(claim(kLeaf, iommu_mt));
		*iommu_id = TRY(make_object(kLeaf, *array, {.rcx = reg_base}, &Registers::rdx)).id;
		return {};
	});
}

u64 tdx_tdh_iommu_clear(u64 iommu_id, tdx_page_array *iommu_mt)
{
	constexpr Leaf kLeaf = Leaf::kIommuClear;

	return run([=] -> Result<void> {
		const auto array = TRY(claim(kLeaf, iommu_mt));
		return delete_object(kLeaf, *array, {iommu_id}, {.rcx = iommu_id}, &Registers::rdx);
	});
}

u64 tdx_tdh_spdm_create(u64 func_id, tdx_page_array *spdm_mt, u64 *spdm_id)
{
	constexpr Leaf kLeaf = Leaf::kSpdmCreate;

	return run([=] -> Result<void> {
		TRY(check(kLeaf, {{"spdm_id", spdm_id}}));
		const auto array = TRY(claim(kLeaf, spdm_mt));
		*spdm_id = TRY(make_object(kLeaf, *array, {.rcx = func_id}, &Registers::rdx)).id;
		return {};
	});
}

u64 tdx_tdh_spdm_delete(u64 spdm_id, tdx_page_array *spdm_mt)
{
	constexpr Leaf kLeaf = Leaf::kSpdmDelete;

	return run([=] -> Result<void> {
		const auto array = TRY(claim(kLeaf, spdm_mt));
		return delete_object(kLeaf, *array, {spdm_id}, {.rcx = spdm_id}, &Registers::rdx);
	});
}

u64 tdx_tdh_spdm_connect(u64 spdm_id, page *spdm_conf, page *spdm_rsp, page *spdm_req,
			 tdx_page_array *spdm_out, u64 *bytes)
{
	constexpr Leaf kLeaf = Leaf::kSpdmConnect;

	return run([=] -> Result<void> {
		TRY(check(kLeaf, {{"spdm_conf", spdm_conf},
				  {"spdm_rsp", spdm_rsp},
				  {"spdm_req", spdm_req},
				  {"bytes", bytes}}));
		const auto output = TRY(claim(kLeaf, spdm_out));
		return exchange(kLeaf,
				{.rcx = spdm_id,
				 .rdx = hpa_of(spdm_conf),
				 .r8 = hpa_of(spdm_rsp),
				 .r9 = hpa_of(spdm_req)},
				bytes, &*output, &Registers::r10);
	});
}

u64 tdx_tdh_spdm_disconnect(u64 spdm_id, page *spdm_rsp, page *spdm_req, u64 *bytes)
{
	constexpr Leaf kLeaf = Leaf::kSpdmDisconnect;

	return run([=] -> Result<void> {
		TRY(check(kLeaf,
			  {{"spdm_rsp", spdm_rsp}, {"spdm_req", spdm_req}, {"bytes", bytes}}));
		return exchange(kLeaf,
				{.rcx = spdm_id, .rdx = hpa_of(spdm_rsp), .r8 = hpa_of(spdm_req)},
				bytes);
	});
}

u64 tdx_tdh_spdm_mng(u64 spdm_id, u64 spdm_op, page *spdm_param, page *spdm_rsp, page *spdm_req,
		     tdx_page_array *spdm_out, u64 *bytes)
{
	constexpr Leaf kLeaf = Leaf::kSpdmMng;

	return run([=] -> Result<void> {
		TRY(check(kLeaf,
			  {{"spdm_rsp", spdm_rsp}, {"spdm_req", spdm_req}, {"bytes", bytes}}));
		TRY(check_no_error(kLeaf, {"spdm_param", spdm_param}));
		const Registers in{.rcx = spdm_id,
				   .rdx = spdm_op,
				   .r8 = spdm_param ? hpa_of(spdm_param) : kNoPage,
				   .r9 = hpa_of(spdm_rsp),
				   .r10 = hpa_of(spdm_req),
				   .r11 = kNoPage};
		if (!spdm_out)
			return exchange(kLeaf, in, bytes);
		const auto output = TRY(claim(kLeaf, spdm_out));
		return exchange(kLeaf, in, bytes, &*output, &Registers::r11);
	});
}

u64 tdx_tdh_ide_stream_create(u64 spdm_id, const tdx_ide_stream *stream, tdx_page_array *stream_mt,
			      u64 *stream_id, u64 *rp_ide_id)
{
	constexpr Leaf kLeaf = Leaf::kIdeStreamCreate;

	return run([=] -> Result<void> {
		TRY(check(
			kLeaf,
			{{"stream", stream}, {"stream_id", stream_id}, {"rp_ide_id", rp_ide_id}}));
		const auto array = TRY(claim(kLeaf, stream_mt));
		const auto made = TRY(make_object(kLeaf, *array,
						  {.rcx = stream->info,
						   .rdx = spdm_id,
						   .r9 = stream->control,
						   .r10 = stream->rid_assoc1,
						   .r11 = stream->rid_assoc2,
						   .r12 = stream->addr_assoc1,
						   .r13 = stream->addr_assoc2,
						   .r14 = stream->addr_assoc3},
						  &Registers::r8, spdm_id));
		*stream_id = made.id;
		*rp_ide_id = made.rdx;
		return {};
	});
}

u64 tdx_tdh_ide_stream_block(u64 spdm_id, u64 stream_id)
{
	return status_of(call(Leaf::kIdeStreamBlock, {.rcx = spdm_id, .rdx = stream_id}));
}

u64 tdx_tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, tdx_page_array *stream_mt)
{
	constexpr Leaf kLeaf = Leaf::kIdeStreamDelete;

	return run([=] -> Result<void> {
		const auto array = TRY(claim(kLeaf, stream_mt));
		return delete_object(kLeaf, *array, {stream_id, spdm_id},
				     {.rcx = spdm_id, .rdx = stream_id}, &Registers::r8);
	});
}

u64 tdx_tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, page *spdm_rsp, page *spdm_req,
			  u64 *bytes)
{
	constexpr Leaf kLeaf = Leaf::kIdeStreamKm;

	return run([=] -> Result<void> {
		TRY(check(kLeaf,
			  {{"spdm_rsp", spdm_rsp}, {"spdm_req", spdm_req}, {"bytes", bytes}}));
		return exchange(kLeaf,
				{.rcx = spdm_id,
				 .rdx = stream_id,
				 .r8 = operation,
				 .r9 = hpa_of(spdm_rsp),
				 .r10 = hpa_of(spdm_req)},
				bytes);
	});
}

u64 tdx_tdh_quote_init(void)
{
	return status_of(call(Leaf::kQuoteInit, {}));
}

u64 tdx_tdh_quote_get(page *tdr, u32 quote_id, page *input, u32 input_bytes, tdx_page_array *output,
		      u64 *quote_bytes)
{
	constexpr Leaf kLeaf = Leaf::kQuoteGet;

	return run([=] -> Result<void> {
		TRY(check(kLeaf, {{"tdr", tdr}, {"input", input}, {"quote_bytes", quote_bytes}}));
		if (input_bytes > tdx::kPageSize)
			return REFUSE(not_issued(kLeaf), Errno::kInvalid,
				      "input_bytes is %u, more than %llu", input_bytes,
				      tdx::kPageSize);
		const auto array = TRY(claim(kLeaf, output));
		*quote_bytes = TRY(get_quote({.rcx = hpa_of(tdr),
					      .rdx = quote_word(quote_id),
					      .r8 = hpa_of(input),
					      .r9 = input_bytes},
					     *array));
		return {};
	});
}

u64 tdx_tdh_mng_create(tdx_page_array *tdr, u16 hkid)
{
	constexpr Leaf kLeaf = Leaf::kMngCreate;

	return run([=] -> Result<void> {
		const auto array = TRY(claim(kLeaf, tdr));
		return make_root(kLeaf, *array, hkid, tdx_module().global_keyid, Hkid(hkid));
	});
}

u64 tdx_tdh_mng_addcx(tdx_page_array *tdr, tdx_page_array *tdcs)
{
	constexpr Leaf kLeaf = Leaf::kMngAddcx;

	return run([=] -> Result<void> {
		const auto root = TRY(control_root(kLeaf, tdr, Leaf::kMngCreate));
		const auto array = TRY(claim(kLeaf, tdcs));
		return add_page(kLeaf, *array, root);
	});
}

u64 tdx_tdh_vp_create(tdx_page_array *tdr, tdx_page_array *tdvpr)
{
	constexpr Leaf kLeaf = Leaf::kVpCreate;

	return run([=] -> Result<void> {
		const auto root = TRY(control_root(kLeaf, tdr, Leaf::kMngCreate));
		const auto array = TRY(claim(kLeaf, tdvpr));
		return make_root(kLeaf, *array, root.page.value(), root.td_hkid, root.td_hkid);
	});
}

u64 tdx_tdh_vp_addcx(tdx_page_array *tdvpr, tdx_page_array *tdcx)
{
	constexpr Leaf kLeaf = Leaf::kVpAddcx;

	return run([=] -> Result<void> {
		const auto root = TRY(control_root(kLeaf, tdvpr, Leaf::kVpCreate));
		const auto array = TRY(claim(kLeaf, tdcx));
		return add_page(kLeaf, *array, root);
	});
}
