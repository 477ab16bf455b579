# SPDX-License-Identifier: GPL-2.0
# make            builds tdx_page_array.ko for the running kernel, or for KDIR=/path/to/a/kernel/build
# make help       lists the other targets

KDIR ?= /lib/modules/$(shell uname -r)/build
TOP := $(CURDIR)

# A module needs the compiler family that built its kernel: gcc does not know clang's flags. And the same release of
# clang, if that is installed under its own name (clang-19).
ifneq ($(shell grep -s '^CONFIG_CC_IS_CLANG=y' $(KDIR)/.config $(KDIR)/include/config/auto.conf),)
RELEASE := $(shell sed -n 's/^CONFIG_CLANG_VERSION=\(.*\)....$$/-\1/p' $(firstword $(wildcard $(KDIR)/.config $(KDIR)/include/config/auto.conf)))
LLVM ?= $(if $(shell command -v clang$(RELEASE)),$(RELEASE),1)
export LLVM
endif

export WERROR GCOV TESTS SAMPLES FILTER CASE ONLY FEATURES DEPTH SCENARIO SECONDS_EACH JOB EXTRA

# The compiler's name: clang with its release or its directory, or what CC says. If empty, the kernel's build chooses.
CHOSEN := $(if $(filter-out default undefined,$(origin CC)),$(CC))
compiler := $(if $(LLVM),$(filter %/,$(LLVM))clang$(filter -%,$(LLVM)),$(CHOSEN))

# Any other value would silently build neither.
$(if $(filter-out m emulator,$(TESTS)),$(error TESTS is m, emulator, or nothing, and not "$(TESTS)"))
$(if $(filter-out m,$(SAMPLES)),$(error SAMPLES is m or nothing, and not "$(SAMPLES)"))

.PHONY: modules clean run host kvm guest test test-matrix coverage stock faults unit races mutate explore fuzz replay sparse lint companion bench bench-user docs help

modules:
	@CC='$(compiler)' ANY_COMPILER='$(ANY_COMPILER)' scripts/supported.sh $(KDIR)
	$(MAKE) -C $(KDIR) M=$(TOP) $(if $(LLVM),,$(if $(CHOSEN),CC='$(CHOSEN)')) modules

.PHONY: install modules_install uninstall sign
install:
	@scripts/install.sh all $(KDIR)

modules_install:
	@scripts/install.sh modules $(KDIR)

uninstall:
	@scripts/install.sh nothing $(KDIR)

sign:
	@KEY='$(KEY)' CERT='$(CERT)' scripts/install.sh sign $(KDIR)

.PHONY: dkms-install dkms-uninstall deb
dkms-install:
	@scripts/install.sh dkms $(KDIR)

dkms-uninstall:
	@scripts/install.sh no-dkms

deb:
	@scripts/install.sh deb

clean:
	@if [ -f $(KDIR)/Makefile ]; then $(MAKE) -C $(KDIR) M=$(TOP) clean; elif [ -f Module.symvers ]; then \
		echo 'error: KDIR=$(KDIR): no kernel build directory; name the one that the modules here were built for' >&2; exit 1; fi
	rm -rf build

run:
	@scripts/target.sh run

guest:
	@scripts/target.sh guest

host:
	@scripts/target.sh host

kvm:
	@scripts/kvm.sh

test:
	@scripts/test.sh

test-matrix:
	@scripts/test.sh $(or $(ROWS),matrix)

coverage:
	@scripts/coverage.sh

stock:
	@scripts/test.sh $(or $(addprefix stock-,$(STOCK)),stock)

faults:
	@scripts/target.sh faults

unit:
	@scripts/user.sh unit

races:
	@scripts/deps.sh user
	@scripts/races.py $(TOP) $(WORDS)

mutate:
	@scripts/deps.sh user mutate
	@scripts/mutate.py $(TOP) $(if $(PART),--part $(PART)) $(if $(ALL),--all) $(if $(NUMBER),--number $(NUMBER)) $(if $(SEED),--seed $(SEED)) $(WORDS)

explore:
	@scripts/user.sh explore

fuzz:
	@scripts/user.sh $(if $(REPRODUCE),reproduce '$(TARGET)' '$(REPRODUCE)',fuzz $(or $(SECONDS),30) $(TARGET))

replay:
	@scripts/user.sh replay $(FILES)

sparse:
	@scripts/sparse.sh

lint:
	@scripts/lint.sh

companion:
	@scripts/companion.sh

bench:
	@scripts/target.sh bench $(if $(JSON),--json)

bench-user:
	@scripts/user.sh bench

