// SPDX-License-Identifier: GPL-2.0
#include "page_array.hpp"

#include "lock.hpp"

namespace tdx {

namespace {

constinit u64 last_id;

} // namespace

PageArray::PageArray(Layout layout)
	: id_(__atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED)), layout_(layout)
{
}

template <class Visit> void PageArray::for_each_entry(u32 offset, u32 count, Visit visit) const
{
	if (layout_.is_plain()) {
		blocks_.for_each_page(offset, count, [&](Pfn page) { visit(page.hpa().value()); });
		return;
	}
	for (u32 entry = offset; entry < offset + count; entry++)
		visit(IommuMtEntry{page(layout_.first_page_of(entry)).hpa(),
				   layout_.pages_of(entry)}
			      .encode());
}

Result<Window> PageArray::populate(u32 offset)
{
	window_ = {};
	const Window window = TRY(Window::at(offset, entries()));
	if (list_.is_none())
		list_ = TRY(ListPage::try_take());

	u64 *entry = list_.entries().data();
	for_each_entry(window.offset, window.count, [&](u64 word) { *entry++ = word; });
	window_ = window;
	window_is_written_ = true;
	return window;
}

Result<HpaListInfo> PageArray::try_list_info()
{
	if (!window_is_written_)
		TRY(populate(window_.offset));
	return HpaListInfo{list_.hpa(), 0, window_.count - 1};
}

Result<HpaArray> PageArray::try_hpa_array()
{
	if (!layout_.is_plain())
		return Failure(Errno::kInvalid);
	if (pages() > kListEntries)
		return Failure(Errno::kTooBig);
	/* An earlier use may have poisoned the list page or left another window in it. */
	if (pages() > 1)
		TRY(populate(0));
	return HpaArray::of(pages(), page(0).hpa(), list_.hpa());
}

Result<Hpa> PageArray::try_iommu_mt()
{
	if (layout_.is_plain())
		return Failure(Errno::kInvalid);
	TRY(populate(0));
	std::ranges::fill(list_.entries().subspan(window_.count), kNoIommuMtEntry);
	return list_.hpa();
}

u64 PageArray::prepare_aux_page()
{
	window_ = {};
	if (entries() > 1)
		list_.poison(entries());
	return aux_page(entries(), list_.hpa());
}

bool PageArray::is_whole(u64 word)
{
	const auto whole = HpaArray::of(pages(), page(0).hpa(), list_.hpa());

	return HpaArray::decode(word) == whole && (pages() == 1 || list_is_whole());
}

bool PageArray::list_is_whole()
{
	bool same = true;
	const u64 *entry = list_.entries().data();

	for_each_entry(0, entries(), [&](u64 word) { same &= *entry++ == word; });
	return same;
}

void PageArray::flush(u32 offset, u32 count) const
{
	blocks_.for_each_page(offset, count, [](Pfn page) { tdx_shim_flush_page(page.value()); });
}

void PageArray::change_custody(const Custody &next, Leaf leaf, CompletionStatus status)
{
	const Custody before = custody_;

	if (next == before)
		return;
	{
		LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
		custody_ = next;
	}
	const tdx_shim_custody change{.array = id_,
				      .pages = pages(),
				      .owned = next.owned(),
				      .touched = next.touched(),
				      .keyid = next.hkid().value(),
				      .leaf = std::to_underlying(leaf),
				      .status = status.raw(),
				      .from = name_of(before.state()),
				      .to = name_of(next.state())};
	tdx_shim_trace_custody(&change);
}

void PageArray::record_hand_over(const HandOver &hand_over, HandOverOutcome outcome,
				 CompletionStatus status)
{
	change_custody(custody_.after_hand_over(hand_over, outcome, status), hand_over.leaf,
		       status);
}

void PageArray::record_return(Leaf leaf, CompletionStatus status)
{
	change_custody(custody_.after_return(status), leaf, status);
	forget_object();
}

void PageArray::record_reclaim_of_last()
{
	change_custody(custody_.after_reclaim_of_last(), Leaf::kPhymemPageReclaim,
		       CompletionStatus(0));
}

void PageArray::record_doubt(Leaf leaf, CompletionStatus status)
{
	change_custody(custody_.after_doubt(status), leaf, status);
}

void PageArray::record_object(ObjectId object)
{
	LockGuard lock(TDX_SHIM_LOCK_REGISTRY);

	object_ = object;
}

void PageArray::forget_object()
{
	LockGuard lock(TDX_SHIM_LOCK_REGISTRY);

	object_.reset();
}

Result<ControlRoot> PageArray::control_root(Leaf created_by) const
{
	if (custody_.state() != CustodyState::kModule || custody_.leaf() != created_by)
		return Failure(Errno::kInvalid);
	return ControlRoot{page(0).hpa(), td_hkid_};
}

void PageArray::copy_out(std::span<u8> to) const
{
	blocks_.for_each_page(0, pages(), [&](Pfn page) {
		const auto here = to.first(std::min<u64>(to.size(), kPageSize));
		std::ranges::copy(bytes_of(page).first(here.size()), here.begin());
		to = to.subspan(here.size());
	});
}

Result<void *> PageArray::map()
{
	if (is_mapped() || !custody_.is_plain())
		return Failure(Errno::kBusy);

	auto handles = TRY(Buffer<void *>::try_make(pages()));
	auto handle = handles.values().begin();
	blocks_.for_each_page(0, pages(),
			      [&](Pfn page) { *handle++ = tdx_shim_page(page.value()); });
	void *address = tdx_shim_vmap(handles.values().data(), pages());
	if (!address)
		return Failure(Errno::kNoMemory);
	mapping_.store(address);
	return address;
}

Result<void> PageArray::unmap()
{
	if (!is_mapped())
		return Failure(Errno::kInvalid);
	tdx_shim_vunmap(mapping_.load());
	mapping_.store(nullptr);
	return {};
}

} // namespace tdx
