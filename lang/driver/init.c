// `ppmc init`: a schema and a first model for data files. Each file is read twice: a look at its beginning collects hypotheses, then every row
// tests them. The result compiles and runs on the files as they are. How several files belong together is told from the names of their columns.
#include "lang/driver/driver.h"
#include "lang/driver/guess.h"
#include "lang/driver/rewrite.h"
#include "lang/driver/signals.h"
#include "lang/syntax/parse.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/sink/atomic_file.h"
#include "runtime/sink/format_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOOK_ROWS 20000
#define KEY_CANDIDATES 4
#define COLUMN_LIMIT 20000

struct column {
	struct ppm_slice header, name;
	struct ppm_guess guess;
	struct ppm_guess_verdict verdict;
	const struct init *refers; // to that file's key
};

// A file.
struct init {
	const struct ppm_driver *driver;
	const char *path;
	struct ppm_source_options source;
	struct ppm_arena *arena;
	struct column *columns;
	uint32_t column_count;
	uint64_t rows;
	int key; // a column, or -1
	struct ppm_slice dataset;
	const struct init *parent; // whose rows these belong to …
	uint32_t parent_column;    // … by that column
	bool testing;              // the second reading
	bool memory;               // ran out
};

// ---- reading ----------------------------------------------------------------------------------------------------

static void take_row(struct init *init, const struct ppm_batch *batch, uint32_t row, struct ppm_buffer *text)
{
	init->rows++;
	for (uint32_t i = 0; i < init->column_count; i++) {
		struct ppm_guess *guess = &init->columns[i].guess;
		struct ppm_slice value = ppm_batch_field(batch, row, i);
		if (value.size && value.data[0] == '"') {
			text->size = 0;
			ppm_append_unquoted(text, value);
			value = ppm_buffer_slice(text);
		}
		if (!(init->testing ? ppm_guess_test : ppm_guess_look)(guess, init->arena, value))
			init->memory = true;
	}
	if (text->failed)
		init->memory = true;
}

static enum ppm_status read_chunk(struct init *init, struct ppm_source_worker *worker, struct ppm_data_problems *problems, uint64_t *lines)
{
	const struct ppm_chunk *chunk;
	struct ppm_buffer text;
	struct ppm_batch *batch;
	bool more = true;
	enum ppm_status status;

	ppm_buffer_init(&text, NULL);
	while ((status = ppm_source_next_batch(worker, &batch, &more)) == PPM_OK && more)
		for (uint32_t row = 0; row < batch->rows && !init->memory; row++)
			if (!(batch->refused[row / 64] >> row % 64 & 1))
				take_row(init, batch, row, &text);
	ppm_buffer_free(&text);
	if (status)
		return status;
	chunk = ppm_source_chunk(worker);
	problems->count += chunk->problems.count;
	for (const struct ppm_data_problem *problem = chunk->problems.first; problem; problem = problem->next) {
		struct ppm_data_problem placed = *problem;
		placed.line += *lines + 1;
		ppm_data_problems_add(problems, &placed);
		problems->count--; // it is in the chunk's count
	}
	*lines += chunk->lines;
	return init->memory ? PPM_ERROR_MEMORY : PPM_OK;
}

static uint64_t header_lines(const struct ppm_source *source)
{
	uint64_t lines = 1;

	for (uint32_t i = 0; i < ppm_source_field_count(source); i++) {
		struct ppm_slice raw = ppm_source_field_raw(source, i);
		for (size_t at = 0; at < raw.size; at++)
			lines += raw.data[at] == '\n';
	}
	return lines;
}

static bool take_header(struct init *init, const struct ppm_source *source)
{
	uint32_t count = ppm_source_field_count(source);

	init->columns = calloc(count ? count : 1, sizeof *init->columns);
	if (!init->columns)
		return false;
	init->column_count = count;
	for (uint32_t i = 0; i < count; i++) {
		init->columns[i].header = ppm_arena_copy(init->arena, ppm_source_field_name(source, i));
		ppm_guess_init(&init->columns[i].guess);
	}
	return !init->arena->failed;
}

// An empty program: the source then only splits records, and every field is at hand as it stands.
static enum ppm_exit read_rows(struct init *init, struct ppm_source *source, struct ppm_data_problems *problems)
{
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_source_worker *worker = NULL;
	struct ppm_text_pool pool;
	enum ppm_status status = PPM_ERROR_MEMORY;
	uint64_t lines = header_lines(source);
	bool more = true;

