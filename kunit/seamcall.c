// SPDX-License-Identifier: GPL-2.0
/*
 * The shim's SEAMCALL code once more, inside a test module: suites, lifecycles and clients play the hypervisor, which has its own, and
 * issue leaves with it; a suite tests it.
 */
#define NOTRACE /* the trace point is the module's */
#include "../shim/seamcall.c"
