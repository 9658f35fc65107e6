// Settings are texts, as --set has them, so that a variant is compiled by the very way that a user would run it.
#include "lang/whatif/variants.h"

#include "runtime/base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MANY 1000000u // variants are counted no further
#define SHARE 0.1     // of a param's value, to both sides, where no range is declared

// ---- lists -------------------------------------------------------------------------------------------------------

static void *grow(struct ppm_arena *arena, void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	size_t wanted = *room ? *room * 2 : 16;
	void *grown = ppm_arena_allocate(arena, wanted, size);
	if (grown && count)
		memcpy(grown, items, count * size);
	if (grown)
		*room = wanted;
	return grown;
}

static struct ppm_whatif_variant *add(struct ppm_whatif_variants *v, struct ppm_whatif_variant variant)
{
	struct ppm_whatif_variant *items = grow(v->arena, v->items, v->count, &v->room, sizeof *items);
	if (!items)
		return NULL;
	v->items = items;
	v->items[v->count] = variant;
	return &v->items[v->count++];
}

static struct ppm_slice written(const struct ppm_model *model, const struct ppm_expression *value, struct ppm_arena *arena)
{
	struct ppm_buffer line;

	ppm_buffer_init(&line, arena->allocator);
	ppm_source_append_line(&line, ppm_source_map_text(ppm_model_sources(model), value->span));
	return ppm_arena_take(arena, &line);
}

// What the param is in the model, a variant's or the base: both have the params of the same text.
static struct ppm_slice value_in(const struct ppm_model *model, struct ppm_slice name, struct ppm_arena *arena)
{
	const struct ppm_plan *plan = ppm_model_plan(model);
	double number;
	for (size_t i = 0; i < plan->param_count; i++) {
		const struct ppm_plan_param *param = &plan->params[i];
		if (!ppm_slice_equal(param->full, name))
			continue;
		if (!ppm_expression_is_literal(param->written) && ppm_vary_is_numeric(plan, param) && ppm_plan_constant_number(plan, param->node, &number))
			return ppm_vary_value(param, plan, number, arena);
		return written(model, param->written, arena);
	}
	// else it is a list: there is one of that name, or it could not be varied
	for (const struct ppm_plan_param *list = plan->list_params;; list++) {
		assert(list < plan->list_params + plan->list_param_count);
		if (ppm_slice_equal(list->full, name))
			return written(model, list->written, arena);
	}
}

static bool note_param(struct ppm_whatif_variants *v, struct ppm_slice name)
{
	for (size_t i = 0; i < v->base_count; i++)
		if (ppm_slice_equal(v->base[i].name, name))
			return true;
	struct ppm_setting *base = grow(v->arena, v->base, v->base_count, &v->base_room, sizeof *base);
	if (!base)
		return false;
	v->base = base;
	v->base[v->base_count++] = (struct ppm_setting){ ppm_arena_copy(v->arena, name), value_in(v->model, name, v->arena), NULL };
	return !v->arena->failed;
}

bool ppm_whatif_keep_params(struct ppm_whatif_variants *v, size_t variant, const struct ppm_model *model)
{
	struct ppm_slice *values = ppm_arena_allocate(v->arena, v->base_count + 1, sizeof *values);

	for (size_t i = 0; values && i < v->base_count; i++)
		values[i] = value_in(model, v->base[i].name, v->arena);
	v->items[variant].values = values;
	return values && !v->arena->failed;
}

// There may be more than `count`: it stops at MANY.
static bool too_many(struct ppm_buffer *problem, struct ppm_buffer *help, size_t count, const char *advice)
{
	ppm_buffer_format(
		problem, "%s%zu variants are more than the %u that one comparison has", count > MANY ? "at least " : "", count > MANY ? (size_t)MANY : count, PPM_WHATIF_POINTS);
	ppm_buffer_append_text(help, advice);
	return false;
}

bool ppm_whatif_variants_open(struct ppm_whatif_variants *v, const struct ppm_model *model, struct ppm_arena *arena)
{
	*v = (struct ppm_whatif_variants){ .arena = arena, .model = model };
	return add(v, (struct ppm_whatif_variant){ .name = PPM_SLICE("base") }) != NULL;
}

