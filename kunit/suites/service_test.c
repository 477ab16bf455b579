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

static void open_stream(struct kunit *test)
{
	const struct tdx_ide_stream wanted = {.info = 0x110};
	u64 number;

	set_ide_pages(1);
	stream_mt = make_array(test, 1);
	assert_success(test, tdx_tdh_ide_stream_create(device.session, &wanted, stream_mt, &stream,
						       &number));
}

static void close_stream(struct kunit *test)
{
	expect_success(test, tdx_tdh_ide_stream_block(device.session, stream));
	expect_success(test, tdx_tdh_ide_stream_delete(device.session, stream, stream_mt));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(stream_mt), 0);
}

static u64 refresh_keys(const struct device *of, u64 *bytes)
{
	return tdx_tdh_ide_stream_km(of->session, stream, TDX_IDE_KM_REFRESH, of->response,
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
	{"KM of a stream", SEAM_IDE_STREAM_KM, refresh_keys, false, false, 0},
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

/* The judge also compares the inputs of all calls of an operation. */
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
				(MESSAGES + 1) * (interrupted ? 2 : 1));
		set_interrupt_every(0);
		finish(test, operation);
	}
}

static void a_call_that_stays_busy_ends_and_the_next_one_goes_on(struct kunit *test)
{
	const struct operation *operation = test->param_value;
	u64 status, bytes = 0x5a5a;

	prepare(test, operation);
	inject(test,
	       FROM_CALL(operation->leaf, 1, 10, SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX));
	status = operation->call(&device, &bytes);
	KUNIT_EXPECT_EQ(test, status, SEAM_OPERAND_BUSY | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(status), -EBUSY);
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	expect_success(test, talk(operation->call, &device));
	finish(test, operation);
}

static void a_message_longer_than_its_page_is_rejected(struct kunit *test)
{
	const struct operation *operation = test->param_value;
	u64 bytes = 0x5a5a;

	prepare(test, operation);
	inject(test, NEXT_CALL(operation->leaf, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_LONG_OUTPUT));
	EXPECT_WARNINGS(test, 1,
			KUNIT_EXPECT_EQ(test, operation->call(&device, &bytes),
					TDX_PAGE_ARRAY_REFUSED | EIO));
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
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

static void connect_passes_five_inputs(struct kunit *test)
{
	const u64 *list;
	u64 bytes, word;

	open_device(test, &device);
	KUNIT_EXPECT_EQ(test, connect(&device, &bytes), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_CONNECT, SEAM_RCX), device.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_CONNECT, SEAM_RDX),
			page_to_phys(device.configuration));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_CONNECT, SEAM_R8),
			page_to_phys(device.response));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_CONNECT, SEAM_R9),
			page_to_phys(device.request));
	word = last_register(SEAM_SPDM_CONNECT, SEAM_R10);
	KUNIT_EXPECT_EQ(test, word >> 55, 1);
	list = phys_to_virt(word & 0x000ffffffffff000ULL);
	KUNIT_EXPECT_EQ(test, list[0], hpa_of(test, device.info, 0));
	KUNIT_EXPECT_EQ(test, list[1], hpa_of(test, device.info, 1));
	expect_success(test, talk(connect, &device));
	close_connection(test, &device);
}

static void disconnect_passes_three_inputs(struct kunit *test)
{
	open_connection(test, &device);
	expect_success(test, talk(disconnect, &device));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_DISCONNECT, SEAM_RCX), device.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_DISCONNECT, SEAM_RDX),
			page_to_phys(device.response));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_DISCONNECT, SEAM_R8),
			page_to_phys(device.request));
	close_device(test, &device);
}

/* The ID of the session is not that of the stream. */
static void key_management_passes_five_inputs(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *other = make_session(test, 1, &session);

	open_device(test, &device);
	open_stream(test);
	KUNIT_ASSERT_NE(test, device.session, stream);
	expect_success(test, talk(refresh_keys, &device));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_KM, SEAM_RCX), device.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_KM, SEAM_RDX), stream);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_KM, SEAM_R8), TDX_IDE_KM_REFRESH);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_KM, SEAM_R9),
			page_to_phys(device.response));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_KM, SEAM_R10),
			page_to_phys(device.request));
	close_stream(test);
	close_device(test, &device);
	end_session(test, session, other);
}

