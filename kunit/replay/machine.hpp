/* SPDX-License-Identifier: GPL-2.0 */
/* The machine of one vector file: a model with its memory map, and the directives that change it. */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

extern "C" {
#include "../seam/model/seam_model.h"
}

namespace replay {

/* The values of a "config" line. */
using Settings = std::map<std::string, std::string>;

/* What a vector file has wrong ends in an exception. */
class Machine {
public:
	explicit Machine(const Settings &settings);
	Machine(const Machine &) = delete;
	Machine &operator=(const Machine &) = delete;

	seam_outcome call(seam_registers &registers);

	/* The value of an operand: P5, X0+0x1, P0|K33, 0x21, ... */
	uint64_t value_of(const std::string &operand) const;

	/* Executes one directive line, split into words. */
	void direct(const std::vector<std::string> &words);

private:
	struct Held {
		seam_lock *lock;
		seam_mode mode;
	};

	std::vector<Held> locks_of(const std::string &object, seam_mode mode);
	void hold(const std::string &object, seam_mode mode);
	void drop(const std::string &object);
	void force(const std::vector<std::string> &words);
	uint64_t index_of(const std::string &page) const;
	seam_td &td_of(const std::string &tdr);

	seam_model model_{};
	std::vector<seam_page> pages_;
	std::vector<seam_region> regions_;
	std::vector<seam_entry> gigas_;
	std::map<std::string, std::vector<Held>> held_;
	uint32_t max_pa_ = 0;
	uint32_t package_ = 0;
};

} // namespace replay
