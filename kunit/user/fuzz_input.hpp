/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the fuzz targets read their inputs: one byte is one decision, numbers are hexadecimal digits, so
 * that a seed can be written as text. Beyond the end every byte is 0.
 */
#pragma once

#include <cstdio>
#include <cstdlib>
#include <span>

#include "interface.h"

namespace fuzz {

class Input {
public:
	Input() = default;
	explicit Input(std::span<const u8> bytes) : bytes_(bytes) {}

	bool is_empty() const { return bytes_.empty(); }

	u8 next()
	{
		if (bytes_.empty())
			return 0;
		const u8 byte = bytes_.front();
		bytes_ = bytes_.subspan(1);
		return byte;
	}

	/* Takes the next byte if it is @byte. */
	bool take_if(u8 byte)
	{
		if (bytes_.empty() || bytes_.front() != byte)
			return false;
		bytes_ = bytes_.subspan(1);
		return true;
	}

	/* '0' to '9' and 'a' to 'f' have their usual values; every other byte has one, too. */
	u64 digits(u32 count)
	{
		u64 value = 0;

		while (count--) {
			const u8 byte = next();
			value = value << 4 | ((byte > '9' ? byte + 9 : byte) & 0xF);
		}
		return value;
	}
	u64 word() { return digits(16); }

	/* One of @count, at most 16. */
	u32 below(u32 count) { return static_cast<u32>(digits(1) % count); }
	bool yes() { return below(2); }

	/* Everything up to the end of the line, which is taken, too. */
	Input line()
	{
		u64 length = 0;

		while (length < bytes_.size() && bytes_[length] != '\n')
			length++;
		const Input line(bytes_.first(length));
		bytes_ = bytes_.subspan(length < bytes_.size() ? length + 1 : length);
		return line;
	}

private:
	std::span<const u8> bytes_;
};

struct Finding {
	const char *what;
};

/* The explorer shows the path that leads here; libFuzzer keeps the input when the program ends. */
[[noreturn]] inline void found(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "finding: %s\n", what);
	throw Finding{what};
}

inline void must(bool holds, const char *what)
{
	if (!holds) [[unlikely]]
		found(what);
}

/* True if the run is to be printed. */
inline bool is_told()
{
	static const bool told = getenv("FUZZ_TELL");

	return told;
}

} // namespace fuzz
