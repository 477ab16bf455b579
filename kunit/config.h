/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of the platform that the emulator provides. */
#ifndef TDX_PAGE_ARRAY_CONFIG_H
#define TDX_PAGE_ARRAY_CONFIG_H

#include "seam/seam_emulator.h"

static inline struct seam_config config_now(void)
{
	struct seam_config config;

	seam_emulator_get_config(&config);
	return config;
}

/* Changes one member of it. */
#define CHANGE_CONFIG(MEMBER, VALUE) \
	do { \
		struct seam_config config_ = config_now(); \
\
		config_.MEMBER = (VALUE); \
		seam_emulator_set_config(&config_); \
	} while (0)

#endif
