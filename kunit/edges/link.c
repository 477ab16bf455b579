// SPDX-License-Identifier: GPL-2.0
/* A session with a device once more: in this module it lives until the machine goes down. */
#include "../client/link.c"
