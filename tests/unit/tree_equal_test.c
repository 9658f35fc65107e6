// The formatter's proof that it changed nothing: each text of a group differs in one thing from the others, and only from them.
#include "tests/unit/format_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MOST 32

static const char *const values[] = { "let a = x", "let a = x \"of\"", "let a = x \"\"", "let b = x", "param a = x", "let a = -x", "let a = (x)", "let a = 1", "let a = 2",
	"let a = 1%", "let a = 1 EUR", "let a = 1 USD", "let a = 1 day", "let a = 1 week", "let a = \"1\"", "let a = 2026-06-30", "let a = 2026-07-01", "let a = yes", "let a = no",
	"let a = x.y", "let a = x per day", "let a = x per year", "let a = x  let b = x", "let a = x  let b = y", "" };
static const char *const operators[] = { "let a = x and y", "let a = x or y", "let a = x and z", "let a = z and y", "let a = not x", "let a = x < y", "let a = x <= y",
	"let a = x < y < z", "let a = x < y <= z", "let a = x < z", "let a = x in [1]", "let a = x in [1, 2]", "let a = x not in [1]", "let a = x in 1 to 2", "let a = x in 1 to 3",
	"let a = x between 1 and 2", "let a = x is missing", "let a = x is not missing", "let a = x is present", "let a = x contains y", "let a = x not contains y",
	"let a = if x then y else z", "let a = if x then y else w" };
static const char *const calls[] = { "let a = f()", "let a = g()", "let a = f", "let a = f(x)", "let a = f(y)", "let a = f(x, y)", "let a = f(x over d)", "let a = f(x over e)",
	"let a = f(x where y)", "let a = f(where x)", "let a = f(x by y)", "let a = f(x by y by z)", "let a = f(x by z)", "let a = f(x order by y)", "let a = f(x order by z)",
	"let a = f(x order by y asc)", "let a = f(x order by y desc)", "let a = f(x asc)", "let a = f(x desc)" };
static const char *const cases[] = { "let a = case { when x : y }", "let a = case { when x : z }", "let a = case { when w : y }", "let a = case { missing : y }",
	"let a = case { otherwise : y }", "let a = case { when x : y  missing : y }", "let a = case { when x : y  otherwise : y }" };
static const char *const templates[] = { "penalty a when b", "penalty a when b because \"\"", "penalty a when b because \"x\"", "penalty a when b because \"{x}\"",
	"penalty a when b because \"\\{x}\"", "penalty a when b because \"{x}{y}\"", "penalty a when b because \"{x}\\{y}\"", "penalty a when b because \"{x as percent}\"",
	"penalty a when b because \"{x as money}\"", "penalty a when b because \"{x as \"0.0\"}\"", "penalty a when b because \"{x as \"0\"}\"" };
static const char *const columns[] = { "dataset d", "dataset d { }", "dataset e { }", "dataset d of p by k { }", "dataset d of p by k, l { }", "dataset d of q by k { }",
	"dataset d from s by k { }", "dataset d from s by l { }", "dataset d from t by k { }", "dataset d from \"f\" { }", "dataset d from \"g\" { }", "dataset d dated x { }",
	"dataset d dated y { }", "dataset d { a text }", "dataset d { b text }", "dataset d { a text b text }", "dataset d { a number }", "dataset d { a money }",
	"dataset d { a money EUR }", "dataset d { a money USD }", "dataset d { a money per day }", "dataset d { a money per year }", "dataset d { let a = 1 }",
	"dataset d { let b = 1 }", "dataset d { let a = 2 }", "dataset d { let a = 1 \"of\" }", "dataset d { let a = 1  let b = 1 }" };
static const char *const modifiers[] = { "dataset d { a text }", "dataset d { a text key }", "dataset d { a text optional }", "dataset d { a text default \"x\" }",
	"dataset d { a text default \"y\" }", "dataset d { a text in [\"x\"] }", "dataset d { a text in [\"y\"] }", "dataset d { a text in 1 to 2 }",
	"dataset d { a text in 1 to 3 }", "dataset d { a text in 0 to 2 }", "dataset d { a text from \"x\" }", "dataset d { a text from \"y\" }",
	"dataset d { a text format \"x\" }", "dataset d { a text format \"y\" }", "dataset d { a text values \"x\" = \"y\" }", "dataset d { a text values \"z\" = \"y\" }",
	"dataset d { a text values \"x\" = \"z\" }", "dataset d { a text values \"x\" = \"y\", \"z\" = \"y\" }", "dataset d { a text missing \"x\" }",
	"dataset d { a text missing \"y\" }", "dataset d { a text missing \"x\", \"y\" }", "dataset d { a text references d }", "dataset d { a text references e }",
	"dataset d { a text \"of\" }" };
