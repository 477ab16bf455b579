// SPDX-License-Identifier: GPL-2.0
/* The border between shim and core (shim/interface.h), for the machine in user space. */
#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "machine.h"
#include "platform.h"

namespace {

/* The innermost lock comes last. */
constexpr u32 kRegistries = TDX_SHIM_LOCKS, kLocks = TDX_SHIM_LOCKS + 1;
std::mutex locks[kLocks];
thread_local bool held[kLocks];
std::atomic<int> pins;
std::atomic<u64> list_pages, descriptors;
std::atomic<u32> warnings;
std::atomic<u64> tdx_module_bugs;
bool show_log;
bool closed;

enum seam_register shim_order[] = {SEAM_RCX, SEAM_RDX, SEAM_R8,	 SEAM_R9,  SEAM_R10,
				   SEAM_R11, SEAM_R12, SEAM_R13, SEAM_R14, SEAM_R15,
				   SEAM_RBX, SEAM_RDI, SEAM_RSI};
constexpr u32 kOutputs = 6; /* RCX, RDX, R8 to R11 */

/* Registers that a shape does not load hold something, too. */
constexpr u64 kGarbage = 0x6B6B6B6B6B6B6B6B;

/* One SEAMCALL instruction that loads @count registers, as shim/seamcall.c issues it. */
u64 issue(u64 function, u64 *values, u32 count)
{
	seam_registers registers;

	if (platform_before_seamcall)
		platform_before_seamcall(static_cast<u16>(function));
	for (auto &value : registers.r)
		value = kGarbage;
	registers.r[SEAM_RAX] = function;
	for (u32 i = 0; i < count; i++)
		registers.r[shim_order[i]] = values[i];
	if (closed)
		return TDX_SHIM_CLOSED;
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

template <class Registers>
u64 issue_until_entropy(u64 function, const Registers *in, Registers *out, u32 count)
{
	constexpr u64 kRndNoEntropy = 0x8000020300000000;
	u64 status, values[13];

	for (u32 tries = TDX_SHIM_ENTROPY_TRIES; tries; tries--) {
		memcpy(values, in, sizeof(*in));
		status = issue(function, values, count);
		if (status != kRndNoEntropy)
			break;
	}
	const bool ran = status != TDX_SHIM_VMFAILINVALID && status != TDX_SHIM_CLOSED &&
			 (status & ~0x1Full) != TDX_SHIM_SW_ERROR;
	if (out && ran)
		memcpy(out, values, sizeof(*out));
	return status;
}

void report(const char *format, va_list arguments)
{
	if (!show_log)
		return;
	printf("# tdx_page_array: ");
	vprintf(format, arguments);
	putchar('\n');
}

} // namespace

__thread unsigned int platform_cpu;
bool platform_is_alone;
void (*platform_on_flush)(u64 pfn);
void (*platform_on_custody)(const tdx_shim_custody *change);
void (*platform_on_quarantine)(const tdx_shim_quarantine_entry *entry);

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

u64 tdx_shim_total_pages(void)
{
	return machine_page_count;
}

bool tdx_shim_node_has_memory(s32 node)
{
	return node >= 0 && node < MACHINE_NODES;
}

s32 tdx_shim_node_of(u64 pfn)
{
	return machine_node_of(pfn);
}

u32 tdx_shim_max_block_order(void)
{
	return MACHINE_MAX_ORDER;
}

/* A hint may be wrong, and this one often is. */
u32 tdx_shim_available_order(u32 order, s32, u32)
{
	return order;
}

u64 tdx_shim_alloc_block(u32 order, s32 node, u32 flags)
{
	const bool has_node = node != TDX_SHIM_ANY_NODE;
	page *taken = machine_alloc(order, node);

	if (!taken && has_node && !(flags & TDX_SHIM_ONLY_THIS_NODE))
		taken = machine_alloc(order, -1);
	return taken ? machine_pfn(taken) : 0;
}

/* Not more than a few at once: whoever asks for many has to go on asking. */
u32 tdx_shim_alloc_pages(u64 *pfns, u32 count, s32 node, u32 flags)
{
	constexpr u32 kAtMost = 5;
	u32 taken = 0;

	while (taken < count && taken < kAtMost) {
		pfns[taken] = tdx_shim_alloc_block(0, node, flags);
		if (!pfns[taken])
			break;
		taken++;
	}
	return taken;
}

u64 tdx_shim_alloc_range(u64 pages, s32)
{
	u64 first = 0, count = 0;

	if (machine_allocation_fails())
		return 0;
	for (u64 i = 0; i < machine_page_count && count < pages; i++) {
		count = machine_pages[i].taken ? 0 : count + 1;
		first = i + 1 - count;
	}
	if (count < pages)
		return 0;
	return machine_take_range(first, pages);
}

void tdx_shim_free_block(u64 first_pfn, u32 order)
{
	machine_put(machine_page(first_pfn), order);
}

void tdx_shim_split_block(u64 first_pfn, u32 order)
{
	machine_split(machine_page(first_pfn), order);
}

u64 tdx_shim_pfn(const void *page)
{
	return machine_pfn(static_cast<const struct page *>(page));
}

bool tdx_shim_page_can_be_held(u64 pfn)
{
	return machine_references(machine_page(pfn));
}

void tdx_shim_hold_page(u64 pfn)
{
	machine_get(machine_page(pfn));
}

void tdx_shim_drop_page(u64 pfn)
{
	machine_put(machine_page(pfn), 0);
}

void tdx_shim_convert_page(u64 pfn)
{
	memset(machine_address(pfn), 0, 4096);
	for (u64 hpa = pfn << 12; hpa < (pfn + 1) << 12; hpa += 64)
		seam_judge_host_converts(&seam_model, hpa);
}

void tdx_shim_flush_page(u64 pfn)
{
	if (platform_on_flush)
		platform_on_flush(pfn);
}

void *tdx_shim_page_address(u64 pfn)
{
	return machine_address(pfn);
}

void *tdx_shim_page(u64 pfn)
{
	return machine_page(pfn);
}

void *tdx_shim_vmap(void **pages, u32 count)
{
	return machine_map(reinterpret_cast<page **>(pages), count);
}

void tdx_shim_vunmap(void *address)
{
	machine_unmap(address);
}

/* What an earlier user left behind. */
void *tdx_shim_alloc_record(u64 bytes)
{
	void *memory = malloc(bytes);

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

u64 platform_list_pages(void)
{
	return list_pages;
}

u64 tdx_shim_alloc_list_page(void)
{
	const u64 pfn = tdx_shim_alloc_block(0, TDX_SHIM_ANY_NODE, TDX_SHIM_WITH_EFFORT);

	list_pages += pfn != 0;
	return pfn;
}

void tdx_shim_free_list_page(u64 pfn)
{
	list_pages--;
	tdx_shim_free_block(pfn, 0);
}

u64 tdx_shim_seamcall(u64 function, u64 rcx)
{
	const tdx_shim_registers registers{.rcx = rcx};

	return issue_until_entropy<tdx_shim_registers>(function, &registers, nullptr, kOutputs);
}

u64 tdx_shim_seamcall_ret(u64 function, tdx_shim_registers *registers)
{
	return issue_until_entropy<tdx_shim_registers>(function, registers, registers, kOutputs);
}

u64 tdx_shim_seamcall_saved_ret(u64 function, tdx_shim_all_registers *registers)
{
	return issue_until_entropy<tdx_shim_all_registers>(function, registers, registers,
							   std::size(shim_order));
}

void tdx_shim_close_seamcalls(void)
{
	closed = true;
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

bool tdx_shim_can_convert_pages(void)
{
	return !platform_lack.movdir64b;
}

u32 tdx_shim_physical_address_bits(void)
{
	return seam_model.config.address_bits;
}

void tdx_shim_on_each_cpu(void (*work)(void *context), void *context)
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
	const auto now = std::chrono::steady_clock::now().time_since_epoch();

	return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

void tdx_shim_write_back_all_caches(void)
{
	seam_model_caches_written_back(&seam_model);
}

void tdx_shim_write_back_own_caches(void)
{
	seam_model_lp_caches_written_back(&seam_model, platform_cpu);
}

void tdx_shim_breathe(void) {}

void tdx_shim_pause(void)
{
	if (!platform_is_alone)
		std::this_thread::sleep_for(std::chrono::microseconds(20));
}

/* A lock that its holder takes again would hang: say so instead. */
void tdx_shim_lock(u32 which)
{
	for (u32 inner = which; inner < kLocks; inner++)
		if (held[inner]) {
			fprintf(stderr, "lock %u is taken under lock %u\n", which, inner);
			abort();
		}
	locks[which].lock();
	held[which] = true;
}

void tdx_shim_unlock(u32 which)
{
	held[which] = false;
	locks[which].unlock();
}

void tdx_shim_lock_registries(void)
{
	tdx_shim_lock(kRegistries);
}

void tdx_shim_unlock_registries(void)
{
	tdx_shim_unlock(kRegistries);
}

bool tdx_shim_pin_module(void)
{
	pins++;
	return true;
}

void tdx_shim_unpin_module(void)
{
	pins--;
}

#define REPORT(format) \
	do { \
		va_list arguments; \
\
		va_start(arguments, format); \
		report(format, arguments); \
		va_end(arguments); \
	} while (0)

void tdx_shim_info(const char *format, ...)
{
	REPORT(format);
}

void tdx_shim_error(const char *format, ...)
{
	REPORT(format);
}

void tdx_shim_tdx_module_bug(const char *format, ...)
{
	warnings++;
	tdx_module_bugs++;
	REPORT(format);
}

u64 tdx_shim_tdx_module_bugs(void)
{
	return tdx_module_bugs;
}

void tdx_shim_own_bug(const char *format, ...)
{
	warnings++;
	REPORT(format);
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
		report(format, arguments);
	va_end(arguments);
}

void tdx_shim_trace_array_create(u64, u32, u32, s32) {}

bool tdx_shim_traces_custody(void)
{
	return true;
}

void tdx_shim_trace_custody(const tdx_shim_custody *change)
{
	if (platform_on_custody)
		platform_on_custody(change);
}

void tdx_shim_trace_array_end(u64, u64, u64, u64) {}

void tdx_shim_trace_quarantine_enter(const tdx_shim_quarantine_entry *entry)
{
	if (platform_on_quarantine)
		platform_on_quarantine(entry);
}

void tdx_shim_trace_quarantine_leave(u64, u64) {}
