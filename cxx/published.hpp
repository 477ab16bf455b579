/* SPDX-License-Identifier: GPL-2.0 */
/* One word that is written by the caller who has its object, while others may look at it. */
#pragma once

namespace tdx {

template <class T> class Published {
public:
	constexpr Published() = default;
	Published(Published &&other) noexcept : value_(other.load()) {}
	Published &operator=(Published &&) = delete;

	T load() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
	void store(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }

private:
	T value_{};
};

} // namespace tdx
