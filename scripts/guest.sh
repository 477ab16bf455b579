#!/usr/bin/env bash
# Boots a guest kernel in QEMU (software emulation), runs one job in it, and leaves two logs: console.log, what the kernel
# said, and report.log, what the job said. The report is shown while it is written. The job "shell" has standard input and
# output for a terminal.
# usage: guest.sh KDIR MODULES JOB LOGDIR       KDIR: build directory of the kernel, with the bootable image inside
#        MODULES: directory with the .ko files  JOB: one of scripts/guest/jobs, or the path of a script
#        TIME_LIMIT=seconds GUEST_CPUS=number   GUEST_MEMORY=MiB GUEST_OPTIONS: for the kernel  JOB_ARGUMENT: words for the job
#        GUEST_EXTRA='FILE...': more modules, to be found in /modules, and other files, in /files
#        GUEST_TDX=on: a machine with TDX (qemu-build.sh), or properties of its TDX module, such as erratum=on,version=1.5.24
#        GUEST_SOCKETS=number: packages of CPUs
#        GUEST_COUNTED=1: a machine whose time stamp counter counts instructions, the same in every run
source "$(dirname "$0")/lib.sh"

kdir=$1 modules=$2 job=$3 logs=$4
image=$kdir/arch/x86/boot/bzImage
limit=${TIME_LIMIT:-600}
"$top/scripts/deps.sh" guest
[ "$job" = shell ] && interactive=yes || interactive=no
argument=${JOB_ARGUMENT:-}
[ $interactive = no ] || [ -t 0 ] || argument=pipe
script=$job job=$(basename "$job")
case $script in
*/*) [ -f "$script" ] && [ -r "$script" ] || die "no script $script to run in the guest" ;;
*) script=$top/scripts/guest/jobs/$job && [ -f "$script" ] || die "no guest job '$job' in scripts/guest/jobs" ;;
esac
[[ $job =~ ^[[:alnum:]_.+-]+$ ]] || die "'$job' cannot be the name of a guest job: letters, digits and _ . + - can"
read -ra extra <<<"${GUEST_EXTRA:-}"
for file in "${extra[@]}"; do
	[ -f "$file" ] && [ -r "$file" ] || die "no file $file for the guest"
	[[ $file = *.ko ]] || continue
	built=$(modinfo -F vermagic "$file") && [ -n "$built" ] || die "$file is no kernel module"
	[ "${built%% *}" = "$(release_of "$kdir")" ] ||
		die "$file was built for Linux ${built%% *}, and the guest runs $(release_of "$kdir"): build it with KDIR=$kdir"
	! find "$modules" -name "$(basename "$file")" | grep . >/dev/null || die "$(basename "$file") is the name of a module of this project"
done

rm -rf "$logs"
mkdir -p "$logs/root"/{bin,modules,jobs,files}
cp "$(command -v busybox)" "$logs/root/bin/busybox"
cp "$top/scripts/guest/init" "$logs/root/init"
for program in fail-nth registers; do gcc -static -O1 -Wall -Werror -o "$logs/root/bin/$program" "$top/scripts/guest/$program.c"; done
chmod +x "$logs/root/init"
cp "$top/scripts/guest/checks" "$logs/root/checks"
cp "$top"/scripts/guest/jobs/* "$logs/root/jobs/"
cp "$script" "$logs/root/jobs/$job"
printf %s "$argument" >"$logs/root/jobs/argument"
find "$modules" -name '*.ko' -exec cp {} "$logs/root/modules/" \;
for file in "${extra[@]}"; do
	case $file in
	*.ko) cp "$file" "$logs/root/modules/" ;;
	*) cp "$file" "$logs/root/files/" ;;
	esac
done
# A program of this machine, with the libraries that it wants.
take_program() {
	local from
	for from in "$(command -v "$1")" $(ldd "$(command -v "$1")" | grep -o '/[^ ]*'); do
		mkdir -p "$logs/root$(dirname "$from")"
		cp -L "$from" "$logs/root$from"
	done
	ln -sf "$(command -v "$1")" "$logs/root/bin/$1"
}
# A job with this word starts a second kernel: it brings it along, with all that it has itself.
if [[ " $argument " = *" kexec "* ]]; then
	"$top/scripts/deps.sh" kexec
	(cd "$logs/root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet | gzip -1) >"$logs/second.gz"
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

# The kernel is told the frequency of its time stamp counter, which is the host's: measured on a busy host it comes out wrong.
gcc -O1 -Wall -Werror -o "$logs/tsc-khz" "$top/scripts/guest/tsc-khz.c"
words=("tsc_early_khz=$("$logs/tsc-khz")")
rm "$logs/tsc-khz"

# Without five levels of page tables: while Linux 7.3 boots it forgets for a moment that the CPU has them, and KASAN takes
# whatever an interrupt does just then for a wild access.
model=max,-la57 counted=()
# One CPU, one memory node, no mitigations, and nothing random: a tick of the time stamp counter is one instruction.
if [ -n "${GUEST_COUNTED:-}" ]; then
	cpus=1 nodes=() model=max,-rdrand,-rdseed counted=(-icount "shift=0,sleep=off" -rtc "base=2026-01-01,clock=vm" -seed 1) words=(mitigations=off)
fi

# A machine with TDX: SEAMCALL is an instruction of its CPUs, and the model is its TDX module. The kernel knows CPUs with the
# partial-write machine check erratum by their model.
program=(qemu-system-x86_64)
if [ -n "${GUEST_TDX:-}" ]; then
	{ read -r qemu && read -r library; } < <("$top/scripts/qemu-build.sh" --module) || die "there is no machine with TDX"
	program=("$qemu" -L /usr/share/seabios -L /usr/share/qemu)
	[ "$GUEST_TDX" = on ] && properties='' || properties=,$GUEST_TDX
	[[ $properties = *,erratum=on* ]] && cpu=143 || cpu=173
	model+=,vendor=GenuineIntel,family=6,model=$cpu,tdx=on
	program+=(-object "tdx-module,id=tdx,library=$library$properties")
fi

# Kernels of distributions rewrite their own code (static keys) while they boot. A QEMU like 7.2 that emulates each CPU in a
# thread of its own may keep what it translated meanwhile, a breakpoint that is gone, and the kernel dies of it.
! grep -qs '^CONFIG_JUMP_LABEL=y' "$kdir/.config" && threads='' || threads=,thread=single

# /dev/kvm is not used even where it exists: guests hang on it in nested environments, and tests need no speed of it.
# How long an emulated timer takes depends on what else the host does, so that the kernel should not judge it
# (no_timer_check).
qemu=("${program[@]}" -nodefaults -no-user-config -display none -no-reboot
	-machine q35 -accel "tcg$threads" -cpu "$model" -smp "$cpus,sockets=${GUEST_SOCKETS:-1}" -m "$memory" "${nodes[@]}" "${counted[@]}"
	-kernel "$image" -initrd "$logs/initramfs.gz"
	-append "console=ttyS0 panic=-1 oops=panic softlockup_panic=1 quiet loglevel=7 no_timer_check ${GUEST_OPTIONS:-} ${words[*]} guest_job=$job"
	-serial "file:$logs/console.log")

# What is typed. From a pipe it comes when the shell is there to read it, and then the end of input, until it ends.
typed() {
	until grep -q '^guest: a shell' "$logs/report.log"; do sleep 0.2; done
	cat
	while sleep 0.5; do printf '\n\004'; done
}
if [ $interactive = yes ]; then
	qemu+=(-chardev "stdio,id=shell,mux=on,signal=off,logfile=$logs/report.log" -serial chardev:shell)
	if [ -t 0 ]; then
		"${qemu[@]}" || die "QEMU ended with status $?"
	else
		timeout --foreground "$limit" "${qemu[@]}" < <(typed) || die "QEMU ended with status $?, or was ended after ${limit}s"
	fi
	exit 0
fi

qemu+=(-serial "file:$logs/report.log")
timeout --foreground "$limit" "${qemu[@]}" </dev/null &
guest=$!
tail -n +1 -f --pid=$guest "$logs/report.log" | { [ -n "${GUEST_QUIET:-}" ] && cat >/dev/null || cat; } &
wait $guest && status=0 || status=$?
wait
[ $status -ne 124 ] || die "the guest hung: no end after ${limit}s (console: $logs/console.log)"
[ $status -eq 0 ] || die "QEMU ended with status $status"
