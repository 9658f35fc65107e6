// Models are changed by the word as well as by the byte: words go, come, double and change places, names by names and figures by figures, so that much of what comes out still
// compiles. For fuzzers whose input is a model, or begins with one. The words are those of the language (keywords.def), and figures and signs that are worth trying.
#ifndef PPM_TESTS_FUZZ_TOKENS_H
#define PPM_TESTS_FUZZ_TOKENS_H

#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#define TOKENS_MAX 4096

static const char *const token_words[] = {
#define KEYWORD(text, token, kind) text,
#define KEYWORD_PAIR(first, second, token) first " " second,
#define KEYWORD_SCHEMA(text, token) text,
#define KEYWORD_TYPE(text) text,
#include "lang/syntax/keywords.def"
	"0", "1", "-1", "2", "3", "10", "50", "100", "0.5", "7.25", "1_000_000", "9007199254740993", "900000000000000", "0.0001", "0.000000000001", "4096", "10%", "50%", "250%",
	"-5%", "\"\"", "\"a\"", "\"[a-z]+\"", "\"0.00\"", "\"DD/MM/YYYY\"", "\"{score}\"", "2026-02-28", "2024-02-29", "9999-12-31", "0001-01-01", "30 days", "3 months", "1 year",
	"1000000 years", "40 EUR", "as_of", "score", "points", "tier", "evidence", "(", ")", "{", "}", "[", "]", "+", "-", "*", "/", "^", "=", "!=", "<", "<=", ">", ">=", ",", ":",
	".", "`", "\"", "#", "\n", "sqrt(", "ln(", "exp(", "power(", "round(", "min(", "max(", "abs(", "years_between(", "upper(", "length(", "optional", "key", "weight",
	"at most", "best of x {", "reasons 3", "missing passes", "sum(", "count(", "median(", "rank(", "percentile(", "where", "over", "order by", "per year", "money EUR", "year(",
	"month("
};
#define TOKEN_WORDS (sizeof token_words / sizeof *token_words)

struct token {
	const char *text;
	size_t size;
};

static inline size_t tokens_split(const char *at, size_t size, struct token *tokens)
{
	const char *end = at + size;
	size_t count = 0;

	while (at < end && count < TOKENS_MAX) {
		const char *begin = at;
		unsigned char c = (unsigned char)*at++;
		if (isalpha(c) || c == '_')
			while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
				at++;
		else if (isdigit(c))
			while (at < end && (isdigit((unsigned char)*at) || *at == '.' || *at == '_' || *at == '-'))
				at++;
		else if (c == '"') {
			while (at < end && *at != '"' && *at != '\n')
				at++;
			at += at < end;
		} else if (c == ' ' || c == '\t')
			while (at < end && (*at == ' ' || *at == '\t'))
				at++;
		else if (c == '#')
			while (at < end && *at != '\n')
				at++;
		tokens[count++] = (struct token){ begin, (size_t)(at - begin) };
	}
	return count;
}

// 'n' a figure, 't' a text, 'w' a word, 'o' a sign, 0 what is best left alone.
static inline int token_class(const struct token *token)
{
	unsigned char c = token->size ? (unsigned char)token->text[0] : 0;
	return isdigit(c) ? 'n' : c == '"' ? 't' : isalpha(c) || c == '_' ? 'w' : c && strchr("+-*/<>=^", c) ? 'o' : 0;
}

// A place that is not blank, if a few tries find one.
static inline size_t token_place(const struct token *tokens, size_t count, uint64_t *random)
{
	size_t at = 0;

	for (int i = 0; i < 8; i++) {
		at = fuzz_below(random, (uint32_t)count);
		if (!isspace((unsigned char)tokens[at].text[0]) && tokens[at].text[0] != '#')
			break;
	}
	return at;
}

// Another token of the same class takes its place.
static inline void token_exchange(struct token *tokens, size_t count, const struct token *pool, size_t pool_count, uint64_t *random)
{
	size_t at = token_place(tokens, count, random);
	int class = token_class(&tokens[at]);

	for (int i = 0; class && i < 40; i++) {
		const struct token *other = &pool[token_place(pool, pool_count, random)];
		if (token_class(other) == class && (other->size != tokens[at].size || memcmp(other->text, tokens[at].text, other->size))) {
			tokens[at] = *other;
			return;
		}
	}
}

