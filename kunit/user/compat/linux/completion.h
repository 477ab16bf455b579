/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_COMPLETION_H
#define COMPAT_LINUX_COMPLETION_H
#include <pthread.h>
#include <time.h>
#include <linux/kernel.h>

/* The waiter may free it at once: sem_post() might still use a semaphore then. */
struct completion {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int done;
};

/* A jiffy is a second. */
#define HZ 1

static inline void init_completion(struct completion *completion)
{
	*completion = (struct completion){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
}

static inline void complete(struct completion *completion)
{
	pthread_mutex_lock(&completion->lock);
	completion->done++;
	pthread_cond_broadcast(&completion->changed);
	pthread_mutex_unlock(&completion->lock);
}

static inline unsigned long wait_for_completion_timeout(struct completion *completion,
							unsigned long seconds)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&completion->lock);
	while (!completion->done && !error)
		error = pthread_cond_timedwait(&completion->changed, &completion->lock, &until);
	if (!error)
		completion->done--;
	pthread_mutex_unlock(&completion->lock);
	return !error;
}
#endif