static void expect_mng_registers(struct kunit *test, u64 operation, u64 parameter, u64 output)
{
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_RCX), device.session);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_RDX), operation);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_R8), parameter);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_R9), page_to_phys(device.response));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_R10), page_to_phys(device.request));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_R11), output);
}

static void mng_passes_all_ones_for_missing_operands(struct kunit *test)
{
	open_connection(test, &device);
	expect_success(test, talk(heartbeat, &device));
	expect_mng_registers(test, TDX_SPDM_MNG_HEARTBEAT, ~0ULL, ~0ULL);
	close_connection(test, &device);
}

/* The HPA_ARRAY_T of one page is the page itself. */
static void mng_passes_parameters_and_output(struct kunit *test)
{
	set_output_bytes(100);
	open_device(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(device.info), 0);
	device.info = make_array(test, 1);
	assert_success(test, talk(connect, &device));
	expect_success(test, talk(recollect, &device));
	expect_mng_registers(test, TDX_SPDM_MNG_RECOLLECT, page_to_phys(device.configuration),
			     hpa_of(test, device.info, 0));
	close_connection(test, &device);
}

/* The model's device information: one byte value per page, derived from its index. */
static void expect_info(struct kunit *test, const u8 *info)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < INFO_BYTES; i++)
		wrong += info[i] != 0xd0 + i / PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* Also through a mapping. */
static void exactly_what_the_module_reported_can_be_read(struct kunit *test)
{
	u8 *info = kunit_kzalloc(test, INFO_BYTES + 1, GFP_KERNEL);
	const u8 *mapped;

	KUNIT_ASSERT_NOT_NULL(test, info);
	open_connection(test, &device);
	info[INFO_BYTES] = 0xee;
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, info, INFO_BYTES), 0);
	expect_info(test, info);
	KUNIT_EXPECT_EQ(test, info[INFO_BYTES], 0xee);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, info, INFO_BYTES + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, info, SIZE_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(device.info, NULL, 1), -EINVAL);
	mapped = tdx_page_array_map(device.info);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mapped);
	expect_info(test, mapped);
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(device.info), 0);
	close_connection(test, &device);
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

static void pages_that_were_private_are_refused_as_output(struct kunit *test)
{
	u64 bytes = 0x5a5a, other;
	struct tdx_page_array *array;
	u8 byte;

	open_device(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(device.info), 0);
	array = make_session(test, SESSION_PAGES, &other);
	device.info = array;
	expect_refused(test, EBUSY, connect(&device, &bytes));
	expect_success(test, tdx_tdh_spdm_delete(other, array));
	expect_refused(test, EBUSY, connect(&device, &bytes));
	expect_refused(test, EBUSY, recollect(&device, &bytes));
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(array, &byte, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CONNECT), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_MNG), 0);
	close_device(test, &device);
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
		status = manage(&device, TDX_SPDM_MNG_KEY_UPDATE, &unused);
	} while (status == TDX_PAGE_ARRAY_SPDM_REQUEST);
	expect_success(test, status);

	KUNIT_EXPECT_EQ(test, connect(&device, &unused), TDX_PAGE_ARRAY_SPDM_REQUEST);
	KUNIT_EXPECT_EQ(test, *(u32 *)page_address(device.request), 2);
	expect_success(test, connect(&device, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, INFO_BYTES);
	close_connection(test, &device);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_operation_goes_on_after_each_message_with_the_same_inputs,
			 operation_gen_params),
	KUNIT_CASE_PARAM(a_call_that_stays_busy_ends_and_the_next_one_goes_on,
			 operation_gen_params),
	KUNIT_CASE_PARAM(a_message_longer_than_its_page_is_rejected, operation_gen_params),
	KUNIT_CASE_PARAM(an_output_longer_than_its_array_is_rejected, operation_gen_params),
	KUNIT_CASE(connect_passes_five_inputs),
	KUNIT_CASE(disconnect_passes_three_inputs),
	KUNIT_CASE(key_management_passes_five_inputs),
	KUNIT_CASE(mng_passes_all_ones_for_missing_operands),
	KUNIT_CASE(mng_passes_parameters_and_output),
	KUNIT_CASE(exactly_what_the_module_reported_can_be_read),
	KUNIT_CASE(nothing_can_be_read_before_the_operation_succeeded),
	KUNIT_CASE(pages_that_were_private_are_refused_as_output),
	KUNIT_CASE(keys_can_be_updated_in_the_middle_of_an_operation),
	{},
};

TEST_SUITE("service", harness_init, harness_exit);
