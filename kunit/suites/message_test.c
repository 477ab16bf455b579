// SPDX-License-Identifier: GPL-2.0
/* Bad input says one line in the kernel log, and that line says what was wrong. */
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/kmsg_dump.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "harness.h"

#define PREFIX "tdx_page_array: "

/*
 * The lines of the module since the last look, as the kernel's own trace point of the log sees
 * them.
 */
static struct tracepoint *console_tracepoint;
static char last_line[512];
static unsigned int line_count;
static DEFINE_SPINLOCK(line_lock);

/* How far the log was read. */
static struct kmsg_dump_iter log_end;

/* The level of the module's last line since the last look, or -1. */
static int last_level(void)
{
	static char line[640];
	int level = -1;
	size_t length;

	while (kmsg_dump_get_line(&log_end, true, line, sizeof(line) - 1, &length)) {
		line[length] = 0;
		if (strstr(line, PREFIX) && sscanf(line, "<%d>", &level) != 1)
			level = -1;
	}
	return level;
}

/* Fewer lines than the rate limit of the log lets through in one of its intervals. */
#define LINES_BEFORE_PAUSE 40

static unsigned int lines_expected;

static void on_console(void *unused, const char *text, size_t length)
{
	unsigned long flags;

	if (length < strlen(PREFIX) || memcmp(text, PREFIX, strlen(PREFIX)))
		return;
	spin_lock_irqsave(&line_lock, flags);
	line_count++;
	strscpy(last_line, text, min(length + 1, sizeof(last_line)));
	spin_unlock_irqrestore(&line_lock, flags);
}

static void look_for_console(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "console"))
		console_tracepoint = tracepoint;
}

/* Until the next interval of the rate limit. The log of user space has none. */
static void wait_for_rate_limit(void)
{
	if (IS_ENABLED(CONFIG_PRINTK))
		msleep(5500);
}

static int suite_init(struct kunit_suite *suite)
{
	/* Other suites have used up the rate limit of the log. */
	wait_for_rate_limit();
	lines_expected = 0;
	kmsg_dump_rewind(&log_end);
	for_each_kernel_tracepoint(look_for_console, NULL);
	return console_tracepoint ? tracepoint_probe_register(console_tracepoint, on_console, NULL)
				  : -ENOENT;
}

static void suite_exit(struct kunit_suite *suite)
{
	tracepoint_probe_unregister(console_tracepoint, on_console, NULL);
	tracepoint_synchronize_unregister();
}

static void stay_within_rate_limit(void)
{
	if (++lines_expected % LINES_BEFORE_PAUSE == 0)
		wait_for_rate_limit();
}

/* The words at the beginning of the line, # being any number. */
static bool begins_with(const char *line, const char *words)
{
	for (; *words; words++) {
		if (*words != '#' ? *line != *words : !isdigit(*line))
			return false;
		do {
			line++;
		} while (*words == '#' && isdigit(*line));
	}
	return true;
}

static bool contains(const char *line, const char *words)
{
	for (; *line; line++)
		if (begins_with(line, words))
			return true;
	return false;
}

