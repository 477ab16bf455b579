// SPDX-License-Identifier: GPL-2.0
/* TDH.IDE.STREAM.*: encrypted links of a session. */
#include "internal.h"

static struct seam_object *stream_of(struct seam_call *call)
{
	struct seam_object *stream = seam_object_of(call->model, SEAM_IDE_STREAM,
						    *seam_reg(call, SEAM_RDX));

	return stream && stream->name == *seam_reg(call, SEAM_RCX) ? stream : NULL;
}

static uint64_t create_stream(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t session = *seam_reg(call, SEAM_RDX);
	const uint32_t id = seam_object_free_id(model, SEAM_IDE_STREAM);
	uint64_t status;

	/* Bits 7:0: function of the root port; bit 8: link or selective stream. */
	if (*seam_reg(call, SEAM_RCX) >> 9 || !id)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (!seam_object_of(model, SEAM_SPDM_SESSION, session))
		return SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RDX;
	status = seam_object_take_array(call, SEAM_IDE_STREAM, id, SEAM_R8, model->config.ide_pages,
					session);
	if (status)
		return status;
	*seam_reg(call, SEAM_RCX) = id;
	*seam_reg(call, SEAM_RDX) = id - 1; /* the root port's number of the stream */
	return SEAM_SUCCESS;
}

static uint64_t block_stream(struct seam_call *call)
{
	struct seam_object *stream = stream_of(call);

	if (!stream)
		return SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX;
	if (stream->blocked)
		return SEAM_IDE_STREAM_BLOCKED | SEAM_RDX;
	stream->blocked = true;
	return SEAM_SUCCESS;
}

static uint64_t delete_stream(struct seam_call *call)
{
	struct seam_object *stream = stream_of(call);

	if (!stream)
		return SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX;
	if (!stream->blocked)
		return SEAM_IDE_STREAM_NOT_BLOCKED | SEAM_RDX;
	return seam_object_delete(call, stream, SEAM_R8);
}

/* Key management: 0 set up, 1 refresh, 2 stop. */
static uint64_t manage_keys(struct seam_call *call)
{
	struct seam_object *stream = stream_of(call);

	if (!stream)
		return SEAM_IDE_STREAM_NOT_CONFIGURED | SEAM_RDX;
	if (*seam_reg(call, SEAM_R8) > 2)
		return SEAM_OPERAND_INVALID | SEAM_R8;
	if (stream->blocked)
		return SEAM_IDE_STREAM_BLOCKED | SEAM_RDX;
	return seam_exchange(call, stream, SEAM_R9, SEAM_R10);
}

uint64_t seam_ide_stream_create(struct seam_call *call)
{
	return seam_with_tables(call, create_stream);
}

uint64_t seam_ide_stream_block(struct seam_call *call)
{
	return seam_with_tables(call, block_stream);
}

uint64_t seam_ide_stream_delete(struct seam_call *call)
{
	return seam_with_tables(call, delete_stream);
}

uint64_t seam_ide_stream_km(struct seam_call *call)
{
	return seam_with_tables(call, manage_keys);
}
