/* SPDX-License-Identifier: GPL-2.0 */
/* What the explorer explores: small worlds of a few arrays, and what can be done in them. */
#pragma once

#include <vector>

#include "run.hpp"

namespace explore {

using user::Slot;

struct World {
	Slot slots[2];
	/* The slot whose interrupted call the module waits for, plus 1; 0: none; or kGone. */
	u32 interrupted = 0;
	static constexpr u32 kGone = ~0U;

	/* Two worlds with the same hash have the same future. */
	u64 hash() const;
};

struct Operation {
	const char *name;
	bool (*run)(World &world); /* false if not possible now */
};

struct Scenario {
	const char *name;
	void (*configure)();
	std::vector<Operation> operations;
};

const std::vector<Scenario> &scenarios();

} // namespace explore