/* The statement as a whole writes one line, an error, and it holds the words, # being any number. */
#define EXPECT_LINE(test, statement, words) \
	do { \
		stay_within_rate_limit(); \
		line_count = 0; \
		last_level(); \
		statement; \
		KUNIT_EXPECT_EQ_MSG(test, line_count, 1, #statement); \
		KUNIT_EXPECT_TRUE_MSG(test, contains(last_line, words) && line_count, \
				      "wanted '%s', the line is '%s'", words, last_line); \
		KUNIT_EXPECT_EQ_MSG(test, last_level(), LOGLEVEL_ERR, "level of '%s'", last_line); \
	} while (0)

static void creating(struct kunit *test)
{
	EXPECT_LINE(test, tdx_page_array_create(0),
		    "tdx_page_array_create: nr_pages is 0, must be at least 1");
	EXPECT_LINE(test, tdx_page_array_create(UINT_MAX),
		    "# pages requested, but this machine has #");
}

static void placing(struct kunit *test)
{
	EXPECT_LINE(test, tdx_page_array_create_node(1, TDX_PAGE_ARRAY_ANY_NODE, 0x10),
		    "tdx_page_array_create: flags are 0x10, allowed are 0x3");
	EXPECT_LINE(test, tdx_page_array_create_node(1, 7, 0), "node 7 has no memory");
	EXPECT_LINE(test, tdx_page_array_create_node(1, -2, 0), "node -2 has no memory");
	EXPECT_LINE(test, tdx_page_array_create_node(1, MAX_NUMNODES, 0),
		    "tdx_page_array_create: node # has no memory");
	EXPECT_LINE(test,
		    tdx_page_array_create_node(1025, TDX_PAGE_ARRAY_ANY_NODE,
					       TDX_PAGE_ARRAY_CONTIGUOUS | TDX_PAGE_ARRAY_ACCOUNT),
		    "the kernel can account a contiguous range of at most # pages, not 1025");
}

static void adopting(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL), *pages[] = {page, NULL, page};

	EXPECT_LINE(test, tdx_page_array_adopt(NULL, 1), "tdx_page_array_adopt: pages is NULL");
	EXPECT_LINE(test, tdx_page_array_adopt(pages, 0), "tdx_page_array_adopt: nr_pages is 0");
	EXPECT_LINE(test, tdx_page_array_adopt(pages, 3), "page 1 of 3 is NULL");
	EXPECT_LINE(test, tdx_page_array_adopt(pages + 1, 2), "page 0 of 2 is NULL");
	pages[1] = page;
	EXPECT_LINE(test, tdx_page_array_adopt(pages, 2),
		    "tdx_page_array_adopt: page 0 is listed twice");
	__free_page(page);
}

static void adopting_a_tail(struct kunit *test)
{
	struct page *block = alloc_pages(GFP_KERNEL, 1), *pages[] = {block, block + 1};

	KUNIT_ASSERT_NOT_NULL(test, block);
	EXPECT_LINE(test, tdx_page_array_adopt(pages, 2),
		    "tdx_page_array_adopt: page 1 has no reference count of its own");
	__free_pages(block, 1);
}

static void bad_handles(struct kunit *test)
{
	u64 session;

	EXPECT_LINE(test, tdx_page_array_release(NULL),
		    "tdx_page_array_release: the page array is NULL");
	EXPECT_LINE(test, tdx_page_array_release(ERR_PTR(-EIO)),
		    "the page array is an error pointer (errno -5)");
	EXPECT_LINE(test, tdx_page_array_leak(NULL), "tdx_page_array_leak: the page array is NULL");
	EXPECT_LINE(test, tdx_page_array_nr_pages(NULL),
		    "tdx_page_array_nr_pages: the page array is NULL");
	EXPECT_LINE(test, tdx_page_array_populate(NULL, 0),
		    "tdx_page_array_populate: the page array is");
	EXPECT_LINE(test, tdx_page_array_page(NULL, 0), "tdx_page_array_page: the page array is");
	EXPECT_LINE(test, tdx_page_array_map(NULL), "tdx_page_array_map: the page array is");
	EXPECT_LINE(test, tdx_page_array_unmap(NULL), "tdx_page_array_unmap: the page array is");
	EXPECT_LINE(test, tdx_tdh_ext_mem_add(NULL),
		    "TDH.EXT.MEM.ADD not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, NULL, &session),
		    "TDH.SPDM.CREATE not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_spdm_delete(0, NULL),
		    "TDH.SPDM.DELETE not issued: the page array is");
}

/* Where the memory of ended arrays is held back. */
#if defined(CONFIG_KASAN) || defined(CONFIG_DEBUG_OBJECTS)
static void dead_handles(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1);

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	EXPECT_LINE(test, tdx_page_array_release(array),
		    "tdx_page_array_release: the page array is not live (already released?)");
	EXPECT_LINE(test, tdx_tdh_ext_mem_add(array),
		    "TDH.EXT.MEM.ADD not issued: the page array is not live");
}
#endif

