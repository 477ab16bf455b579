// SPDX-License-Identifier: GPL-2.0
/* What the core logs when it starts or cannot start, and the errno that belongs to it. */
#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/cast.hpp"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

std::vector<std::string> lines;

void note_line(void *, const char *line, size_t length)
{
	lines.emplace_back(line, length);
}

struct Failure {
	const char *name;
	u16 leaf;
	u16 nth;
	decltype(seam_injection::kind) kind;
	u64 value;
	int error;
	const char *words;
};

constexpr u64 kUnknown = 0xC0000FFF00000000;

const Failure kFailures[] = {
	{"no_module", SEAM_SYS_RD, 1, seam_injection::SEAM_INJECT_VMFAILINVALID, 0, -ENODEV,
	 "no TDX module is loaded: SEAMCALL fails with VMfailInvalid. "},
	{"no_vmx", SEAM_SYS_RD, 1, seam_injection::SEAM_INJECT_UD, 0, -EACCES,
	 "SEAMCALL raises #UD: VMX is off on this CPU. "},
	{"no_platform", SEAM_SYS_RD, 1, seam_injection::SEAM_INJECT_GP, 0, -EOPNOTSUPP,
	 "SEAMCALL raises #GP: this platform has no TDX "},
	{"shut_down", SEAM_SYS_RD, 1, seam_injection::SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN,
	 -ENODEV, "the TDX module was shut down: "},
	{"not_initialised", SEAM_SYS_RD, 1, seam_injection::SEAM_INJECT_STATUS, SEAM_SYS_NOT_READY,
	 -ENODEV, "the TDX module is loaded but not initialised. "},
	{"unknown", SEAM_SYS_RD, 1, seam_injection::SEAM_INJECT_STATUS, kUnknown, -EIO,
	 "the TDX module cannot be used (TDH.SYS.RD: a status without a name here, status "},
	{"page_unknown", SEAM_PHYMEM_PAGE_RDMD, 1, seam_injection::SEAM_INJECT_STATUS, kUnknown,
	 -EIO, "the TDX module cannot be used (TDH.PHYMEM.PAGE.RDMD: "},
	{"page_not_initialised", SEAM_PHYMEM_PAGE_RDMD, 1, seam_injection::SEAM_INJECT_STATUS,
	 SEAM_SYS_NOT_READY, -ENODEV, "the TDX module is loaded but not initialised. "},
	{"region_unknown", SEAM_PHYMEM_PAGE_RDMD, 2, seam_injection::SEAM_INJECT_STATUS, kUnknown,
	 -EIO, "the TDX module cannot be used (TDH.PHYMEM.PAGE.RDMD: "},
	{"region_answered", SEAM_PHYMEM_PAGE_RDMD, 2, seam_injection::SEAM_INJECT_STATUS,
	 SEAM_SUCCESS, -EOPNOTSUPP, "Dynamic PAMT is in use, "},
	{"region_outside", SEAM_PHYMEM_PAGE_RDMD, 2, seam_injection::SEAM_INJECT_STATUS,
	 SEAM_OPERAND_ADDR_RANGE_ERROR, -EOPNOTSUPP, "Dynamic PAMT is in use, "},
};

class StartLines : public testing::Test {
protected:
	void SetUp() override
	{
		lines.clear();
		platform_on_line = note_line;
	}

	void TearDown() override
	{
		platform_on_line = nullptr;
		platform_policies = policies_;
		platform_lack = {};
		EXPECT_EQ(seam_model_pending_injections(&seam_model), 0U);
		platform_reset();
		EXPECT_EQ(tdx_core_start(), 0);
	}

	static void plan(u16 leaf, u16 nth, decltype(seam_injection::kind) kind, u64 value)
	{
		seam_injection injection{};

		injection.kind = kind;
		injection.leaf = leaf;
		injection.nth = nth;
		injection.times = 1;
		injection.value = value;
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

private:
	const struct platform_policies policies_ = platform_policies;
};

class StartFails : public StartLines, public testing::WithParamInterface<Failure> {};

TEST_P(StartFails, with_one_line)
{
	const Failure &failure = GetParam();

	plan(failure.leaf, failure.nth, failure.kind, failure.value);
	expect_failure(failure.error, failure.words);
}

INSTANTIATE_TEST_SUITE_P(Answers, StartFails, testing::ValuesIn(kFailures),
			 [](const testing::TestParamInfo<Failure> &info) {
				 return std::string(info.param.name);
			 });

TEST_F(StartLines, name_the_missing_cpu_feature)
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
TEST_F(StartLines, a_page_outside_of_tdx_memory_is_no_error)
{
	plan(SEAM_PHYMEM_PAGE_RDMD, 1, seam_injection::SEAM_INJECT_STATUS,
	     SEAM_OPERAND_ADDR_RANGE_ERROR);
	EXPECT_EQ(tdx_core_start(), 0);
}

TEST_F(StartLines, report_what_was_found)
{
	EXPECT_EQ(tdx_core_start(), 0);
	ASSERT_EQ(lines.size(), 1U);
	EXPECT_TRUE(lines[0].starts_with("tdx_page_array: TDX module 1.5.25: private KeyIDs 32 to "
					 "63, global KeyID 32; extensions "))
		<< lines[0];
	EXPECT_EQ(tdx_global_keyid(), 32);
}

TEST_F(StartLines, say_that_the_version_is_unknown)
{
	u32 unknown = 0;

	platform_reset();
	EXPECT_EQ(tdx_core_start(), 0);
	const u64 reads = seam_model.calls[SEAM_SYS_RD];
	for (u64 nth = 1; nth <= reads; nth++) {
		lines.clear();
		plan(SEAM_SYS_RD, nth, seam_injection::SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID);
		tdx_core_start();
		ASSERT_EQ(lines.size(), 1U);
		unknown += lines[0].find("TDX module 0.0.0 (version unknown): ") !=
			   std::string::npos;
	}
	/* Major, minor and update version. */
	EXPECT_EQ(unknown, 3U);
}

/* The TDX module is not asked about features that it does not have. */
TEST_F(StartLines, a_module_without_features_has_no_numbers_of_them)
{
	tdx_page_array_counters before, after;
	char text[4096] = "";

	seam_model.config.features0 = 0;
	EXPECT_EQ(tdx_core_start(), 0);
	FILE *to = fmemopen(text, sizeof(text), "w");
	tdx_page_array_count(&before);
	EXPECT_EQ(tdx_core_show(TDX_CORE_VIEW_MODULE, to), 0);
	tdx_page_array_count(&after);
	fclose(to);
	/* The version in three parts, and the bits of the features. */
	EXPECT_EQ(after.seamcalls - before.seamcalls, 4U);
	EXPECT_NE(std::string(text).find("\nextension_pages_wanted=-\nspdm_metadata_pages=-\n"
					 "spdm_device_info_pages=-\nide_metadata_pages=-\n"
					 "iommu_metadata_pages=-\n"),
		  std::string::npos)
		<< text;
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
	EXPECT_EQ(tdx_status_to_errno(SEAM_OPERAND_INVALID), -EIO);
	EXPECT_EQ(tdx::errno_in(tdx::error_pointer<page>(-4095)), -4095);
	EXPECT_EQ(tdx::errno_in(tdx::error_pointer<page>(-4096)), 0);
}

} // namespace
