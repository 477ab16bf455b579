/* SPDX-License-Identifier: GPL-2.0 */
/* What the explorer explores: small worlds of a few arrays, and what can be done in them. */
#pragma once

#include <span>
#include <vector>

#include "run.hpp"

namespace explore {

struct Operation {
	const char *name;
	const char *calls; /* keys of fuzz_operations.cc with their digits, as in its inputs */
};

struct Scenario {
	const char *name;
	void (*configure)();
	std::vector<Operation> operations;
};

const std::vector<Scenario> &scenarios();

/* A world without arrays. */
std::span<user::Slot> new_world();

/* May throw a fuzz::Finding. */
void run(const Operation &operation);

/* Two worlds with the same hash have the same future. */
u64 hash_of_world();

} // namespace explore
