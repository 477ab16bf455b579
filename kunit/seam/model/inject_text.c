// SPDX-License-Identifier: GPL-2.0
/*
 * Planned faults as text: "TDH.SPDM.DELETE 1 10 status BUSY". The same syntax for all doors.
 * A text that cannot be parsed is refused with an error that says what is wrong.
 */
#include "internal.h"

struct word {
	const char *text;
	size_t length;
};

struct name {
	const char *text;
	uint64_t value;
};

#define MOST_32 0xFFFFFFFFULL
#define STATUS(NAME) \
	{ \
#NAME, SEAM_##NAME \
	}

static const struct name statuses[] = {
	{"BUSY", SEAM_OPERAND_BUSY},
	STATUS(SUCCESS),
	STATUS(INTERRUPTED_RESUMABLE),
	STATUS(INTERRUPTED_BUSY),
	STATUS(INVALID_RESUMPTION),
	STATUS(OPERAND_INVALID),
	STATUS(OPERAND_ADDR_RANGE_ERROR),
	STATUS(OPERAND_BUSY),
	STATUS(SYS_BUSY),
	STATUS(RND_NO_ENTROPY),
	STATUS(PAGE_METADATA_INCORRECT),
	STATUS(PAGE_NOT_FREE),
	STATUS(HPA_RANGE_NOT_FREE),
	STATUS(NO_PAMT_PAGE_PAIR),
	STATUS(PAMT_PAGE_NOT_EMPTY),
	STATUS(MISSING_PAMT_PAGE_PAIR),
	STATUS(TD_ASSOCIATED_PAGES_EXIST),
	STATUS(SYS_INIT_NOT_PENDING),
	STATUS(SYS_LP_INIT_NOT_DONE),
	STATUS(SYS_LP_INIT_DONE),
	STATUS(SYS_NOT_READY),
	STATUS(SYS_SHUTDOWN),
	STATUS(SYS_KEY_CONFIG_NOT_PENDING),
	STATUS(SYS_STATE_INCORRECT),
	STATUS(SYS_LP_INIT_NOT_PENDING),
	STATUS(SYS_CONFIG_NOT_PENDING),
	STATUS(TD_FATAL),
	STATUS(TDCS_NOT_ALLOCATED),
	STATUS(LIFECYCLE_STATE_INCORRECT),
	STATUS(OP_STATE_INCORRECT),
	STATUS(NO_VCPUS),
	STATUS(TDCX_NUM_INCORRECT),
	STATUS(X2APIC_ID_NOT_UNIQUE),
	STATUS(VCPU_STATE_INCORRECT),
	STATUS(VCPU_ASSOCIATED),
	STATUS(VCPU_NOT_ASSOCIATED),
	STATUS(MAX_VCPUS_EXCEEDED),
	STATUS(KEY_GENERATION_FAILED),
	STATUS(TD_KEYS_NOT_CONFIGURED),
	STATUS(KEY_CONFIGURED),
	STATUS(WBCACHE_NOT_COMPLETE),
	STATUS(HKID_NOT_FREE),
	STATUS(NO_HKID_READY_TO_WBCACHE),
	STATUS(WBCACHE_RESUME_ERROR),
	STATUS(FLUSHVP_NOT_DONE),
	STATUS(TDMR_ALREADY_INITIALIZED),
	STATUS(EPT_WALK_FAILED),
	STATUS(EPT_ENTRY_NOT_PRESENT),
	STATUS(GPA_RANGE_NOT_BLOCKED),
	STATUS(GPA_RANGE_ALREADY_BLOCKED),
	STATUS(TLB_TRACKING_NOT_DONE),
	STATUS(EPT_ENTRY_STATE_INCORRECT),
	STATUS(METADATA_ID_INCORRECT),
	STATUS(METADATA_NOT_WRITABLE),
	STATUS(METADATA_VALUE_NOT_VALID),
	STATUS(METADATA_FIRST_FIELD),
	STATUS(IOMMU_INVALID_STATE),
	STATUS(SPDM_HAS_ACTIVE_IDE_STREAMS),
	STATUS(SPDM_INVALID_STATE),
	STATUS(IDE_STREAM_NOT_CONFIGURED),
	STATUS(IDE_STREAM_BLOCKED),
	STATUS(IDE_STREAM_NOT_BLOCKED),
	STATUS(SPDM_ENTRY_NOT_PRESENT),
	STATUS(IOMMU_ECMD_TIMEOUT),
	STATUS(SPDM_REQUEST),
	STATUS(SPDM_SESSION_KEY_REQUIRE_REFRESH),
};

