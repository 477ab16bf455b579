// SPDX-License-Identifier: GPL-2.0
/* The calls of the public functions that an input is made of. */
#include <algorithm>

#include "../td_params.h"
#include "fuzz_calls.hpp"

namespace fuzz_calls {

namespace {

u64 page_to_hpa(const page *page)
{
	return machine_pfn(page) << 12;
}

/* The slot that the call is about. */
u32 choose_slot()
{
	const u32 slot = calls.below(kSlots);

	interruptions.begin_call(slot);
	return slot;
}

u32 choose_pages()
{
	static constexpr u32 kPages[] = {1, 2, 3, 4, 6, 7, 512, 513};

	return kPages[calls.below(std::size(kPages))];
}

void put_new(u32 slot, tdx_page_array *array, u32 pages)
{
	if (is_error(array))
		return;
	must(world.dead != array, "the memory of an ended array is another one's already");
	world.slots[slot] = {.array = array, .pages = pages};
	world.first_pages[slot] = page_to_hpa(tdx_page_array_page(array, 0));
}

void create()
{
	const u32 slot = choose_slot(), pages = choose_pages();

	if (!world.slots[slot].array)
		put_new(slot, tdx_page_array_create(pages), pages);
}

void create_with_wishes()
{
	const u32 slot = choose_slot(), pages = choose_pages();
	const int node = static_cast<int>(calls.below(4)) - 1;
	const u32 flags = calls.below(8);

	if (!world.slots[slot].array)
		put_new(slot, tdx_page_array_create_node(pages, node, flags), pages);
}

void create_iommu()
{
	const u32 slot = choose_slot(), order = calls.below(3), pages = calls.below(4);

	if (!world.slots[slot].array)
		put_new(slot, tdx_page_array_create_iommu_mt(order, pages), (2 << order) + pages);
}

/* The owner of adopted pages drops its references; the core has its own to pages that have to stay. */
void give_up_adopted(u32 slot)
{
	for (page *each : world.adopted[slot])
		machine_put(each, 0);
	world.adopted[slot].clear();
}

void adopt()
{
	const u32 slot = choose_slot(), pages = 1 + calls.below(6);
	const bool twice = calls.yes();
	std::vector<page *> &adopted = world.adopted[slot];

	if (world.slots[slot].array)
		return;
	while (adopted.size() < pages) {
		page *taken = machine_alloc(0, -1);
		if (!taken) {
			give_up_adopted(slot);
			return;
		}
		adopted.push_back(taken);
	}
	std::vector<page *> wanted = adopted;
	if (twice)
		wanted.back() = wanted.front();
	put_new(slot, tdx_page_array_adopt(wanted.data(), pages), pages);
	must(!twice || pages == 1 || !world.slots[slot].array, "a page was adopted twice");
	if (!world.slots[slot].array)
		give_up_adopted(slot);
}

void forget(u32 slot)
{
	world.dead = world.slots[slot].array;
	world.slots[slot] = {};
	interruptions.end_of_array(slot);
	give_up_adopted(slot);
}

u64 quarantined()
{
	tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.quarantined;
}

} // namespace

void end_array(u32 slot, int (*end)(tdx_page_array *))
{
	const user::Slot &mine = world.slots[slot];
	const u64 before = quarantined();

	if (!mine.array)
		return;
	const int error = end(mine.array);
	const bool stays = error == kEbusy || error == kEagain;
	must(stays || !mine.is_mapped, "a mapped array was ended");
	must(error == 0 || stays || error == kEuclean, "an errno that is not documented");
	must(error != kEagain || end == tdx_page_array_release, "leak is put off");
	must((quarantined() > before) == (error == kEuclean), "the errno of quarantine is wrong");
	if (!stays)
		forget(slot);
}

namespace {

void release()
{
	end_array(choose_slot(), tdx_page_array_release);
}

void leak()
{
	end_array(choose_slot(), tdx_page_array_leak);
}

void populate()
{
	user::Slot &mine = world.slots[choose_slot()];
	static constexpr u32 kOffsets[] = {0, 1, 2, 3, 511, 512, 513, ~0U};
	const u32 offset = kOffsets[calls.below(std::size(kOffsets))];

	if (mine.array)
		tdx_page_array_populate(mine.array, offset);
}

void map_or_unmap()
{
	user::Slot &mine = world.slots[choose_slot()];

	if (!mine.array)
		return;
	if (mine.is_mapped) {
		must(!tdx_page_array_unmap(mine.array), "a mapped array was not unmapped");
		mine.is_mapped = false;
		return;
	}
	u8 *address = static_cast<u8 *>(tdx_page_array_map(mine.array));
	if (is_error(address))
		return;
	mine.is_mapped = true;
	/* A mapping may be written to: the judge notices if a page is not the host's. */
	for (u64 i = 0; i < mine.pages; i++)
		address[i * 4096]++;
}

void read()
{
	static u8 buffer[2 * 4096];
	const user::Slot &mine = world.slots[choose_slot()];
	const u64 bytes = calls.digits(4) % (sizeof(buffer) + 1);

	if (mine.array)
		tdx_page_array_read(mine.array, buffer, bytes);
}

/* Calls with a handle that was never valid, or no longer is. */
void use_dead()
{
	static tdx_page_array *const no_array = reinterpret_cast<tdx_page_array *>(-12L);
	const u32 which = calls.below(3);
	tdx_page_array *const handles[] = {nullptr, no_array, world.dead};
	tdx_page_array *handle = handles[which];
	const int expected = handle == world.dead && handle ? kEbadf : kEinval;
	tdx_page_array_counters before, after;
	u64 id;

	tdx_page_array_count(&before);
	switch (calls.below(8)) {
	case 0:
		must(tdx_page_array_release(handle) == expected, "release of a dead handle");
		break;
	case 1:
		must(tdx_page_array_leak(handle) == expected, "leak of a dead handle");
		break;
	case 2:
		must(tdx_page_array_populate(handle, 0) == expected, "a dead window");
		break;
	case 3:
		must(tdx_page_array_unmap(handle) == expected, "unmap of a dead handle");
		break;
	case 4:
		must(tdx_status_to_errno(tdx_tdh_ext_mem_add(handle)) == expected,
		     "EXT.MEM.ADD with a dead handle");
		break;
	case 5:
		must(tdx_status_to_errno(tdx_tdh_spdm_create(0x100, handle, &id)) == expected,
		     "SPDM.CREATE with a dead handle");
		break;
	case 6:
		must(is_error(tdx_page_array_map(handle)), "a dead mapping");
		break;
	case 7:
		must(!tdx_page_array_nr_pages(handle), "pages of a dead handle");
		break;
	}
	tdx_page_array_count(&after);
	must(before.seamcalls == after.seamcalls, "a SEAMCALL for a dead handle");
}

void ext_mem_add()
{
	const user::Slot &mine = world.slots[choose_slot()];

	if (mine.array)
		tdx_tdh_ext_mem_add(mine.array);
}

void ext_init()
{
	tdx_tdh_ext_init();
}

void extensions_start()
{
	interruptions.begin_call(kNoSlot);
	tdx_extensions_start();
	interruptions.end_of_array(kNoSlot);
}

/* True if the object whose ID the caller has is made of the array's pages. */
bool has_own_object(seam_object_kind kind, const user::Slot &slot)
{
	const u64 id = slot.object;
	const page *first = tdx_page_array_page(slot.array, 0);

	if (!id || id > SEAM_MAX_OBJECTS)
		return false;
	const seam_object &object = seam_model.objects[kind][id - 1];
	return object.live && object.page_count == slot.pages &&
	       object.first_page == static_cast<u64>(first - machine_pages);
}

void spdm_create()
{
	user::Slot &mine = world.slots[choose_slot()];

	if (!mine.array)
		return;
	if (calls.yes())
		seam_model.config.spdm_pages = mine.pages;
	tdx_tdh_spdm_create(0x100, mine.array, &mine.object);
}

void spdm_delete()
{
	user::Slot &mine = world.slots[choose_slot()];

	if (!mine.array)
		return;
	deletes_own = has_own_object(SEAM_SPDM_SESSION, mine);
	tdx_tdh_spdm_delete(mine.object, mine.array);
}

void spdm_connect()
{
	const user::Slot &session = world.slots[choose_slot()];
	const user::Slot &output = world.slots[calls.below(kSlots)];
	u64 bytes;

	tdx_tdh_spdm_connect(session.object, world.mailbox[0], world.mailbox[1], world.mailbox[2],
			     output.array, &bytes);
}

void spdm_disconnect()
{
	u64 bytes;

	tdx_tdh_spdm_disconnect(world.slots[choose_slot()].object, world.mailbox[1],
				world.mailbox[2], &bytes);
}

void spdm_manage()
{
	const user::Slot &session = world.slots[choose_slot()];
	const user::Slot &output = world.slots[calls.below(kSlots)];
	u64 bytes;

	tdx_tdh_spdm_mng(session.object, calls.below(4), nullptr, world.mailbox[1],
			 world.mailbox[2], output.array, &bytes);
}

void stream_create()
{
	const u32 slot = choose_slot();
	user::Slot &mine = world.slots[slot];
	const tdx_ide_stream stream = {.info = 1};
	u64 rp_id;

	if (!mine.array)
		return;
	const u64 parent = world.slots[calls.below(kSlots)].object;
	seam_model.config.ide_pages = mine.pages;
	if (!tdx_tdh_ide_stream_create(parent, &stream, mine.array, &mine.object, &rp_id))
		world.parents[slot] = parent;
}

void stream_block()
{
	const u32 slot = choose_slot();

	tdx_tdh_ide_stream_block(world.parents[slot], world.slots[slot].object);
}

void stream_delete()
{
	const u32 slot = choose_slot();
	const user::Slot &mine = world.slots[slot];

	if (!mine.array)
		return;
	deletes_own = has_own_object(SEAM_IDE_STREAM, mine);
	tdx_tdh_ide_stream_delete(world.parents[slot], mine.object, mine.array);
}

void stream_keys()
{
	const u32 slot = choose_slot();
	u64 bytes;

	tdx_tdh_ide_stream_km(world.parents[slot], world.slots[slot].object, calls.below(4),
			      world.mailbox[1], world.mailbox[2], &bytes);
}

void iommu_setup()
{
	user::Slot &mine = world.slots[choose_slot()];
	const u64 registers = 0xfed90000 + calls.below(2) * 0x1000;

	/* The leaf gets no page count: the module may leave some pages unused, and not return them. */
	if (mine.pages != 4 + seam_model.config.iommu_pages)
		user::Run::note_bad_response();
	if (mine.array)
		tdx_tdh_iommu_setup(registers, mine.array, &mine.object);
}

void iommu_clear()
{
	const user::Slot &mine = world.slots[choose_slot()];

	if (mine.array)
		tdx_tdh_iommu_clear(mine.object, mine.array);
}

void mng_create()
{
	const user::Slot &mine = world.slots[choose_slot()];

	if (mine.array)
		tdx_tdh_mng_create(mine.array, static_cast<u16>(40 + calls.below(3)));
}

void mng_addcx()
{
	const user::Slot &mine = world.slots[choose_slot()];

	tdx_tdh_mng_addcx(world.slots[calls.below(kSlots)].array, mine.array);
}

void vp_create()
{
	const user::Slot &mine = world.slots[choose_slot()];

	tdx_tdh_vp_create(world.slots[calls.below(kSlots)].array, mine.array);
}

void vp_addcx()
{
	const user::Slot &mine = world.slots[choose_slot()];

	tdx_tdh_vp_addcx(world.slots[calls.below(kSlots)].array, mine.array);
}

void configure_key()
{
	user::on_tds(SEAM_MNG_KEY_CONFIG);
}

void init_td()
{
	const u64 pfn = machine_pfn(world.mailbox[0]);

	td_params_fill(machine_address(pfn));
	user::on_tds(SEAM_MNG_INIT, pfn << 12);
}

void quote_init()
{
	tdx_tdh_quote_init();
}

void quote_get()
{
	const user::Slot &td = world.slots[choose_slot()];
	const user::Slot &output = world.slots[calls.below(kSlots)];
	u64 bytes;

	if (td.array)
		tdx_tdh_quote_get(tdx_page_array_page(td.array, 0), calls.below(4),
				  world.mailbox[0], 64, output.array, &bytes);
}

void ask_about_page()
{
	tdx_page_facts facts;

	tdx_tdh_phymem_page_rdmd(MACHINE_FIRST_PFN + calls.digits(2), &facts);
}

void retry_quarantine()
{
	tdx_page_array_retry_quarantine();
}

constexpr Operation kOperations[] = {
	{'n', create},
	{'N', create_with_wishes},
	{'i', create_iommu},
	{'a', adopt},
	{'r', release},
	{'l', leak},
	{'p', populate},
	{'m', map_or_unmap},
	{'g', read},
	{'z', use_dead},
	{'e', ext_mem_add},
	{'E', ext_init},
	{'X', extensions_start},
	{'s', spdm_create},
	{'d', spdm_delete},
	{'c', spdm_connect},
	{'C', spdm_disconnect},
	{'M', spdm_manage},
	{'t', stream_create},
	{'b', stream_block},
	{'D', stream_delete},
	{'k', stream_keys},
	{'u', iommu_setup},
	{'U', iommu_clear},
	{'T', mng_create},
	{'x', mng_addcx},
	{'V', vp_create},
	{'v', vp_addcx},
	{'K', configure_key},
	{'I', init_td},
	{'Y', user::tear_tds_down},
	{'q', quote_init},
	{'Q', quote_get},
	{'f', ask_about_page},
	{'R', retry_quarantine},
};

} // namespace

const Operation &operation_of(u8 byte)
{
	const auto *named = std::ranges::find(kOperations, static_cast<char>(byte),
					      &Operation::key);

	return named != std::end(kOperations) ? *named : kOperations[byte % std::size(kOperations)];
}

} // namespace fuzz_calls
