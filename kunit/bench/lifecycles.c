// SPDX-License-Identifier: GPL-2.0
/* Handed-over pages: the lifecycle of an SPDM session's metadata, and the cost of each step. */
#include <linux/err.h>

#include "bench.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define FUNCTION 0x0100

static struct samples hand_overs, deletions, refused_deletions, releases, lifecycles;

/*
 * A DELETE that never reaches the module does everything that a successful one does, except checking
 * the list and recording the return of the pages. It is the cheapest failure.
 */
static int delete_refused(u64 session, struct tdx_page_array *array)
{
	const struct seam_injection refusal = {
		.kind = SEAM_INJECT_VMFAILINVALID, .leaf = SEAM_SPDM_DELETE, .nth = 1, .times = 1};
	u64 status;

	if (FAILS(!seam_emulator_inject(&refusal)))
		return -EIO;
	add_sample(&refused_deletions, COST_OF(status = tdx_tdh_spdm_delete(session, array)));
	if (FAILS(tdx_status_to_errno(status) == -ENODEV))
		return -EIO;
	return 0;
}

static int run_lifecycle(unsigned int pages)
{
	struct cost creation, hand_over, deletion, release;
	struct tdx_page_array *array;
	u64 session, status;
	int error;

	creation = COST_OF(array = tdx_page_array_create(pages));
	if (FAILS(!IS_ERR(array)))
		return -EIO;
	hand_over = COST_OF(status = tdx_tdh_spdm_create(FUNCTION, array, &session));
	if (FAILS(!status))
		return -EIO;
	if (delete_refused(session, array))
		return -EIO;
	deletion = COST_OF(status = tdx_tdh_spdm_delete(session, array));
	if (FAILS(!status))
		return -EIO;
	release = COST_OF(error = tdx_page_array_release(array));
	if (FAILS(!error && release.bare.calls == pages))
		return -EIO;

	add_sample(&hand_overs, hand_over);
	add_sample(&deletions, deletion);
	add_sample(&releases, release);
	add_sample(&lifecycles, sum_of(sum_of(creation, hand_over), sum_of(deletion, release)));
	return 0;
}

int measure_lifecycles(void)
{
	unsigned int i, run;

	for (i = 0; i < size_count && sizes[i] <= TDX_PAGE_ARRAY_MAX_ENTRIES; i++) {
		CHANGE_CONFIG(spdm_pages, sizes[i]);
		for (run = 0; run < MAX_RUNS; run++)
			if (run_lifecycle(sizes[i]))
				return -EIO;
		report("SPDM.CREATE", sizes[i], &hand_overs);
		report("SPDM.DELETE", sizes[i], &deletions);
		report("SPDM.DELETE, refused", sizes[i], &refused_deletions);
		report("release alone", sizes[i], &releases);
		report("lifecycle", sizes[i], &lifecycles);
	}
	return 0;
}
