// What people write who come from spreadsheets, SQL or another language, and how it is written here. A slip that the scanner can read as what it means is
// the scanner's (lexer.re); here is what the grammar refuses. Invariant: an advice with the reader's own words in it compiles when it is typed as it stands there; where
// those words are not plain enough to be moved, `…` stands for them.
#include "lang/syntax/parser.h"

#include "lang/syntax/grammar.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SHOW(slice) (int)(slice).size, (slice).data
#define PARTS 8      // arguments of a call that is written differently here
#define LONGEST 200u // bytes of one that is repeated

struct place {
	const struct ppm_parser *parser;
	const bool *expected;
	int got;
	struct ppm_span at;
	struct ppm_slice text;     // what is there
	struct ppm_slice previous; // the token before; empty: none
	bool begins_line;
	struct ppm_buffer *help;
};

// Around what a name in backquotes may be part of.
#define OPEN(slice) (memchr((slice).data, '`', (slice).size) ? "`` " : "`")
#define CLOSE(slice) (memchr((slice).data, '`', (slice).size) ? " ``" : "`")
#define SAY(...) ppm_buffer_format(p->help, __VA_ARGS__)

// ---- words -----------------------------------------------------------------------------------------

static bool same(struct ppm_slice word, const char *other)
{
	size_t i = 0;

	for (; i < word.size && other[i]; i++) {
		char c = word.data[i];
		if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != other[i])
			return false;
	}
	return i == word.size && !other[i];
}

static bool is_one_of(struct ppm_slice word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same(word, words[i]))
			return true;
	return false;
}

enum ppm_foreign_value ppm_foreign_value(struct ppm_slice word)
{
	static const char *const nothing[] = { "null", "none", "nan", "na", "nil", "empty", "blank", "undefined" }, *const today[] = { "today", "now", "sysdate", "current_date" };

	if (same(word, "true"))
		return PPM_FOREIGN_YES;
	if (same(word, "false"))
		return PPM_FOREIGN_NO;
	if (is_one_of(word, nothing, COUNT(nothing)))
		return PPM_FOREIGN_MISSING;
	return is_one_of(word, today, COUNT(today)) ? PPM_FOREIGN_TODAY : PPM_FOREIGN_NONE;
}

const char *ppm_foreign_type(struct ppm_slice word)
{
	static const char *const numbers[] = { "integer", "int", "bigint", "smallint", "tinyint", "long", "float", "double", "decimal", "numeric", "real", "num" },
				 *const texts[] = { "string", "str", "varchar", "nvarchar", "char", "character" }, *const flags[] = { "bool", "boolean", "bit", "logical" },
				 *const dates[] = { "datetime", "timestamp", "time" }, *const amounts[] = { "currency", "amount", "price" },
				 *const percents[] = { "percentage", "pct" };

	return is_one_of(word, numbers, COUNT(numbers))      ? "number"
		: is_one_of(word, texts, COUNT(texts))       ? "text"
		: is_one_of(word, flags, COUNT(flags))       ? "flag"
		: is_one_of(word, dates, COUNT(dates))       ? "date"
		: is_one_of(word, amounts, COUNT(amounts))   ? "money"
		: is_one_of(word, percents, COUNT(percents)) ? "percent"
							     : NULL;
}

// In capitals, in `out`; empty when it is no currency.
static struct ppm_slice currency(struct ppm_slice word, char out[4])
{
	struct ppm_slice code = { out, word.size };

	if (same(word, "euro") || same(word, "euros"))
		code = (struct ppm_slice){ memcpy(out, "EUR", 4), 3 };
	if (code.size != 3)
		return PPM_SLICE("");
	for (size_t i = 0; i < 3 && code.data != word.data && word.size == 3; i++)
		out[i] = word.data[i] >= 'a' && word.data[i] <= 'z' ? (char)(word.data[i] - 'a' + 'A') : word.data[i];
	return ppm_word_is_currency(code) ? code : PPM_SLICE("");
}

// ---- what stands around a place -----------------------------------------------------------------------

static bool in_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static const char *over_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static const char *source(const struct ppm_parser *parser, uint32_t offset)
{
	return (const char *)ppm_parser_at(parser, offset);
}

