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

static int fail_nth;

/* Counts the allocations of this thread from now on. */
static void begin(const char *number)
{
	if (write(fail_nth, number, strlen(number)) < 0)
		err(2, "fail-nth");
}

int main(int argc, char **argv)
{
	char left[16] = "";
	int file = -1, error;
	long result;

	if (argc < 4 || argc != (strcmp(argv[2], "write") ? 4 : 5))
		errx(2, "usage: fail-nth N load FILE | unload MODULE | write FILE WORDS");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		err(2, "/proc/thread-self/fail-nth");
	if (strcmp(argv[2], "unload"))
		file = open(argv[3], strcmp(argv[2], "write") ? O_RDONLY : O_WRONLY);
	if (file < 0 && strcmp(argv[2], "unload"))
		err(2, "%s", argv[3]);

	begin(argv[1]);
	if (!strcmp(argv[2], "load"))
		result = syscall(SYS_finit_module, file, "", 0);
	else if (!strcmp(argv[2], "unload"))
		result = syscall(SYS_delete_module, argv[3], O_NONBLOCK);
	else
		result = write(file, argv[4], strlen(argv[4]));
	error = result < 0 ? errno : 0;
	if (pread(fail_nth, left, sizeof(left) - 1, 0) < 0)
		err(2, "fail-nth");
	begin("0");
	printf("%d %d\n", atoi(argv[1]) - atoi(left), error);
	return 0;
}
