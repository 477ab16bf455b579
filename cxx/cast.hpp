/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every conversion that the type system cannot check, by name: no other file has a cast.
 */
#pragma once

#include <bit>
#include <utility>

#include "interface.h"

namespace tdx {

/* The low bits of a value: the caller has masked or checked it. */
template <class To> constexpr To truncate(u64 value)
{
	return static_cast<To>(value);
}

/* A number from outside as an enumeration: the caller knows that it is one of its values. */
template <class Enum> constexpr Enum as_enum(u64 value)
{
	return static_cast<Enum>(value);
}

/* An enumeration as a number, the sign kept as it is in a register. */
template <class Enum> constexpr u64 as_word(Enum value)
{
	return static_cast<u64>(std::to_underlying(value));
}

/* A count that is known to be small, for a C function that returns counts and errnos. */
constexpr s32 as_int(u32 value)
{
	return static_cast<s32>(value);
}

/* What the shim hands out without a type. */
template <class T> T *typed(void *untyped)
{
	return static_cast<T *>(untyped);
}

/* An address as a number, to be compared or hashed. */
inline u64 address_of(const void *pointer)
{
	return std::bit_cast<u64>(pointer);
}

/* The kernel's MAX_ERRNO. */
inline constexpr u64 kHighestErrno = 4095;

/* The kernel's IS_ERR(): the last page of addresses is for errnos. */
inline bool is_error(const void *pointer)
{
	return address_of(pointer) > ~u64{0} - kHighestErrno;
}

/* The kernel's ERR_PTR() for a negative errno. */
template <class T> T *error_pointer(s32 negative_errno)
{
	return std::bit_cast<T *>(static_cast<s64>(negative_errno));
}

} // namespace tdx
