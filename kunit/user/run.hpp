/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run of API calls on a machine and a TDX module of its own, in which a program of the caller's
 * choice makes things go wrong; and the design's invariants, which hold after each call whatever went
 * wrong in it.
 */
#pragma once

#include <span>

#include "interface.h"
#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"

namespace user {

/* One array, or none. */
struct Slot {
	tdx_page_array *array = nullptr;
	u32 pages = 0;
	bool is_mapped = false;
	u64 object = 0; /* that was made of it, as far as the caller knows */
};

/* Who decides what goes wrong; asked only inside of Run::call(). */
struct Faults {
	void (*before_seamcall)(u16 leaf); /* may plan a fault for it */
	bool (*choose_failure)();	   /* of an allocation */
};

/* Once per process, before the first run. False when the core does not start. */
bool start(u64 machine_pages, const Faults &from);

/* Is a call of the leaf interrupted? */
bool waits_for(u16 leaf);

/* What a hypervisor does with the TDs themselves; no faults there, they are its own business. */
void on_tds(u16 leaf, u64 rdx = 0);
void tear_tds_down();

class Run {
public:
	/* @slots say which arrays there are: the caller keeps them up to date. */
	Run(void (*configure)(), std::span<Slot> slots);

	/* Does one call, in which things may go wrong. */
	template <class Call> bool call(Call call)
	{
		begin_call();
		const bool done = call();
		end_call();
		return done;
	}

	/* The module was made to misbehave: the core may report it. */
	static void note_lie();

	/* Pages that the caller took for itself. */
	void expect_own_pages(u32 pages) { own_pages_ = pages; }

	/* What is wrong now, or nullptr. */
	const char *wrong();

	/* Everything is ended; the module gives up what it has; nothing may stay in quarantine. */
	const char *end();

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
