// SPDX-License-Identifier: GPL-2.0
/* Faults of SEAMCALLs and allocations, chosen by the input. */
#include "fuzz_calls.hpp"

namespace fuzz_calls {

Interruptions interruptions;
bool deletes_own;

namespace {

/* What is planned for the SEAMCALL that comes next. */
struct Plan {
	bool overwrites; /* the registers below, after the call */
	bool inverts;	 /* all registers */
	u64 rcx, rdx;
};

Plan plan;
/* A leaf that stays BUSY throughout this call. */
u16 busy_leaf;
u32 findings_before;
/* The core may have read false features from the module. */
bool has_false_features;

/* Removes findings for which a wrong answer of the module is to blame, not the host. */
void forgive(u16 leaf)
{
	u32 left = findings_before;

	for (u32 i = findings_before; i < seam_model.finding_count; i++) {
		const seam_finding &finding = seam_model.findings[i];
		if (finding.kind == SEAM_CHANGED_RESUME && !interruptions.is_told(leaf))
			continue;
		/*
		 * After a DELETE that worked but returned an error, the ID goes to the next object, which
		 * may have more or fewer pages; so it does if a CREATE returns success with a wrong ID.
		 */
		if (finding.kind == SEAM_WRONG_AUX && !deletes_own)
			continue;
		if (finding.kind == SEAM_HOST_LINES && has_false_features)
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
		 * Some status words of class 0xFF are the software's: a host takes them for VMfailInvalid,
		 * #UD, #GP or its own refusals, because the module never returns them.
		 */
		const bool is_software = (status & 0xFFFFFFFFFFFF0000) == TDX_SHIM_SW_ERROR ||
					 status == TDX_SHIM_VMFAILINVALID ||
					 (status & 0xFFFFFFFFFFFF0000) == TDX_PAGE_ARRAY_REFUSED;
		return is_software ? status & ~(u64{1} << 40) : status;
	}
	}
}

/* A plausible value of a register that would hold @now. */
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
	case 'a':
		/* As recorded: the core cannot be asked now, it holds its locks. */
		return world.first_pages[from.below(kSlots)];
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

} // namespace

void begin_answers()
{
	interruptions = {};
	plan = {};
	findings_before = 0;
	has_false_features = false;
}

void begin_call()
{
	busy_leaf = 0xFFFF;
	deletes_own = false;
	interruptions.begin_call(kNoSlot);
}

void before_seamcall(u16 leaf)
{
	seam_injection fault = {.kind = seam_injection::SEAM_INJECT_STATUS,
				.leaf = leaf,
				.nth = 1,
				.times = 1,
				.value = 0};
	bool is_bad_response = true;

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
		is_bad_response = false;
		break;
	case 'g':
		fault.kind = seam_injection::SEAM_INJECT_GP;
		is_bad_response = false;
		break;
	case 'u':
		fault.kind = seam_injection::SEAM_INJECT_UD;
		is_bad_response = false;
		break;
	case 'b':
		busy_leaf = leaf;
		fault.value = kOperandBusy;
		is_bad_response = false;
		break;
	case 'i':
		fault.kind = seam_injection::SEAM_INJECT_INTERRUPT;
		fault.value = 1 + seamcalls.below(4);
		is_bad_response = false;
		break;
	case 'l':
		fault.kind = seam_injection::SEAM_INJECT_BAD_RESPONSE;
		fault.value = seamcalls.below(SEAM_BAD_RESPONSES);
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
		/* Wrong outputs, with the leaf's own status or a chosen one. */
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
	 * The last step before a page is free is a write-back, or RECLAIM for a page under the KeyID of its TD. If the
	 * module reports success without having done it, no host can detect that: these answers have to be believed,
	 * so they are not faked.
	 */
	const bool says_status = fault.kind == seam_injection::SEAM_INJECT_STATUS ||
				 fault.kind == seam_injection::SEAM_INJECT_STATUS_AFTER ||
				 fault.kind == seam_injection::SEAM_INJECT_ALL_REGISTERS;
	if ((leaf == SEAM_PHYMEM_PAGE_WBINVD || leaf == SEAM_PHYMEM_PAGE_RECLAIM) && fault.times &&
	    says_status && fault.value == kSuccess)
		return;
	has_false_features |= leaf == SEAM_SYS_RD && fault.times;
	tell_fault(leaf, kind, fault.value);
	plan.inverts = fault.kind == seam_injection::SEAM_INJECT_ALL_REGISTERS;
	if (is_bad_response)
		user::Run::note_bad_response();
	if (fault.times)
		seam_model_inject(&seam_model, &fault);
}

namespace {

/*
 * True if MNG.CREATE returned success for a page that is the TDR of a TD with another KeyID, made by an
 * earlier call that returned an error. All control pages of that TD would get lines of a KeyID that the
 * host does not know, and a write-back with the KeyID that it knows returns SUCCESS: the lines stay, as
 * if the write-back had not been done.
 */
bool hides_keyid(const seam_registers &registers)
{
	const u64 mask = plan.inverts ? ~u64{0} : 0;
	const u64 hpa = registers.r[SEAM_RCX] ^ mask, hkid = registers.r[SEAM_RDX] ^ mask;
	const seam_page *page = seam_model_page(&seam_model, hpa);

	return page && page->entry.type == SEAM_PT_TDR && seam_model.tds[page->td].hkid != hkid;
}

} // namespace

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

} // namespace fuzz_calls
