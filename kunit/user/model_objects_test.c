// SPDX-License-Identifier: GPL-2.0
/*
 * What the model answers to calls about sessions, streams, IOMMUs, quotes and extensions in each wrong state, with each wrong
 * operand and with each lock taken: it returns the exact status and changes nothing.
 */
#include "own_model.h"

#define LIST	    OWN_HPA(900)
#define OTHER	    OWN_HPA(901)
#define THIRD	    OWN_HPA(902)
#define NO_PAGE	    OWN_HPA(OWN_PAGES)
#define KEYID_BITS  ((u64)OWN_KEYID << OWN_ADDRESS_BITS)
#define ARRAY(N)    (LIST | (u64)((N)-1) << 55)
#define SESSION	    1
#define STREAM	    1
#define UNIT	    0xFED90000ULL
#define TWO_PAGES   2
#define QUOTE_PARTS (0xFFFFULL << 32)

#define SESSION_OBJECT (&own.model.objects[SEAM_SPDM_SESSION][0])
#define STREAM_OBJECT  (&own.model.objects[SEAM_IDE_STREAM][0])

static u64 *list(void)
{
	return own_map(LIST);
}

static u64 issue(const u64 *r)
{
	own_registers_fill(r[0], r[1], r[2], r[3], r[4], r[5]);
	own_registers.r[SEAM_R11] = r[6];
	if (seam_model_call(&own.model, 0, 0, &own_registers) != SEAM_COMPLETED)
		return ~0ULL;
	return own_registers.r[SEAM_RAX];
}

static void fill_list(u32 first, u32 count)
{
	u32 i;

	memset(list(), 0xff, SEAM_PAGE_SIZE);
	for (i = 0; i < count; i++)
		list()[i] = OWN_HPA(first + i);
}

/* A session of two pages with a stream of one, a TD, and a list of pages that are free. */
static void build(struct kunit *test)
{
	own_build_td(test);
	own.model.config.spdm_pages = TWO_PAGES;
	own.model.config.quote_bytes = 5000;
	fill_list(100, TWO_PAGES);
	own_succeeds(test, SEAM_SPDM_CREATE, 0, ARRAY(TWO_PAGES), 0, 0);
	KUNIT_ASSERT_EQ(test, own_registers.r[SEAM_RCX], SESSION);
	own_succeeds(test, SEAM_IDE_STREAM_CREATE, 0, SESSION, OWN_HPA(110), 0);
	KUNIT_ASSERT_EQ(test, own_registers.r[SEAM_RCX], STREAM);
	KUNIT_ASSERT_EQ(test, own_registers.r[SEAM_RDX], 0);
	fill_list(120, 6);
	list()[0] |= 2;
	list()[1] = OWN_HPA(130) | 2;
}

static void nothing(void) {}

static void connect(void)
{
	SESSION_OBJECT->connected = true;
}

static void begin(void)
{
	SESSION_OBJECT->begun = true;
}

static void begin_strictly(void)
{
	STREAM_OBJECT->live = false;
	SESSION_OBJECT->begun = true;
	own.model.config.strict_delete = 1;
}

static void connect_alone(void)
{
	STREAM_OBJECT->live = false;
	SESSION_OBJECT->connected = true;
}

static void end_stream(void)
{
	STREAM_OBJECT->live = false;
}

static void end_session(void)
{
	SESSION_OBJECT->live = false;
}

static void block_stream(void)
{
	STREAM_OBJECT->blocked = true;
}

static void two_stream_pages(void)
{
	STREAM_OBJECT->blocked = true;
	own.model.config.ide_pages = 2;
}

static void want_extensions(void)
{
	own.model.config.ext_required = 1;
}

static void start_extensions(void)
{
	own.model.ext_initialised = true;
}

static void want_ext_pages(void)
{
	own.model.config.ext_pool_pages = 1;
}

static void start_quotes(void)
{
	own.model.quote_initialised = true;
	fill_list(140, 1);
}

