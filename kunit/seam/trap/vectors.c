// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves the vector registers as the TDX module's exit path does. This runs in an exception handler: they
 * hold the values of the interrupted code, or of the user task of this CPU.
 */
#include <asm/cpufeature.h>

#include "trap.h"

static void clear_xmm(void)
{
	asm volatile("pxor %xmm0, %xmm0\n\t"
		     "pxor %xmm1, %xmm1\n\t"
		     "pxor %xmm2, %xmm2\n\t"
		     "pxor %xmm3, %xmm3\n\t"
		     "pxor %xmm4, %xmm4\n\t"
		     "pxor %xmm5, %xmm5\n\t"
		     "pxor %xmm6, %xmm6\n\t"
		     "pxor %xmm7, %xmm7\n\t"
		     "pxor %xmm8, %xmm8\n\t"
		     "pxor %xmm9, %xmm9\n\t"
		     "pxor %xmm10, %xmm10\n\t"
		     "pxor %xmm11, %xmm11\n\t"
		     "pxor %xmm12, %xmm12\n\t"
		     "pxor %xmm13, %xmm13\n\t"
		     "pxor %xmm14, %xmm14\n\t"
		     "pxor %xmm15, %xmm15");
}

void seam_vectors_clear(void)
{
	if (boot_cpu_has(X86_FEATURE_AVX))
		asm volatile("vzeroall");
	else
		clear_xmm();
}
