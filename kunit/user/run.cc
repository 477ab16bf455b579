// SPDX-License-Identifier: GPL-2.0
#include "run.hpp"

#include <algorithm>
#include <cerrno>

#include "fuzz_input.hpp"

namespace user {

using fuzz::found;
using fuzz::must;

namespace {

Faults faults;
bool calling;
bool had_bad_response;

tdx_page_array_counters counted()
{
	tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters;
}

/* True if the module has a page that is free. */
bool has_free_page()
{
	for (u64 i = 0; i < machine_page_count; i++)
		if (!machine_pages[i].taken &&
		    seam_model_page(&seam_model, (MACHINE_FIRST_PFN + i) << 12)->entry.type !=
			    SEAM_PT_NDA)
			return true;
	return false;
}

/* True if a call before left a fault of @leaf: it stays BUSY. */
bool has_fault(u16 leaf)
{
	return std::ranges::any_of(seam_model.injections, [leaf](const seam_injection &planned) {
		return planned.times && planned.leaf == leaf;
	});
}

} // namespace

void plan(u16 leaf, FaultKind kind, u64 value, u32 times)
{
	const seam_injection fault = {kind, leaf, 1, times, value};

	seam_model_inject(&seam_model, &fault);
}

bool start(u64 machine_pages, const Faults &from)
{
	faults = from;
	machine_start(machine_pages);
	if (tdx_core_start())
		return false;
	platform_is_alone = true;
	platform_before_seamcall = [](u16 leaf) {
		if (calling && !has_fault(leaf))
			faults.before_seamcall(leaf);
	};
	machine_choose_failure = [] { return calling && faults.choose_failure(); };
	return true;
}

bool waits_for(u16 leaf)
{
	for (const seam_resume &resume : seam_model.resumes)
		if (resume.pending && (resume.inputs.r[SEAM_RAX] & 0xFFFF) == leaf)
			return true;
	return false;
}

void on_tds(u16 leaf, u64 rdx)
{
	for (u64 i = 0; i < machine_page_count; i++) {
		const u64 hpa = (MACHINE_FIRST_PFN + i) << 12;
		if (seam_model_page(&seam_model, hpa)->entry.type != SEAM_PT_TDR)
			continue;
		seam_registers registers{};
		registers.r[SEAM_RAX] = leaf;
		registers.r[SEAM_RCX] = hpa;
		registers.r[SEAM_RDX] = rdx;
		seam_model_call(&seam_model, 0, 0, &registers);
	}
}

void tear_tds_down()
{
	seam_registers write_back{};

	on_tds(SEAM_MNG_VPFLUSHDONE);
	write_back.r[SEAM_RAX] = SEAM_PHYMEM_CACHE_WB;
	seam_model_call(&seam_model, 0, 0, &write_back);
	on_tds(SEAM_MNG_KEY_FREEID);
}

Run::Run(void (*configure)(), std::span<Slot> slots) : slots_(slots)
{
	machine_reset();
	platform_reset();
	configure();
	before_ = counted();
	had_bad_response = false;
}

void Run::begin_call()
{
	calling = true;
}

void Run::end_call()
{
	calling = false;
	/* Faults that were planned for a call which did not come are dropped. */
	seam_model_cancel_injections(&seam_model);
}

void Run::note_bad_response()
{
	had_bad_response = true;
}

void Run::check() const
{
	const tdx_page_array_counters now = counted();
	const u64 lists = platform_shared_pages();
	u64 in_arrays = 0, arrays = 0;

	seam_judge_sweep(&seam_model);
	if (seam_model.finding_count)
		found(seam_finding_text(seam_model.findings[0].kind));
	must(!platform_take_warnings() || had_bad_response,
	     "there was an unexpected kernel warning");
	for (const Slot &slot : slots_)
		if (slot.array) {
			in_arrays += slot.pages;
			arrays++;
		}
	must(now.taken == now.in_arrays + now.freed + now.kept + now.quarantined,
	     "the ledger does not add up");
	must(now.in_arrays - before_.in_arrays == in_arrays, "pages of arrays are miscounted");
	must(lists <= arrays, "a list page outlives its array");
	must(machine_page_count - machine_free_pages() ==
		     own_pages_ + in_arrays + lists + (now.kept - before_.kept) +
			     (now.quarantined - before_.quarantined),
	     "a page is lost, or freed though it stays");
	must(!has_free_page(), "the module took a page that was not handed over");
}

void Run::end()
{
	for (Slot &slot : slots_) {
		if (!slot.array)
			continue;
		if (slot.is_mapped)
			tdx_page_array_unmap(slot.array);
		if (const int error = tdx_page_array_release(slot.array);
		    error == -EBUSY || error == -EAGAIN)
			tdx_page_array_leak(slot.array);
		slot = {};
	}
	had_bad_response = true; /* pages that it seemed to return may be its own */
	check();
	settle();
	tdx_page_array_retry_quarantine();
	check();
	must(counted().quarantined == before_.quarantined,
	     "pages stay in quarantine though the module has given them up");
	must(platform_descriptors() == descriptors_, "memory of a descriptor is lost");
}

/* Takes back the pages of objects and of TDs, and extension memory, which no real module gives up. */
void Run::settle()
{
	for (u64 i = 0; i < machine_page_count; i++)
		seam_model_page(&seam_model, (MACHINE_FIRST_PFN + i) << 12)
			->entry.type = SEAM_PT_NDA;
}

} // namespace user
