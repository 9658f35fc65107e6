// The automaton against PCRE2: the same answer for every pattern that it takes, over patterns and texts that are drawn with a fixed seed, and over those that people write. More of them:
// AUTOMATON_PATTERNS=1000000 build/release/tests/unit/text_automaton_test
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/vm/text_automaton.h"
#include "runtime/vm/text_pattern.h"

static uint64_t state_of_draws = 20261122;

static uint32_t below(uint32_t count)
{
	uint64_t x = state_of_draws += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)(((x >> 32) * count) >> 32);
}

struct text {
	char data[512];
	size_t size;
};

static void put(struct text *text, const char *more)
{
	size_t size = strlen(more);
	if (text->size + size > sizeof text->data)
		return;
	memcpy(text->data + text->size, more, size);
	text->size += size;
}

static void put_one_of(struct text *text, const char *const *list, size_t count)
{
	put(text, list[below((uint32_t)count)]);
}

// Few letters, so that texts match often; what case does to k and s, bytes of every length of UTF-8, and whatever assertions look at.
static const char *const letters[] = { "a", "b", "a", "b", "k", "K", "s", "S", "_", "0", "9", " ", "-", ".", "@", "\n", "\xC5\xBF", "\xE2\x84\xAA", "\xC3\xA9", "\xC3\x89",
	"\xE2\x82\xAC", "\xF0\x9F\x98\x80" };
static const char *const atoms[] = { "a", "b", "k", "s", "S", "0", "_", "-", "@", " ", "\\.", ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\xC3\xA9", "\xE2\x82\xAC",
	"\xF0\x9F\x98\x80", "\\n", "\\x61", "\\x{e9}", "\\x{20ac}", "\\-", "\\@", "]", "}" };
// The first three never stand beside the last four: PCRE2 10.42 forgets characters above U+00FF then.
static const char *const members[] = { "[:alpha:]", "[:punct:]", "[:space:]", "a", "b", "k", "K", "s", "a-c", "a-z", "A-Z", "0-9", "\\d", "\\w", "\\s", "\\.", "\\]", "\\-",
	"\xC3\xA9", "\xC3\xA0-\xC3\xBF", "\xC3\xA9-\xE2\x82\xAC", "\\x{80}-\\x{10ffff}", "@", " ", "_", "!-z", "\\x41-\\x5a", "-", "[", "^", "\\D", "\\W", "\\S", "[:^digit:]" };
static const char *const assertions[] = { "^", "$", "\\b", "\\B", "\\A", "\\z" };
// The last one never stands behind a group: PCRE2 10.42 takes its first characters for the pattern's then.
static const char *const repeats[] = { "*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{2,4}", "{3,}?", "{0}" };

static void put_choices(struct text *pattern, unsigned depth);

static void put_atom(struct text *pattern, unsigned depth)
{
	size_t repeated = sizeof repeats / sizeof *repeats;
	switch (below(depth ? 9 : 7)) {
	case 0:
	case 1:
	case 2:
	case 3: put_one_of(pattern, atoms, sizeof atoms / sizeof *atoms); break;
	case 4:
	case 5: {
		size_t named = below(2) ? 3 : 0;
		put(pattern, below(3) ? "[" : "[^");
		for (uint32_t count = 1 + below(3); count; count--)
			put_one_of(pattern, members + named, sizeof members / sizeof *members - (named ? named : 4));
		put(pattern, "]");
		break;
	}
	case 6: put_one_of(pattern, assertions, sizeof assertions / sizeof *assertions); return;
	default: {
		static const char *const opens[] = { "(", "(?:", "(?i:", "(?s:", "(?-i:", "(?i-s:", "((?i)" };
		put_one_of(pattern, opens, below(2) ? 2 : sizeof opens / sizeof *opens);
		put_choices(pattern, depth - 1);
		put(pattern, ")");
		repeated--;
	}
	}
	if (below(3) == 0)
		put_one_of(pattern, repeats, repeated);
}

static void put_choices(struct text *pattern, unsigned depth)
{
	do
		for (uint32_t count = below(4); count; count--)
			put_atom(pattern, depth);
	while (below(4) == 0 && (put(pattern, "|"), true));
}

static void show(FILE *file, struct ppm_slice text)
{
	for (size_t i = 0; i < text.size; i++)
		fprintf(file, (unsigned char)text.data[i] >= 0x20 && (unsigned char)text.data[i] < 0x7F ? "%c" : "\\x%02x", (unsigned char)text.data[i]);
}

