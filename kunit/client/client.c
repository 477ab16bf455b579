// SPDX-License-Identifier: GPL-2.0
/*
 * A TDX host driver reduced to what it does with pages: reads metadata, brings up the extensions,
 * opens and closes SPDM sessions. It uses the public header alone and would do the same on a TDX
 * host. Commands come through debugfs:
 *
 * "echo extensions > tdx_host_client/run" gives the module the extension memory that it wants, and
 * starts them; "echo session > tdx_host_client/run" creates and deletes one SPDM session;
 * tdx_host_client/report has one row for each command so far.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "tdx_page_array.h"

/* Metadata fields, by their names in the TDX module's global metadata. */
#define EXT_MEMORY_POOL_REQUIRED_PAGES 0x3100000200000000ULL
#define EXT_REQUIRED		       0x3100000000000001ULL
#define SPDM_MT_PAGE_COUNT	       0x3000000100000002ULL

#define MAX_ROWS 32

/*
 * What one command did: @asked pages by the metadata, @lent of them handed over, the rest is the
 * ledger's difference.
 */
struct row {
	const char *job;
	u64 asked;
	u64 lent;
	struct tdx_page_array_counters ledger;
	u64 status;
	int error;
};

static struct row rows[MAX_ROWS];
static unsigned int row_count;
static DEFINE_MUTEX(lock);
static struct dentry *directory;

static u64 give_extension_memory(struct tdx_page_array *array, struct row *row)
{
	u64 status;
	int window;

	for (row->lent = 0; row->lent < row->asked; row->lent += window) {
		window = tdx_page_array_populate(array, row->lent);
		if (window < 0) {
			row->error = window;
			return 0;
		}
		status = tdx_tdh_ext_mem_add(array);
		if (status)
			return status;
	}
	return tdx_tdh_ext_init();
}

static void bring_up_extensions(struct row *row)
{
	struct tdx_page_array *array;
	u64 required;

	row->job = "extension memory";
	row->status = tdx_tdh_sys_rd(EXT_REQUIRED, &required);
	if (!row->status)
		row->status = tdx_tdh_sys_rd(EXT_MEMORY_POOL_REQUIRED_PAGES, &row->asked);
	if (row->status || !required)
		return;
	array = tdx_page_array_create(row->asked);
	if (IS_ERR(array)) {
		row->error = PTR_ERR(array);
		return;
	}
	row->status = give_extension_memory(array, row);
	/* The module keeps what it was given, whether its extensions started or not. */
	row->error = tdx_page_array_leak(array);
}

static void run_session(struct row *row)
{
	struct tdx_page_array *array;
	u64 session;

	row->job = "SPDM session";
	row->status = tdx_tdh_sys_rd(SPDM_MT_PAGE_COUNT, &row->asked);
	if (row->status)
		return;
	array = tdx_page_array_create(row->asked);
	if (IS_ERR(array)) {
		row->error = PTR_ERR(array);
		return;
	}
	row->status = tdx_tdh_spdm_create(0x0100, array, &session);
	if (!row->status) {
		row->lent = row->asked;
		row->status = tdx_tdh_spdm_delete(session, array);
	}
	row->error = tdx_page_array_release(array);
	/*
	 * A session that cannot be deleted keeps its pages: they are given up, and not forgotten.
	 */
	if (row->error == -EBUSY)
		row->error = tdx_page_array_leak(array);
}

static int run(void (*job)(struct row *row), struct row *row)
{
	struct tdx_page_array_counters before;

	tdx_page_array_count(&before);
	job(row);
	tdx_page_array_count(&row->ledger);
	row->ledger.taken -= before.taken;
	row->ledger.freed -= before.freed;
	row->ledger.kept -= before.kept;
	row->ledger.quarantined -= before.quarantined;
	row->ledger.seamcalls -= before.seamcalls;
	return row->status ? tdx_status_to_errno(row->status) : row->error;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t count, loff_t *position)
{
	void (*job)(struct row * row);
	char command[16] = "";
	int error;

	if (count >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, from, count))
		return -EFAULT;
	if (sysfs_streq(command, "extensions")) {
		job = bring_up_extensions;
	} else if (sysfs_streq(command, "session")) {
		job = run_session;
	} else {
		pr_err("unknown command '%s': there are extensions and session\n", strim(command));
		return -EINVAL;
	}

	mutex_lock(&lock);
	error = row_count < MAX_ROWS ? run(job, &rows[row_count++]) : -ENOSPC;
	mutex_unlock(&lock);
	return error ?: count;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static const char ruler[] = "------------------+---------+---------+----------+---------+"
			    "-------------+-----------+--------\n";

static void show_row(struct seq_file *file, const struct row *row)
{
	seq_printf(file, "%-18s|%8llu |%8llu |%9llu |%8llu |%12llu |%10llu | ", row->job,
		   row->asked, row->lent, row->ledger.freed, row->ledger.kept,
		   row->ledger.quarantined, row->ledger.seamcalls);
	if (row->status)
		seq_printf(file, "status %#llx\n", row->status);
	else if (row->error)
		seq_printf(file, "error %d\n", row->error);
	else
		seq_puts(file, "ok\n");
}

static void add_up(struct row *sum, const struct row *row)
{
	sum->asked += row->asked;
	sum->lent += row->lent;
	sum->ledger.freed += row->ledger.freed;
	sum->ledger.kept += row->ledger.kept;
	sum->ledger.quarantined += row->ledger.quarantined;
	sum->ledger.seamcalls += row->ledger.seamcalls;
	sum->status = sum->status ?: row->status;
	sum->error = sum->error ?: row->error;
}

static int report_show(struct seq_file *file, void *unused)
{
	struct row sum = {.job = "all"};
	unsigned int i;

	mutex_lock(&lock);
	seq_printf(file, "%-18s|%8s |%8s |%9s |%8s |%12s |%10s | %s\n", "job", "asked", "lent",
		   "returned", "kept", "quarantined", "SEAMCALLs", "result");
	seq_puts(file, ruler);
	for (i = 0; i < row_count; i++) {
		show_row(file, &rows[i]);
		add_up(&sum, &rows[i]);
	}
	seq_puts(file, ruler);
	show_row(file, &sum);
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(report);

static int __init tdx_host_client_init(void)
{
	directory = debugfs_create_dir("tdx_host_client", NULL);
	debugfs_create_file("run", 0200, directory, NULL, &run_fops);
	debugfs_create_file("report", 0400, directory, NULL, &report_fops);
	return 0;
}

static void __exit tdx_host_client_exit(void)
{
	debugfs_remove_recursive(directory);
}

module_init(tdx_host_client_init);
module_exit(tdx_host_client_exit);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("A TDX host driver reduced to what it does with pages");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
