#!/usr/bin/env bash
# Finds which packages for a task are missing on this machine and installs them (as root), or prints the command that does.
# DEPS=tell: never installs.
# usage: deps.sh GROUP...      groups: the names below
source "$(dirname "$0")/lib.sh"

declare -A packages=(
	[module]='make gcc g++ binutils'
	[kernel]='make gcc binutils flex bison bc perl python3 pahole libelf-dev libssl-dev'
	[headers]='libelf-dev'
	[clang_kernel]='clang-19 lld-19 llvm-19'
	[source]='xz-utils make'
	[sparse]='make gcc'
	[user]='make gcc g++ libgtest-dev python3'
	[mutate]='clang-19 python3-clang-19'
	[count]='valgrind binutils python3'
	[plot]='gnuplot-nox'
	[draw]='graphviz'
	[docs]='python3'
	[fuzz]='clang-19 libclang-rt-19-dev'
	[coverage]='gcovr gcc'
	[kexec]='kexec-tools'
	[lint]='make clang-19 clang-tidy-19 clang-format perl shellcheck'
	[deb]='build-essential dpkg-dev debhelper dh-dkms'
	[companion]='patch kmod perl python3'
	[qemu]='gcc ninja-build python3 python3-venv patch pkgconf zlib1g-dev libfdt-dev libglib2.0-dev'
	[guest]='qemu-system-x86 busybox-static cpio python3 kmod'
)

# CC may be more than a word ("ccache gcc"). C++ of gcc-14 comes with g++-14.
read -ra compiler <<<"${CC:-gcc}"
[[ ${compiler[*]} =~ gcc(-[0-9]+)$ ]] && packages[module]=${packages[module]/g++/g++${BASH_REMATCH[1]}}

# What the module itself needs may be there without a package: it is built on any distribution. clang includes all compilers.
present() {
	case $1 in
	make | gcc) command -v "$1" ;;
	binutils) command -v ld ;;
	g++*) [[ ${compiler[*]} = *clang* ]] || [ -x "$("${compiler[@]}" -print-prog-name=cc1plus)" ] ;;
	*) dpkg-query -f '${db:Status-Status}\n' -W "$1" | grep -x installed ;;
	esac >/dev/null 2>&1
}

missing=()
for group in "$@"; do
	[ -n "${packages[$group]:-}" ] || die "deps.sh: no group '$group' (there are: ${!packages[*]})"
	for package in ${packages[$group]}; do present "$package" || missing+=("$package"); done
done
[ ${#missing[@]} -gt 0 ] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

command=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "${DEPS:-}" = tell ] || ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
	die "missing on this machine: ${missing[*]}. Please run as root:  apt-get update && ${command[*]}"
fi
# Two runs at once would disturb each other.
lock_cache packages
install() { DEBIAN_FRONTEND=noninteractive "${command[@]}" || { apt-get update && DEBIAN_FRONTEND=noninteractive "${command[@]}"; }; }
run_logged "$cache/log/apt-get.log" "installing ${missing[*]}" -- install
