// `ppmc diff`: says which two models are meant, opens and compiles them, and tells what changed between them in meaning. With data, diff_customers.c goes on.
#include "lang/driver/diff.h"

#include "lang/driver/git.h"

#include <stdlib.h>
#include <unistd.h>

#define NAME_LIMIT 4000 // bytes of a revision's or file's name

struct sides {
	struct ppm_diff_side before, after;
	struct ppm_diff_data data;
	struct ppm_arena arena; // of their texts
};

// ---- which models --------------------------------------------------------------------------------------------------

static const char *kept(struct sides *sides, const char *text, size_t size)
{
	return ppm_arena_copy(&sides->arena, (struct ppm_slice){ text, size }).data;
}

static bool ends_in_ppm(const char *path)
{
	size_t size = strlen(path);

	return size > 4 && !strcmp(path + size - 4, ".ppm");
}

static bool is_file(const char *path)
{
	return !strcmp(path, "-") || !access(path, F_OK);
}

static const char *called(struct sides *sides, const char *path, const char *revision)
{
	return revision ? ppm_arena_format(&sides->arena, "%s at %s", path, revision).data : path;
}

// FILE, or REV:FILE where there is no file of that name.
static void set_side(struct sides *sides, struct ppm_diff_side *side, const char *text)
{
	const char *colon = strchr(text, ':');

	*side = (struct ppm_diff_side){ .path = text, .shown = text };
	if (!colon || colon == text || !colon[1] || is_file(text))
		return;
	side->revision = kept(sides, text, (size_t)(colon - text));
	side->path = colon + 1;
	side->from_root = strncmp(side->path, "./", 2) != 0; // else from where we are, as git has it
	side->shown = called(sides, side->path, side->revision);
}

static void set_revision(struct sides *sides, struct ppm_diff_side *side, const char *path, const char *revision)
{
	*side = (struct ppm_diff_side){ .path = path, .revision = revision, .shown = revision ? called(sides, path, revision) : path };
}

static enum ppm_exit git_failed(const struct ppm_driver *driver, enum ppm_status status, const char *path, const char *revision, const char *problem, const char *help)
{
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	ppm_driver_say(driver, "error", *help ? help : NULL, "cannot read `%s` at `%s`: %s", path, revision, problem);
	return ppm_exit_of(status);
}

// `A..B`, `A...B`: an end that is left out is HEAD.
static enum ppm_exit set_range(const struct ppm_driver *driver, struct sides *sides, const char *range, const char *dots, const char *path)
{
	bool parted = dots[2] == '.';
	const char *one = dots == range ? "HEAD" : kept(sides, range, (size_t)(dots - range)), *other = dots[parted ? 3 : 2] ? dots + (parted ? 3 : 2) : "HEAD";
	char base[128], problem[256], help[256];
	enum ppm_status status;

	if (!one)
		return ppm_driver_memory(driver);
	if (parted) {
		status = ppm_revision_base(one, other, path, base, problem, help);
		if (status)
			return git_failed(driver, status, path, range, problem, help);
		set_revision(sides, &sides->before, path, kept(sides, base, strlen(base)));
		sides->before.shown = ppm_arena_format(&sides->arena, "%s where %s and %s parted", path, one, other).data;
	} else {
		set_revision(sides, &sides->before, path, one);
	}
	set_revision(sides, &sides->after, path, other);
	return PPM_EXIT_DONE;
}

static enum ppm_exit set_revisions(const struct ppm_driver *driver, struct sides *sides, const char *const *revisions, size_t count, const char *path)
{
	const char *dots = count == 1 ? strstr(revisions[0], "..") : NULL;

	if (dots)
		return set_range(driver, sides, revisions[0], dots, path);
	set_revision(sides, &sides->before, path, count ? revisions[0] : "HEAD");
	set_revision(sides, &sides->after, path, count > 1 ? revisions[1] : NULL);
	return PPM_EXIT_DONE;
}

static enum ppm_exit take_arguments(const struct ppm_driver *driver, struct sides *sides)
{
	const struct ppm_options *given = &driver->options;
	const char *const *words = given->arguments;
	size_t revisions = given->separated ? given->separated - 1 : 0, models = given->separated ? 1 : 2;
	enum ppm_exit code = PPM_EXIT_DONE;

	// without `--`, a word that is no file is a revision, as git understands it
	while (!given->separated && revisions < given->argument_count && revisions < 2 && !is_file(words[revisions]) && !ends_in_ppm(words[revisions]) &&
		!strchr(words[revisions], ':'))
		revisions++;
	if (revisions)
		models = 1;
	for (size_t i = 0; i < given->argument_count; i++)
		if (strlen(words[i]) > NAME_LIMIT)
			return ppm_driver_usage(driver, NULL, "an argument is longer than %d bytes", NAME_LIMIT);
	if (revisions > 2)
		return ppm_driver_usage(driver, "write `ppmc diff REV REV -- model.ppm`", "there are %zu revisions, and two are compared at most", revisions);
	if (given->argument_count < revisions + models)
		return ppm_driver_usage(driver, "write `ppmc diff old.ppm new.ppm`, or `ppmc diff HEAD~1 -- model.ppm`",
			revisions                  ? "no model stands after the revision"
				: given->separated ? "no model stands after `--`"
						   : "one model is given, and nothing to compare it with");
	if (models == 1) {
		code = set_revisions(driver, sides, words, revisions, words[revisions]);
	} else {
		set_side(sides, &sides->before, words[0]);
		set_side(sides, &sides->after, words[1]);
	}
	sides->data = (struct ppm_diff_data){ words + revisions + models, given->argument_count - revisions - models };
	if (!code && sides->arena.failed)
		code = ppm_driver_memory(driver);
	return code;
}

