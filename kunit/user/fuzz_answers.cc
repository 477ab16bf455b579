// SPDX-License-Identifier: GPL-2.0
/* Faults of SEAMCALLs and allocations, chosen by the input. */
#include <algorithm>

#include "fuzz_calls.hpp"

namespace fuzz_calls {

Input seamcalls, allocations;

namespace {

/* What is planned for the SEAMCALL that comes next. */
struct Plan {
	bool overwrites; /* RCX and RDX, after the call */
	bool inverts;	 /* all registers */
};

Plan plan;
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

struct Status {
	char key;
	u64 status;
};

constexpr Status kStatuses[] = {
	{'0', SEAM_SUCCESS},
	{'n', user::kPlainNo},
	{'k', user::kUnknown},
	{'b', user::kBusy},
	{'y', SEAM_SYS_BUSY},
	{'i', SEAM_INTERRUPTED_RESUMABLE},
	{'e', SEAM_RND_NO_ENTROPY},
	{'m', SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{'l', SEAM_LIFECYCLE_STATE_INCORRECT},
	{'p', SEAM_TD_ASSOCIATED_PAGES_EXIST},
	{'w', 0x0000030100000000}, /* a warning */
	{'q', SEAM_SPDM_REQUEST},
};

u64 choose_status()
{
	const auto *named = std::ranges::find(kStatuses, static_cast<char>(seamcalls.next()),
					      &Status::key);

	if (named != std::end(kStatuses))
		return named->status;
	/*
	 * Some status words of class 0xFF are the software's: a host takes them for VMfailInvalid,
	 * #UD, #GP or its own refusals, because the module never returns them.
	 */
	const u64 status = seamcalls.word();
	const bool is_software = (status & 0xFFFFFFFFFFFF0000) == TDX_SHIM_SW_ERROR ||
				 status == TDX_SHIM_VMFAILINVALID ||
				 (status & 0xFFFFFFFFFFFF0000) == TDX_PAGE_ARRAY_REFUSED;
	return is_software ? status & ~(u64{1} << 40) : status;
}

struct Fault {
	char key;
	FaultKind kind;
	u64 (*choose_value)() = [] { return u64{0}; };
	u32 times = 1;
};

constexpr Fault kFaults[] = {
	{'v', SEAM_INJECT_VMFAILINVALID},
	{'g', SEAM_INJECT_GP},
	{'u', SEAM_INJECT_UD},
	{'b', SEAM_INJECT_STATUS, [] { return user::kBusy; }, ~0U},
	{'i', SEAM_INJECT_INTERRUPT, [] { return u64{1} + seamcalls.below(4); }},
	{'l', SEAM_INJECT_BAD_RESPONSE, [] { return u64{seamcalls.below(SEAM_BAD_RESPONSES)}; }},
	{'s', SEAM_INJECT_STATUS, choose_status},
	{'a', SEAM_INJECT_STATUS_AFTER, choose_status},
	{'r', SEAM_INJECT_ALL_REGISTERS, choose_status},
	/* Wrong outputs, with the leaf's own status or a chosen one. */
	{'o', SEAM_INJECT_STATUS, choose_status},
};

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
		return world.slots[from.below(kSlots)].first_page;
	case 'h':
		return (MACHINE_FIRST_PFN + from.digits(2)) << 12 | from.digits(2) << 55;
	default:
		return from.word();
	}
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
	deletes_own = false;
	interruptions.begin_call(nullptr);
}

void before_seamcall(u16 leaf)
{
	const auto *fault = std::ranges::find(kFaults, static_cast<char>(seamcalls.next()),
					      &Fault::key);

	interruptions.before_seamcall();
	if (fault == std::end(kFaults))
		return;
	plan = {.overwrites = fault->key == 'o',
		.inverts = fault->kind == SEAM_INJECT_ALL_REGISTERS};
	const u32 times = plan.overwrites && !seamcalls.yes() ? 0 : fault->times;
	const u64 value = times ? fault->choose_value() : 0;
	/*
	 * The last step before a page is free is a write-back, or RECLAIM for a page under the KeyID of its TD. If the
	 * module reports success without having done it, no host can detect that: these answers have to be believed,
	 * so they are not faked.
	 */
	if ((leaf == SEAM_PHYMEM_PAGE_WBINVD || leaf == SEAM_PHYMEM_PAGE_RECLAIM) && times &&
	    fault->choose_value == choose_status && value == SEAM_SUCCESS)
		return;
	has_false_features |= leaf == SEAM_SYS_RD && times;
	if (is_told())
		printf("    %s: %c %#llx\n", seam_leaf_name(leaf), fault->key, value);
	if (fault->choose_value == choose_status || fault->kind == SEAM_INJECT_BAD_RESPONSE)
		user::Run::note_bad_response();
	if (times)
		user::plan(leaf, fault->kind, value, times);
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

	if (leaf == SEAM_MNG_CREATE && ran && status == SEAM_SUCCESS && hides_keyid(*registers))
		status = user::kUnknown;
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
	findings_before = seam_model.finding_count;
}

bool choose_failure()
{
	return allocations.next() == 'x';
}

} // namespace fuzz_calls
