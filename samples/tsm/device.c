// SPDX-License-Identifier: GPL-2.0
/*
 * One device: its attributes in sysfs, and its end.
 *
 * Sessions and streams are opened and closed by attributes of the device, which a TSM driver would get
 * from the kernel's PCI TSM core (tsm/connect, tsm/disconnect). Whenever the driver is unbound from
 * the device, the driver core removes these attributes first and waits for callers that are in one of
 * them; then end_device() runs, with no other user of the device.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "tsm.h"

/* Runs @work for an attribute, with the device locked. */
static int run(struct device *dev, int (*work)(struct tsm_device *tsm))
{
	struct tsm_device *tsm = dev_get_drvdata(dev);
	int result;

	result = mutex_lock_interruptible(&tsm->lock);
	if (result)
		return result;
	result = work(tsm);
	mutex_unlock(&tsm->lock);
	return result;
}

static ssize_t show_answer(struct device *dev, int (*ask)(struct tsm_device *tsm), char *to)
{
	const int answer = run(dev, ask);

	return answer < 0 ? answer : sysfs_emit(to, "%d\n", answer);
}

static ssize_t open_or_close(struct device *dev, const char *word, size_t count,
			     int (*open)(struct tsm_device *tsm),
			     int (*close)(struct tsm_device *tsm))
{
	bool on;
	const int error = kstrtobool(word, &on);

	return error ?: run(dev, on ? open : close) ?: count;
}

static int is_connected(struct tsm_device *tsm)
{
	return tsm->session.connected;
}

static ssize_t session_show(struct device *dev, struct device_attribute *attribute, char *to)
{
	return show_answer(dev, is_connected, to);
}

static ssize_t session_store(struct device *dev, struct device_attribute *attribute,
			     const char *word, size_t count)
{
	return open_or_close(dev, word, count, tsm_session_open, tsm_session_close);
}
static DEVICE_ATTR_RW(session);

static int has_keys(struct tsm_device *tsm)
{
	return tsm->stream.has_keys;
}

static ssize_t stream_show(struct device *dev, struct device_attribute *attribute, char *to)
{
	return show_answer(dev, has_keys, to);
}

static ssize_t stream_store(struct device *dev, struct device_attribute *attribute,
			    const char *word, size_t count)
{
	return open_or_close(dev, word, count, tsm_stream_open, tsm_stream_close);
}
static DEVICE_ATTR_RW(stream);

static ssize_t heartbeat_store(struct device *dev, struct device_attribute *attribute,
			       const char *word, size_t count)
{
	return run(dev, tsm_session_heartbeat) ?: count;
}
static DEVICE_ATTR_WO(heartbeat);

static ssize_t refresh_keys_store(struct device *dev, struct device_attribute *attribute,
				  const char *word, size_t count)
{
	return run(dev, tsm_stream_refresh_keys) ?: count;
}
static DEVICE_ATTR_WO(refresh_keys);

/* The beginning of the device information, in hexadecimal; the file in debugfs has all of it (session.c). */
static ssize_t device_info_show(struct device *dev, struct device_attribute *attribute, char *to)
{
	struct tsm_device *tsm = dev_get_drvdata(dev);
	u8 info[64];
	int bytes;

	bytes = mutex_lock_interruptible(&tsm->lock);
	if (bytes)
		return bytes;
	bytes = tsm_session_read_device_info(tsm, info, sizeof(info));
	mutex_unlock(&tsm->lock);
	return bytes < 0 ? bytes : sysfs_emit(to, "%*phN\n", bytes, info);
}

/* Any write asks the device for its information again. */
static ssize_t device_info_store(struct device *dev, struct device_attribute *attribute,
				 const char *word, size_t count)
{
	return run(dev, tsm_session_recollect) ?: count;
}
static DEVICE_ATTR_RW(device_info);

static struct attribute *tsm_attributes[] = {
	&dev_attr_session.attr,	     &dev_attr_stream.attr,	 &dev_attr_heartbeat.attr,
	&dev_attr_refresh_keys.attr, &dev_attr_device_info.attr, NULL,
};

static const struct attribute_group tsm_group = {
	.name = "tsm",
	.attrs = tsm_attributes,
};

const struct attribute_group *tsm_device_groups[] = {&tsm_group, NULL};

/* The stream first: the TDX module does not delete a session that has one. */
static void end_device(void *data)
{
	struct tsm_device *tsm = data;

	mutex_lock(&tsm->lock);
	tsm_stream_abandon(tsm);
	tsm_session_abandon(tsm);
	mutex_unlock(&tsm->lock);
}

int tsm_device_probe(struct device *dev, const struct tsm_device_data *data)
{
	struct tsm_device *tsm = devm_kzalloc(dev, sizeof(*tsm), GFP_KERNEL);

	if (!tsm)
		return -ENOMEM;
	tsm->dev = dev;
	tsm->data = data;
	mutex_init(&tsm->lock);
	dev_set_drvdata(dev, tsm);
	return devm_add_action_or_reset(dev, end_device, tsm);
}
