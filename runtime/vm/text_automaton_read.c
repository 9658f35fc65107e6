// A pattern's syntax to parts, in one descent that writes as it reads. A repetition reads what it repeats again for each time that it can come, so that no tree is needed. Sets of characters become sequences of bytes of
// UTF-8. Whatever is rare, or read differently by versions of PCRE2, is refused here and left to it: \Q, \p, (?m), braces that are no counts, classes with odd ranges, letters beyond
// ASCII where case does not count.
#include <assert.h>

#include "runtime/base/text.h"
#include "runtime/vm/text_automaton_internal.h"

#define DEPTH_LIMIT 100u
#define RANGES_LIMIT 128u
#define CODE_MAX 0x10FFFFu
#define REPEATS_LIMIT 1000u

struct range {
	uint32_t low, high;
};

// Characters, as ranges in any order. One more than are read: so many are between them and around them.
struct characters {
	struct range ranges[RANGES_LIMIT + 1];
	uint32_t count;
};

struct reader {
	struct ppm_slice pattern;
	size_t at;
	struct ppm_automaton_parts *parts;
	bool any_case, dot_all; // what (?i) and (?s) say here
	uint32_t depth;
};

// Parts from `first` on; what comes after goes to the `next` of `last`, a JUMP.
struct piece {
	uint16_t first, last;
};

static bool at_end(const struct reader *reader)
{
	return reader->at >= reader->pattern.size;
}

static char peek(const struct reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->pattern.size ? reader->pattern.data[reader->at + ahead] : '\0';
}

static bool add_part(struct reader *reader, enum ppm_automaton_part_kind kind, uint16_t next, uint16_t other, uint16_t *index)
{
	struct ppm_automaton_parts *parts = reader->parts;
	if (parts->count == PPM_AUTOMATON_PARTS)
		return false;
	*index = (uint16_t)parts->count;
	parts->items[parts->count++] = (struct ppm_automaton_part){ .kind = (uint8_t)kind, .next = next, .other = other };
	return true;
}

static bool add_empty(struct reader *reader, struct piece *piece)
{
	if (!add_part(reader, PPM_PART_JUMP, 0, 0, &piece->first))
		return false;
	piece->last = piece->first;
	return true;
}

static bool add_check(struct reader *reader, enum ppm_automaton_part_kind kind, struct piece *piece)
{
	return add_part(reader, PPM_PART_JUMP, 0, 0, &piece->last) && add_part(reader, kind, piece->last, 0, &piece->first);
}

static void join(struct reader *reader, struct piece *piece, struct piece after)
{
	reader->parts->items[piece->last].next = after.first;
	piece->last = after.last;
}

// ---- characters -------------------------------------------------------------------------------------------

static bool add_range(struct characters *characters, uint32_t low, uint32_t high)
{
	if (characters->count >= RANGES_LIMIT)
		return false;
	characters->ranges[characters->count++] = (struct range){ low, high };
	return true;
}

// The characters from low to high, and in any case their others. Two letters of ASCII have one beyond it.
static bool add_letters(struct characters *characters, uint32_t low, uint32_t high, bool any_case)
{
	if (!add_range(characters, low, high))
		return false;
	if (!any_case)
		return true;
	if (high >= 0x80)
		return false;
	for (uint32_t c = low; c <= high; c++) {
		uint32_t small = c | 0x20;
		if (small < 'a' || small > 'z')
			continue;
		if (!add_range(characters, c ^ 0x20, c ^ 0x20))
			return false;
		if (small == 'k' && !add_range(characters, 0x212A, 0x212A)) // the sign for kelvin
			return false;
		if (small == 's' && !add_range(characters, 0x17F, 0x17F)) // the long s
			return false;
	}
	return true;
}

// In order, none that touch.
static void settle(struct characters *characters)
{
	struct range *ranges = characters->ranges;
	for (uint32_t i = 1; i < characters->count; i++) {
		struct range held = ranges[i];
		uint32_t to = i;
		for (; to > 0 && ranges[to - 1].low > held.low; to--)
			ranges[to] = ranges[to - 1];
		ranges[to] = held;
	}
	uint32_t kept = 0;
	for (uint32_t i = 0; i < characters->count; i++) {
		if (kept && ranges[i].low <= ranges[kept - 1].high + 1)
			ranges[kept - 1].high = ranges[i].high > ranges[kept - 1].high ? ranges[i].high : ranges[kept - 1].high;
		else
			ranges[kept++] = ranges[i];
	}
	characters->count = kept;
}

