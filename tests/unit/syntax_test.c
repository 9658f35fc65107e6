// The parser: what it accepts, the tree, what it says about mistakes, and that nothing breaks it.
#include "lang/syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOLDER "tests/golden/syntax/"

struct parsed {
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics list;
	struct ppm_syntax_tree *tree;
};

static void parse_as(struct parsed *p, const char *path, const char *text, size_t size)
{
	struct ppm_source *source;

	ppm_arena_init(&p->arena, NULL);
	ppm_source_map_init(&p->map, &p->arena);
	ppm_diagnostics_init(&p->list, &p->arena, &p->map);
	source = ppm_source_map_add(&p->map, ppm_slice_of(path), (struct ppm_slice){ text, size });
	assert_non_null(source);
	p->tree = ppm_parse_model(&p->arena, &p->list, source);
	assert_non_null(p->tree);
}

static void parse(struct parsed *p, const char *text)
{
	parse_as(p, "m.ppm", text, strlen(text));
}

static void done(struct parsed *p)
{
	ppm_arena_free(&p->arena);
}

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *data = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(data);
	*size = fread(data, 1, (1 << 20) - 1, file);
	assert_true(*size > 0);
	data[*size] = 0;
	fclose(file);
	return data;
}

static char *render(struct parsed *p, enum ppm_diag_format format)
{
	struct ppm_buffer out;
	char *copy;

	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(&p->list, format, false, 0, &out);
	assert_false(out.failed);
	copy = calloc(out.size + 1, 1);
	assert_non_null(copy);
	if (out.size)
		memcpy(copy, out.data, out.size);
	ppm_buffer_free(&out);
	return copy;
}

// One error: its code, line and column.
static void expect_error(const char *text, const char *code, uint32_t line, uint32_t column)
{
	struct parsed p;
	uint32_t l, c;

	parse(&p, text);
	if (p.list.errors != 1)
		print_message("%s: %u errors\n", text, p.list.errors);
	assert_int_equal(p.list.errors, 1);
	assert_string_equal(ppm_diag_code_text(p.list.first->code), code);
	ppm_source_map_place(&p.map, p.list.first->span.begin, &l, &c);
	assert_int_equal(l, line);
	assert_int_equal(c, column);
	done(&p);
}

// ---- accepting and refusing ------------------------------------------------------------------------

static void snippets(void **state)
{
	size_t size;
	char *data = read_file(FOLDER "snippets.txt", &size), *at = data;
	int count = 0, failed = 0;

	(void)state;
	while (at) {
		char *name = at + 4, *verdict = strstr(name, " | "), *text, *next;
		struct parsed p;
		bool fine;
		assert_true(strncmp(at, "=== ", 4) == 0);
		assert_non_null(verdict);
		text = strchr(verdict, '\n');
		assert_non_null(text);
		next = strstr(text, "\n=== ");
		*verdict = 0;
		parse_as(&p, "m.ppm", text + 1, next ? (size_t)(next - text) : strlen(text + 1));
		// a refusal is one error, of the code that stands there
		if (strncmp(verdict + 3, "ok", 2) == 0)
			fine = p.list.errors == 0;
		else
			fine = p.list.errors == 1 && strncmp(verdict + 7, ppm_diag_code_text(p.list.first->code), 5) == 0;
		if (!fine) {
			char *out = render(&p, PPM_DIAG_SHORT);
			print_message("%s:\n%s", name, out);
			free(out);
			failed++;
		}
		count++;
		done(&p);
		at = next ? next + 1 : NULL;
	}
	assert_int_equal(failed, 0);
	assert_true(count >= 95);
	free(data);
}

