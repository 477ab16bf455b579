/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What KVM does with the control pages of a TD, function by function, after the patches in
 * companion/ to arch/x86/kvm/vmx/tdx.c. KVM itself needs VMX, which QEMU's software emulation lacks:
 * these functions make its calls in the same order, on the emulator.
 */
#ifndef TDX_PAGE_ARRAY_KVM_H
#define TDX_PAGE_ARRAY_KVM_H

#include <linux/types.h>

#include "tdx_page_array.h"

/* From the metadata fields tdcs_base_size and tdvps_base_size of TDX module 1.5.25. */
#define KVM_TDCS_PAGES 6
#define KVM_TDCX_PAGES 5
#define KVM_TD_PAGES   (1 + KVM_TDCS_PAGES)
#define KVM_VCPU_PAGES (1 + KVM_TDCX_PAGES)

/* The members of struct kvm_tdx for control pages. */
struct kvm_td {
	int hkid; /* -1: none assigned */
	struct tdx_page_array *tdr, *tdcs;
	u64 tdr_pa;  /* not cleared */
	u32 vcpus;   /* their count; the next APIC ID */
	bool bugged; /* TDX_BUG_ON(): the VM is dead and can only be destroyed */
};

/* struct vcpu_tdx */
struct kvm_td_vcpu {
	struct tdx_page_array *tdvpr, *tdcx;
	u64 tdvpr_pa; /* not cleared */
	int cpu;      /* where it is loaded, or -1 */
	bool initialised;
};

#define KVM_NO_TD \
	(struct kvm_td) \
	{ \
		.hkid = -1 \
	}
#define KVM_NO_VCPU \
	(struct kvm_td_vcpu) \
	{ \
		.cpu = -1 \
	}

/* __tdx_td_init(), with a KeyID that is free: KVM_TDX_INIT_VM */
int kvm_td_init(struct kvm_td *td, u16 keyid);

/* tdx_vcpu_load() on @cpu and tdx_td_vcpu_init(): KVM_TDX_INIT_VCPU */
int kvm_td_vcpu_init(struct kvm_td *td, struct kvm_td_vcpu *vcpu, unsigned int cpu);

/* kvm_destroy_vm(): tdx_mmu_release_hkid(), tdx_vcpu_free() of each, tdx_vm_destroy() */
void kvm_td_destroy(struct kvm_td *td, struct kvm_td_vcpu *vcpus, unsigned int count);

#endif
