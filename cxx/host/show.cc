// SPDX-License-Identifier: GPL-2.0
/*
 * The views in debugfs: words "name=value", a line for each array, page or other thing. Text is in
 * quotes; "-" is none. scripts/tdx-page-array-status reads them.
 */
#include <initializer_list>

#include "array/ledger.hpp"
#include "release/quarantine.hpp"
#include "seamcall/query.hpp"
#include "host/host.hpp"

namespace tdx {

namespace {

const char *yes_or_no(bool yes)
{
	return yes ? "yes" : "no";
}

const char *name_of(PageOrigin origin)
{
	switch (origin) {
	case PageOrigin::kAllocator:
		return "the page allocator";
	case PageOrigin::kCaller:
		return "its caller";
	}
	return "?";
}

/* What the module says now, by the first of @fields that it has; nothing without the feature. */
void show_field(void *to, const char *name, Feature feature,
		std::initializer_list<MetadataField> fields)
{
	for (const MetadataField field : fields) {
		if (!has_feature(feature))
			break;
		if (const auto value = read_field(field)) {
			tdx_shim_print(to, "%s=%llu\n", name, *value);
			return;
		}
	}
	tdx_shim_print(to, "%s=-\n", name);
}

Result<void> show_module(void *to)
{
	const TdxModule &module = tdx_module();

	if (const auto version = read_version())
		tdx_shim_print(to, "version=%u.%u.%u\n", version->major, version->minor,
			       version->update);
	else
		tdx_shim_print(to, "version=-\n");
	if (const auto features0 = find_features())
		tdx_shim_print(to, "features0=%#llx\n", *features0);
	else
		tdx_shim_print(to, "features0=-\n");
	tdx_shim_print(to, "extensions=\"%s\"\ntdx_connect=\"%s\"\nquoting=\"%s\"\n",
		       availability(Feature::kExtensions), availability(Feature::kTdxConnect),
		       availability(Feature::kQuoting));
	tdx_shim_print(to, "shared_keyids=%u\nprivate_keyids=%u\nglobal_keyid=%u\n",
		       module.shared_keyids, module.private_keyids, module.global_keyid.value());
	tdx_shim_print(to,
		       "address_bits=%u\npartial_write_erratum=%s\nflush_before_hand_over=\"%s\"\n",
		       module.keyid_shift, yes_or_no(module.partial_write_erratum), host_flush());
	show_field(to, "extension_pages_wanted", Feature::kExtensions,
		   {MetadataField::kExtMemoryPoolRequiredPages,
		    MetadataField::kExtMemoryPoolRequiredPagesEarly});
	show_field(to, "spdm_metadata_pages", Feature::kTdxConnect,
		   {MetadataField::kConnectSpdmMtPageCount});
	show_field(to, "spdm_device_info_pages", Feature::kTdxConnect,
		   {MetadataField::kConnectSpdmMaxDevInfoPages});
	show_field(to, "ide_metadata_pages", Feature::kTdxConnect,
		   {MetadataField::kConnectIdeMtPageCount});
	show_field(to, "iommu_metadata_pages", Feature::kTdxConnect,
		   {MetadataField::kConnectIommuMtPageCount});
	return {};
}

Result<void> show_counters(void *to)
{
	const tdx_page_array_counters counters = ledger::snapshot();

	tdx_shim_print(to, "taken=%llu\nin_arrays=%llu\nfreed=%llu\nkept=%llu\nquarantined=%llu\n",
		       counters.taken, counters.in_arrays, counters.freed, counters.kept,
		       counters.quarantined);
	tdx_shim_print(to, "seamcalls=%llu\ntdx_module_bugs=%llu\n", counters.seamcalls,
		       tdx_shim_reports(TDX_SHIM_MODULE_BUG));
	tdx_shim_print(to, "device_errors=%llu\nown_bugs=%llu\n",
		       tdx_shim_reports(TDX_SHIM_DEVICE_ERROR), tdx_shim_reports(TDX_SHIM_OWN_BUG));
	return {};
}

/* The answer of @leaf, if it was issued. The names of the words begin with @prefix. */
void show_answer(void *to, const char *prefix, Leaf leaf, CompletionStatus status)
{
	if (leaf == Leaf::kNone) {
		tdx_shim_print(to, " %sleaf=- %sstatus=- %sstatus_name=-", prefix, prefix, prefix);
		return;
	}
	tdx_shim_print(to, " %sleaf=%s %sstatus=%#llx %sstatus_name=\"%s\"", prefix, name_of(leaf),
		       prefix, status.raw(), prefix, name_of(status));
}

void show_custody(void *to, const Custody &custody)
{
	tdx_shim_print(to, " custody=\"%s\" owned=%u touched=%u", name_of(custody.state()),
		       custody.owned(), custody.touched());
	/* Nothing is known of pages that the module never saw. */
	if (custody.is_plain()) {
		tdx_shim_print(to, " keyid=- handed_over_by=-");
		show_answer(to, "last_", Leaf::kNone, {});
		return;
	}
	tdx_shim_print(to, " keyid=%u handed_over_by=%s", custody.hkid().value(),
		       name_of(custody.handed_over_by()));
	show_answer(to, "last_", custody.last_leaf(), custody.last_status());
}

Result<void> show_arrays(void *to)
{
	ledger::Viewer viewer;

	while (const auto array = viewer.next()) {
		const ArrayInfo &info = array->info;
		tdx_shim_print(to, "array=%llu pages=%u blocks=%u lowest_node=%d highest_node=%d",
			       info.id, info.pages, info.blocks, info.lowest_node,
			       info.highest_node);
		tdx_shim_print(to, " from=\"%s\" queues=%s", name_of(info.origin),
			       yes_or_no(info.has_queues));
		show_custody(to, array->custody);
		if (array->object)
			tdx_shim_print(to, " object=%#llx parent=%#llx", array->object->id,
				       array->object->parent);
		else
			tdx_shim_print(to, " object=- parent=-");
		tdx_shim_print(to, " mapped=%s in_use=%s\n", yes_or_no(array->is_mapped),
			       yes_or_no(array->is_in_use));
	}
	return {};
}

Result<void> show_quarantine(void *to)
{
	const auto cases = TRY(quarantine::look());

	for (const quarantine::Case &why : cases.values()) {
		tdx_shim_print(to, "page=%#llx array=%llu handed_over_by=%s reason=\"%s\"",
			       why.page.hpa().value(), why.array, name_of(why.handed_over_by),
			       name_of(why.cause.reason));
		show_answer(to, "", why.cause.leaf, why.cause.status);
		if (why.handed_over_by == Leaf::kNone)
			tdx_shim_print(to, " keyid=-");
		else
			tdx_shim_print(to, " keyid=%u", why.hkid.value());
		tdx_shim_print(to, " from=\"%s\" retries=%u", name_of(why.owner), why.retries);
		if (why.retries)
			tdx_shim_print(to, " retry_reason=\"%s\"", name_of(why.last_retry.reason));
		else
			tdx_shim_print(to, " retry_reason=-");
		show_answer(to, "retry_", why.last_retry.leaf, why.last_retry.status);
		tdx_shim_print(to, "\n");
	}
	return {};
}

/* Memory nodes with pages that stay out of use. */
Result<void> show_nodes(void *to)
{
	const auto cases = TRY(quarantine::look());
	auto quarantined = TRY(Buffer<u32>::try_make(TDX_SHIM_MAX_NODES));

	std::ranges::fill(quarantined.values(), 0);
	for (const quarantine::Case &why : cases.values())
		quarantined.values()[tdx_shim_node_of(why.page.value())]++;
	for (s32 node = 0; node < TDX_SHIM_MAX_NODES; node++) {
		const u64 kept = ledger::kept_on(node);
		if (kept || quarantined.values()[node])
			tdx_shim_print(to, "node=%d kept=%llu quarantined=%u\n", node, kept,
				       quarantined.values()[node]);
	}
	return {};
}

Result<void> show(u32 view, void *to)
{
	switch (view) {
	case TDX_CORE_VIEW_MODULE:
		return show_module(to);
	case TDX_CORE_VIEW_COUNTERS:
		return show_counters(to);
	case TDX_CORE_VIEW_ARRAYS:
		return show_arrays(to);
	case TDX_CORE_VIEW_QUARANTINE:
		return show_quarantine(to);
	case TDX_CORE_VIEW_NODES:
		return show_nodes(to);
	}
	return failure(Errno::kInvalid);
}

} // namespace

} // namespace tdx

extern "C" s32 tdx_core_show(u32 view, void *to)
{
	const auto shown = tdx::show(view, to);

	return shown ? 0 : shown.error().to_errno();
}
