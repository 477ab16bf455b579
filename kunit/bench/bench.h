/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts the instructions of a piece of code with the time stamp counter of a machine on which one
 * tick is one instruction (scripts/guest.sh, GUEST_COUNTED).
 *
 * The instructions of the emulator are not the host's: it counts them itself (struct seam_meter). The
 * exception entry and exit have a fixed cost, which is measured separately. Both are subtracted, as
 * "bare".
 */
#ifndef TDX_PAGE_ARRAY_BENCH_H
#define TDX_PAGE_ARRAY_BENCH_H

#include <linux/irqflags.h>
#include <linux/types.h>
#include <asm/tsc.h>

#include "../config.h"

#define LARGEST_ARRAY 12800
#define LARGEST_SCALE 262144 /* 1 GiB */
#define MAX_RUNS      41

struct cost {
	u64 ticks;
	struct seam_meter bare;
};

/* The cost of an empty span, and of the exception for one SEAMCALL; see calibrate(). */
extern u64 empty_ticks, exception_ticks;

struct span {
	unsigned long flags;
	struct seam_meter meter;
	u64 begin;
};

/* Interrupts are disabled until end_span(). */
static __always_inline struct span begin_span(void)
{
	struct span span;

	local_irq_save(span.flags);
	seam_emulator_read_meter(&span.meter);
	span.begin = rdtsc();
	return span;
}

static __always_inline struct cost end_span(const struct span *span)
{
	struct cost cost = {.ticks = rdtsc() - span->begin - empty_ticks};

	seam_emulator_read_meter(&cost.bare);
	local_irq_restore(span->flags);
	cost.bare.calls -= span->meter.calls;
	cost.bare.ticks -= span->meter.ticks;
	return cost;
}

/* The cost of @statement. */
#define COST_OF(statement) \
	({ \
		const struct span cost_span = begin_span(); \
		statement; \
		end_span(&cost_span); \
	})

static inline u64 bare_of(const struct cost *cost)
{
	return cost->bare.ticks + cost->bare.calls * exception_ticks;
}

static inline u64 own_of(const struct cost *cost)
{
	return cost->ticks - bare_of(cost);
}

static inline struct cost sum_of(struct cost a, struct cost b)
{
	return (struct cost){.ticks = a.ticks + b.ticks,
			     .bare = {.calls = a.bare.calls + b.bare.calls,
				      .ticks = a.bare.ticks + b.bare.ticks}};
}

/* Adds the cost of @statement to @sum, a struct cost. */
#define ADD_COST_OF(sum, statement) \
	do { \
		const struct cost more_ = COST_OF(statement); \
\
		(sum) = sum_of(sum, more_); \
	} while (0)

/* Several runs of one operation. */
struct samples {
	struct cost runs[MAX_RUNS];
	unsigned int count;
};

void add_sample(struct samples *samples, struct cost cost);

/* Describes the platform: empty, or text after the name of each operation. */
extern const char *platform;

/* Describes how much of the memory is already taken. */
extern const char *memory_state;

/* One row of the result: a line in the log that scripts/bench.py reads. Clears the samples. */
void report(const char *operation, unsigned int pages, struct samples *samples);
void report_number(const char *what, unsigned int pages, u64 value);

/* The sizes of the measured arrays, and the number of runs for each. */
extern const unsigned int sizes[];
extern const unsigned int size_count;
static inline unsigned int runs_for(unsigned int pages)
{
	return pages <= 512 ? MAX_RUNS : 7;
}

/* If the condition is false, the bench fails; the first time it is logged. */
#define EXPECT(condition) expect(condition, __FILE__, __LINE__, #condition)
void expect(bool holds, const char *file, int line, const char *condition);
extern bool failed;

void calibrate(void);
void measure_posted_way(void);
void measure_arrays(void);
void measure_lifecycles(void);
void measure_iommus(void);
void measure_busy_host(void);
void measure_descriptor(unsigned int pages);
void measure_scale(unsigned int largest);
void measure_quarantine(void);

/* Takes all memory, then frees one page in @nth. */
void fragment_memory(unsigned int nth);
void defragment_memory(void);

/* Takes all free blocks of several pages: only single pages are left. */
void take_blocks(void);

/*
 * On fragmented memory: moves free pages from the per-CPU lists to the page allocator, as if other
 * CPUs had freed them. Otherwise a repeated allocation would get the same pages each time.
 */
void scatter_free_pages(void);

#endif
