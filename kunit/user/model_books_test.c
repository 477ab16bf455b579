// SPDX-License-Identifier: GPL-2.0
/* The model's records: counters, remembered calls, and the description of the machine. */
#include "own_model.h"

#define PAGE_RANGE(FIRST, COUNT) OWN_HPA(FIRST), (u64)(COUNT)*SEAM_PAGE_SIZE

static void pages_are_counted_by_kind(struct kunit *test)
{
	own_build_td(test);
	own.pages[500].entry.type = SEAM_PT_RSVD;
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_OWNED_PAGES, 0), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_PAGES, 0), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HELD_PAGES, 0), 17);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_LPS, 0), 1);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_IS_DIRTY, OWN_MAPPED), 1);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_IS_DIRTY, OWN_FREE), 0);
	own_succeeds(test, SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_OWNED_PAGES, 0), 16);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_PAGES, 0), 17);
	seam_model_caches_written_back(&own.model);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_DIRTY_PAGES, 0), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HELD_PAGES, 0), 17);
	seam_judge_host_frees(&own.model, OWN_MAPPED >> 12, 1);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HELD_PAGES, 0), 16);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

static void calls_are_counted_in_their_order(struct kunit *test)
{
	const u32 last = SEAM_LEAVES - 1;
	u32 i;

	own_init();
	rdmd(OWN_FREE);
	own_call(last, 1, 2, 3, 4);
	own_call(SEAM_LEAVES);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_ORDER, 1), 2);
	KUNIT_EXPECT_EQ(test, request.order[0], last);
	KUNIT_EXPECT_EQ(test, request.order[1], 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_CALLS, last), 1);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_RCX], 0); /* not asked for */
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_CALLS, SEAM_LEAVES), false);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_LAST_CALL, last), true);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_RCX], 1);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_R9], 4);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_LAST_CALL, SEAM_LEAVES), false);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROLS, 0), false);
	for (i = 2; i < SEAM_MAX_CALLS + 3; i++)
		rdmd(OWN_FREE);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_ORDER, SEAM_MAX_CALLS - 2),
			SEAM_MAX_CALLS + 3);
	KUNIT_EXPECT_EQ(test, request.order[1], SEAM_PHYMEM_PAGE_RDMD);
	KUNIT_EXPECT_EQ(test, request.order[2], 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_ORDER, 2), true);
	KUNIT_EXPECT_EQ(test, request.order[SEAM_CONTROL_ORDER_MAX - 1], SEAM_PHYMEM_PAGE_RDMD);
	KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
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
	const struct seam_injection good = {SEAM_INJECT_STATUS, SEAM_SYS_RD, 1, 1, 0};
	u32 i;

	own_init();
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &bad[i]), false);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING, 0), 0);
	/* There is room for so many. */
	for (i = 0; i < SEAM_MAX_INJECTIONS; i++)
		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &good), true);
	KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &good), false);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING, 0), SEAM_MAX_INJECTIONS);
	/* A call takes one of them. */
	own_call(SEAM_SYS_RD);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING, 0), SEAM_MAX_INJECTIONS - 1);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_CANCEL, 0), true);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING, 0), 0);
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
		KUNIT_EXPECT_EQ(test, own_call_on(lp, SEAM_PHYMEM_PAGE_RDMD, OWN_FREE),
				lp == 2 || lp == 5 ? ~0ULL : SEAM_SUCCESS);
	seam_model_set_vmx(&own.model, 2, true);
	KUNIT_EXPECT_EQ(test, own_call_on(2, SEAM_PHYMEM_PAGE_RDMD, OWN_FREE), SEAM_SUCCESS);
	own_registers_fill((const u64[OWN_INPUTS]){SEAM_PHYMEM_PAGE_RDMD, OWN_FREE});
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
		u32 from; /* the first setting of enum seam_clears_vectors with which it does */
	} leaves[] = {
		{SEAM_SPDM_MNG, SEAM_CLEARS_IN_SERVICES},
		{SEAM_EXT_INIT, SEAM_CLEARS_IN_SERVICES},
		{SEAM_QUOTE_GET, SEAM_CLEARS_IN_SERVICES},
		{SEAM_MNG_INIT, SEAM_CLEARS_IN_MOST},
		{SEAM_VP_ENTER, SEAM_CLEARS_IN_MOST},
		{SEAM_PHYMEM_PAGE_RDMD, ~0U},
		{SEAM_PHYMEM_PAGE_RECLAIM, ~0U},
		{SEAM_PHYMEM_PAGE_WBINVD, ~0U},
		{SEAM_SYS_RD, ~0U},
		{SEAM_SYS_INFO, ~0U},
		{SEAM_LEAVES, ~0U},
	};
	u32 i, setting;

	own_init();
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		for (setting = 0; setting <= SEAM_CLEARS_IN_MOST; setting++) {
			own.model.config.clears_vectors = setting;
			KUNIT_EXPECT_EQ(
				test,
				seam_model_clears_vectors(&own.model, leaves[i].leaf | 1 << 16),
				setting >= leaves[i].from);
		}
	}
}

/* For a host that was told nothing. The host finds the version and the KeyIDs when the core starts. */
static void a_new_model_has_the_described_configuration(struct kunit *test)
{
	const struct seam_config *config = &own.model.config;

	own_init();
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
	/* It may be read and set. */
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_GET_CONFIG, 0), true);
	request.command = SEAM_CONTROL_SET_CONFIG;
	seam_control(&own.model, &request);
	KUNIT_EXPECT_EQ(test, request.refused, false);
}

