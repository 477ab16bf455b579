#!/usr/bin/env bash
# Finds which tools for a task are missing on this machine and installs them (as root), or prints the command that does.
# DEPS=tell: never installs.
# usage: deps.sh GROUP...      groups: module headers source kernel clang_kernel sparse root guest user mutate fuzz
#        kexec lint coverage companion deb count plot draw docs
source "$(dirname "$0")/lib.sh"

# Each need: how to test for it, and the Debian package that has it.
#   c:NAME  a command        h:HEADER  a C header        h++:HEADER  a C++ header        p:NAME  a program that the compiler driver $CC brings along
#   l:NAME  a shared library        rt:NAME  a run-time library of clang-19
declare -A needs=(
	[module]='c:make=make c:gcc=gcc p:cc1plus=g++ c:ld=binutils'
	[kernel]='c:make=make c:gcc=gcc c:ld=binutils c:flex=flex c:bison=bison c:bc=bc c:perl=perl c:python3=python3
		c:gzip=gzip c:pahole=pahole h:gelf.h=libelf-dev h:openssl/opensslv.h=libssl-dev'
	[headers]='l:libelf.so.1=libelf1'
	[clang_kernel]='c:clang-19=clang-19 c:ld.lld-19=lld-19 c:llvm-ar-19=llvm-19'
	[source]='c:flock=util-linux c:dpkg-deb=dpkg c:xz=xz-utils c:tar=tar c:make=make'
	[sparse]='c:make=make c:gcc=gcc c:ar=binutils c:tar=tar c:gzip=gzip'
	[root]='c:flock=util-linux c:unshare=util-linux c:mount=mount c:dpkg-deb=dpkg c:tar=tar'
	[user]='c:make=make c:gcc=gcc p:cc1plus=g++ h++:gtest/gtest.h=libgtest-dev c:python3=python3'
	[mutate]='c:clang-19=clang-19 c:clang++-19=clang-19 py:clang.cindex=python3-clang-19'
	[count]='c:valgrind=valgrind h:valgrind/callgrind.h=valgrind c:c++filt=binutils c:python3=python3'
	[plot]='c:gnuplot=gnuplot-nox'
	[draw]='c:dot=graphviz'
	[docs]='c:python3=python3 c:awk=mawk'
	[fuzz]='c:clang-19=clang-19 c:clang++-19=clang-19 rt:fuzzer=libclang-rt-19-dev'
	[coverage]='c:gcovr=gcovr c:gcov=gcc c:base64=coreutils'
	[kexec]='c:kexec=kexec-tools'
	[lint]='c:make=make c:clang-19=clang-19 c:clang++-19=clang-19 c:clang-tidy-19=clang-tidy-19 c:clang-format=clang-format
		c:perl=perl c:shellcheck=shellcheck'
	[deb]='c:dpkg-buildpackage=dpkg-dev c:dh=debhelper c:dh_dkms=dh-dkms'
	[companion]='c:patch=patch c:pahole=pahole c:modinfo=kmod c:perl=perl c:python3=python3'
	[qemu]='c:gcc=gcc c:ninja=ninja-build c:python3=python3 py:ensurepip=python3-venv c:patch=patch c:dpkg-deb=dpkg c:pkg-config=pkg-config
		h:zlib.h=zlib1g-dev h:libfdt.h=libfdt-dev pc:glib-2.0=libglib2.0-dev'
	[guest]='c:qemu-system-x86_64=qemu-system-x86 c:busybox=busybox-static c:cpio=cpio c:gzip=gzip c:python3=python3
		c:depmod=kmod'
)

# CC may be more than a word ("ccache gcc"). C++ of gcc-14 comes with g++-14.
read -ra compiler <<<"${CC:-gcc}"
[[ ${compiler[*]} =~ gcc(-[0-9]+)$ ]] && needs[module]=${needs[module]/p:cc1plus=g++/p:cc1plus=g++${BASH_REMATCH[1]}}

present() {
	local name=${1#*:} found
	case $1 in
	c:busybox) [ -n "$(command -v busybox)" ] && ! ldd "$(command -v busybox)" >/dev/null 2>&1 ;;
	c:*) command -v "$name" >/dev/null ;;
	l:*) { /sbin/ldconfig -p || true; } 2>/dev/null | grep -F "	$name " >/dev/null ;;
	h++:*) echo "#include <$name>" | g++ -E -o /dev/null -x c++ - 2>/dev/null ;;
	h:*) echo "#include <$name>" | gcc -E -o /dev/null - 2>/dev/null ;;
	py:*) /usr/bin/python3 -c "import $name" 2>/dev/null ;;
	pc:*) pkg-config --exists "$name" 2>/dev/null ;;
	rt:*) [ -f "$(clang-19 -print-resource-dir 2>/dev/null)/lib/linux/libclang_rt.$name-$(uname -m).a" ] ;;
	# clang includes all compilers.
	p:*) [[ ${compiler[*]} = *clang* ]] && return 0
		found=$("${compiler[@]}" -print-prog-name="$name" 2>/dev/null) && [ -x "$found" ] ;;
	esac
}

missing=() absent=()
for group in "$@"; do
	[ -n "${needs[$group]:-}" ] || die "deps.sh: no group '$group' (there are: ${!needs[*]})"
	for need in ${needs[$group]}; do
		present "${need%%=*}" || { missing+=("${need##*=}"); name=${need%%=*}; absent+=("${name#*:}"); }
	done
done
[ ${#missing[@]} -gt 0 ] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

command=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "${DEPS:-}" = tell ] || ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
	die "missing on this machine: ${absent[*]}. Please run as root:  apt-get update && ${command[*]}"
fi
# Two runs at once would disturb each other.
lock_cache packages
install() { DEBIAN_FRONTEND=noninteractive "${command[@]}" || { apt-get update && DEBIAN_FRONTEND=noninteractive "${command[@]}"; }; }
run_logged "$cache/log/apt-get.log" "installing ${missing[*]}" -- install
