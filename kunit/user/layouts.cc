// SPDX-License-Identifier: GPL-2.0
/*
 * The TDX module is started as Linux does it (arch/x86/virt/vmx/tdx/tdx.c) on machines of many layouts:
 * little and much memory, with holes, in many NUMA nodes, with one or several packages. Then it is started
 * a second time, as after a kexec.
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
	std::vector<Range> memory; /* all of it, which is convertible */
	std::vector<Range>
		blocks; /* what the kernel knows of it: by node, without the firmware's */
	uint32_t cpus, packages;
	uint32_t tdmrs;	  /* that come out */
	uint64_t pamt_kb; /* as in the kernel's log */
};

/* TDMR_INFO, as Linux fills it in. */
struct TdmrInfo {
	uint64_t base, size;
	Range pamt[3]; /* 1G, 2M, 4K; base and size */
	Range reserved[SEAM_MAX_RESERVED];
	uint64_t unused[24];
};
static_assert(sizeof(TdmrInfo) == 512);

constexpr uint64_t down(uint64_t value, uint64_t alignment)
{
	return value & ~(alignment - 1);
}

constexpr uint64_t up(uint64_t value, uint64_t alignment)
{
	return down(value + alignment - 1, alignment);
}

/* A zeroed table, whose memory is allocated when it is touched. */
template <class T> class Table {
public:
	explicit Table(uint64_t count) : bytes_(count * sizeof(T))
	{
		void *there = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (there == MAP_FAILED)
			abort();
		entries_ = static_cast<T *>(there);
	}
	Table(const Table &) = delete;
	Table &operator=(const Table &) = delete;
	~Table() { munmap(entries_, bytes_); }

	T *entries() const { return entries_; }
	uint64_t bytes() const { return bytes_; }

private:
	uint64_t bytes_;
	T *entries_;
};

/* The memory of the machine under test. */
const Table<uint8_t> *memory;

void *map(uint64_t hpa)
{
	return hpa < memory->bytes() ? memory->entries() + hpa : nullptr;
}

constexpr seam_ops kOps = {
	.map = map,
	.lock_books = [] { return 0UL; },
	.unlock_books = [](unsigned long) {},
};

class Machine {
public:
	explicit Machine(const Shape &shape)
		: shape_(shape), pages_(shape.memory.back().end / kPage), memory_(pages_ * kPage),
		  page_table_(pages_), region_table_(up(pages_, 512) / 512),
		  giga_table_(up(pages_, kGiga / kPage) / (kGiga / kPage)),
		  model_(std::make_unique<seam_model>())
	{
		const seam_memory tables = {0, pages_, page_table_.entries(),
					    region_table_.entries(), giga_table_.entries()};

		memory = &memory_;
		seam_model_init(model_.get(), &kOps, &tables, kAddressBits);
		model_->config.packages = shape.packages;
		model_->config.lps = shape.cpus;
		for (const Range &range : shape.memory)
			EXPECT_TRUE(seam_model_add_cmr(model_.get(), range.begin,
						       range.end - range.begin));
		seam_model_power_on(model_.get());
	}

	seam_model *model() { return model_.get(); }

	/* One SEAMCALL with the inputs that the leaf has. */
	seam_registers call(uint32_t cpu, uint64_t leaf, uint64_t rcx = 0, uint64_t rdx = 0,
			    uint64_t r8 = 0)
	{
		seam_registers registers{};

		registers.r[SEAM_RAX] = leaf;
		registers.r[SEAM_RCX] = rcx;
		registers.r[SEAM_RDX] = rdx;
		registers.r[SEAM_R8] = r8;
		EXPECT_EQ(seam_model_call(model_.get(), cpu % shape_.packages, cpu, &registers),
			  SEAM_COMPLETED);
		return registers;
	}

	uint64_t status(uint32_t cpu, uint64_t leaf) { return call(cpu, leaf).r[SEAM_RAX]; }

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
			count += seam_judge_is_private(model_.get(), i * kPage);
		return count;
	}

private:
	const Shape &shape_;
	uint64_t pages_;
	Table<uint8_t> memory_;
	Table<seam_page> page_table_;
	Table<seam_region> region_table_;
	Table<seam_entry> giga_table_;
	std::unique_ptr<seam_model> model_;
};

