// SPDX-License-Identifier: GPL-2.0
/* Adding a control page of a TD fails: what happens to this page and to the earlier ones. */
#include "interface.h"
#include "td.h"

/* One way in which adding a page fails. */
struct fault {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
	u64 answer;   /* what the wrapper returns */
	bool offered; /* the leaf was executed for the page */
	bool taken;   /* the module took the page */
};

static const struct fault faults[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 1,
	 SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, true, false},
	{"unknown status, not taken", SEAM_INJECT_STATUS, UNKNOWN_STATUS, 1, UNKNOWN_STATUS, true,
	 false},
	{"unknown status, taken", SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, 1, UNKNOWN_STATUS, true,
	 true},
	{"fatal status, taken", SEAM_INJECT_STATUS_AFTER, FATAL_STATUS, 1, FATAL_STATUS, true,
	 true},
	{"no entropy for ever", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, WRAPPER_TRIES,
	 SEAM_RND_NO_ENTROPY, true, false},
	{"VMfailInvalid", SEAM_INJECT_VMFAILINVALID, 0, 1, TDX_SHIM_VMFAILINVALID, false, false},
	{"busy once", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, 1, SEAM_SUCCESS, true,
	 true},
	{"busy for ever", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, WRAPPER_TRIES,
	 SEAM_OPERAND_BUSY | SEAM_RCX, true, false},
};

KUNIT_ARRAY_PARAM_DESC(fault, faults, name);

/* Adds pages up to page @nth, for which the fault occurs. */
static void add_until(struct kunit *test, const struct fault *fault, const struct td *td,
		      struct tdx_page_array *tdcs, unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < nth; i++)
		assert_success(test, tdx_tdh_mng_addcx(td->tdr, tdcs));
	inject(test, FROM_CALL(SEAM_MNG_ADDCX, 1, fault->times, fault->kind, fault->value));
	KUNIT_EXPECT_EQ_MSG(test, tdx_tdh_mng_addcx(td->tdr, tdcs), fault->answer, "page %u", nth);
}

/* After RECLAIM a page has no lines of its KeyID; a page that was offered, but not taken, is written back. */
static void what_was_added_is_reclaimed_when_a_page_fails(struct kunit *test)
{
	const struct fault *fault = test->param_value;
	const bool in_vain = fault->offered && fault->answer;
	unsigned int nth;

	for (nth = 0; nth < TDCS_PAGES; nth++) {
		struct td td = td_make(test, TD_KEYID);
		struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
		const u64 last = hpa_of(test, tdcs, nth);
		const u64 reclaims = seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM);
		const u64 write_backs = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);

		add_until(test, fault, &td, tdcs, nth);
		td_tear_down(test, &td);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
		KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM) - reclaims,
				    nth + fault->taken, "page %u", nth);
		KUNIT_EXPECT_EQ_MSG(test,
				    seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD) - write_backs,
				    in_vain, "page %u", nth);
		if (in_vain)
			KUNIT_EXPECT_EQ(test, last_register(SEAM_PHYMEM_PAGE_WBINVD, SEAM_RCX),
					last | (u64)TD_KEYID << config_now().address_bits);
		td_release(test, &td);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

static void adding_goes_on_with_the_page_that_failed(struct kunit *test)
{
	const struct fault *fault = test->param_value;
	unsigned int nth, i;

	for (nth = 0; nth < TDCS_PAGES; nth++) {
		struct td td = td_make(test, TD_KEYID);
		struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);

		add_until(test, fault, &td, tdcs, nth);
		if (fault->answer && fault->taken) {
			/* The module already has the page, so adding fails from here on. */
			KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(td.tdr, tdcs),
					SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
		} else {
			for (i = nth + fault->taken; i < TDCS_PAGES; i++)
				KUNIT_EXPECT_EQ_MSG(test, tdx_tdh_mng_addcx(td.tdr, tdcs),
						    SEAM_SUCCESS, "page %u after %u", i, nth);
			td_initialise(test, &td);
		}
		td_tear_down(test, &td);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
		td_release(test, &td);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* The leaf is executed, and finds no random numbers in any try. */
static void set_no_entropy(struct kunit *test, u16 leaf)
{
	inject(test, FROM_CALL(leaf, 1, WRAPPER_TRIES, SEAM_INJECT_NO_ENTROPY, 0));
}

/* The module writes to the sixth control page before it finds that it has no entropy. */
static void a_page_that_is_refused_late_has_lines_of_the_td(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	unsigned int i;

	for (i = 0; i < TDCS_PAGES - 1; i++)
		assert_success(test, tdx_tdh_mng_addcx(td.tdr, tdcs));
	set_no_entropy(test, SEAM_MNG_ADDCX);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(td.tdr, tdcs), SEAM_RND_NO_ENTROPY);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(hpa_of(test, tdcs, TDCS_PAGES - 1)));
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	expect_findings(test, 0, 0);
	td_release(test, &td);
}

static void a_tdr_that_is_refused_late_has_lines_of_the_module(struct kunit *test)
{
	struct tdx_page_array *tdr = make_array(test, 1);

	set_no_entropy(test, SEAM_MNG_CREATE);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_create(tdr, TD_KEYID), SEAM_RND_NO_ENTROPY);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(hpa_of(test, tdr, 0)));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdr), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM), 0);
	expect_findings(test, 0, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(what_was_added_is_reclaimed_when_a_page_fails, fault_gen_params),
	KUNIT_CASE_PARAM(adding_goes_on_with_the_page_that_failed, fault_gen_params),
	KUNIT_CASE(a_page_that_is_refused_late_has_lines_of_the_td),
	KUNIT_CASE(a_tdr_that_is_refused_late_has_lines_of_the_module),
	{},
};

TEST_SUITE("control_pages_fail", harness_init, harness_exit);
