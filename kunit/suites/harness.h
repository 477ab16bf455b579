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

/* A fault that happens once, in the next call of @LEAF. */
#define NEXT_CALL(LEAF, KIND, VALUE) \
	(&(struct seam_injection){ \
		.kind = (KIND), .leaf = (LEAF), .nth = 1, .times = 1, .value = (VALUE)})

/* Suite callbacks: every suite names both. */
int harness_init(struct kunit *test);
void harness_exit(struct kunit *test);

/* The configuration of the platform, changed for this test. */
void set_spdm_pages(u32 pages);
void set_ext_pool(u32 pages);
void set_ide_pages(u32 pages);
void set_output_bytes(u32 bytes);
void set_quote_bytes(u32 bytes);
void set_plain_iommu(u64 registers);
void set_interrupt_every(u32 entries);
void set_page_by_page(bool on);
void set_features0(u64 features0);

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

/* More of the configuration. */
void set_iommu_pages(u32 pages);

/* Returns how many packages there are: on a machine, those that it has. */
u32 set_packages(u32 packages);
void set_messages(u32 messages);
void set_ext_required(u32 required);

/* Every function refuses @handle with @error, and no SEAMCALL is issued. */
void expect_bad_handle(struct kunit *test, struct tdx_page_array *handle, int error);

/* Does the TDX module need a flush before a page is handed over, and sees the judge flushes? */
bool wants_host_flush(void);

/* How many hold the module under test. */
int module_references(struct kunit *test);

#endif
