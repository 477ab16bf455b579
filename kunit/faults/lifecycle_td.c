// SPDX-License-Identifier: GPL-2.0
/*
 * Lifecycles of a TD's control pages, and of a quote, with the wrappers. The other leaves of a
 * hypervisor (keys, teardown) are issued here, with the SEAMCALL code of the shim.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "../td_params.h"
#include "faults.h"
#include "interface.h"

#define TDCS_PAGES 6
#define TDCX_PAGES 5

#define MAX_QUOTE_SIZE 0x2300000200000002ULL

/*
 * Leaves that change the key of a TD exclude each other in the TDX module: one of two concurrent calls is BUSY. KVM does not
 * retry, but holds a mutex, as this does.
 */
static DEFINE_MUTEX(keys);

static u64 on_page(u16 leaf, u64 hpa, u64 rdx)
{
	struct tdx_shim_registers registers;
	unsigned int tries;
	u64 status;

	/*
	 * A hypervisor issues these in tasks of user space, which a CPU does not run before it is in VMX operation. It does run
	 * kernel threads while it comes online: wait until it has.
	 */
	for (tries = 0; tries < 50; tries++) {
		registers = (struct tdx_shim_registers){.rcx = hpa, .rdx = rdx};
		status = tdx_shim_seamcall(leaf, &registers, &registers, false);
		if (status != TDX_SHIM_UD)
			break;
		msleep(20);
	}
	return status;
}

struct package_job {
	u16 leaf;
	u64 operand, status;
};

static int issue(void *data)
{
	struct package_job *job = data;

	job->status = on_page(job->leaf, job->operand, 0);
	while (job->leaf == SEAM_PHYMEM_CACHE_WB && job->status == SEAM_INTERRUPTED_RESUMABLE)
		job->status = on_page(job->leaf, 1, 0);
	return 0;
}

/* Keys and caches exist once per package. Returns the first status that is not success. */
static u64 on_each_package(u16 leaf, u64 operand)
{
	struct package_job job = {.leaf = leaf, .operand = operand};
	unsigned int cpu, package, done = ~0U;

	for_each_online_cpu(cpu) {
		package = topology_physical_package_id(cpu);
		/* CPUs of a package have consecutive numbers. The call fails if the CPU goes offline. */
		if (package != done && !job.status && !smp_call_on_cpu(cpu, issue, &job, false))
			done = package;
	}
	return job.status;
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

static u64 initialise(const struct control *td)
{
	struct page *parameters = alloc_page(GFP_KERNEL);
	u64 status;

	if (!parameters)
		return TDX_PAGE_ARRAY_REFUSED | ENOMEM;
	td_params_fill(page_address(parameters));
	status = on_page(SEAM_MNG_INIT, td->tdr_hpa, page_to_phys(parameters));
	__free_page(parameters);
	return status;
}

static int open_td(struct driver *driver)
{
	struct control *td = &driver->td;
	u64 status;
	int error;

	*td = (struct control){};
	error = take_pages(driver, 1, &td->tdr);
	error = error ?: take_pages(driver, TDCS_PAGES, &td->tdcs);
	error = error ?: take_pages(driver, 1, &td->tdvpr);
	error = error ?: take_pages(driver, TDCX_PAGES, &td->tdcx);
	if (error)
		return error;
	td->tdr_hpa = page_to_phys(tdx_page_array_page(td->tdr, 0));

	mutex_lock(&keys);
	status = tdx_tdh_mng_create(td->tdr, driver->keyid);
	status = status ?: on_each_package(SEAM_MNG_KEY_CONFIG, td->tdr_hpa);
	mutex_unlock(&keys);
	status = status ?: add_all(tdx_tdh_mng_addcx, td->tdr, td->tdcs);
	status = status ?: initialise(td);
	status = status ?: tdx_tdh_vp_create(td->tdr, td->tdvpr);
	status = status ?: add_all(tdx_tdh_vp_addcx, td->tdvpr, td->tdcx);
	return tdx_status_to_errno(status);
}

static int get_quote(struct driver *driver)
{
	struct control *td = &driver->td;
	int error = tdx_status_to_errno(tdx_tdh_quote_init());
	u64 status, bytes, limit;

	error = error ?: read_metadata(MAX_QUOTE_SIZE, &limit);
	error = error ?: take_pages(driver, DIV_ROUND_UP(limit, PAGE_SIZE), &td->output);
	if (error)
		return error;
	status = tdx_tdh_quote_get(tdx_page_array_page(td->tdr, 0), 0, ZERO_PAGE(0), 64, td->output,
				   &bytes);
	return tdx_status_to_errno(status) ?: read_output(td->output, bytes);
}

static int open_quote(struct driver *driver)
{
	const int error = open_td(driver);

	return error ?: get_quote(driver);
}

/* Each step is tried even if one fails: it may have been done before. */
int tear_down_td(struct driver *driver)
{
	const struct control *td = &driver->td;
	u64 flushed, written_back, freed;

	if (!td->tdr_hpa)
		return 0;
	mutex_lock(&keys);
	flushed = on_page(SEAM_MNG_VPFLUSHDONE, td->tdr_hpa, 0);
	written_back = on_each_package(SEAM_PHYMEM_CACHE_WB, 0);
	freed = on_page(SEAM_MNG_KEY_FREEID, td->tdr_hpa, 0);
	mutex_unlock(&keys);
	return tdx_status_to_errno(flushed)
		       ?: tdx_status_to_errno(written_back) ?: tdx_status_to_errno(freed);
}

/* The TDR is last: it cannot be reclaimed before the other pages. */
static int end_td(struct driver *driver, bool give_up)
{
	struct control *td = &driver->td;
	int error;

	/* Once more: a step may have said that it was done without having been. */
	tear_down_td(driver);
	error = END_ARRAYS(driver, give_up, &td->output, &td->tdcx, &td->tdvpr, &td->tdcs,
			   &td->tdr);
	/* Another driver's TD may get the page. */
	if (!error)
		td->tdr_hpa = 0;
	return error;
}

static void configure(struct seam_config *config)
{
	config->ext_pool_pages = 0;
}

const struct lifecycle lifecycle_td = {
	.name = "td",
	.configure = configure,
	.open = open_td,
	.close = tear_down_td,
	.end = end_td,
};

const struct lifecycle lifecycle_quote = {
	.name = "quote",
	.configure = configure,
	.open = open_quote,
	.close = tear_down_td,
	.end = end_td,
};