/* fill_out_tdmrs() */
std::vector<TdmrInfo> tdmrs_over(std::span<const Range> blocks)
{
	std::vector<TdmrInfo> tdmrs;

	for (const Range &block : blocks) {
		uint64_t begin = down(block.begin, kGiga);
		const uint64_t end = up(block.end, kGiga);
		const uint64_t last = tdmrs.empty() ? 0 : tdmrs.back().base + tdmrs.back().size;

		if (!tdmrs.empty() && end <= last)
			continue;
		begin = std::max(begin, last);
		tdmrs.push_back({.base = begin, .size = end - begin});
	}
	return tdmrs;
}

constexpr uint64_t kPageSizes[] = {kGiga, 2 * kMega, kPage}; /* the levels of a PAMT */

/* All levels of one PAMT, one after the other: 4K, 2M, 1G. Returns their size. */
uint64_t place_pamt(TdmrInfo &tdmr, uint64_t base)
{
	uint64_t end = base;

	for (int level = 2; level >= 0; level--) {
		tdmr.pamt[level] = {end, up(tdmr.size / kPageSizes[level] * kEntry, kPage)};
		end += tdmr.pamt[level].end;
	}
	return end - base;
}

Range pamt_of(const TdmrInfo &tdmr)
{
	return {tdmr.pamt[2].begin, tdmr.pamt[0].begin + tdmr.pamt[0].end};
}

/* tdmrs_set_up_pamt_all(): at the end of the first block that the TDMR has memory of, or a later one. */
void place_pamts(std::span<TdmrInfo> tdmrs, std::span<const Range> blocks)
{
	std::vector<uint64_t> free_until;

	for (const Range &block : blocks)
		free_until.push_back(block.end);
	for (TdmrInfo &tdmr : tdmrs) {
		const uint64_t size = place_pamt(tdmr, 0);
		size_t i = 0;

		while (i < blocks.size() &&
		       (blocks[i].end <= tdmr.base || free_until[i] - blocks[i].begin < size))
			i++;
		ASSERT_LT(i, blocks.size());
		free_until[i] -= size;
		place_pamt(tdmr, free_until[i]);
	}
}

/* tdmrs_populate_rsvd_areas_all(): holes, then PAMTs of any TDMR, by address. */
void reserve(TdmrInfo &tdmr, std::span<const TdmrInfo> tdmrs, std::span<const Range> blocks)
{
	const uint64_t end = tdmr.base + tdmr.size;
	std::vector<Range> areas; /* offset and size */
	uint64_t at = tdmr.base;

	for (const Range &block : blocks) {
		if (block.begin >= end)
			break;
		if (block.end < tdmr.base)
			continue;
		if (block.begin > at)
			areas.push_back({at - tdmr.base, block.begin - at});
		at = block.end;
	}
	if (at < end)
		areas.push_back({at - tdmr.base, end - at});
	for (const TdmrInfo &other : tdmrs) {
		const uint64_t begin = std::max(pamt_of(other).begin, tdmr.base);
		const uint64_t until = std::min(pamt_of(other).end, end);

		if (begin < until)
			areas.push_back({begin - tdmr.base, until - begin});
	}
	std::ranges::sort(areas, {}, &Range::begin);
	ASSERT_LE(areas.size(), std::size(tdmr.reserved));
	std::ranges::copy(areas, tdmr.reserved);
}

std::vector<TdmrInfo> construct_tdmrs(const Shape &shape)
{
	std::vector<TdmrInfo> tdmrs = tdmrs_over(shape.blocks);

	place_pamts(tdmrs, shape.blocks);
	for (TdmrInfo &tdmr : tdmrs)
		reserve(tdmr, tdmrs, shape.blocks);
	return tdmrs;
}

std::vector<Shape> shapes()
{
	/* Firmware keeps what is below 1M, and something at the end of memory below 4G. */
	constexpr uint64_t kFirmware = 0x23000;
	return {
		{"memory_beyond_four_gigabytes",
		 {{kMega, 2 * kGiga}, {4 * kGiga, 8 * kGiga}},
		 {{kMega, 2 * kGiga - kFirmware}, {4 * kGiga, 8 * kGiga}},
		 8,
		 4,
		 2,
		 24632},
		{"memory_that_ends_within_a_gigabyte",
		 {{kMega, 1500 * kMega}},
		 {{kMega, 700 * kMega}, {700 * kMega, 1500 * kMega - kFirmware}},
		 1,
		 1,
		 2,
		 8216},
		{"eight_nodes",
		 {{kMega, 2 * kGiga}, {4 * kGiga, 6 * kGiga}},
		 {{kMega, 384 * kMega},
		  {384 * kMega, 768 * kMega},
		  {768 * kMega, 1152 * kMega},
		  {1152 * kMega, 1536 * kMega},
		  {1536 * kMega, 2 * kGiga - kFirmware},
		  {4 * kGiga, 4 * kGiga + 512 * kMega},
		  {4 * kGiga + 512 * kMega, 5 * kGiga + kMega},
		  {5 * kGiga + kMega, 6 * kGiga}},
		 16,
		 2,
		 4,
		 16432},
		{"a_hole_in_a_node",
		 {{kMega, 3 * kGiga}, {4 * kGiga, 5 * kGiga}},
		 {{kMega, 0x9F000000}, {0xA0000000, 3 * kGiga - kPage}, {4 * kGiga, 5 * kGiga}},
		 4,
		 2,
		 2,
		 16424},
	};
}

