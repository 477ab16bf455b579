/* SPDX-License-Identifier: GPL-2.0 */
/* What the explorer explores: small worlds of a few arrays, and what can be done in them. */
#pragma once

#include <vector>

#include "run.hpp"

namespace explore {

using user::Slot;

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
