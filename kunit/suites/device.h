/* SPDX-License-Identifier: GPL-2.0 */
/* A device at the other end of an SPDM session, and sessions with it. */
#ifndef TDX_PAGE_ARRAY_DEVICE_H
#define TDX_PAGE_ARRAY_DEVICE_H

#include "harness.h"
#include "tdx_page_array_objects.h"

struct device {
	struct kunit *test;
	unsigned int messages; /* answered so far */
	unsigned int fail_at;  /* the message that fails, counted from 1; 0: none */
	int failure;	       /* what @exchange returns then */
	/* Called in the middle of each message, if there is one. */
	void (*meanwhile)(struct device *device);
	struct tdx_spdm_session *session;
	struct tdx_stream *stream;
};

/* Answers one message, which has to be one that the model wrote. */
int device_exchange(void *device, const void *request, size_t request_bytes, void *response);

/* What tdx_spdm_session_open() gives for the device. */
struct tdx_spdm_session *try_open_session(struct device *device);

/*
 * A session that must come about: the extensions run without memory, and the device has no other
 * state yet.
 */
struct tdx_spdm_session *open_session(struct kunit *test, struct device *device);
struct tdx_spdm_session *open_connected_session(struct kunit *test, struct device *device);

int connect_session(struct tdx_spdm_session *session);

/* A stream of the device's session, with three pages. */
struct tdx_stream *try_open_stream(struct device *device);
struct tdx_stream *open_stream(struct kunit *test, struct device *device);

#endif
