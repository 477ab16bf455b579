/* SPDX-License-Identifier: GPL-2.0 */
/* The nodes of an HPA_LINKED_LIST over all pages of an array, for the length of one call. */
#pragma once

#include "hpa_linked_list.hpp"
#include "page_array.hpp"

namespace tdx {

class LinkedList {
public:
	static Result<LinkedList> try_make(const PageArray &array);

	Hpa first_node() const { return nodes_.values().front().hpa(); }

	LinkedList(LinkedList &&other) noexcept = default;
	LinkedList &operator=(LinkedList &&) = delete;
	~LinkedList();

private:
	explicit LinkedList(Buffer<Pfn> nodes) : nodes_(std::move(nodes)) {}

	Buffer<Pfn> nodes_;
};

} // namespace tdx
