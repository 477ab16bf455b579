// SPDX-License-Identifier: GPL-2.0
/*
 * Several tasks use tdx_page_array while it is loaded, so that a shell can load and unload it at the
 * same time. The results are in /sys/module/tdx_array_racer/parameters/.
 *
 * A task gets the functions with symbol_get(), which takes a reference on the module; puts them, so
 * that only the array holds a reference; and gets them again to release the array. It takes a module
 * reference before the first symbol_get(), which has a BUG_ON() for a module whose memory is being
 * freed (seen with KCSAN, which makes that time longer).
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../import.h"
#include "tdx_page_array.h"

static struct work_struct works[4];
static struct workqueue_struct *queue;
static bool over;

#define COUNTER(NAME, WHAT) \
	static atomic_t NAME = ATOMIC_INIT(0); \
	module_param_named(NAME, NAME.counter, int, 0444); \
	MODULE_PARM_DESC(NAME, WHAT)

COUNTER(completed, "arrays made and released");
COUNTER(absent, "times that the module was not there, or was about to go");
COUNTER(broken, "arrays whose module was gone, or that could not be released");

/* The module, from the end of its initialisation to the end of its exit. */
static struct module *there;
static DEFINE_SPINLOCK(there_lock);

static int on_module(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *module = data;

	if (strcmp(module->name, "tdx_page_array"))
		return NOTIFY_DONE;
	spin_lock(&there_lock);
	there = state == MODULE_STATE_LIVE ? module : NULL;
	spin_unlock(&there_lock);
	return NOTIFY_OK;
}

static struct notifier_block watch = {.notifier_call = on_module};

static struct module *hold(void)
{
	struct module *held = NULL;

	spin_lock(&there_lock);
	if (there && try_module_get(there))
		held = there;
	spin_unlock(&there_lock);
	return held;
}

static struct tdx_page_array *make(void)
{
	typeof(&tdx_page_array_create) create;
	struct module *held = hold();
	struct tdx_page_array *array;

	if (!held)
		return NULL;
	create = symbol_get(tdx_page_array_create);
	module_put(held);
	if (!create)
		return NULL;
	array = create(8);
	symbol_put(tdx_page_array_create);
	return IS_ERR(array) ? NULL : array;
}

static int end(struct tdx_page_array *array)
{
	typeof(&tdx_page_array_release) release = symbol_get(tdx_page_array_release);
	int error;

	if (!release)
		return -ENODEV;
	error = release(array);
	symbol_put(tdx_page_array_release);
	return error;
}

static void race(struct work_struct *work)
{
	struct tdx_page_array *array;

	while (!READ_ONCE(over)) {
		array = make();
		usleep_range(50, 2000);
		if (!array)
			atomic_inc(&absent);
		else if (end(array))
			atomic_inc(&broken);
		else
			atomic_inc(&completed);
		usleep_range(50, 2000);
	}
}

static int __init tdx_array_racer_init(void)
{
	unsigned int i;

	queue = alloc_workqueue("tdx_array_racer", WQ_UNBOUND, 0);
	if (!queue)
		return -ENOMEM;
	register_module_notifier(&watch);
	for (i = 0; i < ARRAY_SIZE(works); i++) {
		INIT_WORK(&works[i], race);
		queue_work(queue, &works[i]);
	}
	return 0;
}

static void __exit tdx_array_racer_exit(void)
{
	WRITE_ONCE(over, true);
	destroy_workqueue(queue);
	unregister_module_notifier(&watch);
}

module_init(tdx_array_racer_init);
module_exit(tdx_array_racer_exit);

MODULE_DESCRIPTION("Uses tdx_page_array while it comes and goes");
