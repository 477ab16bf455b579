/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TDs as a VMM makes them: by /dev/kvm and the kernel's uapi headers. A program for a guest, where the
 * scenarios of main.c run; each step is one line with what it answered.
 */
#ifndef KVM_TD_H
#define KVM_TD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm.h>

#define MAX_VCPUS 2
#define PAGE	  4096ULL
/* Private memory of a TD, and where it begins. */
#define TD_PAGES 16
#define TD_GPA	 0x100000ULL

struct td {
	int vm;	  /* -1: none */
	int gmem; /* guest_memfd */
	int vcpu[MAX_VCPUS];
	struct kvm_run *run[MAX_VCPUS];
	size_t run_size;
	void *shared; /* memory of this process behind the same addresses */
};

/* What is not there is -1 or NULL, so that any TD can be closed. */
struct td td_none(void);

/*
 * Prints what a step answered: @result, or the name of errno if it is negative. Returns @result. With
 * quiet set, only failures are printed.
 */
long said(const char *step, long result);
extern bool quiet;

/* These are steps, and say so. */
long td_create(struct td *td);
long td_capabilities(const struct td *td, uint32_t room);
long td_init(const struct td *td);
long td_add_vcpu(struct td *td, unsigned int index);
long td_set_cpuid(const struct td *td, unsigned int index, bool x2apic);
/*
 * On one CPU. Linux 7.3 without the patches flushes a virtual processor whose thread moves only once its state is
 * set, after TDH.VP.INIT: if the thread moves in between, TDH.VP.WR answers VCPU_ASSOCIATED, and the TD's control
 * pages stay with the TDX module.
 */
long td_init_vcpu(const struct td *td, unsigned int index);
long td_init_moving_vcpu(const struct td *td, unsigned int index);
long td_get_cpuid(const struct td *td, unsigned int index);
long td_add_memory(struct td *td);
/* Pages from @first on, measured or not. */
long td_load_pages(const struct td *td, unsigned int first, unsigned int count, bool measure);
long td_finalize(const struct td *td);
/* Without the virtual processor being run. */
long td_fault_in(const struct td *td, unsigned int first, unsigned int count);
long td_punch(const struct td *td, unsigned int first, unsigned int count);
/* Returns the exit reason. */
long td_run(const struct td *td, unsigned int index);

void td_close_vcpus(struct td *td);
void td_close_memory(struct td *td);
void td_close_vm(struct td *td);
void td_close(struct td *td);

/* For steps that are wrong on purpose. */
enum td_flaw {
	TD_GOOD,
	TD_BAD_ATTRIBUTES, /* that KVM does not offer */
	TD_BAD_XFAM,
	TD_NO_ADDRESS_WIDTH,
	TD_UNKNOWN_CPUID, /* a leaf that cannot be configured */
	TD_FIXED_CPUID,	  /* a bit that the TDX module does not let be changed */
	TD_RESERVED,
};
long td_init_with(const struct td *td, enum td_flaw flaw);
/* The status of the TDX module that the last td_init_with() was told. */
extern uint64_t hw_error;

/* All steps up to a TD that could run, with both virtual processors. False: one failed. */
bool td_build(struct td *td);

#endif
