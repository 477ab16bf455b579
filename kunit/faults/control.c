// SPDX-License-Identifier: GPL-2.0
/* A TD's control pages once more: in this module they live among faults. */
#include "../client/control.c"
