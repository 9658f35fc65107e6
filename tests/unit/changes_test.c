// Two models compared: every allocation of the comparison fails once, models with all kinds of things differ from nothing and from each other, and what a change
// touches is told by the newer plan's rules.
#include "lang/compare/changes.h"
#include "lang/plan/plan.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char old_text[] =
	"as of 2026-06-30\nuse \"rules.ppm\"\n"
	"dataset customers { id text key  days number optional missing \"N/A\"  paid money  country text  boss text optional  region text references regions }\n"
	"dataset orders of customers by customer dated placed { number text key  customer text  placed date  total money  let age = as_of - placed }\n"
	"dataset regions from \"regions.csv\" { region text key  quota money }\n"
	"tree team by boss\n"
	"param most = 30 in 1 to 100\nparam words = [\"a\", \"b\"]\n"
	"lookup fit(t) { \"a\" or \"b\" : 10  otherwise : 2 }\ndefine share(x, y) = x / y\n"
	"let spent = sum(total over orders where age < 90 days)\nlet part = share(spent, paid)\nlet place = rank(spent desc by region)\n"
	"dimension payment weight 40 { penalty late 10 when days > most because \"{days} days late\"  reward early 5 when days <= rules.low missing 0 }\n"
	"dimension value weight 60 { scale size from 0 to 20 as part goes 0 to 10  bands old by place { below 3 : 4  otherwise : 1 }\n"
	"  best of named { reward first fit(country) when country in words  reward second 1 when not (paid < 5 or country = \"x\") } }\n"
	"disqualify never when country = \"KP\" missing passes\n"
	"tier good when score >= 60 and place < 100 action \"call {id}\"\ntier rest otherwise\n"
	"segment sizes { large when paid > 500  small otherwise }\nperspective cfo { payment 2  value 1 }\n"
	"metric all_paid = sum(paid over customers)\nsummary by_region by region order by sum(paid) desc { paid = sum(paid) }\n"
	"override \"C-1\" tier good until 2026-12-31 by \"A\" because \"B\"\noutput { id  score  tier  part format \"0.0\"  reasons 3 }\n"
	"test \"late\" { given days = 40 expect late }\n";
// The same with one thing of each kind changed.
static const char new_text[] =
	"as of 2026-07-31\nuse \"rules.ppm\"\n"
	"dataset customers { id text key  days number optional missing \"-\"  paid money  country text in [\"a\", \"b\", \"x\", \"KP\", \"IR\"]  boss text optional  region text "
	"references regions }\n"
	"dataset orders of customers by customer dated placed { number text key  customer text  placed date  total money  let age = as_of - placed - 1 day }\n"
	"dataset regions from \"other.csv\" { region text key  quota money }\n"
	"tree team by boss on cycle break\n"
	"param most = 45 in 1 to 90\nparam words = [\"b\", \"x\"]\n"
	"lookup fit(t) { \"b\" : 9  \"a\" : 10  \"x\" : 1  otherwise : 2 }\ndefine share(x, y) = x / (y + 1)\n"
	"let spending = sum(total over orders where age < 90 days)\nlet part = share(spending, paid)\nlet place = rank(spending desc)\n"
	"dimension payment weight 50 { penalty late 12 when days > most and paid > 1 because \"{days} days\"  reward early 5 when days < rules.low missing 1 }\n"
	"dimension value weight 60 start 1 { scale size from 0 to 25 as part goes 0 to 12  bands old by place { below 4 : 4  below 9 : 2  otherwise : 1 }\n"
	"  best of named { reward first fit(country) when country in words  reward another 1 when paid >= 5 and country != \"x\" }  reward fresh 1 when paid > 7 }\n"
	"disqualify never when country in [\"KP\", \"IR\"]\n"
	"tier good when score >= 70 and place < 100 action \"visit {id}\"\ntier middle when score > 30\ntier rest otherwise\n"
	"segment sizes { medium when paid > 100  large when paid > 500  small otherwise }\nperspective cfo { payment 3  value 1 }\n"
	"metric all_paid = sum(paid over customers where paid > 0)\nsummary by_region by region order by sum(paid) { paid = avg(paid) }\n"
	"override \"C-1\" tier rest until 2026-12-31 by \"A\" because \"B\"\noutput { id  tier  score  part format \"0.00\"  reasons 4 }\n"
	"test \"late\" { given days = 50, paid = 3 expect late }\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_is(path, "old") ? ppm_slice_of(old_text) : ppm_slice_is(path, "new") ? ppm_slice_of(new_text) : PPM_SLICE("param low = 0\n");
	*identity = path;
	return PPM_OK;
}

static struct ppm_model *compiled(const char *path)
{
	const struct ppm_compile_options options = { .loader = { load, NULL } };
	struct ppm_model *model;
	struct ppm_buffer said;

	if (ppm_model_compile(&model, ppm_slice_of(path), &options)) {
		ppm_buffer_init(&said, NULL);
		ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_SHORT, false, 0, &said);
		fail_msg("%.*s", (int)said.size, said.data);
	}
	return model;
}

static const struct ppm_change *find(const struct ppm_changes *changes, enum ppm_subject_kind subject, const char *name)
{
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].subject == subject && ppm_slice_is(changes->items[i].name, name))
			return &changes->items[i];
	return NULL;
}

static uint32_t rule(const struct ppm_model *model, const char *name)
{
	const struct ppm_plan *plan = ppm_model_plan(model);

	for (size_t i = 0; i < plan->rule_count; i++)
		if (ppm_slice_is(plan->rules[i]->name, name))
			return (uint32_t)i;
	return PPM_NO_RULE;
}

