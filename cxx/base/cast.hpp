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

/* A pointer that the shim returns as void. */
template <class T> T *typed(void *untyped)
{
	return static_cast<T *>(untyped);
}

/* A Base as what it was created as: every Base is part of a Derived. */
template <class Derived, class Base> Derived *as_derived(Base *base)
{
	return static_cast<Derived *>(base);
}

/* The kernel's MAX_ERRNO: the last page of addresses is for errnos. */
inline constexpr u64 kHighestErrno = 4095;

/* The errno in an error pointer (the kernel's PTR_ERR()), a negative number; 0 for an address. */
inline s32 errno_in(const void *pointer)
{
	const u64 word = std::bit_cast<u64>(pointer);

	return word > ~u64{0} - kHighestErrno ? static_cast<s32>(word) : 0;
}

/* The kernel's ERR_PTR() for a negative errno. */
template <class T> T *error_pointer(s32 negative_errno)
{
	return std::bit_cast<T *>(static_cast<s64>(negative_errno));
}

} // namespace tdx
