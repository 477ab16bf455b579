/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page array: pages, the list page that describes a window of them, and the record of what the
 * TDX module was told and answered. Wrappers (tdh_*.cc) hand it over and record; release.cc ends
 * it.
 */
#pragma once

#include <optional>

#include "custody.hpp"
#include "layout.hpp"
#include "list_page.hpp"
#include "page_blocks.hpp"
#include "published.hpp"

namespace tdx {

/* How the module calls the object that an array's pages belong to. */
struct ObjectId {
	u64 id;
	u64 parent = 0; /* the session of a stream; otherwise nothing */

	friend constexpr bool operator==(const ObjectId &, const ObjectId &) = default;
};

/* A TDR or TDVPR page: what control pages are added to, and the KeyID that they get. */
struct ControlRoot {
	Hpa page;
	Hkid td_hkid;
};

class PageArray {
public:
	explicit PageArray(Layout layout)
		: id_(__atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED)), layout_(layout)
	{
	}

	/* What people call it: a number of its own, which is never used again. */
	u64 id() const { return id_; }

	/*
	 * Fills a new array: @take takes pages into the empty holder that it is given. The first
	 * window is the next hand-over's then.
	 */
	template <class Take> Result<void> try_fill(Take take)
	{
		TRY(take(blocks_));
		window_ = TRY(Window::at(0, entries()));
		return {};
	}

	u32 pages() const { return blocks_.pages(); }
	u32 entries() const { return layout_.entries(pages()); }
	Pfn first_page() const { return blocks_.first_page(); }
	Pfn page(u32 index) const { return blocks_.page(index); }
	PageOrigin origin() const { return blocks_.origin(); }
	const Layout &layout() const { return layout_; }
	const Custody &custody() const { return custody_; }

	/*
	 * Writes the addresses of the window at @offset to the list page; returns how many they are.
	 * Fails with kInvalid, or with kNoMemory when there is no list page yet and none to be had.
	 */
	Result<u32> populate(u32 offset);

	/* The window that the next hand-over is about. The first one need not be written yet. */
	Window window() const { return window_; }

	/*
	 * The window, which is not empty, as the module wants to read it. Fails with kNoMemory as
	 * populate().
	 */
	Result<HpaListInfo> try_list_info();

	/*
	 * Where the module waits in the window that continues its pages, after a call that was given
	 * up while it was interrupted: the next call has to begin there.
	 */
	const std::optional<HpaListInfo> &interrupted_list() const { return interrupted_list_; }
	void record_interrupted_list(std::optional<HpaListInfo> left) { interrupted_list_ = left; }

	/*
	 * The whole array as an object's HPA_ARRAY_T. Fails with kTooBig when it is more than one
	 * list page can hold, with kInvalid when it has queues.
	 */
	Result<HpaArray> try_hpa_array()
	{
		if (!layout_.is_plain())
			return Failure(Errno::kInvalid);
		if (pages() > kListEntries)
			return Failure(Errno::kTooBig);
		/* An earlier use may have poisoned the list page or left another window in it. */
		if (pages() > 1)
			TRY(populate(0));
		return HpaArray::of(pages(), first_page().hpa(), list_.hpa());
	}

	/* The list page with the whole array as IOMMU_MT; kInvalid when it has no queues. */
	Result<Hpa> try_iommu_mt();

	/*
	 * The AUX page for the leaf that gives the whole array back, poisoned: no window is
	 * populated any more.
	 */
	u64 prepare_aux_page()
	{
		window_ = {};
		if (entries() > 1)
			list_.poison(entries());
		return aux_page(entries(), list_.hpa());
	}

	/*
	 * Is @word the HPA_ARRAY_T of the whole array, with every entry of the list page in its
	 * place?
	 */
	bool is_whole(u64 word)
	{
		return word == HpaArray::of(pages(), first_page().hpa(), list_.hpa()).encode() &&
		       (pages() == 1 || list_is_whole());
	}

