/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live arrays. A handle is looked up before it is touched, so that one which was released
 * already is told apart from a live one without reading freed memory, and it is lent to one caller
 * at a time.
 */
#pragma once

#include "page_array.hpp"

/* What a driver holds a pointer to. */
struct tdx_page_array {
	explicit tdx_page_array(tdx::PageArray array) : pages(std::move(array)) {}

	tdx::PageArray pages;
	tdx_page_array *next = nullptr;
	bool lent = false;
};

namespace tdx::registry {

/* A live array, lent to this scope. */
class [[nodiscard]] Loan {
public:
	explicit Loan(tdx_page_array *array) : array_(array) {}
	Loan(Loan &&other) noexcept : array_(std::exchange(other.array_, nullptr)) {}
	Loan &operator=(Loan &&) = delete;
	~Loan();

	PageArray &operator*() const { return array_->pages; }
	PageArray *operator->() const { return &array_->pages; }

	/* The array has no pages any more: its handle is dead from now on. */
	void destroy();

private:
	tdx_page_array *array_;
};

/* Makes @array a live handle. */
void add(tdx_page_array *array);

/*
 * Fails with kInvalid for NULL and error pointers, kBadHandle for what is no live array, kBusy
 * while it is lent.
 */
Result<Loan> borrow(tdx_page_array *handle);

} // namespace tdx::registry
