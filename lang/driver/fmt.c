// `ppmc fmt`: models in their canonical form, in place. What was laid out is read again before it is written: if it were not the same model, the file would stay as it is.
#include "lang/driver/rewrite.h"
#include "lang/syntax/format.h"
#include "runtime/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- reading ------------------------------------------------------------------------------------------------------

static enum ppm_exit read_text(const struct ppm_driver *driver, const char *path, struct ppm_buffer *text)
{
	bool standard = !strcmp(path, "-");
	int descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), error = 0;
	struct stat status;

	if (descriptor < 0 || (!standard && fstat(descriptor, &status)))
		error = errno;
	else if (!standard && !S_ISREG(status.st_mode)) {
		close(descriptor);
		return ppm_driver_unread(driver, "", path, PPM_ERROR_IO, ppm_driver_no_file(status.st_mode));
	}
	while (!error && text->size <= PPM_MODEL_FILE_LIMIT && ppm_buffer_reserve(text, 65536)) {
		ssize_t got = read(descriptor, text->data + text->size, 65536);
		if (got == 0)
			break;
		if (got > 0)
			text->size += (size_t)got;
		else if (errno != EINTR)
			error = errno;
	}
	if (!standard && descriptor >= 0)
		close(descriptor);
	if (text->failed)
		return ppm_driver_memory(driver);
	if (error)
		return ppm_driver_io(driver, "read", path, error);
	if (text->size > PPM_MODEL_FILE_LIMIT)
		return ppm_driver_unread(driver, "", path, PPM_ERROR_LIMIT, "it is larger than 1 MiB, the most that a model may be");
	return PPM_EXIT_DONE;
}

// ---- formatting ---------------------------------------------------------------------------------------------------

static bool same_model(struct ppm_arena *arena, const struct ppm_syntax_tree *before, struct ppm_slice text)
{
	struct ppm_source_map map; // of its own: the limits are about one model
	struct ppm_diagnostics diagnostics;
	struct ppm_source *source;
	struct ppm_syntax_tree *after;

	ppm_source_map_init(&map, arena);
	source = ppm_source_map_add(&map, PPM_SLICE("<canonical form>"), text);
	ppm_diagnostics_init(&diagnostics, arena, &map);
	after = source ? ppm_parse_model(arena, &diagnostics, source) : NULL;
	return after && !diagnostics.errors && ppm_tree_equal(before, after);
}

// Appends the canonical form of `text`.
static enum ppm_exit format_text(const struct ppm_driver *driver, const char *path, struct ppm_slice text, struct ppm_buffer *out)
{
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	struct ppm_source *source;
	enum ppm_exit code = PPM_EXIT_DONE;

	ppm_arena_init(&arena, NULL);
	ppm_source_map_init(&map, &arena);
	ppm_diagnostics_init(&diagnostics, &arena, &map);
	source = ppm_source_map_add(&map, ppm_slice_of(ppm_driver_file_name(path)), text);
	bool formed = source && ppm_format_source(&arena, &diagnostics, source, out);
	if (source && !formed && diagnostics.errors && !arena.failed && !diagnostics.out_of_memory) {
		struct ppm_buffer shown;
		ppm_buffer_init(&shown, NULL);
		ppm_diagnostics_render(&diagnostics, driver->diagnostics, driver->colour_err, PPM_SHOWN_PROBLEMS, &shown);
		ppm_driver_print_error(driver, &shown);
		code = PPM_EXIT_MODEL;
	} else if (!source || arena.failed || out->failed) {
		code = ppm_driver_memory(driver);
	} else {
		struct ppm_syntax_tree *tree = ppm_parse_model(&arena, &diagnostics, source);
		bool same = tree && same_model(&arena, tree, ppm_buffer_slice(out));
		if (arena.failed) {
			code = ppm_driver_memory(driver);
		} else if (!same) {
			ppm_driver_say(driver, "error", "the file was left alone; please report this, with the model", "the canonical form of `%s` would be another model",
				ppm_driver_file_name(path));
			code = PPM_EXIT_BUG;
		}
	}
	ppm_arena_free(&arena);
	return code;
}

// ---- the verb -----------------------------------------------------------------------------------------------------

static enum ppm_exit format_file(const struct ppm_driver *driver, const char *path)
{
	bool check = driver->options.given[PPM_OPTION_CHECK], standard = !strcmp(path, "-") || driver->options.given[PPM_OPTION_STDOUT];
	struct ppm_buffer text, formed, said;
	enum ppm_exit code;

	ppm_buffer_init(&text, NULL);
	ppm_buffer_init(&formed, NULL);
	ppm_buffer_init(&said, NULL);
	code = read_text(driver, path, &text);
	if (!code)
		code = format_text(driver, path, ppm_buffer_slice(&text), &formed);
	if (!code && formed.size > PPM_MODEL_FILE_LIMIT) {
		ppm_driver_say(driver, "error", "the file was left alone; put parts of the model into files of their own, with `use`",
			"the canonical form of `%s` is larger than 1 MiB, the most that a model may be", ppm_driver_file_name(path));
		code = PPM_EXIT_LIMIT;
	}
	if (!code && standard && !check) {
		code = ppm_driver_print(driver, &formed);
	} else if (!code && !ppm_slice_equal(ppm_buffer_slice(&text), ppm_buffer_slice(&formed))) {
		if (check || !driver->quiet) {
			ppm_text_append_escaped(&said, ppm_slice_of(ppm_driver_file_name(path)), 0, false);
			ppm_buffer_append_char(&said, '\n');
			if (check && !driver->quiet)
				ppm_rewrite_difference(driver, ppm_buffer_slice(&text), ppm_buffer_slice(&formed), &said);
		}
		code = said.failed ? ppm_driver_memory(driver) : check ? PPM_EXIT_FINDINGS : ppm_rewrite_file(driver, path, &formed);
		if (code <= PPM_EXIT_FINDINGS && ppm_driver_print(driver, &said))
			code = PPM_EXIT_IO;
	}
	ppm_buffer_free(&text);
	ppm_buffer_free(&formed);
	ppm_buffer_free(&said);
	return code;
}

enum ppm_exit ppm_verb_fmt(struct ppm_driver *driver)
{
	enum ppm_exit worst = PPM_EXIT_DONE;

	for (size_t i = 0; i < driver->options.argument_count; i++) {
		enum ppm_exit code = format_file(driver, driver->options.arguments[i]);
		worst = code > worst ? code : worst;
	}
	return worst;
}
