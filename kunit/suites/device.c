// SPDX-License-Identifier: GPL-2.0
#include "device.h"

/* As the model writes a request: 32 bytes, this mark in the upper half of the first word. */
#define REQUEST_BYTES 32
#define REQUEST_MARK  0x5350444D

int device_exchange(void *context, const void *request, size_t request_bytes, void *response)
{
	struct device *device = context;

	KUNIT_EXPECT_EQ(device->test, request_bytes, REQUEST_BYTES);
	KUNIT_EXPECT_EQ(device->test, *(const u64 *)request >> 32, REQUEST_MARK);
	if (device->meanwhile)
		device->meanwhile(device);
	if (device->messages + 1 == device->fail_at)
		return device->failure;
	device->messages++;
	memset(response, 0x5a, PAGE_SIZE);
	return 0;
}

struct tdx_spdm_session *try_open_session(struct device *device)
{
	const struct tdx_spdm_transport transport = {
		.exchange = device_exchange,
		.context = device,
	};

	return tdx_spdm_session_open(0x0100, &transport);
}

struct tdx_spdm_session *open_session(struct kunit *test, struct device *device)
{
	set_ext_pool(0);
	*device = (struct device){.test = test};
	device->session = try_open_session(device);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->session);
	return device->session;
}

int connect_session(struct tdx_spdm_session *session)
{
	const struct tdx_spdm_config config = {
		.capabilities = 0x6000,
		.certificate_slots = 1,
	};

	return tdx_spdm_session_connect(session, &config);
}

struct tdx_spdm_session *open_connected_session(struct kunit *test, struct device *device)
{
	struct tdx_spdm_session *session = open_session(test, device);

	KUNIT_ASSERT_EQ(test, connect_session(session), 0);
	return session;
}

struct tdx_stream *try_open_stream(struct device *device)
{
	const struct tdx_ide_stream config = {.info = 0x110, .control = 1};
	u64 rp_ide_id;

	return tdx_stream_open(device->session, &config, &rp_ide_id);
}

struct tdx_stream *open_stream(struct kunit *test, struct device *device)
{
	set_ide_pages(3);
	device->stream = try_open_stream(device);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->stream);
	return device->stream;
}
