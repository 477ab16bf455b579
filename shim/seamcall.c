// SPDX-License-Identifier: GPL-2.0
/*
 * The SEAMCALL instruction, in the three shapes that the leaves need.
 *
 * The module returns every register but RAX and the leaf's outputs with its input value; the shapes
 * differ in how many registers they load and copy back. Outcomes that are not the module's answer
 * leave all registers as they were: VMfailInvalid sets CF, #UD and #GP arrive through the exception
 * table with the trap number in RAX.
 */
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/types.h>
#include <asm/asm.h>

#include "interface.h"
#include "tdx_trace.h"

static_assert(sizeof(struct tdx_shim_registers) == 6 * sizeof(u64));
static_assert(sizeof(struct tdx_shim_all_registers) == 13 * sizeof(u64));

#define TRAP_NUMBER	   0x1fULL
#define TDX_RND_NO_ENTROPY 0x8000020300000000ULL

/* In memory, because the detours below have no free register in the widest shape. */
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

/* Inlined, because one page written back is little more than one call of this. */
static __always_inline u64 issue(u64 function, const struct tdx_shim_registers *in,
				 struct tdx_shim_registers *out)
{
	register u64 r8 asm("r8") = in->r8;
	register u64 r9 asm("r9") = in->r9;
	register u64 r10 asm("r10") = in->r10;
	register u64 r11 asm("r11") = in->r11;
	u64 rcx = in->rcx;
	u64 rdx = in->rdx;

	asm volatile(SEAMCALL_INSTRUCTION
		     : "+a"(function), "+c"(rcx), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10),
		       "+r"(r11)
		     : SEAMCALL_CONSTANTS
		     : "cc", "memory");

	out->rcx = rcx;
	out->rdx = rdx;
	out->r8 = r8;
	out->r9 = r9;
	out->r10 = r10;
	out->r11 = r11;
	return function;
}

/* RBP and RSP are not the leaves' to use. */
static __always_inline u64 issue_saved(u64 function, const struct tdx_shim_all_registers *in,
				       struct tdx_shim_all_registers *out)
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

	out->rcx = rcx;
	out->rdx = rdx;
	out->r8 = r8;
	out->r9 = r9;
	out->r10 = r10;
	out->r11 = r11;
	out->r12 = r12;
	out->r13 = r13;
	out->r14 = r14;
	out->r15 = r15;
	out->rbx = rbx;
	out->rdi = rdi;
	out->rsi = rsi;
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

/*
 * Tries again while the module finds no entropy, as often as RDRAND_RETRY_LOOPS allows in the
 * kernel's own wrappers. @issue_once starts from the original inputs each time: leaves that zero
 * their outputs first have overwritten them by then. Preemption is off, so that all that happens on
 * behalf of one call happens on one CPU.
 */
#define ISSUE_UNTIL_ENTROPY(tries, issue_once) \
	({ \
		u64 issued_status; \
\
		tries = 0; \
		do { \
			++tries; \
			preempt_disable(); \
			issued_status = READ_ONCE(closed) ? TDX_SHIM_CLOSED : (issue_once); \
			preempt_enable(); \
		} while (issued_status == TDX_RND_NO_ENTROPY && tries < TDX_SHIM_ENTROPY_TRIES); \
		issued_status; \
	})

static bool module_ran(u64 status)
{
	return status != TDX_SHIM_VMFAILINVALID && status != TDX_SHIM_CLOSED &&
	       (status & ~TRAP_NUMBER) != TDX_SHIM_SW_ERROR;
}

/*
 * Each shape is compiled twice: what a trace point shows is kept only while somebody traces, because
 * the first shape is what pages come back by.
 */
static __always_inline u64 seamcall(u64 function, u64 rcx, bool traced)
{
	const struct tdx_shim_registers in = {.rcx = rcx};
	const u64 began = traced ? local_clock() : 0;
	struct tdx_shim_registers out = {};
	unsigned int tries;
	const u64 status = ISSUE_UNTIL_ENTROPY(tries, issue(function, &in, &out));

	if (traced)
		trace_seamcall(function, &in, status, tries, local_clock() - began);
	return status;
}

static __always_inline u64 seamcall_ret(u64 function, struct tdx_shim_registers *registers,
					bool traced)
{
	const u64 began = traced ? local_clock() : 0;
	struct tdx_shim_registers out = {};
	unsigned int tries;
	const u64 status = ISSUE_UNTIL_ENTROPY(tries, issue(function, registers, &out));

	if (traced)
		trace_seamcall(function, registers, status, tries, local_clock() - began);
	if (module_ran(status))
		*registers = out;
	return status;
}

static __always_inline u64 seamcall_saved_ret(u64 function,
					      struct tdx_shim_all_registers *registers, bool traced)
{
	const struct tdx_shim_registers shown = {.rcx = registers->rcx,
						 .rdx = registers->rdx,
						 .r8 = registers->r8,
						 .r9 = registers->r9,
						 .r10 = registers->r10,
						 .r11 = registers->r11};
	const u64 began = traced ? local_clock() : 0;
	struct tdx_shim_all_registers out = {};
	unsigned int tries;
	const u64 status = ISSUE_UNTIL_ENTROPY(tries, issue_saved(function, registers, &out));

	if (traced)
		trace_seamcall(function, &shown, status, tries, local_clock() - began);
	if (module_ran(status))
		*registers = out;
	return status;
}

static noinline u64 seamcall_traced(u64 function, u64 rcx)
{
	return seamcall(function, rcx, true);
}

static noinline u64 seamcall_ret_traced(u64 function, struct tdx_shim_registers *registers)
{
	return seamcall_ret(function, registers, true);
}

static noinline u64 seamcall_saved_ret_traced(u64 function,
					      struct tdx_shim_all_registers *registers)
{
	return seamcall_saved_ret(function, registers, true);
}

u64 tdx_shim_seamcall(u64 function, u64 rcx)
{
	return trace_seamcall_enabled() ? seamcall_traced(function, rcx)
					: seamcall(function, rcx, false);
}

u64 tdx_shim_seamcall_ret(u64 function, struct tdx_shim_registers *registers)
{
	return trace_seamcall_enabled() ? seamcall_ret_traced(function, registers)
					: seamcall_ret(function, registers, false);
}

u64 tdx_shim_seamcall_saved_ret(u64 function, struct tdx_shim_all_registers *registers)
{
	return trace_seamcall_enabled() ? seamcall_saved_ret_traced(function, registers)
					: seamcall_saved_ret(function, registers, false);
}
