// An expression as a person would write it, on one line: parentheses where the reader wrote them or the grammar needs them, and nowhere else.
// Recursion is bounded by PPM_DEPTH_LIMIT.
#include "lang/syntax/parse.h"

#include "runtime/base/date.h"
#include "runtime/base/text.h"

// How tightly a node binds; an operand that binds less than its place asks for goes into parentheses.
enum { ANY = 0, OR = 10, AND = 20, NOT = 30, COMPARISON = 40, TERM = 45, SUM = 50, PRODUCT = 60, POWER = 70, NEGATED = 80, PRIMARY = 90 };

static const char *const period_names[] = { "", "day", "week", "month", "year" };
static const char *const relation_signs[] = { " = ", " != ", " < ", " <= ", " > ", " >= " };

// Takes its period as it takes its unit.
static bool is_figure(const struct ppm_expression *e)
{
	return (e->kind == PPM_EXPRESSION_NUMBER || e->kind == PPM_EXPRESSION_PERCENTAGE || e->kind == PPM_EXPRESSION_MONEY) && !e->parenthesised;
}

static int level_of(const struct ppm_expression *e)
{
	switch (e->kind) {
	case PPM_EXPRESSION_IF: return ANY;
	case PPM_EXPRESSION_OR: return OR;
	case PPM_EXPRESSION_AND: return AND;
	case PPM_EXPRESSION_NOT: return NOT;
	case PPM_EXPRESSION_COMPARE:
	case PPM_EXPRESSION_IN_LIST:
	case PPM_EXPRESSION_IN_RANGE:
	case PPM_EXPRESSION_IN_VALUE:
	case PPM_EXPRESSION_BETWEEN:
	case PPM_EXPRESSION_IS_MISSING:
	case PPM_EXPRESSION_IS_PRESENT:
	case PPM_EXPRESSION_CONTAINS:
	case PPM_EXPRESSION_STARTS_WITH:
	case PPM_EXPRESSION_ENDS_WITH:
	case PPM_EXPRESSION_MATCHES: return COMPARISON;
	case PPM_EXPRESSION_DEFAULT: return TERM;
	case PPM_EXPRESSION_RATE: return is_figure(e->left) ? PRIMARY : TERM;
	case PPM_EXPRESSION_ADD:
	case PPM_EXPRESSION_SUBTRACT: return SUM;
	case PPM_EXPRESSION_MULTIPLY:
	case PPM_EXPRESSION_DIVIDE:
	case PPM_EXPRESSION_MODULO: return PRODUCT;
	case PPM_EXPRESSION_POWER: return POWER;
	case PPM_EXPRESSION_NEGATE: return NEGATED;
	default: return PRIMARY;
	}
}

static void write_at(const struct ppm_expression *e, int level, struct ppm_buffer *out);

static void write_name(struct ppm_slice name, struct ppm_buffer *out)
{
	bool plain = name.size > 0 && !(name.data[0] >= '0' && name.data[0] <= '9') && !ppm_word_is_reserved(name);

	for (size_t i = 0; i < name.size && plain; i++) {
		char c = name.data[i], lower = (char)(c | 32);
		plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
	}
	if (!plain)
		ppm_buffer_append_char(out, '`');
	if (name.size)
		ppm_text_append_escaped(out, name, 0, false);
	if (!plain)
		ppm_buffer_append_char(out, '`');
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7F;
}

static void write_path(const struct ppm_name_list *path, struct ppm_buffer *out)
{
	for (const struct ppm_name_list *each = path; each; each = each->next) {
		if (each != path)
			ppm_buffer_append_char(out, '.');
		write_name(each->name.text, out);
	}
}

// As it could stand in a model: control characters by the escapes that texts know.
static void write_quoted(struct ppm_slice text, struct ppm_buffer *out)
{
	ppm_buffer_append_char(out, '"');
	for (size_t at = 0; at < text.size;) {
		size_t end = at;
		while (end < text.size && !is_control(text.data[end]))
			end++;
		if (end > at)
			ppm_text_append_escaped(out, (struct ppm_slice){ text.data + at, end - at }, 0, true);
		else if (text.data[end] == '\n' || text.data[end] == '\t')
			ppm_buffer_append_text(out, text.data[end++] == '\n' ? "\\n" : "\\t");
		else
			ppm_buffer_format(out, "\\u{%X}", (unsigned)text.data[end++]);
		at = end;
	}
	ppm_buffer_append_char(out, '"');
}

