/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TDH.SPDM.CONNECT, DISCONNECT and MNG: what the module does as a service, with one call at a time
 * for all sessions. The lock for that is held for one call alone, never while a message travels:
 * an update of keys between two calls finds it free.
 */
#pragma once

#include "message.hpp"

namespace tdx {

/*
 * TDH.SPDM.CONNECT, leaf 142: sets the session up by @config, a page of the caller, and writes the
 * device's information to @output. Refused with kBusy when @output is not plain memory of the host,
 * with kTooBig when it is more than one list page can hold, with kInvalid when it has queues.
 */
MessageAnswer tdh_spdm_connect(u64 spdm_id, Pfn config, const Mailbox &mailbox, PageArray &output);

/* TDH.SPDM.DISCONNECT, leaf 143: ends what CONNECT began. */
MessageAnswer tdh_spdm_disconnect(u64 spdm_id, const Mailbox &mailbox);

/*
 * TDH.SPDM.MNG, leaf 144: heartbeat (0), key update (1), device information again (2). @parameter
 * may be none, @output null. Refused as CONNECT.
 */
MessageAnswer tdh_spdm_mng(u64 spdm_id, u64 operation, Pfn parameter, const Mailbox &mailbox,
			   PageArray *output);

} // namespace tdx
