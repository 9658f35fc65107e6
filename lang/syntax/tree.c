// Nodes of the tree. Every node knows the depth of what is under it, and none is made that would be deeper than PPM_DEPTH_LIMIT: the statement
// is given up at that point, so that a chain of a million operators costs no more than its first two hundred.
#include "lang/syntax/parser.h"

void ppm_tree_token(struct ppm_parser *parser, int kind, struct ppm_span span)
{
	struct ppm_tokens *tokens = parser->kept;

	if (!tokens)
		return;
	if (tokens->count == tokens->capacity) {
		uint32_t capacity = tokens->capacity ? tokens->capacity * 2 : 256;
		struct ppm_token *more = ppm_arena_allocate(parser->arena, capacity, sizeof *more);
		if (!more)
			return;
		if (tokens->count)
			memcpy(more, tokens->items, tokens->count * sizeof *more);
		tokens->items = more;
		tokens->capacity = capacity;
	}
	tokens->items[tokens->count++] = (struct ppm_token){ .kind = kind, .span = span };
}

void ppm_tree_mark(struct ppm_parser *parser, uint32_t offset, bool sign)
{
	uint32_t low = 0, high = parser->kept ? parser->kept->count : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (parser->kept->items[middle].span.begin < offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!parser->kept || low == parser->kept->count)
		return;
	parser->kept->items[low].sign |= sign;
	parser->kept->items[low].call |= !sign;
}

static uint32_t deeper(uint32_t depth, const struct ppm_expression *child)
{
	return child && child->depth > depth ? child->depth : depth;
}

static uint32_t children_depth(const struct ppm_expression *node)
{
	uint32_t depth = deeper(deeper(deeper(0, node->left), node->right), node->third);

	for (const struct ppm_expression *item = node->items; item; item = item->next)
		depth = deeper(depth, item);
	for (const struct ppm_argument *each = node->arguments; each; each = each->next) {
		depth = deeper(deeper(deeper(deeper(depth, each->expression), each->over), each->where), each->order_by);
		for (const struct ppm_expression *by = each->by; by; by = by->next)
			depth = deeper(depth, by);
	}
	for (const struct ppm_case_arm *arm = node->arms; arm; arm = arm->next)
		depth = deeper(deeper(depth, arm->when), arm->value);
	return depth;
}

static bool set_depth(struct ppm_parser *parser, struct ppm_expression *node, uint32_t children)
{
	struct ppm_diagnostic *diagnostic;
	struct ppm_span span = node->operator_span.end ? node->operator_span : node->span;

	node->depth = (uint8_t)(children < UINT8_MAX ? children + 1 : UINT8_MAX);
	if (node->depth <= PPM_DEPTH_LIMIT)
		return true;
	diagnostic = ppm_diag(parser->diagnostics, PPM_DIAG_NESTING_TOO_DEEP, span, "this expression is nested too deeply");
	ppm_diag_help(parser->diagnostics, diagnostic, "at most %d operators may stand on top of one another; give parts of it names with `let`", PPM_DEPTH_LIMIT);
	return false;
}

struct ppm_expression *ppm_tree_leaf(struct ppm_parser *parser, enum ppm_expression_kind kind, struct ppm_span span)
{
	struct ppm_expression *node = PPM_ARENA_NEW(parser->arena, struct ppm_expression);

	if (node) {
		node->kind = kind;
		node->span = span;
		node->depth = 1;
	}
	return node;
}

struct ppm_expression *ppm_tree_node(struct ppm_parser *parser, enum ppm_expression_kind kind, struct ppm_span span, struct ppm_span operator_span, struct ppm_expression *left,
	struct ppm_expression *right, struct ppm_expression *third)
{
	struct ppm_expression *node = ppm_tree_leaf(parser, kind, span);

	if (!node)
		return NULL;
	if (kind == PPM_EXPRESSION_NEGATE)
		ppm_tree_mark(parser, operator_span.begin, true);
	node->operator_span = operator_span;
	node->left = left;
	node->right = right;
	node->third = third;
	return set_depth(parser, node, children_depth(node)) ? node : NULL;
}

bool ppm_tree_test(struct ppm_parser *parser, struct ppm_expression *node, struct ppm_span span, struct ppm_span operator_span, struct ppm_expression *left, bool negated)
{
	node->left = left;
	node->span = span;
	node->operator_span = operator_span;
	node->negated = negated;
	return set_depth(parser, node, children_depth(node));
}

struct ppm_expression *ppm_tree_list(struct ppm_parser *parser, struct ppm_span span, struct ppm_expression *items)
{
	struct ppm_expression *node = ppm_tree_leaf(parser, PPM_EXPRESSION_LIST, span);

	if (!node)
		return NULL;
	if (items) {
		node->items = items->next;
		items->next = NULL;
	}
	for (const struct ppm_expression *item = node->items; item; item = item->next)
		node->item_count++;
	return set_depth(parser, node, children_depth(node)) ? node : NULL;
}

