// SPDX-License-Identifier: GPL-2.0
/*
 * The lifecycle of a TD in KVM. After any failure KVM finally destroys the VM, and leaks the pages
 * that it cannot reclaim.
 */

#include "../suites/kvm.h"
#include "faults.h"

static void configure(struct seam_config *config)
{
	config->ext_pool_pages = 0;
}

static int open_and_destroy(struct driver *driver)
{
	struct kvm_td_vcpu vcpu = KVM_NO_VCPU;
	struct kvm_td td = KVM_NO_TD;
	int error = kvm_td_init(&td, driver->keyid);

	if (!error)
		error = kvm_td_vcpu_init(&td, &vcpu, 0);
	kvm_td_destroy(&td, &vcpu, 1);
	driver->td.tdr_hpa = td.tdr_pa;
	driver->td.tdvpr_hpa = vcpu.tdvpr_pa;
	if (td.tdr || td.tdcs || vcpu.tdvpr || vcpu.tdcx)
		driver->wrong("a VM was destroyed, but not all of its arrays");
	return error ?: td.bugged ? -EIO : 0;
}

const struct lifecycle lifecycle_kvm = {
	.name = "kvm",
	.configure = configure,
	.open = open_and_destroy,
	.close = close_object,
	.end = end_object,
};
