// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <cerrno>
#include <span>

#include "array/page_array.hpp"
#include "explore.hpp"

namespace explore {

namespace {

constexpr u32 kPages[] = {1, 3}; /* of the two slots */
constexpr u32 kTdPages[] = {1, 2};
constexpr u16 kTdKeyid = 40;
constexpr u64 kIommuRegisters = 0xfed90000;

/* FNV-1a. */
class Hash {
public:
	void add(u64 value)
	{
		for (int i = 0; i < 8; i++) {
			sum_ = (sum_ ^ (value & 0xFF)) * 0x100000001B3;
			value >>= 8;
		}
	}
	u64 sum() const { return sum_; }

private:
	u64 sum_ = 0xCBF29CE484222325;
};

/* The module's record of a page, as far as it decides what happens to it. */
u64 facts_of(u64 pfn)
{
	const seam_page *page = seam_model_page(&seam_model, pfn << 12);
	u64 facts = page->entry.type;

	for (const auto bits : page->dirty.bits)
		facts = facts * 0x9E3779B97F4A7C15 + bits;
	return facts * 4 + (page->unconverted != 0);
}

template <u32 slot, const u32 (&pages)[2]> bool create(World &world)
{
	Slot &mine = world.slots[slot];

	if (mine.array)
		return false;
	tdx_page_array *array = tdx_page_array_create(pages[slot]);
	if (!tdx::errno_in(array))
		mine = {.array = array, .pages = pages[slot]};
	return true;
}

bool create_iommu(World &world)
{
	Slot &mine = world.slots[0];

	if (mine.array)
		return false;
	tdx_page_array *array = tdx_page_array_create_iommu_mt(1, 1);
	if (!tdx::errno_in(array))
		mine = {.array = array, .pages = 5};
	return true;
}

/* Works with the array of a slot, if there is one. */
template <u32 slot, void (*work)(World &world, Slot &mine)> bool with(World &world)
{
	if (!world.slots[slot].array)
		return false;
	work(world, world.slots[slot]);
	return true;
}

/* The same if there is an object made of it. */
template <u32 slot, void (*work)(World &world, Slot &mine)> bool with_object(World &world)
{
	return world.slots[slot].object && with<slot, work>(world);
}

u32 number_of(const World &world, const Slot &mine)
{
	return &mine - world.slots + 1;
}

template <int (*release_or_leak)(tdx_page_array *)> void end(World &world, Slot &mine)
{
	const int error = release_or_leak(mine.array);

	if (error == -EBUSY || error == -EAGAIN)
		return;
	mine = {};
	if (world.interrupted == number_of(world, mine))
		world.interrupted = World::kGone;
}

void map_or_unmap(World &, Slot &mine)
{
	if (mine.is_mapped)
		mine.is_mapped = tdx_page_array_unmap(mine.array) != 0;
	else
		mine.is_mapped = !tdx::errno_in(tdx_page_array_map(mine.array));
}

void spdm_create(World &, Slot &mine)
{
	seam_model.config.spdm_pages = mine.pages;
	tdx_tdh_spdm_create(0x100, mine.array, &mine.object);
}

void spdm_delete(World &, Slot &mine)
{
	if (!tdx_tdh_spdm_delete(mine.object, mine.array))
		mine.object = 0;
}

/* After a call with the array: the module waits for its resumption, or not. */
void note_interruption(World &world, const Slot &mine, bool waits)
{
	const u32 number = number_of(world, mine);

	if (!world.interrupted || world.interrupted == number) {
		world.interrupted = waits ? number : 0;
		return;
	}
	/*
	 * The judge reports a list other than the one that the module waits for. After that array ended there
	 * is no other.
	 */
	const auto left = std::span(seam_model.findings).first(seam_model.finding_count);
	seam_model.finding_count -=
		std::ranges::remove(left, SEAM_CHANGED_RESUME, &seam_finding::kind).size();
}

void ext_mem_add(World &world, Slot &mine)
{
	tdx_page_array_populate(mine.array, 0);
	tdx_tdh_ext_mem_add(mine.array);
	note_interruption(world, mine, seam_model.ext_resume);
}

void iommu_setup(World &world, Slot &mine)
{
	tdx_tdh_iommu_setup(kIommuRegisters, mine.array, &mine.object);
	note_interruption(world, mine, user::waits_for(SEAM_IOMMU_SETUP));
}

void iommu_clear(World &, Slot &mine)
{
	if (!tdx_tdh_iommu_clear(mine.object, mine.array))
		mine.object = 0;
}

void mng_create(World &, Slot &mine)
{
	tdx_tdh_mng_create(mine.array, kTdKeyid);
}

bool mng_addcx(World &world)
{
	if (!world.slots[0].array || !world.slots[1].array)
		return false;
	tdx_tdh_mng_addcx(world.slots[0].array, world.slots[1].array);
	return true;
}

bool configure_key(World &)
{
	user::on_tds(SEAM_MNG_KEY_CONFIG);
	return true;
}

bool tear_down(World &)
{
	user::tear_tds_down();
	return true;
}

bool retry_quarantine(World &)
{
	tdx_page_array_retry_quarantine();
	return true;
}

void configure_plain()
{
	seam_model.config.ext_pool_pages = 4;
}

void configure_page_by_page()
{
	configure_plain();
	seam_model.config.page_by_page = 1;
	seam_model.config.partial_write_erratum = 0;
}

void configure_iommu()
{
	seam_model.config.iommu_pages = 1;
}

} // namespace

u64 World::hash() const
{
	Hash hash;
	u64 kept_out = 0;

	for (const Slot &slot : slots) {
		hash.add(slot.pages);
		if (!slot.array)
			continue;
		tdx::PageArray &array = *slot.array;
		const tdx::Custody &custody = array.custody();
		const auto &object = array.object();
		hash.add(static_cast<u64>(custody.state()) | u64{custody.owned()} << 8 |
			 u64{custody.touched()} << 16 |
			 static_cast<u64>(custody.handed_over_by()) << 24 |
			 static_cast<u64>(custody.way_back()) << 40 |
			 u64{custody.hkid().value()} << 48);
		hash.add(u64{array.window().offset} | u64{array.window().count} << 16 |
			 u64{array.is_mapped()} << 32 | u64{object.has_value()} << 33 |
			 u64{slot.object != 0} << 34 | platform_shared_pages() << 35);
		hash.add(array.progress().done() | u64{array.progress().reclaimed} << 32 |
			 u64{array.progress().kept()} << 33);
		/* A stale ID may be that of a later object. */
		hash.add(object ? object->id : 0);
		hash.add(slot.object);
		for (u32 i = 0; i < array.pages(); i++)
			hash.add(facts_of(array.page(i).value()));
	}
	/* Pages out of use: their order does not matter. */
	for (u64 i = 0; i < machine_page_count; i++)
		if (machine_pages[i].taken)
			kept_out += (facts_of(MACHINE_FIRST_PFN + i) + 1) * 0x9E3779B97F4A7C15;
	hash.add(kept_out);
	hash.add(interrupted);
	for (const auto &kind : seam_model.objects)
		for (const seam_object &object : kind)
			hash.add(object.live | u64{object.blocked} << 1 |
				 u64{object.connected} << 2 | u64{object.page_count} << 8);
	for (const seam_td &td : seam_model.tds)
		hash.add(td.live | static_cast<u64>(td.lifecycle) << 8 | u64{td.children} << 16 |
			 u64{td.control_pages} << 32);
	for (const seam_resume &resume : seam_model.resumes)
		hash.add(resume.pending ? 1 + resume.progress + (u64{resume.messages} << 32) : 0);
	hash.add(seam_model.ext_pages_given | u64{seam_model.ext_resume != 0} << 32);
	hash.add(seam_model.keys[kTdKeyid].state);
	return hash.sum();
}

const std::vector<Scenario> &scenarios()
{
	static const std::vector<Operation> sessions = {
		{"create 0", create<0, kPages>},
		{"create 1", create<1, kPages>},
		{"SPDM.CREATE 0", with<0, spdm_create>},
		{"SPDM.CREATE 1", with<1, spdm_create>},
		{"SPDM.DELETE 0", with_object<0, spdm_delete>},
		{"SPDM.DELETE 1", with_object<1, spdm_delete>},
		{"EXT.MEM.ADD 0", with<0, ext_mem_add>},
		{"EXT.MEM.ADD 1", with<1, ext_mem_add>},
		{"map 1", with<1, map_or_unmap>},
		{"release 0", with<0, end<tdx_page_array_release>>},
		{"release 1", with<1, end<tdx_page_array_release>>},
		{"leak 0", with<0, end<tdx_page_array_leak>>},
		{"leak 1", with<1, end<tdx_page_array_leak>>},
		{"retry", retry_quarantine},
	};
	static const std::vector<Scenario> all = {
		{"sessions", configure_plain, sessions},
		{"sessions, page by page", configure_page_by_page, sessions},
		{"IOMMU",
		 configure_iommu,
		 {
			 {"create", create_iommu},
			 {"IOMMU.SETUP", with<0, iommu_setup>},
			 {"IOMMU.CLEAR", with_object<0, iommu_clear>},
			 {"release", with<0, end<tdx_page_array_release>>},
			 {"leak", with<0, end<tdx_page_array_leak>>},
			 {"retry", retry_quarantine},
		 }},
		{"TD",
		 configure_plain,
		 {
			 {"create TDR", create<0, kTdPages>},
			 {"create TDCS", create<1, kTdPages>},
			 {"MNG.CREATE", with<0, mng_create>},
			 {"MNG.KEY.CONFIG", configure_key},
			 {"MNG.ADDCX", mng_addcx},
			 {"teardown", tear_down},
			 {"release TDR", with<0, end<tdx_page_array_release>>},
			 {"release TDCS", with<1, end<tdx_page_array_release>>},
			 {"leak TDR", with<0, end<tdx_page_array_leak>>},
			 {"leak TDCS", with<1, end<tdx_page_array_leak>>},
			 {"retry", retry_quarantine},
		 }},
	};
	return all;
}

} // namespace explore
