// `ppmc lint --fix`: fixes are tried on the text in memory, in rounds, as one often makes room for the next (a let that only an unused let used). A fix that claims to keep the meaning is kept when
// the model compiles to the same program with it; any other, when the model compiles. The file is written once, whole.
#include "lang/driver/lint_fix.h"
#include "lang/driver/rewrite.h"
#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 20

struct mending {
	const struct ppm_driver *driver;
	const struct ppm_lint_settings *settings;
	const struct ppm_compile_request *request;
	struct ppm_files *files;
	struct ppm_lint_mended *mended;
	struct ppm_model *model; // of the text so far
	bool check;
	struct shift *shifts; // of all rounds so far
	size_t shift_count;
	size_t rounds[ROUNDS + 1]; // where each begins
	int round;
};

// What an edit did to the lines behind it: it began on `line` of its round's text.
struct shift {
	uint32_t line, removed, added; // line ends
};

// ---- compiling the text so far ---------------------------------------------------------------------------------------

static enum ppm_exit compile(const struct mending *m, struct ppm_slice text, struct ppm_model **model)
{
	struct ppm_slice before = m->files->first->text;
	enum ppm_exit code;

	m->files->first->text = text;
	code = ppm_driver_compile(m->driver, m->files, NULL, m->request, model);
	m->files->first->text = before;
	return code;
}

static enum ppm_exit compile_and_lint(struct mending *m)
{
	struct ppm_lint_report report;
	enum ppm_exit code;

	ppm_model_free(m->model);
	m->model = NULL;
	code = compile(m, m->files->first->text, &m->model);
	if (!code && ppm_lint_model(m->model, m->settings, &report))
		code = ppm_driver_memory(m->driver);
	if (!code)
		ppm_lint_weigh(ppm_model_diagnostics(m->model), m->settings);
	return code;
}

// ---- trying fixes ------------------------------------------------------------------------------------------------------

// What the fixes make of the text; *fine when it is to be kept. Only running out of memory is a failure here.
static enum ppm_exit try(const struct mending *m, struct ppm_lint_fix *fixes, uint32_t count, bool keeps, struct ppm_buffer *text, bool *fine)
{
	struct ppm_model *after = NULL;
	enum ppm_exit code;

	*fine = false;
	text->size = 0;
	ppm_lint_apply(m->files->first->text, fixes, count, text);
	if (text->failed)
		return ppm_driver_memory(m->driver);
	if (text->size > PPM_MODEL_FILE_LIMIT || (!text->size && !ppm_buffer_reserve(text, 1)))
		return PPM_EXIT_DONE;
	code = compile(m, ppm_buffer_slice(text), &after);
	*fine = !code;
	if (!code && keeps && ppm_lint_same_program(m->model, after, fine))
		code = ppm_driver_memory(m->driver);
	ppm_model_free(after);
	return code == PPM_EXIT_MODEL ? PPM_EXIT_DONE : code;
}

static uint32_t left(const struct ppm_lint_fix *fixes, uint32_t count)
{
	uint32_t number = 0;
	for (uint32_t i = 0; i < count; i++)
		number += !fixes[i].skip;
	return number;
}

// Those of one kind, together; where that is not to be kept, each for itself tells which are to be left out. *any when some were kept: then `text` has them.
static enum ppm_exit try_all(const struct mending *m, struct ppm_lint_fix *fixes, uint32_t count, bool keeps, struct ppm_buffer *text, bool *any)
{
	bool fine = false, *bad;
	enum ppm_exit code;

	*any = false;
	for (uint32_t i = 0; i < count; i++)
		fixes[i].skip = fixes[i].keeps != keeps;
	if (!left(fixes, count))
		return PPM_EXIT_DONE;
	code = try(m, fixes, count, keeps, text, &fine);
	*any = fine;
	if (code || fine)
		return code;
	bad = calloc((size_t)count + 1, sizeof *bad);
	if (!bad)
		return ppm_driver_memory(m->driver);
	for (uint32_t i = 0; i < count && !code; i++) {
		for (uint32_t k = 0; k < count; k++)
			fixes[k].skip = k != i;
		bad[i] = fixes[i].keeps != keeps;
		if (bad[i])
			continue;
		code = try(m, fixes, count, keeps, text, &fine);
		bad[i] = !fine;
	}
	for (uint32_t i = 0; i < count; i++)
		fixes[i].skip = bad[i];
	free(bad);
	if (!code && left(fixes, count))
		code = try(m, fixes, count, keeps, text, any);
	return code;
}

// ---- lines of the file as it stands -------------------------------------------------------------------------------------

static uint32_t ends(const char *data, size_t size)
{
	uint32_t count = 0;
	for (size_t i = 0; i < size; i++)
		count += data[i] == '\n';
	return count;
}

// Notes what the round's fixes are about to do to the lines, in the order of the text.
static bool note_shifts(struct mending *m, const struct ppm_lint_fix *fixes, uint32_t count)
{
	const struct ppm_slice text = m->files->first->text;
	size_t first = m->shift_count, room = first + (size_t)count * PPM_LINT_EDITS;
	struct shift *shifts = realloc(m->shifts, (room + 1) * sizeof *shifts);

	if (!shifts)
		return false;
	m->shifts = shifts;
	m->rounds[m->round] = first;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < fixes[i].edit_count && !fixes[i].skip; k++) {
			const struct ppm_lint_edit *edit = &fixes[i].edits[k];
			struct shift shift = { 1 + ends(text.data, edit->begin), ends(text.data + edit->begin, edit->end - edit->begin), ends(edit->with.data, edit->with.size) };
			size_t at = m->shift_count++;
			for (; at > first && shifts[at - 1].line > shift.line; at--)
				shifts[at] = shifts[at - 1];
			shifts[at] = shift;
		}
	m->rounds[++m->round] = m->shift_count;
	return true;
}

