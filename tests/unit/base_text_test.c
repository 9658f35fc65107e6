// UTF-8, escaping and the distance of names.
#include "runtime/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

// The definition, without tables: decode by the lead byte's length, then refuse what has a shorter form or is no scalar value.
static size_t invalid_at_by_definition(const unsigned char *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		unsigned lead = data[at];
		size_t length = lead < 0x80 ? 1 : (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : (lead & 0xF8) == 0xF0 ? 4 : 0;
		static const unsigned least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
		if (length == 0 || length > size - at)
			return at;
		unsigned code = length == 1 ? lead : lead & (0x7Fu >> length);
		for (size_t i = 1; i < length; i++) {
			if ((data[at + i] & 0xC0) != 0x80)
				return at;
			code = code << 6 | (data[at + i] & 0x3Fu);
		}
		if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
			return at;
		at += length;
	}
	return size;
}

static void every_code_point(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x110800; code++) {
		char bytes[4];
		size_t length = ppm_utf8_encode(code, bytes);
		if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
			assert_int_equal(length, 0);
			continue;
		}
		assert_int_equal(length, code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
		size_t read;
		assert_int_equal(ppm_utf8_decode(bytes, length, &read), code);
		assert_int_equal(read, length);
		assert_int_equal(ppm_utf8_invalid_at(bytes, length), length);
		if (length > 1) {
			assert_int_equal(ppm_utf8_invalid_at(bytes, length - 1), 0);
			assert_int_equal(ppm_utf8_decode(bytes, length - 1, &read), 0xFFFD);
			assert_int_equal(read, 1);
		}
	}
}

static void every_pair_and_boundary(void **state)
{
	(void)state;
	static const unsigned char edges[] = { 0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3,
		0xF4, 0xF5, 0xF8, 0xFF };
	const size_t count = sizeof edges;
	unsigned char data[4];
	for (unsigned pair = 0; pair < 65536; pair++) {
		data[0] = (unsigned char)(pair >> 8);
		data[1] = (unsigned char)pair;
		assert_int_equal(ppm_utf8_invalid_at((const char *)data, 2), invalid_at_by_definition(data, 2));
	}
	for (size_t i = 0; i < count * count * count * count; i++) {
		data[0] = edges[i % count];
		data[1] = edges[i / count % count];
		data[2] = edges[i / count / count % count];
		data[3] = edges[i / count / count / count];
		for (size_t size = 3; size <= 4; size++)
			if (ppm_utf8_invalid_at((const char *)data, size) != invalid_at_by_definition(data, size))
				fail_msg("%02x %02x %02x %02x", data[0], data[1], data[2], data[3]);
	}
}

static void every_place_in_long_text(void **state)
{
	(void)state;
	// In blocks of their own size, so that a sanitizer sees a read too far.
	static const char *pieces[] = { "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xFF", "\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82" };
	for (size_t size = 0; size < 200; size++) {
		char *data = malloc(size + 1);
		assert_non_null(data);
		memset(data, 'a', size);
		assert_int_equal(ppm_utf8_invalid_at(data, size), size);
		for (size_t at = 0; at < size; at++) {
			for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
				size_t length = strlen(pieces[p]);
				if (length > size - at)
					continue;
				memcpy(data + at, pieces[p], length);
				assert_int_equal(ppm_utf8_invalid_at(data, size), p < 3 ? size : at);
				memset(data + at, 'a', length);
			}
		}
		free(data);
	}
	assert_int_equal(ppm_utf8_invalid_at(NULL, 0), 0);
	// Random mixes, against the definition.
	uint64_t random = 12345;
	for (int round = 0; round < 20000; round++) {
		unsigned char data[160];
		size_t size = 0;
		while (size < 150) {
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			unsigned draw = (unsigned)(random >> 33) % 1000;
			if (draw == 0) {
				data[size++] = (unsigned char)(random >> 50);
			} else if (draw < 100) {
				char bytes[4];
				size_t length = ppm_utf8_encode((uint32_t)(random >> 20) % 0x3000, bytes);
				memcpy(data + size, bytes, length);
				size += length;
			} else if (draw < 120) {
				memset(data + size, 'x', 5);
				size += 5;
			} else {
				data[size++] = 'y';
			}
		}
		assert_int_equal(ppm_utf8_invalid_at((const char *)data, size), invalid_at_by_definition(data, size));
	}
}