static void nothing_differs_from_itself(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ppm_model *one = compiled(i ? "new" : "old"), *same = compiled(i ? "new" : "old");
		struct ppm_changes changes;
		struct ppm_arena arena;

		ppm_arena_init(&arena, NULL);
		assert_int_equal(ppm_changes_find(&arena, one, same, &changes), PPM_OK);
		assert_int_equal(changes.count, 0);
		assert_int_equal(changes.after_rule_count, ppm_model_plan(one)->rule_count);
		for (uint32_t k = 0; k < changes.after_rule_count; k++) {
			assert_int_equal(changes.after_rules[k], k);
			assert_int_equal(changes.before_rules[k], k);
		}
		ppm_arena_free(&arena);
		ppm_model_free(one);
		ppm_model_free(same);
	}
}

static void every_kind_is_told(void **state)
{
	struct ppm_model *before = compiled("old"), *after = compiled("new");
	const struct ppm_change *change;
	struct ppm_changes changes;
	struct ppm_arena arena;

	(void)state;
	ppm_arena_init(&arena, NULL);
	assert_int_equal(ppm_changes_find(&arena, before, after, &changes), PPM_OK);
	for (int kind = 0; kind < PPM_SUBJECT_COUNT; kind++) {
		bool found = kind == PPM_SUBJECT_SCORE || kind == PPM_SUBJECT_SCENARIO; // nothing of these is in the models
		for (size_t i = 0; i < changes.count; i++)
			found = found || changes.items[i].subject == (enum ppm_subject_kind)kind;
		assert_true(found);
	}
	// what reads it, be it by way of other names
	change = find(&changes, PPM_SUBJECT_PARAM, "most");
	assert_non_null(change);
	assert_int_equal(change->rule_count, 1);
	assert_int_equal(change->rules[0], rule(after, "late"));
	change = find(&changes, PPM_SUBJECT_LET, "orders.age");
	assert_non_null(change);
	assert_int_equal(change->rule_count, 2);
	assert_int_equal(change->rules[0], rule(after, "size"));
	assert_int_equal(change->rules[1], rule(after, "old"));
	// a new name is a pair
	change = find(&changes, PPM_SUBJECT_RULE, "another");
	assert_non_null(change);
	assert_int_equal(change->kind, PPM_CHANGE_RENAMED);
	assert_true(ppm_slice_is(change->old_name, "second"));
	assert_int_equal(change->rule_before, rule(before, "second"));
	assert_int_equal(changes.after_rules[rule(before, "second")], rule(after, "another"));
	change = find(&changes, PPM_SUBJECT_LET, "spending");
	assert_non_null(change);
	assert_int_equal(change->kind, PPM_CHANGE_RENAMED);
	change = find(&changes, PPM_SUBJECT_RULE, "fresh");
	assert_non_null(change);
	assert_int_equal(change->kind, PPM_CHANGE_ADDED);
	assert_int_equal(change->rule_after, rule(after, "fresh"));
	assert_int_equal(changes.before_rules[rule(after, "fresh")], PPM_NO_RULE);
	// and back: what was added is removed
	assert_int_equal(ppm_changes_find(&arena, after, before, &changes), PPM_OK);
	change = find(&changes, PPM_SUBJECT_RULE, "fresh");
	assert_non_null(change);
	assert_int_equal(change->kind, PPM_CHANGE_REMOVED);
	assert_int_equal(change->rule_count, 0);
	ppm_arena_free(&arena);
	ppm_model_free(before);
	ppm_model_free(after);
}

// Whether it was told whole; what was told is added to `out`.
static bool told(struct counted_heap *heap, const struct ppm_model *before, const struct ppm_model *after, struct ppm_buffer *kept)
{
	const struct ppm_changes_names names = { PPM_SLICE("old"), PPM_SLICE("new"), before, after };
	struct ppm_allocator allocator = { counted_reallocate, heap };
	struct ppm_changes changes;
	struct ppm_arena arena;
	struct ppm_buffer out;
	bool fine;

	ppm_arena_init(&arena, &allocator);
	ppm_buffer_init(&out, &allocator);
	fine = ppm_changes_find(&arena, before, after, &changes) == PPM_OK;
	if (fine) {
		ppm_changes_text(&changes, &names, true, &out);
		ppm_changes_markdown(&changes, &names, &out);
		ppm_changes_json(&changes, &names, &out);
		fine = !out.failed;
	}
	kept->size = 0;
	if (fine)
		ppm_buffer_append(kept, out.data, out.size);
	ppm_buffer_free(&out);
	ppm_arena_free(&arena);
	return fine;
}

// One that fails may be got over (a table grows by less); then all is told. When all fail from there on, nothing is.
static void memory_fails(void **state)
{
	struct ppm_model *before = compiled("old"), *after = compiled("new");
	struct ppm_buffer whole, part;
	size_t at = 1, failures = 0;

	(void)state;
	ppm_buffer_init(&whole, NULL);
	ppm_buffer_init(&part, NULL);
	assert_true(told(&(struct counted_heap){ 0 }, before, after, &whole));
	for (bool failed = true; failed; at++) {
		struct counted_heap once = { .fail_at = at }, for_good = { .fail_at = at, .from_then_on = true };

		if (told(&once, before, after, &part))
			assert_true(ppm_slice_equal(ppm_buffer_slice(&whole), ppm_buffer_slice(&part)));
		else
			failures++;
		assert_int_equal(once.live, 0);
		failed = once.failed;
		assert_int_equal(told(&for_good, before, after, &part), !failed);
		assert_int_equal(for_good.live, 0);
	}
	assert_true(failures > 50);
	ppm_buffer_free(&whole);
	ppm_buffer_free(&part);
	ppm_model_free(before);
	ppm_model_free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_differs_from_itself),
		cmocka_unit_test(every_kind_is_told),
		cmocka_unit_test(memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
