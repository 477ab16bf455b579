// SPDX-License-Identifier: GPL-2.0
#include "ledger.hpp"

namespace tdx::ledger {

tdx_page_array_counters snapshot()
{
	RegistryLock lock;
	tdx_page_array_counters now = counters;

	now.seamcalls = __atomic_load_n(&seamcalls, __ATOMIC_RELAXED);
	return now;
}

u64 kept_on(u32 node)
{
	RegistryLock lock;

	return kept_on_node[node];
}

} // namespace tdx::ledger
