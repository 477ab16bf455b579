// SPDX-License-Identifier: GPL-2.0
/* The model's records: counters, remembered calls, and the description of the machine. */
#include "../seam/seam_control.h"
#include "own_model.h"

static struct seam_request request;

static bool ask(u32 command, u64 argument)
{
	memset(&request, 0, sizeof(request));
	request.command = command;
	request.argument = argument;
	request.refused = 2;
	seam_control(&own.model, &request);
	return !request.refused;
}

static u64 count(struct kunit *test, u32 command)
{
	KUNIT_EXPECT_EQ(test, ask(command, 0), true);
	return request.result;
}

static u64 rdmd(u64 hpa)
{
	return own_call(SEAM_PHYMEM_PAGE_RDMD, hpa, 0, 0, 0);
}

static void pages_are_counted_by_kind(struct kunit *test)
{
	own_build_td(test);
	own.pages[500].entry.type = SEAM_PT_RSVD;
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_OWNED_PAGES), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_PAGES), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HELD_PAGES), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_LPS), 1);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_IS_DIRTY, OWN_MAPPED), true);
	KUNIT_EXPECT_EQ(test, request.result, 1);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_IS_DIRTY, OWN_FREE), true);
	KUNIT_EXPECT_EQ(test, request.result, 0);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR, 0, 0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_OWNED_PAGES), 16);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_PAGES), 17);
	seam_model_caches_written_back(&own.model);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_PAGES), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HELD_PAGES), 17);
	seam_judge_host_frees(&own.model, OWN_MAPPED >> 12, 1);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HELD_PAGES), 16);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

/* The configuration stays, all other state is that of a new model. */
static void a_power_cycle_forgets_all_but_the_configuration(struct kunit *test)
{
	u32 i;

	own_build_td(test);
	own.pages[500].entry.type = SEAM_PT_RSVD;
	own.pages[501].in_bitmap = true;
	own.pages[502].pamt = true;
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_POWER_CYCLE, 0), true);
	KUNIT_EXPECT_EQ(test, own.pages[500].entry.type, SEAM_PT_RSVD);
	KUNIT_EXPECT_EQ(test, own.pages[501].in_bitmap, true);
	KUNIT_EXPECT_EQ(test, own.pages[502].pamt, true);
	for (i = 0; i < 17; i++) {
		KUNIT_EXPECT_EQ(test, own.pages[i].entry.type, SEAM_PT_NDA);
		KUNIT_EXPECT_EQ(test, own.pages[i].held, false);
	}
	KUNIT_EXPECT_EQ(test, own.model.tds[0].live, false);
	KUNIT_EXPECT_EQ(test, own.model.vcpus[0].live, false);
	KUNIT_EXPECT_EQ(test, own.model.keys[OWN_KEYID].state, SEAM_KEY_FREE);
	KUNIT_EXPECT_EQ(test, own.model.tdmr_count, 1);
	KUNIT_EXPECT_EQ(test, own.model.call_count, 0);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_SUCCESS);
}

/* Unlike a power cycle, a reset takes no page from the module. */
static void a_reset_leaves_the_module_its_pages(struct kunit *test)
{
	u32 i;

	own_build_td(test);
	own.model.config.interrupt_every = 3;
	own.model.config.no_entropy = 1;
	own.model.disabling = true;
	own.model.disable_steps = 2;
	own.model.host_reads = own.model.host_flushes = 1;
	memset(own.model.write_back, 1, sizeof(own.model.write_back));
	own.model.ext_resume = own.model.ext_pages_given = 1;
	own.model.ext_initialised = own.model.quote_initialised = true;
	own.model.injections[0].times = 1;
	own.model.resumes[3].pending = true;
	own.model.config.sys_state = SEAM_SYS_SHUT_DOWN;
	seam_judge_report(&own.model, SEAM_FREED_OWNED, 0, OWN_FREE);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_RESET, 0), true);
	KUNIT_EXPECT_EQ(test, own.model.resumes[3].pending, false);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING), 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_CALLS, SEAM_MNG_CREATE), true);
	KUNIT_EXPECT_EQ(test, request.result, 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_LAST_CALL, SEAM_MNG_CREATE), true);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_RCX], 0);
	for (i = 0; i < sizeof(own.model.write_back); i++)
		KUNIT_EXPECT_EQ(test, ((u8 *)own.model.write_back)[i], 0);
	KUNIT_EXPECT_EQ(test, own.model.ext_resume, 0);
	KUNIT_EXPECT_EQ(test, own.model.ext_pages_given, 0);
	KUNIT_EXPECT_EQ(test, own.model.ext_initialised, false);
	KUNIT_EXPECT_EQ(test, own.model.quote_initialised, false);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_SETTLE, 0), true);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_UPDATE, OWN_TDR), false); /* not shut down */
	KUNIT_EXPECT_EQ(test, request.result, 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_OWNED_PAGES), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_FINDINGS), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_READS), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_FLUSHES), 0);
	KUNIT_EXPECT_EQ(test, own.model.config.interrupt_every, 0);
	KUNIT_EXPECT_EQ(test, own.model.config.no_entropy, 0);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYS_READY);
	KUNIT_EXPECT_EQ(test, own.model.disabling, false);
	KUNIT_EXPECT_EQ(test, own.model.disable_steps, 0);
	KUNIT_EXPECT_EQ(test, own.model.event_count, 0);
	KUNIT_EXPECT_EQ(test, own.model.keys[32].state, SEAM_KEY_RESERVED);
}

