// SPDX-License-Identifier: GPL-2.0
/* The border between shim and core (shim/interface.h) but for pages, for the machine in user space. */
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "machine.h"
#include "platform.h"

namespace {

/* The lock of an array is the innermost one. */
constexpr u32 kArray = TDX_SHIM_LOCKS, kLocks = TDX_SHIM_LOCKS + 1;
/* In cache lines of their own: make bench-user tells who writes there. */
struct alignas(64) Lock : std::mutex {};
Lock locks[TDX_SHIM_LOCKS];
thread_local bool held[kLocks];
std::atomic<int> pins;
std::atomic<u64> descriptors, seamcalls;
std::atomic<u32> warnings;
std::atomic<u64> steps;
u64 most_steps;
std::atomic<u64> reports[TDX_SHIM_REPORTS];
bool show_log;

enum seam_register shim_order[] = {SEAM_RCX, SEAM_RDX, SEAM_R8,	 SEAM_R9,  SEAM_R10,
				   SEAM_R11, SEAM_R12, SEAM_R13, SEAM_R14, SEAM_R15,
				   SEAM_RBX, SEAM_RDI, SEAM_RSI};
constexpr u32 kFew = 6; /* RCX, RDX, R8 to R11 */

/* Registers that the instruction does not load hold some value, too. */
constexpr u64 kGarbage = 0x6B6B6B6B6B6B6B6B;

/* One SEAMCALL instruction that loads @count registers, as shim/seamcall.c issues it. */
u64 issue(u64 function, u64 *values, u32 count)
{
	seam_registers registers;

	platform_count_steps(1);
	seamcalls++;
	if (platform_before_seamcall)
		platform_before_seamcall(static_cast<u16>(function));
	for (auto &value : registers.r)
		value = kGarbage;
	registers.r[SEAM_RAX] = function;
	for (u32 i = 0; i < count; i++)
		registers.r[shim_order[i]] = values[i];
	const seam_outcome outcome = seam_model_call(
		&seam_model, platform_cpu % seam_model.config.packages, platform_cpu, &registers);
	if (platform_after_seamcall)
		platform_after_seamcall(static_cast<u16>(function), outcome, &registers);
	switch (outcome) {
	case SEAM_COMPLETED:
		break;
	case SEAM_VMFAILINVALID:
		return TDX_SHIM_VMFAILINVALID;
	case SEAM_GP:
		return TDX_SHIM_GP;
	case SEAM_UD:
		return TDX_SHIM_UD;
	}
	for (u32 i = 0; i < count; i++)
		values[i] = registers.r[shim_order[i]];
	return registers.r[SEAM_RAX];
}

/* Lies before the memory of each array, which has cache lines of its own, as memory of the kernel's slabs has. */
struct alignas(64) ArrayHeader {
	std::mutex lock;
};

constexpr size_t kHeldBack = 20000; /* more than one run of a fuzzer ends */
std::mutex held_back_lock;
auto &held_back = *new std::deque<ArrayHeader *>; /* never destroyed: others use it at exit */

ArrayHeader *header_of(const void *array)
{
	return const_cast<ArrayHeader *>(static_cast<const ArrayHeader *>(array)) - 1;
}

void report(u32 kind, const char *format, va_list arguments)
{
	if (!platform_on_line && !show_log)
		return;
	char line[1024];
	const int named = snprintf(line, sizeof(line), "tdx_page_array: ");
	const int length = named + vsnprintf(line + named, sizeof(line) - named, format, arguments);

	if (length >= static_cast<int>(sizeof(line)))
		abort();
	if (platform_on_line)
		platform_on_line(nullptr, line, length);
	snprintf(platform_unread_line, sizeof(platform_unread_line), "<%d>%s",
		 kind == TDX_SHIM_INFO ? 6 : 3, line);
	if (show_log)
		printf("# %s\n", line);
}

} // namespace

