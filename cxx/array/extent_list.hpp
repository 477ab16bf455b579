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
	~ExtentList() { clear(); }

	/* Pages of all extents. */
	u32 pages() const { return pages_; }

	/* Not of an empty list. */
	Extent first() const { return few_[0]; }

	/* Room for so many more, at most kMaxMore; fails with kNoMemory. */
	Result<void> try_make_room(u32 more);
	static constexpr u32 kMaxMore = 64;

	/* There is room. A block next to the last one of the same order makes its extent longer. */
	void add(Extent extent);

	void clear()
	{
		end_all(chunks_);
		filling_ = nullptr;
		last_ = nullptr;
		count_ = pages_ = 0;
		room_ = kFew;
	}

	/* The extents in the order in which they were added. */
	class Iterator {
	public:
		Extent operator*() const { return *at_; }
		Iterator &operator++()
		{
			if (++at_ == end_ && next_)
				*this = Iterator(*next_);
			return *this;
		}
		friend bool operator==(const Iterator &iterator, std::default_sentinel_t)
		{
			return iterator.at_ == iterator.end_;
		}

	private:
		friend ExtentList;
		explicit Iterator(const ExtentList &list)
			: at_(list.few_.data()), end_(at_ + list.count_), next_(list.chunks_.get())
		{
		}
		explicit Iterator(const Chunk &chunk)
			: at_(chunk.extents.data()), end_(at_ + chunk.count),
			  next_(chunk.next.get())
		{
		}

		const Extent *at_;
		const Extent *end_; /* of those side by side */
		const Chunk *next_;
	};

	Iterator begin() const { return Iterator(*this); }
	static std::default_sentinel_t end() { return {}; }

	/* Extents between two points at which other tasks may run. */
	static constexpr u32 kAtOnce = 64;

	/* Calls @visit with each run of neighbouring pages of [offset, offset + count), all of which exist. May sleep. */
	template <class Visit> void for_each_run(u32 offset, u32 count, Visit visit) const
	{
		u32 skip = offset, visited = 0;

		for (Iterator at = skip ? find(skip) : begin(); count; ++at, skip = 0) {
			const Extent extent = *at;
			const u32 here = std::min(extent.pages() - skip, count);
			visit(extent.first() + skip, here);
			count -= here;
			if (++visited % kAtOnce == 0)
				tdx_shim_cond_resched();
		}
	}

private:
	static constexpr u32 kFew = 3;
	static constexpr u32 kPerChunk = kPageSize / sizeof(Extent) - 2;

	struct Chunk {
		Owner<Chunk> next;
		u32 first_page = 0; /* pages in the extents before it */
		u32 count = 0;
		std::array<Extent, kPerChunk> extents;
	};
	static_assert(sizeof(Chunk) == kPageSize && kMaxMore <= kPerChunk);

	/* The extent with page @index, which becomes the page's index in it. */
	Iterator find(u32 &index) const;

	std::array<Extent, kFew> few_;
	Owner<Chunk> chunks_;	   /* at most the last one is empty */
	Chunk *filling_ = nullptr; /* the last chunk with an extent */
	Extent *last_ = nullptr;
	u32 count_ = 0;	  /* of few_ */
	u32 room_ = kFew; /* for so many more */
	u32 pages_ = 0;
};

} // namespace tdx
