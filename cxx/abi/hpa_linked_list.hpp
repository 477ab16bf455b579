/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HPA_LINKED_LIST: nodes of 4K, each with the HPAs of 511 pages and, as its last word, the HPA of
 * the next node (posted Quoting series of June 2026). All ones ends the list, wherever it stands.
 */
#pragma once

#include <algorithm>
#include <span>

#include "abi/hpa_list.hpp"

namespace tdx::hpa_linked_list {

inline constexpr u32 kPagesPerNode = kListEntries - 1;
inline constexpr u64 kEnd = ~u64{0};

/* Nodes that a list of @pages pages, at least one, needs. */
constexpr u32 nodes_for(u32 pages)
{
	return (pages + kPagesPerNode - 1) / kPagesPerNode;
}

/* What the last word of a node says: @next is none for the last node. */
constexpr u64 link_to(Pfn next)
{
	return next.is_none() ? kEnd : next.hpa().value();
}

/* Ends the part of a node that has pages, and links it to the next one. */
constexpr void close_node(std::span<u64, kListEntries> node, u32 pages, Pfn next)
{
	std::ranges::fill(node.subspan(pages), kEnd);
	node[kPagesPerNode] = link_to(next);
}

static_assert(nodes_for(1) == 1 && nodes_for(511) == 1 && nodes_for(512) == 2);
static_assert(nodes_for(1022) == 2 && nodes_for(1023) == 3);
static_assert(link_to(Pfn()) == kEnd && link_to(Pfn(5)) == 0x5000);

/* The last words of a node with @pages pages. */
consteval bool ends_right(u32 pages, Pfn next)
{
	u64 words[kListEntries] = {};

	close_node(words, pages, next);
	for (u32 i = 0; i < kPagesPerNode; i++)
		if (words[i] != (i < pages ? 0 : kEnd))
			return false;
	return words[kPagesPerNode] == link_to(next);
}
static_assert(ends_right(1, Pfn()) && ends_right(510, Pfn()) && ends_right(511, Pfn(9)));

} // namespace tdx::hpa_linked_list
