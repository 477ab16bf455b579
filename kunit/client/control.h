/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control pages of a TD, and a quote of it, step by step with the wrappers. The other leaves of a hypervisor
 * (keys, teardown) are issued here, with the SEAMCALL code of the shim.
 */
#ifndef TDX_TEST_CONTROL_H
#define TDX_TEST_CONTROL_H

#include "tdx_page_array.h"

struct control {
	struct tdx_page_array *tdr, *tdcs, *tdvpr, *tdcx, *output; /* NULL or an ERR_PTR: none */
	/*
	 * The address of the TDR, even if its array has ended without it, and of a TDVPR that may
	 * be associated with a logical processor; 0: none.
	 */
	u64 tdr_hpa, tdvpr_hpa;
};

/* Each returns 0 or a negative errno. A failed step undoes nothing; the caller has to end all arrays. */
int control_take_pages(struct control *td);
int control_build(struct control *td, u16 keyid); /* one virtual processor */
int control_get_quote(struct control *td);	  /* number of output pages from the metadata */

/* The number of pages that control_take_pages() takes. */
unsigned int control_pages(void);

/* After this the TD's pages can be reclaimed. Returns 0 or the errno of the first step that fails. */
int control_tear_down(const struct control *td);

/* Tears down a TD, if there is one, in any state. Steps that were already done fail, which is ignored. */
void control_force_down(const struct control *td);

#endif
