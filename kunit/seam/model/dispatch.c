// SPDX-License-Identifier: GPL-2.0
/*
 * From the SEAMCALL instruction to the leaf: checks in the order of the real dispatcher (1.5.25,
 * tdx_vmm_dispatcher.c).
 */
#include "internal.h"

/* A leaf of this model; @feature is 0 if it always exists. */
struct leaf {
	const char *name;
	seam_leaf_fn *execute;
	uint64_t feature;
};

static const struct leaf leaves[SEAM_LEAVES] = {
	[SEAM_VP_ENTER] = {"TDH.VP.ENTER", seam_vp_enter, 0},
	[SEAM_MEM_PAGE_ADD] = {"TDH.MEM.PAGE.ADD", seam_mem_page_add, 0},
	[SEAM_MEM_SEPT_ADD] = {"TDH.MEM.SEPT.ADD", seam_mem_sept_add, 0},
	[SEAM_MEM_PAGE_AUG] = {"TDH.MEM.PAGE.AUG", seam_mem_page_aug, 0},
	[SEAM_MEM_RANGE_BLOCK] = {"TDH.MEM.RANGE.BLOCK", seam_mem_range_block, 0},
	[SEAM_MEM_PAGE_REMOVE] = {"TDH.MEM.PAGE.REMOVE", seam_mem_page_remove, 0},
	[SEAM_MEM_TRACK] = {"TDH.MEM.TRACK", seam_mem_track, 0},
	[SEAM_MR_EXTEND] = {"TDH.MR.EXTEND", seam_mr_extend, 0},
	[SEAM_MR_FINALIZE] = {"TDH.MR.FINALIZE", seam_mr_finalize, 0},
	[SEAM_MNG_RD] = {"TDH.MNG.RD", seam_mng_rd, 0},
	[SEAM_VP_RD] = {"TDH.VP.RD", seam_vp_rd, 0},
	[SEAM_VP_WR] = {"TDH.VP.WR", seam_vp_wr, 0},
	[SEAM_MNG_ADDCX] = {"TDH.MNG.ADDCX", seam_mng_addcx, 0},
	[SEAM_MNG_KEY_CONFIG] = {"TDH.MNG.KEY.CONFIG", seam_mng_key_config, 0},
	[SEAM_MNG_CREATE] = {"TDH.MNG.CREATE", seam_mng_create, 0},
	[SEAM_VP_FLUSH] = {"TDH.VP.FLUSH", seam_vp_flush, 0},
	[SEAM_MNG_VPFLUSHDONE] = {"TDH.MNG.VPFLUSHDONE", seam_mng_vpflushdone, 0},
	[SEAM_MNG_KEY_FREEID] = {"TDH.MNG.KEY.FREEID", seam_mng_key_freeid, 0},
	[SEAM_PHYMEM_PAGE_RDMD] = {"TDH.PHYMEM.PAGE.RDMD", seam_phymem_page_rdmd, 0},
	[SEAM_MNG_KEY_RECLAIMID] = {"TDH.MNG.KEY.RECLAIMID", seam_mng_key_reclaimid, 0},
	[SEAM_PHYMEM_PAGE_RECLAIM] = {"TDH.PHYMEM.PAGE.RECLAIM", seam_phymem_page_reclaim, 0},
	[SEAM_SYS_KEY_CONFIG] = {"TDH.SYS.KEY.CONFIG", seam_sys_key_config, 0},
	[SEAM_SYS_INIT] = {"TDH.SYS.INIT", seam_sys_init, 0},
	[SEAM_SYS_LP_INIT] = {"TDH.SYS.LP.INIT", seam_sys_lp_init, 0},
	[SEAM_SYS_TDMR_INIT] = {"TDH.SYS.TDMR.INIT", seam_sys_tdmr_init, 0},
	[SEAM_SYS_CONFIG] = {"TDH.SYS.CONFIG", seam_sys_config, 0},
	[SEAM_SYS_DISABLE] = {"TDH.SYS.DISABLE", seam_sys_disable, 0},
	[SEAM_SYS_SHUTDOWN_LEAF] = {"TDH.SYS.SHUTDOWN", seam_sys_shutdown, 0},
	[SEAM_SYS_UPDATE] = {"TDH.SYS.UPDATE", seam_sys_update, 0},
	[SEAM_SYS_RD] = {"TDH.SYS.RD", seam_sys_rd, 0},
	[SEAM_SYS_LP_SHUTDOWN] = {"TDH.SYS.LP.SHUTDOWN", seam_sys_lp_shutdown, 0},
	[SEAM_PHYMEM_CACHE_WB] = {"TDH.PHYMEM.CACHE.WB", seam_phymem_cache_wb, 0},
	[SEAM_PHYMEM_PAGE_WBINVD] = {"TDH.PHYMEM.PAGE.WBINVD", seam_phymem_page_wbinvd, 0},
	[SEAM_PHYMEM_PAMT_ADD] = {"TDH.PHYMEM.PAMT.ADD", seam_phymem_pamt_add, 0},
	[SEAM_PHYMEM_PAMT_REMOVE] = {"TDH.PHYMEM.PAMT.REMOVE", seam_phymem_pamt_remove, 0},
	[SEAM_VP_ADDCX] = {"TDH.VP.ADDCX", seam_vp_addcx, 0},
	[SEAM_VP_CREATE] = {"TDH.VP.CREATE", seam_vp_create, 0},
	[SEAM_MNG_INIT] = {"TDH.MNG.INIT", seam_mng_init, 0},
	[SEAM_VP_INIT] = {"TDH.VP.INIT", seam_vp_init, 0},
	[SEAM_QUOTE_GET] = {"TDH.QUOTE.GET", seam_quote_get, SEAM_FEATURE_QUOTE},
	[SEAM_QUOTE_INIT] = {"TDH.QUOTE.INIT", seam_quote_init, SEAM_FEATURE_QUOTE},
	[SEAM_IOMMU_SETUP] = {"TDH.IOMMU.SETUP", seam_iommu_setup, SEAM_FEATURE_TDXCONNECT},
	[SEAM_IOMMU_CLEAR] = {"TDH.IOMMU.CLEAR", seam_iommu_clear, SEAM_FEATURE_TDXCONNECT},
	[SEAM_IDE_STREAM_CREATE] = {"TDH.IDE.STREAM.CREATE", seam_ide_stream_create,
				    SEAM_FEATURE_TDXCONNECT},
	[SEAM_IDE_STREAM_BLOCK] = {"TDH.IDE.STREAM.BLOCK", seam_ide_stream_block,
				   SEAM_FEATURE_TDXCONNECT},
	[SEAM_IDE_STREAM_DELETE] = {"TDH.IDE.STREAM.DELETE", seam_ide_stream_delete,
				    SEAM_FEATURE_TDXCONNECT},
	[SEAM_IDE_STREAM_KM] = {"TDH.IDE.STREAM.KM", seam_ide_stream_km, SEAM_FEATURE_TDXCONNECT},
	[SEAM_SPDM_CONNECT] = {"TDH.SPDM.CONNECT", seam_spdm_connect, SEAM_FEATURE_TDXCONNECT},
	[SEAM_SPDM_DISCONNECT] = {"TDH.SPDM.DISCONNECT", seam_spdm_disconnect,
				  SEAM_FEATURE_TDXCONNECT},
	[SEAM_SPDM_MNG] = {"TDH.SPDM.MNG", seam_spdm_mng, SEAM_FEATURE_TDXCONNECT},
	[SEAM_EXT_INIT] = {"TDH.EXT.INIT", seam_ext_init, SEAM_FEATURE_EXT},
	[SEAM_EXT_MEM_ADD] = {"TDH.EXT.MEM.ADD", seam_ext_mem_add, SEAM_FEATURE_EXT},
	[SEAM_SPDM_CREATE] = {"TDH.SPDM.CREATE", seam_spdm_create, SEAM_FEATURE_TDXCONNECT},
	[SEAM_SPDM_DELETE] = {"TDH.SPDM.DELETE", seam_spdm_delete, SEAM_FEATURE_TDXCONNECT},
};

