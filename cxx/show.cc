// SPDX-License-Identifier: GPL-2.0
/*
 * What the core shows of itself to those who look from outside: "name=value" words, one thing a line.
 * A value with spaces stands in quotes; "-" is none. scripts/tdx-page-array-status reads it.
 */
#include <initializer_list>

#include "handles.hpp"
#include "ledger.hpp"
#include "quarantine.hpp"
#include "session.hpp"
#include "stream.hpp"
#include "tdh_sys.hpp"
#include "tdx_module.hpp"

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
		if (!tdx_module().has(feature))
			break;
		if (const auto value = tdh_sys_rd(as_word(field))) {
			tdx_shim_print(to, "%s=%llu\n", name, *value);
			return;
		}
	}
	tdx_shim_print(to, "%s=-\n", name);
}

Result<void> show_module(void *to)
{
	const TdxModule &module = tdx_module();

	if (const auto &version = module.version())
		tdx_shim_print(to, "version=%u.%u.%u\n", version->major, version->minor,
			       version->update);
	else
		tdx_shim_print(to, "version=-\n");
	tdx_shim_print(to, "features0=%#llx\nextensions=%s\ntdx_connect=%s\nquoting=%s\n",
		       module.features0(), yes_or_no(module.has(Feature::kExtensions)),
		       yes_or_no(module.has(Feature::kTdxConnect)),
		       yes_or_no(module.has(Feature::kQuoting)));
	tdx_shim_print(to, "shared_keyids=%u\nprivate_keyids=%u\nglobal_keyid=%u\n",
		       module.shared_keyids(), module.private_keyids(),
		       module.global_keyid().value());
	tdx_shim_print(to, "address_bits=%u\npartial_write_erratum=%s\n", module.keyid_shift(),
		       yes_or_no(module.has_partial_write_erratum()));
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
	tdx_shim_print(to, "seamcalls=%llu\nbroken_promises=%llu\n", counters.seamcalls,
		       tdx_shim_broken_promises());
	return {};
}

void show_custody(void *to, const Custody &custody)
{
	tdx_shim_print(to, " custody=\"%s\" owned=%u touched=%u", name_of(custody.state()),
		       custody.owned(), custody.touched());
	/* Of pages that the module never saw there is nothing to tell. */
	if (custody.is_plain())
		tdx_shim_print(to, " keyid=- leaf=- status=- status_name=-");
	else
		tdx_shim_print(to, " keyid=%u leaf=%s status=%#llx status_name=\"%s\"",
			       custody.hkid().value(), name_of(custody.leaf()),
			       custody.status().raw(), name_of(custody.status()));
}

Result<void> show_arrays(void *to)
{
	const auto sights = TRY(look_at_arrays());

	for (const ArraySight &array : sights.values()) {
		const Shape &shape = array.shape;
		tdx_shim_print(to, "array=%llu pages=%u blocks=%u lowest_node=%d highest_node=%d",
			       array.id, shape.pages, shape.blocks, shape.lowest_node,
			       shape.highest_node);
		tdx_shim_print(to, " from=\"%s\" queues=%s", name_of(shape.origin),
			       yes_or_no(shape.has_queues));
		show_custody(to, array.custody);
		if (array.object)
			tdx_shim_print(to, " object=%#llx parent=%#llx", array.object->id,
				       array.object->parent);
		else
			tdx_shim_print(to, " object=- parent=-");
		tdx_shim_print(to, " mapped=%s in_use=%s\n", yes_or_no(array.is_mapped),
			       yes_or_no(array.is_lent));
	}
	return {};
}

Result<void> show_sessions(void *to)
{
	const auto sights = TRY(look_at_sessions());

	for (const SessionSight &session : sights.values())
		tdx_shim_print(to,
			       "session=%#llx function=%#llx connected=%s streams=%u "
			       "device_info_bytes=%llu in_use=%s\n",
			       session.id, session.func_id, yes_or_no(session.is_connected),
			       session.streams, session.device_info_bytes,
			       yes_or_no(session.is_lent));
	return {};
}

Result<void> show_streams(void *to)
{
	const auto sights = TRY(look_at_streams());

	for (const StreamSight &stream : sights.values())
		tdx_shim_print(to, "stream=%#llx session=%#llx keys=%s in_use=%s\n", stream.id,
			       stream.spdm_id, yes_or_no(stream.has_keys),
			       yes_or_no(stream.is_lent));
	return {};
}

Result<void> show_quarantine(void *to)
{
	const auto cases = TRY(quarantine::look());

	for (const quarantine::Case &why : cases.values()) {
		tdx_shim_print(to, "page=%#llx array=%llu reason=\"%s\"", why.page.hpa().value(),
			       why.array, name_of(why.reason));
		tdx_shim_print(to,
			       " status=%#llx status_name=\"%s\" origin=%s keyid=%u from=\"%s\"\n",
			       why.status.raw(), name_of(why.status), name_of(why.origin),
			       why.hkid.value(), name_of(why.owner));
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
	case TDX_CORE_VIEW_SESSIONS:
		return show_sessions(to);
	case TDX_CORE_VIEW_STREAMS:
		return show_streams(to);
	case TDX_CORE_VIEW_QUARANTINE:
		return show_quarantine(to);
	}
	return Failure(Errno::kInvalid);
}

} // namespace

} // namespace tdx

extern "C" s32 tdx_core_show(u32 view, void *to)
{
	const auto shown = tdx::show(view, to);

	return shown ? 0 : tdx::negative(shown.error());
}
