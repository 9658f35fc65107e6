// Sources lie one after another in one space of offsets, each followed by one offset of its own for "the end of the file", so that an
// offset names its file without ambiguity. A leading byte order mark is not part of the text. Invariant: line_starts[0] == 0 and line_count >= 1.
#include "lang/diag/source_map.h"

#include "runtime/base/text.h"

void ppm_source_map_init(struct ppm_source_map *map, struct ppm_arena *arena)
{
	*map = (struct ppm_source_map){ .arena = arena, .next_base = 1 };
}

static bool fill_lines(struct ppm_arena *arena, struct ppm_source *source)
{
	const char *data = source->text.data, *end = data + source->text.size;
	size_t count = 1;

	for (const char *at = data; at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
		count++;
	source->line_starts = ppm_arena_allocate(arena, count, sizeof *source->line_starts);
	if (!source->line_starts)
		return false;
	source->line_count = 1;
	for (const char *at = data; at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
		source->line_starts[source->line_count++] = (uint32_t)(at + 1 - data);
	return true;
}

struct ppm_source *ppm_source_map_add(struct ppm_source_map *map, struct ppm_slice path, struct ppm_slice text)
{
	struct ppm_source *source;
	char *copy;

	if (text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
		text.data += 3;
		text.size -= 3;
	}
	if (text.size > PPM_SOURCE_LIMIT || map->next_base - 1 + text.size > PPM_SOURCE_LIMIT)
		return NULL;
	source = PPM_ARENA_NEW(map->arena, struct ppm_source);
	copy = ppm_arena_allocate(map->arena, text.size + 16, 1);
	if (!source || !copy)
		return NULL;
	if (text.size)
		memcpy(copy, text.data, text.size);
	source->path = ppm_arena_copy(map->arena, path);
	source->text = (struct ppm_slice){ copy, text.size };
	source->base = map->next_base;
	source->words_before = UINT32_MAX;
	if (!source->path.data || !fill_lines(map->arena, source))
		return NULL;
	map->next_base += (uint32_t)text.size + 1;
	if (map->last)
		map->last->next = source;
	else
		map->first = source;
	map->last = source;
	return source;
}

static struct ppm_source *find(const struct ppm_source_map *map, uint32_t offset)
{
	if (offset == 0)
		return NULL;
	for (struct ppm_source *source = map->first; source; source = source->next)
		if (offset >= source->base && offset - source->base <= source->text.size)
			return source;
	return NULL;
}

const struct ppm_source *ppm_source_map_find(const struct ppm_source_map *map, uint32_t offset)
{
	return find(map, offset);
}

// The line, from 0, that holds a place of the text.
static uint32_t line_of(const struct ppm_source *source, uint32_t at)
{
	uint32_t low = 0, high = source->line_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (source->line_starts[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

const struct ppm_source *ppm_source_map_place(const struct ppm_source_map *map, uint32_t offset, uint32_t *line, uint32_t *column)
{
	struct ppm_source *source = find(map, offset);
	uint32_t at, index, from, count = 1;

	*line = *column = 0;
	if (!source)
		return NULL;
	at = offset - source->base;
	index = line_of(source, at);
	from = source->line_starts[index];
	if (source->last_line == index + 1 && source->last_at <= at) {
		from = source->last_at;
		count = source->last_column;
	}
	for (uint32_t i = from; i < at; i++)
		count += ((unsigned char)source->text.data[i] & 0xC0) != 0x80;
	source->last_at = at;
	*line = source->last_line = index + 1;
	*column = source->last_column = count;
	return source;
}

struct ppm_slice ppm_source_map_text(const struct ppm_source_map *map, struct ppm_span span)
{
	const struct ppm_source *source = ppm_source_map_find(map, span.begin);
	size_t begin, end;

	if (!source || span.end < span.begin)
		return (struct ppm_slice){ "", 0 };
	begin = span.begin - source->base;
	end = span.end - source->base;
	if (end > source->text.size)
		end = source->text.size;
	return (struct ppm_slice){ source->text.data + begin, end - begin };
}

struct ppm_slice ppm_source_map_line(const struct ppm_source_map *map, uint32_t offset)
{
	const struct ppm_source *source = ppm_source_map_find(map, offset);
	uint32_t line;
	size_t begin, end;

	if (!source)
		return (struct ppm_slice){ "", 0 };
	line = line_of(source, offset - source->base);
	begin = source->line_starts[line];
	end = line + 1 < source->line_count ? source->line_starts[line + 1] - 1 : source->text.size;
	if (end > begin && source->text.data[end - 1] == '\r')
		end--;
	return (struct ppm_slice){ source->text.data + begin, end - begin };
}

void ppm_source_append_line(struct ppm_buffer *out, struct ppm_slice text)
{
	const size_t begin = out->size;
	bool blank = false;
	char quote = 0;

	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];
		if (!quote && c == '#') {
			while (i + 1 < text.size && text.data[i + 1] != '\n')
				i++;
			continue;
		}
		if (!quote && memchr(" \t\r\n", c, 4)) {
			blank = true;
			continue;
		}
		if (blank && out->size > begin)
			ppm_buffer_append_char(out, ' ');
		blank = false;
		ppm_buffer_append_char(out, c);
		if (quote == '"' && c == '\\' && i + 1 < text.size)
			ppm_buffer_append_char(out, text.data[++i]);
		else if (quote ? c == quote : c == '"' || c == '`')
			quote = quote ? 0 : c;
	}
}
