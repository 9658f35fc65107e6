// The source map, and diagnostics as they are collected and shown: to the letter.
#include "lang/diag/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics list;
};

static void begin(struct fixture *f)
{
	ppm_arena_init(&f->arena, NULL);
	ppm_source_map_init(&f->map, &f->arena);
	ppm_diagnostics_init(&f->list, &f->arena, &f->map);
}

static struct ppm_source *add(struct fixture *f, const char *path, const char *text)
{
	struct ppm_source *source = ppm_source_map_add(&f->map, ppm_slice_of(path), ppm_slice_of(text));

	assert_non_null(source);
	return source;
}

// The span of `part`'s first appearance in the source.
static struct ppm_span find(const struct ppm_source *source, const char *part)
{
	const char *at = strstr(source->text.data, part);
	uint32_t offset;

	assert_non_null(at);
	offset = source->base + (uint32_t)(at - source->text.data);
	return (struct ppm_span){ offset, offset + (uint32_t)strlen(part) };
}

static void expect(struct fixture *f, enum ppm_diag_format format, bool colour, uint32_t limit, const char *expected)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(&f->list, format, colour, limit, &out);
	ppm_buffer_append_char(&out, 0);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
	ppm_buffer_free(&out);
}

static void places(void **state)
{
	struct fixture f;
	struct ppm_source *a, *b;
	uint32_t line, column;

	(void)state;
	begin(&f);
	a = add(&f, "a.ppm", "\xEF\xBB\xBFone\r\ntwo \xC3\xA9x\n");
	b = add(&f, "b.ppm", "");
	assert_int_equal(a->base, 1);
	assert_int_equal(a->text.size, 13);
	assert_int_equal(a->line_count, 3);
	assert_int_equal(b->base, 15);
	for (int i = 0; i < 16; i++)
		assert_int_equal(a->text.data[a->text.size + (size_t)i], 0);
	assert_null(ppm_source_map_find(&f.map, 0));
	assert_ptr_equal(ppm_source_map_find(&f.map, 14), a);
	assert_ptr_equal(ppm_source_map_find(&f.map, 15), b);
	assert_null(ppm_source_map_find(&f.map, 16));
	assert_ptr_equal(ppm_source_map_place(&f.map, 1, &line, &column), a);
	assert_int_equal(line, 1);
	assert_int_equal(column, 1);
	// the x after é: line 2, the sixth character
	assert_ptr_equal(ppm_source_map_place(&f.map, find(a, "x").begin, &line, &column), a);
	assert_int_equal(line, 2);
	assert_int_equal(column, 6);
	assert_ptr_equal(ppm_source_map_place(&f.map, 14, &line, &column), a);
	assert_int_equal(line, 3);
	assert_int_equal(column, 1);
	assert_null(ppm_source_map_place(&f.map, 0, &line, &column));
	assert_true(ppm_slice_is(ppm_source_map_line(&f.map, 2), "one"));
	assert_true(ppm_slice_is(ppm_source_map_line(&f.map, find(a, "two").begin), "two \xC3\xA9x"));
	assert_true(ppm_slice_is(ppm_source_map_text(&f.map, find(a, "two")), "two"));
	assert_int_equal(ppm_source_map_text(&f.map, (struct ppm_span){ 0, 0 }).size, 0);
	ppm_arena_free(&f.arena);
}

static void size_limit(void **state)
{
	struct fixture f;
	char *text = malloc(PPM_SOURCE_LIMIT);

	(void)state;
	begin(&f);
	assert_non_null(text);
	memset(text, ' ', PPM_SOURCE_LIMIT);
	add(&f, "small", "12345678");
	assert_null(ppm_source_map_add(&f.map, PPM_SLICE("large"), (struct ppm_slice){ text, PPM_SOURCE_LIMIT }));
	assert_non_null(ppm_source_map_add(&f.map, PPM_SLICE("fits"), (struct ppm_slice){ text, PPM_SOURCE_LIMIT - 9 }));
	assert_null(ppm_source_map_add(&f.map, PPM_SLICE("full"), (struct ppm_slice){ text, 1 }));
	free(text);
	ppm_arena_free(&f.arena);
}

