/* SPDX-License-Identifier: GPL-2.0 */
/* What the core has shown a test, and checks of it. */
#ifndef SHOWN_H
#define SHOWN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suites/harness.h"
#include "platform.h"

/* Big enough for all that a test shows. */
static char text[1 << 16];

static inline FILE *open_text(struct kunit *test)
{
	FILE *to = fmemopen(text, sizeof(text), "w");

	KUNIT_ASSERT_NOT_NULL(test, to);
	text[0] = 0;
	return to;
}

/* Expects all of @words in what was shown last, in one line or in several. */
static inline void expect_words(struct kunit *test, const char *words)
{
	char *copy = strdup(words), *rest = NULL, *word;

	for (word = strtok_r(copy, "|", &rest); word; word = strtok_r(NULL, "|", &rest))
		KUNIT_EXPECT_TRUE_MSG(test, strstr(text, word), "wanted '%s', shown:\n%s", word,
				      text);
	free(copy);
}

static inline u32 lines(void)
{
	u32 count = 0;
	const char *at;

	for (at = text; *at; at++)
		count += *at == '\n';
	return count;
}

static inline const char *show(struct kunit *test, u32 view)
{
	FILE *to = open_text(test);

	KUNIT_EXPECT_EQ(test, tdx_core_show(view, to), 0);
	fclose(to);
	return text;
}

/* The pages of a session that is not deleted. */
static inline void quarantine_pages(struct kunit *test, u32 pages)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, pages, &session);

	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
}

/* Arrays, kept pages and quarantined pages, so that no two counters are equal. Returns an array. */
static inline struct tdx_page_array *make_all_kinds(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 7);

	set_ext_pool(7);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	quarantine_pages(test, 3);
	return make_array(test, 11);
}

/* Is told of each line of the log, which is then in platform_unread_line. */
static inline void any_line(void *unused, const char *line, size_t length) {}

static inline void expect_shown(struct kunit *test, u32 view, u32 count, const char *words)
{
	show(test, view);
	KUNIT_EXPECT_EQ_MSG(test, lines(), count, text);
	expect_words(test, words);
}

#endif
