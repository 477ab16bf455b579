/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Controls of the SEAM emulator, for test modules in the same kernel. From user space use its
 * debugfs directory.
 *
 * The emulator provides a TDX platform on a machine without one: it handles the #UD of a real
 * SEAMCALL instruction with the model (model/seam_model.h), makes the CPU look as if it had private
 * KeyIDs, and watches which pages the kernel frees and converts. On a machine that executes SEAMCALL
 * and has the model itself (qemu/) it only passes on the requests below, and the pages that the
 * kernel frees.
 */
#ifndef SEAM_EMULATOR_H
#define SEAM_EMULATOR_H

#include "model/seam_model.h"

/*
 * Resets the TDX module to its state after initialisation, except that it keeps the pages it owns.
 * Forgets findings and planned faults.
 */
void seam_emulator_reset(void);

/*
 * A power cycle from the TDX module's point of view: every page becomes the host's; then as a
 * reset.
 */
void seam_emulator_power_cycle(void);

/* Turns VMX off on the CPUs in @cpus, one bit each, and on for all others. A reset turns it on. */
void seam_emulator_set_vmx_off_cpus(u64 cpus);

/* Reads and replaces the configuration as a whole. */
void seam_emulator_get_config(struct seam_config *config);
void seam_emulator_set_config(const struct seam_config *config);

/*
 * Sets or clears the platform's partial-write machine check erratum: X86_BUG_TDX_PW_MCE,
 * X86_FEATURE_MOVDIR64B, and the judge's check for conversion. A reset does not change it. In
 * contrast, partial_write_erratum of the configuration only affects the judge and MOVDIR64B, until
 * the next reset. boot_cpu_has() sees the bits, static_cpu_has() does not.
 */
void seam_emulator_set_pw_mce(bool on);

/* Plans a fault. Returns 0, or -EINVAL if it is invalid or there are too many. */
int seam_emulator_inject(const struct seam_injection *injection);
u32 seam_emulator_pending_injections(void);

/* Cancels all planned faults. */
void seam_emulator_cancel_injections(void);

/* How often a leaf was called since the last reset, and the registers of the last call. */
u64 seam_emulator_calls(u16 leaf);
void seam_emulator_last_call(u16 leaf, struct seam_registers *registers);

/* Copies the leaves of the first @max calls since the last reset. Returns how many calls there were. */
u32 seam_emulator_order(u16 *leaves, u32 max);

/* The specification's name of a leaf. */
const char *seam_emulator_leaf_name(u16 leaf);

/* Makes the module end all its objects and release their pages, including withheld ones. */
void seam_emulator_settle(void);

/*
 * Updates the module to the next version, see seam_model_update(). Before the call, sys_state in the
 * configuration must say that it is shut down; otherwise this returns false and changes nothing.
 */
bool seam_emulator_update(void);

/* True if caches may hold dirty lines of this page with a private KeyID. */
bool seam_emulator_is_dirty(u64 hpa);

/* Sweeps, and copies at most @max findings. Returns how many there are. */
u32 seam_emulator_findings(struct seam_finding *findings, u32 max);

/* Also forgets all findings: a test takes those that it provoked. */
u32 seam_emulator_take_findings(struct seam_finding *findings, u32 max);

/* Copies the newest @max events of one page, oldest first. Returns how many. */
u32 seam_emulator_history(u64 hpa, struct seam_event *events, u32 max);

/*
 * The emulator's overhead, for benchmarks: the number of SEAMCALLs that it handled on the calling CPU,
 * and the ticks of the time stamp counter from its first instruction to its last, without the
 * exception entry and exit.
 */
struct seam_meter {
	u64 calls;
	u64 ticks;
};

void seam_emulator_read_meter(struct seam_meter *meter);

/*
 * Starts or stops telling the judge which pages the kernel frees and flushes. While stopped, freeing and
 * flushing have no overhead. Returns 0 or a negative errno.
 */
int seam_emulator_watch(bool on);

/* True on a machine that sees each access of the host: writes are reported immediately. */
bool seam_emulator_sees_accesses(void);

/* The number of reads of private pages that it has seen. Reads are no error. */
u64 seam_emulator_host_reads(void);

/*
 * True if it sees which pages the kernel flushes: a page that is handed over without the flush that the
 * module requires is reported. And the number of pages flushed since the last reset.
 */
bool seam_emulator_sees_flushes(void);
u64 seam_emulator_host_flushes(void);

/* The text of a finding. */
const char *seam_emulator_finding_text(enum seam_finding_kind kind);
const char *seam_emulator_event_text(enum seam_event_kind kind);

#endif