static void measures(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length, width;
	} cases[] = {
		{ "", 0, 0 },
		{ "abc", 3, 3 },
		{ "caf\xC3\xA9", 4, 4 },
		{ "cafe\xCC\x81", 5, 4 },                         // a combining acute accent
		{ "\xE6\x97\xA5\xE6\x9C\xAC", 2, 4 },             // two CJK ideographs
		{ "\xF0\x9F\x98\x80", 1, 2 },                     // an emoji
		{ "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 3, 2 }, // conjoining Hangul jamo
		{ "\xD0\x96\xD0\xB8", 2, 2 },
		{ "\xE1\x84\x92\xED\x9E\xB0\xED\x9F\x8B", 3, 2 }, // Hangul with an old vowel and final
		{ "\xEF\xBC\xA1", 1, 2 },                           // a full-width letter
		{ "1\xE2\x80\x89"
		  "000\xC2\xA0\xE2\x82\xAC",
			7, 7 },
		{ "\x1B[1m", 4, 3 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t size = strlen(cases[i].text);
		assert_int_equal(ppm_utf8_length(cases[i].text, size), cases[i].length);
		assert_int_equal(ppm_utf8_width(cases[i].text, size), cases[i].width);
	}
}

static void maps_case(void **state)
{
	(void)state;
	static const struct {
		const char *text, *upper, *lower;
	} cases[] = {
		{ "", "", "" },
		{ "az AZ 09 @[`{", "AZ AZ 09 @[`{", "az az 09 @[`{" },
		{ "Stra\xC3\x9F"
		  "e",
			"STRA\xC3\x9F"
			"E",
			"stra\xC3\x9F"
			"e" }, // no simple mapping for the sharp s
		{ "\xC3\xA9\xC3\x89", "\xC3\x89\xC3\x89", "\xC3\xA9\xC3\xA9" },
		{ "\xC3\xBF", "\xC5\xB8", "\xC3\xBF" },                         // y with diaeresis: U+00FF, U+0178
		{ "\xC4\xB1\xC4\xB0", "I\xC4\xB0", "\xC4\xB1i" },               // Turkish dotless and dotted i
		{ "\xCF\x82\xCF\x83", "\xCE\xA3\xCE\xA3", "\xCF\x82\xCF\x83" }, // final sigma
		{ "\xD0\xB6\xD0\x96", "\xD0\x96\xD0\x96", "\xD0\xB6\xD0\xB6" },
		{ "\xE1\xBA\x9E", "\xE1\xBA\x9E", "\xC3\x9F" },                 // the capital sharp s has a small one
		{ "\xF0\x90\x90\xA8", "\xF0\x90\x90\x80", "\xF0\x90\x90\xA8" }, // Deseret, outside the first plane
		{ "\xE6\x97\xA5", "\xE6\x97\xA5", "\xE6\x97\xA5" },
	};
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buffer.size = 0;
		ppm_utf8_append_upper(&buffer, ppm_slice_of(cases[i].text));
		ppm_buffer_append_char(&buffer, '\0');
		assert_string_equal(buffer.data, cases[i].upper);
		buffer.size = 0;
		ppm_utf8_append_lower(&buffer, ppm_slice_of(cases[i].text));
		ppm_buffer_append_char(&buffer, '\0');
		assert_string_equal(buffer.data, cases[i].lower);
	}
	ppm_buffer_free(&buffer);
}

