// SPDX-License-Identifier: GPL-2.0
/* States of the model: start, end and reset of the TDX module, and power cycles. */
#include "own_model.h"

/* The model is own_before, and was not called since. How often it wrote to pages does not matter. */
static void expect_model(struct kunit *test)
{
	own_before.model.scrambles = own.model.scrambles;
	KUNIT_EXPECT_TRUE(test, own_is_unchanged());
	KUNIT_EXPECT_EQ(test, own.model.call_count, 0);
}

static void configure_pages(void)
{
	own.pages[500].entry.type = SEAM_PT_RSVD;
	own.pages[501].in_bitmap = true;
	own.pages[502].pamt = true;
}

/* The configuration stays, all other state is that of a new model. */
static void a_power_cycle_forgets_all_but_the_configuration(struct kunit *test)
{
	own_init();
	configure_pages();
	own.model.config.ext_pool_pages = 12800;
	own.regions[0].written = true;
	own_remember();
	own_build_td(test);
	configure_pages();
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_POWER_CYCLE, 0), true);
	expect_model(test);
}

/* Unlike a power cycle, a reset takes no page from the module. */
static void a_reset_leaves_the_module_its_pages(struct kunit *test)
{
	own_build_td(test);
	own_remember();
	own_before.model.config.ext_pool_pages = 12800;
	own_before.model.keys[OWN_KEYID].state = SEAM_KEY_FREE;
	own.model.config.interrupt_every = 3;
	own.model.config.no_entropy = 1;
	own.model.config.sys_state = SEAM_SYS_SHUT_DOWN;
	own.model.disabling = true;
	own.model.disable_steps = 2;
	own.model.host_reads = own.model.host_flushes = 1;
	memset(own.model.write_back, 1, sizeof(own.model.write_back));
	own.model.ext_resume = own.model.ext_pages_given = 1;
	own.model.ext_initialised = own.model.quote_initialised = true;
	own.model.injections[0].times = 1;
	own.model.resumes[3].pending = true;
	seam_judge_report(&own.model, SEAM_FREED_OWNED, 0, OWN_FREE);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_RESET, 0), true);
	expect_model(test);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_PENDING, 0), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_CALLS, SEAM_MNG_CREATE), 0);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_LAST_CALL, SEAM_MNG_CREATE), true);
	KUNIT_EXPECT_EQ(test, request.registers.r[SEAM_RCX], 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_FINDINGS, 0), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_READS, 0), 0);
	KUNIT_EXPECT_EQ(test, count(test, SEAM_CONTROL_HOST_FLUSHES, 0), 0);
	KUNIT_EXPECT_EQ(test, own.model.event_count, 0);
	/* There is no object that ends, and no module that was shut down. */
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_SETTLE, 0), true);
	KUNIT_EXPECT_EQ(test, ask(SEAM_CONTROL_UPDATE, OWN_TDR), false);
	KUNIT_EXPECT_EQ(test, request.result, 0);
	expect_model(test);
}

/* No module was ever loaded: the state in which the kernel starts. */
static void power_on_forgets_the_configuration_too(struct kunit *test)
{
	own_init();
	own_remember();
	own_before.model.config.ext_pool_pages = 12800;
	own_before.model.config.sys_state = SEAM_SYSINIT_PENDING;
	own_before.model.config.enabled_features = 0;
	own_before.model.initialised_lps = 0;
	own_before.model.tdmr_count = 0;
	own_build_td(test);
	configure_pages();
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
	KUNIT_EXPECT_EQ(test, own.model.lps_with_private_lines, 0);
	expect_model(test);
}

