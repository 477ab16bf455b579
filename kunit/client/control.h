/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TD as far as its control pages go, and a quote of it, step by step by the wrappers. What a hypervisor does besides
 * (keys, teardown) is issued here, by the SEAMCALL code of the shim.
 */
#ifndef TDX_TEST_CONTROL_H
#define TDX_TEST_CONTROL_H

#include "tdx_page_array.h"

struct control {
	struct tdx_page_array *tdr, *tdcs, *tdvpr, *tdcx, *output; /* NULL or an ERR_PTR: none */
	/*
	 * Where the TDR is, also when its array has ended without it, and a TDVPR that may be
	 * associated with a logical processor; 0: none.
	 */
	u64 tdr_hpa, tdvpr_hpa;
};

/* Each returns 0 or a negative errno. What a step has made stays; all arrays are the caller's to end. */
int control_take_pages(struct control *td);
int control_build(struct control *td, u16 keyid); /* one virtual processor */
int control_get_quote(struct control *td);	  /* as many pages of output as the metadata say */

/* Of those that control_take_pages() takes. */
unsigned int control_pages(void);

/* After this the TDX module lets go of the TD's pages. Returns 0 or the errno of the first step that fails. */
int control_tear_down(const struct control *td);

/* The same however far an attempt came, if there is a TD: a step that was done already says so, which is as good. */
void control_force_down(const struct control *td);

#endif
