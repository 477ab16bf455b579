#!/usr/bin/env bash
# The tests that need no guest: the model's recordings, the suites in user space, the fuzzer, the build, and the tools that
# judge. Prints the arguments that tell verdict.py what to judge, one a line.
# usage: host-checks.sh
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel clang_kernel user count fuzz
source_tree=$("$top/scripts/kernel-source.sh")
kdir=$("$top/scripts/kernel-build.sh" plain)
modules=$("$top/scripts/module-build.sh" "$kdir")
logs=$top/build/log/host
mkdir -p "$logs"

all_recordings() {
	echo 'KTAP version 1'
	echo '1..1'
	"$top/scripts/replay.sh" >"$logs/replay" 2>&1 && { echo 'ok 1 all_recordings'; return; }
	sed 's/^/# /' "$logs/replay"
	echo 'not ok 1 all_recordings'
}

judged() { # judged NAME WORDS -- COMMAND...: a KTAP document
	say "$2"
	"${@:4}" >"$logs/$1.ktap" || say "  (this counts as a failure)"
	printf '%s\n' --ktap "$logs/$1.ktap"
}

judged replay 'replaying recordings of the TDX module' -- all_recordings
judged unit 'running the suites in user space' -- "$top/scripts/unit.sh" --ktap
judged races 'looking for data races in user space, with and without each lock' -- "$top/scripts/races.py" "$top"
judged bench-user 'counting instructions in user space' -- "$top/scripts/bench-user.sh"
judged fuzz 'fuzzing, 15 seconds for each target' -- "$top/scripts/fuzz.sh" --ktap 15
judged self-check 'checking that nothing passes that failed, or ran nothing' -- "$top/scripts/self-check.sh" "$source_tree"
judged docs-check 'checking the documents' -- "$top/scripts/docs-check.py" "$source_tree"
judged seamcall-check 'checking the registers of a SEAMCALL under options of compilers' -- "$top/scripts/seamcall-check.py" "$modules"
judged build-check 'checking the build' -- "$top/scripts/build-check.sh" "$kdir" "$modules"
judged guest-check 'running the driver of the guide, and a shell, in a guest' -- "$top/scripts/guest-check.py"
judged sparse 'checking the sources: sparse' -- "$top/scripts/sparse.sh" "$kdir" "$modules"
judged lint 'checking the sources: clang-tidy, checkpatch, shellcheck' -- "$top/scripts/lint.sh"