__thread unsigned int platform_cpu;
bool platform_is_alone;
u64 platform_broken_page;
__thread u64 platform_rescheds, platform_paused_us;
u32 platform_retry_after;
u64 platform_clock;
__thread bool platform_is_killed;
void (*platform_on_flush)(u64 pfn);
void (*platform_on_request)(const platform_request *request);
void (*platform_on_array_create)(u64 array, u32 pages, u32 blocks, s32 node);
void (*platform_on_custody)(const tdx_shim_custody *change);
void (*platform_on_line)(void *unused, const char *line, size_t length);
char platform_unread_line[1040];
void (*platform_on_array_end)(u64 array, u64 freed, u64 kept, u64 quarantined);
void (*platform_on_quarantine)(const tdx_shim_quarantine_entry *entry);
void (*platform_on_quarantine_leave)(u64 pfn, u64 array);

void platform_limit_steps(u64 most)
{
	steps = 0;
	most_steps = most;
}

void platform_count_steps(u64 more)
{
	/* Without a limit the shared counter is not written: threads share no cache line. */
	if (!most_steps)
		return;
	steps += more;
	if (steps <= most_steps)
		return;
	fprintf(stderr, "a test takes more than %llu steps: a loop in the core does not end\n",
		most_steps);
	abort();
}

void platform_show_log(bool on)
{
	show_log = on;
}

u32 platform_take_warnings(void)
{
	return warnings.exchange(0);
}

int platform_pins(void)
{
	return pins;
}

/* The memory has stale content. */
void *tdx_shim_alloc_record(u64 bytes)
{
	void *memory = malloc(bytes);

	platform_count_steps(1);
	memset(memory, 0x6B, bytes);
	descriptors++;
	return memory;
}

void *tdx_shim_alloc(u64 bytes)
{
	return machine_allocation_fails() ? nullptr : tdx_shim_alloc_record(bytes);
}

void tdx_shim_free(void *memory)
{
	descriptors -= memory != nullptr;
	free(memory);
}

u64 platform_descriptors(void)
{
	return descriptors;
}

/* The last arrays that ended are held back, as by a debug kernel, so that a stale handle is noticed. */
void *tdx_shim_alloc_array(u64 bytes)
{
	void *memory = machine_allocation_fails()
			       ? nullptr
			       : aligned_alloc(alignof(ArrayHeader),
					       sizeof(ArrayHeader) + (bytes + 63) / 64 * 64);

	if (!memory)
		return nullptr;
	auto *header = new (memory) ArrayHeader;
	memset(static_cast<void *>(header + 1), 0x6B, bytes);
	descriptors++;
	return header + 1;
}

void tdx_shim_free_array(void *array)
{
	const std::lock_guard lock(held_back_lock);

	descriptors--;
	held_back.push_back(header_of(array));
	if (held_back.size() <= kHeldBack)
		return;
	free(held_back.front());
	held_back.pop_front();
}

void tdx_shim_lock_array(const void *array)
{
	if (held[kArray]) {
		fprintf(stderr, "the lock of an array is taken under that of an array\n");
		abort();
	}
	header_of(array)->lock.lock();
	held[kArray] = true;
}

void tdx_shim_unlock_array(const void *array)
{
	held[kArray] = false;
	header_of(array)->lock.unlock();
}

/* Vector registers need no care here: no user task shares them with the kernel. */
u64 tdx_shim_seamcall(u64 function, const tdx_shim_registers *in, tdx_shim_registers *out, bool)
{
	u64 values[std::size(shim_order)];

	memcpy(values, in, sizeof(values));
	const u64 status = issue(function, values, std::size(shim_order));
	memcpy(out, values, sizeof(values));
	return status;
}

u64 tdx_shim_seamcall_rcx(u64 function, u64 rcx)
{
	u64 values[kFew] = {rcx};

	return issue(function, values, kFew);
}

u64 tdx_shim_seamcalls(void)
{
	return seamcalls;
}

s32 tdx_shim_keyid_partitioning(u64 *value)
{
	const seam_config &config = seam_model.config;
	const u64 private_keyids = (1U << config.keyid_bits) - 1 - config.shared_keyids;

	if (platform_lack.keyid_partitioning)
		return -EIO;
	*value = config.shared_keyids | (platform_lack.private_keyids ? 0 : private_keyids) << 32;
	return 0;
}

bool tdx_shim_has_partial_write_erratum(void)
{
	return platform_policies.pw_mce;
}

