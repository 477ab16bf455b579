// SPDX-License-Identifier: GPL-2.0
/* The lifecycles, for the client, for the fault matrix, and for the stress tests, which run many at once. */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/printk.h>

#include "faults.h"

#define MAX_DRIVERS 16
#define IOMMU_STEP  0x1000

const struct lifecycle *const lifecycles[LIFECYCLES] = {
	&lifecycle_session,
	&lifecycle_adopted,
	&lifecycle_arrays,
	&lifecycle_stream,
	&lifecycle_iommu,
	&lifecycle_quote,
	/* These run alone. */
	&lifecycle_lost,
	&lifecycle_extensions,
};
EXPORT_SYMBOL_GPL(lifecycles);

static __printf(1, 2) void wrong(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	va_start(arguments, format);
	line.va = &arguments;
	WARN(1, "%pV\n", &line);
	va_end(arguments);
}

struct driver new_driver(u32 number)
{
	return (struct driver){
		.function = number << 8,
		.keyid = 40 + number,
		.iommu_registers = 0xfed90000 + number * IOMMU_STEP,
		.has_company = true,
		.wrong = wrong,
	};
}
EXPORT_SYMBOL_GPL(new_driver);

int run_lifecycle(const struct lifecycle *lifecycle, struct driver *driver)
{
	int ended, error = lifecycle->open(driver);

	error = error ?: lifecycle->close(driver);
	ended = lifecycle->end(driver, false);
	return error ?: ended;
}
EXPORT_SYMBOL_GPL(run_lifecycle);

int run_beside_others(const struct lifecycle *lifecycle, struct driver *driver)
{
	unsigned int attempt;
	int error;

	/* The TDX module may still have what was given up, and may expect that its SETUP is resumed. */
	driver->function = (driver->function & ~0xffU) | ((driver->function + 1) & 0xff);
	error = run_lifecycle(lifecycle, driver);
	if (error)
		driver->iommu_registers += MAX_DRIVERS * IOMMU_STEP;
	for (attempt = 0; lifecycle->end(driver, attempt >= 50) == -EBUSY; attempt++) {
		if (attempt == 100) {
			driver->wrong("%s has no end", lifecycle->name);
			break;
		}
		msleep(20);
	}
	if (lifecycle->check)
		lifecycle->check(driver);
	return error;
}
EXPORT_SYMBOL_GPL(run_beside_others);

void configure_lifecycles(void)
{
	struct seam_config config;
	unsigned int i;

	seam_emulator_get_config(&config);
	for (i = 0; i < LIFECYCLES_AT_ONCE; i++)
		lifecycles[i]->configure(&config);
	config.spdm_pages = ARRAY_PAGES;
	seam_emulator_set_config(&config);
}
EXPORT_SYMBOL_GPL(configure_lifecycles);

void set_up_lifecycle(const struct lifecycle *lifecycle)
{
	struct seam_config config;

	seam_emulator_reset();
	seam_emulator_get_config(&config);
	lifecycle->configure(&config);
	seam_emulator_set_config(&config);
}
EXPORT_SYMBOL_GPL(set_up_lifecycle);

void recover_pages(struct driver *driver)
{
	tear_down_td(driver);
	seam_emulator_settle();
	while (tdx_page_array_retry_quarantine())
		;
}
EXPORT_SYMBOL_GPL(recover_pages);