class Layouts : public testing::TestWithParam<Shape> {
protected:
	/* init_tdmr() */
	void init_tdmr(const TdmrInfo &tdmr)
	{
		seam_registers answer;

		do {
			answer = machine_.call(0, SEAM_SYS_TDMR_INIT, tdmr.base);
			ASSERT_EQ(answer.r[SEAM_RAX], SEAM_SUCCESS);
		} while (answer.r[SEAM_RDX] < tdmr.base + tdmr.size);
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
		ASSERT_EQ(machine_.call(0, SEAM_SYS_CONFIG, kList, tdmrs_.size(), kGlobalKeyid)
				  .r[SEAM_RAX],
			  SEAM_SUCCESS);
		for (uint32_t package = 0; package < shape_.packages; package++)
			succeed(package, SEAM_SYS_KEY_CONFIG);
		for (const TdmrInfo &tdmr : tdmrs_)
			init_tdmr(tdmr);
	}

	/* tdx_shutdown(); the machine is as a kernel leaves it. */
	void stop()
	{
		succeed(0, SEAM_SYS_DISABLE);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++)
			seam_model_lp_caches_written_back(model_, cpu);
		EXPECT_EQ(machine_.private_pages(), 0U);
		EXPECT_EQ(seam_model_lps_with_private_lines(model_), 0U);
		EXPECT_EQ(model_->finding_count, 0U);
	}

	/* What the P-SEAMLDR does on each CPU after TDH.SYS.SHUTDOWN. */
	void install()
	{
		const seam_version version = {1, 5, 99};

		EXPECT_FALSE(seam_model_install(model_, 0, &version));
		succeed(0, SEAM_SYS_SHUTDOWN_LEAF);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++) {
			EXPECT_TRUE(seam_model_install(model_, cpu, &version));
			EXPECT_FALSE(seam_model_install(model_, cpu, &version));
		}
		EXPECT_EQ(model_->config.update_version, version.update);
	}

	/* What Linux does after that: TDX module, memory and keys are restored. */
	void update()
	{
		succeed(0, SEAM_SYS_INIT);
		for (uint32_t cpu = 0; cpu < shape_.cpus; cpu++) {
			EXPECT_EQ(machine_.status(0, SEAM_SYS_UPDATE), SEAM_SYS_CONFIG_NOT_PENDING);
			succeed(cpu, SEAM_SYS_LP_INIT);
		}
		succeed(0, SEAM_SYS_UPDATE);
		EXPECT_EQ(model_->config.sys_state, uint32_t{SEAM_SYS_READY});
	}

	/* The PAMT alone is private; free and reserved pages have the right type. */
	void look_at_pages()
	{
		EXPECT_EQ(machine_.private_pages(), shape_.pamt_kb * 1024 / kPage);
		for (const Range &block : shape_.blocks)
			EXPECT_EQ(machine_.type_of(block.begin), SEAM_PT_NDA);
		for (const TdmrInfo &tdmr : tdmrs_)
			EXPECT_EQ(machine_.type_of(pamt_of(tdmr).begin), SEAM_PT_RSVD);
		EXPECT_EQ(machine_.type_of(kMega - kPage), SEAM_PT_RSVD);
		EXPECT_EQ(machine_.type_of(shape_.memory.back().end), ~uint64_t{0});
	}

	const Shape &shape_ = GetParam();
	const std::vector<TdmrInfo> tdmrs_ = construct_tdmrs(shape_);
	Machine machine_{shape_};
	seam_model *model_ = machine_.model();

private:
	void succeed(uint32_t cpu, uint64_t leaf)
	{
		ASSERT_EQ(machine_.status(cpu, leaf), SEAM_SUCCESS);
	}
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
	install();
	update();
	look_at_pages();
	stop();
}

INSTANTIATE_TEST_SUITE_P(Machines, Layouts, testing::ValuesIn(shapes()),
			 [](const testing::TestParamInfo<Shape> &info) { return info.param.name; });

} // namespace
