// SPDX-License-Identifier: GPL-2.0
/*
 * The self-test: what can be tried on a host in use. It asks the TDX module, makes arrays and ends
 * them, and has pages written back that never were private. It hands nothing over, so it cannot
 * disturb other users of the TDX module.
 */
#include "array/create.hpp"
#include "release/release.hpp"
#include "seamcall/query.hpp"
#include "host/host.hpp"

namespace tdx {

namespace {

/* Where the report goes, and how many of its lines are about a failure. */
struct Report {
	/* Counts a check, and returns the first word of its line. */
	const char *mark(bool is_well)
	{
		checks++;
		failures += !is_well;
		return is_well ? "ok    " : "failed";
	}

	void *to;
	u32 checks = 0;
	u32 failures = 0;
};

/* Calls of one leaf: how many, how long they took, what the first one said that failed. */
struct Tally {
	template <class Issue> void count(Issue issue)
	{
		const u64 began = tdx_shim_nanoseconds();
		const CompletionStatus status = issue();

		nanoseconds += tdx_shim_nanoseconds() - began;
		calls++;
		if (!status.is_success() && !failures++) {
			first_failure = status;
			first_failing_cpu = tdx_shim_this_cpu();
		}
	}

	u64 nanoseconds_each() const { return nanoseconds / std::max(calls, u32{1}); }

