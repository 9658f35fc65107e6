// `ppmc test`: finds the models that have tests, runs them one after another, and reports on them all together.
#include "lang/driver/driver.h"
#include "lang/driver/rewrite.h"
#include "lang/driver/signals.h"
#include "lang/syntax/parse.h"
#include "lang/testing/coverage.h"
#include "lang/testing/mutate.h"
#include "runtime/sink/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FOLDERS 64 // below each other
#define SUFFIX "_test.ppm"

struct session {
	const struct ppm_driver *driver;
	struct ppm_arena arena;
	const char **paths; // of models, each once
	size_t count, capacity;
	struct ppm_testing_report report, said; // the report that was asked for; what is said besides when that goes to a file
	bool to_file;
	uint32_t tests; // that were run
	bool cover;
	double cover_at_least; // a share of the branches
	bool mutate;
	uint32_t mutations;     // at most, of a model; 0: all
	double mutate_at_least; // a share
	struct ppm_buffer more; // below the report
	enum ppm_exit worst;
};

static void worsen(struct session *session, enum ppm_exit code)
{
	session->worst = code > session->worst ? code : session->worst;
}

static bool ends_in(const char *text, const char *end)
{
	size_t size = strlen(text), most = strlen(end);
	return size > most && !strcmp(text + size - most, end);
}

// `model_test.ppm` of `model.ppm`, and back.
static const char *sibling(struct ppm_arena *arena, const char *path, const char *end, const char *other)
{
	return ppm_arena_format(arena, "%.*s%s", (int)(strlen(path) - strlen(end)), path, other).data;
}

// Tests that cannot be looked for are no reason to go without them.
static enum ppm_exit is_file(const struct ppm_driver *driver, const char *path, bool *is)
{
	struct stat status;
	enum ppm_exit code = path ? ppm_driver_look(driver, "read", path, &status, is) : ppm_driver_memory(driver);

	*is = !code && *is && S_ISREG(status.st_mode);
	return code;
}

enum ppm_exit ppm_driver_tests_path(const struct ppm_driver *driver, struct ppm_files *files, struct ppm_slice *path)
{
	const char *beside;

	*path = PPM_SLICE("");
	if (!ends_in(files->path.data, ".ppm") || ends_in(files->path.data, SUFFIX))
		return PPM_EXIT_DONE;
	beside = sibling(&files->arena, files->path.data, ".ppm", SUFFIX);
	if (!beside)
		return ppm_driver_memory(driver);
	if (files->revision) { // what stands on the disk is not asked
		struct ppm_loader loader = ppm_files_loader(files);
		struct ppm_slice text, identity;
		char problem[256];
		enum ppm_status status = loader.load(loader.context, ppm_slice_of(beside), &text, &identity, problem);
		if (status == PPM_ERROR_MEMORY)
			return ppm_driver_memory(driver);
		if (!status)
			*path = ppm_slice_of(beside);
	} else {
		bool there;
		enum ppm_exit code = is_file(driver, beside, &there);
		if (there)
			*path = ppm_slice_of(beside);
		return code;
	}
	return PPM_EXIT_DONE;
}

// ---- which models -----------------------------------------------------------------------------------------------------

static enum ppm_exit add_path(struct session *session, const char *path)
{
	void *paths = (void *)session->paths;

	while (path[0] == '.' && path[1] == '/' && path[1 + strspn(path + 1, "/")])
		path += 1 + strspn(path + 1, "/");
	for (size_t i = 0; i < session->count; i++)
		if (!strcmp(session->paths[i], path))
			return PPM_EXIT_DONE;
	if (!ppm_grow(ppm_allocator_default(), &paths, &session->capacity, session->count + 1, sizeof(*session->paths)))
		return ppm_driver_memory(session->driver);
	session->paths = paths;
	session->paths[session->count++] = path;
	return PPM_EXIT_DONE;
}

// Whether the text has a test, which only its syntax can tell. What cannot be read may have one: it must not be passed over in silence.
static bool has_test(struct ppm_slice path, struct ppm_slice text)
{
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	const struct ppm_syntax_tree *tree = NULL;
	struct ppm_source *source;
	bool found = false;

	for (size_t at = 0; at + 4 <= text.size && !found; at++)
		found = !memcmp(text.data + at, "test", 4);
	if (!found)
		return false;
	found = false;
	ppm_arena_init(&arena, NULL);
	ppm_source_map_init(&map, &arena);
	ppm_diagnostics_init(&diagnostics, &arena, &map);
	source = ppm_source_map_add(&map, path, text);
	if (source)
		tree = ppm_parse_model(&arena, &diagnostics, source);
	for (const struct ppm_statement *s = tree ? tree->statements : NULL; s && !found; s = s->next)
		found = s->kind == PPM_STATEMENT_TEST;
	found = found || diagnostics.errors;
	ppm_arena_free(&arena);
	return found;
}

