// SPDX-License-Identifier: GPL-2.0
/*
 * The SEAMCALL instruction, in two shapes: with all registers, and with RCX alone for the leaf that is issued for each page.
 *
 * The module returns every register but RAX and the leaf's outputs with its input value. Outcomes that are not the module's
 * answer leave all registers as they were: VMfailInvalid sets CF, #UD and #GP arrive through the exception table with the
 * trap number in RAX.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/types.h>
#include <asm/asm.h>

#include "interface.h"
#include "tdx_trace.h"

static_assert(sizeof(struct tdx_shim_registers) == 13 * sizeof(u64));

/* In memory, because the detours below have no free register. */
static const u64 vmfailinvalid = TDX_SHIM_VMFAILINVALID;
static const u64 sw_error = TDX_SHIM_SW_ERROR;

static_assert((TDX_SHIM_SW_ERROR | 6) == TDX_SHIM_UD);
static_assert((TDX_SHIM_SW_ERROR | 13) == TDX_SHIM_GP);

/* The instruction and its two detours: afterwards RAX alone tells all outcomes apart. */
/* clang-format off */
#define SEAMCALL_INSTRUCTION				\
	"1:	.byte 0x66, 0x0f, 0x01, 0xcf\n"		\
	"	jnc 3f\n"				\
	"	movq %c[vmfailinvalid](%%rip), %%rax\n"	\
	"	jmp 3f\n"				\
	"2:	orq %c[sw_error](%%rip), %%rax\n"	\
	"3:\n"						\
	_ASM_EXTABLE_FAULT(1b, 2b)
/* clang-format on */

#define SEAMCALL_CONSTANTS [vmfailinvalid] "i"(&vmfailinvalid), [sw_error] "i"(&sw_error)

/* RBP and RSP are not the leaves' to use. */
static u64 issue(u64 function, const struct tdx_shim_registers *in, struct tdx_shim_registers *out)
{
	register u64 r8 asm("r8") = in->r8;
	register u64 r9 asm("r9") = in->r9;
	register u64 r10 asm("r10") = in->r10;
	register u64 r11 asm("r11") = in->r11;
	register u64 r12 asm("r12") = in->r12;
	register u64 r13 asm("r13") = in->r13;
	register u64 r14 asm("r14") = in->r14;
	register u64 r15 asm("r15") = in->r15;
	u64 rcx = in->rcx;
	u64 rdx = in->rdx;
	u64 rbx = in->rbx;
	u64 rdi = in->rdi;
	u64 rsi = in->rsi;

	asm volatile(SEAMCALL_INSTRUCTION
		     : "+a"(function), "+c"(rcx), "+d"(rdx), "+b"(rbx), "+D"(rdi), "+S"(rsi),
		       "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11), "+r"(r12), "+r"(r13), "+r"(r14),
		       "+r"(r15)
		     : SEAMCALL_CONSTANTS
		     : "cc", "memory");

	*out = (struct tdx_shim_registers){rcx, rdx, r8,  r9,  r10, r11, r12,
					   r13, r14, r15, rbx, rdi, rsi};
	return function;
}

static __always_inline u64 issue_rcx(u64 function, u64 rcx)
{
	register u64 r8 asm("r8") = 0;
	register u64 r9 asm("r9") = 0;
	register u64 r10 asm("r10") = 0;
	register u64 r11 asm("r11") = 0;
	u64 rdx = 0;

	asm volatile(SEAMCALL_INSTRUCTION
		     : "+a"(function), "+c"(rcx), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10),
		       "+r"(r11)
		     : SEAMCALL_CONSTANTS
		     : "cc", "memory");
	return function;
}

/* The machine goes down: no SEAMCALL any more. */
static bool closed;

void tdx_shim_close_seamcalls(void)
{
	WRITE_ONCE(closed, true);
	/* Waits for every CPU that is between the check and the end of its SEAMCALL. */
	synchronize_rcu();
}

static DEFINE_PER_CPU(u64, seamcalls);

u64 tdx_shim_seamcalls(void)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu) sum += per_cpu(seamcalls, cpu);
	return sum;
}

u64 tdx_shim_seamcall(u64 function, const struct tdx_shim_registers *in,
		      struct tdx_shim_registers *out)
{
	const u64 began = trace_seamcall_enabled() ? local_clock() : 0;
	u64 status = TDX_SHIM_CLOSED;

	preempt_disable();
	if (READ_ONCE(closed)) {
		*out = *in;
	} else {
		__this_cpu_inc(seamcalls);
		status = issue(function, in, out);
	}
	preempt_enable();
	if (trace_seamcall_enabled())
		trace_seamcall(function, in, status, local_clock() - began);
	return status;
}

/* Out of the way of the shape that pages come back by. */
static noinline void trace_rcx(u64 function, u64 rcx, u64 status, u64 nanoseconds)
{
	const struct tdx_shim_registers in = {.rcx = rcx};

	trace_seamcall(function, &in, status, nanoseconds);
}

u64 tdx_shim_seamcall_rcx(u64 function, u64 rcx)
{
	const u64 began = trace_seamcall_enabled() ? local_clock() : 0;
	u64 status = TDX_SHIM_CLOSED;

	preempt_disable();
	if (!READ_ONCE(closed)) {
		__this_cpu_inc(seamcalls);
		status = issue_rcx(function, rcx);
	}
	preempt_enable();
	if (trace_seamcall_enabled())
		trace_rcx(function, rcx, status, local_clock() - began);
	return status;
}
