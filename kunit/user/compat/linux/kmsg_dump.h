/* SPDX-License-Identifier: GPL-2.0 */
/* Readers of the log get its last line, once. */
#ifndef COMPAT_LINUX_KMSG_DUMP_H
#define COMPAT_LINUX_KMSG_DUMP_H
#include <linux/kernel.h>
#include "platform.h"

#define LOGLEVEL_ERR 3

struct kmsg_dump_iter {
	bool unused;
};

#define kmsg_dump_rewind(iterator) ((void)(iterator))

static inline bool kmsg_dump_get_line(struct kmsg_dump_iter *iterator, bool syslog, char *line,
				      size_t bytes, size_t *length)
{
	if (!platform_unread_line[0])
		return false;
	snprintf(line, bytes, "%s", platform_unread_line);
	*length = strlen(line);
	platform_unread_line[0] = 0;
	return true;
}
#endif
