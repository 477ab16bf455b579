// SPDX-License-Identifier: GPL-2.0
/* The directory of this kernel module in debugfs: texts of the core, and files that do something. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "../include/tdx_page_array.h"
#include "interface.h"
#include "parts.h"

static struct dentry *directory;

/* seq_file makes a text that outgrows its buffer once more. The self-test must not run twice: it never writes this much. */
#define FIRST_ROOM SZ_16K
/* In addition, for the line of each page in quarantine. */
#define LINE_ROOM 512

/* Not a view of the core: reading the file runs the self-test. */
#define SELFTEST TDX_CORE_VIEWS

static int view_show(struct seq_file *file, void *unused)
{
	const unsigned long view = (unsigned long)file->private;

	if (view != SELFTEST)
		return tdx_core_show(view, file);
	tdx_core_selftest(tdx_selftest_pages(), file);
	return 0;
}

static int view_open(struct inode *inode, struct file *file)
{
	struct tdx_page_array_counters counters = {};

	if ((unsigned long)inode->i_private == TDX_CORE_VIEW_QUARANTINE)
		tdx_page_array_count(&counters);
	return single_open_size(file, view_show, inode->i_private,
				FIRST_ROOM + counters.quarantined * LINE_ROOM);
}

/* Writing anything runs the self-test with its report in the log. Fails if a check does. */
static ssize_t view_write(struct file *file, const char __user *from, size_t count,
			  loff_t *position)
{
	if ((unsigned long)file_inode(file)->i_private != SELFTEST)
		return -EINVAL;
	return tdx_core_selftest(tdx_selftest_pages(), NULL) ? count : -EIO;
}

static const struct file_operations view_fops = {
	.owner = THIS_MODULE,
	.open = view_open,
	.read = seq_read,
	.write = view_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* Writing anything retries the quarantine. */
static ssize_t retry_write(struct file *file, const char __user *from, size_t count,
			   loff_t *position)
{
	const unsigned long freed = tdx_page_array_retry_quarantine();

	pr_info_ratelimited("quarantine: retried by hand, %lu pages freed\n", freed);
	return count;
}

static const struct file_operations retry_fops = {
	.owner = THIS_MODULE,
	.write = retry_write,
};

static void make_view(const char *name, umode_t mode, unsigned long view)
{
	debugfs_create_file(name, mode, directory, (void *)view, &view_fops);
}

/* Views are 0400: in lockdown debugfs opens only files whose mode allows nothing but reading. */
void tdx_debugfs_start(void)
{
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	make_view("arrays", 0400, TDX_CORE_VIEW_ARRAYS);
	make_view("counters", 0400, TDX_CORE_VIEW_COUNTERS);
	make_view("nodes", 0400, TDX_CORE_VIEW_NODES);
	make_view("tdx_module", 0400, TDX_CORE_VIEW_MODULE);
	make_view("quarantine", 0400, TDX_CORE_VIEW_QUARANTINE);
	make_view("selftest", 0600, SELFTEST);
	debugfs_create_file("retry", 0200, directory, NULL, &retry_fops);
}

void tdx_debugfs_stop(void)
{
	debugfs_remove_recursive(directory);
}
