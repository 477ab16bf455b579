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

/* Runs on the first CPU of each package; the emulator assigns CPUs to packages in turn. */
static int on_each_package(int (*run)(void *data), void *data)
{
	const unsigned int packages = config_now().packages;
	unsigned int cpu;
	int error = 0;

	for (cpu = 0; cpu < packages && !error; cpu++)
		error = smp_call_on_cpu(cpu, run, data, false);
	return error;
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

struct flush {
	struct kvm_td_vcpu *vcpu;
	u64 error;
};

static int tdx_flush_vp(void *data)
{
	struct flush *flush = data;
	const u64 status = flush->vcpu->initialised ? leaf(SEAM_VP_FLUSH, flush->vcpu->tdvpr_pa, 0)
						    : SEAM_SUCCESS;

	flush->error = status == SEAM_VCPU_NOT_ASSOCIATED ? 0 : status;
	flush->vcpu->cpu = -1;
	return 0;
}

static void tdx_flush_vp_on_cpu(struct kvm_td *td, struct kvm_td_vcpu *vcpu)
{
	struct flush flush = {.vcpu = vcpu};

	if (vcpu->cpu == -1)
		return;
	smp_call_on_cpu(vcpu->cpu, tdx_flush_vp, &flush, false);
	tdx_bug_on(td, flush.error);
}

/* If it fails, KEY.FREEID fails too. */
static int do_phymem_cache_wb(void *unused)
{
	unsigned int tries = 10000;
	u64 status = leaf(SEAM_PHYMEM_CACHE_WB, 0, 0);

	while (status == SEAM_INTERRUPTED_RESUMABLE && --tries)
		status = leaf(SEAM_PHYMEM_CACHE_WB, 1, 0);
	return 0;
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
	on_each_package(do_phymem_cache_wb, NULL);
	error = leaf(SEAM_MNG_KEY_FREEID, td->tdr_pa, 0);
	if (!tdx_bug_on(td, error))
		td->hkid = -1;
}

static void tdx_release_td_control_pages(struct kvm_td *td)
{
	tdx_release_control_pages(&td->tdcs);
	tdx_release_control_pages(&td->tdr);
}

static int tdx_do_tdh_mng_key_config(void *data)
{
	struct kvm_td *td = data;

	return tdx_bug_on(td, leaf(SEAM_MNG_KEY_CONFIG, td->tdr_pa, 0)) ? -EIO : 0;
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
	ret = on_each_package(tdx_do_tdh_mng_key_config, td);
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

struct vp_init {
	u64 tdvpr_pa;
	u64 apic_id;
	u64 status;
};

/* The version with an APIC ID, which KVM uses. */
static int tdh_vp_init(void *data)
{
	struct vp_init *init = data;
	struct tdx_shim_registers registers = {.rcx = init->tdvpr_pa, .r8 = init->apic_id};

	init->status = tdx_shim_seamcall(SEAM_VP_INIT | 1 << 16, &registers, &registers, false);
	return 0;
}

int kvm_td_vcpu_init(struct kvm_td *td, struct kvm_td_vcpu *vcpu, unsigned int cpu)
{
	struct vp_init init;
	unsigned int i;

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
	init.tdvpr_pa = vcpu->tdvpr_pa;
	init.apic_id = td->vcpus++;
	smp_call_on_cpu(cpu, tdh_vp_init, &init, false);
	if (tdx_bug_on(td, init.status))
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
