// SPDX-License-Identifier: GPL-2.0
/*
 * The public C functions for arrays (include/tdx_page_array.h has their contracts): turn handles
 * into arrays and results into errnos, and say in one line what was wrong with bad input. What they
 * do lies in the files they call.
 */
#include "handles.hpp"
#include "ledger.hpp"
#include "quarantine.hpp"
#include "release.hpp"

using tdx::borrow;
using tdx::Errno;
using tdx::Failure;
using tdx::Layout;
using tdx::PageBlocks;
using tdx::Placement;
using tdx::Result;

namespace {

template <class T> T *error_pointer(Errno error)
{
	return tdx::error_pointer<T>(tdx::negative(error));
}

/* An array that @take fills with pages. */
template <class Take> Result<tdx_page_array *> try_create(Layout layout, Take take)
{
	auto *array = tdx::try_new<tdx_page_array>(layout);

	if (!array)
		return Failure(Errno::kNoMemory);
	const auto filled = array->pages.try_fill(take);
	if (!filled) {
		tdx::destroy(array);
		return Failure(filled.error());
	}
	tdx::make_live(array);
	return array;
}

/* The same; the line for @caller has been printed when it fails. */
template <class Take>
tdx_page_array *create(const char *caller, u64 pages, Layout layout, Take take)
{
	/* Asking for the impossible would first drive everything else out of memory. */
	if (pages > tdx_shim_total_pages()) {
		tdx_shim_error("%s: %llu pages asked for, more than this machine has", caller,
			       pages);
		return error_pointer<tdx_page_array>(Errno::kNoMemory);
	}
	if (!tdx_shim_pin_module())
		return error_pointer<tdx_page_array>(Errno::kNoDevice);

	const auto array = try_create(layout, take);
	if (array)
		return *array;
	if (array.error() == Errno::kNoMemory)
		tdx_shim_error("%s: no memory for %llu pages", caller, pages);
	tdx_shim_unpin_module();
	return error_pointer<tdx_page_array>(array.error());
}

/* Are the caller's wishes possible? Otherwise one line has said what is not. */
bool is_possible(const char *caller, int node, u32 flags, u32 allowed)
{
	if (flags & ~allowed) [[unlikely]] {
		tdx_shim_error("%s: flags %#x have bits that mean nothing here", caller, flags);
		return false;
	}
	if (node != TDX_SHIM_ANY_NODE && !tdx_shim_node_has_memory(node)) [[unlikely]] {
		tdx_shim_error("%s: there is no memory node %d", caller, node);
		return false;
	}
	return true;
}

Placement placement_of(int node, u32 flags)
{
	return {node, flags & TDX_PAGE_ARRAY_ACCOUNT ? tdx::Charge::kCallersCgroup
						     : tdx::Charge::kNobody};
}

bool is_beyond_largest_block(u32 pages)
{
	return pages > u32{1} << tdx_shim_max_block_order();
}

/* The array of a loan has ended: its handle is dead, and it pins this kernel module no more. */
int finish(tdx::ArrayLoan &loan, const tdx::Outcome &outcome)
{
	end_and_destroy(loan.take(), outcome);
	tdx_shim_unpin_module();
	return outcome.quarantined ? tdx::negative(Errno::kUnclean) : 0;
}

/* The rest of tdx_page_array_release(), for an array whose end is not the usual one. */
[[gnu::noinline]] int release_in_any_state(const char *caller, tdx_page_array *lent)
{
	tdx::ArrayLoan loan(lent);
	if (loan->pages.is_mapped()) {
		tdx_shim_error("%s: the array is still mapped", caller);
		return tdx::negative(Errno::kBusy);
	}
	const auto outcome = tdx::try_release(loan->pages);
	if (outcome)
		return finish(loan, *outcome);

	const tdx::Custody &custody = loan->pages.custody();
	tdx_shim_error("%s: %u of %u pages are the TDX module's since %s: delete the object or "
		       "tear the TD down first, or leak",
		       caller, custody.owned(), loan->pages.pages(), name_of(custody.leaf()));
	return tdx::negative(outcome.error());
}

} // namespace

tdx_page_array *tdx_page_array_create(unsigned int nr_pages)
{
	return tdx_page_array_create_on(nr_pages, TDX_SHIM_ANY_NODE, 0);
}