	u32 calls = 0;
	u32 failures = 0;
	u64 nanoseconds = 0;
	CompletionStatus first_failure;
	u32 first_failing_cpu = 0;
};

Result<u64> read_features()
{
	return read_field(MetadataField::kTdxFeatures0);
}

template <class T> CompletionStatus status_of(const Result<T> &result)
{
	return result ? CompletionStatus() : result.error();
}

void check_metadata(Report &report)
{
	const u64 before = features0();
	const auto now = read_features();

	if (now)
		tdx_shim_print(report.to, "%s metadata: TDX_FEATURES0 is %#llx, was %#llx\n",
			       report.mark(now == before), *now, before);
	else
		tdx_shim_print(report.to, "%s metadata: %s answers %s (%#llx)\n",
			       report.mark(false), name_of(Leaf::kSysRd), name_of(now.error()),
			       now.error().raw());
}

/* On some CPUs VMX may be off, or the module not initialised. */
s32 call_on_this_cpu(void *context)
{
	typed<Tally>(context)->count([] { return status_of(read_features()); });
	return 0;
}

void check_cpus(Report &report)
{
	Tally calls;

	tdx_shim_on_each_cpu(call_on_this_cpu, &calls);
	if (!calls.failures)
		tdx_shim_print(report.to, "%s CPUs: SEAMCALL works on all %u, %llu ns each\n",
			       report.mark(true), calls.calls, calls.nanoseconds_each());
	else
		tdx_shim_print(report.to, "%s CPUs: SEAMCALL works on %u of %u; on CPU %u: %s\n",
			       report.mark(false), calls.calls - calls.failures, calls.calls,
			       calls.first_failing_cpu, name_of(calls.first_failure));
}

/* What the module says about pages of the host. */
struct PageTallies {
	Tally asked;
	Tally written_back;
	u32 hosts = 0;
	u32 outside = 0; /* of the memory that it was told about at boot */
};

void try_page(Pfn page, PageTallies &tallies)
{
	bool is_outside = false;

	tallies.asked.count([&] {
		const auto facts = read_page_facts(page);
		tallies.hosts += facts && facts->is_hosts();
		is_outside = !facts && facts.error().is(StatusCode::kOperandAddrRangeError);
		return is_outside ? CompletionStatus() : status_of(facts);
	});
	tallies.outside += is_outside;
	if (!is_outside)
		tallies.written_back.count([&] {
			return write_back(tdx_module().keyed(page, tdx_module().global_keyid));
		});
}

void report_calls(Report &report, const char *what, Leaf leaf, const Tally &calls)
{
	if (!calls.failures)
		tdx_shim_print(report.to, "%s %s: %u pages (%s, %llu ns each)\n", report.mark(true),
			       what, calls.calls, name_of(leaf), calls.nanoseconds_each());
	else
		tdx_shim_print(report.to, "%s %s: %u of %u pages; %s answers %s (%#llx)\n",
			       report.mark(false), what, calls.calls - calls.failures, calls.calls,
			       name_of(leaf), name_of(calls.first_failure),
			       calls.first_failure.raw());
}

void report_pages(Report &report, const PageTallies &tallies)
{
	report_calls(report, "page queries", Leaf::kPhymemPageRdmd, tallies.asked);
	tdx_shim_print(report.to,
		       "%s ownership: %u of %u pages are the host's, %u outside of TDX memory\n",
		       report.mark(tallies.hosts + tallies.outside == tallies.asked.calls),
		       tallies.hosts, tallies.asked.calls, tallies.outside);
	report_calls(report, "write-backs of pages that never were private",
		     Leaf::kPhymemPageWbinvd, tallies.written_back);
}

constexpr const char *kCaller = "self-test";

/* True if what is written through a mapping of the whole array is in its pages. */
bool maps_well(PageArray &array)
{
	const auto address = array.map(kCaller);
	bool same = true;

	if (!address)
		return false;
	u64 *const words = typed<u64>(*address);
	for (u32 i = 0; i < array.pages(); i++)
		words[u64{i} * kListEntries] = i;
	for (u32 i = 0; i < array.pages(); i++)
		same &= words_of(array.page(i))[0] == i;
	return array.unmap(kCaller) && same;
}

/* Lets @is_fit try an array, and ends it. One line says how that went. */
template <class Trial>
void check_array(Report &report, const char *kind, const Result<ArrayOwner> &array, Trial is_fit)
{
	if (!array) {
		tdx_shim_print(report.to, "%s %s: no array could be created (errno %d)\n",
			       report.mark(false), kind, array.error().to_errno());
		return;
	}
	PageArray &made = **array;
	const u32 pages = made.pages();
	const bool fit = is_fit(made);
	const auto released = release(kCaller, made);
	tdx_shim_print(report.to, "%s %s: %u pages allocated, %s, released (errno %d)\n",
		       report.mark(fit && released), kind, pages,
		       fit ? "as expected" : "not as expected",
		       released ? 0 : released.error().to_errno());
}

void check_arrays(Report &report, u32 wanted)
{
	constexpr u32 kTwoWindows = kListEntries + 1;
	constexpr u32 kQueueOrder = 1;
	PageTallies tallies;

	check_array(report, "array", create(kCaller, wanted), [&](PageArray &array) {
		array.for_each_page(0, wanted, [&](Pfn page) {
			try_page(page, tallies);
			tdx_shim_cond_resched();
		});
		return array.pages() == wanted;
	});
	report_pages(report, tallies);
	check_array(report, "mapped array", create(kCaller, wanted), maps_well);
	check_array(report, "array of two windows", create(kCaller, kTwoWindows),
		    [](PageArray &array) { return array.populate(kCaller, kListEntries) == 1U; });
	check_array(
		report, "array for an IOMMU",
		create(kCaller, (kIommuQueues << kQueueOrder) + 1, Layout::iommu_mt(kQueueOrder),
		       [](PageBlocks &blocks) {
			       return blocks.try_take_with_queues(kIommuQueues, kQueueOrder, 1, {});
		       }),
		[](PageArray &array) { return array.populate(kCaller, 0) == kIommuQueues + 1; });
}

void check_ledger(Report &report)
{
	const tdx_page_array_counters now = ledger::snapshot();

	tdx_shim_print(
		report.to,
		"%s ledger: %llu pages taken; %llu in arrays, %llu freed, %llu kept by "
		"the TDX module, %llu in quarantine\n",
		report.mark(now.taken == now.in_arrays + now.freed + now.kept + now.quarantined),
		now.taken, now.in_arrays, now.freed, now.kept, now.quarantined);
}

} // namespace

} // namespace tdx

extern "C" bool tdx_core_selftest(u32 pages, void *to)
{
	tdx::Report report{to};

	tdx::check_metadata(report);
	tdx::check_cpus(report);
	tdx::check_arrays(report, pages);
	tdx::check_ledger(report);
	tdx_shim_print(to, "self-test: %u checks, %u failed\n", report.checks, report.failures);
	return !report.failures;
}
