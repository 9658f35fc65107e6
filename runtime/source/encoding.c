// Other encodings to UTF-8. The few that customer files come in are done here, not by iconv(3): its tables are modules that a system may lack, and an error must
// be a place in the text and not the end of it.
#include "runtime/base/text.h"
#include "runtime/source/reader.h"

#define NO_TEXT 0xFFu

bool ppm_encoding_find(const char *name, enum ppm_encoding *encoding)
{
	static const struct {
		const char *name;
		enum ppm_encoding encoding;
	} known[] = {
		{ "utf8", PPM_ENCODING_UTF8 },
		{ "ascii", PPM_ENCODING_UTF8 },
		{ "usascii", PPM_ENCODING_UTF8 },
		{ "latin1", PPM_ENCODING_LATIN1 },
		{ "iso88591", PPM_ENCODING_LATIN1 },
		{ "windows1252", PPM_ENCODING_WINDOWS_1252 },
		{ "cp1252", PPM_ENCODING_WINDOWS_1252 },
		{ "utf16", PPM_ENCODING_UTF16 },
		{ "utf16le", PPM_ENCODING_UTF16LE },
		{ "utf16be", PPM_ENCODING_UTF16BE },
	};
	if (!name) {
		*encoding = PPM_ENCODING_UTF8;
		return true;
	}
	char plain[16];
	size_t size = 0;
	for (; *name; name++) {
		if (*name == '-' || *name == '_')
			continue;
		if (size + 1 == sizeof plain)
			return false;
		plain[size++] = *name >= 'A' && *name <= 'Z' ? (char)(*name | 0x20) : *name;
	}
	plain[size] = '\0';
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, plain) == 0) {
			*encoding = known[i].encoding;
			return true;
		}
	return false;
}

static char *put(char *out, uint32_t code)
{
	if (code == 0 || code == NO_TEXT + 0x110000u) {
		*out = (char)(code ? NO_TEXT : 0);
		return out + 1;
	}
	return out + ppm_utf8_encode(code, out);
}

// Windows-1252 from 0x80 to 0x9f; 0 where it has no character.
static const uint16_t windows_1252[32] = {
	0x20AC,
	0,
	0x201A,
	0x0192,
	0x201E,
	0x2026,
	0x2020,
	0x2021,
	0x02C6,
	0x2030,
	0x0160,
	0x2039,
	0x0152,
	0,
	0x017D,
	0,
	0,
	0x2018,
	0x2019,
	0x201C,
	0x201D,
	0x2022,
	0x2013,
	0x2014,
	0x02DC,
	0x2122,
	0x0161,
	0x203A,
	0x0153,
	0,
	0x017E,
	0x0178,
};

static size_t decode_bytes(bool windows, const uint8_t *data, size_t size, char *out)
{
	char *to = out;
	for (size_t i = 0; i < size; i++) {
		uint32_t code = data[i];
		if (code < 0x80)
			*to++ = (char)code;
		else if (windows && code < 0xA0)
			to = put(to, windows_1252[code - 0x80] ? windows_1252[code - 0x80] : NO_TEXT + 0x110000u);
		else
			to = put(to, code);
	}
	return (size_t)(to - out);
}

static uint32_t unit_at(const uint8_t *at, bool big)
{
	return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

// Whole characters of data[0, size); *taken says how far.
static char *decode_units(bool big, const uint8_t *data, size_t size, size_t *taken, char *to)
{
	size_t at = 0;
	while (size - at >= 2) {
		uint32_t code = unit_at(data + at, big);
		size_t length = 2;
		if (code >= 0xD800 && code < 0xDC00) {
			if (size - at < 4)
				break;
			uint32_t low = unit_at(data + at + 2, big);
			if (low >= 0xDC00 && low < 0xE000) {
				code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
				length = 4;
			} else {
				code = NO_TEXT + 0x110000u;
			}
		} else if (code >= 0xDC00 && code < 0xE000) {
			code = NO_TEXT + 0x110000u;
		}
		to = put(to, code);
		at += length;
	}
	*taken = at;
	return to;
}

static size_t decode_utf16(struct ppm_decoder *decoder, const uint8_t *data, size_t size, bool last, char *out)
{
	char *to = out;
	size_t taken;
	// A character that began in the piece before is completed byte by byte.
	while (decoder->rest_size && size) {
		decoder->rest[decoder->rest_size++] = *data++;
		size--;
		if (!decoder->begun) {
			decoder->begun = true;
			if (decoder->encoding == PPM_ENCODING_UTF16)
				decoder->encoding = decoder->rest[0] == 0xFE && decoder->rest[1] == 0xFF ? PPM_ENCODING_UTF16BE : PPM_ENCODING_UTF16LE;
		}
		to = decode_units(decoder->encoding == PPM_ENCODING_UTF16BE, decoder->rest, decoder->rest_size, &taken, to);
		memmove(decoder->rest, decoder->rest + taken, decoder->rest_size - taken);
		decoder->rest_size -= (unsigned)taken;
	}
	if (!decoder->begun && size >= 2) {
		decoder->begun = true;
		if (decoder->encoding == PPM_ENCODING_UTF16)
			decoder->encoding = data[0] == 0xFE && data[1] == 0xFF ? PPM_ENCODING_UTF16BE : PPM_ENCODING_UTF16LE;
	}
	if (size) {
		to = decode_units(decoder->encoding == PPM_ENCODING_UTF16BE, data, decoder->begun ? size : 0, &taken, to);
		memcpy(decoder->rest, data + taken, size - taken);
		decoder->rest_size = (unsigned)(size - taken);
	}
	if (last && decoder->rest_size) {
		to = put(to, NO_TEXT + 0x110000u);
		decoder->rest_size = 0;
	}
	return (size_t)(to - out);
}

size_t ppm_decoder_run(struct ppm_decoder *decoder, const uint8_t *data, size_t size, bool last, char *out)
{
	switch (decoder->encoding) {
	case PPM_ENCODING_UTF8:
		if (size)
			memcpy(out, data, size);
		return size;
	case PPM_ENCODING_LATIN1:
	case PPM_ENCODING_WINDOWS_1252: return decode_bytes(decoder->encoding == PPM_ENCODING_WINDOWS_1252, data, size, out);
	default: return decode_utf16(decoder, data, size, last, out);
	}
}
