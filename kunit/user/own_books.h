/* SPDX-License-Identifier: GPL-2.0 */
/* Asks the model of own_model.h about its records, with the requests of the emulator. */
#ifndef TDX_PAGE_ARRAY_OWN_BOOKS_H
#define TDX_PAGE_ARRAY_OWN_BOOKS_H

#include "../seam/seam_control.h"
#include "own_model.h"

static struct seam_request request;

static inline bool ask(u32 command, u64 argument)
{
	memset(&request, 0, sizeof(request));
	request.command = command;
	request.argument = argument;
	request.refused = 2;
	seam_control(&own.model, &request);
	return !request.refused;
}

static inline u64 count(struct kunit *test, u32 command)
{
	KUNIT_EXPECT_EQ(test, ask(command, 0), true);
	return request.result;
}

static inline u64 rdmd(u64 hpa)
{
	return own_call(SEAM_PHYMEM_PAGE_RDMD, hpa);
}

#endif
