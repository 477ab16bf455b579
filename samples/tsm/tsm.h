/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the driver share: a device with its session and its stream. */
#ifndef TSM_H
#define TSM_H

#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "tsm_device.h"

struct device;

/* An SPDM session. Its shared buffers exist as long as @metadata does. */
struct tsm_session {
	struct tdx_page_array *metadata;    /* handed over to the TDX module; NULL: no session */
	struct tdx_page_array *device_info; /* the TDX module writes the device information there */
	void *device_info_map;
	u64 device_info_bytes;
	struct debugfs_blob_wrapper blob; /* the device information, as a file */
	struct dentry *file;
	void *config; /* one page each */
	void *request;
	void *response;
	u64 id;
	bool begun; /* CONNECT has begun: the device may know of the session */
	bool connected;
	bool deleted; /* but its pages could not be released yet */
};

/* An IDE stream, which needs a session. */
struct tsm_stream {
	struct tdx_page_array *metadata; /* handed over to the TDX module; NULL: no stream */
	u64 id;
	u64 rp_ide_id; /* number of the stream in the root port */
	bool has_keys;
	bool deleted; /* but its pages could not be released yet */
};

struct tsm_device {
	struct device *dev;
	const struct tsm_device_data *data;
	/*
	 * Protects all below, and is held while a message is in transit: a session does one operation
	 * at a time.
	 */
	struct mutex lock;
	struct tsm_session session;
	struct tsm_stream stream;
};

/* main.c: the directory of the driver in debugfs */
extern struct dentry *tsm_debugfs;

/* device.c */
int tsm_device_probe(struct device *dev, const struct tsm_device_data *data);
extern const struct attribute_group *tsm_device_groups[];

/*
 * session.c, stream.c: to open what is open, or close what is closed, is no error. A close that fails
 * loses nothing and can be repeated. tsm_*_abandon() always succeeds and leaves nothing behind.
 */
int tsm_session_open(struct tsm_device *tsm);
int tsm_session_heartbeat(struct tsm_device *tsm);
int tsm_session_recollect(struct tsm_device *tsm);
int tsm_session_read_device_info(struct tsm_device *tsm, void *to, size_t room);
int tsm_session_close(struct tsm_device *tsm);
void tsm_session_abandon(struct tsm_device *tsm);

int tsm_stream_open(struct tsm_device *tsm);
int tsm_stream_refresh_keys(struct tsm_device *tsm);
int tsm_stream_close(struct tsm_device *tsm);
void tsm_stream_abandon(struct tsm_device *tsm);

/* message.c: one leaf that may need messages sent, and writes a length. */
typedef u64 tsm_leaf_fn(struct tsm_device *tsm, u64 operation, u64 *bytes);

/*
 * Calls @leaf until it has succeeded or failed, the device has taken too long, or the caller is killed. Returns 0 or a
 * negative errno.
 */
int tsm_converse(struct tsm_device *tsm, tsm_leaf_fn *leaf, u64 operation, u64 *bytes);

/* TDH.SPDM.MNG, without parameters and output. */
tsm_leaf_fn tsm_manage_session;

/* Repeats @work for up to ten seconds while it fails with -EBUSY or -EAGAIN. */
int tsm_insist(struct tsm_device *tsm, int (*work)(struct tsm_device *tsm));

/* array.c: the pointer is NULL if there is no array. */
int tsm_array_create(struct tsm_device *tsm, u64 count_field, struct tdx_page_array **array);
int tsm_array_release(struct tsm_device *tsm, struct tdx_page_array **array);
void tsm_array_leak(struct tsm_device *tsm, struct tdx_page_array **array);

#endif
