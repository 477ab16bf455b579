#!/usr/bin/env bash
# The module on a distribution's own kernels (make stock): built against the distribution's headers by its compiler,
# and loaded into its kernel image. Those kernels have no KUnit, so the suites are not built for them: only the main job
# and the jobs and checks that need no KUnit run. Ends with "N passed, N failed".
# usage: stock.sh [SUITE...]     suites of Debian; default: those that the module is known to work on
source "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- bookworm trixie trixie-backports
mkdir -p "$top/build/log"
for suite in "$@"; do
	"$top/scripts/apt-suite.sh" "$suite" >/dev/null 2>"$top/build/log/apt" ||
		die "STOCK: packages of Debian suite '$suite' cannot be read; apt's output is in $top/build/log/apt"
done
"$top/scripts/deps.sh" source root guest
source_tree=$("$top/scripts/kernel-source.sh")
export GUEST_QUIET=1 TIME_LIMIT=${TIME_LIMIT:-300}
judged=()
# DKMS is tested in each suite, which has its own version; the package in the first suite alone.
package=$("$top/scripts/install.sh" deb)

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
	[ -f "$root$kdir/vmlinux" ] || return 0
	for module in "$modules"/tdx_page_array.ko "$modules"/samples/tsm/*.ko "$modules"/kunit/*.ko; do
		"$top/scripts/debian-root.sh" run "$root" readelf -SW "$module" | grep -F ' .BTF ' || { echo "none in $module"; return 1; }
	done
}

build_checks() {
	begin_ktap
	plan 2
	check the_modules_build_without_a_warning no_warning
	check type_information_is_made_where_the_headers_allow_it has_type_information
}
guest() { # guest JOB NAME [ARGUMENT]: its logs by this name
	say "guest with Linux $abi of Debian $suite: $2"
	JOB_ARGUMENT=${3:-} "$top/scripts/guest.sh" "$root$kdir" "$modules" "$1" "$logs-$2" || say "  (this counts as a failure)"
}
judged() { # judged NAME COMMAND...: a command that writes a KTAP document
	"${@:2}" >"$logs-$1.ktap" || say "  ($1 counts as a failure)"
	judged+=(--ktap "$logs-$1.ktap")
}

for suite in "$@"; do
	root=$("$top/scripts/debian-root.sh" "$suite")
	kdir=$(echo "$root"/usr/src/linux-headers-*-amd64)
	kdir=${kdir#"$root"}
	abi=${kdir##*/linux-headers-}
	modules=$("$top/scripts/module-build.sh" "$kdir" "$root")

	logs=$top/build/log/$suite
	(build_checks) >"$logs-build.ktap"
	say "installing in Debian $suite: make install, DKMS${package:+, the package}"
	judged install "$top/scripts/install-check.sh" "$root" "$kdir" "$modules" $package
	package=''
	for job in stock tsm observe run unwind; do at_once guest $job $job; done
	at_once guest down reboot client
	wait
	judged reboot "$top/scripts/log-check.py" client "$logs-reboot"
	judged unwind "$top/scripts/log-check.py" unwind "$logs-unwind"
	judged observe "$top/scripts/observe-check.py" "$logs-observe" "$modules"
	judged+=(--ktap "$logs-build.ktap" --job "$logs-run" --job "$logs-tsm" --ktap "$logs-tsm/report.log" --job "$logs-stock"
		--ktap "$logs-stock/report.log" --job "$logs-reboot" --job "$logs-observe")
done

"$top/scripts/verdict.py" "$source_tree" "${judged[@]}"