docs:
	@scripts/docs.sh

help:
	@echo 'make                 build tdx_page_array.ko for the running kernel (KDIR=/path: for another one)'
	@echo 'make sign            sign the built modules (KEY=/path/to/key.pem CERT=/path/to/certificate.der)'
	@echo 'make install         install the module for that kernel, with headers and Module.symvers for other drivers (DESTDIR=/path)'
	@echo 'make modules_install install the modules alone (INSTALL_MOD_PATH=/path)'
	@echo 'make uninstall       remove what make install installed (KERNELRELEASE=name: for a kernel whose headers are gone)'
	@echo 'make dkms-install    add the sources to DKMS, which builds them for each kernel that is installed; dkms-uninstall: remove them'
	@echo 'make deb             build a Debian package for DKMS, in build/deb'
	@echo 'make run             the main job in a QEMU guest: extension memory and SPDM sessions through real SEAMCALLs'
	@echo 'make guest           your script in a guest with emulator and module (JOB=/path/to/script EXTRA="/path/my.ko ..."); without JOB a shell'
	@echo 'make host            the main job on Linux 7.3 in a QEMU machine with TDX, which the kernel starts by itself; no emulator (FEATURES=ext,tdxconnect,quote)'
	@echo 'make kvm             KVM on that machine: TDs through /dev/kvm, without patches, with those of companion/, and with page arrays (ONLY="lifecycle memory", ONLY=faults, ONLY=down, ONLY=kexec, ONLY=moves)'
	@echo 'make test            all tests on one kernel (KERNEL=6.12 FLAVOUR=debug); ends with "N passed, N failed"'
	@echo 'make test-matrix     on all kernels (ROWS="7.3-plain 7.3-debug 7.3-clang 6.12-plain stock", also 7.3-races)'
	@echo 'make coverage        lines and branches of cxx/ and shim/ that the tests reach, by file; fails below a percentage'
	@echo 'make stock           build, load, use and unload the module on kernels of Debian (STOCK="bookworm trixie trixie-backports")'
	@echo 'make faults          every lifecycle with every allocation and SEAMCALL failing (CASE="iommu seamcall 7 unknown-after")'
	@echo 'make unit            the suites in user space, with sanitizers (FILTER=custody)'
	@echo 'make races           many threads in the core under ThreadSanitizer, and once more without each lock (WORDS="ledger quarantine")'
	@echo 'make mutate          a sample of generated faults in core and model, and which of them the tests notice; PART=shim: in the shim, in guests (ALL=1 PART=core NUMBER=300 SEED=7 WORDS="flush")'
	@echo 'make explore         all orders of calls with all outcomes on small arrays (DEPTH=10 SCENARIO=TD SECONDS_EACH=60)'
	@echo 'make fuzz            random calls, words and SEAMCALLs, with sanitizers (SECONDS=30 TARGET="calls words model"; REPRODUCE=file TARGET=calls)'
	@echo 'make replay          the emulator'"'"'s model against recordings of the real TDX module'"'"'s logic (FILES="a.vec b.vec")'
	@echo 'make sparse          the kernel'"'"'s checker of C on the shim and the test modules (SPARSE=/path: use this sparse, and build none)'
	@echo 'make lint            clang-tidy on C++, checkpatch on C, shellcheck on scripts, clang-format on all of it'
	@echo 'make companion       KVM with the patches of companion/, built and compared with this module'
	@echo 'make bench           count instructions in a guest, and compare them with the posted series (JSON=1)'
	@echo 'make bench-user      in user space: the cost of a lookup, and memory that two arrays share'
	@echo 'make docs            manual pages of the public functions, in build/man'
	@echo 'make clean           remove what was built here'
	@echo
	@echo 'CC=gcc-14            the compiler (ANY_COMPILER=1: even if it is older than the kernel'"'"'s compiler, or of another family)'
	@echo 'WERROR=1             warnings are errors'
	@echo 'TESTS=m              also build the test modules (TESTS=emulator: only the emulator and what the main job needs)'
	@echo 'SAMPLES=m            also build the drivers of samples/'
	@echo 'KERNEL=7.3           series of the guest kernel, one of scripts/kernels; without it, run and guest use the newest kernel of this Debian release'
	@echo 'FLAVOUR=debug        the guest kernel with KASAN, lockdep, kmemleak and more (scripts/guest/)'
	@echo 'KSRC=/path           build the guest kernel from this source tree instead'
	@echo 'TDX_PAGE_ARRAY_CACHE=/path  where kernels are kept (default: tdx_page_array in the user'"'"'s cache directory)'
