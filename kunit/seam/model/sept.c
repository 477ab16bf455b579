// SPDX-License-Identifier: GPL-2.0
/*
 * The S-EPT of a TD. Its pages hold the pattern that reveals writes of the host, so the entries are
 * elsewhere: struct seam_page says which entry refers to the page. Unlike in the real module, entries
 * have no locks: the second of two concurrent calls finds the entry changed.
 */
#include "internal.h"

#define SLOTS 512

/* Architectural bits of an entry. */
#define ENTRY_RWX	  0x7ULL
#define ENTRY_WB	  (0x6ULL << 3)
#define ENTRY_IPAT	  (1ULL << 6)
#define ENTRY_LEAF	  (1ULL << 7)
#define ENTRY_SUPPRESS_VE (1ULL << 63)

static uint32_t slot_of(uint64_t gpa, uint32_t level)
{
	return (uint32_t)(gpa >> (SEAM_PAGE_SHIFT + 9 * level)) % SLOTS;
}

/* The first page that an entry of @table refers to. NULL is the root. */
static uint32_t *head_of(struct seam_td *td, struct seam_page *table)
{
	return table ? &table->first_entry : &td->first_entry;
}

static struct seam_page *find(struct seam_model *model, uint32_t first, uint32_t slot)
{
	struct seam_page *page;

	for (; first != SEAM_NO_PAGE; first = page->next) {
		page = seam_page_by_index(model, first);
		if (page->slot == slot)
			return page;
	}
	return NULL;
}

bool seam_sept_walk(struct seam_model *model, const struct seam_td *td, uint64_t gpa,
		    uint32_t level, struct seam_sept_entry *entry)
{
	uint32_t first = td->first_entry;

	*entry = (struct seam_sept_entry){.level = td->params.top_level};
	for (;;) {
		entry->slot = slot_of(gpa, entry->level);
		entry->page = find(model, first, entry->slot);
		if (entry->level == level)
			return true;
		if (seam_sept_state_of(entry) != SEAM_SEPT_NL_MAPPED)
			return false;
		entry->table = entry->page;
		entry->level--;
		first = entry->table->first_entry;
	}
}

bool seam_sept_find(struct seam_model *model, const struct seam_td *td, uint64_t gpa,
		    uint32_t level, struct seam_sept_entry *entry)
{
	const unsigned long flags = model->ops->lock_books();
	const bool found = seam_sept_walk(model, td, gpa, level, entry);

	model->ops->unlock_books(flags);
	return found;
}

bool seam_sept_link(struct seam_model *model, struct seam_td *td, uint64_t gpa, uint32_t level,
		    struct seam_page *page, enum seam_sept_state state)
{
	const unsigned long flags = model->ops->lock_books();
	struct seam_sept_entry entry;
	bool is_free;
	uint32_t *head;

	is_free = seam_sept_walk(model, td, gpa, level, &entry) && !entry.page;
	if (is_free) {
		head = head_of(td, entry.table);
		page->next = *head;
		page->slot = (uint16_t)entry.slot;
		page->sept_state = state;
		page->first_entry = SEAM_NO_PAGE;
		*head = seam_index_of(model, page);
	}
	model->ops->unlock_books(flags);
	return is_free;
}

void seam_sept_unlink(struct seam_model *model, struct seam_td *td,
		      const struct seam_sept_entry *entry)
{
	const unsigned long flags = model->ops->lock_books();
	const uint32_t index = seam_index_of(model, entry->page);
	uint32_t *link = head_of(td, entry->table);

	while (*link != index)
		link = &seam_page_by_index(model, *link)->next;
	*link = entry->page->next;
	model->ops->unlock_books(flags);
}

enum seam_sept_state seam_sept_state_of(const struct seam_sept_entry *entry)
{
	return entry->page ? (enum seam_sept_state)entry->page->sept_state : SEAM_SEPT_FREE;
}

static uint64_t architectural(const struct seam_model *model, const struct seam_sept_entry *entry)
{
	uint64_t leaf;

	switch (seam_sept_state_of(entry)) {
	case SEAM_SEPT_FREE:
		return ENTRY_SUPPRESS_VE;
	case SEAM_SEPT_NL_MAPPED:
		return ENTRY_RWX;
	case SEAM_SEPT_NL_BLOCKED:
		return 0;
	case SEAM_SEPT_MAPPED:
	case SEAM_SEPT_BLOCKED:
	case SEAM_SEPT_PENDING:
	case SEAM_SEPT_PENDING_BLOCKED:
		break;
	}
	leaf = seam_hpa_of(model, entry->page) | ENTRY_WB | ENTRY_IPAT | ENTRY_LEAF;
	return seam_sept_state_of(entry) == SEAM_SEPT_MAPPED ? leaf | ENTRY_RWX : leaf;
}

void seam_sept_tell(struct seam_call *call, const struct seam_sept_entry *entry)
{
	call->outputs[0] = architectural(call->model, entry);
	call->outputs[1] = entry->level | (uint64_t)seam_sept_state_of(entry) << 8;
}