static void invert(struct characters *characters)
{
	struct characters others = { .count = 0 };
	uint32_t next = 0;
	settle(characters);
	for (uint32_t i = 0; i < characters->count; i++) {
		if (characters->ranges[i].low > next)
			others.ranges[others.count++] = (struct range){ next, characters->ranges[i].low - 1 };
		next = characters->ranges[i].high + 1;
	}
	if (next <= CODE_MAX)
		others.ranges[others.count++] = (struct range){ next, CODE_MAX };
	*characters = others;
}

static bool add_all(struct characters *characters, const struct range *ranges, size_t count, bool inverted)
{
	struct characters some = { .count = 0 };
	for (size_t i = 0; i < count; i++)
		some.ranges[some.count++] = ranges[i];
	if (inverted)
		invert(&some);
	for (uint32_t i = 0; i < some.count; i++)
		if (!add_range(characters, some.ranges[i].low, some.ranges[i].high))
			return false;
	return true;
}

static bool is_kind(char c)
{
	return c == 'd' || c == 'D' || c == 'w' || c == 'W' || c == 's' || c == 'S';
}

// \d \w \s and their opposites.
static bool add_kind(struct characters *characters, char letter)
{
	static const struct range digits[] = { { '0', '9' } };
	static const struct range words[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } };
	static const struct range blanks[] = { { '\t', '\r' }, { ' ', ' ' } };
	switch (letter) {
	case 'd': return add_all(characters, digits, 1, false);
	case 'D': return add_all(characters, digits, 1, true);
	case 'w': return add_all(characters, words, 4, false);
	case 'W': return add_all(characters, words, 4, true);
	case 's': return add_all(characters, blanks, 2, false);
	default:
		assert(letter == 'S');
		return add_all(characters, blanks, 2, true);
	}
}

// The parts for a character of the set: its bytes below 0x80 are one part; the rest goes by the lengths of UTF-8.
struct sequences {
	struct reader *reader;
	uint16_t first, last; // where all of them begin, and lead
};

static void set_bytes(struct ppm_automaton_part *part, unsigned low, unsigned high)
{
	for (unsigned byte = low; byte <= high; byte++)
		part->bytes[byte / 64] |= UINT64_C(1) << byte % 64;
}

// Bytes low[0] … high[0], then low[1] … high[1], and so on.
static bool add_sequence(struct sequences *sequences, const uint8_t *low, const uint8_t *high, size_t length)
{
	uint16_t next = sequences->last;
	for (size_t i = length; i-- > 0;) {
		if (!add_part(sequences->reader, PPM_PART_BYTES, next, 0, &next))
			return false;
		set_bytes(&sequences->reader->parts->items[next], low[i], high[i]);
	}
	return add_part(sequences->reader, PPM_PART_FORK, sequences->first, next, &sequences->first);
}

// Cuts a range of characters of one length where the bytes behind the first that differs do not take all their values.
static bool add_encoded(struct sequences *sequences, uint32_t low, uint32_t high, unsigned length)
{
	for (unsigned behind = 1; behind < length; behind++) {
		uint32_t mask = (UINT32_C(1) << 6 * behind) - 1;
		if ((low & ~mask) == (high & ~mask))
			break;
		if (low & mask)
			return add_encoded(sequences, low, low | mask, length) && add_encoded(sequences, (low | mask) + 1, high, length);
		if ((high & mask) != mask)
			return add_encoded(sequences, low, (high & ~mask) - 1, length) && add_encoded(sequences, high & ~mask, high, length);
	}
	static const uint8_t leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	uint8_t lows[4], highs[4];
	for (unsigned i = length; i-- > 1; low >>= 6, high >>= 6) {
		lows[i] = (uint8_t)(0x80 | (low & 0x3F));
		highs[i] = (uint8_t)(0x80 | (high & 0x3F));
	}
	lows[0] = (uint8_t)(leads[length] | low);
	highs[0] = (uint8_t)(leads[length] | high);
	return add_sequence(sequences, lows, highs, length);
}