static void hold_against(struct ppm_slice pattern, const struct ppm_text_automaton *automaton, struct ppm_text_pattern *reference, const struct text *texts, size_t count)
{
	struct ppm_slice slices[64];
	uint8_t answers[64];
	assert_true(count <= 64);
	for (size_t i = 0; i < count; i++) {
		// A copy of its own, so that a byte too far is seen.
		char *copy = malloc(texts[i].size + !texts[i].size);
		memcpy(copy, texts[i].data, texts[i].size);
		slices[i] = (struct ppm_slice){ copy, texts[i].size };
	}
	ppm_text_automaton_match_many(automaton, slices, count, answers);
	for (size_t i = 0; i < count; i++) {
		enum ppm_text_match wanted = ppm_text_pattern_match(reference, slices[i]);
		bool found = ppm_text_automaton_match(automaton, slices[i]);
		if (answers[i] != found || (wanted == PPM_TEXT_MATCH) != found) {
			if (wanted == PPM_TEXT_MATCH || wanted == PPM_TEXT_NO_MATCH) {
				fprintf(stderr, "pattern ");
				show(stderr, pattern);
				fprintf(stderr, "\ntext    ");
				show(stderr, slices[i]);
				fprintf(stderr, "\nautomaton %d, among others %d, PCRE2 %d\n", found, answers[i], wanted);
				fail();
			}
		}
		free((void *)(uintptr_t)slices[i].data);
	}
}

static void random_patterns(void **state)
{
	(void)state;
	const char *wanted = getenv("AUTOMATON_PATTERNS");
	size_t patterns = wanted ? strtoul(wanted, NULL, 10) : 8000, taken = 0, valid = 0;
	static struct text texts[21];
	for (size_t i = 0; i < patterns; i++) {
		struct text pattern = { .size = 0 };
		if (below(6) == 0)
			put(&pattern, "(?i)");
		put_choices(&pattern, 3);
		char problem[160];
		size_t offset;
		struct ppm_slice slice = { pattern.data, pattern.size };
		enum ppm_status checked = ppm_text_pattern_check(NULL, slice, problem, sizeof problem, &offset);
		struct ppm_text_automaton *automaton;
		assert_true(ppm_text_automaton_new(ppm_allocator_default(), slice, &automaton));
		if (checked != PPM_OK && automaton) {
			fprintf(stderr, "refused (%s), but taken: ", problem);
			show(stderr, slice);
			fprintf(stderr, "\n");
			fail();
		}
		valid += checked == PPM_OK;
		if (automaton) {
			taken++;
			struct ppm_text_pattern *reference = ppm_text_pattern_new(ppm_allocator_default(), slice, PPM_TEXT_ENGINE_PCRE2);
			assert_non_null(reference);
			for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
				texts[k].size = 0;
				for (uint32_t count = below(k ? 12 : 1); count; count--)
					put_one_of(&texts[k], letters, k % 3 ? 4 + k % 3 * 9 : 4);
			}
			hold_against(slice, automaton, reference, texts, sizeof texts / sizeof *texts);
			ppm_text_pattern_free(reference);
		}
		ppm_text_automaton_free(automaton);
	}
	printf("%zu patterns, %zu of them valid, %zu with an automaton\n", patterns, valid, taken);
	assert_true(taken > valid * 2 / 3);
}

static struct ppm_text_automaton *automaton_of(const char *pattern)
{
	struct ppm_text_automaton *automaton;
	assert_true(ppm_text_automaton_new(ppm_allocator_default(), ppm_slice_of(pattern), &automaton));
	return automaton;
}

