/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An SPDM session: its number, its pages, the pages that messages travel in, and how far it came.
 * Its end asks for exactly the steps that its life made necessary.
 */
#pragma once

#include "completion_status.hpp"
#include "published.hpp"
#include "registry.hpp"
#include "shared_page.hpp"
#include "tdx_page_array_objects.h"

/* Behind the opaque type of the public header. */
struct tdx_spdm_session : tdx::Registered<tdx_spdm_session> {
	u64 id = 0;
	u64 func_id = 0;
	tdx_spdm_transport transport{};
	tdx_page_array *metadata = nullptr;
	tdx_page_array *device_info = nullptr;
	tdx::SharedPage config;
	tdx::SharedPage response;
	tdx::SharedPage request;
	tdx::Published<u64> device_info_bytes;
	tdx::Published<u32> streams;
	tdx::Published<bool> connected;
};

namespace tdx {

using SessionClaim = Claim<tdx_spdm_session>;

/* Claims a session for @caller; when that fails, one line has said why. */
SessionClaim claim(const char *caller, const tdx_spdm_session *handle);

/* Carries the message in the session's request page to the device, and its answer back. */
Result<void> exchange(const tdx_spdm_session &session, u64 request_bytes);

/* Updates the keys of a connected session, because the module asks for it. */
Result<void> update_keys(const tdx_spdm_session &session);

/* An operation that asks for more messages than this will never end. */
inline constexpr u32 kMaxMessages = 10000;

/* May the module ask for new keys in the middle of an operation? */
enum class KeyRefresh : u8 {
	kAllowed,
	kUnexpected, /* this is the update of keys */
};

/*
 * Calls @issue, which writes a length to where it is told, until it succeeds: carries a message
 * whenever the status asks for one, and updates the keys when it asks for that, which may not ask
 * for it again. Returns the last length.
 */
/* NOLINTNEXTLINE(misc-no-recursion): KeyRefresh::kUnexpected ends it */
template <class Issue> Result<u64> converse(const tdx_spdm_session &session, Issue issue,
					    KeyRefresh refresh = KeyRefresh::kAllowed)
{
	for (u32 messages = 0; messages < kMaxMessages; messages++) {
		u64 bytes = 0;
		const CompletionStatus status(issue(&bytes));
		if (status.is_success())
			return bytes;
		if (status.is(StatusCode::kSpdmRequest))
			TRY(exchange(session, bytes));
		else if (status.is(StatusCode::kSpdmSessionKeyRequireRefresh) &&
			 refresh == KeyRefresh::kAllowed)
			TRY(update_keys(session));
		else
			return Failure(status.to_result().error());
	}
	tdx_shim_tdx_module_bug("session %#llx: the TDX module asks for more than %u messages",
				session.id, kMaxMessages);
	return Failure(Errno::kIo);
}

/* The handle of a page that is not none, for the C wrappers. */
inline page *handle_of(const SharedPage &shared)
{
	return typed<page>(tdx_shim_page(shared.page().value()));
}

/*
 * Takes the pages of an object that was deleted, or not: what cannot come back goes to the
 * quarantine. Returns 0 or -EUCLEAN.
 */
int end_metadata(tdx_page_array *metadata);

/* An array of as many pages as a metadata field of the module says. */
Result<tdx_page_array *> try_metadata_array(u64 field);

} // namespace tdx
