// Reading the command line. An option may stand before or after the files; `--` ends the options. A first word that is no verb is the model of `run`.
#include "lang/driver/options.h"

#include "lang/diag/diag.h"
#include "stdlib/builtins.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

struct verb_row {
	const char *word, *arguments;
	size_t fewest, most;
	const char *summary, *help;
};

static const struct verb_row verbs[] = {
#define VERB(name, word, arguments, fewest, most, summary, help) { word, arguments, fewest, most, summary, help },
#include "lang/driver/verbs.def"
#undef VERB
};

struct option_row {
	const char *word;
	char letter;
	unsigned verbs;
	enum { ONCE, OFTEN } times;
	const char *value, *help;
};

enum verb_bit {
#define VERB(name, word, arguments, fewest, most, summary, help) name = 1 << PPM_VERB_##name,
#include "lang/driver/verbs.def"
#undef VERB
};

static const struct option_row rows[] = {
#define OPTION(name, word, letter, verbs, times, value, help) { word, letter, verbs, times, value, help },
#include "lang/driver/options.def"
#undef OPTION
};

static bool option_is_of(const struct option_row *row, enum ppm_verb verb)
{
	return (row->verbs >> verb) & 1;
}

static bool is_choice(const struct option_row *row)
{
	return row->value && strchr(row->value, '|');
}

const char *ppm_verb_word(enum ppm_verb verb)
{
	return verbs[verb].word;
}

bool ppm_verb_find(const char *word, enum ppm_verb *verb)
{
	for (int i = 0; i < PPM_VERB_COUNT; i++)
		if (!strcmp(verbs[i].word, word)) {
			*verb = (enum ppm_verb)i;
			return true;
		}
	return false;
}

bool ppm_options_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');
		if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return value >= least && value <= most;
}

bool ppm_options_size(const char *text, uint64_t *out)
{
	static const struct {
		const char *unit;
		double bytes;
	} units[] = { { "B", 1 }, { "K", 1e3 }, { "KB", 1e3 }, { "M", 1e6 }, { "MB", 1e6 }, { "G", 1e9 }, { "GB", 1e9 }, { "T", 1e12 }, { "TB", 1e12 }, { "KiB", 1024.0 },
		{ "MiB", 1048576.0 }, { "GiB", 1073741824.0 }, { "TiB", 1099511627776.0 } };
	double figure = 0, place = 1;
	const char *at = text;

	while (*at >= '0' && *at <= '9')
		figure = figure * 10 + (*at++ - '0');
	if (at == text)
		return false;
	if (*at == '.' && at[1] >= '0' && at[1] <= '9')
		while (*++at >= '0' && *at <= '9')
			figure += (*at - '0') * (place /= 10);
	while (*at == ' ')
		at++;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		double bytes = figure * units[i].bytes;
		if (strcasecmp(at, units[i].unit) != 0)
			continue;
		*out = bytes < 1e18 ? (uint64_t)bytes : UINT64_C(1000000000000000000);
		return *out > 0;
	}
	return false;
}

struct ppm_slice ppm_options_name(const char *text, const char **rest)
{
	size_t size = 0;

	while ((text[size] >= '0' && text[size] <= '9') || (text[size] >= 'a' && text[size] <= 'z') || (text[size] >= 'A' && text[size] <= 'Z') || text[size] == '_')
		size++;
	*rest = size && text[size] == '=' ? text + size + 1 : text;
	return (struct ppm_slice){ text, *rest == text ? 0 : size };
}

// ---- mistakes -------------------------------------------------------------------------------------------

static bool unknown_option(struct ppm_options *options, const char *given, size_t size, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice best;

	for (int i = 0; i < PPM_OPTION_COUNT; i++)
		if (strlen(rows[i].word) == size - 2 && !memcmp(rows[i].word, given + 2, size - 2)) {
			ppm_buffer_format(problem, "`ppmc %s` has no option `%.*s`", verbs[options->verb].word, (int)size, given);
			ppm_buffer_format(help, "see `ppmc %s --help`", verbs[options->verb].word);
			return false;
		}
	ppm_suggestion_init(&suggestion, (struct ppm_slice){ given + 2, size - 2 });
	for (int i = 0; i < PPM_OPTION_COUNT; i++)
		if (option_is_of(&rows[i], options->verb) && *rows[i].help)
			ppm_suggestion_offer(&suggestion, ppm_slice_of(rows[i].word));
	best = ppm_suggestion_take(&suggestion);
	ppm_buffer_format(problem, "there is no option `%.*s`", (int)size, given);
	if (best.size)
		ppm_buffer_format(help, "did you mean `--%.*s`? See `ppmc %s --help`", (int)best.size, best.data, verbs[options->verb].word);
	else
		ppm_buffer_format(help, "see `ppmc %s --help`", verbs[options->verb].word);
	return false;
}

