/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session with a device and a stream, step by step with the wrappers: for tests of pages and leaves. For a
 * driver see samples/tsm/.
 */
#ifndef TDX_TEST_LINK_H
#define TDX_TEST_LINK_H

#include "tdx_page_array.h"

/* Metadata fields, by their names in the TDX module's global metadata. */
#define IDE_MT_PAGE_COUNT	       0x3000000100000001ULL
#define SPDM_MT_PAGE_COUNT	       0x3000000100000002ULL
#define IOMMU_MT_PAGE_COUNT	       0x3000000100000003ULL
#define SPDM_MAX_DEV_INFO_PAGES	       0x3000000100000007ULL
#define EXT_MEMORY_POOL_REQUIRED_PAGES 0x3100000200000000ULL

struct link {
	/* Sends a message to the device and returns its answer; 0 or a negative errno. */
	int (*exchange)(struct link *link, const void *request, size_t bytes, void *response);
	struct tdx_page_array *metadata, *info, *stream_mt; /* NULL: none */
	struct page *config, *request, *response;
	u64 session, stream, info_bytes;
	bool connected, has_keys;
};

/* Each returns 0 or a negative errno. A failed step undoes nothing. */
int link_create_session(struct link *link, u64 function);
int link_connect(struct link *link);
int link_manage(struct link *link, u64 operation);
int link_read_info(struct link *link);
int link_create_stream(struct link *link);
int link_manage_keys(struct link *link, u64 operation);

/*
 * Deletes the stream and the session in the TDX module, as far as possible, and returns the first error. The
 * caller has to end the arrays.
 */
int link_delete(struct link *link);

/* Frees the pages for messages. Call it after the arrays have ended. */
void link_free(struct link *link);

#endif
