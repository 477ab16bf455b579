// SPDX-License-Identifier: GPL-2.0
/* IDE streams as objects: whole lives, and ends against a module or a device that does not help. */

#include "device.h"

#define PAGES	     3 /* metadata of a stream */
#define MESSAGES     2 /* of each operation */
#define BUSY_TRIES   10
#define MAX_MESSAGES 10000

static void close_session(struct device *device)
{
	KUNIT_EXPECT_EQ(device->test, tdx_spdm_session_close(device->session), 0);
}

static void a_stream_lives_from_open_to_close(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	device.messages = 0;
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), 0);
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_REFRESH), 0);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_KM, SEAM_R8), TDX_IDE_KM_STOP);
	KUNIT_EXPECT_EQ(test, device.messages, 3 * MESSAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
	close_session(&device);
}

static void a_stream_without_keys_sends_nothing_at_its_end(struct kunit *test)
{
	struct device device;

	open_session(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(open_stream(test, &device)), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IDE_STREAM_KM), 0);
	close_session(&device);
}

static void keys_that_were_stopped_are_not_stopped_again(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), 0);
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_STOP), 0);
	device.messages = 0;
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	KUNIT_EXPECT_EQ(test, device.messages, 0);
	close_session(&device);
}

static void the_root_ports_number_of_the_stream_is_told(struct kunit *test)
{
	const struct tdx_ide_stream config = {.info = 0x110};
	struct tdx_stream *first, *second;
	struct device device;
	u64 rp_ide_id = 0;

	open_session(test, &device);
	set_ide_pages(PAGES);
	first = tdx_stream_open(device.session, &config, &rp_ide_id);
	KUNIT_EXPECT_EQ(test, rp_ide_id, 0);
	second = tdx_stream_open(device.session, &config, &rp_ide_id);
	KUNIT_EXPECT_EQ(test, rp_ide_id, 1);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(first), 0);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(second), 0);
	close_session(&device);
}

static void a_session_with_a_stream_is_not_closed(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	device.messages = 0;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(device.session), -EBUSY);
	KUNIT_EXPECT_EQ(test, device.messages, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DELETE), 0);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	close_session(&device);
}

static void keys_of_the_session_are_updated_in_the_middle_of_those_of_a_stream(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	device.messages = 0;
	inject(test, &(struct seam_injection){.kind = SEAM_INJECT_STATUS,
					      .leaf = SEAM_IDE_STREAM_KM,
					      .nth = 2,
					      .times = 1,
					      .value = TDX_PAGE_ARRAY_SPDM_KEY_REFRESH});
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), 0);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_RDX), TDX_SPDM_MNG_KEY_UPDATE);
	KUNIT_EXPECT_EQ(test, device.messages, 2 * MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	close_session(&device);
}

static void key_updates_without_end_are_a_tdx_module_bug(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	set_messages(0);
	inject(test, &(struct seam_injection){.kind = SEAM_INJECT_STATUS,
					      .leaf = SEAM_IDE_STREAM_KM,
					      .nth = 1,
					      .times = MAX_MESSAGES,
					      .value = TDX_PAGE_ARRAY_SPDM_KEY_REFRESH});
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), -EIO);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_MNG), MAX_MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	close_session(&device);
}

static void a_failed_message_ends_the_operation_and_not_the_stream(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	device.fail_at = device.messages + 2;
	device.failure = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), -ETIMEDOUT);
	device.fail_at = 0;
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), 0);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	close_session(&device);
}

static void an_operation_that_the_module_does_not_know_is_refused(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, 3), -EIO);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	close_session(&device);
}

static void expect_busy(struct device *device)
{
	KUNIT_EXPECT_EQ(device->test, tdx_stream_manage_keys(device->stream, TDX_IDE_KM_SETUP),
			-EBUSY);
	KUNIT_EXPECT_EQ(device->test, tdx_stream_close(device->stream), -EBUSY);
	KUNIT_EXPECT_EQ(device->test, tdx_spdm_session_close(device->session), -EBUSY);
}

static void a_device_that_calls_back_finds_its_stream_in_use(struct kunit *test)
{
	struct device device;

	open_connected_session(test, &device);
	open_stream(test, &device);
	device.meanwhile = expect_busy;
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(device.stream, TDX_IDE_KM_SETUP), 0);
	device.meanwhile = NULL;
	KUNIT_EXPECT_EQ(test, tdx_stream_close(device.stream), 0);
	close_session(&device);
}

