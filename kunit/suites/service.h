/* SPDX-License-Identifier: GPL-2.0 */
/* A session with everything that its leaves need, for suites that test the service. */
#ifndef TDX_PAGE_ARRAY_SERVICE_H
#define TDX_PAGE_ARRAY_SERVICE_H

#include "harness.h"

#define SESSION_PAGES 3
#define MESSAGES      2 /* that each operation exchanges, in the model */
#define MESSAGE_BYTES 32
#define INFO_BYTES    6000

/* A session and the operands of its calls. */
struct device {
	struct tdx_page_array *metadata;
	struct tdx_page_array *info;
	struct page *configuration;
	struct page *response;
	struct page *request;
	u64 session;
};

static inline void open_device(struct kunit *test, struct device *device)
{
	set_ext_pool(0);
	device->metadata = make_session(test, SESSION_PAGES, &device->session);
	device->info = make_array(test, 2);
	device->configuration = make_page(test);
	device->response = make_page(test);
	device->request = make_page(test);
}

static inline u64 connect(const struct device *device, u64 *bytes)
{
	return tdx_tdh_spdm_connect(device->session, device->configuration, device->response,
				    device->request, device->info, bytes);
}

static inline u64 disconnect(const struct device *device, u64 *bytes)
{
	return tdx_tdh_spdm_disconnect(device->session, device->response, device->request, bytes);
}

static inline u64 heartbeat(const struct device *device, u64 *bytes)
{
	return tdx_tdh_spdm_mng(device->session, TDX_SPDM_MNG_HEARTBEAT, NULL, device->response,
				device->request, NULL, bytes);
}

static inline u64 recollect(const struct device *device, u64 *bytes)
{
	return tdx_tdh_spdm_mng(device->session, TDX_SPDM_MNG_RECOLLECT, device->configuration,
				device->response, device->request, device->info, bytes);
}

/* One of the calls above, which is repeated after each message. */
typedef u64 service_call(const struct device *device, u64 *bytes);

static inline u64 talk(service_call *call, const struct device *device)
{
	u64 status, bytes;

	do {
		status = call(device, &bytes);
	} while (status == TDX_PAGE_ARRAY_SPDM_REQUEST);
	return status;
}

static inline void open_connection(struct kunit *test, struct device *device)
{
	open_device(test, device);
	assert_success(test, talk(connect, device));
}

static inline void close_device(struct kunit *test, const struct device *device)
{
	expect_success(test, tdx_tdh_spdm_delete(device->session, device->metadata));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(device->metadata), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(device->info), 0);
}

static inline void close_connection(struct kunit *test, const struct device *device)
{
	expect_success(test, talk(disconnect, device));
	close_device(test, device);
}

#endif
