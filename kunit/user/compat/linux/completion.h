/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_COMPLETION_H
#define COMPAT_LINUX_COMPLETION_H
#include <semaphore.h>
#include <time.h>
#include <linux/kernel.h>
struct completion {
	sem_t done;
};
#define init_completion(c)     sem_init(&(c)->done, 0, 0)
#define complete(c)	       sem_post(&(c)->done)
#define wait_for_completion(c) sem_wait(&(c)->done)
/* A jiffy is a second. */
#define HZ 1
static inline unsigned long wait_for_completion_timeout(struct completion *c, unsigned long seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	return !sem_timedwait(&c->done, &until);
}
#endif
