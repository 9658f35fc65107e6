// `ppmc docs`: the standard modules and the builtin functions, in the words of their own sources: comments of stdlib/*.ppm and rows of builtins.def.
#include "lang/driver/driver.h"

#include "stdlib/builtins.h"
#include "stdlib/module_docs.h"

#include <assert.h>
#include <stdio.h>

static const struct {
	const char *name, *form, *doc;
} figures[] = {
#define FIGURE(name, form, doc) { #name, form, doc },
#include "stdlib/figures.def"
#undef FIGURE
};

#define FIGURE_COUNT (sizeof figures / sizeof *figures)

static struct ppm_slice first_line(struct ppm_slice comment)
{
	struct ppm_slice line = { NULL, 0 };
	size_t at = 0;
	ppm_module_comment_line(comment, &at, &line);
	return line;
}

// ---- builtins -------------------------------------------------------------------------------------------

// Of the signatures in stdlib/builtins.def; functions that take other types have none.
static const char *type_word(char letter)
{
	if (letter == 'n')
		return "number";
	if (letter == 'd')
		return "date";
	assert(letter == 't');
	return "text";
}

// "days_between(date, date)", or the name alone of a form that takes several types: its text says how.
static void append_call(struct ppm_buffer *out, const struct ppm_builtin *builtin)
{
	ppm_buffer_append_text(out, builtin->name);
	if (!builtin->signature)
		return;
	ppm_buffer_append_char(out, '(');
	for (const char *letter = builtin->signature + 2; *letter != ')'; letter++)
		ppm_buffer_format(out, "%s%s", letter == builtin->signature + 2 ? "" : ", ", type_word(*letter));
	ppm_buffer_append_char(out, ')');
}

static void builtin_page(struct ppm_buffer *out, const struct ppm_builtin *builtin)
{
	append_call(out, builtin);
	ppm_buffer_format(out, "\n  %s\n", builtin->doc);
	if (builtin->signature)
		ppm_buffer_format(out, "  Gives: %s\n", type_word(builtin->signature[0]));
	if (*builtin->why_missing)
		ppm_buffer_format(out, "  Missing: %s\n", builtin->why_missing);
}

// ---- modules --------------------------------------------------------------------------------------------

static void append_slice(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append(out, text.data, text.size);
}

static void entry_page(struct ppm_buffer *out, struct ppm_slice module, const struct ppm_module_entry *entry)
{
	struct ppm_slice line;
	size_t at = 0;
	if (entry->name.size) {
		append_slice(out, module);
		ppm_buffer_append_char(out, '.');
		append_slice(out, entry->signature);
		ppm_buffer_append_char(out, '\n');
	}
	while (ppm_module_comment_line(entry->comment, &at, &line)) {
		if (entry->name.size && line.size)
			ppm_buffer_append_text(out, "  ");
		append_slice(out, line);
		ppm_buffer_append_char(out, '\n');
	}
}

static void module_page(struct ppm_buffer *out, struct ppm_slice name)
{
	struct ppm_module_entry entry;
	size_t at = 0;
	ppm_buffer_append_text(out, "use ");
	append_slice(out, name);
	ppm_buffer_append_char(out, '\n');
	while (ppm_module_next(ppm_standard_module(name), &at, &entry)) {
		ppm_buffer_append_char(out, '\n');
		entry_page(out, name, &entry);
	}
}

static void list(struct ppm_buffer *out)
{
	size_t count;
	const struct ppm_builtin *all = ppm_builtins(&count);
	ppm_buffer_append_text(out, "Standard modules: `use NAME` loads one, `ppmc docs NAME` shows it\n\n");
	for (size_t i = 0; ppm_standard_module_name(i).size; i++) {
		struct ppm_slice name = ppm_standard_module_name(i);
		struct ppm_module_entry entry;
		size_t at = 0;
		ppm_buffer_format(out, "  %-21.*s ", (int)name.size, name.data);
		if (ppm_module_next(ppm_standard_module(name), &at, &entry))
			append_slice(out, first_line(entry.comment));
		ppm_buffer_append_char(out, '\n');
	}
	ppm_buffer_append_text(out, "\nFunctions of the language\n\n");
	for (size_t i = 0; i < count; i++)
		ppm_buffer_format(out, "  %-21s %s\n", all[i].name, all[i].doc);
	ppm_buffer_append_text(out, "\nFigures over many rows\n\n");
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		ppm_buffer_format(out, "  %-21s %s\n", figures[i].name, figures[i].doc);
}