static enum ppm_exit consider(struct session *session, const char *path)
{
	struct ppm_files *files;
	char problem[256] = "";
	bool found;
	enum ppm_exit code = is_file(session->driver, sibling(&session->arena, path, ".ppm", SUFFIX), &found);

	if (!code && !found) {
		enum ppm_status status = ppm_files_open(&files, path, problem);
		if (status)
			return ppm_driver_unread(session->driver, "the model ", path, status, problem);
		found = has_test(files->path, files->first->text);
		ppm_files_close(files);
	}
	return found && !code ? add_path(session, path) : code;
}

static enum ppm_exit without_model(struct session *session, const char *path)
{
	const char *model = sibling(&session->arena, path, SUFFIX, ".ppm");

	if (!model)
		return ppm_driver_memory(session->driver);
	ppm_driver_say(session->driver, "error", "a file of tests stands beside its model", "`%s` tests no model: there is no `%s`", path, model);
	return PPM_EXIT_IO;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum ppm_exit scan(struct session *session, const char *folder, unsigned depth);

static enum ppm_exit scan_entry(struct session *session, const char *path, unsigned depth)
{
	struct stat status;
	bool there;
	enum ppm_exit code;

	if (lstat(path, &status))
		return errno == ENOENT ? PPM_EXIT_DONE : ppm_driver_io(session->driver, "read", path, errno);
	if (S_ISDIR(status.st_mode))
		return depth < FOLDERS ? scan(session, path, depth + 1) : PPM_EXIT_DONE;
	if (!ends_in(path, ".ppm"))
		return PPM_EXIT_DONE;
	if (ends_in(path, SUFFIX)) {
		code = is_file(session->driver, sibling(&session->arena, path, SUFFIX, ".ppm"), &there);
		return code || there ? code : without_model(session, path);
	}
	code = is_file(session->driver, path, &there);
	return code || !there ? code : consider(session, path);
}

// In the order of names, so that a report is the same everywhere. Links to folders are not followed.
static enum ppm_exit scan(struct session *session, const char *folder, unsigned depth)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	const char **names = NULL;
	size_t count = 0, capacity = 0, size = strlen(folder);
	enum ppm_exit code = PPM_EXIT_DONE;
	void *grown;

	if (!directory)
		return errno == ENOMEM ? ppm_driver_memory(session->driver) : ppm_driver_io(session->driver, "read", folder, errno);
	while (size > 1 && folder[size - 1] == '/')
		size--;
	while (!code && (errno = 0, entry = readdir(directory))) {
		const char *path;
		if (entry->d_name[0] == '.')
			continue;
		path = size == 1 && folder[0] == '.' ? ppm_arena_format(&session->arena, "%s", entry->d_name).data
						     : ppm_arena_format(&session->arena, "%.*s/%s", (int)(size == 1 && folder[0] == '/' ? 0 : size), folder, entry->d_name).data;
		grown = (void *)names;
		if (!path || !ppm_grow(ppm_allocator_default(), &grown, &capacity, count + 1, sizeof(*names))) {
			code = ppm_driver_memory(session->driver);
			break;
		}
		names = grown;
		names[count++] = path;
	}
	if (!code && errno) // else it ended
		code = ppm_driver_io(session->driver, "read", folder, errno);
	closedir(directory);
	if (count)
		qsort((void *)names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count && !*session->driver->memory_ran_out; i++) {
		enum ppm_exit one = scan_entry(session, names[i], depth);
		code = one > code ? one : code;
	}
	ppm_free(ppm_allocator_default(), (void *)names);
	return code;
}

static enum ppm_exit take_argument(struct session *session, const char *path)
{
	struct stat status;
	size_t before = session->count;
	enum ppm_exit code;
	bool there;

	if (!stat(path, &status) && S_ISDIR(status.st_mode)) {
		code = scan(session, path, 0);
		if (!code && session->count == before) {
			ppm_driver_say(
				session->driver, "error", "tests are `test` blocks of a model, or stand beside it in `model_test.ppm`", "no model below `%s` has tests", path);
			return PPM_EXIT_USAGE;
		}
		return code;
	}
	if (ends_in(path, SUFFIX)) {
		const char *model = sibling(&session->arena, path, SUFFIX, ".ppm");
		if (!model)
			return ppm_driver_memory(session->driver);
		code = is_file(session->driver, model, &there);
		if (!code && !there) {
			code = is_file(session->driver, path, &there);
			there = !there; // a name that stands for nothing is told when the model is opened
		}
		return code ? code : there ? add_path(session, model) : without_model(session, path);
	}
	return add_path(session, path);
}

