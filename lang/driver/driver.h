// What the verbs share: how to speak to the user, where colours go, and compiling a model with its diagnostics shown.
#ifndef PPM_LANG_DRIVER_DRIVER_H
#define PPM_LANG_DRIVER_DRIVER_H

#include "lang/driver/exit.h"
#include "lang/driver/files.h"
#include "lang/driver/options.h"
#include "lang/ppm.h"
#include "runtime/source/source.h"

#include <sys/stat.h>

#define PPM_SHOWN_PROBLEMS 20 // diagnostics and data problems printed

struct ppm_driver {
	struct ppm_options options;
	enum ppm_diag_format diagnostics;
	bool quiet;
	bool terminal_out, terminal_err; // whether stdout and stderr are terminals
	bool colour_out, colour_err;
	bool *memory_ran_out; // set once that was said: nothing is said, printed or committed after it, and the exit status is PPM_EXIT_LIMIT whatever a verb returns
};

// Settles the fields above from the options and the terminal.
void ppm_driver_prepare(struct ppm_driver *driver);

// ---- speaking (message.c): to stderr, in the format of --diagnostics, everything escaped

// `severity` is "error", "warning" or "note"; `help` may be NULL.
void ppm_driver_say(const struct ppm_driver *driver, const char *severity, const char *help, const char *format, ...) __attribute__((format(printf, 4, 5)));
// The same into a buffer, to be printed when what it says is so.
void ppm_driver_append_message(const struct ppm_driver *driver, struct ppm_buffer *out, const char *severity, const char *help, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
// A mistake in the command line. Returns PPM_EXIT_USAGE.
enum ppm_exit ppm_driver_usage(const struct ppm_driver *driver, const char *help, const char *format, ...) __attribute__((format(printf, 3, 4)));
// A failed read ("cannot read") or write, in errno's words. Returns PPM_EXIT_IO.
enum ppm_exit ppm_driver_io(const struct ppm_driver *driver, const char *what, const char *path, int error);
enum ppm_exit ppm_driver_memory(const struct ppm_driver *driver);
// What ppm_files_open (files.h) came to, in a message: `what` is "the model " or "", what the path names.
enum ppm_exit ppm_driver_unread(const struct ppm_driver *driver, const char *what, const char *path, enum ppm_status status, const char *problem);
// That a temporary file stays which should have been removed: for ppm_atomic_file_on_leftover, with the driver as its context.
void ppm_driver_left_behind(const void *driver, const char *path, int error);
// Whether there is something at that path, and what: stat(2), for decisions that may not be taken on the word of a call that failed. PPM_EXIT_IO after a
// message when it cannot be told; `what` ("read", "write") is what the path is for.
enum ppm_exit ppm_driver_look(const struct ppm_driver *driver, const char *what, const char *path, struct stat *status, bool *there);
// The file's name as messages show it.
const char *ppm_driver_file_name(const char *path);
// Writes the buffer to stdout and frees it. PPM_EXIT_DONE, or after a message PPM_EXIT_IO (quietly when the reader has gone) or PPM_EXIT_LIMIT.
enum ppm_exit ppm_driver_print(const struct ppm_driver *driver, struct ppm_buffer *text);
// The same to stderr, where failure has nobody to be told.
void ppm_driver_print_error(const struct ppm_driver *driver, struct ppm_buffer *text);
// The buffer as a string, for a message or its help; empty, and said so, when memory ran out while it was made.
const char *ppm_driver_text(const struct ppm_driver *driver, struct ppm_buffer *text);
// Shows, or appends, the problems kept, then how many more there are. `program` (may be NULL) names the model's lines that rows failed at.
void ppm_driver_append_problems(
	const struct ppm_driver *driver, const struct ppm_data_problems *problems, const char *path, const struct ppm_program *program, struct ppm_buffer *out);
void ppm_driver_data_problems(const struct ppm_driver *driver, const struct ppm_data_problems *problems, const char *path, const struct ppm_program *program);
// 1234567 as 1,234,567.
const char *ppm_driver_count(uint64_t count, char out[32]);

// ---- compiling and opening (compile.c)

// The day of `--as-of today` and `as of today`: today in the local time zone.
int32_t ppm_driver_today(void);
// The source options that --delimiter and --encoding ask for. PPM_EXIT_USAGE after a message.
enum ppm_exit ppm_driver_source_options(const struct ppm_driver *driver, struct ppm_source_options *options);
// What a verb wants of the compiler besides what the command line says.
struct ppm_compile_request {
	enum ppm_output_choice output;   // PPM_OUTPUT_MODEL: what --columns and --all say
	const struct ppm_slice *columns; // of PPM_OUTPUT_VALUES, PPM_OUTPUT_EXPLAIN
	size_t column_count;
	const struct ppm_setting *settings; // they go before those of --set
	size_t setting_count;
	const struct ppm_slice *texts; // see struct ppm_compile_options
	size_t text_count;
	struct ppm_slice scenario; // goes before --scenario; empty: none
	struct ppm_slice outcome;  // as in ppm_compile_options
	const struct ppm_slice *by;
	size_t by_count;
	bool check_all; // as in ppm_compile_options
	bool quiet;     // diagnostics are not shown
	bool tests;     // those of the model's file of tests are checked, too
};
// What the command line says of compiling; `request` may be NULL. PPM_EXIT_USAGE after a message. `settings` is to be freed in any case; `out` stays where it is while it is used.
struct ppm_driver_settled {
	struct ppm_compile_options options;
	struct ppm_setting *settings;
	char today[10];
};
enum ppm_exit ppm_driver_settle(const struct ppm_driver *driver, struct ppm_files *files, const struct ppm_compile_request *request, struct ppm_driver_settled *out);
// What the compiler says of the model, to stderr.
void ppm_driver_diagnostics(const struct ppm_driver *driver, struct ppm_model *model);
// The model's file of tests, `model_test.ppm` beside `model.ppm`, as the loader calls it; empty when there is none. Lives as long as the files.
enum ppm_exit ppm_driver_tests_path(const struct ppm_driver *driver, struct ppm_files *files, struct ppm_slice *path);
// Whether all errors of a model that does not compile are mistakes of the command line: of `--set`, `--columns` and the like.
bool ppm_driver_blames_options(struct ppm_model *model);
// Compiles the model of `files` and shows its diagnostics; `source` (may be NULL) lends its header. `request` may be NULL. PPM_EXIT_DONE when there is a program, PPM_EXIT_USAGE when
// only the command line has errors (never with a quiet request). *model is to be freed in any case.
enum ppm_exit ppm_driver_compile(
	const struct ppm_driver *driver, struct ppm_files *files, const struct ppm_source *source, const struct ppm_compile_request *request, struct ppm_model **model);
// The names that --value gives, to be freed. PPM_EXIT_USAGE or PPM_EXIT_LIMIT after a message.
enum ppm_exit ppm_driver_values(const struct ppm_driver *driver, struct ppm_slice **names, size_t *count);
// Opens the data, called `shown` in messages; on failure the reason has been shown. Problems with the header are left in `problems`, unshown, with PPM_EXIT_DATA.
enum ppm_exit ppm_driver_open(const struct ppm_driver *driver, const char *path, const char *shown, const struct ppm_source_options *options, struct ppm_source **source,
	struct ppm_data_problems *problems);

// What --memory says, else half of what the machine has. PPM_EXIT_USAGE after a message.
enum ppm_exit ppm_driver_memory_limit(const struct ppm_driver *driver, uint64_t *limit);

// ---- the verbs, each in a file of its own
enum ppm_exit ppm_verb_run(struct ppm_driver *driver);
enum ppm_exit ppm_verb_check(struct ppm_driver *driver);
enum ppm_exit ppm_verb_init(struct ppm_driver *driver);
enum ppm_exit ppm_verb_test(struct ppm_driver *driver);
enum ppm_exit ppm_test_capture(struct ppm_driver *driver); // of test: with --capture
enum ppm_exit ppm_verb_fmt(struct ppm_driver *driver);
enum ppm_exit ppm_verb_lint(struct ppm_driver *driver);
enum ppm_exit ppm_verb_disasm(struct ppm_driver *driver);
enum ppm_exit ppm_verb_explain(struct ppm_driver *driver);
enum ppm_exit ppm_explain_rows(struct ppm_driver *driver); // of explain: with a model
enum ppm_exit ppm_verb_backtest(struct ppm_driver *driver);
enum ppm_exit ppm_verb_perfect(struct ppm_driver *driver);
enum ppm_exit ppm_verb_whatif(struct ppm_driver *driver);
enum ppm_exit ppm_verb_diff(struct ppm_driver *driver);
enum ppm_exit ppm_verb_docs(struct ppm_driver *driver);

#endif