	if (program && ppm_text_pool_init(&pool, NULL, NULL, 0)) {
		status = ppm_source_bind(source, program, problems);
		worker = status ? NULL : ppm_source_worker_new(source, &pool);
		if (!status && !worker)
			status = PPM_ERROR_MEMORY;
		while (!status && (init->testing || init->rows < LOOK_ROWS)) {
			status = ppm_source_next_chunk(worker, &more);
			if (status || !more)
				break;
			status = read_chunk(init, worker, problems, &lines);
		}
		ppm_source_worker_free(worker);
		ppm_text_pool_free(&pool);
	}
	ppm_program_free(program);
	if (status == PPM_ERROR_MEMORY || problems->arena.failed)
		return ppm_driver_memory(init->driver);
	if (status == PPM_ERROR_IO)
		return ppm_driver_io(init->driver, "read", init->path, errno);
	return ppm_exit_of(status);
}

static enum ppm_exit read_file(struct init *init, bool testing)
{
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	enum ppm_exit code;
	char count[32];

	init->testing = testing;
	init->rows = 0;
	ppm_data_problems_init(&problems, NULL, PPM_SHOWN_PROBLEMS, false);
	code = ppm_driver_open(init->driver, init->path, init->path, &init->source, &source, &problems);
	if (!code && init->columns && ppm_source_field_count(source) != init->column_count) {
		ppm_driver_say(init->driver, "error", NULL, "cannot read `%s` a second time: it changed while it was read", init->path);
		code = PPM_EXIT_IO;
	}
	if (!code && !init->columns && !take_header(init, source))
		code = ppm_driver_memory(init->driver);
	if (!code && init->column_count > COLUMN_LIMIT) {
		ppm_driver_say(init->driver, "error", NULL, "%s has more than %d columns, too many to write a schema for", init->path, COLUMN_LIMIT);
		code = PPM_EXIT_LIMIT;
	}
	if (!code)
		code = read_rows(init, source, &problems);
	if (problems.count && (!code || code == PPM_EXIT_DATA)) {
		ppm_driver_data_problems(init->driver, &problems, init->path, NULL);
		ppm_driver_say(init->driver, "error", "mend the file first: every row must have the header's fields", "%s has %s problem%s; no model was written", init->path,
			ppm_driver_count(problems.count, count), problems.count == 1 ? "" : "s");
		code = PPM_EXIT_DATA;
	}
	ppm_data_problems_free(&problems);
	ppm_source_close(source);
	return code;
}

// ---- names --------------------------------------------------------------------------------------------------------

static bool is_plain_name(struct ppm_slice name)
{
	if (!name.size || name.size > 200 || !(isalpha((unsigned char)name.data[0]) || name.data[0] == '_'))
		return false;
	for (size_t i = 0; i < name.size; i++)
		if (!isalnum((unsigned char)name.data[i]) && name.data[i] != '_')
			return false;
	return true;
}

// ppmc finds a column whose header has blanks around the name: they need not be spelled out.
static struct ppm_slice trimmed(struct ppm_slice header)
{
	while (header.size && header.data[header.size - 1] == ' ')
		header.size--;
	while (header.size && header.data[0] == ' ') {
		header.data++;
		header.size--;
	}
	return header;
}

// Words that a column cannot be called: `this` could never be asked for.
static bool is_taken(struct ppm_slice name)
{
	return ppm_slice_is(name, "this") || ppm_word_is_result(name) || ppm_word_is_reserved(name);
}

// `Days Late (avg.)` becomes days_late_avg; letters of other scripts and signs fall out.
static struct ppm_slice plain_name(struct ppm_arena *arena, struct ppm_slice header, const char *otherwise)
{
	char out[64];
	size_t size = 0;

	for (size_t i = 0; i < header.size && size < sizeof out - 1; i++) {
		char c = header.data[i];
		if (isalnum((unsigned char)c))
			out[size++] = (char)tolower((unsigned char)c);
		else if (size && out[size - 1] != '_')
			out[size++] = '_';
	}
	while (size && out[size - 1] == '_')
		size--;
	if (!size)
		return ppm_arena_copy(arena, ppm_slice_of(otherwise));
	if (isdigit((unsigned char)out[0]))
		return ppm_arena_format(arena, "%s_%.*s", otherwise, (int)size, out);
	return ppm_arena_copy(arena, (struct ppm_slice){ out, size });
}

// `%.*s`'s two arguments.
#define SHOW(slice) (int)(slice).size, (slice).data
#define HEADER_SHOWN 60 // bytes in a message

static bool give_names(struct init *init)
{
	struct ppm_interner names;
	bool failed = false;

	ppm_interner_init(&names, NULL);
	// Headers that are names keep them, wherever they stand; the others find a free one.
	for (int pass = 0; pass < 2 && !failed; pass++)
		for (uint32_t i = 0; i < init->column_count && !failed; i++) {
			struct column *column = &init->columns[i];
			struct ppm_slice name = trimmed(column->header), base;
			bool plain = is_plain_name(name) && !is_taken(name) && ppm_interner_find(&names, name) == PPM_INTERNER_NONE;
			if (column->name.data || plain != (pass == 0))
				continue;
			if (!plain) {
				base = plain_name(init->arena, column->header, "column");
				if (base.data && is_taken(base))
					base = ppm_arena_format(init->arena, "%.*s_column", SHOW(base));
				name = base;
				for (int n = 2; base.data && name.data && ppm_interner_find(&names, name) != PPM_INTERNER_NONE; n++)
					name = ppm_arena_format(init->arena, "%.*s_%d", SHOW(base), n);
			}
			failed = !name.data || ppm_interner_add(&names, name) == PPM_INTERNER_NONE;
			column->name = name;
		}
	ppm_interner_free(&names);
	return !failed;
}

