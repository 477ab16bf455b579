/* SPDX-License-Identifier: GPL-2.0 */
/* The leaves of the TDX module that the core issues, and what their rows say (shim/leaf_table.h). */
#pragma once

#include <utility>

#include "leaf_table.h"
#include "base/types.hpp"

namespace tdx {

/* A row of the table. */
#define ENUMERATOR(name, ...) name,
enum class Leaf : u8 {
	TDX_LEAF_TABLE(ENUMERATOR) kNone,
};
#undef ENUMERATOR

/* Bits of TDX_FEATURES0. */
enum class Feature : u8 {
	kTdxConnect = 6,
	kClflushBeforeAlloc = 23,
	kExtensions = 39,
	kQuoting = 50,
	kNoFeature = 63,
};

/* What happens around the instruction. */
enum LeafFlags : u8 {
	kResumed = 1, /* when the module interrupts it, it is called again with the same inputs */
	kService = 2, /* the module executes one such leaf at a time, for all objects together */
	kQueues = 4,  /* the pages that it is given are laid out as IOMMU metadata */
	kKeepsVectors = 8, /* it preserves the vector registers, so none are saved */
};
/* One bit each. */
static_assert(kResumed + kService + kQueues + kKeepsVectors == 0xf);

struct LeafRow {
	const char *name;
	const char *not_issued; /* the name, for the line about a refusal */
	u16 number;
	Feature feature;
	Leaf way_back; /* the leaf that returns pages which this one is given; kNone: it does not get any, or keeps them */
	u8 flags;
};

#define ROW(enumerator, number, text, feature, way_back, flags) \
	{text, text " not issued", number, Feature::feature, Leaf::way_back, flags},
inline constexpr LeafRow kLeafRows[] = {
	TDX_LEAF_TABLE(ROW){"-", "-", 0, Feature::kNoFeature, Leaf::kNone, 0},
};
#undef ROW

constexpr const LeafRow &row_of(Leaf leaf)
{
	return kLeafRows[std::to_underlying(leaf)];
}

constexpr const char *name_of(Leaf leaf)
{
	return row_of(leaf).name;
}

constexpr const char *not_issued(Leaf leaf)
{
	return row_of(leaf).not_issued;
}

static_assert(row_of(Leaf::kSpdmMng).number == 144 && row_of(Leaf::kNone).number == 0);

} // namespace tdx