static bool bad_choice(const struct option_row *row, const char *value, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice best;

	ppm_suggestion_init(&suggestion, ppm_slice_of(value));
	ppm_buffer_format(problem, "`--%s` cannot be `%s`", row->word, value);
	ppm_buffer_append_text(help, "it is one of");
	for (const char *at = row->value; *at;) {
		size_t size = strcspn(at, "|");
		ppm_suggestion_offer(&suggestion, (struct ppm_slice){ at, size });
		ppm_buffer_format(help, "%s %.*s", at == row->value ? "" : at[size] ? "," : " or", (int)size, at);
		at += size + (at[size] == '|');
	}
	best = ppm_suggestion_take(&suggestion);
	if (best.size)
		ppm_buffer_format(help, "; did you mean `%.*s`?", (int)best.size, best.data);
	return false;
}

static bool choice_fits(const struct option_row *row, const char *value)
{
	size_t wanted = strlen(value);

	for (const char *at = row->value; *at;) {
		size_t size = strcspn(at, "|");
		if (size == wanted && !memcmp(at, value, size))
			return true;
		at += size + (at[size] == '|');
	}
	return false;
}

// ---- parsing --------------------------------------------------------------------------------------------

static bool take(struct ppm_options *options, int option, const char *value, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	const struct option_row *row = &rows[option];

	if (is_choice(row) && !choice_fits(row, value))
		return bad_choice(row, value, problem, help);
	if (row->times == OFTEN) {
		if (options->repeated_count == PPM_REPEATED_LIMIT) {
			ppm_buffer_format(problem, "`--%s` is one option too many: at most %d may be repeated", row->word, PPM_REPEATED_LIMIT);
			return false;
		}
		options->repeated[options->repeated_count++] = (struct ppm_repeated){ (enum ppm_option)option, value };
	} else if (options->given[option]) {
		ppm_buffer_format(problem, "`--%s` is given twice", row->word);
		ppm_buffer_format(help, "leave one of them out: `%s` or `%s`", options->values[option], value);
		return false;
	}
	options->given[option] = true;
	options->values[option] = value;
	return true;
}

static bool parse_long(struct ppm_options *options, char **argv, int argc, int *at, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	const char *text = argv[*at];
	size_t size = strcspn(text, "=");

	for (int i = 0; i < PPM_OPTION_COUNT; i++) {
		const struct option_row *row = &rows[i];
		if (!option_is_of(row, options->verb) || strlen(row->word) != size - 2 || memcmp(row->word, text + 2, size - 2) != 0)
			continue;
		if (!row->value) {
			if (text[size]) {
				ppm_buffer_format(problem, "`--%s` takes no value", row->word);
				ppm_buffer_format(help, "write `--%s`", row->word);
				return false;
			}
			options->given[i] = true; // once or twice, it means the same
			return true;
		}
		if (text[size])
			return take(options, i, text + size + 1, problem, help);
		if (*at + 1 == argc) {
			ppm_buffer_format(problem, "`--%s` needs a value", row->word);
			ppm_buffer_format(help, "write `--%s %s`", row->word, row->value);
			return false;
		}
		return take(options, i, argv[++*at], problem, help);
	}
	return unknown_option(options, text, size, problem, help);
}

// -q, -qo FILE, -oFILE
static bool parse_short(struct ppm_options *options, char **argv, int argc, int *at, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		int found = -1;
		for (int i = 0; i < PPM_OPTION_COUNT; i++)
			if (rows[i].letter == *letter && option_is_of(&rows[i], options->verb))
				found = i;
		if (found < 0) {
			ppm_buffer_format(problem, "there is no option `-%c`", *letter);
			ppm_buffer_format(help, "see `ppmc %s --help`", verbs[options->verb].word);
			return false;
		}
		if (!rows[found].value) {
			options->given[found] = true;
			continue;
		}
		if (letter[1])
			return take(options, found, letter + 1, problem, help);
		if (*at + 1 == argc) {
			ppm_buffer_format(problem, "`-%c` needs a value", *letter);
			ppm_buffer_format(help, "write `-%c %s`", *letter, rows[found].value);
			return false;
		}
		return take(options, found, argv[++*at], problem, help);
	}
	return true;
}

