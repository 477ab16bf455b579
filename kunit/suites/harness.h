/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by all suites: a reset of the TDX module before each test, and a check of judge and ledger
 * after it.
 */
#ifndef TDX_PAGE_ARRAY_HARNESS_H
#define TDX_PAGE_ARRAY_HARNESS_H

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "../config.h"
#include "../warnings.h"
#include "tdx_page_array.h"

/* Statuses that are in no table of this project. */
#define UNKNOWN_STATUS 0xC000EE0000000000ULL
#define FATAL_STATUS   0xE000060400000000ULL

/* How often a wrapper issues a SEAMCALL that returns BUSY or no entropy. */
#define WRAPPER_TRIES 10

/* A fault in @TIMES calls of @LEAF, from the @NTH call from now on. */
#define FROM_CALL(LEAF, NTH, TIMES, KIND, VALUE) \
	(&(struct seam_injection){ \
		.kind = (KIND), .leaf = (LEAF), .nth = (NTH), .times = (TIMES), .value = (VALUE)})
#define NTH_CALL(LEAF, NTH, KIND, VALUE) FROM_CALL(LEAF, NTH, 1, KIND, VALUE)
#define NEXT_CALL(LEAF, KIND, VALUE)	 NTH_CALL(LEAF, 1, KIND, VALUE)

/* Describes a test parameter that is a number of pages, or a leaf. */
static inline void describe_pages(const unsigned int *pages, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u pages", *pages);
}

static inline void describe_leaf(const u16 *leaf, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", seam_emulator_leaf_name(*leaf));
}

/* Callbacks of a suite. A suite's own callbacks call them first and last. */
int harness_init(struct kunit *test);
void harness_exit(struct kunit *test);

/* The suite of a file: runs @INIT before and @EXIT after each test of cases[]. */
#define TEST_SUITE(NAME, INIT, EXIT) \
	static struct kunit_suite suite = { \
		.name = (NAME), .init = (INIT), .exit = (EXIT), .test_cases = cases}; \
	kunit_test_suite(suite)

/* The statement warns @COUNT times. */
#define EXPECT_WARNINGS(TEST, COUNT, STATEMENT) \
	do { \
		kunit_warning_suppress(TEST) { \
			STATEMENT; \
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(TEST, COUNT); \
		} \
	} while (0)

/* The result of a public function or of a leaf. */
#define expect_success(TEST, CALL) KUNIT_EXPECT_EQ(TEST, CALL, SEAM_SUCCESS)
#define assert_success(TEST, CALL) KUNIT_ASSERT_EQ(TEST, CALL, SEAM_SUCCESS)
#define expect_refused(TEST, ERROR, CALL) \
	KUNIT_EXPECT_EQ(TEST, CALL, TDX_PAGE_ARRAY_REFUSED | (ERROR))

/* All these arrays are released, in this order. */
#define expect_released(TEST, ...) \
	expect_all_released(TEST, (struct tdx_page_array *[]){__VA_ARGS__, NULL})
void expect_all_released(struct kunit *test, struct tdx_page_array **arrays);

/* The configuration of the platform for this test. */
#define set_spdm_pages(PAGES)	     CHANGE_CONFIG(spdm_pages, PAGES)
#define set_ext_pool(PAGES)	     CHANGE_CONFIG(ext_pool_pages, PAGES)
#define set_ide_pages(PAGES)	     CHANGE_CONFIG(ide_pages, PAGES)
#define set_iommu_pages(PAGES)	     CHANGE_CONFIG(iommu_pages, PAGES)
#define set_interrupt_every(ENTRIES) CHANGE_CONFIG(interrupt_every, ENTRIES)
#define set_features0(FEATURES0)     CHANGE_CONFIG(features0, FEATURES0)

void inject(struct kunit *test, const struct seam_injection *injection);

/* The next call of @LEAF is not executed, and returns @STATUS. */
#define answer_next(TEST, LEAF, STATUS) inject(TEST, NEXT_CALL(LEAF, SEAM_INJECT_STATUS, STATUS))

/*
 * Interrupts the next call of @LEAF, and overwrites all output registers of those after it: judge and leaf require that each
 * resumption has the inputs of the first call.
 */
#define OVERWRITTEN_CALLS 3
void interrupt_and_overwrite(struct kunit *test, u16 leaf);

/* Creates an array of @pages; ends the test on failure. */
struct tdx_page_array *make_array(struct kunit *test, unsigned int pages);

/* Creates the metadata of an IOMMU; ends the test on failure. */
struct tdx_page_array *make_iommu_mt(struct kunit *test, unsigned int iq_order,
				     unsigned int nr_mt_pages);

/* A page of zeroes, freed when the test has ended. */
struct page *make_page(struct kunit *test);

/* A session on an array of @pages, which the module requires from now on. */
struct tdx_page_array *make_session(struct kunit *test, unsigned int pages, u64 *session);

/* Deletes the session, or clears the IOMMU, and releases its array, which must succeed. */
void end_session(struct kunit *test, u64 session, struct tdx_page_array *array);
void end_iommu(struct kunit *test, u64 iommu, struct tdx_page_array *array);

/* Creates and deletes a session with the pages of @array, which the module requires from now on. */
void hand_over_and_back(struct kunit *test, struct tdx_page_array *array);

/* An array of @pages that was handed over and returned. */
struct tdx_page_array *make_returned(struct kunit *test, unsigned int pages);

/*
 * Hands @array over and back, and releases it: page @bad, whose write-back fails, comes to the
 * quarantine, and the others are freed.
 */
void release_with_bad_page(struct kunit *test, struct tdx_page_array *array, unsigned int bad);

/* Creates an array of the caller's pages; ends the test on failure. */
struct tdx_page_array *adopt(struct kunit *test, struct page **pages, unsigned int count);

/* Hands the window at @offset over to the module. */
u64 add_window(struct kunit *test, struct tdx_page_array *array, unsigned int offset);

/* Physical address of one page of an array. */
u64 hpa_of(struct kunit *test, struct tdx_page_array *array, unsigned int index);

/* Register contents of the last call of a leaf. */
u64 last_register(u16 leaf, enum seam_register which);

/* The last call of @LEAF had these values in RCX, RDX, and R8 and following. */
#define EXPECT_INPUTS(TEST, LEAF, ...) \
	expect_inputs(TEST, LEAF, (const u64[]){__VA_ARGS__}, \
		      sizeof((const u64[]){__VA_ARGS__}) / sizeof(u64))
void expect_inputs(struct kunit *test, u16 leaf, const u64 *values, unsigned int count);

/* The change of the counters since the test began. */
struct tdx_page_array_counters since_start(struct kunit *test);

/*
 * Makes the module release its objects, and empties the quarantine, which must succeed.
 */
void empty_quarantine(struct kunit *test);

/* Takes the findings of the judge, which must be @count of @kind. */
void expect_findings(struct kunit *test, u32 count, enum seam_finding_kind kind);

/* True if the TDX module requires a flush before a hand-over, and the judge sees flushes. */
bool wants_host_flush(void);

#endif
