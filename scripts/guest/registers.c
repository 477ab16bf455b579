// SPDX-License-Identifier: GPL-2.0
/*
 * A program with values in all of its vector registers: the kernel must not change them, whatever else runs on its CPU
 * or is done on its behalf.
 *
 * usage: registers CPU SECONDS             computes on that CPU
 *        registers CPU SECONDS FILE WORD   writes the word to the file, again and again
 * Prints how often it checked, and how often a register had changed; its exit status is 1 if one had.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 1000000

static uint8_t before[16][32] __attribute__((aligned(32)));
static uint8_t after[16][32] __attribute__((aligned(32)));

#define EACH_REGISTER ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
#define LOAD	      EACH_REGISTER "vmovdqa 32*\\i(%[before]), %%ymm\\i\n\t.endr\n\t"
#define STORE	      EACH_REGISTER "vmovdqa %%ymm\\i, 32*\\i(%[after])\n\t.endr\n\t"
#define COUNT	      "1:\tdec %[rounds]\n\tjnz 1b\n\t"

/* One asm statement, so that the compiler adds no code between the loads and the stores. */
static long keep(uint64_t rounds, long call, long file, const char *word, size_t length)
{
	asm volatile(LOAD COUNT "syscall\n\t" STORE
		     : "+a"(call), [rounds] "+r"(rounds)
		     : "D"(file), "S"(word), "d"(length), [before] "r"(before), [after] "r"(after)
		     : "cc", "memory", "rcx", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
		       "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
		       "xmm15");
	return call;
}

int main(int argc, char **argv)
{
	unsigned long looks = 0, changes = 0;
	cpu_set_t cpus;
	int file = -1;
	long result;
	size_t i;
	time_t end;

	if (argc != 3 && argc != 5)
		errx(2, "usage: registers CPU SECONDS [FILE WORD]");
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(2, "sched_setaffinity");
	if (argc == 5 && (file = open(argv[3], O_WRONLY)) < 0)
		err(2, "%s", argv[3]);
	end = time(NULL) + atoi(argv[2]);
	do {
		for (i = 0; i < sizeof(before); i++)
			((uint8_t *)before)[i] = (uint8_t)(1 + (i * 7 + looks * 13) % 255);
		memset(after, 0, sizeof(after));
		if (file < 0) {
			/* There is no system call of this number. */
			keep(ROUNDS, -1, 0, NULL, 0);
		} else {
			result = keep(1, SYS_write, file, argv[4], strlen(argv[4]));
			if (result < 0)
				errx(2, "%s: errno %ld", argv[3], -result);
		}
		looks++;
		changes += !!memcmp(before, after, sizeof(before));
	} while (time(NULL) < end);
	printf("looked %lu times, changed %lu times\n", looks, changes);
	return changes > 0;
}