// ---- scenarios --------------------------------------------------------------------------------------------------------

static bool add_scenario(struct ppm_whatif_variants *v, const struct ppm_plan_scenario *scenario)
{
	struct ppm_setting *settings = ppm_arena_allocate(v->arena, (size_t)scenario->setting_count + 1, sizeof *settings);
	struct ppm_slice name = ppm_arena_copy(v->arena, scenario->name);
	if (!settings)
		return false;
	for (uint32_t i = 0; i < scenario->setting_count; i++) {
		settings[i] = (struct ppm_setting){ ppm_arena_copy(v->arena, scenario->settings[i].name), ppm_arena_copy(v->arena, scenario->settings[i].text), NULL };
		if (!note_param(v, settings[i].name))
			return false;
	}
	return add(v, (struct ppm_whatif_variant){ .name = name, .scenario = name, .settings = settings, .setting_count = scenario->setting_count }) != NULL;
}

bool ppm_whatif_add_scenarios(struct ppm_whatif_variants *v, const struct ppm_slice *names, size_t count, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	const struct ppm_plan *plan = ppm_model_plan(v->model);
	if (!count && plan->scenario_count > PPM_WHATIF_POINTS)
		return too_many(problem, help, plan->scenario_count, "name those to compare: `--scenario NAME`, which may be repeated");
	for (size_t i = 0; i < plan->scenario_count && !count; i++)
		if (!add_scenario(v, &plan->scenarios[i]))
			return false;
	for (size_t i = 0; i < count; i++) {
		const struct ppm_plan_scenario *found = NULL;
		struct ppm_suggestion suggestion;
		ppm_suggestion_init(&suggestion, names[i]);
		for (size_t k = 0; k < plan->scenario_count; k++) {
			ppm_suggestion_offer(&suggestion, plan->scenarios[k].name);
			found = ppm_slice_equal(plan->scenarios[k].name, names[i]) ? &plan->scenarios[k] : found;
		}
		if (found) {
			if (!add_scenario(v, found))
				return false;
			continue;
		}
		struct ppm_slice near = ppm_suggestion_take(&suggestion);
		ppm_buffer_append_text(problem, "the model has no scenario called `");
		ppm_text_append_escaped(problem, names[i], 60, false);
		ppm_buffer_append_text(problem, "`");
		if (near.size)
			ppm_buffer_format(help, "did you mean `%.*s`?", (int)near.size, near.data);
		else
			ppm_buffer_append_text(help, "a scenario is declared in the model: `scenario name { param = value }`");
		return false;
	}
	return true;
}

// ---- a grid -------------------------------------------------------------------------------------------------------------

static bool add_point(struct ppm_whatif_variants *v, const struct ppm_vary *axes, size_t count, size_t point)
{
	struct ppm_whatif_variant variant = { .setting_count = count };
	struct ppm_setting *settings = ppm_arena_allocate(v->arena, count + 1, sizeof *settings);
	struct ppm_buffer name;
	ppm_buffer_init(&name, v->arena->allocator);
	for (size_t i = count; i-- > 0 && settings;) {
		settings[i] = (struct ppm_setting){ axes[i].name, axes[i].values[point % axes[i].count], "--vary" };
		point /= axes[i].count;
	}
	for (size_t i = 0; i < count && settings; i++)
		ppm_buffer_format(&name, "%s%.*s = %.*s", i ? ", " : "", (int)settings[i].name.size, settings[i].name.data, (int)settings[i].value.size, settings[i].value.data);
	variant.settings = settings;
	variant.name = name.failed ? PPM_SLICE("") : ppm_arena_copy(v->arena, ppm_buffer_slice(&name));
	bool fine = settings && !name.failed && add(v, variant) && !v->arena->failed;
	ppm_buffer_free(&name);
	return fine;
}