tdx_page_array *tdx_page_array_create_on(unsigned int nr_pages, int node, unsigned int flags)
{
	constexpr const char *kCaller = "tdx_page_array_create";
	const bool contiguous = flags & TDX_PAGE_ARRAY_CONTIGUOUS;
	if (!is_possible(kCaller, node, flags, TDX_PAGE_ARRAY_ACCOUNT | TDX_PAGE_ARRAY_CONTIGUOUS))
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	if (!nr_pages) {
		tdx_shim_error("%s: 0 pages asked for, at least 1 is needed", kCaller);
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}
	if (contiguous && flags & TDX_PAGE_ARRAY_ACCOUNT && is_beyond_largest_block(nr_pages)) {
		tdx_shim_error("%s: the kernel cannot account a contiguous range of %u pages",
			       kCaller, nr_pages);
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}
	const Placement placement = placement_of(node, flags);
	return create(kCaller, nr_pages, Layout{}, [&](PageBlocks &blocks) {
		return contiguous ? blocks.try_take_contiguous(nr_pages, placement)
				  : blocks.try_take(nr_pages, placement);
	});
}

tdx_page_array *tdx_page_array_create_iommu_mt(unsigned int iq_order, unsigned int nr_mt_pages)
{
	return tdx_page_array_create_iommu_mt_on(iq_order, nr_mt_pages, TDX_SHIM_ANY_NODE, 0);
}

tdx_page_array *tdx_page_array_create_iommu_mt_on(unsigned int iq_order, unsigned int nr_mt_pages,
						  int node, unsigned int flags)
{
	constexpr const char *kCaller = "tdx_page_array_create_iommu_mt";
	constexpr u32 kMaxPages = tdx::kListEntries - tdx::kIommuQueues;
	if (!is_possible(kCaller, node, flags, TDX_PAGE_ARRAY_ACCOUNT))
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	if (!nr_mt_pages || nr_mt_pages > kMaxPages || iq_order > tdx_shim_max_block_order()) {
		tdx_shim_error("%s: %u pages besides queues of order %u asked for; possible are 1 "
			       "to %u and orders up to %u",
			       kCaller, nr_mt_pages, iq_order, kMaxPages,
			       tdx_shim_max_block_order());
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}

	const u64 pages = (u64{tdx::kIommuQueues} << iq_order) + nr_mt_pages;
	return create(kCaller, pages, Layout::iommu_mt(iq_order), [&](PageBlocks &blocks) {
		return blocks.try_take_with_queues(tdx::kIommuQueues, iq_order, nr_mt_pages,
						   placement_of(node, flags));
	});
}

tdx_page_array *tdx_page_array_adopt(page **pages, unsigned int nr_pages)
{
	constexpr const char *kCaller = "tdx_page_array_adopt";

	if (!pages || !nr_pages) {
		tdx_shim_error("%s: no pages to adopt", kCaller);
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}
	const std::span wanted(pages, nr_pages);
	if (std::ranges::find(wanted, nullptr) != wanted.end()) {
		tdx_shim_error("%s: one of the %u pages is NULL", kCaller, nr_pages);
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}

	const auto adopt = [&](PageBlocks &blocks) -> Result<void> {
		auto frames = TRY(tdx::Buffer<tdx::Pfn>::try_make(nr_pages));
		std::ranges::transform(wanted, frames.values().begin(), [](const page *handle) {
			return tdx::Pfn(tdx_shim_pfn(handle));
		});
		return blocks.try_adopt(frames.values());
	};
	tdx_page_array *array = create(kCaller, nr_pages, Layout{}, adopt);
	const tdx_page_array *refused = error_pointer<tdx_page_array>(Errno::kInvalid);
	if (array == refused)
		tdx_shim_error("%s: one of the %u pages stands there twice, or has no reference "
			       "count of its own",
			       kCaller, nr_pages);
	return array;
}

unsigned int tdx_page_array_nr_pages(tdx_page_array *array)
{
	const auto loan = borrow("tdx_page_array_nr_pages", array);

	return loan ? loan->pages.pages() : 0;
}