static void windows_and_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	EXPECT_LINE(test, tdx_page_array_populate(array, 600),
		    "offset is 600, but array # has 600 pages");
	EXPECT_LINE(test, tdx_page_array_page(array, 700),
		    "index is 700, but array # has 600 pages");
	EXPECT_LINE(test, add_window(test, array, 512),
		    "TDH.EXT.MEM.ADD not issued: the window of array # begins at page 512, but 0 "
		    "pages are "
		    "handed over");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void mappings(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1);

	EXPECT_LINE(test, tdx_page_array_unmap(array),
		    "tdx_page_array_unmap: array # is not mapped");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tdx_page_array_map(array));
	EXPECT_LINE(test, tdx_page_array_map(array),
		    "tdx_page_array_map: array # is mapped already");
	EXPECT_LINE(test, tdx_page_array_release(array),
		    "tdx_page_array_release: array # is still mapped");
	EXPECT_LINE(test, tdx_page_array_leak(array),
		    "tdx_page_array_leak: array # is still mapped");
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void sessions(struct kunit *test)
{
	struct tdx_page_array *large = make_array(test, 513), *array;
	u64 session, other;

	EXPECT_LINE(test, tdx_tdh_spdm_create(0, large, &session),
		    "TDH.SPDM.CREATE not issued: array # has 513 pages, more than 512");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(large), 0);

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, array, &other), "TDH.SPDM.CREATE not issued");
	EXPECT_LINE(
		test, tdx_tdh_spdm_delete(session + 1, array),
		"TDH.SPDM.DELETE not issued: array # is the metadata of object 0x#, not of 0x#");
	EXPECT_LINE(
		test, tdx_page_array_release(array),
		"the TDX module owns 3 of the 3 pages of array #, handed over by TDH.SPDM.CREATE");
	EXPECT_LINE(
		test, tdx_page_array_map(array),
		"tdx_page_array_map: pages of array # may hold private cache lines or belong to "
		"the TDX module");
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, array, NULL),
		    "TDH.SPDM.CREATE not issued: spdm_id is NULL");
	EXPECT_LINE(test, tdx_tdh_sys_rd(0, NULL), "TDH.SYS.RD not issued: value is NULL");
	end_session(test, session, array);
}

static void creating_for_an_iommu(struct kunit *test)
{
	EXPECT_LINE(test, tdx_page_array_create_iommu_mt(1, 0),
		    "tdx_page_array_create_iommu_mt: nr_mt_pages is 0, must be 1 to 510");
	EXPECT_LINE(test, tdx_page_array_create_iommu_mt(1, 511),
		    "nr_mt_pages is 511, must be 1 to 510");
	EXPECT_LINE(test, tdx_page_array_create_iommu_mt(MAX_PAGE_ORDER + 1, 1),
		    "tdx_page_array_create_iommu_mt: iq_order is #, must be at most #");
	EXPECT_LINE(test,
		    tdx_page_array_create_iommu_mt_node(1, 1, TDX_PAGE_ARRAY_ANY_NODE,
							TDX_PAGE_ARRAY_CONTIGUOUS),
		    "tdx_page_array_create_iommu_mt: flags are 0x2, allowed are 0x1");
}

static void reading(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);
	u64 session;
	u8 byte;

	EXPECT_LINE(test, tdx_page_array_read(NULL, &byte, 1),
		    "tdx_page_array_read: the page array is");
	EXPECT_LINE(test, tdx_page_array_read(array, &byte, 1),
		    "tdx_page_array_read: bytes is 1, but the TDX module reported 0");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_page_array_read(array, &byte, 1),
		    "tdx_page_array_read: pages of array # may hold private cache lines or belong "
		    "to the TDX "
		    "module (the TDX module's, handed over by TDH.SPDM.CREATE)");
	end_session(test, session, array);
}

static void iommus(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4), *plain = make_array(test, 8);
	const struct tdx_ide_stream stream = {};
	u64 unit, other;

	EXPECT_LINE(
		test, tdx_tdh_iommu_setup(0x1000, plain, &unit),
		"TDH.IOMMU.SETUP not issued: array # does not have the layout of IOMMU metadata");
	EXPECT_LINE(test, tdx_tdh_iommu_setup(0x1000, array, NULL),
		    "TDH.IOMMU.SETUP not issued: iommu_id is NULL");
	EXPECT_LINE(test, tdx_tdh_iommu_setup(0x1000, NULL, &unit),
		    "TDH.IOMMU.SETUP not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_iommu_clear(1, array),
		    "TDH.IOMMU.CLEAR not issued: array # is not the metadata of object 0x1");
	EXPECT_LINE(test, tdx_tdh_iommu_clear(1, NULL),
		    "TDH.IOMMU.CLEAR not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, array, &other),
		    "TDH.SPDM.CREATE not issued: array # has the layout of IOMMU metadata");
	EXPECT_LINE(test, tdx_tdh_ide_stream_create(1, &stream, array, &other, &other),
		    "TDH.IDE.STREAM.CREATE not issued: array # has the layout of IOMMU metadata");
	KUNIT_ASSERT_EQ(test, tdx_tdh_iommu_setup(0x1000, array, &unit), SEAM_SUCCESS);
	EXPECT_LINE(
		test, tdx_tdh_iommu_setup(0x2000, array, &other),
		"TDH.IOMMU.SETUP not issued: pages of array # are the TDX module's, handed over by "
		"TDH.IOMMU.SETUP");
	EXPECT_LINE(
		test, tdx_tdh_iommu_clear(unit + 1, array),
		"TDH.IOMMU.CLEAR not issued: array # is the metadata of object 0x#, not of 0x#");
	EXPECT_LINE(test, tdx_page_array_release(array),
		    "tdx_page_array_release: the TDX module owns 8 of the 8 pages of array #, "
		    "handed over "
		    "by TDH.IOMMU.SETUP, last answer TDH.IOMMU.SETUP: SUCCESS");
	end_iommu(test, unit, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(plain), 0);
}

