// SPDX-License-Identifier: GPL-2.0
/* Starting the core where it cannot work: the errno that insmod gets, one line, and nothing changes. */
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "../seam/seam_emulator.h"
}

#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

/* The core was started when the program began; a start that fails leaves it as it is. */
class Start : public testing::Test {
protected:
	void TearDown() override
	{
		platform_policies = policies_;
		platform_lack = {};
		EXPECT_EQ(seam_model_pending_injections(&seam_model), 0U);
		platform_reset();
		tdx_page_array *array = tdx_page_array_create(1);
		EXPECT_EQ(tdx_page_array_release(array), 0);
	}

	static seam_injection answer_of(u16 leaf, u64 status)
	{
		seam_injection injection{};

		injection.kind = seam_injection::SEAM_INJECT_STATUS;
		injection.leaf = leaf;
		injection.nth = 1;
		injection.times = 1;
		injection.value = status;
		return injection;
	}

	/* The next call of @leaf is answered with @status. */
	static void answer(u16 leaf, u64 status)
	{
		const seam_injection injection = answer_of(leaf, status);

		ASSERT_TRUE(seam_model_inject(&seam_model, &injection));
	}

	static std::string shown(u32 view)
	{
		char text[4096] = "";
		FILE *to = fmemopen(text, sizeof(text), "w");

		EXPECT_EQ(tdx_core_show(view, to), 0);
		fclose(to);
		return text;
	}

	/* Hands over a TDR on a platform with the settings of the test. */
	static void expect_flushes(const char *said, u64 flushes)
	{
		platform_reset();
		ASSERT_EQ(tdx_core_start(), 0);
		EXPECT_NE(shown(TDX_CORE_VIEW_MODULE)
				  .find("flush_before_hand_over=\"" + std::string(said)),
			  std::string::npos);
		tdx_page_array *tdr = tdx_page_array_create(1);
		EXPECT_EQ(tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1), 0U);
		EXPECT_EQ(seam_judge_flushed_pages(&seam_model), flushes) << said;
		EXPECT_EQ(seam_model.finding_count, 0U);
		platform_reset();
		EXPECT_EQ(tdx_page_array_leak(tdr), -EUCLEAN);
		EXPECT_EQ(tdx_page_array_retry_quarantine(), 1U);
	}

private:
	const struct platform_policies policies_ = platform_policies;
};

TEST_F(Start, fails_when_pages_could_not_be_converted)
{
	platform_policies.pw_mce = true;
	platform_lack.movdir64b = true;
	EXPECT_EQ(tdx_core_start(), -EOPNOTSUPP);
}

TEST_F(Start, fails_when_the_module_returns_an_unknown_status)
{
	answer(SEAM_SYS_RD, 0xC0000FFF00000000);
	EXPECT_EQ(tdx_core_start(), -EIO);
}

TEST_F(Start, fails_when_the_module_is_not_ready_for_pages)
{
	answer(SEAM_PHYMEM_PAGE_RDMD, SEAM_SYS_NOT_READY);
	EXPECT_EQ(tdx_core_start(), -ENODEV);
}

TEST_F(Start, works_on_a_module_without_a_version)
{
	seam_injection injection = answer_of(SEAM_SYS_RD, SEAM_OPERAND_INVALID);

	/* Earlier reads are about features. */
	injection.nth = 4;
	ASSERT_TRUE(seam_model_inject(&seam_model, &injection));
	EXPECT_EQ(tdx_core_start(), 0);
	answer(SEAM_SYS_RD, SEAM_OPERAND_INVALID);
	EXPECT_NE(shown(TDX_CORE_VIEW_MODULE).find("version=-\n"), std::string::npos);
	EXPECT_EQ(shown(TDX_CORE_VIEW_MODULE).find("version=-\n"), std::string::npos);
}

/* A feature bit without its metadata: the TDX module has the feature, but the kernel did not enable it. */
TEST_F(Start, distinguishes_features_that_are_not_enabled_from_those_that_do_not_exist)
{
	constexpr u64 kAll = SEAM_FEATURE_EXT | SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_QUOTE;

	seam_model.config.features0 = kAll;
	seam_model.config.other_meaning = kAll;
	EXPECT_EQ(tdx_core_start(), 0);
	EXPECT_NE(shown(TDX_CORE_VIEW_MODULE)
			  .find("extensions=\"not enabled\"\ntdx_connect=\"not enabled\"\n"
				"quoting=\"not enabled\"\n"),
		  std::string::npos);
	EXPECT_EQ(tdx_tdh_quote_init(), TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP);

	seam_model.config.features0 = 0;
	EXPECT_EQ(tdx_core_start(), 0);
	EXPECT_NE(shown(TDX_CORE_VIEW_MODULE)
			  .find("extensions=\"not supported\"\ntdx_connect=\"not supported\"\n"
				"quoting=\"not supported\"\n"),
		  std::string::npos);
	platform_reset();
	EXPECT_EQ(tdx_core_start(), 0);
}

/* A recorded answer about a 2M region. */
struct Recorded {
	std::string line;
	bool dynamic; /* the PAMT was dynamic */
	u64 status;
};

constexpr std::string_view kQuestion = " rax=0x18 rcx=P", kLevel = "+0x1 -> rax=";

