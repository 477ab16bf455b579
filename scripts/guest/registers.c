// SPDX-License-Identifier: GPL-2.0
/*
 * A program with values in all of its vector registers: the kernel must not change them, whatever it
 * does in a system call.
 *
 * usage: registers SECONDS FILE WORD   writes the word to the file, again and again
 * Prints how often it checked, and how often a register had changed; its exit status is 1 if one had.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

static uint8_t before[16][32] __attribute__((aligned(32)));
static uint8_t after[16][32] __attribute__((aligned(32)));

#define EACH_REGISTER ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
#define LOAD	      EACH_REGISTER "vmovdqa 32*\\i(%[before]), %%ymm\\i\n\t.endr\n\t"
#define STORE	      EACH_REGISTER "vmovdqa %%ymm\\i, 32*\\i(%[after])\n\t.endr\n\t"

/* One asm statement, so that the compiler adds no code between the loads and the stores. */
static long write_with_registers(long file, const char *word)
{
	long result = SYS_write;

	asm volatile(LOAD "syscall\n\t" STORE
		     : "+a"(result)
		     : "D"(file), "S"(word), "d"(strlen(word)), [before] "r"(before), [after] "r"(after)
		     : "cc", "memory", "rcx", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
		       "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
		       "xmm15");
	return result;
}

int main(int argc, char **argv)
{
	unsigned long looks = 0, changes = 0;
	const time_t end = time(NULL) + atoi(argv[1]);
	const int file = open(argv[2], O_WRONLY);
	long result;
	size_t i;

	do {
		for (i = 0; i < sizeof(before); i++)
			((uint8_t *)before)[i] = (uint8_t)(1 + (i * 7 + looks * 13) % 255);
		memset(after, 0, sizeof(after));
		result = write_with_registers(file, argv[3]);
		if (result < 0)
			errx(2, "%s: errno %ld", argv[2], -result);
		looks++;
		changes += !!memcmp(before, after, sizeof(before));
	} while (time(NULL) < end);
	printf("# looked %lu times, changed %lu times\n", looks, changes);
	return changes > 0;
}
