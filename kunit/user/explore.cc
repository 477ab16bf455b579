// SPDX-License-Identifier: GPL-2.0
/*
 * Explores all orders of API calls on small arrays, up to a depth, with every choice of outcome at
 * every SEAMCALL and every allocation (make explore DEPTH=n).
 *
 * A state is reached by running its path from the beginning: calls, and for each call the choices
 * that were made in it. States that agree in everything that decides what can happen next count as
 * one. In each state the design's invariants are checked, and that everything can still be ended
 * with no page lost.
 */
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_set>
#include <vector>

#include "explore.hpp"

namespace explore {

namespace {

constexpr u64 kMachinePages = 32;
/* At most two faults in one call, in long paths one: more adds paths, but no new outcomes. */
constexpr u32 kLongPath = 6;

/* One call and the choices in it, in order; choice 0 is no fault. */
struct Step {
	u8 operation;
	std::vector<u8> choices;
};
using Path = std::vector<Step>;

/* Makes the choices of one call: first those of the script, then 0. */
class Chooser {
public:
	void begin(const std::vector<u8> &script, u32 most_faults)
	{
		most_faults_ = most_faults;
		script_ = script;
		taken_.clear();
		possible_.clear();
		faults_ = 0;
	}

	u32 choose(u32 possible)
	{
		const u64 place = taken_.size();
		u32 choice = place < script_.size() ? script_[place] : 0;

		if (faults_ == most_faults_)
			possible = 1;
		if (choice >= possible)
			choice = 0;
		faults_ += choice != 0;
		taken_.push_back(static_cast<u8>(choice));
		possible_.push_back(static_cast<u8>(possible));
		return choice;
	}

	const std::vector<u8> &taken() const { return taken_; }

	/* The script after this one; false when all were tried. */
	bool next(std::vector<u8> &script) const
	{
		script = taken_;
		while (!script.empty()) {
			if (script.back() + 1u < possible_[script.size() - 1]) {
				script.back()++;
				return true;
			}
			script.pop_back();
		}
		return false;
	}

private:
	std::vector<u8> script_, taken_, possible_;
	u32 most_faults_ = 0;
	u32 faults_ = 0;
};

Chooser chooser;
/* A leaf that stays BUSY throughout this call. */
u16 busy_leaf;

/* Chooses the outcome of one SEAMCALL; 0 is the real one. */
void before_seamcall(u16 leaf)
{
	static constexpr u64 kPlainNo = 0xC000010000000001, kUnknown = 0xC000EE0000000000;
	static constexpr u64 kBusy = 0x8000020000000001;
	const bool deletes = leaf == SEAM_SPDM_DELETE || leaf == SEAM_IOMMU_CLEAR;
	const bool is_resumed = leaf == SEAM_EXT_MEM_ADD || leaf == SEAM_IOMMU_SETUP ||
				leaf == SEAM_IOMMU_CLEAR;
	seam_injection fault = {.kind = seam_injection::SEAM_INJECT_STATUS,
				.leaf = leaf,
				.nth = 1,
				.times = 1,
				.value = 0};

	if (leaf == busy_leaf) {
		fault.value = kBusy;
		seam_model_inject(&seam_model, &fault);
		return;
	}
	const u32 choice = chooser.choose(7 + (is_resumed || deletes) + 2 * deletes);
	if (choice > 1)
		user::Run::note_bad_response();
	switch (choice) {
	case 0:
		return;
	case 1:
		fault.kind = seam_injection::SEAM_INJECT_VMFAILINVALID;
		break;
	case 2:
		fault.value = kPlainNo;
		break;
	case 3:
		fault.value = kUnknown;
		break;
	case 4:
		fault.kind = seam_injection::SEAM_INJECT_STATUS_AFTER;
		fault.value = kUnknown;
		break;
	case 5:
		/* An ID that is reused after a delete with an error status cannot be detected. */
		if (deletes)
			return;
		fault.kind = seam_injection::SEAM_INJECT_STATUS_AFTER;
		fault.value = kPlainNo;
		break;
	case 6:
		busy_leaf = leaf;
		fault.value = kBusy;
		break;
	case 7:
		if (is_resumed) {
			fault.kind = seam_injection::SEAM_INJECT_INTERRUPT;
			fault.value = 1;
			break;
		}
		[[fallthrough]];
	case 8:
		fault.kind = seam_injection::SEAM_INJECT_BAD_RESPONSE;
		fault.value = SEAM_BAD_KEEPS_PAGES;
		break;
	case 9:
		fault.kind = seam_injection::SEAM_INJECT_BAD_RESPONSE;
		fault.value = SEAM_BAD_STALE_LIST;
		break;
	}
	seam_model_inject(&seam_model, &fault);
}

bool choose_failure()
{
	return chooser.choose(2);
}

[[noreturn]] void show(const Scenario &scenario, const Path &path, const char *what)
{
	fprintf(stderr, "%s: %s, after\n", scenario.name, what);
	for (const Step &step : path) {
		fprintf(stderr, "  %s", scenario.operations[step.operation].name);
		for (const u8 choice : step.choices)
			fprintf(stderr, " %u", choice);
		fprintf(stderr, "\n");
	}
	exit(3);
}

/* One run of a path from the beginning. */
class PathRun {
public:
	explicit PathRun(const Scenario &scenario)
		: scenario_(scenario), run_(scenario.configure, world_.slots)
	{
	}