bool tdx_shim_is_flush_forced(void)
{
	return platform_policies.flush_is_forced;
}

bool tdx_shim_can_convert_pages(void)
{
	return !platform_lack.movdir64b;
}

u32 tdx_shim_physical_address_bits(void)
{
	return seam_model.config.address_bits;
}

void tdx_shim_on_each_cpu(s32 (*work)(void *context), void *context)
{
	const unsigned int here = platform_cpu;

	for (platform_cpu = 0; platform_cpu < PLATFORM_CPUS; platform_cpu++)
		work(context);
	platform_cpu = here;
}

u32 tdx_shim_this_cpu(void)
{
	return platform_cpu;
}

u64 tdx_shim_nanoseconds(void)
{
	if (platform_clock)
		return platform_clock;
	const auto now = std::chrono::steady_clock::now().time_since_epoch();

	return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

void platform_write_back_all_caches(void)
{
	seam_model_caches_written_back(&seam_model);
}

void tdx_shim_cond_resched(void)
{
	platform_count_steps(1);
	platform_rescheds++;
}

void tdx_shim_pause(u32 microseconds)
{
	platform_count_steps(1 + microseconds / 10);
	platform_paused_us += microseconds;
	if (!platform_is_alone)
		std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
}

bool tdx_shim_is_killed(void)
{
	return platform_is_killed;
}

/* Taking a held lock again would hang: abort with a message instead. */
void tdx_shim_lock(u32 which)
{
	platform_count_steps(1);
	for (u32 inner = which; inner < kLocks; inner++)
		if (held[inner]) {
			fprintf(stderr, "lock %u is taken under lock %u\n", which, inner);
			abort();
		}
	locks[which].lock();
	held[which] = true;
}

bool tdx_shim_lock_unless_killed(u32 which)
{
	if (platform_is_killed && !held[which]) {
		if (!locks[which].try_lock())
			return false;
		locks[which].unlock();
	}
	tdx_shim_lock(which);
	return true;
}

void tdx_shim_unlock(u32 which)
{
	held[which] = false;
	locks[which].unlock();
}

/* Only noted: tests run the retry by hand. */
void tdx_shim_retry_later(u32 seconds)
{
	platform_retry_after = seconds;
}

bool tdx_shim_pin_module(void)
{
	if (platform_lack.pins)
		return false;
	pins++;
	return true;
}

void tdx_shim_unpin_module(void)
{
	pins--;
}

void tdx_shim_report(u32 kind, const char *format, ...)
{
	warnings += kind == TDX_SHIM_MODULE_BUG || kind == TDX_SHIM_OWN_BUG;
	reports[kind]++;
	va_list arguments;

	va_start(arguments, format);
	report(kind, format, arguments);
	va_end(arguments);
}

u64 tdx_shim_reports(u32 kind)
{
	return reports[kind];
}

void tdx_shim_debug(const char *, ...) {}

/* A text is a stream of stdio here. */
void tdx_shim_print(void *to, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (to)
		vfprintf(static_cast<FILE *>(to), format, arguments);
	else
		report(TDX_SHIM_INFO, format, arguments);
	va_end(arguments);
}

void tdx_shim_trace_array_create(u64 array, u32 pages, u32 blocks, s32 node)
{
	if (platform_on_array_create)
		platform_on_array_create(array, pages, blocks, node);
}

bool tdx_shim_is_custody_traced()
{
	return platform_on_custody;
}

void tdx_shim_trace_custody(const tdx_shim_custody *change)
{
	if (platform_on_custody)
		platform_on_custody(change);
}

void tdx_shim_trace_array_end(u64 array, u64 freed, u64 kept, u64 quarantined)
{
	if (platform_on_array_end)
		platform_on_array_end(array, freed, kept, quarantined);
}

void tdx_shim_trace_quarantine_enter(const tdx_shim_quarantine_entry *entry)
{
	if (platform_on_quarantine)
		platform_on_quarantine(entry);
}

void tdx_shim_trace_quarantine_leave(u64 pfn, u64 array)
{
	if (platform_on_quarantine_leave)
		platform_on_quarantine_leave(pfn, array);
}