static bool is_column(const struct init *files, size_t count, struct ppm_slice name)
{
	for (size_t f = 0; f < count; f++)
		for (uint32_t i = 0; i < files[f].column_count; i++)
			if (ppm_slice_equal(files[f].columns[i].name, name))
				return true;
	return false;
}

// A dataset is called as its file, and as no column and no other dataset.
static bool name_datasets(struct init *files, size_t count)
{
	for (size_t f = 0; f < count; f++) {
		struct init *init = &files[f];
		const char *slash = strrchr(init->path, '/'), *file = slash ? slash + 1 : init->path;
		struct ppm_slice base = plain_name(init->arena, (struct ppm_slice){ file, strcspn(file, ".") }, f ? "rows" : "customers"), name;
		if (base.data && (is_taken(base) || is_column(files, count, base)))
			base = ppm_arena_format(init->arena, "%.*s_rows", SHOW(base));
		name = base;
		for (int n = 2; name.data; n++) {
			bool free = !is_column(files, count, name);
			for (size_t g = 0; g < f; g++)
				free = free && !ppm_slice_equal(files[g].dataset, name);
			if (free)
				break;
			name = ppm_arena_format(init->arena, "%.*s_%d", SHOW(base), n);
		}
		init->dataset = name;
		if (!name.data)
			return false;
	}
	return true;
}

// ---- the key --------------------------------------------------------------------------------------------------------

static bool ends_with_word(struct ppm_slice header, const char *word)
{
	size_t size = strlen(word), at = header.size - size;

	if (header.size < size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (tolower((unsigned char)header.data[at + i]) != word[i])
			return false;
	// `customerID`, `customer id`, `id`, but not `paid`
	return at == 0 || !isalpha((unsigned char)header.data[at - 1]) || (isupper((unsigned char)header.data[at]) && islower((unsigned char)header.data[at - 1]));
}

static int key_rank(const struct column *column, uint32_t index)
{
	static const struct {
		const char *word;
		int rank;
	} hints[] = { { "id", 6 }, { "key", 5 }, { "code", 5 }, { "number", 4 }, { "no", 4 }, { "account", 3 }, { "customer", 3 }, { "email", 2 }, { "name", 2 } };
	const struct ppm_guess *guess = &column->guess;
	struct ppm_slice header = trimmed(column->header);

	if (!guess->unique || guess->empty || !guess->values || !guess->whole)
		return 0;
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (ends_with_word(header, hints[i].word))
			return hints[i].rank;
	return index == 0 ? 1 : 0;
}

// The columns that may be the key, best first; only their values are compared over the whole file.
static uint32_t key_candidates(const struct init *init, uint32_t out[KEY_CANDIDATES])
{
	uint32_t count = 0;

	for (int rank = 6; rank > 0; rank--)
		for (uint32_t i = 0; i < init->column_count && count < KEY_CANDIDATES; i++)
			if (key_rank(&init->columns[i], i) == rank)
				out[count++] = i;
	return count;
}

// ---- how the files belong together ------------------------------------------------------------------------------------

// Letters and digits alone: `Customer ID` and `customer_id` are one name.
static size_t bare(struct ppm_slice name, char out[64])
{
	size_t size = 0;

	for (size_t i = 0; i < name.size && size < 63; i++)
		if (isalnum((unsigned char)name.data[i]))
			out[size++] = (char)tolower((unsigned char)name.data[i]);
	out[size] = 0;
	return size;
}

// The column that names a row of `to` by its key: called as the key, or, as every file may have an `id`, after the dataset: `customer_id`. -1: none.
static int column_for(const struct init *from, const struct init *to)
{
	static const char *const common[] = { "id", "key", "code", "no", "nr", "number", "name" };
	char key[64], one[64], full[128], name[64];
	bool is_common = false;
	size_t size;

	if (from == to || to->key < 0)
		return -1;
	bare(trimmed(to->columns[to->key].header), key);
	size = bare(to->dataset, one);
	if (size > 3 && !strcmp(one + size - 3, "ies"))
		strcpy(one + size - 3, "y");
	else if (size > 1 && one[size - 1] == 's')
		one[size - 1] = 0;
	snprintf(full, sizeof full, "%s%s", one, key);
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		is_common = is_common || !strcmp(key, common[i]);
	for (uint32_t i = 0; i < from->column_count; i++) {
		if (!from->columns[i].guess.values || !bare(trimmed(from->columns[i].header), name))
			continue;
		if ((!is_common && !strcmp(name, key)) || !strcmp(name, full))
			return (int)i;
	}
	return -1;
}

// Rows that name a customer are the customer's, rows that name such a row are its; what else is named is looked up.
static void link_files(struct init *files, size_t count)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t f = 1; f < count; f++)
			for (size_t g = 0; g < count && !files[f].parent; g++) {
				int column = g == 0 || files[g].parent ? column_for(&files[f], &files[g]) : -1;
				if (column < 0)
					continue;
				files[f].parent = &files[g];
				files[f].parent_column = (uint32_t)column;
				more = true;
			}
	}
	for (size_t f = 0; f < count; f++)
		for (size_t g = 1; g < count; g++) {
			int column = files[f].parent == &files[g] || files[g].parent == &files[f] ? -1 : column_for(&files[f], &files[g]);
			if (column >= 0 && column != files[f].key && !(files[f].parent && (uint32_t)column == files[f].parent_column)) // those name the row itself, or whose it is
				files[f].columns[column].refers = &files[g];
		}
}

