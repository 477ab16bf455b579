// SPDX-License-Identifier: GPL-2.0
/*
 * Control pages of TDs as arrays: handed over one by one, reclaimed one by one after the TD's
 * teardown.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "td.h"

#define TDCX_PAGES 3

/* A TD with one virtual processor, initialised. */
struct whole_td {
	struct td td;
	struct tdx_page_array *tdcs, *tdvpr, *tdcx;
};

#define WHOLE_TD_PAGES (1 + TDCS_PAGES + 1 + TDCX_PAGES)

static struct whole_td build_td(struct kunit *test)
{
	struct whole_td whole = {
		.td = td_make(test, TD_KEYID),
		.tdcs = make_array(test, TDCS_PAGES),
		.tdvpr = make_array(test, 1),
		.tdcx = make_array(test, TDCX_PAGES),
	};
	unsigned int i;

	td_add_all(test, &whole.td, whole.tdcs);
	td_initialise(test, &whole.td);
	assert_success(test, tdx_tdh_vp_create(whole.td.tdr, whole.tdvpr));
	for (i = 0; i < TDCX_PAGES; i++)
		assert_success(test, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	return whole;
}

static void release_td(struct kunit *test, const struct whole_td *whole)
{
	expect_released(test, whole->tdcx, whole->tdvpr, whole->tdcs);
	td_release(test, &whole->td);
}

static void end_td(struct kunit *test, const struct whole_td *whole)
{
	td_tear_down(test, &whole->td);
	release_td(test, whole);
}

static void a_td_lives_and_all_its_pages_are_freed(struct kunit *test)
{
	struct whole_td whole = build_td(test);

	end_td(test, &whole);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, WHOLE_TD_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM), WHOLE_TD_PAGES);
	/* Only the TDR has lines of the global KeyID; no page is in doubt. */
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 1);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
}

static void pages_of_a_living_td_are_not_released(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *const arrays[] = {whole.tdcx, whole.tdvpr, whole.tdcs, whole.td.tdr};
	const u64 types[] = {SEAM_PT_TDCX, SEAM_PT_TDVPR, SEAM_PT_TDCX, SEAM_PT_TDR};
	const u64 tdr = page_to_phys(tdx_page_array_page(whole.td.tdr, 0));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		struct page *page = tdx_page_array_page(arrays[i], 0);
		struct tdx_page_facts facts = {~0ULL, ~0ULL, ~0ULL};

		KUNIT_EXPECT_EQ(test, tdx_page_array_release(arrays[i]), -EBUSY);
		expect_success(test, tdx_tdh_phymem_page_rdmd(page_to_pfn(page), &facts));
		KUNIT_EXPECT_EQ(test, facts.type, types[i]);
		KUNIT_EXPECT_EQ(test, facts.owner, types[i] == SEAM_PT_TDR ? 0 : tdr);
		KUNIT_EXPECT_EQ(test, facts.level, 0);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, WHOLE_TD_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	end_td(test, &whole);
}

static void a_page_that_cannot_be_has_no_facts(struct kunit *test)
{
	struct tdx_page_facts facts = {.type = 0x5a};

	KUNIT_EXPECT_EQ(test, tdx_tdh_phymem_page_rdmd(1ULL << 40, &facts),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, facts.type, 0x5a);
}

/* An early release changes nothing: a virtual processor can be added after it. */
static void a_td_goes_on_after_an_early_release(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *second = make_array(test, 1);

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(whole.td.tdr), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(whole.tdcs), -EBUSY);
	expect_success(test, tdx_tdh_vp_create(whole.td.tdr, second));
	td_tear_down(test, &whole.td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(second), 0);
	release_td(test, &whole);
}

static void the_tdr_is_not_released_before_its_children(struct kunit *test)
{
	struct whole_td whole = build_td(test);

	td_tear_down(test, &whole.td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(whole.td.tdr), -EBUSY);
	expect_released(test, whole.tdcs, whole.tdvpr);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(whole.td.tdr), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(whole.tdcx), 0);
	td_release(test, &whole.td);
}

static void no_more_pages_are_added_than_the_array_has(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	const u64 added = seam_emulator_calls(SEAM_MNG_ADDCX);

	expect_refused(test, EINVAL, tdx_tdh_mng_addcx(whole.td.tdr, whole.tdcs));
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), added);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_ADDCX), TDCX_PAGES);
	end_td(test, &whole);
}

