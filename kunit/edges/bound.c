// SPDX-License-Identifier: GPL-2.0
/*
 * Work that is bound to CPUs and repeats a driver's lifecycles there, while this module is loaded. On a CPU that goes
 * offline or comes online such work also runs while VMX is off there. The results are in /sys/module/tdx_array_bound/parameters/.
 */
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "../counter.h"
#include "../faults/faults.h"
#include "../import.h"

#define MAX_CPUS 16

static struct bound {
	struct work_struct work;
	struct rnd_state random;
	struct driver driver;
	unsigned int cpu;
} bounds[MAX_CPUS];

static struct workqueue_struct *queue;
static bool over;
COUNTER(completed, "lifecycles that completed");
COUNTER(busy, "lifecycles that met a TDX module which was busy for longer than the wrappers wait, "
	      "or no memory");
COUNTER(elsewhere, "lifecycles on another CPU, while the own one was offline");

static void work(struct work_struct *work)
{
	struct bound *bound = container_of(work, struct bound, work);
	const struct lifecycle
		*lifecycle = lifecycles[prandom_u32_state(&bound->random) % LIFECYCLES_WITHOUT_TD];
	int error;

	if (raw_smp_processor_id() != bound->cpu)
		atomic_inc(&elsewhere);
	error = run_beside_others(lifecycle, &bound->driver);
	/*
	 * If the machine does not run the other CPU, that CPU holds its locks for as long. And the kernel may find no range
	 * of a thousand pages while a CPU comes online, for both callers at once.
	 */
	if (error == -EBUSY || error == -ENOMEM)
		atomic_inc(&busy);
	else if (error)
		bound->driver.wrong("%s was cut short by %d", lifecycle->name, error);
	else
		atomic_inc(&completed);
	cond_resched();
	if (!READ_ONCE(over))
		queue_work_on(bound->cpu, queue, work);
}

static int __init tdx_array_bound_init(void)
{
	unsigned int cpu;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
	queue = alloc_workqueue("tdx_array_bound", 0, 0);
#else
	queue = alloc_workqueue("tdx_array_bound", WQ_PERCPU, 0);
#endif
	if (!queue)
		return -ENOMEM;
	configure_lifecycles();
	/* The work of a CPU that is offline runs on others until it comes online. */
	for_each_present_cpu(cpu) {
		struct bound *bound;

		if (cpu >= MAX_CPUS)
			break;
		bound = &bounds[cpu];
		bound->cpu = cpu;
		bound->driver = new_driver(cpu);
		prandom_seed_state(&bound->random, 1 + cpu);
		INIT_WORK(&bound->work, work);
		queue_work_on(cpu, queue, &bound->work);
	}
	return 0;
}

static void __exit tdx_array_bound_exit(void)
{
	WRITE_ONCE(over, true);
	destroy_workqueue(queue);
}

module_init(tdx_array_bound_init);
module_exit(tdx_array_bound_exit);

MODULE_DESCRIPTION("Drivers of tdx_page_array in work that is bound to CPUs");
