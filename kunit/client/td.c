// SPDX-License-Identifier: GPL-2.0
/* Jobs of a TD: its control pages, and a quote of it. */
#include <linux/err.h>

#include "client.h"
#include "control.h"

#define TD_KEYID 40

/* A TD, with or without a quote of it. */
static void run(struct row *row, bool with_quote)
{
	struct control td = {};
	int torn_down;

	row->needed = control_pages();
	row->error = control_take_pages(&td);
	if (!row->error) {
		row->error = control_build(&td, TD_KEYID);
		if (!row->error && with_quote)
			row->error = control_get_quote(&td);
		row->needed += IS_ERR_OR_NULL(td.output) ? 0 : tdx_page_array_nr_pages(td.output);
		row->used = row->error ? 0 : row->needed;
		torn_down = control_tear_down(&td);
		row->error = row->error ?: torn_down;
	}
	end_array(row, td.output);
	/* The TDR is last: it cannot be reclaimed before the other pages. */
	end_array(row, td.tdcx);
	end_array(row, td.tdvpr);
	end_array(row, td.tdcs);
	end_array(row, td.tdr);
}

void run_td(struct row *row)
{
	row->job = "TD control pages";
	run(row, false);
}

void run_quote(struct row *row)
{
	row->job = "quote of a TD";
	run(row, true);
}
