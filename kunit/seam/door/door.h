/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to the model: it is in this kernel and answers the #UD of SEAMCALL (trap/), or it is in
 * the machine, which executes SEAMCALL (machine/). What tests ask of it is the same.
 */
#ifndef SEAM_DOOR_H
#define SEAM_DOOR_H

#include <linux/fs.h>

#include "../seam_control.h"

struct seam_door {
	const char *name;
	bool sees_accesses;
	/* Returns 0 or a negative errno; a door that is not there leaves nothing behind. */
	int (*start)(void);
	void (*stop)(void);
	void (*control)(struct seam_request *request);
	/* Tells the judge of the lines that the kernel flushes, or does not. NULL: it never does. */
	int (*watch_flushes)(bool on);
	/* The kernel frees 2^@order pages; in any context. */
	void (*host_frees)(u64 pfn, unsigned int order);
	/* What the platform is like, whatever a test made of the configuration. */
	void (*describe)(struct seam_config *config);
};

extern const struct seam_door seam_trap_door;
extern const struct seam_door seam_machine_door;

/* The one in use. */
extern const struct seam_door *seam_door;

/* Is this a machine with a TDX module whose model can be asked? -EPROTO: it is of other sources. */
int seam_machine_look(void);

int seam_control_start(void);
void seam_control_stop(void);

/* Asks the model. Returns what it answered with, 0 where it is no number. */
u64 seam_ask(enum seam_command command, u64 argument);

/* A fresh module with the policies of the module parameters, on the platform as it is. */
void seam_reset(void);

/* Reads and changes one field of the configuration, by its place and size (4 or 8 bytes). */
u64 seam_get_field(size_t offset, size_t size);
void seam_set_field(size_t offset, size_t size, u64 value);

/*
 * The CPU erratum, and the instruction that helps: the bits of the kernel. Kernels that do not know
 * the erratum do not have it.
 */
int seam_cpu_start(void);
void seam_cpu_stop(void);
bool seam_cpu_has_pw_mce(void);
void seam_cpu_set_pw_mce(bool on);

/* A CPU without the instruction: for what refuses to work there. */
void seam_cpu_set_movdir64b(bool on);

int seam_watch_start(void);
void seam_watch_stop(void);

int seam_going_down_start(void);
void seam_going_down_stop(void);

extern const struct file_operations seam_inject_fops;

void seam_debugfs_start(void);
void seam_debugfs_stop(void);

#endif
