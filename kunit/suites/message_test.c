// SPDX-License-Identifier: GPL-2.0
/* Bad input says one line in the kernel log, and that line says what was wrong. */
#include <linux/delay.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "harness.h"

#define PREFIX "tdx_page_array: "

/*
 * The lines of the module since the last look, as the kernel's own trace point of the log sees
 * them.
 */
static struct tracepoint *console_tracepoint;
static char last_line[256];
static unsigned int line_count;
static DEFINE_SPINLOCK(line_lock);

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

static int suite_init(struct kunit_suite *suite)
{
	/* Other suites have used up the rate limit of the log: wait for the next interval. */
	msleep(5500);
	for_each_kernel_tracepoint(look_for_console, NULL);
	return console_tracepoint ? tracepoint_probe_register(console_tracepoint, on_console, NULL)
				  : -ENOENT;
}

static void suite_exit(struct kunit_suite *suite)
{
	tracepoint_probe_unregister(console_tracepoint, on_console, NULL);
	tracepoint_synchronize_unregister();
}

/* The statement as a whole writes one line, and it holds the words. */
#define EXPECT_LINE(test, statement, words) \
	do { \
		line_count = 0; \
		statement; \
		KUNIT_EXPECT_EQ_MSG(test, line_count, 1, #statement); \
		KUNIT_EXPECT_TRUE_MSG(test, line_count &&strstr(last_line, words), \
				      "wanted '%s', the line is '%s'", words, last_line); \
	} while (0)

static void creating(struct kunit *test)
{
	EXPECT_LINE(test, tdx_page_array_create(0), "0 pages asked for");
	EXPECT_LINE(test, tdx_page_array_create(UINT_MAX), "more than this machine has");
}

static void bad_handles(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1);
	u64 session;

	EXPECT_LINE(test, tdx_page_array_release(NULL),
		    "tdx_page_array_release: the handle is NULL or an error pointer");
	EXPECT_LINE(test, tdx_page_array_release(ERR_PTR(-EIO)),
		    "the handle is NULL or an error pointer");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	EXPECT_LINE(test, tdx_page_array_release(array), "no live page array (released already?)");
	EXPECT_LINE(test, tdx_page_array_leak(array),
		    "tdx_page_array_leak: the handle is no live page array");
	EXPECT_LINE(test, tdx_page_array_populate(array, 0), "tdx_page_array_populate: the handle");
	EXPECT_LINE(test, tdx_page_array_page(array, 0), "tdx_page_array_page: the handle");
	EXPECT_LINE(test, tdx_page_array_map(array), "tdx_page_array_map: the handle");
	EXPECT_LINE(test, tdx_page_array_unmap(array), "tdx_page_array_unmap: the handle");
	EXPECT_LINE(test, tdx_tdh_ext_mem_add(array), "TDH.EXT.MEM.ADD: the handle");
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, array, &session), "TDH.SPDM.CREATE: the handle");
	EXPECT_LINE(test, tdx_tdh_spdm_delete(0, array), "TDH.SPDM.DELETE: the handle");
}

static void windows_and_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	EXPECT_LINE(test, tdx_page_array_populate(array, 600),
		    "begins at page 600, but the array has 600 pages");
	EXPECT_LINE(test, tdx_page_array_page(array, 700),
		    "page 700 asked for, but the array has 600 pages");
	EXPECT_LINE(test, add_window(test, array, 512),
		    "TDH.EXT.MEM.ADD not issued: the window does not continue");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void mappings(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1);

	EXPECT_LINE(test, tdx_page_array_unmap(array),
		    "tdx_page_array_unmap: the array is not mapped");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tdx_page_array_map(array));
	EXPECT_LINE(test, tdx_page_array_map(array),
		    "tdx_page_array_map: the array is mapped already");
	EXPECT_LINE(test, tdx_page_array_release(array),
		    "tdx_page_array_release: the array is still mapped");
	EXPECT_LINE(test, tdx_page_array_leak(array),
		    "tdx_page_array_leak: the array is still mapped");
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void sessions(struct kunit *test)
{
	struct tdx_page_array *large = make_array(test, 513), *array;
	u64 session, other;

	EXPECT_LINE(test, tdx_tdh_spdm_create(0, large, &session),
		    "TDH.SPDM.CREATE not issued: the array is larger than");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(large), 0);

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, array, &other), "TDH.SPDM.CREATE not issued");
	EXPECT_LINE(test, tdx_tdh_spdm_delete(session + 1, array),
		    "TDH.SPDM.DELETE not issued: the array is not the metadata");
	EXPECT_LINE(test, tdx_page_array_release(array),
		    "3 of 3 pages are the TDX module's since TDH.SPDM.CREATE");
	EXPECT_LINE(test, tdx_page_array_map(array), "the pages are not plainly the host's");
	EXPECT_LINE(test, tdx_tdh_spdm_create(0, array, NULL), "TDH.SPDM.CREATE not issued: there is no place for the answer");
	EXPECT_LINE(test, tdx_tdh_sys_rd(0, NULL), "TDH.SYS.RD not issued: there is no place for the answer");
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(session, array), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void quarantine(struct kunit *test)
{
	struct tdx_page_array *array;
	u64 session;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, tdx_page_array_leak(array),
		    "3 of 3 pages, the TDX module's since TDH.SPDM.CREATE");
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(creating),
	KUNIT_CASE(bad_handles),
	KUNIT_CASE(windows_and_pages),
	KUNIT_CASE(mappings),
	KUNIT_CASE(sessions),
	KUNIT_CASE(quarantine),
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