static bool add_characters(struct reader *reader, struct characters *characters, struct piece *piece)
{
	static const uint32_t starts[] = { 0, 0, 0x80, 0x800, 0x10000 }, ends[] = { 0, 0, 0x7FF, 0xFFFF, CODE_MAX };
	settle(characters);
	struct sequences sequences = { .reader = reader };
	if (!add_part(reader, PPM_PART_JUMP, 0, 0, &sequences.last) || !add_part(reader, PPM_PART_BYTES, sequences.last, 0, &sequences.first))
		return false;
	uint16_t ascii = sequences.first;
	for (uint32_t i = 0; i < characters->count; i++) {
		uint32_t low = characters->ranges[i].low, high = characters->ranges[i].high;
		if (low < 0x80)
			set_bytes(&reader->parts->items[ascii], low, high < 0x7F ? high : 0x7F);
		for (unsigned length = 2; length <= 4; length++) {
			uint32_t from = low > starts[length] ? low : starts[length], to = high < ends[length] ? high : ends[length];
			if (from <= to && !add_encoded(&sequences, from, to, length))
				return false;
		}
	}
	*piece = (struct piece){ sequences.first, sequences.last };
	return true;
}

// ---- escapes and classes ----------------------------------------------------------------------------------

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Behind \x: two digits, or some in braces.
static bool read_hex(struct reader *reader, uint32_t *code)
{
	bool braces = peek(reader, 0) == '{';
	size_t digits = 0;
	*code = 0;
	reader->at += braces;
	for (; digits < (braces ? 6u : 2u) && hex_digit(peek(reader, 0)) >= 0; digits++)
		*code = *code * 16 + (uint32_t)hex_digit(reader->pattern.data[reader->at++]);
	if (braces ? digits == 0 || peek(reader, 0) != '}' : digits != 2)
		return false;
	reader->at += braces;
	return *code != 0 && *code <= CODE_MAX && !(*code >= 0xD800 && *code <= 0xDFFF);
}

// At a character or a backslash that stands for one: leaves `at` behind it. False for what stands for more, or is not read here.
static bool read_character(struct reader *reader, uint32_t *code)
{
	size_t length;
	if (at_end(reader))
		return false;
	if (peek(reader, 0) != '\\') {
		*code = ppm_utf8_decode(reader->pattern.data + reader->at, reader->pattern.size - reader->at, &length);
		reader->at += length;
		return *code != 0 && !(length == 1 && *code >= 0x80);
	}
	char c = peek(reader, 1);
	reader->at += 2;
	switch (c) {
	case 'a': *code = 7; return true;
	case 'f': *code = '\f'; return true;
	case 'n': *code = '\n'; return true;
	case 'r': *code = '\r'; return true;
	case 't': *code = '\t'; return true;
	case 'x': return read_hex(reader, code);
	default: break;
	}
	*code = (unsigned char)c;
	bool named = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	return c >= ' ' && (unsigned char)c < 0x7F && !named;
}

