// Kept tables: bits at any offset, columns that grow, which line a row is on, and records found again.
#include "runtime/dataset/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void bits_move_to_any_place(void **state)
{
	(void)state;
	uint64_t seed = 88172645463325252u;
	for (int round = 0; round < 3000; round++) {
		uint64_t from[6], to[10], back[6], before[10], at = next_random(&seed) % 200, count = next_random(&seed) % 300;
		for (int i = 0; i < 6; i++)
			from[i] = next_random(&seed);
		for (int i = 0; i < 10; i++)
			before[i] = to[i] = next_random(&seed);
		ppm_bits_append(to, at, from, count);
		for (uint64_t i = 0; i < at; i++)
			assert_int_equal(ppm_series_bit(to, i), ppm_series_bit(before, i));
		for (uint64_t i = 0; i < count; i++)
			assert_int_equal(ppm_series_bit(to, at + i), ppm_series_bit(from, i));
		// What is behind them in the last word is cleared; words behind that are as they were.
		if (count && (at + count) % 64)
			assert_true(to[(at + count) / 64] >> (at + count) % 64 == 0);
		for (uint64_t i = (at + count) / 64 + 1; i < 10; i++)
			assert_true(to[i] == before[i]);
		ppm_bits_extract(back, to, at, count);
		for (uint64_t i = 0; i < count; i++)
			assert_int_equal(ppm_series_bit(back, i), ppm_series_bit(from, i));
		ppm_bits_append(to, at, NULL, count);
		for (uint64_t i = 0; i < count; i++)
			assert_true(ppm_series_bit(to, at + i));
	}
}

static struct ppm_table_column columns[] = {
	{ .class = PPM_CLASS_F64, .may_miss = true },
	{ .class = PPM_CLASS_I32, .text = true },
	{ .class = PPM_CLASS_MASK, .may_miss = true },
};
static const struct ppm_table about = { .kind = PPM_TABLE_FILE, .columns = columns, .column_count = 3, .key = PPM_NO_INDEX };

static void columns_grow_and_are_trimmed(void **state)
{
	(void)state;
	struct ppm_memory *memory = ppm_memory_new(NULL, 0, NULL);
	struct ppm_kept_table table;
	assert_true(ppm_kept_open(&table, &about, memory));
	for (uint64_t rows = 1; rows < 300000; rows = rows * 3 + 1) {
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(ppm_kept_reserve(&table, i, rows), PPM_OK);
			assert_true(table.room[i] >= rows && table.room[i] % PPM_BATCH_ROWS == 0);
			assert_int_equal(table.columns[i].present != NULL, columns[i].may_miss);
		}
		double *numbers = table.columns[0].values;
		for (uint64_t i = 0; i < table.rows; i++)
			assert_true(numbers[i] == (double)i);
		for (uint64_t i = table.rows; i < rows; i++) {
			numbers[i] = (double)i;
			ppm_bits_append(table.columns[2].values, i, (uint64_t[]){ i % 3 == 0 }, 1);
		}
		table.rows = rows;
	}
	for (uint64_t i = 0; i < table.rows; i++)
		assert_int_equal(ppm_series_bit(table.columns[2].values, i), i % 3 == 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(ppm_kept_trim(&table, i), PPM_OK);
		assert_int_equal(table.room[i], ppm_whole_batches(table.rows));
	}
	ppm_kept_drop(&table, 1);
	assert_null(table.columns[1].values);
	assert_int_equal(ppm_kept_make(&table, 1), PPM_OK);
	ppm_kept_free(&table);
	ppm_memory_free(memory);
}

