/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_COMPLETION_H
#define COMPAT_LINUX_COMPLETION_H
#include <unistd.h>
#include <linux/kernel.h>

/* The waiter may free it at once: complete() does not touch it afterwards. */
struct completion {
	unsigned int done;
};

/* A jiffy is a millisecond. */
#define HZ 1000

static inline void init_completion(struct completion *completion)
{
	completion->done = 0;
}

static inline void complete(struct completion *completion)
{
	__atomic_add_fetch(&completion->done, 1, __ATOMIC_SEQ_CST);
}

static inline unsigned long wait_for_completion_timeout(struct completion *completion,
							unsigned long jiffies)
{
	while (!READ_ONCE(completion->done) && jiffies--)
		usleep(1000);
	if (!READ_ONCE(completion->done))
		return 0;
	__atomic_sub_fetch(&completion->done, 1, __ATOMIC_SEQ_CST);
	return 1;
}
#endif
