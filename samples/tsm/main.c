// SPDX-License-Identifier: GPL-2.0
/*
 * A TSM driver of a TDX host, reduced to its lifecycles: extensions of the TDX module, and for each
 * device an SPDM session and an IDE stream. docs/driver-guide.md explains it.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/version.h>

#include "tsm.h"

struct dentry *tsm_debugfs;

static int probe(struct platform_device *device)
{
	const struct tsm_device_data *data = dev_get_platdata(&device->dev);

	if (!data || !data->exchange)
		return dev_err_probe(&device->dev, -EINVAL,
				     "the platform data has no exchange function\n");
	return tsm_device_probe(&device->dev, data);
}

/* There is no remove(): device.c registers the end of a device as a devres action. */
static struct platform_driver tsm_driver = {
	.probe = probe,
	.driver =
		{
			.name = TSM_DEVICE_NAME,
			.dev_groups = tsm_device_groups,
		},
};

/*
 * The extensions are the host's, not the driver's: the first caller starts them, and the TDX module
 * keeps their memory until the next reboot. So there is nothing to undo when the driver fails to load,
 * or is unloaded.
 */
static int __init tsm_init(void)
{
	int error = tdx_extensions_start();

	if (error)
		return error;
	tsm_debugfs = debugfs_create_dir(TSM_DEVICE_NAME, NULL);
	error = platform_driver_register(&tsm_driver);
	if (error)
		debugfs_remove(tsm_debugfs);
	return error;
}

/* Unbinds all devices, which ends their sessions and streams. */
static void __exit tsm_exit(void)
{
	platform_driver_unregister(&tsm_driver);
	debugfs_remove(tsm_debugfs);
}

module_init(tsm_init);
module_exit(tsm_exit);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("A TSM driver of a TDX host, as an example of how tdx_page_array is used");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
