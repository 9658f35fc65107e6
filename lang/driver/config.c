// Finding and reading `ppmc.toml`. A strict reader: a form that it does not take is an error with its line, never something passed over.
#include "lang/driver/config.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "ppmc.toml"

static const struct {
	const char *table, *key;
	enum ppm_config_kind kind;
	double least, most;
} known[] = {
#define CONFIG(table, key, kind, least, most, help) { table, key, PPM_CONFIG_##kind, least, most },
#include "lang/driver/config.def"
#undef CONFIG
};

#define SHOW(slice) (int)(slice).size, (slice).data

#define KNOWN_COUNT (sizeof known / sizeof *known)

struct reader {
	const struct ppm_driver *driver;
	struct ppm_config *config;
	struct ppm_slice text;
	size_t at;
	uint32_t line;
	struct ppm_slice table;
	uint32_t table_lines[KNOWN_COUNT]; // where the table of that key was opened; 0: nowhere yet
	struct ppm_config_entry **end;
	enum ppm_exit code;
};

enum ppm_exit ppm_config_refuse(const struct ppm_driver *driver, const struct ppm_config *config, uint32_t line, const char *help, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int size;

	va_start(arguments, format);
	size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0)
		return ppm_driver_memory(driver);
	ppm_driver_say(driver, "error", help, "%.*s, line %u: %s", SHOW(config->path), line, text);
	free(text);
	return PPM_EXIT_USAGE;
}

static bool refuse(struct reader *r, const char *help, const char *message)
{
	r->code = ppm_config_refuse(r->driver, r->config, r->line, help, "%s", message);
	return false;
}

static bool memory(struct reader *r)
{
	r->code = ppm_driver_memory(r->driver);
	return false;
}

// What a message shows of a word that may be of any length: whole characters of it.
static struct ppm_slice beginning(struct ppm_slice word)
{
	size_t size = word.size;

	if (size > 60)
		for (size = 60; ((unsigned char)word.data[size] & 0xC0) == 0x80;)
			size--;
	return (struct ppm_slice){ word.data, size };
}

// ---- signs ---------------------------------------------------------------------------------------------------------

static char sign(const struct reader *r)
{
	return r->at < r->text.size ? r->text.data[r->at] : 0;
}

static char sign_after(const struct reader *r, size_t further)
{
	return r->at + further < r->text.size ? r->text.data[r->at + further] : 0;
}

static bool ended(const struct reader *r)
{
	return r->at >= r->text.size;
}

static void skip_blanks(struct reader *r)
{
	while (sign(r) == ' ' || sign(r) == '\t')
		r->at++;
}

// A line's end, after a comment if there is one. False where something else stands.
static bool take_line_end(struct reader *r)
{
	skip_blanks(r);
	if (sign(r) == '#')
		while (!ended(r) && sign(r) != '\n')
			r->at++;
	if (sign(r) == '\r' && sign_after(r, 1) == '\n')
		r->at++;
	if (ended(r))
		return true;
	if (sign(r) != '\n')
		return false;
	r->at++;
	r->line++;
	return true;
}