static inline size_t token_insert(struct token *tokens, size_t count, size_t at, const struct token *what, size_t span)
{
	if (count + span > TOKENS_MAX)
		return count;
	memmove(tokens + at + span, tokens + at, (count - at) * sizeof *tokens);
	for (size_t i = 0; i < span; i++)
		tokens[at + i] = what[i];
	return count + span;
}

static inline size_t tokens_change(struct token *tokens, size_t count, const struct token *pool, size_t pool_count, uint64_t *random)
{
	static struct token kept[64];
	const char *word = token_words[fuzz_below(random, TOKEN_WORDS)];
	struct token fresh = { word, strlen(word) };
	size_t at = token_place(tokens, count, random), from = token_place(pool, pool_count, random), span;

	switch (fuzz_below(random, 12)) {
	case 0: // some go
		span = 1 + fuzz_below(random, fuzz_below(random, 4) ? 2 : 20);
		span = span < count - at ? span : count - at - 1;
		memmove(tokens + at, tokens + at + span, (count - at - span) * sizeof *tokens);
		return count - span;
	case 1: // some come twice, or from elsewhere
	case 2:
		span = 1 + fuzz_below(random, fuzz_below(random, 2) ? 6 : 40);
		span = span < pool_count - from ? span : pool_count - from;
		memcpy(kept, pool + from, span * sizeof *kept);
		return token_insert(tokens, count, at, kept, span);
	case 3: // two change places
		from = token_place(tokens, count, random);
		kept[0] = tokens[at];
		tokens[at] = tokens[from];
		tokens[from] = kept[0];
		return count;
	case 4: tokens[at] = pool[from]; return count;
	case 5:
	case 6: tokens[at] = fresh; return count;
	case 7: return token_insert(tokens, count, at, &fresh, 1);
	default: token_exchange(tokens, count, pool, pool_count, random); return count;
	}
}

// The tokens as text, with blanks where two words would become one. A last token that does not fit is left out.
static inline size_t tokens_join(const struct token *tokens, size_t count, uint8_t *out, size_t room)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		bool word = isalnum((unsigned char)tokens[i].text[0]) || tokens[i].text[0] == '_';
		if (size + tokens[i].size + 1 > room)
			break;
		if (size && word && (isalnum(out[size - 1]) || out[size - 1] == '_'))
			out[size++] = ' ';
		memcpy(out + size, tokens[i].text, tokens[i].size);
		size += tokens[i].size;
	}
	return size;
}

// The first `kept` bytes of the input are not a model's.
static inline size_t tokens_mutate(uint8_t *data, size_t size, size_t room, unsigned seed, size_t kept, const uint8_t *other, size_t other_size)
{
	static struct token tokens[TOKENS_MAX + 1], pool[TOKENS_MAX + 1];
	uint64_t random = seed;
	size_t count, pool_count;

	if (size <= kept || (!other && fuzz_below(&random, 3) == 0))
		return LLVMFuzzerMutate(data, size, room);
	uint8_t *text = malloc(room + 1);
	if (!text)
		return size;
	count = tokens_split((const char *)data + kept, size - kept, tokens);
	if (other && other_size > kept) {
		pool_count = tokens_split((const char *)other + kept, other_size - kept, pool);
	} else {
		memcpy(pool, tokens, count * sizeof *pool);
		pool_count = count;
	}
	for (uint32_t rounds = 1 + fuzz_below(&random, fuzz_below(&random, 3) ? 2 : 8); rounds && count > 1; rounds--)
		count = tokens_change(tokens, count, pool, pool_count, &random);
	size_t made = tokens_join(tokens, count, text, room - kept);
	memcpy(data + kept, text, made);
	free(text);
	return kept + made;
}

// For fuzzers whose input is a model after `kept` bytes.
#define TOKENS_MUTATORS(kept) \
	size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed); \
	size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) \
	{ \
		return tokens_mutate(data, size, room, seed, kept, NULL, 0); \
	} \
	size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *out, size_t room, unsigned seed); \
	size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *out, size_t room, unsigned seed) \
	{ \
		size_t size = one_size < room ? one_size : room; \
		memcpy(out, one, size); \
		return tokens_mutate(out, size, room, seed, kept, other, other_size); \
	} \
	_Static_assert((kept) < 16, "the bytes before the model")

#endif
