// Lookups in the one list of words.
#include "lang/syntax/parser.h"

#include "lang/syntax/grammar.h"

struct word {
	struct ppm_slice text;
	int token;
	enum ppm_word_kind kind;
};

static const struct word words[] = {
#define KEYWORD(text, token, kind) { { text, sizeof text - 1 }, TOK_##token, PPM_WORD_##kind },
#include "lang/syntax/keywords.def"
};

static const struct word schema_words[] = {
#define KEYWORD_SCHEMA(text, token) { { text, sizeof text - 1 }, TOK_##token, PPM_WORD_CLAUSE },
#include "lang/syntax/keywords.def"
};

static const struct {
	struct ppm_slice first;
	const char *second;
	struct ppm_slice both;
	int token;
} pairs[] = {
#define KEYWORD_PAIR(first, second, token) { { first, sizeof first - 1 }, second, { first " " second, sizeof first " " second - 1 }, TOK_##token },
#include "lang/syntax/keywords.def"
};

static const char *const types[] = {
#define KEYWORD_TYPE(text) text,
#include "lang/syntax/keywords.def"
};

static const char *const results[] = {
#define KEYWORD_RESULT(text) text,
#include "lang/syntax/keywords.def"
};

// ISO 4217, in use in 2025.
static const char currencies[] = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK "
				 "DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF "
				 "KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
				 "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
				 "USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

#define COUNT(array) (sizeof(array) / sizeof *(array))

int ppm_word_find(struct ppm_slice word, enum ppm_word_kind *kind)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (ppm_slice_equal(word, words[i].text)) {
			*kind = words[i].kind;
			return words[i].token;
		}
	*kind = PPM_WORD_NONE;
	return 0;
}

int ppm_word_find_schema(struct ppm_slice word)
{
	for (size_t i = 0; i < COUNT(schema_words); i++)
		if (ppm_slice_equal(word, schema_words[i].text))
			return schema_words[i].token;
	return 0;
}

int ppm_word_find_pair(struct ppm_slice first, const char **second)
{
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (ppm_slice_equal(first, pairs[i].first)) {
			*second = pairs[i].second;
			return pairs[i].token;
		}
	return 0;
}

bool ppm_word_is_type(struct ppm_slice word)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (ppm_slice_is(word, types[i]))
			return true;
	return false;
}

bool ppm_word_is_currency(struct ppm_slice word)
{
	if (word.size != 3)
		return false;
	for (const char *code = currencies;; code += 4) {
		if (memcmp(code, word.data, 3) == 0)
			return true;
		if (!code[3])
			return false;
	}
}

enum ppm_period ppm_word_period(struct ppm_slice word, bool *singular)
{
	static const char *const periods[] = { "day", "week", "month", "year" };

	for (size_t i = 0; i < COUNT(periods); i++) {
		size_t size = strlen(periods[i]);
		*singular = word.size == size;
		if ((word.size == size || (word.size == size + 1 && word.data[size] == 's')) && memcmp(word.data, periods[i], size) == 0)
			return (enum ppm_period)(i + PPM_PERIOD_DAY);
	}
	return PPM_PERIOD_NONE;
}

bool ppm_word_is_reserved(struct ppm_slice word)
{
	enum ppm_word_kind kind;

	ppm_word_find(word, &kind);
	return kind == PPM_WORD_RESERVED || kind == PPM_WORD_STATEMENT;
}

const char *ppm_word_result(size_t index)
{
	return index < COUNT(results) ? results[index] : NULL;
}

bool ppm_word_is_result(struct ppm_slice word)
{
	for (size_t i = 0; i < COUNT(results); i++)
		if (ppm_slice_is(word, results[i]))
			return true;
	return false;
}

bool ppm_word_is_plain_name(struct ppm_slice name)
{
	for (size_t i = 0; i < name.size; i++) {
		char c = name.data[i];
		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && c >= '0' && c <= '9')))
			return false;
	}
	return name.size > 0 && !ppm_word_is_reserved(name);
}

struct ppm_slice ppm_word_suggest(struct ppm_slice word, const bool *expected)
{
	struct ppm_suggestion suggestion;

	ppm_suggestion_init(&suggestion, word);
	for (size_t i = 0; i < COUNT(words); i++)
		if (expected[words[i].token] && words[i].text.size > 1)
			ppm_suggestion_offer(&suggestion, words[i].text);
	for (size_t i = 0; i < COUNT(schema_words); i++)
		if (expected[schema_words[i].token])
			ppm_suggestion_offer(&suggestion, schema_words[i].text);
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (expected[pairs[i].token])
			ppm_suggestion_offer(&suggestion, pairs[i].both);
	if (expected[TOK_TYPE])
		for (size_t i = 0; i < COUNT(types); i++)
			ppm_suggestion_offer(&suggestion, ppm_slice_of(types[i]));
	return ppm_suggestion_take(&suggestion);
}

static enum ppm_word_kind kind_of(int token)
{
	switch (token) {
#define KEYWORD(text, token, kind)                                                                                                                                             \
	case TOK_##token: return PPM_WORD_##kind;
#include "lang/syntax/keywords.def"
	default: return PPM_WORD_NONE;
	}
}

bool ppm_token_begins_statement(int token)
{
	enum ppm_word_kind kind = kind_of(token);

	return kind == PPM_WORD_STATEMENT || kind == PPM_WORD_SOFT || token == TOK_AS_OF || token == TOK_BEST_OF;
}

bool ppm_token_begins_rule(int token)
{
	return token == TOK_REWARD || token == TOK_PENALTY || token == TOK_SCALE || token == TOK_BANDS || token == TOK_BEST_OF || token == TOK_GROUP;
}

bool ppm_token_is_soft(int token)
{
	return kind_of(token) == PPM_WORD_SOFT;
}

bool ppm_token_is_name(int token)
{
	enum ppm_word_kind kind = kind_of(token);

	return token == TOK_NAME || token == TOK_FORMAT_TEXT || kind == PPM_WORD_SOFT || kind == PPM_WORD_CLAUSE;
}

bool ppm_token_is_literal(int token)
{
	return token == TOK_NUMBER || token == TOK_PERCENTAGE || token == TOK_MONEY || token == TOK_DATE || token == TOK_DURATION || token == TOK_STRING || token == TOK_YES ||
		token == TOK_NO;
}
