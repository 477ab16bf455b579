// SPDX-License-Identifier: GPL-2.0
/*
 * The model as the TDX module of a machine that QEMU emulates: a library for QEMU's tdx-module
 * object. QEMU passes it the memory, the CPUs and each SEAMCALL. Their interface is
 * hw/i386/tdx-module.h, which a patch in this directory adds to QEMU.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "seamldr.h"

#define PAGE_SHIFT   12
#define PAGE_SIZE    (1ULL << PAGE_SHIFT)
#define REGION_PAGES 512

static struct seam_model *model;
static TDXModulePlatform platform;
static TDXModuleOptions options;

static pthread_mutex_t books = PTHREAD_MUTEX_INITIALIZER;

static void *map(uint64_t hpa)
{
	return platform.map(hpa);
}

static unsigned long lock_books(void)
{
	pthread_mutex_lock(&books);
	return 0;
}

static void unlock_books(unsigned long flags)
{
	(void)flags;
	pthread_mutex_unlock(&books);
}

static const struct seam_ops ops = {
	.map = map,
	.lock_books = lock_books,
	.unlock_books = unlock_books,
};

/* TDX_FEATURES0: the host may choose Dynamic PAMT. */
#define DYNAMIC_PAMT (1ULL << 36)

/* Applies the options of the tdx-module object over the model's defaults. */
static void power_on(void)
{
	struct seam_config *config = &model->config;

	seam_model_power_on(model);
	config->major_version = options.major;
	config->minor_version = options.minor;
	config->update_version = options.update;
	if (options.features)
		config->features0 = options.features;
	if (options.dynamic_pamt)
		config->features0 |= DYNAMIC_PAMT;
	config->page_by_page = options.page_by_page;
}

static TDXModuleOutcome seamcall(uint32_t package, uint32_t cpu, uint64_t registers[16])
{
	_Static_assert(sizeof(struct seam_registers) == 16 * sizeof(uint64_t),
		       "the same registers");

	if (registers[SEAM_RAX] & SEAMLDR_CALL)
		return seamldr_call(model, map, cpu, registers);
	switch (seam_model_call(model, package, cpu, (struct seam_registers *)registers)) {
	case SEAM_COMPLETED:
		return TDX_MODULE_COMPLETED;
	case SEAM_VMFAILINVALID:
		return TDX_MODULE_VMFAILINVALID;
	case SEAM_GP:
		return TDX_MODULE_GP;
	case SEAM_UD:
		break;
	}
	return TDX_MODULE_UD;
}

static bool clears_vectors(uint64_t rax)
{
	return seam_model_clears_vectors(model, rax);
}

/* Changes whenever pages are taken or spoiled, because each of them is scrambled. */
static uint32_t generation(void)
{
	return __atomic_load_n(&model->scrambles, __ATOMIC_RELAXED);
}

static bool is_private(uint64_t address)
{
	return seam_judge_is_private(model, address);
}

static void host_accesses(uint64_t address, uint64_t rip, bool write)
{
	seam_judge_host_accesses(model, address, rip, write);
}

static void host_converts(uint64_t address)
{
	seam_judge_host_converts(model, address);
}

static void caches_written_back(uint32_t cpu)
{
	seam_model_lp_caches_written_back(model, cpu);
}

static void vmx_off(uint32_t cpu)
{
	seam_judge_vmx_off(model, cpu);
}

/* The guest sends a request, in the page at @value, or frees pages. */
static void control_write(uint32_t cpu, uint64_t value)
{
	const uint64_t hpa = value & ~(PAGE_SIZE - 1);
	struct seam_request *request;

	(void)cpu;
	if (value & SEAM_CONTROL_FREES) {
		seam_judge_host_frees(model, hpa >> PAGE_SHIFT,
				      1ULL << (value & SEAM_CONTROL_ORDER_BITS));
		return;
	}
	request = map(hpa);
	if (request)
		seam_control(model, request);
}

static uint64_t control_read(uint32_t cpu)
{
	(void)cpu;
	return SEAM_CONTROL_PRESENT;
}

/* Allocates tables for all memory; only the used parts take memory of the host. */
static bool add_memory(struct seam_memory *memory)
{
	const TDXModuleRange *last = &platform.range[platform.ranges - 1];

	memory->base = 0;
	memory->page_count = (last->base + last->size) >> PAGE_SHIFT;
	memory->pages = calloc(memory->page_count, sizeof(*memory->pages));
	memory->regions = calloc(memory->page_count / REGION_PAGES + 1, sizeof(*memory->regions));
	memory->gigas = calloc(memory->page_count / REGION_PAGES / 512 + 1, sizeof(*memory->gigas));
	return memory->pages && memory->regions && memory->gigas;
}

/* Adds CMRs as firmware would report them: without the first megabyte. */
static bool add_cmrs(void)
{
	const uint64_t legacy = 1ULL << 20;
	uint32_t i;

	for (i = 0; i < platform.ranges; i++) {
		uint64_t base = platform.range[i].base, size = platform.range[i].size;

		if (base < legacy) {
			size -= legacy - base;
			base = legacy;
		}
		if (!seam_model_add_cmr(model, base, size))
			return false;
	}
	return true;
}

/* Sets the configuration that describes the platform. It does not change later. */
static void describe(struct seam_config *config)
{
	config->keyid_bits = platform.keyid_bits;
	config->shared_keyids = platform.shared_keyids;
	config->packages = platform.packages;
	config->lps = platform.cpus;
	config->partial_write_erratum = platform.partial_write_erratum;
}

static const char *build(void)
{
	struct seam_memory memory;

	if (!model || !add_memory(&memory))
		return "there is no memory on this machine for the model's tables";
	seam_model_init(model, &ops, &memory, platform.address_bits);
	describe(&model->config);
	if (!add_cmrs())
		return "the ranges of memory cannot be convertible memory";
	return NULL;
}

static const TDXModuleFunctions functions = {
	.power_on = power_on,
	.seamcall = seamcall,
	.clears_vectors = clears_vectors,
	.generation = generation,
	.is_private = is_private,
	.host_accesses = host_accesses,
	.host_converts = host_converts,
	.caches_written_back = caches_written_back,
	.vmx_off = vmx_off,
	.control_write = control_write,
	.control_read = control_read,
};

static const char *check(uint32_t abi)
{
	if (abi != TDX_MODULE_ABI)
		return "QEMU and this library were built from different sources";
	if (platform.cpus > SEAM_MAX_LPS)
		return "the machine has more than the 16 CPUs that the model has room for";
	if (platform.packages > 4)
		return "the machine has more than the 4 packages that the model has room for";
	if (1U << platform.keyid_bits > SEAM_MAX_KEYIDS)
		return "keyid-bits is more than 7, and the model has room for 128 KeyIDs";
	if (platform.range[0].size < 256ULL << 20)
		return "the machine has less than the 256 MiB of memory that a host of TDX guests "
		       "needs";
	return NULL;
}

__attribute__((visibility("default"))) TDXModuleLoad tdx_module_load;

const TDXModuleFunctions *tdx_module_load(uint32_t abi, const TDXModulePlatform *given_platform,
					  const TDXModuleOptions *given_options, const char **error)
{
	platform = *given_platform;
	options = *given_options;
	*error = check(abi);
	if (*error)
		return NULL;
	model = calloc(1, sizeof(*model));
	*error = build();
	return *error ? NULL : &functions;
}