static void the_service(struct kunit *test)
{
	struct tdx_page_array *array, *large = make_array(test, 513), *plain = make_array(test, 1);
	struct tdx_page_array *queues = make_iommu_mt(test, 0, 1);
	struct page *page = make_page(test);
	u64 session, bytes;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_tdh_spdm_connect(session, NULL, page, page, plain, &bytes),
		    "TDH.SPDM.CONNECT not issued: spdm_conf is NULL");
	EXPECT_LINE(test, tdx_tdh_spdm_connect(session, page, page, page, plain, NULL),
		    "TDH.SPDM.CONNECT not issued: bytes is NULL");
	EXPECT_LINE(test, tdx_tdh_spdm_connect(session, page, page, page, NULL, &bytes),
		    "TDH.SPDM.CONNECT not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_spdm_connect(session, page, page, page, array, &bytes),
		    "TDH.SPDM.CONNECT not issued: pages of array # may hold private cache lines or "
		    "belong to the TDX module (the TDX module's, handed over by TDH.SPDM.CREATE)");
	EXPECT_LINE(test, tdx_tdh_spdm_connect(session, page, page, page, queues, &bytes),
		    "TDH.SPDM.CONNECT not issued: array # has the layout of IOMMU metadata");
	EXPECT_LINE(test, tdx_tdh_spdm_connect(session, page, page, page, large, &bytes),
		    "TDH.SPDM.CONNECT not issued: array # has 513 pages, more than 512");
	EXPECT_LINE(test, tdx_tdh_spdm_disconnect(session, NULL, page, &bytes),
		    "TDH.SPDM.DISCONNECT not issued: spdm_rsp is NULL");
	EXPECT_LINE(test, tdx_tdh_spdm_disconnect(session, page, page, NULL),
		    "TDH.SPDM.DISCONNECT not issued: bytes is NULL");
	EXPECT_LINE(test, tdx_tdh_spdm_mng(session, 0, NULL, page, NULL, NULL, &bytes),
		    "TDH.SPDM.MNG not issued: spdm_req is NULL");
	EXPECT_LINE(test, tdx_tdh_spdm_mng(session, 0, NULL, page, page, NULL, NULL),
		    "TDH.SPDM.MNG not issued: bytes is NULL");
	EXPECT_LINE(test, tdx_tdh_spdm_mng(session, 0, NULL, page, page, array, &bytes),
		    "TDH.SPDM.MNG not issued: pages of array # may hold");
	end_session(test, session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(large), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(plain), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(queues), 0);
}

static void lengths_that_cannot_be(struct kunit *test)
{
	struct tdx_page_array *metadata, *output = make_array(test, 2);
	struct page *page = make_page(test);
	u64 session, bytes;

	set_ext_pool(0);
	metadata = make_session(test, 3, &session);
	inject(test, NEXT_CALL(SEAM_SPDM_CONNECT, SEAM_INJECT_LIE, SEAM_LIE_LONG_OUTPUT));
	kunit_warning_suppress(test) {
		EXPECT_LINE(test, tdx_tdh_spdm_connect(session, page, page, page, output, &bytes),
			    "TDH.SPDM.CONNECT reports 1073741824 bytes of output, but the buffer "
			    "has 4096");
	}
	end_session(test, session, metadata);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(output), 0);
}

