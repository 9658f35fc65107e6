// Decoders and inflaters, fed in pieces of every size: what comes out is what comes out of the whole. Texts in other encodings were made by Python's codecs.
#include "runtime/base/instrumented.h"
#include "runtime/source/reader.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

// ---- encodings ------------------------------------------------------------------------------------------

static void assert_decoded(enum ppm_encoding encoding, const char *bytes, size_t size, const char *expected, size_t expected_size)
{
	for (size_t step = 1; step <= size + 1; step++) {
		struct ppm_decoder decoder = { .encoding = encoding };
		char out[600];
		size_t given = 0;
		for (size_t at = 0; at <= size; at += step) {
			size_t piece = size - at < step ? size - at : step;
			given += ppm_decoder_run(&decoder, (const uint8_t *)bytes + at, piece, false, out + given);
		}
		given += ppm_decoder_run(&decoder, (const uint8_t *)bytes + size, 0, true, out + given);
		assert_int_equal(given, expected_size);
		assert_memory_equal(out, expected, expected_size);
	}
}

#define DECODED(encoding, bytes, expected) assert_decoded(encoding, bytes, sizeof(bytes) - 1, expected, sizeof(expected) - 1)

static void test_pieces(void **state)
{
	(void)state;
	DECODED(PPM_ENCODING_UTF8, "a\xC3\xA4,\xE2\x82\xAC", "a\xC3\xA4,\xE2\x82\xAC");
	DECODED(PPM_ENCODING_LATIN1, "a\xE4\x80", "a\xC3\xA4\xC2\x80");
	DECODED(PPM_ENCODING_WINDOWS_1252, "a\xE4\x80\x81", "a\xC3\xA4\xE2\x82\xAC\xFF");
	// "aä€😀": two, three and four bytes, the last as a pair of surrogates
	DECODED(PPM_ENCODING_UTF16LE, "a\0\xE4\0\xAC\x20\x3D\xD8\0\xDE", "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
	DECODED(PPM_ENCODING_UTF16BE, "\0a\0\xE4\x20\xAC\xD8\x3D\xDE\0", "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
	// With a byte order mark, which is a character like any other here
	DECODED(PPM_ENCODING_UTF16, "\xFF\xFE" "a\0", "\xEF\xBB\xBF" "a");
	DECODED(PPM_ENCODING_UTF16, "\xFE\xFF\0a", "\xEF\xBB\xBF" "a");
	// Without one: little-endian
	DECODED(PPM_ENCODING_UTF16, "a\0b\0", "ab");
	// Halves of pairs, and a file that ends in a unit or a pair
	DECODED(PPM_ENCODING_UTF16LE, "\x3D\xD8" "a\0\0\xDE" "b\0", "\xFF" "a\xFF" "b");
	DECODED(PPM_ENCODING_UTF16LE, "a\0\x3D\xD8", "a\xFF");
	DECODED(PPM_ENCODING_UTF16LE, "a\0b", "a\xFF");
	DECODED(PPM_ENCODING_UTF16, "a", "\xFF");
}

static void test_names(void **state)
{
	(void)state;
	enum ppm_encoding encoding = PPM_ENCODING_UTF16;
	assert_true(ppm_encoding_find(NULL, &encoding) && encoding == PPM_ENCODING_UTF8);
	assert_true(ppm_encoding_find("UTF_16-LE", &encoding) && encoding == PPM_ENCODING_UTF16LE);
	assert_true(ppm_encoding_find("-w-i-n-d-o-w-s-1252", &encoding) && encoding == PPM_ENCODING_WINDOWS_1252);
	assert_false(ppm_encoding_find("", &encoding));
	assert_false(ppm_encoding_find("utf-17", &encoding));
	assert_false(ppm_encoding_find("windows-1252-and-more", &encoding));
	assert_true(encoding == PPM_ENCODING_WINDOWS_1252);
}

// ---- compression ----------------------------------------------------------------------------------------

static size_t pack_gzip(const char *text, uint8_t *out, size_t capacity)
{
	z_stream stream = { 0 };
	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (z_const Bytef *)(uintptr_t)text;
	stream.avail_in = (unsigned)strlen(text);
	stream.next_out = out;
	stream.avail_out = (unsigned)capacity;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	size_t size = stream.total_out;
	deflateEnd(&stream);
	PPM_WRITTEN_OUTSIDE(out, size);
	return size;
}

static size_t pack_zstd(const char *text, uint8_t *out, size_t capacity)
{
	size_t size = ZSTD_compress(out, capacity, text, strlen(text), 3);
	assert_false(ZSTD_isError(size));
	PPM_WRITTEN_OUTSIDE(out, size);
	return size;
}

// The file in pieces of `step` bytes through a window of `room`: what comes out, and how it ends.
static enum ppm_status inflate_all(const struct ppm_allocator *allocator, const uint8_t *data, size_t size, size_t step, size_t room, char *out, size_t *given)
{
	struct ppm_inflater *inflater = ppm_inflater_new(allocator, ppm_compression_of(data, size));
	enum ppm_status status = inflater ? PPM_OK : PPM_ERROR_MEMORY;
	size_t at = 0;
	*given = 0;
	while (status == PPM_OK) {
		size_t piece = size - at < step ? size - at : step, taken, got;
		status = ppm_inflater_run(inflater, data + at, piece, at + piece == size, &taken, out + *given, room, &got);
		at += taken;
		*given += got;
		if (at == size && got == 0)
			break;
	}
	ppm_inflater_free(inflater);
	return status;
}

static void test_inflaters(void **state)
{
	(void)state;
	for (int zstd = 0; zstd < 2; zstd++) {
		size_t (*pack)(const char *, uint8_t *, size_t) = zstd ? pack_zstd : pack_gzip;
		uint8_t file[400];
		size_t first = pack("one,two\n1,2\n", file, 200), both = first + pack("3,4\n", file + first, 150);
		memset(file + both, 0, 40);
		char out[400];
		size_t given;
		for (size_t step = 1; step < 60; step += 7)
			for (size_t room = 1; room < 30; room += 5) {
				assert_int_equal(inflate_all(ppm_allocator_default(), file, both, step, room, out, &given), PPM_OK);
				assert_int_equal(given, 16);
				assert_memory_equal(out, "one,two\n1,2\n3,4\n", 16);
				// Cut anywhere: an error, and never more than there was.
				assert_int_equal(inflate_all(ppm_allocator_default(), file, both - 3, step, room, out, &given), PPM_ERROR_DATA);
				assert_true(given <= 16);
			}
		// What tapes are padded with, in pieces; nothing may follow it.
		if (!zstd) {
			for (size_t step = 1; step < 60; step += 9) {
				assert_int_equal(inflate_all(ppm_allocator_default(), file, both + 40, step, 30, out, &given), PPM_OK);
				assert_int_equal(given, 16);
			}
			file[both + 20] = 0x1F;
			assert_int_equal(inflate_all(ppm_allocator_default(), file, both + 40, both + 40, 30, out, &given), PPM_ERROR_DATA);
			file[both + 20] = 0;
		}
		// What says what it is was changed: the reserved bits of a frame's and of a block's header.
		file[zstd ? 4 : 10] |= zstd ? 8 : 7;
		assert_int_equal(inflate_all(ppm_allocator_default(), file, both, 400, 30, out, &given), PPM_ERROR_DATA);
	}
}

static void test_memory(void **state)
{
	(void)state;
	uint8_t file[200];
	size_t size = pack_gzip("one,two\n1,2\n", file, sizeof file);
	char out[100];
	size_t given;
	bool done = false;
	for (size_t left = 0; !done && left < 50; left++) {
		struct poor_heap heap = { .left = left };
		struct ppm_allocator allocator = { poor_reallocate, &heap };
		enum ppm_status status = inflate_all(&allocator, file, size, 200, 100, out, &given);
		assert_int_equal(heap.blocks, 0);
		done = status == PPM_OK;
		assert_true(done || (status == PPM_ERROR_MEMORY && heap.refused));
	}
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pieces), cmocka_unit_test(test_names), cmocka_unit_test(test_inflaters), cmocka_unit_test(test_memory) };
	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
