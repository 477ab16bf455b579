// SPDX-License-Identifier: GPL-2.0
/*
 * Control pages of TDs as arrays: handed over one by one, reclaimed one by one after the TD's
 * teardown, which may fail and be repaired; and the leaves of the TDs.
 */
#include "raw.h"
#include "td.h"

#define TDCX_PAGES	   5
#define ALL_PAGES	   (1 + TDCS_PAGES + 1 + TDCX_PAGES)
#define POSTED_INTR_NV	   0x0002
#define SHARED_EPT_POINTER 0x203C
#define PIN_BASED	   0x4000

/* An initialised TD whose virtual processor has all its control pages. */
struct whole {
	struct td td;
	struct tdx_page_array *tdcs, *tdvpr, *tdcx;
	u64 tdvpr_hpa;
};

/* Its virtual processor is initialised on CPU 0, with that APIC ID. */
static struct whole build_td(struct kunit *test)
{
	struct whole whole = {
		.td = td_make(test, TD_KEYID),
		.tdcs = make_array(test, TDCS_PAGES),
		.tdvpr = make_array(test, 1),
		.tdcx = make_array(test, TDCX_PAGES),
	};
	struct tdx_shim_registers registers = {.rcx = hpa_of(test, whole.tdvpr, 0)};
	unsigned int i;

	whole.tdvpr_hpa = registers.rcx;
	td_add_all(test, &whole.td, whole.tdcs);
	td_initialise(test, &whole.td);
	assert_success(test, tdx_tdh_vp_create(whole.td.tdr, whole.tdvpr));
	for (i = 0; i < TDCX_PAGES; i++)
		assert_success(test, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	assert_success(test, raw_call_on(0, SEAM_VP_INIT | 1 << 16, &registers));
	return whole;
}

static void end_td(struct kunit *test, const struct whole *whole)
{
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, whole->tdvpr_hpa, 0));
	td_tear_down(test, &whole->td);
	expect_released(test, whole->tdcx, whole->tdvpr, whole->tdcs, whole->td.tdr);
}

static void pages_of_a_living_td_are_not_released(struct kunit *test)
{
	const struct whole whole = build_td(test);
	const struct {
		struct tdx_page_array *array;
		u64 type, owner;
	} rows[] = {
		{whole.tdcx, SEAM_PT_TDCX, whole.td.tdr_hpa},
		{whole.tdvpr, SEAM_PT_TDVPR, whole.td.tdr_hpa},
		{whole.tdcs, SEAM_PT_TDCX, whole.td.tdr_hpa},
		{whole.td.tdr, SEAM_PT_TDR, 0},
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct page *page = tdx_page_array_page(rows[i].array, 0);
		struct tdx_page_facts facts = {~0ULL, ~0ULL, ~0ULL};

		KUNIT_EXPECT_EQ(test, tdx_page_array_release(rows[i].array), -EBUSY);
		expect_success(test, tdx_tdh_phymem_page_rdmd(page_to_pfn(page), &facts));
		KUNIT_EXPECT_EQ(test, facts.type, rows[i].type);
		KUNIT_EXPECT_EQ(test, facts.owner, rows[i].owner);
		KUNIT_EXPECT_EQ(test, facts.level, 0);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	end_td(test, &whole);
	/* The TDR alone is written back: its lines have the module's own KeyID. */
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 1);
}

/* As roots, as more pages of the same array, or as pages of another root of that TD. */
static void control_pages_are_not_handed_over_twice(struct kunit *test)
{
	struct tdx_page_array *tdvpr = make_array(test, 1), *tdcx = make_array(test, 2);
	const struct whole whole = build_td(test);
	struct tdx_page_array *tdr = whole.td.tdr;

	assert_success(test, tdx_tdh_vp_create(tdr, tdvpr));
	assert_success(test, tdx_tdh_vp_addcx(tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_create(tdr, OTHER_TD_KEYID));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(tdr, tdvpr));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(tdr, tdr));
	expect_refused(test, EINVAL, tdx_tdh_mng_addcx(tdr, whole.tdcs));
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	expect_refused(test, EBUSY, tdx_tdh_vp_addcx(whole.tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(tdr, tdcx));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), TDCS_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_ADDCX), TDCX_PAGES + 1);
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, whole.tdvpr_hpa, 0));
	td_tear_down(test, &whole.td);
	expect_released(test, tdcx, tdvpr, whole.tdcx, whole.tdvpr, whole.tdcs, tdr);
}

