/* SPDX-License-Identifier: GPL-2.0 */
/* Which faults of a mutated build were reached (make mutate). */
#pragma once

/* Adds a line to the file that TDX_FAULT_REACH names: @name, its milliseconds, what was reached since the last line. */
void fault_note_reached(const char *name, long milliseconds);
