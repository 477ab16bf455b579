/* SPDX-License-Identifier: GPL-2.0 */
#define in_task() true
