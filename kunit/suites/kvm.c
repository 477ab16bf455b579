// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/smp.h>

#include "../config.h"
#include "../td_params.h"
#include "interface.h"
#include "kvm.h"

/* The SEAMCALLs that KVM still issues itself, with wrappers of the core kernel. */
static u64 leaf(u64 number, u64 rcx, u64 rdx)
{
	struct tdx_shim_registers registers = {.rcx = rcx, .rdx = rdx};

	return tdx_shim_seamcall(number, &registers, &registers, false);
}

struct call {
	u64 number, rcx, r8, status;
};

static int issue(void *data)
{
	struct call *call = data;
	struct tdx_shim_registers registers = {.rcx = call->rcx, .r8 = call->r8};

	call->status = tdx_shim_seamcall(call->number, &registers, &registers, false);
	return 0;
}

static u64 leaf_on(unsigned int cpu, u64 number, u64 rcx, u64 r8)
{
	struct call call = {number, rcx, r8, TDX_SHIM_UD};

	smp_call_on_cpu(cpu, issue, &call, false);
	return call.status;
}

static bool tdx_bug_on(struct kvm_td *td, u64 error)
{
	if (error)
		td->bugged = true;
	return error;
}

static bool is_hkid_assigned(const struct kvm_td *td)
{
	return td->hkid > 0;
}

static struct tdx_page_array *tdx_create_control_pages(unsigned int nr_pages)
{
	struct tdx_page_array *array = tdx_page_array_create_node(nr_pages, TDX_PAGE_ARRAY_ANY_NODE,
								  TDX_PAGE_ARRAY_ACCOUNT);

	return IS_ERR(array) ? NULL : array;
}

static void tdx_release_control_pages(struct tdx_page_array **array)
{
	int error;

	if (!*array)
		return;
	error = tdx_page_array_release(*array);
	if (error == -EBUSY || error == -EAGAIN)
		tdx_page_array_leak(*array);
	*array = NULL;
}

static void tdx_flush_vp_on_cpu(struct kvm_td *td, struct kvm_td_vcpu *vcpu)
{
	u64 status = SEAM_SUCCESS;

	if (vcpu->cpu == -1)
		return;
	if (vcpu->initialised)
		status = leaf_on(vcpu->cpu, SEAM_VP_FLUSH, vcpu->tdvpr_pa, 0);
	vcpu->cpu = -1;
	tdx_bug_on(td, status == SEAM_VCPU_NOT_ASSOCIATED ? 0 : status);
}

/*
 * On the first CPU of each package: the emulator assigns CPUs to packages in turn. If it fails,
 * KEY.FREEID fails too.
 */
static void do_phymem_cache_wb(void)
{
	const unsigned int packages = config_now().packages;
	unsigned int cpu, tries;
	u64 status;

	for (cpu = 0; cpu < packages; cpu++) {
		tries = 10000;
		status = leaf_on(cpu, SEAM_PHYMEM_CACHE_WB, 0, 0);
		while (status == SEAM_INTERRUPTED_RESUMABLE && --tries)
			status = leaf_on(cpu, SEAM_PHYMEM_CACHE_WB, 1, 0);
	}
}

static void tdx_mmu_release_hkid(struct kvm_td *td, struct kvm_td_vcpu *vcpus, unsigned int count)
{
	u64 error;
	unsigned int i;

	if (!is_hkid_assigned(td))
		return;
	for (i = 0; i < count; i++)
		tdx_flush_vp_on_cpu(td, &vcpus[i]);

	error = leaf(SEAM_MNG_VPFLUSHDONE, td->tdr_pa, 0);
	if (error == SEAM_FLUSHVP_NOT_DONE || tdx_bug_on(td, error))
		return;
	do_phymem_cache_wb();
	error = leaf(SEAM_MNG_KEY_FREEID, td->tdr_pa, 0);
	if (!tdx_bug_on(td, error))
		td->hkid = -1;
}

static void tdx_release_td_control_pages(struct kvm_td *td)
{
	tdx_release_control_pages(&td->tdcs);
	tdx_release_control_pages(&td->tdr);
}

/* On the first CPU of each package. */
static int tdx_do_tdh_mng_key_config(struct kvm_td *td)
{
	const unsigned int packages = config_now().packages;
	unsigned int cpu;

	for (cpu = 0; cpu < packages; cpu++)
		if (tdx_bug_on(td, leaf_on(cpu, SEAM_MNG_KEY_CONFIG, td->tdr_pa, 0)))
			return -EIO;
	return 0;
}

