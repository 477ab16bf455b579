// SPDX-License-Identifier: GPL-2.0
#include "session.hpp"

#include <algorithm>

#include "completion_status.hpp"
#include "tdh_sys.hpp"
#include "tdx_module.hpp"

namespace tdx {

namespace {

constinit Registry<tdx_spdm_session> sessions;

constexpr const char *kKind = "session";

} // namespace

SessionClaim claim(const char *caller, const tdx_spdm_session *handle)
{
	return SessionClaim(sessions.try_claim(caller, handle, kKind));
}

Result<void> exchange(const tdx_spdm_session &session, u64 request_bytes)
{
	const int result = session.transport.exchange(
		session.transport.context, tdx_shim_page_address(session.request.page().value()),
		request_bytes, tdx_shim_page_address(session.response.page().value()));

	tdx_shim_debug("session %#llx: message of %llu bytes exchanged (errno %d)", session.id,
		       request_bytes, result);
	if (result)
		return Failure(result < 0 ? as_errno(result) : Errno::kIo);
	return {};
}

/* NOLINTNEXTLINE(misc-no-recursion): KeyRefresh::kUnexpected ends it */
Result<void> update_keys(const tdx_spdm_session &session)
{
	TRY(converse(
		session,
		[&](u64 *bytes) {
			return tdx_tdh_spdm_mng(session.id, TDX_SPDM_MNG_KEY_UPDATE, nullptr,
						handle_of(session.response),
						handle_of(session.request), nullptr, bytes);
		},
		KeyRefresh::kUnexpected));
	return {};
}

int end_metadata(tdx_page_array *metadata)
{
	const int released = tdx_page_array_release(metadata);

	return as_errno(released) == Errno::kBusy ? tdx_page_array_leak(metadata) : released;
}

Result<tdx_page_array *> try_metadata_array(u64 field)
{
	const auto pages = tdh_sys_rd(field);
	if (!pages)
		return Failure(pages.error().to_result().error());

	tdx_page_array *array = tdx_page_array_create(truncate<u32>(*pages));
	if (is_error(array))
		return Failure(errno_of(array));
	return array;
}

} // namespace tdx

using tdx::as_word;
using tdx::claim;
using tdx::CompletionStatus;
using tdx::Errno;
using tdx::Failure;
using tdx::handle_of;
using tdx::MetadataField;
using tdx::Result;
using tdx::SessionClaim;
using tdx::SharedPage;

namespace {

/* struct tdx_spdm_config as the module reads it: packed, in the first bytes of a page. */
void write_config(SharedPage &page, const tdx_spdm_config &config)
{
	const auto words = tdx::words_of(page.page());

	std::ranges::fill(words, 0);
	words[0] = u64{config.capabilities} | u64{config.policy} << 32 |
		   u64{config.certificate_slots} << 40 | u64{config.raw_bitstream} << 48;
}

Result<void> manage(tdx_spdm_session &session, u64 operation)
{
	const bool recollect = operation == TDX_SPDM_MNG_RECOLLECT;
	tdx_page_array *output = recollect ? session.device_info : nullptr;

	/* From the first call on the content of the buffer is unknown. */
	if (recollect)
		session.device_info_bytes.store(0);
	const u64 collected = TRY(tdx::converse(session, [&](u64 *bytes) {
		return tdx_tdh_spdm_mng(session.id, operation, nullptr, handle_of(session.response),
					handle_of(session.request), output, bytes);
	}));
	if (recollect)
		session.device_info_bytes.store(collected);
	return {};
}

Result<void> connect(tdx_spdm_session &session, const tdx_spdm_config &config)
{
	write_config(session.config, config);
	session.device_info_bytes.store(TRY(tdx::converse(session, [&](u64 *bytes) {
		return tdx_tdh_spdm_connect(session.id, handle_of(session.config),
					    handle_of(session.response), handle_of(session.request),
					    session.device_info, bytes);
	})));
	session.connected.store(true);
	return {};
}

Result<void> disconnect(tdx_spdm_session &session)
{
	TRY(tdx::converse(session, [&](u64 *bytes) {
		return tdx_tdh_spdm_disconnect(session.id, handle_of(session.response),
					       handle_of(session.request), bytes);
	}));
	session.connected.store(false);
	return {};
}

/* Everything that a session needs besides the module's word for it. */
Result<void> equip(tdx_spdm_session &session)
{
	session.config = TRY(SharedPage::try_take());
	session.response = TRY(SharedPage::try_take());
	session.request = TRY(SharedPage::try_take());
	session.device_info = TRY(
		tdx::try_metadata_array(as_word(MetadataField::kConnectSpdmMaxDevInfoPages)));
	session.metadata = TRY(
		tdx::try_metadata_array(as_word(MetadataField::kConnectSpdmMtPageCount)));
	return {};
}

/* The end of all arrays of a session. Returns 0 or -EUCLEAN. */
int strip(tdx_spdm_session &session)
{
	if (session.device_info)
		tdx_page_array_release(session.device_info);
	return session.metadata ? tdx::end_metadata(session.metadata) : 0;
}

Result<tdx_spdm_session *> open(u64 func_id, const tdx_spdm_transport &transport)
{
	tdx_spdm_session *session = tdx::try_new<tdx_spdm_session>();
	if (!session)
		return Failure(Errno::kNoMemory);

	session->func_id = func_id;
	session->transport = transport;
	auto opened = equip(*session);
	if (opened)
		opened = CompletionStatus(
				 tdx_tdh_spdm_create(func_id, session->metadata, &session->id))
				 .to_result();
	if (!opened) {
		strip(*session);
		tdx::destroy(session);
		return Failure(opened.error());
	}
	tdx::sessions.add(session);
	return session;
}

/* Does something with a session that has to be connected. */
template <class Work> int with_connected(const char *caller, tdx_spdm_session *handle, Work work)
{
	const auto session = claim(caller, handle);
	if (!session)
		return tdx::negative(session.error());
	if (!session->connected.load()) {
		tdx_shim_error("%s: the session is not connected", caller);
		return tdx::negative(Errno::kNotConnected);
	}
	return work(*session);
}

} // namespace

