/* SPDX-License-Identifier: GPL-2.0 */
/* Strong types for the numbers of the field: page frame, host physical address, KeyID. */
#pragma once

#include "interface.h"

namespace tdx {

inline constexpr u64 kPageShift = 12;
inline constexpr u64 kPageSize = u64{1} << kPageShift;

/* A host physical address (HPA). */
class Hpa {
public:
	constexpr explicit Hpa(u64 value) : value_(value) {}
	constexpr u64 value() const { return value_; }
	friend constexpr bool operator==(Hpa, Hpa) = default;

private:
	u64 value_;
};

/*
 * A page frame number: names one 4K page. Frame 0 is never allocated and stands for "none".
 */
class Pfn {
public:
	constexpr Pfn() = default;
	constexpr explicit Pfn(u64 value) : value_(value) {}
	constexpr u64 value() const { return value_; }
	constexpr bool is_none() const { return value_ == 0; }
	constexpr Hpa hpa() const { return Hpa(value_ << kPageShift); }
	friend constexpr Pfn operator+(Pfn frame, u64 pages) { return Pfn(frame.value_ + pages); }
	friend constexpr bool operator==(Pfn, Pfn) = default;

private:
	u64 value_ = 0;
};

/* A KeyID of the memory encryption engine. */
class Hkid {
public:
	constexpr Hkid() = default;
	constexpr explicit Hkid(u16 value) : value_(value) {}
	constexpr u16 value() const { return value_; }
	friend constexpr bool operator==(Hkid, Hkid) = default;

private:
	u16 value_ = 0;
};

} // namespace tdx