// The word where the model was expected is no file: most likely a verb with a typing error.
static bool no_such_model(const struct ppm_options *options, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	const char *word = options->arguments[0];
	struct ppm_suggestion suggestion;
	struct ppm_slice best;
	enum ppm_verb verb;

	if (strpbrk(word, "./=") || !access(word, F_OK) || !strcmp(word, "-"))
		return true;
	ppm_buffer_format(problem, "there is no verb and no file `%s`", word);
	if (ppm_verb_find(word, &verb)) {
		ppm_buffer_format(help, "a verb comes first: `ppmc %s …`", word);
		return false;
	}
	ppm_suggestion_init(&suggestion, ppm_slice_of(word));
	for (int i = 0; i < PPM_VERB_COUNT; i++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(verbs[i].word));
	best = ppm_suggestion_take(&suggestion);
	if (best.size)
		ppm_buffer_format(help, "did you mean `ppmc %.*s`? See `ppmc --help`", (int)best.size, best.data);
	else
		ppm_buffer_append_text(help, "see `ppmc --help`");
	return false;
}

bool ppm_options_parse(struct ppm_options *options, int argc, char **argv, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	const struct verb_row *verb;
	bool implied = true, ended = false;
	int at = 1;

	memset(options, 0, sizeof *options);
	options->verb = PPM_VERB_RUN;
	if (argc < 2) {
		options->verb = PPM_VERB_HELP;
		return true;
	}
	if (ppm_verb_find(argv[1], &options->verb)) {
		implied = false;
		at = 2;
	}
	for (; at < argc; at++) {
		if (!ended && !strcmp(argv[at], "--")) {
			ended = options->verb != PPM_VERB_DIFF || options->separated; // between revisions and files it ends nothing
			if (!options->separated)
				options->separated = options->argument_count + 1;
		} else if (!ended && argv[at][0] == '-' && argv[at][1] == '-') {
			if (!parse_long(options, argv, argc, &at, problem, help))
				return false;
		} else if (!ended && argv[at][0] == '-' && argv[at][1]) {
			if (!parse_short(options, argv, argc, &at, problem, help))
				return false;
		} else if (options->argument_count < PPM_ARGUMENT_LIMIT) {
			options->arguments[options->argument_count++] = argv[at];
		} else {
			ppm_buffer_format(problem, "there are more than %d arguments", PPM_ARGUMENT_LIMIT);
			ppm_buffer_append_text(help, "see `ppmc --help`");
			return false;
		}
	}
	if (options->given[PPM_OPTION_HELP] && implied && options->argument_count == 0) {
		options->verb = PPM_VERB_HELP;
		return true;
	}
	if (options->given[PPM_OPTION_HELP] || options->given[PPM_OPTION_VERSION])
		return true;
	if (implied && options->argument_count && !no_such_model(options, problem, help))
		return false;
	verb = &verbs[options->verb];
	if (options->argument_count < verb->fewest) {
		if (options->verb == PPM_VERB_RUN || options->verb == PPM_VERB_CHECK || options->verb == PPM_VERB_FMT || options->verb == PPM_VERB_DISASM ||
			options->verb == PPM_VERB_DIFF)
			ppm_buffer_append_text(problem, "no model is given");
		else
			ppm_buffer_format(problem, "`ppmc %s` needs %s", verb->word, options->verb == PPM_VERB_INIT ? "a data file" : "an argument");
	} else if (options->argument_count > verb->most) {
		ppm_buffer_format(problem, "`ppmc %s` does not take `%s`", verb->word, options->arguments[verb->most]);
	} else {
		return true;
	}
	ppm_buffer_format(help, "the form is `ppmc %s %s`; see `ppmc %s --help`", verb->word, verb->arguments, verb->word);
	return false;
}

// ---- help and completions ---------------------------------------------------------------------------------

