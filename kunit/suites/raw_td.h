/* SPDX-License-Identifier: GPL-2.0 */
/* A TD made with raw SEAMCALLs, from creation to reclaim, in KVM's order. */
#ifndef TDX_PAGE_ARRAY_RAW_TD_H
#define TDX_PAGE_ARRAY_RAW_TD_H

#include "raw.h"

#define RAW_TD_KEYID   33
#define RAW_TDR	       0 /* indices of the raw pages */
#define RAW_FIRST_TDCS 1
#define RAW_TDCS_PAGES 6
#define RAW_TDVPR      7
#define RAW_FIRST_TDCX 8
#define RAW_TDCX_PAGES 5
#define RAW_TD_PAGES   (RAW_FIRST_TDCX + RAW_TDCX_PAGES)

/* Allocates @raw, and builds a TD with its key and all control pages, without MNG.INIT. */
void raw_td_build_until_init(struct kunit *test, struct raw_pages *raw);

/* Adds the pages of a virtual processor. */
void raw_td_add_vcpu(struct kunit *test, struct raw_pages *raw);

/* Builds the TD with a virtual processor, which is not initialised. */
void raw_td_build(struct kunit *test, struct raw_pages *raw);

/* VP.INIT as KVM calls it, with the APIC ID in R8; always on the same CPU. */
u64 raw_td_init_vcpu(struct raw_pages *raw, u64 apic_id);
u64 raw_td_flush_vcpu(u64 tdvpr);

void raw_td_end_key(struct kunit *test, struct raw_pages *raw);

/* Reclaims all pages, the TDR last, writes them back with the KeyID of each, and frees them. */
void raw_td_reclaim(struct kunit *test, struct raw_pages *raw);

/* raw_td_end_key() and raw_td_reclaim(). */
void raw_td_end(struct kunit *test, struct raw_pages *raw);

#endif