static void a_configuration_is_set_and_read_back(struct kunit *test)
{
	own_init();
	ask(SEAM_CONTROL_GET_CONFIG, 0);
	request.command = SEAM_CONTROL_SET_CONFIG;
	request.config.spdm_pages = 5;
	seam_control(&own.model, &request);
	KUNIT_EXPECT_EQ(test, request.refused, false);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_GET_CONFIG, 0), true);
	KUNIT_EXPECT_EQ(test, request.config.spdm_pages, 5);
}

static void calls_are_counted_in_their_order(struct kunit *test)
{
	const u32 last = SEAM_LEAVES - 1;
	u32 i;

	own_init();
	rdmd(OWN_FREE);
	own_call(last, 1, 2, 3, 4);
	own_call(SEAM_LEAVES, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_ORDER), 2);
	KUNIT_EXPECT_EQ(test, request.order[0], SEAM_PHYMEM_PAGE_RDMD);
	KUNIT_EXPECT_EQ(test, request.order[1], last);
	KUNIT_EXPECT_EQ(test, request.order[2], 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_ORDER, 1), true);
	KUNIT_EXPECT_EQ(test, request.order[0], last);
	KUNIT_EXPECT_EQ(test, request.order[1], 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_ORDER, 2), true);
	KUNIT_EXPECT_EQ(test, request.order[0], 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_CALLS, last), true);
	KUNIT_EXPECT_EQ(test, request.result, 1);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_RCX], 0); /* not asked for */
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_CALLS, SEAM_LEAVES), false);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_LAST_CALL, last), true);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_RCX], 1);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_R9], 4);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_LAST_CALL, SEAM_LEAVES), false);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROLS, 0), false);
	for (i = 2; i < SEAM_MAX_CALLS + 3; i++)
		rdmd(OWN_FREE);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_ORDER, SEAM_MAX_CALLS - 2), true);
	KUNIT_EXPECT_EQ(test, request.result, SEAM_MAX_CALLS + 3);
	KUNIT_EXPECT_EQ(test, request.order[1], SEAM_PHYMEM_PAGE_RDMD);
	KUNIT_EXPECT_EQ(test, request.order[2], 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_ORDER, 2), true);
	KUNIT_EXPECT_EQ(test, request.order[SEAM_CONTROL_ORDER_MAX - 1], SEAM_PHYMEM_PAGE_RDMD);
	KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
}

static void plans_are_counted_and_cancelled(struct kunit *test)
{
	const struct seam_injection good = {
		.kind = SEAM_INJECT_STATUS,
		.leaf = SEAM_PHYMEM_PAGE_RDMD,
		.nth = 2,
		.times = 1,
		.value = SEAM_OPERAND_BUSY,
	};
	u32 i;

	own_init();
	for (i = 0; i < SEAM_MAX_INJECTIONS; i++)
		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &good), true);
	KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &good), false);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING), SEAM_MAX_INJECTIONS);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_OPERAND_BUSY);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING), SEAM_MAX_INJECTIONS - 1);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_CANCEL, 0), true);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING), 0);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_SUCCESS);
}

