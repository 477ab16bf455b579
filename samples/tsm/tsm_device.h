/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the code that finds devices tells the driver about a device.
 *
 * A device is a platform device named TSM_DEVICE_NAME with a struct tsm_device_data as its platform
 * data. Here it stands for a PCI function: a real driver would get the function from the kernel's PCI
 * TSM core, and send its messages through the function's DOE mailbox.
 */
#ifndef TSM_DEVICE_H
#define TSM_DEVICE_H

#include "tdx_page_array.h"

struct device;

#define TSM_DEVICE_NAME "tdx_tsm"

/**
 * struct tsm_device_data - a device, as far as sessions and streams need it
 * @func_id: the function, as in tdx_tdh_spdm_create()
 * @stream: the IDE stream between the root port and the device
 * @exchange: sends one message to the device and returns its answer. @request has @request_bytes, DOE
 *   header included; the answer goes to @response, which has room for @response_bytes. Returns 0 or
 *   a negative errno. May sleep, but not indefinitely: once the device is gone it returns -ENODEV,
 *   also to waiting callers, because the removal of the device waits for them
 */
struct tsm_device_data {
	u64 func_id;
	struct tdx_ide_stream stream;
	int (*exchange)(struct device *dev, const void *request, size_t request_bytes,
			void *response, size_t response_bytes);
};

#endif
