// Keys, links, groups and order, against loops over all pairs of rows.
#include "steps_fixture.h"

static bool same_key(const struct fixture *f, const struct ppm_key_columns *a, uint64_t row_a, const struct ppm_key_columns *b, uint64_t row_b)
{
	(void)f;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct ppm_series *x = &a->columns[i], *y = &b->columns[i];
		if (x->class == PPM_CLASS_F64 ? number(x, row_a) != number(y, row_b) : whole(x, row_a) != whole(y, row_b))
			return false;
	}
	return true;
}

static bool complete(const struct ppm_key_columns *keys, uint64_t row)
{
	for (uint32_t i = 0; i < keys->count; i++)
		if (!has(&keys->columns[i], row))
			return false;
	return true;
}

// Columns of the given classes; 'T' is text.
static void make_columns(struct fixture *f, const char *classes, uint64_t rows, unsigned miss, uint64_t spread, struct ppm_series *columns, bool *texts)
{
	for (uint32_t i = 0; classes[i]; i++) {
		static const char letters[] = "mflxih";
		texts[i] = classes[i] == 'T';
		bool may_miss = chance(f, miss);
		columns[i] = texts[i] ? random_texts(f, rows, may_miss, (uint32_t)spread)
				      : random_series(f, (enum ppm_register_class)(strchr(letters, classes[i]) - letters), rows, may_miss, spread);
	}
}

static const char *const all_classes[] = { "f", "l", "x", "i", "T", "m", "h", "fl", "TT", "xi", "lx", "Tmf", "iix" };

static void matches(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1 + (unsigned)(seed % 3));
		const char *classes = all_classes[seed % 13];
		uint64_t rows = below(&f, 300), other = below(&f, 300), spread = 1 + below(&f, chance(&f, 50) ? 2000 : 1u << 30);
		struct ppm_series columns[3], from_columns[3];
		bool texts[3];
		make_columns(&f, classes, rows, 50, spread, columns, texts);
		make_columns(&f, classes, other, 50, spread, from_columns, texts);
		struct ppm_key_columns keys = { columns, texts, (uint32_t)strlen(classes), rows }, from = { from_columns, texts, keys.count, other };
		struct ppm_key_index *index;
		bool has_duplicate;
		uint64_t duplicate, first, missing, unknown;
		assert_int_equal(ppm_key_index_new(&index, &f.steps, &keys, &has_duplicate, &duplicate, &first), PPM_OK);
		bool expected_duplicate = false;
		for (uint64_t row = 0; row < rows && !expected_duplicate; row++)
			for (uint64_t earlier = 0; earlier < row && !expected_duplicate; earlier++)
				if (complete(&keys, row) && complete(&keys, earlier) && same_key(&f, &keys, row, &keys, earlier)) {
					expected_duplicate = true;
					assert_true(has_duplicate);
					assert_int_equal(duplicate, row);
					assert_int_equal(first, earlier);
				}
		assert_int_equal(has_duplicate, expected_duplicate);
		uint32_t *link = room(other, sizeof *link);
		assert_int_equal(ppm_step_match(&f.steps, index, &from, link, &missing, &unknown), PPM_OK);
		uint64_t expected_missing = 0, expected_unknown = 0;
		for (uint64_t row = 0; row < other; row++) {
			uint32_t expected = PPM_NO_ROW;
			if (complete(&from, row)) {
				for (uint32_t at = 0; at < rows && expected == PPM_NO_ROW; at++)
					if (complete(&keys, at) && same_key(&f, &from, row, &keys, at))
						expected = at;
				expected_unknown += expected == PPM_NO_ROW;
			} else {
				expected_missing++;
			}
			assert_int_equal(link[row], expected);
		}
		assert_int_equal(missing, expected_missing);
		assert_int_equal(unknown, expected_unknown);
		ppm_key_index_free(index);
		for (uint32_t i = 0; i < keys.count; i++) {
			free_series(&columns[i]);
			free_series(&from_columns[i]);
		}
		ppm_free_aligned(NULL, link);
		fixture_free(&f);
	}
}

static int compare_keys(const struct fixture *f, const struct ppm_key_columns *keys, uint64_t a, uint64_t b)
{
	int order = 0;
	for (uint32_t i = 0; i < keys->count && order == 0; i++)
		order = compare_missing(f, &keys->columns[i], keys->texts[i], false, a, b);
	return order;
}

