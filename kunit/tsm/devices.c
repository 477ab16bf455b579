// SPDX-License-Identifier: GPL-2.0
/*
 * Devices for the reference driver (samples/tsm/), at the other end of its sessions. They are added
 * and removed through debugfs, by their numbers:
 *
 * tdx_tsm_devices/plug    adds a device; the driver is bound to it, if it is loaded
 * tdx_tsm_devices/eject   removes it; it answers until the driver is unbound
 * tdx_tsm_devices/unplug  removes it by surprise; the driver is unbound afterwards
 *
 * A device answers each message with a copy. Faults: while "hold" is set, messages wait until it is
 * cleared or the device is gone ("held" is the number of waiting messages); message number "fail_at",
 * counted from 1 from now on, gets no answer but EIO.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/wait.h>

#include "../../samples/tsm/tsm_device.h"
#include "../import.h"

#define DEVICES 4

/* Bus 1, and the root port 00:02.0 above it with a selective stream. */
#define FUNC_ID(number)	 (0x0100 + (number))
#define ROOT_PORT_STREAM 0x110

static struct peer {
	struct platform_device *device; /* NULL: no such device */
	bool gone;
} peers[DEVICES];

/* Protects peers[].device, but not members that messages read: a device can go during a message. */
static DEFINE_MUTEX(lock);
static struct dentry *directory;
static DECLARE_WAIT_QUEUE_HEAD(news);
static bool hold;
static atomic_t held, messages, fail_at;

static bool is_over(const struct peer *peer)
{
	return !READ_ONCE(hold) || READ_ONCE(peer->gone);
}

static int exchange(struct device *dev, const void *request, size_t request_bytes, void *response,
		    size_t response_bytes)
{
	const struct peer *peer = &peers[to_platform_device(dev)->id];
	int error;

	if (!request_bytes || request_bytes > response_bytes)
		return -EPROTO;
	atomic_inc(&messages);
	atomic_inc(&held);
	error = wait_event_killable(news, is_over(peer));
	atomic_dec(&held);
	if (error)
		return error;
	if (READ_ONCE(peer->gone))
		return -ENODEV;
	if (atomic_dec_if_positive(&fail_at) == 0)
		return -EIO;
	memcpy(response, request, request_bytes);
	return 0;
}

static int plug(struct peer *peer, int number)
{
	const struct tsm_device_data data = {
		.func_id = FUNC_ID(number),
		.stream = {.info = ROOT_PORT_STREAM, .control = 1},
		.exchange = exchange,
	};
	struct platform_device *device;

	if (peer->device)
		return -EEXIST;
	peer->gone = false;
	device = platform_device_register_data(NULL, TSM_DEVICE_NAME, number, &data, sizeof(data));
	if (IS_ERR(device))
		return PTR_ERR(device);
	peer->device = device;
	return 0;
}

/* platform_device_unregister() unbinds the driver. */
static int eject(struct peer *peer, int number)
{
	if (!peer->device)
		return -ENODEV;
	platform_device_unregister(peer->device);
	peer->device = NULL;
	return 0;
}

static int unplug(struct peer *peer, int number)
{
	WRITE_ONCE(peer->gone, true);
	wake_up_all(&news);
	return eject(peer, number);
}

static const struct action {
	const char *name;
	int (*run)(struct peer *peer, int number);
} actions[] = {{"plug", plug}, {"eject", eject}, {"unplug", unplug}};

static int act(void *data, u64 number)
{
	const struct action *action = data;
	int error;

	if (number >= DEVICES)
		return -EINVAL;
	mutex_lock(&lock);
	error = action->run(&peers[number], number);
	mutex_unlock(&lock);
	return error;
}
DEFINE_DEBUGFS_ATTRIBUTE(action_fops, NULL, act, "%llu\n");

static int hold_set(void *unused, u64 on)
{
	WRITE_ONCE(hold, on);
	wake_up_all(&news);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hold_fops, NULL, hold_set, "%llu\n");

static int __init tdx_tsm_devices_init(void)
{
	unsigned int i;

	directory = debugfs_create_dir("tdx_tsm_devices", NULL);
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		debugfs_create_file(actions[i].name, 0200, directory, (void *)&actions[i],
				    &action_fops);
	debugfs_create_file("hold", 0200, directory, NULL, &hold_fops);
	debugfs_create_atomic_t("held", 0400, directory, &held);
	debugfs_create_atomic_t("messages", 0600, directory, &messages);
	debugfs_create_atomic_t("fail_at", 0600, directory, &fail_at);
	return 0;
}

static void __exit tdx_tsm_devices_exit(void)
{
	int number;

	debugfs_remove_recursive(directory);
	for (number = 0; number < DEVICES; number++)
		eject(&peers[number], number);
}

module_init(tdx_tsm_devices_init);
module_exit(tdx_tsm_devices_exit);

MODULE_DESCRIPTION("Devices for the reference driver of tdx_page_array");
