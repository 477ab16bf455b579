/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel warnings that a test expects: counted, and not shown. KUnit of newer kernels does that; on
 * older ones the emulator does, by the same names.
 */
#ifndef TDX_PAGE_ARRAY_WARNINGS_H
#define TDX_PAGE_ARRAY_WARNINGS_H

#include <kunit/test.h>

#ifndef kunit_warning_suppress

/*
 * The warnings of the current task, from seam_emulator_hide_warnings() on; one task at a time. NULL
 * when the kernel cannot be made to: then the test does not do what would warn, and fails by that.
 */
struct kunit_suppressed_warning;
struct kunit_suppressed_warning *seam_emulator_hide_warnings(void);
void seam_emulator_show_warnings(void);
int seam_emulator_hidden_warnings(void);

static inline struct kunit_suppressed_warning *kunit_start_suppress_warning(struct kunit *test)
{
	return seam_emulator_hide_warnings();
}

static inline void kunit_end_suppress_warning(struct kunit *test,
					      struct kunit_suppressed_warning *warnings)
{
	seam_emulator_show_warnings();
}

static inline int kunit_suppressed_warning_count(struct kunit_suppressed_warning *warnings)
{
	return seam_emulator_hidden_warnings();
}

#define kunit_warning_suppress(test) \
	for (struct kunit_suppressed_warning *hidden_ = kunit_start_suppress_warning(test); \
	     hidden_; kunit_end_suppress_warning(test, hidden_), hidden_ = NULL)

#define KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, count) \
	KUNIT_EXPECT_EQ(test, seam_emulator_hidden_warnings(), count)

#endif
#endif