static const char retail[] = "\n\nparam income money = 3\n\n\n\n\n\n\n\n\n\n\n    when income > \"high\" then points 10\n";

static struct ppm_diagnostic *comparison(struct fixture *f, struct ppm_source *source)
{
	struct ppm_span line = find(source, "income > "), high = find(source, "\"high\"");
	struct ppm_span income = { line.begin, line.begin + 6 }, sign = { line.begin + 7, line.begin + 8 };
	struct ppm_diagnostic *d = ppm_diag(&f->list, PPM_DIAG_SYNTAX_EXPECTED, high, "cannot compare `%s` with `%s`", "money", "text");

	ppm_diag_label(&f->list, d, high, "this is `text`");
	ppm_diag_label(&f->list, d, income, "this is `money` (declared at line %d)", 3);
	ppm_diag_label(&f->list, d, sign, "%s", "");
	ppm_diag_help(&f->list, d, "compare with an amount, such as `50000`");
	return d;
}

static void human(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	comparison(&f, add(&f, "retail.ppm", retail));
	assert_int_equal(f.list.errors, 1);
	expect(&f, PPM_DIAG_HUMAN, false, 20,
		"error[E0101]: cannot compare `money` with `text`\n"
		"  --> retail.ppm:14:19\n"
		"     |\n"
		"  14 |     when income > \"high\" then points 10\n"
		"     |          ~~~~~~ ^ ~~~~~~ this is `text`\n"
		"     |          |\n"
		"     |          this is `money` (declared at line 3)\n"
		"     = help: compare with an amount, such as `50000`\n");
	ppm_arena_free(&f.arena);
}

static void other_lines_and_files(void **state)
{
	struct fixture f;
	struct ppm_source *a, *b;
	struct ppm_diagnostic *d;

	(void)state;
	begin(&f);
	a = add(&f, "a.ppm", "let x = 1\n\n\nlet\ty = x + x\n");
	b = add(&f, "b.ppm", "let x = 2");
	d = ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "y"), "two of them");
	ppm_diag_label(&f.list, d, find(a, "x = 1"), "the first");
	ppm_diag_label(&f.list, d, find(b, "x"), "the second");
	ppm_diag_label(&f.list, d, find(a, "x + x"), "both");
	// the tab ends at column 4; labels of one line are stacked from right to left
	expect(&f, PPM_DIAG_HUMAN, false, 0,
		"error[E0102]: two of them\n"
		"  --> a.ppm:4:5\n"
		"    |\n"
		"  1 | let x = 1\n"
		"    |     ~~~~~ the first\n"
		"  ...\n"
		"  4 | let y = x + x\n"
		"    |     ^   ~~~~~ both\n"
		"  ::: b.ppm:1:5\n"
		"    |\n"
		"  1 | let x = 2\n"
		"    |     ^ the second\n");
	d = ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, (struct ppm_span){ 0, 0 }, "nowhere \x1b[31m");
	ppm_diag_help(&f.list, d, "one\ntwo");
	expect(&f, PPM_DIAG_SHORT, false, 0, "error[E0102]: nowhere \\x1b[31m\na.ppm:4:5: error[E0102]: two of them\n");
	ppm_arena_free(&f.arena);
}

static void stacked_labels(void **state)
{
	struct fixture f;
	struct ppm_source *a;
	struct ppm_diagnostic *d;

	(void)state;
	begin(&f);
	a = add(&f, "a.ppm", "alpha beta gamma");
	d = ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "alpha"), "three");
	ppm_diag_label(&f.list, d, find(a, "alpha"), "A");
	ppm_diag_label(&f.list, d, find(a, "beta"), "B");
	ppm_diag_label(&f.list, d, find(a, "gamma"), "C");
	expect(&f, PPM_DIAG_HUMAN, false, 0,
		"error[E0102]: three\n"
		"  --> a.ppm:1:1\n"
		"    |\n"
		"  1 | alpha beta gamma\n"
		"    | ~~~~~ ~~~~ ~~~~~ C\n"
		"    | |     |\n"
		"    | |     B\n"
		"    | A\n");
	ppm_arena_free(&f.arena);
}

