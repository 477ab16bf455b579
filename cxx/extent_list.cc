// SPDX-License-Identifier: GPL-2.0
#include "extent_list.hpp"

namespace tdx {

Result<void> ExtentList::try_make_room(u32 more)
{
	if (count_ + more <= room_)
		return {};

	Chunk *chunk = typed<Chunk>(tdx_shim_alloc(sizeof(Chunk)));
	if (!chunk)
		return Failure(Errno::kNoMemory);
	chunk->next = nullptr;
	/* At most one chunk is empty, so the new one stands after the one that is being filled. */
	(filling_ ? filling_->next : chunks_) = chunk;
	room_ += kPerChunk;
	return {};
}

} // namespace tdx
