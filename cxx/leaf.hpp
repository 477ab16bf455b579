/* SPDX-License-Identifier: GPL-2.0 */
/* The leaves of the TDX module that the core issues: number (RAX bits 15:0), name. */
#pragma once

#include "leaf_table.h"
#include "types.hpp"

namespace tdx {

#define ENUMERATOR(name, number, text) name = (number),
enum class Leaf : u16 {
	TDX_LEAF_TABLE(ENUMERATOR)
};
#undef ENUMERATOR

constexpr const char *name_of(Leaf leaf)
{
#define CASE(name, number, text) \
	case Leaf::name: \
		return text;
	switch (leaf) {
		TDX_LEAF_TABLE(CASE)
	}
#undef CASE
	return "?";
}

} // namespace tdx
