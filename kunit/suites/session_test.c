// SPDX-License-Identifier: GPL-2.0
/* SPDM sessions as objects: whole lives with a device that answers, fails, or is gone. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "device.h"

#define PAGES	     16 /* metadata of a session, unless the model is told otherwise */
#define INFO	     2	/* pages for the device information */
#define MESSAGES     2	/* of each operation */
#define MAX_MESSAGES 10000

static void a_session_lives_from_open_to_close(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;
	u64 id = 0;

	session = open_session(test, &device);
	KUNIT_EXPECT_EQ(test, device.messages, 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_id(session, &id), 0);
	KUNIT_EXPECT_EQ(test, id, 1);
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_KEY_UPDATE), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_RECOLLECT), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, PAGES + INFO);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
	KUNIT_EXPECT_EQ(test, device.messages, 5 * MESSAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES + INFO);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), PAGES);
}

static void a_session_that_was_never_connected_sends_nothing(struct kunit *test)
{
	struct device device;

	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(open_session(test, &device)), 0);
	KUNIT_EXPECT_EQ(test, device.messages, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DISCONNECT), 0);
}

static void messages_go_on_where_the_module_was_interrupted(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	set_interrupt_every(1);
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
	KUNIT_EXPECT_EQ(test, device.messages, 2 * MESSAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CONNECT), 2 * (MESSAGES + 1));
}

static void the_configuration_reaches_the_module(struct kunit *test)
{
	const struct tdx_spdm_config config = {
		.capabilities = 0x12345678,
		.policy = 0x9a,
		.certificate_slots = 0xbc,
		.raw_bitstream = 1,
	};
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	KUNIT_ASSERT_EQ(test, tdx_spdm_session_connect(session, &config), 0);
	KUNIT_EXPECT_EQ(test, *(u64 *)phys_to_virt(last_register(SEAM_SPDM_CONNECT, SEAM_RDX)),
			0x0001bc9a12345678ULL);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void device_information_is_read_in_its_length(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;
	u8 *info = kunit_kzalloc(test, 6001, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, info);
	session = open_connected_session(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, NULL, 0), 6000);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, info, 5999), -EINVAL);
	KUNIT_EXPECT_EQ(test, info[0], 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, info, 6001), 6000);
	KUNIT_EXPECT_EQ(test, info[0], 0xd0);
	KUNIT_EXPECT_EQ(test, info[PAGE_SIZE - 1], 0xd0);
	KUNIT_EXPECT_EQ(test, info[PAGE_SIZE], 0xd1);
	KUNIT_EXPECT_EQ(test, info[5999], 0xd1);
	KUNIT_EXPECT_EQ(test, info[6000], 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void device_information_that_was_collected_again_has_its_new_length(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	set_output_bytes(4100);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_RECOLLECT), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, NULL, 0), 4100);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

/* The buffer may be half written then. */
static void device_information_is_gone_when_collecting_it_again_fails(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;
	u8 *info = kunit_kzalloc(test, 6000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, info);
	session = open_connected_session(test, &device);
	device.fail_at = device.messages + 1;
	device.failure = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_RECOLLECT), -ETIMEDOUT);
	device.fail_at = 0;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, info, 6000), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_RECOLLECT), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, info, 6000), 6000);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

/* T33 of docs/defects.md: the update takes the lock of the service, which nobody has then. */
static void keys_are_updated_in_the_middle_of_connecting(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	inject(test, &(struct seam_injection){.kind = SEAM_INJECT_STATUS,
					      .leaf = SEAM_SPDM_CONNECT,
					      .nth = 2,
					      .times = 1,
					      .value = TDX_PAGE_ARRAY_SPDM_KEY_REFRESH});
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_MNG, SEAM_RDX), TDX_SPDM_MNG_KEY_UPDATE);
	KUNIT_EXPECT_EQ(test, device.messages, 2 * MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void keys_are_updated_in_the_middle_of_a_heartbeat(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	device.messages = 0;
	inject(test, &(struct seam_injection){.kind = SEAM_INJECT_STATUS,
					      .leaf = SEAM_SPDM_MNG,
					      .nth = 2,
					      .times = 1,
					      .value = TDX_PAGE_ARRAY_SPDM_KEY_REFRESH});
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT), 0);
	KUNIT_EXPECT_EQ(test, device.messages, 2 * MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void a_key_update_that_wants_a_key_update_ends(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	inject(test, &(struct seam_injection){.kind = SEAM_INJECT_STATUS,
					      .leaf = SEAM_SPDM_MNG,
					      .nth = 1,
					      .times = 2,
					      .value = TDX_PAGE_ARRAY_SPDM_KEY_REFRESH});
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT), -EAGAIN);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void messages_without_end_are_a_tdx_module_bug(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	device.messages = 0;
	set_messages(UINT_MAX);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT),
				-EIO);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	KUNIT_EXPECT_EQ(test, device.messages, MAX_MESSAGES);
	set_messages(MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

struct failure {
	unsigned int message;
	int returned;
	int seen;
};

static const struct failure failures[] = {
	{1, -EIO, -EIO},    {2, -ETIMEDOUT, -ETIMEDOUT}, {1, 7, -EIO}, /* no errno at all */
	{2, INT_MAX, -EIO}, {1, -EBUSY, -EBUSY},
};

static void describe_failure(const struct failure *failure, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "message %u: %d", failure->message,
		 failure->returned);
}
KUNIT_ARRAY_PARAM(failure, failures, describe_failure);

static void connecting_can_be_tried_again_after_a_failed_message(struct kunit *test)
{
	const struct failure *failure = test->param_value;
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	device.fail_at = failure->message;
	device.failure = failure->returned;
	KUNIT_EXPECT_EQ(test, connect_session(session), failure->seen);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, NULL, 0), -ENOTCONN);
	device.fail_at = 0;
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