/* Adds the answers of one file. */
void take_recorded(const std::filesystem::path &file, std::vector<Recorded> &recorded)
{
	std::ifstream lines(file);
	bool dynamic = false;

	for (std::string line; std::getline(lines, line);) {
		const size_t question = line.find(kQuestion), level = line.find(kLevel);

		if (line.starts_with("config "))
			dynamic = line.find(" dpamt=1") != std::string::npos;
		if (question == std::string::npos || level == std::string::npos)
			continue;
		/* Only addresses at the beginning of a region: others are refused for their alignment. */
		if (std::stoull(line.substr(question + kQuestion.size())) % 512)
			continue;
		recorded.push_back({file.string() + ": " + line, dynamic,
				    std::stoull(line.substr(level + kLevel.size()), nullptr, 16)});
	}
}

/* The real module answers with an error if the PAMT is static, and with the entry otherwise. */
TEST_F(Start, detects_dynamic_pamt_by_each_recorded_answer)
{
	std::vector<Recorded> recorded;

	for (const auto &file : std::filesystem::recursive_directory_iterator(VECTORS))
		take_recorded(file.path(), recorded);
	EXPECT_GE(std::ranges::count(recorded, true, &Recorded::dynamic), 4);
	EXPECT_GE(std::ranges::count(recorded, false, &Recorded::dynamic), 2);
	for (const Recorded &answer : recorded) {
		seam_injection injection = answer_of(SEAM_PHYMEM_PAGE_RDMD, answer.status);

		/* The first RDMD is about a 4K page. */
		injection.nth = 2;
		ASSERT_TRUE(seam_model_inject(&seam_model, &injection));
		EXPECT_EQ(tdx_core_start(), answer.dynamic ? -EOPNOTSUPP : 0) << answer.line;
	}
}

std::vector<u64> asked;

/* The page is in the upper half of 4M, and not at the beginning of its 2M. */
TEST_F(Start, asks_about_the_region_of_its_page)
{
	constexpr u64 kRegion = u64{1} << 21;
	std::vector<page *> taken;

	while (taken.size() < 513 || machine_pfn(taken.back()) % 1024 != 512)
		taken.push_back(machine_alloc(0, 0));
	asked.clear();
	platform_after_seamcall = [](u16 leaf, seam_outcome, seam_registers *) {
		seam_registers in;

		seam_emulator_last_call(leaf, &in);
		if (leaf == SEAM_PHYMEM_PAGE_RDMD)
			asked.push_back(in.r[SEAM_RCX]);
	};
	EXPECT_EQ(tdx_core_start(), 0);
	platform_after_seamcall = nullptr;
	for (page *page : taken)
		machine_put(page, 0);
	ASSERT_EQ(asked.size(), 2U);
	EXPECT_EQ(asked[0] % kRegion, 4096U);
	EXPECT_EQ(asked[1], asked[0] - 4096 + 1);
}

/* Here the model answers. */
TEST_F(Start, fails_where_dynamic_pamt_is_in_use)
{
	seam_model.config.dynamic_pamt = 1;
	EXPECT_EQ(tdx_core_start(), -EOPNOTSUPP);
	seam_model.config.dynamic_pamt = 0;
	EXPECT_EQ(tdx_core_start(), 0);
}

/* The administrator may force flushes although the module says that it needs none. */
TEST_F(Start, flushes_before_a_hand_over_where_it_is_needed_or_forced)
{
	const struct {
		bool is_needed, is_forced;
		const char *shown;
		u64 flushes;
	} rows[] = {
		{false, false, "not needed", 0},
		{false, true, "forced", 1},
		{true, false, "needed", 1},
		{true, true, "needed", 1},
	};
	const struct platform_policies before = platform_policies;

	platform_policies.no_features = false;
	for (const auto &row : rows) {
		platform_policies.no_clflush = !row.is_needed;
		platform_policies.flush_is_forced = row.is_forced;
		expect_flushes(row.shown, row.flushes);
	}
	platform_policies = before;
	platform_reset();
	EXPECT_EQ(tdx_core_start(), 0);
}

/* The log line about pages that stay when the core stops; none if there are no such pages. */
[[noreturn]] void end_with(bool kept, bool quarantined)
{
	std::string line;

	if (kept) {
		seam_model.config.ext_pool_pages = 3;
		tdx_extensions_start();
	}
	if (quarantined) {
		tdx_page_array *array = tdx_page_array_create(1);
		tdx_tdh_mng_create(array, tdx_global_keyid() + 1);
		tdx_page_array_leak(array);
	}
	if (kept || quarantined)
		line = std::string("<6>tdx_page_array: unloading: ") + (kept ? "3" : "0") +
		       " pages kept by the TDX module and " + (quarantined ? "1" : "0") +
		       " pages in quarantine stay allocated until reboot";
	platform_unread_line[0] = 0;
	platform_on_line = [](void *, const char *, size_t) {};
	tdx_core_stop();
	exit(platform_unread_line == line ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* NOLINTNEXTLINE(readability-function-cognitive-complexity): that of the macro */
void expect_end_with(bool kept, bool quarantined)
{
	EXPECT_EXIT(end_with(kept, quarantined), testing::ExitedWithCode(EXIT_SUCCESS), "");
}

/* In a new process that has run no other test. */
TEST_F(Start, an_unload_reports_the_pages_that_stay)
{
	const bool has_extensions = !platform_policies.no_features;

	GTEST_FLAG_SET(death_test_style, "threadsafe");
	expect_end_with(false, false);
	expect_end_with(false, true);
	expect_end_with(has_extensions, false);
	expect_end_with(has_extensions, true);
	GTEST_FLAG_SET(death_test_style, "fast");
}

} // namespace
