/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TDs as a VMM creates them: with /dev/kvm and the kernel's uapi headers. Part of a program for a guest,
 * which runs the scenarios of main.c; each step prints one line with its result.
 */
#ifndef KVM_TD_H
#define KVM_TD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kvm.h>

#define MAX_VCPUS 2
#define PAGE	  4096ULL
/* Size and start of the private memory of a TD. */
#define TD_PAGES 16
#define TD_GPA	 0x100000ULL

struct td {
	int vm;	  /* -1: none */
	int gmem; /* guest_memfd */
	int vcpu[MAX_VCPUS];
	struct kvm_run *run[MAX_VCPUS];
	size_t run_size;
};

/* A TD without any part: all members are -1 or NULL, so that it can be closed. */
struct td td_none(void);

/*
 * Prints the result of a step: @result, or the name of errno if it is negative. Returns @result. If
 * quiet is set, only failures are printed.
 */
long said(const char *step, long result);
extern bool quiet;

/* Steps: each prints its result. */
long td_create(struct td *td);
long td_capabilities(const struct td *td, uint32_t room);
long td_init(const struct td *td);
long td_add_vcpu(struct td *td, unsigned int index);
long td_set_cpuid(const struct td *td, unsigned int index, bool x2apic);
/*
 * Stays on one CPU. If the thread moves, Linux 7.3 without the patches flushes a virtual processor only after its
 * state is set, which is after TDH.VP.INIT: if the thread moves in between, TDH.VP.WR returns VCPU_ASSOCIATED,
 * and the TDX module keeps the TD's control pages.
 */
long td_init_vcpu(const struct td *td, unsigned int index);
long td_init_moving_vcpu(const struct td *td, unsigned int index);
long td_get_cpuid(const struct td *td, unsigned int index);
long td_add_memory(struct td *td);
/* Pages from @first on, measured or not. */
long td_load_pages(const struct td *td, unsigned int first, unsigned int count, bool measure);
long td_finalize(const struct td *td);
/* Without running the virtual processor. */
long td_fault_in(const struct td *td, unsigned int first, unsigned int count);
long td_punch(const struct td *td, unsigned int first, unsigned int count);
/* Returns the exit reason. */
long td_run(const struct td *td, unsigned int index);

void td_close_memory(struct td *td);
void td_close_vm(struct td *td);
void td_close(struct td *td);

/* For intentionally wrong steps. */
enum td_flaw {
	TD_GOOD,
	TD_BAD_ATTRIBUTES, /* that KVM does not offer */
	TD_BAD_XFAM,
	TD_NO_ADDRESS_WIDTH,
	TD_UNKNOWN_CPUID, /* a leaf that cannot be configured */
	TD_FIXED_CPUID,	  /* a bit that the TDX module does not allow to change */
	TD_RESERVED,
};
long td_init_with(const struct td *td, enum td_flaw flaw);
/* The TDX module's status from the last td_init_with(). */
extern uint64_t hw_error;

/* All steps up to a TD that can run, with both virtual processors. False if one failed. */
bool td_build(struct td *td);

/* Exits with 0 if all vCPUs work whose task migrates while they are initialised (moves.c). */
void moves(void);

#endif
