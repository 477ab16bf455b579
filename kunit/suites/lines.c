// SPDX-License-Identifier: GPL-2.0
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/kmsg_dump.h>
#include <linux/string.h>

#include "../probe.h"
#include "lines.h"

#define PREFIX "tdx_page_array: "

/*
 * The lines of the module since forget_lines(), from the kernel's tracepoint for console
 * output.
 */
static char last_line[512];
static unsigned int line_count;
static DEFINE_SPINLOCK(line_lock);

/* The position up to which the log was read. */
static struct kmsg_dump_iter log_end;

/* The log level of the module's last line since the previous call, or -1. */
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

static struct probe console = {"console", on_console};

int watch_lines(struct kunit_suite *suite)
{
	/* Other suites may have used up the rate limit of a text, which user space has not: a new interval begins. */
	if (IS_ENABLED(CONFIG_PRINTK))
		msleep(5500);
	kmsg_dump_rewind(&log_end);
	return probe_attach(&console);
}

void stop_watching_lines(struct kunit_suite *suite)
{
	probe_detach(&console);
}

/* True if the line begins with the words; # stands for any number. */
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

void forget_lines(void)
{
	line_count = 0;
}

unsigned int lines_since(void)
{
	return line_count;
}

bool last_line_has(const char *words)
{
	return line_count && contains(last_line, words);
}

u64 begin_line(struct kunit *test)
{
	forget_lines();
	last_level();
	return since_start(test).seamcalls;
}

void expect_line(struct kunit *test, const char *call, const char *words, u64 seamcalls)
{
	KUNIT_EXPECT_EQ_MSG(test, line_count, 1, "%s", call);
	KUNIT_EXPECT_TRUE_MSG(test, last_line_has(words), "%s: wanted '%s', the line is '%s'", call,
			      words, last_line);
	KUNIT_EXPECT_EQ_MSG(test, last_level(), LOGLEVEL_ERR, "level of '%s'", last_line);
	if (strstr(words, "not issued"))
		KUNIT_EXPECT_EQ_MSG(test, since_start(test).seamcalls, seamcalls, "%s", call);
}
