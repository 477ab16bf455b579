// SPDX-License-Identifier: GPL-2.0
/* The text by which a user plans faults: what it means, and what is refused. */
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "platform.h"

namespace {

using Kind = decltype(seam_injection::kind);
using enum Kind;

/* kind, leaf, nth, times, value */
using Fields = std::array<u64, 5>;

struct Meaning {
	const char *text;
	Fields fields;
};

constexpr Meaning kMeanings[] = {
	{"TDH.SPDM.DELETE 1 1 status BUSY",
	 {SEAM_INJECT_STATUS, SEAM_SPDM_DELETE, 1, 1, 0x8000020000000000}},
	{"0x83 1 4294967295 status-after TDX_OPERAND_INVALID",
	 {SEAM_INJECT_STATUS_AFTER, SEAM_SPDM_DELETE, 1, 0xFFFFFFFF, 0xC000010000000000}},
	{"TDH.SYS.RD 1 1 status 18446744073709551615",
	 {SEAM_INJECT_STATUS, SEAM_SYS_RD, 1, 1, ~0ULL}},
	{"TDH.SYS.RD 1 0x5 status 0xabcdef0123456789",
	 {SEAM_INJECT_STATUS, SEAM_SYS_RD, 1, 5, 0xabcdef0123456789}},
	{"TDH.SYS.RD 1 1 status 0xABCDEF", {SEAM_INJECT_STATUS, SEAM_SYS_RD, 1, 1, 0xABCDEF}},
	{"TDH.SYS.RD 1 1 vmfailinvalid", {SEAM_INJECT_VMFAILINVALID, SEAM_SYS_RD, 1, 1, 0}},
	{"\tTDH.SYS.RD  1\t1 gp \n", {SEAM_INJECT_GP, SEAM_SYS_RD, 1, 1, 0}},
	{"TDH.SYS.RD 1 1 ud", {SEAM_INJECT_UD, SEAM_SYS_RD, 1, 1, 0}},
	{"TDH.EXT.MEM.ADD 1 2 interrupt 3", {SEAM_INJECT_INTERRUPT, SEAM_EXT_MEM_ADD, 1, 2, 3}},
	{"TDH.SPDM.DELETE 1 1 bad-response swapped-pages",
	 {SEAM_INJECT_BAD_RESPONSE, SEAM_SPDM_DELETE, 1, 1, SEAM_BAD_SWAPPED_PAGES}},
	{"131 1 1 bad-response 7",
	 {SEAM_INJECT_BAD_RESPONSE, SEAM_SPDM_DELETE, 1, 1, SEAM_BAD_KEEPS_PAGES}},
	{"TDH.QUOTE.GET 1 1 bad-response long-output",
	 {SEAM_INJECT_BAD_RESPONSE, SEAM_QUOTE_GET, 1, 1, SEAM_BAD_LONG_OUTPUT}},
	{"TDH.EXT.MEM.ADD 1 1 bad-response wrong-resume",
	 {SEAM_INJECT_BAD_RESPONSE, SEAM_EXT_MEM_ADD, 1, 1, SEAM_BAD_WRONG_RESUME}},
	{"TDH.SPDM.CREATE 1 1 all-registers TD_FATAL",
	 {SEAM_INJECT_ALL_REGISTERS, SEAM_SPDM_CREATE, 1, 1, 0xE000060400000000}},
	{"TDH.SPDM.CREATE 1 1 outputs SYS_BUSY",
	 {SEAM_INJECT_OUTPUTS, SEAM_SPDM_CREATE, 1, 1, 0x8000020200000000}},
	{"TDH.MNG.ADDCX 6 10 no-entropy", {SEAM_INJECT_NO_ENTROPY, SEAM_MNG_ADDCX, 6, 10, 0}},
};

struct Refusal {
	const char *text;
	const char *words; /* in the message */
};

constexpr Refusal kRefusals[] = {
	{"", "want LEAF NTH TIMES KIND"},
	{"131 1 1", "want LEAF NTH TIMES KIND"},
	{"131 1 1 status BUSY now", "text behind"},
	{"TDH.SPDM.DELET 1 1 gp", "LEAF has to be"},
	{"tdh.spdm.delete 1 1 gp", "LEAF has to be"},
	{"256 1 1 gp", "LEAF has to be"},
	{"5 1 1 gp", "LEAF has to be"}, /* not a leaf of the model */
	{"0x 1 1 gp", "LEAF has to be"},
	{"0x8g 1 1 gp", "LEAF has to be"},
	{"12a 1 1 gp", "LEAF has to be"}, /* would be 130, which is a leaf */
	{"131 0 1 gp", "NTH has to be"},
	{"131 4294967296 1 gp", "NTH has to be"},
	{"131 1 0 gp", "TIMES has to be"},
	{"131 1 0x100000001 gp", "TIMES has to be"},
	{"131 1 1 nonsense", "KIND has to be"},
	{"131 1 1 status", "VALUE has to be a status"},
	{"131 1 1 status TDX_", "VALUE has to be a status"},
	{"131 1 1 status 18446744073709551616", "VALUE has to be a status"},
	{"131 1 1 outputs swapped-pages", "VALUE has to be a status"},
	{"131 1 1 ud 0", "no VALUE"},
	{"61 1 1 interrupt", "number of list entries"},
	{"61 1 1 interrupt 0", "number of list entries"},
	{"131 1 1 interrupt 1", "cannot be interrupted"},
	{"131 1 1 bad-response", "one of swapped-pages"},
	{"131 1 1 bad-response 0", "one of swapped-pages"},
	{"131 1 1 bad-response 10", "one of swapped-pages"},
	{"131 1 1 bad-response long-output", "or give this bad response"},
	{"131 1 1 no-entropy", "need no random numbers"},
	{"TDH.MNG.CREATE 1 1 no-entropy 1", "no VALUE"},
	{"131 1 1 bad-response wrong-resume", "or give this bad response"},
	{"TDH.SPDM.CREATE 1 1 bad-response swapped-pages", "or give this bad response"},
};

TEST(PlannedFaults, are_read_from_their_text)
{
	for (const Meaning &meaning : kMeanings) {
		seam_injection injection;
		const char *flaw = seam_injection_from_text(meaning.text, &injection);
		const Fields fields = {static_cast<u64>(injection.kind), injection.leaf,
				       injection.nth, injection.times, injection.value};

		EXPECT_EQ(flaw, nullptr) << meaning.text << ": " << flaw;
		EXPECT_EQ(fields, meaning.fields) << meaning.text;
	}
}

TEST(PlannedFaults, are_refused_when_they_are_not_understood)
{
	for (const Refusal &refusal : kRefusals) {
		seam_injection injection;
		const char *flaw = seam_injection_from_text(refusal.text, &injection);

		SCOPED_TRACE(refusal.text);
		ASSERT_NE(flaw, nullptr);
		EXPECT_NE(std::string(flaw).find(refusal.words), std::string::npos) << flaw;
	}
}

/* Each name of a leaf in the model is understood. */
TEST(PlannedFaults, take_each_leaf_by_its_name)
{
	u32 found = 0;

	for (u16 leaf = 0; leaf < SEAM_LEAVES; leaf++) {
		const std::string name = seam_leaf_name(leaf);
		seam_injection injection;

		if (name == "unknown leaf")
			continue;
		ASSERT_EQ(seam_injection_from_text((name + " 1 1 gp").c_str(), &injection), nullptr)
			<< name;
		EXPECT_EQ(injection.leaf, leaf);
		found++;
	}
	EXPECT_GT(found, 30U);
}

} // namespace
