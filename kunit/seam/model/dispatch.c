// SPDX-License-Identifier: GPL-2.0
/*
 * From the instruction to the leaf: gates in the order of the real dispatcher (1.5.25,
 * tdx_vmm_dispatcher.c).
 */
#include "internal.h"

/* A leaf of this model; @feature is 0 for those that are always there. */
struct leaf {
	const char *name;
	seam_leaf_fn *execute;
	uint64_t feature;
};

static const struct leaf leaves[SEAM_LEAVES] = {
	[SEAM_PHYMEM_PAGE_RDMD] = {"TDH.PHYMEM.PAGE.RDMD", seam_phymem_page_rdmd, 0},
	[SEAM_SYS_RD] = {"TDH.SYS.RD", seam_sys_rd, 0},
	[SEAM_PHYMEM_PAGE_WBINVD] = {"TDH.PHYMEM.PAGE.WBINVD", seam_phymem_page_wbinvd, 0},
	[SEAM_EXT_INIT] = {"TDH.EXT.INIT", seam_ext_init, SEAM_FEATURE_EXT},
	[SEAM_EXT_MEM_ADD] = {"TDH.EXT.MEM.ADD", seam_ext_mem_add, SEAM_FEATURE_EXT},
	[SEAM_SPDM_CREATE] = {"TDH.SPDM.CREATE", seam_spdm_create, SEAM_FEATURE_TDXCONNECT},
	[SEAM_SPDM_DELETE] = {"TDH.SPDM.DELETE", seam_spdm_delete, SEAM_FEATURE_TDXCONNECT},
};

const char *seam_leaf_name(uint16_t leaf)
{
	return leaf < SEAM_LEAVES && leaves[leaf].name ? leaves[leaf].name : "unknown leaf";
}

static uint64_t dispatch(struct seam_model *model, struct seam_registers *registers)
{
	const uint64_t rax = registers->r[SEAM_RAX];
	const uint16_t leaf = (uint16_t)rax;

	if (rax >> 24)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	/* No leaf of this model has a second version. */
	if (rax >> 16)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	if (!model->config.sys_ready && leaf != SEAM_SYS_RD)
		return SEAM_SYS_NOT_READY;
	if (leaf >= SEAM_LEAVES || !leaves[leaf].execute)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	if (leaves[leaf].feature & ~(model->config.features0 & ~model->config.other_meaning)) {
		seam_judge_report(model, SEAM_UNKNOWN_FEATURE, leaf, 0);
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	}
	return leaves[leaf].execute(model, registers);
}

/* Recognisable in each register, and never what the host had there. */
static void invert_registers(struct seam_registers *registers)
{
	int i;

	for (i = 0; i < SEAM_REGISTERS; i++)
		if (i != SEAM_RSP && i != SEAM_RBP)
			registers->r[i] = ~registers->r[i];
}

enum seam_outcome seam_model_call(struct seam_model *model, struct seam_registers *registers)
{
	const uint16_t leaf = (uint16_t)registers->r[SEAM_RAX];
	const struct seam_injection *fault;
	uint64_t status;

	if (!model->config.vmx_on)
		return SEAM_UD;
	if (!model->config.seamrr_on)
		return SEAM_GP;
	if (!model->config.module_loaded)
		return SEAM_VMFAILINVALID;
	if (leaf < SEAM_LEAVES) {
		model->calls[leaf]++;
		model->last[leaf] = *registers;
	}

	fault = seam_arm_injection(model, leaf);
	if (fault && fault->kind == SEAM_INJECT_VMFAILINVALID)
		return SEAM_VMFAILINVALID;
	if (fault && fault->kind == SEAM_INJECT_GP)
		return SEAM_GP;
	if (fault && fault->kind == SEAM_INJECT_UD)
		return SEAM_UD;
	if (fault && fault->kind == SEAM_INJECT_ALL_REGISTERS)
		invert_registers(registers);
	if (fault &&
	    (fault->kind == SEAM_INJECT_STATUS || fault->kind == SEAM_INJECT_ALL_REGISTERS))
		status = fault->value;
	else
		status = dispatch(model, registers);
	if (fault && fault->kind == SEAM_INJECT_STATUS_AFTER)
		status = fault->value;
	registers->r[SEAM_RAX] = status;
	return SEAM_COMPLETED;
}

void seam_model_init(struct seam_model *model, const struct seam_ops *ops, struct seam_page *pages,
		     uint32_t page_count, uint32_t address_bits)
{
	memset(model, 0, sizeof(*model));
	model->ops = ops;
	model->pages = pages;
	model->page_count = page_count;
	model->config.address_bits = address_bits;
	seam_model_reset(model);
}

void seam_model_reset(struct seam_model *model)
{
	uint32_t i;

	model->config = (struct seam_config){
		.features0 = SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT,
		.address_bits = model->config.address_bits,
		.keyid_bits = 6,
		.shared_keyids = 31,
		.ext_pool_pages = 12800,
		.spdm_pages = 16,
		.sys_ready = 1,
		.module_loaded = 1,
		.vmx_on = 1,
		.seamrr_on = 1,
	};
	model->ext_pages_given = 0;
	model->ext_initialised = false;
	model->ext_resume = 0;
	for (i = 0; i < SEAM_MAX_SESSIONS; i++)
		model->sessions[i] = (struct seam_session){.first_page = SEAM_NO_PAGE};
	memset(model->injections, 0, sizeof(model->injections));
	memset(&model->armed, 0, sizeof(model->armed));
	memset(model->calls, 0, sizeof(model->calls));
	memset(model->last, 0, sizeof(model->last));
	model->finding_count = 0;
}