// ---- as Markdown -------------------------------------------------------------------------------------------

// A line for each label; a formula and an example are code.
static void entry_markdown(struct ppm_buffer *out, struct ppm_slice module, const struct ppm_module_entry *entry)
{
	struct ppm_slice line, rest;
	size_t at = 0;
	bool labelled = false, code = false;
	ppm_buffer_append_text(out, "\n### `");
	append_slice(out, module);
	ppm_buffer_append_char(out, '.');
	append_slice(out, entry->signature);
	ppm_buffer_append_text(out, "`\n\n");
	while (ppm_module_comment_line(entry->comment, &at, &line)) {
		struct ppm_slice label = ppm_module_label(line, &rest);
		while (label.size == 0 && labelled && rest.size && rest.data[0] == ' ') {
			rest.data++;
			rest.size--;
		}
		if (label.size) {
			ppm_buffer_append_text(out, code ? "`\n" : labelled ? "\n" : out->size && out->data[out->size - 1] == '\n' ? "\n" : "\n\n");
			code = label.data[0] == 'F' || label.data[0] == 'E';
			ppm_buffer_format(out, "- %.*s: %s", (int)label.size, label.data, code ? "`" : "");
			labelled = true;
		} else if (labelled) {
			ppm_buffer_append_char(out, ' ');
		}
		append_slice(out, rest);
		if (!labelled)
			ppm_buffer_append_char(out, '\n');
	}
	ppm_buffer_append_text(out, code ? "`\n" : labelled ? "\n" : "");
}

static void append_cell(struct ppm_buffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			ppm_buffer_append_char(out, '\\');
		ppm_buffer_append_char(out, *text);
	}
}

static void markdown(struct ppm_buffer *out)
{
	size_t count;
	const struct ppm_builtin *all = ppm_builtins(&count);
	ppm_buffer_append_text(out,
		"# The standard library\n\nWhat `ppmc docs` shows: the modules that `use NAME` loads, and the functions of the language. This page is made from the comments of\n"
		"`stdlib/*.ppm` and from `stdlib/builtins.def` by `make docs`. In every example the value after `is` is what ppmc prints.\n\nModules:");
	for (size_t i = 0; ppm_standard_module_name(i).size; i++)
		ppm_buffer_format(out, "%s[%s](#%s)", i ? " · " : " ", ppm_standard_module_name(i).data, ppm_standard_module_name(i).data);
	ppm_buffer_append_text(out,
		". Then the [functions of the language](#functions-of-the-language) and\n"
		"[figures over many rows](#figures-over-many-rows).\n");
	for (size_t i = 0; ppm_standard_module_name(i).size; i++) {
		struct ppm_slice name = ppm_standard_module_name(i), line;
		struct ppm_module_entry entry;
		size_t at = 0, in = 0;
		ppm_buffer_append_text(out, "\n## ");
		append_slice(out, name);
		ppm_buffer_append_text(out, "\n\n");
		while (ppm_module_next(ppm_standard_module(name), &at, &entry)) {
			if (entry.name.size) {
				entry_markdown(out, name, &entry);
				continue;
			}
			while (ppm_module_comment_line(entry.comment, &in, &line)) {
				// what is set in by two blanks is a list
				bool item = line.size > 2 && line.data[0] == ' ' && line.data[1] == ' ';
				ppm_buffer_append_text(out, item ? "    " : "");
				append_slice(out, line);
				ppm_buffer_append_char(out, '\n');
			}
		}
	}
	ppm_buffer_append_text(out, "\n## Functions of the language\n\n| function | gives | missing |\n|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		ppm_buffer_append_text(out, "| `");
		append_call(out, &all[i]);
		ppm_buffer_append_text(out, "` | ");
		append_cell(out, all[i].doc);
		ppm_buffer_append_text(out, " | ");
		append_cell(out, all[i].why_missing);
		ppm_buffer_append_text(out, " |\n");
	}
	ppm_buffer_append_text(out,
		"\n## Figures over many rows\n\nD is a dataset or a tree. [The language](language.md#other-rows-datasets-figures-ranks-trees) has their clauses.\n\n"
		"| figure | gives |\n|---|---|\n");
	for (size_t i = 0; i < FIGURE_COUNT; i++) {
		ppm_buffer_format(out, "| `%s` | ", figures[i].form);
		append_cell(out, figures[i].doc);
		ppm_buffer_append_text(out, " |\n");
	}
}