static void groups(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1 + (unsigned)(seed % 3));
		const char *classes = all_classes[seed % 13];
		uint64_t rows = below(&f, chance(&f, 10) ? 3000 : 200), spread = 1 + below(&f, chance(&f, 50) ? 20 : 1u << 30);
		struct ppm_series columns[3];
		bool texts[3];
		make_columns(&f, classes, rows, 50, spread, columns, texts);
		struct ppm_key_columns keys = { columns, texts, (uint32_t)strlen(classes), rows };
		uint64_t *where = chance(&f, 40) ? random_mask(&f, rows, 60) : NULL;
		bool drop = chance(&f, 50);
		uint32_t *link = room(rows, sizeof *link), *representative;
		uint64_t count;
		assert_int_equal(ppm_step_group(&f.steps, &keys, where, drop, link, &count, &representative), PPM_OK);
		// A row's group is the number of distinct keys that are less than its own.
		uint64_t distinct = 0;
		for (uint64_t row = 0; row < rows; row++) {
			if (!bit(where, row) || (drop && !complete(&keys, row))) {
				assert_int_equal(link[row], PPM_NO_ROW);
				continue;
			}
			uint64_t less = 0;
			bool is_first = true;
			for (uint64_t other = 0; other < rows; other++) {
				if (!bit(where, other) || (drop && !complete(&keys, other)))
					continue;
				int order = compare_keys(&f, &keys, other, row);
				is_first = is_first && !(order == 0 && other < row);
				bool other_first = order < 0;
				for (uint64_t before = 0; before < other && other_first; before++)
					other_first = !(bit(where, before) && !(drop && !complete(&keys, before)) && compare_keys(&f, &keys, before, other) == 0);
				less += order < 0 && other_first;
				if (rows > 300)
					break;
			}
			if (rows <= 300)
				assert_int_equal(link[row], less);
			else if (row > 0 && link[row - 1] != PPM_NO_ROW)
				assert_int_equal((link[row - 1] > link[row]) - (link[row - 1] < link[row]),
					compare_keys(&f, &keys, row - 1, row) > 0           ? 1
						: compare_keys(&f, &keys, row - 1, row) < 0 ? -1
											    : 0);
			assert_true(link[row] < count);
			assert_true(representative[link[row]] <= row);
			assert_int_equal(compare_keys(&f, &keys, representative[link[row]], row), 0);
			if (rows <= 300)
				assert_int_equal(representative[link[row]] == row, is_first);
			distinct += representative[link[row]] == row;
		}
		assert_int_equal(count, distinct);
		ppm_memory_give(f.memory, representative, count * sizeof *representative);
		for (uint32_t i = 0; i < keys.count; i++)
			free_series(&columns[i]);
		ppm_free_aligned(NULL, link);
		ppm_free_aligned(NULL, where);
		fixture_free(&f);
	}
}

static void composes_and_gathers(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 2);
		uint64_t rows = below(&f, 500), middle = 1 + below(&f, 100), last = 1 + below(&f, 100);
		uint32_t *first = random_link(&f, rows, middle, 90), *second = random_link(&f, middle, last, 80), *link = room(rows, sizeof *link);
		ppm_step_compose(first, second, rows, link);
		for (uint64_t row = 0; row < rows; row++)
			assert_int_equal(link[row], first[row] == PPM_NO_ROW ? PPM_NO_ROW : second[first[row]]);
		ppm_step_compose(first, NULL, rows, link);
		for (uint64_t row = 0; row < rows; row++)
			assert_int_equal(link[row], first[row] == PPM_NO_ROW ? PPM_NO_ROW : 0);
		enum ppm_register_class class = (enum ppm_register_class)(seed % 6);
		struct ppm_series values = random_series(&f, class, middle, chance(&f, 50), 100), out = new_series(class, rows, true);
		const uint32_t *by = chance(&f, 80) ? first : NULL;
		ppm_step_gather(&values, by, rows, &out);
		for (uint64_t row = 0; row < rows; row++) {
			uint32_t partner = by ? by[row] : 0;
			assert_int_equal(has(&out, row), partner != PPM_NO_ROW && has(&values, partner));
			if (!has(&out, row))
				continue;
			if (class == PPM_CLASS_F64)
				assert_true(number(&out, row) == number(&values, partner));
			else
				assert_true(whole(&out, row) == whole(&values, partner));
		}
		free_series(&values);
		free_series(&out);
		ppm_free_aligned(NULL, first);
		ppm_free_aligned(NULL, second);
		ppm_free_aligned(NULL, link);
		fixture_free(&f);
	}
}