// A key is text, and so is whatever is compared with it.
static bool is_key(const struct init *init, uint32_t column)
{
	return (int)column == init->key || init->columns[column].refers || (init->parent && init->parent_column == column);
}

// ---- writing --------------------------------------------------------------------------------------------------------

static void append_text(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append_char(out, '"');
	for (size_t at = 0; at < text.size;) {
		size_t length;
		uint32_t code = ppm_utf8_decode(text.data + at, text.size - at, &length);
		if (code == '"' || code == '\\' || code == '{')
			ppm_buffer_format(out, "\\%c", (char)code);
		else if (code < 0x20 || code == 0x7F || (code >= 0x80 && code < 0xA0) || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
			(code >= 0x2066 && code <= 0x2069))
			ppm_buffer_format(out, "\\u{%X}", (unsigned)code);
		else
			ppm_buffer_append(out, text.data + at, length);
		at += length;
	}
	ppm_buffer_append_char(out, '"');
}

static const char *type_text(enum ppm_guess_type type)
{
	static const char *const words[] = { "text", "number", "money", "percent", "date", "flag" };

	return words[type];
}

static const char *type_word(const struct init *init, uint32_t column)
{
	return is_key(init, column) ? "text" : type_text(init->columns[column].verdict.type);
}

static void append_comment(struct ppm_buffer *out, struct ppm_slice text)
{
	// One line, whatever the data has in it.
	ppm_text_append_escaped(out, text, 40, true);
}

static void append_fitting(struct ppm_buffer *out, const char *before, enum ppm_guess_type type, struct ppm_slice format)
{
	ppm_buffer_format(out, "%s%s", before, type_text(type));
	if (!format.size)
		return;
	ppm_buffer_append_text(out, " format ");
	append_text(out, format);
}

static void append_remark(const struct init *init, uint32_t index, struct ppm_buffer *out)
{
	const struct column *column = &init->columns[index];
	const struct ppm_guess *guess = &column->guess;
	char count[32];

	if (!guess->values && !guess->tokens) {
		ppm_buffer_append_text(out, "  # no row has a value");
	} else if ((int)index == init->key) {
		if (guess->compared < init->rows)
			ppm_buffer_format(out, "  # unique in the first %s rows", ppm_driver_count(guess->compared, count));
	} else if (column->verdict.ambiguous_date) {
		ppm_buffer_format(out, "  # dates, but day and month cannot be told apart: date format \"%.*s\" or \"%.*s\"", SHOW(column->verdict.format),
			SHOW(column->verdict.other_format));
	} else if (column->verdict.ambiguous_figure) {
		ppm_buffer_append_text(out, "  # figures, but thousands and decimals cannot be told apart");
		if (column->verdict.format.size) {
			append_fitting(out, ": ", column->verdict.fitting, column->verdict.format);
			append_fitting(out, " or ", column->verdict.other_fitting, column->verdict.other_format);
		}
	} else if (column->verdict.settled) {
		bool commas = (guess->open == ',') != column->verdict.thousands;
		ppm_buffer_format(out, "  # 1%c234 is %s: other columns have decimal %s", guess->open, column->verdict.thousands ? "more than a thousand" : "less than two",
			commas ? "commas" : "points");
	} else if (column->verdict.type == PPM_GUESS_FLAG && !guess->seen_word) {
		ppm_buffer_append_text(out, "  # 0 and 1; number if it counts something");
	} else if (column->verdict.type == PPM_GUESS_NUMBER && guess->unique && guess->whole && guess->values >= 20) {
		ppm_buffer_append_text(out, "  # every value is different");
	} else if (column->verdict.type == PPM_GUESS_TEXT && guess->number && guess->leading_zero) {
		ppm_buffer_append_text(out, "  # figures with leading zeros stay as they are");
	} else if (column->verdict.type == PPM_GUESS_TEXT && guess->number_misses && guess->number_misses * 20 < guess->values) {
		ppm_buffer_format(out, "  # figures but for %s, the first \"", ppm_driver_count(guess->number_misses, count));
		append_comment(out, guess->first_miss);
		ppm_buffer_append_char(out, '"');
	} else if (column->verdict.type == PPM_GUESS_TEXT && guess->distinct_count <= PPM_GUESS_DISTINCT && guess->values >= 4 * (uint64_t)guess->distinct_count) {
		size_t size = 0;
		for (uint32_t i = 0; i < guess->distinct_count; i++)
			size += guess->distinct[i].size + 4;
		if (size > 160) {
			ppm_buffer_format(out, "  # one of %u values", guess->distinct_count);
			return;
		}
		ppm_buffer_append_text(out, "  # in [");
		for (uint32_t i = 0; i < guess->distinct_count; i++) {
			ppm_buffer_append_text(out, i ? ", " : "");
			append_text(out, guess->distinct[i]);
		}
		ppm_buffer_append_char(out, ']');
	}
}

