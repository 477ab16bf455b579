/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TD_PARAMS, 1024 bytes that TDH.MNG.INIT reads, for tests that only want a TD: four levels of EPT,
 * no attribute, no feature that can be left out.
 */
#ifndef TD_PARAMS_H
#define TD_PARAMS_H

#include <linux/types.h>

#define TD_PARAMS_SIZE 1024

enum td_params_word {
	TD_PARAMS_ATTRIBUTES,
	TD_PARAMS_XFAM,
	TD_PARAMS_MAX_VCPUS, /* 16 bits, and NUM_L2_VMS above them */
	TD_PARAMS_EPTP_CONTROLS,
	TD_PARAMS_CONFIG_FLAGS,
	TD_PARAMS_TSC_FREQUENCY, /* 16 bits, in units of 25 MHz */
	TD_PARAMS_RESERVED1,
	TD_PARAMS_RESERVED2 = 28,
	TD_PARAMS_CPUID = 32,
};

static inline void td_params_fill(void *at)
{
	u64 *words = (u64 *)at;
	unsigned int i;

	for (i = 0; i < TD_PARAMS_SIZE / sizeof(*words); i++)
		words[i] = 0;
	words[TD_PARAMS_XFAM] = 3;
	words[TD_PARAMS_MAX_VCPUS] = 64;
	words[TD_PARAMS_EPTP_CONTROLS] = 3 << 3 | 6;
	words[TD_PARAMS_TSC_FREQUENCY] = 40;
}

#endif
