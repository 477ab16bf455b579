// SPDX-License-Identifier: GPL-2.0
#include "machine.hpp"

#include <cstddef>
#include <utility>

namespace replay {

namespace {

/* The addresses of symbolic pages: P in a TDMR, U in one whose PAMT is not initialised, X in none. */
constexpr uint64_t kGiga = uint64_t{1} << 30;
constexpr uint64_t kPBase = 1 * kGiga;
constexpr uint64_t kUBase = 3 * kGiga;
constexpr uint64_t kXBase = 16 * kGiga;
constexpr uint32_t kTdmrPages = kGiga >> 12;
constexpr uint32_t kRegionPages = 512;

/* Pages have no memory: the vectors say nothing about their contents. */
void *no_memory(uint64_t)
{
	return nullptr;
}

unsigned long lock_nothing()
{
	return 0;
}

void unlock_nothing(unsigned long) {}

constexpr seam_ops kOps = {no_memory, lock_nothing, unlock_nothing};

const std::string &setting(const Settings &settings, const std::string &key)
{
	const auto found = settings.find(key);

	if (found == settings.end())
		throw Malformed("config lacks " + key);
	return found->second;
}

uint32_t state_of(const std::string &name)
{
	static const std::map<std::string, seam_sys_state> states = {
		{"sysinit_pending", SEAM_SYSINIT_PENDING}, {"sysinit_done", SEAM_SYSINIT_DONE},
		{"sysconfig_done", SEAM_SYSCONFIG_DONE},   {"ready", SEAM_SYS_READY},
		{"shutdown", SEAM_SYS_SHUT_DOWN},
	};
	const auto found = states.find(name);

	if (found == states.end())
		throw Malformed("unknown state '" + name + "'");
	return found->second;
}

} // namespace

uint64_t number(const std::string &text, int base)
{
	size_t used = 0;
	uint64_t value = 0;

	try {
		if (!text.empty() && std::isxdigit(static_cast<unsigned char>(text[0])))
			value = std::stoull(text, &used, base);
	} catch (const std::exception &) {
		used = 0;
	}
	if (!used || used != text.size())
		throw Malformed("'" + text + "' is no number");
	return value;
}

Machine::Machine(const Settings &settings)
{
	static const char *const known[] = {"maxpa", "keyidbits", "mktme", "globalkid", "packages",
					    "wbsub", "pages",	  "rsvd",  "dpamt",	"state"};
	for (const auto &[key, value] : settings) {
		bool is_known = false;
		for (const char *name : known)
			is_known |= key == name;
		if (!is_known)
			throw Malformed("unknown config key '" + key + "'");
	}
	const auto count = [&](const char *key) {
		return static_cast<uint32_t>(number(setting(settings, key)));
	};

	max_pa_ = count("maxpa");
	page_count_ = count("pages");
	pages_.resize(page_count_);
	regions_.resize((page_count_ + kRegionPages - 1) / kRegionPages);
	gigas_.resize(1);
	const seam_memory memory = {kPBase, page_count_, pages_.data(), regions_.data(),
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
	config.sys_state = state_of(setting(settings, "state"));
	if (config.keyid_bits > 7 || config.global_keyid >= SEAM_MAX_KEYIDS ||
	    config.packages > SEAM_MAX_PACKAGES || page_count_ > kTdmrPages)
		throw Malformed("config asks for more than the model has");
	model_.keys[config.global_keyid].state = SEAM_KEY_RESERVED;

	const std::string &reserved = setting(settings, "rsvd");
	const size_t plus = reserved.find('+');
	if (plus == std::string::npos)
		throw Malformed("rsvd=" + reserved + " is not FIRST+COUNT");
	const uint64_t first = number(reserved.substr(0, plus));
	const uint64_t end = first + number(reserved.substr(plus + 1));
	for (uint64_t i = first; i < end && i < page_count_; i++) {
		if (config.dynamic_pamt)
			pages_[i].in_bitmap = true;
		else
			pages_[i].entry.type = SEAM_PT_RSVD;
	}

	seam_model_add_tdmr(&model_, kPBase, uint64_t{page_count_} << 12);
	if (config.sys_state != SEAM_SYS_READY)
		model_.tdmrs[0].initialised = 0;
	model_.tdmrs[model_.tdmr_count++].range = {kUBase, kGiga};
}

seam_outcome Machine::call(seam_registers &registers)
{
	return seam_model_call(&model_, package_, package_, &registers);
}

uint64_t Machine::value_of(const std::string &operand) const
{
	size_t at = operand.find_first_of("+|<");
	const std::string base = operand.substr(0, at);
	uint64_t value;

	if (base.starts_with("0x"))
		value = number(base.substr(2), 16);
	else if (base.starts_with("P"))
		value = kPBase + (number(base.substr(1)) << 12);
	else if (base.starts_with("U"))
		value = kUBase + (number(base.substr(1)) << 12);
	else if (base.starts_with("X"))
		value = kXBase + (number(base.substr(1)) << 12);
	else
		throw Malformed("unknown operand '" + operand + "'");

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
		else if (suffix.starts_with("|B") && number(suffix.substr(2)) < 64)
			value |= uint64_t{1} << number(suffix.substr(2));
		else if (suffix == "<<4")
			value <<= 4;
		else
			throw Malformed("unknown suffix '" + suffix + "' in '" + operand + "'");
		at = next;
	}
	return value;
}

std::string Machine::notation_of(uint64_t value) const
{
	char text[40];

	std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
	if (value >= kPBase && value < kPBase + (uint64_t{page_count_} << 12) && !(value & 0xFFF))
		return std::string(text) + " (P" + std::to_string((value - kPBase) >> 12) + ")";
	return text;
}

void Machine::hold(const std::string &object, seam_mode mode)
{
	std::vector<Held> wanted;

	if (held_.contains(object))
		throw Malformed("'" + object + "' is locked already");
	if (object == "KOT") {
		wanted = {{&model_.kot_lock, mode}};
	} else if (object == "SYS") {
		wanted = {{&model_.sys_lock, mode}};
	} else if (object.starts_with("WBT")) {
		const uint64_t package = number(object.substr(3));
		if (package >= model_.config.packages)
			throw Malformed("no package for lock '" + object + "'");
		wanted = {{&model_.write_back[package].lock, mode}};
	} else {
		const size_t slash = object.find('/');
		const uint64_t hpa = value_of(object.substr(0, slash));
		const std::string level = slash == std::string::npos ? "" : object.substr(slash);
		const uint64_t index = (hpa - kPBase) >> 12;
		if (hpa < kPBase || index >= page_count_)
			throw Malformed("'" + object + "' is no lock");
		seam_region &region = regions_[index / kRegionPages];
		const bool leaf = model_.config.dynamic_pamt ? region.entry.type != SEAM_PT_PAMT
							     : region.entry.type != SEAM_PT_NDA;
		if (level == "/1g")
			wanted = {{&gigas_[0].lock, mode}};
		else if (level == "/2m" || (level.empty() && leaf))
			wanted = {{&gigas_[0].lock, SEAM_SHARED}, {&region.entry.lock, mode}};
		else if (level.empty())
			wanted = {{&gigas_[0].lock, SEAM_SHARED},
				  {&region.entry.lock, SEAM_SHARED},
				  {&pages_[index].entry.lock, mode}};
		else
			throw Malformed("unknown level in lock '" + object + "'");
	}
	for (const Held &held : wanted)
		if (!seam_try_lock(held.lock, held.mode))
			throw Malformed("'" + object + "' conflicts with a lock that is held");
	held_[object] = std::move(wanted);
}

void Machine::drop(const std::string &object)
{
	const auto found = held_.find(object);

	if (found == held_.end())
		throw Malformed("'" + object + "' is not locked");
	for (const Held &held : found->second)
		seam_unlock(held.lock, held.mode);
	held_.erase(found);
}

seam_td &Machine::td_of(const std::string &tdr)
{
	const seam_page *page = seam_model_page(&model_, value_of(tdr));

	if (!page || page->entry.type != SEAM_PT_TDR)
		throw Malformed("'" + tdr + "' is no TDR");
	return model_.tds[page->td];
}

void Machine::force(const std::vector<std::string> &words)
{
	const auto is = [&](const char *what, size_t count) {
		return words[1] == what && words.size() == count;
	};

	if (words.size() >= 2 && is("fatal", 3)) {
		td_of(words[2]).fatal = true;
	} else if (words.size() >= 2 && is("opstate", 4)) {
		td_of(words[2]).op_state = static_cast<uint32_t>(number(words[3]));
	} else if (words.size() >= 2 && is("vcpus", 4)) {
		td_of(words[2]).vcpus = static_cast<uint32_t>(number(words[3]));
	} else if (words.size() >= 2 && is("lpinit", 3)) {
		const uint32_t lp = 1U << package_;
		model_.initialised_lps = number(words[2]) ? model_.initialised_lps | lp
							  : model_.initialised_lps & ~lp;
	} else if (words.size() >= 2 && is("reg2m", 4)) {
		const uint64_t index = (value_of(words[2]) - kPBase) >> 12;
		if (index >= page_count_)
			throw Malformed("'" + words[2] + "' is no page");
		seam_entry &entry = regions_[index / kRegionPages].entry;
		entry.type = SEAM_PT_REG;
		entry.owner = value_of(words[3]);
		entry.epoch = 7;
		td_of(words[3]).children += kRegionPages;
	} else {
		throw Malformed("unknown force directive");
	}
}

void Machine::direct(const std::vector<std::string> &words)
{
	seam_config &config = model_.config;
	const auto is = [&](const char *verb, size_t count) {
		return words[0] == verb && words.size() == count;
	};

	if (is("lp", 2)) {
		const uint64_t package = number(words[1]);
		if (package >= config.packages)
			throw Malformed("no package " + words[1]);
		package_ = static_cast<uint32_t>(package);
	} else if (is("entropy", 2) && (words[1] == "fail" || words[1] == "ok")) {
		config.no_entropy = words[1] == "fail";
	} else if (is("interrupt", 2) && (words[1] == "pending" || words[1] == "clear")) {
		config.interrupted = words[1] == "pending";
	} else if (is("pconfig", 2) && words[1] == "ok") {
		config.pconfig = SEAM_PCONFIG_OK;
	} else if (is("pconfig", 2) && words[1] == "entropy") {
		config.pconfig = SEAM_PCONFIG_NO_ENTROPY;
	} else if (is("pconfig", 2) && words[1] == "busy") {
		config.pconfig = SEAM_PCONFIG_BUSY;
	} else if (is("lock", 3) && (words[2] == "excl" || words[2] == "shared")) {
		hold(words[1], words[2] == "excl" ? SEAM_EXCLUSIVE : SEAM_SHARED);
	} else if (is("unlock", 2)) {
		drop(words[1]);
	} else if (words[0] == "force") {
		force(words);
	} else {
		std::string line;
		for (const std::string &word : words)
			line += (line.empty() ? "" : " ") + word;
		throw Malformed("unknown directive '" + line + "'");
	}
}

} // namespace replay
