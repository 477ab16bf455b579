// SPDX-License-Identifier: GPL-2.0
/*
 * Observes the shim's allocations and makes them fail: the module under test has no hook for this.
 *
 * A kprobe on the entry of each function that allocates counts the calls, and makes the one that
 * has to fail return 0 at once. A kretprobe sees the results of the others. The page allocator's
 * tracepoint sees all frees.
 */
#include <linux/bitmap.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <asm/ptrace.h>

#include "../probe.h"
#include "../skip.h"
#include "faults.h"
#include "interface.h"

#define SHIM(FUNCTION) "tdx_page_array:tdx_shim_" FUNCTION

static struct holdings held;
static unsigned long *held_pages; /* one bit for each page of this machine */
static unsigned long machine_pages;

static u32 calls, fail_at;
static bool fail_onwards;

void allocations_begin(u32 fail, bool onwards)
{
	calls = 0;
	fail_at = fail;
	fail_onwards = onwards;
}

u32 allocations_end(void)
{
	fail_at = 0;
	return calls;
}

struct holdings holdings_now(void)
{
	return held;
}

static int on_allocation(struct kprobe *probe, struct pt_regs *regs)
{
	calls++;
	if (!fail_at || calls < fail_at || (calls > fail_at && !fail_onwards))
		return 0;
	return skip_function(regs, 0);
}
NOKPROBE_SYMBOL(on_allocation);

/* Saves the first argument of the function for its return. */
static int on_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(u64 *)instance->data = regs_get_kernel_argument(regs, 0);
	return 0;
}

static void hold_pages(u64 first_pfn, u64 pages)
{
	if (!first_pfn)
		return;
	bitmap_set(held_pages, first_pfn, pages);
	held.pages += pages;
}

static int on_block(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	hold_pages(regs_return_value(regs), 1ULL << *(u64 *)instance->data);
	return 0;
}

static int on_pages(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const u64 *pfns = *(u64 **)instance->data;
	u32 i;

	for (i = 0; i < (u32)regs_return_value(regs); i++)
		hold_pages(pfns[i], 1);
	return 0;
}

static int on_range(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	hold_pages(regs_return_value(regs), *(u64 *)instance->data);
	return 0;
}

static int on_other(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	held.others += !!regs_return_value(regs);
	return 0;
}

#define RESULT(FUNCTION, HANDLER) \
	{ \
		.kp.symbol_name = SHIM(FUNCTION), .entry_handler = on_entry, .handler = HANDLER, \
		.data_size = sizeof(u64), \
	}

static struct kretprobe results[] = {
	RESULT("alloc_block", on_block),
	RESULT("alloc_range", on_range),
	RESULT("alloc", on_other),
	RESULT("vmap", on_other),
	RESULT("alloc_record", on_other),
	RESULT("alloc_pages", on_pages),
	RESULT("alloc_shared_page", on_other),
	RESULT("alloc_array", on_other),
};

static int on_free(struct kprobe *probe, struct pt_regs *regs)
{
	held.others -= !!regs_get_kernel_argument(regs, 0);
	return 0;
}

static u32 quarantined;

static int on_quarantine(struct kprobe *probe, struct pt_regs *regs)
{
	const struct tdx_shim_quarantine_entry *entry = (const void *)regs_get_kernel_argument(regs,
											       0);

	quarantined += strcmp(entry->reason, "not asked yet") != 0;
	return 0;
}

u32 quarantined_for_a_reason(void)
{
	return quarantined;
}

#define FAILING(FUNCTION) \
	{ \
		.symbol_name = SHIM(FUNCTION), .pre_handler = on_allocation, \
		.post_handler = after_entry, \
	}

/* Failing probes come first: they determine how the kernel implements all probes of a function. */
static struct kprobe entries[] = {
	FAILING("alloc_block"),
	FAILING("alloc_pages"),
	FAILING("alloc_range"),
	FAILING("alloc_shared_page"),
	FAILING("alloc_array"),
	FAILING("alloc"),
	FAILING("vmap"),
	{.symbol_name = SHIM("trace_quarantine_enter"), .pre_handler = on_quarantine},
	{.symbol_name = SHIM("free"), .pre_handler = on_free},
	{.symbol_name = SHIM("free_array"), .pre_handler = on_free},
	{.symbol_name = SHIM("free_shared_page"), .pre_handler = on_free},
	{.symbol_name = SHIM("vunmap"), .pre_handler = on_free},
};

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	const unsigned long first = page_to_pfn(page);
	unsigned long pfn;

	for (pfn = first; pfn < first + (1UL << order); pfn++)
		if (test_bit(pfn, held_pages) && test_and_clear_bit(pfn, held_pages))
			held.pages--;
}

static struct probe page_free = {"mm_page_free", on_page_free};

void free_held_pages(void)
{
	unsigned long pfn;

	for_each_set_bit(pfn, held_pages, machine_pages) __free_page(pfn_to_page(pfn));
}

static unsigned long pages_of_machine(void)
{
	unsigned long pages = 0;
	int node;

	for_each_online_node(node) pages = max(pages, node_end_pfn(node));
	return pages;
}

static int watch_page_allocator(void)
{
	machine_pages = pages_of_machine();
	held_pages = vzalloc(BITS_TO_LONGS(machine_pages) * sizeof(long));
	if (!held_pages)
		return -ENOMEM;
	return probe_attach(&page_free);
}

static int register_probes(void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE(entries) && !error; i++)
		error = register_kprobe(&entries[i]);
	for (i = 0; i < ARRAY_SIZE(results) && !error; i++)
		error = register_kretprobe(&results[i]);
	return error;
}

int probes_start(void)
{
	return watch_page_allocator() ?: register_probes();
}

/* Probes that were never registered have no address: unregistering them has no effect. */
void probes_stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i].kp.addr)
			unregister_kretprobe(&results[i]);
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		if (entries[i].addr)
			unregister_kprobe(&entries[i]);
	if (page_free.tracepoint)
		probe_detach(&page_free);
	vfree(held_pages);
}
