// The changes told to people: as text, and as Markdown for a pull request's comment. Nothing from a model reaches a terminal or a page raw.

#include "lang/compare/changes.h"

#include "runtime/base/text.h"

#define BOLD "\033[1m"
#define GREEN "\033[32m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"
#define REACHES 12  // names that are listed
#define PARTS 24    // of a change that are told; JSON has all
#define LONGEST 400 // bytes of one

struct page {
	const struct ppm_changes_names *names;
	struct ppm_buffer *out;
	bool colour, markdown;
};

static const char *const titles[] = { "rules", "dimensions", "score", "tiers", "disqualifiers", "overrides", "segments", "perspectives", "params", "scenarios", "lets", "defines",
	"lookups", "datasets", "columns", "trees", "as of", "metrics", "summaries", "output", "tests" };

static void literal(struct page *p, const char *text)
{
	ppm_buffer_append_text(p->out, text);
}

static void colour(struct page *p, const char *code)
{
	if (p->colour)
		literal(p, code);
}

static void text(struct page *p, struct ppm_slice shown)
{
	if (p->markdown)
		ppm_text_append_markdown(p->out, shown, LONGEST);
	else
		ppm_text_append_escaped(p->out, shown, LONGEST, false);
}

static void name(struct page *p, struct ppm_slice shown)
{
	colour(p, BOLD);
	literal(p, p->markdown ? "**" : "");
	text(p, shown);
	literal(p, p->markdown ? "**" : "");
	colour(p, PLAIN);
}

// "(payment, line 47)"; the file too, when it is another than the model's own.
static void place(struct page *p, const struct ppm_change *change)
{
	bool removed = change->kind == PPM_CHANGE_REMOVED;
	const struct ppm_source_map *map = ppm_model_sources(removed ? p->names->before_model : p->names->after_model);
	struct ppm_span span = removed ? change->before : change->after;
	uint32_t line = 0, column;
	const struct ppm_source *source = span.begin ? ppm_source_map_place(map, span.begin, &line, &column) : NULL;
	bool within = change->within.size && change->subject == PPM_SUBJECT_RULE;

	if (!source && !within)
		return;
	colour(p, DIM);
	literal(p, p->markdown ? " (" : "   (");
	if (within)
		text(p, change->within);
	if (source) {
		literal(p, within ? ", " : "");
		literal(p, removed ? "was on " : "");
		if (source != map->first) {
			text(p, source->path);
			literal(p, " ");
		}
		ppm_buffer_format(p->out, "line %u", line);
	}
	literal(p, ")");
	colour(p, PLAIN);
}

static void parts(struct page *p, const struct ppm_change *change)
{
	size_t told = 0;

	if (change->old_name.size) {
		literal(p, " → ");
		name(p, change->name);
	}
	if (change->kind == PPM_CHANGE_RENAMED) {
		literal(p, ": the same under another name");
		return;
	}
	for (size_t i = 0; i < change->part_count; i++) {
		if (!change->parts[i].symbols.size)
			continue;
		if (told == PARTS) {
			ppm_buffer_format(p->out, " and %zu more", change->part_count - i);
			break;
		}
		literal(p, told++ ? ", " : ": ");
		text(p, change->parts[i].symbols);
	}
}

static void reaches(struct page *p, const struct ppm_change *change)
{
	if (!change->reach_count)
		return;
	literal(p, p->markdown ? "  \n  reaches " : "    reaches ");
	for (size_t i = 0; i < change->reach_count && i < REACHES; i++) {
		literal(p, i ? ", " : "");
		text(p, change->reaches[i]);
	}
	if (change->reach_count > REACHES)
		ppm_buffer_format(p->out, " and %zu more", change->reach_count - REACHES);
	literal(p, p->markdown ? "" : "\n");
}

static void change_lines(struct page *p, const struct ppm_change *change)
{
	static const char *const words[] = { "new: ", "removed: ", "", "" };
	bool added = change->kind == PPM_CHANGE_ADDED, removed = change->kind == PPM_CHANGE_REMOVED;

	if (p->markdown) {
		literal(p, "- ");
		literal(p, words[change->kind]);
	} else {
		colour(p, added ? GREEN : removed ? RED : "");
		literal(p, added ? "  + " : removed ? "  - " : "  ");
		colour(p, PLAIN);
	}
	name(p, change->old_name.size ? change->old_name : change->name);
	parts(p, change);
	place(p, change);
	literal(p, p->markdown ? "" : "\n");
	if (change->words.size) {
		literal(p, p->markdown ? "  \n  " : "    ");
		text(p, change->words);
		literal(p, p->markdown ? "" : "\n");
	}
	reaches(p, change);
	literal(p, p->markdown ? "\n" : "");
}

static void list(struct page *p, const struct ppm_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct ppm_change *change = &changes->items[i];
		if (i == 0 || changes->items[i - 1].subject != change->subject) {
			literal(p, p->markdown ? "\n**" : "\n");
			literal(p, titles[change->subject]);
			literal(p, p->markdown ? "**\n\n" : "\n");
		}
		change_lines(p, change);
	}
}

static void how_many(struct page *p, const struct ppm_changes *changes)
{
	if (changes->count)
		ppm_buffer_format(p->out, "%zu change%s in meaning", changes->count, changes->count == 1 ? "" : "s");
	else
		literal(p, "no change in meaning");
}

void ppm_changes_text(const struct ppm_changes *changes, const struct ppm_changes_names *names, bool coloured, struct ppm_buffer *out)
{
	struct page p = { names, out, coloured, false };

	text(&p, names->before);
	literal(&p, " → ");
	text(&p, names->after);
	literal(&p, ": ");
	how_many(&p, changes);
	literal(&p, "\n");
	list(&p, changes);
}

void ppm_changes_markdown(const struct ppm_changes *changes, const struct ppm_changes_names *names, struct ppm_buffer *out)
{
	struct page p = { names, out, false, true };

	literal(&p, "### ");
	how_many(&p, changes);
	literal(&p, "\n\n");
	text(&p, names->before);
	literal(&p, " → ");
	text(&p, names->after);
	literal(&p, "\n");
	list(&p, changes);
}
