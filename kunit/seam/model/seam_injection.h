/* SPDX-License-Identifier: GPL-2.0 */
/* Faults that a test plans: wrong responses of the model. */
#ifndef SEAM_INJECTION_H
#define SEAM_INJECTION_H

#include "seam_types.h"

/*
 * Bad responses: of DELETE and CLEAR, of an interrupted EXT.MEM.ADD, and of leaves that report the
 * length of their output.
 */
enum seam_bad_response {
	SEAM_BAD_NONE,
	SEAM_BAD_SWAPPED_PAGES, /* two entries of the released list change places */
	SEAM_BAD_SHORT_LIST,	/* one page less than was handed over */
	SEAM_BAD_FOREIGN_PAGE,	/* one entry is a page that was not handed over for the object */
	SEAM_BAD_KEYID_BITS,	/* one entry has KeyID bits set */
	SEAM_BAD_OTHER_ROOT,	/* the register has the address of another list page */
	SEAM_BAD_STALE_LIST,	/* the list page is left as the host wrote it */
	SEAM_BAD_KEEPS_PAGES,	/* the response is correct, but the module keeps the pages */
	SEAM_BAD_WRONG_RESUME,	/* an interrupted EXT.MEM.ADD returns another list page */
	SEAM_BAD_LONG_OUTPUT,	/* the reported length is larger than the buffer */
	SEAM_BAD_RESPONSES
};

/* One fault: from the @nth call of @leaf from now on, in @times calls. */
struct seam_injection {
	enum {
		SEAM_INJECT_STATUS,	  /* the call is not executed, RAX = status */
		SEAM_INJECT_STATUS_AFTER, /* the call is executed, then RAX = status */
		SEAM_INJECT_VMFAILINVALID,
		SEAM_INJECT_GP,
		SEAM_INJECT_UD,
		SEAM_INJECT_INTERRUPT, /* interrupted after @value list entries, which it takes */
		SEAM_INJECT_BAD_RESPONSE, /* @value is an enum seam_bad_response */
		/* not executed; all registers except RSP and RBP are inverted, RAX = status */
		SEAM_INJECT_ALL_REGISTERS,
		/* not executed; the possible output registers RCX, RDX, R8 to R11 are inverted */
		SEAM_INJECT_OUTPUTS,
		SEAM_INJECT_NO_ENTROPY, /* executed without random numbers */
	} kind;
	uint16_t leaf;
	uint32_t nth;
	uint32_t times;
	uint64_t value;
};

#endif
