// SPDX-License-Identifier: GPL-2.0
/* The model's lie about lengths: of every message and every output of a session and its stream. */
#include "raw.h"

enum {
	CONFIGURATION,
	RESPONSE,
	REQUEST,
	OUTPUT,
	STREAM,
	PAGES,
};

/* Two messages and the end of the operation, and no length is true. */
static void expect_long_lengths(struct kunit *test, u16 leaf,
				const struct tdx_shim_registers *inputs)
{
	struct tdx_shim_registers out;
	unsigned int call;

	inject(test, FROM_CALL(leaf, 1, 3, SEAM_INJECT_LIE, SEAM_LIE_LONG_OUTPUT));
	for (call = 0; call < 3; call++) {
		out = *inputs;
		KUNIT_EXPECT_EQ(test, raw_call(leaf, &out),
				call < 2 ? SEAM_SPDM_REQUEST : SEAM_SUCCESS);
		KUNIT_EXPECT_EQ(test, out.rcx, SEAM_LONG_OUTPUT);
	}
}

static u64 open_stream(struct kunit *test, u64 session, const struct raw_pages *raw)
{
	struct tdx_shim_registers registers = {
		.rcx = 0x110,
		.rdx = session,
		.r8 = raw_hpa(raw, STREAM),
	};

	KUNIT_ASSERT_EQ(test, raw_call(SEAM_IDE_STREAM_CREATE, &registers), SEAM_SUCCESS);
	return registers.rcx;
}

static void close_stream(struct kunit *test, u64 session, u64 stream)
{
	struct tdx_shim_registers registers = {.rcx = session, .rdx = stream};

	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IDE_STREAM_BLOCK, &registers), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IDE_STREAM_DELETE, &registers), SEAM_SUCCESS);
}

static void every_length_can_be_a_lie(struct kunit *test)
{
	struct raw_pages raw;
	struct page *metadata;
	u64 session, stream;

	set_ext_pool(0);
	set_output_bytes(100);
	metadata = raw_lend(test, &session);
	raw_alloc(test, &raw, PAGES);
	expect_long_lengths(test, SEAM_SPDM_CONNECT,
			    &(struct tdx_shim_registers){
				    .rcx = session,
				    .rdx = raw_hpa(&raw, CONFIGURATION),
				    .r8 = raw_hpa(&raw, RESPONSE),
				    .r9 = raw_hpa(&raw, REQUEST),
				    .r10 = raw_hpa(&raw, OUTPUT),
			    });
	expect_long_lengths(test, SEAM_SPDM_MNG,
			    &(struct tdx_shim_registers){
				    .rcx = session,
				    .r9 = raw_hpa(&raw, RESPONSE),
				    .r10 = raw_hpa(&raw, REQUEST),
			    });
	stream = open_stream(test, session, &raw);
	expect_long_lengths(test, SEAM_IDE_STREAM_KM,
			    &(struct tdx_shim_registers){
				    .rcx = session,
				    .rdx = stream,
				    .r9 = raw_hpa(&raw, RESPONSE),
				    .r10 = raw_hpa(&raw, REQUEST),
			    });
	close_stream(test, session, stream);
	expect_long_lengths(test, SEAM_SPDM_DISCONNECT,
			    &(struct tdx_shim_registers){
				    .rcx = session,
				    .rdx = raw_hpa(&raw, RESPONSE),
				    .r8 = raw_hpa(&raw, REQUEST),
			    });
	raw_take_back(test, session);
	raw_free_page(test, metadata, tdx_global_keyid());
	raw_free(test, &raw, tdx_global_keyid());
}

/* What an error has in RCX is no length. */
static void a_refusal_has_no_length(struct kunit *test)
{
	struct tdx_shim_registers registers = {.rcx = 1};

	set_ext_pool(0);
	inject(test, NEXT_CALL(SEAM_SPDM_CONNECT, SEAM_INJECT_LIE, SEAM_LIE_LONG_OUTPUT));
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &registers),
			SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, registers.rcx, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_length_can_be_a_lie),
	KUNIT_CASE(a_refusal_has_no_length),
	{},
};

TEST_SUITE("model_lengths", harness_init, harness_exit);
