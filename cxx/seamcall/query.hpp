/* SPDX-License-Identifier: GPL-2.0 */
/* Leaves that only ask the TDX module: for its metadata, and for what it knows of a page. */
#pragma once

#include "base/types.hpp"
#include "facts/tdx_module.hpp"
#include "seamcall/seamcall.hpp"

namespace tdx {

/* TDH.SYS.RD: one metadata field of the TDX module. */
Result<u64> read_field(u64 field_id);

inline Result<u64> read_field(MetadataField field)
{
	return read_field(as_word(field));
}

/* What the module's own table (PAMT) says of a page. */
struct PageFacts {
	u64 type;  /* 0: not directly assigned, free from the module's point of view */
	u64 owner; /* HPA of a TDR, or an object's id; stays behind when the page is given back */
	u64 level;

	constexpr bool is_hosts() const { return type == 0; }
};

/* TDH.PHYMEM.PAGE.RDMD: what the module thinks of one 4K page. */
Result<PageFacts> read_page_facts(Pfn page);

} // namespace tdx
