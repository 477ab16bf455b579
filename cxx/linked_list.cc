// SPDX-License-Identifier: GPL-2.0
#include "linked_list.hpp"

namespace tdx {

Result<LinkedList> LinkedList::try_make(const PageArray &array)
{
	const u32 count = hpa_linked_list::nodes_for(array.pages());
	LinkedList list(TRY(Buffer<Pfn>::try_make(count)));
	const auto nodes = list.nodes_.values();

	for (Pfn &node : nodes) {
		node = Pfn(tdx_shim_alloc_block(0, TDX_SHIM_ANY_NODE, TDX_SHIM_WITH_EFFORT));
		if (node.is_none())
			return Failure(Errno::kNoMemory);
	}
	for (u32 i = 0; i < count; i++) {
		const u32 offset = i * hpa_linked_list::kPagesPerNode;
		const u32 pages = std::min(array.pages() - offset, hpa_linked_list::kPagesPerNode);
		const auto words = words_of(nodes[i]);

		auto word = words.begin();
		array.for_each_page(offset, pages, [&](Pfn page) { *word++ = page.hpa().value(); });
		hpa_linked_list::close_node(words, pages, i + 1 < count ? nodes[i + 1] : Pfn());
	}
	return list;
}

LinkedList::~LinkedList()
{
	for (const Pfn node : nodes_.values())
		if (!node.is_none())
			tdx_shim_free_block(node.value(), 0);
}

} // namespace tdx
