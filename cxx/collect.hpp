/* SPDX-License-Identifier: GPL-2.0 */
/* Copies of what stands in a list that others change meanwhile. */
#pragma once

#include "memory.hpp"

namespace tdx {

/*
 * Calls @copy with room for copies until all fit: it takes the list's lock, fills what it can, and
 * returns how many there are. So nothing is allocated under the lock, and what comes out is the list
 * at one moment. Fails with kNoMemory.
 */
template <class T, class Copy> Result<Buffer<T>> collect(Copy copy)
{
	u32 room = 0;

	for (;;) {
		room += room / 8 + 16;
		auto copies = TRY(Buffer<T>::try_make(room));
		const u32 count = copy(copies.values());
		if (count <= room) {
			copies.shrink(count);
			return copies;
		}
		room = count;
	}
}

} // namespace tdx
