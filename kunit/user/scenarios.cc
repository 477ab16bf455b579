// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "array/page_array.hpp"
#include "explore.hpp"
#include "fuzz_calls.hpp"

namespace explore {

namespace {

constexpr u16 kTdKeyid = 40;

/* The module's record of a page, as far as it decides what happens to it. */
u64 facts_of(u64 pfn)
{
	const seam_page *page = seam_model_page(&seam_model, pfn << 12);
	u64 facts = page->entry.type;

	for (const auto bits : page->dirty.bits)
		facts = facts * 0x9E3779B97F4A7C15 + bits;
	return facts * 4 + (page->unconverted != 0);
}

/*
 * The slot whose interrupted call the module waits for, plus 1; 0: none. If the array of that slot has ended, it is
 * none of them.
 */
u32 interrupted;
constexpr u32 kGone = ~0U;

/* After a call with the array of @slot. */
void note_interruption(u32 slot)
{
	const u32 number = slot + 1;

	if (interrupted && interrupted != number) {
		/* The judge reports a list other than the one that the module waits for. There may be no other. */
		const auto left = std::span(seam_model.findings).first(seam_model.finding_count);
		const auto removed = std::ranges::remove_if(left, [](const seam_finding &finding) {
			return finding.kind == SEAM_CHANGED_RESUME &&
			       finding.leaf != SEAM_IOMMU_CLEAR;
		});
		seam_model.finding_count -= removed.size();
		return;
	}
	if (!seam_model.ext_resume && !user::waits_for(SEAM_IOMMU_SETUP))
		interrupted = 0;
	else
		interrupted = fuzz_calls::world.slots[slot].array ? number : kGone;
}

void configure_plain()
{
	seam_model.config.ext_pool_pages = 4;
}

} // namespace

std::span<user::Slot> new_world()
{
	fuzz_calls::world = {};
	interrupted = 0;
	return fuzz_calls::world.slots;
}

void run(const Operation &operation)
{
	const std::string_view text = operation.calls;

	fuzz_calls::calls = fuzz::Input(
		std::span(reinterpret_cast<const u8 *>(text.data()), text.size()));
	while (!fuzz_calls::calls.is_empty())
		fuzz_calls::operation_of(fuzz_calls::calls.next()).run();
	/* A digit behind the first key is that of the slot. */
	if (text.size() > 1)
		note_interruption(text[1] - '0');
}

u64 hash_of_world()
{
	std::vector<u64> facts;
	const auto add = [&](std::initializer_list<u64> more) { facts.insert(facts.end(), more); };
	u64 kept_out = 0;

	for (const user::Slot &slot : fuzz_calls::world.slots) {
		add({slot.pages});
		if (!slot.array)
			continue;
		tdx::PageArray &array = *slot.array;
		const tdx::Custody &custody = array.custody();
		const auto &object = array.object();
		add({static_cast<u64>(custody.state()), custody.owned(), custody.touched(),
		     static_cast<u64>(custody.handed_over_by()),
		     static_cast<u64>(custody.way_back()), custody.hkid().value()});
		add({array.window().offset, array.window().count, array.is_mapped()});
		add({array.progress().done(), array.progress().reclaimed, array.progress().kept()});
		/* A stale ID may be that of a later object. */
		add({object.has_value(), object ? object->id : 0, slot.object});
		for (u32 i = 0; i < array.pages(); i++)
			add({facts_of(array.page(i).value())});
	}
	/* Pages out of use: their order does not matter. */
	for (u64 i = 0; i < machine_page_count; i++)
		if (machine_pages[i].taken)
			kept_out += (facts_of(MACHINE_FIRST_PFN + i) + 1) * 0x9E3779B97F4A7C15;
	add({kept_out, platform_shared_pages(), interrupted});
	for (const auto &kind : seam_model.objects)
		for (const seam_object &object : kind)
			add({object.live, object.blocked, object.connected, object.page_count});
	for (const seam_td &td : seam_model.tds)
		add({td.live, static_cast<u64>(td.lifecycle), td.children, td.control_pages});
	for (const seam_resume &resume : seam_model.resumes)
		add({resume.pending, resume.pending ? resume.progress : 0,
		     resume.pending ? resume.messages : 0});
	add({seam_model.ext_pages_given, seam_model.ext_resume != 0,
	     seam_model.keys[kTdKeyid].state});
	const std::string_view bytes(reinterpret_cast<const char *>(facts.data()),
				     facts.size() * sizeof(u64));
	return std::hash<std::string_view>{}(bytes);
}

const std::vector<Scenario> &scenarios()
{
	static const std::vector<Operation> sessions = {
		{"create 0", "n00"},
		{"create 1", "n12"},
		{"SPDM.CREATE 0", "s01"},
		{"SPDM.CREATE 1", "s11"},
		{"SPDM.DELETE 0", "d0"},
		{"SPDM.DELETE 1", "d1"},
		{"EXT.MEM.ADD 0", "p00e0"},
		{"EXT.MEM.ADD 1", "p10e1"},
		{"map 1", "m1"},
		{"release 0", "r0"},
		{"release 1", "r1"},
		{"leak 0", "l0"},
		{"leak 1", "l1"},
		{"retry", "R"},
	};
	static const std::vector<Scenario> all = {
		{"sessions", configure_plain, sessions},
		{"sessions, page by page",
		 [] {
			 configure_plain();
			 seam_model.config.page_by_page = 1;
		 },
		 sessions},
		{"IOMMU",
		 [] { seam_model.config.iommu_pages = 1; },
		 {
			 {"create", "i011"},
			 {"IOMMU.SETUP", "u00"},
			 {"IOMMU.CLEAR", "U0"},
			 {"release", "r0"},
			 {"leak", "l0"},
			 {"retry", "R"},
		 }},
		{"TD",
		 configure_plain,
		 {
			 {"create TDR", "n00"},
			 {"create TDCS", "n11"},
			 {"MNG.CREATE", "T00"},
			 {"MNG.KEY.CONFIG", "K"},
			 {"MNG.ADDCX", "x10"},
			 {"teardown", "Y"},
			 {"release TDR", "r0"},
			 {"release TDCS", "r1"},
			 {"leak TDR", "l0"},
			 {"leak TDCS", "l1"},
			 {"retry", "R"},
		 }},
	};
	return all;
}

} // namespace explore