static void a_stream_waits_for_a_message_of_its_session(struct kunit *test)
{
	struct device device;

	open_connected_session(test, &device);
	open_stream(test, &device);
	device.meanwhile = expect_busy;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(device.session, TDX_SPDM_MNG_HEARTBEAT), 0);
	device.meanwhile = NULL;
	KUNIT_EXPECT_EQ(test, tdx_stream_close(device.stream), 0);
	close_session(&device);
}

static void expect_bad_handle(struct kunit *test, struct tdx_stream *stream, int error)
{
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), error);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), error);
}

static void what_is_no_open_stream_is_refused(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	expect_bad_handle(test, NULL, -EINVAL);
	expect_bad_handle(test, ERR_PTR(-EIO), -EINVAL);
	open_session(test, &device);
	stream = open_stream(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	expect_bad_handle(test, stream, -EBADF);
	close_session(&device);
}

static void arguments_that_are_missing_are_refused(struct kunit *test)
{
	const struct tdx_ide_stream config = {.info = 0x110};
	struct device device;
	u64 rp_ide_id;

	open_session(test, &device);
	KUNIT_EXPECT_PTR_EQ(test, tdx_stream_open(device.session, NULL, &rp_ide_id),
			    ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, tdx_stream_open(device.session, &config, NULL), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IDE_STREAM_CREATE), 0);
	close_session(&device);
}

struct fault {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
	int error;
	bool keeps; /* the module has the pages all the same */
};

static const struct fault faults[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX, 1, -EIO},
	{"busy for ever", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, BUSY_TRIES, -EBUSY},
	{"no module", SEAM_INJECT_VMFAILINVALID, 0, 1, -ENODEV},
	{"unknown", SEAM_INJECT_STATUS, UNKNOWN_STATUS, 1, -EIO},
	{"unknown after the fact", SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, 1, -EIO, true},
};

static void describe(const struct fault *fault, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", fault->name);
}
KUNIT_ARRAY_PARAM(fault, faults, describe);

static void plan(struct kunit *test, u16 leaf)
{
	const struct fault *fault = test->param_value;

	inject(test, &(struct seam_injection){.kind = fault->kind,
					      .leaf = leaf,
					      .nth = 1,
					      .times = fault->times,
					      .value = fault->value});
}

/* The session of a stream that the module kept cannot be deleted: its pages follow. */
static void expect_end_of_session(struct device *device, bool stream_is_left)
{
	KUNIT_EXPECT_EQ(device->test, tdx_spdm_session_close(device->session),
			stream_is_left ? -EUCLEAN : 0);
	KUNIT_EXPECT_EQ(device->test, since_start(device->test).in_arrays, 0);
	empty_quarantine(device->test);
}

/* T38 of docs/defects.md */
static void a_stream_that_did_not_open_leaves_nothing_behind(struct kunit *test)
{
	const struct fault *fault = test->param_value;
	struct device device;

	open_session(test, &device);
	set_ide_pages(PAGES);
	plan(test, SEAM_IDE_STREAM_CREATE);
	KUNIT_EXPECT_PTR_EQ(test, try_open_stream(&device), ERR_PTR(fault->error));
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, fault->keeps ? PAGES : 0);
	expect_end_of_session(&device, fault->keeps);
}

static void a_stream_without_metadata_fields_does_not_open(struct kunit *test)
{
	struct device device;

	open_session(test, &device);
	inject(test, NEXT_CALL(SEAM_SYS_RD, SEAM_INJECT_STATUS, SEAM_METADATA_ID_INCORRECT));
	KUNIT_EXPECT_PTR_EQ(test, try_open_stream(&device), ERR_PTR(-EIO));
	close_session(&device);
}

static void more_metadata_than_the_machine_has_memory_is_refused(struct kunit *test)
{
	struct device device;

	open_session(test, &device);
	set_ide_pages(UINT_MAX);
	KUNIT_EXPECT_PTR_EQ(test, try_open_stream(&device), ERR_PTR(-ENOMEM));
	close_session(&device);
}

static void keys_that_cannot_be_stopped_do_not_hold_up_the_end(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), 0);
	plan(test, SEAM_IDE_STREAM_KM);
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	close_session(&device);
}

