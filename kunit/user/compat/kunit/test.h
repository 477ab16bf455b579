/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of KUnit as the suites use, on top of GoogleTest (runner.cc): the same sources are tests in
 * the kernel and in user space.
 */
#ifndef COMPAT_KUNIT_TEST_H
#define COMPAT_KUNIT_TEST_H

#include <setjmp.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#define KUNIT_PARAM_DESC_SIZE 128

struct kunit {
	void *priv;
	const void *param_value;
	jmp_buf abort;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(struct kunit *test, const void *previous, char *description);
	bool alone;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

void user_kunit_register(struct kunit_suite *suite);
void user_kunit_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Actions run after the suite's exit, the last one first. */
typedef void kunit_action_t(void *context);
int kunit_add_action_or_reset(struct kunit *test, kunit_action_t *action, void *context);
void *kunit_kzalloc(struct kunit *test, size_t bytes, int gfp);

#define kunit_test_suite(suite) \
	__attribute__((constructor)) static void register_##suite(void) \
	{ \
		user_kunit_register(&(suite)); \
	}

#define KUNIT_CASE(function) \
	{ \
		.run_case = (function), .name = #function \
	}
/* In user space only: runs in a process of its own, in which pages may be lost; later tests still have them. */
#define KUNIT_CASE_ALONE(function) \
	{ \
		.run_case = (function), .name = #function, .alone = true \
	}
#define KUNIT_CASE_PARAM(function, generator) \
	{ \
		.run_case = (function), .name = #function, .generate_params = (generator) \
	}

#define KUNIT_ARRAY_PARAM(name, array, describe) \
	static const void *name##_gen_params(struct kunit *test, const void *previous, \
					     char *description) \
	{ \
		__typeof__(&(array)[0]) next = previous ? (__typeof__(next))previous + 1 \
							: (array); \
\
		if (next == (array) + ARRAY_SIZE(array)) \
			return NULL; \
		describe(next, description); \
		return next; \
	}

#define KUNIT_ARRAY_PARAM_DESC(name, array, member) \
	static void name##_describe(__typeof__(&(array)[0]) row, char *description) \
	{ \
		snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", row->member); \
	} \
	KUNIT_ARRAY_PARAM(name, array, name##_describe)

#define kunit_err(test, ...) fprintf(stderr, __VA_ARGS__)

/* A failed expectation continues, a failed assertion leaves the test. */
#define USER_KUNIT_CHECK(test, good, leave, ...) \
	do { \
		if (!(good)) { \
			user_kunit_fail(__FILE__, __LINE__, __VA_ARGS__); \
			if (leave) \
				longjmp((test)->abort, 1); \
		} \
	} while (0)
#define USER_KUNIT_COMPARE(test, left, op, right, leave, text) \
	do { \
		__auto_type left_ = (left); \
		__auto_type right_ = (right); \
\
		USER_KUNIT_CHECK(test, left_ op right_, leave, \
				 "%s " #op " %s: %lld (%#llx), %lld (%#llx) %s", #left, #right, \
				 (long long)left_, (long long)left_, (long long)right_, \
				 (long long)right_, text); \
	} while (0)

#define KUNIT_EXPECT_EQ(test, a, b)		   USER_KUNIT_COMPARE(test, a, ==, b, false, "")
#define KUNIT_EXPECT_NE(test, a, b)		   USER_KUNIT_COMPARE(test, a, !=, b, false, "")
#define KUNIT_EXPECT_GT(test, a, b)		   USER_KUNIT_COMPARE(test, a, >, b, false, "")
#define KUNIT_EXPECT_GE(test, a, b)		   USER_KUNIT_COMPARE(test, a, >=, b, false, "")
#define KUNIT_EXPECT_LE(test, a, b)		   USER_KUNIT_COMPARE(test, a, <=, b, false, "")
#define KUNIT_EXPECT_EQ_MSG(test, a, b, text, ...) USER_KUNIT_COMPARE(test, a, ==, b, false, text)
#define KUNIT_EXPECT_PTR_EQ(test, a, b) \
	USER_KUNIT_COMPARE(test, (const void *)(a), ==, (const void *)(b), false, "")
#define KUNIT_EXPECT_PTR_NE(test, a, b) \
	USER_KUNIT_COMPARE(test, (const void *)(a), !=, (const void *)(b), false, "")
#define KUNIT_EXPECT_TRUE(test, a)	    USER_KUNIT_CHECK(test, a, false, "%s", #a)
#define KUNIT_EXPECT_FALSE(test, a)	    USER_KUNIT_CHECK(test, !(a), false, "!(%s)", #a)
#define KUNIT_EXPECT_TRUE_MSG(test, a, ...) USER_KUNIT_CHECK(test, a, false, __VA_ARGS__)
#define KUNIT_EXPECT_NULL(test, a)	    USER_KUNIT_CHECK(test, !(a), false, "!%s", #a)
#define USER_KUNIT_POINTER(test, a, leave) \
	do { \
		const void *pointer_ = (a); \
\
		USER_KUNIT_CHECK(test, !IS_ERR_OR_NULL(pointer_), leave, "%s is %ld", #a, \
				 (long)pointer_); \
	} while (0)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, a) USER_KUNIT_POINTER(test, a, false)
#define KUNIT_EXPECT_STREQ(test, a, b) \
	USER_KUNIT_CHECK(test, !strcmp(a, b), false, "%s is '%s'", #a, a)
#define KUNIT_ASSERT_EQ(test, a, b)		   USER_KUNIT_COMPARE(test, a, ==, b, true, "")
#define KUNIT_ASSERT_NE(test, a, b)		   USER_KUNIT_COMPARE(test, a, !=, b, true, "")
#define KUNIT_ASSERT_GT(test, a, b)		   USER_KUNIT_COMPARE(test, a, >, b, true, "")
#define KUNIT_ASSERT_LE_MSG(test, a, b, text, ...) USER_KUNIT_COMPARE(test, a, <=, b, true, text)
#define KUNIT_ASSERT_TRUE(test, a)		   USER_KUNIT_CHECK(test, a, true, "%s", #a)
#define KUNIT_ASSERT_NOT_NULL(test, a)		   USER_KUNIT_CHECK(test, a, true, "%s", #a)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a)	   USER_KUNIT_POINTER(test, a, true)

/* Kernel warnings inside the block are expected and counted; outside they fail the test. */
void user_kunit_begin_suppress(void);
void user_kunit_end_suppress(void);
#define kunit_warning_suppress(test) \
	for (bool once_ = (user_kunit_begin_suppress(), true); once_; \
	     once_ = (user_kunit_end_suppress(), false))
unsigned int user_kunit_suppressed_now(void);
#define KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, count) \
	KUNIT_EXPECT_EQ(test, user_kunit_suppressed_now(), (unsigned int)(count))

#endif
