// SPDX-License-Identifier: GPL-2.0
/*
 * The self-test: what can be tried on a host at work. It asks the TDX module, makes arrays and ends
 * them, and has pages written back that never were private. It hands nothing over, so that nothing of
 * it can be refused, or be noticed by anybody else's work.
 */
#include "handles.hpp"
#include "ledger.hpp"
#include "tdh_phymem.hpp"
#include "tdh_sys.hpp"
#include "tdx_module.hpp"

namespace tdx {

namespace {

/* Where the report goes, and how many of its lines are about a failure. */
class Report {
public:
	explicit Report(void *to) : to_(to) {}

	void *to() const { return to_; }

	/* How the line of a check begins that went well, or not. */
	const char *mark(bool is_well)
	{
		checks_++;
		failures_ += !is_well;
		return is_well ? "ok    " : "failed";
	}

	u32 checks() const { return checks_; }
	u32 failures() const { return failures_; }

private:
	void *to_;
	u32 checks_ = 0;
	u32 failures_ = 0;
};

/* Calls of one leaf: how many, how long they took, what the first one said that failed. */
class Tally {
public:
	template <class Issue> CompletionStatus count(Issue issue)
	{
		const u64 began = tdx_shim_nanoseconds();
		const CompletionStatus status = issue();

		nanoseconds_ += tdx_shim_nanoseconds() - began;
		calls_++;
		if (!status.is_success() && !failures_++)
			first_failure_ = status;
		return status;
	}

	u32 calls() const { return calls_; }
	u32 successes() const { return calls_ - failures_; }
	bool is_well() const { return !failures_; }
	u64 nanoseconds_each() const { return nanoseconds_ / std::max(calls_, u32{1}); }
	CompletionStatus first_failure() const { return first_failure_; }

private:
	u32 calls_ = 0;
	u32 failures_ = 0;
	u64 nanoseconds_ = 0;
	CompletionStatus first_failure_{0};
};

CompletionStatus read_features(u64 *features0)
{
	const auto features = tdh_sys_rd(as_word(MetadataField::kTdxFeatures0));

	if (!features)
		return features.error();
	*features0 = *features;
	return CompletionStatus(0);
}

void check_metadata(Report &report)
{
	const u64 at_load = tdx_module().features0();
	u64 now = 0;
	const CompletionStatus status = read_features(&now);

	if (status.is_success())
		tdx_shim_print(report.to(), "%s metadata: TDX_FEATURES0 is %#llx, at load %#llx\n",
			       report.mark(now == at_load), now, at_load);
	else
		tdx_shim_print(report.to(), "%s metadata: %s answers %s (%#llx)\n",
			       report.mark(false), name_of(Leaf::kSysRd), name_of(status),
			       status.raw());
}

/* On some CPUs VMX may be off, or the module not initialised. */
struct CpuTally {
	Tally calls;
	u32 first_failing = 0;
};

void call_on_this_cpu(void *context)
{
	CpuTally &tally = *typed<CpuTally>(context);
	const bool was_well = tally.calls.is_well();

	tally.calls.count([] {
		u64 features0;
		return read_features(&features0);
	});
	if (was_well && !tally.calls.is_well())
		tally.first_failing = tdx_shim_this_cpu();
}

void check_cpus(Report &report)
{
	CpuTally tally;

	tdx_shim_on_each_cpu(call_on_this_cpu, &tally);
	const Tally &calls = tally.calls;
	if (calls.is_well())
		tdx_shim_print(report.to(), "%s CPUs: SEAMCALL works on all %u, %llu ns each\n",
			       report.mark(true), calls.calls(), calls.nanoseconds_each());
	else
		tdx_shim_print(report.to(), "%s CPUs: SEAMCALL works on %u of %u; on CPU %u: %s\n",
			       report.mark(false), calls.successes(), calls.calls(),
			       tally.first_failing, name_of(calls.first_failure()));
}

/* What the module says of pages of the host. */
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
		const auto facts = tdh_phymem_page_rdmd(page);
		tallies.hosts += facts && facts->is_hosts();
		is_outside = !facts && facts.error().is(StatusCode::kOperandAddrRangeError);
		return facts || is_outside ? CompletionStatus(0) : facts.error();
	});
	tallies.outside += is_outside;
	if (!is_outside)
		tallies.written_back.count(
			[&] { return tdh_phymem_page_wbinvd(page, tdx_module().global_keyid()); });
}