static void append_column(const struct init *init, uint32_t index, size_t width, struct ppm_buffer *out)
{
	const struct column *column = &init->columns[index];
	bool key = (int)index == init->key, typed = !is_key(init, index) && column->verdict.type != PPM_GUESS_TEXT, first = true;

	ppm_buffer_format(out, "  %-*.*s  %-7s", (int)width, SHOW(column->name), type_word(init, index));
	if (key)
		ppm_buffer_append_text(out, "  key");
	else if (column->verdict.optional || (!column->guess.values && !column->guess.tokens))
		ppm_buffer_append_text(out, "  optional");
	for (uint32_t i = 0; typed && ppm_guess_token(i); i++)
		if (column->guess.tokens >> i & 1) {
			ppm_buffer_append_text(out, first ? "  missing " : ", ");
			append_text(out, ppm_slice_of(ppm_guess_token(i)));
			first = false;
		}
	if (typed && column->verdict.format.size) {
		ppm_buffer_append_text(out, "  format ");
		append_text(out, column->verdict.format);
	}
	if (!ppm_slice_equal(column->name, trimmed(column->header))) {
		ppm_buffer_append_text(out, "  from ");
		append_text(out, trimmed(column->header));
	}
	if (column->refers)
		ppm_buffer_format(out, "  references %.*s", SHOW(column->refers->dataset));
	if (!is_key(init, index) || (int)index == init->key)
		append_remark(init, index, out);
	while (out->size && out->data[out->size - 1] == ' ')
		out->size--;
	ppm_buffer_append_char(out, '\n');
}