// A byte of every value at every place of texts of every length up to three words: exactly ASCII texts without a letter of the other case stay.
static void knows_what_stays(void **state)
{
	(void)state;
	char text[25];
	for (size_t size = 0; size < sizeof text; size++) {
		memset(text, '-', sizeof text);
		assert_true(ppm_utf8_stays_upper((struct ppm_slice){ text, size }) && ppm_utf8_stays_lower((struct ppm_slice){ text, size }));
		for (size_t place = 0; place < size; place++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				text[place] = (char)byte;
				assert_int_equal(ppm_utf8_stays_upper((struct ppm_slice){ text, size }), byte < 0x80 && !(byte >= 'a' && byte <= 'z'));
				assert_int_equal(ppm_utf8_stays_lower((struct ppm_slice){ text, size }), byte < 0x80 && !(byte >= 'A' && byte <= 'Z'));
			}
			text[place] = '-';
		}
	}
}

static void escapes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size, limit;
		bool quoted;
		const char *shown;
	} cases[] = {
		{ "plain", 5, 0, true, "plain" },
		{ "a\"b\\c", 5, 0, true, "a\\\"b\\\\c" },
		{ "a\"b\\c", 5, 0, false, "a\"b\\c" },
		{ "\x1B[31m\n\t\0\x7F", 9, 0, false, "\\x1b[31m\\x0a\\x09\\x00\\x7f" },
		{ "\xC2\x9B"
		  "1m",
			4, 0, false, "\\u{9b}1m" },
		{ "\xE2\x80\xAE"
		  "abc",
			6, 0, false, "\\u{202e}abc" },
		{ "\xE2\x81\xA6\xE2\x80\x8F", 6, 0, false, "\\u{2066}\\u{200f}" },
		{ "\xD8\x9C", 2, 0, false, "\\u{61c}" },
		{ "\xE2\x80\xA8", 3, 0, false, "\\u{2028}" },
		{ "\xEF\xBB\xBFid", 5, 0, false, "\\u{feff}id" },
		{ "\xFF\xC3", 2, 0, false, "\\xff\\xc3" },
		// The joiners of words and emoji.
		{ "a\xE2\x80\x8C\xE2\x80\x8D", 7, 0, false, "a\xE2\x80\x8C\xE2\x80\x8D" },
		{ "caf\xC3\xA9 \xE6\x97\xA5\xF0\x9F\x98\x80", 13, 0, true, "caf\xC3\xA9 \xE6\x97\xA5\xF0\x9F\x98\x80" },
		{ "abcdef", 6, 6, true, "abcdef" },
		{ "abcdef", 6, 5, true, "abcde\xE2\x80\xA6" },
		{ "abc\xC3\xA9", 5, 4, true, "abc\xE2\x80\xA6" },
		{ "\xC3\xA9", 2, 1, true, "\xE2\x80\xA6" },
		{ "", 0, 3, true, "" },
	};
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buffer.size = 0;
		ppm_text_append_escaped(&buffer, (struct ppm_slice){ cases[i].text, cases[i].size }, cases[i].limit, cases[i].quoted);
		ppm_buffer_append_char(&buffer, '\0');
		assert_string_equal(buffer.data, cases[i].shown);
	}
	ppm_buffer_free(&buffer);
}

static const struct {
	const char *a, *b;
	size_t distance;
} distances[] = {
	{ "kitten", "sitting", 3 },
	{ "ca", "abc", 3 }, // 2 if a transposed pair could be edited again
	{ "revenue", "revneue", 1 },
	{ "Revenue", "rEVENUE", 0 },
	{ "baacbb", "baaabcab", 3 },
	{ "", "c", 1 },
	{ "aa", "cbabc", 4 },
	{ "ccbbbabab", "abc", 7 },
	{ "cbbcab", "cacccabb", 4 },
	{ "", "baaccab", 7 },
	{ "aaaacbbab", "b", 8 },
	{ "caa", "baabcbca", 6 },
	{ "bc", "cacaabca", 6 },
	{ "bcb", "bca", 1 },
	{ "bcca", "cbcaaba", 4 },
	{ "bbcacccaa", "accca", 4 },
	{ "bcabb", "babcbc", 3 },
	{ "bbbbcba", "ccbabcaa", 4 },
	{ "b", "cc", 2 },
	{ "bca", "aabccb", 4 },
	{ "ccbbabb", "", 7 },
	{ "cacaac", "cab", 4 },
	{ "cbabc", "a", 4 },
	{ "cbacbbb", "cca", 5 },
	{ "", "a", 1 },
	{ "", "acaababb", 8 },
	{ "acccaba", "bab", 5 },
	{ "b", "", 1 },
	{ "acbaaccbb", "ab", 7 },
	{ "cacacab", "aaabcbbca", 6 },
	{ "acaaabbb", "baabc", 5 },
	{ "aaaaaa", "b", 6 },
	{ "a", "bbb", 3 },
	{ "cba", "abca", 2 },
	{ "cbcccbaab", "", 9 },
	{ "bacca", "bcbbbbbbb", 8 },
	{ "acca", "", 4 },
	{ "aa", "bacba", 3 },
	{ "cbbaab", "", 6 },
	{ "bcac", "aaabacac", 4 },
	{ "bca", "cabba", 3 },
	{ "abcbaca", "cabbbba", 4 },
	{ "bc", "a", 2 },
	{ "ba", "cacabaacc", 7 },
};

