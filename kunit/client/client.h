/* SPDX-License-Identifier: GPL-2.0 */
/* What the jobs of the client share. */
#ifndef TDX_HOST_CLIENT_H
#define TDX_HOST_CLIENT_H

#include "tdx_page_array.h"

/*
 * What one command did: @needed pages by the metadata or by nature, @used of them handed over or used
 * as a buffer, the rest is the ledger's difference.
 */
struct row {
	const char *job;
	u64 needed;
	u64 used;
	struct tdx_page_array_counters ledger;
	u64 status;
	int error;
};

/* The metadata field's value; 0 and the row's status when it cannot be read. */
u64 read_metadata(struct row *row, u64 field);

/* An array of row->needed pages; NULL and the row's error when there is none. */
struct tdx_page_array *take_pages(struct row *row);

/* The end of an array, if there is one, that may still be the module's: it is given up then, and not forgotten. */
void end_array(struct row *row, struct tdx_page_array *array);

/* connect.c */
void start_extensions(struct row *row);
void run_session(struct row *row);
void run_stream(struct row *row);
void open_stream(struct row *row);
void close_stream(struct row *row); /* if one is open */
void run_iommu(struct row *row);
void lose_session(struct row *row);
void retry_quarantine(struct row *row);

/* td.c */
void run_td(struct row *row);
void run_quote(struct row *row);

#endif
