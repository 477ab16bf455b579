/* SPDX-License-Identifier: GPL-2.0 */
#include <unistd.h>
#include <linux/kernel.h>
#define msleep(ms) usleep((ms)*1000)
