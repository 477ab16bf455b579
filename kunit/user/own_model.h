/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test's own model, with 4 MiB of memory, besides the one that the core uses: a test may bring it into any state, and
 * compare all of it before and after a call.
 */
#ifndef OWN_MODEL_H
#define OWN_MODEL_H

#include <stddef.h>

#include <kunit/test.h>

#include "../seam/model/internal.h"
#include "../seam/seam_control.h"
#include "locks.h"

#define OWN_PAGES	 1024
#define OWN_BASE	 (1ULL << 30)
#define OWN_HPA(INDEX)	 (OWN_BASE + (u64)(INDEX)*SEAM_PAGE_SIZE)
#define OWN_ADDRESS_BITS 46
#define OWN_KEYID	 33

/* The suite of a file: it runs the tests of cases[]. */
#define OWN_SUITE(NAME) \
	static struct kunit_suite suite = {.name = (NAME), .test_cases = cases}; \
	kunit_test_suite(suite)

/* Values of the registers that no leaf but VP.ENTER writes. */
#define OWN_UNTOUCHED(INDEX) (0xfeed000000000000ULL | (u64)(INDEX))

static struct {
	struct seam_model model;
	struct seam_page pages[OWN_PAGES];
	struct seam_region regions[OWN_PAGES / SEAM_REGION_PAGES];
	struct seam_entry gigas[1];
} own, own_before;

static u8 own_memory[OWN_PAGES][SEAM_PAGE_SIZE] __attribute__((aligned(4096)));
static struct seam_registers own_registers;
static int own_books_locked;

static inline void *own_map(uint64_t hpa)
{
	if (hpa < OWN_BASE || hpa >= OWN_HPA(OWN_PAGES))
		return NULL;
	return &own_memory[0][0] + (hpa - OWN_BASE);
}

static inline unsigned long own_lock_books(void)
{
	return (unsigned long)own_books_locked++;
}

static inline void own_unlock_books(unsigned long flags)
{
	own_books_locked = (int)flags;
}

static const struct seam_ops own_ops = {own_map, own_lock_books, own_unlock_books};

/* Ready, with one TDMR, two packages and two logical processors; its extensions need no memory. */
static inline void own_init(void)
{
	const struct seam_memory memory = {OWN_BASE, OWN_PAGES, own.pages, own.regions, own.gigas};

	memset(&own, 0, sizeof(own));
	memset(own_memory, 0, sizeof(own_memory));
	seam_model_init(&own.model, &own_ops, &memory, OWN_ADDRESS_BITS);
	own.model.config.ext_pool_pages = 0;
	seam_model_add_tdmr(&own.model, OWN_BASE, (u64)OWN_PAGES * SEAM_PAGE_SIZE);
}

/* The inputs of a call: RAX, RCX, RDX, R8, R9, R10, R11. */
#define OWN_INPUTS 7

static inline void own_registers_fill(const u64 *inputs)
{
	static const u8 which[OWN_INPUTS] = {SEAM_RAX, SEAM_RCX, SEAM_RDX, SEAM_R8,
					     SEAM_R9,  SEAM_R10, SEAM_R11};
	u32 i;

	for (i = 0; i < SEAM_REGISTERS; i++)
		own_registers.r[i] = OWN_UNTOUCHED(i);
	for (i = 0; i < OWN_INPUTS; i++)
		own_registers.r[which[i]] = inputs[i];
}

/* Issues what own_registers has on a logical processor of package 0; ~0: the module did not run. */
static inline u64 own_issue(u32 lp)
{
	if (seam_model_call(&own.model, 0, lp, &own_registers) != SEAM_COMPLETED)
		return ~0ULL;
	return own_registers.r[SEAM_RAX];
}

/* Calls with these inputs, the others are 0; own_registers has all registers of the answer. */
#define own_call_on(LP, ...) \
	(own_registers_fill((const u64[OWN_INPUTS]){__VA_ARGS__}), own_issue(LP))