/* SYS.DISABLE: all memory becomes the host's. A page that is in use, and a reset of the whole module, have to wait. */
static void the_module_ends_step_by_step(struct kunit *test)
{
	const struct seam_version version = {2, 6, 26};
	u32 i;

	own_build_td(test);
	configure_pages();
	own.regions[1].entry.type = SEAM_PT_REG;
	own.gigas[0].type = SEAM_PT_REG;
	KUNIT_EXPECT_EQ(test, seam_try_lock(&own.pages[1000].entry.lock, SEAM_SHARED), true);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_DISABLE), SEAM_SYS_BUSY);
	KUNIT_EXPECT_EQ(test, own.model.disable_steps, 3);
	KUNIT_EXPECT_EQ(test, own.model.config.sys_state, SEAM_SYS_SHUT_DOWN);
	KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE), SEAM_SYS_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 0, &version), false);
	seam_unlock(&own.pages[1000].entry.lock, SEAM_SHARED);
	own_succeeds(test, SEAM_SYS_DISABLE);
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
	own_succeeds(test, SEAM_SYS_SHUTDOWN_LEAF);
	KUNIT_EXPECT_EQ(test, seam_try_lock(&own.model.sys_lock, SEAM_SHARED), true);
	KUNIT_EXPECT_EQ(test, seam_model_install(&own.model, 0, &version), false);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_SHUTDOWN_LEAF), SEAM_SYS_SHUTDOWN);
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
	const struct seam_range tdmr[] = {
		{OWN_BASE, SEAM_GIGA_SIZE},
		{OWN_HPA(600), 4096}, /* PAMT of 1G, 2M, 4K */
		{OWN_HPA(602), 8192},
		{OWN_HPA(608), 32768},
		{600 * SEAM_PAGE_SIZE, 40 * SEAM_PAGE_SIZE}, /* reserved */
		{OWN_PAGES * SEAM_PAGE_SIZE, SEAM_GIGA_SIZE - OWN_PAGES * SEAM_PAGE_SIZE},
	};
	const struct {
		u64 version, features0, minor, r9, status, enabled;
	} versions[] = {
		{1, 1, 5, 1, SEAM_OPERAND_INVALID | SEAM_RAX, 0},
		{1, SEAM_FEATURE_EXT, 4, SEAM_FEATURE_EXT, SEAM_OPERAND_INVALID | SEAM_RAX, 0},
		{1, SEAM_FEATURE_EXT, 5, 1, SEAM_OPERAND_INVALID | SEAM_R9, 0},
		{1, SEAM_FEATURE_EXT, 5, SEAM_FEATURE_EXT, SEAM_SUCCESS, SEAM_FEATURE_EXT},
		{0, 1, 5, SEAM_FEATURE_EXT, SEAM_SUCCESS, 0},
	};
	const u64 key = 40;
	u32 i, step;

	own_init();
	seam_model_add_cmr(&own.model, OWN_BASE, OWN_PAGES * SEAM_PAGE_SIZE);
	own.model.lps_with_private_lines = 1;
	own.model.config.sys_state = SEAM_SYSINIT_PENDING;
	own.model.config.no_entropy = 1;
	KUNIT_EXPECT_EQ(test, seam_try_lock(&own.model.sys_lock, SEAM_EXCLUSIVE), true);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT), SEAM_SYS_BUSY);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_LP_INIT), SEAM_SYS_BUSY);
	seam_unlock(&own.model.sys_lock, SEAM_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT | 1 << 24), SEAM_OPERAND_INVALID);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT, 1), SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT), SEAM_RND_NO_ENTROPY);
	own.model.config.no_entropy = 0;
	own_succeeds(test, SEAM_SYS_INIT, 0, 2, 8, 9, 10, 11);
	for (i = SEAM_RCX; i < SEAM_R11; i++)
		KUNIT_EXPECT_EQ(test, own_registers.r[i],
				i <= SEAM_RDX || i >= SEAM_R8 ? 0 : OWN_UNTOUCHED(i));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R11], 11);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].kind, SEAM_LINES_LEFT);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].leaf, SEAM_SYS_INIT);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].hpa, 0);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_INIT), SEAM_SYS_INIT_NOT_PENDING);
	*(u64 *)own_map(OWN_HPA(900)) = OWN_HPA(901) + 512;
	memcpy((u8 *)own_map(OWN_HPA(901)) + 512, tdmr, sizeof(tdmr));
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_CONFIG, OWN_HPA(900), 1, key),
			SEAM_SYS_CONFIG_NOT_PENDING);
	own_succeeds(test, SEAM_SYS_LP_INIT, 1, 2, 8, 9);
	KUNIT_EXPECT_EQ(test,
			own_registers.r[SEAM_RCX] | own_registers.r[SEAM_RDX] |
				own_registers.r[SEAM_R8],
			0);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R9], 9);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_LP_INIT), SEAM_SYS_LP_INIT_DONE);
	/* Only newer modules have version 1, which enables features. */
	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		own.model.config.sys_state = SEAM_SYSINIT_DONE;
		own.model.config.features0 = versions[i].features0;
		own.model.config.minor_version = versions[i].minor;
		KUNIT_EXPECT_EQ(test,
				own_call(SEAM_SYS_CONFIG | versions[i].version << 16, OWN_HPA(900),
					 1, key | 1 << 16, versions[i].r9),
				versions[i].status);
		KUNIT_EXPECT_EQ(test, own.model.config.enabled_features, versions[i].enabled);
	}
	own.model.config.features0 = SEAM_FEATURE_EXT;
	own_succeeds(test, SEAM_SYS_UPDATE, 0, 0, 0, SEAM_FEATURE_EXT);
	KUNIT_EXPECT_EQ(test, own.model.config.enabled_features, SEAM_FEATURE_EXT);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_LP_INIT), SEAM_SYS_LP_INIT_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, own.model.config.global_keyid, key);
	KUNIT_EXPECT_EQ(test, own.model.config.dynamic_pamt, 1);
	KUNIT_EXPECT_EQ(test, own.model.keys[32].state, SEAM_KEY_FREE);
	KUNIT_EXPECT_EQ(test, own.model.keys[key].state, SEAM_KEY_RESERVED);
	own_succeeds(test, SEAM_SYS_KEY_CONFIG);
	/* What an earlier module left there is forgotten. */
	for (i = 0; i < OWN_PAGES; i++)
		own.pages[i].entry = (struct seam_entry){.type = SEAM_PT_REG, .owner = 1};
	own.regions[0].entry.type = own.regions[1].entry.type = SEAM_PT_REG;
	own.gigas[0].type = SEAM_PT_REG;
	for (step = 1; step <= 64; step++) {
		seam_model_caches_written_back(&own.model);
		own_succeeds(test, SEAM_SYS_TDMR_INIT, OWN_BASE);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX],
				step < 64 ? OWN_BASE : OWN_BASE + SEAM_GIGA_SIZE);
		/* Each step writes 512 bytes of the bitmap, and 8 entries of 2M. */
		for (i = 600; i < 640; i++)
			KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(i)),
					i == 600 || i == 602 + (step - 1) / 32 ||
						i == 608 + (step - 1) / 8);
		KUNIT_EXPECT_EQ(test, rdmd(OWN_FREE) == SEAM_SUCCESS, step == 64);
	}
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_TDMR_INIT, OWN_BASE),
			SEAM_TDMR_ALREADY_INITIALIZED);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_TDMR_INIT, OWN_BASE + 1),
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

static struct kunit_case cases[] = {
	KUNIT_CASE(a_power_cycle_forgets_all_but_the_configuration),
	KUNIT_CASE(a_reset_leaves_the_module_its_pages),
	KUNIT_CASE(power_on_forgets_the_configuration_too),
	KUNIT_CASE(the_module_ends_step_by_step),
	KUNIT_CASE(the_module_starts_step_by_step),
	{},
};

OWN_SUITE("own_model_states");
