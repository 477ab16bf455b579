// SPDX-License-Identifier: GPL-2.0
/* The calls of the public functions that an input is made of. */
#include <algorithm>
#include <cerrno>

#include "../td_params.h"
#include "base/cast.hpp"
#include "fuzz_calls.hpp"

namespace fuzz_calls {

World world;
Input calls;
Interruptions interruptions;
bool deletes_own;

namespace {

u64 ignored; /* an output that no later call needs */

Slot &any_slot()
{
	return world.slots[calls.below(kSlots)];
}

/* The slot that the call is about. */
Slot &choose_slot()
{
	Slot &slot = any_slot();

	interruptions.begin_call(&slot);
	return slot;
}

u32 choose_pages()
{
	static constexpr u32 kPages[] = {1, 2, 3, 4, 6, 7, 512, 513};

	return kPages[calls.below(std::size(kPages))];
}

void put_new(Slot &slot, tdx_page_array *array, u32 pages)
{
	if (tdx::errno_in(array))
		return;
	slot.array = array;
	slot.pages = pages;
	slot.first_page = machine_pfn(tdx_page_array_page(array, 0)) << 12;
}

void create()
{
	Slot &mine = choose_slot();
	const u32 pages = choose_pages();

	if (!mine.array)
		put_new(mine, tdx_page_array_create(pages), pages);
}

void create_with_wishes()
{
	Slot &mine = choose_slot();
	const u32 pages = choose_pages();
	const int node = static_cast<int>(calls.below(4)) - 1;
	const u32 flags = calls.below(8);

	if (!mine.array)
		put_new(mine, tdx_page_array_create_node(pages, node, flags), pages);
}

void create_iommu()
{
	Slot &mine = choose_slot();
	const u32 order = calls.below(3), pages = calls.below(4);

	if (!mine.array)
		put_new(mine, tdx_page_array_create_iommu_mt(order, pages), (2 << order) + pages);
}

/* The owner of adopted pages drops its references; the core has its own to pages that have to stay. */
void give_up_adopted(Slot &slot)
{
	for (page *each : slot.adopted)
		machine_put(each, 0);
	slot.adopted.clear();
}

void adopt()
{
	Slot &mine = choose_slot();
	const u32 pages = 1 + calls.below(6);
	const bool twice = calls.yes();

	if (mine.array)
		return;
	while (mine.adopted.size() < pages) {
		page *taken = machine_alloc(0, -1);
		if (!taken) {
			give_up_adopted(mine);
			return;
		}
		mine.adopted.push_back(taken);
	}
	std::vector<page *> wanted = mine.adopted;
	if (twice)
		wanted.back() = wanted.front();
	put_new(mine, tdx_page_array_adopt(wanted.data(), pages), pages);
	must(!twice || pages == 1 || !mine.array, "a page was adopted twice");
	if (!mine.array)
		give_up_adopted(mine);
}

void forget(Slot &slot)
{
	interruptions.end_of_array(&slot);
	give_up_adopted(slot);
	slot = {.first_page = slot.first_page};
}

u64 quarantined()
{
	tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.quarantined;
}

} // namespace

void end_array(Slot &slot, int (*end)(tdx_page_array *))
{
	const u64 before = quarantined();

	if (!slot.array)
		return;
	const int error = end(slot.array);
	const bool stays = error == -EBUSY || error == -EAGAIN;
	must(stays || !slot.is_mapped, "a mapped array was ended");
	must(error == 0 || stays || error == -EUCLEAN, "an errno that is not documented");
	must(error != -EAGAIN || end == tdx_page_array_release, "leak is put off");
	must((quarantined() > before) == (error == -EUCLEAN), "the errno of quarantine is wrong");
	if (!stays)
		forget(slot);
}

namespace {

void populate()
{
	const Slot &mine = choose_slot();
	static constexpr u32 kOffsets[] = {0, 1, 2, 3, 511, 512, 513, ~0U};

	tdx_page_array_populate(mine.array, kOffsets[calls.below(std::size(kOffsets))]);
}

void map_or_unmap()
{
	Slot &mine = choose_slot();

	if (!mine.array)
		return;
	if (mine.is_mapped) {
		must(!tdx_page_array_unmap(mine.array), "a mapped array was not unmapped");
		mine.is_mapped = false;
		return;
	}
	u8 *address = static_cast<u8 *>(tdx_page_array_map(mine.array));
	if (tdx::errno_in(address))
		return;
	mine.is_mapped = true;
	/* A mapping may be written to: the judge notices if a page is not the host's. */
	for (u64 i = 0; i < mine.pages; i++)
		address[i * 4096]++;
}

void read()
{
	static u8 buffer[2 * 4096];
	const Slot &mine = choose_slot();

	tdx_page_array_read(mine.array, buffer, calls.digits(4) % (sizeof(buffer) + 1));
}

void extensions_start()
{
	interruptions.begin_call(nullptr);
	tdx_extensions_start();
	interruptions.end_of_array(nullptr);
}

/* True if the object whose ID the caller has is made of the array's pages. */
bool has_own_object(seam_object_kind kind, const Slot &slot)
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
	Slot &mine = choose_slot();
	const bool fits = calls.yes();

