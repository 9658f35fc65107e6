// The header: the first record, its names, and which program column is which field. A file whose first bytes are no CSV text is named for what it is here,
// before anything else is read.
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/source/source_internal.h"

#define FIRST_READ (64u * 1024u)

struct ppm_slice ppm_field_unquote(struct ppm_slice raw, struct ppm_buffer *scratch)
{
	if (raw.size < 2 || raw.data[0] != '"')
		return raw;
	const char *at = raw.data + 1, *end = raw.data + raw.size - 1;
	if (!memchr(at, '"', (size_t)(end - at)))
		return (struct ppm_slice){ at, (size_t)(end - at) };
	scratch->size = 0;
	while (at < end) {
		const char *quote = memchr(at, '"', (size_t)(end - at));
		const char *stop = quote ? quote + 1 : end;
		ppm_buffer_append(scratch, at, (size_t)(stop - at));
		// Doubled: the other one is left out.
		at = quote ? quote + 2 : end;
	}
	return ppm_buffer_slice(scratch);
}

static bool names_utf16(struct ppm_slice first)
{
	if (first.size < 2)
		return false;
	unsigned a = (unsigned char)first.data[0], b = (unsigned char)first.data[1];
	return (a == 0xFF && b == 0xFE) || (a == 0xFE && b == 0xFF) || (a == 0) != (b == 0);
}

static enum ppm_status refuse(struct ppm_data_problems *problems, enum ppm_data_code code, struct ppm_slice value, const char *message)
{
	ppm_source_problem(problems, code, 1, 0, value, message);
	return PPM_ERROR_DATA;
}

// Reads until text[0, *size) holds the whole first record; *end is the offset of its line end (or of the text's end when there is none).
static enum ppm_status read_first_record(struct ppm_source *source, struct ppm_buffer *text, size_t *end, bool *open, struct ppm_scan *scan, uint32_t **index, size_t *count,
	size_t *begin, struct ppm_data_problems *problems)
{
	// One byte before the text, so that the scan can look back.
	size_t scanned = 1, capacity = 0;
	ppm_buffer_append_char(text, '\n');
	bool ended = false;
	*count = 0;
	*begin = 1;
	for (;;) {
		if (!ppm_buffer_reserve(text, FIRST_READ + PPM_SOURCE_PADDING))
			return PPM_ERROR_MEMORY;
		size_t given;
		enum ppm_status status = ppm_reader_read(source->reader, text->data + text->size, FIRST_READ, &given);
		if (status == PPM_ERROR_DATA)
			return refuse(problems, PPM_DATA_COMPRESSED, (struct ppm_slice){ NULL, 0 }, "the file looks compressed, but the compressed data is damaged");
		if (status != PPM_OK)
			return status;
		text->size += given;
		ended = given == 0;
		// The byte order mark may come in pieces.
		if (scanned == 1 && !ended && text->size < 4)
			continue;
		if (scanned == 1 && text->size >= 4 && memcmp(text->data + 1, "\xEF\xBB\xBF", 3) == 0) {
			*begin = scanned = 4;
			text->data[3] = '\n';
		}
		void *items = *index;
		bool grown = ppm_grow(source->allocator, &items, &capacity, *count + (text->size - scanned) + PPM_SCAN_SLACK, sizeof **index);
		*index = items;
		if (!grown)
			return PPM_ERROR_MEMORY;
		// A line at a time: what follows the header is not looked at here.
		while (scanned < text->size) {
			const char *line_end = memchr(text->data + scanned, '\n', text->size - scanned);
			size_t to = line_end ? (size_t)(line_end - text->data) + 1 : text->size;
			*count = (size_t)(ppm_scan_exact(scan, text->data, scanned, to, *index + *count) - *index);
			scanned = to;
			if (line_end && *count && (*index)[*count - 1] == to - 1) {
				*end = to - 1;
				*open = false;
				return PPM_OK;
			}
		}
		if (scan->nul && memchr(text->data, '\0', text->size)) {
			*end = text->size;
			*open = true;
			return PPM_OK;
		}
		if (ended) {
			*end = text->size;
			*open = true;
			text->data[text->size] = '\n';
			(*index)[(*count)++] = (uint32_t)text->size;
			return PPM_OK;
		}
		if (text->size - *begin > PPM_SOURCE_RECORD_LIMIT)
			return refuse(problems, scan->quoted ? PPM_DATA_QUOTE_UNTERMINATED : PPM_DATA_RECORD_TOO_LONG, (struct ppm_slice){ NULL, 0 },
				scan->quoted ? "a quoted name in the header has no closing quotation mark" : "the header is longer than 64 MiB");
	}
}