static void plans_that_make_no_sense_are_refused(struct kunit *test)
{
	static const struct seam_injection bad[] = {
		{SEAM_INJECT_STATUS, SEAM_LEAVES, 1, 1, 0},
		{SEAM_INJECT_STATUS, SEAM_SYS_RD, 0, 1, 0},
		{SEAM_INJECT_STATUS, SEAM_SYS_RD, 1, 0, 0},
		{SEAM_INJECT_NO_ENTROPY + 1, SEAM_SYS_RD, 1, 1, 0},
		{SEAM_INJECT_BAD_RESPONSE, SEAM_SPDM_DELETE, 1, 1, SEAM_BAD_RESPONSES},
		{SEAM_INJECT_BAD_RESPONSE, SEAM_SPDM_DELETE, 1, 1, SEAM_BAD_LONG_OUTPUT},
	};
	u32 i;

	own_init();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&request, 0, sizeof(request));
		request.command = SEAM_CONTROL_INJECT;
		request.injection = bad[i];
		seam_control(&own.model, &request);
		KUNIT_EXPECT_EQ(test, request.refused, 1);
	}
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING), 0);
}

/* What each planned fault does: the status, and which registers are inverted. */
static void each_planned_fault_has_its_effect(struct kunit *test)
{
	const u32 outputs = 1 << SEAM_RCX | 1 << SEAM_RDX | 15 << SEAM_R8;
	const struct {
		u32 kind, inverted;
		bool executed;
	} plans[] = {
		{SEAM_INJECT_STATUS, 0, false},
		{SEAM_INJECT_STATUS_AFTER, 0, true},
		{SEAM_INJECT_OUTPUTS, outputs, false},
		{SEAM_INJECT_ALL_REGISTERS,
		 outputs | 1 << SEAM_RBX | 1 << SEAM_RSI | 1 << SEAM_RDI | 15 << SEAM_R12, false},
	};
	u32 i, which;

	for (i = 0; i < ARRAY_SIZE(plans); i++) {
		const struct seam_injection plan = {plans[i].kind, SEAM_MNG_CREATE, 1, 1, 0x1234};

		own_init();
		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &plan), true);
		KUNIT_EXPECT_EQ(test, seam_try_lock(&own.model.connect_lock, SEAM_SHARED), true);
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MNG_CREATE, OWN_TDR, OWN_KEYID, 8, 9), 0x1234);
		KUNIT_EXPECT_EQ(test, own.model.connect_lock.holders, 1);
		KUNIT_EXPECT_EQ(test, own.model.tds[0].live, plans[i].executed);
		for (which = SEAM_RCX; which < SEAM_REGISTERS; which++)
			KUNIT_EXPECT_EQ(test,
					own.model.last[SEAM_MNG_CREATE].r[which] ^
						own_registers.r[which],
					plans[i].inverted >> which & 1 ? ~0ULL : 0);
	}
}

/* VMX is off by VMXOFF on one logical processor, or on some of them by configuration. */
static void an_lp_without_vmx_has_no_seamcall(struct kunit *test)
{
	u32 lp;

	own_init();
	seam_model_set_vmx(&own.model, 2, false);
	own.model.config.vmx_off_lps = 1 << 5;
	for (lp = 0; lp < SEAM_MAX_LPS; lp++)
		KUNIT_EXPECT_EQ(test, own_call_on(lp, SEAM_PHYMEM_PAGE_RDMD, OWN_FREE, 0, 0, 0, 0),
				lp == 2 || lp == 5 ? ~0ULL : SEAM_SUCCESS);
	seam_model_set_vmx(&own.model, 2, true);
	KUNIT_EXPECT_EQ(test, own_call_on(2, SEAM_PHYMEM_PAGE_RDMD, OWN_FREE, 0, 0, 0, 0),
			SEAM_SUCCESS);
	own_registers_fill(SEAM_PHYMEM_PAGE_RDMD, OWN_FREE, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, seam_model_call(&own.model, 0, 5, &own_registers), SEAM_UD);
	own.model.config.seamrr_on = 0;
	KUNIT_EXPECT_EQ(test, seam_model_call(&own.model, 0, 0, &own_registers), SEAM_GP);
	own.model.config.seamrr_on = 1;
	own.model.config.module_loaded = 0;
	KUNIT_EXPECT_EQ(test, seam_model_call(&own.model, 0, 0, &own_registers),
			SEAM_VMFAILINVALID);
	own.model.config.vmx_on = 0;
	KUNIT_EXPECT_EQ(test, seam_model_call(&own.model, 0, 0, &own_registers), SEAM_UD);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RAX], SEAM_PHYMEM_PAGE_RDMD);
}

