/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page array: pages, the list page that describes a window of them, and the record of what the
 * TDX module was told and answered. One caller at a time works with it. What never changes can be
 * read without a claim, and viewers copy the record under the array's own lock.
 */
#pragma once

#include <atomic>
#include <optional>

#include "abi/layout.hpp"
#include "abi/window.hpp"
#include "base/lock.hpp"
#include "array/custody.hpp"
#include "array/page_blocks.hpp"
#include "array/progress.hpp"

namespace tdx {

/* The module's ID of the object that an array's pages belong to. */
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

/* What never changes about an array. */
struct ArrayInfo {
	u64 id; /* no other array ever has the same */
	u32 pages;
	u32 blocks;
	s32 lowest_node; /* of the memory that the pages are in */
	s32 highest_node;
	PageOrigin origin;
	bool has_queues; /* laid out for an IOMMU */
};

/* What can be seen of an array at one moment. */
struct Snapshot {
	ArrayInfo info;
	Custody custody;
	std::optional<ObjectId> object;
	bool is_mapped;
	bool is_in_use;
};

/* A place in the list of live arrays, in the order of their making: of an array, or of a viewer. */
struct LiveLink {
	LiveLink *next = nullptr;
	LiveLink *previous = nullptr;
	bool is_array = false;
};

/*
 * Its memory is the shim's and begins with the array's lock. The log names @caller. A function that fails has written a
 * line to the log, except for a lack of memory that its comment does not mention.
 */
class PageArray : public LiveLink {
public:
	explicit PageArray(Layout layout) : layout_(layout) {}
	PageArray(const PageArray &) = delete;
	PageArray &operator=(const PageArray &) = delete;
	/* The last write to the memory marks the array as ended. */
	~PageArray() { live_.store(0, std::memory_order_relaxed); }

	/* Fills a new array: @take takes pages into the empty holder that it is given. */
	template <class Take> Result<void> try_fill(Take take)
	{
		const auto taken = take(blocks_);

		if (!taken)
			blocks_.give_back();
		else
			describe();
		return taken;
	}

	const ArrayInfo &info() const { return info_; }
	u64 id() const { return info_.id; }
	u32 pages() const { return blocks_.pages(); }
	u32 entries() const { return layout_.entries(pages()); }
	const Layout &layout() const { return layout_; }
	PageBlocks &blocks() { return blocks_; }
	const ExtentList &extents() const { return blocks_.extents(); }

	/* @index is below pages(). */
	Pfn page(u32 index) const;
	Pfn first_page() const { return extents().first().first(); }

	/* False if the array has ended, as far as its memory still says so. */
	bool is_live() const { return live_.load(std::memory_order_relaxed) == kLive; }

	/* One caller at a time: false while there is another one. */
	bool try_claim() { return !in_use_.exchange(true, std::memory_order_acquire); }
	void end_claim() { in_use_.store(false, std::memory_order_release); }

	/* Only for the caller that has claimed the array, except snapshot() and control_root(). */

	const Custody &custody() const { return custody_; }
	const std::optional<ObjectId> &object() const { return object_; }
	Snapshot snapshot() const;

	/*
	 * Writes the addresses of the window at @offset to the list page; returns how many they are.
	 * Fails with kInvalid or kNoMemory.
	 */
	Result<u32> populate(const char *caller, u32 offset);

	/* The window that the next hand-over is about. The first one need not be written yet. */
	Window window() const { return window_; }

	/* The window, which is not empty, as HPA_LIST_INFO. */
	Result<HpaListInfo> list_info(const char *caller);

	/*
	 * Where TDH.EXT.MEM.ADD was interrupted, if the call was given up then: the next one for the same
	 * window has to begin there.
	 */
	const std::optional<HpaListInfo> &interrupted_list() const { return interrupted_list_; }
	void record_interrupted_list(std::optional<HpaListInfo> left) { interrupted_list_ = left; }

	/* The whole array as an object's HPA_ARRAY_T: fails with kTooBig or kInvalid. */
	Result<u64> hpa_array(const char *caller);

	/* The list page with the whole array as IOMMU_MT; kInvalid when it has no queues. */
	Result<u64> iommu_mt(const char *caller);

	/*
	 * The AUX page for the leaf that gives the whole array back, poisoned: no window is
	 * populated any more.
	 */
	u64 prepare_aux_page();

