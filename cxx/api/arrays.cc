// SPDX-License-Identifier: GPL-2.0
/* The public C functions for arrays; include/tdx_page_array.h has their contracts. */
#include "array/create.hpp"
#include "release/quarantine.hpp"
#include "release/release.hpp"
#include "api/handles.hpp"

namespace tdx {

namespace {

/* An address, or why there is none. */
template <class T> T *pointer_of(const Result<T *> &result)
{
	return result ? *result : error_pointer<T>(result.error().to_errno());
}

template <class T> int errno_of(const Result<T> &result)
{
	return result ? 0 : result.error().to_errno();
}

/* A live array keeps this kernel module loaded. */
template <class Take>
Result<tdx_page_array *> create_handle(const char *caller, u64 pages, Layout layout, Take take)
{
	if (!tdx_shim_pin_module())
		return failure(Errno::kNoDevice);
	auto array = create(caller, pages, layout, take);
	if (!array) {
		tdx_shim_unpin_module();
		return Failure(array.error());
	}
	return array->release();
}

Result<Placement> placement(const char *caller, int node, u32 flags, u32 allowed)
{
	if (flags & ~allowed)
		return REFUSE(caller, Errno::kInvalid, "flags are %#x, allowed are %#x", flags,
			      allowed);
	if (node != TDX_SHIM_ANY_NODE && !tdx_shim_node_has_memory(node))
		return REFUSE(caller, Errno::kInvalid, "node %d has no memory", node);
	return Placement{node, flags & TDX_PAGE_ARRAY_ACCOUNT ? u32{TDX_SHIM_ACCOUNT} : 0};
}

Result<tdx_page_array *> create_plain(u32 pages, int node, u32 flags)
{
	constexpr const char *kCaller = "tdx_page_array_create";
	const bool contiguous = flags & TDX_PAGE_ARRAY_CONTIGUOUS;
	const auto place = TRY(placement(kCaller, node, flags,
					 TDX_PAGE_ARRAY_ACCOUNT | TDX_PAGE_ARRAY_CONTIGUOUS));

	if (!pages)
		return REFUSE(kCaller, Errno::kInvalid, "nr_pages is 0, must be at least 1");
	if (contiguous && flags & TDX_PAGE_ARRAY_ACCOUNT &&
	    pages > 1U << tdx_shim_max_block_order())
		return REFUSE(
			kCaller, Errno::kInvalid,
			"the kernel can account a contiguous range of at most %u pages, not %u",
			1U << tdx_shim_max_block_order(), pages);
	return create_handle(kCaller, pages, Layout{}, [&](PageBlocks &blocks) {
		return contiguous ? blocks.try_take_contiguous(pages, place)
				  : blocks.try_take(pages, place);
	});
}

Result<tdx_page_array *> create_iommu_mt(u32 order, u32 mt_pages, int node, u32 flags)
{
	constexpr const char *kCaller = "tdx_page_array_create_iommu_mt";
	constexpr u32 kMaxPages = kListEntries - kIommuQueues;
	const auto place = TRY(placement(kCaller, node, flags, TDX_PAGE_ARRAY_ACCOUNT));

	if (!mt_pages || mt_pages > kMaxPages)
		return REFUSE(kCaller, Errno::kInvalid, "nr_mt_pages is %u, must be 1 to %u",
			      mt_pages, kMaxPages);
	if (order > tdx_shim_max_block_order())
		return REFUSE(kCaller, Errno::kInvalid, "iq_order is %u, must be at most %u", order,
			      tdx_shim_max_block_order());
	return create_handle(kCaller, (u64{kIommuQueues} << order) + mt_pages,
			     Layout::iommu_mt(order), [&](PageBlocks &blocks) {
				     return blocks.try_take_with_queues(kIommuQueues, order,
									mt_pages, place);
			     });
}

Result<tdx_page_array *> adopt(page **pages, u32 count)
{
	constexpr const char *kCaller = "tdx_page_array_adopt";

	if (!pages)
		return REFUSE(kCaller, Errno::kInvalid, "pages is NULL");
	if (!count)
		return REFUSE(kCaller, Errno::kInvalid, "nr_pages is 0");
	const std::span wanted(pages, count);
	const auto missing = std::ranges::find_if(
		wanted, [](const page *one) { return !one || errno_in(one); });
	if (missing != wanted.end())
		return REFUSE(kCaller, Errno::kInvalid, "page %td of %u is %s",
			      missing - wanted.begin(), count,
			      *missing ? "an error pointer" : "NULL");
	return create_handle(kCaller, count, Layout{},
			     [=](PageBlocks &blocks) { return blocks.try_adopt(kCaller, wanted); });
}

/* By release() or leak(). */
template <auto end_pages> int end(const char *caller, tdx_page_array *array)
{
	auto claimed = claim(caller, array);
	if (!claimed)
		return claimed.error().to_errno();

	const auto outcome = end_pages(caller, **claimed);
	if (!outcome)
		return outcome.error().to_errno();
	claimed->destroy();
	return outcome->quarantined ? negative(Errno::kUnclean) : 0;
}

Result<page *> page_of(const char *caller, const tdx_page_array *array, u32 index)
{
	TRY(check_handle(caller, array));
	if (index >= array->pages())
		return REFUSE(caller, Errno::kInvalid, "index is %u, but array %llu has %u pages",
			      index, array->id(), array->pages());
	return tdx_shim_page(array->page(index).value());
}

} // namespace

} // namespace tdx