// ---- one model ----------------------------------------------------------------------------------------------------------

static void report_broken(struct session *session, const char *path, const char *problem)
{
	ppm_testing_report_broken(&session->report, ppm_slice_of(path), ppm_slice_of(problem));
	if (session->to_file)
		ppm_testing_report_broken(&session->said, ppm_slice_of(path), ppm_slice_of(problem));
}

static enum ppm_exit tell_status(struct session *session, const char *path, const struct ppm_files *files, struct ppm_testing *testing, enum ppm_status status)
{
	const struct ppm_driver *driver = session->driver;
	struct ppm_diagnostics *list;
	bool options_alone;

	switch (status) {
	case PPM_ERROR_MEMORY: return ppm_driver_memory(driver);
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(driver, "error", NULL, "interrupted"); return PPM_EXIT_IO;
	case PPM_ERROR_MODEL:
		ppm_driver_diagnostics(driver, testing->model);
		list = ppm_model_diagnostics(testing->model);
		options_alone = ppm_driver_blames_options(testing->model);
		if (driver->diagnostics != PPM_DIAG_JSON && options_alone)
			ppm_driver_say(driver, "error", NULL, "the command line has %u error%s for %s; its tests were not run", list->errors, list->errors == 1 ? "" : "s",
				ppm_driver_file_name(path));
		else if (driver->diagnostics != PPM_DIAG_JSON)
			ppm_driver_say(driver, "error", NULL, "%s has %u error%s; its tests were not run", ppm_driver_file_name(path), list->errors, list->errors == 1 ? "" : "s");
		report_broken(session, path, options_alone ? "the model does not compile with these options" : "the model does not compile");
		return files->unreadable ? PPM_EXIT_IO : options_alone ? PPM_EXIT_USAGE : PPM_EXIT_MODEL;
	case PPM_ERROR_LIMIT: ppm_driver_say(driver, "error", NULL, "the tests of %s pass a limit", ppm_driver_file_name(path)); break;
	default: ppm_driver_io(driver, "keep rows of", path, errno); break;
	}
	report_broken(session, path, "the tests could not be run");
	return ppm_exit_of(status);
}

// How often a change went unnoticed, below the report.
static enum ppm_exit mutate(struct session *session, const struct ppm_testing_request *request, const struct ppm_testing *testing)
{
	const struct ppm_driver *driver = session->driver;
	struct ppm_mutations mutations;
	struct ppm_arena arena;
	enum ppm_status status = PPM_ERROR_MEMORY;
	enum ppm_exit code = PPM_EXIT_DONE;

	ppm_arena_init(&arena, NULL);
	if (ppm_mutations_find(&mutations, &arena, testing->model)) {
		ppm_mutations_sample(&mutations, session->mutations);
		status = ppm_mutations_run(&mutations, request, testing->model, NULL, NULL);
	}
	if (status == PPM_ERROR_INTERRUPTED) {
		ppm_driver_say(driver, "error", NULL, "interrupted");
		code = PPM_EXIT_IO;
	} else if (status == PPM_ERROR_MEMORY) {
		code = ppm_driver_memory(driver);
	} else if (status) {
		code = status == PPM_ERROR_IO ? ppm_driver_io(driver, "keep rows of", driver->options.arguments[0], errno) : ppm_exit_of(status);
	} else {
		uint32_t noticed = mutations.outcomes[PPM_MUTATION_NOTICED], of = noticed + mutations.outcomes[PPM_MUTATION_SURVIVED];
		ppm_buffer_append_char(&session->more, '\n');
		ppm_mutations_text(&mutations, testing->model, !session->to_file && driver->colour_out, &session->more);
		if (of && noticed < session->mutate_at_least * of)
			code = PPM_EXIT_FINDINGS;
	}
	ppm_arena_free(&arena);
	return code;
}

static enum ppm_exit tell_coverage(struct session *session, const struct ppm_coverage *coverage, const struct ppm_testing *testing)
{
	struct ppm_coverage_sums sums;

	ppm_buffer_append_char(&session->more, '\n');
	if (!ppm_coverage_report(coverage, testing->model, !session->to_file && session->driver->colour_out, &sums, &session->more))
		return ppm_driver_memory(session->driver);
	return sums.branches_reached < session->cover_at_least * sums.branches ? PPM_EXIT_FINDINGS : PPM_EXIT_DONE;
}

