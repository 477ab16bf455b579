/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the parts of the door to the model in this kernel. */
#ifndef SEAM_TRAP_H
#define SEAM_TRAP_H

#include "../door/door.h"

struct pt_regs;

/* The only model. Calls run concurrently. */
extern struct seam_model seam_model;

/* True if the CPU has the MSR with the number of KeyIDs. */
extern bool seam_keyid_msr;

int seam_trap_start(void);
void seam_trap_stop(void);

/*
 * Simulates a #GP of the instruction at @regs, through its entry in the exception table. False if
 * it has none.
 */
bool seam_trap_general_protection(struct pt_regs *regs);

/* Clears the vector registers, whichever task's values they hold. */
void seam_vectors_clear(void);

/* Turns VMX off and on when a CPU goes offline and online, if seam_emulator.vmx_hotplug is set. */
int seam_hotplug_start(void);
void seam_hotplug_stop(void);

int seam_movdir64b_start(void);
void seam_movdir64b_stop(void);

/* True if the judge is told which lines the kernel flushes. */
extern bool seam_sees_flushes;
int seam_flushes_watch(bool on);

int seam_caches_start(void);
void seam_caches_stop(void);

int seam_keyid_msr_start(void);
void seam_keyid_msr_stop(void);

#endif
