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
static int remove(struct peer *peer, bool surprise)
{
	if (!peer->device)
		return -ENODEV;
	if (surprise) {
		WRITE_ONCE(peer->gone, true);
		wake_up_all(&news);
	}
	platform_device_unregister(peer->device);
	peer->device = NULL;
	return 0;
}

static int change(u64 number, int (*work)(struct peer *peer, int number))
{
	int error;

	if (number >= DEVICES)
		return -EINVAL;
	mutex_lock(&lock);
	error = work(&peers[number], number);
	mutex_unlock(&lock);
	return error;
}

static int eject(struct peer *peer, int number)
{
	return remove(peer, false);
}

static int unplug(struct peer *peer, int number)
{
	return remove(peer, true);
}

static int plug_set(void *unused, u64 number)
{
	return change(number, plug);
}
DEFINE_DEBUGFS_ATTRIBUTE(plug_fops, NULL, plug_set, "%llu\n");

static int eject_set(void *unused, u64 number)
{
	return change(number, eject);
}
DEFINE_DEBUGFS_ATTRIBUTE(eject_fops, NULL, eject_set, "%llu\n");

static int unplug_set(void *unused, u64 number)
{
	return change(number, unplug);
}
DEFINE_DEBUGFS_ATTRIBUTE(unplug_fops, NULL, unplug_set, "%llu\n");

static int hold_set(void *unused, u64 on)
{
	WRITE_ONCE(hold, on);
	wake_up_all(&news);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hold_fops, NULL, hold_set, "%llu\n");

static int __init tdx_tsm_devices_init(void)
{
	directory = debugfs_create_dir("tdx_tsm_devices", NULL);
	debugfs_create_file("plug", 0200, directory, NULL, &plug_fops);
	debugfs_create_file("eject", 0200, directory, NULL, &eject_fops);
	debugfs_create_file("unplug", 0200, directory, NULL, &unplug_fops);
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
		if (peers[number].device)
			change(number, eject);
}

module_init(tdx_tsm_devices_init);
module_exit(tdx_tsm_devices_exit);

MODULE_DESCRIPTION("Devices for the reference driver of tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
