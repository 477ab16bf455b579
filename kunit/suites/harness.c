// SPDX-License-Identifier: GPL-2.0
#include "harness.h"

int harness_init(struct kunit *test)
{
	struct tdx_page_array_counters *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	seam_emulator_reset();
	tdx_page_array_count(before);
	test->priv = before;
	return 0;
}

/* A finding, and the history of its page. */
static void show_finding(struct kunit *test, const struct seam_finding *finding)
{
	struct seam_event history[8];
	u32 i, count = seam_emulator_history(finding->hpa, history, ARRAY_SIZE(history));

	kunit_err(test, "judge: %s (page %#llx)\n", seam_emulator_finding_text(finding->kind),
		  finding->hpa);
	for (i = 0; i < count; i++)
		kunit_err(test, "    %s (leaf %u, %u)\n", seam_emulator_event_text(history[i].kind),
			  history[i].leaf, history[i].detail);
}

/*
 * Checked after every test: the judge has no finding, the ledger adds up, no array and no
 * quarantined page is left.
 */
void harness_exit(struct kunit *test)
{
	const struct tdx_page_array_counters change = since_start(test);
	struct seam_finding findings[4];
	u32 count, i;

	count = seam_emulator_take_findings(findings, ARRAY_SIZE(findings));
	for (i = 0; i < min_t(u32, count, ARRAY_SIZE(findings)); i++)
		show_finding(test, &findings[i]);
	KUNIT_EXPECT_EQ_MSG(test, count, 0, "the judge found something");
	KUNIT_EXPECT_EQ_MSG(test, seam_emulator_pending_injections(), 0,
			    "a planned fault did not happen");

	KUNIT_EXPECT_EQ_MSG(test, change.taken,
			    change.in_arrays + change.freed + change.kept + change.quarantined,
			    "the ledger does not add up");
	KUNIT_EXPECT_EQ_MSG(test, change.in_arrays, 0, "an array was left behind");
	KUNIT_EXPECT_EQ_MSG(test, change.quarantined, 0, "the quarantine was not emptied");
}

void expect_all_released(struct kunit *test, struct tdx_page_array **arrays)
{
	unsigned int i;

	for (i = 0; arrays[i]; i++)
		KUNIT_EXPECT_EQ_MSG(test, tdx_page_array_release(arrays[i]), 0, "array %u", i);
}

void inject(struct kunit *test, const struct seam_injection *injection)
{
	KUNIT_ASSERT_EQ(test, seam_emulator_inject(injection), 0);
}

void interrupt_and_overwrite(struct kunit *test, u16 leaf)
{
	inject(test, NEXT_CALL(leaf, SEAM_INJECT_INTERRUPT, 1));
	inject(test, FROM_CALL(leaf, 2, OVERWRITTEN_CALLS, SEAM_INJECT_OUTPUTS,
			       SEAM_INTERRUPTED_RESUMABLE));
}

struct tdx_page_array *make_array(struct kunit *test, unsigned int pages)
{
	struct tdx_page_array *array = tdx_page_array_create(pages);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	return array;
}

struct tdx_page_array *make_iommu_mt(struct kunit *test, unsigned int iq_order,
				     unsigned int nr_mt_pages)
{
	struct tdx_page_array *array = tdx_page_array_create_iommu_mt(iq_order, nr_mt_pages);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	return array;
}

static void free_one_page(void *page)
{
	__free_page(page);
}

struct page *make_page(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_one_page, page), 0);
	return page;
}

struct tdx_page_array *make_session(struct kunit *test, unsigned int pages, u64 *session)
{
	struct tdx_page_array *array = make_array(test, pages);

	set_spdm_pages(pages);
	assert_success(test, tdx_tdh_spdm_create(0x0100, array, session));
	return array;
}

void hand_over_and_back(struct kunit *test, struct tdx_page_array *array)
{
	u64 session;

	set_spdm_pages(tdx_page_array_nr_pages(array));
	assert_success(test, tdx_tdh_spdm_create(0, array, &session));
	assert_success(test, tdx_tdh_spdm_delete(session, array));
}

