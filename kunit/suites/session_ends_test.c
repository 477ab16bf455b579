// SPDX-License-Identifier: GPL-2.0
/* SPDM sessions as objects: those that do not open, and how others end. */
#include "device.h"

#define PAGES	   16 /* metadata of a session, unless the model is told otherwise */
#define INFO	   2  /* pages for the device information */
#define MESSAGES   2  /* of each operation */
#define BUSY_TRIES 10

/* Two metadata fields and CREATE, each failing. */
struct failed_open {
	const char *name;
	u16 leaf;
	u32 nth;
	u32 times;
	unsigned int kind;
	u64 value;
	int error;
	bool keeps; /* the module has the pages all the same */
};

static const struct failed_open failed_opens[] = {
	{"no pages of information", SEAM_SYS_RD, 1, 1, SEAM_INJECT_STATUS,
	 SEAM_METADATA_ID_INCORRECT, -EIO},
	{"no pages of metadata", SEAM_SYS_RD, 2, 1, SEAM_INJECT_STATUS, SEAM_METADATA_ID_INCORRECT,
	 -EIO},
	{"no module for the field", SEAM_SYS_RD, 2, 1, SEAM_INJECT_VMFAILINVALID, 0, -ENODEV},
	{"refused", SEAM_SPDM_CREATE, 1, 1, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX,
	 -EIO},
	{"busy for ever", SEAM_SPDM_CREATE, 1, BUSY_TRIES, SEAM_INJECT_STATUS,
	 SEAM_OPERAND_BUSY | SEAM_RCX, -EBUSY},
	{"no entropy", SEAM_SPDM_CREATE, 1, 10, SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, -EAGAIN},
	{"no module", SEAM_SPDM_CREATE, 1, 1, SEAM_INJECT_VMFAILINVALID, 0, -ENODEV},
	{"VMX is off", SEAM_SPDM_CREATE, 1, 1, SEAM_INJECT_UD, 0, -EACCES},
	{"SEAMRR is off", SEAM_SPDM_CREATE, 1, 1, SEAM_INJECT_GP, 0, -EOPNOTSUPP},
	{"unknown", SEAM_SPDM_CREATE, 1, 1, SEAM_INJECT_STATUS, UNKNOWN_STATUS, -EIO},
	{"unknown after the fact", SEAM_SPDM_CREATE, 1, 1, SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS,
	 -EIO, true},
};

static void describe_failed_open(const struct failed_open *failed, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", failed->name);
}
KUNIT_ARRAY_PARAM(failed_open, failed_opens, describe_failed_open);

/* T36 of docs/defects.md */
static void a_session_that_did_not_open_leaves_nothing_behind(struct kunit *test)
{
	const struct failed_open *failed = test->param_value;
	const int references = module_references(test);
	struct device device = {.test = test};

	set_ext_pool(0);
	inject(test, &(struct seam_injection){.kind = failed->kind,
					      .leaf = failed->leaf,
					      .nth = failed->nth,
					      .times = failed->times,
					      .value = failed->value});
	KUNIT_EXPECT_PTR_EQ(test, try_open_session(&device), ERR_PTR(failed->error));
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, failed->keeps ? PAGES : 0);
	KUNIT_EXPECT_EQ(test, module_references(test), references);
	empty_quarantine(test);
}

static void more_metadata_than_the_machine_has_memory_is_refused(struct kunit *test)
{
	struct device device = {.test = test};

	set_spdm_pages(UINT_MAX);
	KUNIT_EXPECT_PTR_EQ(test, try_open_session(&device), ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
}

/* Its two arrays pin the module, too. */
static void an_open_session_keeps_the_kernel_module_loaded(struct kunit *test)
{
	const int before = module_references(test);
	struct tdx_spdm_session *session;
	struct device device;

	session = open_session(test, &device);
	KUNIT_EXPECT_EQ(test, module_references(test), before + 3);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
	KUNIT_EXPECT_EQ(test, module_references(test), before);
}

/* The module does not delete a session that it thinks connected. */
static void a_session_whose_device_is_gone_ends_in_quarantine(struct kunit *test)
{
	const int references = module_references(test);
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	device.fail_at = device.messages + 1;
	device.failure = -ENODEV;
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), -EBADF);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, INFO);
	KUNIT_EXPECT_EQ(test, module_references(test), references);
	empty_quarantine(test);
}

struct busy_close {
	const char *name;
	u16 leaf;
};

static const struct busy_close busy_closes[] = {
	{"DISCONNECT", SEAM_SPDM_DISCONNECT},
	{"DELETE", SEAM_SPDM_DELETE},
};

static void describe_busy_close(const struct busy_close *busy, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", busy->name);
}
KUNIT_ARRAY_PARAM(busy_close, busy_closes, describe_busy_close);

static void a_close_that_finds_the_module_busy_can_be_tried_again(struct kunit *test)
{
	const struct busy_close *busy = test->param_value;
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	inject(test, &(struct seam_injection){.kind = SEAM_INJECT_STATUS,
					      .leaf = busy->leaf,
					      .nth = 1,
					      .times = BUSY_TRIES,
					      .value = SEAM_OPERAND_BUSY | SEAM_RCX});
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), -EBUSY);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, PAGES + INFO);
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), 0);
	KUNIT_EXPECT_EQ(test, device.messages, 2 * MESSAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES + INFO);
}

struct failed_delete {
	const char *name;
	unsigned int kind;
	u64 value;
	bool gone; /* all the same */
};

static const struct failed_delete failed_deletes[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX},
	{"no module", SEAM_INJECT_VMFAILINVALID, 0},
	{"fatal", SEAM_INJECT_STATUS, FATAL_STATUS},
	{"unknown after the fact", SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, true},
};

static void describe_failed_delete(const struct failed_delete *failed, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%s", failed->name);
}
KUNIT_ARRAY_PARAM(failed_delete, failed_deletes, describe_failed_delete);

static void a_session_that_cannot_be_deleted_loses_no_page(struct kunit *test)
{
	const struct failed_delete *failed = test->param_value;
	struct tdx_spdm_session *session;
	struct device device;

	session = open_connected_session(test, &device);
	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, failed->kind, failed->value));
	KUNIT_EXPECT_EQ(test, tdx_spdm_session_close(session), failed->gone ? 0 : -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, failed->gone ? 0 : PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_session_that_did_not_open_leaves_nothing_behind, failed_open_gen_params),
	KUNIT_CASE(more_metadata_than_the_machine_has_memory_is_refused),
	KUNIT_CASE(an_open_session_keeps_the_kernel_module_loaded),
	KUNIT_CASE(a_session_whose_device_is_gone_ends_in_quarantine),
	KUNIT_CASE_PARAM(a_close_that_finds_the_module_busy_can_be_tried_again,
			 busy_close_gen_params),
	KUNIT_CASE_PARAM(a_session_that_cannot_be_deleted_loses_no_page, failed_delete_gen_params),
	{},
};

static struct kunit_suite suite = {
	.name = "session_ends",
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