static enum ppm_status check_names(struct ppm_source *source, struct ppm_data_problems *problems)
{
	struct ppm_interner seen;
	ppm_interner_init(&seen, source->allocator);
	enum ppm_status status = PPM_OK;
	uint32_t *firsts = ppm_allocate(source->allocator, source->field_count, sizeof *firsts);
	for (uint32_t field = 0; field < source->field_count && firsts; field++) {
		struct ppm_slice name = source->names[field];
		if (name.size == 0) {
			ppm_source_problem(problems, PPM_DATA_HEADER_EMPTY, 1, field + 1, (struct ppm_slice){ NULL, 0 }, "the column has no name in the header");
			status = PPM_ERROR_DATA;
			continue;
		}
		uint32_t count = seen.count, code = ppm_interner_add(&seen, name);
		if (code == PPM_INTERNER_NONE) {
			status = PPM_ERROR_MEMORY;
			break;
		}
		if (code < count) {
			struct ppm_buffer message;
			ppm_buffer_init(&message, source->allocator);
			ppm_buffer_format(&message, "is also the name of column %lu", (unsigned long)firsts[code] + 1);
			struct ppm_data_problem problem = { .code = PPM_DATA_HEADER_DUPLICATE, .line = 1, .column = field + 1, .value = name };
			ppm_data_problems_add_message(problems, problem, &message);
			status = PPM_ERROR_DATA;
		} else {
			firsts[code] = field;
		}
	}
	if (!firsts)
		status = PPM_ERROR_MEMORY;
	ppm_free(source->allocator, firsts);
	ppm_interner_free(&seen);
	return status;
}

static enum ppm_status inspect_names(
	struct ppm_source *source, struct ppm_slice text, const uint32_t *ends, size_t count, size_t begin, bool open, struct ppm_data_problems *problems)
{
	static const char *const messages[PPM_DATA_CODE_COUNT] = {
		[PPM_DATA_NUL_BYTE] = "a name in the header holds a NUL byte",
		[PPM_DATA_ENCODING] = "is not UTF-8; if the file has another encoding, name it with --encoding",
		[PPM_DATA_FIELD_TOO_LONG] = "is too long for a column's name",
		[PPM_DATA_BARE_CR] = "holds a carriage return without a line feed; lines end with LF or CR LF",
		[PPM_DATA_QUOTE_STRAY] = "has a quotation mark in the wrong place; quote the whole name and write \"\" for one",
		[PPM_DATA_QUOTE_UNTERMINATED] = "has no closing quotation mark",
	};
	enum ppm_status status = PPM_OK;
	for (size_t field = 0; field < count; field++) {
		struct ppm_slice raw = { text.data + begin, ends[field] - begin };
		enum ppm_problem_variant variant;
		enum ppm_data_code code = ppm_field_inspect(raw, field + 1 == count && !open, source->options.field_limit, &variant);
		if (code != PPM_DATA_CODE_COUNT) {
			ppm_source_problem(problems, code, 1, (uint32_t)field + 1, raw, messages[code]);
			status = PPM_ERROR_DATA;
		}
		begin = ends[field] + 1;
	}
	return status;
}

static enum ppm_status keep_names(struct ppm_source *source, struct ppm_slice text, const uint32_t *ends, size_t count, size_t begin)
{
	source->field_count = (uint32_t)count;
	source->names = ppm_arena_allocate(&source->arena, count, sizeof *source->names);
	source->raws = ppm_arena_allocate(&source->arena, count, sizeof *source->raws);
	struct ppm_buffer scratch;
	ppm_buffer_init(&scratch, source->allocator);
	for (size_t field = 0; field < count && !source->arena.failed && !scratch.failed; field++) {
		size_t end = ends[field];
		if (field + 1 == count && end > begin && text.data[end - 1] == '\r')
			end--;
		struct ppm_slice raw = { text.data + begin, end - begin };
		source->raws[field] = ppm_arena_copy(&source->arena, raw);
		source->names[field] = ppm_arena_copy(&source->arena, ppm_field_unquote(raw, &scratch));
		begin = ends[field] + 1;
	}
	bool failed = source->arena.failed || scratch.failed;
	ppm_buffer_free(&scratch);
	return failed ? PPM_ERROR_MEMORY : PPM_OK;
}