static void leaves_leave_zeroes_in_vector_registers(struct kunit *test)
{
	static const struct {
		u64 leaf;
		bool in_services, in_most;
	} leaves[] = {
		{SEAM_SPDM_MNG, true, true},
		{SEAM_EXT_INIT, true, true},
		{SEAM_QUOTE_GET, true, true},
		{SEAM_MNG_INIT, false, true},
		{SEAM_VP_ENTER, false, true},
		{SEAM_PHYMEM_PAGE_RDMD, false, false},
		{SEAM_PHYMEM_PAGE_RECLAIM, false, false},
		{SEAM_PHYMEM_PAGE_WBINVD, false, false},
		{SEAM_SYS_RD, false, false},
		{SEAM_SYS_INFO, false, false},
		{SEAM_LEAVES, false, false},
	};
	u32 i;

	own_init();
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		const u64 rax = leaves[i].leaf | 1 << 16;

		own.model.config.clears_vectors = SEAM_CLEARS_NO_VECTORS;
		KUNIT_EXPECT_EQ(test, seam_model_clears_vectors(&own.model, rax), false);
		own.model.config.clears_vectors = SEAM_CLEARS_IN_SERVICES;
		KUNIT_EXPECT_EQ(test, seam_model_clears_vectors(&own.model, rax),
				leaves[i].in_services);
		own.model.config.clears_vectors = SEAM_CLEARS_IN_MOST;
		KUNIT_EXPECT_EQ(test, seam_model_clears_vectors(&own.model, rax),
				leaves[i].in_most);
	}
}

/* As 1.5.25 on a platform of one package, ready for a host that was told nothing. */
static void a_new_model_has_the_described_configuration(struct kunit *test)
{
	const struct seam_config *config = &own.model.config;

	own_init();
	KUNIT_EXPECT_EQ(test, config->major_version, 1);
	KUNIT_EXPECT_EQ(test, config->minor_version, 5);
	KUNIT_EXPECT_EQ(test, config->update_version, 25);
	KUNIT_EXPECT_EQ(test, config->address_bits, OWN_ADDRESS_BITS);
	KUNIT_EXPECT_EQ(test, config->keyid_bits, 6);
	KUNIT_EXPECT_EQ(test, config->shared_keyids, 31);
	KUNIT_EXPECT_EQ(test, config->global_keyid, 32);
	KUNIT_EXPECT_EQ(test, config->packages, 1);
	KUNIT_EXPECT_EQ(test, config->lps, 1);
	KUNIT_EXPECT_EQ(test, config->sys_state, SEAM_SYS_READY);
	KUNIT_EXPECT_EQ(test, config->cache_blocks, 4);
	KUNIT_EXPECT_EQ(test, config->sys_disable, 1);
	KUNIT_EXPECT_EQ(test, config->module_loaded, 1);
	KUNIT_EXPECT_EQ(test, config->vmx_on, 1);
	KUNIT_EXPECT_EQ(test, config->seamrr_on, 1);
	KUNIT_EXPECT_EQ(test, config->spdm_pages, 16);
	KUNIT_EXPECT_EQ(test, config->ide_pages, 1);
	KUNIT_EXPECT_EQ(test, config->iommu_pages, 4);
	KUNIT_EXPECT_EQ(test, config->messages, 2);
	KUNIT_EXPECT_EQ(test, config->output_bytes, 6000);
	KUNIT_EXPECT_EQ(test, config->quote_bytes, 5000);
	KUNIT_EXPECT_EQ(test, config->enabled_features, ~0ULL);
	KUNIT_EXPECT_EQ(test, own.model.initialised_lps, ~0U);
	KUNIT_EXPECT_EQ(test, own.model.keys[32].state, SEAM_KEY_RESERVED);
	seam_model_reset(&own.model);
	KUNIT_EXPECT_EQ(test, config->ext_pool_pages, 12800);
}

