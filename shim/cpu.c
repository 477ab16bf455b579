// SPDX-License-Identifier: GPL-2.0
/* What this CPU says about TDX. */
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "interface.h"

/* Intel SDM volume 4: activated shared KeyIDs in bits 31:0, private ones in bits 63:32. */
#define IA32_MKTME_KEYID_PARTITIONING 0x87

s32 tdx_shim_keyid_partitioning(u64 *value)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
	return rdmsrl_safe_on_cpu(0, IA32_MKTME_KEYID_PARTITIONING, value);
#else
	return rdmsrq_safe_on_cpu(0, IA32_MKTME_KEYID_PARTITIONING, value);
#endif
}

bool tdx_shim_has_partial_write_erratum(void)
{
#ifdef X86_BUG_TDX_PW_MCE
	return boot_cpu_has_bug(X86_BUG_TDX_PW_MCE);
#else
	/*
	 * A kernel from before the TDX host support: no TDX module can have been started under it.
	 */
	return false;
#endif
}

bool tdx_shim_can_convert_pages(void)
{
	return boot_cpu_has(X86_FEATURE_MOVDIR64B);
}

u32 tdx_shim_physical_address_bits(void)
{
	/* The kernel has already taken the KeyID bits off this number (detect_tme_early()). */
	return boot_cpu_data.x86_phys_bits;
}