void ppm_options_help(struct ppm_buffer *out)
{
	ppm_buffer_append_text(out,
		"ppmc scores customers: a model says what a perfect prospect is, and a CSV file who the customers are.\n\n"
		"Usage:\n"
		"  ppmc MODEL [DATA] [NAME=DATA...] [OPTION...]\n"
		"  ppmc VERB ...\n\n"
		"  ppmc model.ppm customers.csv                 a summary and the best customers\n"
		"  ppmc model.ppm customers.csv -o scored.csv   every customer's score, into a file\n"
		"  ppmc model.ppm customers.csv invoices=i.csv  a model that also reads their invoices\n"
		"  ppmc init customers.csv -o model.ppm         a first model for a file\n\n"
		"Verbs:\n");
	for (int i = 0; i < PPM_VERB_COUNT; i++)
		ppm_buffer_format(out, "  %-11s %s\n", verbs[i].word, verbs[i].summary);
	ppm_buffer_append_text(out, "\n`ppmc VERB --help` shows a verb's options, `ppmc --version` the version.\n");
}

void ppm_options_verb_help(enum ppm_verb verb, struct ppm_buffer *out)
{
	const struct verb_row *row = &verbs[verb];

	ppm_buffer_format(out, "Usage: ppmc %s %s%s\n\n", verb == PPM_VERB_RUN ? "[run]" : row->word, row->arguments, verb == PPM_VERB_HELP ? "" : " [OPTION...]");
	ppm_buffer_append_char(out, (char)(row->summary[0] - 'a' + 'A'));
	ppm_buffer_append_text(out, row->summary + 1);
	ppm_buffer_append_text(out, ".\n");
	if (*row->help)
		ppm_buffer_format(out, "%s\n", row->help);
	ppm_buffer_append_text(out, "\nOptions:\n");
	for (int i = 0; i < PPM_OPTION_COUNT; i++) {
		char left[128];
		if (!option_is_of(&rows[i], verb) || !*rows[i].help)
			continue;
		snprintf(left, sizeof left, "%c%c%c --%s%s%s", rows[i].letter ? '-' : ' ', rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ',' : ' ', rows[i].word,
			rows[i].value ? " " : "", rows[i].value ? (is_choice(&rows[i]) ? "WORD" : rows[i].value) : "");
		ppm_buffer_format(out, "  %-26s %s\n", left, rows[i].help);
		if (is_choice(&rows[i])) {
			ppm_buffer_format(out, "  %-26s WORD is", "");
			for (const char *at = rows[i].value; *at;) {
				size_t size = strcspn(at, "|");
				ppm_buffer_format(out, "%s %.*s", at == rows[i].value ? "" : at[size] ? "," : " or", (int)size, at);
				at += size + (at[size] == '|');
			}
			ppm_buffer_append_char(out, '\n');
		}
	}
}

static void words_of_choice(const struct option_row *row, struct ppm_buffer *out)
{
	for (const char *at = row->value; *at; at++)
		ppm_buffer_append_char(out, *at == '|' ? ' ' : *at);
}

static void verb_words(struct ppm_buffer *out)
{
	for (int i = 0; i < PPM_VERB_COUNT; i++)
		ppm_buffer_format(out, "%s%s", i ? " " : "", verbs[i].word);
}

// What `ppmc docs` can be asked for, modules first of all.
static void module_words(struct ppm_buffer *out)
{
	for (size_t i = 0; ppm_standard_module_name(i).size; i++)
		ppm_buffer_format(out, "%s%.*s", i ? " " : "", (int)ppm_standard_module_name(i).size, ppm_standard_module_name(i).data);
}

