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

/* A session, and the array of one stream of it. */
struct link {
	struct tdx_page_array *session_mt;
	struct tdx_page_array *stream_mt;
	u64 session;
	u64 stream;
};

static void open_session(struct kunit *test, struct link *link, unsigned int pages)
{
	set_ide_pages(pages);
	link->session_mt = make_session(test, SESSION_PAGES, &link->session);
	link->stream_mt = make_array(test, pages);
}

static u64 create_stream(struct link *link)
{
	u64 number;

	return tdx_tdh_ide_stream_create(link->session, &wanted, link->stream_mt, &link->stream,
					 &number);
}

static void open_stream(struct kunit *test, struct link *link, unsigned int pages)
{
	open_session(test, link, pages);
	assert_success(test, create_stream(link));
}

static void block(struct kunit *test, const struct link *link)
{
	expect_success(test, tdx_tdh_ide_stream_block(link->session, link->stream));
}

static u64 delete_stream(const struct link *link)
{
	return tdx_tdh_ide_stream_delete(link->session, link->stream, link->stream_mt);
}

static void close_session(struct kunit *test, const struct link *link)
{
	expect_success(test, tdx_tdh_spdm_delete(link->session, link->session_mt));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link->session_mt), 0);
}

static void close_stream(struct kunit *test, const struct link *link)
{
	block(test, link);
	expect_success(test, delete_stream(link));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link->stream_mt), 0);
	close_session(test, link);
}

static void expect_registers(struct kunit *test, const struct link *link, u64 list)
{
	const u16 leaf = SEAM_IDE_STREAM_CREATE;

	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_RCX), wanted.info);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_RDX), link->session);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R8), list);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R9), wanted.control);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R10), wanted.rid_assoc1);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R11), wanted.rid_assoc2);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R12), wanted.addr_assoc1);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R13), wanted.addr_assoc2);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_R14), wanted.addr_assoc3);
}

static void all_nine_inputs_arrive_in_their_registers(struct kunit *test)
{
	struct link link;

	open_stream(test, &link, 1);
	expect_registers(test, &link, hpa_of(test, link.stream_mt, 0));
	close_stream(test, &link);
}

static void a_try_after_busy_has_the_same_nine_inputs(struct kunit *test)
{
	struct link link;

	open_session(test, &link, 1);
	inject(test, NEXT_CALL(SEAM_IDE_STREAM_CREATE, SEAM_INJECT_ALL_REGISTERS,
			       SEAM_OPERAND_BUSY | SEAM_RCX));
	expect_success(test, create_stream(&link));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IDE_STREAM_CREATE), 2);
	expect_registers(test, &link, hpa_of(test, link.stream_mt, 0));
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

static void blocking_names_the_session_and_the_stream(struct kunit *test)
{
	struct link link;

	open_stream(test, &link, 1);
	block(test, &link);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_BLOCK, SEAM_RCX), link.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_BLOCK, SEAM_RDX), link.stream);
	KUNIT_EXPECT_EQ(test, tdx_tdh_ide_stream_block(link.session, link.stream),
			SEAM_IDE_STREAM_BLOCKED | SEAM_RDX);
	expect_success(test, delete_stream(&link));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link.stream_mt), 0);
	close_session(test, &link);
}

/* The judge would report an AUX page for one page, or none for more. */
static void an_aux_page_is_passed_only_with_a_list(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	struct link link;
	u64 list;

	open_stream(test, &link, size);
	list = last_register(SEAM_IDE_STREAM_CREATE, SEAM_R8) & 0x000ffffffffff000ULL;
	block(test, &link);
	expect_success(test, delete_stream(&link));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_DELETE, SEAM_RCX), link.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_DELETE, SEAM_RDX), link.stream);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_DELETE, SEAM_R8), size > 1 ? list : 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link.stream_mt), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), size);
	close_session(test, &link);
}

static const bool interruptions[] = {false, true};

static void a_session_with_a_stream_is_not_deleted_and_nothing_is_lost(struct kunit *test)
{
	struct link link;

	open_stream(test, &link, 4);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(link.session, link.session_mt),
			SEAM_SPDM_HAS_ACTIVE_IDE_STREAMS | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link.session_mt), -EBUSY);
	close_stream(test, &link);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 4 + SESSION_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
}

static void describe_interruption(const bool *interrupted, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE,
		 *interrupted ? "each call is interrupted" : "no interruptions");
}
KUNIT_ARRAY_PARAM(interruption, interruptions, describe_interruption);

