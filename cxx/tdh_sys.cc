// SPDX-License-Identifier: GPL-2.0
#include "tdh_sys.hpp"

namespace tdx {

Answered<u64> tdh_sys_rd(u64 field_id)
{
	const Answer answer = seamcall_ret(Leaf::kSysRd, {.rdx = field_id});

	/* R8 is written on errors too, but means something on success only. */
	if (!answer.status.is_success()) {
		tdx_shim_debug("metadata field %#llx: %s (%#llx)", field_id, name_of(answer.status),
			       answer.status.raw());
		return std::unexpected(answer.status);
	}
	tdx_shim_debug("metadata field %#llx is %#llx", field_id, answer.out.r8);
	return answer.out.r8;
}

} // namespace tdx
