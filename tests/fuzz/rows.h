// Rows for the columns that a program reads: mostly values of the column's type, at the ends of its range and inside, and some that are none.
#ifndef PPM_TESTS_FUZZ_ROWS_H
#define PPM_TESTS_FUZZ_ROWS_H

#include "runtime/bytecode/program.h"
#include "tests/fuzz/fuzz.h"

#define ROWS_ONE_OF(list) list[fuzz_below(random, sizeof(list) / sizeof *(list))]

static inline void rows_value(const struct ppm_program *program, const struct ppm_column *column, uint64_t *random, struct ppm_buffer *out)
{
	static const char *const numbers[] = { "0", "1", "-1", "2", "3.5", "10", "30", "31", "45", "99.99", "100", "0.0001", "-0.5", "1000000", "123456789.1234",
		"9007199254740992", "-40", "45000000000", "0.1", "899999999999999.99", "2.5", "7" };
	static const char *const percents[] = { "12%", "50%", "-3%", "250%", "0%", "0.1%", "100%" };
	static const char *const dates[] = { "2026-06-30", "2024-02-29", "2026-01-31", "1970-01-01", "0001-01-01", "9999-12-31", "2025-12-31", "2026-07-01" };
	static const char *const texts[] = { "a", "b", "Z", "gold", "=1+1", "x\n", "\xC3\xA9", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "US", "1", "2", "3" };
	static const char *const flags[] = { "yes", "no", "TRUE", "0" };
	static const char *const days[] = { "30 days", "0 days", "-5 days", "1 week", "100000 days" }, *const months[] = { "3 months", "1 year", "0 months", "-2 months" };
	static const char *const others[] = { "", "", "", "N/A", "-", "1e3", "$5", "maybe", "2000-02-30", "9007199254740993" };

	if (fuzz_below(random, column->optional ? 6 : 60) == 0) {
		ppm_buffer_append_text(out, ROWS_ONE_OF(others));
		return;
	}
	switch (column->type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_MONEY: ppm_buffer_append_text(out, ROWS_ONE_OF(numbers)); break;
	case PPM_COLUMN_PERCENT: ppm_buffer_append_text(out, ROWS_ONE_OF(percents)); break;
	case PPM_COLUMN_DATE: ppm_buffer_append_text(out, ROWS_ONE_OF(dates)); break;
	case PPM_COLUMN_FLAG: ppm_buffer_append_text(out, ROWS_ONE_OF(flags)); break;
	case PPM_COLUMN_DURATION: ppm_buffer_append_text(out, column->months ? ROWS_ONE_OF(months) : ROWS_ONE_OF(days)); break;
	case PPM_COLUMN_TEXT:
		if (program->text_count && fuzz_below(random, 2)) {
			struct ppm_slice text = program->texts[fuzz_below(random, program->text_count)];
			for (size_t i = 0; i < text.size; i++)
				if (text.data[i] != '"' && text.data[i])
					ppm_buffer_append_char(out, text.data[i]);
		} else {
			ppm_buffer_append_text(out, ROWS_ONE_OF(texts));
		}
	}
}

// A file with the program's columns, every field in quotes. Keys are numbers in order, so that rows of other files meet them.
static inline void rows_make(const struct ppm_program *program, uint32_t count, uint64_t *random, struct ppm_buffer *out)
{
	for (uint32_t row = 0; row <= count; row++) {
		for (uint32_t i = 0; i < program->column_count; i++) {
			const struct ppm_column *column = &program->columns[i];
			ppm_buffer_append_text(out, i ? ",\"" : "\"");
			for (size_t j = 0; !row && j < column->header.size; j++) {
				if (column->header.data[j] == '"')
					ppm_buffer_append_char(out, '"');
				ppm_buffer_append_char(out, column->header.data[j]);
			}
			if (row && column->key && column->type == PPM_COLUMN_TEXT)
				ppm_buffer_format(out, "%u", row);
			else if (row)
				rows_value(program, column, random, out);
			ppm_buffer_append_char(out, '"');
		}
		ppm_buffer_append_text(out, program->column_count ? "\n" : "x\n");
	}
}

#endif