// What each matches was worked out by hand.
static void patterns_that_people_write(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		const char *yes[4], *no[6];
	} cases[] = {
		{ "@(gmail|yahoo|outlook|hotmail)\\.", { "a@gmail.com", "@@yahoo.de", "x@outlook." }, { "a@gmail", "gmail.com", "a@acme.com", "", "@Gmail.com" } },
		{ "^[^@ ]+@[^@ ]+\\.[a-z]{2,}$", { "a@b.de", "\xC3\xA9@\xE2\x82\xAC.com", "a@b.c.io" }, { "a@b.c", "a b@c.de", "a@b@c.de", "@b.de", "a@b.de\n" } },
		{ "^\\+[0-9]{1,3} [0-9]{2,4} [0-9]{5,8}$", { "+1 22 55555", "+123 4444 88888888" }, { "+1 2 55555", "+1234 22 55555", "+1 22 4444", "+1 22 999999999", "n/a" } },
		{ "\\bdemo\\b",
			{ "demo", "a demo.", "demo-day",
				"\xC3\xA9"
				"demo\xC3\xA9" },
			{ "demos", "ademo", "_demo", "demo1", "dem o" } },
		{ "\\B-\\B", { "-", " - ", "a--", "\xC3\xA9-" }, { "a-", "-a", "a-b" } },
		{ "(?i)k[\xC3\xA9s]", { "ks", "KS", "\xE2\x84\xAAs", "k\xC5\xBF" }, { "k", "sk" } },
		{ "(?i)task", { "TASK", "ta\xC5\xBFk", "tas\xE2\x84\xAA" }, { "tak", "ta\xC3\x9Fk" } },
		{ "^(a(?i)b|c)$", { "ab", "aB", "C" }, { "AB", "A", "" } },
		{ "^.$", { "a", "\xC3\xA9", "\xF0\x9F\x98\x80" }, { "", "\n", "ab", "e\xCC\x81" } },
		{ "(?s)^.$", { "\n", "a" }, { "" } },
		{ "^[\\D[:space:]]$", { "a", "\xE2\x82\xAC", " " }, { "0", "" } },
		{ "^(|a){3}$", { "", "a", "aaa" }, { "aaaa", "b" } },
		{ "^(?:a?){3}a{3}$", { "aaa", "aaaaaa" }, { "aa", "aaaaaaa" } },
		{ "x{0}y{2,}", { "yy", "xyyy" }, { "y", "xx", "" } },
		{ "^(?P<first>a)(?<second>b)$", { "ab" }, { "a" } },
		{ "(?:\\w.|)[^ A-Z]*b", { "bk", " b" }, { "a" } }, // the machine code that PCRE2 10.42 makes does not find it
		{ "", { "", "a" }, { NULL } },
		{ "$^", { "" }, { "a", "\n" } },
		{ "[]a]", { "]", "a" }, { "[", "" } },
		{ "[^]a]", { "[", "b" }, { "]", "a", "" } },
		{ "^\\a\\f\\r\\t\\n$", { "\a\f\r\t\n" }, { "afrtn", "\a\f\r\t" } },
		{ "^[\\a\\f\\r\\t]{4}$", { "\a\f\r\t", "\t\t\t\t" }, { "afrt", "\n\n\n\n", "\\\\\\\\" } },
		{ "^\\x4a\\x4A\\x{6a}\\x{20AC}\\x{00000a}$", { "JJj\xE2\x82\xAC\n" }, { "jjj\xE2\x82\xAC\n", "JJJ\xE2\x82\xAC\n" } },
		{ "(?Ui)^A+b$", { "aab", "AB" }, { "b", "aa" } },
		{ "^(?U:a+)(?i-U:b)$", { "aab", "aB" }, { "Ab" } },
		{ "^[[:^digit:][:xdigit:]]+$",
			{ "a0",
				"f\xC3\xA9"
				"9" },
			{ "" } },
		{ "^[[:upper:][:lower:]][[:alnum:]][[:word:]]$", { "aZ_", "Z99" }, { "_aa", "a_a", "aa-" } },
		{ "^[^[:punct:]]$", { "a", " ", "\xC3\xA9" }, { "!", "/", ":", "@", "[", "~" } },
		{ "(?i)^[^k]$", { "a", "s" }, { "k", "K", "\xE2\x84\xAA" } },
		{ "(?s)^.{2}$", { "\n\n", "a\xF0\x9F\x98\x80" }, { "\n", "abc" } },
		{ "^a{1000}$", { NULL }, { "a", "" } },
		{ "^\\W\\.\\S$", { "-.a", "\xC3\xA9.\xC3\xA9" }, { "a.a", "-.\t", "-aa" } },
		{ "^(?i)(?:a(?-i)b|c)d$", { "AbD", "cd" }, { "ABd", "Cd", "d" } },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_text_automaton *automaton = automaton_of(cases[i].pattern);
		bool left = i == 5 || strcmp(cases[i].pattern, "^a{1000}$") == 0; // letters beyond ASCII in any case are PCRE2's, and what is long
		if (left != (automaton == NULL))
			fail_msg("%s has %s automaton", cases[i].pattern, automaton ? "an" : "no");
		struct ppm_text_pattern *pattern = ppm_text_pattern_new(ppm_allocator_default(), ppm_slice_of(cases[i].pattern), PPM_TEXT_ENGINE_ANY);
		assert_non_null(pattern);
		for (size_t k = 0; k < 4 && cases[i].yes[k]; k++)
			if (ppm_text_pattern_match(pattern, ppm_slice_of(cases[i].yes[k])) != PPM_TEXT_MATCH)
				fail_msg("%s is not found in %s", cases[i].pattern, cases[i].yes[k]);
		for (size_t k = 0; k < 6 && cases[i].no[k]; k++)
			if (ppm_text_pattern_match(pattern, ppm_slice_of(cases[i].no[k])) != PPM_TEXT_NO_MATCH)
				fail_msg("%s is found in %s", cases[i].pattern, cases[i].no[k]);
		ppm_text_pattern_free(pattern);
		ppm_text_automaton_free(automaton);
	}
}

