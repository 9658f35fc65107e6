// The ppmc command: reads the command line and hands over to the verb. The only place that ends the process.
#include "lang/driver/driver.h"
#include "lang/driver/signals.h"
#include "lang/driver/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

// A descriptor 0, 1 or 2 that came closed would be given to the next file that is opened: messages or results would go into it. What holds its place
// cannot be read (0) or written (1), so that using it fails as it should.
static void hold_standard_descriptors(void)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
		if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF && open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY) == -1)
			return; // nothing can be opened at all: what follows will say so
}

void ppm_driver_prepare(struct ppm_driver *driver)
{
	const char *diagnostics = driver->options.values[PPM_OPTION_DIAGNOSTICS], *colour = driver->options.values[PPM_OPTION_COLOR];

	driver->diagnostics = !diagnostics || !strcmp(diagnostics, "human") ? PPM_DIAG_HUMAN : !strcmp(diagnostics, "short") ? PPM_DIAG_SHORT : PPM_DIAG_JSON;
	driver->quiet = driver->options.given[PPM_OPTION_QUIET];
	driver->terminal_out = ppm_terminal_is(STDOUT_FILENO);
	driver->terminal_err = ppm_terminal_is(STDERR_FILENO);
	driver->colour_out = ppm_terminal_colour(STDOUT_FILENO, colour);
	driver->colour_err = ppm_terminal_colour(STDERR_FILENO, colour);
}

static enum ppm_exit help_of(const struct ppm_driver *driver, const char *word)
{
	struct ppm_buffer out;
	enum ppm_verb verb;

	ppm_buffer_init(&out, NULL);
	if (!word) {
		ppm_options_help(&out);
	} else if (ppm_verb_find(word, &verb)) {
		ppm_options_verb_help(verb, &out);
	} else {
		ppm_buffer_free(&out);
		return ppm_driver_usage(driver, "`ppmc --help` lists the verbs", "there is no verb `%s`", word);
	}
	return ppm_driver_print(driver, &out);
}

static enum ppm_exit completion(const struct ppm_driver *driver)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, NULL);
	if (ppm_options_completion(driver->options.arguments[0], &out))
		return ppm_driver_print(driver, &out);
	ppm_buffer_free(&out);
	return ppm_driver_usage(driver, "there are scripts for bash, zsh and fish", "no completion is known for `%s`", driver->options.arguments[0]);
}

static enum ppm_exit dispatch(struct ppm_driver *driver)
{
	struct ppm_buffer out;

	if (driver->options.given[PPM_OPTION_VERSION]) {
		ppm_buffer_init(&out, NULL);
		ppm_buffer_append_text(&out, "ppmc " PPM_VERSION "\n");
		return ppm_driver_print(driver, &out);
	}
	if (driver->options.given[PPM_OPTION_HELP] && driver->options.verb != PPM_VERB_HELP)
		return help_of(driver, ppm_verb_word(driver->options.verb));
	switch (driver->options.verb) {
	case PPM_VERB_RUN: return ppm_verb_run(driver);
	case PPM_VERB_CHECK: return ppm_verb_check(driver);
	case PPM_VERB_INIT: return ppm_verb_init(driver);
	case PPM_VERB_TEST: return ppm_verb_test(driver);
	case PPM_VERB_FMT: return ppm_verb_fmt(driver);
	case PPM_VERB_LINT: return ppm_verb_lint(driver);
	case PPM_VERB_DISASM: return ppm_verb_disasm(driver);
	case PPM_VERB_EXPLAIN: return ppm_verb_explain(driver);
	case PPM_VERB_BACKTEST: return ppm_verb_backtest(driver);
	case PPM_VERB_PERFECT: return ppm_verb_perfect(driver);
	case PPM_VERB_WHATIF: return ppm_verb_whatif(driver);
	case PPM_VERB_DIFF: return ppm_verb_diff(driver);
	case PPM_VERB_DOCS: return ppm_verb_docs(driver);
	case PPM_VERB_COMPLETION: return completion(driver);
	case PPM_VERB_HELP: return help_of(driver, driver->options.argument_count ? driver->options.arguments[0] : NULL);
	case PPM_VERB_COUNT: break;
	}
	return PPM_EXIT_BUG;
}

int main(int argc, char **argv)
{
	bool memory_ran_out = false;
	struct ppm_driver driver = { .diagnostics = PPM_DIAG_HUMAN, .memory_ran_out = &memory_ran_out };
	struct ppm_buffer problem, help;
	enum ppm_exit code;

	ppm_signals_install();
	hold_standard_descriptors();
	ppm_buffer_init(&problem, NULL);
	ppm_buffer_init(&help, NULL);
	if (!ppm_options_parse(&driver.options, argc, argv, &problem, &help)) {
		ppm_driver_prepare(&driver);
		code = ppm_driver_usage(&driver, ppm_driver_text(&driver, &help), "%s", ppm_driver_text(&driver, &problem));
	} else {
		ppm_driver_prepare(&driver);
		code = dispatch(&driver);
	}
	ppm_buffer_free(&problem);
	ppm_buffer_free(&help);
	ppm_signals_raise();
	return (int)(memory_ran_out ? PPM_EXIT_LIMIT : code);
}
