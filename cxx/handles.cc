// SPDX-License-Identifier: GPL-2.0
#include "handles.hpp"

#include "ledger.hpp"

namespace tdx {

namespace {

constinit Registry<tdx_page_array> arrays;

constexpr HandleWords kWords{"the handle is no live page array (released already?)",
			     "the page array is in use by another caller"};

} // namespace

Result<ArrayLoan> borrow(const char *caller, tdx_page_array *handle)
{
	return arrays.borrow(caller, handle, kWords);
}

Result<ControlRoot> control_root(const char *caller, tdx_page_array *handle, Leaf created_by)
{
	const auto root = arrays.ask(handle, [&](const tdx_page_array &array) {
		return array.pages.control_root(created_by);
	});

	if (!root) {
		explain(caller, root.error(), kWords);
		return Failure(root.error());
	}
	if (!*root)
		tdx_shim_error("%s: the array to add to was not made by %s", caller,
			       name_of(created_by));
	return *root;
}

Result<tdx_page_array *> try_make_array(PageBlocks blocks, Layout layout)
{
	const u32 pages = blocks.pages();
	const Shape shape = shape_of(blocks, layout);
	auto list = pages > 1 ? ListPage::try_take() : ListPage();
	tdx_page_array *array = list ? try_new<tdx_page_array>(PageArray(std::move(*list)), shape)
				     : nullptr;

	if (!array) {
		blocks.give_back();
		return Failure(Errno::kNoMemory);
	}
	array->pages.put_blocks(std::move(blocks), layout);
	ledger::take(pages);
	tdx_shim_trace_array_create(array->pages.id(), pages, shape.blocks, shape.lowest_node);
	arrays.add(array);
	return array;
}

Result<Buffer<ArraySight>> look_at_arrays()
{
	auto sights = TRY(arrays.look_at_all([](const tdx_page_array &array) {
		return ArraySight{array.pages.id(),	   array.shape,
				  array.pages.custody(),   array.pages.object(),
				  array.pages.is_mapped(), array.lent};
	}));

	std::ranges::sort(sights.values(), {}, &ArraySight::id);
	return sights;
}

} // namespace tdx