static void large_ones_are_left_to_pcre2(void **state)
{
	(void)state;
	static const char *const without[] = { "(a|b)*a(a|b){14}", "a{1000}", "(([a-z]{1,9}){1,9}){1,9}", "a[ab]{10}$", "(?:.?){200}x", "\\pL", "(?m)^a", "\\Qa\\E", "a{,3}", "[a-\\d]",
		"[\\d-z]", "(?i)\xC3\xA9", "[[:^foo:]]" };
	for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
		struct ppm_text_automaton *automaton = automaton_of(without[i]);
		if (automaton)
			fail_msg("%s has an automaton", without[i]);
	}
	// Neither what PCRE2 refuses, whoever asks.
	static const char *const wrong[] = { "*a", "+", "?", "a|*", "{", "{2}", "a**", "a*+", "a??+", "a???", "a{2}{3}", "a{2}?*", "a*{2}", "a{2,1}", "a{2", "a{2,", "a{2,x}", "a{1001}",
		"a{1,1001}", "a{99999999999}", "^*", "(?i)*", "\\", "\\x{}", "\\x{g}", "\\x{41", "\\x{0}", "\\x{110000}", "\\x{1234567}", "\\x{d800}", "\\x{dfff}", "\\x4", "\\x4g",
		"\\xg4", "\\\t", "\\\x7f", "\\\xC3\xA9", "\\e", "\\1", "\\Z", "\\E", "[", "[^", "[a", "[\\", "[a-", "[b-a]", "[\\z]", "[a-[]", "[[.a.]]", "[[=a=]]", "[[:alpha]",
		"[[:alpha", "[[:alpha:x]", "[[:alphabet:]]", "[[:nothing:]]", "(?i)[[:alpha:]]", "(?i)[a-\xC3\xA9]", "(", "(a", "(a|b", "(?", "(?P", "(?P=n)", "(?Px", "(?<n", "(?x)a", "(?i-s-i)a",
		")", "a)", "\xFF", "a\xC3", "[\xFF]" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct ppm_text_automaton *automaton = automaton_of(wrong[i]);
		if (automaton)
			fail_msg("%s has an automaton", wrong[i]);
	}
	struct ppm_text_automaton *none;
	assert_true(ppm_text_automaton_new(ppm_allocator_default(), (struct ppm_slice){ "a\0b", 3 }, &none));
	assert_null(none);
	struct text deep = { .size = 0 };
	for (size_t i = 0; i < 150; i++)
		put(&deep, "(");
	for (size_t i = 0; i < 150; i++)
		put(&deep, ")");
	struct ppm_text_automaton *automaton;
	assert_true(ppm_text_automaton_new(ppm_allocator_default(), (struct ppm_slice){ deep.data, deep.size }, &automaton));
	assert_null(automaton);

	// And those that are taken are small.
	uint32_t states;
	size_t bytes;
	automaton = automaton_of("^[a-z]+\\.[a-z]+[0-9]*@");
	ppm_text_automaton_size(automaton, &states, &bytes);
	assert_true(states <= 8 &&
		bytes <= 8 * 7 * 2); // the two ends, five places in the pattern, and the one where nothing is left; [a-z] [0-9] . @ others, the end, and bytes within characters
	ppm_text_automaton_free(automaton);
}

