#!/usr/bin/env bash
# The tests on one kernel (make test) or several (make test-matrix, make stock). Two jobs or checks run at once. Ends with
# "N passed, N failed".
# usage: test.sh [ROW]...
#        SERIES-FLAVOUR: a kernel of our own; default: of KERNEL and FLAVOUR. Tests that need no guest run with 7.3-plain
#        machine: the jobs for a machine with TDX, on such a machine
#        stock-SUITE: the kernel of a suite of Debian: the module is built against its headers by its compiler, and loaded into its
#        image. That kernel has no KUnit: only jobs and checks run that need none
#        stock: the suites that the module is known to work on      matrix: all that CI runs
source "$(dirname "$0")/lib.sh"

words=" ${*:-${KERNEL:-7.3}-${FLAVOUR:-plain}} "
words=${words/ matrix / 7.3-plain machine 7.3-debug 7.3-clang 6.12-plain stock }
words=${words/ stock / stock-bookworm stock-trixie stock-trixie-backports }
read -ra rows <<<"$words"
mkdir -p "$top/build/log"
for row in "${rows[@]}"; do
	case $row in
	stock-*)
		apt_suite "${row#stock-}" >/dev/null 2>"$top/build/log/apt" ||
			die "STOCK: packages of Debian suite '${row#stock-}' cannot be read; apt's output is in $top/build/log/apt"
		;;
	machine) ;;
	*-*) check_kernel "${row%%-*}" "${row#*-}" ;;
	*) die "ROWS: no kernel '$row': want SERIES-FLAVOUR, such as 7.3-debug, machine, or stock" ;;
	esac
done

judged() { # judged NAME COMMAND...: a command that writes a KTAP document
	"${@:2}" >"$logs/$1.ktap" || say "  ($1 counts as a failure)"
	printf '%s\n' --ktap "$logs/$1.ktap"
}

one() ( # one NAME COMMAND...: a KTAP document of one check
	begin_ktap
	plan 1
	check "$@"
	[ $failures = 0 ]
)

