// SPDX-License-Identifier: GPL-2.0
/* What KVM does with control pages once more: in this module it lives among faults. */
#include "../suites/kvm.c"
