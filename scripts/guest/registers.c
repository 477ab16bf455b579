// SPDX-License-Identifier: GPL-2.0
/*
 * A program with values in all of its vector registers: the kernel must not change them, whatever else runs on its CPU
 * or is done on its behalf.
 *
 * usage: registers CPU SECONDS             computes on that CPU, without a system call
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

#define REGISTERS 16
#define ROUNDS	  1000000

typedef uint8_t registers_t[REGISTERS][32] __attribute__((aligned(32)));

static registers_t before, after;

#define EACH(ONE) \
	ONE(0) \
	ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7) ONE(8) ONE(9) ONE(10) ONE(11) ONE(12) \
		ONE(13) ONE(14) ONE(15)
#define LOAD(N)	 "vmovdqa 32*" #N "(%[before]), %%ymm" #N "\n\t"
#define STORE(N) "vmovdqa %%ymm" #N ", 32*" #N "(%[after])\n\t"
#define ALL_REGISTERS \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
		"xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* One asm statement, so that the compiler adds no code between the loads and the stores. */
__attribute__((target("avx"))) static void compute(void)
{
	uint64_t rounds = ROUNDS;

	asm volatile(EACH(LOAD) "1:\tdec %[rounds]\n\tjnz 1b\n\t" EACH(STORE)
		     : [rounds] "+r"(rounds)
		     : [before] "r"(before), [after] "r"(after)
		     : "cc", "memory", ALL_REGISTERS);
}

__attribute__((target("avx"))) static long write_word(int file, const char *word, size_t length)
{
	long result = SYS_write;

	asm volatile(EACH(LOAD) "syscall\n\t" EACH(STORE)
		     : "+a"(result)
		     : "D"((long)file), "S"(word),
		       "d"(length), [before] "r"(before), [after] "r"(after)
		     : "cc", "memory", "rcx", "r11", ALL_REGISTERS);
	return result;
}

static int changed(void)
{
	int i, registers = 0;

	for (i = 0; i < REGISTERS; i++)
		registers += !!memcmp(before[i], after[i], sizeof(before[i]));
	return registers;
}

int main(int argc, char **argv)
{
	unsigned long looks = 0, changes = 0;
	int file = -1, most = 0;
	long result = 0;
	cpu_set_t cpus;
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
		if (file < 0)
			compute();
		else
			result = write_word(file, argv[4], strlen(argv[4]));
		if (result < 0)
			errx(2, "%s: errno %ld", argv[3], -result);
		looks++;
		changes += !!changed();
		most = changed() > most ? changed() : most;
	} while (time(NULL) < end);
	printf("looked %lu times, changed %lu times, at most %d registers\n", looks, changes, most);
	return changes > 0;
}
