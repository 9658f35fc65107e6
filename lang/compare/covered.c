// Tests beside the rules that they cover. Those that read a rule by itself come first: a test of the score covers all rules, and says little of one.
#include "lang/compare/covered.h"

#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

#define BOLD "\033[1m"
#define RED "\033[31m"
#define PLAIN "\033[0m"
#define RULES 24 // that are told; JSON has all
#define TITLES 5 // of each, and way
#define LONGEST 120

struct page {
	const struct ppm_covered *covered;
	struct ppm_buffer *out;
	bool colour, markdown;
};

static void text(const struct page *p, struct ppm_slice shown)
{
	if (p->markdown)
		ppm_text_append_markdown(p->out, shown, LONGEST);
	else
		ppm_text_append_escaped(p->out, shown, LONGEST, false);
}

// Whether some change touches the rule.
static bool is_touched(const struct ppm_changes *changes, uint32_t rule)
{
	for (size_t i = 0; i < changes->count; i++)
		for (size_t k = 0; k < changes->items[i].rule_count; k++)
			if (changes->items[i].rules[k] == rule)
				return true;
	return false;
}

static bool can_be_covered(const struct ppm_plan_rule *rule)
{
	return rule->kind != PPM_RULE_BEST_OF && rule->kind != PPM_RULE_GROUP;
}

static bool covers(const struct ppm_covering_test *test, uint32_t rule, bool directly)
{
	return test->rules && test->rules[rule] && test->direct[rule] == directly;
}

static uint32_t titles(const struct page *p, uint32_t rule, bool directly, const char *before)
{
	const struct ppm_covering *covering = p->covered->covering;
	uint32_t count = 0;

	for (uint32_t i = 0; i < covering->count; i++) {
		const struct ppm_covering_test *test = &covering->tests[i];
		if (!covers(test, rule, directly) || count++ >= TITLES)
			continue;
		ppm_buffer_append_text(p->out, count == 1 ? before : ", ");
		ppm_buffer_append_char(p->out, '"');
		text(p, test->title);
		ppm_buffer_append_char(p->out, '"');
		if (test->outcome != PPM_TEST_PASSED)
			ppm_buffer_append_text(p->out, p->colour ? RED " fails" PLAIN : p->markdown ? " **fails**" : " fails");
	}
	if (count > TITLES)
		ppm_buffer_format(p->out, " and %u more", count - TITLES);
	return count;
}

static void rule_line(const struct page *p, const struct ppm_plan_rule *rule)
{
	uint32_t index = rule->index, count;

	ppm_buffer_append_text(p->out, p->markdown ? "- **" : "  ");
	text(p, rule->name);
	ppm_buffer_append_text(p->out, p->markdown ? "**: " : ": ");
	count = titles(p, index, true, "");
	count += titles(p, index, false, count ? "; by way of its dimension or the score " : "by way of its dimension or the score ");
	if (!count)
		ppm_buffer_append_text(p->out, "no test covers it");
	ppm_buffer_append_char(p->out, '\n');
}

static void page(const struct page *p)
{
	const struct ppm_covered *covered = p->covered;
	const struct ppm_plan *plan = ppm_model_plan(covered->after);
	uint32_t touched = 0, told = 0;

	for (size_t i = 0; i < plan->rule_count; i++)
		touched += can_be_covered(plan->rules[i]) && is_touched(covered->changes, (uint32_t)i);
	if (!touched && !(covered->state == PPM_COVERED_RUN && covered->covering->failed))
		return;
	ppm_buffer_append_text(p->out, p->markdown ? "\n### Tests\n\n" : p->colour ? "\n" BOLD "tests" PLAIN "\n" : "\ntests\n");
	switch (covered->state) {
	case PPM_COVERED_RUN:
		ppm_buffer_format(p->out, "%s%u passed, %u failed, by the newer model\n", p->markdown ? "" : "  ", covered->covering->passed, covered->covering->failed);
		break;
	case PPM_COVERED_NONE:
		ppm_buffer_append_text(
			p->out, p->markdown ? "No test covers what changed: the newer model has none.\n" : "  no test covers what changed: the newer model has none\n");
		break;
	case PPM_COVERED_BROKEN:
		ppm_buffer_append_text(p->out,
			p->markdown ? "The tests do not fit the newer model any more: `ppmc test` says why.\n"
				    : "  the tests do not fit the newer model any more: `ppmc test` says why\n");
		break;
	}
	if (p->markdown && covered->state == PPM_COVERED_RUN)
		ppm_buffer_append_char(p->out, '\n');
	for (size_t i = 0; i < plan->rule_count && covered->state == PPM_COVERED_RUN; i++)
		if (can_be_covered(plan->rules[i]) && is_touched(covered->changes, (uint32_t)i) && told++ < RULES)
			rule_line(p, plan->rules[i]);
	if (told > RULES)
		ppm_buffer_format(p->out, "%sand %u more rules\n", p->markdown ? "- " : "  ", told - RULES);
}

void ppm_covered_text(const struct ppm_covered *covered, bool colour, struct ppm_buffer *out)
{
	page(&(struct page){ covered, out, colour, false });
}

void ppm_covered_markdown(const struct ppm_covered *covered, struct ppm_buffer *out)
{
	page(&(struct page){ covered, out, false, true });
}

void ppm_covered_json(const struct ppm_covered *covered, struct ppm_buffer *out)
{
	static const char *const states[] = { "run", "none", "broken" };
	static const char *const outcomes[] = { "passed", "failed", "error" };
	const struct ppm_plan *plan = ppm_model_plan(covered->after);
	const struct ppm_covering *covering = covered->covering;
	bool run = covered->state == PPM_COVERED_RUN, first = true;

	ppm_buffer_format(out, ",\n  \"tests\": {\"state\": \"%s\", \"passed\": %u, \"failed\": %u, \"rules\": [", states[covered->state], run ? covering->passed : 0,
		run ? covering->failed : 0);
	for (uint32_t rule = 0; rule < plan->rule_count; rule++) {
		bool first_test = true;
		if (!can_be_covered(plan->rules[rule]) || !is_touched(covered->changes, rule))
			continue;
		ppm_buffer_append_text(out, first ? "\n    {\"rule\": " : ",\n    {\"rule\": ");
		first = false;
		ppm_json_append_string(out, plan->rules[rule]->name);
		ppm_buffer_append_text(out, ", \"tests\": [");
		for (uint32_t i = 0; run && i < covering->count; i++) {
			const struct ppm_covering_test *test = &covering->tests[i];
			if (!test->rules || !test->rules[rule])
				continue;
			ppm_buffer_append_text(out, first_test ? "{\"title\": " : ", {\"title\": ");
			first_test = false;
			ppm_json_append_string(out, test->title);
			ppm_buffer_format(out, ", \"outcome\": \"%s\", \"directly\": %s}", outcomes[test->outcome], test->direct[rule] ? "true" : "false");
		}
		ppm_buffer_append_text(out, "]}");
	}
	ppm_buffer_append_text(out, first ? "]}" : "\n  ]}");
}
