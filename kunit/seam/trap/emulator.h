/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel side of the emulator shares. */
#ifndef SEAM_TRAP_EMULATOR_H
#define SEAM_TRAP_EMULATOR_H

#include <linux/fs.h>
#include <linux/spinlock.h>

#include "../model/seam_model.h"

/* The one model of this machine. Calls run side by side; its books are under this lock. */
extern struct seam_model seam_model;
extern raw_spinlock_t seam_books;

/* CPUs on which VMX is off, one bit each: SEAMCALL is a plain #UD there. */
extern u64 seam_vmx_off_cpus;

/* Has the CPU the MSR that tells of KeyIDs? */
extern bool seam_keyid_msr;

/* A fresh module with the policies of the module parameters, on the platform as it is. */
void seam_reset(void);

/* The same, on a platform that starts anew: all memory is the host's and clean, and one TDMR. */
void seam_start_over(void);

int seam_trap_start(void);
void seam_trap_stop(void);

/*
 * Acts out a #GP of the instruction at @regs, through its entry in the exception table. False when
 * it has none.
 */
bool seam_trap_general_protection(struct pt_regs *regs);

int seam_movdir64b_start(void);
void seam_movdir64b_stop(void);

int seam_caches_start(void);
void seam_caches_stop(void);

int seam_platform_start(void);
void seam_platform_stop(void);

int seam_watch_start(void);
void seam_watch_stop(void);

/*
 * The platform's CPU erratum, and the instruction that helps: the bits of the kernel, and the model.
 * Kernels that do not know the erratum do not have it.
 */
bool seam_platform_has_pw_mce(void);
void seam_platform_set_pw_mce(bool on);

/* A CPU without the instruction: for what refuses to work there. */
void seam_platform_set_movdir64b(bool on);

extern const struct file_operations seam_inject_fops;

void seam_debugfs_start(void);
void seam_debugfs_stop(void);

#endif
