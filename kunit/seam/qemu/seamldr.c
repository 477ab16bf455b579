// SPDX-License-Identifier: GPL-2.0
/*
 * The leaves of the P-SEAMLDR that Linux calls. Structures are those of Linux 7.3,
 * arch/x86/virt/vmx/tdx/seamldr.c and asm/seamldr.h. Error statuses are invented: Linux only compares with 0.
 */
#include <pthread.h>
#include <string.h>

#include "seamldr.h"

enum {
	SEAMLDR_INFO,
	SEAMLDR_INSTALL
};

#define INFO_BYTES	  256
#define MOST_MODULE_PAGES 496
#define SCENARIO_UPDATE	  1
#define UPDATES		  16

#define BAD_CALL      (SEAMLDR_CALL | 1)
#define BAD_PARAMETER (SEAMLDR_CALL | 2)
#define BAD_IMAGE     (SEAMLDR_CALL | 3)
#define BAD_STATE     (SEAMLDR_CALL | 4)

struct info {
	uint32_t version, attributes, vendor_id, build_date;
	uint16_t build_num, minor_version, major_version, update_version;
	uint32_t acm_x2apicid, remaining_updates;
	uint8_t seam_info[128], seam_ready, seam_debug, p_seam_ready, reserved[93];
};
_Static_assert(sizeof(struct info) == INFO_BYTES, "seamldr_info of Linux");

struct params {
	uint32_t version, scenario;
	uint64_t sigstruct;
	uint8_t reserved[104];
	uint64_t module_pages;
	uint64_t module_page[MOST_MODULE_PAGES];
};
_Static_assert(sizeof(struct params) == 4096, "seamldr_params of Linux");

struct image {
	char name[8];
	uint16_t major, minor, update;
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static uint32_t updates, installing;

static uint64_t tell(void *(*map)(uint64_t), uint64_t hpa)
{
	const struct info info = {
		.vendor_id = 0x8086,
		.major_version = 1,
		.minor_version = 5,
		.remaining_updates = UPDATES - updates,
		.seam_ready = 1,
		.p_seam_ready = 1,
	};
	char *page = map(hpa & ~4095ULL);

	if (hpa % INFO_BYTES || !page)
		return BAD_PARAMETER;
	memcpy(page + hpa % 4096, &info, sizeof(info));
	return 0;
}

static uint64_t install(struct seam_model *model, void *(*map)(uint64_t), uint32_t cpu,
			uint64_t hpa)
{
	const struct params *params = hpa % sizeof(struct params) ? NULL : map(hpa);
	const struct image *image;
	struct seam_version version;

	if (!params || params->version || params->scenario != SCENARIO_UPDATE ||
	    !params->module_pages || params->module_pages > MOST_MODULE_PAGES)
		return BAD_PARAMETER;
	image = map(params->module_page[0]);
	if (!image || memcmp(image->name, "TDXMODEL", sizeof(image->name)))
		return BAD_IMAGE;
	version = (struct seam_version){image->major, image->minor, image->update};
	if (updates == UPDATES || !seam_model_install(model, cpu, &version))
		return BAD_STATE;
	/* Complete when each CPU has installed it. */
	if (++installing == model->config.lps) {
		installing = 0;
		updates++;
	}
	return 0;
}

TDXModuleOutcome seamldr_call(struct seam_model *model, void *(*map)(uint64_t hpa), uint32_t cpu,
			      uint64_t registers[16])
{
	uint64_t status = BAD_CALL;

	if (pthread_mutex_trylock(&one_at_a_time))
		return TDX_MODULE_VMFAILINVALID;
	switch (registers[SEAM_RAX] & ~SEAMLDR_CALL) {
	case SEAMLDR_INFO:
		status = tell(map, registers[SEAM_RCX]);
		break;
	case SEAMLDR_INSTALL:
		status = install(model, map, cpu, registers[SEAM_RCX]);
		break;
	}
	pthread_mutex_unlock(&one_at_a_time);
	registers[SEAM_RAX] = status;
	return TDX_MODULE_COMPLETED;
}