static bool is_key_sign(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool take_key(struct reader *r, const char *what, struct ppm_slice *key)
{
	size_t begin = r->at;
	char message[128];

	while (is_key_sign(sign(r)))
		r->at++;
	*key = (struct ppm_slice){ r->text.data + begin, r->at - begin };
	if (sign(r) == '.')
		return refuse(r, "write `[table]` on a line of its own, and plain keys below it", "dotted keys are not read");
	if (key->size)
		return true;
	if (sign(r) == '"' || sign(r) == '\'')
		return refuse(r, "all names that there are can stand without them", "keys in quotation marks are not read");
	snprintf(message, sizeof message, "%s is expected here", what);
	return refuse(r, NULL, message);
}

// ---- values ----------------------------------------------------------------------------------------------------------

static bool take_escape(struct reader *r, struct ppm_buffer *out)
{
	static const char letters[] = "\"\\ntrbf", meant[] = "\"\\\n\t\r\b\f";
	char letter = sign(r), bytes[4];
	const char *found = letter ? strchr(letters, letter) : NULL;
	int digits = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
	uint32_t code = 0;
	size_t size;

	if (found) {
		ppm_buffer_append_char(out, meant[found - letters]);
		r->at++;
		return true;
	}
	if (!digits)
		return refuse(r, "a backslash is written `\\\\`", "a text has an escape that there is not");
	for (r->at++; digits; digits--, r->at++) {
		char c = sign(r);
		int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (value < 0)
			return refuse(r, "write `\\u` with four hexadecimal digits, `\\U` with eight", "a text has an escape that is cut short");
		code = code << 4 | (uint32_t)value;
	}
	size = ppm_utf8_encode(code, bytes);
	if (!size)
		return refuse(r, NULL, "a text has an escape of no character");
	ppm_buffer_append(out, bytes, size);
	return true;
}

static bool take_text(struct reader *r, struct ppm_slice *text)
{
	char quote = sign(r);
	struct ppm_buffer out;
	bool fine = true;

	if (sign_after(r, 1) == quote && sign_after(r, 2) == quote)
		return refuse(r, "write the text on one line", "texts over several lines are not read");
	ppm_buffer_init(&out, NULL);
	for (r->at++; fine && sign(r) != quote;) {
		char c = sign(r);
		if (ended(r) || c == '\n') {
			fine = refuse(r, NULL, "a text has no closing quotation mark");
		} else if (c == '\\' && quote == '"') {
			r->at++;
			fine = take_escape(r, &out);
		} else {
			ppm_buffer_append_char(&out, c);
			r->at++;
		}
	}
	if (fine) {
		r->at++;
		*text = out.failed ? (struct ppm_slice){ NULL, 0 } : ppm_arena_copy(&r->config->arena, out.size ? ppm_buffer_slice(&out) : PPM_SLICE(""));
		if (!text->data)
			fine = memory(r);
	}
	ppm_buffer_free(&out);
	return fine;
}

static bool take_list(struct reader *r, struct ppm_config_entry *entry)
{
	struct ppm_slice items[256];
	bool fine = true, more = true;

	for (r->at++; fine;) {
		skip_blanks(r);
		if (sign(r) == '#' || sign(r) == '\n' || sign(r) == '\r') {
			take_line_end(r);
		} else if (ended(r)) {
			fine = refuse(r, "end it with `]`", "a list is not closed");
		} else if (sign(r) == ']') {
			r->at++;
			break;
		} else if (sign(r) == ',' && !more) {
			r->at++;
			more = true;
		} else if ((sign(r) != '"' && sign(r) != '\'') || !more) {
			fine = refuse(r, "write `[\"a\", \"b\"]`", "lists are of texts, with a comma between two");
		} else if (entry->item_count == sizeof items / sizeof *items) {
			fine = refuse(r, NULL, "a list has more than 256 texts");
		} else {
			fine = take_text(r, &items[entry->item_count]);
			entry->item_count++;
			more = false;
		}
	}
	if (!fine)
		return false;
	entry->kind = PPM_CONFIG_LIST;
	entry->items = ppm_arena_allocate(&r->config->arena, entry->item_count + 1, sizeof *entry->items);
	if (!entry->items)
		return memory(r);
	if (entry->item_count)
		memcpy(entry->items, items, entry->item_count * sizeof *items);
	return true;
}

// [+-]digits[.digits][e[+-]digits], with single underscores between digits; no 0 before other digits.
static bool is_number(struct ppm_slice word, char digits[64])
{
	size_t at = 0, size = 0, whole = 0, part;

	if (word.size > 60)
		return false;
	if (word.size && (word.data[0] == '-' || word.data[0] == '+')) {
		if (word.data[0] == '-')
			digits[size++] = '-';
		at++;
	}
	for (int step = 0; step < 3; step++) { // before the point, after it, the exponent
		if (step == 1) {
			if (at >= word.size || word.data[at] != '.')
				continue;
			digits[size++] = word.data[at++];
		}
		if (step == 2) {
			if (at >= word.size || (word.data[at] != 'e' && word.data[at] != 'E'))
				continue;
			digits[size++] = word.data[at++];
			if (at < word.size && (word.data[at] == '-' || word.data[at] == '+'))
				digits[size++] = word.data[at++];
		}
		for (part = 0; at < word.size; at++) {
			if (word.data[at] >= '0' && word.data[at] <= '9') {
				digits[size++] = word.data[at];
				part++;
			} else if (word.data[at] != '_' || !part || word.data[at - 1] == '_' || at + 1 == word.size || word.data[at + 1] < '0' || word.data[at + 1] > '9') {
				break;
			}
		}
		if (!part)
			return false;
		whole = step ? whole : part;
	}
	digits[size] = 0;
	return at == word.size && (whole == 1 || digits[*digits == '-'] != '0');
}

static bool take_word(struct reader *r, struct ppm_config_entry *entry)
{
	size_t begin = r->at;
	struct ppm_slice word;
	char digits[64], message[160];

	while (!ended(r) && !strchr(" \t\r\n#,]}", sign(r)))
		r->at++;
	word = (struct ppm_slice){ r->text.data + begin, r->at - begin };
	if (ppm_slice_is(word, "true") || ppm_slice_is(word, "false")) {
		entry->kind = PPM_CONFIG_FLAG;
		entry->flag = word.size == 4;
		return true;
	}
	if (is_number(word, digits)) {
		entry->kind = PPM_CONFIG_NUMBER;
		entry->number = strtod(digits, NULL); // the C locale's: nothing here calls setlocale
		if (entry->number > -1e15 && entry->number < 1e15)
			return true;
		return refuse(r, NULL, "a number is out of all proportion");
	}
	if (!word.size)
		return refuse(r, "write `key = value`", "a value is expected here");
	snprintf(message, sizeof message, "`%.*s` is no value", SHOW(beginning(word)));
	return refuse(r, "a value is a \"text\", a number, true or false, or a list of texts", message);
}

static bool take_value(struct reader *r, struct ppm_config_entry *entry)
{
	switch (sign(r)) {
	case '"':
	case '\'': entry->kind = PPM_CONFIG_TEXT; return take_text(r, &entry->text);
	case '[': return take_list(r, entry);
	case '{': return refuse(r, "write `[table]` on a line of its own", "inline tables are not read");
	default: return take_word(r, entry);
	}
}

// ---- entries ---------------------------------------------------------------------------------------------------------

static bool is_code_table(struct ppm_slice table)
{
	return ppm_slice_is(table, "lint");
}

static const char *const kinds[] = { "a \"text\"", "a number", "true or false", "a list of texts" };

static bool unknown_key(struct reader *r, const struct ppm_config_entry *entry)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice best;
	char message[256], help[256] = "";

	ppm_suggestion_init(&suggestion, entry->key);
	for (size_t i = 0; i < KNOWN_COUNT; i++)
		if (ppm_slice_is(entry->table, known[i].table))
			ppm_suggestion_offer(&suggestion, ppm_slice_of(known[i].key));
	for (int i = 0; is_code_table(entry->table) && i < PPM_DIAG_COUNT; i++)
		if (*ppm_diag_code_text((enum ppm_diag_code)i) != 'E')
			ppm_suggestion_offer(&suggestion, ppm_slice_of(ppm_diag_code_text((enum ppm_diag_code)i)));
	best = ppm_suggestion_take(&suggestion);
	snprintf(message, sizeof message, "[%.*s] has no key `%.*s`", SHOW(entry->table), SHOW(beginning(entry->key)));
	if (best.size)
		snprintf(help, sizeof help, "did you mean `%.*s`?", SHOW(best));
	return refuse(r, help, message);
}

