// SPDX-License-Identifier: GPL-2.0
/*
 * The public functions against a TDX module that answers anything (make fuzz TARGET=calls).
 *
 * An input has three lines: a scenario and calls; what goes wrong in each SEAMCALL, '.' for nothing;
 * and which allocations fail ('x'). After each call the explorer's invariants have to hold, and at the
 * end no page may be lost. What a run did is printed when FUZZ_TELL is set.
 */
#include <algorithm>
#include <string_view>
#include <vector>

#include "fuzz_input.hpp"
#include "run.hpp"
#include "tdx_page_array_objects.h"
#include "tdx_page_array_seamcalls.h"

using fuzz::found;
using fuzz::Input;
using fuzz::is_told;
using fuzz::must;

namespace {

/* Most inputs need few pages; in some there is room for an array of more than one window. */
constexpr u64 kFewPages = 48, kMachinePages = 576;
constexpr u32 kSlots = 4;
constexpr u32 kNoSlot = kSlots;

constexpr u64 kSuccess = 0;
constexpr u64 kInterrupted = 0x8000000300000000;
constexpr u64 kOperandBusy = 0x8000020000000001;
constexpr u64 kSysBusy = 0x8000020200000000;
constexpr u64 kNoEntropy = 0x8000020300000000;
constexpr u64 kPlainNo = 0xC000010000000001;
constexpr u64 kUnknown = 0xC000EE0000000000;
constexpr u64 kCodeMask = 0xFFFFFFFF00000000;

constexpr int kEbadf = -9, kEbusy = -16, kEinval = -22, kEuclean = -117;

/* What is planned for the SEAMCALL that comes next. */
struct Plan {
	bool overwrites; /* the registers below, after the call */
	bool inverts;	 /* all registers */
	u64 rcx, rdx;
};

struct World {
	user::Slot slots[kSlots];
	std::vector<page *> lent[kSlots]; /* pages of an adopted array */
	u64 parents[kSlots];		  /* of a stream: its session */
	tdx_page_array *dead;
	page *mailbox[3];
};

World world;
Input calls, seamcalls, allocations;
Plan plan;
/* A leaf that is BUSY for ever in this call. */
u16 busy_leaf;

bool is_error(const void *pointer)
{
	return reinterpret_cast<u64>(pointer) >= ~u64{4095};
}

/*
 * What a host knows of calls that the module has interrupted. The judge minds every resumption with
 * other inputs, also one that no host could have avoided:
 *   - it was told something else than that the call waits, or where it waits;
 *   - the array that the module waits for has ended, and another one is handed over;
 *   - another array is handed over in between: the interface knows one interrupted call at a time.
 */
class Interruptions {
public:
	void begin_call(u32 slot)
	{
		slot_ = slot;
		/* CLEAR alone can be gone on with by a later call; ext_ is about EXT.MEM.ADD. */
		if (leaf_ != SEAM_IOMMU_CLEAR)
			leaf_ = 0;
	}

	void end_of_array(u32 slot)
	{
		if (told_slot_ == slot)
			leaf_ = 0;
		if (ext_slot_ == slot)
			ext_word_ = 0;
	}

	void before_seamcall() { waiting_ = seam_model.ext_resume; }

	/* Has the host to resume with the inputs that the module waits for? */
	bool is_told(u16 leaf) const
	{
		if (leaf == SEAM_EXT_MEM_ADD)
			return ext_word_ && ext_word_ == waiting_ && ext_slot_ == slot_;
		return leaf_ == leaf && told_slot_ == slot_;
	}

	void after_seamcall(u16 leaf, bool ran, const seam_registers &registers)
	{
		const u64 code = registers.r[SEAM_RAX] & kCodeMask;

		/* As if it had not been issued: the core issues it again. */
		if (!ran || code == (kOperandBusy & kCodeMask) || code == kSysBusy ||
		    registers.r[SEAM_RAX] == kNoEntropy)
			return;
		if (leaf == SEAM_EXT_MEM_ADD) {
			ext_word_ = code == kInterrupted ? registers.r[SEAM_RCX] : 0;
			ext_slot_ = slot_;
		} else {
			leaf_ = code == kInterrupted && waits_for(leaf, registers) ? leaf : 0;
			told_slot_ = slot_;
		}
	}

private:
	/* A leaf that waits changes no register. */
	static bool waits_for(u16 leaf, const seam_registers &registers)
	{
		return std::ranges::any_of(seam_model.resumes, [&](const seam_resume &resume) {
			return resume.pending && resume.inputs.r[SEAM_RAX] == leaf &&
			       resume.inputs.r[SEAM_RCX] == registers.r[SEAM_RCX] &&
			       resume.inputs.r[SEAM_RDX] == registers.r[SEAM_RDX];
		});
	}

