// SPDX-License-Identifier: GPL-2.0
/*
 * Provides KVM with page arrays: KVM's table of functions, filled with those of tdx_page_array. A
 * module of its own, so that neither kvm_intel nor tdx_page_array needs the other.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/module.h>
#include <asm/kvm_tdx_page_array.h>

#include "tdx_page_array.h"

/* Charged to the task that makes the VM, as KVM's own pages are. */
static struct tdx_page_array *create(unsigned int nr_pages)
{
	return tdx_page_array_create_node(nr_pages, TDX_PAGE_ARRAY_ANY_NODE,
					  TDX_PAGE_ARRAY_ACCOUNT);
}

/*
 * The array knows by itself what became of its pages, and finds out whether the TD is torn down. The end of
 * a VM cannot fail: where the release has to stop, the leak goes on with the rest, and leaves what the TDX
 * module does not give back now to the quarantine.
 */
static bool release(struct tdx_page_array *array, bool torn_down)
{
	int error = tdx_page_array_release(array);

	if (error && error != -EUCLEAN)
		error = tdx_page_array_leak(array);
	return !error;
}

static const struct kvm_tdx_page_array_ops page_arrays = {
	.owner = THIS_MODULE,
	.going_down = TDX_PAGE_ARRAY_REFUSED | ESHUTDOWN,
	.create = create,
	.page = tdx_page_array_page,
	.mng_create = tdx_tdh_mng_create,
	.mng_addcx = tdx_tdh_mng_addcx,
	.vp_create = tdx_tdh_vp_create,
	.vp_addcx = tdx_tdh_vp_addcx,
	.release = release,
};

static int __init tdx_page_array_kvm_init(void)
{
	const int error = kvm_tdx_register_page_arrays(&page_arrays);

	if (error == -EOPNOTSUPP)
		pr_err("kvm_intel does not use TDX: was it loaded with tdx=1, on a TDX host?\n");
	else if (error)
		pr_err("KVM has control pages of another module already (error %d)\n", error);
	return error;
}

static void __exit tdx_page_array_kvm_exit(void)
{
	kvm_tdx_unregister_page_arrays(&page_arrays);
}

module_init(tdx_page_array_kvm_init);
module_exit(tdx_page_array_kvm_exit);

MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
MODULE_IMPORT_NS("TDX_PAGE_ARRAY_KVM");
MODULE_DESCRIPTION("Page arrays for the control pages of KVM's TDs");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