static enum ppm_exit run_model(struct session *session, const char *path, uint64_t memory, enum ppm_simd simd)
{
	const struct ppm_driver *driver = session->driver;
	const char *only = driver->options.values[PPM_OPTION_ONLY];
	struct ppm_driver_settled settled = { .settings = NULL };
	struct ppm_testing testing = { .model = NULL };
	struct ppm_coverage coverage;
	struct ppm_files *files;
	char problem[256] = "";
	enum ppm_status status = ppm_files_open(&files, path, problem);
	enum ppm_exit code;

	if (status) {
		if (status != PPM_ERROR_MEMORY)
			report_broken(session, path, problem);
		return ppm_driver_unread(driver, "the model ", path, status, problem);
	}
	code = ppm_driver_settle(driver, files, NULL, &settled);
	if (!code)
		code = ppm_driver_tests_path(driver, files, &settled.options.tests_path);
	if (!code) {
		struct ppm_testing_request request = { .path = files->path,
			.compile = &settled.options,
			.contains = ppm_slice_of(only),
			.explain = true,
			.simd = simd,
			.memory_limit = memory,
			.interrupted = ppm_signals_flag() };
		ppm_coverage_init(&coverage, NULL);
		if (session->cover) {
			request.look = ppm_coverage_look;
			request.look_context = &coverage;
		}
		status = ppm_testing_run(&testing, &request);
		if (!status && ppm_signalled(ppm_signals_flag()))
			status = PPM_ERROR_INTERRUPTED;
		if (status) {
			code = tell_status(session, path, files, &testing, status);
		} else {
			if (testing.of == 0) {
				ppm_driver_say(driver, "error", "write `test \"…\" { given … expect … }` in the model, or in a file beside it whose name ends in `_test.ppm`",
					"`%s` has no tests", ppm_driver_file_name(path));
				code = PPM_EXIT_USAGE;
			}
			session->tests += testing.count;
			ppm_testing_report_model(&session->report, files->path, &testing);
			if (session->to_file)
				ppm_testing_report_model(&session->said, files->path, &testing);
			if (session->cover && coverage.ready)
				code = tell_coverage(session, &coverage, &testing);
			if (testing.failed)
				code = PPM_EXIT_FINDINGS;
			else if (session->mutate && testing.of) {
				enum ppm_exit found = mutate(session, &request, &testing);
				code = found > code ? found : code;
			}
		}
		ppm_testing_free(&testing);
		ppm_coverage_free(&coverage);
	}
	free(settled.settings);
	ppm_files_close(files);
	return code;
}

// ---- the verb -------------------------------------------------------------------------------------------------------------

static enum ppm_testing_format format_of(const struct ppm_driver *driver)
{
	const char *word = driver->options.values[PPM_OPTION_REPORT], *path = driver->options.values[PPM_OPTION_OUTPUT];

	if (word)
		return !strcmp(word, "tap") ? PPM_TESTING_TAP : !strcmp(word, "junit") ? PPM_TESTING_JUNIT : PPM_TESTING_TEXT;
	return path && ends_in(path, ".tap") ? PPM_TESTING_TAP : path && ends_in(path, ".xml") ? PPM_TESTING_JUNIT : PPM_TESTING_TEXT;
}

static enum ppm_exit finish(struct session *session)
{
	const struct ppm_driver *driver = session->driver;
	const char *path = driver->options.values[PPM_OPTION_OUTPUT];
	struct ppm_buffer out, said;
	enum ppm_exit code;

	ppm_buffer_init(&out, NULL);
	ppm_testing_report_end(&session->report, &out);
	ppm_buffer_init(&said, NULL);
	ppm_testing_report_end(&session->said, &said);
	if (!session->to_file) {
		ppm_buffer_free(&said);
		return ppm_driver_print(driver, &out);
	}
	code = said.failed ? ppm_driver_memory(driver) : ppm_rewrite_file(driver, path, &out);
	ppm_buffer_free(&out);
	if (!code)
		return ppm_driver_print(driver, &said);
	ppm_buffer_free(&said);
	return code;
}

// "90%", as a share.
static bool take_share(const char *text, double *share)
{
	char *end;

	errno = 0;
	*share = strtod(text, &end) / 100;
	return end != text && !errno && !strcmp(end, "%") && *share >= 0 && *share <= 1 && text[0] >= '0' && text[0] <= '9';
}

