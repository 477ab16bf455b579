// SPDX-License-Identifier: GPL-2.0
/*
 * The SEAMCALL instruction, in two shapes: with all registers, and with RCX alone for the leaf that is issued for each page.
 *
 * The module returns every register but RAX and the leaf's outputs with its input value. Outcomes that are not the module's
 * answer leave all registers as they were: VMfailInvalid sets CF, #UD and #GP arrive through the exception table with the
 * trap number in RAX.
 *
 * Registers are loaded and stored by the assembly itself. Variables bound to registers would not do: the compiler may put a
 * sanitizer's call between such a binding and the instruction, and then the value is gone.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/fpu/api.h>

#include "interface.h"
#include "parts.h"
#include "tdx_trace.h"

/* As the assembly below counts them. */
static_assert(offsetof(struct tdx_shim_registers, rcx) == 8 * 0);
static_assert(offsetof(struct tdx_shim_registers, r15) == 8 * 9);
static_assert(offsetof(struct tdx_shim_registers, rbx) == 8 * 10);
static_assert(offsetof(struct tdx_shim_registers, rsi) == 8 * 12);
static_assert(sizeof(struct tdx_shim_registers) == 8 * 13);

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

/* clang-format off */
#define EACH_REGISTER_BUT_RSI(DO)							\
	DO(0, rcx) DO(1, rdx) DO(2, r8) DO(3, r9) DO(4, r10) DO(5, r11) DO(6, r12)	\
	DO(7, r13) DO(8, r14) DO(9, r15) DO(10, rbx) DO(11, rdi)
#define LOAD(index, name)  "	movq 8 * " #index "(%%rsi), %%" #name "\n"
#define STORE(index, name) "	movq %%" #name ", 8 * " #index "(%%rsi)\n"
/* clang-format on */

/* RBP and RSP are not the leaves' to use: @out waits on the stack. */
static u64 issue(u64 function, const struct tdx_shim_registers *in, struct tdx_shim_registers *out)
{
	asm volatile("	pushq %%rdi\n" EACH_REGISTER_BUT_RSI(
			     LOAD) "	movq 8 * 12(%%rsi), %%rsi\n" SEAMCALL_INSTRUCTION
				   "	pushq %%rsi\n"
				   "	movq 8(%%rsp), %%rsi\n" EACH_REGISTER_BUT_RSI(
					   STORE) "	popq 8 * 12(%%rsi)\n"
						  "	popq %%rsi\n"
		     : "+a"(function), "+S"(in), "+D"(out)
		     : SEAMCALL_CONSTANTS
		     : "rcx", "rdx", "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		       "cc", "memory");
	return function;
}

static __always_inline u64 issue_rcx(u64 function, u64 rcx)
{
	asm volatile("	xorl %%edx, %%edx\n"
		     "	xorl %%r8d, %%r8d\n"
		     "	xorl %%r9d, %%r9d\n"
		     "	xorl %%r10d, %%r10d\n"
		     "	xorl %%r11d, %%r11d\n" SEAMCALL_INSTRUCTION
		     : "+a"(function), "+c"(rcx)
		     : SEAMCALL_CONSTANTS
		     : "rdx", "r8", "r9", "r10", "r11", "cc", "memory");
	return function;
}

/* Of one CPU. */
struct cpu_state {
	u64 seamcalls;
	u64 closed; /* 0, or what a call gets instead of a SEAMCALL */
	bool has_private_lines;
};

static DEFINE_PER_CPU(struct cpu_state, cpu_state);

u64 tdx_shim_seamcalls(void)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu) sum += per_cpu(cpu_state.seamcalls, cpu);
	return sum;
}

void tdx_seamcall_close(u64 answer)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) WRITE_ONCE(per_cpu(cpu_state.closed, cpu), answer);
	/* Waits for every CPU that is between the check and the end of its SEAMCALL. */
	synchronize_rcu();
}

/* One that is closed for good stays so. */
void tdx_seamcall_change_cpu(u64 from, u64 to)
{
	cmpxchg(this_cpu_ptr(&cpu_state.closed), from, to);
}

bool tdx_seamcall_left_private_lines(int cpu)
{
	return READ_ONCE(per_cpu(cpu_state.has_private_lines, cpu));
}

void tdx_seamcall_forget_private_lines(void)
{
	this_cpu_write(cpu_state.has_private_lines, false);
}

/* Preemption is off. Returns 0, or what the caller gets instead of a SEAMCALL. */
static __always_inline u64 begin(void)
{
	const u64 closed = __this_cpu_read(cpu_state.closed);

	if (unlikely(closed))
		return closed;
	__this_cpu_inc(cpu_state.seamcalls);
	/* Nearly all leaves write to the entries of pages in the PAMT, if only to their locks. */
	__this_cpu_write(cpu_state.has_private_lines, true);
	return 0;
}

u64 tdx_shim_seamcall(u64 function, const struct tdx_shim_registers *in,
		      struct tdx_shim_registers *out, bool keeps_vectors)
{
	u64 status, began;

	preempt_disable();
	began = trace_tdx_page_array_seamcall_enabled() ? local_clock() : 0;
	status = begin();
	if (unlikely(status)) {
		*out = *in;
	} else {
		/* The TDX module does not preserve them in all leaves. */
		if (!keeps_vectors)
			kernel_fpu_begin();
		status = issue(function, in, out);
		if (!keeps_vectors)
			kernel_fpu_end();
	}
	/* Clocks of two CPUs cannot be compared. */
	if (trace_tdx_page_array_seamcall_enabled())
		trace_tdx_page_array_seamcall(function, in, status, local_clock() - began);
	preempt_enable();
	return status;
}

/* Not inline: a page that comes back costs one issue_rcx(), and tracing must add nothing to that. */
static noinline u64 traced_rcx(u64 function, u64 rcx)
{
	const struct tdx_shim_registers in = {.rcx = rcx};
	struct tdx_shim_registers out;

	return tdx_shim_seamcall(function, &in, &out, true);
}

u64 tdx_shim_seamcall_rcx(u64 function, u64 rcx)
{
	u64 status;

	if (trace_tdx_page_array_seamcall_enabled())
		return traced_rcx(function, rcx);
	preempt_disable();
	status = begin();
	if (!status)
		status = issue_rcx(function, rcx);
	preempt_enable();
	return status;
}
