// All that ppmc says besides results. A message states what is wrong, its help what to do; nothing from a file name or from data reaches the terminal raw.
#include "lang/driver/driver.h"
#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// Bytes of a message, and those at its end that stay when it is longer: what a user typed may be of any length, and why it is wrong stands behind it.
#define PPM_MESSAGE_LIMIT 1000
#define PPM_MESSAGE_END 300

static const char *colour_of(const char *severity)
{
	return *severity == 'e' ? "\033[1;31m" : *severity == 'w' ? "\033[1;33m" : "\033[1;36m";
}

// That memory ran out has to be said without any, and once.
static void say_memory(const struct ppm_driver *driver)
{
	if (*driver->memory_ran_out)
		return;
	*driver->memory_ran_out = true;
	if (driver->diagnostics == PPM_DIAG_JSON)
		fputs("{\"severity\":\"error\",\"message\":\"memory ran out\"}\n", stderr);
	else
		fputs(driver->colour_err ? "\033[1;31merror\033[0m: memory ran out\n" : "error: memory ran out\n", stderr);
}

// Without its middle when it is too long.
static void append_shortened(struct ppm_buffer *out, const char *text)
{
	size_t size = strlen(text);

	if (size <= PPM_MESSAGE_LIMIT) {
		ppm_text_append_escaped(out, (struct ppm_slice){ text, size }, 0, false);
		return;
	}
	ppm_text_append_escaped(out, (struct ppm_slice){ text, size }, PPM_MESSAGE_LIMIT - PPM_MESSAGE_END, false);
	text += size - PPM_MESSAGE_END;
	while (((unsigned char)*text & 0xC0) == 0x80) // within a character
		text++;
	ppm_text_append_escaped(out, ppm_slice_of(text), 0, false);
}

static void append(const struct ppm_driver *driver, struct ppm_buffer *out, const char *severity, const char *help, const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0) {
		out->failed = true;
		return;
	}
	if (driver->diagnostics == PPM_DIAG_JSON) {
		ppm_buffer_format(out, "{\"severity\":\"%s\",\"message\":", severity);
		ppm_json_append_string(out, ppm_slice_of(text));
		if (help && *help) {
			ppm_buffer_append_text(out, ",\"help\":");
			ppm_json_append_string(out, ppm_slice_of(help));
		}
		ppm_buffer_append_text(out, "}\n");
	} else {
		ppm_buffer_format(out, "%s%s%s: ", driver->colour_err ? colour_of(severity) : "", severity, driver->colour_err ? "\033[0m" : "");
		append_shortened(out, text);
		ppm_buffer_append_char(out, '\n');
		if (help && *help && driver->diagnostics == PPM_DIAG_HUMAN) {
			ppm_buffer_append_text(out, "  = help: ");
			append_shortened(out, help);
			ppm_buffer_append_char(out, '\n');
		}
	}
	free(text);
}

static void say(const struct ppm_driver *driver, const char *severity, const char *help, const char *format, va_list arguments)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, NULL);
	append(driver, &out, severity, help, format, arguments);
	ppm_driver_print_error(driver, &out);
}

void ppm_driver_append_message(const struct ppm_driver *driver, struct ppm_buffer *out, const char *severity, const char *help, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(driver, out, severity, help, format, arguments);
	va_end(arguments);
}

void ppm_driver_say(const struct ppm_driver *driver, const char *severity, const char *help, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(driver, severity, help, format, arguments);
	va_end(arguments);
}

enum ppm_exit ppm_driver_usage(const struct ppm_driver *driver, const char *help, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(driver, "error", help, format, arguments);
	va_end(arguments);
	return PPM_EXIT_USAGE;
}

const char *ppm_driver_file_name(const char *path)
{
	return strcmp(path, "-") ? path : "(standard input)";
}

enum ppm_exit ppm_driver_io(const struct ppm_driver *driver, const char *what, const char *path, int error)
{
	const char *reason = ppm_driver_reason(error), *help = NULL;

	if (error == ENOENT && !strcmp(what, "write"))
		reason = "there is no such folder";
	if (!strcmp(what, "write") && strcmp(path, "-") && (error == ENOSPC || error == EDQUOT))
		help = "free some space and run it again; what stood there before is as it was";
	ppm_driver_say(driver, "error", help, "cannot %s `%s`: %s", what, !strcmp(what, "write") && !strcmp(path, "-") ? "(standard output)" : ppm_driver_file_name(path), reason);
	return PPM_EXIT_IO;
}

enum ppm_exit ppm_driver_look(const struct ppm_driver *driver, const char *what, const char *path, struct stat *status, bool *there)
{
	*there = !stat(path, status);
	return *there || errno == ENOENT || errno == ENOTDIR ? PPM_EXIT_DONE : ppm_driver_io(driver, what, path, errno);
}

enum ppm_exit ppm_driver_memory(const struct ppm_driver *driver)
{
	say_memory(driver);
	return PPM_EXIT_LIMIT;
}