struct ppm_expression *ppm_tree_compare(struct ppm_parser *parser, struct ppm_expression *chain, enum ppm_relation relation, struct ppm_span span, struct ppm_span operator_span,
	struct ppm_expression *left, struct ppm_expression *right)
{
	uint32_t relations, depth;

	if (!chain) {
		chain = ppm_tree_leaf(parser, PPM_EXPRESSION_COMPARE, span);
		if (!chain)
			return NULL;
		chain->operator_span = operator_span;
		chain->items = left;
		left->next = left;
		chain->item_count = 1;
		chain->depth = (uint8_t)(left->depth + 1);
	}
	// room for a power of two of them
	relations = chain->item_count - 1;
	if ((relations & (relations + 1)) == 0) {
		enum ppm_relation *more = ppm_arena_allocate(parser->arena, 2 * (size_t)relations + 1, sizeof *more);
		if (!more)
			return NULL;
		if (relations)
			memcpy(more, chain->relations, relations * sizeof *more);
		chain->relations = more;
	}
	chain->relations[relations] = relation;
	right->next = chain->items->next;
	chain->items->next = right;
	chain->items = right;
	chain->item_count++;
	chain->span = span;
	depth = chain->depth - 1;
	return set_depth(parser, chain, deeper(depth, right)) ? chain : NULL;
}

struct ppm_expression *ppm_tree_path(struct ppm_parser *parser, struct ppm_span span, struct ppm_name_list *last)
{
	struct ppm_expression *node = ppm_tree_leaf(parser, PPM_EXPRESSION_PATH, span);

	if (!node)
		return NULL;
	node->path = last->next;
	last->next = NULL;
	return node;
}

struct ppm_expression *ppm_tree_call(struct ppm_parser *parser, struct ppm_span span, struct ppm_span path_span, struct ppm_name_list *path, struct ppm_argument *last)
{
	struct ppm_expression *node = ppm_tree_path(parser, span, path);

	if (!node)
		return NULL;
	node->kind = PPM_EXPRESSION_CALL;
	ppm_tree_mark(parser, path_span.end, false);
	node->operator_span = path_span;
	if (last) {
		node->arguments = last->next;
		last->next = NULL;
	}
	return set_depth(parser, node, children_depth(node)) ? node : NULL;
}

struct ppm_expression *ppm_tree_case(struct ppm_parser *parser, struct ppm_span span, struct ppm_case_arm *last)
{
	struct ppm_expression *node = ppm_tree_leaf(parser, PPM_EXPRESSION_CASE, span);

	if (!node)
		return NULL;
	node->arms = last->next;
	last->next = NULL;
	return set_depth(parser, node, children_depth(node)) ? node : NULL;
}

struct ppm_expression *ppm_tree_power(struct ppm_parser *parser, struct ppm_span span, struct ppm_span operator_span, struct ppm_expression *left, struct ppm_expression *right)
{
	struct ppm_diagnostics *list = parser->diagnostics;

	if (left->kind == PPM_EXPRESSION_NEGATE && !left->parenthesised) {
		struct ppm_diagnostic *diagnostic = ppm_diag(list, PPM_DIAG_POWER_OF_NEGATIVE, span, "`-` and `^` meet without parentheses");
		ppm_diag_help(list, diagnostic, "write `(-2) ^ 2` or `-(2 ^ 2)`, whichever is meant");
	} else if (left->kind == PPM_EXPRESSION_POWER && !left->parenthesised) {
		struct ppm_diagnostic *diagnostic = ppm_diag(list, PPM_DIAG_POWER_CHAIN, operator_span, "a power of a power without parentheses");
		ppm_diag_help(list, diagnostic, "write `(2 ^ 3) ^ 2` or `2 ^ (3 ^ 2)`, whichever is meant");
	}
	return ppm_tree_node(parser, PPM_EXPRESSION_POWER, span, operator_span, left, right, NULL);
}

struct ppm_name_list *ppm_tree_name(struct ppm_parser *parser, struct ppm_name name)
{
	struct ppm_name_list *node = PPM_ARENA_NEW(parser->arena, struct ppm_name_list);

	if (node)
		node->name = name;
	return node;
}

struct ppm_statement *ppm_tree_statement(struct ppm_parser *parser, enum ppm_statement_kind kind, struct ppm_span keyword, struct ppm_name name)
{
	struct ppm_statement *node = PPM_ARENA_NEW(parser->arena, struct ppm_statement);

	if (node) {
		node->kind = kind;
		node->keyword = keyword;
		node->span = keyword;
		node->name = name;
	}
	return node;
}

void ppm_tree_add(struct ppm_parser *parser, struct ppm_statement *statement, struct ppm_span span)
{
	statement->span = span;
	statement->next = NULL;
	if (parser->last_statement)
		parser->last_statement->next = statement;
	else
		parser->tree->statements = statement;
	parser->last_statement = statement;
}