static int by_figure(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

// The middle of the sample, or the least value above it when most rows have that one figure.
static double middle(struct ppm_guess *guess)
{
	uint32_t at = guess->sample_count / 2;

	qsort(guess->sample, guess->sample_count, sizeof *guess->sample, by_figure);
	if (guess->sample[at] == guess->sample[0])
		while (at + 1 < guess->sample_count && guess->sample[at] == guess->sample[0])
			at++;
	return guess->sample[at];
}

static bool speaks_of_worth(struct ppm_slice header)
{
	static const char *const words[] = { "revenue", "amount", "charge", "income", "spend", "sales", "value", "margin", "profit" };

	for (size_t w = 0; w < sizeof words / sizeof *words; w++)
		for (size_t at = 0; at + strlen(words[w]) <= header.size; at++)
			if (!strncasecmp(header.data + at, words[w], strlen(words[w])))
				return true;
	return false;
}

// Figures that name something and measure nothing.
static bool key_like(struct ppm_slice header)
{
	static const char *const words[] = { "id", "code", "key", "no", "zip", "year", "latitude", "longitude", "phone" };

	header = trimmed(header);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (ends_with_word(header, words[i]))
			return true;
	return header.size > 4 && (!strncasecmp(header.data, "zip", 3) || !strncasecmp(header.data, "year", 4));
}

// A column that makes a first rule, best of all a required figure; -1: none.
static int example_column(const struct init *init)
{
	int best = -1, best_rank = 0;

	for (uint32_t i = 0; i < init->column_count; i++) {
		const struct column *column = &init->columns[i];
		int rank = 0;
		if (is_key(init, i) || !column->guess.values)
			continue;
		if ((column->verdict.type == PPM_GUESS_MONEY || column->verdict.type == PPM_GUESS_NUMBER) && column->guess.sample_count &&
			!(column->guess.unique && column->guess.whole))
			rank = column->verdict.type == PPM_GUESS_MONEY ? 6 : 5;
		else if (column->verdict.type == PPM_GUESS_FLAG)
			rank = 3;
		else if (column->verdict.type == PPM_GUESS_TEXT && column->guess.distinct_count >= 2 && column->guess.distinct_count <= PPM_GUESS_DISTINCT)
			rank = 2;
		else if (column->verdict.type == PPM_GUESS_TEXT && column->guess.distinct[0].size)
			rank = 1;
		if (rank && !column->verdict.optional)
			rank += 10;
		if (rank && speaks_of_worth(column->header))
			rank += 4;
		if (rank && key_like(column->header))
			rank = 1;
		if (rank > best_rank) {
			best = (int)i;
			best_rank = rank;
		}
	}
	return best;
}

// The starter model's own rule is called as no column.
static void append_rule_name(const struct init *init, struct ppm_buffer *out)
{
	char name[32] = "first_rule";

	for (int n = 2; is_column(init, 1, ppm_slice_of(name)); n++)
		snprintf(name, sizeof name, "first_rule_%d", n);
	ppm_buffer_format(out, "reward %s 10 when ", name);
}

static void append_rule(struct init *init, int index, struct ppm_buffer *out)
{
	struct column *column = &init->columns[index];
	char figure[400];
	size_t size;

	if (column->verdict.type == PPM_GUESS_MONEY || column->verdict.type == PPM_GUESS_NUMBER) {
		size = ppm_number_write(middle(&column->guess), figure);
		ppm_buffer_append_text(out, "# A rule that works on this file; the figure is the middle of the column. Put your own in its place.\n");
		append_rule_name(init, out);
		ppm_buffer_format(out, "%.*s >= %.*s", SHOW(column->name), (int)size, figure);
	} else {
		ppm_buffer_append_text(out, "# A rule that works on this file. Put your own in its place.\n");
		append_rule_name(init, out);
		ppm_buffer_append(out, column->name.data, column->name.size);
		if (column->verdict.type == PPM_GUESS_TEXT) {
			ppm_buffer_append_text(out, " = ");
			append_text(out, column->guess.distinct[0]);
		}
	}
	ppm_buffer_append_text(out, column->verdict.optional ? " missing 0\n" : "\n");
}

static void append_dataset(const struct init *init, struct ppm_buffer *out)
{
	size_t width = 0;

	for (uint32_t i = 0; i < init->column_count; i++)
		if (init->columns[i].name.size > width && init->columns[i].name.size <= 32)
			width = init->columns[i].name.size;
	ppm_buffer_format(out, "dataset %.*s", SHOW(init->dataset));
	if (init->parent)
		ppm_buffer_format(out, " of %.*s by %.*s", SHOW(init->parent->dataset), SHOW(init->columns[init->parent_column].name));
	ppm_buffer_append_text(out, " {\n");
	for (uint32_t i = 0; i < init->column_count; i++)
		append_column(init, i, width, out);
	ppm_buffer_append_text(out, "}\n\n");
}

static void append_origin(const struct init *init, struct ppm_buffer *out)
{
	char rows[32], columns[32];

	append_comment(out, ppm_slice_of(strrchr(init->path, '/') ? strrchr(init->path, '/') + 1 : init->path));
	ppm_buffer_format(out, ": %s row%s, %s column%s", ppm_driver_count(init->rows, rows), init->rows == 1 ? "" : "s", ppm_driver_count(init->column_count, columns),
		init->column_count == 1 ? "" : "s");
}

static void append_model(struct init *files, size_t count, struct ppm_buffer *out)
{
	struct init *init = &files[0];
	int example = example_column(init);

	ppm_buffer_append_text(out, "# Made by `ppmc init` from ");
	for (size_t f = 0; f < count; f++) {
		ppm_buffer_append_text(out, f ? ";\n#   " : "");
		append_origin(&files[f], out);
	}
	ppm_buffer_append_text(out,
		". The types hold for every row.\n"
		"# Read the columns once, delete those that you do not need, then say below what a perfect customer is.\n");
	if (count > 1)
		ppm_buffer_append_text(out, "# `of` and `references` are told from the names of columns: see that they are right.\n");
	ppm_buffer_append_char(out, '\n');
	for (size_t f = 0; f < count; f++)
		append_dataset(&files[f], out);
	if (example >= 0) {
		append_rule(init, example, out);
		ppm_buffer_append_text(out, "\ntier good when score >= 60\ntier rest otherwise\n");
	}
	ppm_buffer_append_text(out, "\n# More to build with; take the # away and put in columns of yours.\n#\n");
	for (size_t f = 1; f < count; f++)
		if (files[f].parent == init) {
			ppm_buffer_format(out, "# reward has_%.*s 5 when count(%.*s) > 0\n#\n", SHOW(files[f].dataset), SHOW(files[f].dataset));
			break;
		}
	ppm_buffer_append_text(out,
		"# let margin = revenue - direct_cost                    \"what a customer leaves us\"\n"
		"#\n"
		"# dimension payment weight 60 {\n"
		"#   penalty slow_payer 15 when days_late > 30           because \"pays {days_late} days late\"\n"
		"#   reward  pays_early 10 when days_late <= 0\n"
		"# }\n"
		"# dimension value weight 40 {\n"
		"#   scale margin_rate from 0 to 40 as margin / revenue goes 10% to 60%\n"
		"#   bands tenure by years_between(signed_on, as_of) { below 1 : 0  below 3 : 10  otherwise : 20 }\n"
		"# }\n"
		"# disqualify sanctioned when country in [\"KP\", \"IR\"]   because \"sanctioned country\"\n"
		"# tier perfect when score >= 80                         action \"ask for referrals\"\n");
}

// A word of a command line, as a shell takes it.
static void append_word(struct ppm_buffer *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./,=+:@%";
	size_t size = strlen(word);

	for (size_t i = 0; i < size; i++)
		if (!((unsigned char)word[i] & 0x80) && !strchr(plain, word[i])) {
			ppm_buffer_append_char(out, '\'');
			for (; *word; word++)
				ppm_buffer_append_text(out, *word == '\'' ? "'\\''" : (const char[]){ *word, 0 });
			ppm_buffer_append_char(out, '\'');
			return;
		}
	ppm_buffer_append(out, word, size);
}

// The command that uses the model: with what was needed to read the files, too.
static void append_next(struct ppm_buffer *out, const struct init *files, size_t count, const char *path)
{
	static const struct {
		enum ppm_option option;
		const char *word;
	} needed[] = { { PPM_OPTION_DELIMITER, "--delimiter" }, { PPM_OPTION_ENCODING, "--encoding" } };

	ppm_buffer_append_text(out, "ppmc ");
	append_word(out, path);
	for (size_t f = 0; f < count; f++) {
		ppm_buffer_append_char(out, ' ');
		if (f)
			ppm_buffer_format(out, "%.*s=", SHOW(files[f].dataset));
		append_word(out, files[f].path);
	}
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (files->driver->options.given[needed[i].option]) {
			ppm_buffer_format(out, " %s ", needed[i].word);
			append_word(out, files->driver->options.values[needed[i].option]);
		}
}

static enum ppm_exit write_model(const struct init *init, size_t count, struct ppm_buffer *text)
{
	const struct ppm_driver *driver = init->driver;
	const char *path = driver->options.values[PPM_OPTION_OUTPUT];
	struct ppm_buffer said, next;
	enum ppm_exit code;
	char rows[32];

	if (!path || !strcmp(path, "-"))
		return ppm_driver_print(driver, text);
	// What is said when the file is there is made before it.
	ppm_buffer_init(&said, NULL);
	ppm_buffer_init(&next, NULL);
	append_next(&next, init, count, path);
	if (driver->quiet)
		;
	else if (count > 1)
		ppm_driver_append_message(
			driver, &said, "note", NULL, "wrote %s: %zu datasets, their types checked on every row; next: %s", path, count, ppm_driver_text(driver, &next));
	else
		ppm_driver_append_message(driver, &said, "note", NULL, "wrote %s: %u column%s, checked on %s row%s; next: %s", path, init->column_count,
			init->column_count == 1 ? "" : "s", ppm_driver_count(init->rows, rows), init->rows == 1 ? "" : "s", ppm_driver_text(driver, &next));
	code = said.failed ? ppm_driver_memory(driver) : ppm_rewrite_file(driver, path, text);
	if (!code)
		ppm_driver_print_error(driver, &said);
	ppm_buffer_free(&next);
	ppm_buffer_free(&said);
	ppm_buffer_free(text);
	return code;
}

// A header of one field in which another separator stands: most likely that is the file's.
static void tell_separator(const struct init *init)
{
	static const struct {
		char separator;
		const char *written, *help;
	} others[] = { { ';', "`;`", "add `--delimiter ';'`" }, { '\t', "a tab", "add `--delimiter tab`" }, { '|', "`|`", "add `--delimiter '|'`" },
		{ ',', "`,`", "add `--delimiter ','`" } };
	char used = init->source.delimiter ? init->source.delimiter : ',';
	const struct ppm_slice header = init->column_count == 1 ? init->columns[0].header : PPM_SLICE("");
	struct ppm_slice begin = header;

	if (begin.size > HEADER_SHOWN)
		for (begin.size = HEADER_SHOWN; begin.size && ((unsigned char)header.data[begin.size] & 0xC0) == 0x80; begin.size--) // a whole character
			;
	for (size_t i = 0; header.size && !init->driver->quiet && i < sizeof others / sizeof *others; i++)
		if (others[i].separator != used && memchr(header.data, others[i].separator, header.size)) {
			ppm_driver_say(init->driver, "note", others[i].help, "%s is read as one column, `%.*s%s`; is the separator %s?", init->path, SHOW(begin),
				begin.size < header.size ? "…" : "", others[i].written);
			return;
		}
}

// Nobody writes decimals with a point in one column and with a comma in the next: where all of a file's other figures agree, they tell what 1.234 is.
static void settle_figures(struct init *init)
{
	unsigned said = 0;

	for (uint32_t i = 0; i < init->column_count; i++) {
		enum ppm_guess_type type = init->columns[i].verdict.type;
		if (type == PPM_GUESS_NUMBER || type == PPM_GUESS_MONEY || type == PPM_GUESS_PERCENT)
			said |= init->columns[i].guess.separators & (PPM_GUESS_DECIMAL_POINT | PPM_GUESS_DECIMAL_COMMA);
	}
	for (uint32_t i = 0; i < init->column_count; i++)
		if (said == PPM_GUESS_DECIMAL_POINT || said == PPM_GUESS_DECIMAL_COMMA)
			ppm_guess_settle(&init->columns[i].guess, &init->columns[i].verdict, said);
}

static enum ppm_exit guess_all(struct init *init)
{
	uint32_t candidates[KEY_CANDIDATES], count;
	enum ppm_exit code = read_file(init, false);

	if (code)
		return code;
	tell_separator(init);
	count = key_candidates(init, candidates);
	for (uint32_t i = 0; i < init->column_count; i++)
		ppm_guess_restart(&init->columns[i].guess, false);
	for (uint32_t c = 0; c < count; c++)
		init->columns[candidates[c]].guess.unique = true;
	code = read_file(init, true);
	if (code)
		return code;
	init->key = -1;
	for (uint32_t c = 0; c < count && init->key < 0 && init->rows; c++) {
		const struct ppm_guess *guess = &init->columns[candidates[c]].guess;
		if (guess->unique && !guess->empty && (guess->whole || !guess->number))
			init->key = (int)candidates[c];
	}
	for (uint32_t i = 0; i < init->column_count; i++)
		init->columns[i].verdict = ppm_guess_verdict(&init->columns[i].guess);
	settle_figures(init);
	if (!give_names(init))
		return ppm_driver_memory(init->driver);
	return PPM_EXIT_DONE;
}

// Files that are read twice, and are not what is written.
static enum ppm_exit check_paths(const struct ppm_driver *driver)
{
	const char *output = driver->options.values[PPM_OPTION_OUTPUT];
	struct stat a, b;
	bool there = false, written = false;
	enum ppm_exit code = output ? ppm_driver_look(driver, "write", output, &b, &written) : PPM_EXIT_DONE;

	for (size_t f = 0; f < driver->options.argument_count && !code; f++) {
		const char *path = driver->options.arguments[f];
		code = strcmp(path, "-") ? ppm_driver_look(driver, "read", path, &a, &there) : PPM_EXIT_DONE;
		if (code)
			return code;
		if (!strcmp(path, "-") || (there && S_ISFIFO(a.st_mode)))
			return ppm_driver_usage(driver, "save the data in a file first", "`ppmc init` reads the data twice, so that it cannot come from a pipe");
		if (written && S_ISREG(b.st_mode) && there && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return ppm_driver_usage(driver, "give another file", "`%s`, where the model goes, is the data itself", output);
	}
	if (!code && written && S_ISREG(b.st_mode) && !driver->options.given[PPM_OPTION_FORCE])
		return ppm_driver_usage(driver, "`--force` overwrites it", "`%s` is there already", output);
	return code;
}

enum ppm_exit ppm_verb_init(struct ppm_driver *driver)
{
	size_t count = driver->options.argument_count;
	struct init *files;
	struct ppm_source_options source;
	struct ppm_arena arena;
	struct ppm_buffer text;
	enum ppm_exit code = ppm_driver_source_options(driver, &source);

	if (!code)
		code = check_paths(driver);
	if (code)
		return code;
	files = calloc(count, sizeof *files);
	if (!files)
		return ppm_driver_memory(driver);
	source.interrupted = ppm_signals_flag();
	ppm_arena_init(&arena, NULL);
	ppm_buffer_init(&text, NULL);
	for (size_t f = 0; f < count && !code; f++) {
		files[f] = (struct init){ .driver = driver, .path = driver->options.arguments[f], .source = source, .arena = &arena, .key = -1 };
		code = guess_all(&files[f]);
	}
	if (!code && !name_datasets(files, count))
		code = ppm_driver_memory(driver);
	if (!code) {
		link_files(files, count);
		append_model(files, count, &text);
		code = write_model(files, count, &text);
	} else {
		ppm_buffer_free(&text);
	}
	for (size_t f = 0; f < count; f++) {
		for (uint32_t i = 0; i < files[f].column_count; i++)
			ppm_guess_free(&files[f].columns[i].guess);
		free(files[f].columns);
	}
	free(files);
	ppm_arena_free(&arena);
	return code;
}
