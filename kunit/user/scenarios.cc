// SPDX-License-Identifier: GPL-2.0
#include <cstring>

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

template <u32 slot> bool create_iommu(World &world)
{
	Slot &mine = world.slots[slot];

	if (mine.array)
		return false;
	tdx_page_array *array = tdx_page_array_create_iommu_mt(1, 1);
	if (!tdx::errno_in(array))
		mine = {.array = array, .pages = 5};
	return true;
}

void end(World &world, u32 slot)
{
	world.slots[slot] = {};
	if (world.interrupted == slot + 1)
		world.interrupted = World::kGone;
}

template <u32 slot> bool release(World &world)
{
	Slot &mine = world.slots[slot];

	if (!mine.array)
		return false;
	if (const int error = tdx_page_array_release(mine.array); error != -16 && error != -11)
		end(world, slot);
	return true;
}

template <u32 slot> bool leak(World &world)
{
	Slot &mine = world.slots[slot];

	if (!mine.array || mine.is_mapped)
		return false;
	tdx_page_array_leak(mine.array);
	end(world, slot);
	return true;
}

template <u32 slot> bool map_or_unmap(World &world)
{
	Slot &mine = world.slots[slot];

	if (!mine.array)
		return false;
	if (mine.is_mapped)
		mine.is_mapped = tdx_page_array_unmap(mine.array) != 0;
	else
		mine.is_mapped = !tdx::errno_in(tdx_page_array_map(mine.array));
	return true;
}

template <u32 slot> bool spdm_create(World &world)
{
	Slot &mine = world.slots[slot];

	if (!mine.array)
		return false;
	seam_model.config.spdm_pages = mine.pages;
	tdx_tdh_spdm_create(0x100, mine.array, &mine.object);
	return true;
}

template <u32 slot> bool spdm_delete(World &world)
{
	Slot &mine = world.slots[slot];

	if (!mine.array || !mine.object)
		return false;
	if (!tdx_tdh_spdm_delete(mine.object, mine.array))
		mine.object = 0;
	return true;
}

/* The judge reports a list other than the one that the module waits for. After that array ended there is no other. */
void forgive_changed_resume()
{
	u32 left = 0;

	for (u32 i = 0; i < seam_model.finding_count; i++)
		if (seam_model.findings[i].kind != SEAM_CHANGED_RESUME)
			seam_model.findings[left++] = seam_model.findings[i];
	seam_model.finding_count = left;
}

template <u32 slot> bool ext_mem_add(World &world)
{
	Slot &mine = world.slots[slot];
	const bool others = world.interrupted && world.interrupted != slot + 1;

	if (!mine.array)
		return false;
	tdx_page_array_populate(mine.array, 0);
	tdx_tdh_ext_mem_add(mine.array);
	if (others)
		forgive_changed_resume();
	else
		world.interrupted = seam_model.ext_resume ? slot + 1 : 0;
	return true;
}

template <u32 slot> bool iommu_setup(World &world)
{
	Slot &mine = world.slots[slot];

	const bool others = world.interrupted && world.interrupted != slot + 1;

	if (!mine.array)
		return false;
	tdx_tdh_iommu_setup(kIommuRegisters, mine.array, &mine.object);
	if (others)
		forgive_changed_resume();
	else
		world.interrupted = user::waits_for(SEAM_IOMMU_SETUP) ? slot + 1 : 0;
	return true;
}

template <u32 slot> bool iommu_clear(World &world)
{
	Slot &mine = world.slots[slot];

	if (!mine.array || !mine.object)
		return false;
	if (!tdx_tdh_iommu_clear(mine.object, mine.array))
		mine.object = 0;
	return true;
}

bool mng_create(World &world)
{
	if (!world.slots[0].array)
		return false;
	tdx_tdh_mng_create(world.slots[0].array, kTdKeyid);
	return true;
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
		{"SPDM.CREATE 0", spdm_create<0>},
		{"SPDM.CREATE 1", spdm_create<1>},
		{"SPDM.DELETE 0", spdm_delete<0>},
		{"SPDM.DELETE 1", spdm_delete<1>},
		{"EXT.MEM.ADD 0", ext_mem_add<0>},
		{"EXT.MEM.ADD 1", ext_mem_add<1>},
		{"map 1", map_or_unmap<1>},
		{"release 0", release<0>},
		{"release 1", release<1>},
		{"leak 0", leak<0>},
		{"leak 1", leak<1>},
		{"retry", retry_quarantine},
	};
	static const std::vector<Scenario> all = {
		{"sessions", configure_plain, sessions},
		{"sessions, page by page", configure_page_by_page, sessions},
		{"IOMMU",
		 configure_iommu,
		 {
			 {"create", create_iommu<0>},
			 {"IOMMU.SETUP", iommu_setup<0>},
			 {"IOMMU.CLEAR", iommu_clear<0>},
			 {"release", release<0>},
			 {"leak", leak<0>},
			 {"retry", retry_quarantine},
		 }},
		{"TD",
		 configure_plain,
		 {
			 {"create TDR", create<0, kTdPages>},
			 {"create TDCS", create<1, kTdPages>},
			 {"MNG.CREATE", mng_create},
			 {"MNG.KEY.CONFIG", configure_key},
			 {"MNG.ADDCX", mng_addcx},
			 {"teardown", tear_down},
			 {"release TDR", release<0>},
			 {"release TDCS", release<1>},
			 {"leak TDR", leak<0>},
			 {"leak TDCS", leak<1>},
			 {"retry", retry_quarantine},
		 }},
	};
	return all;
}

} // namespace explore
