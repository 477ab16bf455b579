// SPDX-License-Identifier: GPL-2.0
/*
 * Sets and clears the kernel's CPU feature bits for the partial-write erratum and for MOVDIR64B.
 * static_cpu_has() does not see the change.
 */
#include <linux/bitops.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

#include "door.h"

#ifdef X86_BUG_TDX_PW_MCE
/* The bits of the real CPU, restored when this module is unloaded. */
static bool had_pw_mce, had_movdir64b;

static void set_cpu_bit(unsigned int bit, bool on)
{
	assign_bit(bit, (unsigned long *)boot_cpu_data.x86_capability, on);
}

bool seam_cpu_has_pw_mce(void)
{
	return boot_cpu_has_bug(X86_BUG_TDX_PW_MCE);
}

void seam_cpu_set_pw_mce(bool on)
{
	set_cpu_bit(X86_BUG_TDX_PW_MCE, on);
	set_cpu_bit(X86_FEATURE_MOVDIR64B, on);
}

void seam_cpu_set_movdir64b(bool on)
{
	set_cpu_bit(X86_FEATURE_MOVDIR64B, on);
}

int seam_cpu_start(void)
{
	had_pw_mce = seam_cpu_has_pw_mce();
	had_movdir64b = boot_cpu_has(X86_FEATURE_MOVDIR64B);
	return 0;
}

void seam_cpu_stop(void)
{
	set_cpu_bit(X86_BUG_TDX_PW_MCE, had_pw_mce);
	set_cpu_bit(X86_FEATURE_MOVDIR64B, had_movdir64b);
}
#else
bool seam_cpu_has_pw_mce(void)
{
	return false;
}

void seam_cpu_set_pw_mce(bool on) {}

void seam_cpu_set_movdir64b(bool on) {}

int seam_cpu_start(void)
{
	return 0;
}

void seam_cpu_stop(void) {}
#endif