tdx_page_array *tdx_page_array_create(unsigned int nr_pages)
{
	return tdx_page_array_create_node(nr_pages, TDX_SHIM_ANY_NODE, 0);
}

tdx_page_array *tdx_page_array_create_node(unsigned int nr_pages, int node, unsigned int flags)
{
	return tdx::pointer_of(tdx::create_plain(nr_pages, node, flags));
}

tdx_page_array *tdx_page_array_create_iommu_mt(unsigned int iq_order, unsigned int nr_mt_pages)
{
	return tdx_page_array_create_iommu_mt_node(iq_order, nr_mt_pages, TDX_SHIM_ANY_NODE, 0);
}

tdx_page_array *tdx_page_array_create_iommu_mt_node(unsigned int iq_order, unsigned int nr_mt_pages,
						    int node, unsigned int flags)
{
	return tdx::pointer_of(tdx::create_iommu_mt(iq_order, nr_mt_pages, node, flags));
}

tdx_page_array *tdx_page_array_adopt(page **pages, unsigned int nr_pages)
{
	return tdx::pointer_of(tdx::adopt(pages, nr_pages));
}

unsigned int tdx_page_array_nr_pages(tdx_page_array *array)
{
	return tdx::check_handle("tdx_page_array_nr_pages", array) ? array->pages() : 0;
}

page *tdx_page_array_page(tdx_page_array *array, unsigned int index)
{
	return tdx::pointer_of(tdx::page_of("tdx_page_array_page", array, index));
}

int tdx_page_array_populate(tdx_page_array *array, unsigned int offset)
{
	constexpr const char *kCaller = "tdx_page_array_populate";
	const auto claimed = tdx::claim(kCaller, array);
	if (!claimed)
		return claimed.error().to_errno();

	const auto entries = (*claimed)->populate(kCaller, offset);
	return entries ? tdx::as_int(*entries) : entries.error().to_errno();
}

int tdx_page_array_release(tdx_page_array *array)
{
	return tdx::end<tdx::release>("tdx_page_array_release", array);
}

int tdx_page_array_leak(tdx_page_array *array)
{
	return tdx::end<tdx::leak>("tdx_page_array_leak", array);
}

void *tdx_page_array_map(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_map";
	const auto claimed = tdx::claim(kCaller, array);

	return tdx::pointer_of(claimed ? (*claimed)->map(kCaller) : tdx::Failure(claimed.error()));
}

int tdx_page_array_unmap(tdx_page_array *array)
{
	constexpr const char *kCaller = "tdx_page_array_unmap";
	const auto claimed = tdx::claim(kCaller, array);

	return tdx::errno_of(claimed ? (*claimed)->unmap(kCaller) : tdx::Failure(claimed.error()));
}

int tdx_page_array_read(tdx_page_array *array, void *to, size_t bytes)
{
	constexpr const char *kCaller = "tdx_page_array_read";
	const auto claimed = tdx::claim(kCaller, array);

	return tdx::errno_of(claimed ? (*claimed)->read(kCaller, {tdx::typed<u8>(to), bytes})
				     : tdx::Failure(claimed.error()));
}

unsigned long tdx_page_array_retry_quarantine(void)
{
	return tdx::quarantine::retry();
}

void tdx_page_array_count(tdx_page_array_counters *counters)
{
	*counters = tdx::ledger::snapshot();
}
