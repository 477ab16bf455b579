// SPDX-License-Identifier: GPL-2.0
/* The model's TDX Connect: sessions that talk, streams, IOMMUs, quotes. */
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
	KUNIT_ASSERT_EQ(test, raw_call(SEAM_SPDM_CREATE, &registers), SEAM_SUCCESS);
	return registers.rcx;
}

static void close_session(struct kunit *test, struct raw_pages *raw, u64 session)
{
	struct tdx_shim_registers registers = {.rcx = session, .rdx = page_to_phys(raw->list)};

	raw_poison(raw);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_DELETE, &registers), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, registers.rcx, raw_array(raw));
	raw_free(test, raw, tdx_global_keyid());
}

/* Calls again with the same inputs for each message; returns the last status. */
static u64 talk(u16 leaf, const struct tdx_shim_registers *inputs, struct tdx_shim_registers *out,
		unsigned int *messages)
{
	u64 status;

	*messages = 0;
	do {
		*out = *inputs;
		status = raw_call(leaf, out);
		*messages += status == SEAM_SPDM_REQUEST;
	} while (status == SEAM_SPDM_REQUEST || status == SEAM_INTERRUPTED_RESUMABLE);
	return status;
}

static void a_session_talks_to_its_device(struct kunit *test)
{
	struct tdx_shim_registers inputs = {}, out;
	struct raw_pages raw, buffers;
	unsigned int messages;
	u64 session;

	configure(0);
	session = open_session(test, &raw);
	/* Configuration, response, request, and two pages for the device information. */
	raw_alloc(test, &buffers, 5);
	raw_list(&buffers)[0] = raw_hpa(&buffers, 3);
	raw_list(&buffers)[1] = raw_hpa(&buffers, 4);
	inputs = (struct tdx_shim_registers){
		.rcx = session,
		.rdx = raw_hpa(&buffers, 0),
		.r8 = raw_hpa(&buffers, 1),
		.r9 = raw_hpa(&buffers, 2),
		.r10 = page_to_phys(buffers.list) | 1ULL << 55,
	};
	set_interrupt_every(1);
	KUNIT_EXPECT_EQ(test, talk(SEAM_SPDM_CONNECT, &inputs, &out, &messages), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, messages, 2);
	KUNIT_EXPECT_EQ(test, out.rcx, 6000);
	KUNIT_EXPECT_EQ(test, *(u8 *)page_address(buffers.pages[3]), 0xd0);
	KUNIT_EXPECT_EQ(test, ((u8 *)page_address(buffers.pages[4]))[6000 - PAGE_SIZE - 1], 0xd1);
	KUNIT_EXPECT_EQ(test, talk(SEAM_SPDM_CONNECT, &inputs, &out, &messages),
			SEAM_SPDM_INVALID_STATE | SEAM_RCX);

	inputs = (struct tdx_shim_registers){
		.rcx = session,
		.rdx = 1,
		.r8 = ~0ULL,
		.r9 = raw_hpa(&buffers, 1),
		.r10 = raw_hpa(&buffers, 2),
		.r11 = ~0ULL,
	};
	KUNIT_EXPECT_EQ(test, talk(SEAM_SPDM_MNG, &inputs, &out, &messages), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, messages, 2);

	inputs = (struct tdx_shim_registers){
		.rcx = session,
		.rdx = raw_hpa(&buffers, 1),
		.r8 = raw_hpa(&buffers, 2),
	};
	KUNIT_EXPECT_EQ(test, talk(SEAM_SPDM_DISCONNECT, &inputs, &out, &messages), SEAM_SUCCESS);
	set_interrupt_every(0);
	raw_free(test, &buffers, tdx_global_keyid());
	close_session(test, &raw, session);
}

static void services_need_running_extensions(struct kunit *test)
{
	struct tdx_shim_registers registers = {};
	struct raw_pages raw;

	configure(10);
	registers.rcx = open_session(test, &raw);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_DISCONNECT, &registers), SEAM_SYS_STATE_INCORRECT);
	close_session(test, &raw, registers.rcx);
}

