// SPDX-License-Identifier: GPL-2.0
/*
 * The service of SPDM sessions, CONNECT, DISCONNECT and MNG, and the keys of IDE streams: messages to
 * and from the device, and the device information.
 */
#include "service.h"

/* Created by each test. */
static struct device device;

/* A stream of the device's session, for IDE.STREAM.KM. */
static struct tdx_page_array *stream_mt;
static u64 stream;

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

/* In the model stream IDs begin with 1, and the root port's stream numbers with 0. */
static void open_stream(struct kunit *test)
{
	u64 number = 0x5a5a;

	set_ide_pages(1);
	stream_mt = make_array(test, 1);
	assert_success(test, tdx_tdh_ide_stream_create(device.session, &wanted, stream_mt, &stream,
						       &number));
	KUNIT_EXPECT_EQ(test, stream, 1);
	KUNIT_EXPECT_EQ(test, number, 0);
}

static void close_stream(struct kunit *test)
{
	expect_success(test, tdx_tdh_ide_stream_block(device.session, stream));
	expect_success(test, tdx_tdh_ide_stream_delete(device.session, stream, stream_mt));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(stream_mt), 0);
}

/* The operation is the number of no stream, so that the two cannot be mistaken for each other. */
static u64 stop_keys(const struct device *of, u64 *bytes)
{
	return tdx_tdh_ide_stream_km(of->session, stream, TDX_IDE_KM_STOP, of->response,
				     of->request, bytes);
}

struct operation {
	const char *name;
	u16 leaf;
	service_call *call;
	bool connected; /* the session must be connected before */
	bool connects;	/* it connects or disconnects */
	u32 bytes;	/* size of the output */
};

static const struct operation operations[] = {
	{"CONNECT", SEAM_SPDM_CONNECT, connect, false, true, INFO_BYTES},
	{"DISCONNECT", SEAM_SPDM_DISCONNECT, disconnect, true, true, 0},
	{"MNG without output", SEAM_SPDM_MNG, heartbeat, true, false, 0},
	{"MNG with output", SEAM_SPDM_MNG, recollect, true, false, INFO_BYTES},
	{"KM of a stream", SEAM_IDE_STREAM_KM, stop_keys, false, false, 0},
};

KUNIT_ARRAY_PARAM_DESC(operation, operations, name);

static void prepare(struct kunit *test, const struct operation *operation)
{
	if (operation->connected)
		open_connection(test, &device);
	else
		open_device(test, &device);
	if (operation->leaf == SEAM_IDE_STREAM_KM)
		open_stream(test);
}

static void finish(struct kunit *test, const struct operation *operation)
{
	if (operation->leaf == SEAM_IDE_STREAM_KM)
		close_stream(test);
	if (operation->connected != operation->connects)
		close_connection(test, &device);
	else
		close_device(test, &device);
}

static void expect_same_inputs(struct kunit *test, u16 leaf, const struct seam_registers *first)
{
	EXPECT_INPUTS(test, leaf, first->r[SEAM_RCX], first->r[SEAM_RDX], first->r[SEAM_R8],
		      first->r[SEAM_R9], first->r[SEAM_R10], first->r[SEAM_R11]);
}

/*
 * T12 of docs/defects.md: in the second round each call is interrupted, the first one until all its output registers were
 * overwritten three times. The judge also compares the inputs of all calls of an operation.
 */
static void an_operation_goes_on_after_each_message_with_the_same_inputs(struct kunit *test)
{
	const struct operation *operation = test->param_value;
	struct seam_registers first;
	unsigned int message, interrupted;
	u64 bytes, before;

	for (interrupted = 0; interrupted < 2; interrupted++) {
		prepare(test, operation);
		before = seam_emulator_calls(operation->leaf);
		set_interrupt_every(interrupted);
		if (interrupted)
			interrupt_and_overwrite(test, operation->leaf);
		for (message = 1; message <= MESSAGES; message++) {
			bytes = 0x5a5a;
			KUNIT_EXPECT_EQ(test, operation->call(&device, &bytes),
					TDX_PAGE_ARRAY_SPDM_REQUEST);
			KUNIT_EXPECT_EQ(test, bytes, MESSAGE_BYTES);
			KUNIT_EXPECT_EQ(test, *(u32 *)page_address(device.request), message);
			if (message == 1)
				seam_emulator_last_call(operation->leaf, &first);
			expect_same_inputs(test, operation->leaf, &first);
		}
		expect_success(test, operation->call(&device, &bytes));
		KUNIT_EXPECT_EQ(test, bytes, operation->bytes);
		expect_same_inputs(test, operation->leaf, &first);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(operation->leaf) - before,
				(MESSAGES + 1) * (1 + interrupted) +
					interrupted * OVERWRITTEN_CALLS);
		set_interrupt_every(0);
		finish(test, operation);
	}
}

