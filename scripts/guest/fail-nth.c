// SPDX-License-Identifier: GPL-2.0
/*
 * Makes one system call, in which the kernel's fault injection fails allocation number N and no other
 * (Documentation/fault-injection: /proc/self/fail-nth).
 *
 * usage: fail-nth N load FILE.ko | fail-nth N unload MODULE | fail-nth N write FILE WORDS
 * Prints the number of allocations up to that one, and the errno of the call or 0.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *number = argv[1], *what = argv[2], *name = argv[3];
	const int fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	/* If there is no such file, the call fails with EBADF. */
	const int file = open(name, strcmp(what, "write") ? O_RDONLY : O_WRONLY);
	char left[16] = "";
	long result;
	int error;

	/* Counts the allocations of this thread from now on. */
	if (write(fail_nth, number, strlen(number)) < 0)
		err(2, "fail-nth");
	if (!strcmp(what, "load"))
		result = syscall(SYS_finit_module, file, "", 0);
	else if (!strcmp(what, "unload"))
		result = syscall(SYS_delete_module, name, O_NONBLOCK);
	else
		result = write(file, argv[4], strlen(argv[4]));
	error = result < 0 ? errno : 0;
	if (pread(fail_nth, left, sizeof(left) - 1, 0) < 0 || write(fail_nth, "0", 1) < 0)
		err(2, "fail-nth");
	printf("%d %d\n", atoi(number) - atoi(left), error);
	return 0;
}
