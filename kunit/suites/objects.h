/* SPDX-License-Identifier: GPL-2.0 */
/* The kinds of objects that are made of a whole array, for tests that hold for all of them. */
#ifndef TDX_PAGE_ARRAY_OBJECTS_TEST_H
#define TDX_PAGE_ARRAY_OBJECTS_TEST_H

#include "harness.h"

/* 4K pages of an object of any kind: an IOMMU's are two queues of two and four single ones. */
#define OBJECT_PAGES 8

#define OBJECT_REG_BASE 0xfed90000ULL

struct object {
	struct kunit *test;
	const struct object_kind *kind;
	struct tdx_page_array *array;
	u64 id;
	/* Of a stream: its session. */
	struct tdx_page_array *parent;
	u64 parent_id;
};

struct object_kind {
	const char *name;
	u16 create_leaf;
	u16 delete_leaf;
	struct tdx_page_array *(*make)(void);
	u64 (*create)(struct object *object);
	/* A stream is blocked first. */
	u64 (*remove)(struct object *object);
};

#define OBJECT_KINDS 3
extern const struct object_kind object_kinds[OBJECT_KINDS];

/* An array for an object of the kind that is the parameter of the test; there is no object yet. */
void make_object_array(struct kunit *test, struct object *object);

/* The same, and the object. */
void make_object(struct kunit *test, struct object *object);

/* Ends what the object needed besides its array, and empties the quarantine. */
void end_surroundings(struct object *object);

/* Releases the array before that: nothing stands in the way. */
void end_object(struct object *object);

#endif