bool ppm_whatif_add_grid(struct ppm_whatif_variants *v, const struct ppm_vary *axes, size_t count, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	size_t points = count ? 1 : 0;
	for (size_t i = 0; i < count; i++) {
		points = points > MANY ? points : points * axes[i].count;
		for (size_t k = 0; k < i; k++)
			if (ppm_slice_equal(axes[i].name, axes[k].name)) {
				ppm_buffer_format(problem, "`--vary` is given twice for `%.*s`", (int)axes[i].name.size, axes[i].name.data);
				ppm_buffer_append_text(help, "give all values of a param at once, between commas");
				return false;
			}
		if (!note_param(v, axes[i].name))
			return false;
	}
	if (points + v->count - 1 > PPM_WHATIF_POINTS)
		return too_many(problem, help, points + v->count - 1, "give fewer values, or a larger step: `--vary horizon=1..10/3`");
	for (size_t i = 0; i < points; i++)
		if (!add_point(v, axes, count, i))
			return false;
	return true;
}

// ---- a tornado ------------------------------------------------------------------------------------------------------------

static size_t add_end(struct ppm_whatif_variants *v, const struct ppm_plan_param *param, double value, struct ppm_slice *text)
{
	struct ppm_setting *setting = ppm_arena_allocate(v->arena, 1, sizeof *setting);
	*text = ppm_vary_value(param, ppm_model_plan(v->model), value, v->arena);
	if (!setting)
		return 0;
	*setting = (struct ppm_setting){ ppm_arena_copy(v->arena, param->full), *text, "--tornado" };
	return add(v, (struct ppm_whatif_variant){ .name = *text, .settings = setting, .setting_count = 1 }) ? v->count - 1 : 0;
}

bool ppm_whatif_add_bars(struct ppm_whatif_variants *v, struct ppm_buffer *left_out)
{
	const struct ppm_plan *plan = ppm_model_plan(v->model);
	v->bars = ppm_arena_allocate(v->arena, plan->param_count + 1, sizeof *v->bars);
	for (size_t i = 0; i < plan->param_count && v->bars; i++) {
		const struct ppm_plan_param *param = &plan->params[i];
		double value, low, high;
		bool declared = param->low != PPM_NODE_NONE && ppm_plan_constant_number(plan, param->low, &low) && ppm_plan_constant_number(plan, param->high, &high);
		if (param->standard || !ppm_vary_is_numeric(plan, param) || !ppm_plan_constant_number(plan, param->node, &value))
			continue;
		if (!declared && (value == 0 || param->statement->param.in_list)) {
			ppm_buffer_format(left_out, "%s`%.*s`", left_out->size ? ", " : "", (int)param->full.size, param->full.data);
			continue;
		}
		if (!declared) {
			low = value - fabs(value) * SHARE;
			high = value + fabs(value) * SHARE;
			if (plan->nodes[param->node].type.base == PPM_BASE_DURATION) {
				low = floor(low);
				high = ceil(high);
			}
		}
		struct ppm_whatif_bar *bar = &v->bars[v->bar_count++];
		*bar = (struct ppm_whatif_bar){ .param = ppm_arena_copy(v->arena, param->full), .declared = declared };
		bar->low = add_end(v, param, low, &bar->low_text);
		bar->high = add_end(v, param, high, &bar->high_text);
		if (!bar->low || !bar->high)
			return false;
	}
	return v->bars && !v->arena->failed;
}

void ppm_whatif_rank_bars(const struct ppm_whatif_report *report, struct ppm_whatif_bar *bars, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ppm_whatif_bar *bar = &bars[i], moving;
		const size_t ends[] = { 0, bar->low, bar->high };
		double least = 0, most = 0;
		bar->has_swing = true;
		for (size_t k = 0; k < 3; k++) {
			struct ppm_slice text;
			double value;
			if (!ppm_whatif_figure(report, &report->variants[ends[k]].result, &report->measure, &value, &text)) {
				bar->has_swing = false;
				break;
			}
			least = k == 0 || value < least ? value : least;
			most = k == 0 || value > most ? value : most;
		}
		bar->swing = bar->has_swing ? most - least : 0;
		moving = *bar;
		size_t at = i;
		for (; at > 0 && (bars[at - 1].swing < moving.swing || (!bars[at - 1].has_swing && moving.has_swing)); at--)
			bars[at] = bars[at - 1];
		bars[at] = moving;
	}
}
