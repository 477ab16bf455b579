// SPDX-License-Identifier: GPL-2.0
#include "array/extent_list.hpp"

namespace tdx {

Result<void> ExtentList::try_make_room(u32 more)
{
	if (count_ + more <= room_)
		return {};

	auto chunk = TRY(Owner<Chunk>::try_make());
	/* At most one chunk is empty, so the new one stands after the one that is being filled. */
	(filling_ ? filling_->next : chunks_) = std::move(chunk);
	room_ += kPerChunk;
	return {};
}

void ExtentList::add(Extent extent)
{
	pages_ += extent.pages();
	if (last_ && last_->order() == extent.order() && last_->end() == extent.first() &&
	    last_->blocks() + extent.blocks() <= Extent::kMaxBlocks) {
		*last_ = Extent(last_->first(), extent.order(), last_->blocks() + extent.blocks());
		return;
	}

	if (count_ >= kFew && (count_ - kFew) % kPerChunk == 0) {
		filling_ = (count_ == kFew ? chunks_ : filling_->next).get();
		filling_->first_page = pages_ - extent.pages();
	}
	/* There is room: NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
	last_ = count_ < kFew ? &few_[count_] : &filling_->extents[(count_ - kFew) % kPerChunk];
	*last_ = extent;
	count_++;
}

ExtentList::Iterator &ExtentList::Iterator::operator++()
{
	const u32 place = list_->count_ - --left_;

	at_++;
	if (left_ && place >= kFew && (place - kFew) % kPerChunk == 0) {
		/* There is one more: NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
		at_ = chunk_->extents.data();
		chunk_ = chunk_->next.get();
	}
	return *this;
}

ExtentList::Iterator ExtentList::find(u32 &index) const
{
	Iterator extent = begin();
	u64 first_page = 0;
	u32 place = kFew;

	for (const Chunk *chunk = chunks_.get(); chunk && chunk->first_page <= index;
	     chunk = chunk->next.get(), place += kPerChunk) {
		extent = {this, chunk->extents.data(), chunk->next.get(), count_ - place};
		first_page = chunk->first_page;
	}
	index -= first_page;
	for (; (*extent).pages() <= index; ++extent)
		index -= (*extent).pages();
	return extent;
}

} // namespace tdx