static void a_refused_array_is_not_offered_under_another_keyid(struct kunit *test)
{
	struct td first = td_make(test, TD_KEYID), second = td_make(test, OTHER_TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, 1);

	answer_next(test, SEAM_MNG_ADDCX, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(first.tdr, tdcs),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(second.tdr, tdcs));
	expect_refused(test, EBUSY, tdx_tdh_mng_create(tdcs, OTHER_TD_KEYID + 1));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), 1);
	td_tear_down(test, &first);
	td_tear_down(test, &second);
	expect_released(test, tdcs, first.tdr, second.tdr);
}

/* The leaf is executed, and finds no random numbers in any try. */
static void a_page_that_is_refused_late_has_lines_of_the_td(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	unsigned int i;

	for (i = 0; i < TDCS_PAGES - 1; i++)
		assert_success(test, tdx_tdh_mng_addcx(td.tdr, tdcs));
	inject(test, FROM_CALL(SEAM_MNG_ADDCX, 1, WRAPPER_TRIES, SEAM_INJECT_NO_ENTROPY, 0));
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(td.tdr, tdcs), SEAM_RND_NO_ENTROPY);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(hpa_of(test, tdcs, TDCS_PAGES - 1)));
	td_tear_down(test, &td);
	expect_released(test, tdcs, td.tdr);
}

/* One step of the release of a KeyID that fails, so that the module keeps the pages of the TD. */
static const u16 steps[] = {
	SEAM_VP_FLUSH,
	SEAM_MNG_VPFLUSHDONE,
	SEAM_PHYMEM_CACHE_WB,
	SEAM_MNG_KEY_FREEID,
};
KUNIT_ARRAY_PARAM(step, steps, describe_leaf);

static u64 release_keyid(const struct whole *whole)
{
	raw_leaf_on(0, SEAM_VP_FLUSH, whole->tdvpr_hpa, 0);
	raw_leaf(SEAM_MNG_VPFLUSHDONE, whole->td.tdr_hpa, 0);
	raw_cache_wb();
	return raw_leaf(SEAM_MNG_KEY_FREEID, whole->td.tdr_hpa, 0);
}

static void pages_of_a_td_that_keeps_its_key_stay_in_quarantine(struct kunit *test)
{
	const u16 step = *(const u16 *)test->param_value;
	struct whole whole = build_td(test);
	struct tdx_page_array *arrays[] = {whole.tdcx, whole.tdvpr, whole.tdcs, whole.td.tdr};
	unsigned int i;

	answer_next(test, step, UNKNOWN_STATUS);
	KUNIT_EXPECT_NE(test, release_keyid(&whole), SEAM_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(arrays[i]), -EBUSY);
		KUNIT_EXPECT_EQ(test, tdx_page_array_leak(arrays[i]), -EUCLEAN);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, ALL_PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);

	/* After a repair of the teardown the pages come back. */
	expect_success(test, release_keyid(&whole));
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), ALL_PAGES);

	/* Nothing of it is left in the TDX module: another TD comes and goes. */
	whole = build_td(test);
	end_td(test, &whole);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* Accessing a field associates the virtual processor, like VP.ENTER. Both CPUs may be in one package. */
static void a_vcpu_is_associated_with_one_logical_processor(struct kunit *test)
{
	const struct whole whole = build_td(test);

	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_RD, whole.tdvpr_hpa, PIN_BASED),
			SEAM_VCPU_ASSOCIATED);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_FLUSH, whole.tdvpr_hpa, 0),
			SEAM_VCPU_NOT_ASSOCIATED);
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, whole.tdvpr_hpa, 0));
	expect_success(test, raw_leaf_on(1, SEAM_VP_RD, whole.tdvpr_hpa, PIN_BASED));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, whole.td.tdr_hpa, 0),
			SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_leaf_on(1, SEAM_VP_FLUSH, whole.tdvpr_hpa, 0));
	td_tear_down(test, &whole.td);
	expect_released(test, whole.tdcx, whole.tdvpr, whole.tdcs, whole.td.tdr);
}

