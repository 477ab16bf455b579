# SPDX-License-Identifier: GPL-2.0
# The model and its replay as a user-space program. Called by scripts/user.sh in the directory for the objects.

CC ?= gcc
CXX ?= g++
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS := -std=c11 -O1 -g -Wall -Wextra -Wno-unused-parameter -Werror -MMD -MP $(SANITIZE)
CXXFLAGS := -std=c++23 -O1 -g -Wall -Wextra -Werror -MMD -MP $(SANITIZE)

MODEL := $(patsubst $(TOP)/kunit/seam/model/%.c,model_%.o,$(wildcard $(TOP)/kunit/seam/model/*.c))
REPLAY := replay_main.o replay_machine.o

replay: $(REPLAY) $(MODEL)
	$(CXX) $(CXXFLAGS) -o $@ $^

model_%.o: $(TOP)/kunit/seam/model/%.c
	$(CC) $(CFLAGS) -c -o $@ $<

replay_%.o: $(TOP)/kunit/replay/%.cc
	$(CXX) $(CXXFLAGS) -c -o $@ $<

-include *.d