static enum ppm_status read_header(struct ppm_source *source, struct ppm_buffer *text, uint32_t **index, struct ppm_data_problems *problems)
{
	struct ppm_scan scan = { .delimiter = source->options.delimiter };
	size_t begin, end, count;
	bool open;
	enum ppm_status status = read_first_record(source, text, &end, &open, &scan, index, &count, &begin, problems);
	if (status != PPM_OK)
		return status;
	if (end - begin > PPM_SOURCE_RECORD_LIMIT)
		return refuse(problems, PPM_DATA_RECORD_TOO_LONG, (struct ppm_slice){ NULL, 0 }, "the header is longer than 64 MiB");
	if (begin == text->size)
		return refuse(problems, PPM_DATA_EMPTY_FILE, (struct ppm_slice){ NULL, 0 }, "the file is empty; expected a header line with the columns' names");
	if (!source->options.encoding && names_utf16((struct ppm_slice){ text->data + begin, text->size - begin }))
		return refuse(problems, PPM_DATA_ENCODING, (struct ppm_slice){ NULL, 0 }, "the file is UTF-16; say so with --encoding utf-16, or save it as UTF-8");
	if (scan.nul && memchr(text->data + begin, '\0', end - begin))
		return refuse(problems, PPM_DATA_NUL_BYTE, (struct ppm_slice){ NULL, 0 }, "the header holds a NUL byte; this is no text file");
	struct ppm_slice whole = ppm_buffer_slice(text);
	if (count > PPM_SOURCE_COLUMN_LIMIT)
		return refuse(problems, PPM_DATA_TOO_MANY_COLUMNS, (struct ppm_slice){ NULL, 0 }, "the header has more than 100,000 columns");
	status = inspect_names(source, whole, *index, count, begin, open, problems);
	if (status == PPM_OK)
		status = keep_names(source, whole, *index, count, begin);
	if (status == PPM_OK)
		status = check_names(source, problems);
	if (status != PPM_OK)
		return status;
	source->header_lines = !open;
	for (size_t at = begin; at < end; at++)
		source->header_lines += text->data[at] == '\n';
	size_t next = open ? end : end + 1;
	source->body = next - 1; // the byte before the text is not the file's
	ppm_buffer_append(&source->carry, text->data + next, text->size - next);
	return source->carry.failed ? PPM_ERROR_MEMORY : PPM_OK;
}

enum ppm_status ppm_header_read(struct ppm_source *source, struct ppm_data_problems *problems)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, source->allocator);
	uint32_t *index = NULL;
	enum ppm_status status = read_header(source, &text, &index, problems);
	ppm_free(source->allocator, index);
	ppm_buffer_free(&text);
	return status;
}

// ---- binding ----------------------------------------------------------------------------------------------

static struct ppm_slice trim(struct ppm_slice text)
{
	while (text.size && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.size--;
	}
	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
		text.size--;
	return text;
}

// The field of that name, or UINT32_MAX.
static uint32_t find_field(const struct ppm_source *source, const struct ppm_interner *names, struct ppm_slice wanted)
{
	uint32_t found = ppm_interner_find(names, wanted);
	if (found != PPM_INTERNER_NONE)
		return found;
	uint32_t only = UINT32_MAX;
	for (uint32_t field = 0; field < source->field_count; field++)
		if (ppm_slice_equal(trim(source->names[field]), trim(wanted))) {
			if (only != UINT32_MAX)
				return UINT32_MAX;
			only = field;
		}
	return only;
}

// The separator that a header of one field seems to be written with, or 0: the commonest reason for a column that is not there.
static char other_separator(const struct ppm_source *source)
{
	static const char others[] = ";\t|,";
	for (const char *c = others; source->field_count == 1 && *c; c++)
		if (memchr(source->names[0].data, *c, source->names[0].size))
			return *c;
	return 0;
}