/* No module was ever loaded: the state in which the kernel starts. */
static void power_on_forgets_the_configuration_too(struct kunit *test)
{
	u32 i;

	own_build_td(test);
	own.pages[500].entry.type = SEAM_PT_RSVD;
	own.pages[501].in_bitmap = true;
	own.regions[1].entry.type = SEAM_PT_REG;
	own.gigas[0].type = SEAM_PT_REG;
	own.model.installed_lps = 1;
	own.model.handed_over = true;
	own.model.packages_with_global_key = 1;
	own.model.lps_off_with_lines = 1;
	own.model.disabling = true;
	own.model.disable_steps = 1;
	own.model.config.dynamic_pamt = 1;
	seam_model_power_on(&own.model);
	for (i = 0; i < OWN_PAGES; i++) {
		static const struct seam_page new_page = {};

		KUNIT_ASSERT_EQ(test, memcmp(&own.pages[i], &new_page, sizeof(new_page)), 0);
	}
	KUNIT_EXPECT_EQ(test, own.regions[1].entry.type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own.regions[0].written, false);
	KUNIT_EXPECT_EQ(test, own.gigas[0].type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own.model.tdmr_count, 0);
	KUNIT_EXPECT_EQ(test, own.model.installed_lps, 0);
	KUNIT_EXPECT_EQ(test, own.model.initialised_lps, 0);
	KUNIT_EXPECT_EQ(test, own.model.handed_over, false);
	KUNIT_EXPECT_EQ(test, own.model.packages_with_global_key, 0);
	KUNIT_EXPECT_EQ(test, own.model.lps_off_with_lines, 0);
	KUNIT_EXPECT_EQ(test, own.model.lps_with_private_lines, 0);
	KUNIT_EXPECT_EQ(test, own.model.disabling, false);
	KUNIT_EXPECT_EQ(test, own.model.disable_steps, 0);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].live, false);
	KUNIT_EXPECT_EQ(test, own.model.vcpus[0].live, false);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYSINIT_PENDING);
	KUNIT_EXPECT_EQ(test, own.model.config.dynamic_pamt, 0);
	KUNIT_EXPECT_EQ(test, own.model.config.enabled_features, 0);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_SYS_NOT_READY);
}

/* SYS.DISABLE: all memory becomes the host's. A page that is in use, and a reset of the whole module, have to wait. */
static void the_module_ends_step_by_step(struct kunit *test)
{
	const struct seam_version version = {2, 6, 26};
	u32 i;

	own_build_td(test);
	own.pages[500].entry.type = SEAM_PT_RSVD;
	own.pages[501].in_bitmap = true;
	own.pages[502].pamt = true;
	own.regions[1].entry.type = SEAM_PT_REG;
	own.gigas[0].type = SEAM_PT_REG;
	KUNIT_EXPECT_EQ(test, seam_try_lock(&own.pages[1000].entry.lock, SEAM_SHARED), true);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_DISABLE, 0, 0, 0, 0), SEAM_SYS_BUSY);
	KUNIT_EXPECT_EQ(test, own.model.disable_steps, 3);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYS_SHUT_DOWN);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_SYS_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 0, &version), false);
	seam_unlock(&own.pages[1000].entry.lock, SEAM_SHARED);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_DISABLE, 0, 0, 0, 0), SEAM_SUCCESS);
	for (i = 0; i < OWN_PAGES; i++)
		KUNIT_ASSERT_EQ(test,
				own.pages[i].entry.type || own.pages[i].in_bitmap ||
					own.pages[i].pamt,
				false);
	KUNIT_EXPECT_EQ(test, own.regions[1].entry.type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own.gigas[0].type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYSINIT_PENDING);
	KUNIT_EXPECT_EQ(test, own.model.config.enabled_features, 0);
	KUNIT_EXPECT_EQ(test, own.model.keys[OWN_KEYID].state, SEAM_KEY_FREE);
	/* An update needs the module's lock, and one installation on each logical processor. */
	own_init();
	own.model.config.lps = 2;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_SHUTDOWN_LEAF, 0, 0, 0, 0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, seam_try_lock(&own.model.sys_lock, SEAM_SHARED), true);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 0, &version), false);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_SHUTDOWN_LEAF, 0, 0, 0, 0), SEAM_SYS_SHUTDOWN);
	seam_unlock(&own.model.sys_lock, SEAM_SHARED);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 1, &version), true);
	KUNIT_EXPECT_EQ(test, own.model.config.update_version, 25);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 1, &version), false);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 0, &version), true);
	KUNIT_EXPECT_EQ(test, own.model.config.major_version, 2);
	KUNIT_EXPECT_EQ(test, own.model.config.minor_version, 6);
	KUNIT_EXPECT_EQ(test, own.model.config.update_version, 26);
	KUNIT_EXPECT_EQ(test, own.model.installed_lps, 0);
	KUNIT_EXPECT_EQ(test, own.model.initialised_lps, 0);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYSINIT_PENDING);
	own.model.resumes[3].pending = true;
	seam_take_over(&own.model);
	KUNIT_EXPECT_EQ(test, own.model.handed_over, false);
	for (i = 0; i < SEAM_MAX_RESUMES; i++)
		KUNIT_EXPECT_EQ(test, own.model.resumes[i].pending, false);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYS_READY);
}