bool seam_has_leaf(uint16_t leaf)
{
	return leaf < SEAM_LEAVES && leaves[leaf].execute;
}

const char *seam_leaf_name(uint16_t leaf)
{
	return seam_has_leaf(leaf) ? leaves[leaf].name : "unknown leaf";
}

bool seam_model_clears_vectors(const struct seam_model *model, uint64_t rax)
{
	const uint16_t leaf = (uint16_t)rax;

	switch (leaf) {
	case SEAM_PHYMEM_PAGE_RDMD:
	case SEAM_PHYMEM_PAGE_RECLAIM:
	case SEAM_PHYMEM_PAGE_WBINVD:
	case SEAM_SYS_RD:
		return false;
	}
	if (!seam_has_leaf(leaf))
		return false;
	switch (model->config.clears_vectors) {
	case SEAM_CLEARS_IN_SERVICES:
		return leaves[leaf].feature;
	case SEAM_CLEARS_IN_MOST:
		return true;
	}
	return false;
}

/* The possible outputs, and the other registers that a leaf may change: all but RSP and RBP. */
static const uint8_t outputs[] = {SEAM_RCX, SEAM_RDX, SEAM_R8, SEAM_R9, SEAM_R10, SEAM_R11};
static const uint8_t others[] = {SEAM_RBX, SEAM_RSI, SEAM_RDI, SEAM_R12,
				 SEAM_R13, SEAM_R14, SEAM_R15};

