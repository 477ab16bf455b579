// SPDX-License-Identifier: GPL-2.0
/* IDE streams: handing over their pages, with nine input registers, and deleting them. */
#include "harness.h"

#define SESSION_PAGES 3

/* A different value for each register; the model only checks the first. */
static const struct tdx_ide_stream wanted = {
	.info = 0x110,
	.control = 0x1111111111111109,
	.rid_assoc1 = 0x1111111111111110,
	.rid_assoc2 = 0x1111111111111111,
	.addr_assoc1 = 0x1111111111111112,
	.addr_assoc2 = 0x1111111111111113,
	.addr_assoc3 = 0x1111111111111114,
};

/* A session, and a stream of it. */
struct link {
	struct tdx_page_array *session_mt;
	struct tdx_page_array *stream_mt;
	u64 session;
	u64 stream;
};

static void open_stream(struct kunit *test, struct link *link, unsigned int pages)
{
	u64 number;

	set_ide_pages(pages);
	link->session_mt = make_session(test, SESSION_PAGES, &link->session);
	link->stream_mt = make_array(test, pages);
	assert_success(test, tdx_tdh_ide_stream_create(link->session, &wanted, link->stream_mt,
						       &link->stream, &number));
}

static void close_stream(struct kunit *test, const struct link *link)
{
	expect_success(test, tdx_tdh_ide_stream_block(link->session, link->stream));
	expect_success(test,
		       tdx_tdh_ide_stream_delete(link->session, link->stream, link->stream_mt));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link->stream_mt), 0);
	end_session(test, link->session, link->session_mt);
}

/* Also in the second try, after one that changed all registers. */
static void all_nine_inputs_arrive_in_their_registers(struct kunit *test)
{
	const u16 leaf = SEAM_IDE_STREAM_CREATE;
	struct link link;

	inject(test, NEXT_CALL(leaf, SEAM_INJECT_ALL_REGISTERS, SEAM_OPERAND_BUSY | SEAM_RCX));
	open_stream(test, &link, 1);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(leaf), 2);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_RCX), wanted.info);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_RDX), link.session);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R8), hpa_of(test, link.stream_mt, 0));
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R9), wanted.control);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R10), wanted.rid_assoc1);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R11), wanted.rid_assoc2);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R12), wanted.addr_assoc1);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R13), wanted.addr_assoc2);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R14), wanted.addr_assoc3);
	close_stream(test, &link);
}

/* In the model stream IDs begin with 1, and the root port's stream numbers with 0. */
static void both_outputs_reach_the_caller(struct kunit *test)
{
	struct tdx_page_array *second = make_array(test, 1);
	u64 stream = 0x5a5a, number = 0x5a5a;
	struct link link;

	open_stream(test, &link, 1);
	assert_success(test,
		       tdx_tdh_ide_stream_create(link.session, &wanted, second, &stream, &number));
	KUNIT_EXPECT_EQ(test, stream, 2);
	KUNIT_EXPECT_EQ(test, number, 1);
	expect_success(test, tdx_tdh_ide_stream_block(link.session, stream));
	expect_success(test, tdx_tdh_ide_stream_delete(link.session, stream, second));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(second), 0);
	close_stream(test, &link);
}

static const unsigned int sizes[] = {1, 2, 16, 512};
KUNIT_ARRAY_PARAM(size, sizes, describe_pages);

/* The judge would report an AUX page for one page, or none for more. */
static void an_aux_page_is_passed_only_with_a_list(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	struct link link;
	u64 list;

	open_stream(test, &link, size);
	list = last_register(SEAM_IDE_STREAM_CREATE, SEAM_R8) & 0x000ffffffffff000ULL;
	close_stream(test, &link);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_BLOCK, SEAM_RCX), link.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_BLOCK, SEAM_RDX), link.stream);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_DELETE, SEAM_RCX), link.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_DELETE, SEAM_RDX), link.stream);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_DELETE, SEAM_R8), size > 1 ? list : 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), size + SESSION_PAGES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_nine_inputs_arrive_in_their_registers),
	KUNIT_CASE(both_outputs_reach_the_caller),
	KUNIT_CASE_PARAM(an_aux_page_is_passed_only_with_a_list, size_gen_params),
	{},
};

TEST_SUITE("ide_streams", harness_init, harness_exit);
