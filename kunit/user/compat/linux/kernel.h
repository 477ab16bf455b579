/* SPDX-License-Identifier: GPL-2.0 */
/* Small macros of the kernel that suites use. */
#ifndef COMPAT_LINUX_KERNEL_H
#define COMPAT_LINUX_KERNEL_H
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

#define ARRAY_SIZE(array)	  (sizeof(array) / sizeof((array)[0]))
#define sizeof_field(type, field) sizeof(((type *)0)->field)
#define min(a, b)		  ((a) < (b) ? (a) : (b))
#define max(a, b)		  ((a) > (b) ? (a) : (b))
#define min3(a, b, c)		  min(min(a, b), c)
#define min_t(type, a, b)	  ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define DIV_ROUND_UP(n, d)	  (((n) + (d)-1) / (d))
#define IS_ALIGNED(x, a)	  (((x) & ((a)-1)) == 0)
#define READ_ONCE(x)		  __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define WRITE_ONCE(x, v)	  __atomic_store_n(&(x), v, __ATOMIC_SEQ_CST)
#define EXPORT_SYMBOL_GPL(symbol)
#define MODULE_LICENSE(text)
#define MODULE_DESCRIPTION(text)
#define MODULE_AUTHOR(text)
#define MODULE_IMPORT_NS(name)
#define KERNEL_VERSION(a, b, c)		    (((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE		    KERNEL_VERSION(7, 3, 0)
#define IS_ENABLED(option)		    0
#define strscpy(to, from, bytes)	    snprintf(to, bytes, "%s", from)
#define DEFINE_SPINLOCK(name)		    pthread_mutex_t name = PTHREAD_MUTEX_INITIALIZER
#define spin_lock_irqsave(lock, flags)	    ((flags) = 0, pthread_mutex_lock(lock))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags), pthread_mutex_unlock(lock))
#define swap(a, b) \
	do { \
		__auto_type swapped_ = (a); \
\
		(a) = (b); \
		(b) = swapped_; \
	} while (0)

/* The first byte that is not @value, or NULL. */
static inline const void *memchr_inv(const void *memory, int value, size_t bytes)
{
	const unsigned char *byte = (const unsigned char *)memory;

	for (; bytes; bytes--, byte++)
		if (*byte != (unsigned char)value)
			return byte;
	return NULL;
}
#endif
