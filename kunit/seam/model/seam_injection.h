/* SPDX-License-Identifier: GPL-2.0 */
/* Faults that a test plans: what the model answers instead of the truth. */
#ifndef SEAM_INJECTION_H
#define SEAM_INJECTION_H

#include "seam_types.h"

/*
 * How a module that cannot be trusted answers DELETE and CLEAR, or the interrupted EXT.MEM.ADD, or
 * says how much it wrote.
 */
enum seam_lie {
	SEAM_LIE_NONE,
	SEAM_LIE_SWAPPED_PAGES, /* two entries of the released list change places */
	SEAM_LIE_SHORT_LIST,	/* one page less than was given */
	SEAM_LIE_FOREIGN_PAGE,	/* one entry names a page of somebody else */
	SEAM_LIE_KEYID_BITS,	/* one entry has KeyID bits set */
	SEAM_LIE_OTHER_ROOT,	/* the register names another list page */
	SEAM_LIE_STALE_LIST,	/* the list page is left as the host wrote it */
	SEAM_LIE_KEEPS_PAGES,	/* everything looks right, but the pages stay the module's */
	SEAM_LIE_WRONG_RESUME,	/* EXT.MEM.ADD, interrupted, gives back the word of another list */
	SEAM_LIE_LONG_OUTPUT,	/* leaves that report a length: it is larger than the buffer */
	SEAM_LIES
};

/* One fault to inject: into the @nth call of @leaf from now on, and @times times in all. */
struct seam_injection {
	enum {
		SEAM_INJECT_STATUS,	  /* the call is not executed, RAX = status */
		SEAM_INJECT_STATUS_AFTER, /* the call is executed, then RAX = status */
		SEAM_INJECT_VMFAILINVALID,
		SEAM_INJECT_GP,
		SEAM_INJECT_UD,
		SEAM_INJECT_INTERRUPT, /* interrupted after @value list entries, which it takes */
		SEAM_INJECT_LIE,       /* @value is an enum seam_lie */
		/* not executed; every register but RSP and RBP comes back inverted, RAX = status */
		SEAM_INJECT_ALL_REGISTERS,
		/* the same, but only registers that a leaf may have outputs in: RCX, RDX, R8 to R11 */
		SEAM_INJECT_OUTPUTS,
		SEAM_INJECT_NO_ENTROPY, /* executed while random numbers are out */
	} kind;
	uint16_t leaf;
	uint32_t nth;
	uint32_t times;
	uint64_t value;
};

#endif
