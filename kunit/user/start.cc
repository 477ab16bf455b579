// SPDX-License-Identifier: GPL-2.0
/* Starting the core, also where it cannot work: the errno that insmod gets, one line, and nothing changes. */
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "../seam/seam_emulator.h"
}

#include "base/cast.hpp"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

using Kind = decltype(seam_injection::kind);
using enum Kind;

std::vector<std::string> lines;

/* The core was started when the program began; a start that fails leaves it as it is. */
class Start : public testing::Test {
protected:
	void SetUp() override
	{
		lines.clear();
		platform_on_line = [](void *, const char *line, size_t length) {
			lines.emplace_back(line, length);
		};
	}

	void TearDown() override
	{
		platform_on_line = nullptr;
		platform_policies = policies_;
		platform_lack = {};
		EXPECT_EQ(seam_model_pending_injections(&seam_model), 0U);
		platform_reset();
		EXPECT_EQ(tdx_page_array_release(tdx_page_array_create(1)), 0);
		EXPECT_EQ(tdx_core_start(), 0);
	}

	/* The @nth call of @leaf from now on fails. */
	static void plan(u16 leaf, u32 nth, u64 value, Kind kind = SEAM_INJECT_STATUS)
	{
		const seam_injection injection = {kind, leaf, nth, 1, value};

		ASSERT_TRUE(seam_model_inject(&seam_model, &injection));
	}

	/* One line, which ends with the errno that came back. */
	static void expect_failure(int error, const std::string &words)
	{
		EXPECT_EQ(tdx_core_start(), error);
		ASSERT_EQ(lines.size(), 1U);
		EXPECT_TRUE(lines[0].starts_with("tdx_page_array: " + words)) << lines[0];
		EXPECT_TRUE(lines[0].ends_with("(errno " + std::to_string(error) + ")"))
			<< lines[0];
	}

	/* True if the view of the TDX module has these words. */
	static bool is_shown(const char *words)
	{
		char text[4096] = "";
		FILE *to = fmemopen(text, sizeof(text), "w");

		EXPECT_EQ(tdx_core_show(TDX_CORE_VIEW_MODULE, to), 0);
		fclose(to);
		return strstr(text, words);
	}

private:
	const struct platform_policies policies_ = platform_policies;
};

TEST_F(Start, shows_no_version_while_it_cannot_be_read)
{
	plan(SEAM_SYS_RD, 1, SEAM_OPERAND_INVALID);
	EXPECT_TRUE(is_shown("version=-\n"));
	EXPECT_FALSE(is_shown("version=-\n"));
}

/* A feature bit without its metadata: the TDX module has the feature, but the kernel did not enable it. */
TEST_F(Start, distinguishes_features_that_are_not_enabled_from_those_that_do_not_exist)
{
	constexpr u64 kAll = SEAM_FEATURE_EXT | SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_QUOTE;

	seam_model.config.features0 = kAll;
	seam_model.config.other_meaning = kAll;
	EXPECT_EQ(tdx_core_start(), 0);
	EXPECT_TRUE(is_shown("extensions=\"not enabled\"\ntdx_connect=\"not enabled\"\n"
			     "quoting=\"not enabled\"\n"));
	EXPECT_EQ(tdx_tdh_quote_init(), TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP);

	/* The TDX module is not asked about features that it does not have: the version in three parts, and the features. */
	seam_model.config.features0 = 0;
	EXPECT_EQ(tdx_core_start(), 0);
	const u64 reads = seam_model.calls[SEAM_SYS_RD];
	EXPECT_TRUE(is_shown("extensions=\"not supported\"\ntdx_connect=\"not supported\"\n"
			     "quoting=\"not supported\"\n"));
	EXPECT_EQ(seam_model.calls[SEAM_SYS_RD] - reads, 4U);
	EXPECT_TRUE(is_shown("\nextension_pages_wanted=-\nspdm_metadata_pages=-\n"
			     "spdm_device_info_pages=-\nide_metadata_pages=-\n"
			     "iommu_metadata_pages=-\n"));
}

std::vector<u64> asked;

/* The page is in the upper half of 4M, and not at the beginning of its 2M. */
TEST_F(Start, asks_about_the_region_of_its_page)
{
	machine_reset();
	machine_take_range(0, 513);
	asked.clear();
	platform_after_seamcall = [](u16 leaf, seam_outcome, seam_registers *) {
		seam_registers in;

		seam_emulator_last_call(leaf, &in);
		if (leaf == SEAM_PHYMEM_PAGE_RDMD)
			asked.push_back(in.r[SEAM_RCX]);
	};
	EXPECT_EQ(tdx_core_start(), 0);
	platform_after_seamcall = nullptr;
	machine_reset();
	ASSERT_EQ(asked.size(), 2U);
	EXPECT_EQ(asked[0] / 4096, MACHINE_FIRST_PFN + 513U);
	EXPECT_EQ(asked[1], asked[0] - 4096 + 1);
}