static void orders(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1 + (unsigned)(seed % 2));
		const char *classes = all_classes[seed % 13];
		uint64_t rows = below(&f, chance(&f, 20) ? 20000 : 300), spread = 1 + below(&f, chance(&f, 60) ? 30 : 1u << 30);
		struct ppm_series series[3];
		bool texts[3];
		make_columns(&f, classes, rows, 60, spread, series, texts);
		struct ppm_order_column columns[3];
		uint32_t count = (uint32_t)strlen(classes);
		for (uint32_t i = 0; i < count; i++)
			columns[i] = (struct ppm_order_column){ &series[i], texts[i], chance(&f, 50) };
		uint32_t *order = room(rows, sizeof *order);
		assert_int_equal(ppm_step_order(&f.steps, columns, count, rows, order), PPM_OK);
		uint8_t *seen = room(rows, 1);
		for (uint64_t i = 0; i < rows; i++) {
			assert_true(order[i] < rows);
			assert_int_equal(seen[order[i]]++, 0);
			if (i == 0)
				continue;
			int compared = 0;
			for (uint32_t column = 0; column < count && compared == 0; column++)
				compared = compare_missing(&f, &series[column], texts[column], columns[column].descending, order[i - 1], order[i]);
			assert_true(compared < 0 || (compared == 0 && order[i - 1] < order[i]));
		}
		for (uint32_t i = 0; i < count; i++)
			free_series(&series[i]);
		ppm_free_aligned(NULL, seen);
		ppm_free_aligned(NULL, order);
		fixture_free(&f);
	}
}

// Few groups in many rows, on any number of threads: the first row of a key may be in anybody's part, missing and left out rows among them.
static void few_groups_of_many_rows(void **state)
{
	(void)state;
	const uint64_t rows = 150000;
	const uint32_t values = 700;
	for (uint64_t seed = 0; seed < 16; seed++) {
		struct fixture f;
		fixture_init(&f, seed, (unsigned[]){ 1, 2, 3, 8 }[seed % 4]);
		bool drop = chance(&f, 50), far_apart = seed >= 8;
		struct ppm_series column = new_series(PPM_CLASS_I64, rows, true);
		const uint64_t *where = chance(&f, 50) ? random_mask(&f, rows, 50) : NULL;
		uint32_t *link = room(rows, sizeof *link), first[701], number[701], missing = UINT32_MAX, next = 0;
		memset(first, 0xff, sizeof first);
		for (uint64_t row = 0; row < rows; row++) {
			// Some values come late, one of them once.
			uint32_t value = row == rows - 5 ? values : row < rows / 2 ? (uint32_t)(row * 7919 % 300) : (uint32_t)(row * 31 % values);
			bool is_missing = row > 70000 && row % 1000 == 1;
			((int64_t *)column.values)[row] = is_missing ? 99 : (int64_t)value * (far_apart ? INT64_C(1000000007) : 3) - 500;
			column.present[row / 64] = (column.present[row / 64] & ~(UINT64_C(1) << row % 64)) | (uint64_t)!is_missing << row % 64;
			uint32_t *place = is_missing ? &missing : &first[value];
			if (bit(where, row) && *place == UINT32_MAX)
				*place = (uint32_t)row;
		}
		for (uint32_t value = 0; value <= values; value++)
			if (first[value] != UINT32_MAX)
				number[value] = next++;
		bool with_missing = !drop && missing != UINT32_MAX, text = false;
		struct ppm_key_columns keys = { &column, &text, 1, rows };
		uint64_t groups;
		uint32_t *representative;
		assert_int_equal(ppm_step_group(&f.steps, &keys, where, drop, link, &groups, &representative), PPM_OK);
		assert_int_equal(groups, next + with_missing);
		for (uint32_t value = 0; value <= values; value++)
			if (first[value] != UINT32_MAX)
				assert_int_equal(representative[number[value]], first[value]);
		if (with_missing)
			assert_int_equal(representative[next], missing);
		for (uint64_t row = 0; row < rows; row++) {
			uint32_t value = row == rows - 5 ? values : row < rows / 2 ? (uint32_t)(row * 7919 % 300) : (uint32_t)(row * 31 % values);
			bool is_missing = row > 70000 && row % 1000 == 1;
			assert_int_equal(link[row], !bit(where, row) ? PPM_NO_ROW : !is_missing ? number[value] : drop ? PPM_NO_ROW : next);
		}
		ppm_memory_give(f.memory, representative, groups * sizeof *representative);
		ppm_free_aligned(NULL, link);
		ppm_free_aligned(NULL, (void *)(uintptr_t)where);
		free_series(&column);
		fixture_free(&f);
	}
}

