// All source texts of a compilation in one space of offsets, so that a span is two integers and still knows its file.
#ifndef PPM_LANG_DIAG_SOURCE_MAP_H
#define PPM_LANG_DIAG_SOURCE_MAP_H

#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include <stdint.h>

// Half-open byte range in the source map's space. {0, 0} is "nowhere".
struct ppm_span {
	uint32_t begin, end;
};

// `text` is followed by at least 16 NUL bytes (the scanner's sentinel).
struct ppm_source {
	struct ppm_slice path; // as the user wrote it; "<set>" and the like for texts that are no files
	struct ppm_slice text;
	uint32_t base;         // the offset of its first byte; the first source starts at 1
	uint32_t *line_starts; // offsets into text
	uint32_t line_count;
	uint32_t words_before; // the map's words once it was first parsed; UINT32_MAX: it was not yet
	uint32_t last_line, last_at, last_column; // of the place that was asked for last: a long line is not gone through again for each
	struct ppm_source *next;
};

struct ppm_source_map {
	struct ppm_arena *arena;
	struct ppm_source *first, *last;
	uint32_t next_base;
	uint32_t words; // words and signs of the sources that were parsed, whatever came of it; those that are parsed again count once
};

#define PPM_SOURCE_LIMIT (16u << 20) // bytes of all sources together

void ppm_source_map_init(struct ppm_source_map *map, struct ppm_arena *arena);
// Copies path and text. NULL when memory ran out or the limit is passed.
struct ppm_source *ppm_source_map_add(struct ppm_source_map *map, struct ppm_slice path, struct ppm_slice text);
// The source that holds the offset, or NULL.
const struct ppm_source *ppm_source_map_find(const struct ppm_source_map *map, uint32_t offset);
// Line and column (both from 1; the column counts code points) of an offset; NULL source when nowhere.
const struct ppm_source *ppm_source_map_place(const struct ppm_source_map *map, uint32_t offset, uint32_t *line, uint32_t *column);
// The text of a span.
struct ppm_slice ppm_source_map_text(const struct ppm_source_map *map, struct ppm_span span);
// A piece of a model as it can be shown on one line: without its comments, and blanks outside of texts and quoted names taken together. Not escaped.
void ppm_source_append_line(struct ppm_buffer *out, struct ppm_slice text);
// The whole line (without its end) that holds the offset.
struct ppm_slice ppm_source_map_line(const struct ppm_source_map *map, uint32_t offset);

#endif
