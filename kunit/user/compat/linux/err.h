/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_ERR_H
#define COMPAT_LINUX_ERR_H
#include <linux/kernel.h>
#define MAX_ERRNO		4095
#define ERR_PTR(error)		((void *)(long)(error))
#define PTR_ERR(pointer)	((long)(pointer))
#define IS_ERR(pointer)		((unsigned long)(pointer) > -4096UL)
#define IS_ERR_OR_NULL(pointer) (!(pointer) || IS_ERR(pointer))
#endif
