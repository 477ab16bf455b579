// SPDX-License-Identifier: GPL-2.0
/*
 * The TDX module is started as Linux does it (arch/x86/virt/vmx/tdx/tdx.c) on machines of many layouts:
 * little and much memory, with holes, in many NUMA nodes, with one or several packages. Then it is started
 * a second time, as after a kexec, or updated.
 */
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "../seam/model/seam_model.h"
}

namespace {

constexpr uint64_t kPage = 4096, kMega = uint64_t{1} << 20, kGiga = uint64_t{1} << 30;
constexpr uint64_t kEntry = 16; /* bytes of a PAMT entry of any level */
constexpr uint32_t kGlobalKeyid = 32, kAddressBits = 40;
/* Where the test, in place of the kernel, has the input of SYS.CONFIG. */
constexpr uint64_t kList = 16 * kMega, kInfos = kList + kPage;

struct Range {
	uint64_t begin, end;
};

struct Shape {
	const char *name;
	uint32_t cpus, packages;
	uint32_t tdmrs;	  /* that come out */
	uint64_t pamt_kb; /* of all of them */
	std::vector<Range> memory;
};

/* TDMR_INFO, as Linux fills it in. */
struct TdmrInfo {
	uint64_t base, size;
	Range pamt[3]; /* 1G, 2M, 4K; base and size */
	Range reserved[SEAM_MAX_RESERVED];
	uint64_t unused[24];
};
static_assert(sizeof(TdmrInfo) == 512);

constexpr uint64_t up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) / alignment * alignment;
}

/* A zeroed table, whose memory is allocated when it is touched. */
template <class T> struct Table {
	explicit Table(uint64_t count)
		: entries(static_cast<T *>(mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
						0))),
		  count(count)
	{
	}
	Table(const Table &) = delete;
	Table &operator=(const Table &) = delete;
	~Table() { munmap(entries, count * sizeof(T)); }

	T *const entries;
	const uint64_t count;
};

/* The memory of the machine under test. */
const Table<uint8_t> *memory;

void *map(uint64_t hpa)
{
	return hpa < memory->count ? memory->entries + hpa : nullptr;
}

constexpr seam_ops kOps = {
	.map = map,
	.lock_books = [] { return 0UL; },
	.unlock_books = [](unsigned long) {},
};

constexpr uint64_t kPageSizes[] = {kGiga, 2 * kMega, kPage}; /* the levels of a PAMT */

/* The PAMT, whose levels follow each other, in the last pages of @range. */
void place_pamt(TdmrInfo &tdmr, Range &range)
{
	for (size_t level = 0; level < std::size(kPageSizes); level++) {
		const uint64_t size = up(tdmr.size / kPageSizes[level] * kEntry, kPage);

		range.end -= size;
		tdmr.pamt[level] = {range.end, size};
	}
}

/* All of the TDMR but @memory, each gap in two areas that follow each other, like a hole and a PAMT. */
void reserve(TdmrInfo &tdmr, std::span<const Range> memory)
{
	const uint64_t end = tdmr.base + tdmr.size;
	uint64_t at = tdmr.base;
	Range *area = tdmr.reserved; /* offset and size */
	const auto reserve_until = [&](uint64_t until) {
		*area++ = {at - tdmr.base, kPage};
		*area++ = {at + kPage - tdmr.base, until - at - kPage};
	};

	for (const Range &range : memory) {
		if (range.end <= at || range.begin >= end)
			continue;
		if (range.begin > at)
			reserve_until(range.begin);
		at = range.end;
	}
	if (at < end)
		reserve_until(end);
}

/* Each TDMR begins with the range whose beginning no earlier one has, and its PAMT is in that range. */
std::vector<TdmrInfo> construct_tdmrs(std::vector<Range> memory)
{
	std::vector<TdmrInfo> tdmrs;
	uint64_t last = 0;

	for (Range &range : memory) {
		const uint64_t begin = std::max(range.begin / kGiga * kGiga, last);

		last = up(range.end, kGiga);
		if (begin < last) {
			tdmrs.push_back({.base = begin, .size = last - begin});
			place_pamt(tdmrs.back(), range);
		}
	}
	for (TdmrInfo &tdmr : tdmrs)
		reserve(tdmr, memory);
	return tdmrs;
}