int tdx_page_array_populate(tdx_page_array *array, unsigned int offset)
{
	constexpr const char *kCaller = "tdx_page_array_populate";
	const auto loan = borrow(kCaller, array);
	if (!loan)
		return tdx::negative(loan.error());

	const auto entries = loan->pages.populate(offset);
	if (entries) [[likely]]
		return tdx::as_int(*entries);
	if (entries.error() == Errno::kInvalid)
		tdx_shim_error("%s: the window begins at page %u, but the array has %u pages",
			       kCaller, offset, loan->pages.pages());
	else
		tdx_shim_error("%s: no memory for a list page", kCaller);
	return tdx::negative(entries.error());
}

int tdx_page_array_release(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_release";
	auto loan = tdx::borrow_for_release(kCaller, array);
	if (!loan)
		return tdx::negative(loan.error());
	if (!loan->live) {
		tdx::free_safe(loan->pages);
		tdx::destroy(loan.take());
		tdx_shim_unpin_module();
		return 0;
	}
	if (!tdx::is_block_to_flush(loan->pages))
		return release_in_any_state(kCaller, loan.take());

	/* The usual end of what was lent. It is not mapped: such pages are not lent. */
	const u32 pages = loan->pages.pages();
	const tdx::SafePages safe = tdx::make_safe(loan->pages.first_page(), pages,
						   loan->pages.custody().hkid());
	if (safe.count < pages) [[unlikely]]
		return finish(loan, tdx::release_the_rest(loan->pages, safe));
	tdx::free_safe_block(loan->pages);
	end_and_destroy(loan.take(), {.given_back = pages});
	tdx_shim_unpin_module();
	return 0;
}

int tdx_page_array_leak(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_leak";
	auto loan = borrow(kCaller, array);
	if (!loan)
		return tdx::negative(loan.error());
	if (loan->pages.is_mapped()) {
		tdx_shim_error("%s: the array is still mapped", kCaller);
		return tdx::negative(Errno::kBusy);
	}
	return finish(loan, tdx::leak(loan->pages));
}

page *tdx_page_array_page(tdx_page_array *array, unsigned int index)
{
	constexpr const char *kCaller = "tdx_page_array_page";
	const auto loan = borrow(kCaller, array);
	if (!loan)
		return error_pointer<page>(loan.error());

	const tdx::PageArray &pages = loan->pages;
	if (index >= pages.pages()) {
		tdx_shim_error("%s: page %u asked for, but the array has %u pages", kCaller, index,
			       pages.pages());
		return error_pointer<page>(Errno::kInvalid);
	}
	return tdx::typed<page>(tdx_shim_page(pages.page(index).value()));
}

void *tdx_page_array_map(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_map";
	const auto loan = borrow(kCaller, array);
	if (!loan)
		return error_pointer<void>(loan.error());

	const auto address = loan->pages.map();
	if (address)
		return *address;
	if (address.error() == Errno::kNoMemory)
		tdx_shim_error("%s: no memory for the mapping", kCaller);
	else if (loan->pages.is_mapped())
		tdx_shim_error("%s: the array is mapped already", kCaller);
	else
		tdx_shim_error("%s: the pages are not plainly the host's", kCaller);
	return error_pointer<void>(address.error());
}

int tdx_page_array_unmap(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_unmap";
	const auto loan = borrow(kCaller, array);
	if (!loan)
		return tdx::negative(loan.error());
	if (!loan->pages.unmap()) {
		tdx_shim_error("%s: the array is not mapped", kCaller);
		return tdx::negative(Errno::kInvalid);
	}
	return 0;
}

int tdx_page_array_read(tdx_page_array *array, void *to, size_t bytes)
{
	constexpr const char *kCaller = "tdx_page_array_read";
	const auto loan = borrow(kCaller, array);
	if (!loan)
		return tdx::negative(loan.error());

	const tdx::PageArray &pages = loan->pages;
	if (!pages.custody().is_plain()) {
		tdx_shim_error("%s: the pages are not plainly the host's", kCaller);
		return tdx::negative(Errno::kBusy);
	}
	if (!to) {
		tdx_shim_error("%s: there is no place for the bytes", kCaller);
		return tdx::negative(Errno::kInvalid);
	}
	if (bytes > pages.output_bytes()) {
		tdx_shim_error("%s: %llu bytes asked for, the TDX module reported %llu", kCaller,
			       u64{bytes}, pages.output_bytes());
		return tdx::negative(Errno::kInvalid);
	}
	pages.copy_out(std::span(tdx::typed<u8>(to), bytes));
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
