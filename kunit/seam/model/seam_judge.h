/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The judge of what the host does with pages: what it is told by who sees the host, and what it says.
 * Part of seam_model.h.
 */
#ifndef SEAM_JUDGE_H
#define SEAM_JUDGE_H

/* The host gives pages back to its own allocator. */
void seam_judge_host_frees(struct seam_model *model, uint64_t first_pfn, uint64_t count);

/*
 * Has the judge to hear when the host frees the page: is it owned, dirty, not converted, or flushed? A
 * quick look without any lock.
 */
bool seam_judge_is_interested(struct seam_model *model, uint64_t pfn);

/*
 * The host writes back its own lines (KeyID 0) of the 4K page at @hpa. Caches may hold such lines of every
 * other page, and of this one again when it was freed, handed over or written to: a write is found by
 * the content of the page. How many pages were there?
 */
void seam_judge_host_flushes(struct seam_model *model, uint64_t hpa);
uint64_t seam_judge_flushed_pages(const struct seam_model *model);

/* The host has written the 64-byte line at @hpa with MOVDIR64B. */
void seam_judge_host_converts(struct seam_model *model, uint64_t hpa);

/*
 * Is the page one that the host must not touch: the module's, memory of the PAMT, or with private
 * lines? A quick look without any lock.
 */
bool seam_judge_is_private(struct seam_model *model, uint64_t hpa);

/*
 * The machine saw the instruction at @rip access such a page; it need not see those that follow. A
 * write is a finding, a read is counted. A page that is not private is ignored.
 */
void seam_judge_host_accesses(struct seam_model *model, uint64_t hpa, uint64_t rip, bool write);
uint64_t seam_judge_host_reads(const struct seam_model *model);

/*
 * VMX is about to be switched off on logical processor @lp, which goes away. Private lines must be gone from its caches by the
 * time it issues a SEAMCALL again: a CPU may write back after VMXOFF, when it halts for good.
 */
void seam_judge_vmx_off(struct seam_model *model, uint32_t lp);
void seam_judge_vmx_on(struct seam_model *model, uint32_t lp);

/*
 * The SEAMCALL of @leaf at @rip was issued with preemption on: what the host notes of its CPU (which may hold private lines
 * now, whether it may issue SEAMCALLs) can be another one's.
 */
void seam_judge_preemptible(struct seam_model *model, uint16_t leaf, uint64_t rip);

/* Compares every page that the module owns with what the module left there. */
void seam_judge_sweep(struct seam_model *model);

/* Copies the newest @max events of one page, oldest first; returns how many. */
uint32_t seam_judge_history(struct seam_model *model, uint64_t hpa, struct seam_event *events,
			    uint32_t max);

/* What is wrong, in words; and what happened. */
const char *seam_finding_text(enum seam_finding_kind kind);
const char *seam_event_text(enum seam_event_kind kind);

#endif