static u64 tdh_mng_init(const struct kvm_td *td)
{
	struct page *parameters = alloc_page(GFP_KERNEL);
	u64 status;

	if (!parameters)
		return TDX_PAGE_ARRAY_REFUSED | ENOMEM;
	td_params_fill(page_address(parameters));
	status = leaf(SEAM_MNG_INIT, td->tdr_pa, page_to_phys(parameters));
	__free_page(parameters);
	return status;
}

static int tdx_add_and_init(struct kvm_td *td)
{
	unsigned int i;
	u64 error;

	for (i = 0; i < KVM_TDCS_PAGES; i++) {
		error = tdx_tdh_mng_addcx(td->tdr, td->tdcs);
		if (error == SEAM_RND_NO_ENTROPY)
			return -EAGAIN;
		if (tdx_bug_on(td, error))
			return -EIO;
	}
	return tdx_bug_on(td, tdh_mng_init(td)) ? -EIO : 0;
}

int kvm_td_init(struct kvm_td *td, u16 keyid)
{
	int ret = -ENOMEM;
	u64 error;

	td->hkid = keyid;
	td->tdr = tdx_create_control_pages(1);
	if (!td->tdr)
		goto free_hkid;
	td->tdr_pa = page_to_phys(tdx_page_array_page(td->tdr, 0));
	td->tdcs = tdx_create_control_pages(KVM_TDCS_PAGES);
	if (!td->tdcs)
		goto free_pages;

	error = tdx_tdh_mng_create(td->tdr, td->hkid);
	if (error) {
		ret = error == SEAM_RND_NO_ENTROPY ? -EAGAIN : -EIO;
		td->bugged = ret == -EIO;
		goto free_pages;
	}
	ret = tdx_do_tdh_mng_key_config(td);
	ret = ret ?: tdx_add_and_init(td);
	if (!ret)
		return 0;

	tdx_mmu_release_hkid(td, NULL, 0);
	if (!is_hkid_assigned(td))
		tdx_release_td_control_pages(td);
	return ret;

free_pages:
	tdx_release_td_control_pages(td);
free_hkid:
	td->hkid = -1;
	return ret;
}

static void tdx_release_vcpu_control_pages(struct kvm_td_vcpu *vcpu)
{
	tdx_release_control_pages(&vcpu->tdcx);
	tdx_release_control_pages(&vcpu->tdvpr);
}

int kvm_td_vcpu_init(struct kvm_td *td, struct kvm_td_vcpu *vcpu, unsigned int cpu)
{
	unsigned int i;
	u64 status;

	vcpu->cpu = cpu;
	vcpu->tdvpr = tdx_create_control_pages(1);
	vcpu->tdcx = tdx_create_control_pages(KVM_TDCX_PAGES);
	if (!vcpu->tdvpr || !vcpu->tdcx) {
		tdx_release_vcpu_control_pages(vcpu);
		return -ENOMEM;
	}
	vcpu->tdvpr_pa = page_to_phys(tdx_page_array_page(vcpu->tdvpr, 0));

	if (tdx_bug_on(td, tdx_tdh_vp_create(td->tdr, vcpu->tdvpr)))
		return -EIO;
	for (i = 0; i < KVM_TDCX_PAGES; i++)
		if (tdx_bug_on(td, tdx_tdh_vp_addcx(vcpu->tdvpr, vcpu->tdcx)))
			return -EIO;
	/* The version with an APIC ID, which KVM uses. */
	status = leaf_on(cpu, SEAM_VP_INIT | 1 << 16, vcpu->tdvpr_pa, td->vcpus++);
	if (tdx_bug_on(td, status))
		return -EIO;
	vcpu->initialised = true;
	return 0;
}

void kvm_td_destroy(struct kvm_td *td, struct kvm_td_vcpu *vcpus, unsigned int count)
{
	unsigned int i;

	tdx_mmu_release_hkid(td, vcpus, count);
	for (i = 0; i < count; i++) {
		tdx_release_vcpu_control_pages(&vcpus[i]);
		vcpus[i].initialised = false;
	}
	tdx_release_td_control_pages(td);
}
