/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extents in a row: a few of them in the list itself, which mostly is enough, and all others in chunks
 * of one page each. So a list of any length needs no two pages side by side, and nothing is copied
 * when it grows.
 */
#pragma once

#include <array>

#include "extent.hpp"
#include "memory.hpp"
#include "result.hpp"

namespace tdx {

class ExtentList {
	struct Chunk;

public:
	ExtentList() = default;
	ExtentList(const ExtentList &) = delete;
	ExtentList &operator=(const ExtentList &) = delete;
	~ExtentList()
	{
		while (chunks_)
			tdx_shim_free(std::exchange(chunks_, chunks_->next));
	}

	bool is_empty() const { return count_ == 0; }

	/* As in all small arrays on memory that is not scattered. */
	bool is_one_block() const { return count_ == 1 && few_[0].is_one_block(); }

	/* Not of an empty list. */
	Extent first() const { return few_[0]; }
	Extent &last() { return *last_; }

	/* Room for so many more, at most kMaxMore. */
	Result<void> try_make_room(u32 more);
	static constexpr u32 kMaxMore = 64;

	/* There is room. */
	void add(Extent extent)
	{
		if (count_ < kFew)
			last_ = &few_[count_];
		else if ((count_ - kFew) % kPerChunk)
			last_++;
		else
			last_ = next_chunk();
		*last_ = extent;
		count_++;
	}

	/* The room stays. */
	void clear() { count_ = 0; }

	/* One extent of a list, in the order in which they were added; the first one to begin with. */
	class Place {
	private:
		friend ExtentList;
		const Chunk *chunk_ = nullptr;
		u32 index_ = 0;
	};

	/* @place is not behind the last one. */
	Extent at(Place place) const
	{
		return place.chunk_ ? place.chunk_->extents[place.index_] : few_[place.index_];
	}

	Place after(Place place) const
	{
		place.index_++;
		if (place.chunk_ ? place.index_ == kPerChunk : place.index_ == kFew) {
			place.chunk_ = place.chunk_ ? place.chunk_->next : chunks_;
			place.index_ = 0;
		}
		return place;
	}

	/* Calls @visit with each of them. */
	template <class Visit> void for_each(Visit visit) const
	{
		Place place;

		for (u32 left = count_; left; left--) {
			visit(at(place));
			place = after(place);
		}
	}

private:
	static constexpr u32 kFew = 3;
	static constexpr u32 kPerChunk = kPageSize / sizeof(Extent) - 1;

	struct Chunk {
		Chunk *next;
		std::array<Extent, kPerChunk> extents;
	};
	static_assert(sizeof(Chunk) == kPageSize && kMaxMore <= kPerChunk);

	Extent *next_chunk()
	{
		Chunk *&chunk = count_ == kFew ? chunks_ : filling_->next;

		filling_ = chunk;
		return filling_->extents.data();
	}

	std::array<Extent, kFew> few_;
	Chunk *chunks_ = nullptr;
	Chunk *filling_ = nullptr; /* the chunk that the last extent lies in, if it lies in one */
	Extent *last_ = nullptr;
	u32 count_ = 0;
	u32 room_ = kFew;
};

} // namespace tdx
