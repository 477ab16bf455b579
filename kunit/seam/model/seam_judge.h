/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The judge of what the host does with pages: the events that it is told of, and its findings. Part of
 * seam_model.h.
 */
#ifndef SEAM_JUDGE_H
#define SEAM_JUDGE_H

/* The host gives pages back to its own allocator. */
void seam_judge_host_frees(struct seam_model *model, uint64_t first_pfn, uint64_t count);

/*
 * True if the judge must be told when the host frees the page: it is owned, dirty, not converted, or
 * flushed. A quick check without locks.
 */
bool seam_judge_is_interested(struct seam_model *model, uint64_t pfn);

/*
 * The host flushes its own lines (KeyID 0) of the 4K page at @hpa. All other pages count as not flushed, and
 * this one again after it is freed, handed over or written to (found by comparing its content).
 * seam_judge_flushed_pages() is the number of pages so far.
 */
void seam_judge_host_flushes(struct seam_model *model, uint64_t hpa);
uint64_t seam_judge_flushed_pages(const struct seam_model *model);

/* The host has written the 64-byte line at @hpa with MOVDIR64B. */
void seam_judge_host_converts(struct seam_model *model, uint64_t hpa);

/*
 * True if the host must not access the page: the module owns it, it holds the PAMT, or it has private
 * lines. A quick check without locks.
 */
bool seam_judge_is_private(struct seam_model *model, uint64_t hpa);

/*
 * The machine saw the instruction at @rip access a private page; it need not report later accesses to
 * it. A write is a finding, a read is counted. Pages that are not private are ignored.
 */
void seam_judge_host_accesses(struct seam_model *model, uint64_t hpa, uint64_t rip, bool write);
uint64_t seam_judge_host_reads(const struct seam_model *model);

/*
 * Logical processor @lp goes offline, and VMX is about to be switched off. Its caches must hold no private lines when it
 * issues a SEAMCALL again: a CPU may be flushed after VMXOFF, when it halts.
 */
void seam_judge_vmx_off(struct seam_model *model, uint32_t lp);
void seam_judge_vmx_on(struct seam_model *model, uint32_t lp);

/*
 * The SEAMCALL of @leaf at @rip was issued with preemption enabled: what the host records about the CPU (that it may hold
 * private lines, that it can issue SEAMCALLs) may be recorded for another CPU.
 */
void seam_judge_preemptible(struct seam_model *model, uint16_t leaf, uint64_t rip);

/* Checks that the content of each page of the module is what the module left there. */
void seam_judge_sweep(struct seam_model *model);

/* Copies the newest @max events of one page, oldest first. Returns how many. */
uint32_t seam_judge_history(struct seam_model *model, uint64_t hpa, struct seam_event *events,
			    uint32_t max);

/* A finding and an event as text. */
const char *seam_finding_text(enum seam_finding_kind kind);
const char *seam_event_text(enum seam_event_kind kind);

#endif
