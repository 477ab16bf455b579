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
 * tdx_host_client/report has one row for each command.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "../faults/faults.h"
#include "../import.h"

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

/* A row for each command, as long as there is room. */
static char rows[SZ_8K];
static struct debugfs_blob_wrapper report = {.data = rows};

static DEFINE_MUTEX(lock);
static struct dentry *directory;

/* All pages of a command that succeeds were handed over, or used as buffers. */
static int run(const struct job *job)
{
	struct tdx_page_array_counters before, now;
	char result[16] = "ok";
	int error;

	tdx_page_array_count(&before);
	driver.needed = 0;
	error = job->run(job->lifecycle);
	tdx_page_array_count(&now);
	if (error)
		snprintf(result, sizeof(result), "error %d", error);
	/* A missing feature of the host is not a failure. */
	report.size += scnprintf(
		rows + report.size, sizeof(rows) - report.size,
		"%-18s|%8llu |%8llu |%9lld |%8lld |%12lld |%10llu | %s\n", job->name, driver.needed,
		error ? 0 : now.taken - before.taken, now.freed - before.freed,
		now.kept - before.kept, now.quarantined - before.quarantined,
		now.seamcalls - before.seamcalls, error == -EOPNOTSUPP ? "not available" : result);
	return error;
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

static int __init tdx_host_client_init(void)
{
	driver = new_driver(1);
	directory = debugfs_create_dir("tdx_host_client", NULL);
	debugfs_create_file("run", 0200, directory, NULL, &run_fops);
	report.size = scnprintf(rows, sizeof(rows),
				"%-18s|%8s |%8s |%9s |%8s |%12s |%10s | %s\n"
				"------------------+---------+---------+----------+---------+"
				"-------------+-----------+--------\n",
				"job", "needed", "used", "returned", "kept", "quarantined",
				"SEAMCALLs", "result");
	debugfs_create_blob("report", 0400, directory, &report);
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