static const struct name kinds[] = {
	{"status", SEAM_INJECT_STATUS},
	{"status-after", SEAM_INJECT_STATUS_AFTER},
	{"vmfailinvalid", SEAM_INJECT_VMFAILINVALID},
	{"gp", SEAM_INJECT_GP},
	{"ud", SEAM_INJECT_UD},
	{"interrupt", SEAM_INJECT_INTERRUPT},
	{"bad-response", SEAM_INJECT_BAD_RESPONSE},
	{"all-registers", SEAM_INJECT_ALL_REGISTERS},
	{"outputs", SEAM_INJECT_OUTPUTS},
	{"no-entropy", SEAM_INJECT_NO_ENTROPY},
};

static const struct name bad_responses[] = {
	{"swapped-pages", SEAM_BAD_SWAPPED_PAGES}, {"short-list", SEAM_BAD_SHORT_LIST},
	{"foreign-page", SEAM_BAD_FOREIGN_PAGE},   {"keyid-bits", SEAM_BAD_KEYID_BITS},
	{"other-root", SEAM_BAD_OTHER_ROOT},	   {"stale-list", SEAM_BAD_STALE_LIST},
	{"keeps-pages", SEAM_BAD_KEEPS_PAGES},	   {"wrong-resume", SEAM_BAD_WRONG_RESUME},
	{"long-output", SEAM_BAD_LONG_OUTPUT},
};

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\t' || letter == '\n';
}

/* Finds the first @max words of @text. Returns the number of words. */
static uint32_t split(const char *text, struct word *words, uint32_t max)
{
	uint32_t count = 0;

	for (;;) {
		while (is_blank(*text))
			text++;
		if (!*text)
			return count;
		if (count < max)
			words[count] = (struct word){.text = text};
		while (*text && !is_blank(*text)) {
			if (count < max)
				words[count].length++;
			text++;
		}
		count++;
	}
}

static bool is_word(const struct word *word, const char *text)
{
	return strlen(text) == word->length && !memcmp(text, word->text, word->length);
}

static bool find(const struct word *word, const struct name *names, size_t count, uint64_t *value)
{
	for (; count; names++, count--) {
		if (!is_word(word, names->text))
			continue;
		*value = names->value;
		return true;
	}
	return false;
}

static uint32_t digit_of(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	if (letter >= 'A' && letter <= 'F')
		return letter - 'A' + 10;
	return 16;
}

/* A number from @least to @most, decimal or hexadecimal with 0x. */
static bool read_number(const struct word *word, uint64_t least, uint64_t most, uint64_t *value)
{
	const bool is_hex = word->length > 2 && word->text[0] == '0' && word->text[1] == 'x';
	const uint32_t base = is_hex ? 16 : 10;
	size_t i;

	*value = 0;
	for (i = is_hex ? 2 : 0; i < word->length; i++) {
		const uint32_t digit = digit_of(word->text[i]);

		if (digit >= base || *value > (most - digit) / base)
			return false;
		*value = *value * base + digit;
	}
	return *value >= least;
}