void report_calls(Report &report, const char *what, Leaf leaf, const Tally &calls)
{
	if (calls.is_well())
		tdx_shim_print(report.to(), "%s %s: %u pages (%s, %llu ns each)\n",
			       report.mark(true), what, calls.calls(), name_of(leaf),
			       calls.nanoseconds_each());
	else
		tdx_shim_print(report.to(), "%s %s: %u of %u pages; %s answers %s (%#llx)\n",
			       report.mark(false), what, calls.successes(), calls.calls(),
			       name_of(leaf), name_of(calls.first_failure()),
			       calls.first_failure().raw());
}

void report_pages(Report &report, const PageTallies &tallies)
{
	report_calls(report, "page queries", Leaf::kPhymemPageRdmd, tallies.asked);
	tdx_shim_print(report.to(),
		       "%s ownership: %u of %u pages are the host's, %u outside of TDX memory\n",
		       report.mark(tallies.hosts + tallies.outside == tallies.asked.calls()),
		       tallies.hosts, tallies.asked.calls(), tallies.outside);
	report_calls(report, "write-backs of pages that never were private",
		     Leaf::kPhymemPageWbinvd, tallies.written_back);
}

/* Is what is written through a mapping of the whole array in its pages? */
bool maps_well(tdx_page_array *array, u32 pages)
{
	void *address = tdx_page_array_map(array);
	bool same = true;

	if (is_error(address))
		return false;
	const std::span words(typed<u64>(address), u64{pages} * kListEntries);
	for (u32 i = 0; i < pages; i++)
		words[u64{i} * kListEntries] = i;
	for (u32 i = 0; i < pages; i++)
		same &= words_of(Pfn(tdx_shim_pfn(tdx_page_array_page(array, i))))[0] == i;
	return !tdx_page_array_unmap(array) && same;
}

/* Makes an array, lets @is_fit try it, ends it. One line says how that went. */
template <class Trial>
void check_array(Report &report, const char *kind, tdx_page_array *array, Trial is_fit)
{
	if (is_error(array)) {
		tdx_shim_print(report.to(), "%s %s: no array could be created (errno %d)\n",
			       report.mark(false), kind, negative(errno_of(array)));
		return;
	}
	const u32 pages = tdx_page_array_nr_pages(array);
	const bool fit = is_fit(array, pages);
	const int released = tdx_page_array_release(array);
	tdx_shim_print(report.to(), "%s %s: %u pages allocated, %s, released (errno %d)\n",
		       report.mark(fit && !released), kind, pages,
		       fit ? "as expected" : "not as expected", released);
}

void check_arrays(Report &report, u32 wanted)
{
	constexpr u32 kTwoWindows = TDX_PAGE_ARRAY_MAX_ENTRIES + 1;
	constexpr u32 kQueueOrder = 1;
	PageTallies tallies;

	check_array(report, "array", tdx_page_array_create(wanted),
		    [&](tdx_page_array *array, u32 pages) {
			    for (u32 i = 0; i < pages; i++) {
				    try_page(Pfn(tdx_shim_pfn(tdx_page_array_page(array, i))),
					     tallies);
				    tdx_shim_breathe();
			    }
			    return pages == wanted;
		    });
	report_pages(report, tallies);
	check_array(report, "mapped array", tdx_page_array_create(wanted), maps_well);
	check_array(report, "array of two windows", tdx_page_array_create(kTwoWindows),
		    [](tdx_page_array *array, u32 pages) {
			    return pages == kTwoWindows &&
				   tdx_page_array_populate(array, TDX_PAGE_ARRAY_MAX_ENTRIES) == 1;
		    });
	check_array(report, "array for an IOMMU", tdx_page_array_create_iommu_mt(kQueueOrder, 1),
		    [](tdx_page_array *, u32 pages) {
			    return pages == (kIommuQueues << kQueueOrder) + 1;
		    });
}

void check_ledger(Report &report)
{
	const tdx_page_array_counters now = ledger::snapshot();

	tdx_shim_print(
		report.to(),
		"%s ledger: %llu pages taken; %llu in arrays, %llu freed, %llu kept by "
		"the TDX module, %llu in quarantine\n",
		report.mark(now.taken == now.in_arrays + now.freed + now.kept + now.quarantined),
		now.taken, now.in_arrays, now.freed, now.kept, now.quarantined);
}

} // namespace

} // namespace tdx

extern "C" bool tdx_core_selftest(u32 pages, void *to)
{
	tdx::Report report(to);

	tdx::check_metadata(report);
	tdx::check_cpus(report);
	tdx::check_arrays(report, pages);
	tdx::check_ledger(report);
	tdx_shim_print(to, "self-test: %u checks, %u failed\n", report.checks(), report.failures());
	return !report.failures();
}