enum ppm_exit ppm_driver_unread(const struct ppm_driver *driver, const char *what, const char *path, enum ppm_status status, const char *problem)
{
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	ppm_driver_say(driver, "error", status == PPM_ERROR_LIMIT ? "put parts of it into files of their own, and bring them in with `use`" : NULL, "cannot read %s`%s`: %s", what,
		ppm_driver_file_name(path), problem);
	return ppm_exit_of(status);
}

void ppm_driver_left_behind(const void *driver, const char *path, int error)
{
	ppm_driver_say(driver, "warning", "remove it by hand; nobody needs it", "cannot remove the temporary file `%s`: %s", path, ppm_driver_reason(error));
}

const char *ppm_driver_text(const struct ppm_driver *driver, struct ppm_buffer *text)
{
	ppm_buffer_append_char(text, 0);
	if (!text->failed)
		return text->data;
	say_memory(driver);
	return "";
}

void ppm_driver_print_error(const struct ppm_driver *driver, struct ppm_buffer *text)
{
	if (text->failed)
		say_memory(driver);
	else if (text->size && !*driver->memory_ran_out)
		(void)!fwrite(text->data, 1, text->size, stderr);
	ppm_buffer_free(text);
}

enum ppm_exit ppm_driver_print(const struct ppm_driver *driver, struct ppm_buffer *text)
{
	bool failed = text->failed || *driver->memory_ran_out; // what is whole in itself may lack what came before it
	size_t written;
	int error = 0;

	errno = 0;
	written = text->size && !failed ? fwrite(text->data, 1, text->size, stdout) : 0;
	if (!failed && (written != text->size || fflush(stdout)))
		error = errno ? errno : EIO;
	ppm_buffer_free(text);
	if (failed)
		return ppm_driver_memory(driver);
	if (error == EPIPE)
		return PPM_EXIT_IO;
	return error ? ppm_driver_io(driver, "write", "-", error) : PPM_EXIT_DONE;
}

const char *ppm_driver_count(uint64_t count, char out[32])
{
	char digits[24];
	int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count), to = 0;

	for (int i = 0; i < size; i++) {
		if (i && (size - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = 0;
	return out;
}

// The place in the model, or NULL for a problem that has none.
static const struct ppm_program_source *model_source(const struct ppm_data_problem *problem, const struct ppm_program *program)
{
	return program && problem->place.line && problem->place.source < program->source_count ? &program->sources[problem->place.source] : NULL;
}

static void json_problem(const struct ppm_data_problem *problem, const char *path, const struct ppm_program *program, struct ppm_buffer *out)
{
	const struct ppm_program_source *source = model_source(problem, program);

	ppm_buffer_format(out, "{\"severity\":\"error\",\"code\":\"%s\",\"message\":", ppm_data_code_text(problem->code));
	ppm_json_append_string(out, problem->message);
	ppm_buffer_append_text(out, ",\"file\":");
	ppm_json_append_string(out, ppm_slice_of(path));
	if (problem->line)
		ppm_buffer_format(out, ",\"line\":%llu", (unsigned long long)problem->line);
	if (problem->column)
		ppm_buffer_format(out, ",\"column\":%u", problem->column);
	if (problem->column_name.size) {
		ppm_buffer_append_text(out, ",\"name\":");
		ppm_json_append_string(out, problem->column_name);
	}
	if (problem->value.size) {
		ppm_buffer_append_text(out, ",\"value\":");
		ppm_json_append_string(out, problem->value);
	}
	if (source) {
		ppm_buffer_append_text(out, ",\"model_file\":");
		ppm_json_append_string(out, source->path);
		ppm_buffer_format(out, ",\"model_line\":%u,\"model_column\":%u", problem->place.line, problem->place.column);
	}
	ppm_buffer_append_text(out, "}\n");
}

void ppm_driver_append_problems(
	const struct ppm_driver *driver, const struct ppm_data_problems *problems, const char *path, const struct ppm_program *program, struct ppm_buffer *out)
{
	struct ppm_slice file = ppm_slice_of(ppm_driver_file_name(path));
	uint64_t shown = 0;
	char count[32];

	for (const struct ppm_data_problem *problem = problems->first; problem && shown < PPM_SHOWN_PROBLEMS; problem = problem->next, shown++) {
		if (driver->diagnostics == PPM_DIAG_JSON) {
			json_problem(problem, file.data, program, out);
			continue;
		}
		ppm_data_problem_write(problem, file, out);
		ppm_buffer_format(out, " [%s]\n", ppm_data_code_text(problem->code));
	}
	if (problems->count > shown && driver->diagnostics == PPM_DIAG_JSON)
		ppm_buffer_format(out, "{\"severity\":\"note\",\"message\":\"and %llu more\"}\n", (unsigned long long)(problems->count - shown));
	else if (problems->count > shown)
		ppm_buffer_format(out, "and %s more\n", ppm_driver_count(problems->count - shown, count));
}

void ppm_driver_data_problems(const struct ppm_driver *driver, const struct ppm_data_problems *problems, const char *path, const struct ppm_program *program)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, NULL);
	ppm_driver_append_problems(driver, problems, path, program, &out);
	ppm_driver_print_error(driver, &out);
}
