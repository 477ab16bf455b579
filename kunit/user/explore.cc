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

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <unordered_set>
#include <vector>

#include "explore.hpp"
#include "fuzz_input.hpp"

namespace explore {

namespace {

using user::FaultKind;
using enum FaultKind;

constexpr u64 kMachinePages = 32;
/* At most two faults in one call, in long paths one: more adds paths, but no new outcomes. */
constexpr u32 kLongPath = 6;

/* The call, a letter from 'a' on; then the choices in it, digits in order; choice 0 is no fault. */
using Step = std::string;
/* Its steps, with blanks between them. */
using Path = std::string;

/* Makes the choices of one call: first those of the script, then 0. */
class Chooser {
public:
	void begin(const Step &script, u32 most_faults)
	{
		most_faults_ = most_faults;
		script_ = script;
		taken_ = script.front();
		possible_ = {1};
		faults_ = 0;
	}

	u32 choose(u32 possible)
	{
		const u64 place = taken_.size();
		u32 choice = place < script_.size() ? script_[place] - '0' : 0;

		if (faults_ == most_faults_)
			possible = 1;
		if (choice >= possible)
			choice = 0;
		faults_ += choice != 0;
		taken_.push_back(static_cast<char>('0' + choice));
		possible_.push_back(possible);
		return choice;
	}

	const Step &taken() const { return taken_; }