void seam_zero_outputs(struct seam_call *call)
{
	const uint8_t *output;

	seam_for_each(output, outputs)
		call->registers->r[*output] = 0;
}

/* Leaves that work before the module is ready. */
static bool is_early(uint16_t leaf)
{
	switch (leaf) {
	case SEAM_SYS_KEY_CONFIG:
	case SEAM_SYS_INFO:
	case SEAM_SYS_INIT:
	case SEAM_SYS_RD:
	case SEAM_SYS_LP_INIT:
	case SEAM_SYS_RDALL:
	case SEAM_SYS_LP_SHUTDOWN:
	case SEAM_SYS_CONFIG:
	case SEAM_SYS_UPDATE:
		return true;
	}
	return false;
}

/*
 * Leaves with more than one version, as in 1.5.25. Newer modules, recognised by their features,
 * also have two versions of SYS.CONFIG.
 */
static bool has_versions(const struct seam_config *config, uint16_t leaf)
{
	switch (leaf) {
	case SEAM_MEM_SEPT_ADD:
	case SEAM_MNG_RD:
	case SEAM_VP_INIT:
	case 23: /* MEM.PAGE.PROMOTE */
	case SEAM_VP_RD:
	case 30: /* MEM.SEPT.REMOVE */
	case SEAM_SYS_INIT:
	case SEAM_SYS_UPDATE:
		return true;
	case SEAM_SYS_CONFIG:
		return config->features0 &
		       (SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT | SEAM_FEATURE_QUOTE);
	}
	return false;
}

static bool exists(const struct seam_config *config, uint16_t leaf)
{
	return seam_has_leaf(leaf) && (leaf != SEAM_SYS_DISABLE || config->sys_disable);
}

/* The only leaves in state SHUT_DOWN; SYS.DISABLE only to continue one that was interrupted. */
static bool is_last(const struct seam_model *model, uint16_t leaf)
{
	return leaf == SEAM_SYS_LP_SHUTDOWN || (leaf == SEAM_SYS_DISABLE && model->disabling);
}

static uint64_t dispatch(struct seam_call *call)
{
	const struct seam_config *config = &call->model->config;
	const uint64_t rax = *seam_reg(call, SEAM_RAX);
	const uint16_t leaf = (uint16_t)rax;

	if (rax >> 24 || (rax >> 16 && !has_versions(config, leaf)))
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	if (config->sys_state == SEAM_SYS_SHUT_DOWN) {
		if (!is_last(call->model, leaf))
			return SEAM_SYS_SHUTDOWN;
	} else if (config->sys_state != SEAM_SYS_READY && !is_early(leaf)) {
		return SEAM_SYS_NOT_READY;
	}
	if (!exists(config, leaf))
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	if (leaves[leaf].feature & ~seam_features(config)) {
		seam_judge_report(call->model, SEAM_UNKNOWN_FEATURE, leaf, 0);
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	}
	return leaves[leaf].execute(call);
}

/* Inverted values are easy to recognise, and never what the host had there. */
static void invert(struct seam_registers *registers, const uint8_t *which, size_t count)
{
	const uint8_t *one;

	seam_for_first(one, which, count)
		registers->r[*one] = ~registers->r[*one];
}

static void note(struct seam_call *call, uint16_t leaf)
{
	struct seam_model *model = call->model;
	const unsigned long flags = model->ops->lock_books();

	if (leaf < SEAM_LEAVES) {
		if (model->call_count < SEAM_MAX_CALLS)
			model->order[model->call_count] = leaf;
		model->call_count++;
		model->calls[leaf]++;
		model->last[leaf] = *call->registers;
	}
	seam_arm_injection(model, leaf, &call->fault);
	model->ops->unlock_books(flags);
}

