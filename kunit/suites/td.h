/* SPDX-License-Identifier: GPL-2.0 */
/* A TD whose control pages are arrays: its lifecycle, including leaves without a core wrapper. */
#ifndef TDX_PAGE_ARRAY_TD_H
#define TDX_PAGE_ARRAY_TD_H

#include "harness.h"

#define TD_KEYID       33
#define OTHER_TD_KEYID 34
#define TDCS_PAGES     6

struct td {
	struct tdx_page_array *tdr;
	u64 tdr_hpa;
};

/* Makes @tdr, an array of one page, the TDR of a TD that has its key. */
struct td td_create(struct kunit *test, struct tdx_page_array *tdr, u16 keyid);

/* td_create() with a new array. */
struct td td_make(struct kunit *test, u16 keyid);

/* Adds all of @tdcs to the TD. */
void td_add_all(struct kunit *test, const struct td *td, struct tdx_page_array *tdcs);

/* Initialises the TD, which has all control pages: it can have virtual processors now. */
void td_initialise(struct kunit *test, const struct td *td);

/* Frees the TD's KeyID: from now on its pages can be reclaimed. */
void td_tear_down(struct kunit *test, const struct td *td);

/* Releases the TDR, the last page of the TD. */
void td_release(struct kunit *test, const struct td *td);

#endif