static void a_device_that_is_gone_does_not_hold_up_the_end_of_a_stream(struct kunit *test)
{
	struct tdx_stream *stream;
	struct device device;

	open_connected_session(test, &device);
	stream = open_stream(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP), 0);
	device.fail_at = device.messages + 1;
	device.failure = -ENODEV;
	KUNIT_EXPECT_EQ(test, tdx_stream_close(stream), 0);
	device.fail_at = 0;
	close_session(&device);
}

/* Until the module has it in its hands: a stream that is not blocked cannot be deleted. */
static void a_stream_that_cannot_be_blocked_loses_no_page(struct kunit *test)
{
	const struct fault *fault = test->param_value;
	struct tdx_stream *stream;
	struct device device;
	int error;

	open_session(test, &device);
	stream = open_stream(test, &device);
	plan(test, SEAM_IDE_STREAM_BLOCK);
	error = tdx_stream_close(stream);
	if (fault->error == -EBUSY) {
		KUNIT_EXPECT_EQ(test, error, -EBUSY);
		error = tdx_stream_close(stream);
	}
	/* Blocked after all, or the second time. */
	if (fault->keeps || fault->error == -EBUSY)
		KUNIT_EXPECT_EQ(test, error, 0);
	else
		KUNIT_EXPECT_EQ(test, error, -EUCLEAN);
	expect_end_of_session(&device, error == -EUCLEAN);
}

static void a_stream_that_cannot_be_deleted_loses_no_page(struct kunit *test)
{
	const struct fault *fault = test->param_value;
	struct tdx_stream *stream;
	struct device device;
	int error;

	open_session(test, &device);
	stream = open_stream(test, &device);
	plan(test, SEAM_IDE_STREAM_DELETE);
	error = tdx_stream_close(stream);
	if (fault->error == -EBUSY) {
		KUNIT_EXPECT_EQ(test, error, -EBUSY);
		KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(device.session), -EBUSY);
		error = tdx_stream_close(stream);
	}
	/* An unknown answer hides that the stream is gone, which its pages tell. */
	if (fault->keeps || fault->error == -EBUSY)
		KUNIT_EXPECT_EQ(test, error, 0);
	else
		KUNIT_EXPECT_EQ(test, error, -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, error ? PAGES : 0);
	expect_end_of_session(&device, error == -EUCLEAN);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_stream_lives_from_open_to_close),
	KUNIT_CASE(a_stream_without_keys_sends_nothing_at_its_end),
	KUNIT_CASE(keys_that_were_stopped_are_not_stopped_again),
	KUNIT_CASE(the_root_ports_number_of_the_stream_is_told),
	KUNIT_CASE(a_session_with_a_stream_is_not_closed),
	KUNIT_CASE(keys_of_the_session_are_updated_in_the_middle_of_those_of_a_stream),
	KUNIT_CASE_SLOW(key_updates_without_end_are_a_tdx_module_bug),
	KUNIT_CASE(a_failed_message_ends_the_operation_and_not_the_stream),
	KUNIT_CASE(an_operation_that_the_module_does_not_know_is_refused),
	KUNIT_CASE(a_device_that_calls_back_finds_its_stream_in_use),
	KUNIT_CASE(a_stream_waits_for_a_message_of_its_session),
	KUNIT_CASE(what_is_no_open_stream_is_refused),
	KUNIT_CASE(arguments_that_are_missing_are_refused),
	KUNIT_CASE_PARAM(a_stream_that_did_not_open_leaves_nothing_behind, fault_gen_params),
	KUNIT_CASE(a_stream_without_metadata_fields_does_not_open),
	KUNIT_CASE(more_metadata_than_the_machine_has_memory_is_refused),
	KUNIT_CASE_PARAM(keys_that_cannot_be_stopped_do_not_hold_up_the_end, fault_gen_params),
	KUNIT_CASE(a_device_that_is_gone_does_not_hold_up_the_end_of_a_stream),
	KUNIT_CASE_PARAM(a_stream_that_cannot_be_blocked_loses_no_page, fault_gen_params),
	KUNIT_CASE_PARAM(a_stream_that_cannot_be_deleted_loses_no_page, fault_gen_params),
	{},
};

static struct kunit_suite suite = {
	.name = "stream",
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
