// SPDX-License-Identifier: GPL-2.0
/*
 * The page handling of a TDX host driver: the lifecycles of kunit/faults/, for other test modules,
 * and by commands that are written to debugfs.
 *
 * "echo COMMAND > tdx_host_client/run" with one of
 *   extensions  hands over the extension memory that the module requires, and starts the extensions
 *   session     creates and deletes an SPDM session
 *   stream      connects a session to a device, creates an IDE stream, and ends both
 *   open        the first half of "stream": the session and the stream stay
 *   close       its second half
 *   iommu       switches an IOMMU to TDX mode and back
 *   td          builds a TD with one virtual processor and tears it down
 *   quote       like td, with a quote of the TD
 *   lose        does not delete a session: its pages go to the quarantine
 *   retry       retries the pages in quarantine
 * tdx_host_client/report has one row for each command so far, the last 32 of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "../faults/faults.h"
#include "../import.h"

#define MAX_ROWS 32

static struct driver driver;

static int run_whole(const struct lifecycle *lifecycle)
{
	const int error = run_lifecycle(lifecycle, &driver);

	lifecycle->end(&driver, true);
	return error;
}

static int open(const struct lifecycle *lifecycle)
{
	return lifecycle->open(&driver);
}

static int close(const struct lifecycle *lifecycle)
{
	const int error = lifecycle->close(&driver);

	lifecycle->end(&driver, true);
	return error;
}

static int lose(const struct lifecycle *unused)
{
	const int error = lose_session(&driver);

	end_object(&driver, true);
	return error;
}

static int retry(const struct lifecycle *unused)
{
	tdx_page_array_retry_quarantine();
	return 0;
}

struct job {
	const char *command;
	const char *name;
	int (*run)(const struct lifecycle *lifecycle);
	const struct lifecycle *lifecycle;
};

static const struct job jobs[] = {
	{"extensions", "extension memory", run_whole, &lifecycle_extensions},
	{"session", "SPDM session", run_whole, &lifecycle_session},
	{"stream", "IDE stream", run_whole, &lifecycle_stream},
	{"open", "open IDE stream", open, &lifecycle_stream},
	{"close", "close IDE stream", close, &lifecycle_stream},
	{"iommu", "IOMMU", run_whole, &lifecycle_iommu},
	{"td", "TD control pages", run_whole, &lifecycle_td},
	{"quote", "quote of a TD", run_whole, &lifecycle_quote},
	{"lose", "lost session", lose},
	{"retry", "quarantine retry", retry},
};

/* The result of a command; @ledger is the change of the counters. */
static struct row {
	const struct job *job;
	u64 needed;
	struct tdx_page_array_counters ledger;
	int error;
} rows[MAX_ROWS];

static unsigned int row_count;
static DEFINE_MUTEX(lock);
static struct dentry *directory;

static int run(const struct job *job)
{
	struct row *row = &rows[row_count++ % MAX_ROWS];
	struct tdx_page_array_counters before;

	tdx_page_array_count(&before);
	driver.needed = 0;
	row->job = job;
	row->error = job->run(job->lifecycle);
	row->needed = driver.needed;
	tdx_page_array_count(&row->ledger);
	row->ledger.taken -= before.taken;
	row->ledger.freed -= before.freed;
	row->ledger.kept -= before.kept;
	row->ledger.quarantined -= before.quarantined;
	row->ledger.seamcalls -= before.seamcalls;
	return row->error;
}

static const struct job *find_job(const char *command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		if (sysfs_streq(command, jobs[i].command))
			return &jobs[i];
	return NULL;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t count, loff_t *position)
{
	const struct job *job;
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
	error = run(job);
	mutex_unlock(&lock);
	return error ?: count;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

/* All pages of a command that succeeds were handed over, or used as buffers. */
static void show_row(struct seq_file *file, const struct row *row)
{
	seq_printf(file, "%-18s|%8llu |%8llu |%9lld |%8lld |%12lld |%10llu | ", row->job->name,
		   row->needed, row->error ? 0 : row->ledger.taken, row->ledger.freed,
		   row->ledger.kept, row->ledger.quarantined, row->ledger.seamcalls);
	/* A missing feature of the host is not a failure. */
	if (row->error == -EOPNOTSUPP)
		seq_puts(file, "not available\n");
	else if (row->error)
		seq_printf(file, "error %d\n", row->error);
	else
		seq_puts(file, "ok\n");
}

static int report_show(struct seq_file *file, void *unused)
{
	unsigned int i;

	mutex_lock(&lock);
	seq_printf(file, "%-18s|%8s |%8s |%9s |%8s |%12s |%10s | %s\n", "job", "needed", "used",
		   "returned", "kept", "quarantined", "SEAMCALLs", "result");
	seq_puts(file, "------------------+---------+---------+----------+---------+"
		       "-------------+-----------+--------\n");
	for (i = row_count > MAX_ROWS ? row_count - MAX_ROWS : 0; i < row_count; i++)
		show_row(file, &rows[i % MAX_ROWS]);
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(report);

static int __init tdx_host_client_init(void)
{
	driver = new_driver(1);
	directory = debugfs_create_dir("tdx_host_client", NULL);
	debugfs_create_file("run", 0200, directory, NULL, &run_fops);
	debugfs_create_file("report", 0400, directory, NULL, &report_fops);
	return 0;
}

static void __exit tdx_host_client_exit(void)
{
	debugfs_remove_recursive(directory);
	lifecycle_stream.end(&driver, true);
}

module_init(tdx_host_client_init);
module_exit(tdx_host_client_exit);

MODULE_DESCRIPTION("A TDX host driver reduced to what it does with pages");