static void mistakes_to_the_letter(void **state)
{
	size_t size, expected_size;
	char *text = read_file(FOLDER "mistakes.ppm", &size), *expected = read_file(FOLDER "mistakes.txt", &expected_size), *out;
	struct parsed p;

	(void)state;
	parse_as(&p, "mistakes.ppm", text, size);
	out = render(&p, PPM_DIAG_HUMAN);
	assert_string_equal(out, expected);
	assert_int_equal(p.list.errors, 34);
	// what is right between them is in the tree
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "ok_one", "ok_two", "ok_three" };
		bool found = false;
		for (const struct ppm_statement *s = p.tree->statements; s; s = s->next)
			found |= ppm_slice_is(s->name.text, names[i]);
		assert_true(found);
	}
	done(&p);
	free(out);
	free(expected);
	free(text);
}

static bool in_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '.';
}

// The end of the token at `at`; good enough for the sample.
static const char *token_end(const char *at)
{
	if (*at == '"')
		return strchr(at + 1, '"') + 1;
	if (in_word(*at)) {
		while (in_word(*at) || *at == '%')
			at++;
		return at;
	}
	return at[1] == '=' ? at + 2 : at + 1;
}

// Without any one of its tokens the sample is either still right or has one error.
static void one_mistake_one_error(void **state)
{
	size_t size;
	char *text = read_file(FOLDER "acme.ppm", &size), *cut = malloc(size + 1);
	unsigned tokens = 0, one = 0, more = 0;

	(void)state;
	assert_non_null(cut);
	for (const char *at = text; *at;) {
		const char *end;
		struct parsed p;
		if (*at == ' ' || *at == '\n') {
			at++;
			continue;
		}
		if (*at == '#') {
			at = strchr(at, '\n');
			continue;
		}
		end = token_end(at);
		memcpy(cut, text, (size_t)(at - text));
		memcpy(cut + (at - text), end, size - (size_t)(end - text));
		parse_as(&p, "m.ppm", cut, size - (size_t)(end - at));
		tokens++;
		one += p.list.errors == 1;
		more += p.list.errors > 1;
		done(&p);
		at = end;
	}
	assert_true(tokens > 500);
	assert_true(one * 100 >= tokens * 79);
	assert_true(more * 100 <= tokens);
	free(cut);
	free(text);
}

// ---- the tree --------------------------------------------------------------------------------------

static const struct ppm_statement *statement(const struct parsed *p, enum ppm_statement_kind kind, const char *name)
{
	for (const struct ppm_statement *s = p->tree->statements; s; s = s->next)
		if (s->kind == kind && (!name || ppm_slice_is(s->name.text, name)))
			return s;
	fail_msg("no statement %s", name ? name : "of that kind");
	return NULL;
}