// The name that ends before `end`, with its dots; empty where something else does, or where more than the name belongs to it: `a + b` before `= missing`.
static struct ppm_slice name_before(const struct ppm_parser *parser, const char *end)
{
	const char *base = (const char *)parser->base, *begin, *before;

	while (end > base && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	begin = end;
	if (begin > base && begin[-1] == '`') {
		for (begin--; begin > base && begin[-1] != '`' && begin[-1] != '\n'; begin--)
			;
		if (begin == base || begin[-1] != '`')
			return PPM_SLICE("");
		begin--;
	} else {
		while (begin > base && (in_word(begin[-1]) || begin[-1] == '.'))
			begin--;
	}
	for (before = begin; before > base && (before[-1] == ' ' || before[-1] == '\t');)
		before--;
	if (begin == end || (size_t)(end - begin) > LONGEST || (before > base && strchr("+-*/^.%", before[-1])))
		return PPM_SLICE("");
	if (before - base >= 3 && memcmp(before - 3, "mod", 3) == 0 && (before - base == 3 || !in_word(before[-4])))
		return PPM_SLICE("");
	return (struct ppm_slice){ begin, (size_t)(end - begin) };
}

// The arguments of a call, from its `(` on: what stands between the commas, on one line. How many, 0 where they cannot be told apart; *end is behind the `)`.
static size_t arguments(const char *open, struct ppm_slice parts[PARTS], const char **end)
{
	const char *begin = over_blanks(open + 1), *p = begin;
	size_t count = 0, depth = 0;
	char quote = 0;

	for (; *p && *p != '\n' && *p != '#'; p++) {
		if (quote) {
			p += quote == '"' && *p == '\\' && p[1] ? 1 : 0;
			quote = *p == quote ? 0 : quote;
		} else if (*p == '"' || *p == '`') {
			quote = *p;
		} else if (*p == '(' || *p == '[' || *p == '{') {
			depth++;
		} else if (depth > 0 && (*p == ')' || *p == ']' || *p == '}')) {
			depth--;
		} else if (depth == 0 && (*p == ',' || *p == ')')) {
			const char *stop = p;
			while (stop > begin && (stop[-1] == ' ' || stop[-1] == '\t'))
				stop--;
			if (count == PARTS || stop == begin || (size_t)(stop - begin) > LONGEST)
				return 0;
			parts[count++] = (struct ppm_slice){ begin, (size_t)(stop - begin) };
			if (*p == ')') {
				*end = p + 1;
				return count;
			}
			begin = over_blanks(p + 1);
		}
	}
	return 0;
}

// `1 000 000` from the figure on, as `1_000_000`; `separator` stands between its groups.
bool ppm_parser_grouped(const struct ppm_parser *parser, struct ppm_span first, char separator, struct ppm_buffer *out)
{
	const char *p = source(parser, first.begin);
	size_t groups = 0, digits = first.end - first.begin;

	if (digits > 3)
		return false;
	ppm_buffer_append(out, p, digits);
	for (p += digits; *p == separator && memchr("0123456789", p[1], 10) && memchr("0123456789", p[2], 10) && memchr("0123456789", p[3], 10) && !in_word(p[4]);
		p += 4, groups++) {
		ppm_buffer_append_char(out, '_');
		ppm_buffer_append(out, p + 1, 3);
	}
	if (*p == '.' && p[1] >= '0' && p[1] <= '9') {
		const char *point = p;
		for (p++; *p >= '0' && *p <= '9'; p++)
			;
		ppm_buffer_append(out, point, (size_t)(p - point));
	}
	return groups > 0;
}

// An operand as it stands beside an operator: in parentheses where it has operators of its own. `looser`: only those that bind like `and` count.
static void say_operand(struct place *p, struct ppm_slice part, bool looser)
{
	size_t depth = 0;
	char quote = 0;
	bool wrap = part.size > 3 && memcmp(part.data, "if ", 3) == 0;

	for (size_t i = 0; i < part.size && !wrap; i++) {
		char c = part.data[i];
		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '`')
			quote = c;
		else if (strchr("([{", c))
			depth++;
		else if (strchr(")]}", c))
			depth -= depth > 0;
		else if (depth == 0 && looser)
			wrap = c == ' ' && ((part.size - i > 4 && memcmp(part.data + i, " or ", 4) == 0) || (part.size - i > 5 && memcmp(part.data + i, " and ", 5) == 0));
		else if (depth == 0)
			wrap = c == ' ' || (i > 0 && strchr("+-*/^<>=!", c));
	}
	SAY(wrap ? "(%.*s)" : "%.*s", SHOW(part));
}

