// SPDX-License-Identifier: GPL-2.0
/*
 * The page handling of a TDX host driver. Commands are written to debugfs, one job each:
 *
 * "echo COMMAND > tdx_host_client/run" with one of
 *   extensions  hands over the extension memory that the module requires, and starts the extensions
 *   session     creates and deletes an SPDM session
 *   stream      connects a session to a device, creates an IDE stream, and ends both
 *   open        creates a session and an IDE stream, and keeps them
 *   close       ends the session and the stream of "open"
 *   iommu       switches an IOMMU to TDX mode and back
 *   td          builds a TD with one virtual processor and tears it down
 *   quote       like td, with a quote of the TD
 *   lose        does not delete a session: its pages go to the quarantine
 *   retry       retries the pages in quarantine
 * tdx_host_client/report has one row for each command so far, the last 32 of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "../import.h"
#include "client.h"

#define MAX_ROWS 32

static struct row rows[MAX_ROWS];
static unsigned int row_count;
static DEFINE_MUTEX(lock);
static struct dentry *directory;

u64 read_metadata(struct row *row, u64 field)
{
	u64 value = 0;
	const u64 status = tdx_tdh_sys_rd(field, &value);

	row->status = row->status ?: status;
	return value;
}

struct tdx_page_array *take_pages(struct row *row)
{
	struct tdx_page_array *array;

	if (row->status)
		return NULL;
	array = tdx_page_array_create(row->needed);
	if (!IS_ERR(array))
		return array;
	row->error = PTR_ERR(array);
	return NULL;
}

void end_array(struct row *row, struct tdx_page_array *array)
{
	int error;

	if (IS_ERR_OR_NULL(array))
		return;
	error = tdx_page_array_release(array);
	if (error == -EBUSY || error == -EAGAIN)
		error = tdx_page_array_leak(array);
	row->error = row->error ?: error;
}

typedef void job_fn(struct row *row);

static const struct {
	const char *command;
	job_fn *run;
} jobs[] = {
	{"extensions", start_extensions},
	{"session", run_session},
	{"stream", run_stream},
	{"open", open_stream},
	{"close", close_stream},
	{"iommu", run_iommu},
	{"td", run_td},
	{"quote", run_quote},
	{"lose", lose_session},
	{"retry", retry_quarantine},
};

/* TDH.SYS.RD of a field that the TDX module does not have, because its feature is off. */
#define METADATA_FIELD_ID_INCORRECT 0xC0000C0000000000ULL

static int row_error(const struct row *row)
{
	if (!row->status)
		return row->error;
	if (row->status == METADATA_FIELD_ID_INCORRECT)
		return -EOPNOTSUPP;
	return tdx_status_to_errno(row->status);
}

/* A row for the next command; drops the oldest row if there is no room. */
static struct row *next_row(void)
{
	if (row_count == MAX_ROWS) {
		memmove(rows, rows + 1, sizeof(rows) - sizeof(rows[0]));
		row_count--;
	}
	rows[row_count] = (struct row){};
	return &rows[row_count++];
}

static int run(job_fn *job, struct row *row)
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
	return row_error(row);
}

static job_fn *find_job(const char *command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		if (sysfs_streq(command, jobs[i].command))
			return jobs[i].run;
	return NULL;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t count, loff_t *position)
{
	job_fn *job;
	char command[16] = "";
	int error;

	if (count >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, from, count))
		return -EFAULT;
	job = find_job(command);
	if (!job) {
		pr_err("unknown command '%s'\n", strim(command));
		return -EINVAL;
	}

	mutex_lock(&lock);
	error = run(job, next_row());
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
	seq_printf(file, "%-18s|%8llu |%8llu |%9lld |%8lld |%12lld |%10llu | ", row->job,
		   row->needed, row->used, row->ledger.freed, row->ledger.kept,
		   row->ledger.quarantined, row->ledger.seamcalls);
	if (row_error(row) == -EOPNOTSUPP)
		seq_puts(file, "not available\n");
	else if (row->status)
		seq_printf(file, "status %#llx\n", row->status);
	else if (row->error)
		seq_printf(file, "error %d\n", row->error);
	else
		seq_puts(file, "ok\n");
}

static void add_up(struct row *sum, const struct row *row)
{
	sum->needed += row->needed;
	sum->used += row->used;
	sum->ledger.freed += row->ledger.freed;
	sum->ledger.kept += row->ledger.kept;
	sum->ledger.quarantined += row->ledger.quarantined;
	sum->ledger.seamcalls += row->ledger.seamcalls;
	/* A missing feature of the host is not a failure. */
	if (row_error(row) == -EOPNOTSUPP)
		return;
	sum->status = sum->status ?: row->status;
	sum->error = sum->error ?: row->error;
}

static int report_show(struct seq_file *file, void *unused)
{
	struct row sum = {.job = "all"};
	unsigned int i;

	mutex_lock(&lock);
	seq_printf(file, "%-18s|%8s |%8s |%9s |%8s |%12s |%10s | %s\n", "job", "needed", "used",
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
	close_stream(&(struct row){});
}

module_init(tdx_host_client_init);
module_exit(tdx_host_client_exit);

MODULE_DESCRIPTION("A TDX host driver reduced to what it does with pages");
