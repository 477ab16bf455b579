// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the KUnit suites as GoogleTest tests, in the machine of this directory: once under each policy
 * that the model has a switch for.
 */
#include <gtest/gtest.h>

#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <functional>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern "C" {
#include <kunit/test.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
}

#include "machine.h"
#include "platform.h"
#include "tdx_page_array.h"

namespace {

constexpr u64 kPages = u64{32} * 1024; /* 128 MiB */
constexpr u64 kMostSteps = 3'000'000;  /* of one test: several times those of the longest */

std::vector<kunit_suite *> &suites()
{
	static std::vector<kunit_suite *> all;

	return all;
}

unsigned int suppressed;
std::vector<std::function<void()>> actions;
std::vector<task_struct *> threads; /* that are not stopped yet */

class Case : public testing::Test {
public:
	Case(kunit_suite *suite, const kunit_case *which, const void *parameter)
		: suite_(suite), case_(which)
	{
		test_.param_value = parameter;
	}

	void TestBody() override
	{
		platform_take_warnings();
		platform_limit_steps(kMostSteps);
		if (!setjmp(test_.abort)) {
			/* Each test may run alone. */
			const int started = suite_->suite_init ? suite_->suite_init(suite_) : 0;
			ASSERT_EQ(started, 0) << "the suite does not start";
			const int error = suite_->init ? suite_->init(&test_) : 0;
			ASSERT_EQ(error, 0) << "the suite's init failed";
			if (case_->alone)
				run_alone();
			else
				case_->run_case(&test_);
		}
		if (!setjmp(test_.abort) && suite_->exit)
			suite_->exit(&test_);
		if (suite_->suite_exit)
			suite_->suite_exit(suite_);
		expect_nothing_left();
		while (!actions.empty()) {
			actions.back()();
			actions.pop_back();
		}
		while (!threads.empty())
			kthread_stop(threads.back());
		start_over();
	}

private:
	void run_alone()
	{
		int status = 0;
		const pid_t child = fork();

		ASSERT_GE(child, 0);
		if (!child) {
			machine_own_memory();
			if (!setjmp(test_.abort))
				case_->run_case(&test_);
			fflush(stdout);
			_exit(HasFailure());
		}
		ASSERT_EQ(waitpid(child, &status, 0), child);
		EXPECT_EQ(status, 0) << "it failed in a process of its own";
	}

	static void expect_nothing_left()
	{
		EXPECT_EQ(platform_take_warnings(), 0u) << "unexpected kernel warnings";
		EXPECT_EQ(seam_model_pending_injections(&seam_model), 0u)
			<< "a planned fault did not happen";
		EXPECT_EQ(machine_mappings(), 0u) << "a mapping was left behind";
	}

	/* Otherwise the pages that the module keeps for good would fill this small machine. */
	static void start_over()
	{
		tdx_page_array_counters counters;

		tdx_page_array_count(&counters);
		if (counters.in_arrays || counters.quarantined)
			return;
		machine_reset();
		platform_reset();
	}

	kunit_suite *suite_;
	const kunit_case *case_;
	kunit test_{};
};

void add(kunit_suite *suite, const kunit_case *which, const void *parameter,
	 const std::string &name)
{
	testing::RegisterTest(
		suite->name, name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
		[=]() -> testing::Test * { return new Case(suite, which, parameter); });
}

/* A name that GoogleTest's filters can work with. */
std::string plain(std::string text)
{
	for (char &letter : text)
		if (!isalnum(letter))
			letter = '_';
	return text;
}

/* These depend on how long a call takes in a kernel, or on the rate limit of its log. */
constexpr const char *kKernelOnly[] = {
	"a_caller_waits_until_the_call_of_another_one_has_ended",
	"a_flood_of_bad_input_hides_no_tdx_module_bug",
};

bool is_kernel_only(const kunit_case *which)
{
	return std::ranges::find(kKernelOnly, std::string_view(which->name)) !=
	       std::end(kKernelOnly);
}

void add_all()
{
	for (kunit_suite *suite : suites()) {
		/* The core looks for features when it starts: that suite is for a module without any. */
		if ((suite->name == std::string_view("features")) != platform_policies.no_features)
			continue;
		for (const kunit_case *which = suite->test_cases; which->run_case; which++) {
			if (is_kernel_only(which))
				continue;
			if (!which->generate_params) {
				add(suite, which, nullptr, which->name);
				continue;
			}
			char description[KUNIT_PARAM_DESC_SIZE] = "";
			const void *parameter = nullptr;
			while ((parameter = which->generate_params(nullptr, parameter,
								   description)))
				add(suite, which, parameter,
				    std::string(which->name) + "/" + plain(description));
		}
	}
}

} // namespace