static void bash_completion(struct ppm_buffer *out)
{
	ppm_buffer_append_text(out,
		"# bash completion for ppmc; made by `ppmc completion bash`\n"
		"_ppmc_files() {\n"
		"\tmapfile -t COMPREPLY < <(compgen -f -- \"$1\") # a name a line: they may have blanks\n"
		"\t[[ ${COMPREPLY[0]} ]] || compopt -o default 2>/dev/null # what was begun with quotes is left to the shell\n"
		"}\n"
		"_ppmc() {\n"
		"\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=run options\n"
		"\tCOMPREPLY=()\n"
		"\tcase ${COMP_WORDS[1]} in\n\t");
	for (int i = 0; i < PPM_VERB_COUNT; i++)
		ppm_buffer_format(out, "%s%s", i ? "|" : "", verbs[i].word);
	ppm_buffer_append_text(out, ") verb=${COMP_WORDS[1]} ;;\n\tesac\n\tcase $verb:$previous in\n"); // verbs have options of one name with other values
	for (int i = 0; i < PPM_OPTION_COUNT; i++) {
		if (!rows[i].value || !*rows[i].help)
			continue;
		for (int v = 0, any = 0; v < PPM_VERB_COUNT; v++) {
			if (!option_is_of(&rows[i], (enum ppm_verb)v))
				continue;
			ppm_buffer_format(out, "%s%s:--%s", any++ ? "|" : "\t", verbs[v].word, rows[i].word);
			if (rows[i].letter)
				ppm_buffer_format(out, "|%s:-%c", verbs[v].word, rows[i].letter);
		}
		if (is_choice(&rows[i])) {
			ppm_buffer_append_text(out, ") COMPREPLY=($(compgen -W '");
			words_of_choice(&rows[i], out);
			ppm_buffer_append_text(out, "' -- \"$current\")); return ;;\n");
		} else if (strstr(rows[i].value, "FILE")) {
			ppm_buffer_append_text(out, ") _ppmc_files \"$current\"; return ;;\n");
		} else {
			ppm_buffer_append_text(out, ") return ;;\n");
		}
	}
	ppm_buffer_append_text(out, "\tesac\n\tcase $verb in\n");
	for (int v = 0; v < PPM_VERB_COUNT; v++) {
		ppm_buffer_format(out, "\t%s) options='", verbs[v].word);
		for (int i = 0, any = 0; i < PPM_OPTION_COUNT; i++)
			if (option_is_of(&rows[i], (enum ppm_verb)v) && *rows[i].help)
				ppm_buffer_format(out, "%s--%s", any++ ? " " : "", rows[i].word);
		ppm_buffer_append_text(out, "' ;;\n");
	}
	ppm_buffer_append_text(out,
		"\tesac\n"
		"\tif [[ $current == -* ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
		"\telif [[ $verb == completion && $COMP_CWORD == 2 ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W 'bash zsh fish' -- \"$current\"))\n"
		"\telif [[ $verb == docs && $COMP_CWORD == 2 ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W '");
	module_words(out);
	ppm_buffer_append_text(out,
		"' -- \"$current\"))\n"
		"\telif [[ $verb == help && $COMP_CWORD == 2 ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W '");
	verb_words(out);
	ppm_buffer_append_text(out,
		"' -- \"$current\"))\n"
		"\telse\n"
		"\t\t_ppmc_files \"$current\"\n"
		"\t\tif [[ $COMP_CWORD == 1 ]]; then COMPREPLY+=($(compgen -W '");
	verb_words(out);
	ppm_buffer_append_text(out, "' -- \"$current\")); fi\n\tfi\n}\ncomplete -o filenames -F _ppmc ppmc\n");
}

// Help in single quotes, without what zsh's _arguments would take for syntax.
static void zsh_help(struct ppm_buffer *out, const char *help)
{
	for (; *help; help++) {
		if (*help == '\'')
			ppm_buffer_append_text(out, "'\\''");
		else if (*help == ':' || *help == '[' || *help == ']')
			ppm_buffer_format(out, "\\%c", *help);
		else if (*help != '`')
			ppm_buffer_append_char(out, *help);
	}
}

static void fish_help(struct ppm_buffer *out, const char *help)
{
	for (; *help; help++) {
		if (*help == '\'')
			ppm_buffer_append_text(out, "\\'");
		else if (*help != '`')
			ppm_buffer_append_char(out, *help);
	}
}

