// SPDX-License-Identifier: GPL-2.0
/*
 * Threads in the core at once, for ThreadSanitizer (scripts/races.py): callers with arrays of their own, viewers of
 * everything that is shown, retries of the quarantine by hand and by the work that schedules itself, and two that start
 * the extensions. The model is not instrumented: the races to find are in cxx/, and the model's synchronisation would
 * order accesses that the core does not order.
 *
 * usage: races [ROUNDS]
 */
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

namespace {

constexpr u64 kMachinePages = u64{16} * 1024;
constexpr u32 kCallers = 2, kViewers = 2;
constexpr u32 kSessionPages = 8, kPoolPages = 6;
constexpr u64 kBusy = 0x8000020000000000, kClass = 0xFFFFFFFF00000000;
constexpr u64 kWriteBackFails = 0xC000010000000001; /* OPERAND_INVALID, RCX */

std::atomic<u32> callers_at_work;

/*
 * The core promises to do these one at a time: service calls, and the SEAMCALLs of a start of the extensions and of a
 * retry of the quarantine. So each of these counters is written without a lock.
 */
u64 service_calls, calls_of_a_start, calls_of_a_retry;
thread_local bool is_starting, is_retrying;
thread_local bool spoils_write_back;

void expect(bool holds, const char *what, u64 value)
{
	if (holds)
		return;
	fprintf(stderr, "error: %s: %lld\n", what, static_cast<long long>(value));
	exit(2);
}

void note_what_comes_one_at_a_time(u16 leaf)
{
	if (leaf == SEAM_SPDM_CONNECT || leaf == SEAM_SPDM_MNG || leaf == SEAM_SPDM_DISCONNECT)
		service_calls++;
	if (is_starting)
		calls_of_a_start++;
	if (is_retrying)
		calls_of_a_retry++;
}

void before_seamcall(u16 leaf)
{
	note_what_comes_one_at_a_time(leaf);
	if (leaf != SEAM_PHYMEM_PAGE_WBINVD || !spoils_write_back)
		return;
	spoils_write_back = false;
	const seam_injection injection = {seam_injection::SEAM_INJECT_STATUS, leaf, 1, 1,
					  kWriteBackFails};
	/* It may hit a write-back of any thread. */
	seam_model_inject(&seam_model, &injection);
}

void after_seamcall(u16 leaf, seam_outcome, seam_registers *)
{
	note_what_comes_one_at_a_time(leaf);
}

/* A call that meets another one in the TDX module returns BUSY: it is repeated until it is answered. */
template <class Call> void succeed(const char *what, Call call)
{
	u64 status;

	do {
		status = call();
	} while ((status & kClass) == kBusy || status == TDX_PAGE_ARRAY_SPDM_REQUEST);
	expect(!status, what, status);
}

/* A session from its creation to the release of its array, of which a page stays if it does not end @in_order. */
void run_session(u32 function, bool in_order)
{
	tdx_page_array *array = tdx_page_array_create(kSessionPages);
	tdx_page_array *info = tdx_page_array_create(2);
	page *configuration = machine_alloc(0, -1), *response = machine_alloc(0, -1),
	     *request = machine_alloc(0, -1);
	u64 id, bytes;

	succeed("SPDM.CREATE", [&] { return tdx_tdh_spdm_create(function, array, &id); });
	succeed("SPDM.CONNECT", [&] {
		return tdx_tdh_spdm_connect(id, configuration, response, request, info, &bytes);
	});
	succeed("SPDM.MNG", [&] {
		return tdx_tdh_spdm_mng(id, TDX_SPDM_MNG_HEARTBEAT, nullptr, response, request,
					nullptr, &bytes);
	});
	succeed("SPDM.DISCONNECT",
		[&] { return tdx_tdh_spdm_disconnect(id, response, request, &bytes); });
	succeed("SPDM.DELETE", [&] { return tdx_tdh_spdm_delete(id, array); });
	spoils_write_back = !in_order;
	const int error = tdx_page_array_release(array);
	expect(!error || error == -117, "release of a session", error);
	spoils_write_back = false;
	expect(!tdx_page_array_release(info), "release of a buffer", 0);
	for (page *page : {configuration, response, request})
		machine_put(page, 0);
}

/* Arrays that the TDX module never sees, and sessions, every third of which leaves a page in the quarantine. */
void call(u32 number, u32 rounds)
{
	for (u32 round = 0; round < rounds; round++) {
		tdx_page_array *array = tdx_page_array_create(1 + round % 40);

		expect(tdx_page_array_populate(array, 0) > 0, "populate", round);
		expect(tdx_page_array_map(array), "map", round);
		expect(!tdx_page_array_unmap(array), "unmap", round);
		expect(!tdx_page_array_release(array), "release", round);
		run_session(number << 8 | (round & 0xFF), round % 3);
	}
	callers_at_work--;
}

void view()
{
	FILE *to = fopen("/dev/null", "w");
	tdx_page_array_counters counters;

	expect(to, "open /dev/null", 0);
	while (callers_at_work) {
		for (u32 which = 0; which < TDX_CORE_VIEWS; which++)
			expect(!tdx_core_show(which, to), "show", which);
		tdx_page_array_count(&counters);
		const u64 lost = counters.taken - counters.in_arrays - counters.freed -
				 counters.kept - counters.quarantined;
		expect(!lost, "pages that the ledger lost", lost);
	}
	fclose(to);
}

template <class Body> void run(std::vector<std::jthread> &threads, Body body)
{
	threads.emplace_back([cpu = threads.size(), body] {
		/* Each has its own logical processor, on which no second SEAMCALL can run. */
		platform_cpu = cpu;
		body();
	});
}

/* Pages that the TDX module has: each retry finds them, and they stay. */
void fill_quarantine()
{
	tdx_page_array *array = tdx_page_array_create(kSessionPages);
	u64 id;

	expect(!tdx_tdh_spdm_create(0xFFFF, array, &id), "SPDM.CREATE", 0xFFFF);
	const int error = tdx_page_array_leak(array);
	expect(error == -117, "leak of a session", error);
}

void callers_viewers_and_retries(u32 rounds)
{
	std::vector<std::jthread> threads;

	seam_model.config.ext_pool_pages = 0;
	seam_model.config.spdm_pages = kSessionPages;
	fill_quarantine();
	callers_at_work = kCallers;
	for (u32 i = 0; i < kCallers; i++)
		run(threads, [=] { call(i, rounds); });
	for (u32 i = 0; i < kViewers; i++)
		run(threads, view);
	for (const auto retry :
	     {+[] { tdx_page_array_retry_quarantine(); }, +[] { tdx_core_retry_quarantine(); }})
		run(threads, [=] {
			is_retrying = true;
			while (callers_at_work)
				retry();
		});
}

/* Two drivers that are bound at the same moment. */
void starts_of_the_extensions()
{
	tdx_page_array_counters before, after;
	std::atomic<u32> ready = 0;
	std::vector<std::jthread> threads;

	machine_reset();
	platform_reset();
	seam_model.config.ext_pool_pages = kPoolPages;
	tdx_page_array_count(&before);
	for (u32 i = 0; i < 2; i++)
		run(threads, [&] {
			is_starting = true;
			for (ready++; ready < 2;)
				std::this_thread::yield();
			const int error = tdx_extensions_start();
			expect(!error, "start of the extensions", error);
		});
	threads.clear();
	tdx_page_array_count(&after);
	expect(after.kept - before.kept == kPoolPages, "pages that the extensions got",
	       after.kept - before.kept);
}

} // namespace

int main(int argc, char **argv)
{
	const u32 rounds = argc > 1 ? strtoul(argv[1], nullptr, 10) : 200;
	tdx_page_array_counters counters;

	expect(rounds > 0, "rounds", rounds);
	machine_start(kMachinePages);
	expect(!tdx_core_start(), "start of the core", 0);
	platform_before_seamcall = before_seamcall;
	platform_after_seamcall = after_seamcall;
	callers_viewers_and_retries(rounds);
	seam_model_settle(&seam_model);
	tdx_page_array_retry_quarantine();
	tdx_page_array_count(&counters);
	expect(!counters.in_arrays, "pages left in arrays", counters.in_arrays);
	expect(!counters.quarantined, "pages left in quarantine", counters.quarantined);
	expect(!seam_model.finding_count, "findings of the judge", seam_model.finding_count);
	for (u32 round = 0; round < rounds; round++)
		starts_of_the_extensions();
	tdx_core_stop();
	printf("%u rounds, %llu service calls\n", rounds, service_calls / 2);
}
