// SPDX-License-Identifier: GPL-2.0
/* Faults on order for people: echo "LEAF NTH TIMES KIND [VALUE]" >inject */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "emulator.h"

static const char *const kinds[] = {
	[SEAM_INJECT_STATUS] = "status",
	[SEAM_INJECT_STATUS_AFTER] = "status-after",
	[SEAM_INJECT_VMFAILINVALID] = "vmfailinvalid",
	[SEAM_INJECT_GP] = "gp",
	[SEAM_INJECT_UD] = "ud",
	[SEAM_INJECT_INTERRUPT] = "interrupt",
	[SEAM_INJECT_LIE] = "lie",
};

static int parse(const char *line, struct seam_injection *injection)
{
	char kind[16];
	int index;

	if (sscanf(line, "%hu %u %u %15s %lli", &injection->leaf, &injection->nth,
		   &injection->times, kind, (long long *)&injection->value) < 4)
		return -EINVAL;
	index = match_string(kinds, ARRAY_SIZE(kinds), kind);
	if (index < 0)
		return index;
	injection->kind = index;
	return 0;
}

static ssize_t inject_write(struct file *file, const char __user *from, size_t count,
			    loff_t *position)
{
	struct seam_injection injection = {};
	char line[80] = "";
	unsigned long flags;
	bool planned;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	if (parse(line, &injection))
		goto bad;
	raw_spin_lock_irqsave(&seam_books, flags);
	planned = seam_model_inject(&seam_model, &injection);
	raw_spin_unlock_irqrestore(&seam_books, flags);
	if (planned)
		return count;
bad:
	pr_err("seam_emulator: cannot inject '%s': want LEAF NTH TIMES KIND [VALUE], KIND one of "
	       "status, status-after, vmfailinvalid, gp, ud, interrupt, lie\n",
	       strim(line));
	return -EINVAL;
}

const struct file_operations seam_inject_fops = {
	.open = simple_open,
	.write = inject_write,
};
