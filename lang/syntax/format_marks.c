// From the tree to marks on tokens: what begins a cell or an item, what may be broken, what is aligned with what. The tree says where a clause begins; its words are
// the tokens right before that place.
#include "lang/syntax/format_internal.h"

#include "lang/syntax/grammar.h"
#include "runtime/base/text.h"

// ---- tokens -------------------------------------------------------------------------------------------------------

uint32_t ppm_format_token(const struct ppm_format *f, uint32_t offset)
{
	uint32_t low = 0, high = f->token_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (f->tokens[middle].span.begin < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint8_t space_between(const struct ppm_token *before, const struct ppm_token *token)
{
	if (token->kind == TOK_COMMA || token->kind == TOK_RIGHT_PAREN || token->kind == TOK_RIGHT_BRACKET || token->kind == TOK_DOT || token->call)
		return 0;
	if (before->kind == TOK_LEFT_PAREN || before->kind == TOK_LEFT_BRACKET || before->kind == TOK_DOT)
		return 0;
	return !(before->sign && !token->sign);
}

// Words of one token (`3 years`, `best of`) with one blank between them; a comment between them is laid out after the token.
static struct ppm_slice squeeze(const struct ppm_format *f, struct ppm_slice text)
{
	char *copy;
	size_t size = 0;

	if (text.data[0] == '"' || text.data[0] == '`')
		return text;
	copy = ppm_arena_allocate(f->arena, text.size, 1);
	if (!copy)
		return text;
	for (size_t at = 0; at < text.size;) {
		char c = text.data[at];
		if (c == '#') {
			while (at < text.size && text.data[at] != '\n')
				at++;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			if (size && copy[size - 1] != ' ')
				copy[size++] = ' ';
			at++;
		} else {
			copy[size++] = c;
			at++;
		}
	}
	return (struct ppm_slice){ copy, size };
}

static bool prepare(struct ppm_format *f)
{
	uint32_t *open = ppm_arena_allocate(f->arena, (size_t)f->token_count + 1, sizeof *open), depth = 0;

	f->marks = ppm_arena_allocate(f->arena, (size_t)f->token_count + 1, sizeof *f->marks);
	if (!open || !f->marks)
		return false;
	for (uint32_t i = 0; i < f->token_count; i++) {
		const struct ppm_token *token = &f->tokens[i];
		struct ppm_format_mark *mark = &f->marks[i];
		struct ppm_slice raw = { f->source->text.data + (token->span.begin - f->source->base), token->span.end - token->span.begin };
		mark->text = squeeze(f, raw);
		mark->width = (uint32_t)ppm_utf8_width(mark->text.data, mark->text.size);
		mark->space = i ? space_between(token - 1, token) : 0;
		if (token->kind == TOK_RIGHT_BRACE && depth > 0)
			f->marks[open[--depth]].match = i;
		mark->depth = depth;
		if (token->kind == TOK_LEFT_BRACE)
			open[depth++] = i;
	}
	return !f->arena->failed;
}

// ---- marks --------------------------------------------------------------------------------------------------------

static struct ppm_format_mark *at(struct ppm_format *f, struct ppm_span span)
{
	return &f->marks[ppm_format_token(f, span.begin)];
}

static void cell(struct ppm_format_mark *mark, enum ppm_format_column column, uint8_t gap, bool breakable)
{
	mark->column = column;
	mark->gap = gap;
	mark->breakable = breakable;
}

static void item(struct ppm_format *f, struct ppm_span span, enum ppm_format_group group)
{
	struct ppm_format_mark *mark = at(f, span);

	mark->item = true;
	mark->group = group;
}

// The cell of a clause that begins with a word right before the span.
static void clause(struct ppm_format *f, struct ppm_span span, enum ppm_format_column column, uint8_t gap, bool breakable)
{
	cell(at(f, span) - 1, column, gap, breakable);
}

// `= value`: a long one goes to the next line.
static void value(struct ppm_format *f, const struct ppm_expression *expression)
{
	struct ppm_format_mark *mark = at(f, expression->span);

	cell(mark - 1, PPM_FORMAT_SECOND, 0, false);
	mark->breakable = true;
}

// A description or another text at a row's end.
static void text_cell(struct ppm_format *f, const struct ppm_text *text, bool word)
{
	if (text->text.data)
		cell(at(f, text->span) - word, PPM_FORMAT_TEXT, 3, true);
}

static void mark_cases(struct ppm_format *f, uint32_t begin, uint32_t end)
{
	for (uint32_t i = begin; i + 1 < end; i++) {
		if (f->tokens[i].kind != TOK_CASE)
			continue;
		for (uint32_t k = i + 2, close = f->marks[i + 1].match, inside = f->marks[i + 1].depth + 1, parens = 0; k < close; k++) {
			int kind = f->tokens[k].kind;
			if (f->marks[k].depth != inside)
				continue;
			if (kind == TOK_LEFT_PAREN || kind == TOK_LEFT_BRACKET)
				parens++;
			if (kind == TOK_RIGHT_PAREN || kind == TOK_RIGHT_BRACKET)
				parens--;
			if (parens == 0 &&
				(kind == TOK_WHEN || kind == TOK_OTHERWISE || (kind == TOK_MISSING && f->tokens[k - 1].kind != TOK_IS && f->tokens[k - 1].kind != TOK_NOT))) {
				f->marks[k].item = true;
				f->marks[k].group = PPM_FORMAT_ARM;
			} else if (parens == 0 && kind == TOK_COLON) {
				f->marks[k].column = PPM_FORMAT_SECOND;
				f->marks[k + 1].breakable = true;
			}
		}
	}
}

static void mark_columns(struct ppm_format *f, const struct ppm_column_declaration *columns)
{
	for (const struct ppm_column_declaration *column = columns; column; column = column->next) {
		uint32_t begin = ppm_format_token(f, column->span.begin), end = ppm_format_token(f, column->span.end), i = begin + 2, brackets = 0;
		bool first = true;
		item(f, column->span, PPM_FORMAT_COLUMN);
		cell(&f->marks[begin + 1], PPM_FORMAT_SECOND, 2, false);
		for (; i < end; i++) {
			int kind = f->tokens[i].kind, before = f->tokens[i - 1].kind;
			bool doc = kind == TOK_STRING && column->doc.text.data && f->tokens[i].span.begin == column->doc.span.begin;
			if (kind == TOK_LEFT_BRACKET)
				brackets++;
			if (kind == TOK_RIGHT_BRACKET)
				brackets--;
			if (doc && i + 1 == end) {
				cell(&f->marks[i], PPM_FORMAT_TEXT, 3, true);
			} else if (doc ||
				(brackets == 0 && before != TOK_SCHEMA_DEFAULT &&
					(kind == TOK_KEY || kind == TOK_OPTIONAL || kind == TOK_SCHEMA_DEFAULT || kind == TOK_IN || kind == TOK_SCHEMA_FROM ||
						kind == TOK_FORMAT_TEXT || kind == TOK_VALUES || kind == TOK_SCHEMA_MISSING || kind == TOK_REFERENCES))) {
				cell(&f->marks[i], first ? PPM_FORMAT_WHEN : PPM_FORMAT_NO_COLUMN, 2, !first);
				first = false;
			}
		}
	}
}

static void mark_dataset(struct ppm_format *f, const struct ppm_statement *statement)
{
	if (statement->dataset.parent.text.data)
		clause(f, statement->dataset.parent.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->dataset.source.text.data)
		clause(f, statement->dataset.source.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->dataset.file.text.data)
		clause(f, statement->dataset.file.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->dataset.dated.text.data)
		clause(f, statement->dataset.dated.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->doc.text.data)
		cell(at(f, statement->doc.span), PPM_FORMAT_NO_COLUMN, 0, true);
	mark_columns(f, statement->dataset.columns);
	for (const struct ppm_let *let = statement->dataset.lets; let; let = let->next) {
		item(f, let->span, PPM_FORMAT_LET);
		value(f, let->value);
		text_cell(f, &let->doc, false);
	}
}

static void mark_rules(struct ppm_format *f, const struct ppm_rule *rules);

static void mark_bands(struct ppm_format *f, const struct ppm_band *bands)
{
	for (const struct ppm_band *band = bands; band; band = band->next) {
		item(f, band->span, PPM_FORMAT_ENTRY);
		cell(at(f, band->value->span) - 1, PPM_FORMAT_SECOND, 0, false);
	}
}

static void mark_rule(struct ppm_format *f, const struct ppm_rule *rule)
{
	switch (rule->kind) {
	case PPM_RULE_REWARD:
	case PPM_RULE_PENALTY:
		at(f, rule->span)->group = PPM_FORMAT_RULE;
		cell(at(f, rule->name.span), PPM_FORMAT_NAME, 0, false);
		if (rule->points)
			cell(at(f, rule->points->span), PPM_FORMAT_POINTS, 0, false);
		if (rule->at_most)
			clause(f, rule->at_most->span, PPM_FORMAT_CAP, 0, false);
		clause(f, rule->condition->span, PPM_FORMAT_WHEN, 0, true);
		if (rule->missing)
			clause(f, rule->missing->span, PPM_FORMAT_MISSING, 2, false);
		text_cell(f, &rule->because.source, true);
		break;
	case PPM_RULE_SCALE:
		at(f, rule->span)->group = PPM_FORMAT_SCALE;
		clause(f, rule->from->span, PPM_FORMAT_SECOND, 0, true);
		clause(f, rule->subject->span, PPM_FORMAT_WHEN, 0, true);
		clause(f, rule->low->span, PPM_FORMAT_TEXT, 0, true);
		break;
	case PPM_RULE_BANDS: mark_bands(f, rule->bands); break;
	case PPM_RULE_BEST_OF:
	case PPM_RULE_GROUP: mark_rules(f, rule->rules); break;
	}
}

static void mark_rules(struct ppm_format *f, const struct ppm_rule *rules)
{
	for (const struct ppm_rule *rule = rules; rule; rule = rule->next) {
		item(f, rule->span, PPM_FORMAT_NO_GROUP);
		mark_rule(f, rule);
	}
}

static void mark_summary(struct ppm_format *f, const struct ppm_statement *statement)
{
	clause(f, statement->summary.by ? statement->summary.by->span : statement->summary.each_unit.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->summary.where)
		clause(f, statement->summary.where->span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->summary.order)
		cell(at(f, statement->summary.order->expression->span) - 2, PPM_FORMAT_NO_COLUMN, 0, true);
	for (const struct ppm_summary_column *column = statement->summary.columns; column; column = column->next) {
		item(f, column->name.span, PPM_FORMAT_AGGREGATE);
		value(f, column->value);
		text_cell(f, &column->doc, false);
	}
}

static void mark_param(struct ppm_format *f, const struct ppm_statement *statement)
{
	if (statement->param.type.base.text.data)
		cell(at(f, statement->param.type.span), PPM_FORMAT_NAME, 0, false);
	value(f, statement->param.value);
	if (statement->param.low || statement->param.in_list)
		clause(f, statement->param.low ? statement->param.low->span : statement->param.in_list->span, PPM_FORMAT_WHEN, 2, true);
	text_cell(f, &statement->doc, false);
}

static void mark_test(struct ppm_format *f, const struct ppm_statement *statement)
{
	for (const struct ppm_test_step *step = statement->test.steps; step; step = step->next) {
		item(f, step->span, PPM_FORMAT_NO_GROUP);
		for (uint32_t i = ppm_format_token(f, step->span.begin), end = ppm_format_token(f, step->span.end); step->rows && i < end; i++)
			if (f->tokens[i].kind == TOK_LEFT_BRACE)
				f->marks[i].breakable = f->marks[i].closed = true;
	}
}

static void mark_override(struct ppm_format *f, const struct ppm_statement *statement)
{
	cell(at(f, statement->override_.tier.span) - 1, PPM_FORMAT_NAME, 0, false);
	if (statement->override_.until)
		clause(f, statement->override_.until->span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->override_.by.text.data)
		clause(f, statement->override_.by.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->override_.because.text.data)
		clause(f, statement->override_.because.span, PPM_FORMAT_NO_COLUMN, 0, true);
	if (statement->override_.despite.text.data)
		clause(f, statement->override_.despite.span, PPM_FORMAT_NO_COLUMN, 0, true);
}

// Blocks that may stand on one line: their braces are aligned.
static void mark_brace(struct ppm_format *f, uint32_t begin, uint32_t end)
{
	while (begin < end && f->tokens[begin].kind != TOK_LEFT_BRACE)
		begin++;
	if (begin < end)
		f->marks[begin].column = PPM_FORMAT_SECOND;
}

static void mark_statement(struct ppm_format *f, const struct ppm_statement *statement)
{
	static const enum ppm_format_group groups[] = {
		[PPM_STATEMENT_PARAM] = PPM_FORMAT_PARAM,
		[PPM_STATEMENT_LET] = PPM_FORMAT_LET,
		[PPM_STATEMENT_DEFINE] = PPM_FORMAT_DEFINE,
		[PPM_STATEMENT_METRIC] = PPM_FORMAT_METRIC,
		[PPM_STATEMENT_DISQUALIFY] = PPM_FORMAT_DISQUALIFY,
		[PPM_STATEMENT_TIER] = PPM_FORMAT_TIER,
		[PPM_STATEMENT_PERSPECTIVE] = PPM_FORMAT_PERSPECTIVE,
		[PPM_STATEMENT_SCENARIO] = PPM_FORMAT_SCENARIO,
		[PPM_STATEMENT_SEGMENT] = PPM_FORMAT_SEGMENT,
		[PPM_STATEMENT_LOOKUP] = PPM_FORMAT_LOOKUP,
		[PPM_STATEMENT_OVERRIDE] = PPM_FORMAT_OVERRIDE,
		[PPM_STATEMENT_TEST] = PPM_FORMAT_NO_GROUP,
	};
	uint32_t begin = ppm_format_token(f, statement->span.begin), end = ppm_format_token(f, statement->span.end);

	f->marks[begin].group = groups[statement->kind];
	switch (statement->kind) {
	case PPM_STATEMENT_DATASET: mark_dataset(f, statement); break;
	case PPM_STATEMENT_PARAM: mark_param(f, statement); break;
	case PPM_STATEMENT_DEFINE:
		f->marks[begin + 2].space = 0;
		value(f, statement->define.value);
		text_cell(f, &statement->doc, false);
		break;
	case PPM_STATEMENT_LET:
		value(f, statement->let.value);
		text_cell(f, &statement->doc, false);
		break;
	case PPM_STATEMENT_METRIC:
		if (statement->doc.text.data)
			cell(at(f, statement->doc.span), PPM_FORMAT_NAME, 0, false);
		value(f, statement->let.value);
		break;
	case PPM_STATEMENT_ADJUST:
	case PPM_STATEMENT_DIMENSION: mark_rules(f, statement->dimension.rules); break;
	case PPM_STATEMENT_RULE: mark_rule(f, statement->rule.rule); break;
	case PPM_STATEMENT_DISQUALIFY:
		clause(f, statement->disqualify.condition->span, PPM_FORMAT_WHEN, 0, true);
		if (statement->disqualify.missing_passes)
			cell(&f->marks[ppm_format_token(f, statement->disqualify.condition->span.end)], PPM_FORMAT_MISSING, 2, false);
		text_cell(f, &statement->disqualify.because.source, true);
		break;
	case PPM_STATEMENT_TIER:
		cell(&f->marks[begin + 2], PPM_FORMAT_WHEN, 0, statement->tier.condition);
		text_cell(f, &statement->tier.action.source, true);
		break;
	case PPM_STATEMENT_SEGMENT:
		mark_brace(f, begin, end);
		for (const struct ppm_segment_arm *arm = statement->segment.arms; arm; arm = arm->next) {
			item(f, arm->span, PPM_FORMAT_ARM);
			cell(at(f, arm->span) + 1, PPM_FORMAT_SECOND, 2, arm->condition);
		}
		break;
	case PPM_STATEMENT_PERSPECTIVE:
		if (statement->doc.text.data)
			cell(at(f, statement->doc.span), PPM_FORMAT_NAME, 0, false);
		mark_brace(f, begin, end);
		for (const struct ppm_share *share = statement->perspective.shares; share; share = share->next) {
			item(f, share->name.span, PPM_FORMAT_SHARE);
			cell(at(f, share->name.span) + 1, PPM_FORMAT_SECOND, 0, false);
		}
		break;
	case PPM_STATEMENT_SCENARIO:
		if (statement->doc.text.data)
			cell(at(f, statement->doc.span), PPM_FORMAT_NAME, 0, false);
		mark_brace(f, begin, end);
		for (const struct ppm_scenario_setting *setting = statement->scenario.settings; setting; setting = setting->next) {
			item(f, setting->span, PPM_FORMAT_SETTING);
			value(f, setting->value);
		}
		break;
	case PPM_STATEMENT_OUTPUT:
		f->marks[begin + 1].fill = true;
		for (const struct ppm_result *result = statement->output.results; result; result = result->next)
			item(f, result->span, PPM_FORMAT_FILL);
		break;
	case PPM_STATEMENT_SUMMARY: mark_summary(f, statement); break;
	case PPM_STATEMENT_LOOKUP:
		f->marks[begin + 2].space = 0;
		mark_brace(f, begin, end);
		for (const struct ppm_lookup_entry *entry = statement->lookup.entries; entry; entry = entry->next) {
			item(f, entry->span, PPM_FORMAT_ENTRY);
			cell(at(f, entry->value->span) - 1, PPM_FORMAT_SECOND, 0, false);
		}
		break;
	case PPM_STATEMENT_OVERRIDE: mark_override(f, statement); break;
	case PPM_STATEMENT_TEST: mark_test(f, statement); break;
	default: break;
	}
	mark_cases(f, begin, end);
}

bool ppm_format_mark_all(struct ppm_format *f, const struct ppm_syntax_tree *tree)
{
	if (!prepare(f))
		return false;
	for (const struct ppm_statement *statement = tree->statements; statement; statement = statement->next)
		mark_statement(f, statement);
	return true;
}
