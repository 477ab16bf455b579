/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of tests to the model, in one page of memory. A kernel module sends them by a function call
 * if the model is in the kernel, and through an MSR if it is in the machine.
 */
#ifndef SEAM_CONTROL_H
#define SEAM_CONTROL_H

#include "model/seam_model.h"

enum seam_command {
	SEAM_CONTROL_RESET,
	SEAM_CONTROL_POWER_CYCLE,
	SEAM_CONTROL_GET_CONFIG,
	SEAM_CONTROL_SET_CONFIG,
	SEAM_CONTROL_INJECT,
	SEAM_CONTROL_PENDING, /* planned faults that have not occurred */
	SEAM_CONTROL_CANCEL,  /* cancels planned faults */
	SEAM_CONTROL_CALLS,   /* calls of the leaf @argument */
	SEAM_CONTROL_LAST_CALL,
	SEAM_CONTROL_ORDER, /* leaves of the calls from @argument on */
	SEAM_CONTROL_SETTLE,
	SEAM_CONTROL_UPDATE,
	SEAM_CONTROL_IS_DIRTY, /* the page at @argument */
	SEAM_CONTROL_DIRTY_PAGES,
	SEAM_CONTROL_OWNED_PAGES,
	SEAM_CONTROL_HELD_PAGES,
	SEAM_CONTROL_DIRTY_LPS, /* one bit each */
	SEAM_CONTROL_HOST_READS,
	SEAM_CONTROL_HOST_FLUSHES,  /* pages whose own lines the host flushed */
	SEAM_CONTROL_FINDINGS,	    /* sweeps, then returns the findings */
	SEAM_CONTROL_TAKE_FINDINGS, /* also clears them */
	SEAM_CONTROL_HISTORY,	    /* events of the page at @argument */
	SEAM_CONTROLS
};

#define SEAM_CONTROL_ORDER_MAX	 1024
#define SEAM_CONTROL_HISTORY_MAX 64

/* At most one page long. */
struct seam_request {
	uint32_t command; /* enum seam_command */
	uint32_t refused; /* 1: invalid, or there is no room for it */
	uint64_t argument;
	uint64_t result; /* a count, or a set of bits */
	union {
		struct seam_config config;
		struct seam_injection injection;
		struct seam_registers registers;
		struct seam_finding findings[SEAM_MAX_FINDINGS];
		uint16_t order[SEAM_CONTROL_ORDER_MAX];
		struct seam_event history[SEAM_CONTROL_HISTORY_MAX];
	};
};

/* Executes @request. */
void seam_control(struct seam_model *model, struct seam_request *request);

/*
 * The MSR of a machine with a TDX module. Reads return SEAM_CONTROL_PRESENT; on other machines 0 or #GP. Writes pass the address of
 * a request, or of pages that the kernel frees.
 */
#define SEAM_CONTROL_MSR 0x400000F0
/* Contains the size of a request, to detect that the two sides were built from different sources. */
#define SEAM_CONTROL_PRESENT	       (0x5345414D00000000ULL | sizeof(struct seam_request))
#define SEAM_CONTROL_IS_PRESENT(value) ((value) >> 32 == 0x5345414D)
/* A flag in the address: the kernel frees 2^n pages from there on; n is in the bits below. */
#define SEAM_CONTROL_FREES	0x800ULL
#define SEAM_CONTROL_ORDER_BITS 0x3FULL

#endif
