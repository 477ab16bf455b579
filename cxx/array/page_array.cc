// SPDX-License-Identifier: GPL-2.0
#include "array/page_array.hpp"

#include "facts/tdx_module.hpp"

namespace tdx {

namespace {

constinit std::atomic<u64> next_id = 1;

/* Pages between two points at which other tasks may run. */
constexpr u32 kFlushedAtOnce = 16;

} // namespace

/* A block lies on one node; neighbours of it may lie on another one. */
void PageArray::describe()
{
	u32 blocks = 0;
	s32 lowest = TDX_SHIM_MAX_NODES, highest = 0;
	const auto look_at = [&](Pfn page) {
		const s32 node = tdx_shim_node_of(page.value());
		lowest = std::min(lowest, node);
		highest = std::max(highest, node);
	};

	for (const Extent extent : extents()) {
		blocks += extent.blocks();
		if (blocks % ExtentList::kAtOnce == 0)
			tdx_shim_cond_resched();
		look_at(extent.first());
		if (extent.blocks() > 1)
			look_at(extent.block(extent.blocks() - 1));
	}
	info_ = {next_id.fetch_add(1, std::memory_order_relaxed),
		 pages(),
		 blocks,
		 lowest,
		 highest,
		 blocks_.origin(),
		 !layout_.is_plain()};
	window_ = {0, std::min(entries(), kListEntries)};
}

Pfn PageArray::page(u32 index) const
{
	Pfn found;

	extents().for_each_run(index, 1, [&](Pfn page, u32) { found = page; });
	return found;
}

Snapshot PageArray::snapshot() const
{
	const ArrayLock lock(this);

	return {info_, custody_, object_, is_mapped(), in_use_.load(std::memory_order_relaxed)};
}

template <class Visit>
inline void PageArray::for_each_entry(u32 offset, u32 count, Visit visit) const
{
	const u32 end = offset + count;
	u32 entry = offset;

	/* All of them are in the first window. */
	for (; entry < layout_.queues; entry++)
		visit(iommu_mt_entry(page(layout_.first_page_of(entry)).hpa(),
				     layout_.pages_of(entry)));
	/* Behind the queues there is always a page. */
	for_each_page(layout_.first_page_of(entry), end - entry,
		      [&](Pfn page) { visit(page.hpa().value()); });
}

Result<u32> PageArray::populate(const char *caller, u32 offset)
{
	window_ = {};
	const auto window = Window::at(offset, entries());
	if (!window)
		return REFUSE(caller, Errno::kInvalid,
			      "offset is %u, but array %llu has %u entries", offset, id(),
			      entries());
	if (list_.is_none()) {
		auto list = SharedPage::try_make();
		if (!list)
			return REFUSE(caller, Errno::kNoMemory, "no memory for the list page");
		list_ = *std::move(list);
	}

	u64 *entry = list_.words().data();
	for_each_entry(offset, window->count, [&](u64 word) { *entry++ = word; });
	window_ = *window;
	return window->count;
}

Result<HpaListInfo> PageArray::list_info(const char *caller)
{
	if (list_.is_none())
		TRY(populate(caller, window_.offset));
	return HpaListInfo{list_.hpa(), 0, window_.count - 1};
}

Result<u64> PageArray::hpa_array(const char *caller)
{
	if (!layout_.is_plain())
		return REFUSE(caller, Errno::kInvalid,
			      "array %llu has the layout of IOMMU metadata", id());
	if (pages() > kListEntries)
		return REFUSE(caller, Errno::kTooBig, "array %llu has %u pages, more than %u", id(),
			      pages(), kListEntries);
	/* An earlier use may have poisoned the list page or left another window in it. */
	if (pages() > 1)
		TRY(populate(caller, 0));
	return tdx::hpa_array(pages(), first_page().hpa(), list_.hpa());
}

Result<u64> PageArray::iommu_mt(const char *caller)
{
	if (layout_.is_plain())
		return REFUSE(caller, Errno::kInvalid,
			      "array %llu does not have the layout of IOMMU metadata", id());
	TRY(populate(caller, 0));
	std::ranges::fill(list_.words().subspan(window_.count), kNoIommuMtEntry);
	return list_.hpa().value();
}

/* What the module leaves unwritten must not look like an answer: all ones is no HPA. */
u64 PageArray::prepare_aux_page()
{
	window_ = {};
	if (entries() > 1)
		std::ranges::fill(list_.words().first(entries()), kUnwritten);
	return aux_page(entries(), list_.hpa());
}

bool PageArray::is_whole(u64 word)
{
	u64 differences = 0;

	if (layout_.is_plain())
		differences = word ^ tdx::hpa_array(pages(), first_page().hpa(), list_.hpa());
	if (entries() > 1) {
		const u64 *entry = list_.words().data();
		for_each_entry(0, entries(), [&](u64 wanted) { differences |= *entry++ ^ wanted; });
	}
	return !differences;
}

bool PageArray::is_list_unwritten()
{
	return !layout_.is_plain() &&
	       std::ranges::count(list_.words().first(entries()), kUnwritten) == entries();
}

void PageArray::flush(u32 offset, u32 count) const
{
	u32 flushed = 0;

	if (!tdx_module().wants_flush())
		return;
	for_each_page(offset, count, [&](Pfn page) {
		tdx_shim_flush_page(page.value());
		if (++flushed % kFlushedAtOnce == 0)
			tdx_shim_cond_resched();
	});
}

Result<void> PageArray::check_new_object(const char *caller, Hkid hkid) const
{
	if (is_mapped())
		return REFUSE(caller, Errno::kBusy, "array %llu is mapped", id());
	if (progress_.has_begun())
		return REFUSE(caller, Errno::kBusy, "the release of array %llu has begun", id());
	if (custody_.allows_new_object(hkid))
		return {};
	if (custody_.allows_new_object(custody_.hkid()))
		return REFUSE(caller, Errno::kBusy,
			      "pages of array %llu may hold cache lines of KeyID %u: release the "
			      "array first",
			      id(), custody_.hkid().value());
	return REFUSE(caller, Errno::kBusy, "pages of array %llu are %s, handed over by %s", id(),
		      name_of(custody_.state()), name_of(custody_.handed_over_by()));
}

Result<void> PageArray::check_next_window(Leaf leaf, Hkid hkid, u32 offset) const
{
	if (!is_mapped() && !progress_.has_begun() &&
	    custody_.allows_next_window(leaf, hkid, offset))
		return {};
	return check_new_object(not_issued(leaf), hkid);
}

Result<void> PageArray::check_not_broken(const char *caller, u32 offset, u32 count) const
{
	bool is_whole = true;

	extents().for_each_run(offset, count, [&](Pfn first, u32 pages) {
		is_whole &= tdx_shim_first_broken(first.value(), pages) == pages;
	});
	if (is_whole)
		return {};
	return REFUSE(caller, Errno::kIo, "memory failure in a page of array %llu", id());
}

Result<void> PageArray::check_plain(const char *caller) const
{
	if (custody_.is_plain())
		return {};
	return REFUSE(
		caller, Errno::kBusy,
		"pages of array %llu may hold private cache lines or belong to the TDX module "
		"(%s, handed over by %s)",
		id(), name_of(custody_.state()), name_of(custody_.handed_over_by()));
}

void PageArray::trace(const Custody &custody) const
{
	const tdx_shim_custody change{.array = id(),
				      .pages = pages(),
				      .owned = custody.owned(),
				      .touched = custody.touched(),
				      .keyid = custody.hkid().value(),
				      .leaf = row_of(custody.last_leaf()).number,
				      .status = custody.last_status().raw(),
				      .from = name_of(custody_.state()),
				      .to = name_of(custody.state())};

	tdx_shim_trace_custody(&change);
}

void PageArray::record(const Custody &custody, const std::optional<ObjectId> &object)
{
	if (tdx_shim_is_custody_traced() && custody != custody_) [[unlikely]]
		trace(custody);
	const ArrayLock lock(this);
	custody_ = custody;
	object_ = object;
}

void PageArray::record_root(Leaf created_by, Hkid td_hkid)
{
	root_.store(row_of(created_by).number << 16 | u32{td_hkid.value()},
		    std::memory_order_relaxed);
}

std::optional<ControlRoot> PageArray::control_root(Leaf created_by) const
{
	const u32 root = root_.load(std::memory_order_relaxed);

	if (root >> 16 != row_of(created_by).number)
		return {};
	return ControlRoot{first_page().hpa(), Hkid(truncate<u16>(root))};
}

Result<void> PageArray::read(const char *caller, std::span<u8> to) const
{
	TRY(check_plain(caller));
	if (!to.data())
		return REFUSE(caller, Errno::kInvalid, "to is NULL");
	if (to.size() > output_bytes_)
		return REFUSE(caller, Errno::kInvalid,
			      "bytes is %llu, but the TDX module reported %llu", u64{to.size()},
			      output_bytes_);
	for_each_page(0, pages(), [&](Pfn page) {
		const auto here = to.first(std::min<u64>(to.size(), kPageSize));
		std::ranges::copy(bytes_of(page).first(here.size()), here.begin());
		to = to.subspan(here.size());
	});
	return {};
}

Result<void *> PageArray::map(const char *caller)
{
	if (is_mapped())
		return REFUSE(caller, Errno::kBusy, "array %llu is mapped already", id());
	TRY(check_plain(caller));

	auto handles = Buffer<::page *>::try_make(pages());
	void *address = nullptr;
	if (handles) {
		auto handle = handles->values().begin();
		for_each_page(0, pages(),
			      [&](Pfn page) { *handle++ = tdx_shim_page(page.value()); });
		address = tdx_shim_vmap(handles->values().data(), pages());
	}
	if (!address)
		return REFUSE(caller, Errno::kNoMemory, "no memory for the mapping");
	mapping_.store(address, std::memory_order_relaxed);
	return address;
}

Result<void> PageArray::unmap(const char *caller)
{
	if (!is_mapped())
		return REFUSE(caller, Errno::kInvalid, "array %llu is not mapped", id());
	tdx_shim_vunmap(mapping_.exchange(nullptr, std::memory_order_relaxed));
	return {};
}

} // namespace tdx
