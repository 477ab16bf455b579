// SPDX-License-Identifier: GPL-2.0
/* Plans faults from user space: echo "LEAF NTH TIMES KIND [VALUE]" >inject */
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../seam_emulator.h"
#include "door.h"

static const char *plan(const char *text)
{
	struct seam_injection injection;
	const char *flaw;

	if (sysfs_streq(text, "none")) {
		seam_emulator_cancel_injections();
		return NULL;
	}
	flaw = seam_injection_from_text(text, &injection);
	if (!flaw && seam_emulator_inject(&injection))
		flaw = "too many faults are planned already";
	return flaw;
}

static ssize_t inject_write(struct file *file, const char __user *from, size_t count,
			    loff_t *position)
{
	char line[128] = "";
	const char *flaw = "the text is too long";

	if (count < sizeof(line)) {
		if (copy_from_user(line, from, count))
			return -EFAULT;
		flaw = memchr(line, 0, count) ? "there is a byte of 0 in it" : plan(line);
	}
	if (!flaw)
		return count;
	pr_err("seam_emulator: cannot inject '%s': %s\n", strim(line), flaw);
	return -EINVAL;
}

const struct file_operations seam_inject_fops = {
	.open = simple_open,
	.write = inject_write,
};
