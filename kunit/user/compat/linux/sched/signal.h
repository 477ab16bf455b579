/* SPDX-License-Identifier: GPL-2.0 */
/* The only signal that is checked: a thread can only send it to itself. */
#ifndef COMPAT_LINUX_SCHED_SIGNAL_H
#define COMPAT_LINUX_SCHED_SIGNAL_H
#include <linux/kthread.h>
#include "platform.h"

#define SIGKILL				 9
#define allow_signal(signal)		 ((void)(signal))
#define disallow_signal(signal)		 ((void)(signal))
#define send_sig(signal, task, internal) (platform_is_killed = true)
#define flush_signals(task)		 (platform_is_killed = false)
#endif
