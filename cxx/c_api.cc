// SPDX-License-Identifier: GPL-2.0
/*
 * The public C functions (include/tdx_page_array.h has their contracts): turn handles into arrays
 * and results into errnos, and say in one line what was wrong with bad input. What they do lies in
 * the files they call.
 */
#include <bit>

#include "ledger.hpp"
#include "quarantine.hpp"
#include "registry.hpp"
#include "release.hpp"
#include "tdh_ext.hpp"
#include "tdh_phymem.hpp"
#include "tdh_spdm.hpp"
#include "tdh_sys.hpp"
#include "tdx_module.hpp"

using tdx::CompletionStatus;
using tdx::Errno;
using tdx::Failure;
using tdx::Leaf;
using tdx::Result;

namespace {

/* The kernel's ERR_PTR(). */
template <class T> T *error_pointer(Errno error)
{
	return std::bit_cast<T *>(static_cast<s64>(tdx::negative(error)));
}

/* What is wrong with a handle that cannot be borrowed. */
const char *describe(Errno error)
{
	switch (error) {
	case Errno::kInvalid:
		return "the handle is NULL or an error pointer";
	case Errno::kBadHandle:
		return "the handle is no live page array (released already?)";
	case Errno::kBusy:
		return "the page array is in use by another caller";
	default:
		return "the page array cannot be used";
	}
}

Result<tdx::registry::Loan> borrow(const char *caller, tdx_page_array *handle)
{
	auto loan = tdx::registry::borrow(handle);

	if (!loan)
		tdx_shim_error("%s: %s", caller, describe(loan.error()));
	return loan;
}

/*
 * Says why a wrapper refused to issue its leaf; the statuses of the module are the caller's to
 * judge.
 */
CompletionStatus report_refusal(Leaf leaf, CompletionStatus status, const char *reason)
{
	if (status.is_refusal())
		tdx_shim_error("%s not issued: %s", name_of(leaf),
			       status.to_result() == Failure(Errno::kNotSupported)
				       ? "this TDX module lacks the feature"
				       : reason);
	return status;
}

/* Ends the array of @loan, and with it the handle. */
int finish(tdx::registry::Loan &loan, tdx::Ending ending)
{
	const tdx::Outcome outcome = tdx::end(*loan, ending);

	loan.destroy();
	tdx_shim_unpin_module();
	return outcome.quarantined ? tdx::negative(Errno::kUnclean) : 0;
}

Result<tdx_page_array *> try_create(u32 pages)
{
	auto list = TRY(tdx::ListPage::try_take());
	auto blocks = TRY(tdx::PageBlocks::try_take(pages, TDX_SHIM_ANY_NODE));
	tdx_page_array *array = tdx::try_new<tdx_page_array>(tdx::PageArray(std::move(list)));

	if (!array) {
		blocks.give_back();
		return Failure(Errno::kNoMemory);
	}
	array->pages.put_blocks(std::move(blocks));
	return array;
}

} // namespace

tdx_page_array *tdx_page_array_create(unsigned int nr_pages)
{
	if (!nr_pages) {
		tdx_shim_error("tdx_page_array_create: 0 pages asked for, at least 1 is needed");
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}
	/* Asking for the impossible would first drive everything else out of memory. */
	if (nr_pages > tdx_shim_total_pages()) {
		tdx_shim_error(
			"tdx_page_array_create: %u pages asked for, more than this machine has",
			nr_pages);
		return error_pointer<tdx_page_array>(Errno::kNoMemory);
	}
	if (!tdx_shim_pin_module())
		return error_pointer<tdx_page_array>(Errno::kNoDevice);

	const auto array = try_create(nr_pages);
	if (!array) {
		tdx_shim_error("tdx_page_array_create: no memory for %u pages", nr_pages);
		tdx_shim_unpin_module();
		return error_pointer<tdx_page_array>(array.error());
	}
	tdx::ledger::take(nr_pages);
	tdx::registry::add(*array);
	return *array;
}

int tdx_page_array_populate(tdx_page_array *array, unsigned int offset)
{
	const auto loan = borrow("tdx_page_array_populate", array);
	if (!loan)
		return tdx::negative(loan.error());

	const auto window = (*loan)->populate(offset);
	if (!window) {
		tdx_shim_error("tdx_page_array_populate: the window begins at page %u, but the "
			       "array has %u pages",
			       offset, (*loan)->pages());
		return tdx::negative(window.error());
	}
	return static_cast<int>(window->count);
}

int tdx_page_array_release(tdx_page_array *array)
{
	auto loan = borrow("tdx_page_array_release", array);
	if (!loan)
		return tdx::negative(loan.error());

	const tdx::Custody &custody = (*loan)->custody();
	if ((*loan)->is_mapped()) {
		tdx_shim_error("tdx_page_array_release: the array is still mapped");
		return tdx::negative(Errno::kBusy);
	}
	const auto ending = custody.release();
	if (!ending) {
		tdx_shim_error("tdx_page_array_release: %u of %u pages are the TDX module's since "
			       "%s: delete the object first, or leak",
			       custody.owned(), (*loan)->pages(), name_of(custody.leaf()));
		return tdx::negative(ending.error());
	}
	return finish(*loan, *ending);
}

