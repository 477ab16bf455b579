// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.SPDM.*: sessions with devices, whose metadata is in pages that the host hands over. No public
 * module source has these leaves; the checks follow the posted Linux patches and older TDX-IO code.
 */
#include "internal.h"

/* A request to the device, as the module writes it to the host's request page. */
#define REQUEST_BYTES 32
#define REQUEST_MARK  0x5350444D00000000ULL /* "SPDM" */

static struct seam_object *session_of(struct seam_call *call, enum seam_register which)
{
	return seam_object_of(call->model, SEAM_SPDM_SESSION, *seam_reg(call, which));
}

static uint64_t create_session(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t func_id = *seam_reg(call, SEAM_RCX);
	const uint32_t id = seam_object_free_id(model, SEAM_SPDM_SESSION);
	uint64_t status;

	if (func_id >> 25 || !id)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	status = seam_object_take_array(call, SEAM_SPDM_SESSION, id, SEAM_RDX,
					model->config.spdm_pages, func_id);
	if (!status)
		*seam_reg(call, SEAM_RCX) = id;
	return status;
}

static uint64_t delete_session(struct seam_call *call)
{
	struct seam_object *session = session_of(call, SEAM_RCX);

	if (!session)
		return SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX;
	if (seam_object_named(call->model, SEAM_IDE_STREAM, *seam_reg(call, SEAM_RCX)))
		return SEAM_SPDM_HAS_ACTIVE_IDE_STREAMS | SEAM_RCX;
	if (session->connected || (session->begun && call->model->config.strict_delete))
		return SEAM_SPDM_INVALID_STATE | SEAM_RCX;
	return seam_object_delete(call, session, SEAM_RDX);
}

uint64_t seam_with_tables(struct seam_call *call, seam_leaf_fn *leaf)
{
	struct seam_lock *lock = &call->model->connect_lock;
	uint64_t status;

	if (!seam_try_lock(lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = leaf(call);
	seam_unlock(lock, SEAM_EXCLUSIVE);
	return status;
}

uint64_t seam_spdm_create(struct seam_call *call)
{
	return seam_with_tables(call, create_session);
}

uint64_t seam_spdm_delete(struct seam_call *call)
{
	return seam_with_tables(call, delete_session);
}

/*
 * Exchanges config.messages messages with the device. For each one the call returns to the host,
 * which issues it again with the same inputs. If interrupts are configured, each is interrupted once.
 */
uint64_t seam_exchange(struct seam_call *call, struct seam_object *object, enum seam_register rsp,
		       enum seam_register req)
{
	struct seam_model *model = call->model;
	struct seam_resume *resume = seam_resume_of(call);
	uint64_t *request;
	uint64_t status;

	if (resume && resume->at_message && !seam_resume_is_same(call, resume)) {
		resume->pending = false;
		resume = NULL;
	}
	status = resume ? seam_resume_check(call, resume)
			: seam_check_shared(model, *seam_reg(call, rsp), rsp);
	status = status ? status : seam_check_shared(model, *seam_reg(call, req), req);
	if (status)
		return status;
	request = model->ops->map(*seam_reg(call, req));
	resume = resume ? resume : seam_resume_begin(call, object);
	if (!request || !resume)
		return SEAM_OPERAND_INVALID | req;

	resume->at_message = false;
	if (seam_steps_until_interrupt(call, 2) < 2 && resume->progress++ % 2 == 0)
		return SEAM_INTERRUPTED_RESUMABLE;
	if (resume->messages < model->config.messages) {
		resume->at_message = true;
		request[0] = REQUEST_MARK | ++resume->messages;
		*seam_reg(call, SEAM_RCX) = REQUEST_BYTES;
		return SEAM_SPDM_REQUEST;
	}
	resume->pending = false;
	*seam_reg(call, SEAM_RCX) = 0;
	return SEAM_SUCCESS;
}

/* Writes the device information to the host's buffer, an HPA_ARRAY_T of shared pages. */
static uint64_t give_device_info(struct seam_call *call, enum seam_register which)
{
	struct seam_model *model = call->model;
	struct seam_array array;
	uint32_t done = 0, here, i;
	uint8_t *to;

	if (!seam_read_array(model, *seam_reg(call, which), &array) ||
	    model->config.output_bytes > array.pages * SEAM_PAGE_SIZE)
		return SEAM_OPERAND_INVALID | which;
	for (i = 0; done < model->config.output_bytes; i++, done += here) {
		here = SEAM_MIN(model->config.output_bytes - done, (uint32_t)SEAM_PAGE_SIZE);
		to = seam_map_shared(model, array.entries[i]);
		if (!to)
			return SEAM_OPERAND_INVALID | which;
		memset(to, 0xD0 + (int)i, here);
	}
	*seam_reg(call, SEAM_RCX) = done;
	return SEAM_SUCCESS;
}

static uint64_t connect_session(struct seam_call *call)
{
	struct seam_object *session = session_of(call, SEAM_RCX);
	uint64_t status;

	if (!session)
		return SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX;
	if (session->connected)
		return SEAM_SPDM_INVALID_STATE | SEAM_RCX;
	status = seam_check_shared(call->model, *seam_reg(call, SEAM_RDX), SEAM_RDX);
	session->begun |= !status;
	status = status ? status : seam_exchange(call, session, SEAM_R8, SEAM_R9);
	status = status ? status : give_device_info(call, SEAM_R10);
	session->connected = !status;
	return status;
}

static uint64_t disconnect_session(struct seam_call *call)
{
	struct seam_object *session = session_of(call, SEAM_RCX);
	uint64_t status;

	if (!session)
		return SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX;
	if (!session->connected && !session->begun)
		return SEAM_SPDM_INVALID_STATE | SEAM_RCX;
	status = seam_exchange(call, session, SEAM_RDX, SEAM_R8);
	if (!status)
		session->begun = session->connected = false;
	return status;
}

/*
 * Operations: 0 heartbeat, 1 key update, 2 device information again. The keys can be exhausted while
 * the session is still being connected.
 */
static uint64_t manage_session(struct seam_call *call)
{
	struct seam_object *session = session_of(call, SEAM_RCX);
	const uint64_t operation = *seam_reg(call, SEAM_RDX);
	uint64_t status;

	if (!session)
		return SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX;
	if (operation > 2)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (!session->connected &&
	    !(operation == 1 && seam_is_interrupted(call->model, SEAM_SPDM_CONNECT, session)))
		return SEAM_SPDM_INVALID_STATE | SEAM_RCX;
	status = seam_exchange(call, session, SEAM_R9, SEAM_R10);
	if (!status && operation == 2)
		status = give_device_info(call, SEAM_R11);
	return status;
}

/* A service of the extensions: they must be started, and execute one call at a time. */
static uint64_t serve(struct seam_call *call, seam_leaf_fn *leaf)
{
	struct seam_model *model = call->model;
	uint64_t status;

	if (seam_needs_extensions(model))
		return SEAM_SYS_STATE_INCORRECT;
	if (!seam_try_lock(&model->service_lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = seam_with_tables(call, leaf);
	seam_unlock(&model->service_lock, SEAM_EXCLUSIVE);
	return status;
}

uint64_t seam_spdm_connect(struct seam_call *call)
{
	return serve(call, connect_session);
}

uint64_t seam_spdm_disconnect(struct seam_call *call)
{
	return serve(call, disconnect_session);
}

uint64_t seam_spdm_mng(struct seam_call *call)
{
	return serve(call, manage_session);
}