	/* Makes @script the one after this one; false when all were tried. */
	bool next(Step &script) const
	{
		for (script = taken_; script.size() > 1; script.pop_back())
			if (script.back() - '0' + 1U < possible_[script.size() - 1]) {
				script.back()++;
				return true;
			}
		return false;
	}

private:
	Step script_, taken_;
	std::vector<u32> possible_;
	u32 most_faults_ = 0;
	u32 faults_ = 0;
};

Chooser chooser;

struct Fault {
	FaultKind kind;
	u64 value;
	u32 times = 1;
};

/* Chooses the outcome of one SEAMCALL; 0 is the real one. */
void before_seamcall(u16 leaf)
{
	const bool deletes = leaf == SEAM_SPDM_DELETE || leaf == SEAM_IOMMU_CLEAR;
	const bool is_resumed = leaf == SEAM_EXT_MEM_ADD || leaf == SEAM_IOMMU_SETUP ||
				leaf == SEAM_IOMMU_CLEAR;
	std::vector<Fault> faults = {{SEAM_INJECT_VMFAILINVALID, 0},
				     {SEAM_INJECT_STATUS, user::kPlainNo},
				     {SEAM_INJECT_STATUS, user::kUnknown},
				     {SEAM_INJECT_STATUS_AFTER, user::kUnknown},
				     {SEAM_INJECT_STATUS, user::kBusy, ~0U}};

	/* An ID that is reused after a delete with an error status cannot be detected. */
	if (!deletes)
		faults.push_back({SEAM_INJECT_STATUS_AFTER, user::kPlainNo});
	if (is_resumed)
		faults.push_back({SEAM_INJECT_INTERRUPT, 1});
	if (deletes)
		for (const u64 response : {SEAM_BAD_KEEPS_PAGES, SEAM_BAD_STALE_LIST})
			faults.push_back({SEAM_INJECT_BAD_RESPONSE, response});
	const u32 choice = chooser.choose(1 + faults.size());
	if (!choice)
		return;
	const Fault &fault = faults[choice - 1];
	if (fault.kind != SEAM_INJECT_VMFAILINVALID)
		user::Run::note_bad_response();
	user::plan(leaf, fault.kind, fault.value, fault.times);
}

bool choose_failure()
{
	return chooser.choose(2);
}

const Operation &operation_of(const Scenario &scenario, const Step &step)
{
	return scenario.operations[step.front() - 'a'];
}

[[noreturn]] void show(const Scenario &scenario, const Path &path, const char *what)
{
	std::istringstream steps(path);

	fprintf(stderr, "%s: %s, after\n", scenario.name, what);
	for (Step step; steps >> step;)
		fprintf(stderr, "  %s %s\n", operation_of(scenario, step).name, step.c_str() + 1);
	exit(3);
}

/* Runs @path from the beginning, and @script, which the chooser completes. Returns the state's hash. */
u64 run_path(const Scenario &scenario, const Path &path, const Step &script)
{
	std::istringstream steps(path + ' ' + script);
	u32 calls = 0;

	try {
		user::Run run(scenario.configure, new_world());
		for (Step step; steps >> step;) {
			chooser.begin(step, calls++ < kLongPath ? 2 : 1);
			run.call([&] { explore::run(operation_of(scenario, step)); });
		}
		run.check();
		const u64 hash = hash_of_world();
		run.end();
		return hash;
	} catch (const fuzz::Finding &finding) {
		show(scenario, path + ' ' + chooser.taken(), finding.what);
	}
}

/* Writes the states one call beyond @path, each in a line: its hash, and its path. */
void expand(const Scenario &scenario, const Path &path, std::unordered_set<u64> &seen, FILE *to)
{
	for (size_t operation = 0; operation < scenario.operations.size(); operation++) {
		Step script(1, static_cast<char>('a' + operation));
		do {
			const u64 hash = run_path(scenario, path, script);
			if (seen.insert(hash).second)
				fprintf(to, "%llu %s %s\n", hash, path.c_str(),
					chooser.taken().c_str());
		} while (chooser.next(script));
	}
}

/* One level: the workers share the frontier, the parent keeps what is new. */
std::vector<Path> explore_level(const Scenario &scenario, const std::vector<Path> &frontier,
				std::unordered_set<u64> &seen)
{
	const u64 workers = sysconf(_SC_NPROCESSORS_ONLN);
	std::vector<FILE *> files;
	std::vector<Path> next;

	fflush(stdout);
	for (u64 worker = 0; worker < workers; worker++) {
		FILE *file = files.emplace_back(tmpfile());
		if (fork())
			continue;
		machine_own_memory();
		for (u64 i = worker; i < frontier.size(); i += workers)
			expand(scenario, frontier[i], seen, file);
		_exit(fflush(file) || ferror(file) ? 1 : 0);
	}
	for (u64 worker = 0; worker < workers; worker++) {
		int status;
		wait(&status);
		if (status)
			exit(1);
	}
	char *line = nullptr;
	size_t size = 0;
	for (FILE *file : files) {
		if (fseek(file, 0, SEEK_SET))
			exit(1);
		while (getline(&line, &size, file) > 0) {
			char *path;
			line[strcspn(line, "\n")] = 0;
			if (seen.insert(strtoull(line, &path, 10)).second)
				next.emplace_back(path);
		}
		fclose(file);
	}
	free(line);
	return next;
}

using Seconds = std::chrono::duration<double>;

Seconds now()
{
	return std::chrono::steady_clock::now().time_since_epoch();
}

/* Returns the number of states. A violation ends the program. */
size_t explore_scenario(const Scenario &scenario, u32 depth, u32 seconds)
{
	const Seconds started = now();
	std::unordered_set<u64> seen;
	std::vector<Path> frontier(1);

	for (u32 level = 1; level <= depth && !frontier.empty(); level++) {
		frontier = explore_level(scenario, frontier, seen);
		const Seconds spent = now() - started;
		printf("%s: depth %u, %zu states, %zu of them new, %.0f s\n", scenario.name, level,
		       seen.size(), frontier.size(), spent.count());
		if (spent.count() > seconds)
			break;
	}
	return seen.size();
}

} // namespace

} // namespace explore

/* usage: explore DEPTH SECONDS [SCENARIO] */
int main(int argc, char **argv)
{
	const u32 depth = argc > 2 ? strtoul(argv[1], nullptr, 10) : 0;
	std::vector<explore::Scenario> wanted = explore::scenarios();

	if (!depth) {
		fprintf(stderr, "error: a depth of 0 explores nothing\n");
		return 1;
	}
	if (argc > 3)
		std::erase_if(wanted, [&](const auto &each) { return strcmp(each.name, argv[3]); });
	if (wanted.empty()) {
		fprintf(stderr, "error: no scenario '%s'; there are:", argv[3]);
		for (const explore::Scenario &scenario : explore::scenarios())
			fprintf(stderr, " '%s'", scenario.name);
		fprintf(stderr, "\n");
		return 1;
	}
	if (!user::start(explore::kMachinePages,
			 {explore::before_seamcall, explore::choose_failure}))
		return 1;
	size_t states = 0;
	for (const explore::Scenario &scenario : wanted)
		states += explore::explore_scenario(scenario, depth, strtoul(argv[2], nullptr, 10));
	printf("explored %zu states, no violation\n", states);
	return 0;
}
