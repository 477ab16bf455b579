/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two ways to reach the model: in this kernel it answers the #UD of SEAMCALL (trap/); in the
 * machine, which executes SEAMCALL, it is asked through an MSR (machine/). Tests use both in the
 * same way.
 */
#ifndef SEAM_DOOR_H
#define SEAM_DOOR_H

#include <linux/fs.h>

#include "../seam_control.h"

struct seam_door {
	const char *name;
	bool sees_accesses;
	/* Returns 0 or a negative errno; on failure nothing is left to undo. */
	int (*start)(void);
	void (*stop)(void);
	void (*control)(struct seam_request *request);
	/* Starts or stops telling the judge which lines the kernel flushes. NULL: cannot tell it. */
	int (*watch_flushes)(bool on);
	/* The kernel frees 2^@order pages. Called in any context. */
	void (*host_frees)(u64 pfn, unsigned int order);
	/* Sets the fields that describe the platform, over what a test wrote there. */
	void (*describe)(struct seam_config *config);
};

extern const struct seam_door seam_trap_door;
extern const struct seam_door seam_machine_door;

/* The door in use. */
extern const struct seam_door *seam_door;

/* 0 if the machine has a model that answers requests, -EPROTO if that is of other sources. */
int seam_machine_look(void);

int seam_control_start(void);
void seam_control_stop(void);

/* Sends a request to the model. Returns its result, or 0 if the request has none. */
u64 seam_ask(enum seam_command command, u64 argument);

/* Resets the model, then applies the module parameters. The platform stays as it is. */
void seam_reset(void);

/* Reads and changes one field of the configuration, by its offset and size (4 or 8 bytes). */
u64 seam_get_field(size_t offset, size_t size);
void seam_set_field(size_t offset, size_t size, u64 value);

/*
 * The kernel's feature bits for the partial-write erratum and MOVDIR64B. On a kernel that does not
 * know the erratum the platform does not have it.
 */
int seam_cpu_start(void);
void seam_cpu_stop(void);
bool seam_cpu_has_pw_mce(void);
void seam_cpu_set_pw_mce(bool on);

/* Shows or hides MOVDIR64B, for tests of code that must refuse to work without it. */
void seam_cpu_set_movdir64b(bool on);

int seam_watch_start(void);
void seam_watch_stop(void);

int seam_going_down_start(void);
void seam_going_down_stop(void);

extern const struct file_operations seam_inject_fops;

void seam_debugfs_start(void);
void seam_debugfs_stop(void);

#endif
