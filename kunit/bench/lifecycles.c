// SPDX-License-Identifier: GPL-2.0
/* Handed-over pages: the lifecycle of an SPDM session's metadata, and the cost of its last steps. */
#include <linux/err.h>

#include "bench.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define FUNCTION 0x0100

static struct samples deletions, refused_deletions, releases, lifecycles;

/*
 * A DELETE that never reaches the module does everything that a successful one does, except checking
 * the list and recording the return of the pages. It is the cheapest failure.
 */
static void delete_refused(u64 session, struct tdx_page_array *array)
{
	const struct seam_injection refusal = {
		.kind = SEAM_INJECT_VMFAILINVALID, .leaf = SEAM_SPDM_DELETE, .nth = 1, .times = 1};
	u64 status;

	EXPECT(!seam_emulator_inject(&refusal));
	add_sample(&refused_deletions, COST_OF(status = tdx_tdh_spdm_delete(session, array)));
	EXPECT(tdx_status_to_errno(status) == -ENODEV);
}

static void run_lifecycle(unsigned int pages)
{
	struct cost lifecycle, deletion, release;
	struct tdx_page_array *array;
	u64 session, status;
	int error;

	lifecycle = COST_OF(array = tdx_page_array_create(pages));
	ADD_COST_OF(lifecycle, status = tdx_tdh_spdm_create(FUNCTION, array, &session));
	EXPECT(!status);
	delete_refused(session, array);
	deletion = COST_OF(status = tdx_tdh_spdm_delete(session, array));
	EXPECT(!status);
	release = COST_OF(error = tdx_page_array_release(array));
	EXPECT(!error && release.bare.calls == pages);

	add_sample(&deletions, deletion);
	add_sample(&releases, release);
	add_sample(&lifecycles, sum_of(lifecycle, sum_of(deletion, release)));
}

void measure_lifecycles(void)
{
	unsigned int i, run;

	for (i = 0; i < size_count && sizes[i] <= TDX_PAGE_ARRAY_MAX_ENTRIES; i++) {
		CHANGE_CONFIG(spdm_pages, sizes[i]);
		for (run = 0; run < MAX_RUNS; run++)
			run_lifecycle(sizes[i]);
		report("SPDM.DELETE", sizes[i], &deletions);
		report("SPDM.DELETE, refused", sizes[i], &refused_deletions);
		report("release alone", sizes[i], &releases);
		report("lifecycle", sizes[i], &lifecycles);
	}
}
