// `ppmc fmt`: models in their canonical form, in place. What was laid out is read again before it is written: if it were not the same model, the file would stay as it is.
#include "lang/driver/driver.h"
#include "lang/syntax/format.h"
#include "runtime/base/text.h"
#include "runtime/sink/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIFF_LINES 24 // that are shown of one file
#define DIFF_LOOK 200 // lines that are searched for where both go on alike

// ---- reading ------------------------------------------------------------------------------------------------------

static enum ppm_exit read_text(const struct ppm_driver *driver, const char *path, struct ppm_buffer *text)
{
	bool standard = !strcmp(path, "-");
	int descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), error = 0;
	struct stat status;

	if (descriptor < 0 || (!standard && fstat(descriptor, &status)))
		error = errno;
	else if (!standard && !S_ISREG(status.st_mode))
		error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
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
	if (text->size > PPM_MODEL_FILE_LIMIT) {
		ppm_driver_say(driver, "error", NULL, "cannot read `%s`: it is larger than 1 MiB, the most that a model may be", ppm_driver_file_name(path));
		return PPM_EXIT_IO;
	}
	return PPM_EXIT_DONE;
}

// ---- formatting ---------------------------------------------------------------------------------------------------

static bool same_model(struct ppm_arena *arena, const struct ppm_syntax_tree *before, struct ppm_source_map *map, struct ppm_slice text)
{
	struct ppm_diagnostics diagnostics;
	struct ppm_source *source = ppm_source_map_add(map, PPM_SLICE("<canonical form>"), text);
	struct ppm_syntax_tree *after;

	ppm_diagnostics_init(&diagnostics, arena, map);
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
	if (source && !ppm_format_source(&arena, &diagnostics, source, out) && diagnostics.errors) {
		struct ppm_buffer shown;
		ppm_buffer_init(&shown, NULL);
		ppm_diagnostics_render(&diagnostics, driver->diagnostics, driver->colour_err, PPM_SHOWN_PROBLEMS, &shown);
		ppm_driver_print_error(&shown);
		code = PPM_EXIT_MODEL;
	} else if (!source || arena.failed || out->failed) {
		code = ppm_driver_memory(driver);
	} else {
		struct ppm_syntax_tree *tree = ppm_parse_model(&arena, &diagnostics, source);
		bool same = tree && same_model(&arena, tree, &map, ppm_buffer_slice(out));
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

// ---- the difference -----------------------------------------------------------------------------------------------

// Takes a line, without its end, off the text.
static struct ppm_slice take_line(struct ppm_slice *text)
{
	const char *end = memchr(text->data, '\n', text->size);
	struct ppm_slice line = { text->data, end ? (size_t)(end - text->data) : text->size };
	size_t taken = end ? line.size + 1 : line.size;

	text->data += taken;
	text->size -= taken;
	return line;
}

static bool next_sign(struct ppm_slice line, size_t *at)
{
	while (*at < line.size && (line.data[*at] == ' ' || line.data[*at] == '\t' || line.data[*at] == '\r'))
		++*at;
	return *at < line.size;
}

// The same line but for its blanks, which are all that a form changes.
static bool alike(struct ppm_slice a, struct ppm_slice b)
{
	size_t i = 0, k = 0;
	bool any = false, more_a, more_b;

	for (;; i++, k++) {
		more_a = next_sign(a, &i);
		more_b = next_sign(b, &k);
		if (!more_a || !more_b)
			return any && more_a == more_b;
		if (a.data[i] != b.data[k])
			return false;
		any = true;
	}
}

// The fewest lines to leave out of both so that they go on alike; what is looked at, when that is further on.
static void find_alike(struct ppm_slice old, struct ppm_slice new, uint32_t *old_lines, uint32_t *new_lines)
{
	struct ppm_slice olds[DIFF_LOOK], news[DIFF_LOOK];
	uint32_t old_count = 0, new_count = 0;

	while (old.size && old_count < DIFF_LOOK)
		olds[old_count++] = take_line(&old);
	while (new.size && new_count < DIFF_LOOK)
		news[new_count++] = take_line(&new);
	for (uint32_t both = 0; old_count && new_count && both < old_count + new_count - 1; both++)
		for (uint32_t i = both < new_count ? 0 : both - new_count + 1; i <= both && i < old_count; i++)
			if (alike(olds[i], news[both - i])) {
				bool same = ppm_slice_equal(olds[i], news[both - i]);
				*old_lines = i + !same;
				*new_lines = both - i + !same;
				return;
			}
	*old_lines = old_count;
	*new_lines = new_count;
}

static void show_lines(const struct ppm_driver *driver, struct ppm_slice *text, uint32_t count, char sign, uint32_t *shown, struct ppm_buffer *out)
{
	for (; count; count--) {
		struct ppm_slice line = take_line(text);
		if ((*shown)++ >= DIFF_LINES)
			continue;
		ppm_buffer_format(out, "%s%c", driver->colour_out ? sign == '-' ? "\033[31m" : "\033[32m" : "", sign);
		if (line.size)
			ppm_text_append_escaped(out, line, 0, false);
		ppm_buffer_append_text(out, driver->colour_out ? "\033[0m\n" : "\n");
	}
}

static void show_difference(const struct ppm_driver *driver, struct ppm_slice old, struct ppm_slice new, struct ppm_buffer *out)
{
	uint32_t line = 1, shown = 0;

	while (old.size || new.size) {
		struct ppm_slice rest_old = old, rest_new = new;
		uint32_t old_lines = 0, new_lines = 0, more_old, more_new;
		while (rest_old.size || rest_new.size) {
			struct ppm_slice after_old = rest_old, after_new = rest_new;
			if (rest_old.size && rest_new.size && ppm_slice_equal(take_line(&after_old), take_line(&after_new)))
				break;
			find_alike(rest_old, rest_new, &more_old, &more_new);
			for (uint32_t i = 0; i < more_old; i++)
				take_line(&rest_old);
			for (uint32_t i = 0; i < more_new; i++)
				take_line(&rest_new);
			old_lines += more_old;
			new_lines += more_new;
		}
		if (old_lines + new_lines == 0) {
			take_line(&old);
			take_line(&new);
			line++;
			continue;
		}
		if (shown < DIFF_LINES)
			ppm_buffer_format(out, "@@ line %u @@\n", line);
		show_lines(driver, &old, old_lines, '-', &shown, out);
		show_lines(driver, &new, new_lines, '+', &shown, out);
		line += old_lines;
	}
	if (shown == 0)
		ppm_buffer_append_text(out, "the last line has no end\n");
	if (shown > DIFF_LINES)
		ppm_buffer_format(out, "… and %u more lines\n", shown - DIFF_LINES);
}

// ---- the verb -----------------------------------------------------------------------------------------------------

static enum ppm_exit replace(const struct ppm_driver *driver, const char *path, const struct ppm_buffer *text)
{
	struct ppm_atomic_file *file = NULL;
	enum ppm_status status = ppm_atomic_file_open(&file, NULL, path);

	if (!status) {
		status = ppm_atomic_file_write(file, text->data, text->size);
		if (status) {
			int error = errno;
			ppm_atomic_file_abandon(file);
			errno = error;
		} else {
			status = ppm_atomic_file_commit(file);
		}
	}
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	return status ? ppm_driver_io(driver, "write", path, errno) : PPM_EXIT_DONE;
}

static enum ppm_exit format_file(const struct ppm_driver *driver, const char *path)
{
	bool check = driver->options.given[PPM_OPTION_CHECK], standard = !strcmp(path, "-");
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
		code = check ? PPM_EXIT_FINDINGS : replace(driver, path, &formed);
		if (code <= PPM_EXIT_FINDINGS && (check || !driver->quiet)) {
			ppm_text_append_escaped(&said, ppm_slice_of(ppm_driver_file_name(path)), 0, false);
			ppm_buffer_append_char(&said, '\n');
			if (check && !driver->quiet)
				show_difference(driver, ppm_buffer_slice(&text), ppm_buffer_slice(&formed), &said);
			if (ppm_driver_print(driver, &said))
				code = PPM_EXIT_IO;
		}
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
