// SPDX-License-Identifier: GPL-2.0
#include "page_array.hpp"

namespace tdx {

void PageArray::put_blocks(PageBlocks blocks, Layout layout)
{
	blocks_ = std::move(blocks);
	layout_ = layout;
	if (!list_.is_none())
		window_ = populate(0).value_or(Window{});
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

	auto entry = list_.entries().begin();
	for_each_entry(window.offset, window.count, [&](u64 word) { *entry++ = word; });
	window_ = window;
	return window;
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
		list_.poison();
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
	auto entry = list_.entries().begin();

	for_each_entry(0, entries(), [&](u64 word) { same &= *entry++ == word; });
	return same;
}

void PageArray::flush(u32 offset, u32 count) const
{
	blocks_.for_each_page(offset, count, [](Pfn page) { tdx_shim_flush_page(page.value()); });
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
	if (mapping_ || !custody_.is_plain())
		return Failure(Errno::kBusy);

	auto handles = TRY(Buffer<void *>::try_make(pages()));
	auto handle = handles.values().begin();
	blocks_.for_each_page(0, pages(),
			      [&](Pfn page) { *handle++ = tdx_shim_page(page.value()); });
	mapping_ = tdx_shim_vmap(handles.values().data(), pages());
	if (!mapping_)
		return Failure(Errno::kNoMemory);
	return mapping_;
}

Result<void> PageArray::unmap()
{
	if (!mapping_)
		return Failure(Errno::kInvalid);
	tdx_shim_vunmap(std::exchange(mapping_, nullptr));
	return {};
}

} // namespace tdx
