// SPDX-License-Identifier: GPL-2.0
#include "platform.h"

#include <cstdlib>
#include <cstring>

#include <pthread.h>

extern "C" {
#include "../seam/door/door.h"
}
#include "machine.h"

struct seam_model seam_model;
struct platform_policies platform_policies;
struct platform_lack platform_lack;

namespace {

constexpr u32 kAddressBits = 46;

seam_memory memory;

/* A thread that locks it twice ends the program. A cache line of its own: the core's variables are looked at by their lines. */
struct alignas(64) Books {
	pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
};
Books books;

void *map(uint64_t hpa)
{
	const u64 pfn = hpa / 4096;

	return pfn >= MACHINE_FIRST_PFN && pfn < MACHINE_FIRST_PFN + machine_page_count
		       ? machine_address(pfn)
		       : nullptr;
}

unsigned long lock_books()
{
	if (pthread_mutex_lock(&books.lock))
		abort();
	return 0;
}

void unlock_books(unsigned long)
{
	if (pthread_mutex_unlock(&books.lock))
		abort();
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

namespace {

/* Without the settings that the emulator's controls make after it. */
void start_over()
{
	const u64 regions = (machine_page_count + 511) / 512;

	memory.page_count = machine_page_count;
	memset(memory.pages, 0, machine_page_count * sizeof(*memory.pages));
	memset(memory.regions, 0, regions * sizeof(*memory.regions));
	memset(memory.gigas, 0, (regions / 512 + 1) * sizeof(*memory.gigas));
	seam_model_init(&seam_model, &kOps, &memory, kAddressBits);
	seam_model.sees_flushes = true;
	if (!seam_model_add_tdmr(&seam_model, memory.base, machine_page_count * 4096))
		abort();
}

} // namespace

void platform_reset(void)
{
	start_over();
	seam_reset();
	platform_forget_adopted();
}

void platform_start(void)
{
	if (seam_control_start())
		abort();
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

namespace {

void control(seam_request *request)
{
	if (request->command == SEAM_CONTROL_POWER_CYCLE)
		start_over();
	else
		seam_control(&seam_model, request);
}

void describe(seam_config *config)
{
	config->packages = 1;
	config->lps = PLATFORM_CPUS;
	config->page_by_page = platform_policies.page_by_page;
	config->invalid_resumption = platform_policies.invalid_resumption;
	if (platform_policies.no_clflush)
		config->features0 &= ~SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC;
	if (platform_policies.no_features)
		config->features0 = 0;
}

constexpr struct seam_door kDoor = {.name = "the model in this program",
				    .start = [] { return 0; },
				    .stop = [] {},
				    .control = control,
				    .watch_flushes = [](bool) { return 0; },
				    .host_frees = [](u64, unsigned int) {},
				    .describe = describe};

} // namespace

/* Functions that the emulator's controls (seam/door/control.c) need from the platform. */

const struct seam_door *seam_door = &kDoor;

bool seam_cpu_has_pw_mce(void)
{
	return platform_policies.pw_mce;
}

void seam_cpu_set_pw_mce(bool on)
{
	platform_policies.pw_mce = on;
}