/* On the CPU that the virtual processor is associated with. */
static u64 field_leaf(const struct whole *whole, u16 leaf, u64 field, u64 mask, u64 *value)
{
	struct tdx_shim_registers registers = {
		.rcx = whole->tdvpr_hpa, .rdx = field, .r8 = *value, .r9 = mask};
	const u64 status = raw_call_on(0, leaf, &registers);

	*value = registers.r8;
	return status;
}

static void a_field_keeps_the_bits_that_are_written(struct kunit *test)
{
	const u64 keyid = (u64)TD_KEYID << config_now().address_bits;
	const struct {
		u16 leaf;
		u64 field, mask, value, status, result;
	} calls[] = {
		{SEAM_VP_WR, POSTED_INTR_NV, 0xFFFF, 0xE2, SEAM_SUCCESS, 0},
		{SEAM_VP_WR, POSTED_INTR_NV, 0x0F, 0x0F, SEAM_SUCCESS, 0xE2},
		{SEAM_VP_RD, POSTED_INTR_NV, 0, ~0ULL, SEAM_SUCCESS, 0xEF},
		/* Its address has no private KeyID. */
		{SEAM_VP_WR, SHARED_EPT_POINTER, ~0ULL, keyid, SEAM_METADATA_VALUE_NOT_VALID, 0},
		{SEAM_VP_WR, SHARED_EPT_POINTER, ~0ULL, PAGE_SIZE, SEAM_SUCCESS, 0},
		{SEAM_VP_RD, SHARED_EPT_POINTER, 0, ~0ULL, SEAM_SUCCESS, PAGE_SIZE},
		{SEAM_VP_RD, PIN_BASED + 1, 0, ~0ULL, SEAM_METADATA_ID_INCORRECT, 0},
	};
	const struct whole whole = build_td(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		u64 value = calls[i].value;

		KUNIT_EXPECT_EQ_MSG(
			test,
			field_leaf(&whole, calls[i].leaf, calls[i].field, calls[i].mask, &value),
			calls[i].status, "call %u", i);
		KUNIT_EXPECT_EQ_MSG(test, value, calls[i].result, "call %u", i);
	}
	end_td(test, &whole);
}

/* The registers that a guest would change. */
static void a_vcpu_without_a_guest_ends_with_a_triple_fault(struct kunit *test)
{
	const struct whole whole = build_td(test);
	struct tdx_shim_registers registers = {
		.rcx = whole.tdvpr_hpa, .rdx = 1, .r8 = 1, .r11 = 1, .r15 = 1, .rsi = 1};

	expect_success(test, raw_leaf(SEAM_MR_FINALIZE, whole.td.tdr_hpa, 0));
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT);
	KUNIT_EXPECT_EQ(test,
			registers.rcx | registers.rdx | registers.r8 | registers.r11 |
				registers.r15 | registers.rsi,
			0);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(0, SEAM_VP_ENTER, whole.tdvpr_hpa, 0),
			SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED);
	/* Its fields can still be read, to find the reason. */
	expect_success(test, raw_leaf_on(0, SEAM_VP_RD, whole.tdvpr_hpa, PIN_BASED));
	end_td(test, &whole);
}

/* The TD already has all control pages: the module writes to another one, but does not take it. */
static void td_pages_are_written_back_with_the_keyid_of_the_td(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	const struct whole whole = build_td(test);

	KUNIT_ASSERT_EQ(test, raw_leaf(SEAM_MNG_ADDCX, page_to_phys(page), whole.td.tdr_hpa),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid()));
	expect_findings(test, 1, SEAM_WRONG_KEYID);
	raw_free_page(test, page, TD_KEYID);
	end_td(test, &whole);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_of_a_living_td_are_not_released),
	KUNIT_CASE(control_pages_are_not_handed_over_twice),
	KUNIT_CASE(a_refused_array_is_not_offered_under_another_keyid),
	KUNIT_CASE(a_page_that_is_refused_late_has_lines_of_the_td),
	KUNIT_CASE_PARAM(pages_of_a_td_that_keeps_its_key_stay_in_quarantine, step_gen_params),
	KUNIT_CASE(a_vcpu_is_associated_with_one_logical_processor),
	KUNIT_CASE(a_field_keeps_the_bits_that_are_written),
	KUNIT_CASE(a_vcpu_without_a_guest_ends_with_a_triple_fault),
	KUNIT_CASE(td_pages_are_written_back_with_the_keyid_of_the_td),
	{},
};

TEST_SUITE("control_pages", harness_init, harness_exit);
