# SPDX-License-Identifier: GPL-2.0
# The core, the model and the KUnit suites as programs of user space. Called by scripts/user.sh in the directory for
# the objects.

CC ?= gcc
CXX ?= g++
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-sanitize=nonnull-attribute
WARN := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Werror
INCLUDE := -I$(TOP)/include -I$(TOP)/shim -I$(TOP)/cxx
COMPAT := -I$(TOP)/kunit/user/compat -I$(TOP)/kunit/user
COMMON := -O1 -g -MMD -MP $(WARN) $(SANITIZE) $(EXTRA)
# The core with the flags of the kernel build that change its meaning.
CORE_FLAGS := -std=gnu++23 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics $(COMMON) $(INCLUDE)
HOST_FLAGS := -std=gnu++23 $(COMMON) $(INCLUDE) $(COMPAT)
# The kernel has one type for 64 bits.
C_FLAGS := -std=gnu11 $(COMMON) -Wno-format $(INCLUDE) $(COMPAT)

CORE := $(patsubst $(TOP)/cxx/%.cc,core/%.o,$(wildcard $(TOP)/cxx/*/*.cc))
MODEL := $(patsubst $(TOP)/kunit/seam/model/%.c,model_%.o,$(wildcard $(TOP)/kunit/seam/model/*.c))
MACHINE := user_machine.o user_platform.o user_shim.o user_shim_pages.o door_control.o trap_platform_control.o
# Suites that need a kernel: the instruction, its traps, its page allocator.
KERNEL_ONLY := %/main.c %/seamcall_test.c %/context_test.c %/placement_test.c
SUITES := $(patsubst $(TOP)/kunit/suites/%.c,suite_%.o,$(filter-out $(KERNEL_ONLY),$(wildcard $(TOP)/kunit/suites/*.c)))

# Suites that need functions which a kernel module does not export.
SUITES += $(patsubst $(TOP)/kunit/user/%.c,suite_%.o,$(wildcard $(TOP)/kunit/user/*_test.c))

# For make mutate: the fault that is chosen at run time, and which ones a test reaches.
CHOICE := $(if $(FAULTS),user_fault_choice.o)
REACH := $(if $(FAULTS),user_fault_reach.o)

suites: user_runner.o user_inject_text.o user_layouts.o user_scattered.o user_start.o $(SUITES) $(MACHINE) $(CORE) $(MODEL) $(CHOICE) $(REACH)
	$(CXX) $(HOST_FLAGS) -o $@ $^ -lgtest -lpthread

# Includes the core's own headers, to look into arrays.
explore: user_explore.o user_scenarios.o user_fuzz_operations.o user_run.o $(MACHINE) $(CORE) $(MODEL) $(CHOICE)
	$(CXX) $(HOST_FLAGS) -o $@ $^ -lpthread

# For make replay, and with faults for make mutate.
replay: replay_main.o $(MODEL) $(CHOICE)
	$(CXX) $(HOST_FLAGS) -o $@ $^

# Optimised and without sanitizers, for callgrind: SANITIZE= EXTRA=-O2.
bench: user_bench.o $(MACHINE) $(CORE) $(MODEL)
	$(CXX) $(HOST_FLAGS) -o $@ $^ -lpthread

# Threads in the core at once, for ThreadSanitizer: SANITIZE= RACES=-fsanitize=thread, which the model goes without.
races: user_races.o $(MACHINE) $(CORE) $(MODEL)
	$(CXX) $(HOST_FLAGS) $(RACES) -o $@ $^ -lpthread
user_%.o: HOST_FLAGS += $(RACES)
core/%.o: CORE_FLAGS += $(RACES)

# Targets of libFuzzer: with clang, and FUZZ=-fsanitize=fuzzer.
fuzz_calls: user_fuzz_calls.o user_fuzz_answers.o user_fuzz_operations.o user_run.o $(MACHINE) $(CORE) $(MODEL)
	$(CXX) $(HOST_FLAGS) $(FUZZ) -o $@ $^ -lpthread
fuzz_words: user_fuzz_words.o $(MACHINE) $(CORE) $(MODEL)
	$(CXX) $(HOST_FLAGS) $(FUZZ) -o $@ $^ -lpthread
fuzz_model: user_fuzz_model.o $(MACHINE) $(CORE) $(MODEL)
	$(CXX) $(HOST_FLAGS) $(FUZZ) -o $@ $^ -lpthread

core/%.o: $(TOP)/cxx/%.cc
	@mkdir -p $(@D)
	$(CXX) $(CORE_FLAGS) -c -o $@ $<
model_%.o: $(TOP)/kunit/seam/model/%.c
	$(CC) $(C_FLAGS) -std=c11 -c -o $@ $<
door_%.o: $(TOP)/kunit/seam/door/%.c
	$(CC) $(C_FLAGS) -c -o $@ $<
trap_%.o: $(TOP)/kunit/seam/trap/%.c
	$(CC) $(C_FLAGS) -c -o $@ $<
suite_%.o: $(TOP)/kunit/suites/%.c
	$(CC) $(C_FLAGS) -c -o $@ $<
suite_%.o: $(TOP)/kunit/user/%.c
	$(CC) $(C_FLAGS) -c -o $@ $<
user_%.o: $(TOP)/kunit/user/%.cc
	$(CXX) $(HOST_FLAGS) -c -o $@ $<
replay_%.o: $(TOP)/kunit/replay/%.cc
	$(CXX) $(HOST_FLAGS) -c -o $@ $<

-include $(wildcard *.d core/*/*.d)
