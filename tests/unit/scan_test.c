// The structural scan against a reading of the text byte by byte, for every instruction set that this processor has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/source/scan.h"
#include <stdio.h>
#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct expected {
	uint32_t offsets[4096];
	size_t count;
	uint64_t lines, quoted_lines;
	bool stray, nul, carriage, bare, high;
	char state; // s start of a field, p plain, q in quotes, c after a closing one
};

// Written for the test: one character after another, with the state as a letter.
static void read_slowly(struct expected *e, const char *text, size_t size, char delimiter)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		bool outside = e->state != 'q';
		if (c == '\0')
			e->nul = true;
		if ((unsigned char)c >= 0x80)
			e->high = true;
		if (c == '\r' && outside) {
			e->carriage = true;
			if (i + 1 < size && text[i + 1] != '\n')
				e->bare = true;
		}
		if (c == '\n' && !outside)
			e->quoted_lines++;
		switch (e->state) {
		case 's': e->state = c == '"' ? 'q' : c == delimiter || c == '\n' ? 's' : 'p'; break;
		case 'p':
			if (c == '"')
				e->stray = true;
			if (c == delimiter || c == '\n')
				e->state = 's';
			break;
		case 'q':
			if (c == '"')
				e->state = 'c';
			break;
		default:
			if (c == '"') {
				e->state = 'q';
			} else if (c == delimiter || c == '\n') {
				e->state = 's';
			} else {
				if (c != '\r')
					e->stray = true;
				e->state = 'p';
			}
			break;
		}
		if (outside && (c == delimiter || c == '\n')) {
			e->offsets[e->count++] = (uint32_t)i;
			if (c == '\n')
				e->lines++;
		}
	}
}

static char state_letter(enum ppm_scan_place place)
{
	return "spqc"[place];
}

static char *random_text(uint64_t *random, size_t size, unsigned style, char delimiter)
{
	static const char wild[] = "\"\",,\n\r\0ab\x80;\t1";
	char *text = calloc(1, size + 256);
	assert_non_null(text);
	char *base = text + 64;
	base[-1] = '\n';
	for (size_t i = 0; i < size; i++)
		base[i] = wild[next_random(random) % (sizeof wild - 1)];
	if (style == 0)
		return text;
	// Mostly proper fields, some quoted.
	for (size_t i = 0; i < size;) {
		bool quoted = next_random(random) % 4 == 0;
		size_t length = next_random(random) % 20;
		if (quoted && i < size)
			base[i++] = '"';
		for (; length && i < size; length--)
			base[i++] = quoted ? "ab,\n\r;\t"[next_random(random) % 7] : "abcdefg0123 \t"[next_random(random) % 12];
		if (quoted && next_random(random) % 3 == 0 && i + 1 < size) {
			base[i++] = '"';
			base[i++] = '"';
		}
		if (quoted && i < size)
			base[i++] = '"';
		if (i < size)
			base[i++] = next_random(random) % 4 ? delimiter : '\n';
	}
	if (style == 2 && size)
		base[next_random(random) % size] = wild[next_random(random) % (sizeof wild - 1)];
	return text;
}

// The whole text in pieces of random sizes, as chunks and their tails are.
static size_t run_in_pieces(const struct ppm_scan_functions *functions, struct ppm_scan *scan, const char *base, size_t size, uint32_t *out, uint64_t *random)
{
	size_t count = 0;
	for (size_t at = 0; at < size;) {
		size_t piece = 1 + next_random(random) % 200;
		if (piece > size - at || next_random(random) % 8 == 0)
			piece = size - at;
		count = (size_t)(functions->run(scan, base, at, at + piece, out + count) - out);
		at += piece;
	}
	return count;
}

static void check_text(const char *base, size_t size, char delimiter, uint64_t *random)
{
	struct expected expected = { .state = 's' };
	read_slowly(&expected, base, size, delimiter);
	uint32_t *out = malloc((size + PPM_SCAN_SLACK + 1) * sizeof *out);
	assert_non_null(out);

	struct ppm_scan exact = { .delimiter = delimiter };
	size_t count = (size_t)(ppm_scan_exact(&exact, base, 0, size, out) - out);
	assert_int_equal(count, expected.count);
	assert_memory_equal(out, expected.offsets, count * sizeof *out);
	assert_int_equal(state_letter(exact.place), expected.state);
	assert_int_equal(exact.stray, expected.stray);
	assert_int_equal(exact.nul, expected.nul);
	assert_int_equal(exact.carriage, expected.carriage);
	assert_int_equal(exact.bare_carriage, expected.bare);
	assert_int_equal(exact.lines, expected.lines);
	assert_int_equal(exact.quoted_lines, expected.quoted_lines);
	assert_int_equal(exact.quoted, expected.state == 'q');

	bool odd = false;
	for (size_t i = 0; i < size; i++)
		odd ^= base[i] == '"';
	const struct ppm_scan_functions *functions;
	for (unsigned level = 0; (functions = ppm_scan_functions_at(level)); level++) {
		assert_int_equal(functions->odd_quotes(base, size), odd);
		struct ppm_scan scan = { .delimiter = delimiter };
		memset(out, 0xAA, size * sizeof *out);
		count = run_in_pieces(functions, &scan, base, size, out, random);
		// Up to the first stray mark it reads the same; from there on it only has to know that there was one.
		assert_int_equal(scan.stray, expected.stray);
		assert_int_equal(scan.nul | !expected.nul, 1);
		if (expected.stray)
			continue;
		assert_int_equal(count, expected.count);
		assert_memory_equal(out, expected.offsets, count * sizeof *out);
		assert_int_equal(scan.quoted, expected.state == 'q');
		assert_int_equal(scan.nul, expected.nul);
		assert_int_equal(scan.carriage, expected.carriage);
		assert_int_equal(scan.bare_carriage, expected.bare);
		assert_int_equal(scan.lines, expected.lines);
		assert_int_equal(scan.quoted_lines, expected.quoted_lines);
		if (expected.high)
			assert_true(scan.beyond_ascii);
		if (size) {
			ppm_scan_settle(&scan, base, size);
			assert_int_equal(state_letter(scan.place), expected.state);
		}
	}
	free(out);
}

