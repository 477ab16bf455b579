// SPDX-License-Identifier: GPL-2.0
/*
 * What other modules may call: every function of include/. The leaves that only KVM can issue correctly, under its locks and with
 * its KeyIDs, have a namespace of their own.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/stringify.h>
#include <linux/version.h>

#include "interface.h"
#include "../include/tdx_page_array.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define EXPORT_IN(namespace, symbol) EXPORT_SYMBOL_NS_GPL(symbol, namespace)
#else
#define EXPORT_IN(namespace, symbol) EXPORT_SYMBOL_NS_GPL(symbol, #namespace)
#endif

#define EXPORT(symbol) EXPORT_IN(TDX_PAGE_ARRAY, symbol)

/* Some kernels restrict a symbol to modules by name: to those that Kbuild names. */
#ifdef EXPORT_SYMBOL_FOR_MODULES
#define EXPORT_FOR_KVM(symbol) EXPORT_SYMBOL_FOR_MODULES(symbol, __stringify(TDX_MODULES_FOR_KVM))
#else
#define EXPORT_FOR_KVM(symbol) EXPORT_IN(TDX_PAGE_ARRAY_KVM, symbol)
#endif

EXPORT(tdx_extensions_start);
EXPORT(tdx_global_keyid);
EXPORT(tdx_page_array_adopt);
EXPORT(tdx_page_array_count);
EXPORT(tdx_page_array_create);
EXPORT(tdx_page_array_create_iommu_mt);
EXPORT(tdx_page_array_create_iommu_mt_node);
EXPORT(tdx_page_array_create_node);
EXPORT(tdx_page_array_leak);
EXPORT(tdx_page_array_map);
EXPORT(tdx_page_array_nr_pages);
EXPORT(tdx_page_array_page);
EXPORT(tdx_page_array_populate);
EXPORT(tdx_page_array_read);
EXPORT(tdx_page_array_release);
EXPORT(tdx_page_array_retry_quarantine);
EXPORT(tdx_page_array_unmap);
EXPORT(tdx_status_to_errno);
EXPORT(tdx_tdh_ext_init);
EXPORT(tdx_tdh_ext_mem_add);
EXPORT(tdx_tdh_ide_stream_block);
EXPORT(tdx_tdh_ide_stream_create);
EXPORT(tdx_tdh_ide_stream_delete);
EXPORT(tdx_tdh_ide_stream_km);
EXPORT(tdx_tdh_iommu_clear);
EXPORT(tdx_tdh_iommu_setup);
EXPORT(tdx_tdh_phymem_page_rdmd);
EXPORT(tdx_tdh_phymem_page_wbinvd);
EXPORT(tdx_tdh_quote_get);
EXPORT(tdx_tdh_quote_init);
EXPORT(tdx_tdh_spdm_connect);
EXPORT(tdx_tdh_spdm_create);
EXPORT(tdx_tdh_spdm_delete);
EXPORT(tdx_tdh_spdm_disconnect);
EXPORT(tdx_tdh_spdm_mng);
EXPORT(tdx_tdh_sys_rd);

EXPORT_FOR_KVM(tdx_tdh_mng_addcx);
EXPORT_FOR_KVM(tdx_tdh_mng_create);
EXPORT_FOR_KVM(tdx_tdh_vp_addcx);
EXPORT_FOR_KVM(tdx_tdh_vp_create);