struct tdx_page_array *make_returned(struct kunit *test, unsigned int pages)
{
	struct tdx_page_array *array = make_array(test, pages);

	hand_over_and_back(test, array);
	return array;
}

void release_with_bad_page(struct kunit *test, struct tdx_page_array *array, unsigned int bad)
{
	const u64 freed = since_start(test).freed;
	const unsigned int pages = tdx_page_array_nr_pages(array);

	hand_over_and_back(test, array);
	inject(test,
	       NTH_CALL(SEAM_PHYMEM_PAGE_WBINVD, bad + 1, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
	EXPECT_WARNINGS(test, 1, KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN));
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed - freed, pages - 1);
}

struct tdx_page_array *adopt(struct kunit *test, struct page **pages, unsigned int count)
{
	struct tdx_page_array *array = tdx_page_array_adopt(pages, count);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	return array;
}

void end_session(struct kunit *test, u64 session, struct tdx_page_array *array)
{
	expect_success(test, tdx_tdh_spdm_delete(session, array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

void end_iommu(struct kunit *test, u64 iommu, struct tdx_page_array *array)
{
	expect_success(test, tdx_tdh_iommu_clear(iommu, array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

u64 add_window(struct kunit *test, struct tdx_page_array *array, unsigned int offset)
{
	KUNIT_ASSERT_GT(test, tdx_page_array_populate(array, offset), 0);
	return tdx_tdh_ext_mem_add(array);
}

u64 hpa_of(struct kunit *test, struct tdx_page_array *array, unsigned int index)
{
	struct page *page = tdx_page_array_page(array, index);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	return page_to_phys(page);
}

u64 last_register(u16 leaf, enum seam_register which)
{
	struct seam_registers registers;

	seam_emulator_last_call(leaf, &registers);
	return registers.r[which];
}

void expect_inputs(struct kunit *test, u16 leaf, const u64 *values, unsigned int count)
{
	static const enum seam_register registers[] = {SEAM_RCX, SEAM_RDX, SEAM_R8,
						       SEAM_R9,	 SEAM_R10, SEAM_R11,
						       SEAM_R12, SEAM_R13, SEAM_R14};
	unsigned int i;

	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ_MSG(test, last_register(leaf, registers[i]), values[i],
				    "input %u of %s", i, seam_emulator_leaf_name(leaf));
}

struct tdx_page_array_counters since_start(struct kunit *test)
{
	const struct tdx_page_array_counters *before = test->priv;
	struct tdx_page_array_counters now;

	tdx_page_array_count(&now);
	now.taken -= before->taken;
	now.in_arrays -= before->in_arrays;
	now.freed -= before->freed;
	now.kept -= before->kept;
	now.quarantined -= before->quarantined;
	now.seamcalls -= before->seamcalls;
	return now;
}

void empty_quarantine(struct kunit *test)
{
	const u64 quarantined = since_start(test).quarantined;

	seam_emulator_settle();
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), quarantined);
}

void expect_findings(struct kunit *test, u32 count, enum seam_finding_kind kind)
{
	struct seam_finding findings[8];
	u32 found = seam_emulator_take_findings(findings, ARRAY_SIZE(findings));
	u32 i;

	KUNIT_EXPECT_EQ(test, found, count);
	for (i = 0; i < min_t(u32, found, ARRAY_SIZE(findings)); i++) {
		/* A machine sees the write itself, not only the changed content. */
		if (kind == SEAM_HOST_WROTE && seam_emulator_sees_accesses() &&
		    findings[i].kind == SEAM_HOST_WRITE_SEEN)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, findings[i].kind, kind, "the judge says: %s",
				    seam_emulator_finding_text(findings[i].kind));
	}
}

bool wants_host_flush(void)
{
	return seam_emulator_sees_flushes() &&
	       config_now().features0 & SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC;
}