static void write_clause(const char *word, const struct ppm_expression *e, struct ppm_buffer *out)
{
	if (!e)
		return;
	ppm_buffer_append_text(out, word);
	write_at(e, ANY, out);
}

static void write_arguments(const struct ppm_argument *first, struct ppm_buffer *out)
{
	for (const struct ppm_argument *each = first; each; each = each->next) {
		const char *direction = each->descending ? " desc" : each->ascending ? " asc" : "";
		size_t before;
		if (each != first)
			ppm_buffer_append_text(out, ", ");
		before = out->size;
		if (each->expression)
			write_at(each->expression, ANY, out);
		ppm_buffer_append_text(out, each->order_by ? "" : direction);
		write_clause(" over ", each->over, out);
		write_clause(out->size == before ? "where " : " where ", each->where, out);
		for (const struct ppm_expression *by = each->by; by; by = by->next)
			write_clause(out->size == before ? "by " : " by ", by, out);
		write_clause(" order by ", each->order_by, out);
		ppm_buffer_append_text(out, each->order_by ? direction : "");
	}
}

static void write_binary(const struct ppm_expression *e, const char *sign, int left, int right, struct ppm_buffer *out)
{
	write_at(e->left, left, out);
	ppm_buffer_append_text(out, sign);
	write_at(e->right, right, out);
}

static int exponent_level(const struct ppm_expression *e)
{
	return e->kind == PPM_EXPRESSION_NEGATE && level_of(e->left) == PRIMARY ? NEGATED : PRIMARY;
}

static void write_arms(const struct ppm_case_arm *arms, struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, "case { ");
	for (const struct ppm_case_arm *arm = arms; arm; arm = arm->next) {
		ppm_buffer_append_text(out, arm->missing ? "missing" : arm->otherwise ? "otherwise" : "when ");
		if (arm->when)
			write_at(arm->when, ANY, out);
		ppm_buffer_append_text(out, " : ");
		write_at(arm->value, ANY, out);
		ppm_buffer_append_char(out, ' ');
	}
	ppm_buffer_append_char(out, '}');
}

static void write_test(const struct ppm_expression *e, const char *plain, const char *negated, struct ppm_buffer *out)
{
	write_at(e->left, TERM, out);
	ppm_buffer_append_text(out, e->negated ? negated : plain);
	if (e->right)
		write_at(e->right, TERM, out);
}

static void write_literal(const struct ppm_expression *e, struct ppm_buffer *out)
{
	char day[10];

	switch (e->kind) {
	case PPM_EXPRESSION_TEXT: write_quoted(e->text, out); break;
	case PPM_EXPRESSION_DATE:
		ppm_date_write(e->date, day);
		ppm_buffer_append(out, day, sizeof day);
		break;
	case PPM_EXPRESSION_FLAG: ppm_buffer_append_text(out, e->yes ? "yes" : "no"); break;
	case PPM_EXPRESSION_MISSING: ppm_buffer_append_text(out, "missing"); break;
	case PPM_EXPRESSION_ANY: ppm_buffer_append_char(out, '_'); break;
	default:
		ppm_buffer_append(out, e->text.data, e->text.size);
		if (e->kind == PPM_EXPRESSION_PERCENTAGE)
			ppm_buffer_append_char(out, '%');
		if (e->kind == PPM_EXPRESSION_MONEY)
			ppm_buffer_format(out, " %.3s", e->currency);
		if (e->kind == PPM_EXPRESSION_DURATION)
			ppm_buffer_format(out, " %s%s", period_names[e->period], ppm_slice_is(e->text, "1") ? "" : "s");
	}
}