	if (!mine.array)
		return;
	if (fits)
		seam_model.config.spdm_pages = mine.pages;
	tdx_tdh_spdm_create(0x100, mine.array, &mine.object);
}

void spdm_delete()
{
	const Slot &mine = choose_slot();

	deletes_own = has_own_object(SEAM_SPDM_SESSION, mine);
	tdx_tdh_spdm_delete(mine.object, mine.array);
}

void spdm_connect()
{
	const Slot &session = choose_slot(), &output = any_slot();

	tdx_tdh_spdm_connect(session.object, world.mailbox[0], world.mailbox[1], world.mailbox[2],
			     output.array, &ignored);
}

void spdm_disconnect()
{
	tdx_tdh_spdm_disconnect(choose_slot().object, world.mailbox[1], world.mailbox[2], &ignored);
}

void spdm_manage()
{
	const Slot &session = choose_slot(), &output = any_slot();

	tdx_tdh_spdm_mng(session.object, calls.below(4), nullptr, world.mailbox[1],
			 world.mailbox[2], output.array, &ignored);
}

void stream_create()
{
	Slot &mine = choose_slot();
	const tdx_ide_stream stream = {.info = 1};

	if (!mine.array)
		return;
	const u64 parent = any_slot().object;
	seam_model.config.ide_pages = mine.pages;
	if (!tdx_tdh_ide_stream_create(parent, &stream, mine.array, &mine.object, &ignored))
		mine.parent = parent;
}

void stream_block()
{
	const Slot &mine = choose_slot();

	tdx_tdh_ide_stream_block(mine.parent, mine.object);
}

void stream_delete()
{
	const Slot &mine = choose_slot();

	deletes_own = has_own_object(SEAM_IDE_STREAM, mine);
	tdx_tdh_ide_stream_delete(mine.parent, mine.object, mine.array);
}

void stream_keys()
{
	const Slot &mine = choose_slot();

	tdx_tdh_ide_stream_km(mine.parent, mine.object, calls.below(4), world.mailbox[1],
			      world.mailbox[2], &ignored);
}

void iommu_setup()
{
	Slot &mine = choose_slot();
	const u64 registers = 0xfed90000 + calls.below(2) * 0x1000;

	/* The leaf gets no page count: the module may leave some pages unused, and not return them. */
	if (mine.pages != 4 + seam_model.config.iommu_pages)
		user::Run::note_bad_response();
	tdx_tdh_iommu_setup(registers, mine.array, &mine.object);
}

void iommu_clear()
{
	const Slot &mine = choose_slot();

	tdx_tdh_iommu_clear(mine.object, mine.array);
}

void mng_create()
{
	const Slot &mine = choose_slot();

	tdx_tdh_mng_create(mine.array, static_cast<u16>(40 + calls.below(3)));
}

/* Hands pages over that become a part of a TD or of a virtual processor. */
template <auto leaf> void add_part()
{
	const Slot &mine = choose_slot();

	leaf(any_slot().array, mine.array);
}

void init_td()
{
	const u64 pfn = machine_pfn(world.mailbox[0]);

	td_params_fill(machine_address(pfn));
	user::on_tds(SEAM_MNG_INIT, pfn << 12);
}

void quote_get()
{
	const Slot &td = choose_slot(), &output = any_slot();

	tdx_tdh_quote_get(tdx_page_array_page(td.array, 0), calls.below(4), world.mailbox[0], 64,
			  output.array, &ignored);
}

void ask_about_page()
{
	tdx_page_facts facts;

	tdx_tdh_phymem_page_rdmd(MACHINE_FIRST_PFN + calls.digits(2), &facts);
}

constexpr Operation kOperations[] = {
	{'n', create},
	{'N', create_with_wishes},
	{'i', create_iommu},
	{'a', adopt},
	{'r', [] { end_array(choose_slot(), tdx_page_array_release); }},
	{'l', [] { end_array(choose_slot(), tdx_page_array_leak); }},
	{'p', populate},
	{'m', map_or_unmap},
	{'g', read},
	{'e', [] { tdx_tdh_ext_mem_add(choose_slot().array); }},
	{'E', [] { tdx_tdh_ext_init(); }},
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
	{'x', add_part<tdx_tdh_mng_addcx>},
	{'V', add_part<tdx_tdh_vp_create>},
	{'v', add_part<tdx_tdh_vp_addcx>},
	{'K', [] { user::on_tds(SEAM_MNG_KEY_CONFIG); }},
	{'I', init_td},
	{'Y', user::tear_tds_down},
	{'q', [] { tdx_tdh_quote_init(); }},
	{'Q', quote_get},
	{'f', ask_about_page},
	{'R', [] { tdx_page_array_retry_quarantine(); }},
};

} // namespace

const Operation &operation_of(u8 byte)
{
	const auto *named = std::ranges::find(kOperations, static_cast<char>(byte),
					      &Operation::key);

	return named != std::end(kOperations) ? *named : kOperations[byte % std::size(kOperations)];
}

} // namespace fuzz_calls