static bool check(struct reader *r, const struct ppm_config_entry *entry)
{
	enum ppm_diag_code code;
	char message[256];

	for (const struct ppm_config_entry *other = r->config->first; other; other = other->next)
		if (ppm_slice_equal(other->table, entry->table) && ppm_slice_equal(other->key, entry->key)) {
			snprintf(message, sizeof message, "`%.*s` is given twice; the first is on line %u", SHOW(entry->key), other->line);
			return refuse(r, "leave one of them out", message);
		}
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		if (!ppm_slice_is(entry->table, known[i].table) || !ppm_slice_is(entry->key, known[i].key))
			continue;
		if (entry->kind != known[i].kind) {
			snprintf(message, sizeof message, "`%s` is %s", known[i].key, kinds[known[i].kind]);
			return refuse(r, NULL, message);
		}
		if (entry->kind == PPM_CONFIG_NUMBER && (entry->number < known[i].least || entry->number > known[i].most)) {
			snprintf(message, sizeof message, "`%s` is a number from %g to %g", known[i].key, known[i].least, known[i].most);
			return refuse(r, NULL, message);
		}
		return true;
	}
	if (!is_code_table(entry->table) || !ppm_diag_code_find(entry->key, &code) || !ppm_slice_is(entry->key, ppm_diag_code_text(code)))
		return unknown_key(r, entry);
	if (*ppm_diag_code_text(code) == 'E') {
		snprintf(message, sizeof message, "%s is an error, and stays one", ppm_diag_code_text(code));
		return refuse(r, "warnings and notes can be weighed here: codes that begin with W or N", message);
	}
	if (entry->kind != PPM_CONFIG_TEXT ||
		!(ppm_slice_is(entry->text, "off") || ppm_slice_is(entry->text, "note") || ppm_slice_is(entry->text, "warning") || ppm_slice_is(entry->text, "error"))) {
		snprintf(message, sizeof message, "`%s` is \"off\", \"note\", \"warning\" or \"error\"", ppm_diag_code_text(code));
		return refuse(r, NULL, message);
	}
	return true;
}

