/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The P-SEAMLDR of the machine: it reports its version, and installs another version of the TDX module
 * after TDH.SYS.SHUTDOWN. An image is accepted if its first page begins with "TDXMODEL" and the version,
 * three numbers of 16 bits.
 */
#ifndef SEAM_QEMU_SEAMLDR_H
#define SEAM_QEMU_SEAMLDR_H

#include "tdx-module.h"

#include "../seam_control.h"

/* RAX, bit 63: the call is for the P-SEAMLDR. */
#define SEAMLDR_CALL (1ULL << 63)

TDXModuleOutcome seamldr_call(struct seam_model *model, void *(*map)(uint64_t hpa), uint32_t cpu,
			      uint64_t registers[16]);

#endif
