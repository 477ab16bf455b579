// SPDX-License-Identifier: GPL-2.0
/*
 * The public functions against a TDX module that answers anything (make fuzz TARGET=calls).
 *
 * An input has three lines: a scenario and calls; what goes wrong in each SEAMCALL, '.' for nothing;
 * and which allocations fail ('x'). After each call the explorer's invariants have to hold, and at the
 * end no page may be lost. What a run did is printed when FUZZ_TELL is set.
 */
#include "fuzz_calls.hpp"

namespace fuzz_calls {

namespace {

/* Most inputs need few pages; in some there is room for an array of more than one window. */
constexpr u64 kFewPages = 48, kMachinePages = 576;

/* The first two digits of an input. */
u32 policies, numbers;

void configure()
{
	seam_config &config = seam_model.config;

	config.page_by_page = policies & 1;
	config.invalid_resumption = policies >> 1 & 1;
	config.ext_pool_pages = policies & 4 ? 3 : 0;
	config.interrupted = policies >> 3 & 1;
	config.spdm_pages = 1 + numbers % 3;
	config.iommu_pages = 1 + numbers % 2;
	config.interrupt_every = numbers / 4;
	config.quote_bytes = 3000 + 1000 * (numbers % 4);
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
	/* With the erratum, which adds duties of the host and removes none. */
	platform_policies.pw_mce = true;
	if (!user::start(kMachinePages, {before_seamcall, choose_failure}))
		return 1;
	platform_after_seamcall = after_seamcall;
	platform_show_log(is_told());
	return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	Input input(std::span(data, size));

	calls = input.line();
	seamcalls = input.line();
	allocations = input.line();
	world = {};
	begin_answers();
	/* Only an input that is marked gets the large machine, which is slow. */
	machine_reset_to(calls.take_if('L') ? kMachinePages : kFewPages);
	policies = calls.below(16);
	numbers = calls.below(16);
	user::Run run(configure, world.slots);
	/* The core forgets what it learned about the TDX module from an earlier input. */
	must(!tdx_core_start(), "a core that does not start");
	for (page *&mail : world.mailbox)
		mail = machine_alloc(0, -1);
	run.expect_own_pages(std::size(world.mailbox));

	while (!calls.is_empty()) {
		const Operation &operation = operation_of(calls.next());
		if (is_told())
			printf("  call %c\n", operation.key);
		begin_call();
		run.call(operation.run);
		run.check();
	}
	for (Slot &mine : world.slots) {
		if (mine.is_mapped)
			tdx_page_array_unmap(mine.array);
		mine.is_mapped = false;
		end_array(mine, tdx_page_array_release);
		end_array(mine, tdx_page_array_leak);
		must(!mine.array, "an array that cannot be ended");
	}
	run.check();
	run.end();
	return 0;
}

} // namespace fuzz_calls
