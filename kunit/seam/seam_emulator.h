/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Controls of the SEAM emulator, for test modules in the same kernel. People use its debugfs
 * directory instead.
 *
 * The emulator plays a TDX platform on a machine without one: it answers the #UD of a real SEAMCALL
 * instruction from the model (model/seam_model.h), makes the CPU look as if it had private KeyIDs,
 * and watches what the kernel frees and converts. On a machine that executes SEAMCALL and has the
 * model itself (qemu/) it does nothing of that: it passes on what is asked for here, and what the
 * kernel frees.
 */
#ifndef SEAM_EMULATOR_H
#define SEAM_EMULATOR_H

#include "model/seam_model.h"

/*
 * Back to a freshly initialised TDX module; pages that it owns stay its own. Forgets findings and
 * planned faults.
 */
void seam_emulator_reset(void);

/*
 * The machine starts anew, as far as the TDX module sees it: every page is the host's, and what a
 * reset does.
 */
void seam_emulator_power_cycle(void);

/* Turns VMX off on some CPUs, one bit each, and on again on all others. A reset turns it on. */
void seam_emulator_set_vmx_off_cpus(u64 cpus);

/* Reads and replaces the configuration as a whole. */
void seam_emulator_get_config(struct seam_config *config);
void seam_emulator_set_config(const struct seam_config *config);

/*
 * Gives the platform the partial-write machine check erratum, or takes it away: X86_BUG_TDX_PW_MCE,
 * X86_FEATURE_MOVDIR64B, and what the judge wants of the host. A reset changes nothing about it,
 * while the configuration's own partial_write_erratum is about the judge and MOVDIR64B alone and
 * ends with a reset. boot_cpu_has() sees the bits, static_cpu_has() does not.
 */
void seam_emulator_set_pw_mce(bool on);

/* Plans a fault. Returns 0, or -EINVAL when it makes no sense or there are too many. */
int seam_emulator_inject(const struct seam_injection *injection);
u32 seam_emulator_pending_injections(void);

/* Forgets all planned faults. */
void seam_emulator_cancel_injections(void);

/* How often a leaf was called since the last reset, and the registers of the last call. */
u64 seam_emulator_calls(u16 leaf);
void seam_emulator_last_call(u16 leaf, struct seam_registers *registers);

/* Copies the leaves of the first @max calls since the last reset. Returns how many calls there were. */
u32 seam_emulator_order(u16 *leaves, u32 max);

/* How the specification calls a leaf. */
const char *seam_emulator_leaf_name(u16 leaf);

/* Lets the module end all its sessions and give their pages back, also those that it withheld. */
void seam_emulator_settle(void);

/*
 * The next version of the module takes its place, see seam_model_update(). The configuration says before,
 * by sys_state, that it is shut down; otherwise this returns false, and nothing has changed.
 */
bool seam_emulator_update(void);

/* May a cache hold dirty lines of a private KeyID of this page? */
bool seam_emulator_is_dirty(u64 hpa);

/* How many pages has the kernel not freed since the module wrote to them? The module's are among them. */
u32 seam_emulator_held_pages(void);

/* Sweeps, and copies at most @max findings. Returns how many there are. */
u32 seam_emulator_findings(struct seam_finding *findings, u32 max);

/* The same, and forgets all: a test takes those that it provoked. */
u32 seam_emulator_take_findings(struct seam_finding *findings, u32 max);

/* Copies the newest @max events of one page, oldest first. Returns how many. */
u32 seam_emulator_history(u64 hpa, struct seam_event *events, u32 max);

/*
 * What the emulator costs, for those who measure: how many SEAMCALLs it answered on the calling CPU,
 * and how many ticks of the time stamp counter passed from its first instruction to its last. The
 * exception around it is not in there.
 */
struct seam_meter {
	u64 calls;
	u64 ticks;
};

void seam_emulator_read_meter(struct seam_meter *meter);

/*
 * The judge looks at every page that the kernel frees, or of which it writes back its own cache lines.
 * While it does not, both cost what they cost without the emulator. Returns 0 or a negative errno.
 */
int seam_emulator_watch(bool on);

/* True on a machine that sees each access of the host: a write is found when it happens. */
bool seam_emulator_sees_accesses(void);

/* How many reads of private pages it has seen, which are no mistake. */
u64 seam_emulator_host_reads(void);

/*
 * True where it sees which pages the kernel flushes: one that is handed over without, although the module
 * wants it, is found. And how many pages were flushed since the last reset.
 */
bool seam_emulator_sees_flushes(void);
u64 seam_emulator_host_flushes(void);

/* What a finding is about, in words. */
const char *seam_emulator_finding_text(enum seam_finding_kind kind);
const char *seam_emulator_event_text(enum seam_event_kind kind);

#endif