tdx_spdm_session *tdx_spdm_session_open(u64 func_id, const tdx_spdm_transport *transport)
{
	if (!transport || !transport->exchange) {
		tdx_shim_error("tdx_spdm_session_open: transport or its exchange function is NULL");
		return tdx::error_pointer<tdx_spdm_session>(tdx::negative(Errno::kInvalid));
	}
	if (!tdx::tdx_module().has(tdx::Feature::kTdxConnect)) {
		tdx_shim_error(
			"tdx_spdm_session_open: TDX Connect is not supported by this TDX module, "
			"or not enabled by the kernel");
		return tdx::error_pointer<tdx_spdm_session>(tdx::negative(Errno::kNotSupported));
	}
	if (!tdx_shim_pin_module())
		return tdx::error_pointer<tdx_spdm_session>(tdx::negative(Errno::kNoDevice));

	const auto session = open(func_id, *transport);
	if (session)
		return *session;
	tdx_shim_unpin_module();
	return tdx::error_pointer<tdx_spdm_session>(tdx::negative(session.error()));
}

int tdx_spdm_session_id(tdx_spdm_session *session, u64 *spdm_id)
{
	const auto claimed = claim("tdx_spdm_session_id", session);
	if (!claimed)
		return tdx::negative(claimed.error());
	if (!spdm_id) {
		tdx_shim_error("tdx_spdm_session_id: spdm_id is NULL");
		return tdx::negative(Errno::kInvalid);
	}
	*spdm_id = claimed->id;
	return 0;
}

int tdx_spdm_session_connect(tdx_spdm_session *session, const tdx_spdm_config *config)
{
	const auto claimed = claim("tdx_spdm_session_connect", session);
	if (!claimed)
		return tdx::negative(claimed.error());
	if (!config) {
		tdx_shim_error("tdx_spdm_session_connect: config is NULL");
		return tdx::negative(Errno::kInvalid);
	}
	if (claimed->connected.load()) {
		tdx_shim_error("tdx_spdm_session_connect: the session is connected already");
		return tdx::negative(Errno::kBusy);
	}
	const auto connected = connect(*claimed, *config);
	return connected ? 0 : tdx::negative(connected.error());
}

int tdx_spdm_session_manage(tdx_spdm_session *session, u64 operation)
{
	return with_connected("tdx_spdm_session_manage", session, [&](tdx_spdm_session &connected) {
		const auto managed = manage(connected, operation);
		return managed ? 0 : tdx::negative(managed.error());
	});
}

long tdx_spdm_session_read_device_info(tdx_spdm_session *session, void *to, size_t room)
{
	constexpr const char *kCaller = "tdx_spdm_session_read_device_info";

	return with_connected(kCaller, session, [&](const tdx_spdm_session &connected) {
		const u64 bytes = connected.device_info_bytes.load();
		if (to && room < bytes) {
			tdx_shim_error(
				"%s: the buffer has %llu bytes, the device information has %llu",
				kCaller, u64{room}, bytes);
			return tdx::negative(Errno::kInvalid);
		}
		if (to && tdx_page_array_read(connected.device_info, to, bytes))
			return tdx::negative(Errno::kBusy);
		return tdx::as_int(tdx::truncate<u32>(bytes));
	});
}

int tdx_spdm_session_close(tdx_spdm_session *session)
{
	auto claimed = claim("tdx_spdm_session_close", session);
	if (!claimed)
		return tdx::negative(claimed.error());
	if (const u32 streams = claimed->streams.load()) {
		tdx_shim_error("tdx_spdm_session_close: %u streams of the session are open",
			       streams);
		return tdx::negative(Errno::kBusy);
	}

	tdx_spdm_session &closing = *claimed;
	if (closing.connected.load()) {
		const auto told = disconnect(closing);
		/* The module does not delete a connected session: its pages would be lost. */
		if (!told && told.error() == Errno::kBusy)
			return tdx::negative(Errno::kBusy);
		if (!told)
			tdx_shim_error("session %#llx: the TDX module could not disconnect it from "
				       "its device",
				       closing.id);
	}
	const CompletionStatus deleted(tdx_tdh_spdm_delete(closing.id, closing.metadata));
	if (deleted.is_busy())
		return tdx::negative(Errno::kBusy);

	const int ended = strip(closing);
	tdx::sessions.destroy(claimed.take());
	tdx_shim_unpin_module();
	return ended;
}
