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

void make_live(tdx_page_array *array)
{
	const PageArray &pages = array->pages;

	array->shape = shape_of(pages);
	ledger::take(pages.pages());
	tdx_shim_trace_array_create(pages.id(), pages.pages(), array->shape.blocks,
				    array->shape.lowest_node);
	arrays.add(array);
}

Result<Buffer<ArraySight>> look_at_arrays()
{
	auto sights = TRY(arrays.look_at_all([](const tdx_page_array &array) {
		return ArraySight{array.pages.id(),	   array.shape,
				  array.pages.custody(),   array.pages.object(),
				  array.pages.is_mapped(), array.is_lent()};
	}));

	std::ranges::sort(sights.values(), {}, &ArraySight::id);
	return sights;
}

} // namespace tdx