static void a_stream_is_blocked_before_it_is_deleted(struct kunit *test)
{
	struct tdx_shim_registers registers = {}, out;
	struct raw_pages raw, pages, buffers;
	unsigned int messages;
	u64 session, stream;

	configure(0);
	session = open_session(test, &raw);
	raw_alloc(test, &pages, 2);
	registers = (struct tdx_shim_registers){
		.rcx = 0x110,
		.rdx = session,
		.r8 = raw_array(&pages),
		.r12 = 1,
		.r13 = 2,
		.r14 = 3,
	};
	KUNIT_ASSERT_EQ(test, raw_call(SEAM_IDE_STREAM_CREATE, &registers), SEAM_SUCCESS);
	stream = registers.rcx;

	raw_alloc(test, &buffers, 2);
	registers = (struct tdx_shim_registers){
		.rcx = session,
		.rdx = stream,
		.r9 = raw_hpa(&buffers, 0),
		.r10 = raw_hpa(&buffers, 1),
	};
	KUNIT_EXPECT_EQ(test, talk(SEAM_IDE_STREAM_KM, &registers, &out, &messages), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, messages, 2);
	raw_free(test, &buffers, tdx_global_keyid());

	registers = (struct tdx_shim_registers){.rcx = session, .rdx = page_to_phys(raw.list)};
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_DELETE, &registers),
			SEAM_SPDM_HAS_ACTIVE_IDE_STREAMS | SEAM_RCX);
	registers = (struct tdx_shim_registers){
		.rcx = session,
		.rdx = stream,
		.r8 = page_to_phys(pages.list),
	};
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IDE_STREAM_DELETE, &registers),
			SEAM_IDE_STREAM_NOT_BLOCKED | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IDE_STREAM_BLOCK, &registers), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IDE_STREAM_BLOCK, &registers),
			SEAM_IDE_STREAM_BLOCKED | SEAM_RDX);
	raw_poison(&pages);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IDE_STREAM_DELETE, &registers), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, registers.rcx, raw_array(&pages));
	KUNIT_EXPECT_EQ(test, raw_list(&pages)[1], raw_hpa(&pages, 1));
	raw_free(test, &pages, tdx_global_keyid());
	close_session(test, &raw, session);
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

static void an_iommu_takes_queues_and_pages_across_interruptions(struct kunit *test)
{
	struct tdx_shim_registers inputs = {.rcx = 0xfed90000}, out;
	struct page *queues[2];
	struct raw_pages raw;
	unsigned int calls = 0;
	u64 status;

	configure(0);
	make_iommu_pages(test, &raw, queues);
	inputs.rdx = page_to_phys(raw.list);
	set_interrupt_every(3);
	do {
		out = inputs;
		status = raw_call(SEAM_IOMMU_SETUP, &out);
		calls++;
	} while (status == SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_ASSERT_EQ(test, status, SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, calls, 3);

	inputs.rcx = out.rcx;
	raw_poison(&raw);
	do {
		out = inputs;
		status = raw_call(SEAM_IOMMU_CLEAR, &out);
	} while (status == SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, status, SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, raw_list(&raw)[0], page_to_phys(queues[0]) | QUEUE_PAGES);
	KUNIT_EXPECT_EQ(test, raw_list(&raw)[1], page_to_phys(queues[1]) | QUEUE_PAGES);
	KUNIT_EXPECT_EQ(test, raw_list(&raw)[5], raw_hpa(&raw, 3));
	free_iommu_pages(test, &raw, queues);
}

static const u32 policies[] = {0, 1};

static void describe_policy(const u32 *policy, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE,
		 *policy ? "INVALID_RESUMPTION" : "OPERAND_INVALID");
}
KUNIT_ARRAY_PARAM(policy, policies, describe_policy);

static void an_interrupted_setup_insists_on_its_inputs(struct kunit *test)
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
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out), SEAM_SUCCESS);
	seam_emulator_settle();
	free_iommu_pages(test, &raw, queues);
}