#define own_call(...) own_call_on(0, __VA_ARGS__)

#define own_succeeds(TEST, ...) KUNIT_ASSERT_EQ(TEST, own_call(__VA_ARGS__), SEAM_SUCCESS)

static inline u32 own_locks_held(void)
{
	return locks_held(&own.model) + !!own_books_locked;
}

static inline void own_remember(void)
{
	own_before = own;
}

/* True if only the records changed, and which caches hold lines of the PAMT. */
static inline bool own_is_unchanged(void)
{
	own.model.lps_with_private_lines = own_before.model.lps_with_private_lines;
	return !memcmp(&own.model, &own_before.model, offsetof(struct seam_model, injections)) &&
	       !memcmp(own.pages, own_before.pages, sizeof(own.pages)) &&
	       !memcmp(own.regions, own_before.regions, sizeof(own.regions)) &&
	       !memcmp(own.gigas, own_before.gigas, sizeof(own.gigas));
}

/* A TD: its pages are the first of memory, in this order. */
#define OWN_TDR	       OWN_HPA(0)
#define OWN_TDCS(I)    OWN_HPA(1 + (I))
#define OWN_TDVPR      OWN_HPA(7)
#define OWN_TDCX(I)    OWN_HPA(8 + (I))
#define OWN_TABLE(L)   OWN_HPA(12 + (L)) /* of levels 1 to 3 */
#define OWN_MAPPED     OWN_HPA(16)	 /* at guest physical address 0 */
#define OWN_FREE       OWN_HPA(20)	 /* all from here on */
#define OWN_PARAMS     OWN_HPA(1000)
#define OWN_TDCS_PAGES 6
#define OWN_TDCX_PAGES 5

/* The TD is initialised, and its virtual processor has all pages. */
static inline void own_build_td(struct kunit *test)
{
	u32 i;

	own_init();
	own_succeeds(test, SEAM_MNG_CREATE, OWN_TDR, OWN_KEYID);
	own_succeeds(test, SEAM_MNG_KEY_CONFIG, OWN_TDR);
	for (i = 0; i < OWN_TDCS_PAGES; i++)
		own_succeeds(test, SEAM_MNG_ADDCX, OWN_TDCS(i), OWN_TDR);
	((u64 *)own_map(OWN_PARAMS))[1] = 3;
	((u64 *)own_map(OWN_PARAMS))[2] = 2;
	((u64 *)own_map(OWN_PARAMS))[3] = 3 << 3 | 6;
	((u64 *)own_map(OWN_PARAMS))[5] = 40;
	own_succeeds(test, SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS);
	own_succeeds(test, SEAM_VP_CREATE, OWN_TDVPR, OWN_TDR);
	for (i = 0; i < OWN_TDCX_PAGES; i++)
		own_succeeds(test, SEAM_VP_ADDCX, OWN_TDCX(i), OWN_TDVPR);
	for (i = 3; i; i--)
		own_succeeds(test, SEAM_MEM_SEPT_ADD, i, OWN_TDR, OWN_TABLE(i));
	own_succeeds(test, SEAM_MEM_PAGE_ADD, 0, OWN_TDR, OWN_MAPPED, OWN_PARAMS);
	KUNIT_ASSERT_EQ(test, own_locks_held(), 0);
}

/* The requests of the emulator. */
static struct seam_request request;

static inline bool ask(u32 command, u64 argument)
{
	memset(&request, 0, sizeof(request));
	request.command = command;
	request.argument = argument;
	request.refused = 2;
	seam_control(&own.model, &request);
	return !request.refused;
}

static inline u64 count(struct kunit *test, u32 command, u64 argument)
{
	KUNIT_EXPECT_EQ(test, ask(command, argument), true);
	return request.result;
}

static inline u64 rdmd(u64 hpa)
{
	return own_call(SEAM_PHYMEM_PAGE_RDMD, hpa);
}

#endif
