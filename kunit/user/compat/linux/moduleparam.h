/* SPDX-License-Identifier: GPL-2.0 */
/* Parameters keep their defaults: the platform (platform.h) has other switches. */
#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)