/* Makes the reported length of a request to the device, or of an output, too large. */
static void exaggerate_length(struct seam_call *call, uint64_t status)
{
	if (status == SEAM_SUCCESS || status == SEAM_SPDM_REQUEST)
		*seam_reg(call, SEAM_RCX) = SEAM_LONG_OUTPUT;
}

/* False if the host has to issue the call again. */
static bool ends_call(uint64_t status)
{
	switch (status & ~0xFFFFFFFFULL) {
	case SEAM_INTERRUPTED_RESUMABLE:
	case SEAM_INTERRUPTED_BUSY:
	case SEAM_OPERAND_BUSY:
	case SEAM_SYS_BUSY:
	case SEAM_RND_NO_ENTROPY:
	case SEAM_SYS_SHUTDOWN:
	case SEAM_SPDM_REQUEST:
	case SEAM_SPDM_SESSION_KEY_REQUIRE_REFRESH:
		return false;
	}
	return true;
}

/* Returns @status whatever the call did, and forgets its resumption if the status ends it. */
static enum seam_outcome answer(struct seam_call *call, const struct seam_registers *inputs,
				uint64_t status)
{
	const struct seam_registers outputs = *call->registers;

	if (ends_call(status)) {
		*call->registers = *inputs;
		seam_resume_end(call);
		*call->registers = outputs;
	}
	*seam_reg(call, SEAM_RAX) = status;
	return SEAM_COMPLETED;
}

/* Executes the call, or injects the fault that replaces it. */
static enum seam_outcome execute(struct seam_call *call)
{
	const struct seam_registers inputs = *call->registers;
	uint64_t *rax = seam_reg(call, SEAM_RAX);

	if (call->fault.times) {
		switch (call->fault.kind) {
		case SEAM_INJECT_VMFAILINVALID:
			return SEAM_VMFAILINVALID;
		case SEAM_INJECT_GP:
			return SEAM_GP;
		case SEAM_INJECT_UD:
			return SEAM_UD;
		case SEAM_INJECT_STATUS:
			return answer(call, &inputs, call->fault.value);
		case SEAM_INJECT_STATUS_AFTER:
			dispatch(call);
			return answer(call, &inputs, call->fault.value);
		case SEAM_INJECT_ALL_REGISTERS:
			invert(call->registers, others, SEAM_COUNT_OF(others));
			invert(call->registers, outputs, SEAM_COUNT_OF(outputs));
			return answer(call, &inputs, call->fault.value);
		case SEAM_INJECT_OUTPUTS:
			invert(call->registers, outputs, SEAM_COUNT_OF(outputs));
			return answer(call, &inputs, call->fault.value);
		case SEAM_INJECT_INTERRUPT:
		case SEAM_INJECT_BAD_RESPONSE:
		case SEAM_INJECT_NO_ENTROPY:
			break;
		}
	}
	*rax = dispatch(call);
	if (seam_bad_response_of(call) == SEAM_BAD_LONG_OUTPUT)
		exaggerate_length(call, *rax);
	return SEAM_COMPLETED;
}

void seam_model_set_vmx(struct seam_model *model, uint32_t lp, bool on)
{
	if (on)
		__atomic_fetch_and(&model->lps_without_vmx, ~(1U << lp), __ATOMIC_RELAXED);
	else
		__atomic_fetch_or(&model->lps_without_vmx, 1U << lp, __ATOMIC_RELAXED);
}

enum seam_outcome seam_model_call(struct seam_model *model, uint32_t package, uint32_t lp,
				  struct seam_registers *registers)
{
	struct seam_call call = {
		.model = model,
		.registers = registers,
		.package = package,
		.lp = lp,
	};

	if (!model->config.vmx_on || (model->config.vmx_off_lps |
				      __atomic_load_n(&model->lps_without_vmx, __ATOMIC_RELAXED)) >>
						     lp &
					     1)
		return SEAM_UD;
	seam_judge_vmx_on(model, lp);
	if (!model->config.seamrr_on)
		return SEAM_GP;
	if (!model->config.module_loaded)
		return SEAM_VMFAILINVALID;
	model->package_of_lp[lp] = (uint8_t)package;
	note(&call, (uint16_t)registers->r[SEAM_RAX]);
	return execute(&call);
}
