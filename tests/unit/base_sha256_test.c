// SHA-256 against the vectors of FIPS 180-4 and its test suite.
#include "runtime/base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void digest_of(const char *data, size_t size, size_t step, char hex[PPM_SHA256_HEX_SIZE])
{
	struct ppm_sha256 sha256;
	uint8_t digest[PPM_SHA256_SIZE];
	ppm_sha256_begin(&sha256);
	for (size_t at = 0; at < size; at += step)
		ppm_sha256_update(&sha256, data + at, size - at < step ? size - at : step);
	ppm_sha256_finish(&sha256, digest);
	ppm_sha256_hex(digest, hex);
}

static void assert_digest(const char *data, size_t size, size_t step, const char *expected)
{
	char hex[PPM_SHA256_HEX_SIZE];
	digest_of(data, size, step, hex);
	assert_memory_equal(hex, expected, PPM_SHA256_HEX_SIZE);
}

static void known_digests(void **state)
{
	(void)state;
	static const struct {
		const char *text, *digest;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t step = 1; step < 70; step += 23)
			assert_digest(rows[i].text, strlen(rows[i].text), step, rows[i].digest);
	static char million[1000000];
	memset(million, 'a', sizeof million);
	assert_digest(million, sizeof million, 9999, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// The digest of the digests (in hex, one after the other) of the first 0, 1, … 300 of the bytes 0, 7, 14 … modulo 251, as Python's hashlib says: every length of the last block.
static void all_lengths(void **state)
{
	(void)state;
	char data[300], hex[PPM_SHA256_HEX_SIZE], text[301 * PPM_SHA256_HEX_SIZE];
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)(unsigned char)(i * 7 % 251);
	for (size_t step = 1; step < 200; step += 31) {
		for (size_t i = 0; i <= sizeof data; i++) {
			digest_of(data, i, step, hex);
			memcpy(text + i * PPM_SHA256_HEX_SIZE, hex, PPM_SHA256_HEX_SIZE);
		}
		assert_digest(text, sizeof text, 4096, "5c3772eff1bb126574c66739ab0a018d784fc234e57f812a6994911d635f5a81");
	}
}

static void nothing_given(void **state)
{
	(void)state;
	struct ppm_sha256 sha256;
	uint8_t digest[PPM_SHA256_SIZE];
	ppm_sha256_begin(&sha256);
	ppm_sha256_update(&sha256, NULL, 0);
	ppm_sha256_finish(&sha256, digest);
	assert_int_equal(digest[0], 0xe3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_digests), cmocka_unit_test(all_lengths), cmocka_unit_test(nothing_given) };
	return cmocka_run_group_tests_name("base_sha256", tests, NULL, NULL);
}
