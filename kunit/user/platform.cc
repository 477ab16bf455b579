// SPDX-License-Identifier: GPL-2.0
#include "platform.h"

#include <cstdlib>
#include <cstring>
#include <mutex>

extern "C" {
#include "emulator.h"
}
#include "machine.h"

struct seam_model seam_model;
raw_spinlock_t seam_books;
u64 seam_vmx_off_cpus;
struct platform_policies platform_policies;
struct platform_lack platform_lack;

namespace {

constexpr u32 kAddressBits = 46;

seam_memory memory;

std::mutex books;

void *map(uint64_t hpa)
{
	const u64 pfn = hpa / 4096;

	return pfn >= MACHINE_FIRST_PFN && pfn < MACHINE_FIRST_PFN + machine_page_count
		       ? machine_address(pfn)
		       : nullptr;
}

unsigned long lock_books()
{
	books.lock();
	return 0;
}

void unlock_books(unsigned long)
{
	books.unlock();
}

constexpr seam_ops kOps = {.map = map, .lock_books = lock_books, .unlock_books = unlock_books};

template <class T> T *zeroed(u64 count)
{
	void *memory = calloc(count, sizeof(T));

	if (!memory)
		abort();
	return static_cast<T *>(memory);
}

} // namespace

void (*platform_before_seamcall)(u16 leaf);
void (*platform_after_seamcall)(u16 leaf, enum seam_outcome outcome,
				struct seam_registers *registers);

void platform_reset(void)
{
	const u64 regions = (machine_page_count + 511) / 512;

	memory.page_count = machine_page_count;
	memset(memory.pages, 0, machine_page_count * sizeof(*memory.pages));
	memset(memory.regions, 0, regions * sizeof(*memory.regions));
	memset(memory.gigas, 0, (regions / 512 + 1) * sizeof(*memory.gigas));
	seam_model_init(&seam_model, &kOps, &memory, kAddressBits);
	if (!seam_model_add_tdmr(&seam_model, memory.base, machine_page_count * 4096))
		abort();
	seam_reset();
}

void platform_start(void)
{
	const u64 regions = (machine_page_count + 511) / 512;

	memory = {
		.base = MACHINE_FIRST_PFN * 4096ULL,
		.page_count = machine_page_count,
		.pages = zeroed<seam_page>(machine_page_count),
		.regions = zeroed<seam_region>(regions),
		.gigas = zeroed<seam_entry>(regions / 512 + 1),
	};
	platform_reset();
}

unsigned long platform_lock_books(void)
{
	return lock_books();
}

void platform_unlock_books(unsigned long flags)
{
	unlock_books(flags);
}

/* What the emulator's controls (trap/control.c) want of the platform. */

void seam_reset(void)
{
	seam_model_reset(&seam_model);
	seam_model.config.packages = 1;
	seam_model.config.lps = PLATFORM_CPUS;
	seam_model.config.page_by_page = platform_policies.page_by_page;
	seam_model.config.invalid_resumption = platform_policies.invalid_resumption;
	seam_model.config.partial_write_erratum = platform_policies.pw_mce;
	if (platform_policies.no_features)
		seam_model.config.features0 = 0;
	seam_vmx_off_cpus = 0;
}

void seam_start_over(void)
{
	platform_reset();
}

void seam_platform_set_pw_mce(bool on)
{
	platform_policies.pw_mce = on;
	seam_model.config.partial_write_erratum = on;
}
