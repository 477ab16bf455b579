/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel threads, as threads of the process. */
#ifndef COMPAT_LINUX_KTHREAD_H
#define COMPAT_LINUX_KTHREAD_H
#include <pthread.h>
#include <sched.h>
#include <linux/kernel.h>
#include "platform.h"

struct task_struct {
	pthread_t thread;
	int (*run)(void *data);
	void *data;
};

extern __thread struct task_struct *user_current;

struct task_struct *user_kthread_create(int (*run)(void *data), void *data);
void wake_up_process(struct task_struct *task);
int kthread_stop(struct task_struct *task);

#define kthread_create(run, data, ...) user_kthread_create(run, data)
#define kthread_run(run, data, ...) \
	({ \
		struct task_struct *created_ = user_kthread_create(run, data); \
		wake_up_process(created_); \
		created_; \
	})
#define kthread_stop_put(task) kthread_stop(task)
#define get_task_struct(task)  ((void)(task))
#define current		       user_current
#define cond_resched()	       sched_yield()
#endif
