/* SPDX-License-Identifier: GPL-2.0 */
/* The C library includes this itself. */
#include_next <linux/limits.h>
