// SPDX-License-Identifier: GPL-2.0
/*
 * A TD as far as its control pages go, and a quote of it. What a hypervisor does besides (keys,
 * teardown) is issued here, by the SEAMCALL code of the shim.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "../seam/model/seam_abi.h"
#include "../td_params.h"
#include "client.h"
#include "interface.h"

#define TD_KEYID   40
#define TDCS_PAGES 6
#define TDCX_PAGES 5
#define TD_PAGES   (1 + TDCS_PAGES + 1 + TDCX_PAGES)

#define MAX_QUOTE_SIZE 0x2300000200000002ULL

struct td {
	struct tdx_page_array *tdr, *tdcs, *tdvpr, *tdcx;
};

struct package_job {
	const struct td *td;
	u64 status;
};

static u64 hpa_of(struct tdx_page_array *array)
{
	return page_to_phys(tdx_page_array_page(array, 0));
}

/* A leaf whose first operand is the TDR page. */
static u64 on_tdr(const struct td *td, u16 leaf, u64 rdx)
{
	struct tdx_shim_registers registers = {.rcx = hpa_of(td->tdr), .rdx = rdx};

	return tdx_shim_seamcall(leaf, &registers, &registers, false);
}

static u64 add_all(u64 (*add)(struct tdx_page_array *root, struct tdx_page_array *pages),
		   struct tdx_page_array *root, struct tdx_page_array *pages)
{
	unsigned int left = tdx_page_array_nr_pages(pages);
	u64 status = 0;

	while (left-- && !status)
		status = add(root, pages);
	return status;
}

static u64 initialise(const struct td *td)
{
	struct page *parameters = alloc_page(GFP_KERNEL);
	u64 status;

	if (!parameters)
		return TDX_PAGE_ARRAY_REFUSED | ENOMEM;
	td_params_fill(page_address(parameters));
	status = on_tdr(td, SEAM_MNG_INIT, page_to_phys(parameters));
	__free_page(parameters);
	return status;
}

/* Keys and caches are each package's own. Returns the first status that is not a success. */
static u64 on_each_package(int (*call)(void *job), struct package_job *job)
{
	unsigned int cpu, package, done = ~0U;

	for_each_online_cpu(cpu) {
		package = topology_physical_package_id(cpu);
		/* CPUs of a package have consecutive numbers. */
		if (package == done || job->status)
			continue;
		smp_call_on_cpu(cpu, call, job, false);
		done = package;
	}
	return job->status;
}

static int configure_key(void *job)
{
	struct package_job *here = job;

	here->status = on_tdr(here->td, SEAM_MNG_KEY_CONFIG, 0);
	return 0;
}

/* Of the package that it runs on. */
static u64 write_back_caches(void)
{
	struct tdx_shim_registers registers = {};
	u64 status = tdx_shim_seamcall(SEAM_PHYMEM_CACHE_WB, &registers, &registers, false);

	while (status == SEAM_INTERRUPTED_RESUMABLE) {
		registers.rcx = 1;
		status = tdx_shim_seamcall(SEAM_PHYMEM_CACHE_WB, &registers, &registers, false);
	}
	return status;
}

static int write_back(void *job)
{
	struct package_job *here = job;

	here->status = write_back_caches();
	return 0;
}

static u64 build(const struct td *td)
{
	u64 status = tdx_tdh_mng_create(td->tdr, TD_KEYID);

	status = status ?: on_each_package(configure_key, &(struct package_job){.td = td});
	status = status ?: add_all(tdx_tdh_mng_addcx, td->tdr, td->tdcs);
	status = status ?: initialise(td);
	status = status ?: tdx_tdh_vp_create(td->tdr, td->tdvpr);
	return status ?: add_all(tdx_tdh_vp_addcx, td->tdvpr, td->tdcx);
}

/* After this the module lets go of the TD's pages. */
static u64 tear_down(const struct td *td)
{
	u64 status = on_tdr(td, SEAM_MNG_VPFLUSHDONE, 0);

	status = status ?: on_each_package(write_back, &(struct package_job){.td = td});
	return status ?: on_tdr(td, SEAM_MNG_KEY_FREEID, 0);
}

static void take_td(struct row *row, struct td *td)
{
	td->tdr = tdx_page_array_create(1);
	td->tdcs = tdx_page_array_create(TDCS_PAGES);
	td->tdvpr = tdx_page_array_create(1);
	td->tdcx = tdx_page_array_create(TDCX_PAGES);
	if (IS_ERR(td->tdr) || IS_ERR(td->tdcs) || IS_ERR(td->tdvpr) || IS_ERR(td->tdcx))
		row->error = -ENOMEM;
}

/* The TDR comes last: it does not come back before the others. */
static void end_td(struct row *row, const struct td *td)
{
	end_array(row, td->tdcx);
	end_array(row, td->tdvpr);
	end_array(row, td->tdcs);
	end_array(row, td->tdr);
}

void run_td(struct row *row)
{
	u64 torn_down;
	struct td td;

	row->job = "TD control pages";
	row->needed = TD_PAGES;
	take_td(row, &td);
	if (!row->error) {
		row->status = build(&td);
		row->used = row->status ? 0 : TD_PAGES;
		torn_down = tear_down(&td);
		row->status = row->status ?: torn_down;
	}
	end_td(row, &td);
}

/* The quote of a TD, in a buffer of as many pages as the module says. */
static void get_quote(struct row *row, const struct td *td, struct page *input)
{
	struct tdx_page_array *output;
	u64 bytes, limit;
	void *quote;

	row->status = tdx_tdh_quote_init();
	row->status = row->status ?: tdx_tdh_sys_rd(MAX_QUOTE_SIZE, &limit);
	if (row->status)
		return;
	output = tdx_page_array_create(DIV_ROUND_UP(limit, PAGE_SIZE));
	if (IS_ERR(output)) {
		row->error = PTR_ERR(output);
		return;
	}
	row->needed += tdx_page_array_nr_pages(output);
	row->status = tdx_tdh_quote_get(tdx_page_array_page(td->tdr, 0), 0, input, 64, output,
					&bytes);
	quote = row->status ? NULL : __vmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	if (quote)
		row->error = tdx_page_array_read(output, quote, bytes);
	vfree(quote);
	row->used = row->status ? 0 : row->needed;
	end_array(row, output);
}

void run_quote(struct row *row)
{
	struct page *input = alloc_page(GFP_KERNEL | __GFP_ZERO);
	u64 torn_down;
	struct td td;

	row->job = "quote of a TD";
	row->needed = TD_PAGES;
	row->error = input ? 0 : -ENOMEM;
	take_td(row, &td);
	if (!row->error) {
		row->status = build(&td);
		if (!row->status)
			get_quote(row, &td, input);
		torn_down = tear_down(&td);
		row->status = row->status ?: torn_down;
	}
	if (input)
		__free_page(input);
	end_td(row, &td);
}