static bool take_entry(struct reader *r)
{
	struct ppm_config_entry *entry = PPM_ARENA_NEW(&r->config->arena, struct ppm_config_entry);
	uint32_t next;

	if (!entry)
		return memory(r);
	entry->line = r->line;
	if (!take_key(r, "a key, or `[table]`,", &entry->key))
		return false;
	if (!r->table.size)
		return refuse(r, "write `[lint]`, or another table, on a line before it", "this key belongs to no table");
	entry->table = r->table;
	skip_blanks(r);
	if (sign(r) != '=')
		return refuse(r, "write `key = value`", "`=` is expected here");
	r->at++;
	skip_blanks(r);
	if (!take_value(r, entry))
		return false;
	if (!take_line_end(r))
		return refuse(r, "an entry ends with its line", "something follows the value");
	next = r->line;
	r->line = entry->line;
	if (!check(r, entry))
		return false;
	r->line = next;
	*r->end = entry;
	r->end = &entry->next;
	return true;
}

static void list_tables(char *help, size_t size)
{
	size_t at = (size_t)snprintf(help, size, "the tables are");

	for (size_t i = 0; i < sizeof known / sizeof *known && at < size; i++)
		if (!i || strcmp(known[i].table, known[i - 1].table) != 0)
			at += (size_t)snprintf(help + at, size - at, "%s [%s]", i ? "," : "", known[i].table);
}

static bool take_table(struct reader *r)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice best;
	char message[160], help[160] = "";

	r->at++;
	if (sign(r) == '[')
		return refuse(r, "write `[table]`", "arrays of tables are not read");
	skip_blanks(r);
	if (!take_key(r, "the name of a table", &r->table))
		return false;
	skip_blanks(r);
	if (sign(r) != ']')
		return refuse(r, "write `[table]`", "`]` is expected here");
	r->at++;
	ppm_suggestion_init(&suggestion, r->table);
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		if (ppm_slice_is(r->table, known[i].table)) {
			if (r->table_lines[i]) {
				snprintf(message, sizeof message, "[%s] is given twice; the first is on line %u", known[i].table, r->table_lines[i]);
				return refuse(r, "write all of its keys below the first", message);
			}
			r->table_lines[i] = r->line;
			return take_line_end(r) || refuse(r, NULL, "something follows the table's name");
		}
		ppm_suggestion_offer(&suggestion, ppm_slice_of(known[i].table));
	}
	best = ppm_suggestion_take(&suggestion);
	snprintf(message, sizeof message, "there is no table [%.*s]", SHOW(beginning(r->table)));
	if (best.size)
		snprintf(help, sizeof help, "did you mean [%.*s]?", SHOW(best));
	else
		list_tables(help, sizeof help);
	return refuse(r, help, message);
}

// The first control character that TOML does not have, or the size: all but tabs and line ends. A carriage return alone would make a comment of the lines behind it.
static size_t control_at(struct ppm_slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];
		bool line_end = c == '\n' || (c == '\r' && i + 1 < text.size && text.data[i + 1] == '\n');
		if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7F)
			return i;
	}
	return text.size;
}

static enum ppm_exit read_entries(const struct ppm_driver *driver, struct ppm_config *config, struct ppm_slice text)
{
	struct reader r = { .driver = driver, .config = config, .text = ppm_arena_copy(&config->arena, text), .line = 1, .end = &config->first };
	size_t invalid = ppm_utf8_invalid_at(text.data, text.size), control = control_at(text);
	bool fine = true;

	if (!r.text.data)
		return ppm_driver_memory(driver);
	if (invalid < text.size || control < text.size) {
		for (size_t i = 0; i < invalid && i < control; i++)
			r.line += text.data[i] == '\n';
		if (control < invalid && text.data[control] == '\r')
			refuse(&r, "end lines with a line feed, after a carriage return or not", "a line ends with a carriage return alone");
		else if (control < invalid)
			refuse(&r, "in a text, write it as an escape such as \\u0007", "a control character stands here");
		else
			refuse(&r, NULL, "it is no text in UTF-8");
		return r.code;
	}
	if (text.size >= 3 && !memcmp(text.data, "\xEF\xBB\xBF", 3))
		r.at = 3;
	while (fine && !ended(&r)) {
		if (take_line_end(&r))
			continue;
		fine = sign(&r) == '[' ? take_table(&r) : take_entry(&r);
	}
	return r.code;
}