static void streams(struct kunit *test)
{
	struct tdx_page_array *large = make_array(test, 513), *array;
	const struct tdx_ide_stream stream = {};
	struct page *page = make_page(test);
	u64 session, id;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_tdh_ide_stream_create(session, NULL, large, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: stream is NULL");
	EXPECT_LINE(test, tdx_tdh_ide_stream_create(session, &stream, large, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: array # has 513 pages, more than 512");
	EXPECT_LINE(test, tdx_tdh_ide_stream_create(session, &stream, array, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: pages of array # are the TDX module's");
	EXPECT_LINE(test, tdx_tdh_ide_stream_create(session, &stream, NULL, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_ide_stream_delete(session, 1, array),
		    "TDH.IDE.STREAM.DELETE not issued: array # is not the metadata of object 0x1");
	EXPECT_LINE(test, tdx_tdh_ide_stream_km(session, 1, 0, NULL, page, &id),
		    "TDH.IDE.STREAM.KM not issued: spdm_rsp is NULL");
	EXPECT_LINE(test, tdx_tdh_ide_stream_km(session, 1, 0, page, page, NULL),
		    "TDH.IDE.STREAM.KM not issued: bytes is NULL");
	end_session(test, session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(large), 0);
}

static void quotes(struct kunit *test)
{
	struct tdx_page_array *array, *output = make_array(test, 1);
	struct page *page = make_page(test);
	u64 session, bytes;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_tdh_quote_get(NULL, 0, page, 1, output, &bytes),
		    "TDH.QUOTE.GET not issued: tdr is NULL");
	EXPECT_LINE(test, tdx_tdh_quote_get(page, 0, page, 1, output, NULL),
		    "TDH.QUOTE.GET not issued: quote_bytes is NULL");
	EXPECT_LINE(test, tdx_tdh_quote_get(page, 0, page, 4097, output, &bytes),
		    "TDH.QUOTE.GET not issued: input_bytes is 4097, more than 4096");
	EXPECT_LINE(test, tdx_tdh_quote_get(page, 0, page, 1, array, &bytes),
		    "TDH.QUOTE.GET not issued: pages of array # may hold private cache lines");
	EXPECT_LINE(test, tdx_tdh_quote_get(page, 0, page, 1, NULL, &bytes),
		    "TDH.QUOTE.GET not issued: the page array is");
	end_session(test, session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(output), 0);
}

static void control_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 2);

	EXPECT_LINE(test, tdx_tdh_mng_create(array, tdx_global_keyid() + 1),
		    "TDH.MNG.CREATE not issued: array # has 2 pages, not 1");
	EXPECT_LINE(test, tdx_tdh_mng_addcx(array, array),
		    "TDH.MNG.ADDCX not issued: the array of the TDR was not handed over by "
		    "TDH.MNG.CREATE");
	EXPECT_LINE(test, tdx_tdh_vp_create(array, array),
		    "TDH.VP.CREATE not issued: the array of the TDR was not handed over by "
		    "TDH.MNG.CREATE");
	EXPECT_LINE(test, tdx_tdh_vp_addcx(array, array),
		    "TDH.VP.ADDCX not issued: the array of the TDVPR was not handed over by "
		    "TDH.VP.CREATE");
	EXPECT_LINE(test, tdx_tdh_mng_create(NULL, tdx_global_keyid() + 1),
		    "TDH.MNG.CREATE not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_mng_addcx(NULL, array),
		    "TDH.MNG.ADDCX not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_vp_create(NULL, array),
		    "TDH.VP.CREATE not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_vp_addcx(NULL, array),
		    "TDH.VP.ADDCX not issued: the page array is");
	EXPECT_LINE(test, tdx_tdh_phymem_page_rdmd(0, NULL),
		    "TDH.PHYMEM.PAGE.RDMD not issued: facts is NULL");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* Not executed, so RCX still is the TDR's address, which is no length of two pages. */
static void a_quote_longer_than_its_array(struct kunit *test)
{
	struct tdx_page_array *output = make_array(test, 2);
	struct page *page = make_page(test);
	u64 bytes;

	inject(test, NEXT_CALL(SEAM_QUOTE_GET, SEAM_INJECT_STATUS, SEAM_SUCCESS));
	kunit_warning_suppress(test) {
		EXPECT_LINE(test, tdx_tdh_quote_get(page, 0, page, 1, output, &bytes),
			    "TDH.QUOTE.GET reports ");
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(output), 0);
}

static void an_array_for_an_iommu(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4), *tdr = make_array(test, 1);

	EXPECT_LINE(test, tdx_tdh_ext_mem_add(array),
		    "TDH.EXT.MEM.ADD not issued: array # has the layout of IOMMU metadata");
	inject(test, NEXT_CALL(SEAM_MNG_CREATE, SEAM_INJECT_STATUS, SEAM_SUCCESS));
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1), SEAM_SUCCESS);
	EXPECT_LINE(test, tdx_tdh_mng_addcx(tdr, array),
		    "TDH.MNG.ADDCX not issued: array # has the layout of IOMMU metadata");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdr), -EUCLEAN);
	empty_quarantine(test);
}