/* A name or a number. A number must also be that of a leaf of this model. */
static bool read_leaf(const struct word *word, uint16_t *leaf)
{
	uint64_t number;

	if (read_number(word, 0, SEAM_LEAVES - 1, &number)) {
		*leaf = (uint16_t)number;
		return seam_has_leaf(*leaf);
	}
	for (*leaf = 0; *leaf < SEAM_LEAVES; ++*leaf)
		if (seam_has_leaf(*leaf) && is_word(word, seam_leaf_name(*leaf)))
			return true;
	return false;
}

/* The specification's name, with or without its prefix. */
static bool read_status(const struct word *word, uint64_t *value)
{
	struct word name = *word;

	if (name.length > 4 && !memcmp(name.text, "TDX_", 4)) {
		name.text += 4;
		name.length -= 4;
	}
	return find(&name, statuses, SEAM_COUNT_OF(statuses), value) ||
	       read_number(word, 0, ~0ULL, value);
}

static const char *read_value(const struct word *word, struct seam_injection *injection)
{
	switch (injection->kind) {
	case SEAM_INJECT_VMFAILINVALID:
	case SEAM_INJECT_GP:
	case SEAM_INJECT_UD:
	case SEAM_INJECT_NO_ENTROPY:
		return word ? "this KIND has no VALUE" : NULL;
	case SEAM_INJECT_STATUS:
	case SEAM_INJECT_STATUS_AFTER:
	case SEAM_INJECT_ALL_REGISTERS:
	case SEAM_INJECT_OUTPUTS:
		if (word && read_status(word, &injection->value))
			return NULL;
		return "VALUE has to be a status: its name, such as BUSY, or a number of 64 bits";
	case SEAM_INJECT_INTERRUPT:
		if (word && read_number(word, 1, MOST_32, &injection->value))
			return NULL;
		return "VALUE has to be the number of list entries before the interrupt, from 1 on";
	case SEAM_INJECT_BAD_RESPONSE:
		if (word &&
		    (find(word, bad_responses, SEAM_COUNT_OF(bad_responses), &injection->value) ||
		     read_number(word, 1, SEAM_BAD_RESPONSES - 1, &injection->value)))
			return NULL;
		return "VALUE has to be one of swapped-pages, short-list, foreign-page, "
		       "keyid-bits, "
		       "other-root, stale-list, keeps-pages, wrong-resume, long-output, or its "
		       "number";
	}
	return "KIND is unknown";
}

const char *seam_injection_from_text(const char *text, struct seam_injection *injection)
{
	struct word words[5];
	const uint32_t count = split(text, words, SEAM_COUNT_OF(words));
	uint64_t nth, times, kind;
	const char *flaw;

	*injection = (struct seam_injection){};
	if (count < 4)
		return "want LEAF NTH TIMES KIND [VALUE]";
	if (count > 5)
		return "there is text behind LEAF NTH TIMES KIND [VALUE]";
	if (!read_leaf(&words[0], &injection->leaf))
		return "LEAF has to be a leaf of this TDX module: its name, such as "
		       "TDH.SPDM.DELETE, or its number";
	if (!read_number(&words[1], 1, MOST_32, &nth))
		return "NTH has to be a number from 1 on: 1 is the next call";
	if (!read_number(&words[2], 1, MOST_32, &times))
		return "TIMES has to be a number from 1 on";
	if (!find(&words[3], kinds, SEAM_COUNT_OF(kinds), &kind))
		return "KIND has to be one of status, status-after, vmfailinvalid, gp, ud, "
		       "interrupt, bad-response, all-registers, outputs, no-entropy";
	injection->nth = (uint32_t)nth;
	injection->times = (uint32_t)times;
	injection->kind = kind;
	flaw = read_value(count == 5 ? &words[4] : NULL, injection);
	if (flaw)
		return flaw;
	return seam_injection_has_effect(injection) ? NULL
						    : "calls of this LEAF cannot be interrupted "
						      "so, or give this bad response, or need no "
						      "random numbers";
}
