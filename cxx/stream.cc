// SPDX-License-Identifier: GPL-2.0
#include "stream.hpp"

#include <algorithm>

#include "completion_status.hpp"
#include "session.hpp"
#include "tdx_module.hpp"

using tdx::as_word;
using tdx::claim;
using tdx::CompletionStatus;
using tdx::Errno;
using tdx::Failure;
using tdx::handle_of;
using tdx::MetadataField;
using tdx::Result;

namespace {

using StreamClaim = tdx::Claim<tdx_stream>;

constinit tdx::Registry<tdx_stream> streams;

constexpr const char *kKind = "stream";

StreamClaim claim_stream(const char *caller, const tdx_stream *handle)
{
	return StreamClaim(streams.try_claim(caller, handle, kKind));
}

Result<void> manage_keys(tdx_stream &stream, const tdx_spdm_session &session, u64 operation)
{
	TRY(tdx::converse(session, [&](u64 *bytes) {
		return tdx_tdh_ide_stream_km(stream.spdm_id, stream.id, operation,
					     handle_of(session.response),
					     handle_of(session.request), bytes);
	}));
	stream.has_keys.store(operation != TDX_IDE_KM_STOP);
	return {};
}

Result<tdx_stream *> open(tdx_spdm_session &session, const tdx_ide_stream &config, u64 *rp_ide_id)
{
	tdx_page_array *metadata = TRY(
		tdx::try_metadata_array(as_word(MetadataField::kConnectIdeMtPageCount)));
	tdx_stream *stream = tdx::try_new<tdx_stream>();
	if (!stream) {
		tdx::end_metadata(metadata);
		return Failure(Errno::kNoMemory);
	}

	stream->session = &session;
	stream->spdm_id = session.id;
	stream->metadata = metadata;
	const auto created = CompletionStatus(tdx_tdh_ide_stream_create(session.id, &config,
									metadata, &stream->id,
									rp_ide_id))
				     .to_result();
	if (!created) {
		tdx::end_metadata(metadata);
		tdx::destroy(stream);
		return Failure(created.error());
	}
	session.streams.store(session.streams.load() + 1);
	streams.add(stream);
	return stream;
}

} // namespace

tdx_stream *tdx_stream_open(tdx_spdm_session *session, const tdx_ide_stream *config, u64 *rp_ide_id)
{
	constexpr const char *kCaller = "tdx_stream_open";
	const auto claimed = claim(kCaller, session);
	if (!claimed)
		return tdx::error_pointer<tdx_stream>(tdx::negative(claimed.error()));
	if (!config || !rp_ide_id) {
		tdx_shim_error("%s: %s is NULL", kCaller, config ? "rp_ide_id" : "config");
		return tdx::error_pointer<tdx_stream>(tdx::negative(Errno::kInvalid));
	}

	/* The session pins this kernel module, and cannot be closed before the stream. */
	const auto stream = open(*claimed, *config, rp_ide_id);
	if (!stream)
		return tdx::error_pointer<tdx_stream>(tdx::negative(stream.error()));
	return *stream;
}

int tdx_stream_manage_keys(tdx_stream *stream, u64 operation)
{
	constexpr const char *kCaller = "tdx_stream_manage_keys";
	const auto claimed = claim_stream(kCaller, stream);
	if (!claimed)
		return tdx::negative(claimed.error());
	const auto session = claim(kCaller, claimed->session);
	if (!session)
		return tdx::negative(session.error());

	const auto managed = manage_keys(*claimed, *session, operation);
	return managed ? 0 : tdx::negative(managed.error());
}

int tdx_stream_close(tdx_stream *stream)
{
	constexpr const char *kCaller = "tdx_stream_close";
	auto claimed = claim_stream(kCaller, stream);
	if (!claimed)
		return tdx::negative(claimed.error());
	auto session = claim(kCaller, claimed->session);
	if (!session)
		return tdx::negative(session.error());

	tdx_stream &closing = *claimed;
	if (closing.has_keys.load() && !manage_keys(closing, *session, TDX_IDE_KM_STOP))
		tdx_shim_error("stream %#llx: its keys could not be stopped in the device",
			       closing.id);
	const CompletionStatus blocked(tdx_tdh_ide_stream_block(closing.spdm_id, closing.id));
	if (blocked.is_busy())
		return tdx::negative(Errno::kBusy);
	/* Blocked before, or not: the module knows, and refuses to delete a stream that is not. */
	const CompletionStatus deleted(
		tdx_tdh_ide_stream_delete(closing.spdm_id, closing.id, closing.metadata));
	if (deleted.is_busy())
		return tdx::negative(Errno::kBusy);

	const int ended = tdx::end_metadata(closing.metadata);
	session->streams.store(session->streams.load() - 1);
	streams.destroy(claimed.take());
	return ended;
}
