// SPDX-License-Identifier: GPL-2.0
/* The smallest driver: opens and closes a session by a parameter. docs/driver-guide.md builds and runs it. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/version.h>
#include <tdx_page_array.h>

static struct tdx_page_array *pages;
static u64 id;

static int open_session(void)
{
	int error = tdx_extensions_start();
	u64 status;

	if (error)
		return error;
	pages = tdx_page_array_create(16);
	if (IS_ERR(pages)) {
		error = PTR_ERR(pages);
		pages = NULL;
		return error;
	}
	status = tdx_tdh_spdm_create(0x0100, pages, &id);
	if (!status)
		return 0;
	/* CREATE was refused or BUSY, or the pages are in doubt: release handles all three. */
	error = tdx_page_array_release(pages);
	if (error == -EBUSY || error == -EAGAIN)
		tdx_page_array_leak(pages);
	pages = NULL;
	return tdx_status_to_errno(status);
}

static int close_session(void)
{
	const u64 status = tdx_tdh_spdm_delete(id, pages);
	const int error = tdx_page_array_release(pages);

	/* The TDX module still owns the pages, or cannot be asked: close has to be repeated. */
	if (error == -EBUSY || error == -EAGAIN)
		return status ? tdx_status_to_errno(status) : error;
	pages = NULL;
	return 0;
}

static int set_session(const char *text, const struct kernel_param *parameter)
{
	bool wanted;
	const int error = kstrtobool(text, &wanted);

	if (error || wanted == !!pages)
		return error;
	return wanted ? open_session() : close_session();
}

static const struct kernel_param_ops session_ops = {.set = set_session};
module_param_cb(session, &session_ops, NULL, 0200);

static int __init first_init(void)
{
	return 0;
}

static void __exit first_exit(void)
{
	if (pages && close_session())
		tdx_page_array_leak(pages);
}

module_init(first_init);
module_exit(first_exit);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("a session that is opened and closed by a parameter");
MODULE_LICENSE("GPL");
