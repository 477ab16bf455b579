/* SPDX-License-Identifier: GPL-2.0 */
/* The kinds of objects that consist of a whole array, for tests of all kinds. */
#ifndef TDX_PAGE_ARRAY_OBJECTS_TEST_H
#define TDX_PAGE_ARRAY_OBJECTS_TEST_H

#include "harness.h"

/* 4K pages of an object of any kind. An IOMMU has two queues of two pages and four single pages. */
#define OBJECT_PAGES 8

#define OBJECT_REG_BASE 0xfed90000ULL

struct object {
	struct kunit *test;
	const struct object_kind *kind;
	struct tdx_page_array *array;
	u64 id;
	/* The session of a stream. */
	struct tdx_page_array *parent;
	u64 parent_id;
};

struct object_kind {
	const char *name;
	u16 create_leaf;
	u16 delete_leaf;
	struct tdx_page_array *(*make)(void);
	u64 (*create)(struct object *object);
	/* Ends the object. A stream is blocked before. */
	u64 (*remove)(struct object *object);
};

/* A session, a stream, an IOMMU. */
extern const struct object_kind object_kinds[3];

/* Makes the array for an object, but not the object. */
void make_object_array(struct kunit *test, const struct object_kind *kind, struct object *object);

/* Makes the array and the object. */
void make_object(struct kunit *test, const struct object_kind *kind, struct object *object);

/* Ends the object's session, if it has one, and empties the quarantine. */
void end_surroundings(struct object *object);

/* Releases the array, which must succeed, then calls end_surroundings(). */
void end_object(struct object *object);

#endif