static void test_random_texts(void **state)
{
	(void)state;
	uint64_t random = 7;
	static const char delimiters[] = ",;\t|";
	for (unsigned round = 0; round < 6000; round++) {
		size_t size = round % 3 ? next_random(&random) % 200 : next_random(&random) % 1500;
		char delimiter = delimiters[next_random(&random) % 4];
		char *text = random_text(&random, size, round % 3, delimiter);
		check_text(text + 64, size, delimiter, &random);
		free(text);
	}
}

// Every text of up to six of the characters that matter, behind 60 plain ones, so that blocks end inside it.
static void test_all_short_texts(void **state)
{
	(void)state;
	static const char letters[] = "\",\n\ra";
	uint64_t random = 11;
	char memory[256];
	for (unsigned length = 0; length <= 6; length++) {
		unsigned texts = 1;
		for (unsigned i = 0; i < length; i++)
			texts *= 5;
		for (unsigned number = 0; number < texts; number++) {
			memset(memory, 'x', sizeof memory);
			char *base = memory + 64;
			base[-1] = '\n';
			size_t at = length > 4 ? 59 : 0;
			if (at)
				base[at++] = ',';
			unsigned rest = number;
			for (unsigned i = 0; i < length; i++, rest /= 5)
				base[at++] = letters[rest % 5];
			check_text(base, at, ',', &random);
		}
	}
}

static void test_known_text(void **state)
{
	(void)state;
	char memory[256] = { 0 };
	char *base = memory + 64;
	base[-1] = '\n';
	const char text[] = "a,\"b,\nc\"\"\",d\r\n\"\",e\n";
	size_t size = sizeof text - 1;
	memcpy(base, text, size);
	static const uint32_t wanted[] = { 1, 10, 13, 16, 18 };
	const struct ppm_scan_functions *functions;
	for (unsigned level = 0; (functions = ppm_scan_functions_at(level)); level++) {
		uint32_t out[64 + PPM_SCAN_SLACK];
		struct ppm_scan scan = { .delimiter = ',' };
		uint32_t *end = functions->run(&scan, base, 0, size, out);
		assert_int_equal(end - out, 5);
		assert_memory_equal(out, wanted, sizeof wanted);
		assert_int_equal(scan.lines, 2);
		assert_int_equal(scan.quoted_lines, 1);
		assert_true(scan.carriage);
		assert_false(scan.bare_carriage || scan.stray || scan.nul || scan.quoted);
	}
}

// All 64 bytes of a block structural, and none.
static void test_dense_and_empty_blocks(void **state)
{
	(void)state;
	char memory[64 + 64 * 3 + 128];
	for (int dense = 0; dense < 2; dense++) {
		memset(memory, dense ? ',' : 'x', sizeof memory);
		char *base = memory + 64;
		base[-1] = '\n';
		const struct ppm_scan_functions *functions;
		for (unsigned level = 0; (functions = ppm_scan_functions_at(level)); level++) {
			uint32_t out[192 + PPM_SCAN_SLACK];
			struct ppm_scan scan = { .delimiter = ',' };
			uint32_t *end = functions->run(&scan, base, 0, 192, out);
			assert_int_equal(end - out, dense ? 192 : 0);
			for (uint32_t i = 0; i < (dense ? 192 : 0); i++)
				assert_int_equal(out[i], i);
		}
	}
}

static void test_levels(void **state)
{
	(void)state;
	unsigned count = 0;
	while (ppm_scan_functions_at(count))
		count++;
	assert_true(count >= 1);
	for (int level = PPM_SIMD_PORTABLE; level <= PPM_SIMD_AVX512; level++)
		assert_true(ppm_scan_functions((enum ppm_simd)level)->simd <= (enum ppm_simd)level);
	assert_int_equal(ppm_scan_functions(PPM_SIMD_PORTABLE)->simd, PPM_SIMD_PORTABLE);
	assert_ptr_equal(ppm_scan_functions(PPM_SIMD_AVX512), ppm_scan_functions_at(count - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_known_text),
		cmocka_unit_test(test_dense_and_empty_blocks),
		cmocka_unit_test(test_all_short_texts),
		cmocka_unit_test(test_random_texts),
	};
	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
