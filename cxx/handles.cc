// SPDX-License-Identifier: GPL-2.0
#include "handles.hpp"

#include "ledger.hpp"

namespace tdx {

tdx_page_array *try_claim(const char *caller, const tdx_page_array *handle)
{
	return detail::arrays.try_claim(caller, handle, detail::kArrayKind);
}

Result<ControlRoot> control_root(const char *caller, tdx_page_array *handle, Leaf created_by)
{
	const auto root = detail::arrays.ask(handle, [&](const tdx_page_array &array) {
		return array.pages.control_root(created_by);
	});

	if (!root) {
		explain(caller, handle, root.error(), detail::kArrayKind);
		return Failure(root.error());
	}
	if (!*root)
		tdx_shim_error("%s not issued: the array of the %s was not handed over by %s",
			       caller, created_by == Leaf::kMngCreate ? "TDR" : "TDVPR",
			       name_of(created_by));
	return *root;
}

void make_live(tdx_page_array *array)
{
	const PageArray &pages = array->pages;

	array->shape = shape_of(pages);
	tdx_shim_trace_array_create(pages.id(), pages.pages(), array->shape.blocks,
				    array->shape.lowest_node);

	RegistryLock lock;
	ledger::take(lock, pages.pages());
	detail::arrays.add(lock, array);
}

Result<Buffer<ArraySight>> look_at_arrays()
{
	auto sights = TRY(detail::arrays.look_at_all([](const tdx_page_array &array) {
		return ArraySight{array.pages.id(),	   array.shape,
				  array.pages.custody(),   array.pages.object(),
				  array.pages.is_mapped(), array.is_in_use()};
	}));

	std::ranges::sort(sights.values(), {}, &ArraySight::id);
	return sights;
}

} // namespace tdx