static void write_node(const struct ppm_expression *e, struct ppm_buffer *out)
{
	switch (e->kind) {
	case PPM_EXPRESSION_PATH: write_path(e->path, out); break;
	case PPM_EXPRESSION_CALL:
		write_path(e->path, out);
		ppm_buffer_append_char(out, '(');
		write_arguments(e->arguments, out);
		ppm_buffer_append_char(out, ')');
		break;
	case PPM_EXPRESSION_LIST:
		ppm_buffer_append_char(out, '[');
		for (const struct ppm_expression *item = e->items; item; item = item->next) {
			if (item != e->items)
				ppm_buffer_append_text(out, ", ");
			write_at(item, SUM, out);
		}
		ppm_buffer_append_char(out, ']');
		break;
	case PPM_EXPRESSION_NEGATE:
		ppm_buffer_append_char(out, '-');
		if (e->left->kind == PPM_EXPRESSION_NEGATE && !e->left->parenthesised)
			ppm_buffer_append_char(out, ' ');
		write_at(e->left, NEGATED, out);
		break;
	case PPM_EXPRESSION_NOT:
		ppm_buffer_append_text(out, "not ");
		write_at(e->left, NOT, out);
		break;
	case PPM_EXPRESSION_OR: write_binary(e, " or ", OR, AND, out); break;
	case PPM_EXPRESSION_AND: write_binary(e, " and ", AND, NOT, out); break;
	case PPM_EXPRESSION_ADD: write_binary(e, " + ", SUM, PRODUCT, out); break;
	case PPM_EXPRESSION_SUBTRACT: write_binary(e, " - ", SUM, PRODUCT, out); break;
	case PPM_EXPRESSION_MULTIPLY: write_binary(e, " * ", PRODUCT, POWER, out); break;
	case PPM_EXPRESSION_DIVIDE: write_binary(e, " / ", PRODUCT, POWER, out); break;
	case PPM_EXPRESSION_MODULO: write_binary(e, " mod ", PRODUCT, POWER, out); break;
	case PPM_EXPRESSION_POWER: write_binary(e, " ^ ", PRIMARY, exponent_level(e->right), out); break;
	case PPM_EXPRESSION_DEFAULT: write_binary(e, " default ", e->left->kind == PPM_EXPRESSION_DEFAULT ? TERM : PRIMARY, exponent_level(e->right), out); break;
	case PPM_EXPRESSION_RATE:
		write_at(e->left, e->left->kind == PPM_EXPRESSION_RATE ? PRIMARY + 1 : PRIMARY, out);
		ppm_buffer_format(out, " per %s", period_names[e->period]);
		break;
	case PPM_EXPRESSION_COMPARE: {
		uint32_t index = 0;
		for (const struct ppm_expression *item = e->items; item; item = item->next) {
			if (item != e->items)
				ppm_buffer_append_text(out, relation_signs[e->relations[index++]]);
			write_at(item, TERM, out);
		}
		break;
	}
	case PPM_EXPRESSION_IN_LIST:
	case PPM_EXPRESSION_IN_VALUE: write_test(e, " in ", " not in ", out); break;
	case PPM_EXPRESSION_IN_RANGE:
		write_test(e, " in ", " not in ", out);
		ppm_buffer_append_text(out, " to ");
		write_at(e->third, TERM, out);
		break;
	case PPM_EXPRESSION_BETWEEN:
		write_test(e, " between ", " not between ", out);
		ppm_buffer_append_text(out, " and ");
		write_at(e->third, TERM, out);
		break;
	case PPM_EXPRESSION_IS_MISSING: write_test(e, " is missing", " is not missing", out); break;
	case PPM_EXPRESSION_IS_PRESENT: write_test(e, " is present", " is not present", out); break;
	case PPM_EXPRESSION_CONTAINS: write_test(e, " contains ", " not contains ", out); break;
	case PPM_EXPRESSION_STARTS_WITH: write_test(e, " starts with ", " not starts with ", out); break;
	case PPM_EXPRESSION_ENDS_WITH: write_test(e, " ends with ", " not ends with ", out); break;
	case PPM_EXPRESSION_MATCHES: write_test(e, " matches ", " not matches ", out); break;
	case PPM_EXPRESSION_IF:
		ppm_buffer_append_text(out, "if ");
		write_at(e->left, ANY, out);
		ppm_buffer_append_text(out, " then ");
		write_at(e->right, ANY, out);
		ppm_buffer_append_text(out, " else ");
		write_at(e->third, ANY, out);
		break;
	case PPM_EXPRESSION_CASE: write_arms(e->arms, out); break;
	default: write_literal(e, out);
	}
}

static void write_at(const struct ppm_expression *e, int level, struct ppm_buffer *out)
{
	bool parentheses = e->parenthesised || level_of(e) < level;

	if (parentheses)
		ppm_buffer_append_char(out, '(');
	write_node(e, out);
	if (parentheses)
		ppm_buffer_append_char(out, ')');
}

void ppm_expression_write(const struct ppm_expression *expression, struct ppm_buffer *out)
{
	write_at(expression, ANY, out);
}
