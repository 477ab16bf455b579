// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "td.h"

#define MOST_LEAVES   64
#define LEAF_OF_SIZES 0x80000008

#define CPUID_X2APIC (1U << 21)

bool quiet;
uint64_t hw_error;

/* Of all TDs: what their pages are loaded with, and their shared memory, which they do not use. */
static char content[TD_PAGES * PAGE] __attribute__((aligned(4096)));
static char shared[TD_PAGES * PAGE] __attribute__((aligned(4096)));

long said(const char *step, long result)
{
	const int error = errno;

	if (result < 0)
		printf("%-40s %s\n", step, strerrorname_np(error));
	else if (!quiet)
		printf("%-40s %ld\n", step, result);
	fflush(stdout);
	errno = error;
	return result;
}

struct td td_none(void)
{
	return (struct td){.vm = -1, .gmem = -1, .vcpu = {-1, -1}};
}

/* /dev/kvm stays open until the process exits. */
static int open_kvm(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	return fd;
}

static int command(int fd, enum kvm_tdx_cmd_id id, uint32_t flags, uint64_t data)
{
	struct kvm_tdx_cmd cmd = {.id = id, .flags = flags, .data = data};
	const int result = ioctl(fd, KVM_MEMORY_ENCRYPT_OP, &cmd);

	hw_error = cmd.hw_error;
	return result;
}

/* Zeroes: a structure that ends with CPUID leaves. */
static void *with_leaves(size_t size)
{
	return calloc(1, size + MOST_LEAVES * sizeof(struct kvm_cpuid_entry2));
}

long td_create(struct td *td)
{
	struct kvm_enable_cap interrupts = {.cap = KVM_CAP_SPLIT_IRQCHIP, .args = {24}};

	td->vm = ioctl(open_kvm(), KVM_CREATE_VM, KVM_X86_TDX_VM);
	said("KVM_CREATE_VM", td->vm < 0 ? -1 : 0);
	if (td->vm < 0)
		return -1;
	return said("KVM_CAP_SPLIT_IRQCHIP", ioctl(td->vm, KVM_ENABLE_CAP, &interrupts));
}

long td_capabilities(const struct td *td, uint32_t room)
{
	struct kvm_tdx_capabilities *caps = with_leaves(sizeof(*caps));
	int result;

	caps->cpuid.nent = room;
	result = command(td->vm, KVM_TDX_CAPABILITIES, 0, (uint64_t)caps);
	said("KVM_TDX_CAPABILITIES", result);
	if (!result)
		printf("%-40s attributes %#llx, xfam %#llx, %u CPUID leaves\n", "",
		       (unsigned long long)caps->supported_attrs,
		       (unsigned long long)caps->supported_xfam, caps->cpuid.nent);
	free(caps);
	return result;
}

/* The CPUID leaves that the TDX module of this project's machine allows to configure. */
static const struct kvm_cpuid_entry2 configured[] = {
	{.function = 1},
	{.function = 7, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX},
	{.function = 0x1F, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX},
	{.function = LEAF_OF_SIZES, .eax = 48 << 16},
};

long td_init_with(const struct td *td, enum td_flaw flaw)
{
	struct kvm_tdx_init_vm *init = with_leaves(sizeof(*init));
	struct kvm_cpuid_entry2 *leaves = init->cpuid.entries;
	int result;

	init->cpuid.nent = sizeof(configured) / sizeof(configured[0]);
	memcpy(leaves, configured, sizeof(configured));
	switch (flaw) {
	case TD_GOOD:
		break;
	case TD_BAD_ATTRIBUTES:
		init->attributes = 1;
		break;
	case TD_BAD_XFAM:
		init->xfam = 1ULL << 62;
		break;
	case TD_NO_ADDRESS_WIDTH:
		leaves[3].eax = 0;
		break;
	case TD_UNKNOWN_CPUID:
		leaves[init->cpuid.nent++].function = 0x40000000;
		break;
	case TD_FIXED_CPUID:
		leaves[1].edx = 1;
		break;
	case TD_RESERVED:
		init->reserved[11] = 1;
		break;
	}
	result = command(td->vm, KVM_TDX_INIT_VM, 0, (uint64_t)init);
	free(init);
	return said("KVM_TDX_INIT_VM", result);
}

long td_init(const struct td *td)
{
	return td_init_with(td, TD_GOOD);
}

long td_add_vcpu(struct td *td, unsigned int index)
{
	const int vcpu = ioctl(td->vm, KVM_CREATE_VCPU, index);

	said("KVM_CREATE_VCPU", vcpu < 0 ? -1 : 0);
	if (vcpu < 0)
		return -1;
	td->vcpu[index] = vcpu;
	td->run_size = ioctl(open_kvm(), KVM_GET_VCPU_MMAP_SIZE, 0);
	td->run[index] = mmap(NULL, td->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	return td->run[index] == MAP_FAILED ? said("mmap", -1) : 0;
}

long td_set_cpuid(const struct td *td, unsigned int index, bool x2apic)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[3];
	} cpuid = {
		.head = {.nent = 3},
		.entries = {{.function = 0, .eax = 0x1F},
			    {.function = 1, .ecx = x2apic ? CPUID_X2APIC : 0},
			    {.function = LEAF_OF_SIZES, .eax = 48 << 16 | 48}},
	};

	return said("KVM_SET_CPUID2", ioctl(td->vcpu[index], KVM_SET_CPUID2, &cpuid));
}

