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

[[noreturn]] void die(const char *what, long long value)
{
	fprintf(stderr, "error: %s: %lld\n", what, value);
	exit(2);
}

void expect(bool holds, const char *what, long long value)
{
	if (!holds)
		die(what, value);
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
template <class Call> u64 until_answered(Call call)
{
	u64 status;

	do {
		status = call();
	} while ((status & kClass) == kBusy || status == TDX_PAGE_ARRAY_SPDM_REQUEST);
	return status;
}

/* A session that is connected, with all that its calls need. */
class Session {
public:
	explicit Session(u32 function)
	{
		expect(!create(function), "SPDM.CREATE", function);
		expect(!connect(), "SPDM.CONNECT", function);
	}

	void end(bool in_order)
	{
		u64 bytes;

		expect(!until_answered([&] {
			return tdx_tdh_spdm_mng(id_, TDX_SPDM_MNG_HEARTBEAT, nullptr, response_,
						request_, nullptr, &bytes);
		}),
		       "SPDM.MNG", 0);
		expect(!until_answered([&] {
			return tdx_tdh_spdm_disconnect(id_, response_, request_, &bytes);
		}),
		       "SPDM.DISCONNECT", 0);
		expect(!until_answered([&] { return tdx_tdh_spdm_delete(id_, array_); }),
		       "SPDM.DELETE", 0);
		spoils_write_back = !in_order;
		const int error = tdx_page_array_release(array_);
		expect(!error || error == -117, "release of a session", error);
		spoils_write_back = false;
		expect(!tdx_page_array_release(info_), "release of a buffer", 0);
		for (page *page : {configuration_, response_, request_})
			machine_put(page, 0);
	}

private:
	u64 create(u32 function)
	{
		return until_answered([&] { return tdx_tdh_spdm_create(function, array_, &id_); });
	}
	u64 connect()
	{
		u64 bytes;

		return until_answered([&] {
			return tdx_tdh_spdm_connect(id_, configuration_, response_, request_, info_,
						    &bytes);
		});
	}

	tdx_page_array *array_ = tdx_page_array_create(kSessionPages);
	tdx_page_array *info_ = tdx_page_array_create(2);
	page *configuration_ = machine_alloc(0, -1);
	page *response_ = machine_alloc(0, -1);
	page *request_ = machine_alloc(0, -1);
	u64 id_ = 0;
};

/* Arrays that the TDX module never sees, and sessions, every third of which leaves a page in the quarantine. */
void call(u32 number, u32 rounds)
{
	for (u32 round = 0; round < rounds; round++) {
		tdx_page_array *array = tdx_page_array_create(1 + round % 40);

		expect(tdx_page_array_populate(array, 0) > 0, "populate", round);
		expect(tdx_page_array_map(array), "map", round);
		expect(!tdx_page_array_unmap(array), "unmap", round);
		expect(!tdx_page_array_release(array), "release", round);
		Session(number << 8 | (round & 0xFF)).end(round % 3);
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
		expect(counters.taken == counters.in_arrays + counters.freed + counters.kept +
						 counters.quarantined,
		       "pages that the ledger lost",
		       static_cast<long long>(counters.taken - counters.in_arrays - counters.freed -
					      counters.kept - counters.quarantined));
	}
	fclose(to);
}

template <class Body> void run(std::vector<std::thread> &threads, Body body)
{
	threads.emplace_back([cpu = threads.size(), body] {
		/* Each has its own logical processor, on which no second SEAMCALL can run. */
		platform_cpu = cpu;
		body();
	});
}

void join(std::vector<std::thread> &threads)
{
	for (std::thread &thread : threads)
		thread.join();
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
	std::vector<std::thread> threads;

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
	join(threads);
}

/* Two drivers that are bound at the same moment. */
void starts_of_the_extensions()
{
	tdx_page_array_counters before, after;
	std::atomic<u32> ready = 0;
	std::vector<std::thread> threads;

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
	join(threads);
	tdx_page_array_count(&after);
	expect(after.kept - before.kept == kPoolPages, "pages that the extensions got",
	       static_cast<long long>(after.kept - before.kept));
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
	expect(!counters.in_arrays, "pages left in arrays",
	       static_cast<long long>(counters.in_arrays));
	expect(!counters.quarantined, "pages left in quarantine",
	       static_cast<long long>(counters.quarantined));
	expect(!seam_model.finding_count, "findings of the judge", seam_model.finding_count);
	for (u32 round = 0; round < rounds; round++)
		starts_of_the_extensions();
	tdx_core_stop();
	printf("%u rounds, %llu service calls\n", rounds, service_calls / 2);
}