/* With Dynamic PAMT, whose PAMT fits into the memory here; the pages 600 to 639 are reserved for it. */
static void the_module_starts_step_by_step(struct kunit *test)
{
	const u64 words[] = {
		OWN_BASE,
		SEAM_GIGA_SIZE,
		OWN_HPA(600),
		4096,
		OWN_HPA(602),
		8192,
		OWN_HPA(608),
		32768,
		600 * SEAM_PAGE_SIZE,
		40 * SEAM_PAGE_SIZE,
		OWN_PAGES * SEAM_PAGE_SIZE,
		SEAM_GIGA_SIZE - OWN_PAGES * SEAM_PAGE_SIZE,
	};
	const u64 key = 40;
	u32 i, step;

	own_init();
	seam_model_add_cmr(&own.model, OWN_BASE, OWN_PAGES * SEAM_PAGE_SIZE);
	own.model.lps_with_private_lines = 1;
	own.model.config.sys_state = SEAM_SYSINIT_PENDING;
	own.model.config.no_entropy = 1;
	KUNIT_EXPECT_EQ(test, seam_try_lock(&own.model.sys_lock, SEAM_EXCLUSIVE), true);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT, 0, 0, 0, 0), SEAM_SYS_BUSY);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_LP_INIT, 0, 0, 0, 0), SEAM_SYS_BUSY);
	seam_unlock(&own.model.sys_lock, SEAM_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT | 1 << 24, 0, 0, 0, 0), SEAM_OPERAND_INVALID);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT, 1, 0, 0, 0), SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT, 0, 0, 0, 0), SEAM_RND_NO_ENTROPY);
	own.model.config.no_entropy = 0;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT, 0, 0, 0, 0), SEAM_SUCCESS);
	for (i = SEAM_RCX; i < SEAM_R11; i++)
		KUNIT_EXPECT_EQ(test, own_registers.r[i],
				i <= SEAM_RDX || i >= SEAM_R8 ? 0 : OWN_UNTOUCHED(i));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R11], OWN_UNTOUCHED(SEAM_R11));
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].kind, SEAM_LINES_LEFT);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].leaf, SEAM_SYS_INIT);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].hpa, 0);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT, 0, 0, 0, 0), SEAM_SYS_INIT_NOT_PENDING);
	*(u64 *)own_map(OWN_HPA(900)) = OWN_HPA(901) + 512;
	memcpy((u8 *)own_map(OWN_HPA(901)) + 512, words, sizeof(words));
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_CONFIG, OWN_HPA(900), 1, key, 0),
			SEAM_SYS_CONFIG_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_LP_INIT, 0, 0, 0, 0), SEAM_SUCCESS);
	/* Only newer modules have version 1. */
	own.model.config.features0 = 1;
	KUNIT_EXPECT_EQ(test,
			own_call(SEAM_SYS_CONFIG | 1 << 16, OWN_HPA(900), 1, key | 1 << 16, 1),
			SEAM_OPERAND_INVALID);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_CONFIG, OWN_HPA(900), 1, key | 1 << 16, 0),
			SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, own.model.config.global_keyid, key);
	KUNIT_EXPECT_EQ(test, own.model.config.dynamic_pamt, 1);
	KUNIT_EXPECT_EQ(test, own.model.keys[32].state, SEAM_KEY_FREE);
	KUNIT_EXPECT_EQ(test, own.model.keys[key].state, SEAM_KEY_RESERVED);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_KEY_CONFIG, 0, 0, 0, 0), SEAM_SUCCESS);
	/* What an earlier module left there is forgotten. */
	for (i = 0; i < OWN_PAGES; i++)
		own.pages[i].entry = (struct seam_entry){.type = SEAM_PT_REG, .owner = 1};
	own.regions[0].entry.type = own.regions[1].entry.type = SEAM_PT_REG;
	own.gigas[0].type = SEAM_PT_REG;
	for (step = 1; step <= 64; step++) {
		seam_model_caches_written_back(&own.model);
		KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_TDMR_INIT, OWN_BASE, 0, 0, 0),
				SEAM_SUCCESS);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX],
				step < 64 ? OWN_BASE : OWN_BASE + SEAM_GIGA_SIZE);
		/* Each step writes 512 bytes of the bitmap, and 8 entries of 2M. */
		for (i = 600; i < 640; i++)
			KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(i)),
					i == 600 || i == 602 + (step - 1) / 32 ||
						i == 608 + (step - 1) / 8);
		KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE) == SEAM_SUCCESS, step == 64);
	}
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_TDMR_INIT, OWN_BASE, 0, 0, 0),
			SEAM_TDMR_ALREADY_INITIALIZED);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_TDMR_INIT, OWN_BASE + 1, 0, 0, 0),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	for (i = 0; i < OWN_PAGES; i++) {
		KUNIT_ASSERT_EQ(test, own.pages[i].entry.type, SEAM_PT_NDA);
		KUNIT_ASSERT_EQ(test, own.pages[i].entry.owner, 0);
		KUNIT_ASSERT_EQ(test, own.pages[i].in_bitmap, i >= 600 && i < 640);
	}
	KUNIT_EXPECT_EQ(test, own.regions[0].entry.type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own.regions[1].entry.type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own.gigas[0].type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
}