static void control_pages_of_one_td_are_not_added_to_another(struct kunit *test)
{
	struct td first = td_make(test, TD_KEYID), second = td_make(test, OTHER_TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, 2);

	assert_success(test, tdx_tdh_mng_addcx(first.tdr, tdcs));
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(second.tdr, tdcs));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), 1);
	expect_success(test, tdx_tdh_mng_addcx(first.tdr, tdcs));
	td_tear_down(test, &first);
	td_tear_down(test, &second);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &first);
	td_release(test, &second);
}

/* Two virtual processors of one TD have the same KeyID. */
static void control_pages_of_one_vcpu_are_not_added_to_another(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *tdvpr = make_array(test, 1), *tdcx = make_array(test, 2);

	assert_success(test, tdx_tdh_vp_create(whole.td.tdr, tdvpr));
	assert_success(test, tdx_tdh_vp_addcx(whole.tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_vp_addcx(tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(whole.td.tdr, tdcx));
	td_tear_down(test, &whole.td);
	expect_released(test, tdcx, tdvpr);
	release_td(test, &whole);
}

static void a_root_has_one_page(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *two = make_array(test, 2);

	expect_refused(test, EINVAL, tdx_tdh_mng_create(two, OTHER_TD_KEYID));
	expect_refused(test, EINVAL, tdx_tdh_vp_create(whole.td.tdr, two));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_CREATE), 1);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_CREATE), 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(two), 0);
	end_td(test, &whole);
}

static void a_root_is_not_created_twice(struct kunit *test)
{
	struct whole_td whole = build_td(test);

	expect_refused(test, EBUSY, tdx_tdh_mng_create(whole.td.tdr, OTHER_TD_KEYID));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(whole.td.tdr, whole.tdvpr));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(whole.td.tdr, whole.td.tdr));
	end_td(test, &whole);
}

static void only_a_tdr_has_control_pages_and_vcpus(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *hosts = make_array(test, 1), *page = make_array(test, 1);
	struct tdx_page_array *const parents[] = {hosts, whole.tdcs, whole.tdvpr, whole.tdcx, NULL};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parents); i++) {
		expect_refused(test, EINVAL, tdx_tdh_mng_addcx(parents[i], page));
		expect_refused(test, EINVAL, tdx_tdh_vp_create(parents[i], page));
	}
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(whole.td.tdr, page));
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(hosts, page));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), TDCS_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_CREATE), 1);
	expect_released(test, page, hosts);
	end_td(test, &whole);
}

static void a_refused_array_is_offered_under_another_keyid_only_after_its_release(
	struct kunit *test)
{
	struct td first = td_make(test, TD_KEYID), second = td_make(test, OTHER_TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, 1);

	inject(test, NEXT_CALL(SEAM_MNG_ADDCX, SEAM_INJECT_STATUS,
			       SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(first.tdr, tdcs),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(second.tdr, tdcs));
	expect_refused(test, EBUSY, tdx_tdh_mng_create(tdcs, OTHER_TD_KEYID + 1));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);

	tdcs = make_array(test, 1);
	expect_success(test, tdx_tdh_mng_addcx(second.tdr, tdcs));
	td_tear_down(test, &first);
	td_tear_down(test, &second);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &first);
	td_release(test, &second);
}

/* RECLAIM fails for a page in the middle, then for the last one. */
static void one_page_that_is_not_reclaimed_stays_alone(struct kunit *test)
{
	u32 nth;

	for (nth = 4; nth <= TDCS_PAGES; nth += TDCS_PAGES - 4) {
		struct td td = td_make(test, TD_KEYID);
		struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
		const u64 freed = since_start(test).freed;
		const u64 written = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);

		td_add_all(test, &td, tdcs);
		td_tear_down(test, &td);
		inject(test,
		       NTH_CALL(SEAM_PHYMEM_PAGE_RECLAIM, nth, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), -EUCLEAN);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), written);
		KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
		KUNIT_EXPECT_EQ(test, since_start(test).freed - freed, TDCS_PAGES - 1);
		/* The page in quarantine still belongs to the TD. */
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(td.tdr), -EBUSY);
		KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
		td_release(test, &td);
		KUNIT_EXPECT_EQ(test, since_start(test).freed - freed, TDCS_PAGES + 1);
	}
}

static void a_tdr_in_doubt_comes_back_after_the_teardown(struct kunit *test)
{
	struct tdx_page_array *tdr = make_array(test, 1);
	struct td td = {tdr, hpa_of(test, tdr, 0)};

	inject(test, NEXT_CALL(SEAM_MNG_CREATE, SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS));
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_create(tdr, TD_KEYID), UNKNOWN_STATUS);
	expect_refused(test, EBUSY, tdx_tdh_mng_create(tdr, TD_KEYID));
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdr), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM), 1);
}