static void use_up(enum seam_object_kind kind)
{
	u32 i;

	for (i = 0; i < SEAM_MAX_OBJECTS; i++)
		own.model.objects[kind][i].live = true;
}

static void all_sessions(void)
{
	use_up(SEAM_SPDM_SESSION);
	fill_list(140, TWO_PAGES);
}

static void all_streams(void)
{
	use_up(SEAM_IDE_STREAM);
}

static void all_units(void)
{
	use_up(SEAM_IOMMU);
}

static void set_up_unit(void)
{
	own.model.objects[SEAM_IOMMU][3] = (struct seam_object){.live = true, .name = UNIT};
}

static void set_up_first_unit(void)
{
	own.model.objects[SEAM_IOMMU][0] = (struct seam_object){.live = true, .name = UNIT};
}

static void leave_unit_alone(void)
{
	own.model.config.plain_iommu = UNIT;
}

static void single_queue_page(void)
{
	list()[0] &= ~0xFFFULL;
}

static void queue_in_the_middle(void)
{
	list()[2] |= 2;
}

static void setting_up(void)
{
	own.model.objects[SEAM_IOMMU][0] = (struct seam_object){.live = true, .name = UNIT};
	own.model.resumes[0] = (struct seam_resume){.pending = true,
						    .object = &own.model.objects[SEAM_IOMMU][0]};
	own.model.resumes[0].inputs.r[SEAM_RAX] = SEAM_IOMMU_SETUP;
}

static void unit(void)
{
	own.model.objects[SEAM_IOMMU][0] = (struct seam_object){.live = true, .name = UNIT};
}

static void all_resumes(void)
{
	u32 i;

	SESSION_OBJECT->connected = true;
	for (i = 0; i < SEAM_MAX_RESUMES; i++)
		own.model.resumes[i].pending = true;
}

static void single_list(void)
{
	fill_list(140, TWO_PAGES);
}

static void list_in_itself(void)
{
	single_list();
	list()[0] = LIST;
}