static void a_window_of_a_long_line(void **state)
{
	struct fixture f;
	struct ppm_source *a;
	char text[2001];
	struct ppm_buffer out;

	(void)state;
	begin(&f);
	memset(text, 'x', 2000);
	text[1000] = '!';
	text[2000] = 0;
	a = add(&f, "a.ppm", text);
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "!"), "there");
	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(&f.list, PPM_DIAG_HUMAN, false, 0, &out);
	ppm_buffer_append_char(&out, 0);
	assert_non_null(strstr(out.data, "a.ppm:1:1001"));
	assert_non_null(strstr(out.data, "  1 | \xE2\x80\xA6xxxxx"));
	assert_non_null(strstr(out.data, "x!x"));
	// the caret stands under the sign: 40 columns from the window's left edge
	assert_non_null(strstr(out.data, "\n    |                                         ^\n"));
	assert_true(out.size < 400);
	ppm_buffer_free(&out);
	ppm_arena_free(&f.arena);
}

static void json(void **state)
{
	struct fixture f;
	struct ppm_diagnostic *d;

	(void)state;
	begin(&f);
	comparison(&f, add(&f, "re\"tail.ppm", retail));
	d = ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, (struct ppm_span){ 0, 0 }, "tab\tbell\a");
	(void)d;
	expect(&f, PPM_DIAG_JSON, true, 0,
		"{\"severity\":\"error\",\"code\":\"E0102\",\"message\":\"tab\\u0009bell\\u0007\"}\n"
		"{\"severity\":\"error\",\"code\":\"E0101\",\"message\":\"cannot compare `money` with `text`\",\"file\":\"re\\\"tail.ppm\",\"line\":14,\"column\":19,"
		"\"end_line\":14,\"end_column\":25,\"label\":\"this is `text`\",\"labels\":[{\"text\":\"this is `money` (declared at line 3)\",\"file\":\"re\\\"tail.ppm\","
		"\"line\":14,\"column\":10,\"end_line\":14,\"end_column\":16},{\"text\":\"\",\"file\":\"re\\\"tail.ppm\",\"line\":14,\"column\":17,\"end_line\":14,"
		"\"end_column\":18}],\"help\":\"compare with an amount, such as `50000`\"}\n");
	ppm_arena_free(&f.arena);
}

static void order_repetition_and_limit(void **state)
{
	struct fixture f;
	struct ppm_source *a;

	(void)state;
	begin(&f);
	a = add(&f, "a.ppm", "1 2 3 4");
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "4"), "four");
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "2"), "two");
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "2"), "two again");
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_EXPECTED, find(a, "2"), "two, otherwise");
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "1"), "one");
	assert_int_equal(f.list.errors, 4);
	f.list.muted = true;
	ppm_diag_help(&f.list, ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "3"), "three"), "nothing");
	f.list.muted = false;
	assert_int_equal(f.list.errors, 4);
	expect(&f, PPM_DIAG_SHORT, false, 0,
		"a.ppm:1:1: error[E0102]: one\na.ppm:1:3: error[E0102]: two\na.ppm:1:3: error[E0101]: two, otherwise\na.ppm:1:7: error[E0102]: four\n");
	expect(&f, PPM_DIAG_SHORT, false, 1, "a.ppm:1:1: error[E0102]: one\nand 3 more errors\n");
	expect(&f, PPM_DIAG_SHORT, false, 3, "a.ppm:1:1: error[E0102]: one\na.ppm:1:3: error[E0102]: two\na.ppm:1:3: error[E0101]: two, otherwise\nand 1 more error\n");
	ppm_arena_free(&f.arena);
}

static void very_many(void **state)
{
	struct fixture f;
	struct ppm_buffer out;

	(void)state;
	begin(&f);
	add(&f, "a.ppm", "x");
	for (int i = 0; i < 200000; i++)
		ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, (struct ppm_span){ 1, 2 + (uint32_t)i }, "number %d", i);
	assert_int_equal(f.list.errors, 200000);
	assert_true(f.arena.used < 4u << 20);
	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(&f.list, PPM_DIAG_SHORT, false, 20, &out);
	ppm_buffer_append_char(&out, 0);
	assert_non_null(strstr(out.data, "and 199980 more errors\n"));
	ppm_buffer_free(&out);
	ppm_arena_free(&f.arena);
}