/* The host's caller has something of its own in them, each time something else. */
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
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out), SEAM_SUCCESS);
	seam_emulator_settle();
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
		inject(test, NEXT_CALL(SEAM_SPDM_CONNECT, SEAM_INJECT_STATUS, FATAL_STATUS));
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

static const enum seam_lie lies[] = {
	SEAM_LIE_SWAPPED_PAGES, SEAM_LIE_FOREIGN_PAGE, SEAM_LIE_SHORT_LIST,
	SEAM_LIE_KEYID_BITS,	SEAM_LIE_STALE_LIST,
};

static void describe_lie(const enum seam_lie *lie, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "lie %u", *lie);
}
KUNIT_ARRAY_PARAM(lie, lies, describe_lie);

/* A lying CLEAR gives the pages back, but its list is not what was given. */
static void a_clear_may_lie_about_the_list(struct kunit *test)
{
	const enum seam_lie lie = *(const enum seam_lie *)test->param_value;
	struct tdx_shim_registers registers = {.rcx = 0xfed90000};
	struct page *queues[2];
	struct raw_pages raw;
	u64 given[6];

	configure(0);
	make_iommu_pages(test, &raw, queues);
	memcpy(given, raw_list(&raw), sizeof(given));
	registers.rdx = page_to_phys(raw.list);
	KUNIT_ASSERT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &registers), SEAM_SUCCESS);
	inject(test, NEXT_CALL(SEAM_IOMMU_CLEAR, SEAM_INJECT_LIE, lie));
	raw_poison(&raw);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_CLEAR, &registers), SEAM_SUCCESS);
	KUNIT_EXPECT_MEMNEQ(test, given, raw_list(&raw), sizeof(given));
	free_iommu_pages(test, &raw, queues);
}

static void an_iommu_without_tdx_mode_is_left_alone(struct kunit *test)
{
	struct tdx_shim_registers registers = {.rcx = 0xfed91000};
	struct seam_config config = configure(0);
	struct page *queues[2];
	struct raw_pages raw;

	config.plain_iommu = 0xfed91000;
	seam_emulator_set_config(&config);
	make_iommu_pages(test, &raw, queues);
	registers.rdx = page_to_phys(raw.list);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &registers),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	free_iommu_pages(test, &raw, queues);
}

static void quotes_need_a_td(struct kunit *test)
{
	struct tdx_shim_registers registers = {};
	struct raw_pages raw;
	u64 size;

	configure(0);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x2300000200000002ULL, &size),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_QUOTE_INIT, &registers), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x2300000200000002ULL, &size), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, size, 5000);

	raw_alloc(test, &raw, 2);
	registers = (struct tdx_shim_registers){
		.rcx = raw_hpa(&raw, 0),
		.rdx = 0xffffULL << 32,
		.r8 = raw_hpa(&raw, 1),
		.r9 = 64,
		.r10 = page_to_phys(raw.list),
		.r11 = 8192,
	};
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_QUOTE_GET, &registers),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	raw_free(test, &raw, tdx_global_keyid());
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_session_talks_to_its_device),
	KUNIT_CASE(services_need_running_extensions),
	KUNIT_CASE(a_stream_is_blocked_before_it_is_deleted),
	KUNIT_CASE(an_iommu_takes_queues_and_pages_across_interruptions),
	KUNIT_CASE_PARAM(an_interrupted_setup_insists_on_its_inputs, policy_gen_params),
	KUNIT_CASE(an_interrupted_setup_does_not_look_at_other_registers),
	KUNIT_CASE(an_operation_may_be_begun_anew_when_the_device_does_not_answer),
	KUNIT_CASE(an_error_ends_an_interrupted_operation),
	KUNIT_CASE_PARAM(a_clear_may_lie_about_the_list, lie_gen_params),
	KUNIT_CASE(an_iommu_without_tdx_mode_is_left_alone),
	KUNIT_CASE(quotes_need_a_td),
	{},
};

TEST_SUITE("model_connect", harness_init, harness_exit);