int tdx_page_array_leak(tdx_page_array *array)
{
	auto loan = borrow("tdx_page_array_leak", array);
	if (!loan)
		return tdx::negative(loan.error());
	if ((*loan)->is_mapped()) {
		tdx_shim_error("tdx_page_array_leak: the array is still mapped");
		return tdx::negative(Errno::kBusy);
	}
	return finish(*loan, (*loan)->custody().leak());
}

page *tdx_page_array_page(tdx_page_array *array, unsigned int index)
{
	const auto loan = borrow("tdx_page_array_page", array);
	if (!loan)
		return error_pointer<page>(loan.error());
	if (index >= (*loan)->pages()) {
		tdx_shim_error("tdx_page_array_page: page %u asked for, but the array has %u pages",
			       index, (*loan)->pages());
		return error_pointer<page>(Errno::kInvalid);
	}
	return static_cast<page *>(tdx_shim_page((*loan)->page(index).value()));
}

void *tdx_page_array_map(tdx_page_array *array)
{
	const auto loan = borrow("tdx_page_array_map", array);
	if (!loan)
		return error_pointer<void>(loan.error());

	const auto address = (*loan)->map();
	if (!address) {
		tdx_shim_error("tdx_page_array_map: %s",
			       address.error() == Errno::kNoMemory ? "no memory for the mapping"
			       : (*loan)->is_mapped()		   ? "the array is mapped already"
						      : "the pages are not plainly the host's");
		return error_pointer<void>(address.error());
	}
	return *address;
}

int tdx_page_array_unmap(tdx_page_array *array)
{
	const auto loan = borrow("tdx_page_array_unmap", array);
	if (!loan)
		return tdx::negative(loan.error());
	if (!(*loan)->unmap()) {
		tdx_shim_error("tdx_page_array_unmap: the array is not mapped");
		return tdx::negative(Errno::kInvalid);
	}
	return 0;
}

unsigned long tdx_page_array_retry_quarantine(void)
{
	return tdx::quarantine::retry();
}

void tdx_page_array_count(tdx_page_array_counters *counters)
{
	*counters = tdx::ledger::snapshot();
}

int tdx_status_to_errno(u64 status)
{
	const auto result = CompletionStatus(status).to_result();

	return result ? 0 : tdx::negative(result.error());
}

u64 tdx_tdh_sys_rd(u64 field_id, u64 *value)
{
	if (!value)
		return report_refusal(Leaf::kSysRd, CompletionStatus::refused(Errno::kInvalid),
				      "no place for the value")
			.raw();

	const auto answer = tdx::tdh_sys_rd(field_id);
	if (!answer)
		return answer.error().raw();
	*value = *answer;
	return 0;
}

u64 tdx_tdh_phymem_page_wbinvd(u64 pfn, u16 hkid)
{
	return tdx::tdh_phymem_page_wbinvd(tdx::Pfn(pfn), tdx::Hkid(hkid)).raw();
}

u16 tdx_global_keyid(void)
{
	return tdx::tdx_module().global_keyid().value();
}

u64 tdx_tdh_ext_mem_add(tdx_page_array *array)
{
	const auto loan = borrow(name_of(Leaf::kExtMemAdd), array);
	if (!loan)
		return CompletionStatus::refused(loan.error()).raw();
	return report_refusal(Leaf::kExtMemAdd, tdx::tdh_ext_mem_add(**loan),
			      "the window does not continue what was added before, or the array "
			      "serves something else")
		.raw();
}

u64 tdx_tdh_ext_init(void)
{
	return report_refusal(Leaf::kExtInit, tdx::tdh_ext_init(), "").raw();
}

u64 tdx_tdh_spdm_create(u64 func_id, tdx_page_array *spdm_mt, u64 *spdm_id)
{
	const auto loan = borrow(name_of(Leaf::kSpdmCreate), spdm_mt);
	if (!loan)
		return CompletionStatus::refused(loan.error()).raw();
	if (!spdm_id)
		return report_refusal(Leaf::kSpdmCreate, CompletionStatus::refused(Errno::kInvalid),
				      "no place for the session id")
			.raw();

	const auto session = tdx::tdh_spdm_create(func_id, **loan);
	if (!session)
		return report_refusal(
			       Leaf::kSpdmCreate, session.error(),
			       "the array is larger than one list page, mapped, or not the host's")
			.raw();
	*spdm_id = *session;
	return 0;
}

u64 tdx_tdh_spdm_delete(u64 spdm_id, tdx_page_array *spdm_mt)
{
	const auto loan = borrow(name_of(Leaf::kSpdmDelete), spdm_mt);
	if (!loan)
		return CompletionStatus::refused(loan.error()).raw();
	return report_refusal(Leaf::kSpdmDelete, tdx::tdh_spdm_delete(spdm_id, **loan),
			      "the array is not the metadata of this session")
		.raw();
}
