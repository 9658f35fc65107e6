// From the command line to a compiled model, and data files opened as it asks for.
#include "lang/driver/driver.h"
#include "runtime/base/date.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

int32_t ppm_driver_today(void)
{
	time_t now = time(NULL);
	struct tm local;

	if (!localtime_r(&now, &local))
		return 0;
	return ppm_date_from_civil(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
}

enum ppm_exit ppm_driver_source_options(const struct ppm_driver *driver, struct ppm_source_options *options)
{
	static const struct {
		const char *word;
		char c;
	} words[] = { { "tab", '\t' }, { "\\t", '\t' }, { "comma", ',' }, { "semicolon", ';' }, { "pipe", '|' } };
	const char *delimiter = driver->options.values[PPM_OPTION_DELIMITER];
	uint64_t chunk;

	memset(options, 0, sizeof *options);
	options->encoding = driver->options.values[PPM_OPTION_ENCODING];
	if (options->encoding && !strcmp(options->encoding, "utf-8"))
		options->encoding = NULL;
	options->keep_problems = PPM_SHOWN_PROBLEMS;
	options->simd = ppm_simd_best();
	if (driver->options.values[PPM_OPTION_SIMD]) {
		bool known = ppm_simd_find(driver->options.values[PPM_OPTION_SIMD], &options->simd);
		assert(known && "the option takes no other word");
		(void)known;
	}
	if (options->simd > ppm_simd_best())
		options->simd = ppm_simd_best();
	if (driver->options.values[PPM_OPTION_CHUNK_SIZE]) {
		if (!ppm_options_number(driver->options.values[PPM_OPTION_CHUNK_SIZE], 1, (uint64_t)1 << 30, &chunk))
			return ppm_driver_usage(driver, NULL, "`--chunk-size` cannot be `%s`", driver->options.values[PPM_OPTION_CHUNK_SIZE]);
		options->chunk_size = (size_t)chunk;
	}
	if (!delimiter)
		return PPM_EXIT_DONE;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(delimiter, words[i].word))
			options->delimiter = words[i].c;
	if (!options->delimiter && delimiter[0] && !delimiter[1] && !isalnum((unsigned char)delimiter[0]) && delimiter[0] != '"' && delimiter[0] != '\n' && delimiter[0] != '\r' &&
		!(delimiter[0] & 0x80))
		options->delimiter = delimiter[0];
	if (!options->delimiter)
		return ppm_driver_usage(
			driver, "it is one ASCII character such as `;`, no letter, digit or quotation mark, or the word `tab`", "`--delimiter` cannot be `%s`", delimiter);
	return PPM_EXIT_DONE;
}

// ---- compile options from the command line ------------------------------------------------------------------

static enum ppm_exit take_settings(const struct ppm_driver *driver, const struct ppm_compile_request *request, struct ppm_setting **settings, size_t *count)
{
	const struct ppm_options *given = &driver->options;
	size_t first = request->setting_count;
	bool before;

	*count = first;
	*settings = calloc(first + given->repeated_count + 1, sizeof **settings);
	if (!*settings)
		return ppm_driver_memory(driver);
	if (first)
		memcpy(*settings, request->settings, first * sizeof **settings);
	for (size_t i = 0; i < given->repeated_count; i++) {
		const char *text = given->repeated[i].value, *equals = strchr(text, '=');
		struct ppm_setting *setting = &(*settings)[*count];
		if (given->repeated[i].option != PPM_OPTION_SET)
			continue;
		if (!equals || equals == text)
			return ppm_driver_usage(
				driver, "write `--set horizon=\"5 years\"`: the param's name, `=`, its value as in a model", "`--set %s` gives no param a value", text);
		setting->name = (struct ppm_slice){ text, (size_t)(equals - text) };
		setting->value = ppm_slice_of(equals + 1);
		before = false;
		for (size_t j = 0; j < first; j++)
			before = before || ppm_slice_equal(setting->name, (*settings)[j].name);
		if (before)
			continue;
		for (size_t j = first; j < *count; j++)
			if (ppm_slice_equal(setting->name, (*settings)[j].name))
				return ppm_driver_usage(driver, "leave one of them out", "`--set` gives `%.*s` two values", (int)setting->name.size, setting->name.data);
		(*count)++;
	}
	return PPM_EXIT_DONE;
}

// The model's scenario that is asked for. A verb that compares several names each in its request.
static enum ppm_exit take_scenario(const struct ppm_driver *driver, const struct ppm_compile_request *request, struct ppm_slice *scenario)
{
	const struct ppm_options *given = &driver->options;

	*scenario = request->scenario;
	for (size_t i = 0; i < given->repeated_count && !request->scenario.size && given->verb != PPM_VERB_WHATIF; i++) {
		if (given->repeated[i].option != PPM_OPTION_SCENARIO)
			continue;
		if (!*given->repeated[i].value)
			return ppm_driver_usage(driver, "write `--scenario NAME`; `ppmc check` lists the model's scenarios", "`--scenario` names none");
		if (scenario->size)
			return ppm_driver_usage(driver, "one scenario is in force at a time; leave one of them out", "`--scenario` is given twice, `%.*s` and `%s`",
				(int)scenario->size, scenario->data, given->repeated[i].value);
		*scenario = ppm_slice_of(given->repeated[i].value);
	}
	return PPM_EXIT_DONE;
}

