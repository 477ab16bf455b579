/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the jobs of the client. */
#ifndef TDX_HOST_CLIENT_H
#define TDX_HOST_CLIENT_H

#include "tdx_page_array.h"

/*
 * The result of one command: @needed pages according to the metadata or the job, @used of them handed
 * over or used as a buffer; @ledger is the change of the counters.
 */
struct row {
	const char *job;
	u64 needed;
	u64 used;
	struct tdx_page_array_counters ledger;
	u64 status;
	int error;
};

/* The value of the metadata field. If it cannot be read, returns 0 and sets the row's status. */
u64 read_metadata(struct row *row, u64 field);

/* An array of row->needed pages. On failure returns NULL and sets the row's error. */
struct tdx_page_array *take_pages(struct row *row);

/* Ends an array, if there is one. If the module may still own its pages, it is leaked to the quarantine. */
void end_array(struct row *row, struct tdx_page_array *array);

/* connect.c */
void start_extensions(struct row *row);
void run_session(struct row *row);
void run_stream(struct row *row);
void open_stream(struct row *row);
void close_stream(struct row *row); /* if there is one */
void run_iommu(struct row *row);
void lose_session(struct row *row);
void retry_quarantine(struct row *row);

/* td.c */
void run_td(struct row *row);
void run_quote(struct row *row);

#endif
