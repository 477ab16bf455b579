// SPDX-License-Identifier: GPL-2.0
/* CPUs that leave VMX operation, as the judge sees them. */
#include <gtest/gtest.h>

#include "platform.h"
#include "tdx_page_array_seamcalls.h"

namespace {

constexpr u64 kMinorVersion = 0x0800000100000003;

/* Once. Nearly every SEAMCALL leaves cache lines of a PAMT entry on its CPU. */
TEST(Away, a_cpu_that_comes_back_with_private_lines_is_found)
{
	u64 value;

	platform_reset();
	EXPECT_EQ(tdx_tdh_sys_rd(kMinorVersion, &value), 0U);
	seam_model.lps_with_private_lines |= 1U << platform_cpu;
	seam_judge_vmx_off(&seam_model, platform_cpu);
	EXPECT_EQ(seam_model.finding_count, 0U);
	for (int call = 0; call < 2; call++) {
		EXPECT_EQ(tdx_tdh_sys_rd(kMinorVersion, &value), 0U);
		ASSERT_EQ(seam_model.finding_count, 1U);
		EXPECT_EQ(seam_model.findings[0].kind, SEAM_LINES_AT_VMXOFF);
	}
	platform_reset();
}

} // namespace