static void reads_and_flushes_of_the_host_are_counted(struct kunit *test)
{
	own_build_td(test);
	seam_judge_host_accesses(&own.model, OWN_TDR, 0, false);
	seam_judge_host_accesses(&own.model, OWN_TDR, 0, false);
	seam_judge_host_flushes(&own.model, OWN_FREE);
	seam_judge_host_flushes(&own.model, OWN_HPA(OWN_PAGES));
	seam_judge_host_flushes(&own.model, OWN_FREE);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_READS, 0), 2);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_FLUSHES, 0), 3);
	KUNIT_EXPECT_EQ(test, own.pages[20].flushed, seam_content_sum(&own.model, &own.pages[20]));
	/* What was flushed before the module took it, was not flushed after. */
	own.model.config.partial_write_erratum = 1;
	own_succeeds(test, SEAM_MEM_PAGE_AUG, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE);
	KUNIT_EXPECT_EQ(test, own.pages[20].flushed, 0);
	KUNIT_EXPECT_EQ(test, own.pages[20].unconverted, ~0ULL);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HISTORY, OWN_TDR), 1);
	KUNIT_EXPECT_EQ(test, request.history[0].kind, SEAM_EVENT_TAKEN);
	KUNIT_EXPECT_EQ(test, request.history[0].detail, 32);
	KUNIT_EXPECT_EQ(test, request.history[0].leaf, 0);
}

/* Ranges for which the tables have no room, or that overlap another one, are refused. */
static void ranges_of_memory_are_kept_in_order(struct kunit *test)
{
	static const struct {
		u64 base, size;
		bool good;
	} ranges[] = {
		{PAGE_RANGE(512, 128), true},
		{PAGE_RANGE(0, 128), true},
		{PAGE_RANGE(256, 128), true},
		{PAGE_RANGE(640, 0), false},
		{OWN_HPA(640) + 1, SEAM_PAGE_SIZE, false},
		{OWN_HPA(640), SEAM_PAGE_SIZE + 1, false},
		{OWN_BASE - SEAM_PAGE_SIZE, SEAM_PAGE_SIZE, false},
		{PAGE_RANGE(1023, 2), false},
		{PAGE_RANGE(1024, 1), false},
		{OWN_HPA(1), ~(SEAM_PAGE_SIZE - 1), false},
		{PAGE_RANGE(127, 1), false},
		{PAGE_RANGE(127, 2), false},
		{PAGE_RANGE(255, 2), false},
		{PAGE_RANGE(200, 200), false},
		{PAGE_RANGE(128, 128), true},
		{PAGE_RANGE(1023, 1), true},
	};
	static const u32 order[] = {0, 128, 256, 512, 1023};
	u32 i;

	own_init();
	own.model.tdmr_count = 0;
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		KUNIT_EXPECT_EQ(test,
				seam_model_add_cmr(&own.model, ranges[i].base, ranges[i].size),
				ranges[i].good);
		KUNIT_EXPECT_EQ(test,
				seam_model_add_tdmr(&own.model, ranges[i].base, ranges[i].size),
				ranges[i].good);
	}
	KUNIT_ASSERT_EQ(test, own.model.cmr_count, ARRAY_SIZE(order));
	KUNIT_ASSERT_EQ(test, own.model.tdmr_count, ARRAY_SIZE(order));
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		KUNIT_EXPECT_EQ(test, own.model.cmrs[i].base, OWN_HPA(order[i]));
		KUNIT_EXPECT_EQ(test, own.model.tdmrs[i].range.base, OWN_HPA(order[i]));
		KUNIT_EXPECT_EQ(test, own.model.tdmrs[i].initialised,
				own.model.tdmrs[i].range.size);
	}
	/* One TDMR begins where another one ends. */
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_HPA(128) - 1), &own.model.tdmrs[0]);
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_HPA(128)), &own.model.tdmrs[1]);
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_HPA(384)), NULL);
	for (i = 640; own.model.cmr_count < SEAM_MAX_CMRS; i++)
		KUNIT_ASSERT_EQ(test, seam_model_add_cmr(&own.model, PAGE_RANGE(i, 1)), true);
	KUNIT_EXPECT_EQ(test, seam_model_add_cmr(&own.model, PAGE_RANGE(i, 1)), false);
	for (i = 640; own.model.tdmr_count < SEAM_MAX_TDMRS; i++)
		KUNIT_ASSERT_EQ(test, seam_model_add_tdmr(&own.model, PAGE_RANGE(i, 1)), true);
	KUNIT_EXPECT_EQ(test, seam_model_add_tdmr(&own.model, PAGE_RANGE(i, 1)), false);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(ranges_of_memory_are_kept_in_order),
	KUNIT_CASE(pages_are_counted_by_kind),
	KUNIT_CASE(calls_are_counted_in_their_order),
	KUNIT_CASE(plans_that_make_no_sense_are_refused),
	KUNIT_CASE(each_planned_fault_has_its_effect),
	KUNIT_CASE(an_lp_without_vmx_has_no_seamcall),
	KUNIT_CASE(leaves_leave_zeroes_in_vector_registers),
	KUNIT_CASE(a_new_model_has_the_described_configuration),
	KUNIT_CASE(reads_and_flushes_of_the_host_are_counted),
	{},
};

OWN_SUITE("own_model_books");
