// SPDX-License-Identifier: GPL-2.0
/*
 * The model's entry point, with any registers (make fuzz TARGET=model): it answers as the real module
 * does, and its records of pages, objects, TDs and keys are consistent.
 *
 * An input is a configuration and calls; each begins with the number of its leaf. Lines are for the reader.
 */
#include <cstring>

#include "../td_params.h"
#include "fuzz_input.hpp"
#include "machine.h"
#include "platform.h"
#include "locks.h"

using fuzz::Input;
using fuzz::is_told;
using fuzz::must;

namespace {

/* Two regions of 2M, so that Dynamic PAMT has something to choose from; the first are used. */
constexpr u64 kMachinePages = 1024;
constexpr u64 kUsedPages = 24;
constexpr u64 kExtOwner = 0xE87;

void look_at_objects()
{
	const seam_memory &memory = seam_model.memory;
	u32 in_objects = 0, owned = 0, in_pool = 0;

	for (u32 kind = 0; kind < SEAM_OBJECT_KINDS; kind++) {
		for (u32 id = 1; id <= SEAM_MAX_OBJECTS; id++) {
			const seam_object &object = seam_model.objects[kind][id - 1];
			u32 index = object.first_page;
			if (!object.live)
				continue;
			must(object.page_count > 0, "an object without pages");
			for (u32 i = 0; i < object.page_count; i++) {
				must(index < memory.page_count, "an object lost a page");
				const seam_page &page = memory.pages[index];
				must(page.entry.type == SEAM_PT_OBJECT &&
					     page.entry.owner == (u64{kind + 1} << 32 | id),
				     "a page of an object has another owner");
				index = page.next;
			}
			in_objects += object.page_count;
		}
	}
	for (u32 i = 0; i < memory.page_count; i++) {
		if (memory.pages[i].entry.type != SEAM_PT_OBJECT)
			continue;
		owned += memory.pages[i].entry.owner != kExtOwner;
		in_pool += memory.pages[i].entry.owner == kExtOwner;
	}
	/* With page_by_page, the module keeps the pages before a bad entry of a list. */
	must(owned == in_objects || (seam_model.config.page_by_page && owned > in_objects),
	     "pages of objects that are not there");
	must(in_pool == seam_model.ext_pages_given, "extension memory is miscounted");
	for (const seam_resume &resume : seam_model.resumes)
		must(!resume.pending || (resume.inputs.r[SEAM_RAX] & 0xFFFF) != SEAM_IOMMU_SETUP ||
			     (resume.object && resume.object->live),
		     "a SETUP waits whose IOMMU is gone");
}

bool is_child(const seam_page &page)
{
	const auto type = page.entry.type;

	return type == SEAM_PT_REG || type == SEAM_PT_TDCX || type == SEAM_PT_TDVPR ||
	       type == SEAM_PT_EPT;
}

/* With a root of 5-level paging. */
constexpr u32 kEptLevels = 5;

/* How many pages the S-EPT reaches from its root, whose entries are of @top. */
u32 look_at_sept(const seam_td &td, u32 first, u32 top)
{
	const seam_memory &memory = seam_model.memory;
	u32 at[kEptLevels] = {}, reached = 0, level = top;

	must(top < kEptLevels, "the S-EPT has too many levels");
	at[top] = first;
	while (level < top || at[top] != SEAM_NO_PAGE) {
		if (at[level] == SEAM_NO_PAGE) {
			level++;
			continue;
		}
		must(at[level] < memory.page_count, "the S-EPT names no page");
		const seam_page &page = memory.pages[at[level]];
		const seam_page *root = seam_model_page(&seam_model, page.entry.owner);
		must(root && &seam_model.tds[root->td] == &td,
		     "a page of the S-EPT is another TD's");
		must(page.slot < 512, "an S-EPT entry is beyond its table");
		must(page.entry.type == (level ? SEAM_PT_EPT : SEAM_PT_REG),
		     "an S-EPT entry names a page of another kind");
		must(++reached <= memory.page_count, "the S-EPT is no tree");
		at[level] = page.next;
		if (level)
			at[--level] = page.first_entry;
	}
	return reached;
}

void look_at_vcpus()
{
	const seam_memory &memory = seam_model.memory;
	u32 roots[SEAM_MAX_VCPUS] = {}, associated[SEAM_MAX_TDS] = {};

	for (u32 i = 0; i < memory.page_count; i++)
		if (memory.pages[i].entry.type == SEAM_PT_TDVPR)
			roots[memory.pages[i].vcpu]++;
	for (u32 i = 0; i < SEAM_MAX_VCPUS; i++) {
		const seam_vcpu &vcpu = seam_model.vcpus[i];
		must(roots[i] == vcpu.live, "a virtual processor without a TDVPR, or with two");
		if (!vcpu.live)
			continue;
		must(seam_model.tds[vcpu.td].live, "a virtual processor of no TD");
		associated[vcpu.td] += vcpu.lp != 0;
	}
	for (u32 i = 0; i < SEAM_MAX_TDS; i++)
		must(!seam_model.tds[i].live || seam_model.tds[i].lifecycle == SEAM_TEARDOWN ||
			     seam_model.tds[i].vcpus == associated[i],
		     "a TD miscounts its virtual processors");
}

void look_at_tds()
{
	const seam_memory &memory = seam_model.memory;
	u32 roots[SEAM_MAX_TDS] = {}, children[SEAM_MAX_TDS] = {}, in_sept[SEAM_MAX_TDS] = {};

	for (u32 i = 0; i < memory.page_count; i++) {
		const seam_page &page = memory.pages[i];
		if (page.entry.type == SEAM_PT_TDR) {
			must(page.td < SEAM_MAX_TDS && seam_model.tds[page.td].live,
			     "the TDR of no TD");
			roots[page.td]++;
		}
		if (is_child(page)) {
			const seam_page *root = seam_model_page(&seam_model, page.entry.owner);
			must(root && root->entry.type == SEAM_PT_TDR, "a page of no TD");
			children[root->td]++;
			in_sept[root->td] += page.entry.type == SEAM_PT_REG ||
					     page.entry.type == SEAM_PT_EPT;
		}
	}
	for (u32 i = 0; i < SEAM_MAX_TDS; i++) {
		const seam_td &td = seam_model.tds[i];
		must(roots[i] == td.live, "a TD without a TDR, or with two");
		if (!td.live)
			continue;
		must(children[i] == td.children, "a TD miscounts its pages");
		must(td.lifecycle == SEAM_TEARDOWN ||
			     look_at_sept(td, td.first_entry, td.params.top_level) == in_sept[i],
		     "a page of a TD is not in its S-EPT");
		const auto state = seam_model.keys[td.hkid].state;
		if (td.lifecycle == SEAM_BLOCKED)
			must(state == SEAM_KEY_FLUSHED, "a blocked TD's KeyID is not flushed");
		else if (td.lifecycle != SEAM_TEARDOWN)
			must(state == SEAM_KEY_ASSIGNED, "a TD runs without its KeyID");
	}
}

u64 page_address(Input &from)
{
	return (MACHINE_FIRST_PFN + from.digits(2) % kUsedPages) << 12;
}

/* The value of one register. */
u64 operand(Input &from)
{
	switch (from.next()) {
	case '.':
		return 0;
	case 'p':
		return page_address(from);
	case 'l': /* HPA_ARRAY_T or HPA_LIST_INFO */
		return page_address(from) | from.digits(1) << 55;
	case 'w': /* with first entry */
		return page_address(from) | from.digits(1) << 55 | from.digits(1) << 3;
	case 'h': /* with a KeyID */
		return page_address(from) | (32 + from.digits(1)) << 46;
	case 'k':
		return 32 + from.digits(1);
	case 'd':
		return from.digits(2);
	case 'f': /* of the metadata */
		return from.digits(1) << 56 | u64{1} << 33 | from.digits(2);
	case 'r': /* a region of 2M */
		return (MACHINE_FIRST_PFN << 12) + from.below(3) * 0x200000 + from.below(2);
	case 'q':
		return u64{0xFFFF} << 32 | from.digits(1);
	case 'a': /* in the memory of a TD */
		return from.digits(1) << 12 | from.below(5);
	case '-':
		return ~u64{0};
	default:
		return from.word();
	}
}

/* The host writes a list, which may be a bad one, to a page of its own. */
void write_list(Input &from)
{
	const u64 hpa = page_address(from);
	const u32 count = from.below(8);
	u64 *list = static_cast<u64 *>(machine_address(hpa >> 12));

	if (seam_model_page(&seam_model, hpa) &&
	    seam_model_page(&seam_model, hpa)->entry.type != SEAM_PT_NDA)
		return;
	for (u32 i = 0; i < count; i++)
		list[i] = operand(from);
	list[511] = from.yes() ? ~u64{0} : page_address(from);
}

/* Parameters of a TD, which may be bad in one word. */
void write_td_params(Input &from)
{
	const u64 hpa = page_address(from);
	u64 *words = static_cast<u64 *>(machine_address(hpa >> 12));

	if (seam_model_page(&seam_model, hpa)->entry.type != SEAM_PT_NDA)
		return;
	td_params_fill(words);
	if (from.yes())
		words[from.digits(2) % (TD_PARAMS_SIZE / sizeof(*words))] = operand(from);
}

void configure(Input &from)
{
	const u64 policies = from.digits(3);
	seam_config &config = seam_model.config;

	config.page_by_page = policies & 1;
	config.invalid_resumption = policies >> 1 & 1;
	config.partial_write_erratum = policies >> 2 & 1;
	config.dynamic_pamt = policies >> 3 & 1;
	config.no_entropy = policies >> 4 & 1;
	config.interrupted = policies >> 5 & 1;
	config.pconfig = (policies >> 6 & 3) % 3;
	config.ext_pool_pages = policies >> 8 & 1 ? 2 : 0;
	config.sys_state = policies >> 9 & 1 ? from.below(5) : SEAM_SYS_READY;
	config.packages = 1 + from.below(SEAM_MAX_PACKAGES);
	config.spdm_pages = 1 + from.below(3);
	config.ide_pages = 1 + from.below(2);
	config.iommu_pages = 1 + from.below(3);
	config.interrupt_every = from.below(3);
	config.cache_blocks = 1 + from.below(4);
}

void call(Input &from)
{
	seam_registers registers, given;

	if (from.take_if('\n'))
		return;
	if (from.take_if('=')) {
		write_list(from);
		return;
	}
	if (from.take_if('+')) {
		write_td_params(from);
		return;
	}
	for (auto &value : registers.r)
		value = 0xA5A5A5A5A5A5A5A5;
	registers.r[SEAM_RAX] = from.digits(2);
	if (from.yes())
		registers.r[SEAM_RAX] |= from.digits(2) << 16;
	for (const auto which : {SEAM_RCX, SEAM_RDX, SEAM_R8, SEAM_R9, SEAM_R10, SEAM_R11}) {
		if (from.is_empty())
			break;
		registers.r[which] = operand(from);
	}
	const u64 processor = from.digits(1);
	const u32 package = processor % seam_model.config.packages, lp = processor % SEAM_MAX_LPS;

	given = registers;
	const seam_outcome outcome = seam_model_call(&seam_model, package, lp, &registers);
	if (is_told())
		printf("  %s: %d, %#llx\n", seam_leaf_name(static_cast<u16>(given.r[SEAM_RAX])),
		       outcome, static_cast<unsigned long long>(registers.r[SEAM_RAX]));
	must(outcome == SEAM_COMPLETED, "the module did not run");
	for (const auto which : {SEAM_RBX, SEAM_RSP, SEAM_RBP, SEAM_RSI, SEAM_RDI, SEAM_R12,
				 SEAM_R13, SEAM_R14, SEAM_R15})
		must((given.r[SEAM_RAX] & 0xFFFF) == SEAM_VP_ENTER ||
			     registers.r[which] == given.r[which],
		     "a register changed that is an output of no leaf");
	must(!locks_held(&seam_model), "a lock is kept");
	/* A module that is being disabled has given up pages, but not yet the objects made of them. */
	if (seam_model.disabling)
		return;
	look_at_objects();
	look_at_tds();
	look_at_vcpus();
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
	machine_start(kMachinePages);
	return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	Input input(std::span(data, size));

	platform_reset();
	for (u64 i = 0; i < kUsedPages; i++)
		memset(machine_address(MACHINE_FIRST_PFN + i), 0, 4096);
	configure(input);
	while (!input.is_empty())
		call(input);
	seam_judge_sweep(&seam_model);
	return 0;
}