// Names between commas; backquotes keep commas and blanks together.
static enum ppm_exit take_columns(const struct ppm_driver *driver, struct ppm_slice **columns, size_t *count)
{
	const char *at = driver->options.values[PPM_OPTION_COLUMNS];
	struct ppm_slice *list = calloc(strlen(at) + 1, sizeof *list);

	*columns = list;
	*count = 0;
	if (!list)
		return ppm_driver_memory(driver);
	for (;;) {
		const char *begin = at, *end;
		while (*begin == ' ')
			begin++;
		if (*begin == '`') {
			end = strchr(++begin, '`');
			at = end ? end + 1 + strspn(end + 1, " ") : begin;
			if (!end || (*at && *at != ','))
				return ppm_driver_usage(driver, "write a name with commas or blanks as '`Days Late`,score'", "the backquotes of `--columns` do not match");
		} else {
			at = begin + strcspn(begin, ",");
			for (end = at; end > begin && end[-1] == ' '; end--)
				;
		}
		if (end == begin)
			return ppm_driver_usage(driver, "write `--columns name,score,tier`", "`--columns` has a name that is empty");
		list[(*count)++] = (struct ppm_slice){ begin, (size_t)(end - begin) };
		if (!*at)
			return PPM_EXIT_DONE;
		at++;
	}
}

enum ppm_exit ppm_driver_values(const struct ppm_driver *driver, struct ppm_slice **names, size_t *count)
{
	const struct ppm_options *given = &driver->options;

	*count = 0;
	*names = calloc(given->repeated_count + 1, sizeof **names);
	if (!*names)
		return ppm_driver_memory(driver);
	for (size_t i = 0; i < given->repeated_count; i++) {
		if (given->repeated[i].option != PPM_OPTION_VALUE)
			continue;
		if (!*given->repeated[i].value)
			return ppm_driver_usage(driver, "write `--value total_value`", "`--value` names nothing");
		struct ppm_slice name = ppm_slice_of(given->repeated[i].value);
		if (name.size > 2 && name.data[0] == '`' && memchr(name.data + 1, '`', name.size - 1) == name.data + name.size - 1) // as the model writes it
			name = (struct ppm_slice){ name.data + 1, name.size - 2 };
		(*names)[(*count)++] = name;
	}
	return PPM_EXIT_DONE;
}

void ppm_driver_diagnostics(const struct ppm_driver *driver, struct ppm_model *model)
{
	struct ppm_diagnostics *list = ppm_model_diagnostics(model);
	struct ppm_buffer out;

	if (driver->quiet && !list->errors)
		return;
	list->hide_notes = driver->options.verb != PPM_VERB_CHECK;
	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(list, driver->diagnostics, driver->colour_err, PPM_SHOWN_PROBLEMS, &out);
	if (out.size && driver->diagnostics == PPM_DIAG_HUMAN)
		ppm_buffer_append_char(&out, '\n');
	ppm_driver_print_error(driver, &out);
}

enum ppm_exit ppm_driver_settle(const struct ppm_driver *driver, struct ppm_files *files, const struct ppm_compile_request *request, struct ppm_driver_settled *out)
{
	static const struct ppm_compile_request nothing = { .output = PPM_OUTPUT_MODEL };
	const struct ppm_options *given = &driver->options;
	const char *as_of = given->values[PPM_OPTION_AS_OF];
	struct ppm_compile_options *options = &out->options;
	enum ppm_exit code;
	int32_t date;

	memset(out, 0, sizeof *out);
	options->loader = ppm_files_loader(files);
	options->today = ppm_driver_today();
	options->strict = given->given[PPM_OPTION_STRICT];
	options->optimise = !given->given[PPM_OPTION_UNOPTIMISED];
	code = take_settings(driver, request ? request : &nothing, &out->settings, &options->setting_count);
	options->settings = out->settings;
	if (!code)
		code = take_scenario(driver, request ? request : &nothing, &options->scenario);
	if (!code && as_of && !strcmp(as_of, "today")) {
		ppm_date_write(options->today, out->today);
		options->as_of = (struct ppm_slice){ out->today, 10 };
	} else if (!code && as_of) {
		if (!ppm_date_parse_iso(ppm_slice_of(as_of), &date))
			code = ppm_driver_usage(driver, "write a day such as 2026-06-30, or `today`", "`--as-of` cannot be `%s`", as_of);
		options->as_of = ppm_slice_of(as_of);
	}
	return code;
}

// The compiler sees what options say as sources of their own, called as the option.
static bool is_option(struct ppm_slice path)
{
	static const char *const options[] = { "--set", "--scenario", "--columns", "--value", "--outcome", "--by", "--vary", "--tornado" };

	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		size_t size = strlen(options[i]);
		if (path.size >= size && !memcmp(path.data, options[i], size) && (path.size == size || path.data[size] == ' '))
			return true;
	}
	return false;
}