static void the_sample(void **state)
{
	size_t size;
	char *text = read_file(FOLDER "acme.ppm", &size);
	struct parsed p;
	const struct ppm_statement *s;
	const struct ppm_column_declaration *column;
	const struct ppm_rule *rule;
	unsigned count = 0;

	(void)state;
	parse_as(&p, "acme.ppm", text, size);
	assert_int_equal(p.list.errors, 0);
	for (s = p.tree->statements; s; s = s->next)
		count++;
	// counted by hand in the file
	assert_int_equal(count, 37);
	s = statement(&p, PPM_STATEMENT_MODEL, "acme");
	assert_true(ppm_slice_is(s->doc.text, "Acme's perfect prospect"));
	assert_true(ppm_slice_is(ppm_source_map_text(&p.map, s->span), "model acme \"Acme's perfect prospect\""));
	assert_int_equal(statement(&p, PPM_STATEMENT_AS_OF, NULL)->as_of.date->date, 20634); // 2026-06-30

	s = statement(&p, PPM_STATEMENT_DATASET, "customers");
	count = 0;
	for (column = s->dataset.columns; column; column = column->next)
		count++;
	assert_int_equal(count, 15);
	column = s->dataset.columns;
	assert_true(column->key);
	while (!ppm_slice_is(column->name.text, "owner_style"))
		column = column->next;
	assert_true(column->optional);
	assert_int_equal(column->in_list->item_count, 3);
	assert_true(ppm_slice_is(column->header.text, "Owner style"));
	s = statement(&p, PPM_STATEMENT_DATASET, "invoices");
	assert_true(ppm_slice_is(s->dataset.parent.text, "customers"));
	assert_true(ppm_slice_is(s->dataset.parent_keys->name.text, "customer_id"));
	assert_true(ppm_slice_is(s->dataset.dated.text, "issued_on"));
	assert_true(ppm_slice_is(s->dataset.lets->name.text, "days_open"));
	assert_true(s->dataset.lets->value->left->parenthesised);

	s = statement(&p, PPM_STATEMENT_PARAM, "retention");
	assert_int_equal(s->param.value->kind, PPM_EXPRESSION_RATE);
	assert_int_equal(s->param.value->period, PPM_PERIOD_YEAR);
	assert_int_equal(s->param.value->left->kind, PPM_EXPRESSION_PERCENTAGE);
	assert_true(ppm_slice_is(s->param.value->left->text, "85"));
	s = statement(&p, PPM_STATEMENT_PARAM, "horizon");
	assert_int_equal(s->param.high->period, PPM_PERIOD_YEAR);
	assert_true(ppm_slice_is(s->param.high->text, "10"));
	s = statement(&p, PPM_STATEMENT_LOOKUP, "strategic_fit");
	assert_true(ppm_slice_is(s->lookup.entries->keys->alternatives->next->text, "fintech"));
	assert_null(s->lookup.entries->keys->next);
	assert_null(s->lookup.entries->next->next->keys);

	s = statement(&p, PPM_STATEMENT_DIMENSION, "payment");
	assert_true(ppm_slice_is(s->dimension.weight->text, "40"));
	rule = s->dimension.rules->next;
	assert_int_equal(rule->kind, PPM_RULE_PENALTY);
	assert_true(ppm_slice_is(rule->because.parts->literal, "pays "));
	assert_int_equal(rule->because.parts->next->expression->kind, PPM_EXPRESSION_PATH);
	assert_true(ppm_slice_is(ppm_source_map_text(&p.map, rule->because.parts->next->expression->span), "days_late"));
	assert_true(ppm_slice_is(rule->because.parts->next->next->literal, " days late on average"));
	assert_true(ppm_slice_is(rule->next->at_most->text, "20"));
	s = statement(&p, PPM_STATEMENT_DIMENSION, "partnership");
	rule = s->dimension.rules;
	assert_int_equal(rule->kind, PPM_RULE_BANDS);
	assert_int_equal(rule->bands->next->next->next->kind, PPM_BAND_MISSING);
	rule = rule->next;
	assert_int_equal(rule->kind, PPM_RULE_BEST_OF);
	assert_true(ppm_slice_is(rule->rules->because.parts->next->as_name.text, "percent"));
	assert_null(rule->rules->next->next);
	assert_true(ppm_slice_is(rule->next->next->missing->text, "0"));
	assert_null(rule->next->next->next);

	s = statement(&p, PPM_STATEMENT_SUMMARY, "incoming");
	assert_int_equal(s->summary.by->kind, PPM_EXPRESSION_CALL);
	assert_non_null(s->summary.order);
	assert_true(ppm_slice_is(s->summary.columns->next->next->name.text, "paying"));
	s = statement(&p, PPM_STATEMENT_OUTPUT, NULL);
	assert_true(ppm_slice_is(s->output.results->next->next->next->next->next->label.text, "Total value"));
	assert_true(ppm_slice_is(s->output.results->next->next->next->next->next->next->count, "3"));
	s = statement(&p, PPM_STATEMENT_OVERRIDE, NULL);
	assert_true(ppm_slice_is(s->override_.by.text, "CFO"));
	assert_true(ppm_slice_is(s->override_.because.text, "launch partner"));
	s = statement(&p, PPM_STATEMENT_TEST, NULL);
	assert_true(ppm_slice_is(s->doc.text, "a slow payer loses"));
	assert_true(ppm_slice_is(s->test.steps->givens->next->value->text, "10000"));
	assert_int_equal(s->test.steps->next->expect->kind, PPM_EXPRESSION_AND);

	assert_true(p.tree->comments->own_line);
	assert_null(p.tree->comments->next);
	done(&p);
	free(text);
}

