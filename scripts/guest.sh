#!/usr/bin/env bash
# Boots a guest kernel in QEMU (software emulation), runs one job in it, and leaves two logs: console.log, the kernel's
# log, and report.log, the output of the job. The report is shown while it is written. The terminal of the job "shell" is
# standard input and output.
# usage: guest.sh KDIR MODULES JOB LOGDIR       KDIR: build directory of the kernel, with the bootable image inside
#        MODULES: directory with the .ko files  JOB: one of scripts/guest/jobs, or the path of a script
#        TIME_LIMIT=seconds GUEST_CPUS=number   GUEST_MEMORY=MiB GUEST_OPTIONS: for the kernel  JOB_ARGUMENT: words for the job
#        GUEST_EXTRA='FILE...': more modules, for /modules, and other files, for /files
#        GUEST_TDX=on: a machine with TDX (qemu-build.sh), or properties of its TDX module, such as erratum=on,version=1.5.24
#        GUEST_SOCKETS=number: packages of CPUs
#        GUEST_COUNTED=1: a machine whose time stamp counter counts instructions, and counts the same in every run
source "$(dirname "$0")/lib.sh"

kdir=$1 modules=$2 job=$3 logs=$4
image=$kdir/arch/x86/boot/bzImage
limit=${TIME_LIMIT:-600}
"$top/scripts/deps.sh" guest
case $job in
*/*) script=$job ;;
*) script=$top/scripts/guest/jobs/$job ;;
esac
[ -f "$script" ] || die "no guest job '$job' in scripts/guest/jobs"
[ "$job" != shell ] || [ -t 0 ] || die "a shell in the guest needs a terminal: name a script with JOB=/path/to/script instead"

rm -rf "$logs"
mkdir -p "$logs/root"/{bin,modules,jobs,files}
cp "$(command -v busybox)" "$logs/root/bin/busybox"
for program in fail-nth registers; do gcc -static -O1 -Wall -Werror -o "$logs/root/bin/$program" "$top/scripts/guest/$program.c"; done
cp "$top"/scripts/guest/{init,checks} "$logs/root/"
cp "$script" "$logs/root/jobs/job"
basename "$script" >"$logs/root/jobs/name"
printf %s "${JOB_ARGUMENT:-}" >"$logs/root/jobs/argument"
find "$modules" -name '*.ko' -exec cp {} "$logs/root/modules/" \;
for file in ${GUEST_EXTRA:-}; do
	case $file in
	*.ko)
		built=$(modinfo -F vermagic "$file") && [ -n "$built" ] || die "$file is not a kernel module"
		[ "${built%% *}" = "$(release_of "$kdir")" ] ||
			die "$file was built for Linux ${built%% *}, and the guest runs $(release_of "$kdir"): build it with KDIR=$kdir"
		cp "$file" "$logs/root/modules/"
		;;
	*) cp "$file" "$logs/root/files/" ;;
	esac
done
# A job with this word starts a second kernel: the guest has its image, an initramfs with the guest's own files, and kexec with
# its libraries.
if [[ " ${JOB_ARGUMENT:-} " = *" kexec "* ]]; then
	"$top/scripts/deps.sh" kexec
	(cd "$logs/root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet | gzip -1) >"$logs/second.gz"
	mv "$logs/second.gz" "$logs/root/files/"
	cp "$image" "$logs/root/files/bzImage"
	mapfile -t libraries < <(ldd "$(command -v kexec)" | grep -o '/[^ ]*')
	cp -L --parents "$(command -v kexec)" "${libraries[@]}" "$logs/root"
	ln -sf "$(command -v kexec)" "$logs/root/bin/kexec"
fi
# Equal files make equal archives: the layout of the guest's memory depends on the size of the archive.
find "$logs/root" -exec touch -hd @0 {} +
(cd "$logs/root" && find . | LC_ALL=C sort | cpio -o -H newc --reproducible --quiet | gzip -1n) >"$logs/initramfs.gz"
rm -rf "$logs/root"

# Two memory nodes: a test can request pages of the second node and exhaust it, because the guest does not use it otherwise.
cpus=${GUEST_CPUS:-2} memory=${GUEST_MEMORY:-2048} second_node=128
nodes=(-object "memory-backend-ram,id=first,size=$((memory - second_node))M" -object "memory-backend-ram,id=second,size=${second_node}M"
	-numa "node,nodeid=0,memdev=first,cpus=0-$((cpus - 1))" -numa "node,nodeid=1,memdev=second")

# The guest's time stamp counter has the host's frequency, which the kernel is told: measured on a busy host it may be wrong.
gcc -O1 -Wall -Werror -o "$logs/tsc-khz" "$top/scripts/guest/tsc-khz.c"
words=("tsc_early_khz=$("$logs/tsc-khz")")
rm "$logs/tsc-khz"

# Without five levels of page tables: while Linux 7.3 boots, it briefly clears the feature flag of the CPU, and KASAN then
# reports any access of an interrupt as wild.
model=max,-la57 counted=()
# One CPU, one memory node, no mitigations, and nothing random: a tick of the time stamp counter is one instruction.
if [ -n "${GUEST_COUNTED:-}" ]; then
	cpus=1 nodes=() model=max,-rdrand,-rdseed counted=(-icount "shift=0,sleep=off" -rtc "base=2026-01-01,clock=vm" -seed 1) words=(mitigations=off)
fi

# A machine with TDX: SEAMCALL is an instruction of its CPUs, and the model is its TDX module. The kernel recognises CPUs with
# the partial-write machine check erratum by their model number.
program=(qemu-system-x86_64)
if [ -n "${GUEST_TDX:-}" ]; then
	{ read -r qemu && read -r library; } < <("$top/scripts/qemu-build.sh") || die "there is no machine with TDX"
	program=("$qemu" -L /usr/share/seabios -L /usr/share/qemu)
	[ "$GUEST_TDX" = on ] && properties='' || properties=,$GUEST_TDX
	[[ $properties = *,erratum=on* ]] && cpu=143 || cpu=173
	model+=,vendor=GenuineIntel,family=6,model=$cpu,tdx=on
	program+=(-object "tdx-module,id=tdx,library=$library$properties")
fi

# Kernels of distributions patch their own code (static keys) while they boot. QEMU 7.2, if it emulates each CPU in its own
# thread, may keep a translated breakpoint that the kernel has removed: the kernel then crashes.
! grep -qs '^CONFIG_JUMP_LABEL=y' "$kdir/.config" && threads='' || threads=,thread=single

# /dev/kvm is not used even if it exists: guests hang with it in nested environments, and the tests do not need its speed.
# The speed of an emulated timer depends on the load of the host, so the kernel should not check it (no_timer_check).
qemu=("${program[@]}" -nodefaults -no-user-config -display none -no-reboot
	-machine q35 -accel "tcg$threads" -cpu "$model" -smp "$cpus,sockets=${GUEST_SOCKETS:-1}" -m "$memory" "${nodes[@]}" "${counted[@]}"
	-kernel "$image" -initrd "$logs/initramfs.gz"
	-append "console=ttyS0 panic=-1 oops=panic softlockup_panic=1 quiet loglevel=7 no_timer_check ${GUEST_OPTIONS:-} ${words[*]}"
	-serial "file:$logs/console.log" -chardev "stdio,id=report,mux=on,signal=off,logfile=$logs/report.log" -serial chardev:report)

if [ "$job" = shell ]; then limit=0; else exec </dev/null; fi
[ -z "${GUEST_QUIET:-}" ] || exec >/dev/null
timeout --foreground "$limit" "${qemu[@]}" && status=0 || status=$?
[ $status -ne 124 ] || die "the guest hung: no end after ${limit}s (console: $logs/console.log)"
[ $status -eq 0 ] || die "QEMU ended with status $status"