// ---- where a value is expected -------------------------------------------------------------------------

static const char *operator_text(int token)
{
	return token == TOK_AND ? "and" : token == TOK_OR ? "or" : token == TOK_MOD ? "mod" : token == TOK_CONTAINS ? "contains" : token == TOK_MATCHES ? "matches" : NULL;
}

// `contains(plan, "pro")`: a call of what stands between its two sides.
static bool operator_as_function(struct place *p)
{
	const char *word = operator_text(p->got), *open = over_blanks(p->text.data + p->text.size), *end;
	struct ppm_slice parts[PARTS];
	size_t count;

	if ((!word && p->got != TOK_BETWEEN && p->got != TOK_IN) || *open != '(')
		return false;
	count = arguments(open, parts, &end);
	if (p->got == TOK_IN) {
		SAY("`in` follows what it asks about: write `… in [ … ]`");
	} else if (p->got == TOK_BETWEEN) {
		SAY("`between` follows what it asks about: write `");
		for (size_t i = 0; i < 3; i++) {
			SAY("%s", i == 0 ? "" : i == 1 ? " between " : " and ");
			say_operand(p, count == 3 ? parts[i] : PPM_SLICE("…"), false);
		}
		SAY("`");
	} else {
		bool logic = p->got == TOK_AND || p->got == TOK_OR, known = count == 2 || (count > 2 && logic);
		SAY("`%s` stands between its two sides: write `(", word);
		for (size_t i = 0; i < (known ? count : 2); i++) {
			if (i)
				SAY(" %s ", word);
			say_operand(p, known ? parts[i] : PPM_SLICE("…"), logic);
		}
		SAY(")`");
	}
	return true;
}

static bool missing_as_value(struct place *p)
{
	const struct ppm_parser *parser = p->parser;
	bool equal = parser->previous_token == TOK_ASSIGN, unequal = parser->previous_token == TOK_NOT_EQUAL;
	struct ppm_slice name = PPM_SLICE("");

	if (equal || unequal) {
		name = name_before(parser, p->previous.data);
		SAY("write %s%.*s is %smissing%s", OPEN(name), SHOW(name.size ? name : PPM_SLICE("…")), unequal ? "not " : "", CLOSE(name));
	} else {
		SAY("`missing` is no value: ask `… is missing`, or `… is not missing`");
	}
	return true;
}

static enum ppm_advice before_value(struct place *p)
{
	int previous = p->parser->previous_token;
	bool arithmetic = p->got == TOK_TIMES || p->got == TOK_DIVIDE || p->got == TOK_MOD || p->got == TOK_POWER;

	if (p->got == TOK_PLUS) {
		SAY("leave out the `+`: only `-` stands before a value");
		return PPM_ADVICE_SURE;
	}
	if (operator_as_function(p))
		return PPM_ADVICE_SURE;
	if (arithmetic && (previous == TOK_PLUS || previous == TOK_MINUS || previous == TOK_TIMES || previous == TOK_DIVIDE || previous == TOK_MOD || previous == TOK_POWER)) {
		SAY("one of the two operators is too many, or what stands between them is missing");
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_ASSIGN && (previous == TOK_LESS || previous == TOK_GREATER)) {
		SAY("write `%.*s=`, without a blank", SHOW(p->previous));
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_MISSING && !p->begins_line)
		return missing_as_value(p) ? PPM_ADVICE_SURE : PPM_ADVICE_NONE;
	if ((p->got == TOK_ASSIGN || p->got == TOK_COLON) && p->expected[TOK_WHEN] && p->expected[TOK_AT_MOST]) {
		SAY("points follow the name: leave out the `%.*s`", SHOW(p->text));
		return PPM_ADVICE_SURE;
	}
	return PPM_ADVICE_NONE;
}

// ---- where an operator is expected ---------------------------------------------------------------------