static void report_separator(const struct ppm_source *source, char separator, struct ppm_data_problems *problems)
{
	struct ppm_buffer message;
	ppm_buffer_init(&message, source->allocator);
	if (separator == '\t')
		ppm_buffer_append_text(&message, "is the header as one field; its columns are parted by tabs: add --delimiter tab");
	else
		ppm_buffer_format(&message, "is the header as one field; is the separator %c ? then add --delimiter '%c'", separator, separator);
	struct ppm_data_problem problem = { .code = PPM_DATA_COLUMN_ABSENT, .line = 1, .value = source->names[0] };
	ppm_data_problems_add_message(problems, problem, &message);
}

static void report_absent(const struct ppm_source *source, struct ppm_slice wanted, struct ppm_data_problems *problems)
{
	struct ppm_slice nearest = { NULL, 0 };
	size_t limit = wanted.size / 3 + 1;
	if (limit > 4)
		limit = 4;
	for (uint32_t field = 0; field < source->field_count; field++) {
		size_t distance = ppm_text_distance(wanted, source->names[field], limit);
		if (distance <= limit && (!nearest.data || distance < ppm_text_distance(wanted, nearest, limit)))
			nearest = source->names[field];
	}
	struct ppm_buffer message;
	ppm_buffer_init(&message, source->allocator);
	ppm_buffer_append_text(&message, "is a column of the model, but not in the header");
	if (nearest.data) {
		ppm_buffer_append_text(&message, "; did you mean \"");
		ppm_text_append_escaped(&message, nearest, 80, true);
		ppm_buffer_append_text(&message, "\"?");
	}
	struct ppm_data_problem problem = { .code = PPM_DATA_COLUMN_ABSENT, .line = 1, .value = wanted };
	ppm_data_problems_add_message(problems, problem, &message);
}

// Whether a fast path could take the text for a value.
static bool looks_like_a_value(struct ppm_slice text)
{
	if (text.size == 0)
		return false;
	char c = text.data[0];
	return (c >= '0' && c <= '9') || c == '-';
}

static bool make_categories(struct ppm_source *source, struct ppm_column_plan *plan)
{
	const struct ppm_program *program = source->program;
	const struct ppm_column *column = plan->column;
	// Tokens before spellings before constants: the first of equal texts counts.
	size_t capacity = (size_t)column->missing_count + column->spelling_count + program->text_count;
	struct ppm_category_text *texts = ppm_allocate(source->allocator, capacity, sizeof *texts);
	if (!texts)
		return false;
	uint32_t count = 0;
	for (uint32_t i = 0; i < column->missing_count; i++)
		texts[count++] = (struct ppm_category_text){ column->missing[i], PPM_CATEGORY_MISSING };
	for (uint32_t i = 0; i < column->spelling_count; i++) {
		uint32_t code = column->spellings[i].to.size ? program->text_count : PPM_CATEGORY_MISSING;
		for (uint32_t constant = 0; constant < program->text_count; constant++)
			if (ppm_slice_equal(program->texts[constant], column->spellings[i].to))
				code = constant;
		texts[count++] = (struct ppm_category_text){ column->spellings[i].from, code };
	}
	for (uint32_t constant = 0; constant < program->text_count; constant++)
		texts[count++] = (struct ppm_category_text){ program->texts[constant], constant };
	struct ppm_categories *categories = ppm_categories_new(source->allocator, texts, count, program->text_count);
	ppm_free(source->allocator, texts);
	if (!categories)
		return false;
	source->all_categories[source->category_count++] = categories;
	plan->categories = categories;
	return true;
}

static bool make_plan(struct ppm_source *source, struct ppm_column_plan *plan, const struct ppm_number_forms *forms, const struct ppm_categories **shared)
{
	const struct ppm_column *column = plan->column;
	plan->fast = plan->plain = !column->number_pattern && !column->date_format && !column->percent_as_ratio && !column->missing_count && !column->spelling_count;
	if (!column->number_pattern && !column->date_format && !column->percent_as_ratio) {
		plan->fast = true;
		for (uint32_t i = 0; i < column->missing_count; i++)
			plan->fast &= !looks_like_a_value(column->missing[i]);
		for (uint32_t i = 0; i < column->spelling_count; i++)
			plan->fast &= !looks_like_a_value(column->spellings[i].from);
		if (column->type == PPM_COLUMN_FLAG)
			plan->fast = plan->plain;
	}
	plan->always_present = !column->optional || column->has_default;
	plan->whole = column->read && column->type == PPM_COLUMN_NUMBER && forms[column->value].whole;
	if (column->type != PPM_COLUMN_TEXT || !column->read)
		return true;
	if (!column->pooled) {
		if (!plan->plain || !*shared) {
			if (!make_categories(source, plan))
				return false;
			if (plan->plain)
				*shared = plan->categories;
		}
		if (plan->plain)
			plan->categories = *shared;
	}
	if (column->allowed) {
		uint64_t *bits = ppm_arena_allocate(&source->arena, (source->program->text_count + 63u) / 64 + 1, sizeof *bits);
		if (!bits)
			return false;
		for (uint32_t i = 0; i < column->allowed_count; i++)
			bits[column->allowed[i] / 64] |= UINT64_C(1) << column->allowed[i] % 64;
		plan->allowed = bits;
	}
	return true;
}

