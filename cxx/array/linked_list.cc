// SPDX-License-Identifier: GPL-2.0
#include "array/linked_list.hpp"

namespace tdx {

Result<LinkedList> LinkedList::try_make(const PageArray &array)
{
	LinkedList list;
	Node *last = nullptr;

	for (u32 offset = 0; offset < array.pages(); offset += hpa_linked_list::kPagesPerNode) {
		const u32 pages = std::min(array.pages() - offset, hpa_linked_list::kPagesPerNode);
		auto node = TRY(SharedPage::try_make());
		const auto words = node.words();

		u64 *word = words.data();
		array.for_each_page(offset, pages, [&](Pfn page) { *word++ = page.hpa().value(); });
		hpa_linked_list::close_node(words, pages, Pfn());
		if (last)
			last->page.words()[hpa_linked_list::kPagesPerNode] =
				hpa_linked_list::link_to(node.page());
		auto &link = last ? last->next : list.first_;
		link = TRY(Owner<Node>::try_make(std::move(node)));
		last = link.get();
	}
	return list;
}

} // namespace tdx