/* What is below 1M is the firmware's. */
const Shape kShapes[] = {
	{"four_packages", 8, 4, 2, 24632, {{kMega, 2 * kGiga}, {4 * kGiga, 8 * kGiga}}},
	{"one_cpu", 1, 1, 2, 8216, {{kMega, 700 * kMega}, {700 * kMega, 1500 * kMega}}},
	{"eight_nodes",
	 16,
	 2,
	 4,
	 16432,
	 {{kMega, 384 * kMega},
	  {384 * kMega, 768 * kMega},
	  {768 * kMega, 1152 * kMega},
	  {1152 * kMega, 1536 * kMega},
	  {1536 * kMega, 2 * kGiga},
	  {4 * kGiga, 4 * kGiga + 512 * kMega},
	  {4 * kGiga + 512 * kMega, 5 * kGiga + kMega},
	  {5 * kGiga + kMega, 6 * kGiga}}},
	{"a_hole", 4, 2, 2, 20528, {{kMega, 0x9F000000}, {0xA0000000, 5 * kGiga}}},
};

class Layouts : public testing::TestWithParam<Shape> {
protected:
	Layouts()
	{
		const seam_memory tables = {0, pages_, page_table_.entries, region_table_.entries,
					    giga_table_.entries};

		memory = &memory_;
		seam_model_init(model(), &kOps, &tables, kAddressBits);
		model()->config.packages = shape_.packages;
		model()->config.lps = shape_.cpus;
		for (const Range &range : shape_.memory)
			EXPECT_TRUE(
				seam_model_add_cmr(model(), range.begin, range.end - range.begin));
		seam_model_power_on(model());
	}

	/* One SEAMCALL with the inputs that the leaf has. */
	seam_registers call(uint32_t cpu, uint64_t leaf, uint64_t rcx = 0, uint64_t rdx = 0,
			    uint64_t r8 = 0)
	{
		seam_registers registers{};

		registers.r[SEAM_RAX] = leaf;
		registers.r[SEAM_RCX] = rcx;
		registers.r[SEAM_RDX] = rdx;
		registers.r[SEAM_R8] = r8;
		EXPECT_EQ(seam_model_call(model(), cpu % shape_.packages, cpu, &registers),
			  SEAM_COMPLETED);
		return registers;
	}

	void succeed(uint32_t cpu, uint64_t leaf, uint64_t rcx = 0, uint64_t rdx = 0,
		     uint64_t r8 = 0)
	{
		ASSERT_EQ(call(cpu, leaf, rcx, rdx, r8).r[SEAM_RAX], SEAM_SUCCESS);
	}