bool ppm_driver_blames_options(struct ppm_model *model)
{
	struct ppm_diagnostics *list = ppm_model_diagnostics(model);
	uint32_t errors = 0;

	for (const struct ppm_diagnostic *d = list->first; d; d = d->next)
		if (d->severity == PPM_SEVERITY_ERROR) {
			const struct ppm_source *source = ppm_source_map_find(list->map, d->span.begin);
			if (!source || !is_option(source->path))
				return false;
			errors++;
		}
	return errors > 0;
}

enum ppm_exit ppm_driver_compile(
	const struct ppm_driver *driver, struct ppm_files *files, const struct ppm_source *source, const struct ppm_compile_request *request, struct ppm_model **model)
{
	bool show = !request || !request->quiet;
	const struct ppm_options *given = &driver->options;
	struct ppm_driver_settled settled;
	struct ppm_compile_options options;
	struct ppm_slice *columns = NULL, *headers = NULL;
	enum ppm_exit code = ppm_driver_settle(driver, files, request, &settled);

	*model = NULL;
	options = settled.options;
	if (!code && request && request->tests)
		code = ppm_driver_tests_path(driver, files, &options.tests_path);
	if (!code && given->given[PPM_OPTION_COLUMNS] && given->given[PPM_OPTION_ALL])
		code = ppm_driver_usage(driver, "leave one of them out", "`--columns` and `--all` say different things");
	if (!code && request && request->output != PPM_OUTPUT_MODEL) {
		options.output = request->output;
		options.outcome = request->outcome;
		options.by = request->by;
		options.by_count = request->by_count;
		options.columns = request->columns;
		options.column_count = request->column_count;
	} else if (!code && given->given[PPM_OPTION_COLUMNS]) {
		options.output = PPM_OUTPUT_COLUMNS;
		code = take_columns(driver, &columns, &options.column_count);
		options.columns = columns;
	} else if (given->given[PPM_OPTION_ALL]) {
		options.output = PPM_OUTPUT_ALL;
	}
	if (request) {
		options.check_all = request->check_all;
		options.texts = request->texts;
		options.text_count = request->text_count;
	}
	if (!code && source) {
		uint32_t count = ppm_source_field_count(source);
		headers = calloc((size_t)count + 1, sizeof *headers);
		for (uint32_t i = 0; headers && i < count; i++)
			headers[i] = ppm_source_field_name(source, i);
		if (!headers)
			code = ppm_driver_memory(driver);
		options.headers = headers;
		options.header_count = count;
	}
	if (!code) {
		enum ppm_status status;
		files->unreadable = false;
		status = ppm_model_compile(model, files->path, &options);
		if (*model && show)
			ppm_driver_diagnostics(driver, *model);
		code = ppm_exit_of(status);
		if (status == PPM_ERROR_MEMORY)
			ppm_driver_memory(driver);
	}
	if (code == PPM_EXIT_MODEL && show) {
		uint32_t errors = ppm_model_diagnostics(*model)->errors;
		bool options_alone = ppm_driver_blames_options(*model);
		struct ppm_slice wrong = options_alone ? PPM_SLICE("the command line") : files->path;
		if (driver->diagnostics != PPM_DIAG_JSON)
			ppm_driver_say(driver, "error", NULL, "%.*s has %u error%s; nothing was done", (int)wrong.size, wrong.data, errors, errors == 1 ? "" : "s");
		code = files->unreadable ? PPM_EXIT_IO : options_alone ? PPM_EXIT_USAGE : code;
	}
	free(settled.settings);
	free(columns);
	free(headers);
	return code;
}

// ---- the data -------------------------------------------------------------------------------------------------

enum ppm_exit ppm_driver_open(const struct ppm_driver *driver, const char *path, const char *shown, const struct ppm_source_options *options, struct ppm_source **source,
	struct ppm_data_problems *problems)
{
	enum ppm_status status;
	struct stat file;
	bool there = false;
	enum ppm_exit code = strcmp(path, "-") ? ppm_driver_look(driver, "read", path, &file, &there) : PPM_EXIT_DONE;

	if (code)
		return code;
	errno = 0;
	// Opening a device such as a terminal or /dev/zero as data is a slip of the hand; pipes and files are what is meant.
	if (there && (S_ISCHR(file.st_mode) || S_ISBLK(file.st_mode))) {
		ppm_driver_say(driver, "error", "give a file, or `-` for standard input", "cannot read `%s`: it is a device, not a file", shown);
		return PPM_EXIT_IO;
	}
	status = ppm_source_open(source, NULL, path, options, problems);
	if (status == PPM_OK || status == PPM_ERROR_DATA || status == PPM_ERROR_INTERRUPTED)
		return ppm_exit_of(status);
	if (status == PPM_ERROR_IO || status == PPM_ERROR_PIPE)
		return ppm_driver_io(driver, "read", shown, errno);
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	if (problems->count == 0) {
		ppm_driver_say(driver, "error", NULL, "%s passes a limit", shown);
		return ppm_exit_of(status);
	}
	return PPM_EXIT_DATA;
}