	u32 slot_ = kNoSlot;
	u16 leaf_ = 0;
	u32 told_slot_ = kNoSlot;
	u64 ext_word_ = 0, waiting_ = 0;
	u32 ext_slot_ = kNoSlot;
};

Interruptions interruptions;
/* The object that is being deleted is the one that was made of the array. */
bool deletes_own;
u32 findings_before;

/* Takes findings back that say nothing about the host, because the module had lied to it. */
void forgive(u16 leaf)
{
	u32 left = findings_before;

	for (u32 i = findings_before; i < seam_model.finding_count; i++) {
		const seam_finding &finding = seam_model.findings[i];
		if (finding.kind == SEAM_CHANGED_RESUME && !interruptions.is_told(leaf))
			continue;
		/*
		 * A module that deletes and says no gives the number to the next object, which may have
		 * more or fewer pages; so does one that says success to a CREATE with any number.
		 */
		if (finding.kind == SEAM_WRONG_AUX && !deletes_own)
			continue;
		seam_model.findings[left++] = finding;
	}
	seam_model.finding_count = left;
}

u64 status_of(Input &from)
{
	switch (from.next()) {
	case '0':
		return kSuccess;
	case 'n':
		return kPlainNo;
	case 'k':
		return kUnknown;
	case 'b':
		return kOperandBusy;
	case 'y':
		return kSysBusy;
	case 'i':
		return kInterrupted;
	case 'e':
		return kNoEntropy;
	case 'm':
		return 0xC000030000000001; /* PAGE_METADATA_INCORRECT */
	case 'l':
		return 0xC000060700000000; /* LIFECYCLE_STATE_INCORRECT */
	case 'p':
		return 0xC000040000000000; /* TD_ASSOCIATED_PAGES_EXIST */
	case 'w':
		return 0x0000030100000000; /* a warning */
	case 'q':
		return SEAM_SPDM_REQUEST;
	default: {
		const u64 status = from.word();
		/*
		 * A few words of class 0xFF are the software's: a host takes them for VMfailInvalid,
		 * #UD, #GP or its own refusals, as the module itself never gives them out.
		 */
		const bool is_software = (status & 0xFFFFFFFFFFFF0000) == TDX_SHIM_SW_ERROR ||
					 status == TDX_SHIM_VMFAILINVALID ||
					 (status & 0xFFFFFFFFFFFF0000) == TDX_PAGE_ARRAY_REFUSED;
		return is_software ? status & ~(u64{1} << 40) : status;
	}
	}
}

/* A word that may look right. @now is what the register would hold. */
u64 word_of(Input &from, u64 now)
{
	switch (from.next()) {
	case '0':
		return 0;
	case '1':
		return 1 + from.below(3);
	case '=':
		return now;
	case '+':
		return now + 4096;
	case '>':
		return now + 8;
	case '<':
		return now - 8;
	case 'a': {
		tdx_page_array *array = world.slots[from.below(kSlots)].array;
		const page *first = array ? tdx_page_array_page(array, 0) : nullptr;
		return first && !is_error(first) ? machine_pfn(first) << 12 : 0;
	}
	case 'h':
		return (MACHINE_FIRST_PFN + from.digits(2)) << 12 | from.digits(2) << 55;
	default:
		return from.word();
	}
}

void tell_fault(u16 leaf, char kind, u64 value)
{
	if (is_told())
		printf("    %s: %c %#llx\n", seam_leaf_name(leaf), kind, value);
}

void before_seamcall(u16 leaf)
{
	seam_injection fault = {.kind = seam_injection::SEAM_INJECT_STATUS,
				.leaf = leaf,
				.nth = 1,
				.times = 1,
				.value = 0};
	bool lies = true;

	interruptions.before_seamcall();
	findings_before = seam_model.finding_count;
	plan = {};
	if (leaf == busy_leaf) {
		fault.value = kOperandBusy;
		seam_model_inject(&seam_model, &fault);
		return;
	}
	const char kind = static_cast<char>(seamcalls.next());
	switch (kind) {
	case 'v':
		fault.kind = seam_injection::SEAM_INJECT_VMFAILINVALID;
		lies = false;
		break;
	case 'g':
		fault.kind = seam_injection::SEAM_INJECT_GP;
		lies = false;
		break;
	case 'u':
		fault.kind = seam_injection::SEAM_INJECT_UD;
		lies = false;
		break;
	case 'b':
		busy_leaf = leaf;
		fault.value = kOperandBusy;
		lies = false;
		break;
	case 'i':
		fault.kind = seam_injection::SEAM_INJECT_INTERRUPT;
		fault.value = 1 + seamcalls.below(4);
		lies = false;
		break;
	case 'l':
		fault.kind = seam_injection::SEAM_INJECT_LIE;
		fault.value = seamcalls.below(SEAM_LIES);
		break;
	case 's':
		fault.value = status_of(seamcalls);
		break;
	case 'a':
		fault.kind = seam_injection::SEAM_INJECT_STATUS_AFTER;
		fault.value = status_of(seamcalls);
		break;
	case 'r':
		fault.kind = seam_injection::SEAM_INJECT_ALL_REGISTERS;
		fault.value = status_of(seamcalls);
		break;
	case 'o': {
		/* Outputs that are not the leaf's own; the status is, or one that goes with them. */
		plan = {.overwrites = true};
		if (seamcalls.yes())
			fault.value = status_of(seamcalls);
		else
			fault.times = 0;
		break;
	}
	default:
		return;
	}
	/*
	 * A write-back is the last thing before a page is free. A host whose module says that it was
	 * done has no way to find out that it was not: this one answer has to be believed.
	 */
	const bool says_status = fault.kind == seam_injection::SEAM_INJECT_STATUS ||
				 fault.kind == seam_injection::SEAM_INJECT_STATUS_AFTER ||
				 fault.kind == seam_injection::SEAM_INJECT_ALL_REGISTERS;
	if (leaf == SEAM_PHYMEM_PAGE_WBINVD && fault.times && says_status &&
	    fault.value == kSuccess)
		return;
	tell_fault(leaf, kind, fault.value);
	plan.inverts = fault.kind == seam_injection::SEAM_INJECT_ALL_REGISTERS;
	if (lies)
		user::Run::note_lie();
	if (fault.times)
		seam_model_inject(&seam_model, &fault);
}

/*
 * Did MNG.CREATE say yes to a page that is the TDR of a TD with another KeyID, made by an earlier call
 * that it had denied? All control pages of that TD would get lines of a KeyID that the host does not
 * know of, and a write-back with the one that it knows says SUCCESS. That is the same as a write-back
 * which was not done.
 */
bool hides_keyid(const seam_registers &registers)
{
	const u64 mask = plan.inverts ? ~u64{0} : 0;
	const u64 hpa = registers.r[SEAM_RCX] ^ mask, hkid = registers.r[SEAM_RDX] ^ mask;
	const seam_page *page = seam_model_page(&seam_model, hpa);

	return page && page->entry.type == SEAM_PT_TDR && seam_model.tds[page->td].hkid != hkid;
}

void after_seamcall(u16 leaf, seam_outcome outcome, seam_registers *registers)
{
	const bool ran = outcome == SEAM_COMPLETED;
	uint64_t &status = registers->r[SEAM_RAX];

	if (leaf == SEAM_MNG_CREATE && ran && status == kSuccess && hides_keyid(*registers))
		status = kUnknown;
	if (plan.overwrites && ran) {
		registers->r[SEAM_RCX] = word_of(seamcalls, registers->r[SEAM_RCX]);
		registers->r[SEAM_RDX] = word_of(seamcalls, registers->r[SEAM_RDX]);
	}
	plan = {};
	if (is_told())
		printf("    %s: %d, status %#llx, RCX %#llx\n", seam_leaf_name(leaf), outcome,
		       static_cast<unsigned long long>(status),
		       static_cast<unsigned long long>(registers->r[SEAM_RCX]));
	forgive(leaf);
	interruptions.after_seamcall(leaf, ran, *registers);
}

bool choose_failure()
{
	return allocations.next() == 'x';
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
	/* The memory of a dead handle is used again: it is live. */
	if (world.dead == array)
		world.dead = nullptr;
	world.slots[slot] = {.array = array, .pages = pages, .has_list = pages > 1};
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
		put_new(slot, tdx_page_array_create_on(pages, node, flags), pages);
}

void create_iommu()
{
	const u32 slot = choose_slot(), order = calls.below(3), pages = calls.below(4);

	if (!world.slots[slot].array)
		put_new(slot, tdx_page_array_create_iommu_mt(order, pages), (2 << order) + pages);
}

/* The owner of adopted pages gives up its references: what has to stay has some of its own. */
void give_up_lent(u32 slot)
{
	for (page *lent : world.lent[slot])
		machine_put(lent, 0);
	world.lent[slot].clear();
}

void adopt()
{
	const u32 slot = choose_slot(), pages = 1 + calls.below(6);
	const bool twice = calls.yes();
	std::vector<page *> &lent = world.lent[slot];

	if (world.slots[slot].array)
		return;
	while (lent.size() < pages) {
		page *taken = machine_alloc(0, -1);
		if (!taken)
			return give_up_lent(slot);
		lent.push_back(taken);
	}
	std::vector<page *> wanted = lent;
	if (twice)
		wanted.back() = wanted.front();
	put_new(slot, tdx_page_array_adopt(wanted.data(), pages), pages);
	must(!twice || pages == 1 || !world.slots[slot].array, "a page was adopted twice");
	if (!world.slots[slot].array)
		give_up_lent(slot);
}

void forget(u32 slot)
{
	world.dead = world.slots[slot].array;
	world.slots[slot] = {};
	interruptions.end_of_array(slot);
	give_up_lent(slot);
}

u64 quarantined()
{
	tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.quarantined;
}

/* @end: tdx_page_array_release() or tdx_page_array_leak() */
void end_array(u32 slot, int (*end)(tdx_page_array *))
{
	const user::Slot &mine = world.slots[slot];
	const u64 before = quarantined();

	if (!mine.array)
		return;
	const int error = end(mine.array);
	must(error == kEbusy || !mine.is_mapped, "a mapped array was ended");
	must(error == 0 || error == kEbusy || error == kEuclean, "an errno that nobody promised");
	must((quarantined() > before) == (error == kEuclean), "the errno of quarantine is wrong");
	if (error != kEbusy)
		forget(slot);
}

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
		mine.has_list |= tdx_page_array_populate(mine.array, offset) > 0;
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
	/* Who maps may write: the judge sees it if a page is not the host's. */
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

/* What may be called with a handle that is none, or not any more. */
void use_dead()
{
	static tdx_page_array *const kError = reinterpret_cast<tdx_page_array *>(-12L);
	const u32 which = calls.below(3);
	tdx_page_array *const handles[] = {nullptr, kError, world.dead};
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

/* Is the object that the array's owner knows of really made of its pages? */
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

	/* The leaf is not told how many pages there are: the module may leave some, and not return them. */
	if (mine.pages != 4 + seam_model.config.iommu_pages)
		user::Run::note_lie();
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
	user::on_tds(SEAM_MNG_INIT);
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

void write_caches_back()
{
	tdx_tdh_phymem_cache_wb();
}

void retry_quarantine()
{
	tdx_page_array_retry_quarantine();
}

struct Operation {
	char key;
	void (*run)();
};

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
	{'w', write_caches_back},
	{'R', retry_quarantine},
};

/* A byte that is no operation's key is one all the same. */
const Operation &operation_of(u8 byte)
{
	const auto named = std::ranges::find(kOperations, static_cast<char>(byte), &Operation::key);

	return named != std::end(kOperations) ? *named : kOperations[byte % std::size(kOperations)];
}

/* The first two digits of an input. */
u32 policies, numbers;

void configure()
{
	seam_config &config = seam_model.config;

	config.page_by_page = policies & 1;
	config.invalid_resumption = policies >> 1 & 1;
	config.ext_pool_pages = policies & 4 ? 3 : 0;
	config.interrupted = policies >> 3 & 1;
	config.spdm_pages = 1 + numbers % 3;
	config.iommu_pages = 1 + numbers % 2;
	config.interrupt_every = numbers / 4;
	config.quote_bytes = 3000 + 1000 * (numbers % 4);
}

void look(const char *wrong)
{
	if (wrong)
		found(wrong);
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
	/* With the erratum: it asks for more of the host, and for nothing less. */
	platform_policies.pw_mce = true;
	if (!user::start(kMachinePages, {before_seamcall, choose_failure}))
		return 1;
	platform_after_seamcall = after_seamcall;
	platform_show_log(is_told());
	return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	Input input(std::span(data, size));

	calls = input.line();
	seamcalls = input.line();
	allocations = input.line();
	world = {};
	interruptions = {};
	plan = {};
	findings_before = 0;
	/* A mark of its own: these inputs are slow. */
	machine_reset_to(calls.take_if('L') ? kMachinePages : kFewPages);
	policies = calls.below(16);
	numbers = calls.below(16);
	user::Run run(configure, world.slots);
	for (page *&mail : world.mailbox)
		mail = machine_alloc(0, -1);
	run.expect_own_pages(std::size(world.mailbox));

	while (!calls.is_empty()) {
		const Operation &operation = operation_of(calls.next());
		if (is_told())
			printf("  call %c\n", operation.key);
		busy_leaf = 0xFFFF;
		deletes_own = false;
		interruptions.begin_call(kNoSlot);
		run.call([&] {
			operation.run();
			return true;
		});
		look(run.wrong());
	}
	for (u32 slot = 0; slot < kSlots; slot++) {
		user::Slot &mine = world.slots[slot];
		if (mine.is_mapped)
			tdx_page_array_unmap(mine.array);
		mine.is_mapped = false;
		end_array(slot, tdx_page_array_release);
		end_array(slot, tdx_page_array_leak);
		must(!mine.array, "an array that cannot be ended");
	}
	look(run.wrong());
	look(run.end());
	return 0;
}