// Whether the pattern has an automaton, which is right then for the texts.
static bool is_taken(struct ppm_slice pattern, const struct text *texts, size_t count)
{
	struct ppm_text_automaton *automaton;
	assert_true(ppm_text_automaton_new(ppm_allocator_default(), pattern, &automaton));
	if (!automaton)
		return false;
	struct ppm_text_pattern *reference = ppm_text_pattern_new(ppm_allocator_default(), pattern, PPM_TEXT_ENGINE_PCRE2);
	assert_non_null(reference);
	hold_against(pattern, automaton, reference, texts, count);
	ppm_text_pattern_free(reference);
	ppm_text_automaton_free(automaton);
	return true;
}

// Classes of so many characters that there is no more room, at every place where one more is added: a letter in any case brings its other cases, a kind its ranges.
static void classes_of_many_characters(void **state)
{
	(void)state;
	static const struct {
		const char *opens, *last;
		bool codes; // the characters before the last: U+0600, U+0602 and so on, or the same one again and again
	} cases[] = { { "[", "", true }, { "[", "\\d", true }, { "[", "\\w", true }, { "[", "\\D", true }, { "[", "[:punct:]", true }, { "(?s)[^", "", true },
		{ "(?s)[^", "a", true }, { "(?i)[", "", false }, { "(?i)[", "a", false }, { "(?i)[", "k", false }, { "(?i)[", "s", false }, { "(?i)[^", "r-t", false } };
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		bool taken = true;
		for (unsigned count = 120; count <= 130; count++) {
			static char pattern[2000];
			size_t size = (size_t)snprintf(pattern, sizeof pattern, "%s", cases[k].opens);
			for (unsigned i = 0; i < count; i++)
				size += (size_t)(cases[k].codes ? snprintf(pattern + size, sizeof pattern - size, "\\x{%x}", 0x600 + 2 * i)
								: snprintf(pattern + size, sizeof pattern - size, "!"));
			size += (size_t)snprintf(pattern + size, sizeof pattern - size, "%s]", cases[k].last);
			struct ppm_slice slice = { pattern, size };
			static const char *const samples[] = { "\xD8\x80", "\xD8\x81", "a", "S", "7", "!", "\xE2\x84\xAA" }; // U+0600, U+0601, the sign for kelvin
			static struct text texts[sizeof samples / sizeof *samples];
			for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
				texts[i].size = 0;
				put(&texts[i], samples[i]);
			}
			bool taken_now = is_taken(slice, texts, sizeof samples / sizeof *samples);
			assert_true(taken || !taken_now);
			taken = taken_now;
		}
		assert_false(taken);
	}
}

// Each thing that a pattern can have stands where the last parts are used up: it has an automaton that is right, or none, and none of a longer pattern has one then.
static void patterns_that_end_with_the_room(void **state)
{
	(void)state;
	static const char *const ends[] = { "", "b", "b{0}", "b*", "b{2,3}", "b{2,}", "|b", "|", "(|b)", "()", "(?:b|c|d)", "(?i)k", "\\b", "$", ".", "\\D",
		"[b\xC3\xA9\xE2\x82\xAC]", "\xF0\x9F\x98\x80", "[\\x{7ff}-\\x{10000}]", "[\\x{90}-\\x{10ffee}]" };
	static struct text texts[3];
	for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
		for (unsigned odd = 0; odd < 2; odd++) {
			bool taken = true;
			for (unsigned count = 232; count <= 256; count++) {
				struct text pattern = { .size = 0 };
				put(&pattern, odd ? "^x{0}" : "^");
				for (unsigned i = 0; i < count; i++)
					put(&pattern, "a");
				for (size_t i = 0; i < 3; i++) {
					texts[i].size = 0;
					for (unsigned a = i == 2; a < count; a++)
						put(&texts[i], "a");
					put(&texts[i], i ? "bb" : "");
				}
				put(&pattern, ends[k]);
				struct ppm_slice slice = { pattern.data, pattern.size };
				bool taken_now = is_taken(slice, texts, 3);
				assert_true(taken || !taken_now);
				taken = taken_now;
			}
			assert_false(taken);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_that_people_write),
		cmocka_unit_test(large_ones_are_left_to_pcre2),
		cmocka_unit_test(classes_of_many_characters),
		cmocka_unit_test(patterns_that_end_with_the_room),
		cmocka_unit_test(random_patterns),
	};
	return cmocka_run_group_tests_name("text_automaton", tests, NULL, NULL);
}