static const char *const rules[] = { "reward a when x", "penalty a when x", "reward b when x", "reward a 5 when x", "reward a 6 when x", "reward a 5 at most 6 when x",
	"reward a 5 at most 7 when x", "reward a when y", "reward a when x missing 1", "reward a when x missing 2", "scale a from 0 to 5 as x goes 0 to 9",
	"scale a from 1 to 5 as x goes 0 to 9", "scale a from 0 to 6 as x goes 0 to 9", "scale a from 0 to 5 as y goes 0 to 9", "scale a from 0 to 5 as x goes 1 to 9",
	"scale a from 0 to 5 as x goes 0 to 8", "bands a by x { below 5 : 1 }", "bands a by x { up to 5 : 1 }", "bands a by x { below 6 : 1 }", "bands a by x { below 5 : 2 }",
	"bands a by x { 5 : 1 }", "bands a by x { 5 or 6 : 1 }", "bands a by x { 6 : 1 }", "bands a by x { otherwise : 1 }", "bands a by x { missing : 1 }",
	"bands a by x { 5 : 1  otherwise : 1 }" };
static const char *const dimensions[] = { "dimension d { reward a when x }", "dimension e { reward a when x }", "dimension d \"of\" { reward a when x }",
	"dimension d weight 1 { reward a when x }", "dimension d weight 2 { reward a when x }", "dimension d range 0 to 9 { reward a when x }",
	"dimension d range 1 to 9 { reward a when x }", "dimension d range 0 to 8 { reward a when x }", "dimension d start 1 { reward a when x }",
	"dimension d start 2 { reward a when x }", "dimension d { reward a when x  reward b when x }", "adjust { reward a when x }", "adjust { reward b when x }",
	"dimension d { best of g { reward a when x } }", "dimension d { best of g { reward b when x } }", "dimension d { group g at most 5 { reward a when x } }",
	"dimension d { group g at most 6 { reward a when x } }" };
static const char *const classes[] = { "tier a when x", "tier b when x", "tier a when y", "tier a otherwise", "tier a missing", "tier a when x action \"y\"", "disqualify a when x",
	"disqualify a when y", "disqualify a when x missing passes", "disqualify a when x because \"y\"", "segment s { a when x }", "segment s { b when x }",
	"segment s { a when y }", "segment s { a otherwise }", "segment s { a when x  b otherwise }", "perspective p { a 1 }", "perspective p { b 1 }", "perspective p { a 2 }",
	"perspective p { a 1  b 2 }", "score places 1", "score places 2", "score d", "score e" };
static const char *const results[] = { "output { a }", "output { b }", "output { a  b }", "output { a as \"x\" }", "output { a as \"y\" }", "output { a format \"x\" }",
	"output { a format \"y\" }", "output { a 1 }", "output { a 2 }", "override 1 tier a until 2026-06-30", "override 2 tier a until 2026-06-30",
	"override 1 tier b until 2026-06-30", "override 1 tier a until 2026-07-01", "override 1 tier a until 2026-06-30 by \"x\"", "override 1 tier a until 2026-06-30 by \"y\"",
	"override 1 tier a until 2026-06-30 because \"x\"", "override 1 tier a until 2026-06-30 because \"y\"", "override 1 tier a until 2026-06-30 despite x",
	"override 1 tier a until 2026-06-30 despite y", "overrides from d", "overrides from e" };
static const char *const summaries[] = { "summary s by x { n = y }", "summary t by x { n = y }", "summary s over d by x { n = y }", "summary s over e by x { n = y }",
	"summary s by x, z { n = y }", "summary s by z { n = y }", "summary s for each day d from 2026-01-01 to 2026-06-30 { n = y }",
	"summary s for each week d from 2026-01-01 to 2026-06-30 { n = y }", "summary s for each day e from 2026-01-01 to 2026-06-30 { n = y }",
	"summary s for each day d from 2026-01-02 to 2026-06-30 { n = y }", "summary s for each day d from 2026-01-01 to 2026-06-29 { n = y }", "summary s by x where y { n = y }",
	"summary s by x where z { n = y }", "summary s by x order by y { n = y }", "summary s by x order by z { n = y }", "summary s by x order by y asc { n = y }",
	"summary s by x order by y desc { n = y }", "summary s by x order by y, z { n = y }", "summary s by x { m = y }", "summary s by x { n = z }",
	"summary s by x { n = y \"of\" }", "summary s by x { n = y  m = y }" };
