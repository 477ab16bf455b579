/* SPDX-License-Identifier: GPL-2.0 */
/* Fixed-width types and memset(), for each environment that the model is built in. */
#ifndef SEAM_TYPES_H
#define SEAM_TYPES_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#endif

#endif