	/* tdx_enable() */
	void start()
	{
		succeed(0, SEAM_SYS_INIT);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++)
			succeed(cpu, SEAM_SYS_LP_INIT);
		for (uint64_t i = 0; i < tdmrs_.size(); i++) {
			const uint64_t at = kInfos + i * sizeof(TdmrInfo);

			static_cast<uint64_t *>(map(kList))[i] = at;
			memcpy(map(at), &tdmrs_[i], sizeof(tdmrs_[i]));
		}
		succeed(0, SEAM_SYS_CONFIG, kList, tdmrs_.size(), kGlobalKeyid);
		for (uint32_t package = 0; package < shape_.packages; package++)
			succeed(package, SEAM_SYS_KEY_CONFIG);
		for (const TdmrInfo &tdmr : tdmrs_)
			for (uint64_t at = tdmr.base; at < tdmr.base + tdmr.size;) {
				const seam_registers answer = call(0, SEAM_SYS_TDMR_INIT,
								   tdmr.base);

				ASSERT_EQ(answer.r[SEAM_RAX], SEAM_SUCCESS);
				at = answer.r[SEAM_RDX];
			}
	}

	/* tdx_shutdown(); the machine is as a kernel leaves it. */
	void stop()
	{
		succeed(0, SEAM_SYS_DISABLE);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++)
			seam_model_lp_caches_written_back(model(), cpu);
		EXPECT_EQ(private_pages(), 0U);
		EXPECT_EQ(seam_model_lps_with_private_lines(model()), 0U);
		EXPECT_EQ(model()->finding_count, 0U);
	}

	/* The P-SEAMLDR installs another version on each CPU, and Linux restores memory and keys. */
	void update()
	{
		const seam_version version = {1, 5, 99};

		EXPECT_FALSE(seam_model_install(model(), 0, &version));
		succeed(0, SEAM_SYS_SHUTDOWN_LEAF);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++) {
			EXPECT_TRUE(seam_model_install(model(), cpu, &version));
			EXPECT_FALSE(seam_model_install(model(), cpu, &version));
		}
		EXPECT_EQ(model()->config.update_version, version.update);
		succeed(0, SEAM_SYS_INIT);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++) {
			EXPECT_EQ(call(0, SEAM_SYS_UPDATE).r[SEAM_RAX],
				  SEAM_SYS_CONFIG_NOT_PENDING);
			succeed(cpu, SEAM_SYS_LP_INIT);
		}
		succeed(0, SEAM_SYS_UPDATE);
	}

	/* The page type that RDMD returns, or ~0. */
	uint64_t type_of(uint64_t hpa)
	{
		const seam_registers answer = call(0, SEAM_PHYMEM_PAGE_RDMD, hpa);

		return answer.r[SEAM_RAX] ? ~uint64_t{0} : answer.r[SEAM_RCX];
	}

	uint64_t private_pages()
	{
		uint64_t count = 0;

		for (uint64_t i = 0; i < pages_; i++)
			count += seam_judge_is_private(model(), i * kPage);
		return count;
	}

	/* The PAMT alone is private; free and reserved pages have the right type. */
	void look_at_pages()
	{
		EXPECT_EQ(private_pages(), shape_.pamt_kb * 1024 / kPage);
		for (const Range &range : shape_.memory)
			EXPECT_EQ(type_of(range.begin), SEAM_PT_NDA);
		for (const TdmrInfo &tdmr : tdmrs_)
			EXPECT_EQ(type_of(tdmr.pamt[0].begin), SEAM_PT_RSVD);
		EXPECT_EQ(type_of(kMega - kPage), SEAM_PT_RSVD);
		EXPECT_EQ(type_of(pages_ * kPage), ~uint64_t{0});
	}

	seam_model *model() { return model_.get(); }

	const Shape &shape_ = GetParam();
	const std::vector<TdmrInfo> tdmrs_ = construct_tdmrs(shape_.memory);

private:
	const uint64_t pages_ = shape_.memory.back().end / kPage;
	const Table<uint8_t> memory_{pages_ * kPage};
	const Table<seam_page> page_table_{pages_};
	const Table<seam_region> region_table_{up(pages_, 512) / 512};
	const Table<seam_entry> giga_table_{up(pages_ * kPage, kGiga) / kGiga};
	const std::unique_ptr<seam_model> model_ = std::make_unique<seam_model>();
};

TEST_P(Layouts, linux_starts_the_module_and_so_does_the_next_kernel)
{
	EXPECT_EQ(tdmrs_.size(), shape_.tdmrs);
	for (int kernel = 0; kernel < 2 && !HasFatalFailure(); kernel++) {
		start();
		look_at_pages();
		stop();
	}
}

TEST_P(Layouts, an_update_keeps_what_the_module_has)
{
	start();
	update();
	look_at_pages();
	stop();
}

INSTANTIATE_TEST_SUITE_P(Machines, Layouts, testing::ValuesIn(kShapes),
			 [](const testing::TestParamInfo<Shape> &info) { return info.param.name; });

} // namespace