/* The administrator may force flushes although the module says that it needs none. */
TEST_F(Start, flushes_before_a_hand_over_where_that_is_forced)
{
	platform_policies.flush_is_forced = true;
	platform_policies.no_features = false;
	platform_policies.no_clflush = false;
	platform_reset();
	EXPECT_EQ(tdx_core_start(), 0);
	EXPECT_TRUE(is_shown("flush_before_hand_over=\"needed\""));
	platform_policies.no_clflush = true;
	platform_reset();
	EXPECT_EQ(tdx_core_start(), 0);
	EXPECT_TRUE(is_shown("flush_before_hand_over=\"forced\""));
	tdx_page_array *tdr = tdx_page_array_create(1);
	EXPECT_EQ(tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1), 0U);
	EXPECT_EQ(seam_judge_flushed_pages(&seam_model), 1U);
	EXPECT_EQ(seam_model.finding_count, 0U);
	platform_reset();
	EXPECT_EQ(tdx_page_array_leak(tdr), -EUCLEAN);
	EXPECT_EQ(tdx_page_array_retry_quarantine(), 1U);
}

/* The log line about pages that stay when the core stops; none if there are no such pages. */
[[noreturn]] void end_with(u32 kept, u32 quarantined)
{
	std::string line;

	seam_model.config.ext_pool_pages = kept;
	tdx_extensions_start();
	if (quarantined) {
		tdx_page_array *array = tdx_page_array_create(quarantined);
		tdx_tdh_mng_create(array, tdx_global_keyid() + 1);
		tdx_page_array_leak(array);
	}
	if (kept || quarantined)
		line = "<6>tdx_page_array: unloading: " + std::to_string(kept) +
		       " pages kept by the TDX module and " + std::to_string(quarantined) +
		       " pages in quarantine stay allocated until reboot";
	platform_unread_line[0] = 0;
	platform_on_line = [](void *, const char *, size_t) {};
	tdx_core_stop();
	exit(platform_unread_line == line ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* In a new process that has run no other test. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity): that of the macro */
TEST_F(Start, an_unload_reports_the_pages_that_stay)
{
	GTEST_FLAG_SET(death_test_style, "threadsafe");
	for (const u32 quarantined : {0U, 1U})
		for (const u32 kept : {0U, platform_policies.no_features ? 0U : 3U})
			EXPECT_EXIT(end_with(kept, quarantined),
				    testing::ExitedWithCode(EXIT_SUCCESS), "");
	GTEST_FLAG_SET(death_test_style, "fast");
}

struct Failure {
	u16 leaf;
	u16 nth;
	int error;
	u64 value;
	const char *words;
	Kind kind = SEAM_INJECT_STATUS;
};

constexpr u64 kUnknown = 0xC0000FFF00000000;

const Failure kFailures[] = {
	{SEAM_SYS_RD, 1, -ENODEV, 0, "no TDX module is loaded: SEAMCALL fails with VMfailInvalid. ",
	 SEAM_INJECT_VMFAILINVALID},
	{SEAM_SYS_RD, 1, -EACCES, 0, "SEAMCALL raises #UD: VMX is off on this CPU. ",
	 SEAM_INJECT_UD},
	{SEAM_SYS_RD, 1, -EOPNOTSUPP, 0, "SEAMCALL raises #GP: this platform has no TDX ",
	 SEAM_INJECT_GP},
	{SEAM_SYS_RD, 1, -ENODEV, SEAM_SYS_SHUTDOWN, "the TDX module was shut down: "},
	{SEAM_SYS_RD, 1, -ENODEV, SEAM_SYS_NOT_READY,
	 "the TDX module is loaded but not initialised. "},
	{SEAM_SYS_RD, 1, -EIO, kUnknown,
	 "the TDX module cannot be used (TDH.SYS.RD: unknown status, status "},
	{SEAM_PHYMEM_PAGE_RDMD, 1, -EIO, kUnknown,
	 "the TDX module cannot be used (TDH.PHYMEM.PAGE.RDMD: "},
	{SEAM_PHYMEM_PAGE_RDMD, 1, -ENODEV, SEAM_SYS_NOT_READY,
	 "the TDX module is loaded but not initialised. "},
	{SEAM_PHYMEM_PAGE_RDMD, 2, -EIO, kUnknown,
	 "the TDX module cannot be used (TDH.PHYMEM.PAGE.RDMD: "},
	{SEAM_PHYMEM_PAGE_RDMD, 2, -EOPNOTSUPP, SEAM_SUCCESS, "Dynamic PAMT is in use, "},
	{SEAM_PHYMEM_PAGE_RDMD, 2, -EOPNOTSUPP, SEAM_OPERAND_ADDR_RANGE_ERROR,
	 "Dynamic PAMT is in use, "},
};

TEST_F(Start, fails_with_one_line)
{
	for (const Failure &failure : kFailures) {
		SCOPED_TRACE(failure.words);
		lines.clear();
		plan(failure.leaf, failure.nth, failure.value, failure.kind);
		expect_failure(failure.error, failure.words);
		EXPECT_EQ(seam_model_pending_injections(&seam_model), 0U);
	}
}

TEST_F(Start, name_the_missing_cpu_feature)
{
	platform_lack.keyid_partitioning = true;
	expect_failure(-ENODEV, "this CPU has no KeyIDs: MSR 0x87 ");
	lines.clear();
	platform_lack = {.private_keyids = true};
	expect_failure(-ENODEV, "this CPU has no private KeyIDs ");
	lines.clear();
	platform_lack = {.movdir64b = true};
	platform_policies.pw_mce = true;
	expect_failure(-EOPNOTSUPP, "this CPU has the partial-write machine check erratum ");
	lines.clear();
	platform_policies.pw_mce = false;
	EXPECT_EQ(tdx_core_start(), 0);
}

/* Memory that was added after boot. */
TEST_F(Start, a_page_outside_of_tdx_memory_is_no_error)
{
	plan(SEAM_PHYMEM_PAGE_RDMD, 1, SEAM_OPERAND_ADDR_RANGE_ERROR);
	EXPECT_EQ(tdx_core_start(), 0);
}

TEST_F(Start, report_what_was_found)
{
	EXPECT_EQ(tdx_core_start(), 0);
	ASSERT_EQ(lines.size(), 1U);
	EXPECT_TRUE(lines[0].starts_with("tdx_page_array: TDX module 1.5.25: private KeyIDs 32 to "
					 "63, global KeyID 32; extensions "))
		<< lines[0];
	EXPECT_EQ(tdx_global_keyid(), 32);
}

TEST_F(Start, say_that_the_version_is_unknown)
{
	u32 unknown = 0;

	platform_reset();
	EXPECT_EQ(tdx_core_start(), 0);
	const u64 reads = seam_model.calls[SEAM_SYS_RD];
	for (u64 nth = 1; nth <= reads; nth++) {
		lines.clear();
		plan(SEAM_SYS_RD, nth, SEAM_OPERAND_INVALID);
		tdx_core_start();
		ASSERT_EQ(lines.size(), 1U);
		/* A core that does not start has another line. */
		unknown += lines[0].find("TDX module 0.0.0 (version unknown): ") !=
			   std::string::npos;
	}
	/* Major, minor and update version. */
	EXPECT_EQ(unknown, 3U);
}

TEST(Statuses, have_an_errno)
{
	EXPECT_EQ(tdx_status_to_errno(TDX_PAGE_ARRAY_REFUSED | 1), -1);
	EXPECT_EQ(tdx_status_to_errno(TDX_PAGE_ARRAY_REFUSED | 4095), -4095);
	EXPECT_EQ(tdx_status_to_errno(TDX_PAGE_ARRAY_REFUSED | 4096), -EIO);
	EXPECT_EQ(tdx_status_to_errno(TDX_PAGE_ARRAY_REFUSED), -EIO);
	EXPECT_EQ(tdx_status_to_errno(0), 0);
	EXPECT_EQ(tdx_status_to_errno(TDX_SHIM_VMFAILINVALID), -ENODEV);
	EXPECT_EQ(tdx_status_to_errno(TDX_SHIM_UD), -EACCES);
	EXPECT_EQ(tdx_status_to_errno(TDX_SHIM_GP), -EOPNOTSUPP);
	EXPECT_EQ(tdx_status_to_errno(SEAM_OPERAND_BUSY), -EBUSY);
	EXPECT_EQ(tdx_status_to_errno(SEAM_SYS_BUSY), -EBUSY);
	EXPECT_EQ(tdx_status_to_errno(SEAM_RND_NO_ENTROPY), -EAGAIN);
	EXPECT_EQ(tdx_status_to_errno(SEAM_OPERAND_INVALID), -EIO);
	/* PAGE_ALREADY_FREE: neither error nor success */
	EXPECT_EQ(tdx_status_to_errno(0x0000030100000000ULL), -EIO);
	EXPECT_EQ(tdx::errno_in(tdx::error_pointer<page>(-4095)), -4095);
	EXPECT_EQ(tdx::errno_in(tdx::error_pointer<page>(-4096)), 0);
}

} // namespace