static void measures_distance(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
		struct ppm_slice a = ppm_slice_of(distances[i].a), b = ppm_slice_of(distances[i].b);
		for (size_t limit = 0; limit < 12; limit++) {
			size_t expected = distances[i].distance > limit ? limit + 1 : distances[i].distance;
			assert_int_equal(ppm_text_distance(a, b, limit), expected);
			assert_int_equal(ppm_text_distance(b, a, limit), expected);
		}
		assert_int_equal(ppm_text_distance(a, b, SIZE_MAX), distances[i].distance);
	}
	char longest[65];
	memset(longest, 'a', sizeof longest);
	assert_int_equal(ppm_text_distance((struct ppm_slice){ longest, 64 }, (struct ppm_slice){ longest, 64 }, 2), 0);
	assert_int_equal(ppm_text_distance((struct ppm_slice){ longest, 65 }, (struct ppm_slice){ longest, 65 }, 2), 3);
	assert_int_equal(ppm_text_distance((struct ppm_slice){ longest, 64 }, (struct ppm_slice){ NULL, 0 }, 100), 64);
}

// What GitHub's Markdown would take for a mark is none any more, and what it would not stays as it is.
static void is_no_markdown(void **state)
{
	static const struct {
		const char *text, *shown;
		size_t limit;
	} cases[] = {
		{ "slow_payer _x_ a_", "slow_payer \\_x\\_ a\\_", 0 },
		{ "a|b `c` *d* [e](f) <g> & ~h $i \\", "a\\|b \\`c\\` \\*d\\* \\[e\\](f) \\<g\\> \\& \\~h \\$i \\\\", 0 },
		{ "@ceo a@b.org #12 # ##", "&#64;ceo a@b.org &#35;12 # ##", 0 },
		{ "## title", "&#35;# title", 0 },
		{ "### bars", "&#35;## bars", 0 },
		{ "####", "####", 0 },
		{ "a\r\nb\nc\td", "a<br>b<br>c d", 0 },
		{ "\x1b[1m", "\\x1b\\[1m", 0 },
		{ "\xc3\xa4\xc3\xb6", "\xc3\xa4…", 3 },
		{ "\xc3\xa4", "…", 1 },
		{ "#\ttitle", "&#35; title", 0 }, // the tab is written as a blank
		{ "a\rb\r", "a<br>b<br>", 0 },
		{ "@ a#b x@", "@ a&#35;b x@", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_buffer out;
		ppm_buffer_init(&out, NULL);
		ppm_text_append_markdown(&out, ppm_slice_of(cases[i].text), cases[i].limit);
		ppm_buffer_append_char(&out, 0);
		assert_string_equal(out.data, cases[i].shown);
		ppm_buffer_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point),
		cmocka_unit_test(every_pair_and_boundary),
		cmocka_unit_test(every_place_in_long_text),
		cmocka_unit_test(measures),
		cmocka_unit_test(maps_case),
		cmocka_unit_test(knows_what_stays),
		cmocka_unit_test(escapes),
		cmocka_unit_test(measures_distance),
		cmocka_unit_test(is_no_markdown),
	};
	return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
