// SPDX-License-Identifier: GPL-2.0
#include "page_array.hpp"

namespace tdx {

void PageArray::put_blocks(PageBlocks blocks)
{
	blocks_ = std::move(blocks);
	window_ = populate(0).value_or(Window{});
}

Result<Window> PageArray::populate(u32 offset)
{
	window_ = TRY(Window::at(offset, pages()));

	auto entry = list_.entries().begin();
	blocks_.for_each_page(window_.offset, window_.count,
			      [&](Pfn page) { *entry++ = page.hpa().value(); });
	return window_;
}

Result<HpaArray> PageArray::try_hpa_array()
{
	if (pages() > kListEntries)
		return Failure(Errno::kTooBig);
	/* An earlier use may have poisoned the list page or left another window in it. */
	TRY(populate(0));
	return HpaArray::of(pages(), page(0).hpa(), list_.hpa());
}

u64 PageArray::prepare_aux_page()
{
	list_.poison();
	window_ = {};
	return aux_page(pages(), list_.hpa());
}

bool PageArray::is_whole(u64 word)
{
	const auto claimed = HpaArray::decode(word);

	if (claimed != HpaArray::of(pages(), page(0).hpa(), list_.hpa()))
		return false;
	if (pages() == 1)
		return true;

	bool same = true;
	auto entry = list_.entries().begin();
	blocks_.for_each_page(0, pages(),
			      [&](Pfn page) { same &= *entry++ == page.hpa().value(); });
	return same;
}

void PageArray::flush_window() const
{
	blocks_.for_each_page(window_.offset, window_.count,
			      [](Pfn page) { tdx_shim_flush_page(page.value()); });
}

Result<void *> PageArray::map()
{
	if (mapping_ || custody_.state() != CustodyState::kHost)
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