static void reading_to_nowhere(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1);

	EXPECT_LINE(test, tdx_page_array_read(array, NULL, 0), "tdx_page_array_read: to is NULL");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void leaking(struct kunit *test)
{
	struct tdx_page_array *array;
	u64 session;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_page_array_leak(array),
		    "array #: 3 of 3 pages are in quarantine: the TDX module's, handed over by "
		    "TDH.SPDM.CREATE, last answer TDH.SPDM.CREATE: SUCCESS (0");
	empty_quarantine(test);
}

/*
 * What a driver in a loop, or anybody whom it lets, can make this module say: a burst, and then
 * nothing. A TDX module that misbehaves is heard all the same. The last one, because it uses
 * up the limit.
 */
static void a_flood_of_bad_input_hides_no_tdx_module_bug(struct kunit *test)
{
	struct tdx_page_array *array;
	unsigned int i;
	u64 session;

	array = make_session(test, 3, &session);
	line_count = 0;
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(NULL), -EINVAL);
	/* The flood may fall into two intervals. */
	KUNIT_EXPECT_LE(test, line_count, 2 * 50);
	/* Nor what another driver does wrong. */
	line_count = 0;
	tdx_page_array_create(0);
	KUNIT_EXPECT_EQ(test, line_count, 1);
	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_LIE, SEAM_LIE_SWAPPED_PAGES));
	line_count = 0;
	kunit_warning_suppress(test) {
		tdx_tdh_spdm_delete(session, array);
	}
	KUNIT_EXPECT_EQ(test, line_count, 1);
	KUNIT_EXPECT_TRUE(test, strstr(last_line, "TDH.SPDM.DELETE released a list"));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* The same of the module itself: it may lie a thousand times. */
static void a_flood_of_tdx_module_bugs_is_limited(struct kunit *test)
{
	struct tdx_page_array *array;
	unsigned int i;
	u64 session;

	line_count = 0;
	kunit_warning_suppress(test) {
		for (i = 0; i < 300; i++) {
			array = make_session(test, 3, &session);
			inject(test,
			       NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_LIE, SEAM_LIE_SHORT_LIST));
			tdx_tdh_spdm_delete(session, array);
			tdx_page_array_release(array);
		}
	}
	KUNIT_EXPECT_LE(test, line_count, 2 * 50);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(creating),
	KUNIT_CASE(placing),
	KUNIT_CASE(adopting),
	KUNIT_CASE(adopting_a_tail),
	KUNIT_CASE(bad_handles),
#if defined(CONFIG_KASAN) || defined(CONFIG_DEBUG_OBJECTS)
	KUNIT_CASE(dead_handles),
#endif
	KUNIT_CASE(windows_and_pages),
	KUNIT_CASE(mappings),
	KUNIT_CASE(sessions),
	KUNIT_CASE(creating_for_an_iommu),
	KUNIT_CASE(reading),
	KUNIT_CASE(iommus),
	KUNIT_CASE(the_service),
	KUNIT_CASE(lengths_that_cannot_be),
	KUNIT_CASE(streams),
	KUNIT_CASE(quotes),
	KUNIT_CASE(control_pages),
	KUNIT_CASE(a_quote_longer_than_its_array),
	KUNIT_CASE(an_array_for_an_iommu),
	KUNIT_CASE(reading_to_nowhere),
	KUNIT_CASE(leaking),
	KUNIT_CASE(a_flood_of_bad_input_hides_no_tdx_module_bug),
	KUNIT_CASE(a_flood_of_tdx_module_bugs_is_limited),
	{},
};

static struct kunit_suite suite = {
	.name = "messages",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