	/*
	 * True if @word is the HPA_ARRAY_T of the whole array, unless it has queues, and the list page holds every
	 * entry of it, in order.
	 */
	bool is_whole(u64 word);

	/*
	 * True if the module left the AUX page of IOMMU metadata as it was: no public source says that TDH.IOMMU.CLEAR
	 * writes one, so that each page has to be asked about.
	 */
	bool is_list_unwritten();

	/*
	 * Writes back the host's own lines of @count pages from @offset on, so that none reaches
	 * memory after the module wrote there. Does nothing on a platform that does not need it.
	 */
	void flush(u32 offset, u32 count) const;

	/* Fails with kBusy unless pages of the array may be handed over now, under @hkid, as a new object. */
	Result<void> check_new_object(const char *caller, Hkid hkid) const;

	/* Fails with kIo if the hardware has lost one of the pages [offset, offset + count). */
	Result<void> check_not_broken(const char *caller, u32 offset, u32 count) const;

	/* Fails with kBusy unless the pages from @offset on may be added to what @leaf has given already. */
	Result<void> check_next_window(Leaf leaf, Hkid hkid, u32 offset) const;

	/* Fails with kBusy unless the CPU may read and write the pages. */
	Result<void> check_plain(const char *caller) const;

	/*
	 * What a leaf was answered: what it says of the pages, and which object they belong to now. Others see both change at
	 * once.
	 */
	void record(const Custody &custody, const std::optional<ObjectId> &object);
	void record(const Custody &custody) { record(custody, object_); }

	/* The page of a TDR or a TDVPR, which the module has, and the KeyID of the TD. */
	void record_root(Leaf created_by, Hkid td_hkid);
	std::optional<ControlRoot> control_root(Leaf created_by) const;

	/* How much the module wrote when the array was its output buffer. */
	void record_output(u64 bytes) { output_bytes_ = bytes; }
	u64 size() const { return u64{pages()} << kPageShift; }
	Result<void> read(const char *caller, std::span<u8> to) const;

	/*
	 * Maps the whole array to contiguous kernel addresses. Fails with kBusy when it is mapped already
	 * or check_plain() fails, or with kNoMemory.
	 */
	Result<void *> map(const char *caller);
	Result<void> unmap(const char *caller);
	bool is_mapped() const { return mapping_.load(std::memory_order_relaxed); }

	/* How far a release of the array came. */
	Progress &progress() { return progress_; }

	/* Calls @visit with each page of [offset, offset + count), in order. */
	template <class Visit> void for_each_page(u32 offset, u32 count, Visit visit) const
	{
		extents().for_each_run(offset, count, [&](Pfn first, u32 pages) {
			for (u32 i = 0; i < pages; i++)
				visit(first + i);
		});
	}

private:
	static constexpr u32 kLive = 0x70616765;
	static constexpr u64 kUnwritten = ~u64{0}; /* no HPA */

	void describe();

	/* Issues the trace event for the change from the present custody to @custody. */
	void trace(const Custody &custody) const;

	/*
	 * Calls @visit with each word that entries [offset, offset + count) should have. Inline, so that what @visit changes
	 * stays in registers.
	 */
	template <class Visit>
	[[gnu::always_inline]] void for_each_entry(u32 offset, u32 count, Visit visit) const;

	std::atomic<u32> live_ = kLive;
	std::atomic<bool> in_use_ = false;
	Layout layout_;
	ArrayInfo info_{};
	PageBlocks blocks_;
	SharedPage list_;
	Window window_{};
	/* Written under the array's lock, as object_: those who only look at it take the lock. */
	Custody custody_;
	std::optional<ObjectId> object_;
	std::optional<HpaListInfo> interrupted_list_;
	/* Of a TDR or TDVPR: what made it and the TD's KeyID, in one word for those who add pages to it; 0: none. */
	std::atomic<u32> root_ = 0;
	u64 output_bytes_ = 0;
	std::atomic<void *> mapping_ = nullptr;
	Progress progress_;
};

} // namespace tdx

/* The public header's opaque type: every array is one. */
struct tdx_page_array final : tdx::PageArray {
	using PageArray::PageArray;
};

namespace tdx {

using ArrayOwner = Owner<tdx_page_array, tdx_shim_alloc_array, tdx_shim_free_array>;

} // namespace tdx
