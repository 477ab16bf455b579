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
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" {
#include "../seam/model/seam_model.h"
}

namespace {

/* A file that newer modules deviate from on purpose. */
constexpr const char *kRaxOnly = "13b_sys_rd_module_specific.vec";

/* The addresses of symbolic pages: P in a TDMR, U in one whose PAMT is not initialised, X in none. */
constexpr uint64_t kGiga = uint64_t{1} << 30;
constexpr uint64_t kPBase = 1 * kGiga;
const std::map<char, uint64_t> kBases = {{'P', kPBase}, {'U', 3 * kGiga}, {'X', 16 * kGiga}};
constexpr uint32_t kRegionPages = 512;

/* Pages have no memory: the vectors say nothing about their contents. */
constexpr seam_ops kOps = {
	.map = [](uint64_t) -> void * { return nullptr; },
	.lock_books = [] { return 0UL; },
	.unlock_books = [](unsigned long) {},
};

const std::map<std::string, seam_register> kRegisters = {
	{"rax", SEAM_RAX}, {"rbx", SEAM_RBX}, {"rcx", SEAM_RCX}, {"rdx", SEAM_RDX},
	{"rsp", SEAM_RSP}, {"rbp", SEAM_RBP}, {"rsi", SEAM_RSI}, {"rdi", SEAM_RDI},
	{"r8", SEAM_R8},   {"r9", SEAM_R9},   {"r10", SEAM_R10}, {"r11", SEAM_R11},
	{"r12", SEAM_R12}, {"r13", SEAM_R13}, {"r14", SEAM_R14}, {"r15", SEAM_R15},
};

/* The words of configuration and directives. */
const std::map<std::string, seam_sys_state> kStates = {
	{"sysinit_pending", SEAM_SYSINIT_PENDING}, {"sysinit_done", SEAM_SYSINIT_DONE},
	{"sysconfig_done", SEAM_SYSCONFIG_DONE},   {"ready", SEAM_SYS_READY},
	{"shutdown", SEAM_SYS_SHUT_DOWN},
};
const std::map<std::string, uint32_t> kPconfig = {
	{"ok", SEAM_PCONFIG_OK}, {"entropy", SEAM_PCONFIG_NO_ENTROPY}, {"busy", SEAM_PCONFIG_BUSY}};
const std::map<std::string, uint32_t> kEntropy = {{"fail", 1}, {"ok", 0}};
const std::map<std::string, uint32_t> kInterrupt = {{"pending", 1}, {"clear", 0}};
const std::map<std::string, seam_mode> kModes = {{"excl", SEAM_EXCLUSIVE}, {"shared", SEAM_SHARED}};

using Words = std::vector<std::string>;

uint32_t number(const std::string &text)
{
	return static_cast<uint32_t>(std::stoul(text));
}

std::pair<std::string, std::string> split_at(const std::string &text, char separator)
{
	const size_t at = text.find(separator);

	return {text.substr(0, at), text.substr(at + 1)};
}

/* The machine of one vector file: a model with its memory map. */
class Machine {
public:
	explicit Machine(bool rax_only) : rax_only_(rax_only) {}

	/* One line of the file. */
	void execute(const Words &words);

	/* How many answers were compared. */
	unsigned operations() const { return operations_; }

private:
	struct Held {
		seam_lock *lock;
		seam_mode mode;
	};

	void configure(const Words &words);
	void operate(const Words &words);
	void force(const Words &words);
	uint64_t value_of(const std::string &operand) const;
	uint64_t index_of(const std::string &page) const;
	seam_td &td_of(const std::string &tdr);
	std::vector<Held> locks_of(const std::string &object, seam_mode mode);

