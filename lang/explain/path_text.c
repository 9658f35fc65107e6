// Changes in words.
#include "lang/explain/explain.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define SHOWN_LIMIT 200

static void append_escaped(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_text_append_escaped(out, text, SHOWN_LIMIT, false);
}

static void append_value(const struct ppm_row_fact *fact, int64_t value, struct ppm_arena *arena, struct ppm_buffer *out)
{
	bool label = fact->type.base == PPM_BASE_TEXT && (uint64_t)value != fact->other;
	if (label)
		ppm_buffer_append_char(out, '`');
	append_escaped(out, ppm_row_fact_shown(fact, value, arena));
	if (label)
		ppm_buffer_append_char(out, '`');
}

static void append_change(const struct ppm_row_fact *fact, const struct ppm_path_change *change, struct ppm_arena *arena, struct ppm_buffer *out)
{
	if (change->form == PPM_EXTENT_ANY) {
		ppm_buffer_append_text(out, "any value");
		return;
	}
	append_value(fact, change->value, arena, out);
	if (change->form == PPM_EXTENT_OR_LESS)
		ppm_buffer_append_text(out, fact->type.base == PPM_BASE_DATE ? " or earlier" : " or less");
	if (change->form == PPM_EXTENT_OR_MORE)
		ppm_buffer_append_text(out, fact->type.base == PPM_BASE_DATE ? " or later" : " or more");
	if (change->form == PPM_EXTENT_UNTIL) {
		ppm_buffer_append_text(out, change->until < change->value ? " down to " : " to ");
		append_value(fact, change->until, arena, out);
	}
	for (uint32_t i = 0; i < change->other_count; i++) {
		ppm_buffer_append_text(out, i + 1 == change->other_count ? " or " : ", ");
		append_value(fact, change->others[i], arena, out);
	}
}

struct ppm_slice ppm_path_value(const struct ppm_row_fact *fact, const struct ppm_path_change *change, struct ppm_arena *arena)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, arena->allocator);
	append_change(fact, change, arena, &out);
	return ppm_arena_take(arena, &out);
}

struct ppm_slice ppm_path_words(const struct ppm_explained_row *row, const struct ppm_path *path, struct ppm_arena *arena)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, arena->allocator);
	for (uint32_t i = 0; i < path->count; i++) {
		const struct ppm_row_fact *fact = &row->facts[path->changes[i].fact];
		ppm_buffer_append_text(&out, i ? ", " : "");
		append_escaped(&out, fact->name);
		ppm_buffer_append_char(&out, ' ');
		append_escaped(&out, ppm_explained_has(row, fact->result) ? row->cells[fact->result].text : PPM_SLICE("(missing)"));
		ppm_buffer_append_text(&out, " → ");
		append_change(fact, &path->changes[i], arena, &out);
	}
	return ppm_arena_take(arena, &out);
}

struct ppm_slice ppm_path_outcome(const struct ppm_explained_row *row, const struct ppm_try_outcome *outcome, struct ppm_arena *arena)
{
	struct ppm_buffer out;
	char text[400];
	ppm_buffer_init(&out, arena->allocator);
	ppm_buffer_append_text(&out, "tier ");
	append_escaped(&out, outcome->tier_name);
	if (outcome->has_score) {
		size_t size = ppm_number_write_fixed(outcome->score, row->about->plan->places, text);
		ppm_buffer_format(&out, " (score %.*s)", (int)size, text);
	}
	return ppm_arena_take(arena, &out);
}

bool ppm_path_has_figure(const struct ppm_explained_row *row, const struct ppm_path *path)
{
	for (uint32_t i = 0; i < path->count; i++)
		if (row->facts[path->changes[i].fact].column == PPM_NO_ID)
			return true;
	return false;
}
