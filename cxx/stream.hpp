/* SPDX-License-Identifier: GPL-2.0 */
/* An IDE stream: an object of a session whose end asks for exactly the steps that its life made necessary. */
#pragma once

#include "published.hpp"
#include "registry.hpp"
#include "tdx_page_array_objects.h"

/* Behind the opaque type of the public header. */
struct tdx_stream : tdx::Registered<tdx_stream> {
	tdx_spdm_session *session = nullptr; /* open as long as its streams are */
	u64 spdm_id = 0;
	u64 id = 0;
	tdx_page_array *metadata = nullptr;
	tdx::Published<bool> has_keys;
};
