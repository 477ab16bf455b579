/* SPDX-License-Identifier: GPL-2.0 */
/* Parameters keep their defaults: what differs here says the platform (platform.h). */
#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)