static const struct {
	u64 r[7]; /* RAX, RCX, RDX, R8, R9, R10, R11 */
	void (*spoil)(void);
	u64 status;
} refused[] = {
	{{SEAM_SPDM_CREATE, 1 << 25, ARRAY(2)}, single_list, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(2)}, all_sessions, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(2)}, list_in_itself, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(1)}, single_list, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(3)}, single_list, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(2) | 1}, single_list, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(2) | 1ULL << 52},
	 single_list,
	 SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(2) | 1ULL << 54},
	 single_list,
	 SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, ARRAY(2) | KEYID_BITS},
	 single_list,
	 SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CREATE, 0, NO_PAGE | 1ULL << 55}, single_list, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_DELETE, 0, LIST}, nothing, SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{{SEAM_SPDM_DELETE, 2, LIST}, nothing, SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{{SEAM_SPDM_DELETE, SEAM_MAX_OBJECTS + 1, LIST},
	 nothing,
	 SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{{SEAM_SPDM_DELETE, SESSION, LIST}, nothing, SEAM_SPDM_HAS_ACTIVE_IDE_STREAMS | SEAM_RCX},
	{{SEAM_SPDM_DELETE, SESSION, LIST}, connect_alone, SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{{SEAM_SPDM_DELETE, SESSION, LIST}, begin_strictly, SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{{SEAM_SPDM_DELETE, SESSION, 0}, end_stream, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_DELETE, SESSION, LIST + 8}, end_stream, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_DELETE, SESSION, LIST | KEYID_BITS},
	 end_stream,
	 SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_DELETE, SESSION, NO_PAGE}, end_stream, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CONNECT, 2, LIST, OTHER, THIRD, ARRAY(2)},
	 nothing,
	 SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD, ARRAY(2)},
	 connect,
	 SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD, ARRAY(2)},
	 want_extensions,
	 SEAM_SYS_STATE_INCORRECT},
	{{SEAM_SPDM_CONNECT, SESSION, LIST + 64, OTHER, THIRD, ARRAY(2)},
	 nothing,
	 SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER + 64, THIRD, ARRAY(2)},
	 begin,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD + 64, ARRAY(2)},
	 begin,
	 SEAM_OPERAND_INVALID | SEAM_R9},
	{{SEAM_SPDM_DISCONNECT, 2, OTHER, THIRD}, nothing, SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD},
	 nothing,
	 SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{{SEAM_SPDM_DISCONNECT, SESSION, OTHER + 8, THIRD}, begin, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD + 8},
	 connect,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD},
	 all_resumes,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_SPDM_MNG, 2, 0, 0, OTHER, THIRD}, nothing, SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX},
	{{SEAM_SPDM_MNG, SESSION, 3, 0, OTHER, THIRD}, connect, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SPDM_MNG, SESSION, 0, 0, OTHER, THIRD}, nothing, SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{{SEAM_SPDM_MNG, SESSION, 1, 0, OTHER, THIRD}, begin, SEAM_SPDM_INVALID_STATE | SEAM_RCX},
	{{SEAM_SPDM_MNG, SESSION, 2, 0, OTHER + 8, THIRD}, connect, SEAM_OPERAND_INVALID | SEAM_R9},
	{{SEAM_SPDM_MNG, SESSION, 2, 0, OTHER, THIRD + 8},
	 connect,
	 SEAM_OPERAND_INVALID | SEAM_R10},
	{{SEAM_IDE_STREAM_CREATE, 1 << 9, SESSION, OWN_HPA(150)},
	 nothing,
	 SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IDE_STREAM_CREATE, 0, SESSION, OWN_HPA(150)},
	 all_streams,
	 SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IDE_STREAM_CREATE, 0, SESSION + 1, OWN_HPA(150)},
	 nothing,
	 SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RDX},
	{{SEAM_IDE_STREAM_CREATE, 0, SESSION, OWN_HPA(150)},
	 end_session,
	 SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RDX},
	{{SEAM_IDE_STREAM_CREATE, 0, SESSION, OWN_HPA(150)},
	 two_stream_pages,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_IDE_STREAM_CREATE, 0, SESSION, OWN_HPA(110)},
	 nothing,
	 SEAM_PAGE_METADATA_INCORRECT | SEAM_R8},
	{{SEAM_IDE_STREAM_BLOCK, SESSION, 2}, nothing, SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{{SEAM_IDE_STREAM_BLOCK, 2, STREAM}, nothing, SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{{SEAM_IDE_STREAM_BLOCK, SESSION, STREAM},
	 block_stream,
	 SEAM_IDE_STREAM_BLOCKED | SEAM_RDX},
	{{SEAM_IDE_STREAM_DELETE, SESSION, 2, 0},
	 nothing,
	 SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{{SEAM_IDE_STREAM_DELETE, SESSION, STREAM, 0},
	 nothing,
	 SEAM_IDE_STREAM_NOT_BLOCKED | SEAM_RDX},
	{{SEAM_IDE_STREAM_DELETE, SESSION, STREAM, LIST},
	 block_stream,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_IDE_STREAM_KM, SESSION, 2, 0, OTHER, THIRD},
	 nothing,
	 SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX},
	{{SEAM_IDE_STREAM_KM, SESSION, STREAM, 3, OTHER, THIRD},
	 nothing,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_IDE_STREAM_KM, SESSION, STREAM, 2, OTHER, THIRD},
	 block_stream,
	 SEAM_IDE_STREAM_BLOCKED | SEAM_RDX},
	{{SEAM_IDE_STREAM_KM, SESSION, STREAM, 2, OTHER + 8, THIRD},
	 nothing,
	 SEAM_OPERAND_INVALID | SEAM_R9},
	{{SEAM_IDE_STREAM_KM, SESSION, STREAM, 2, OTHER, THIRD + 8},
	 nothing,
	 SEAM_OPERAND_INVALID | SEAM_R10},
	{{SEAM_IOMMU_SETUP, 0, LIST}, nothing, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IOMMU_SETUP, UNIT + 8, LIST}, nothing, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IOMMU_SETUP, UNIT, LIST}, leave_unit_alone, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IOMMU_SETUP, UNIT + SEAM_PAGE_SIZE, LIST},
	 all_units,
	 SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IOMMU_SETUP, UNIT, LIST}, set_up_unit, SEAM_IOMMU_INVALID_STATE},
	{{SEAM_IOMMU_SETUP, UNIT, LIST}, set_up_first_unit, SEAM_IOMMU_INVALID_STATE},
	{{SEAM_IOMMU_SETUP, UNIT, LIST + 8}, nothing, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_IOMMU_SETUP, UNIT, NO_PAGE}, nothing, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_IOMMU_SETUP, UNIT, LIST}, single_queue_page, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_IOMMU_SETUP, UNIT, LIST}, queue_in_the_middle, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_IOMMU_CLEAR, 1, LIST}, nothing, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_IOMMU_CLEAR, 1, LIST}, setting_up, SEAM_IOMMU_INVALID_STATE},
	{{SEAM_IOMMU_CLEAR, 1, 0}, unit, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_IOMMU_CLEAR, 1, LIST + 8}, unit, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_IOMMU_CLEAR, 1, NO_PAGE}, unit, SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_SYS_UPDATE, 0, 0, 0, 1ULL << 63}, nothing, SEAM_OPERAND_INVALID | SEAM_R9},
	{{SEAM_SYS_UPDATE, 0, 0, 0, 0, 1}, nothing, SEAM_OPERAND_INVALID | SEAM_R10},
	{{SEAM_QUOTE_INIT}, want_extensions, SEAM_SYS_STATE_INCORRECT},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 64, LIST, 8192},
	 nothing,
	 SEAM_SYS_STATE_INCORRECT},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS >> 1, OTHER, 64, LIST, 8192},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_RDX},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER + 8, 64, LIST, 8192},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_R8},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 4097, LIST, 8192},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_R9},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 64, LIST + 8, 8192},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_R10},
	{{SEAM_QUOTE_GET, OWN_TDVPR, QUOTE_PARTS, OTHER, 64, LIST, 8192},
	 start_quotes,
	 SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 64, LIST, 4999},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_R11},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 4096, LIST, 5000},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_R10},
	{{SEAM_QUOTE_GET, OWN_TDR, QUOTE_PARTS, OTHER, 64, NO_PAGE, 8192},
	 start_quotes,
	 SEAM_OPERAND_INVALID | SEAM_R10},
	{{SEAM_EXT_INIT}, want_ext_pages, SEAM_SYS_STATE_INCORRECT},
	{{SEAM_EXT_INIT}, start_extensions, SEAM_SYS_STATE_INCORRECT},
	{{SEAM_EXT_MEM_ADD, ARRAY(1)}, start_extensions, SEAM_SYS_STATE_INCORRECT},
	{{SEAM_EXT_MEM_ADD, ARRAY(1) | 1}, single_list, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_EXT_MEM_ADD, ARRAY(1) | 1ULL << 53}, single_list, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_EXT_MEM_ADD, ARRAY(2) | 2 << 3}, single_list, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_EXT_MEM_ADD, ARRAY(1) | KEYID_BITS}, single_list, SEAM_OPERAND_INVALID | SEAM_RCX},
	{{SEAM_EXT_MEM_ADD, NO_PAGE}, single_list, SEAM_OPERAND_INVALID | SEAM_RCX},
};

