// SPDX-License-Identifier: GPL-2.0
/* How the judge treats accesses that a machine sees: the test acts as that machine. */
#include <kunit/test.h>
#include <linux/mm.h>

#include "../seam/seam_platform.h"
#include "harness.h"
#include "raw.h"

/* The machine reports accesses to pages that the module owns, or that still have private lines. */
static void an_access_that_the_machine_sees_is_judged(struct kunit *test)
{
	const u64 rip = 0xffffffff81000000ULL;
	struct seam_finding finding = {};
	struct page *plain = make_page(test), *page;
	u64 session, hpa, reads;

	page = raw_hand_over(test, &session);
	hpa = page_to_phys(page);
	reads = seam_platform_host_reads();
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(page_to_phys(plain)));
	seam_platform_host_accesses(page_to_phys(plain), rip, true);
	seam_platform_host_accesses(page_to_phys(plain), rip, false);
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(hpa));
	seam_platform_host_accesses(hpa + 8, rip, false);
	KUNIT_EXPECT_EQ(test, seam_platform_host_reads(), reads + 1);
	expect_findings(test, 0, 0);
	/* The changed content is not reported again. */
	seam_platform_host_accesses(hpa + 8, rip, true);
	((u8 *)page_address(page))[8] ^= 1;
	KUNIT_EXPECT_EQ(test, seam_emulator_take_findings(&finding, 1), 1);
	KUNIT_EXPECT_EQ(test, finding.kind, SEAM_HOST_WRITE_SEEN);
	KUNIT_EXPECT_EQ(test, finding.hpa, hpa);
	KUNIT_EXPECT_EQ(test, finding.rip, rip);
	/* The next write is reported, even if the machine does not see it. */
	((u8 *)page_address(page))[8] ^= 1;
	expect_findings(test, 1, SEAM_HOST_WROTE);

	raw_take_back(test, session);
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(hpa));
	seam_platform_host_accesses(hpa, rip, true);
	expect_findings(test, 1, SEAM_HOST_WRITE_SEEN);
	raw_make_safe(test, page, tdx_global_keyid());
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(hpa));
	__free_page(page);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_access_that_the_machine_sees_is_judged),
	{},
};

TEST_SUITE("judge_accesses", harness_init, harness_exit);