static void reads_and_flushes_of_the_host_are_counted(struct kunit *test)
{
	own_build_td(test);
	seam_judge_host_accesses(&own.model, OWN_TDR, 0, false);
	seam_judge_host_accesses(&own.model, OWN_TDR, 0, false);
	seam_judge_host_flushes(&own.model, OWN_FREE);
	seam_judge_host_flushes(&own.model, OWN_HPA(OWN_PAGES));
	seam_judge_host_flushes(&own.model, OWN_FREE);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_READS), 2);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_FLUSHES), 3);
	KUNIT_EXPECT_EQ(test, own.pages[20].flushed, seam_content_sum(&own.model, &own.pages[20]));
	/* What was flushed before the module took it, was not flushed after. */
	own.model.config.partial_write_erratum = 1;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_AUG, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE, 0),
			SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, own.pages[20].flushed, 0);
	KUNIT_EXPECT_EQ(test, own.pages[20].unconverted, ~0ULL);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_HISTORY, OWN_TDR), true);
	KUNIT_EXPECT_EQ(test, request.result, 1);
	KUNIT_EXPECT_EQ(test, request.history[0].kind, SEAM_EVENT_TAKEN);
	KUNIT_EXPECT_EQ(test, request.history[0].detail, 32);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_are_counted_by_kind),
	KUNIT_CASE(a_power_cycle_forgets_all_but_the_configuration),
	KUNIT_CASE(a_reset_leaves_the_module_its_pages),
	KUNIT_CASE(a_configuration_is_set_and_read_back),
	KUNIT_CASE(calls_are_counted_in_their_order),
	KUNIT_CASE(plans_are_counted_and_cancelled),
	KUNIT_CASE(plans_that_make_no_sense_are_refused),
	KUNIT_CASE(each_planned_fault_has_its_effect),
	KUNIT_CASE(the_module_ends_step_by_step),
	KUNIT_CASE(the_module_starts_step_by_step),
	KUNIT_CASE(an_lp_without_vmx_has_no_seamcall),
	KUNIT_CASE(leaves_leave_zeroes_in_vector_registers),
	KUNIT_CASE(a_new_model_has_the_described_configuration),
	KUNIT_CASE(power_on_forgets_the_configuration_too),
	KUNIT_CASE(reads_and_flushes_of_the_host_are_counted),
	{},
};

static struct kunit_suite suite = {
	.name = "own_model_books",
	.test_cases = cases,
};
kunit_test_suite(suite);