static void each_refusal_has_its_status_and_changes_nothing(struct kunit *test)
{
	char text[32];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		build(test);
		refused[i].spoil();
		own_remember();
		snprintf(text, sizeof(text), "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, issue(refused[i].r), refused[i].status, text);
		KUNIT_EXPECT_TRUE_MSG(test, own_is_unchanged(), "%s: something has changed", text);
	}
}

static struct seam_lock *locks(u32 index)
{
	switch (index) {
	case 0:
		return &own.model.connect_lock;
	case 1:
		return &own.model.service_lock;
	}
	return &own.model.ext_lock;
}

/* Calls that are executed, the last status of each, and the locks that they take. */
static const struct {
	u64 r[7];
	void (*prepare)(void);
	u64 status;
	u32 wanted; /* one bit for each of locks() */
	u64 operand;
} done[] = {
	{{SEAM_SPDM_CREATE, 5, ARRAY(2)}, single_list, SEAM_SUCCESS, 1, SEAM_RCX},
	{{SEAM_SPDM_DELETE, SESSION, LIST}, end_stream, SEAM_SUCCESS, 1, SEAM_RCX},
	{{SEAM_SPDM_CONNECT, SESSION, LIST, OTHER, THIRD, ARRAY(2)},
	 nothing,
	 SEAM_SPDM_REQUEST,
	 3,
	 SEAM_RCX},
	{{SEAM_SPDM_DISCONNECT, SESSION, OTHER, THIRD}, connect, SEAM_SPDM_REQUEST, 3, SEAM_RCX},
	{{SEAM_SPDM_MNG, SESSION, 0, 0, OTHER, THIRD}, connect, SEAM_SPDM_REQUEST, 3, SEAM_RCX},
	{{SEAM_IDE_STREAM_CREATE, 0x1FF, SESSION, OWN_HPA(150)},
	 nothing,
	 SEAM_SUCCESS,
	 1,
	 SEAM_RCX},
	{{SEAM_IDE_STREAM_BLOCK, SESSION, STREAM}, nothing, SEAM_SUCCESS, 1, SEAM_RCX},
	{{SEAM_IDE_STREAM_DELETE, SESSION, STREAM, 0}, block_stream, SEAM_SUCCESS, 1, SEAM_RCX},
	{{SEAM_IDE_STREAM_KM, SESSION, STREAM, 2, OTHER, THIRD},
	 nothing,
	 SEAM_SPDM_REQUEST,
	 1,
	 SEAM_RCX},
	{{SEAM_IOMMU_SETUP, UNIT, LIST}, nothing, SEAM_SUCCESS, 1, SEAM_RCX},
	{{SEAM_IOMMU_CLEAR, 1, LIST}, unit, SEAM_SUCCESS, 1, SEAM_RCX},
	{{SEAM_EXT_INIT}, want_extensions, SEAM_SUCCESS, 4, SEAM_RAX},
	{{SEAM_EXT_MEM_ADD, ARRAY(2)}, single_list, SEAM_SUCCESS, 4, SEAM_RCX},
};

static void a_call_that_needs_locked_tables_is_busy(struct kunit *test)
{
	u32 i, index;

	for (i = 0; i < ARRAY_SIZE(done); i++) {
		for (index = 0; index < 3; index++) {
			build(test);
			done[i].prepare();
			KUNIT_ASSERT_EQ(test, seam_try_lock(locks(index), SEAM_SHARED), true);
			own_remember();
			if (done[i].wanted >> index & 1) {
				KUNIT_EXPECT_EQ(test, issue(done[i].r),
						SEAM_OPERAND_BUSY | done[i].operand);
				KUNIT_EXPECT_TRUE(test, own_is_unchanged());
			} else {
				KUNIT_EXPECT_EQ(test, issue(done[i].r), done[i].status);
			}
			seam_unlock(locks(index), SEAM_SHARED);
			KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_refusal_has_its_status_and_changes_nothing),
	KUNIT_CASE(a_call_that_needs_locked_tables_is_busy),
	{},
};

OWN_SUITE("own_model_objects");
