// SPDX-License-Identifier: GPL-2.0
/* The directory of this kernel module in debugfs: texts of the core, and two files that do something. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "../include/tdx_page_array.h"
#include "debugfs.h"
#include "interface.h"

static struct dentry *directory;

/* A text that outgrows this is made a second time: more than the self-test ever writes. */
#define FIRST_ROOM SZ_16K

static int view_show(struct seq_file *file, void *unused)
{
	return tdx_core_show((unsigned long)file->private, file);
}

static int view_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, view_show, inode->i_private, FIRST_ROOM);
}

static const struct file_operations view_fops = {
	.owner = THIS_MODULE,
	.open = view_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

/* Whatever is written: the quarantine is tried again. */
static ssize_t quarantine_write(struct file *file, const char __user *from, size_t count,
				loff_t *position)
{
	const unsigned long freed = tdx_page_array_retry_quarantine();

	pr_info_ratelimited("quarantine: retried by hand, %lu pages freed\n", freed);
	return count;
}

static const struct file_operations quarantine_fops = {
	.owner = THIS_MODULE,
	.open = view_open,
	.read = seq_read,
	.write = quarantine_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int selftest_show(struct seq_file *file, void *unused)
{
	tdx_core_selftest(tdx_selftest_pages(), file);
	return 0;
}

static int selftest_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, selftest_show, NULL, FIRST_ROOM);
}

/* Whatever is written: the report goes to the log, and the write fails if a check does. */
static ssize_t selftest_write(struct file *file, const char __user *from, size_t count,
			      loff_t *position)
{
	return tdx_core_selftest(tdx_selftest_pages(), NULL) ? count : -EIO;
}

static const struct file_operations selftest_fops = {
	.owner = THIS_MODULE,
	.open = selftest_open,
	.read = seq_read,
	.write = selftest_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static void make_view(const char *name, unsigned long view)
{
	debugfs_create_file(name, 0400, directory, (void *)view, &view_fops);
}

void tdx_debugfs_start(void)
{
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	make_view("arrays", TDX_CORE_VIEW_ARRAYS);
	make_view("counters", TDX_CORE_VIEW_COUNTERS);
	make_view("nodes", TDX_CORE_VIEW_NODES);
	make_view("tdx_module", TDX_CORE_VIEW_MODULE);
	debugfs_create_file("quarantine", 0600, directory, (void *)TDX_CORE_VIEW_QUARANTINE,
			    &quarantine_fops);
	debugfs_create_file("selftest", 0600, directory, NULL, &selftest_fops);
}

void tdx_debugfs_stop(void)
{
	debugfs_remove_recursive(directory);
}
