/* SPDX-License-Identifier: GPL-2.0 */
/* What the explorer explores: small worlds of a few arrays, and what can be done in them. */
#pragma once

#include <vector>

#include "interface.h"
#include "tdx_page_array.h"

namespace explore {

/* One array, or none. */
struct Slot {
	tdx_page_array *array = nullptr;
	u32 pages = 0;
	bool has_list = false; /* a list page: not before a single page needs one */
	bool is_mapped = false;
	u64 object = 0; /* that was made of it, as far as the caller knows */
};

struct World {
	Slot slots[2];
	/* Whose EXT.MEM.ADD the module waits for: slot + 1, none, or an array that is gone. */
	u32 interrupted = 0;
	static constexpr u32 kGone = ~0U;

	/* Two worlds with the same hash have the same future. */
	u64 hash() const;
};

struct Operation {
	const char *name;
	bool (*run)(World &world); /* false when it makes no sense now */
};

struct Scenario {
	const char *name;
	void (*configure)();
	std::vector<Operation> operations;
};

const std::vector<Scenario> &scenarios();

} // namespace explore
