// SPDX-License-Identifier: GPL-2.0
/*
 * Replays recordings of the real TDX module's logic against the model, in user space.
 *
 * A vector file has a fresh machine ("config"), then SEAMCALLs with the answers of the original
 * ("op"), and directives that change the machine between them. The first difference ends the run, and
 * so does a line that is not understood. vectors/README.md has the grammar.
 *
 * usage: replay FILE...
 */
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "machine.hpp"

using replay::Machine;
using replay::Malformed;

namespace {

/* A file that newer modules deviate from on purpose: RAX alone is compared, for @reason. */
struct Exception {
	const char *file;
	const char *reason;
};

constexpr Exception kRaxOnly[] = {
	{"13b_sys_rd_module_specific.vec",
	 "the values are those of one module build on a stubbed CPU: RAX alone is compared"},
};

struct Totals {
	unsigned files = 0;
	unsigned operations = 0;
	unsigned directives = 0;
	unsigned next_ids = 0;
};

/* The model's answer differs from the recording's. */
struct Different : std::runtime_error {
	using std::runtime_error::runtime_error;
};

const std::map<std::string, seam_register> kRegisters = {
	{"rax", SEAM_RAX}, {"rcx", SEAM_RCX}, {"rdx", SEAM_RDX}, {"rbx", SEAM_RBX},
	{"rbp", SEAM_RBP}, {"rsi", SEAM_RSI}, {"rdi", SEAM_RDI}, {"r8", SEAM_R8},
	{"r9", SEAM_R9},   {"r10", SEAM_R10}, {"r11", SEAM_R11}, {"r12", SEAM_R12},
	{"r13", SEAM_R13}, {"r14", SEAM_R14}, {"r15", SEAM_R15},
};

const char *name_of(int which)
{
	for (const auto &[name, number] : kRegisters)
		if (number == which)
			return name.c_str();
	return "rsp";
}

std::vector<std::string> split(const std::string &line)
{
	std::istringstream stream(line);
	std::vector<std::string> words;

	for (std::string word; stream >> word;)
		words.push_back(word);
	return words;
}

struct Assignment {
	seam_register which;
	uint64_t value;
};

Assignment assignment(const Machine &machine, const std::string &word)
{
	const size_t equals = word.find('=');
	const auto found = kRegisters.find(word.substr(0, equals));

	if (equals == std::string::npos || found == kRegisters.end())
		throw Malformed("'" + word + "' is no register=operand");
	return {found->second, machine.value_of(word.substr(equals + 1))};
}

const Exception *exception_for(const std::filesystem::path &path)
{
	for (const Exception &exception : kRaxOnly)
		if (path.filename() == exception.file)
			return &exception;
	return nullptr;
}

class Recording {
public:
	Recording(const std::filesystem::path &path, Totals &totals)
		: rax_only_(exception_for(path)), totals_(totals)
	{
	}

	void line(const std::string &text)
	{
		if (text.empty() || text[0] == '#')
			return;
		const std::vector<std::string> words = split(text);
		if (words.empty())
			throw Malformed("a line of blanks");
		if (words[0] == "config") {
			configure(words);
			return;
		}
		if (!machine_)
			throw Malformed("'" + words[0] + "' before config");
		if (words[0] == "op") {
			operate(words);
			totals_.operations++;
		} else {
			machine_->direct(words);
			totals_.directives++;
		}
	}

	void end() const
	{
		if (!machine_)
			throw Malformed("no config line");
	}

private:
	void configure(const std::vector<std::string> &words)
	{
		replay::Settings settings;

		if (machine_)
			throw Malformed("a second config line");
		for (size_t i = 1; i < words.size(); i++) {
			const size_t equals = words[i].find('=');
			if (equals == std::string::npos)
				throw Malformed("'" + words[i] + "' is no key=value");
			if (!settings.emplace(words[i].substr(0, equals),
					      words[i].substr(equals + 1))
				     .second)
				throw Malformed("'" + words[i] + "' stands twice");
		}
		machine_ = std::make_unique<Machine>(settings);
	}

	/* op N in... -> out... */
	void operate(const std::vector<std::string> &words)
	{
		seam_registers registers{};
		size_t at = 2;
		bool has_rax = false;

		if (words.size() < 5)
			throw Malformed("an op without inputs or outputs");
		replay::number(words[1]);
		for (int i = 0; i < SEAM_REGISTERS; i++)
			registers.r[i] = 0xfeed000000000000 | static_cast<uint64_t>(i);
		for (; at < words.size() && words[at] != "->"; at++) {
			const Assignment input = assignment(*machine_, words[at]);
			registers.r[input.which] = input.value;
			has_rax |= input.which == SEAM_RAX;
		}
		if (at == words.size() || !has_rax || at + 1 == words.size())
			throw Malformed("an op without rax or outputs");

		seam_registers expected = registers;
		bool has_status = false;
		for (at++; at < words.size(); at++) {
			const Assignment output = assignment(*machine_, words[at]);
			expected.r[output.which] = output.value;
			has_status |= output.which == SEAM_RAX;
		}
		if (!has_status)
			throw Malformed("an op without a status");

		const uint64_t leaf = registers.r[SEAM_RAX];
		if (machine_->call(registers) != SEAM_COMPLETED)
			throw Different("op " + words[1] + ": the module did not run");
		/* RDX is the next field in the original's full table, which the model does not have. */
		if (leaf == SEAM_SYS_RD && expected.r[SEAM_RAX] == SEAM_SUCCESS &&
		    registers.r[SEAM_RAX] == SEAM_SUCCESS && !rax_only_) {
			expected.r[SEAM_RDX] = registers.r[SEAM_RDX];
			totals_.next_ids++;
		}
		compare(words[1], expected, registers);
	}

	void compare(const std::string &number, const seam_registers &expected,
		     const seam_registers &got) const
	{
		std::string differences;

		for (int i = 0; i < SEAM_REGISTERS; i++) {
			if (expected.r[i] == got.r[i] || (rax_only_ && i != SEAM_RAX))
				continue;
			differences += std::string("\n\t") + name_of(i) + ": expected " +
				       machine_->notation_of(expected.r[i]) + ", got " +
				       machine_->notation_of(got.r[i]);
		}
		if (!differences.empty())
			throw Different("op " + number + " differs" + differences);
	}

	const Exception *rax_only_;
	Totals &totals_;
	std::unique_ptr<Machine> machine_;
};

void replay_file(const std::filesystem::path &path, Totals &totals)
{
	std::ifstream file(path);
	unsigned number = 0;

	if (!file)
		throw Malformed(path.string() + ": cannot be read");
	try {
		Recording recording(path, totals);
		for (std::string line; std::getline(file, line);) {
			number++;
			recording.line(line);
		}
		recording.end();
	} catch (const std::runtime_error &error) {
		throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " +
					 error.what());
	}
	totals.files++;
}

} // namespace

int main(int count, char **arguments)
{
	Totals totals;

	if (count < 2) {
		std::fprintf(stderr, "usage: replay FILE...\n");
		return 2;
	}
	for (int i = 1; i < count; i++) {
		try {
			replay_file(arguments[i], totals);
		} catch (const std::runtime_error &error) {
			std::fprintf(stderr, "%s\n", error.what());
			return 1;
		}
		if (const Exception *exception = exception_for(arguments[i]))
			std::printf("%s: %s\n", exception->file, exception->reason);
	}
	std::printf(
		"replayed %u files: %u operations compared, %u directives; the next field id of "
		"%u metadata reads was not compared, because the model's table is not full\n",
		totals.files, totals.operations, totals.directives, totals.next_ids);
	return 0;
}
