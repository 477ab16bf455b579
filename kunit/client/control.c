// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "../seam/model/seam_abi.h"
#include "../td_params.h"
#include "control.h"
#include "interface.h"

#define TDCS_PAGES 6
#define TDCX_PAGES 5

#define MAX_QUOTE_SIZE 0x2300000200000002ULL

/*
 * Leaves that change the key of a TD exclude each other in the TDX module: one of two concurrent calls is BUSY. KVM does not
 * retry, but holds a mutex, as this does.
 */
static DEFINE_MUTEX(keys);

struct package_job {
	u64 tdr_hpa, status;
};

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

/* Keys and caches exist once per package. Returns the first status that is not success. */
static u64 on_each_package(int (*call)(void *job), u64 tdr_hpa)
{
	struct package_job job = {.tdr_hpa = tdr_hpa};
	unsigned int cpu, package, done = ~0U;

	for_each_online_cpu(cpu) {
		package = topology_physical_package_id(cpu);
		/* CPUs of a package have consecutive numbers. The call fails if the CPU goes offline. */
		if (package != done && !job.status && !smp_call_on_cpu(cpu, call, &job, false))
			done = package;
	}
	return job.status;
}

static int configure_key(void *data)
{
	struct package_job *job = data;

	job->status = on_page(SEAM_MNG_KEY_CONFIG, job->tdr_hpa, 0);
	return 0;
}

static int write_back_caches(void *data)
{
	struct package_job *job = data;

	job->status = on_page(SEAM_PHYMEM_CACHE_WB, 0, 0);
	while (job->status == SEAM_INTERRUPTED_RESUMABLE)
		job->status = on_page(SEAM_PHYMEM_CACHE_WB, 1, 0);
	return 0;
}

unsigned int control_pages(void)
{
	return 1 + TDCS_PAGES + 1 + TDCX_PAGES;
}

int control_take_pages(struct control *td)
{
	td->tdr_hpa = 0;
	td->tdvpr_hpa = 0;
	td->tdr = tdx_page_array_create(1);
	td->tdcs = tdx_page_array_create(TDCS_PAGES);
	td->tdvpr = tdx_page_array_create(1);
	td->tdcx = tdx_page_array_create(TDCX_PAGES);
	if (IS_ERR(td->tdr) || IS_ERR(td->tdcs) || IS_ERR(td->tdvpr) || IS_ERR(td->tdcx))
		return -ENOMEM;
	td->tdr_hpa = page_to_phys(tdx_page_array_page(td->tdr, 0));
	return 0;
}

int control_build(struct control *td, u16 keyid)
{
	u64 status;

	mutex_lock(&keys);
	status = tdx_tdh_mng_create(td->tdr, keyid);
	status = status ?: on_each_package(configure_key, td->tdr_hpa);
	mutex_unlock(&keys);
	status = status ?: add_all(tdx_tdh_mng_addcx, td->tdr, td->tdcs);
	status = status ?: initialise(td);
	status = status ?: tdx_tdh_vp_create(td->tdr, td->tdvpr);
	status = status ?: add_all(tdx_tdh_vp_addcx, td->tdvpr, td->tdcx);
	return tdx_status_to_errno(status);
}

int control_get_quote(struct control *td)
{
	void *quote;
	int error;
	u64 bytes, limit;
	u64 status = tdx_tdh_quote_init();

	status = status ?: tdx_tdh_sys_rd(MAX_QUOTE_SIZE, &limit);
	if (status)
		return tdx_status_to_errno(status);
	td->output = tdx_page_array_create(DIV_ROUND_UP(limit, PAGE_SIZE));
	if (IS_ERR(td->output))
		return PTR_ERR(td->output);
	status = tdx_tdh_quote_get(tdx_page_array_page(td->tdr, 0), 0, ZERO_PAGE(0), 64, td->output,
				   &bytes);
	if (status)
		return tdx_status_to_errno(status);
	quote = __vmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	error = quote ? tdx_page_array_read(td->output, quote, bytes) : -ENOMEM;
	vfree(quote);
	return error;
}

int control_tear_down(const struct control *td)
{
	u64 status;

	mutex_lock(&keys);
	status = on_page(SEAM_MNG_VPFLUSHDONE, td->tdr_hpa, 0);
	status = status ?: on_each_package(write_back_caches, 0);
	status = status ?: on_page(SEAM_MNG_KEY_FREEID, td->tdr_hpa, 0);
	mutex_unlock(&keys);
	return tdx_status_to_errno(status);
}

static int flush_vp(void *hpa)
{
	on_page(SEAM_VP_FLUSH, *(u64 *)hpa, 0);
	return 0;
}

void control_force_down(const struct control *td)
{
	u64 tdvpr_hpa = td->tdvpr_hpa;
	unsigned int cpu;

	if (!td->tdr_hpa)
		return;
	/* VP.FLUSH only works on the logical processor that the vCPU is associated with: try all. */
	if (tdvpr_hpa)
		for_each_online_cpu(cpu)
			smp_call_on_cpu(cpu, flush_vp, &tdvpr_hpa, false);
	mutex_lock(&keys);
	on_page(SEAM_MNG_VPFLUSHDONE, td->tdr_hpa, 0);
	on_each_package(write_back_caches, 0);
	on_page(SEAM_MNG_KEY_FREEID, td->tdr_hpa, 0);
	mutex_unlock(&keys);
}
