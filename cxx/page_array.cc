// SPDX-License-Identifier: GPL-2.0
#include "page_array.hpp"

#include "lock.hpp"

namespace tdx {

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

Result<u32> PageArray::populate(u32 offset)
{
	window_ = {};
	const auto window = Window::at(offset, entries());
	if (!window) [[unlikely]]
		return Failure(window.error());
	if (list_.is_none())
		list_ = TRY(ListPage::try_take());

	const u32 count = window->count;
	if (is_side_by_side(offset + count)) [[likely]] {
		const std::span list = list_.entries();
		u64 hpa = (first_page() + offset).hpa().value();
		for (u32 i = 0; i < count; i++, hpa += kPageSize)
			list[i] = hpa;
	} else {
		write_scattered_list(offset, count);
	}
	window_ = {offset, count};
	window_is_written_ = true;
	return count;
}

Result<HpaListInfo> PageArray::try_list_info()
{
	if (!window_is_written_)
		TRY(populate(window_.offset));
	return HpaListInfo{list_.hpa(), 0, window_.count - 1};
}

Result<Hpa> PageArray::try_iommu_mt()
{
	if (layout_.is_plain())
		return Failure(Errno::kInvalid);
	TRY(populate(0));
	std::ranges::fill(list_.entries().subspan(window_.count), kNoIommuMtEntry);
	return list_.hpa();
}

void PageArray::write_scattered_list(u32 offset, u32 count)
{
	u64 *entry = list_.entries().data();

	for_each_entry(offset, count, [&](u64 word) { *entry++ = word; });
}

bool PageArray::list_is_whole()
{
	if (!is_side_by_side(pages())) [[unlikely]]
		return scattered_list_is_whole();

	u64 hpa = first_page().hpa().value(), differences = 0;
	for (const u64 entry : list_.entries().first(pages())) {
		differences |= entry ^ hpa;
		hpa += kPageSize;
	}
	return !differences;
}

bool PageArray::scattered_list_is_whole()
{
	const u64 *entry = list_.entries().data();
	u64 differences = 0;

	for_each_entry(0, entries(), [&](u64 word) { differences |= *entry++ ^ word; });
	return !differences;
}

template <class Change>
void PageArray::change_record(Leaf leaf, CompletionStatus status, Change change)
{
	if (!tdx_shim_traces_custody()) [[likely]] {
		RegistryLock lock;
		change();
		return;
	}

	const Custody before = custody_;
	{
		RegistryLock lock;
		change();
	}
	trace_custody(before, leaf, status);
}

void PageArray::trace_custody(const Custody &before, Leaf leaf, CompletionStatus status) const
{
	if (custody_ == before)
		return;

	const tdx_shim_custody change{.array = id_,
				      .pages = pages(),
				      .owned = custody_.owned(),
				      .touched = custody_.touched(),
				      .keyid = custody_.hkid().value(),
				      .leaf = std::to_underlying(leaf),
				      .status = status.raw(),
				      .from = name_of(before.state()),
				      .to = name_of(custody_.state())};
	tdx_shim_trace_custody(&change);
}

void PageArray::record_hand_over(const HandOver &hand_over, HandOverOutcome outcome,
				 CompletionStatus status,
				 const std::optional<ObjectId> &object_if_accepted)
{
	change_record(hand_over.leaf, status, [&] {
		custody_ = custody_.after_hand_over(hand_over, outcome, status);
		if (outcome == HandOverOutcome::kAccepted && object_if_accepted)
			object_ = object_if_accepted;
	});
}

void PageArray::record_return(Leaf leaf, CompletionStatus status)
{
	change_record(leaf, status, [&] {
		custody_ = custody_.after_return(leaf, status);
		object_.reset();
	});
}

void PageArray::record_answer(Leaf leaf, CompletionStatus status)
{
	RegistryLock lock;

	custody_ = custody_.after_answer(leaf, status);
}

void PageArray::record_reclaim_of_last()
{
	change_record(Leaf::kPhymemPageReclaim, CompletionStatus(0),
		      [&] { custody_ = custody_.after_reclaim_of_last(); });
}

void PageArray::record_doubt(Leaf leaf, CompletionStatus status)
{
	change_record(leaf, status, [&] { custody_ = custody_.after_doubt(leaf, status); });
}

void PageArray::forget_object()
{
	RegistryLock lock;

	object_.reset();
}

Result<ControlRoot> PageArray::control_root(Leaf created_by) const
{
	if (custody_.state() != CustodyState::kModule || custody_.handed_over_by() != created_by)
		return Failure(Errno::kInvalid);
	return ControlRoot{first_page().hpa(), td_hkid_};
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
