/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cache lines of private KeyIDs must not outlive this kernel: whatever runs next would see them
 * written over its own memory.
 */
#pragma once

#include "leaf.hpp"

namespace tdx::private_lines {

/* Before @leaf is issued: from now on there may be private lines, if it is one that makes some. */
void expect_after(Leaf leaf);

/* Writes all caches back, if there may be such lines. Returns whether it did. */
bool write_back();

} // namespace tdx::private_lines