// `LIKE "D%"`: the test of texts that says the same.
static void like(struct place *p)
{
	const char *text = over_blanks(p->text.data + p->text.size), *begin = text + 1, *end;
	bool negated = p->parser->previous_token == TOK_NOT;

	for (end = begin; *text == '"' && *end && *end != '"' && *end != '\n' && *end != '\\' && *end != '_'; end++)
		;
	if (*text == '"' && *end == '"' && end > begin) {
		bool left = *begin == '%', right = end - begin > 1 && end[-1] == '%';
		struct ppm_slice core = { begin + left, (size_t)(end - begin) - left - right };
		if (core.size && !memchr(core.data, '%', core.size) && (left || right || !negated)) {
			SAY("write `%s%s \"%.*s\"`", negated ? "not " : "", left && right ? "contains" : left ? "ends with" : right ? "starts with" : "=", SHOW(core));
			return;
		}
	}
	SAY("texts are asked by `contains`, `starts with`, `ends with`, and by `matches` for a pattern such as `\"^D.*E$\"`");
}

static bool foreign_operator(struct place *p)
{
	static const char *const like_words[] = { "like", "ilike", "rlike", "regexp", "similar" }, *const above[] = { "above", "over", "exceeds", "greater", "more", "gt" },
				 *const under[] = { "under", "less", "fewer", "lt" }, *const equal[] = { "equals", "eq" }, *const begins[] = { "begins", "starts" },
				 *const includes[] = { "includes", "containing" };

	if (is_one_of(p->text, like_words, COUNT(like_words)))
		like(p);
	else if (is_one_of(p->text, above, COUNT(above)))
		SAY("write `>`");
	else if (is_one_of(p->text, under, COUNT(under)))
		SAY("write `<`");
	else if (is_one_of(p->text, equal, COUNT(equal)))
		SAY("write `=`");
	else if (same(p->text, "at") && same((struct ppm_slice){ over_blanks(p->text.data + 2), 5 }, "least"))
		SAY("\"at least\" is written `>=`");
	else if (is_one_of(p->text, begins, COUNT(begins)))
		SAY("write `starts with`");
	else if (is_one_of(p->text, includes, COUNT(includes)))
		SAY("write `contains`");
	else
		return false;
	return true;
}

// The word after a figure, which was to be its unit.
static bool foreign_unit(struct place *p)
{
	char code[4], lower[8];
	struct ppm_slice money = currency(p->text, code), word = { lower, p->text.size };
	bool singular;

	if (money.size) {
		SAY("write `%.*s %.*s`", SHOW(p->previous), SHOW(money));
		return true;
	}
	if (same(p->text, "percent") || same(p->text, "pct")) {
		SAY("write `%.*s%%`", SHOW(p->previous));
		return true;
	}
	if (same(p->text, "k") || same(p->text, "m") || same(p->text, "mio") || same(p->text, "million") || same(p->text, "thousand")) {
		SAY("a large figure is written out, as in `10_000`");
		return true;
	}
	for (size_t i = 0; i < word.size && word.size < sizeof lower; i++)
		lower[i] = (char)(p->text.data[i] >= 'A' && p->text.data[i] <= 'Z' ? p->text.data[i] + ('a' - 'A') : p->text.data[i]);
	if (word.size < sizeof lower && ppm_word_period(word, &singular) != PPM_PERIOD_NONE)
		SAY("write `%.*s %.*s`", SHOW(p->previous), SHOW(word));
	else if (same(p->text, "d"))
		SAY("write `%.*s days`", SHOW(p->previous));
	else if (same(p->text, "quarter") || same(p->text, "quarters"))
		SAY("a quarter is `3 months`");
	else
		return false;
	return true;
}

