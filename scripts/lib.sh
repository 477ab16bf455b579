# shellcheck shell=bash
# Shared by every script here: the cache, messages, errors, locks, packages of Debian, checks.
# Sourced, never run.

set -euo pipefail

# shellcheck disable=SC2034
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${TDX_PAGE_ARRAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tdx_page_array}

# modinfo, depmod and others are in directories that a user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Runs a long command with its output in a log. Prints a line each minute, and the end of the log if the command fails. The command
# may be a function.        usage: run_logged LOG TITLE -- COMMAND...
run_logged() {
	local log=$1 title=$2 started=$SECONDS next=60
	shift 3
	mkdir -p "$(dirname "$log")"
	say "$title (log: $log)"
	# In the background, and not in a condition, a function ends at its first error.
	"$@" >"$log" 2>&1 </dev/null &
	while kill -0 $! 2>/dev/null; do
		sleep 0.2
		[ $((SECONDS - started)) -ge $next ] || continue
		say "  ... ${next}s, $(wc -l <"$log") lines"
		next=$((next + 60))
	done
	if wait $!; then
		say "  done in $((SECONDS - started))s"
	else
		tail -n 30 "$log" >&2
		die "$title: failed; the whole log is $log"
	fi
}

# Starts a command in the background when fewer than two are running that scripts of this tree started like this: a guest,
# and most checks, keep one processor busy. $! is its process.        usage: at_once COMMAND...
at_once() {
	local number
	mkdir -p "$top/build/turns"
	while :; do
		for number in 1 2; do
			exec 8>"$top/build/turns/$number"
			flock -n 8 || continue
			"$@" &
			exec 8>&-
			return 0
		done
		sleep 0.5
	done
}

# Takes the lock NAME of the cache and keeps it until the script ends, so that two runs never build the same thing at once.
lock_cache() {
	mkdir -p "$cache"
	exec 9>"$cache/$1.lock"
	flock -n 9 && return 0
	say "waiting for another run that holds $cache/$1.lock"
	flock 9
}

# Prints an apt configuration (a path for APT_CONFIG) for a Debian suite, with the release and the security updates that belong to
# it. Of this machine it has the mirrors alone. Package lists are read anew once a day.
# usage: apt_suite SUITE [deb-src]        bookworm, trixie-backports, sid, ...; deb-src: its source packages
apt_suite() (
	suite=$1 kind=${2:-deb} release=${1%%-*}
	home=$cache/apt/$kind-$suite
	command -v apt-get >/dev/null || die "no apt-get here: packages of Debian $suite cannot be fetched"
	lock_cache "apt-$suite"
	mkdir -p "$home"/{lists/partial,cache/archives/partial}
	sites=$(apt-get indextargets --format '$(SITE)')
	main=$(grep -m 1 -v security <<<"$sites") || die "apt knows no mirror of Debian"
	{
		echo "$main $release"
		# A machine may have no mirror for security updates.
		[ "$release" = sid ] || grep -m 1 security <<<"$sites" | sed "s/$/ $release-security/" || true
		[ "$release" = "$suite" ] || echo "$main $suite"
	} | sed "s|.*|$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] & main|" >"$home/sources.list"
	# An empty list of installed packages, so that every dependency is fetched. The locks of dpkg are beside it.
	: >"$home/status"
	cat >"$home/apt.conf" <<-END
		Dir::Etc::sourcelist "$home/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State "$home";
		Dir::State::status "$home/status";
		Dir::Cache "$home/cache";
		APT::Sandbox::User "$(id -un)";
		APT::Update::Error-Mode "any";
	END
	if [ -z "$(find "$home/updated" -mtime -1 2>/dev/null)" ]; then
		# Without a network, lists that were read before have to do.
		export APT_CONFIG=$home/apt.conf
		(run_logged "$cache/log/apt-$kind-$suite.log" "reading the package lists of $suite" -- apt-get update) ||
			{ [ -f "$home/updated" ] && say "  going on with the lists that were read before"; } || exit 1
		touch "$home/updated"
	fi
	echo "$home/apt.conf"
)

# Prints the release (uname -r) of the kernel that a build directory belongs to. include/config/kernel.release differs
# from it if a distribution gives its kernels names of its own.
release_of() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$1/include/generated/utsrelease.h" 2>/dev/null | grep . ||
		die "no kernel build directory $1: install the kernel's headers, run make modules_prepare there, or set KDIR=/path"
}

# Ends with one line if there is no such guest kernel.        usage: check_kernel SERIES FLAVOUR
check_kernel() {
	[ -n "${KSRC:-}" ] || grep -qE "^${1//./\\.}[[:space:]]" "$top/scripts/kernels" ||
		die "no kernel series '$1' in scripts/kernels (there are: $(grep -v '^#' "$top/scripts/kernels" | cut -f 1 | paste -sd ' ')); name a source tree with KSRC=/path instead"
	local flavours
	flavours=$(sed -n 's/^\[\(.*\)\.config\]$/\1/p' "$top/scripts/guest/kernel.config" | grep -vx common | paste -sd ' ')
	[[ " $flavours " = *" $2 "* ]] || die "no flavour '$2' of a guest kernel (there are: $flavours)"
}

# The first 12 digits of a hash over standard input: part of a cache key.
short_hash() { sha256sum | cut -c1-12; }

# A KTAP document of checks, one command each: begin_ktap, plan COUNT, check NAME COMMAND...
begin_ktap() {
	number=0 failures=0 scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
}
plan() {
	echo 'KTAP version 1'
	echo "1..$1"
}
# A check passes if its command succeeds. If it fails, the end of the command's output is printed first.
check() {
	local name=$1
	shift
	number=$((number + 1))
	if "$@" >"$scratch/diagnosis" 2>&1; then
		echo "ok $number $name"
	else
		failures=$((failures + 1))
		sed 's/^/# /' "$scratch/diagnosis" | tail -n 20
		echo "not ok $number $name"
	fi
}
# The command ends with this status, and prints these words.    usage: ends STATUS WORDS COMMAND...
ends() {
	local status=0
	"${@:3}" >"$scratch/said" 2>&1 || status=$?
	cat "$scratch/said"
	echo "it ended with $status"
	[ $status = "$1" ] && [[ $(cat "$scratch/said") = *"$2"* ]]
}
# The command fails with one error line that matches WORDS, a pattern of grep; make may add a line.    usage: refused WORDS COMMAND...
refused() {
	local words=$1
	shift
	"$@" >"$scratch/refused" 2>&1 && { cat "$scratch/refused"; echo 'it passed'; return 1; }
	cat "$scratch/refused"
	sed -i '/^make\(\[[0-9]*\]\)\?: /d' "$scratch/refused"
	[ "$(wc -l <"$scratch/refused")" = 1 ] && grep -q -- "^\(error: \|Makefile:[0-9]*: \*\*\* \).*$words" "$scratch/refused"
}
