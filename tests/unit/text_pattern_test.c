// Regular expressions: what both RE2 and PCRE2 know is accepted and means the same, the rest is refused with its place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/vm/text_pattern.h"
#include "tests/unit/failing_heap.h"

static void patterns_are_those_of_re2(void **state)
{
	(void)state;
	static const char *const good[] = { "", "abc", "^a.c$", "[a-z]+?", "(?i)x", "(?i:x)y", "(?:a|b)*", "(?P<n>a)", "a{2,5}", "\\d+\\.\\d{2}", "[[:alpha:]_]", "\\pL\\p{Greek}",
		"[^]a]", "a{,3}", "\\Qa+*\\E", "\\Qa\\b(*\\E+", "\\Q(?=", "\\PL", "[\\P{Greek}]", "(?<n>a)", "(?s-i:a)", "(?i)", "[[:a]", "[[:a[]", "[[.a]", "[[=a]", "a{b}", "a{}", "\\~\\[\\:\\/", "[[:a:b]]",
		"a{,}", "a{1,2,3}", "a{1", "a{1,x}", "x\\z", "\\x41\\x{20ac}", "{" };
	static const struct { const char *pattern; size_t offset; } bad[] = {
		{ "(a)\\1", 3 }, { "a(?=b)", 1 }, { "(?!a)", 0 }, { "(?<=a)b", 0 }, { "(?<!a)b", 0 }, { "(?>a)", 0 }, { "a++", 1 }, { "a*+", 1 }, { "a{2}+", 1 }, { "(?R)", 0 },
		{ "(?1)(a)", 0 }, { "(?P=n)", 0 }, { "(?P>n)", 0 }, { "(?&n)", 0 }, { "(?C1)a", 0 }, { "a\\C", 1 }, { "\\R", 0 }, { "\\X", 0 }, { "a\\K", 1 }, { "\\Ga", 0 },
		{ "a\\Z", 1 }, { "(*COMMIT)a", 0 }, { "(?|a|b)", 0 }, { "(?x)a", 0 }, { "\\k<n>", 0 }, { "\\g1", 0 }, { "a{1001}", 1 }, { "(?#c)", 0 }, { "[a", 0 }, { "a\\", 1 },
		{ "\\h", 0 }, { "[\\b]", 1 }, { "a**", 2 }, { "(?(1)a)", 0 }, { "[[.a.]]", 1 }, { "[[=a=]]", 1 }, { "[a\\1]", 2 }, { "(?)a", 0 }, { "(?-)a", 0 }, { "(?i", 0 },
		{ "(?ix:a)", 0 }, { "(?P", 0 }, { "(?", 0 }, { "a\\\xC3\xA9", 1 }, { "a{2}{3}", 4 }, { "a{1,1001}", 1 }, { "a{99999999999}", 1 }, { "[", 0 },
		{ "[^]", 0 }, { "[[:alpha:]", 0 },
	};
	char problem[200];
	size_t offset;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (ppm_text_pattern_check(NULL, ppm_slice_of(good[i]), problem, sizeof problem, &offset))
			fail_msg("%s: %s at %zu", good[i], problem, offset);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		offset = 99;
		if (!ppm_text_pattern_check(NULL, ppm_slice_of(bad[i].pattern), problem, sizeof problem, &offset))
			fail_msg("%s was accepted", bad[i].pattern);
		if (offset != bad[i].offset)
			fail_msg("%s: at %zu, not %zu: %s", bad[i].pattern, offset, bad[i].offset, problem);
	}
	assert_int_equal(ppm_text_pattern_check(NULL, PPM_SLICE("(a"), problem, sizeof problem, &offset), PPM_ERROR_MODEL);
	assert_int_equal(ppm_text_pattern_check(NULL, PPM_SLICE("a)"), problem, sizeof problem, &offset), PPM_ERROR_MODEL);

	// A NUL, and what is longer than a pattern may be.
	assert_int_equal(ppm_text_pattern_check(NULL, (struct ppm_slice){ "a\0b", 3 }, problem, sizeof problem, &offset), PPM_ERROR_MODEL);
	assert_int_equal(offset, 1);
	assert_int_equal(ppm_text_pattern_check(NULL, (struct ppm_slice){ "b\\\0", 3 }, problem, sizeof problem, &offset), PPM_ERROR_MODEL);
	assert_int_equal(offset, 1);
	static char long_pattern[65537];
	memset(long_pattern, 'a', sizeof long_pattern);
	assert_int_equal(ppm_text_pattern_check(NULL, (struct ppm_slice){ long_pattern, sizeof long_pattern }, problem, sizeof problem, &offset), PPM_ERROR_MODEL);
	assert_int_equal(offset, 0);

	struct ppm_text_pattern *pattern = ppm_text_pattern_new(ppm_allocator_default(), PPM_SLICE("b.$"), PPM_TEXT_ENGINE_PCRE2);
	assert_non_null(pattern);
	assert_int_equal(ppm_text_pattern_match(pattern, PPM_SLICE("ab\xc3\xa4")), PPM_TEXT_MATCH);
	// $ is the end alone, not the place before a last line break; . is no line break.
	assert_int_equal(ppm_text_pattern_match(pattern, PPM_SLICE("abc\n")), PPM_TEXT_NO_MATCH);
	assert_int_equal(ppm_text_pattern_match(pattern, PPM_SLICE("")), PPM_TEXT_NO_MATCH);
	ppm_text_pattern_free(pattern);

	// Nothing at all, of which there is not even an address.
	assert_int_equal(ppm_text_pattern_check(NULL, (struct ppm_slice){ NULL, 0 }, problem, sizeof problem, &offset), PPM_OK);
	pattern = ppm_text_pattern_new(ppm_allocator_default(), (struct ppm_slice){ NULL, 0 }, PPM_TEXT_ENGINE_PCRE2);
	assert_non_null(pattern);
	assert_int_equal(ppm_text_pattern_match(pattern, (struct ppm_slice){ NULL, 0 }), PPM_TEXT_MATCH);
	ppm_text_pattern_free(pattern);

	// A text that the generated code has no stack for is left to the interpreter, which has limits, but never a wrong answer.
	pattern = ppm_text_pattern_new(ppm_allocator_default(), PPM_SLICE("^(?:(a)|(b))*$"), PPM_TEXT_ENGINE_PCRE2);
	assert_non_null(pattern);
	static char long_text[4 << 20];
	memset(long_text, 'a', sizeof long_text);
	assert_int_not_equal(ppm_text_pattern_match(pattern, (struct ppm_slice){ long_text, sizeof long_text }), PPM_TEXT_NO_MATCH);
	assert_int_equal(ppm_text_pattern_match(pattern, (struct ppm_slice){ long_text, 100 }), PPM_TEXT_MATCH);
	ppm_text_pattern_free(pattern);
}