// `1,000`, `12,5`, `1.000,50`
static bool comma_in_figure(struct place *p)
{
	const char *point = memchr(p->previous.data, '.', p->previous.size), *digits = p->text.data + 1, *end = digits;
	struct ppm_buffer figure;

	while (*end >= '0' && *end <= '9')
		end++;
	if (digits == end || in_word(*end) || p->parser->previous.end != p->at.begin || p->previous.size > LONGEST)
		return false;
	ppm_buffer_init(&figure, p->parser->arena->allocator);
	if (!point && ppm_parser_grouped(p->parser, p->parser->previous, ',', &figure))
		SAY("thousands are written `%.*s`, without a comma", (int)figure.size, figure.data);
	else if (!point)
		SAY("decimals stand after a point: write `%.*s.%.*s`", SHOW(p->previous), (int)(end - digits), digits);
	else if (point - p->previous.data <= 3 && p->previous.data + p->previous.size - point == 4)
		SAY("decimals stand after a point: write `%.*s_%.3s.%.*s`", (int)(point - p->previous.data), p->previous.data, point + 1, (int)(end - digits), digits);
	p->help->failed = p->help->failed || figure.failed;
	ppm_buffer_free(&figure);
	return p->help->size > 0;
}

// A comma in parentheses that are no call's.
static bool comma_in_parentheses(struct place *p)
{
	const struct ppm_parser *parser = p->parser;
	const struct ppm_bracket *open = parser->before_current.depth ? &parser->brackets[parser->before_current.depth - 1] : NULL;
	struct ppm_slice parts[PARTS], word;
	const char *paren, *end;
	size_t count;

	if (!open || open->open != '(')
		return false;
	paren = (const char *)parser->base + open->offset;
	word = name_before(parser, paren);
	if (same(word, "in")) {
		count = arguments(paren, parts, &end);
		SAY("a list stands in brackets: write `in [");
		if (!count)
			SAY(" … ");
		for (size_t i = 0; i < count; i++)
			SAY("%s%.*s", i ? ", " : "", SHOW(parts[i]));
		SAY("]`");
		return true;
	}
	if (same(word, "if")) {
		count = arguments(paren, parts, &end);
		if (count == 3)
			SAY("write `(if %.*s then %.*s else %.*s)`", SHOW(parts[0]), SHOW(parts[1]), SHOW(parts[2]));
		else
			SAY("write `(if … then … else …)`");
		return true;
	}
	return false;
}

static bool is_name_text(struct ppm_slice text)
{
	return text.size && text.size <= LONGEST && (in_word(text.data[0]) || text.data[0] == '`') && !(text.data[0] >= '0' && text.data[0] <= '9');
}

static enum ppm_advice before_operator(struct place *p)
{
	const bool *e = p->expected;
	int previous = p->parser->previous_token;
	char code[4];

	if (p->got == TOK_NUMBER && previous == TOK_NUMBER && !p->begins_line) {
		struct ppm_buffer figure;
		bool grouped;
		ppm_buffer_init(&figure, p->parser->arena->allocator);
		grouped = ppm_parser_grouped(p->parser, p->parser->previous, ' ', &figure);
		if (grouped)
			SAY("thousands are written `%.*s`", (int)figure.size, figure.data);
		p->help->failed = p->help->failed || figure.failed;
		ppm_buffer_free(&figure);
		return grouped ? PPM_ADVICE_SURE : PPM_ADVICE_NONE;
	}
	if (p->got == TOK_NUMBER && previous == TOK_NAME && currency(p->previous, code).size) {
		SAY("the currency follows the figure: write `%.*s %.*s`", SHOW(p->text), SHOW(currency(p->previous, code)));
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_COMMA && e[TOK_RIGHT_PAREN] && comma_in_parentheses(p))
		return PPM_ADVICE_SURE;
	if (p->got == TOK_COMMA && previous == TOK_NUMBER && comma_in_figure(p))
		return PPM_ADVICE_SURE;
	if (p->begins_line)
		return PPM_ADVICE_NONE;
	if (p->got == TOK_NAME && previous == TOK_NUMBER && foreign_unit(p))
		return PPM_ADVICE_SURE;
	if (p->got == TOK_NAME && same(p->text, "per")) {
		SAY("after `per` stands `day`, `week`, `month` or `year`, in small letters");
		return PPM_ADVICE_SURE;
	}
	if ((p->got == TOK_IF || p->got == TOK_WHERE) && e[TOK_WHEN] && e[TOK_AT_MOST]) {
		SAY("a rule's condition stands after `when`");
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_THEN && e[TOK_BECAUSE]) {
		SAY("a rule's points stand after its name: `reward NAME 5 when …`");
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_THEN && e[TOK_COLON]) {
		SAY("an arm is written `when … : …`");
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_NAME && e[TOK_WHEN] && e[TOK_AT_MOST] && (same(p->text, "points") || same(p->text, "point") || same(p->text, "pts"))) {
		SAY("leave out `%.*s`", SHOW(p->text));
		return PPM_ADVICE_SURE;
	}
	// `nps over 5`, and not `sum(revenue) over customers`
	if (e[TOK_LESS] && (p->got == TOK_NAME || (p->got == TOK_OVER && memchr("0123456789", *over_blanks(p->text.data + p->text.size), 10))) && foreign_operator(p))
		return PPM_ADVICE_SURE;
	if (e[TOK_LESS] && p->got == TOK_AT_MOST && !e[TOK_AT_MOST]) {
		SAY("\"at most\" is written `<=`");
		return PPM_ADVICE_SURE;
	}
	if (e[TOK_LESS] && ppm_token_is_literal(p->got) && ppm_token_is_name(previous) && is_name_text(p->previous) && p->text.size <= LONGEST) {
		bool order = p->got != TOK_STRING && p->got != TOK_YES && p->got != TOK_NO;
		SAY("an operator is missing, as in %s%.*s %s %.*s%s", OPEN(p->previous), SHOW(p->previous), order ? ">=" : "=", SHOW(p->text), CLOSE(p->previous));
		return PPM_ADVICE_FALLBACK;
	}
	return PPM_ADVICE_NONE;
}