static void keys_are_managed_by_messages_with_the_same_inputs(struct kunit *test)
{
	const bool interrupted = *(const bool *)test->param_value;
	struct page *response = make_page(test), *request = make_page(test);
	struct seam_registers first;
	unsigned int message;
	struct link before, link;
	u64 bytes;

	/* Another session makes the IDs of session and stream differ. */
	open_session(test, &before, 1);
	open_stream(test, &link, 1);
	KUNIT_ASSERT_NE(test, link.session, link.stream);
	set_interrupt_every(interrupted);
	for (message = 1; message <= 2; message++) {
		bytes = 0x5a5a;
		KUNIT_EXPECT_EQ(test,
				tdx_tdh_ide_stream_km(link.session, link.stream, TDX_IDE_KM_REFRESH,
						      response, request, &bytes),
				TDX_PAGE_ARRAY_SPDM_REQUEST);
		KUNIT_EXPECT_EQ(test, bytes, 32);
		KUNIT_EXPECT_EQ(test, *(u32 *)page_address(request), message);
		if (message == 1)
			seam_emulator_last_call(SEAM_IDE_STREAM_KM, &first);
		expect_same_inputs(test, SEAM_IDE_STREAM_KM, &first);
	}
	expect_success(test, tdx_tdh_ide_stream_km(link.session, link.stream, TDX_IDE_KM_REFRESH,
						   response, request, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 0);
	expect_same_inputs(test, SEAM_IDE_STREAM_KM, &first);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IDE_STREAM_KM), interrupted ? 6 : 3);
	KUNIT_EXPECT_EQ(test, first.r[SEAM_RCX], link.session);
	KUNIT_EXPECT_EQ(test, first.r[SEAM_RDX], link.stream);
	KUNIT_EXPECT_EQ(test, first.r[SEAM_R8], TDX_IDE_KM_REFRESH);
	KUNIT_EXPECT_EQ(test, first.r[SEAM_R9], page_to_phys(response));
	KUNIT_EXPECT_EQ(test, first.r[SEAM_R10], page_to_phys(request));
	close_stream(test, &link);
	close_session(test, &before);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(before.stream_mt), 0);
}

static void keys_of_a_blocked_stream_are_not_managed(struct kunit *test)
{
	struct page *response = make_page(test), *request = make_page(test);
	struct link link;
	u64 bytes = 0x5a5a;

	open_stream(test, &link, 1);
	block(test, &link);
	KUNIT_EXPECT_EQ(test,
			tdx_tdh_ide_stream_km(link.session, link.stream, TDX_IDE_KM_STOP, response,
					      request, &bytes),
			SEAM_IDE_STREAM_BLOCKED | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	expect_success(test, delete_stream(&link));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(link.stream_mt), 0);
	close_session(test, &link);
}

static void a_message_longer_than_its_page_is_rejected(struct kunit *test)
{
	struct page *response = make_page(test), *request = make_page(test);
	struct link link;
	u64 bytes = 0x5a5a;

	open_stream(test, &link, 1);
	inject(test, NEXT_CALL(SEAM_IDE_STREAM_KM, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_LONG_OUTPUT));
	EXPECT_WARNINGS(
		test, 1,
		KUNIT_EXPECT_EQ(test,
				tdx_tdh_ide_stream_km(link.session, link.stream, TDX_IDE_KM_SETUP,
						      response, request, &bytes),
				TDX_PAGE_ARRAY_REFUSED | EIO));
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	close_stream(test, &link);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_nine_inputs_arrive_in_their_registers),
	KUNIT_CASE(a_try_after_busy_has_the_same_nine_inputs),
	KUNIT_CASE(both_outputs_reach_the_caller),
	KUNIT_CASE(blocking_names_the_session_and_the_stream),
	KUNIT_CASE_PARAM(an_aux_page_is_passed_only_with_a_list, size_gen_params),
	KUNIT_CASE(a_session_with_a_stream_is_not_deleted_and_nothing_is_lost),
	KUNIT_CASE_PARAM(keys_are_managed_by_messages_with_the_same_inputs,
			 interruption_gen_params),
	KUNIT_CASE(keys_of_a_blocked_stream_are_not_managed),
	KUNIT_CASE(a_message_longer_than_its_page_is_rejected),
	{},
};

TEST_SUITE("ide_streams", harness_init, harness_exit);