/* It stays busy, or its message is longer than a page. */
static void a_call_that_fails_can_be_made_again(struct kunit *test)
{
	static const struct {
		unsigned int kind;
		u64 value;
		u32 times;
		u64 status;
	} failures[] = {
		{SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, WRAPPER_TRIES,
		 SEAM_OPERAND_BUSY | SEAM_RCX},
		{SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_LONG_OUTPUT, 1, TDX_PAGE_ARRAY_REFUSED | EIO},
	};
	const struct operation *operation = test->param_value;
	u64 bytes = 0x5a5a;
	unsigned int i;

	prepare(test, operation);
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		inject(test, FROM_CALL(operation->leaf, 1, failures[i].times, failures[i].kind,
				       failures[i].value));
		EXPECT_WARNINGS(test, failures[i].kind == SEAM_INJECT_BAD_RESPONSE,
				KUNIT_EXPECT_EQ(test, operation->call(&device, &bytes),
						failures[i].status));
		KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	}
	expect_success(test, talk(operation->call, &device));
	finish(test, operation);
}

/* Without an output buffer the length is ignored. */
static void an_output_longer_than_its_array_is_rejected(struct kunit *test)
{
	const struct operation *operation = test->param_value;
	const bool has_output = operation->bytes;
	u64 bytes = 0x5a5a, unused;
	u8 byte;

	prepare(test, operation);
	KUNIT_EXPECT_EQ(test, operation->call(&device, &unused), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, operation->call(&device, &unused), TDX_PAGE_ARRAY_SPDM_REQUEST);
	inject(test, NEXT_CALL(operation->leaf, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_LONG_OUTPUT));
	EXPECT_WARNINGS(test, has_output,
			KUNIT_EXPECT_EQ(test, operation->call(&device, &bytes),
					has_output ? TDX_PAGE_ARRAY_REFUSED | EIO : SEAM_SUCCESS));
	KUNIT_EXPECT_EQ(test, bytes, has_output ? 0x5a5a : 0);
	if (has_output)
		KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, &byte, 1), -EINVAL);
	finish(test, operation);
}

/*
 * Nine in the second try, after one that changed all registers. Another session makes the IDs of session and stream
 * different.
 */
static void inputs_of_a_stream_arrive_in_their_registers(struct kunit *test)
{
	const u16 create = SEAM_IDE_STREAM_CREATE;
	u64 first;
	struct tdx_page_array *array = make_session(test, 1, &first);

	open_device(test, &device);
	inject(test, NEXT_CALL(create, SEAM_INJECT_ALL_REGISTERS, SEAM_OPERAND_BUSY | SEAM_RCX));
	open_stream(test);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(create), 2);
	EXPECT_INPUTS(test, create, wanted.info, device.session, hpa_of(test, stream_mt, 0),
		      wanted.control, wanted.rid_assoc1, wanted.rid_assoc2, wanted.addr_assoc1,
		      wanted.addr_assoc2, wanted.addr_assoc3);
	expect_success(test, talk(stop_keys, &device));
	EXPECT_INPUTS(test, SEAM_IDE_STREAM_KM, device.session, stream, TDX_IDE_KM_STOP,
		      page_to_phys(device.response), page_to_phys(device.request));
	close_stream(test);
	EXPECT_INPUTS(test, SEAM_IDE_STREAM_BLOCK, device.session, stream);
	EXPECT_INPUTS(test, SEAM_IDE_STREAM_DELETE, device.session, stream, 0);
	close_device(test, &device);
	end_session(test, first, array);
}