static enum ppm_status make_plans(struct ppm_source *source)
{
	const struct ppm_program *program = source->program;
	source->plans = ppm_arena_allocate(&source->arena, program->column_count, sizeof *source->plans);
	source->all_categories = ppm_arena_allocate(&source->arena, (size_t)program->column_count + 1, sizeof(struct ppm_categories *));
	source->month_starts = ppm_arena_allocate(&source->arena, PPM_MONTH_STARTS, sizeof *source->month_starts);
	if (source->arena.failed)
		return PPM_ERROR_MEMORY;
	ppm_convert_month_starts(source->month_starts);
	struct ppm_number_forms *forms = ppm_allocate_zeroed(source->allocator, (size_t)program->register_counts[PPM_CLASS_F64] + 1, sizeof *forms);
	if (!forms)
		return PPM_ERROR_MEMORY;
	ppm_program_number_forms(program, forms);
	const struct ppm_categories *shared = NULL;
	enum ppm_status status = PPM_OK;
	for (uint32_t i = 0; i < program->column_count && status == PPM_OK; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!column->read && !column->key)
			continue;
		struct ppm_column_plan *plan = &source->plans[source->plan_count];
		*plan = (struct ppm_column_plan){ .column = column, .index = i, .field = source->column_fields[i] };
		if (!make_plan(source, plan, forms, &shared)) {
			status = PPM_ERROR_MEMORY;
		} else {
			source->plan_count++;
			source->pooled_count += column->read && column->type == PPM_COLUMN_TEXT && column->pooled;
		}
	}
	ppm_free(source->allocator, forms);
	return status;
}

enum ppm_status ppm_source_bind(struct ppm_source *source, const struct ppm_program *program, struct ppm_data_problems *problems)
{
	struct ppm_interner names;
	if (source->bound && source->program == program)
		return PPM_OK;
	// what another program bound is forgotten
	for (uint32_t i = 0; i < source->category_count; i++)
		ppm_categories_free(source->all_categories[i]);
	source->plan_count = source->category_count = source->pooled_count = 0;
	ppm_interner_init(&names, source->allocator);
	enum ppm_status status = PPM_OK;
	source->program = program;
	source->column_fields = ppm_arena_allocate(&source->arena, program->column_count, sizeof *source->column_fields);
	if (!source->column_fields)
		status = PPM_ERROR_MEMORY;
	for (uint32_t field = 0; field < source->field_count && status == PPM_OK; field++)
		if (ppm_interner_add(&names, source->names[field]) == PPM_INTERNER_NONE)
			status = PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < program->column_count && status != PPM_ERROR_MEMORY; i++) {
		struct ppm_slice wanted = program->columns[i].header.size ? program->columns[i].header : program->columns[i].name;
		source->column_fields[i] = find_field(source, &names, wanted);
		if (source->column_fields[i] != UINT32_MAX)
			continue;
		status = PPM_ERROR_DATA;
		char separator = other_separator(source);
		if (separator) {
			report_separator(source, separator, problems);
			break;
		}
		report_absent(source, wanted, problems);
	}
	ppm_interner_free(&names);
	if (status == PPM_OK)
		status = make_plans(source);
	if (status == PPM_ERROR_DATA && problems->arena.failed)
		status = PPM_ERROR_MEMORY; // what is wrong could not be kept
	source->bound = status == PPM_OK;
	return status;
}

uint32_t ppm_source_column_field(const struct ppm_source *source, uint32_t column)
{
	return source->column_fields[column];
}