no_warning() {
	! grep -i warning "$modules/build.log" && return 0
	# Compiles again in the next run, so that it repeats the warning.
	find "$modules" -name '*.o' -delete
	return 1
}
# pahole makes BTF from that of the kernel, if the headers have it. pahole fails on C++ types, so scripts/cxx.mk leaves
# them out.
has_type_information() {
	local module
	[ -f "$kdir/vmlinux" ] || return 0
	for module in "$modules"/tdx_page_array.ko "$modules"/samples/tsm/*.ko "$modules"/kunit/*.ko; do
		"$top/scripts/debian-root.sh" run "$root" readelf -SW "$module" | grep -F ' .BTF ' || { echo "none in $module"; return 1; }
	done
}

# Checks that write to one directory run one after the other.
run_checks() {
	say "checks without a guest, $kernel: $1"
	case $1 in
	kernel)
		judged docs-check "$top/scripts/docs-check.py" "$source_tree"
		judged build-check "$top/scripts/build-check.sh" "$kdir" "$modules"
		judged sparse one sparse_has_nothing_to_say env "KERNEL=$series" "$top/scripts/sparse.sh"
		;;
	user)
		judged replay one all_recordings "$top/scripts/user.sh" replay
		judged unit one all_suites_in_user_space "$top/scripts/user.sh" unit
		judged self-check "$top/scripts/self-check.sh" "$source_tree"
		;;
	lint) judged lint "$top/scripts/lint.sh" ;;
	races) judged races "$top/scripts/races.py" "$top" ;;
	fuzz) judged fuzz one fuzzers_find_nothing env SEED=1 "$top/scripts/user.sh" fuzz 15 ;;
	guest) judged guest-check "$top/scripts/guest-check.sh" ;;
	bench) judged bench-user "$top/scripts/user.sh" bench ;;
	install)
		# Each suite has its own version of DKMS; of the package one is enough.
		[ "$suite" != bookworm ] || package=$("$top/scripts/install.sh" deb)
		judged install "$top/scripts/install-check.sh" "$root" "${kdir#"$root"}" "$modules" ${package:+"$package"}
		;;
	build)
		judged warnings one the_modules_build_without_a_warning no_warning
		judged types one type_information_is_made_where_the_headers_allow_it has_type_information
		;;
	esac
}

run_job() {
	local job=$1 script=$1 size=()
	# stress: four CPUs for threads; nodebugfs: a kernel without debugfs; edges: memory that has to stay movable; retry: a
	# clock that counts instructions, so that minutes pass at once.
	case $job in
	edges) script=suites size=(JOB_ARGUMENT=edges GUEST_OPTIONS=movablecore=256M) ;;
	retry) script=suites size=(JOB_ARGUMENT=retry GUEST_COUNTED=1) ;;
	stock) script='test' ;;
	stress) size=(GUEST_CPUS=4) ;;
	nodebugfs) script=suites size=(JOB_ARGUMENT=nodebugfs GUEST_OPTIONS=debugfs=off) ;;
	machine) script=suites size=(JOB_ARGUMENT=machine) ;;
	erratum) script=suites size=(JOB_ARGUMENT=machine GUEST_TDX=erratum=on) ;;
	down) size=(JOB_ARGUMENT=drivers) ;;
	reboot) script=down size=(JOB_ARGUMENT=client) ;;
	kexec) script=down size=(JOB_ARGUMENT='client kexec') ;;
	idle) script=down size=(JOB_ARGUMENT='idle kexec') ;;
	esac
	# The emulator has one package, whatever the guest has.
	[[ $row-$job != machine-stress ]] || size+=(GUEST_SOCKETS=2)
	[[ $row != machine ]] || size=(GUEST_TDX=on "${size[@]}")
	say "guest with $kernel: $job"
	env "${size[@]}" "$top/scripts/guest.sh" "$kdir" "$modules" "$script" "$logs/$job" || say "  ($job counts as a failure)"
	case $job in
	faults) printf '%s\n' --job "$logs/$job" --ktap "$logs/$job/console.log" ;;
	test | stress | machine | erratum | edges | retry) printf '%s\n' --guest "$logs/$job" ;;
	tsm | stock | memory | nodebugfs) printf '%s\n' --job "$logs/$job" --ktap "$logs/$job/report.log" ;;
	*) printf '%s\n' --job "$logs/$job" ;;
	esac
	[ $job != observe ] || judged observe "$top/scripts/observe-check.py" "$logs/observe"
	# The second kernel of a machine with TDX has tests, too.
	[[ $row-$job != machine-kexec ]] || printf '%s\n' --ktap "$logs/$job/report.log"
}

# Writes the arguments for verdict.py of a check or job to a file, and a failure if it stopped early.
begin() { # begin checks|job NAME
	(
		trap '[ $? -eq 0 ] || echo "--failed=$1 $2 stopped early"' EXIT
		SECONDS=0
		"run_$1" "$2"
		say "  $2 ended after ${SECONDS}s"
	) >"$logs/$2.judged"
}

# The first lines of each job in scripts/guest/jobs/ say what it is for. Some need not run on every kernel; job kvm is for make
# kvm. The longest job is first. All tools are installed before the work, which runs in parallel: a package manager does not allow that.
run_row() { # run_row ROW: writes the arguments for verdict.py to a file
	row=$1 series=7.3 flavour=plain suite=''
	case $row in
	stock-*) kernel="Debian $row" suite=${row#stock-} ;;
	machine) kernel="Linux 7.3 on a machine with TDX" ;;
	*) series=${row%%-*} flavour=${row#*-} kernel="Linux $series ($flavour)" ;;
	esac
	checks=() jobs=(test stress tsm run)
	case $row in
	stock-*)
		checks=(install build) jobs=(stock tsm observe run reboot)
		"$top/scripts/deps.sh" source guest
		;;
	*) "$top/scripts/deps.sh" module source kernel guest kexec ;;&
	machine)
		jobs=(faults machine erratum stress kexec idle host down)
		"$top/scripts/qemu-build.sh" >/dev/null
		;;
	7.3-plain)
		checks=(kernel user lint races fuzz guest bench)
		jobs+=(reboot kexec down observe nodebugfs edges retry)
		"$top/scripts/deps.sh" user mutate count fuzz sparse lint headers
		;;
	*-plain) jobs=(test tsm run reboot) ;;
	*-clang) jobs=(test tsm run) ;;
	*-debug) jobs+=(memory observe) ;;
	esac
	source_tree=$(KERNEL=7.3 "$top/scripts/kernel-source.sh")
	if [ -n "$suite" ]; then
		root=$("$top/scripts/debian-root.sh" "$suite")
		kdir=$(echo "$root"/usr/src/linux-headers-*-amd64)
		kernel="Linux ${kdir##*/linux-headers-} of Debian $suite"
		modules=$("$top/scripts/module-build.sh" "${kdir#"$root"}" "$root")
	else
		kdir=$(KERNEL=$series "$top/scripts/kernel-build.sh" "$flavour")
		modules=$("$top/scripts/module-build.sh" "$kdir")
	fi
	logs=$top/build/log/$row
	rm -rf "$logs"
	mkdir -p "$logs"
	export GUEST_QUIET=1 TIME_LIMIT=${TIME_LIMIT:-1800}
	# Two at a time. Guests start when no check changes the modules any more.
	for name in "${checks[@]}"; do
		at_once begin checks "$name"
		case $name in kernel | install) first=$! ;; esac
	done
	[ ${#checks[@]} = 0 ] || wait "$first" || true
	for name in "${jobs[@]}"; do at_once begin job "$name"; done
	wait
	for name in "${checks[@]}" "${jobs[@]}"; do cat "$logs/$name.judged" || echo "--failed=$row: $name was not begun"; done >"$logs/judged"
	say "==== $row ended"
}

run_lane() { # run_lane ROW...: those of the rows that the other lane has not begun
	local row
	for row in "$@"; do
		mkdir "$top/build/log/$row.begun" 2>/dev/null || continue
		# In the background, and not in a condition, it ends at its first error.
		run_row "$row" &
		wait $! || true
	done
}

# Two rows at once, so that both processors are busy when a row builds or has one guest left. Rows of one kernel share a build.
plain=() others=()
for row in "${rows[@]}"; do
	rm -rf "$top/build/log/$row.begun" "$top/build/log/$row/judged"
	case $row in 7.3-plain | machine) plain+=("$row") ;; *) others+=("$row") ;; esac
done
run_lane "${plain[@]}" "${others[@]}" &
run_lane "${others[@]}" &
wait
mapfile -t judged < <(for row in "${rows[@]}"; do cat "$top/build/log/$row/judged" || echo "--failed=$row stopped early"; done)
"$top/scripts/verdict.py" "$("$top/scripts/kernel-source.sh" 7.3)" "${judged[@]}"