// ---- the verb -------------------------------------------------------------------------------------------------

static enum ppm_exit unknown(const struct ppm_driver *driver, struct ppm_slice wanted)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice best;
	size_t count;
	const struct ppm_builtin *all = ppm_builtins(&count);
	char names[256][64], help[192]; // of the module's functions
	size_t used = 0;
	ppm_suggestion_init(&suggestion, wanted);
	for (size_t i = 0; ppm_standard_module_name(i).size; i++) {
		struct ppm_slice module = ppm_standard_module_name(i);
		struct ppm_module_entry entry;
		size_t at = 0;
		ppm_suggestion_offer(&suggestion, module);
		while (used < sizeof names / sizeof *names && ppm_module_next(ppm_standard_module(module), &at, &entry)) {
			if (!entry.name.size)
				continue;
			snprintf(names[used], sizeof names[used], "%.*s.%.*s", (int)module.size, module.data, (int)entry.name.size, entry.name.data);
			ppm_suggestion_offer(&suggestion, ppm_slice_of(names[used++]));
		}
	}
	for (size_t i = 0; i < count; i++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(all[i].name));
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(figures[i].name));
	best = ppm_suggestion_take(&suggestion);
	snprintf(help, sizeof help, "%s%.*s%s`ppmc docs` lists modules and functions", best.size ? "did you mean `" : "", (int)best.size, best.size ? best.data : "",
		best.size ? "`? " : "");
	return ppm_driver_usage(driver, help, "there is no module and no function `%.*s`", (int)wanted.size, wanted.data);
}

// The page of `clv`, `clv.finite` or `min`; false when there is none.
static bool page_of(struct ppm_slice wanted, struct ppm_buffer *out)
{
	const char *dot = memchr(wanted.data, '.', wanted.size);
	struct ppm_slice module = { wanted.data, dot ? (size_t)(dot - wanted.data) : wanted.size };
	struct ppm_slice text = ppm_standard_module(module), name = dot ? (struct ppm_slice){ dot + 1, wanted.size - module.size - 1 } : (struct ppm_slice){ NULL, 0 };
	struct ppm_module_entry entry;
	size_t at = 0;
	const struct ppm_builtin *builtin = dot ? NULL : ppm_builtin_find(wanted);
	bool found = builtin != NULL;
	if (builtin)
		builtin_page(out, builtin);
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		if (ppm_slice_is(wanted, figures[i].name)) {
			ppm_buffer_format(out, "%s%s\n  %s\n", found ? "\n" : "", figures[i].form, figures[i].doc);
			found = true;
		}
	if (found)
		return true;
	if (text.size && !dot) {
		module_page(out, module);
		return true;
	}
	while (text.size && name.size && ppm_module_next(text, &at, &entry))
		if (ppm_slice_equal(entry.name, name)) {
			entry_page(out, module, &entry);
			return true;
		}
	return false;
}

enum ppm_exit ppm_verb_docs(struct ppm_driver *driver)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	if (driver->options.given[PPM_OPTION_MARKDOWN]) {
		markdown(&out);
	} else if (!driver->options.argument_count) {
		list(&out);
	} else if (!page_of(ppm_slice_of(driver->options.arguments[0]), &out)) {
		ppm_buffer_free(&out);
		return unknown(driver, ppm_slice_of(driver->options.arguments[0]));
	}
	return ppm_driver_print(driver, &out);
}
