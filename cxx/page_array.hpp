/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page array: pages, the list page that describes a window of them, and the record of what the
 * TDX module was told and answered. Wrappers (tdh_*.cc) hand it over and record; release.cc ends
 * it.
 */
#pragma once

#include "custody.hpp"
#include "list_page.hpp"
#include "page_blocks.hpp"

namespace tdx {

class PageArray {
public:
	explicit PageArray(ListPage list) : list_(std::move(list)) {}

	/* Fills a new array; its first window is populated. */
	void put_blocks(PageBlocks blocks);

	u32 pages() const { return blocks_.pages(); }
	Pfn page(u32 index) const { return blocks_.page(index); }
	const Custody &custody() const { return custody_; }

	/* Writes the addresses of the window at @offset to the list page. */
	Result<Window> populate(u32 offset);
	Window window() const { return window_; }

	/* The populated window, which is not empty, as the module wants to read it. */
	HpaListInfo list_info() const { return {list_.hpa(), 0, window_.count - 1}; }

	/*
	 * The whole array as an object's HPA_ARRAY_T; fails with kTooBig when it is more than one
	 * list page can hold.
	 */
	Result<HpaArray> try_hpa_array();

	/*
	 * The AUX page for the leaf that gives the whole array back, poisoned: no window is
	 * populated any more.
	 */
	u64 prepare_aux_page();

	/*
	 * Is @word the HPA_ARRAY_T of the whole array, with every entry of the list page in its
	 * place?
	 */
	bool is_whole(u64 word);

	/*
	 * Writes back the host's own lines of the window, so that none reaches memory after the
	 * module wrote there.
	 */
	void flush_window() const;

	void record_hand_over(const HandOver &hand_over, HandOverOutcome outcome,
			      CompletionStatus status)
	{
		custody_ = custody_.after_hand_over(hand_over, outcome, status);
	}
	void record_return(CompletionStatus status) { custody_ = custody_.after_return(status); }
	void record_doubt(CompletionStatus status) { custody_ = custody_.after_doubt(status); }

	/* The object that the pages are the metadata of, while the module owns them. */
	u64 object_id() const { return object_id_; }
	void set_object_id(u64 id) { object_id_ = id; }

	/*
	 * Contiguous kernel addresses of the whole array; only while no module or KeyID has a part
	 * in it.
	 */
	Result<void *> map();
	Result<void> unmap();
	bool is_mapped() const { return mapping_; }

	PageBlocks take_blocks() { return std::move(blocks_); }

private:
	PageBlocks blocks_;
	ListPage list_;
	Window window_;
	Custody custody_;
	u64 object_id_ = 0;
	void *mapping_ = nullptr;
};

} // namespace tdx
