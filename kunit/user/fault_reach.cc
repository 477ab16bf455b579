// SPDX-License-Identifier: GPL-2.0
/* Notes which faults of a mutated build each test reaches (make mutate). */
#include <gtest/gtest.h>

#include <string>

#include "fault_choice.hpp"

namespace {

class Reach : public testing::EmptyTestEventListener {
	/* Faults that the start of the core reaches count for every test. */
	void OnTestStart(const testing::TestInfo &) override { fault_note_reached("-", 0); }

	void OnTestEnd(const testing::TestInfo &test) override
	{
		const std::string name = std::string(test.test_suite_name()) + "." + test.name();

		fault_note_reached(name.c_str(), static_cast<long>(test.result()->elapsed_time()));
	}
};

[[gnu::constructor]] void listen()
{
	testing::UnitTest::GetInstance()->listeners().Append(new Reach);
}

} // namespace