/* T37 of docs/defects.md: message pages, device information and metadata, all of it. */
static void a_session_that_failed_to_connect_leaves_nothing_behind(struct kunit *test)
{
	const struct failure *failure = test->param_value;
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	device.fail_at = failure->message;
	device.failure = failure->returned;
	KUNIT_EXPECT_EQ(test, connect_session(session), failure->seen);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES + INFO);
}

static void expect_busy(struct device *device)
{
	struct tdx_spdm_session *session = device->session;
	struct kunit *test = device->test;
	u64 id;

	KUNIT_EXPECT_EQ(test, tdx_spdm_session_id(session, &id), -EBUSY);
	KUNIT_EXPECT_EQ(test, connect_session(session), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, NULL, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, try_open_stream(device), ERR_PTR(-EBUSY));
}

static void a_device_that_calls_back_finds_its_session_in_use(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	device.meanwhile = expect_busy;
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	device.meanwhile = NULL;
	KUNIT_EXPECT_EQ(test, device.messages, MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static DECLARE_COMPLETION(message_arrived);
static DECLARE_COMPLETION(answer_may_come);

static void wait_for_answer(struct device *device)
{
	complete(&message_arrived);
	wait_for_completion(&answer_may_come);
}

static int connect_in_thread(void *session)
{
	return connect_session(session);
}

static void a_second_caller_finds_the_session_in_use(struct kunit *test)
{
	struct task_struct *other;
	struct device device;

	reinit_completion(&message_arrived);
	reinit_completion(&answer_may_come);
	open_session(test, &device);
	device.meanwhile = wait_for_answer;
	other = kthread_create(connect_in_thread, device.session, "tdx_page_array_test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	get_task_struct(other);
	wake_up_process(other);
	wait_for_completion(&message_arrived);
	expect_busy(&device);
	complete_all(&answer_may_come);
	KUNIT_EXPECT_EQ(test, kthread_stop_put(other), 0);
	device.meanwhile = NULL;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(device.session), 0);
}

static void talk_to_another_device(struct device *device)
{
	struct device other = {.test = device->test};

	other.session = try_open_session(&other);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(device->test, other.session);
	KUNIT_EXPECT_EQ(device->test, connect_session(other.session), 0);
	KUNIT_EXPECT_EQ(device->test, tdx_spdm_session_close(other.session), 0);
}

/* No lock of the module is held while a message travels. */
static void another_session_lives_in_the_middle_of_a_message(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	device.meanwhile = talk_to_another_device;
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	device.meanwhile = NULL;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void expect_bad_handle(struct kunit *test, struct tdx_spdm_session *session, int error)
{
	struct device device = {.test = test, .session = session};
	u64 id = 0x5a5a;

	KUNIT_EXPECT_EQ(test, tdx_spdm_session_id(session, &id), error);
	KUNIT_EXPECT_EQ(test, id, 0x5a5a);
	KUNIT_EXPECT_EQ(test, connect_session(session), error);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT), error);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, NULL, 0), error);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), error);
	KUNIT_EXPECT_PTR_EQ(test, try_open_stream(&device), ERR_PTR(error));
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
}

static void what_is_no_open_session_is_refused(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	expect_bad_handle(test, NULL, -EINVAL);
	expect_bad_handle(test, ERR_PTR(-ENOMEM), -EINVAL);
	session = open_session(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
	expect_bad_handle(test, session, -EBADF);
}

static void arguments_that_are_missing_are_refused(struct kunit *test)
{
	const struct tdx_spdm_transport mute = {};
	struct tdx_spdm_session *session;
	struct device device;

	KUNIT_EXPECT_PTR_EQ(test, tdx_spdm_session_open(0, NULL), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, tdx_spdm_session_open(0, &mute), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, 0);
	session = open_session(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_id(session, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_connect(session, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static void operations_want_the_right_state(struct kunit *test)
{
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_read_device_info(session, NULL, 0), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, connect_session(session), 0);
	KUNIT_EXPECT_EQ(test, connect_session(session), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_manage(session, 3), -EIO);
	KUNIT_EXPECT_EQ(test, device.messages, MESSAGES);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_session_lives_from_open_to_close),
	KUNIT_CASE(a_session_that_was_never_connected_sends_nothing),
	KUNIT_CASE(messages_go_on_where_the_module_was_interrupted),
	KUNIT_CASE(the_configuration_reaches_the_module),
	KUNIT_CASE(device_information_is_read_in_its_length),
	KUNIT_CASE(device_information_that_was_collected_again_has_its_new_length),
	KUNIT_CASE(device_information_is_gone_when_collecting_it_again_fails),
	KUNIT_CASE(keys_are_updated_in_the_middle_of_connecting),
	KUNIT_CASE(keys_are_updated_in_the_middle_of_a_heartbeat),
	KUNIT_CASE(a_key_update_that_wants_a_key_update_ends),
	KUNIT_CASE_SLOW(messages_without_end_are_a_tdx_module_bug),
	KUNIT_CASE_PARAM(connecting_can_be_tried_again_after_a_failed_message, failure_gen_params),
	KUNIT_CASE_PARAM(a_session_that_failed_to_connect_leaves_nothing_behind,
			 failure_gen_params),
	KUNIT_CASE(a_device_that_calls_back_finds_its_session_in_use),
	KUNIT_CASE(a_second_caller_finds_the_session_in_use),
	KUNIT_CASE(another_session_lives_in_the_middle_of_a_message),
	KUNIT_CASE(what_is_no_open_session_is_refused),
	KUNIT_CASE(arguments_that_are_missing_are_refused),
	KUNIT_CASE(operations_want_the_right_state),
	{},
};

static struct kunit_suite suite = {
	.name = "session",
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
