/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run of API calls on a machine and a TDX module of its own, with faults that the caller's
 * functions choose; and the design's invariants, which hold after each call, whatever faults it had.
 */
#pragma once

#include <span>
#include <vector>

#include "interface.h"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"

namespace user {

/* One array, or none, as far as the caller knows. */
struct Slot {
	tdx_page_array *array = nullptr;
	u32 pages = 0;
	bool is_mapped = false;
	u64 object = 0;		     /* ID of the object made of it */
	u64 parent = 0;		     /* of a stream: its session */
	u64 first_page = 0;	     /* HPA */
	std::vector<page *> adopted; /* that are the caller's */
};

/* A status in no table of this project, and one that says that nothing was done. */
inline constexpr u64 kUnknown = 0xC000EE0000000000;
inline constexpr u64 kPlainNo = SEAM_OPERAND_INVALID | SEAM_RCX;
inline constexpr u64 kBusy = SEAM_OPERAND_BUSY | SEAM_RCX;

using FaultKind = decltype(seam_injection::kind);
using enum FaultKind;

/* Plans a fault in the next @times calls of @leaf. */
void plan(u16 leaf, FaultKind kind, u64 value, u32 times = 1);

/* Functions that choose faults; called only inside of Run::call(), for a leaf without a planned fault. */
struct Faults {
	void (*before_seamcall)(u16 leaf); /* may plan a fault for it */
	bool (*choose_failure)();	   /* of an allocation */
};

/* Once per process, before the first run. False when the core does not start. */
bool start(u64 machine_pages, const Faults &from);

/* True if a call of the leaf is interrupted. */
bool waits_for(u16 leaf);

/* What a hypervisor does with the TDs themselves, without faults: the module under test does not do it. */
void on_tds(u16 leaf, u64 rdx = 0);
void tear_tds_down();

class Run {
public:
	/* @slots has the arrays that exist: the caller keeps it up to date. */
	Run(void (*configure)(), std::span<Slot> slots);

	/* Does one call, which may have faults. */
	template <class Call> void call(Call call)
	{
		begin_call();
		call();
		end_call();
	}

	/* The module was made to misbehave: the core may report it. */
	static void note_bad_response();

	/* Pages that the caller took for itself. */
	void expect_own_pages(u32 pages) { own_pages_ = pages; }

	/* Throws a fuzz::Finding if something is wrong now. */
	void check() const;

	/* Ends all arrays; the module gives up its pages; nothing may stay in quarantine. Throws as well. */
	void end();

private:
	static void begin_call();
	static void end_call();
	static void settle();

	std::span<Slot> slots_;
	tdx_page_array_counters before_;
	u64 descriptors_ = platform_descriptors();
	u32 own_pages_ = 0;
};

} // namespace user
