// `ppmc explain E0203`: the page of a diagnostic, or of a problem with data. `error[E0203]`, as it is printed, is understood too. With a model, it is its customers
// that are explained (explain_rows.c).
#include "lang/driver/driver.h"

#include <stdio.h>

static enum ppm_exit list_codes(const struct ppm_driver *driver)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, NULL);
	for (int i = 0; i < PPM_DIAG_COUNT; i++)
		ppm_buffer_format(&out, "%s  %s\n", ppm_diag_code_text((enum ppm_diag_code)i), ppm_diag_code_title((enum ppm_diag_code)i));
	for (int i = 0; i < PPM_DATA_CODE_COUNT; i++)
		ppm_buffer_format(&out, "%s  %s\n", ppm_data_code_text((enum ppm_data_code)i), ppm_data_code_title((enum ppm_data_code)i));
	return ppm_driver_print(driver, &out);
}

enum ppm_exit ppm_verb_explain(struct ppm_driver *driver)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice code, page, best;
	struct ppm_buffer out;
	const char *bracket;
	char help[128];

	if (driver->options.given[PPM_OPTION_LIST])
		return list_codes(driver);
	if (!driver->options.argument_count)
		return ppm_driver_usage(
			driver, "write `ppmc explain model.ppm data.csv KEY` or `ppmc explain E0203`; `ppmc explain --list` lists all codes", "nothing to explain is given");
	code = ppm_slice_of(driver->options.arguments[0]);
	if (driver->options.argument_count > 1 || (code.size > 4 && !memcmp(code.data + code.size - 4, ".ppm", 4)))
		return ppm_explain_rows(driver);
	bracket = memchr(code.data, '[', code.size);
	if (bracket && code.data[code.size - 1] == ']')
		code = (struct ppm_slice){ bracket + 1, code.size - (size_t)(bracket - code.data) - 2 };
	page = ppm_error_page(code);
	if (page.size) { // every code has one
		ppm_buffer_init(&out, NULL);
		ppm_buffer_append(&out, page.data, page.size);
		return ppm_driver_print(driver, &out);
	}
	ppm_suggestion_init(&suggestion, code);
	for (int i = 0; i < PPM_DIAG_COUNT; i++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(ppm_diag_code_text((enum ppm_diag_code)i)));
	for (int i = 0; i < PPM_DATA_CODE_COUNT; i++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(ppm_data_code_text((enum ppm_data_code)i)));
	best = ppm_suggestion_take(&suggestion);
	snprintf(help, sizeof help, "%s%.*s%s`ppmc explain --list` lists all codes", best.size ? "did you mean `" : "", (int)best.size, best.size ? best.data : "",
		best.size ? "`? " : "");
	return ppm_driver_usage(driver, help, "there is no code `%.*s`", (int)code.size, code.data);
}
