// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU with the partial-write machine check erratum, as the emulator makes one of the guest's: the
 * judge sees each line that MOVDIR64B converts. What it reports is in own_model_judge.
 */
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/special_insns.h>
#include <asm/trapnr.h>

#include "raw.h"

#define LINE_SIZE 64

static bool erratum_before;

static bool judge_knows_erratum(void)
{
	return config_now().partial_write_erratum;
}

static int erratum_init(struct kunit *test)
{
	harness_init(test);
	erratum_before = judge_knows_erratum();
	seam_emulator_set_pw_mce(true);
	return 0;
}

static void erratum_exit(struct kunit *test)
{
	seam_emulator_set_pw_mce(erratum_before);
	harness_exit(test);
}

static void one_line_that_was_left_out_is_found(struct kunit *test)
{
	struct page *page = raw_dirty_page(test);
	const u8 zeroes[LINE_SIZE] = {};
	unsigned int offset;

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid()));
	for (offset = LINE_SIZE; offset < PAGE_SIZE; offset += LINE_SIZE)
		movdir64b(page_address(page) + offset, zeroes);
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_UNCONVERTED);
}

/* Other registers than in the kernel's inline function; returns the trap number in RAX. */
static unsigned long movdir64b_or_trap(void *to, const void *from)
{
	unsigned long trap = 0;

	/* MOVDIR64B (%rsi), %rdi */
	asm volatile("1: .byte 0x66, 0x0f, 0x38, 0xf8, 0x3e\n"
		     "2:\n" _ASM_EXTABLE_FAULT(1b, 2b)
		     : "+a"(trap)
		     : "D"(to), "S"(from)
		     : "memory");
	return trap;
}

static void movdir64b_moves_one_whole_line(struct kunit *test)
{
	u8 *page = page_address(make_page(test));
	u8 line[LINE_SIZE];

	memset(line, 0xa5, sizeof(line));
	movdir64b(page + LINE_SIZE, line);
	KUNIT_EXPECT_EQ(test, page[LINE_SIZE - 1], 0);
	KUNIT_EXPECT_MEMEQ(test, page + LINE_SIZE, line, LINE_SIZE);
	KUNIT_EXPECT_EQ(test, page[2 * LINE_SIZE], 0);
	KUNIT_EXPECT_EQ(test, movdir64b_or_trap(page + 8, line), X86_TRAP_GP);
	KUNIT_EXPECT_EQ(test, page[8], 0);
	KUNIT_EXPECT_EQ(test, movdir64b_or_trap(page, line), 0);
	KUNIT_EXPECT_EQ(test, page[8], 0xa5);
}

static void the_erratum_survives_a_reset(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, boot_cpu_has_bug(X86_BUG_TDX_PW_MCE));
	KUNIT_EXPECT_TRUE(test, boot_cpu_has(X86_FEATURE_MOVDIR64B));
	seam_emulator_reset();
	KUNIT_EXPECT_TRUE(test, judge_knows_erratum());
	seam_emulator_set_pw_mce(false);
	KUNIT_EXPECT_FALSE(test, boot_cpu_has_bug(X86_BUG_TDX_PW_MCE));
	KUNIT_EXPECT_FALSE(test, boot_cpu_has(X86_FEATURE_MOVDIR64B));
	KUNIT_EXPECT_FALSE(test, judge_knows_erratum());
	raw_free_page(test, raw_dirty_page(test), tdx_global_keyid());
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_line_that_was_left_out_is_found),
	KUNIT_CASE(movdir64b_moves_one_whole_line),
	KUNIT_CASE(the_erratum_survives_a_reset),
	{},
};

TEST_SUITE("model_erratum", erratum_init, erratum_exit);
