// SPDX-License-Identifier: GPL-2.0
/* The model's TDs: control pages from creation to reclaim, in KVM's order. */
#include "../td_params.h"
#include "raw_td.h"

static void a_td_whose_vcpu_is_not_flushed_keeps_its_key(struct kunit *test)
{
	struct raw_pages raw;

	raw_td_build(test, &raw);
	KUNIT_EXPECT_EQ(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)),
			SEAM_VCPU_NOT_ASSOCIATED);
	expect_success(test, raw_td_init_vcpu(&raw, 0));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, raw_hpa(&raw, RAW_TDR), 0),
			SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)));
	KUNIT_EXPECT_EQ(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)),
			SEAM_VCPU_NOT_ASSOCIATED);
	raw_td_end_key(test, &raw);
	KUNIT_EXPECT_EQ(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)),
			SEAM_TD_KEYS_NOT_CONFIGURED);
	raw_td_reclaim(test, &raw);
}

/* Even if both CPUs are in the same package. */
static void a_vcpu_is_flushed_where_it_ran(struct kunit *test)
{
	struct raw_pages raw;

	raw_td_build(test, &raw);
	expect_success(test, raw_td_init_vcpu(&raw, 0));
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_FLUSH, raw_hpa(&raw, RAW_TDVPR), 0),
			SEAM_VCPU_NOT_ASSOCIATED);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, raw_hpa(&raw, RAW_TDR), 0),
			SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)));
	raw_td_end(test, &raw);
}

/* The size is 1024 bytes, as KVM allocates. */
static void parameters_of_a_td_are_aligned_to_their_size(struct kunit *test)
{
	static const struct {
		u64 offset, status;
	} places[] = {
		{512, SEAM_OPERAND_INVALID | SEAM_RDX},
		{64, SEAM_OPERAND_INVALID | SEAM_RDX},
		{3072, SEAM_SUCCESS},
	};
	struct raw_pages raw;
	unsigned int i;

	raw_td_build_until_init(test, &raw);
	td_params_fill((u8 *)raw_list(&raw) + 3072);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		KUNIT_EXPECT_EQ(test,
				raw_leaf(SEAM_MNG_INIT, raw_hpa(&raw, RAW_TDR),
					 page_to_phys(raw.list) + places[i].offset),
				places[i].status);
	raw_td_add_vcpu(test, &raw);
	raw_td_end(test, &raw);
}

/* The page stays free, but its content is lost and it has dirty lines of the KeyID. */
static void a_late_failure_leaves_dirty_lines_behind(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	CHANGE_CONFIG(no_entropy, 1);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_CREATE, page_to_phys(page), RAW_TD_KEYID),
			SEAM_RND_NO_ENTROPY);
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_DIRTY);
}

static void an_interrupted_quote_has_to_be_resumed_with_its_inputs(struct kunit *test)
{
	struct tdx_shim_registers inputs = {}, out;
	struct raw_pages raw, buffers;

	set_ext_pool(0);
	raw_td_build(test, &raw);
	raw_alloc(test, &buffers, 3);
	memset(raw_list(&buffers), 0xff, PAGE_SIZE);
	raw_list(&buffers)[0] = raw_hpa(&buffers, 1);
	raw_list(&buffers)[1] = raw_hpa(&buffers, 2);
	expect_success(test, raw_call(SEAM_QUOTE_INIT, &inputs));
	inputs = (struct tdx_shim_registers){
		.rcx = raw_hpa(&raw, RAW_TDR),
		.rdx = 0xffffULL << 32,
		.r8 = raw_hpa(&buffers, 0),
		.r9 = 64,
		.r10 = page_to_phys(buffers.list),
		.r11 = 8192,
	};
	inject(test, NEXT_CALL(SEAM_QUOTE_GET, SEAM_INJECT_INTERRUPT, 0));
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_QUOTE_GET, &out), SEAM_INTERRUPTED_RESUMABLE);
	out = inputs;
	out.r11 = 8191;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_QUOTE_GET, &out),
			config_now().invalid_resumption ? SEAM_INVALID_RESUMPTION
							: SEAM_OPERAND_INVALID | SEAM_R11);
	expect_findings(test, 1, SEAM_CHANGED_RESUME);
	/* Registers that are not inputs may change. */
	out = inputs;
	out.r12 = 1;
	expect_success(test, raw_call(SEAM_QUOTE_GET, &out));
	raw_free(test, &buffers, tdx_global_keyid());
	raw_td_end(test, &raw);
}

/* TDH.PHYMEM.CACHE.WB cleans the lines of the TD's KeyID; those of the global KeyID stay. */
static void the_write_back_of_a_td_cleans_the_pages_of_its_keyid(struct kunit *test)
{
	struct raw_pages raw;
	unsigned int i;

	raw_td_build(test, &raw);
	for (i = 0; i < RAW_TD_PAGES; i++)
		KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(raw_hpa(&raw, i)));
	raw_td_end_key(test, &raw);
	for (i = 0; i < RAW_TD_PAGES; i++)
		KUNIT_EXPECT_EQ(test, seam_emulator_is_dirty(raw_hpa(&raw, i)), i == RAW_TDR);
	raw_td_reclaim(test, &raw);
}

/* Adds a page to a TD that already has all: the module writes to it, but does not take it. */
static void spoil_page_of_td(struct kunit *test, struct raw_pages *raw, struct page *page)
{
	raw_td_build(test, raw);
	KUNIT_ASSERT_EQ(test, raw_leaf(SEAM_MNG_ADDCX, page_to_phys(page), raw_hpa(raw, RAW_TDR)),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
}

static void td_pages_are_written_back_with_the_keyid_of_the_td(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct raw_pages raw;

	spoil_page_of_td(test, &raw, page);
	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid()));
	expect_findings(test, 1, SEAM_WRONG_KEYID);
	raw_free_page(test, page, RAW_TD_KEYID);
	raw_td_end(test, &raw);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_td_whose_vcpu_is_not_flushed_keeps_its_key),
	KUNIT_CASE(a_vcpu_is_flushed_where_it_ran),
	KUNIT_CASE(parameters_of_a_td_are_aligned_to_their_size),
	KUNIT_CASE(a_late_failure_leaves_dirty_lines_behind),
	KUNIT_CASE(an_interrupted_quote_has_to_be_resumed_with_its_inputs),
	KUNIT_CASE(the_write_back_of_a_td_cleans_the_pages_of_its_keyid),
	KUNIT_CASE(td_pages_are_written_back_with_the_keyid_of_the_td),
	{},
};

TEST_SUITE("model_td", harness_init, harness_exit);