static void rows_know_their_lines(void **state)
{
	(void)state;
	enum { ROWS = 20000 };
	struct ppm_memory *memory = ppm_memory_new(NULL, 0, NULL);
	struct ppm_kept_table table;
	assert_true(ppm_kept_open(&table, &about, memory));
	assert_int_equal(ppm_kept_line(&table, 5), 0);
	static uint64_t expected[ROWS];
	uint64_t seed = 99, rows = 0, line = 1;
	for (unsigned chunk = 0; rows < ROWS; chunk++) {
		// Chunks of all kinds: every line a row, some left out, none at all.
		uint32_t lines[300], count = 0, size = (uint32_t)(next_random(&seed) % 300);
		for (uint32_t i = 0; i < size; i++)
			if (chunk % 4 < 2 || next_random(&seed) % 3)
				lines[count++] = i;
		if (chunk % 7 == 5)
			count = 0;
		if (count > ROWS - rows)
			count = (uint32_t)(ROWS - rows);
		for (uint32_t i = 0; i < count; i++)
			expected[rows + i] = line + lines[i] + 1;
		assert_true(ppm_kept_note_lines(&table, rows, count, line, lines));
		rows += count;
		line += size;
	}
	for (uint64_t row = 0; row < ROWS; row++)
		assert_int_equal(ppm_kept_line(&table, row), expected[row]);
	ppm_kept_free(&table);

	// A file whose lines are its records is one run, however many chunks it has.
	assert_true(ppm_kept_open(&table, &about, memory));
	for (uint64_t first = 0; first < 10000; first += 100)
		assert_true(ppm_kept_note_lines(&table, first, 100, first + 1, NULL));
	assert_int_equal(table.line_runs, 1);
	assert_int_equal(ppm_kept_line(&table, 9999), 10001);
	ppm_kept_free(&table);
	ppm_memory_free(memory);
}

static void records_are_found_again(void **state)
{
	(void)state;
	enum { ROWS = 5000 };
	struct ppm_memory *memory = ppm_memory_new(NULL, 0, NULL);
	struct ppm_kept_table table;
	assert_true(ppm_kept_open(&table, &about, memory));
	table.raw_fields = 2;
	for (unsigned i = 0; i < ROWS; i++) {
		char record[80];
		int size = snprintf(record, sizeof record, i % 5 == 1 ? "%u,\"two\nlines, \"\"%u\"\"\"" : "%u,plain %u", i, i);
		assert_int_equal(ppm_kept_reserve_raw(&table, (uint64_t)size + 1), PPM_OK);
		assert_true(ppm_kept_note_raw(&table, i));
		memcpy(table.raw + table.raw_size, record, (size_t)size);
		table.raw[table.raw_size + (uint64_t)size] = '\n';
		table.raw_size += (uint64_t)size + 1;
	}
	table.rows = ROWS;
	assert_int_equal(ppm_kept_trim_raw(&table), PPM_OK);
	struct ppm_kept_place place = { 0 };
	for (unsigned step = 1; step < 4000; step = step * 3 + 1) {
		for (unsigned i = 0; i < ROWS; i += step) {
			char record[80];
			snprintf(record, sizeof record, i % 5 == 1 ? "%u,\"two\nlines, \"\"%u\"\"\"" : "%u,plain %u", i, i);
			assert_true(ppm_slice_is(ppm_kept_record(&table, i, &place), record));
		}
	}
	assert_true(ppm_slice_is(ppm_kept_record(&table, 0, &place), "0,plain 0"));
	ppm_kept_free(&table);
	ppm_memory_free(memory);
}

static void rows_are_refused_once(void **state)
{
	(void)state;
	struct ppm_memory *memory = ppm_memory_new(NULL, 0, NULL);
	struct ppm_kept_table table;
	assert_true(ppm_kept_open(&table, &about, memory));
	table.rows = 3000;
	assert_true(ppm_kept_prepare_refusals(&table));
	ppm_kept_refuse(&table, 0);
	ppm_kept_refuse(&table, 2999);
	ppm_kept_refuse(&table, 0);
	assert_int_equal(table.refused_count, 2);
	assert_true(ppm_series_bit(table.refused, 2999));
	assert_false(ppm_series_bit(table.refused, 1));
	ppm_kept_free(&table);
	ppm_memory_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_move_to_any_place),
		cmocka_unit_test(columns_grow_and_are_trimmed),
		cmocka_unit_test(rows_know_their_lines),
		cmocka_unit_test(records_are_found_again),
		cmocka_unit_test(rows_are_refused_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