static void zsh_completion(struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, "#compdef ppmc\n# zsh completion for ppmc; made by `ppmc completion zsh`\n_ppmc() {\n\tlocal verb=run\n\tlocal -a verbs\n\tverbs=(\n");
	for (int i = 0; i < PPM_VERB_COUNT; i++) {
		ppm_buffer_format(out, "\t\t'%s:", verbs[i].word);
		zsh_help(out, verbs[i].summary);
		ppm_buffer_append_text(out, "'\n");
	}
	ppm_buffer_append_text(out, "\t)\n\tif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n\t\t_describe verb verbs\n\t\t_files\n\t\treturn\n\tfi\n\tcase $words[2] in\n\t");
	for (int i = 0; i < PPM_VERB_COUNT; i++)
		ppm_buffer_format(out, "%s%s", i ? "|" : "", verbs[i].word);
	ppm_buffer_append_text(out, ") verb=$words[2] ;;\n\tesac\n\tcase $verb in\n");
	for (int v = 0; v < PPM_VERB_COUNT; v++) {
		ppm_buffer_format(out, "\t%s)\n\t\t_arguments \\\n", verbs[v].word);
		for (int i = 0; i < PPM_OPTION_COUNT; i++) {
			if (!option_is_of(&rows[i], (enum ppm_verb)v) || !*rows[i].help)
				continue;
			ppm_buffer_format(out, "\t\t\t'%s--%s[", rows[i].times == OFTEN ? "*" : "", rows[i].word);
			zsh_help(out, rows[i].help);
			ppm_buffer_append_char(out, ']');
			if (is_choice(&rows[i])) {
				ppm_buffer_append_text(out, ":word:(");
				words_of_choice(&rows[i], out);
				ppm_buffer_append_char(out, ')');
			} else if (rows[i].value) {
				ppm_buffer_append_text(out, strstr(rows[i].value, "FILE") ? ":file:_files" : ":value: ");
			}
			ppm_buffer_append_text(out, "' \\\n");
		}
		if (v == PPM_VERB_DOCS || v == PPM_VERB_HELP) {
			ppm_buffer_format(out, "\t\t\t'*:%s:(", v == PPM_VERB_DOCS ? "module" : "verb");
			(v == PPM_VERB_DOCS ? module_words : verb_words)(out);
			ppm_buffer_append_text(out, ")' ;;\n");
			continue;
		}
		ppm_buffer_append_text(out, v == PPM_VERB_COMPLETION ? "\t\t\t'*:shell:(bash zsh fish)' ;;\n" : "\t\t\t'*:file:_files' ;;\n");
	}
	ppm_buffer_append_text(out, "\tesac\n}\n_ppmc \"$@\"\n");
}

static void fish_completion(struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, "# fish completion for ppmc; made by `ppmc completion fish`\n");
	for (int v = 0; v < PPM_VERB_COUNT; v++) {
		ppm_buffer_format(out, "complete -c ppmc -n __fish_use_subcommand -a %s -d '", verbs[v].word);
		fish_help(out, verbs[v].summary);
		ppm_buffer_append_text(out, "'\n");
	}
	for (int i = 0; i < PPM_OPTION_COUNT; i++) {
		if (!*rows[i].help)
			continue;
		// run is what there is without a verb: its options are offered unless a verb that lacks them stands there
		bool of_run = option_is_of(&rows[i], PPM_VERB_RUN);
		ppm_buffer_format(out, "complete -c ppmc -n '%s__fish_seen_subcommand_from", of_run ? "not " : "");
		for (int v = 0; v < PPM_VERB_COUNT; v++)
			if (option_is_of(&rows[i], (enum ppm_verb)v) != of_run)
				ppm_buffer_format(out, " %s", verbs[v].word);
		ppm_buffer_format(out, "' -l %s", rows[i].word);
		if (rows[i].letter)
			ppm_buffer_format(out, " -s %c", rows[i].letter);
		if (is_choice(&rows[i])) {
			ppm_buffer_append_text(out, " -x -a '");
			words_of_choice(&rows[i], out);
			ppm_buffer_append_char(out, '\'');
		} else if (rows[i].value) {
			ppm_buffer_append_text(out, strstr(rows[i].value, "FILE") ? " -r" : " -x");
		}
		ppm_buffer_append_text(out, " -d '");
		fish_help(out, rows[i].help);
		ppm_buffer_append_text(out, "'\n");
	}
	ppm_buffer_append_text(out,
		"complete -c ppmc -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'\n"
		"complete -c ppmc -n '__fish_seen_subcommand_from docs' -x -a '");
	module_words(out);
	ppm_buffer_append_text(out, "'\ncomplete -c ppmc -n '__fish_seen_subcommand_from help' -x -a '");
	verb_words(out);
	ppm_buffer_append_text(out, "'\n");
}

bool ppm_options_completion(const char *shell, struct ppm_buffer *out)
{
	if (!strcmp(shell, "bash"))
		bash_completion(out);
	else if (!strcmp(shell, "zsh"))
		zsh_completion(out);
	else if (!strcmp(shell, "fish"))
		fish_completion(out);
	else
		return false;
	return true;
}