static void leak_td(struct kunit *test, const struct whole_td *whole)
{
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole->td.tdr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole->tdcx), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole->tdvpr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole->tdcs), -EUCLEAN);
}

static void pages_of_a_living_td_that_are_leaked_stay_in_quarantine(struct kunit *test)
{
	struct whole_td whole = build_td(test);

	leak_td(test, &whole);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, WHOLE_TD_PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, WHOLE_TD_PAGES);

	td_tear_down(test, &whole.td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), WHOLE_TD_PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, WHOLE_TD_PAGES);
}

#define ADDERS	       4
#define VCPUS_OF_ADDER 8

/* A thread that adds virtual processors to a TD concurrently with other threads. */
struct adder {
	struct tdx_page_array *tdr;
	struct tdx_page_array *vcpus[VCPUS_OF_ADDER];
	const bool *go;
	u64 status; /* the first that was not success */
	struct completion done;
};

static int add_vcpus(void *data)
{
	struct adder *adder = data;
	unsigned int i;

	while (!READ_ONCE(*adder->go))
		cond_resched();
	for (i = 0; i < VCPUS_OF_ADDER; i++) {
		u64 status = tdx_tdh_vp_create(adder->tdr, adder->vcpus[i]);

		adder->status = adder->status ?: status;
		cond_resched();
	}
	complete(&adder->done);
	return 0;
}

static void many_callers_add_to_one_td_at_a_time(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	struct task_struct *tasks[ADDERS];
	struct adder adders[ADDERS] = {};
	bool go = false;
	unsigned int i, j;

	td_add_all(test, &td, tdcs);
	td_initialise(test, &td);
	for (i = 0; i < ADDERS; i++) {
		adders[i].tdr = td.tdr;
		adders[i].go = &go;
		init_completion(&adders[i].done);
		for (j = 0; j < VCPUS_OF_ADDER; j++)
			adders[i].vcpus[j] = make_array(test, 1);
	}
	for (i = 0; i < ADDERS; i++) {
		tasks[i] = kthread_run(add_vcpus, &adders[i], "tdx_page_array_adder");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tasks[i]);
		get_task_struct(tasks[i]);
	}
	WRITE_ONCE(go, true);
	for (i = 0; i < ADDERS; i++) {
		wait_for_completion(&adders[i].done);
		kthread_stop_put(tasks[i]);
		KUNIT_EXPECT_EQ_MSG(test, adders[i].status, SEAM_SUCCESS, "caller %u", i);
	}
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_CREATE), ADDERS * VCPUS_OF_ADDER);

	td_tear_down(test, &td);
	for (i = 0; i < ADDERS; i++)
		for (j = 0; j < VCPUS_OF_ADDER; j++)
			KUNIT_EXPECT_EQ(test, tdx_page_array_release(adders[i].vcpus[j]), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &td);
}

/* The usual order of a teardown: the retry begins with the TDR, which can only come back last. */
static void a_tdr_that_was_leaked_last_comes_back_with_its_children(struct kunit *test)
{
	struct whole_td whole = build_td(test);

	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole.tdcx), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole.tdvpr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole.tdcs), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(whole.td.tdr), -EUCLEAN);
	td_tear_down(test, &whole.td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), WHOLE_TD_PAGES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_td_lives_and_all_its_pages_are_freed),
	KUNIT_CASE(pages_of_a_living_td_are_not_released),
	KUNIT_CASE(a_page_that_cannot_be_has_no_facts),
	KUNIT_CASE(a_td_goes_on_after_an_early_release),
	KUNIT_CASE(the_tdr_is_not_released_before_its_children),
	KUNIT_CASE(no_more_pages_are_added_than_the_array_has),
	KUNIT_CASE(control_pages_of_one_td_are_not_added_to_another),
	KUNIT_CASE(control_pages_of_one_vcpu_are_not_added_to_another),
	KUNIT_CASE(a_root_has_one_page),
	KUNIT_CASE(a_root_is_not_created_twice),
	KUNIT_CASE(only_a_tdr_has_control_pages_and_vcpus),
	KUNIT_CASE(a_refused_array_is_offered_under_another_keyid_only_after_its_release),
	KUNIT_CASE(one_page_that_is_not_reclaimed_stays_alone),
	KUNIT_CASE(a_tdr_in_doubt_comes_back_after_the_teardown),
	KUNIT_CASE(pages_of_a_living_td_that_are_leaked_stay_in_quarantine),
	KUNIT_CASE(many_callers_add_to_one_td_at_a_time),
	KUNIT_CASE(a_tdr_that_was_leaked_last_comes_back_with_its_children),
	{},
};

TEST_SUITE("control_pages", harness_init, harness_exit);
