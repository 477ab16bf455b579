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

using tdx::claim;
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
		tdx_shim_error("%s: %llu pages requested, but this machine has %llu", caller, pages,
			       tdx_shim_total_pages());
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

/* True if node and flags are valid; otherwise one line has said what is not. */
bool is_possible(const char *caller, int node, u32 flags, u32 allowed)
{
	if (flags & ~allowed) [[unlikely]] {
		tdx_shim_error("%s: flags are %#x, allowed are %#x", caller, flags, allowed);
		return false;
	}
	if (node != TDX_SHIM_ANY_NODE && !tdx_shim_node_has_memory(node)) [[unlikely]] {
		tdx_shim_error("%s: node %d has no memory", caller, node);
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

/* The claimed array has ended: its handle is dead, and it pins this kernel module no more. */
int finish(tdx::ArrayClaim &claimed, const tdx::Outcome &outcome)
{
	end_and_destroy(claimed.take(), outcome);
	tdx_shim_unpin_module();
	return outcome.quarantined ? tdx::negative(Errno::kUnclean) : 0;
}

/* The CPU may not read or write the pages. */
void explain_not_shared(const char *caller, const tdx::PageArray &array)
{
	tdx_shim_error("%s: pages of array %llu may hold private cache lines or belong to the TDX "
		       "module (%s, handed over by %s)",
		       caller, array.id(), name_of(array.custody().state()),
		       name_of(array.custody().handed_over_by()));
}

/* The rest of tdx_page_array_release(), for an array whose end is not the usual one. */
[[gnu::noinline]] int release_in_any_state(const char *caller, tdx_page_array *array)
{
	tdx::ArrayClaim claimed(array);
	if (claimed->pages.is_mapped()) {
		tdx_shim_error("%s: array %llu is still mapped", caller, claimed->pages.id());
		return tdx::negative(Errno::kBusy);
	}
	const auto outcome = tdx::try_release(claimed->pages);
	if (outcome)
		return finish(claimed, *outcome);

	const tdx::Custody &custody = claimed->pages.custody();
	tdx_shim_error(
		"%s: the TDX module owns %u of the %u pages of array %llu, handed over by %s, "
		"last answer %s: %s (%#llx). Delete the object or tear down the TD first, or "
		"call tdx_page_array_leak()",
		caller, custody.owned(), claimed->pages.pages(), claimed->pages.id(),
		name_of(custody.handed_over_by()), name_of(custody.last_leaf()),
		name_of(custody.last_status()), custody.last_status().raw());
	return tdx::negative(outcome.error());
}

} // namespace

tdx_page_array *tdx_page_array_create(unsigned int nr_pages)
{
	return tdx_page_array_create_node(nr_pages, TDX_SHIM_ANY_NODE, 0);
}

tdx_page_array *tdx_page_array_create_node(unsigned int nr_pages, int node, unsigned int flags)
{
	constexpr const char *kCaller = "tdx_page_array_create";
	const bool contiguous = flags & TDX_PAGE_ARRAY_CONTIGUOUS;
	if (!is_possible(kCaller, node, flags, TDX_PAGE_ARRAY_ACCOUNT | TDX_PAGE_ARRAY_CONTIGUOUS))
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	if (!nr_pages) {
		tdx_shim_error("%s: nr_pages is 0, must be at least 1", kCaller);
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}
	if (contiguous && flags & TDX_PAGE_ARRAY_ACCOUNT && is_beyond_largest_block(nr_pages)) {
		tdx_shim_error(
			"%s: the kernel can account a contiguous range of at most %u pages, not %u",
			kCaller, 1U << tdx_shim_max_block_order(), nr_pages);
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
	return tdx_page_array_create_iommu_mt_node(iq_order, nr_mt_pages, TDX_SHIM_ANY_NODE, 0);
}

tdx_page_array *tdx_page_array_create_iommu_mt_node(unsigned int iq_order, unsigned int nr_mt_pages,
						    int node, unsigned int flags)
{
	constexpr const char *kCaller = "tdx_page_array_create_iommu_mt";
	constexpr u32 kMaxPages = tdx::kListEntries - tdx::kIommuQueues;
	if (!is_possible(kCaller, node, flags, TDX_PAGE_ARRAY_ACCOUNT))
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	if (!nr_mt_pages || nr_mt_pages > kMaxPages || iq_order > tdx_shim_max_block_order()) {
		tdx_shim_error("%s: nr_mt_pages is %u, must be 1 to %u; iq_order is %u, must be at "
			       "most %u",
			       kCaller, nr_mt_pages, kMaxPages, iq_order,
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
		tdx_shim_error("%s: %s", kCaller, pages ? "nr_pages is 0" : "pages is NULL");
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}
	const std::span wanted(pages, nr_pages);
	const auto null = std::ranges::find(wanted, nullptr);
	if (null != wanted.end()) {
		tdx_shim_error("%s: page %td of %u is NULL", kCaller, null - wanted.begin(),
			       nr_pages);
		return error_pointer<tdx_page_array>(Errno::kInvalid);
	}

	const auto adopt = [&](PageBlocks &blocks) -> Result<void> {
		auto frames = TRY(tdx::Buffer<tdx::Pfn>::try_make(nr_pages));
		std::ranges::transform(wanted, frames.values().begin(), [](const page *handle) {
			return tdx::Pfn(tdx_shim_pfn(handle));
		});
		return blocks.try_adopt(frames.values());
	};
	return create(kCaller, nr_pages, Layout{}, adopt);
}

unsigned int tdx_page_array_nr_pages(tdx_page_array *array)
{
	const auto claimed = claim("tdx_page_array_nr_pages", array);

	return claimed ? claimed->pages.pages() : 0;
}

int tdx_page_array_populate(tdx_page_array *array, unsigned int offset)
{
	constexpr const char *kCaller = "tdx_page_array_populate";
	const auto claimed = claim(kCaller, array);
	if (!claimed)
		return tdx::negative(claimed.error());

	const auto entries = claimed->pages.populate(offset);
	if (entries) [[likely]]
		return tdx::as_int(*entries);
	if (entries.error() == Errno::kInvalid)
		tdx_shim_error("%s: offset is %u, but array %llu has %u pages", kCaller, offset,
			       claimed->pages.id(), claimed->pages.entries());
	else
		tdx_shim_error("%s: no memory for the list page", kCaller);
	return tdx::negative(entries.error());
}

int tdx_page_array_release(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_release";
	auto claimed = tdx::claim_for_release(kCaller, array);
	if (!claimed)
		return tdx::negative(claimed.error());
	if (!claimed->live) {
		tdx::free_safe(claimed->pages);
		tdx::destroy(claimed.take());
		tdx_shim_unpin_module();
		return 0;
	}
	if (!tdx::is_block_to_flush(claimed->pages))
		return release_in_any_state(kCaller, claimed.take());

	/* The usual end of pages that were handed over; mapped ones cannot be. */
	const u32 pages = claimed->pages.pages();
	const tdx::SafePages safe = tdx::make_safe(claimed->pages.first_page(), pages,
						   claimed->pages.custody().hkid());
	if (safe.count < pages) [[unlikely]]
		return finish(claimed, tdx::release_the_rest(claimed->pages, safe));
	tdx::free_safe_block(claimed->pages);
	end_and_destroy(claimed.take(), {.given_back = pages});
	tdx_shim_unpin_module();
	return 0;
}

int tdx_page_array_leak(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_leak";
	auto claimed = claim(kCaller, array);
	if (!claimed)
		return tdx::negative(claimed.error());
	if (claimed->pages.is_mapped()) {
		tdx_shim_error("%s: array %llu is still mapped", kCaller, claimed->pages.id());
		return tdx::negative(Errno::kBusy);
	}
	return finish(claimed, tdx::leak(claimed->pages));
}

page *tdx_page_array_page(tdx_page_array *array, unsigned int index)
{
	constexpr const char *kCaller = "tdx_page_array_page";
	const auto claimed = claim(kCaller, array);
	if (!claimed)
		return error_pointer<page>(claimed.error());

	const tdx::PageArray &pages = claimed->pages;
	if (index >= pages.pages()) {
		tdx_shim_error("%s: index is %u, but array %llu has %u pages", kCaller, index,
			       pages.id(), pages.pages());
		return error_pointer<page>(Errno::kInvalid);
	}
	return tdx::typed<page>(tdx_shim_page(pages.page(index).value()));
}

void *tdx_page_array_map(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_map";
	const auto claimed = claim(kCaller, array);
	if (!claimed)
		return error_pointer<void>(claimed.error());

	const auto address = claimed->pages.map();
	if (address)
		return *address;
	if (address.error() == Errno::kNoMemory)
		tdx_shim_error("%s: no memory for the mapping", kCaller);
	else if (claimed->pages.is_mapped())
		tdx_shim_error("%s: array %llu is mapped already", kCaller, claimed->pages.id());
	else
		explain_not_shared(kCaller, claimed->pages);
	return error_pointer<void>(address.error());
}

int tdx_page_array_unmap(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_unmap";
	const auto claimed = claim(kCaller, array);
	if (!claimed)
		return tdx::negative(claimed.error());
	if (!claimed->pages.unmap()) {
		tdx_shim_error("%s: array %llu is not mapped", kCaller, claimed->pages.id());
		return tdx::negative(Errno::kInvalid);
	}
	return 0;
}

int tdx_page_array_read(tdx_page_array *array, void *to, size_t bytes)
{
	constexpr const char *kCaller = "tdx_page_array_read";
	const auto claimed = claim(kCaller, array);
	if (!claimed)
		return tdx::negative(claimed.error());

	const tdx::PageArray &pages = claimed->pages;
	if (!pages.custody().is_plain()) {
		explain_not_shared(kCaller, pages);
		return tdx::negative(Errno::kBusy);
	}
	if (!to) {
		tdx_shim_error("%s: to is NULL", kCaller);
		return tdx::negative(Errno::kInvalid);
	}
	if (bytes > pages.output_bytes()) {
		tdx_shim_error("%s: bytes is %llu, but the TDX module reported %llu", kCaller,
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
