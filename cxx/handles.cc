// SPDX-License-Identifier: GPL-2.0
#include "handles.hpp"

#include "ledger.hpp"

namespace tdx {

namespace {

constinit Registry<tdx_page_array> arrays;

/* What is wrong with a handle that cannot be borrowed. */
const char *describe(Errno error)
{
	switch (error) {
	case Errno::kInvalid:
		return "the handle is NULL or an error pointer";
	case Errno::kBadHandle:
		return "the handle is no live page array (released already?)";
	case Errno::kBusy:
		return "the page array is in use by another caller";
	default:
		return "the page array cannot be used";
	}
}

} // namespace

Result<ArrayLoan> borrow(const char *caller, tdx_page_array *handle)
{
	auto loan = arrays.borrow(handle);

	if (!loan)
		tdx_shim_error("%s: %s", caller, describe(loan.error()));
	return loan;
}

Result<ControlRoot> control_root(const char *caller, tdx_page_array *handle, Leaf created_by)
{
	const auto root = arrays.ask(handle, [&](const tdx_page_array &array) {
		return array.pages.control_root(created_by);
	});

	if (!root) {
		tdx_shim_error("%s: %s", caller, describe(root.error()));
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
	auto list = pages > 1 ? ListPage::try_take() : ListPage();
	tdx_page_array *array = list ? try_new<tdx_page_array>(PageArray(std::move(*list)))
				     : nullptr;

	if (!array) {
		blocks.give_back();
		return Failure(Errno::kNoMemory);
	}
	array->pages.put_blocks(std::move(blocks), layout);
	ledger::take(pages);
	arrays.add(array);
	return array;
}

} // namespace tdx