// What is written, and what comes back with its parentheses; in the second column "" means: the same.
static void expressions_written(void **state)
{
	static const char *const cases[][2] = {
		{ "1 + 2 * 3 - 4", "" },
		{ "(1 + 2) * 3", "" },
		{ "1 - (2 - 3)", "" },
		{ "- -2", "" },
		{ "-(2 ^ 2) + (-2) ^ -2", "" },
		{ "a mod 3 / b", "" },
		{ "not a and b or c and not (d or e)", "" },
		{ "0 < x <= 10 != y", "" },
		{ "x in [1, -2, 3 + 4] and y not in [] and z in allowed", "" },
		{ "x in 1 to 5", "" },
		{ "x not between 1 and 5 + a or b between 2 and 3", "" },
		{ "a is missing or a is not present", "a is missing or a is not present" },
		{ "a contains \"x\\\"y\" and b not starts   with \"c\"", "a contains \"x\\\"y\" and b not starts with \"c\"" },
		{ "a ends with \"q\" or a matches \"^x$\"", "" },
		{ "(a default 0) + 1 > b default c default -1", "" },
		{ "if a then b else if c then 10% else 1_000.50", "if a then b else if c then 10% else 1000.50" },
		{ "case { when a > 1 : 2 missing : -3 otherwise : if q then 1 else 2 }", "" },
		{ "sum(amount over this.invoices where a and b by region order by c desc)", "" },
		{ "rank(profit desc by a by b where c)", "rank(profit desc where c by a by b)" },
		{ "count() + count(where x) + count(by y)", "" },
		{ "margin per year", "" },
		{ "clv.finite(85% per month, 40.5 EUR, 1 day, 2  weeks, 2026-06-30, yes, no)", "clv.finite(85% per month, 40.5 EUR, 1 day, 2 weeks, 2026-06-30, yes, no)" },
		{ "`Days Late` + `when` + `plain`", "`Days Late` + `when` + plain" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[400];
		struct parsed p;
		struct ppm_buffer out;
		snprintf(text, sizeof text, "let v = %s", cases[i][0]);
		parse(&p, text);
		assert_int_equal(p.list.errors, 0);
		ppm_buffer_init(&out, NULL);
		ppm_expression_write(p.tree->statements->let.value, &out);
		ppm_buffer_append_char(&out, 0);
		assert_string_equal(out.data, cases[i][1][0] ? cases[i][1] : cases[i][0]);
		ppm_buffer_free(&out);
		done(&p);
	}
}

static void shapes(void **state)
{
	struct parsed p;
	const struct ppm_expression *e;

	(void)state;
	parse(&p, "let v = 1 < x <= 10 and a + b * c > 2");
	e = p.tree->statements->let.value;
	assert_int_equal(e->kind, PPM_EXPRESSION_AND);
	assert_int_equal(e->left->item_count, 3);
	assert_int_equal(e->left->relations[0], PPM_RELATION_LESS);
	assert_int_equal(e->left->relations[1], PPM_RELATION_LESS_EQUAL);
	assert_int_equal(e->right->items->kind, PPM_EXPRESSION_ADD);
	assert_int_equal(e->right->items->right->kind, PPM_EXPRESSION_MULTIPLY);
	assert_int_equal(e->depth, 5);
	assert_true(ppm_slice_is(ppm_source_map_text(&p.map, e->right->items->right->span), "b * c"));
	assert_true(ppm_slice_is(ppm_source_map_text(&p.map, e->operator_span), "and"));
	done(&p);
}

static void texts(void **state)
{
	struct parsed p;
	const struct ppm_template_part *part;

	(void)state;
	parse(&p, "penalty a when b because \"q\\\"\\u{e9}{x as \"0.00\"}{if y then \"p\" else \"\\\\\"}\\{z\\}\\n\"\nlet t = \"a\\tb{c\"");
	assert_int_equal(p.list.errors, 0);
	part = p.tree->statements->rule.rule->because.parts;
	assert_true(ppm_slice_is(part->literal, "q\"\xC3\xA9"));
	part = part->next;
	assert_true(ppm_slice_is(part->as_format.text, "0.00"));
	assert_true(ppm_slice_is(ppm_source_map_text(&p.map, part->expression->span), "x"));
	part = part->next;
	assert_int_equal(part->expression->kind, PPM_EXPRESSION_IF);
	assert_true(ppm_slice_is(part->expression->third->text, "\\"));
	part = part->next;
	assert_true(ppm_slice_is(part->literal, "{z}\n"));
	assert_null(part->next);
	assert_true(ppm_slice_is(p.tree->statements->next->let.value->text, "a\tb{c"));
	done(&p);
}

static void comments(void **state)
{
	struct parsed p;
	const struct ppm_comment *c;

	(void)state;
	parse(&p, "# first\nlet a = 1 # second\npenalty x 5 at # third\n most 2 when \"#\" = y\n  # fourth");
	assert_int_equal(p.list.errors, 0);
	c = p.tree->comments;
	assert_true(c->own_line && ppm_slice_is(ppm_source_map_text(&p.map, c->span), "# first"));
	c = c->next;
	assert_true(!c->own_line && ppm_slice_is(ppm_source_map_text(&p.map, c->span), "# second"));
	c = c->next;
	assert_true(!c->own_line && ppm_slice_is(ppm_source_map_text(&p.map, c->span), "# third"));
	c = c->next;
	assert_true(c->own_line && ppm_slice_is(ppm_source_map_text(&p.map, c->span), "# fourth"));
	assert_null(c->next);
	done(&p);
}

static void values(void **state)
{
	static const struct {
		const char *text, *written; // NULL: refused
	} cases[] = {
		{ "3 years", "3 years" },
		{ "10%", "10%" },
		{ "[\"a\", \"b\"]", "[\"a\", \"b\"]" },
		{ "-5", "-5" },
		{ "85% per year", "85% per year" },
		{ " 2026-01-31 ", "2026-01-31" },
		{ "missing", "missing" },
		{ "2 * 3", "2 * 3" },
		{ "yes", "yes" },
		{ "40 EUR", "40 EUR" },
		{ "", NULL },
		{ "3 4", NULL },
		{ "let a = 1", NULL },
		{ "\"open", NULL },
		{ "2026-02-30", NULL },
		{ "[1", NULL },
		{ "1 +", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct parsed p;
		struct ppm_expression *e;
		parse(&p, "");
		e = ppm_parse_value(&p.arena, &p.list, ppm_source_map_add(&p.map, PPM_SLICE("<set>"), ppm_slice_of(cases[i].text)));
		if (cases[i].written) {
			struct ppm_buffer out;
			assert_non_null(e);
			assert_int_equal(p.list.errors, 0);
			ppm_buffer_init(&out, NULL);
			ppm_expression_write(e, &out);
			ppm_buffer_append_char(&out, 0);
			assert_string_equal(out.data, cases[i].written);
			ppm_buffer_free(&out);
		} else {
			assert_null(e);
			assert_int_equal(p.list.errors, 1);
		}
		done(&p);
	}
}

static void reserved(void **state)
{
	static const char *const words = "and or not in is mod between contains matches if then else case when otherwise where by to as yes no missing because "
					 "goes below given expect let param define dataset dimension bands disqualify perspective lookup";
	char copy[400];
	unsigned count = 0;

	(void)state;
	strcpy(copy, words);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "), count++)
		assert_true(ppm_word_is_reserved(ppm_slice_of(word)));
	assert_int_equal(count, 36);
	assert_false(ppm_word_is_reserved(PPM_SLICE("tier")));
	assert_false(ppm_word_is_reserved(PPM_SLICE("default")));
	assert_false(ppm_word_is_reserved(PPM_SLICE("When")));
	assert_false(ppm_word_is_reserved(PPM_SLICE("")));
}

// ---- places of errors --------------------------------------------------------------------------------

static void error_places(void **state)
{
	(void)state;
	expect_error("let a = b\nlet c =\nlet d = e", "E0101", 2, 8);
	expect_error("let a = b +", "E0102", 1, 12);
	expect_error("adjust {\n  penalty a when b\n\nlet c = 1", "E0103", 1, 8);
	expect_error("let a = \"\xC3\xA9\" = \"\\q\"", "E0106", 1, 16);
	expect_error("let a = 1 \x01 + 2", "E0107", 1, 11);
	expect_error("penalty a when b because \"{c + } {d}\"", "E0102", 1, 31);
	expect_error("let a = b\n  c = 3\nlet d = e", "E0101", 1, 10);
}

static void bytes(void **state)
{
	struct parsed p;

	(void)state;
	parse_as(&p, "m.ppm", "let a = 1\0\0 + 2\nlet b = \0 3", 27);
	assert_int_equal(p.list.errors, 1);
	assert_int_equal(p.list.first->code, PPM_DIAG_NUL_BYTE);
	assert_non_null(p.tree->statements->next);
	done(&p);
	parse(&p, "let a = 1\nlet b = \"caf\xE9\"");
	assert_int_equal(p.list.errors, 1);
	assert_int_equal(p.list.first->code, PPM_DIAG_UTF8_INVALID);
	assert_true(ppm_slice_is(p.list.first->message, "the byte 0xE9 at offset 22 is not UTF-8"));
	done(&p);
	parse_as(&p, "m.ppm", "\xFF\xFEl\0e\0t\0", 8);
	assert_int_equal(p.list.errors, 1);
	assert_non_null(strstr(p.list.first->help.data, "UTF-16"));
	done(&p);
}

// ---- limits ------------------------------------------------------------------------------------------

static char *repeat(const char *before, const char *middle, size_t count, const char *after)
{
	size_t a = strlen(before), m = strlen(middle), z = strlen(after);
	char *text = malloc(a + m * count + z + 1), *at = text;

	assert_non_null(text);
	memcpy(at, before, a);
	at += a;
	for (size_t i = 0; i < count; i++, at += m)
		memcpy(at, middle, m);
	memcpy(at, after, z + 1);
	return text;
}

// The limit is met exactly, one more is one error, and very many more cost no more than that.
static void depth_limit(void **state)
{
	// what is repeated, how often it may be, and what closes it again
	static const struct {
		const char *before, *middle, *after, *closing;
		size_t allowed;
	} cases[] = {
		{ "let a = 1", "+1", "", "", 199 },
		{ "let a = 1", " and b", "", "", 199 },
		{ "let a = 1", " default 1", "", "", 199 },
		{ "let a = ", "not ", "b", "", 199 },
		{ "let a = ", "- ", "b", "", 199 },
		{ "let a = ", "if b then c else ", "d", "", 199 },
		{ "let a = ", "(", "b", ")", 200 },
		{ "let a = ", "f(", "b", ")", 199 },
		{ "let a = ", "case { otherwise : ", "b", " }", 199 },
		{ "", "best of b { reward c when d ", "", "}", 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int more = 0; more < 3; more++) {
			size_t count = more == 2 ? 200000 : cases[i].allowed + (size_t)more;
			char *head = repeat(cases[i].before, cases[i].middle, count, cases[i].after), *text = repeat(head, cases[i].closing, count, "\n");
			struct parsed p;
			parse(&p, text);
			if ((p.list.errors == 0) != (more == 0) || (more == 1 && p.list.errors != 1))
				print_message("%s%s: %u errors\n", cases[i].before, cases[i].middle, p.list.errors);
			assert_int_equal(p.list.errors == 0, more == 0);
			if (more == 1)
				assert_int_equal(p.list.errors, 1);
			if (more)
				assert_int_equal(p.list.first->code, PPM_DIAG_NESTING_TOO_DEEP);
			assert_true(p.arena.used < 16u << 20);
			done(&p);
			free(head);
			free(text);
		}
}

static void a_million_additions(void **state)
{
	char *text = repeat("let a = 1", "+1", 1000000, "\nlet b = 2\n");
	struct parsed p;

	(void)state;
	parse(&p, text);
	assert_int_equal(p.list.errors, 1);
	assert_int_equal(p.list.first->code, PPM_DIAG_NESTING_TOO_DEEP);
	assert_true(ppm_slice_is(p.tree->statements->name.text, "b"));
	assert_true(p.arena.used < 16u << 20);
	done(&p);
	free(text);
}

static void token_limit(void **state)
{
	char *text = repeat("", "let a = 1\n", 250001, "");
	struct parsed p;

	(void)state;
	parse(&p, text);
	assert_int_equal(p.list.errors, 1);
	assert_int_equal(p.list.first->code, PPM_DIAG_TOO_MANY_TOKENS);
	done(&p);
	free(text);
}

static void figure_limit(void **state)
{
	char *text = repeat("let a = ", "9", 100, "");
	struct parsed p;

	(void)state;
	parse(&p, text);
	assert_int_equal(p.list.errors, 0);
	done(&p);
	free(text);
	text = repeat("let a = ", "9", 101, "");
	expect_error(text, "E0126", 1, 9);
	free(text);
}

// ---- memory ------------------------------------------------------------------------------------------

struct failing {
	unsigned allowed, made;
};

static void *fail_after(void *context, void *pointer, size_t size)
{
	struct failing *f = context;

	if (size && f->made++ >= f->allowed)
		return NULL;
	if (size == 0) {
		free(pointer);
		return NULL;
	}
	return realloc(pointer, size);
}

static void every_allocation_fails_once(void **state)
{
	static const char text[] = "dataset c { a text values \"x\" = \"y\", \"z\" = \"w\" missing \"-\" let b = a }\npenalti x when y\n"
				   "dimension d \"doc\" weight 3 {\n  penalty e 1_000 when 1 < f(g, where h by i by j) <= 2 because \"k {l} \\n {m as \\\"n\\\"}\"\n  reward\n}\n"
				   "lookup o(p, q) { \"r\" or \"s\", _ : case { when t : 3 otherwise : [ }\nlet u = 30days # v\nlet w = ((1 + 2\n";
	const size_t size = sizeof text - 1;
	bool enough = false;

	(void)state;
	for (unsigned allowed = 0; !enough && allowed < 3000; allowed++) {
		struct failing failing = { allowed, 0 };
		struct ppm_allocator allocator = { fail_after, &failing };
		struct parsed p;
		struct ppm_source *source;
		struct ppm_buffer out;
		ppm_arena_init(&p.arena, &allocator);
		ppm_source_map_init(&p.map, &p.arena);
		ppm_diagnostics_init(&p.list, &p.arena, &p.map);
		ppm_buffer_init(&out, &allocator);
		source = ppm_source_map_add(&p.map, PPM_SLICE("m.ppm"), (struct ppm_slice){ text, size });
		if (source) {
			p.tree = ppm_parse_model(&p.arena, &p.list, source);
			assert_true(p.tree || p.arena.failed);
			ppm_diagnostics_render(&p.list, PPM_DIAG_HUMAN, true, 20, &out);
			enough = p.tree && !p.arena.failed && !p.list.out_of_memory && !out.failed && failing.made <= allowed;
		}
		ppm_buffer_free(&out);
		ppm_arena_free(&p.arena);
	}
	assert_true(enough);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snippets),
		cmocka_unit_test(mistakes_to_the_letter),
		cmocka_unit_test(one_mistake_one_error),
		cmocka_unit_test(the_sample),
		cmocka_unit_test(expressions_written),
		cmocka_unit_test(shapes),
		cmocka_unit_test(texts),
		cmocka_unit_test(comments),
		cmocka_unit_test(values),
		cmocka_unit_test(reserved),
		cmocka_unit_test(error_places),
		cmocka_unit_test(bytes),
		cmocka_unit_test(depth_limit),
		cmocka_unit_test(a_million_additions),
		cmocka_unit_test(token_limit),
		cmocka_unit_test(figure_limit),
		cmocka_unit_test(every_allocation_fails_once),
	};

	return cmocka_run_group_tests_name("syntax", tests, NULL, NULL);
}
