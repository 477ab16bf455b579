// SPDX-License-Identifier: GPL-2.0
#include "machine.hpp"

#include <charconv>
#include <stdexcept>

namespace replay {

namespace {

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

[[noreturn]] void refuse(const std::string &what, const char *why)
{
	throw std::invalid_argument("'" + what + "' " + why);
}

/* All of @text as a number. */
uint64_t number(const std::string &text, int base = 10)
{
	const char *end = text.data() + text.size();
	uint64_t value = 0;
	const auto read = std::from_chars(text.data(), end, value, base);

	if (read.ec != std::errc() || read.ptr != end)
		refuse(text, "is no number");
	return value;
}

} // namespace

Machine::Machine(const Settings &settings)
{
	const auto count = [&](const char *key) {
		return static_cast<uint32_t>(number(settings.at(key)));
	};

	max_pa_ = count("maxpa");
	pages_.resize(count("pages"));
	regions_.resize((pages_.size() + kRegionPages - 1) / kRegionPages);
	gigas_.resize(1);
	const seam_memory memory = {kPBase, count("pages"), pages_.data(), regions_.data(),
				    gigas_.data()};
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

	const std::string &reserved = settings.at("rsvd"); /* FIRST+COUNT */
	const size_t plus = reserved.find('+');
	const uint64_t first = number(reserved.substr(0, plus));
	const uint64_t end = first + number(reserved.substr(plus + 1));
	for (uint64_t i = first; i < end && i < pages_.size(); i++) {
		if (config.dynamic_pamt)
			pages_[i].in_bitmap = true;
		else
			pages_[i].entry.type = SEAM_PT_RSVD;
	}

	seam_model_add_tdmr(&model_, kPBase, uint64_t{memory.page_count} << 12);
	if (config.sys_state != SEAM_SYS_READY)
		model_.tdmrs[0].initialised = 0;
	model_.tdmrs[model_.tdmr_count++].range = {kBases.at('U'), kGiga};
}

seam_outcome Machine::call(seam_registers &registers)
{
	return seam_model_call(&model_, package_, package_, &registers);
}

uint64_t Machine::value_of(const std::string &operand) const
{
	size_t at = operand.find_first_of("+|<");
	const std::string base = operand.substr(0, at);
	uint64_t value = base.starts_with("0x")
				 ? number(base.substr(2), 16)
				 : kBases.at(base.at(0)) + (number(base.substr(1)) << 12);

	while (at != std::string::npos) {
		const size_t next = operand.find_first_of("+|<",
							  operand[at] == '<' ? at + 2 : at + 1);
		const std::string suffix = operand.substr(at, next - at);

		if (suffix.starts_with("+0x"))
			value += number(suffix.substr(3), 16);
		else if (suffix.starts_with("|K"))
			value |= number(suffix.substr(2)) << model_.config.address_bits;
		else if (suffix == "|M")
			value |= uint64_t{1} << max_pa_;
		else if (suffix.starts_with("|B"))
			value |= uint64_t{1} << number(suffix.substr(2));
		else if (suffix == "<<4")
			value <<= 4;
		else
			refuse(operand, "has an unknown suffix");
		at = next;
	}
	return value;
}

uint64_t Machine::index_of(const std::string &page) const
{
	const uint64_t index = (value_of(page) - kPBase) >> 12;

	if (index >= pages_.size())
		refuse(page, "is no page");
	return index;
}

seam_td &Machine::td_of(const std::string &tdr)
{
	const seam_page &page = pages_[index_of(tdr)];

	if (page.entry.type != SEAM_PT_TDR)
		refuse(tdr, "is no TDR");
	return model_.tds[page.td];
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

	const size_t slash = object.find('/');
	const uint64_t index = index_of(object.substr(0, slash));
	seam_region &region = regions_[index / kRegionPages];
	const bool is_leaf = model_.config.dynamic_pamt ? region.entry.type != SEAM_PT_PAMT
							: region.entry.type != SEAM_PT_NDA;
	if (object.ends_with("/1g"))
		return {{&gigas_[0].lock, mode}};
	if (object.ends_with("/2m") || is_leaf)
		return {{&gigas_[0].lock, SEAM_SHARED}, {&region.entry.lock, mode}};
	return {{&gigas_[0].lock, SEAM_SHARED},
		{&region.entry.lock, SEAM_SHARED},
		{&pages_[index].entry.lock, mode}};
}

void Machine::hold(const std::string &object, seam_mode mode)
{
	const auto [held, is_new] = held_.emplace(object, locks_of(object, mode));

	if (!is_new)
		refuse(object, "is locked already");
	for (const Held &each : held->second)
		if (!seam_try_lock(each.lock, each.mode))
			refuse(object, "conflicts with a lock that is held");
}

void Machine::drop(const std::string &object)
{
	for (const Held &each : held_.at(object))
		seam_unlock(each.lock, each.mode);
	held_.erase(object);
}

/* A state that no recorded leaf leads to. */
void Machine::force(const std::vector<std::string> &words)
{
	const std::string &what = words.at(1), &which = words.at(2);

	if (what == "fatal") {
		td_of(which).fatal = true;
	} else if (what == "opstate") {
		td_of(which).op_state = static_cast<uint32_t>(number(words.at(3)));
	} else if (what == "vcpus") {
		td_of(which).vcpus = static_cast<uint32_t>(number(words.at(3)));
	} else if (what == "lpinit") {
		const uint32_t lp = 1U << package_;
		model_.initialised_lps = number(which) ? model_.initialised_lps | lp
						       : model_.initialised_lps & ~lp;
	} else if (what == "reg2m") {
		seam_entry &entry = regions_[index_of(which) / kRegionPages].entry;
		entry.type = SEAM_PT_REG;
		entry.owner = value_of(words.at(3));
		entry.epoch = 7;
		td_of(words[3]).children += kRegionPages;
	} else {
		refuse(what, "cannot be forced");
	}
}

void Machine::direct(const std::vector<std::string> &words)
{
	const std::string &verb = words[0], &word = words.at(1);
	seam_config &config = model_.config;

	if (verb == "lp")
		package_ = static_cast<uint32_t>(number(word));
	else if (verb == "entropy")
		config.no_entropy = kEntropy.at(word);
	else if (verb == "interrupt")
		config.interrupted = kInterrupt.at(word);
	else if (verb == "pconfig")
		config.pconfig = kPconfig.at(word);
	else if (verb == "lock")
		hold(word, kModes.at(words.at(2)));
	else if (verb == "unlock")
		drop(word);
	else if (verb == "force")
		force(words);
	else
		refuse(verb, "is no directive");
}

} // namespace replay
