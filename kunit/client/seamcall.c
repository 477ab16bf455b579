// SPDX-License-Identifier: GPL-2.0
/* The shim's SEAMCALL code once more: a hypervisor has its own, and this client plays one. */
#define NOTRACE /* the trace point is the module's */
#include "../../shim/seamcall.c"
