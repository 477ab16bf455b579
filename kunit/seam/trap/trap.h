/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the trap share: the model is in this kernel. */
#ifndef SEAM_TRAP_H
#define SEAM_TRAP_H

#include "../door/door.h"

struct pt_regs;

/* The one model. Calls run side by side. */
extern struct seam_model seam_model;

/* Has the CPU the MSR that tells of KeyIDs? */
extern bool seam_keyid_msr;

int seam_trap_start(void);
void seam_trap_stop(void);

/*
 * Acts out a #GP of the instruction at @regs, through its entry in the exception table. False when
 * it has none.
 */
bool seam_trap_general_protection(struct pt_regs *regs);

/* Zeroes in the vector registers, whoever they belong to just now. */
void seam_vectors_clear(void);

/* VMX goes off and on with each CPU, if seam_emulator.vmx_hotplug says so. */
int seam_hotplug_start(void);
void seam_hotplug_stop(void);

int seam_movdir64b_start(void);
void seam_movdir64b_stop(void);

/* Does the judge hear of the lines that the kernel flushes? */
extern bool seam_sees_flushes;
int seam_flushes_watch(bool on);

int seam_caches_start(void);
void seam_caches_stop(void);

int seam_keyid_msr_start(void);
void seam_keyid_msr_stop(void);

#endif
