/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all suites share: a fresh TDX module before each test, and a look at judge and ledger after
 * it.
 */
#ifndef TDX_PAGE_ARRAY_HARNESS_H
#define TDX_PAGE_ARRAY_HARNESS_H

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "../seam/seam_emulator.h"
#include "../warnings.h"
#include "tdx_page_array.h"

/* Statuses that no table of this project knows. */
#define UNKNOWN_STATUS 0xC000EE0000000000ULL
#define FATAL_STATUS   0xE000060400000000ULL

/* How often a wrapper issues a SEAMCALL that is answered BUSY or without entropy. */
#define WRAPPER_TRIES 10

/* A fault of @TIMES calls of @LEAF, the first of which is the @NTH from now. */
#define FROM_CALL(LEAF, NTH, TIMES, KIND, VALUE) \
	(&(struct seam_injection){ \
		.kind = (KIND), .leaf = (LEAF), .nth = (NTH), .times = (TIMES), .value = (VALUE)})
#define NTH_CALL(LEAF, NTH, KIND, VALUE) FROM_CALL(LEAF, NTH, 1, KIND, VALUE)
#define NEXT_CALL(LEAF, KIND, VALUE)	 NTH_CALL(LEAF, 1, KIND, VALUE)

/* Of a parameter that is a number of pages, or a leaf. */
static inline void describe_pages(const unsigned int *pages, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u pages", *pages);
}

static inline void describe_leaf(const u16 *leaf, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", seam_emulator_leaf_name(*leaf));
}

/* Suite callbacks, or what a suite's own ones begin and end with. */
int harness_init(struct kunit *test);
void harness_exit(struct kunit *test);

/* The suite of a file: its cases[], each between @INIT and @EXIT. */
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

/* What a call of the public functions or of a leaf answers. */
#define expect_success(TEST, CALL) KUNIT_EXPECT_EQ(TEST, CALL, SEAM_SUCCESS)
#define assert_success(TEST, CALL) KUNIT_ASSERT_EQ(TEST, CALL, SEAM_SUCCESS)
#define expect_refused(TEST, ERROR, CALL) \
	KUNIT_EXPECT_EQ(TEST, CALL, TDX_PAGE_ARRAY_REFUSED | (ERROR))

/* All these arrays are released, in this order. */
#define expect_released(TEST, ...) \
	expect_all_released(TEST, (struct tdx_page_array *[]){__VA_ARGS__, NULL})
void expect_all_released(struct kunit *test, struct tdx_page_array **arrays);

/* The configuration of the platform. */
struct seam_config config_now(void);

/* One member of it, changed for this test. */
#define CHANGE_CONFIG(MEMBER, VALUE) \
	do { \
		struct seam_config config_ = config_now(); \
\
		config_.MEMBER = (VALUE); \
		seam_emulator_set_config(&config_); \
	} while (0)

#define set_spdm_pages(PAGES)	     CHANGE_CONFIG(spdm_pages, PAGES)
#define set_ext_pool(PAGES)	     CHANGE_CONFIG(ext_pool_pages, PAGES)
#define set_ide_pages(PAGES)	     CHANGE_CONFIG(ide_pages, PAGES)
#define set_iommu_pages(PAGES)	     CHANGE_CONFIG(iommu_pages, PAGES)
#define set_output_bytes(BYTES)	     CHANGE_CONFIG(output_bytes, BYTES)
#define set_quote_bytes(BYTES)	     CHANGE_CONFIG(quote_bytes, BYTES)
#define set_plain_iommu(REGISTERS)   CHANGE_CONFIG(plain_iommu, REGISTERS)
#define set_interrupt_every(ENTRIES) CHANGE_CONFIG(interrupt_every, ENTRIES)
#define set_page_by_page(ON)	     CHANGE_CONFIG(page_by_page, ON)
#define set_features0(FEATURES0)     CHANGE_CONFIG(features0, FEATURES0)
#define set_messages(MESSAGES)	     CHANGE_CONFIG(messages, MESSAGES)
#define set_ext_required(REQUIRED)   CHANGE_CONFIG(ext_required, REQUIRED)

/* Returns how many packages there are: on a machine, those that it has. */
u32 set_packages(u32 packages);

void inject(struct kunit *test, const struct seam_injection *injection);

/* An array of @pages that must exist. */
struct tdx_page_array *make_array(struct kunit *test, unsigned int pages);

/* The metadata of an IOMMU that must exist. */
struct tdx_page_array *make_iommu_mt(struct kunit *test, unsigned int iq_order,
				     unsigned int nr_mt_pages);

/* A page of zeroes, freed when the test has ended. */
struct page *make_page(struct kunit *test);

/* A session on an array of @pages, as many as the module wants from now on. */
struct tdx_page_array *make_session(struct kunit *test, unsigned int pages, u64 *session);

/* Deletes the session, or clears the IOMMU, and releases its array: nothing stands in the way. */
void end_session(struct kunit *test, u64 session, struct tdx_page_array *array);
void end_iommu(struct kunit *test, u64 iommu, struct tdx_page_array *array);

/* @array is the metadata of a session that comes and goes, as many pages as the module wants from now on. */
void hand_over_and_back(struct kunit *test, struct tdx_page_array *array);

/* @pages that the module has given back. */
struct tdx_page_array *make_returned(struct kunit *test, unsigned int pages);

/* An array of the caller's own pages that must exist. */
struct tdx_page_array *adopt(struct kunit *test, struct page **pages, unsigned int count);

/* Gives the window at @offset to the module. */
u64 add_window(struct kunit *test, struct tdx_page_array *array, unsigned int offset);

/* Physical address of one page of an array. */
u64 hpa_of(struct kunit *test, struct tdx_page_array *array, unsigned int index);

/* Register contents of the last call of a leaf. */
u64 last_register(u16 leaf, enum seam_register which);

/* The inputs of the last call of a leaf, RCX, RDX and R8 to R11, are those of @first. */
void expect_same_inputs(struct kunit *test, u16 leaf, const struct seam_registers *first);

/* Pages that changed place since the test began. */
struct tdx_page_array_counters since_start(struct kunit *test);

/*
 * Makes the module give back all it can, and frees what is in quarantine: nothing may stay there.
 */
void empty_quarantine(struct kunit *test);

/* Takes the findings of the judge, which have to be @count of @kind. */
void expect_findings(struct kunit *test, u32 count, enum seam_finding_kind kind);

/* Every function refuses @handle with @error, and no SEAMCALL is issued. */
void expect_bad_handle(struct kunit *test, struct tdx_page_array *handle, int error);

/* Does the TDX module need a flush before a page is handed over, and sees the judge flushes? */
bool wants_host_flush(void);

/* How many hold the module under test. */
int module_references(struct kunit *test);

#endif
