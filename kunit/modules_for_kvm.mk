# SPDX-License-Identifier: GPL-2.0
# Test modules that use the leaves which are exported for KVM alone. Included by the top Kbuild.
modules_for_kvm += tdx_host_client tdx_page_array_edges_kunit tdx_page_array_features_kunit tdx_page_array_kunit \
	tdx_page_array_platform_kunit
