// UTF-8, and text that is safe to show.
#ifndef PPM_RUNTIME_BASE_TEXT_H
#define PPM_RUNTIME_BASE_TEXT_H

#include "runtime/base/buffer.h"
#include <stdint.h>

// The first byte that is not part of well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most
// U+10FFFF), or `size`. ASCII is checked in vectors.
size_t ppm_utf8_invalid_at(const char *data, size_t size);
// Decodes one code point of valid UTF-8 at data[0..size), size > 0; *length is set to its 1..4 bytes. U+FFFD and 1 for a bad byte.
uint32_t ppm_utf8_decode(const char *data, size_t size, size_t *length);
// Writes 1..4 bytes, returns how many; 0 if `code` is no scalar value.
size_t ppm_utf8_encode(uint32_t code, char out[4]);
// Code points in valid UTF-8: what `length(x)` says.
size_t ppm_utf8_length(const char *data, size_t size);
// Columns on a terminal (wide East Asian characters take two, combining ones none).
size_t ppm_utf8_width(const char *data, size_t size);
// Appends with Unicode's simple upper or lower case mapping, code point by code point.
void ppm_utf8_append_upper(struct ppm_buffer *out, struct ppm_slice text);
void ppm_utf8_append_lower(struct ppm_buffer *out, struct ppm_slice text);
// True only where that would change nothing; found out much sooner, but not of texts beyond ASCII.
bool ppm_utf8_stays_upper(struct ppm_slice text);
bool ppm_utf8_stays_lower(struct ppm_slice text);
// Appends what a terminal or a log may show: control, bidi and invalid bytes as \xNN or \u{N}, `"` and `\` too when `quoted`;
// at most `limit` bytes of the input (0: all), then an ellipsis.
void ppm_text_append_escaped(struct ppm_buffer *out, struct ppm_slice text, size_t limit, bool quoted);
// The same as text of Markdown: nothing in it is a mark, ends a cell of a table, or is what forges take for a mention or a reference; line breaks become <br>.
void ppm_text_append_markdown(struct ppm_buffer *out, struct ppm_slice text, size_t limit);
// Optimal string alignment distance (Damerau-Levenshtein, each piece edited once) over bytes without case, for
// "did you mean"; stops at `limit` + 1. Inputs over 64 bytes give limit + 1.
size_t ppm_text_distance(struct ppm_slice a, struct ppm_slice b, size_t limit);

#endif