// ---- after `is` and `not` -------------------------------------------------------------------------------

// `is gold`, `is greater than 5`
static enum ppm_advice is_no_state(struct place *p, struct ppm_slice name, bool negated)
{
	if (p->got != TOK_NAME)
		return PPM_ADVICE_NONE;
	if (foreign_operator(p))
		return PPM_ADVICE_SURE;
	if (p->text.size > LONGEST)
		return PPM_ADVICE_NONE;
	if (p->text.data[0] == '`')
		SAY("only `missing` and `present` follow `is`: write `%s`", negated ? "!=" : "=");
	else
		SAY("only `missing` and `present` follow `is`: write %s%.*s %s \"%.*s\"%s, or without the quotation marks where it is no text", OPEN(name), SHOW(name),
			negated ? "!=" : "=", SHOW(p->text), CLOSE(name));
	return PPM_ADVICE_FALLBACK;
}

static enum ppm_advice after_is(struct place *p)
{
	const struct ppm_parser *parser = p->parser;
	bool negated = parser->previous_token == TOK_NOT, yes, no;
	const char *is = p->previous.data;
	struct ppm_slice name;
	enum ppm_foreign_value value = p->got == TOK_NAME ? ppm_foreign_value(p->text) : PPM_FOREIGN_NONE;

	if (value == PPM_FOREIGN_MISSING) {
		SAY("write `is %smissing`", negated ? "not " : "");
		return PPM_ADVICE_SURE;
	}
	if (negated) { // over `is` and the blanks between the two
		while (is > (const char *)parser->base && !in_word(is[-1]))
			is--;
		is -= is - (const char *)parser->base >= 2 ? 2 : 0;
	}
	name = name_before(parser, is);
	yes = p->got == TOK_YES || value == PPM_FOREIGN_YES;
	no = p->got == TOK_NO || value == PPM_FOREIGN_NO;
	if (!name.size)
		name = PPM_SLICE("…");
	if (yes || no)
		SAY("a flag stands alone: write %s%s%.*s%s", OPEN(name), yes == negated ? "not " : "", SHOW(name), CLOSE(name));
	else if (ppm_token_is_literal(p->got) && p->text.size <= LONGEST)
		SAY("write %s%.*s %s %.*s%s", OPEN(name), SHOW(name), negated ? "!=" : "=", SHOW(p->text), CLOSE(name));
	else
		return is_no_state(p, name, negated);
	return PPM_ADVICE_SURE;
}

// ---- where a statement's name is expected ---------------------------------------------------------------