static void codes(void **state)
{
	enum ppm_diag_code code;
	const char *last = "";

	(void)state;
	assert_true(ppm_diag_code_find(PPM_SLICE("e0101"), &code));
	assert_int_equal(code, PPM_DIAG_SYNTAX_EXPECTED);
	assert_false(ppm_diag_code_find(PPM_SLICE("E010"), &code));
	assert_false(ppm_diag_code_find(PPM_SLICE("E01011"), &code));
	for (int i = 0; i < PPM_DIAG_COUNT; i++) {
		const char *text = ppm_diag_code_text((enum ppm_diag_code)i);
		assert_int_equal(strlen(text), 5);
		assert_true(strlen(ppm_diag_code_title((enum ppm_diag_code)i)) > 5);
		// sorted within a letter, E before W before N as the file has them
		if (*text == *last)
			assert_true(strcmp(last, text) < 0);
		last = text;
	}
}

static enum ppm_diag_code a_warning(void)
{
	for (int i = 0; i < PPM_DIAG_COUNT; i++)
		if (ppm_diag_code_text((enum ppm_diag_code)i)[0] == 'W')
			return (enum ppm_diag_code)i;
	return PPM_DIAG_COUNT;
}

static void allowed_on_its_line(void **state)
{
	enum ppm_diag_code warning = a_warning();
	struct fixture f;
	struct ppm_source *a;
	char text[400];
	const char *code;

	(void)state;
	if (warning == PPM_DIAG_COUNT)
		skip();
	code = ppm_diag_code_text(warning);
	begin(&f);
	snprintf(text, sizeof text, "one # ppm: allow %s\ntwo #ppm:allow W9999, %s why\nthree \"# ppm: allow %s\"\nfour # allow %s\nfive # ppm: allow %s0\nsix", code, code, code,
		code, code);
	a = add(&f, "a.ppm", text);
	ppm_diag(&f.list, warning, find(a, "one"), "x");
	ppm_diag(&f.list, warning, find(a, "two"), "x");
	assert_int_equal(f.list.warnings, 0);
	ppm_diag(&f.list, warning, find(a, "three"), "x");
	ppm_diag(&f.list, warning, find(a, "four"), "x");
	ppm_diag(&f.list, warning, find(a, "five"), "x");
	ppm_diag(&f.list, warning, find(a, "six"), "x");
	assert_int_equal(f.list.warnings, 4);
	// an error cannot be silenced
	ppm_diag(&f.list, PPM_DIAG_SYNTAX_END, find(a, "one"), "x");
	assert_int_equal(f.list.errors, 1);
	ppm_arena_free(&f.arena);
}

static const char *suggest(const char *wanted, const char *const *candidates)
{
	static const char none[] = "";
	struct ppm_suggestion suggestion;
	struct ppm_slice best;

	ppm_suggestion_init(&suggestion, ppm_slice_of(wanted));
	for (; *candidates; candidates++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(*candidates));
	best = ppm_suggestion_take(&suggestion);
	return best.size ? best.data : none;
}

static void suggestions(void **state)
{
	static const char *const words[] = { "revenue", "reward", "region", "seats", "when", "Region", NULL };

	(void)state;
	assert_string_equal(suggest("revenu", words), "revenue");
	assert_string_equal(suggest("rewrad", words), "reward");
	assert_string_equal(suggest("wen", words), "when");
	assert_string_equal(suggest("REGION", words), "region");
	assert_string_equal(suggest("regoin", words), "region");
	assert_string_equal(suggest("customers", words), "");
	assert_string_equal(suggest("ab", words), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(size_limit),
		cmocka_unit_test(human),
		cmocka_unit_test(other_lines_and_files),
		cmocka_unit_test(stacked_labels),
		cmocka_unit_test(a_window_of_a_long_line),
		cmocka_unit_test(json),
		cmocka_unit_test(order_repetition_and_limit),
		cmocka_unit_test(very_many),
		cmocka_unit_test(codes),
		cmocka_unit_test(allowed_on_its_line),
		cmocka_unit_test(suggestions),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
