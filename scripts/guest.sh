#!/usr/bin/env bash
# Boots a guest kernel in QEMU (software emulation), runs one job in it, and leaves two logs: console.log, what the kernel
# said, and report.log, what the job said. The report is shown while it is written.
# usage: guest.sh KERNEL MODULES JOB LOGDIR     KERNEL: a build directory, or a bootable image
#        MODULES: directory with the .ko files  TIME_LIMIT=seconds GUEST_CPUS=number GUEST_THREADS=single
#        GUEST_MEMORY=MiB GUEST_OPTIONS: for the kernel  JOB_ARGUMENT: words for the job
#        GUEST_COUNTED=1: a machine whose time stamp counter counts instructions, the same in every run
source "$(dirname "$0")/lib.sh"

image=$1 modules=$2 job=$3 logs=$4
[ ! -d "$image" ] || image=$image/arch/x86/boot/bzImage
limit=${TIME_LIMIT:-600}
"$top/scripts/deps.sh" guest
[ -f "$top/scripts/guest/jobs/$job" ] || die "no guest job '$job' in scripts/guest/jobs"

rm -rf "$logs"
mkdir -p "$logs/root"/{bin,modules,jobs}
cp "$(command -v busybox)" "$logs/root/bin/busybox"
cp "$top/scripts/guest/init" "$logs/root/init"
gcc -static -O1 -Wall -Werror -o "$logs/root/bin/fail-nth" "$top/scripts/guest/fail-nth.c"
chmod +x "$logs/root/init"
cp "$top/scripts/guest/checks" "$logs/root/checks"
cp "$top"/scripts/guest/jobs/* "$logs/root/jobs/"
printf %s "${JOB_ARGUMENT:-}" >"$logs/root/jobs/argument"
find "$modules" -name '*.ko' -exec cp {} "$logs/root/modules/" \;
# A program of this machine, with the libraries that it wants.
take_program() {
	local from
	for from in "$(command -v "$1")" $(ldd "$(command -v "$1")" | grep -o '/[^ ]*'); do
		mkdir -p "$logs/root$(dirname "$from")"
		cp -L "$from" "$logs/root$from"
	done
	ln -sf "$(command -v "$1")" "$logs/root/bin/$1"
}
if [ "$job" = kexec ]; then
	"$top/scripts/deps.sh" kexec
	mkdir "$logs/root/files"
	(cd "$logs/root" && printf '%s\n' init bin bin/busybox jobs jobs/second | cpio -o -H newc --quiet | gzip -1) >"$logs/second.gz"
	mv "$logs/second.gz" "$logs/root/files/"
	cp "$image" "$logs/root/files/bzImage"
	take_program kexec
fi
# The same files make the same archive: where things lie in the guest's memory depends on its size.
find "$logs/root" -exec touch -hd @0 {} +
(cd "$logs/root" && find . | LC_ALL=C sort | cpio -o -H newc --reproducible --quiet | gzip -1n) >"$logs/initramfs.gz"
rm -rf "$logs/root"
: >"$logs/report.log"

# Two memory nodes: a test can ask for pages of the second one, and exhaust it, because nothing comes from there by itself.
cpus=${GUEST_CPUS:-2} memory=${GUEST_MEMORY:-2048} second_node=128
nodes=(-object "memory-backend-ram,id=first,size=$((memory - second_node))M" -object "memory-backend-ram,id=second,size=${second_node}M"
	-numa "node,nodeid=0,memdev=first,cpus=0-$((cpus - 1))" -numa "node,nodeid=1,memdev=second")

# Without five levels of page tables: while Linux 7.3 boots it forgets for a moment that the CPU has them, and KASAN takes
# whatever an interrupt does just then for a wild access.
model=max,-la57 counted=() words=()
# One CPU, one memory node, no mitigations, and nothing random: a tick of the time stamp counter is one instruction.
if [ -n "${GUEST_COUNTED:-}" ]; then
	cpus=1 nodes=() model=max,-rdrand,-rdseed counted=(-icount "shift=0,sleep=off" -rtc "base=2026-01-01,clock=vm" -seed 1) words=(mitigations=off)
fi

# /dev/kvm is not used even where it exists: guests hang on it in nested environments, and tests need no speed of it.
# How long an emulated timer takes depends on what else the host does, so that the kernel should not judge it
# (no_timer_check).
qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
	-machine q35 -accel "tcg${GUEST_THREADS:+,thread=$GUEST_THREADS}" -cpu "$model" -smp "$cpus" -m "$memory" "${nodes[@]}" "${counted[@]}"
	-kernel "$image" -initrd "$logs/initramfs.gz"
	-append "console=ttyS0 panic=-1 oops=panic softlockup_panic=1 quiet loglevel=7 no_timer_check ${GUEST_OPTIONS:-} ${words[*]} guest_job=$job"
	-serial "file:$logs/console.log" -serial "file:$logs/report.log")

timeout --foreground "$limit" "${qemu[@]}" </dev/null &
guest=$!
tail -n +1 -f --pid=$guest "$logs/report.log" | { [ -n "${GUEST_QUIET:-}" ] && cat >/dev/null || cat; } &
wait $guest && status=0 || status=$?
wait
[ $status -ne 124 ] || die "the guest hung: no end after ${limit}s (console: $logs/console.log)"
[ $status -eq 0 ] || die "QEMU ended with status $status"
