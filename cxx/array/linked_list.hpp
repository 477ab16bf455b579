/* SPDX-License-Identifier: GPL-2.0 */
/* The nodes of an HPA_LINKED_LIST over all pages of an array, for the length of one call. */
#pragma once

#include "abi/hpa_linked_list.hpp"
#include "array/page_array.hpp"

namespace tdx {

class LinkedList {
public:
	/* Fails with kNoMemory. */
	static Result<LinkedList> try_make(const PageArray &array);

	LinkedList(LinkedList &&other) noexcept = default;
	LinkedList &operator=(LinkedList &&) = delete;
	~LinkedList() { end_all(first_); }

	Hpa first_node() const { return first_->page.hpa(); }

private:
	struct Node {
		SharedPage page;
		Owner<Node> next;
	};

	LinkedList() = default;

	Owner<Node> first_;
};

} // namespace tdx
