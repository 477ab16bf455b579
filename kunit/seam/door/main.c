// SPDX-License-Identifier: GPL-2.0
/* The SEAM emulator as a kernel module: for tests on machines without TDX. Never for production. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/module.h>

#include "../seam_emulator.h"
#include "door.h"

static bool pw_mce;
module_param(pw_mce, bool, 0444);
MODULE_PARM_DESC(pw_mce, "Y: the CPU has the partial-write machine check erratum, and MOVDIR64B");

static bool keep;
module_param(keep, bool, 0444);
MODULE_PARM_DESC(keep, "Y: the TDX module of a machine stays as the kernel configured it");

const struct seam_door *seam_door;

/* If the machine executes SEAMCALL, its model is used; otherwise the model in this module. */
static int choose_door(void)
{
	const int error = seam_machine_look();

	if (error && error != -ENODEV)
		return error;
	seam_door = error ? &seam_trap_door : &seam_machine_door;
	return 0;
}

static int start_door(void)
{
	return seam_door->start();
}

static void stop_door(void)
{
	seam_door->stop();
}

/* The parts of this module, in the order in which they start. */
static const struct {
	int (*start)(void);
	void (*stop)(void);
} parts[] = {
	{seam_control_start, seam_control_stop},
	{seam_cpu_start, seam_cpu_stop},
	{start_door, stop_door},
	{seam_watch_start, seam_watch_stop},
	{seam_going_down_start, seam_going_down_stop},
};

static void stop_parts(size_t started)
{
	while (started--)
		parts[started].stop();
}

static int __init seam_emulator_init(void)
{
	size_t started;
	int error = choose_door();

	if (error) {
		pr_err("this machine's TDX module was built from other sources than this module\n");
		return error;
	}
	for (started = 0; started < ARRAY_SIZE(parts); started++) {
		error = parts[started].start();
		if (error)
			goto stop;
	}
	if (!keep)
		seam_reset();
	if (pw_mce)
		seam_emulator_set_pw_mce(true);
	seam_debugfs_start();
	pr_info("SEAMCALL is answered by %s (global KeyID %llu)\n", seam_door->name,
		seam_get_field(offsetof(struct seam_config, global_keyid), sizeof(u32)));
	return 0;

stop:
	stop_parts(started);
	pr_err("cannot watch the TDX platform on this kernel (%d)\n", error);
	return error;
}

static void __exit seam_emulator_exit(void)
{
	seam_debugfs_stop();
	stop_parts(ARRAY_SIZE(parts));
}

module_init(seam_emulator_init);
module_exit(seam_emulator_exit);

MODULE_DESCRIPTION("SEAM emulator: a software model of the TDX module behind the real SEAMCALL "
		   "instruction (tests only)");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
