/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extents in a row: a few of them in the list itself, which mostly is enough, and all others in chunks
 * of one page each. So a list of any length needs no two pages side by side, and nothing is copied
 * when it grows.
 */
#pragma once

#include <array>
#include <iterator>

#include "base/memory.hpp"
#include "array/extent.hpp"

namespace tdx {

class ExtentList {
	struct Chunk;

public:
	ExtentList() = default;
	ExtentList(const ExtentList &) = delete;
	ExtentList &operator=(const ExtentList &) = delete;
	~ExtentList()
	{
		/* One after the other, because a chunk owns the next one. */
		while (chunks_)
			chunks_ = std::move(chunks_->next);
	}

	/* Pages of all extents. */
	u32 pages() const { return pages_; }

	/* Not of an empty list. */
	Extent first() const { return few_[0]; }

	/* Room for so many more, at most kMaxMore; fails with kNoMemory. */
	Result<void> try_make_room(u32 more);
	static constexpr u32 kMaxMore = 64;

	/* There is room. A block next to the last one of the same order makes its extent longer. */
	void add(Extent extent);

	/* The room stays. */
	void clear()
	{
		count_ = pages_ = 0;
		last_ = nullptr;
	}

	/* The extents in the order in which they were added. */
	class Iterator {
	public:
		Extent operator*() const { return *at_; }
		Iterator &operator++();
		friend bool operator==(const Iterator &iterator, std::default_sentinel_t)
		{
			return !iterator.left_;
		}

	private:
		friend ExtentList;
		Iterator(const ExtentList *list, const Extent *at, const Chunk *chunk, u32 left)
			: list_(list), at_(at), chunk_(chunk), left_(left)
		{
		}

		const ExtentList *list_;
		const Extent *at_;
		const Chunk *chunk_; /* the one after that of at_ */
		u32 left_;
	};

	Iterator begin() const { return {this, few_.data(), chunks_.get(), count_}; }
	static std::default_sentinel_t end() { return {}; }

	/* Calls @visit with each run of neighbouring pages of [offset, offset + count), which there are. */
	template <class Visit> void for_each_run(u32 offset, u32 count, Visit visit) const
	{
		u32 skip = offset;

		for (Iterator extent = find(skip); count; ++extent, skip = 0) {
			const u32 here = std::min((*extent).pages() - skip, count);
			visit((*extent).first() + skip, here);
			count -= here;
		}
	}

private:
	static constexpr u32 kFew = 3;
	static constexpr u32 kPerChunk = kPageSize / sizeof(Extent) - 2;

	struct Chunk {
		Owner<Chunk> next;
		u64 first_page = ~u64{0}; /* pages in the extents before it, once it has one */
		std::array<Extent, kPerChunk> extents;
	};
	static_assert(sizeof(Chunk) == kPageSize && kMaxMore <= kPerChunk);

	/* The extent with page @index, which becomes the page's index in it. */
	Iterator find(u32 &index) const;

	std::array<Extent, kFew> few_;
	Owner<Chunk> chunks_;
	Chunk *filling_ = nullptr; /* the last chunk with an extent, or the only one */
	Extent *last_ = nullptr;
	u32 count_ = 0;
	u32 room_ = kFew;
	u32 pages_ = 0;
};

} // namespace tdx