// [:alpha:] and the like, of ASCII; at its bracket.
static bool read_named_class(struct reader *reader, struct characters *characters)
{
	static const struct {
		const char *name;
		uint8_t count;
		struct range ranges[4];
	} classes[] = {
		{ "alpha", 2, { { 'A', 'Z' }, { 'a', 'z' } } },
		{ "digit", 1, { { '0', '9' } } },
		{ "alnum", 3, { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
		{ "upper", 1, { { 'A', 'Z' } } },
		{ "lower", 1, { { 'a', 'z' } } },
		{ "space", 2, { { '\t', '\r' }, { ' ', ' ' } } },
		{ "punct", 4, { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
		{ "xdigit", 3, { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
		{ "word", 4, { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
	};
	reader->at += 2;
	bool inverted = peek(reader, 0) == '^';
	reader->at += inverted;
	struct ppm_slice rest = { reader->pattern.data + reader->at, reader->pattern.size - reader->at };
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		size_t length = strlen(classes[i].name);
		if (rest.size < length + 2 || memcmp(rest.data, classes[i].name, length) != 0 || rest.data[length] != ':' || rest.data[length + 1] != ']')
			continue;
		reader->at += length + 2;
		return !reader->any_case && add_all(characters, classes[i].ranges, classes[i].count, inverted);
	}
	return false;
}

// At the opening bracket; leaves `at` behind the closing one.
static bool read_class(struct reader *reader, struct piece *piece)
{
	struct characters characters = { .count = 0 };
	reader->at++;
	bool inverted = peek(reader, 0) == '^';
	reader->at += inverted;
	for (bool first = true; first || peek(reader, 0) != ']'; first = false) {
		if (at_end(reader))
			return false;
		char c = peek(reader, 0);
		if (c == '[' && (peek(reader, 1) == ':' || peek(reader, 1) == '.' || peek(reader, 1) == '=')) {
			if (peek(reader, 1) != ':' || !read_named_class(reader, &characters))
				return false;
		} else if (c == '\\' && is_kind(peek(reader, 1))) {
			if (!add_kind(&characters, peek(reader, 1)))
				return false;
			reader->at += 2;
		} else {
			uint32_t low, high;
			if (!read_character(reader, &low))
				return false;
			high = low;
			if (peek(reader, 0) == '-' && peek(reader, 1) != ']') {
				reader->at++;
				if (peek(reader, 0) == '[' || !read_character(reader, &high) || high < low)
					return false;
			}
			if (!add_letters(&characters, low, high, reader->any_case))
				return false;
			continue;
		}
		// A hyphen behind a kind is itself only where the class ends.
		if (peek(reader, 0) == '-' && peek(reader, 1) != ']')
			return false;
	}
	reader->at++;
	if (inverted)
		invert(&characters);
	return add_characters(reader, &characters, piece);
}

// ---- the pattern ------------------------------------------------------------------------------------------

static bool read_choices(struct reader *reader, struct piece *piece);

// At (?: (?i) (?i-s: and the like; false for another kind of group. *alone where no group follows.
static bool read_flags(struct reader *reader, bool *alone)
{
	bool on = true;
	for (reader->at += 2;; reader->at++) {
		switch (peek(reader, 0)) {
		case '-':
			if (!on)
				return false;
			on = false;
			break;
		case 'i': reader->any_case = on; break;
		case 's': reader->dot_all = on; break;
		case 'U': break; // which match is found first does not matter
		case ':':
		case ')':
			*alone = peek(reader, 0) == ')';
			reader->at++;
			return true;
		default: return false;
		}
	}
}

// At the opening parenthesis. Flags without a group count as nothing that could be repeated.
static bool read_group(struct reader *reader, struct piece *piece, bool *repeatable)
{
	bool any_case = reader->any_case, dot_all = reader->dot_all, alone = false;
	size_t named = peek(reader, 1) != '?' ? 0 : peek(reader, 2) == '<' ? 3 : peek(reader, 2) == 'P' && peek(reader, 3) == '<' ? 4 : 0;
	if (peek(reader, 1) != '?')
		reader->at++;
	else if (named) {
		for (reader->at += named; !at_end(reader) && peek(reader, 0) != '>'; reader->at++)
			;
		reader->at++;
	} else if (!read_flags(reader, &alone))
		return false;
	if (alone) {
		*repeatable = false;
		return add_empty(reader, piece);
	}
	if (!read_choices(reader, piece) || peek(reader, 0) != ')')
		return false;
	reader->at++;
	reader->any_case = any_case;
	reader->dot_all = dot_all;
	return true;
}

static bool read_atom(struct reader *reader, struct piece *piece, bool *repeatable)
{
	struct characters characters = { .count = 0 };
	char c = peek(reader, 0), escaped = c == '\\' ? peek(reader, 1) : '\0';
	uint32_t code;
	*repeatable = true;
	switch (c) {
	case '(': return read_group(reader, piece, repeatable);
	case '[': return read_class(reader, piece);
	case '^':
	case '$':
		reader->at++;
		*repeatable = false;
		return add_check(reader, c == '^' ? PPM_PART_START : PPM_PART_END, piece);
	case '.':
		reader->at++;
		if (!reader->dot_all)
			characters = (struct characters){ .ranges = { { '\n', '\n' } }, .count = 1 };
		invert(&characters);
		return add_characters(reader, &characters, piece);
	case '*':
	case '+':
	case '?':
	case '{': return false;
	default: break;
	}
	if (escaped == 'A' || escaped == 'z' || escaped == 'b' || escaped == 'B') {
		reader->at += 2;
		*repeatable = false;
		return add_check(reader, escaped == 'A' ? PPM_PART_START : escaped == 'z' ? PPM_PART_END : escaped == 'b' ? PPM_PART_EDGE : PPM_PART_NO_EDGE, piece);
	}
	if (is_kind(escaped)) {
		reader->at += 2;
		return add_kind(&characters, escaped) && add_characters(reader, &characters, piece);
	}
	return read_character(reader, &code) && add_letters(&characters, code, code, reader->any_case) && add_characters(reader, &characters, piece);
}

#define NO_LIMIT UINT32_MAX

static bool read_count(struct reader *reader, uint32_t *value)
{
	size_t start = reader->at;
	for (*value = 0; peek(reader, 0) >= '0' && peek(reader, 0) <= '9'; reader->at++) {
		*value = *value * 10 + (uint32_t)(peek(reader, 0) - '0');
		if (*value > REPEATS_LIMIT)
			return false;
	}
	return reader->at > start;
}

// *least and *most are 1 where nothing is repeated.
static bool read_repeats(struct reader *reader, uint32_t *least, uint32_t *most)
{
	*least = *most = 1;
	switch (peek(reader, 0)) {
	case '*': *least = 0, *most = NO_LIMIT; break;
	case '+': *most = NO_LIMIT; break;
	case '?': *least = 0; break;
	case '{':
		reader->at++;
		if (!read_count(reader, least))
			return false;
		*most = *least;
		if (peek(reader, 0) == ',') {
			reader->at++;
			*most = NO_LIMIT;
			if (peek(reader, 0) != '}' && !read_count(reader, most))
				return false;
		}
		if (peek(reader, 0) != '}' || *most < *least)
			return false;
		break;
	default: return true;
	}
	reader->at++;
	if (peek(reader, 0) == '?') // the shortest first: which match is found first does not matter
		reader->at++;
	char next = peek(reader, 0);
	return next != '*' && next != '+' && next != '?' && next != '{';
}

// What stands at `from`, once more.
static bool read_again(struct reader *reader, size_t from, struct piece *piece)
{
	size_t behind = reader->at;
	bool repeatable;
	reader->at = from;
	bool read = read_atom(reader, piece, &repeatable);
	reader->at = behind;
	return read;
}

// The piece may be left out, or come again where `again`; or both.
static bool make_fork(struct reader *reader, struct piece *piece, bool optional, bool again)
{
	uint16_t end, fork;
	if (!add_part(reader, PPM_PART_JUMP, 0, 0, &end) || !add_part(reader, PPM_PART_FORK, piece->first, end, &fork))
		return false;
	reader->parts->items[piece->last].next = again ? fork : end;
	*piece = (struct piece){ optional ? fork : piece->first, end };
	return true;
}

static bool read_repeated(struct reader *reader, struct piece *piece)
{
	size_t from = reader->at;
	bool repeatable;
	uint32_t least, most;
	struct piece once;
	if (!read_atom(reader, &once, &repeatable))
		return false;
	size_t behind = reader->at;
	if (!read_repeats(reader, &least, &most) || (!repeatable && reader->at != behind))
		return false;
	if (least == 1 && most == 1) {
		*piece = once;
		return true;
	}
	// Without a limit, the last one that has to come comes again.
	uint32_t copies = most != NO_LIMIT ? most : least ? least : 1;
	if (!add_empty(reader, piece))
		return false;
	for (uint32_t i = 0; i < copies; i++) {
		bool optional = i >= least, again = most == NO_LIMIT && i == copies - 1;
		if ((i > 0 && !read_again(reader, from, &once)) || ((optional || again) && !make_fork(reader, &once, optional, again)))
			return false;
		join(reader, piece, once);
	}
	return true;
}

static bool read_choices(struct reader *reader, struct piece *piece)
{
	bool any = false;
	if (reader->depth++ == DEPTH_LIMIT)
		return false;
	do {
		struct piece choice;
		reader->at += any; // the bar
		if (!add_empty(reader, &choice))
			return false;
		while (!at_end(reader) && peek(reader, 0) != '|' && peek(reader, 0) != ')') {
			struct piece next;
			if (!read_repeated(reader, &next))
				return false;
			join(reader, &choice, next);
		}
		if (any) {
			reader->parts->items[choice.last].next = piece->last;
			if (!add_part(reader, PPM_PART_FORK, piece->first, choice.first, &piece->first))
				return false;
		} else {
			// One place where all choices end.
			struct piece end;
			if (!add_empty(reader, &end))
				return false;
			join(reader, &choice, end);
			*piece = choice;
		}
		any = true;
	} while (peek(reader, 0) == '|');
	reader->depth--;
	return true;
}

bool ppm_automaton_read(struct ppm_slice pattern, struct ppm_automaton_parts *parts)
{
	struct reader reader = { .pattern = pattern, .parts = parts };
	struct piece all;
	uint16_t found;
	parts->count = 0;
	if (!read_choices(&reader, &all) || !at_end(&reader) || !add_part(&reader, PPM_PART_FOUND, 0, 0, &found))
		return false;
	parts->items[all.last].next = found;
	parts->first = all.first;
	return true;
}