	/* Does one call. False if the call is not possible now. */
	bool step(u8 operation, const std::vector<u8> &script)
	{
		chooser.begin(script, calls_++ < kLongPath ? 2 : 1);
		busy_leaf = 0xFFFF;
		return run_.call([&] { return scenario_.operations[operation].run(world_); });
	}

	u64 hash() const { return world_.hash(); }
	const char *wrong() { return run_.wrong(); }
	const char *end() { return run_.end(); }

private:
	const Scenario &scenario_;
	u32 calls_ = 0;
	World world_;
	user::Run run_;
};

struct Found {
	u64 hash;
	Path path;
};

struct Totals {
	u64 transitions = 0;
	std::vector<Found> found;
};

/* All states one call beyond @path. */
void expand(const Scenario &scenario, const Path &path, Totals &totals,
	    std::unordered_set<u64> &seen)
{
	const u8 operations = static_cast<u8>(scenario.operations.size());

	for (u8 operation = 0; operation < operations; operation++) {
		std::vector<u8> script;
		do {
			PathRun run(scenario);
			for (const Step &step : path)
				run.step(step.operation, step.choices);
			if (!run.step(operation, script)) {
				run.end();
				break;
			}
			Path longer = path;
			longer.push_back({operation, chooser.taken()});
			const Chooser made = chooser;
			totals.transitions++;
			if (const char *what = run.wrong())
				show(scenario, longer, what);
			const u64 hash = run.hash();
			if (const char *what = run.end())
				show(scenario, longer, what);
			if (seen.insert(hash).second)
				totals.found.push_back({hash, longer});
			if (!made.next(script))
				break;
		} while (true);
	}
}

/* A worker passes its states to the parent through a file. */
void write_states(FILE *file, const Totals &totals)
{
	fwrite(&totals.transitions, sizeof(u64), 1, file);
	for (const Found &found : totals.found) {
		const u8 steps = static_cast<u8>(found.path.size());
		fwrite(&found.hash, sizeof(u64), 1, file);
		fwrite(&steps, 1, 1, file);
		for (const Step &step : found.path) {
			const u8 length = static_cast<u8>(step.choices.size());
			fwrite(&step.operation, 1, 1, file);
			fwrite(&length, 1, 1, file);
			fwrite(step.choices.data(), 1, length, file);
		}
	}
}

bool read_state(FILE *file, Found &found)
{
	u8 steps, length;

	if (fread(&found.hash, sizeof(u64), 1, file) != 1)
		return false;
	if (fread(&steps, 1, 1, file) != 1)
		abort();
	found.path.resize(steps);
	for (Step &step : found.path) {
		if (fread(&step.operation, 1, 1, file) != 1 || fread(&length, 1, 1, file) != 1)
			abort();
		step.choices.resize(length);
		if (length && fread(step.choices.data(), 1, length, file) != length)
			abort();
	}
	return true;
}

/* One level: the workers share the frontier, the parent keeps what is new. */
std::vector<Path> explore_level(const Scenario &scenario, const std::vector<Path> &frontier,
				std::unordered_set<u64> &seen, u64 &transitions, u32 workers)
{
	std::vector<FILE *> files;
	std::vector<Path> next;
	bool failed = false;

	for (u32 worker = 0; worker < workers; worker++) {
		FILE *file = tmpfile();
		if (!file)
			abort();
		files.push_back(file);
		fflush(stdout);
		if (fork())
			continue;
		Totals totals;
		machine_own_memory();
		for (u64 i = worker; i < frontier.size(); i += workers)
			expand(scenario, frontier[i], totals, seen);
		write_states(file, totals);
		if (fflush(file) || ferror(file)) {
			perror("explore: the states of a worker");
			_exit(1);
		}
		_exit(0);
	}
	for (u32 worker = 0; worker < workers; worker++) {
		int status;
		wait(&status);
		failed |= status != 0;
	}
	if (failed)
		exit(1);
	for (FILE *file : files) {
		u64 more;
		Found found;
		if (fseek(file, 0, SEEK_SET) || fread(&more, sizeof(u64), 1, file) != 1)
			abort();
		transitions += more;
		while (read_state(file, found))
			if (seen.insert(found.hash).second)
				next.push_back(found.path);
		fclose(file);
	}
	return next;
}

struct Result {
	u64 states, transitions;
};

Result explore_scenario(const Scenario &scenario, u32 depth, double seconds, u32 workers)
{
	const auto started = std::chrono::steady_clock::now();
	std::unordered_set<u64> seen;
	std::vector<Path> frontier(1);
	u64 transitions = 0;
	u32 level;

	for (level = 0; level < depth && !frontier.empty(); level++) {
		frontier = explore_level(scenario, frontier, seen, transitions, workers);
		const std::chrono::duration<double> spent = std::chrono::steady_clock::now() -
							    started;
		printf("  %s: depth %u, %zu new states, %llu transitions, %.0f s\n", scenario.name,
		       level + 1, frontier.size(), transitions, spent.count());
		fflush(stdout);
		if (spent.count() > seconds) {
			level++;
			break;
		}
	}
	printf("%s: %zu states, %llu transitions, depth %u%s\n", scenario.name, seen.size(),
	       transitions, level, frontier.empty() ? " (no state beyond it)" : "");
	return {seen.size(), transitions};
}

/* A number from the command line; the program ends if it is not one. */
template <class Number> Number number_of(const char *typed)
{
	const char *end = typed + strlen(typed);
	Number number{};
	const auto read = std::from_chars(typed, end, number);

	if (read.ec == std::errc() && read.ptr == end)
		return number;
	fprintf(stderr, "error: '%s' is no number\n", typed);
	exit(1);
}

bool is_scenario(const char *typed)
{
	return std::ranges::any_of(scenarios(), [typed](const Scenario &scenario) {
		return !strcmp(scenario.name, typed);
	});
}

} // namespace

} // namespace explore