/* MNG without operands gets all ones instead. */
static void inputs_of_a_session_arrive_in_their_registers(struct kunit *test)
{
	u64 configuration, response, request, output;
	const u64 *list;

	open_connection(test, &device);
	configuration = page_to_phys(device.configuration);
	response = page_to_phys(device.response);
	request = page_to_phys(device.request);
	output = last_register(SEAM_SPDM_CONNECT, SEAM_R10);
	list = phys_to_virt(output & 0x000ffffffffff000ULL);
	EXPECT_INPUTS(test, SEAM_SPDM_CONNECT, device.session, configuration, response, request,
		      output);
	KUNIT_EXPECT_EQ(test, output >> 55, 1);
	KUNIT_EXPECT_EQ(test, list[0], hpa_of(test, device.info, 0));
	KUNIT_EXPECT_EQ(test, list[1], hpa_of(test, device.info, 1));
	expect_success(test, talk(heartbeat, &device));
	EXPECT_INPUTS(test, SEAM_SPDM_MNG, device.session, TDX_SPDM_MNG_HEARTBEAT, ~0ULL, response,
		      request, ~0ULL);
	expect_success(test, talk(recollect, &device));
	EXPECT_INPUTS(test, SEAM_SPDM_MNG, device.session, TDX_SPDM_MNG_RECOLLECT, configuration,
		      response, request, output);
	close_connection(test, &device);
	EXPECT_INPUTS(test, SEAM_SPDM_DISCONNECT, device.session, response, request);
}

static void nothing_can_be_read_before_the_operation_succeeded(struct kunit *test)
{
	u64 bytes;
	u8 byte;

	open_device(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, &byte, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, connect(&device, &bytes), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, &byte, 1), -EINVAL);
	expect_success(test, talk(connect, &device));
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, &byte, 1), 0);
	/* The next operation has not written its output yet. */
	KUNIT_EXPECT_EQ(test, recollect(&device, &bytes), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, &byte, 1), -EINVAL);
	expect_success(test, talk(recollect, &device));
	close_connection(test, &device);
}

static void keys_can_be_updated_in_the_middle_of_an_operation(struct kunit *test)
{
	u64 status, bytes = 0x5a5a, unused;

	open_device(test, &device);
	KUNIT_EXPECT_EQ(test, connect(&device, &unused), TDX_PAGE_ARRAY_SPDM_REQUEST);
	answer_next(test, SEAM_SPDM_CONNECT, TDX_PAGE_ARRAY_SPDM_KEY_REFRESH | 3);
	status = connect(&device, &bytes);
	KUNIT_EXPECT_EQ(test, status & TDX_PAGE_ARRAY_STATUS_MASK, TDX_PAGE_ARRAY_SPDM_KEY_REFRESH);
	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(status), -EAGAIN);
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);

	do {
		status = tdx_tdh_spdm_mng(device.session, TDX_SPDM_MNG_KEY_UPDATE, NULL,
					  device.response, device.request, NULL, &unused);
	} while (status == TDX_PAGE_ARRAY_SPDM_REQUEST);
	expect_success(test, status);

	KUNIT_EXPECT_EQ(test, connect(&device, &unused), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, *(u32 *)page_address(device.request), 2);
	expect_success(test, connect(&device, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, INFO_BYTES);
	close_connection(test, &device);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(keys_can_be_updated_in_the_middle_of_an_operation),
	KUNIT_CASE_PARAM(an_operation_goes_on_after_each_message_with_the_same_inputs,
			 operation_gen_params),
	KUNIT_CASE_PARAM(a_call_that_fails_can_be_made_again, operation_gen_params),
	KUNIT_CASE_PARAM(an_output_longer_than_its_array_is_rejected, operation_gen_params),
	KUNIT_CASE(inputs_of_a_stream_arrive_in_their_registers),
	KUNIT_CASE(inputs_of_a_session_arrive_in_their_registers),
	KUNIT_CASE(nothing_can_be_read_before_the_operation_succeeded),
	{},
};

TEST_SUITE("service", harness_init, harness_exit);