static const char *form_of(int statement)
{
	static const struct {
		int token;
		const char *form;
	} forms[] = {
		{ TOK_REWARD, "reward NAME 5 when …" },
		{ TOK_PENALTY, "penalty NAME 5 when …" },
		{ TOK_SCALE, "scale NAME from 0 to 10 as … goes … to …" },
		{ TOK_BANDS, "bands NAME by … { … }" },
		{ TOK_BEST_OF, "best of NAME { … }" },
		{ TOK_GROUP, "group NAME at most 10 { … }" },
		{ TOK_DISQUALIFY, "disqualify NAME when …" },
		{ TOK_TIER, "tier NAME when …" },
		{ TOK_SEGMENT, "segment NAME { … }" },
		{ TOK_DIMENSION, "dimension NAME { … }" },
		{ TOK_PERSPECTIVE, "perspective NAME { … }" },
		{ TOK_DATASET, "dataset NAME { … }" },
		{ TOK_LET, "let NAME = …" },
		{ TOK_PARAM, "param NAME = …" },
		{ TOK_METRIC, "metric NAME = …" },
		{ TOK_DEFINE, "define NAME(…) = …" },
		{ TOK_LOOKUP, "lookup NAME(…) { … }" },
		{ TOK_SUMMARY, "summary NAME by … { … }" },
		{ TOK_SCENARIO, "scenario NAME { … }" },
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		if (forms[i].token == statement)
			return forms[i].form;
	return NULL;
}

// The word that comes after the name was taken for it.
static bool is_after_name(int statement, int token)
{
	switch (statement) {
	case TOK_REWARD:
	case TOK_PENALTY:
	case TOK_DISQUALIFY: return token == TOK_WHEN;
	case TOK_TIER: return token == TOK_WHEN || token == TOK_OTHERWISE || token == TOK_MISSING;
	case TOK_BANDS:
	case TOK_SUMMARY: return token == TOK_BY;
	default: return false;
	}
}

static enum ppm_advice before_name(struct place *p)
{
	const bool *e = p->expected;
	int statement = p->parser->previous_token;
	const char *form;

	// `scale from 0 …`, `dimension weight 5 …`: the name would be the clause's word
	if (p->got == TOK_NUMBER && statement == TOK_FROM && e[TOK_FROM] && !e[TOK_NAME])
		statement = TOK_SCALE;
	else if (p->got == TOK_NUMBER && statement == TOK_WEIGHT && e[TOK_WEIGHT] && e[TOK_LEFT_BRACE])
		statement = TOK_DIMENSION;
	else if (!e[TOK_NAME] || e[TOK_NUMBER] || e[TOK_AND] || p->begins_line)
		return PPM_ADVICE_NONE;
	form = form_of(statement);
	if (!form)
		return PPM_ADVICE_NONE;
	if (p->got == TOK_STRING && p->text.size > 2 && p->text.size <= LONGEST && !memchr(p->text.data, '`', p->text.size) && !memchr(p->text.data, '\\', p->text.size)) {
		struct ppm_slice name = { p->text.data + 1, p->text.size - 2 };
		if (ppm_word_is_plain_name(name))
			SAY("a name stands without quotation marks: `%.*s`", SHOW(name));
		else
			SAY("a name with other signs than letters, digits and `_` stands in backquotes: `` `%.*s` ``", SHOW(name));
		return PPM_ADVICE_SURE;
	}
	if (is_after_name(statement, p->got) || (!ppm_word_is_reserved(p->text) && p->got != TOK_END)) {
		SAY("its name is missing: write `%s`", form);
		return PPM_ADVICE_SURE;
	}
	return PPM_ADVICE_NONE;
}

// ---- columns --------------------------------------------------------------------------------------------

static bool first_of_column(const struct place *p)
{
	const unsigned char *at = ppm_parser_at(p->parser, p->parser->previous.begin), *base = p->parser->base;

	if (!p->previous.size)
		return false;
	while (at > base && (at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\r'))
		at--;
	return at == base || at[-1] == '\n' || at[-1] == '{';
}

static enum ppm_advice before_type(struct place *p)
{
	const char *type = p->got == TOK_NAME ? ppm_foreign_type(p->text) : NULL;
	char code[4];
	struct ppm_slice money = p->got == TOK_NAME ? currency(p->text, code) : PPM_SLICE("");
	bool same_line = !p->begins_line && p->previous.size && p->previous.size <= LONGEST;

	if (same_line && type) {
		SAY("write %s%.*s %s%s", OPEN(p->previous), SHOW(p->previous), type, CLOSE(p->previous));
		if (same(p->text, "decimal") || same(p->text, "numeric"))
			SAY(", or `money` for an amount");
		else if (same(p->text, "datetime") || same(p->text, "timestamp"))
			SAY("; where a time of day follows, say how: `date format \"YYYY-MM-DD hh:mm:ss\"`");
		return PPM_ADVICE_SURE;
	}
	if (same_line && money.size) {
		SAY("write %s%.*s money %.*s%s", OPEN(p->previous), SHOW(p->previous), SHOW(money), CLOSE(p->previous));
		return PPM_ADVICE_SURE;
	}
	if (same_line && p->got == TOK_NAME && p->parser->previous_token == TOK_TYPE && p->text.size <= LONGEST && first_of_column(p)) {
		SAY("the name comes first: write %s%.*s %.*s%s", OPEN(p->text), SHOW(p->text), SHOW(p->previous), CLOSE(p->text));
		return PPM_ADVICE_SURE;
	}
	if (same_line && p->got == TOK_NAME && same(p->previous, "not") && same(p->text, "null")) {
		SAY("leave out `not null`: a column always has a value unless it is `optional`");
		return PPM_ADVICE_SURE;
	}
	if (p->got == TOK_COLON) {
		SAY("leave out the `:`");
		return PPM_ADVICE_SURE;
	}
	if (!first_of_column(p) && (p->begins_line || p->got == TOK_RIGHT_BRACE)) { // what was taken for the next column's name
		if (same(p->previous, "null") || same(p->previous, "nullable"))
			SAY("a column that may be empty is `optional`");
		else
			SAY("if `%.*s` is about the column before it: there are `key`, `optional`, `default`, `in`, `from`, `format`, `values`, `missing` and `references`",
				SHOW(p->previous.size <= LONGEST ? p->previous : PPM_SLICE("it")));
		return PPM_ADVICE_FALLBACK;
	}
	SAY("the types are number, money, percent, text, date, flag and duration");
	return PPM_ADVICE_FALLBACK;
}

// ---- all of it ------------------------------------------------------------------------------------------

enum ppm_advice ppm_parser_advice(const struct ppm_parser *parser, const bool *expected, int got, struct ppm_span at, struct ppm_buffer *help)
{
	int before = parser->previous_token;
	struct place place = { .parser = parser, .expected = expected, .got = got, .at = at, .help = help }, *p = &place;
	bool none = before == 0 || before >= TOK_SYNC || parser->previous.end <= parser->previous.begin;

	place.text = (struct ppm_slice){ source(parser, at.begin), at.end - at.begin };
	place.previous = none ? PPM_SLICE("") : (struct ppm_slice){ source(parser, parser->previous.begin), parser->previous.end - parser->previous.begin };
	place.begins_line = ppm_lexer_begins_line(parser, parser->before_current.cursor);
	if (expected[TOK_TYPE] && !expected[TOK_NAME])
		return before_type(p);
	if (expected[TOK_KEY] && got == TOK_COMMA) {
		SAY("leave out the `,`: nothing stands between columns");
		return PPM_ADVICE_SURE;
	}
	if (expected[TOK_MISSING] && expected[TOK_PRESENT] && !expected[TOK_NUMBER] && (before == TOK_IS || before == TOK_NOT))
		return after_is(p);
	if (before == TOK_CASE && got == TOK_WHEN) {
		SAY("write `case { when … : …  otherwise : … }`");
		return PPM_ADVICE_SURE;
	}
	if (before == TOK_NOT && expected[TOK_CONTAINS] && got == TOK_NAME && foreign_operator(p))
		return PPM_ADVICE_SURE;
	if (expected[TOK_ELSE] && (got == TOK_END || place.begins_line)) {
		SAY("an `if` has an `else`; `case { when … : … }` is missing where nothing holds");
		return PPM_ADVICE_FALLBACK;
	}
	if (expected[TOK_NUMBER] && !(expected[TOK_PLUS] && expected[TOK_AND]))
		return before_value(p);
	if (expected[TOK_AND] || expected[TOK_PLUS])
		return before_operator(p);
	return before_name(p);
}