long td_init_moving_vcpu(const struct td *td, unsigned int index)
{
	return said("KVM_TDX_INIT_VCPU", command(td->vcpu[index], KVM_TDX_INIT_VCPU, 0, 0));
}

long td_init_vcpu(const struct td *td, unsigned int index)
{
	cpu_set_t before, here;
	long result;

	sched_getaffinity(0, sizeof(before), &before);
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
	result = td_init_moving_vcpu(td, index);
	sched_setaffinity(0, sizeof(before), &before);
	return result;
}

long td_get_cpuid(const struct td *td, unsigned int index)
{
	struct kvm_cpuid2 *cpuid = with_leaves(sizeof(*cpuid));
	long result;

	cpuid->nent = MOST_LEAVES;
	result = command(td->vcpu[index], KVM_TDX_GET_CPUID, 0, (uint64_t)cpuid);
	result = said("KVM_TDX_GET_CPUID", result < 0 ? result : cpuid->nent);
	free(cpuid);
	return result;
}

long td_add_memory(struct td *td)
{
	struct kvm_create_guest_memfd gmem = {.size = TD_PAGES * PAGE};
	struct kvm_userspace_memory_region2 region = {.flags = KVM_MEM_GUEST_MEMFD,
						      .guest_phys_addr = TD_GPA,
						      .memory_size = TD_PAGES * PAGE,
						      .userspace_addr = (uint64_t)shared};
	struct kvm_memory_attributes attributes = {.address = TD_GPA,
						   .size = TD_PAGES * PAGE,
						   .attributes = KVM_MEMORY_ATTRIBUTE_PRIVATE};

	td->gmem = ioctl(td->vm, KVM_CREATE_GUEST_MEMFD, &gmem);
	if (said("KVM_CREATE_GUEST_MEMFD", td->gmem < 0 ? -1 : 0))
		return -1;
	region.guest_memfd = td->gmem;
	if (said("KVM_SET_USER_MEMORY_REGION2",
		 ioctl(td->vm, KVM_SET_USER_MEMORY_REGION2, &region)))
		return -1;
	return said("KVM_SET_MEMORY_ATTRIBUTES",
		    ioctl(td->vm, KVM_SET_MEMORY_ATTRIBUTES, &attributes));
}

long td_load_pages(const struct td *td, unsigned int first, unsigned int count, bool measure)
{
	struct kvm_tdx_init_mem_region region = {
		.gpa = TD_GPA + first * PAGE,
		.nr_pages = count,
		.source_addr = (uint64_t)content,
	};

	memset(content, 0xCC, sizeof(content));
	return said("KVM_TDX_INIT_MEM_REGION",
		    command(td->vcpu[0], KVM_TDX_INIT_MEM_REGION,
			    measure ? KVM_TDX_MEASURE_MEMORY_REGION : 0, (uint64_t)&region));
}

long td_finalize(const struct td *td)
{
	return said("KVM_TDX_FINALIZE_VM", command(td->vm, KVM_TDX_FINALIZE_VM, 0, 0));
}

long td_fault_in(const struct td *td, unsigned int first, unsigned int count)
{
	struct kvm_pre_fault_memory range = {.gpa = TD_GPA + first * PAGE, .size = count * PAGE};

	return said("KVM_PRE_FAULT_MEMORY", ioctl(td->vcpu[0], KVM_PRE_FAULT_MEMORY, &range));
}

long td_punch(const struct td *td, unsigned int first, unsigned int count)
{
	return said("FALLOC_FL_PUNCH_HOLE",
		    fallocate(td->gmem, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first * PAGE,
			      count * PAGE));
}

long td_run(const struct td *td, unsigned int index)
{
	const int result = ioctl(td->vcpu[index], KVM_RUN, 0);

	return said("KVM_RUN", result < 0 ? result : (long)td->run[index]->exit_reason);
}

void td_close_memory(struct td *td)
{
	if (td->gmem >= 0)
		close(td->gmem);
	td->gmem = -1;
}

void td_close_vm(struct td *td)
{
	if (td->vm >= 0)
		close(td->vm);
	td->vm = -1;
}

void td_close(struct td *td)
{
	unsigned int i;

	for (i = 0; i < MAX_VCPUS; i++) {
		if (td->vcpu[i] < 0)
			continue;
		munmap(td->run[i], td->run_size);
		close(td->vcpu[i]);
		td->vcpu[i] = -1;
	}
	td_close_memory(td);
	td_close_vm(td);
}

bool td_build(struct td *td)
{
	unsigned int i;

	if (td_create(td) || td_init(td))
		return false;
	for (i = 0; i < MAX_VCPUS; i++)
		if (td_add_vcpu(td, i) || td_set_cpuid(td, i, true) || td_init_vcpu(td, i))
			return false;
	return !td_add_memory(td) && !td_load_pages(td, 0, 8, true) && !td_finalize(td);
}
