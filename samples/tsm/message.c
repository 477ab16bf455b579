// SPDX-License-Identifier: GPL-2.0
/*
 * Messages between the TDX module and a device. A leaf that needs a message sent returns; the host
 * sends it and calls the leaf again with the same arguments, until the leaf has done its work.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>

#include "tsm.h"

static unsigned int message_seconds = 60;
module_param(message_seconds, uint, 0644);
MODULE_PARM_DESC(message_seconds, "how long a device may go on with messages about one thing (60)");

#define MAX_KEY_UPDATES 16

#define BUSY_TRIES    500
#define BUSY_DELAY_MS 20

static bool is(u64 status, u64 code)
{
	return (status & TDX_PAGE_ARRAY_STATUS_MASK) == code;
}

static int carry_message(struct tsm_device *tsm, u64 bytes)
{
	struct tsm_session *session = &tsm->session;
	const int error = tsm->data->exchange(tsm->dev, session->request, bytes, session->response,
					      PAGE_SIZE);

	if (error)
		dev_dbg(tsm->dev, "a message of %llu bytes got no answer (error %d)\n", bytes,
			error);
	return error;
}

/* Repeats the leaf until it needs no more messages; its last answer is in @status. */
static int carry_messages(struct tsm_device *tsm, tsm_leaf_fn *leaf, u64 operation, u64 *bytes,
			  u64 *status)
{
	const unsigned long end = jiffies + READ_ONCE(message_seconds) * HZ;
	int error;

	while (!fatal_signal_pending(current)) {
		*status = leaf(tsm, operation, bytes);
		if (!is(*status, TDX_PAGE_ARRAY_SPDM_REQUEST))
			return 0;
		if (time_after(jiffies, end)) {
			dev_err(tsm->dev, "the device did not come to an end in time\n");
			return -EIO;
		}
		error = carry_message(tsm, *bytes);
		if (error)
			return error;
		cond_resched();
	}
	return -EINTR;
}

/* Updates the session's keys, which may be needed during any other operation. */
static int update_keys(struct tsm_device *tsm)
{
	u64 bytes, status;
	const int error = carry_messages(tsm, tsm_manage_session, TDX_SPDM_MNG_KEY_UPDATE, &bytes,
					 &status);

	return error ?: tdx_status_to_errno(status);
}

int tsm_converse(struct tsm_device *tsm, tsm_leaf_fn *leaf, u64 operation, u64 *bytes)
{
	unsigned int updates;
	u64 status;
	int error;

	lockdep_assert_held(&tsm->lock);
	for (updates = 0; updates < MAX_KEY_UPDATES; updates++) {
		error = carry_messages(tsm, leaf, operation, bytes, &status);
		if (error)
			return error;
		if (!is(status, TDX_PAGE_ARRAY_SPDM_KEY_REFRESH))
			return tdx_status_to_errno(status);
		error = update_keys(tsm);
		if (error)
			return error;
	}
	dev_err(tsm->dev, "the TDX module wants new keys without end\n");
	return -EIO;
}

/*
 * The wrappers repeat a BUSY call themselves, as long as a lock of the TDX module is usually held. This
 * is for callers that cannot be called again later.
 */
int tsm_insist(struct tsm_device *tsm, int (*work)(struct tsm_device *tsm))
{
	unsigned int tries;
	int error = -EBUSY;

	for (tries = 0; tries < BUSY_TRIES && (error == -EBUSY || error == -EAGAIN); tries++) {
		if (tries)
			msleep(BUSY_DELAY_MS);
		error = work(tsm);
	}
	return error;
}
