/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/kernel.h>
#define GFP_KERNEL	     0
#define __GFP_ZERO	     0
#define kzalloc(bytes, gfp)  calloc(1, bytes)
#define kvmalloc(bytes, gfp) malloc(bytes)
#define kvfree(memory)	     free(memory)
#define kfree(memory)	     free(memory)