	bool rax_only_;
	unsigned operations_ = 0;
	seam_model model_{};
	std::vector<seam_page> pages_;
	std::vector<seam_region> regions_;
	seam_entry giga_{};
	std::map<std::string, std::vector<Held>> held_;
	uint32_t max_pa_ = 0;
	uint32_t package_ = 0;
};

/* config KEY=VALUE... */
void Machine::configure(const Words &words)
{
	std::map<std::string, std::string> settings;

	for (const std::string &word : words | std::views::drop(1))
		settings.insert(split_at(word, '='));
	const auto count = [&](const char *key) { return number(settings.at(key)); };

	max_pa_ = count("maxpa");
	pages_.resize(count("pages"));
	regions_.resize(pages_.size() / kRegionPages);
	const seam_memory memory = {kPBase, count("pages"), pages_.data(), regions_.data(), &giga_};
	seam_model_init(&model_, &kOps, &memory, max_pa_ - count("keyidbits"));
	seam_config &config = model_.config;
	config.features0 = 0;
	config.sys_disable = 0;
	config.keyid_bits = count("keyidbits");
	config.shared_keyids = count("mktme");
	model_.keys[config.global_keyid].state = SEAM_KEY_FREE;
	config.global_keyid = count("globalkid");
	config.packages = count("packages");
	config.cache_blocks = count("wbsub");
	config.dynamic_pamt = count("dpamt");
	config.sys_state = kStates.at(settings.at("state"));
	model_.keys[config.global_keyid].state = SEAM_KEY_RESERVED;

	const auto [first, pages] = split_at(settings.at("rsvd"), '+');
	for (uint32_t i = number(first); i < number(first) + number(pages); i++) {
		if (config.dynamic_pamt)
			pages_.at(i).in_bitmap = true;
		else
			pages_.at(i).entry.type = SEAM_PT_RSVD;
	}

	seam_model_add_tdmr(&model_, kPBase, uint64_t{memory.page_count} << 12);
	if (config.sys_state != SEAM_SYS_READY)
		model_.tdmrs[0].initialised = 0;
	model_.tdmrs[model_.tdmr_count++].range = {kBases.at('U'), kGiga};
}

/* P5, X0+0x1, P0|K33, 0x21, ... */
uint64_t Machine::value_of(const std::string &operand) const
{
	std::istringstream rest(operand);
	uint64_t value = 0, next = 0;
	char sign = 0;

	if (operand.starts_with("0x")) {
		rest >> std::hex >> value;
	} else {
		rest >> sign >> value;
		value = kBases.at(sign) + (value << 12);
	}
	while (rest >> sign) {
		if (sign == '|' || sign == '<')
			rest >> sign;
		if (sign != 'M')
			rest >> (sign == '+' ? std::hex : std::dec) >> next;
		switch (sign) {
		case '+':
			value += next;
			break;
		case '<':
			value <<= next;
			break;
		case 'K':
			value |= next << model_.config.address_bits;
			break;
		case 'M':
			value |= uint64_t{1} << max_pa_;
			break;
		case 'B':
			value |= uint64_t{1} << next;
			break;
		default:
			throw std::invalid_argument("'" + operand + "' is no operand");
		}
	}
	return value;
}

uint64_t Machine::index_of(const std::string &page) const
{
	return (value_of(page) - kPBase) >> 12;
}

seam_td &Machine::td_of(const std::string &tdr)
{
	return model_.tds[pages_.at(index_of(tdr)).td];
}

/* op N in... -> out... */
void Machine::operate(const Words &words)
{
	seam_registers got{}, expected{};
	seam_registers *assigned = &got;
	std::ostringstream differences;

	for (int i = 0; i < SEAM_REGISTERS; i++)
		got.r[i] = 0xfeed000000000000 | static_cast<uint64_t>(i);
	for (const std::string &word : words | std::views::drop(2)) {
		if (word == "->") {
			expected = got;
			assigned = &expected;
			continue;
		}
		const auto [name, operand] = split_at(word, '=');
		assigned->r[kRegisters.at(name)] = value_of(operand);
	}

	const uint64_t leaf = got.r[SEAM_RAX];
	if (seam_model_call(&model_, package_, package_, &got) != SEAM_COMPLETED)
		differences << "\n\tthe module did not run";
	/* RDX is the next field in the original's full table, which the model does not have. */
	if (leaf == SEAM_SYS_RD && got.r[SEAM_RAX] == SEAM_SUCCESS)
		expected.r[SEAM_RDX] = got.r[SEAM_RDX];
	for (const auto &[name, i] : kRegisters)
		if (expected.r[i] != got.r[i] && (!rax_only_ || i == SEAM_RAX))
			differences << "\n\t" << name << ": expected 0x" << std::hex
				    << expected.r[i] << ", got 0x" << got.r[i];
	if (differences.tellp())
		throw std::runtime_error("op " + words.at(1) + " differs" + differences.str());
	operations_++;
}

/* The locks that a processor takes for @object: KOT, SYS, WBT0, P5, P5/2m, P5/1g. */
std::vector<Machine::Held> Machine::locks_of(const std::string &object, seam_mode mode)
{
	if (object == "KOT")
		return {{&model_.kot_lock, mode}};
	if (object == "SYS")
		return {{&model_.sys_lock, mode}};
	if (object.starts_with("WBT"))
		return {{&model_.write_back[number(object.substr(3))].lock, mode}};

	const uint64_t index = index_of(object.substr(0, object.find('/')));
	seam_region &region = regions_.at(index / kRegionPages);
	const bool is_leaf = model_.config.dynamic_pamt ? region.entry.type != SEAM_PT_PAMT
							: region.entry.type != SEAM_PT_NDA;
	if (object.ends_with("/1g"))
		return {{&giga_.lock, mode}};
	if (object.ends_with("/2m") || is_leaf)
		return {{&giga_.lock, SEAM_SHARED}, {&region.entry.lock, mode}};
	return {{&giga_.lock, SEAM_SHARED},
		{&region.entry.lock, SEAM_SHARED},
		{&pages_.at(index).entry.lock, mode}};
}

/* A state that no recorded leaf leads to. */
void Machine::force(const Words &words)
{
	const std::string &what = words.at(1), &which = words.at(2);

	if (what == "fatal") {
		td_of(which).fatal = true;
	} else if (what == "opstate") {
		td_of(which).op_state = number(words.at(3));
	} else if (what == "vcpus") {
		td_of(which).vcpus = number(words.at(3));
	} else if (what == "lpinit") {
		const uint32_t lp = 1U << package_;
		model_.initialised_lps = number(which) ? model_.initialised_lps | lp
						       : model_.initialised_lps & ~lp;
	} else if (what == "reg2m") {
		seam_entry &entry = regions_.at(index_of(which) / kRegionPages).entry;
		entry.type = SEAM_PT_REG;
		entry.owner = value_of(words.at(3));
		entry.epoch = 7;
		td_of(words[3]).children += kRegionPages;
	} else {
		throw std::invalid_argument("'" + what + "' cannot be forced");
	}
}

void Machine::execute(const Words &words)
{
	const std::string &verb = words.at(0), &word = words.at(1);

	if (verb == "config") {
		configure(words);
	} else if (verb == "op") {
		operate(words);
	} else if (verb == "lp") {
		package_ = number(word);
	} else if (verb == "entropy") {
		model_.config.no_entropy = kEntropy.at(word);
	} else if (verb == "interrupt") {
		model_.config.interrupted = kInterrupt.at(word);
	} else if (verb == "pconfig") {
		model_.config.pconfig = kPconfig.at(word);
	} else if (verb == "lock") {
		held_[word] = locks_of(word, kModes.at(words.at(2)));
		for (const Held &each : held_[word])
			if (!seam_try_lock(each.lock, each.mode))
				throw std::invalid_argument("'" + word + "' is locked already");
	} else if (verb == "unlock") {
		for (const Held &each : held_.at(word))
			seam_unlock(each.lock, each.mode);
	} else if (verb == "force") {
		force(words);
	} else {
		throw std::invalid_argument("'" + verb + "' is no directive");
	}
}

/* Returns how many answers were compared. */
unsigned replay_file(const std::filesystem::path &path)
{
	Machine machine(path.filename() == kRaxOnly);
	std::ifstream file(path);
	unsigned number = 0;

	try {
		for (std::string line; std::getline(file, line);) {
			std::istringstream words(line);

			number++;
			if (!line.starts_with('#'))
				machine.execute({std::istream_iterator<std::string>(words), {}});
		}
	} catch (const std::exception &error) {
		throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " +
					 error.what());
	}
	if (!machine.operations())
		throw std::runtime_error(path.string() + ": nothing was compared");
	return machine.operations();
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
