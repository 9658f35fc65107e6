// `ppmc.toml`, what a project asks of ppmc: the nearest one, from the model's folder upwards to the folder that holds `.git`, or the root.
//
// It is TOML, of which this takes: `# comments`, `[table]` and `key = value` with plain names (letters, digits, `_`, `-`); "texts" with the escapes \" \\ \n \t \r \b \f \uXXXX and
// \UXXXXXXXX, 'texts' as they stand, numbers in decimal with underscores and exponents, true and false, and [arrays] of texts, over several lines if need be. Dotted and
// quoted keys, inline tables, arrays of tables, texts over several lines, dates, other bases, inf and nan are refused with their line; so are keys that no verb knows (config.def).
#ifndef PPM_LANG_DRIVER_CONFIG_H
#define PPM_LANG_DRIVER_CONFIG_H

#include "lang/driver/driver.h"
#include "runtime/base/arena.h"

enum ppm_config_kind { PPM_CONFIG_TEXT, PPM_CONFIG_NUMBER, PPM_CONFIG_FLAG, PPM_CONFIG_LIST };

struct ppm_config_entry {
	struct ppm_slice table, key;
	uint32_t line;
	enum ppm_config_kind kind;
	struct ppm_slice text;
	double number;
	bool flag;
	struct ppm_slice *items; // LIST
	size_t item_count;
	struct ppm_config_entry *next;
};

struct ppm_config {
	struct ppm_arena arena;
	struct ppm_slice path; // as messages show it; empty: there is no such file
	struct ppm_config_entry *first;
};

#define PPM_CONFIG_LIMIT ((size_t)1 << 20) // bytes

// The configuration for that model; one without entries when there is no file. What is wrong was shown: PPM_EXIT_USAGE, PPM_EXIT_IO or PPM_EXIT_LIMIT. Close it in any case.
enum ppm_exit ppm_config_open(const struct ppm_driver *driver, const char *model_path, struct ppm_config *config);
void ppm_config_close(struct ppm_config *config);
// NULL when the file does not have it. Its kind is the one that config.def says.
const struct ppm_config_entry *ppm_config_find(const struct ppm_config *config, const char *table, const char *key);
// A mistake in an entry, told with its place. Returns PPM_EXIT_USAGE.
enum ppm_exit ppm_config_refuse(const struct ppm_driver *driver, const struct ppm_config *config, uint32_t line, const char *help, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