// ---- opening -----------------------------------------------------------------------------------------------------------

enum ppm_exit ppm_diff_open(const struct ppm_driver *driver, const struct ppm_diff_side *side, struct ppm_files **files)
{
	char problem[256] = "", help[256] = "";
	struct ppm_revision *revision;
	enum ppm_status status;

	*files = NULL;
	if (!side->revision) {
		status = ppm_files_open(files, side->path, problem);
		return status ? ppm_driver_unread(driver, "", side->path, status, problem) : PPM_EXIT_DONE;
	}
	status = ppm_revision_open(&revision, side->revision, side->path, side->from_root, problem, help);
	if (!status)
		status = ppm_files_open_revision(files, revision, side->path, problem);
	return status ? git_failed(driver, status, side->path, side->revision, problem, help) : PPM_EXIT_DONE;
}

static enum ppm_exit open_model(const struct ppm_driver *driver, const struct ppm_diff_side *side, struct ppm_files **files, struct ppm_model **model)
{
	struct ppm_driver silent = *driver; // warnings are the matter of check and lint
	enum ppm_exit code = ppm_diff_open(driver, side, files);

	if (code)
		return code;
	silent.quiet = true;
	code = ppm_driver_compile(&silent, *files, NULL, NULL, model);
	if (code == PPM_EXIT_MODEL && side->revision && driver->diagnostics != PPM_DIAG_JSON)
		ppm_driver_say(driver, "note", NULL, "that is `%s`", side->shown);
	return code;
}

// ---- telling -----------------------------------------------------------------------------------------------------------

static enum ppm_diff_format format_of(const struct ppm_driver *driver)
{
	const char *given = driver->options.values[PPM_OPTION_DIFFERENCE];

	return !given || !strcmp(given, "text") ? PPM_DIFF_TEXT : !strcmp(given, "json") ? PPM_DIFF_JSON : PPM_DIFF_MARKDOWN;
}

static void show(const struct ppm_driver *driver, const struct ppm_changes *changes, const struct ppm_changes_names *names, enum ppm_diff_format format, struct ppm_buffer *out)
{
	switch (format) {
	case PPM_DIFF_TEXT: ppm_changes_text(changes, names, driver->colour_out, out); break;
	case PPM_DIFF_MARKDOWN: ppm_changes_markdown(changes, names, out); break;
	case PPM_DIFF_JSON:
		ppm_buffer_append_text(out, "{\n  ");
		ppm_changes_json(changes, names, out);
		break;
	}
}

// What asks for customers needs their data: a condition that is not looked at would pass.
static enum ppm_exit check_options(const struct ppm_driver *driver, const struct sides *sides)
{
	static const struct {
		enum ppm_option option;
		const char *word;
	} options[] = { { PPM_OPTION_FAIL_MOVES, "fail-if" }, { PPM_OPTION_STAKE, "value" }, { PPM_OPTION_MOVERS, "top" }, { PPM_OPTION_AGAINST, "against" } };

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (driver->options.given[options[i].option] && !sides->data.count)
			return ppm_driver_usage(driver, "name the customers' file after the models", "`--%s` is about customers, and no data is given", options[i].word);
	return PPM_EXIT_DONE;
}

enum ppm_exit ppm_verb_diff(struct ppm_driver *driver)
{
	struct sides sides = { 0 };
	struct ppm_files *old_files = NULL, *new_files = NULL;
	struct ppm_model *old_model = NULL, *new_model = NULL;
	struct ppm_changes changes = { 0 };
	enum ppm_diff_format format = format_of(driver);
	struct ppm_arena arena;
	struct ppm_buffer out;
	bool failed = false;
	enum ppm_exit code, printed;

	ppm_arena_init(&sides.arena, NULL);
	ppm_arena_init(&arena, NULL);
	ppm_buffer_init(&out, NULL);
	code = take_arguments(driver, &sides);
	if (!code)
		code = check_options(driver, &sides);
	if (!code)
		code = open_model(driver, &sides.before, &old_files, &old_model);
	if (!code)
		code = open_model(driver, &sides.after, &new_files, &new_model);
	if (!code && ppm_changes_find(&arena, old_model, new_model, &changes))
		code = ppm_driver_memory(driver);
	if (!code) {
		const struct ppm_changes_names names = { ppm_slice_of(sides.before.shown), ppm_slice_of(sides.after.shown), old_model, new_model };
		show(driver, &changes, &names, format, &out);
		code = ppm_diff_tests(driver, new_files, new_model, &changes, format, &out);
		if (!code && sides.data.count)
			code = ppm_diff_customers(driver, &sides.before, &sides.after, &changes, &sides.data, format, &out, &failed);
		if (format == PPM_DIFF_JSON)
			ppm_buffer_append_text(&out, "\n}\n");
	}
	if (!code) {
		printed = ppm_driver_print(driver, &out);
		code = printed ? printed : failed || (changes.count && driver->options.given[PPM_OPTION_EXIT_CODE]) ? PPM_EXIT_FINDINGS : PPM_EXIT_DONE;
	} else {
		ppm_buffer_free(&out);
	}
	ppm_arena_free(&arena);
	ppm_arena_free(&sides.arena);
	ppm_model_free(old_model);
	ppm_model_free(new_model);
	ppm_files_close(old_files);
	ppm_files_close(new_files);
	return code;
}