/* usage: explore DEPTH SECONDS [SCENARIO] */
int main(int argc, char **argv)
{
	const auto started = std::chrono::steady_clock::now();
	const u32 depth = argc > 1 ? explore::number_of<u32>(argv[1]) : 10;
	const double seconds = argc > 2 ? explore::number_of<double>(argv[2]) : 60;
	const u32 workers = sysconf(_SC_NPROCESSORS_ONLN);
	u64 states = 0, transitions = 0;

	if (!depth) {
		fprintf(stderr, "error: a depth of 0 explores nothing\n");
		return 1;
	}
	if (argc > 3 && !explore::is_scenario(argv[3])) {
		fprintf(stderr, "error: no scenario '%s'; there are:", argv[3]);
		for (const explore::Scenario &scenario : explore::scenarios())
			fprintf(stderr, " '%s'", scenario.name);
		fprintf(stderr, "\n");
		return 1;
	}
	if (!user::start(explore::kMachinePages,
			 {explore::before_seamcall, explore::choose_failure}))
		return 1;
	for (const explore::Scenario &scenario : explore::scenarios()) {
		if (argc > 3 && scenario.name != std::string(argv[3]))
			continue;
		const auto result = explore::explore_scenario(scenario, depth, seconds, workers);
		states += result.states;
		transitions += result.transitions;
	}
	const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
	printf("explored %llu states, %llu transitions, depth %u, 0 violations, %.0f s\n", states,
	       transitions, depth, spent.count());
	return 0;
}