static enum ppm_exit take_measures(struct session *session)
{
	const struct ppm_driver *driver = session->driver;
	const struct ppm_options *given = &driver->options;
	const char *least = given->values[PPM_OPTION_MUTATE_AT_LEAST], *most = given->values[PPM_OPTION_MUTATIONS], *covered = given->values[PPM_OPTION_COVERAGE_AT_LEAST];
	uint64_t count;

	session->cover = given->given[PPM_OPTION_COVERAGE] || covered;
	if (covered && !take_share(covered, &session->cover_at_least))
		return ppm_driver_usage(driver, "write a share such as `90%`", "`--coverage-at-least` cannot be `%s`", covered);
	session->mutate = given->given[PPM_OPTION_MUTATE] || least || most;
	if (least && !take_share(least, &session->mutate_at_least))
		return ppm_driver_usage(driver, "write a share such as `90%`", "`--mutate-at-least` cannot be `%s`", least);
	if (most) {
		if (!ppm_options_number(most, 1, UINT32_MAX, &count))
			return ppm_driver_usage(driver, "it is a whole number of at least 1", "`--mutations` cannot be `%s`", most);
		session->mutations = (uint32_t)count;
	}
	return PPM_EXIT_DONE;
}

enum ppm_exit ppm_verb_test(struct ppm_driver *driver)
{
	const struct ppm_options *given = &driver->options;
	const char *path = given->values[PPM_OPTION_OUTPUT], *only = given->values[PPM_OPTION_ONLY];
	struct session session = { .driver = driver };
	struct ppm_source_options source;
	uint64_t memory = 0;
	enum ppm_exit code;

	if (given->given[PPM_OPTION_CAPTURE])
		return ppm_test_capture(driver);
	if (given->given[PPM_OPTION_VALUE] || given->given[PPM_OPTION_DELIMITER] || given->given[PPM_OPTION_ENCODING])
		return ppm_driver_usage(driver, "leave them out: the tests of a model read no file of data", "`--value`, `--delimiter` and `--encoding` go with `--capture KEY`");
	code = ppm_driver_memory_limit(driver, &memory);
	ppm_arena_init(&session.arena, NULL);
	ppm_buffer_init(&session.more, NULL);
	session.to_file = path && strcmp(path, "-") != 0;
	if (!code)
		code = ppm_driver_source_options(driver, &source);
	if (!code && path && !*path)
		code = ppm_driver_usage(driver, "write `-o report.xml`", "`--output` has no file name");
	ppm_testing_report_begin(&session.report, NULL, format_of(driver), !session.to_file && driver->colour_out);
	ppm_testing_report_begin(&session.said, NULL, PPM_TESTING_TEXT, driver->colour_out);
	session.report.quiet = session.said.quiet = driver->quiet;
	if (!code)
		code = take_measures(&session);
	if (!code && !given->argument_count)
		code = take_argument(&session, ".");
	for (size_t i = 0; i < given->argument_count && !*driver->memory_ran_out && code != PPM_EXIT_USAGE; i++) {
		enum ppm_exit one = take_argument(&session, given->arguments[i]);
		code = one > code ? one : code;
	}
	worsen(&session, code);
	for (size_t i = 0; i < session.count && !*driver->memory_ran_out && code != PPM_EXIT_USAGE; i++) {
		code = run_model(&session, session.paths[i], memory, source.simd);
		worsen(&session, code);
		if (ppm_signalled(ppm_signals_flag()))
			break;
	}
	if (session.worst <= PPM_EXIT_FINDINGS && only && !session.tests) {
		ppm_driver_say(driver, "error", "capitals matter", "no test has \"%s\" in its title", only);
		worsen(&session, PPM_EXIT_USAGE);
	}
	if (session.more.failed)
		worsen(&session, ppm_driver_memory(driver));
	if (session.report.passed + session.report.failed && !session.more.failed) {
		code = finish(&session);
		worsen(&session, code);
		if (!code && session.more.size) { // within a report for machines it would be no part of it
			if (!session.to_file && session.report.format != PPM_TESTING_TEXT)
				ppm_driver_print_error(driver, &session.more);
			else
				worsen(&session, ppm_driver_print(driver, &session.more));
		}
	} else {
		struct ppm_buffer out;
		ppm_buffer_init(&out, NULL);
		ppm_testing_report_end(&session.report, &out);
		ppm_testing_report_end(&session.said, &out);
		ppm_buffer_free(&out);
	}
	ppm_buffer_free(&session.more);
	ppm_free(ppm_allocator_default(), (void *)session.paths);
	ppm_arena_free(&session.arena);
	return session.worst;
}
