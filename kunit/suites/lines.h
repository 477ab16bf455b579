/* SPDX-License-Identifier: GPL-2.0 */
/* The lines that the module writes to the kernel log, for tests of bad input: one line and one errno for each. */
#ifndef TDX_PAGE_ARRAY_LINES_H
#define TDX_PAGE_ARRAY_LINES_H

#include "harness.h"

/* Suite callbacks: the lines are recorded while the suite runs. */
int watch_lines(struct kunit_suite *suite);
void stop_watching_lines(struct kunit_suite *suite);

/* The suite of a file, with these callbacks. */
#define LINES_SUITE(NAME) \
	static struct kunit_suite suite = {.name = (NAME), \
					   .suite_init = watch_lines, \
					   .suite_exit = stop_watching_lines, \
					   .init = harness_init, \
					   .exit = harness_exit, \
					   .test_cases = cases}; \
	kunit_test_suite(suite)

/* Clears the record; the number of lines since then; true if the last one contains these words. */
void forget_lines(void);
unsigned int lines_since(void);
bool last_line_has(const char *words);

static inline int errno_of_int(int error)
{
	return error;
}

static inline int errno_of_count(unsigned int count)
{
	return count ? 0 : -EINVAL;
}

static inline int errno_of_status(u64 status)
{
	return tdx_status_to_errno(status);
}

static inline int errno_of_pointer(const void *pointer)
{
	return IS_ERR(pointer) ? PTR_ERR(pointer) : 0;
}

/* The errno of a public function's result of any type. */
#define ERRNO_OF(CALL) \
	_Generic((CALL), int \
		 : errno_of_int, unsigned int \
		 : errno_of_count, u64 \
		 : errno_of_status, default \
		 : errno_of_pointer)(CALL)

/*
 * The call writes exactly one line, an error that contains the words (# stands for any number), and returns -@ERROR. If the
 * words say "not issued", there is no SEAMCALL.
 */
#define EXPECT_LINE(TEST, ERROR, CALL, WORDS) \
	do { \
		const u64 seamcalls_ = begin_line(TEST); \
\
		KUNIT_EXPECT_EQ_MSG(TEST, ERRNO_OF(CALL), -(ERROR), #CALL); \
		expect_line(TEST, #CALL, WORDS, seamcalls_); \
	} while (0)
u64 begin_line(struct kunit *test);
void expect_line(struct kunit *test, const char *call, const char *words, u64 seamcalls);

#endif