void user_kunit_register(kunit_suite *suite)
{
	suites().push_back(suite);
}

void user_kunit_fail(const char *file, int line, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	ADD_FAILURE_AT(file, line) << text;
}

void *kunit_kzalloc(kunit *, size_t bytes, int)
{
	void *memory = calloc(1, bytes);

	actions.emplace_back([=] { free(memory); });
	return memory;
}

int kunit_add_action_or_reset(kunit *, kunit_action_t *action, void *context)
{
	actions.emplace_back([=] { action(context); });
	return 0;
}

void user_kunit_begin_suppress(void)
{
	EXPECT_EQ(platform_take_warnings(), 0u) << "unexpected kernel warnings";
	suppressed = 0;
}

unsigned int user_kunit_suppressed_now(void)
{
	return suppressed += platform_take_warnings();
}

void user_kunit_end_suppress(void)
{
	platform_take_warnings();
}

namespace {

kprobe *flush_probe;

/* Suites call find_module() for the module under test only. */
void *find_module(const char *)
{
	static int module;

	return &module;
}

} // namespace

int register_kprobe(kprobe *probe)
{
	if (probe->symbol_name == std::string_view("find_module")) {
		probe->addr = reinterpret_cast<void *>(find_module);
	} else if (probe->symbol_name == std::string_view("tdx_shim_flush_page")) {
		flush_probe = probe;
		platform_on_flush = [](u64) { flush_probe->pre_handler(flush_probe, nullptr); };
	} else {
		return -ENOENT;
	}
	return 0;
}

void unregister_kprobe(kprobe *)
{
	platform_on_flush = nullptr;
}

__thread task_struct *user_current;

task_struct *user_kthread_create(int (*run)(void *data), void *data)
{
	auto *task = static_cast<task_struct *>(calloc(1, sizeof(task_struct)));

	task->run = run;
	task->data = data;
	threads.push_back(task);
	return task;
}

void wake_up_process(task_struct *task)
{
	pthread_create(
		&task->thread, nullptr,
		[](void *data) -> void * {
			user_current = static_cast<task_struct *>(data);
			return reinterpret_cast<void *>(
				static_cast<long>(user_current->run(user_current->data)));
		},
		task);
}

int kthread_stop(task_struct *task)
{
	void *result;

	std::erase(threads, task);
	pthread_join(task->thread, &result);
	free(task);
	return static_cast<int>(reinterpret_cast<long>(result));
}

namespace {

/* Arguments after the options of GoogleTest, besides "log". */
constexpr struct {
	std::string_view word;
	bool platform_policies::*policy;
} kPolicies[] = {
	{"page_by_page", &platform_policies::page_by_page},
	{"invalid_resumption", &platform_policies::invalid_resumption},
	{"pw_mce", &platform_policies::pw_mce},
	{"no_clflush", &platform_policies::no_clflush},
	{"no_features", &platform_policies::no_features},
};

bool take_word(std::string_view word)
{
	for (const auto &policy : kPolicies)
		if (word == policy.word)
			return platform_policies.*policy.policy = true;
	platform_show_log(word == "log");
	return word == "log";
}

} // namespace

int main(int argc, char **argv)
{
	testing::InitGoogleTest(&argc, argv);
	for (int i = 1; i < argc; i++)
		if (!take_word(argv[i])) {
			fprintf(stderr, "error: unknown word '%s'\n", argv[i]);
			return 1;
		}
	machine_start(kPages);
	platform_limit_steps(kMostSteps);
	if (tdx_core_start()) {
		fprintf(stderr, "the core does not start\n");
		return 1;
	}
	add_all();
	const int failed = RUN_ALL_TESTS();
	tdx_core_stop();
	return failed;
}