	/* Has the list page every entry of the whole array in its place? */
	bool list_is_whole();

	/*
	 * Writes back the host's own lines of @count pages from @offset on, so that none reaches
	 * memory after the module wrote there.
	 */
	void flush(u32 offset, u32 count) const
	{
		blocks_.for_each_page(offset, count,
				      [](Pfn page) { tdx_shim_flush_page(page.value()); });
	}

	/* What @leaf, or the leaf of the hand-over, answered. */
	void record_hand_over(const HandOver &hand_over, HandOverOutcome outcome,
			      CompletionStatus status,
			      const std::optional<ObjectId> &object_if_accepted = {});
	void record_answer(Leaf leaf, CompletionStatus status);
	void record_return(Leaf leaf, CompletionStatus status);
	void record_reclaim_of_last();
	void record_doubt(Leaf leaf, CompletionStatus status);

	/*
	 * The object that the pages belong to. Forgotten when it is gone or may be: the module may
	 * give its number to another one.
	 */
	const std::optional<ObjectId> &object() const { return object_; }
	void forget_object();

	/*
	 * Of a TDR or TDVPR that the module has since @created_by; fails with kInvalid for anything
	 * else.
	 */
	Result<ControlRoot> control_root(Leaf created_by) const;
	void record_td_hkid(Hkid hkid) { td_hkid_ = hkid; }

	/* How much the module wrote when the array was its output buffer. */
	u64 output_bytes() const { return output_bytes_; }
	void record_output(u64 bytes) { output_bytes_ = bytes; }

	/* Copies the first @bytes; the array has as many. */
	void copy_out(std::span<u8> to) const;

	/*
	 * Contiguous kernel addresses of the whole array; only while no module or KeyID has a part
	 * in it.
	 */
	Result<void *> map();
	Result<void> unmap();
	bool is_mapped() const { return mapping_.load(); }

	/* Calls @visit with each page of [offset, offset + count), in order. */
	template <class Visit> void for_each_page(u32 offset, u32 count, Visit visit) const
	{
		blocks_.for_each_page(offset, count, visit);
	}

	const ExtentList &extents() const { return blocks_.extents(); }

	/* Pages go back to the page allocator or to their owner, as they are: one block, or any number. */
	void give_block_back() { blocks_.give_block_back(); }
	void give_pages_back() { blocks_.give_back(); }

	/* All pages have found another place. */
	void forget_pages() { blocks_.forget(); }

private:
	/* Calls @visit with each word that entries [offset, offset + count) should have. */
	template <class Visit> void for_each_entry(u32 offset, u32 count, Visit visit) const;
	/* Is each of the first @entries entries one page, next to the one before? As in small arrays. */
	bool is_side_by_side(u32 entries) const
	{
		return layout_.is_plain() && entries <= extents().first().pages();
	}

	/* For lists of which that is not so. */
	[[gnu::noinline]] void write_scattered_list(u32 offset, u32 count);
	[[gnu::noinline]] bool scattered_list_is_whole();

	/*
	 * Has @change write custody_ and object_, so that others see all of it at once; lets a trace
	 * point say so: by @leaf, which answered @status.
	 */
	template <class Change>
	void change_record(Leaf leaf, CompletionStatus status, Change change);
	void trace_custody(const Custody &before, Leaf leaf, CompletionStatus status) const;

	static inline constinit u64 last_id = 0;

	u64 id_;
	PageBlocks blocks_;
	Layout layout_;
	ListPage list_;
	Window window_;
	bool window_is_written_ = false;
	/*
	 * Written by the one caller that has the array, under the lock of the registry; who only
	 * looks at it takes the lock. The same holds for object_.
	 */
	Custody custody_;
	std::optional<HpaListInfo> interrupted_list_;
	std::optional<ObjectId> object_;
	Hkid td_hkid_;
	u64 output_bytes_ = 0;
	Published<void *> mapping_;
};

} // namespace tdx
