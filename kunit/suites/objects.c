// SPDX-License-Identifier: GPL-2.0
#include "objects.h"

static struct tdx_page_array *take_plain(void)
{
	return tdx_page_array_create(OBJECT_PAGES);
}

static struct tdx_page_array *take_iommu_mt(void)
{
	return tdx_page_array_create_iommu_mt(1, OBJECT_PAGES - 4);
}

static u64 create_session(struct object *object)
{
	return tdx_tdh_spdm_create(0x0100, object->array, &object->id);
}

static u64 delete_session(struct object *object)
{
	return tdx_tdh_spdm_delete(object->id, object->array);
}

static u64 create_stream(struct object *object)
{
	const struct tdx_ide_stream stream = {.info = 0x110};
	u64 rp_ide_id;

	return tdx_tdh_ide_stream_create(object->parent_id, &stream, object->array, &object->id,
					 &rp_ide_id);
}

static u64 delete_stream(struct object *object)
{
	tdx_tdh_ide_stream_block(object->parent_id, object->id);
	return tdx_tdh_ide_stream_delete(object->parent_id, object->id, object->array);
}

static u64 set_up_iommu(struct object *object)
{
	return tdx_tdh_iommu_setup(OBJECT_REG_BASE, object->array, &object->id);
}

static u64 clear_iommu(struct object *object)
{
	return tdx_tdh_iommu_clear(object->id, object->array);
}

const struct object_kind object_kinds[3] = {
	{"session", SEAM_SPDM_CREATE, SEAM_SPDM_DELETE, take_plain, create_session, delete_session},
	{"stream", SEAM_IDE_STREAM_CREATE, SEAM_IDE_STREAM_DELETE, take_plain, create_stream,
	 delete_stream},
	{"IOMMU", SEAM_IOMMU_SETUP, SEAM_IOMMU_CLEAR, take_iommu_mt, set_up_iommu, clear_iommu},
};

void make_object_array(struct kunit *test, const struct object_kind *kind, struct object *object)
{
	*object = (struct object){.test = test, .kind = kind};
	if (kind->create_leaf == SEAM_IDE_STREAM_CREATE)
		object->parent = make_session(test, 1, &object->parent_id);
	set_spdm_pages(OBJECT_PAGES);
	set_ide_pages(OBJECT_PAGES);
	set_iommu_pages(OBJECT_PAGES - 4);
	object->array = kind->make();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, object->array);
}

void make_object(struct kunit *test, const struct object_kind *kind, struct object *object)
{
	make_object_array(test, kind, object);
	assert_success(test, kind->create(object));
}

void end_surroundings(struct object *object)
{
	if (object->parent) {
		tdx_tdh_spdm_delete(object->parent_id, object->parent);
		/* The module refuses to delete a session that still has a stream. */
		if (tdx_page_array_release(object->parent) == -EBUSY)
			tdx_page_array_leak(object->parent);
	}
	empty_quarantine(object->test);
}

void end_object(struct object *object)
{
	KUNIT_EXPECT_EQ(object->test, tdx_page_array_release(object->array), 0);
	end_surroundings(object);
}