// ---- finding the file --------------------------------------------------------------------------------------------------

// The file's descriptor, or -1 with errno. *shown is how it is named from where the user stands.
static int find_file(struct ppm_config *config, const char *model_path)
{
	const char *slash = strrchr(model_path, '/');
	size_t prefix = slash ? (size_t)(slash - model_path) + 1 : 0;
	char folder[PATH_MAX], path[PATH_MAX + 32], up[PATH_MAX] = "";
	struct stat status;

	if (prefix >= sizeof path)
		return errno = ENAMETOOLONG, -1;
	snprintf(path, sizeof path, "%.*s", prefix ? (int)prefix : 1, prefix ? model_path : ".");
	if (!realpath(path, folder))
		return -1;
	for (;;) {
		char *end;
		int descriptor;
		snprintf(path, sizeof path, "%s/" FILE_NAME, strcmp(folder, "/") ? folder : "");
		descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (descriptor >= 0 || errno != ENOENT) {
			int error = errno;
			config->path = ppm_arena_format(&config->arena, "%.*s%s" FILE_NAME, (int)prefix, model_path, up);
			errno = error;
			return descriptor;
		}
		snprintf(path, sizeof path, "%s/.git", strcmp(folder, "/") ? folder : "");
		bool top = !stat(path, &status);
		if (!top && errno != ENOENT && errno != ENOTDIR) { // is what lies above the project's own?
			int error = errno;
			config->path = ppm_arena_format(&config->arena, "%.*s%s.git", (int)prefix, model_path, up);
			return errno = error, -1;
		}
		if (top || !strcmp(folder, "/") || strlen(up) + 4 > sizeof up)
			return errno = ENOENT, -1;
		strcat(up, "../");
		end = strrchr(folder, '/');
		end[end == folder] = 0;
	}
}

static enum ppm_exit read_file(const struct ppm_driver *driver, struct ppm_config *config, int descriptor, struct ppm_buffer *text)
{
	struct stat status;
	int error = 0;

	if (fstat(descriptor, &status))
		error = errno;
	else if (!S_ISREG(status.st_mode))
		return ppm_driver_unread(driver, "", config->path.data, PPM_ERROR_IO, ppm_driver_no_file(status.st_mode));
	while (!error && text->size <= PPM_CONFIG_LIMIT && ppm_buffer_reserve(text, 65536)) {
		ssize_t got = read(descriptor, text->data + text->size, 65536);
		if (got == 0)
			break;
		if (got > 0)
			text->size += (size_t)got;
		else if (errno != EINTR)
			error = errno;
	}
	if (text->failed)
		return ppm_driver_memory(driver);
	if (error)
		return ppm_driver_io(driver, "read", config->path.data, error);
	if (text->size > PPM_CONFIG_LIMIT) {
		ppm_driver_say(driver, "error", NULL, "cannot read `%s`: it is larger than 1 MiB", config->path.data);
		return PPM_EXIT_LIMIT;
	}
	return PPM_EXIT_DONE;
}

enum ppm_exit ppm_config_open(const struct ppm_driver *driver, const char *model_path, struct ppm_config *config)
{
	struct ppm_buffer text;
	enum ppm_exit code;
	int descriptor;

	*config = (struct ppm_config){ .path = { "", 0 } };
	ppm_arena_init(&config->arena, NULL);
	descriptor = find_file(config, model_path);
	if (config->arena.failed) {
		if (descriptor >= 0)
			close(descriptor);
		return ppm_driver_memory(driver);
	}
	if (descriptor < 0) // a model that is nowhere is told when it is opened
		return config->path.size ? ppm_driver_io(driver, "read", config->path.data, errno) : PPM_EXIT_DONE;
	ppm_buffer_init(&text, NULL);
	code = read_file(driver, config, descriptor, &text);
	close(descriptor);
	if (!code && text.size)
		code = read_entries(driver, config, ppm_buffer_slice(&text));
	ppm_buffer_free(&text);
	return code;
}

void ppm_config_close(struct ppm_config *config)
{
	ppm_arena_free(&config->arena);
}

const struct ppm_config_entry *ppm_config_find(const struct ppm_config *config, const char *table, const char *key)
{
	for (const struct ppm_config_entry *entry = config->first; entry; entry = entry->next)
		if (ppm_slice_is(entry->table, table) && ppm_slice_is(entry->key, key))
			return entry;
	return NULL;
}
