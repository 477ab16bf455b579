// SPDX-License-Identifier: GPL-2.0
/* Lives of a TD's control pages, and of a quote. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "../td_params.h"
#include "faults.h"
#include "interface.h"

#define TDCS_PAGES 6
#define TDCX_PAGES 3

static int as_error(u64 status)
{
	return tdx_status_to_errno(status);
}

/* A leaf on a page of the TD: issued by the hypervisor itself. */
static u64 on_page(u16 leaf, u64 hpa, u64 rdx)
{
	struct tdx_shim_registers registers = {.rcx = hpa, .rdx = rdx};

	return tdx_shim_seamcall(leaf, &registers, &registers, false);
}

static u64 on_tdr(const struct driver *driver, u16 leaf, u64 rdx)
{
	return on_page(leaf, driver->tdr_hpa, rdx);
}

/* Of the package that it runs on, which is the only one here. */
static u64 write_back_caches(void)
{
	u64 status = on_page(SEAM_PHYMEM_CACHE_WB, 0, 0);

	while (status == SEAM_INTERRUPTED_RESUMABLE)
		status = on_page(SEAM_PHYMEM_CACHE_WB, 1, 0);
	return status;
}

static u64 tear_down(const struct driver *driver)
{
	u64 status = on_tdr(driver, SEAM_MNG_VPFLUSHDONE, 0);

	status = status ?: write_back_caches();
	return status ?: on_tdr(driver, SEAM_MNG_KEY_FREEID, 0);
}

static int flush_vp(void *hpa)
{
	on_page(SEAM_VP_FLUSH, *(u64 *)hpa, 0);
	return 0;
}

/*
 * However far an attempt came: a step that was done already says so, which is as good. On the logical
 * processor that the vCPU is associated with, VP.FLUSH works.
 */
void tear_down_td(const struct driver *driver)
{
	u64 tdvpr_hpa = driver->tdvpr_hpa;
	unsigned int cpu;

	if (!driver->tdr_hpa)
		return;
	if (tdvpr_hpa)
		for_each_online_cpu(cpu)
			smp_call_on_cpu(cpu, flush_vp, &tdvpr_hpa, false);
	on_tdr(driver, SEAM_MNG_VPFLUSHDONE, 0);
	write_back_caches();
	on_tdr(driver, SEAM_MNG_KEY_FREEID, 0);
}
EXPORT_SYMBOL_GPL(tear_down_td);

static u64 add_all(u64 (*add)(struct tdx_page_array *root, struct tdx_page_array *pages),
		   struct tdx_page_array *root, struct tdx_page_array *pages, unsigned int count)
{
	u64 status = 0;

	while (count-- && !status)
		status = add(root, pages);
	return status;
}

static u64 initialise(const struct driver *driver)
{
	struct page *parameters = alloc_page(GFP_KERNEL);
	u64 status;

	if (!parameters)
		return TDX_PAGE_ARRAY_REFUSED | ENOMEM;
	td_params_fill(page_address(parameters));
	status = on_tdr(driver, SEAM_MNG_INIT, page_to_phys(parameters));
	__free_page(parameters);
	return status;
}

static int build(struct driver *driver)
{
	u64 status;

	driver->tdr_hpa = 0;
	driver->tdvpr_hpa = 0;
	driver->tdr = tdx_page_array_create(1);
	driver->tdcs = tdx_page_array_create(TDCS_PAGES);
	driver->tdvpr = tdx_page_array_create(1);
	driver->tdcx = tdx_page_array_create(TDCX_PAGES);
	if (IS_ERR(driver->tdr) || IS_ERR(driver->tdcs) || IS_ERR(driver->tdvpr) ||
	    IS_ERR(driver->tdcx))
		return -ENOMEM;
	driver->tdr_hpa = page_to_phys(tdx_page_array_page(driver->tdr, 0));

	status = tdx_tdh_mng_create(driver->tdr, driver->keyid);
	status = status ?: on_tdr(driver, SEAM_MNG_KEY_CONFIG, 0);
	status = status ?: add_all(tdx_tdh_mng_addcx, driver->tdr, driver->tdcs, TDCS_PAGES);
	status = status ?: initialise(driver);
	status = status ?: tdx_tdh_vp_create(driver->tdr, driver->tdvpr);
	status = status ?: add_all(tdx_tdh_vp_addcx, driver->tdvpr, driver->tdcx, TDCX_PAGES);
	return as_error(status);
}

/* The TDR comes last: it does not come back before the others. */
static int end_pages(struct driver *driver, bool give_up)
{
	struct tdx_page_array **const arrays[] = {&driver->output, &driver->tdcx, &driver->tdvpr,
						  &driver->tdcs, &driver->tdr};
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

/* The end of a life in which nothing else went wrong. */
static int finish(struct driver *driver)
{
	const int error = as_error(tear_down(driver));
	const int ended = end_pages(driver, false);

	return error ?: ended;
}

static void configure(struct seam_config *config)
{
	config->ext_pool_pages = 0;
}

static int live_td(struct driver *driver)
{
	const int error = build(driver);

	if (!error)
		return finish(driver);
	end_td(driver, false);
	return error;
}

static int get_quote(struct driver *driver)
{
	u64 bytes, limit, status;
	void *quote;
	int error;

	status = tdx_tdh_quote_init();
	status = status ?: tdx_tdh_sys_rd(FIELD_MAX_QUOTE_SIZE, &limit);
	if (status)
		return as_error(status);
	driver->output = tdx_page_array_create(DIV_ROUND_UP(limit, PAGE_SIZE));
	if (IS_ERR(driver->output))
		return PTR_ERR(driver->output);
	status = tdx_tdh_quote_get(tdx_page_array_page(driver->tdr, 0), 0, ZERO_PAGE(0), 64,
				   driver->output, &bytes);
	if (status)
		return as_error(status);
	quote = vmalloc(bytes);
	error = quote ? tdx_page_array_read(driver->output, quote, bytes) : -ENOMEM;
	vfree(quote);
	return error;
}

static int live_quote(struct driver *driver)
{
	const int built = build(driver);
	const int error = built ?: get_quote(driver);

	if (!error)
		return finish(driver);
	end_td(driver, false);
	return error;
}

const struct life life_td = {
	.name = "td",
	.configure = configure,
	.live = live_td,
	.end = end_td,
};
EXPORT_SYMBOL_GPL(life_td);

const struct life life_quote = {
	.name = "quote",
	.configure = configure,
	.live = live_quote,
	.end = end_td,
};
EXPORT_SYMBOL_GPL(life_quote);
