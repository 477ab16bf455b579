/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions of a piece of code, counted by the time stamp counter of a machine on which one tick
 * is one instruction (scripts/guest.sh, GUEST_COUNTED).
 *
 * What the emulator spends behind the SEAMCALL instruction is not the host's: it counts that itself
 * (struct seam_meter), and the exception around it has one cost, which is measured apart. Both are
 * taken off, as "bare".
 */
#ifndef TDX_PAGE_ARRAY_BENCH_H
#define TDX_PAGE_ARRAY_BENCH_H

#include <linux/irqflags.h>
#include <linux/types.h>
#include <asm/tsc.h>

#include "../seam/seam_emulator.h"

#define LARGEST_ARRAY 12800
#define LARGEST_SCALE 262144 /* 1 GiB */
#define MAX_RUNS      41

struct cost {
	u64 ticks;
	struct seam_meter bare;
};

/* An empty span, and the exception around one SEAMCALL; see calibrate(). */
extern u64 empty_ticks, exception_ticks;

struct span {
	unsigned long flags;
	struct seam_meter meter;
	u64 begin;
};

/* No interrupt comes between the two. */
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

/* What @statement costs. */
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

/* Several runs of the same. */
struct samples {
	struct cost runs[MAX_RUNS];
	unsigned int count;
};

void add_sample(struct samples *samples, struct cost cost);

/* What the platform is like: nothing, or words behind the name of what is measured. */
extern const char *platform;

/* How much of a machine's memory is taken already, in words for people. */
extern const char *memory_state;

/* One row of the result: a line in the log that scripts/bench.py reads. The samples are forgotten. */
void report(const char *operation, unsigned int pages, struct samples *samples);
void report_number(const char *what, unsigned int pages, u64 value);

/* The sizes of arrays that are measured, and how often each is. */
extern const unsigned int sizes[];
extern const unsigned int size_count;
static inline unsigned int runs_for(unsigned int pages)
{
	return pages <= 512 ? MAX_RUNS : 7;
}

/* Is it not so? Then a line in the log says what. */
#define FAILS(condition) (!(condition) && tell_failure(__FILE__, __LINE__, #condition))
bool tell_failure(const char *file, int line, const char *condition);

/* Each returns 0 or a negative errno. */
int calibrate(void);
int measure_posted_way(void);
int measure_arrays(void);
int measure_lives(void);
int measure_iommus(void);
int measure_busy_host(void);
int measure_descriptors(void);
int measure_descriptor(unsigned int pages);
int measure_density(void);
int measure_latency(void);
int measure_scale(unsigned int largest);
int measure_quarantine(void);

/*
 * The longest way from one scheduling point to the next between begin_stretch_of() and end_stretch_of(),
 * which reports it; several of them after begin_stretches(), which returns 0 or a negative errno.
 */
int begin_stretches(void);
void end_stretches(void);
void begin_stretch_of(void);
void end_stretch_of(const char *what, unsigned int pages);

/* Takes all memory, and frees one page in @nth of it again. Returns 0 or a negative errno. */
int fragment_memory(unsigned int nth);
void defragment_memory(void);

/* Takes what is free in blocks of several pages: single pages are left. */
void take_blocks(void);

/*
 * On such memory: the page allocator has all free pages, and the lists of this CPU are empty, as if
 * others had freed them. Otherwise one who takes the same pages again and again never meets it.
 */
void scatter_free_pages(void);

#endif
