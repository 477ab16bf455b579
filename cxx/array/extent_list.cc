// SPDX-License-Identifier: GPL-2.0
#include "array/extent_list.hpp"

namespace tdx {

Result<void> ExtentList::try_make_room(u32 more)
{
	if (more <= room_)
		return {};

	auto chunk = TRY(Owner<Chunk>::try_make());
	(filling_ ? filling_->next : chunks_) = std::move(chunk);
	room_ += kPerChunk;
	return {};
}

void ExtentList::add(Extent extent)
{
	const u32 first_page = pages_;

	pages_ += extent.pages();
	if (last_ && last_->end() == extent.first() && last_->order() == extent.order() &&
	    last_->blocks() + extent.blocks() <= Extent::kMaxBlocks) {
		*last_ = Extent(last_->first(), extent.order(), last_->blocks() + extent.blocks());
		return;
	}

	room_--;
	if (count_ < kFew) {
		last_ = &few_[count_++];
	} else {
		if (!filling_ || filling_->count == kPerChunk) {
			filling_ = (filling_ ? filling_->next : chunks_).get();
			filling_->first_page = first_page;
		}
		last_ = &filling_->extents[filling_->count++];
	}
	*last_ = extent;
}

ExtentList::Iterator ExtentList::find(u32 &index) const
{
	const Chunk *within = nullptr;

	for (const Chunk *chunk = chunks_.get();
	     chunk && chunk->count && chunk->first_page <= index; chunk = chunk->next.get())
		within = chunk;
	Iterator extent = within ? Iterator(*within) : begin();
	index -= within ? within->first_page : 0;
	for (; (*extent).pages() <= index; ++extent)
		index -= (*extent).pages();
	return extent;
}

} // namespace tdx