static const char *const others[] = { "model a", "model a \"of\"", "model b", "as of 2026-06-30", "as of 2026-07-01", "as of today", "as of tomorrow", "use clv", "use clv2",
	"use \"clv\"", "use \"clv2\"", "tree t by x", "tree u by x", "tree t by y", "tree t by x on cycle break", "tree t by x at cycle break", "tree t by x on circle break",
	"tree t by x on cycle stop", "metric a = x", "metric a = y", "metric a \"of\" = x", "define a(x) = x", "define a(x, y) = x", "define a(y) = x", "define a(x) = y" };
static const char *const settings[] = { "param a = 1", "param a = 2", "param a number = 1", "param a money = 1", "param a money EUR = 1", "param a = 1 in 0 to 2",
	"param a = 1 in 0 to 3", "param a = 1 in 1 to 2", "param a = 1 in [1]", "param a = 1 in [2]", "scenario s { a = 1 }", "scenario t { a = 1 }", "scenario s { b = 1 }",
	"scenario s { a = 2 }", "scenario s { a = 1  b = 1 }", "lookup f(x) { 1 : 2 }", "lookup f(y) { 1 : 2 }", "lookup f(x) { 2 : 2 }", "lookup f(x) { 1 : 3 }",
	"lookup f(x) { 1 or 2 : 2 }", "lookup f(x) { 1, 2 : 2 }", "lookup f(x) { _ : 2 }", "lookup f(x) { otherwise : 2 }", "lookup f(x) { 1 : 2  otherwise : 2 }" };
static const char *const tests[] = { "test \"t\" { given a = 1  expect x }", "test \"u\" { given a = 1  expect x }", "test \"t\" { given b = 1  expect x }",
	"test \"t\" { given a = 2  expect x }", "test \"t\" { given m.a = 1  expect x }", "test \"t\" { given n.a = 1  expect x }", "test \"t\" { given a = 1, b = 1  expect x }",
	"test \"t\" { given a = 1  expect y }", "test \"t\" { expect x }", "test \"t\" { given d { a = 1 }  expect x }", "test \"t\" { given e { a = 1 }  expect x }",
	"test \"t\" { given d { a = 2 }  expect x }", "test \"t\" { given d { a = 1 } { a = 1 }  expect x }", "test \"t\" { given d { }  expect x }",
	"test \"t\" { given a = missing  expect x }" };

static const struct {
	const char *const *texts;
	size_t count;
} groups[] = {
#define GROUP(texts) \
	{ \
		texts, sizeof texts / sizeof *texts \
	}
	GROUP(values),
	GROUP(operators),
	GROUP(calls),
	GROUP(cases),
	GROUP(templates),
	GROUP(columns),
	GROUP(modifiers),
	GROUP(rules),
	GROUP(dimensions),
	GROUP(classes),
	GROUP(results),
	GROUP(summaries),
	GROUP(others),
	GROUP(settings),
	GROUP(tests),
};

// Parsed twice: with itself a tree is equal, with any other it is not, whichever comes first.
static void every_part_counts(void **state)
{
	static struct format_input first[MOST], second[MOST];
	unsigned wrong = 0;

	(void)state;
	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		assert_true(groups[g].count <= MOST);
		for (size_t i = 0; i < groups[g].count; i++) {
			format_input_open(&first[i], ppm_slice_of(groups[g].texts[i]));
			format_input_open(&second[i], ppm_slice_of(groups[g].texts[i]));
			if (!first[i].tree || first[i].list.errors) {
				fprintf(stderr, "has errors: %s\n", groups[g].texts[i]);
				wrong++;
			}
		}
		for (size_t i = 0; i < groups[g].count && !wrong; i++)
			for (size_t k = 0; k < groups[g].count; k++)
				if (ppm_tree_equal(first[i].tree, second[k].tree) != (i == k)) {
					fprintf(stderr, "%s: %s | %s\n", i == k ? "not equal to itself" : "equal", groups[g].texts[i], groups[g].texts[k]);
					wrong++;
				}
		for (size_t i = 0; i < groups[g].count; i++) {
			format_input_close(&first[i]);
			format_input_close(&second[i]);
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest all[] = { cmocka_unit_test(every_part_counts) };

	return cmocka_run_group_tests(all, NULL, NULL);
}
