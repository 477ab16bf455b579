// SPDX-License-Identifier: GPL-2.0
/* The lifecycles as a module: for the fault matrix, and for the stress test, which runs many at once. */
#include <linux/module.h>

#include "../import.h"
#include "faults.h"

const struct lifecycle *const lifecycles[LIFECYCLES] = {
	&lifecycle_session, &lifecycle_adopted, &lifecycle_arrays, &lifecycle_service,
	&lifecycle_stream,  &lifecycle_iommu,	&lifecycle_td,	   &lifecycle_quote,
};
EXPORT_SYMBOL_GPL(lifecycles);

const struct lifecycle *const all_lifecycles[ALL_LIFECYCLES] = {
	&lifecycle_session, &lifecycle_lost,   &lifecycle_adopted,    &lifecycle_arrays,
	&lifecycle_service, &lifecycle_stream, &lifecycle_iommu,      &lifecycle_td,
	&lifecycle_quote,   &lifecycle_kvm,    &lifecycle_extensions,
};
EXPORT_SYMBOL_GPL(all_lifecycles);

void configure_lifecycles(void)
{
	struct seam_config config;
	unsigned int i;

	seam_emulator_get_config(&config);
	for (i = 0; i < LIFECYCLES; i++)
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

int plan_failure(const struct failure *failure, u16 leaf, u32 nth)
{
	return seam_emulator_inject(&(struct seam_injection){.kind = failure->kind,
							     .leaf = leaf,
							     .nth = nth,
							     .times = failure->times,
							     .value = failure->value});
}
EXPORT_SYMBOL_GPL(plan_failure);

u64 pages_in_quarantine(void)
{
	struct tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.quarantined;
}
EXPORT_SYMBOL_GPL(pages_in_quarantine);

void empty_quarantine(const struct driver *driver)
{
	tear_down_td(driver);
	seam_emulator_settle();
	while (tdx_page_array_retry_quarantine())
		;
}
EXPORT_SYMBOL_GPL(empty_quarantine);

MODULE_DESCRIPTION("Lifecycles of what a driver makes with tdx_page_array");
