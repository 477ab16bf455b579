// SPDX-License-Identifier: GPL-2.0
#include "seamcall/query.hpp"

namespace tdx {

Result<u64> read_field(u64 field_id)
{
	const Answer answer = issue(Leaf::kSysRd, {.rdx = field_id});

	/* R8 is written on errors too, but means something on success only. */
	if (!answer.status.is_success()) {
		tdx_shim_debug("metadata field %#llx: %s (%#llx)", field_id, name_of(answer.status),
			       answer.status.raw());
		return Failure(answer.status);
	}
	tdx_shim_debug("metadata field %#llx is %#llx", field_id, answer.out.r8);
	return answer.out.r8;
}

Result<PageFacts> read_page_facts(Pfn page)
{
	const Registers facts = TRY(call(Leaf::kPhymemPageRdmd, {.rcx = page.hpa().value()}));

	return PageFacts{facts.rcx, facts.rdx, facts.r8};
}

} // namespace tdx
