// SPDX-License-Identifier: GPL-2.0
/* The model's TDX Connect: sessions that exchange messages, streams, IOMMUs, quotes. */
#include "raw.h"

#define QUEUE_PAGES 2

static struct seam_config configure(u32 ext_pool)
{
	CHANGE_CONFIG(ext_pool_pages, ext_pool);
	CHANGE_CONFIG(spdm_pages, 3);
	CHANGE_CONFIG(ide_pages, 2);
	CHANGE_CONFIG(iommu_pages, 4);
	return config_now();
}

static u64 open_session(struct kunit *test, struct raw_pages *raw)
{
	struct tdx_shim_registers registers = {};

	raw_alloc(test, raw, 3);
	registers.rdx = raw_array(raw);
	assert_success(test, raw_call(SEAM_SPDM_CREATE, &registers));
	return registers.rcx;
}

static void close_session(struct kunit *test, struct raw_pages *raw, u64 session)
{
	struct tdx_shim_registers registers = {.rcx = session, .rdx = page_to_phys(raw->list)};

	raw_poison(raw);
	expect_success(test, raw_call(SEAM_SPDM_DELETE, &registers));
	KUNIT_EXPECT_EQ(test, registers.rcx, raw_array(raw));
	raw_free(test, raw, tdx_global_keyid());
}

/* Two queues of two contiguous pages each, and four single pages. */
static void make_iommu_pages(struct kunit *test, struct raw_pages *raw, struct page **queues)
{
	unsigned int i;

	raw_alloc(test, raw, 4);
	for (i = 0; i < 2; i++) {
		queues[i] = alloc_pages(GFP_KERNEL, 1);
		KUNIT_ASSERT_NOT_NULL(test, queues[i]);
		raw_flush(queues[i]);
		raw_flush(queues[i] + 1);
		raw_list(raw)[i] = page_to_phys(queues[i]) | QUEUE_PAGES;
	}
	for (i = 0; i < 4; i++)
		raw_list(raw)[2 + i] = raw_hpa(raw, i);
}

static void free_iommu_pages(struct kunit *test, struct raw_pages *raw, struct page **queues)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		raw_make_safe(test, queues[i / 2] + i % 2, tdx_global_keyid());
	for (i = 0; i < 2; i++)
		__free_pages(queues[i], 1);
	raw_free(test, raw, tdx_global_keyid());
}

static const u32 policies[] = {0, 1};

static void describe_policy(const u32 *policy, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE,
		 *policy ? "INVALID_RESUMPTION" : "OPERAND_INVALID");
}
KUNIT_ARRAY_PARAM(policy, policies, describe_policy);

static void an_interrupted_setup_has_to_be_resumed_with_its_inputs(struct kunit *test)
{
	const u32 policy = *(const u32 *)test->param_value;
	struct tdx_shim_registers inputs = {.rcx = 0xfed90000}, out;
	struct seam_config config = configure(0);
	struct page *queues[2];
	struct raw_pages raw;

	config.invalid_resumption = policy;
	config.interrupt_every = 5;
	seam_emulator_set_config(&config);
	make_iommu_pages(test, &raw, queues);
	inputs.rdx = page_to_phys(raw.list);
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out), SEAM_INTERRUPTED_RESUMABLE);
	out = inputs;
	out.rdx += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out),
			policy ? SEAM_INVALID_RESUMPTION : SEAM_OPERAND_INVALID | SEAM_RDX);
	expect_findings(test, 1, SEAM_CHANGED_RESUME);
	out = inputs;
	expect_success(test, raw_call(SEAM_IOMMU_SETUP, &out));
	seam_emulator_settle();
	free_iommu_pages(test, &raw, queues);
}

/* R12 to R14 belong to the host's calling function and may change between the calls. */
static void an_interrupted_setup_does_not_look_at_other_registers(struct kunit *test)
{
	struct tdx_shim_registers inputs = {.rcx = 0xfed90000, .r12 = 1, .r13 = 2, .r14 = 3}, out;
	struct page *queues[2];
	struct raw_pages raw;

	configure(0);
	set_interrupt_every(5);
	make_iommu_pages(test, &raw, queues);
	inputs.rdx = page_to_phys(raw.list);
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out), SEAM_INTERRUPTED_RESUMABLE);
	out = inputs;
	out.r12 = out.r13 = out.r14 = 4;
	expect_success(test, raw_call(SEAM_IOMMU_SETUP, &out));
	/* An interrupted CLEAR returns the same status as an interrupted SETUP. */
	inputs.rcx = out.rcx;
	raw_poison(&raw);
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_CLEAR, &out), SEAM_INTERRUPTED_RESUMABLE);
	out = inputs;
	expect_success(test, raw_call(SEAM_IOMMU_CLEAR, &out));
	free_iommu_pages(test, &raw, queues);
}

/* Connects a session, and changes the request page after one call. */
static void connect_anew(struct kunit *test, u64 first, u64 second)
{
	struct raw_pages raw, buffers;
	struct tdx_shim_registers inputs, out;
	const u64 session = open_session(test, &raw);

	raw_alloc(test, &buffers, 6);
	raw_list(&buffers)[0] = raw_hpa(&buffers, 4);
	raw_list(&buffers)[1] = raw_hpa(&buffers, 5);
	inputs = (struct tdx_shim_registers){
		.rcx = session,
		.rdx = raw_hpa(&buffers, 0),
		.r8 = raw_hpa(&buffers, 1),
		.r9 = raw_hpa(&buffers, 2),
		.r10 = page_to_phys(buffers.list) | 1ULL << 55,
	};
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &out), first);
	if (first == SEAM_INTERRUPTED_RESUMABLE) {
		answer_next(test, SEAM_SPDM_CONNECT, FATAL_STATUS);
		out = inputs;
		KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &out), FATAL_STATUS);
	}
	inputs.r9 = raw_hpa(&buffers, 3);
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &out), second);
	raw_free(test, &buffers, tdx_global_keyid());
	set_interrupt_every(0);
	close_session(test, &raw, session);
}

static void an_operation_may_be_begun_anew_when_the_device_does_not_answer(struct kunit *test)
{
	configure(0);
	connect_anew(test, SEAM_SPDM_REQUEST, SEAM_SPDM_REQUEST);
}

static void an_error_ends_an_interrupted_operation(struct kunit *test)
{
	configure(0);
	set_interrupt_every(1);
	connect_anew(test, SEAM_INTERRUPTED_RESUMABLE, SEAM_INTERRUPTED_RESUMABLE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_interrupted_setup_has_to_be_resumed_with_its_inputs, policy_gen_params),
	KUNIT_CASE(an_interrupted_setup_does_not_look_at_other_registers),
	KUNIT_CASE(an_operation_may_be_begun_anew_when_the_device_does_not_answer),
	KUNIT_CASE(an_error_ends_an_interrupted_operation),
	{},
};

TEST_SUITE("model_connect", harness_init, harness_exit);
