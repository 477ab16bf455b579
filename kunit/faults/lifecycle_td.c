// SPDX-License-Identifier: GPL-2.0
/* Lifecycles of a TD's control pages, and of a quote. */
#include <linux/export.h>
#include <linux/kernel.h>

#include "faults.h"

void tear_down_td(const struct driver *driver)
{
	control_force_down(&driver->td);
}
EXPORT_SYMBOL_GPL(tear_down_td);

static int build(struct driver *driver)
{
	const int error = control_take_pages(&driver->td);

	return error ?: control_build(&driver->td, driver->keyid);
}

/* The TDR is last: it cannot be reclaimed before the other pages. */
static int end_pages(struct driver *driver, bool give_up)
{
	struct control *td = &driver->td;
	struct tdx_page_array **const arrays[] = {&td->output, &td->tdcx, &td->tdvpr, &td->tdcs,
						  &td->tdr};
	unsigned int i;
	int busy = 0, error;

	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		error = end_array(driver, arrays[i], give_up);
		busy = error == -EBUSY ? error : busy;
	}
	return busy;
}

static int end_td(struct driver *driver, bool give_up)
{
	tear_down_td(driver);
	return end_pages(driver, give_up);
}

/* Tears the TD down step by step if there was no error, or else by force. */
static int finish(struct driver *driver, int error)
{
	const int torn_down = error ?: control_tear_down(&driver->td);
	const int ended = error ? end_td(driver, false) : end_pages(driver, false);

	return torn_down ?: ended;
}

static void configure(struct seam_config *config)
{
	config->ext_pool_pages = 0;
}

static int run_td(struct driver *driver)
{
	return finish(driver, build(driver));
}

static int run_quote(struct driver *driver)
{
	const int built = build(driver);

	return finish(driver, built ?: control_get_quote(&driver->td));
}

const struct lifecycle lifecycle_td = {
	.name = "td",
	.configure = configure,
	.run = run_td,
	.end = end_td,
};

const struct lifecycle lifecycle_quote = {
	.name = "quote",
	.configure = configure,
	.run = run_quote,
	.end = end_td,
};