// The line of the file that a line of the text so far was.
static uint32_t line_of_file(const struct mending *m, uint32_t line)
{
	for (int round = m->round; round-- > 0;) {
		int64_t moved = 0;
		for (size_t i = m->rounds[round]; i < m->rounds[round + 1]; i++) {
			const struct shift *shift = &m->shifts[i];
			if ((int64_t)line <= (int64_t)shift->line + moved + shift->added - (shift->removed > 0))
				break;
			moved += (int64_t)shift->added - shift->removed;
		}
		line = (uint32_t)((int64_t)line - moved);
	}
	return line;
}

// ---- what is said --------------------------------------------------------------------------------------------------------

static void tell(const struct mending *m, const struct ppm_lint_fix *fix)
{
	struct ppm_buffer *out = &m->mended->said;
	struct ppm_slice path = m->files->path;
	uint32_t line = line_of_file(m, fix->line);

	if (m->mended->format == PPM_DIAG_JSON) {
		ppm_buffer_format(out, "{\"severity\":\"%s\",\"code\":\"%s\",\"message\":", m->check ? "fix" : "fixed", ppm_diag_code_text(fix->code));
		ppm_json_append_string(out, fix->words);
		ppm_buffer_append_text(out, ",\"file\":");
		ppm_json_append_string(out, path);
		ppm_buffer_format(out, ",\"line\":%u}\n", line);
		return;
	}
	ppm_text_append_escaped(out, path, 0, false);
	ppm_buffer_format(out, ":%u: %s[%s]: ", line, m->check ? "fix" : "fixed", ppm_diag_code_text(fix->code));
	ppm_text_append_escaped(out, fix->words, 0, false);
	ppm_buffer_append_char(out, '\n');
}

// One round: fixes that keep the meaning, or when there is none left, the others.
static enum ppm_exit mend_once(struct mending *m, bool *any)
{
	struct ppm_arena arena;
	struct ppm_buffer text;
	struct ppm_lint_fix *fixes;
	struct ppm_slice kept;
	uint32_t count;
	enum ppm_exit code = PPM_EXIT_DONE;

	*any = false;
	ppm_arena_init(&arena, NULL);
	ppm_buffer_init(&text, NULL);
	count = ppm_lint_fixes(m->model, &arena, &fixes);
	if (arena.failed)
		code = ppm_driver_memory(m->driver);
	for (int keeps = 1; keeps >= 0 && !code && !*any && count; keeps--)
		code = try_all(m, fixes, count, keeps, &text, any);
	if (!code && *any) {
		for (uint32_t i = 0; i < count; i++)
			if (!fixes[i].skip) {
				tell(m, &fixes[i]);
				m->mended->count++;
			}
		if (!note_shifts(m, fixes, count))
			code = ppm_driver_memory(m->driver);
		kept = ppm_arena_copy(&m->files->arena, text.size ? ppm_buffer_slice(&text) : PPM_SLICE(""));
		if (kept.data)
			m->files->first->text = kept;
		else
			code = ppm_driver_memory(m->driver);
	}
	ppm_buffer_free(&text);
	ppm_arena_free(&arena);
	return code;
}

enum ppm_exit ppm_lint_mend(const struct ppm_driver *driver, const struct ppm_lint_settings *settings, const struct ppm_compile_request *request, struct ppm_files *files,
	struct ppm_model **model, struct ppm_lint_mended *mended)
{
	struct mending m = {
		.driver = driver, .settings = settings, .request = request, .files = files, .mended = mended, .model = *model, .check = driver->options.given[PPM_OPTION_CHECK]
	};
	struct ppm_slice before = files->first->text;
	const struct ppm_slice mark = { before.data, before.size >= 3 && !memcmp(before.data, "\xEF\xBB\xBF", 3) ? 3 : 0 };
	bool any = true;
	enum ppm_exit code = PPM_EXIT_DONE;

	// The findings count from behind a byte order mark, which is not part of the model's text. It stays in the file.
	before.data += mark.size;
	before.size -= mark.size;
	files->first->text = before;
	for (int round = 0; round < ROUNDS && any && !code; round++) {
		code = mend_once(&m, &any);
		if (!code && any)
			code = compile_and_lint(&m);
	}
	free(m.shifts);
	*model = m.model;
	if (!code && mended->count && m.check && mended->format != PPM_DIAG_JSON)
		ppm_rewrite_difference(driver, before, files->first->text, &mended->said);
	if (!code && mended->said.failed)
		code = ppm_driver_memory(driver);
	if (!code && mended->count && !m.check) {
		struct ppm_buffer text;
		ppm_buffer_init(&text, NULL);
		ppm_buffer_append(&text, mark.data, mark.size);
		ppm_buffer_append(&text, files->first->text.data, files->first->text.size);
		code = ppm_rewrite_file(driver, driver->options.arguments[0], &text);
		ppm_buffer_free(&text);
	}
	return code;
}