// Tables that several threads share, dense keys and sparse ones, sorted by every way there is: keys clustered, far apart, or all but one alike.
static void large_tables(void **state)
{
	(void)state;
	const uint64_t rows = 200000;
	for (uint64_t seed = 0; seed < 24; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 4);
		enum ppm_register_class class = seed % 3 == 0 ? PPM_CLASS_I32 : seed % 3 == 1 ? PPM_CLASS_F64 : PPM_CLASS_I64;
		struct ppm_series column = new_series(class, rows, false);
		uint64_t *plain = room(rows, sizeof *plain); // the same values, as small integers
		for (uint64_t row = 0; row < rows; row++) {
			uint64_t value = (row * 7919 + seed) % rows; // each once
			if (seed / 3 % 4 == 1)
				value /= 3;
			if (seed / 3 % 4 == 2)
				value = value < rows / 2 ? 5 : value;
			plain[row] = value;
			// Close together, or so far apart that they are hashed, with an outlier.
			bool far_apart = seed >= 12;
			if (class == PPM_CLASS_I32)
				((int32_t *)column.values)[row] = (int32_t)value * (far_apart ? 9973 : 1);
			else if (class == PPM_CLASS_F64)
				((double *)column.values)[row] = !far_apart ? (double)value : value == 7 ? 1e300 : (double)value / 1024 + 0.5;
			else
				((int64_t *)column.values)[row] = (int64_t)value * (far_apart ? INT64_C(1000003) * (value == 7 ? 4000000 : 1) : 1);
		}
		bool text = false, has_duplicate;
		struct ppm_key_columns keys = { &column, &text, 1, rows };
		struct ppm_key_index *index;
		uint64_t duplicate, first, missing, unknown;
		assert_int_equal(ppm_key_index_new(&index, &f.steps, &keys, &has_duplicate, &duplicate, &first), PPM_OK);
		// The first row of each value.
		uint32_t *expected = room(rows, sizeof *expected), *link = room(rows, sizeof *link);
		memset(expected, 0xff, rows * sizeof *expected);
		uint64_t expected_duplicate = rows;
		for (uint64_t row = 0; row < rows; row++) {
			if (expected[plain[row]] == PPM_NO_ROW)
				expected[plain[row]] = (uint32_t)row;
			else if (expected_duplicate == rows)
				expected_duplicate = row;
		}
		assert_int_equal(has_duplicate, expected_duplicate < rows);
		if (has_duplicate) {
			assert_int_equal(duplicate, expected_duplicate);
			assert_int_equal(first, expected[plain[duplicate]]);
		}
		assert_int_equal(ppm_step_match(&f.steps, index, &keys, link, &missing, &unknown), PPM_OK);
		assert_int_equal(missing + unknown, 0);
		for (uint64_t row = 0; row < rows; row++)
			assert_int_equal(link[row], expected[plain[row]]);
		ppm_key_index_free(index);

		// In order, by counting. With the outlier last.
		struct ppm_order_column order_column = { &column, false, false };
		assert_int_equal(ppm_step_order(&f.steps, &order_column, 1, rows, link), PPM_OK);
		for (uint64_t i = 1; i < rows; i++) {
			int order = compare(&f, &column, false, link[i - 1], link[i]);
			assert_true(order < 0 || (order == 0 && link[i - 1] < link[i]));
		}
		uint64_t groups;
		uint32_t *representative;
		assert_int_equal(ppm_step_group(&f.steps, &keys, NULL, false, link, &groups, &representative), PPM_OK);
		for (uint64_t row = 0; row < rows; row++)
			assert_int_equal(representative[link[row]], expected[plain[row]]);
		for (uint64_t group = 1; group < groups; group++)
			assert_true(compare(&f, &column, false, representative[group - 1], representative[group]) < 0);
		ppm_memory_give(f.memory, representative, groups * sizeof *representative);
		free_series(&column);
		ppm_free_aligned(NULL, plain);
		ppm_free_aligned(NULL, expected);
		ppm_free_aligned(NULL, link);
		fixture_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(groups),
		cmocka_unit_test(composes_and_gathers),
		cmocka_unit_test(orders),
		cmocka_unit_test(few_groups_of_many_rows),
		cmocka_unit_test(large_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
