// SPDX-License-Identifier: GPL-2.0
/*
 * The shim's SEAMCALL code once more, inside the test module: the suites issue leaves of their own
 * with it, and test it.
 */
#define NOTRACE /* the trace point is the module's */
#include "../../shim/seamcall.c"
