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
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine.hpp"

using replay::Machine;

namespace {

/* A file that newer modules deviate from on purpose. */
constexpr const char *kRaxOnly = "13b_sys_rd_module_specific.vec";

/* By enum seam_register. */
constexpr const char *kRegisters[SEAM_REGISTERS] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
						    "rsi", "rdi", "r8",	 "r9",	"r10", "r11",
						    "r12", "r13", "r14", "r15"};

using Words = std::vector<std::string>;

Words split(const std::string &line)
{
	std::istringstream stream(line);

	return {std::istream_iterator<std::string>(stream), {}};
}

class Recording {
public:
	explicit Recording(bool rax_only) : rax_only_(rax_only) {}

	void line(const std::string &text)
	{
		if (text.empty() || text[0] == '#')
			return;
		const Words words = split(text);
		if (words.at(0) == "config")
			configure(words);
		else if (!machine_)
			throw std::runtime_error("no config line before '" + words[0] + "'");
		else if (words[0] == "op")
			operate(words);
		else
			machine_->direct(words);
	}

	/* How many answers were compared. */
	unsigned end() const
	{
		if (!machine_)
			throw std::runtime_error("no config line");
		return operations_;
	}

private:
	void configure(const Words &words)
	{
		replay::Settings settings;

		for (const std::string &word : words | std::views::drop(1)) {
			const size_t equals = word.find('=');
			settings[word.substr(0, equals)] = word.substr(equals + 1);
		}
		machine_ = std::make_unique<Machine>(settings);
	}

	/* register=operand ... */
	void assign(seam_registers &registers, std::span<const std::string> assignments) const
	{
		for (const std::string &word : assignments) {
			const size_t equals = word.find('=');
			const auto *name = std::ranges::find(kRegisters, word.substr(0, equals));

			if (equals == std::string::npos || name == std::end(kRegisters))
				throw std::runtime_error("'" + word + "' is no register=operand");
			registers.r[name - kRegisters] = machine_->value_of(
				word.substr(equals + 1));
		}
	}

	/* op N in... -> out... */
	void operate(const Words &words)
	{
		const std::span all(words);
		const auto arrow = std::ranges::find(words, "->") - words.begin();
		seam_registers got{};

		if (arrow < 3 || all.size() < arrow + 2U)
			throw std::runtime_error("an op without inputs or outputs");
		for (int i = 0; i < SEAM_REGISTERS; i++)
			got.r[i] = 0xfeed000000000000 | static_cast<uint64_t>(i);
		assign(got, all.subspan(2, arrow - 2));
		seam_registers expected = got;
		assign(expected, all.subspan(arrow + 1));

		const uint64_t leaf = got.r[SEAM_RAX];
		if (machine_->call(got) != SEAM_COMPLETED)
			throw std::runtime_error("op " + words[1] + ": the module did not run");
		/* RDX is the next field in the original's full table, which the model does not have. */
		if (leaf == SEAM_SYS_RD && got.r[SEAM_RAX] == SEAM_SUCCESS)
			expected.r[SEAM_RDX] = got.r[SEAM_RDX];
		compare(words[1], expected, got);
		operations_++;
	}

	void compare(const std::string &number, const seam_registers &expected,
		     const seam_registers &got) const
	{
		std::ostringstream differences;

		for (int i = 0; i < SEAM_REGISTERS; i++)
			if (expected.r[i] != got.r[i] && (!rax_only_ || i == SEAM_RAX))
				differences << "\n\t" << kRegisters[i] << ": expected 0x"
					    << std::hex << expected.r[i] << ", got 0x" << got.r[i];
		if (differences.tellp())
			throw std::runtime_error("op " + number + " differs" + differences.str());
	}

	bool rax_only_;
	unsigned operations_ = 0;
	std::unique_ptr<Machine> machine_;
};

/* Returns how many answers were compared. */
unsigned replay_file(const std::filesystem::path &path)
{
	Recording recording(path.filename() == kRaxOnly);
	std::ifstream file(path);
	unsigned number = 0;

	try {
		for (std::string line; std::getline(file, line);) {
			number++;
			recording.line(line);
		}
		return recording.end();
	} catch (const std::exception &error) {
		throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " +
					 error.what());
	}
}

} // namespace

int main(int count, char **arguments)
{
	unsigned operations = 0;

	try {
		for (int i = 1; i < count; i++)
			operations += replay_file(arguments[i]);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "%s\n", error.what());
		return 1;
	}
	std::printf(
		"replayed %d files: %u operations compared; of %s RAX alone, and the next field id "
		"of metadata reads nowhere\n",
		count - 1, operations, kRaxOnly);
}