// Matching needs memory too, and says so when there is none.
static void a_pattern_without_memory(void **state)
{
	(void)state;
	for (size_t fail_at = 1;; fail_at++) {
		struct counted_heap heap = { .fail_at = fail_at };
		const struct ppm_allocator allocator = { counted_reallocate, &heap };
		struct ppm_text_pattern *pattern = ppm_text_pattern_new(&allocator, PPM_SLICE("(?:a|b)+\\pL"), PPM_TEXT_ENGINE_PCRE2);
		if (!pattern) {
			assert_true(heap.failed);
			assert_int_equal(heap.live, 0);
			continue;
		}
		enum ppm_text_match match = ppm_text_pattern_match(pattern, PPM_SLICE("abba"));
		assert_int_equal(match, heap.failed ? PPM_TEXT_MATCH_MEMORY : PPM_TEXT_MATCH);
		assert_int_equal(ppm_text_pattern_match(pattern, PPM_SLICE("abba")), PPM_TEXT_MATCH);
		ppm_text_pattern_free(pattern);
		assert_int_equal(heap.live, 0);
		if (!heap.failed)
			break;
		assert_int_equal(match, PPM_TEXT_MATCH_MEMORY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_those_of_re2),
		cmocka_unit_test(a_pattern_without_memory),
	};
	return cmocka_run_group_tests_name("text_pattern", tests, NULL, NULL);
}
