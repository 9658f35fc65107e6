// Texts as codes: a test runs once for each distinct text and is remembered, but for texts that were lent for this batch; maps are tables by code. Codes come from registers, and what a lane that
// does not matter holds may be no code at all: it is looked at only after its range was checked.
#include <assert.h>
#include <string.h>

#include "runtime/vm/kernels/kernels.h"
#include "runtime/vm/text_automaton.h"

static bool contains(struct ppm_slice text, struct ppm_slice needle)
{
	if (needle.size == 0)
		return true;
	const char *at = text.data;
	size_t left = text.size;
	while (left >= needle.size) {
		const char *first = memchr(at, needle.data[0], left - needle.size + 1);
		if (!first)
			return false;
		if (memcmp(first, needle.data, needle.size) == 0)
			return true;
		left -= (size_t)(first + 1 - at);
		at = first + 1;
	}
	return false;
}

// The bytes of two texts, at least as many as are asked for: no call, and no branch but by their number, which is the same for a whole batch where one of them is a constant.
static inline bool equal_bytes(const char *a, const char *b, size_t size)
{
	uint64_t x, y, differ = 0;
	if (size >= 8) {
		for (size_t at = 0; at + 8 < size; at += 8) {
			memcpy(&x, a + at, 8);
			memcpy(&y, b + at, 8);
			differ |= x ^ y;
		}
		memcpy(&x, a + size - 8, 8);
		memcpy(&y, b + size - 8, 8);
		return (differ | (x ^ y)) == 0;
	}
	if (size >= 4) {
		uint32_t low_a, low_b, high_a, high_b;
		memcpy(&low_a, a, 4);
		memcpy(&low_b, b, 4);
		memcpy(&high_a, a + size - 4, 4);
		memcpy(&high_b, b + size - 4, 4);
		return ((low_a ^ low_b) | (high_a ^ high_b)) == 0;
	}
	return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

static inline bool starts_with(struct ppm_slice text, struct ppm_slice start)
{
	return text.size >= start.size && equal_bytes(text.data, start.data, start.size);
}

static inline bool ends_with(struct ppm_slice text, struct ppm_slice end)
{
	return text.size >= end.size && equal_bytes(text.data + text.size - end.size, end.data, end.size);
}

static bool test_texts(enum ppm_text_test_kind kind, struct ppm_slice text, struct ppm_slice operand)
{
	switch (kind) {
	case PPM_TEXT_CONTAINS: return contains(text, operand);
	case PPM_TEXT_STARTS_WITH: return starts_with(text, operand);
	case PPM_TEXT_ENDS_WITH: return ends_with(text, operand);
	case PPM_TEXT_LESS: return ppm_slice_compare(text, operand) < 0;
	case PPM_TEXT_LESS_EQUAL: return ppm_slice_compare(text, operand) <= 0;
	case PPM_TEXT_GREATER: return ppm_slice_compare(text, operand) > 0;
	case PPM_TEXT_MATCHES:
	case PPM_TEXT_GREATER_EQUAL: break;
	}
	assert(kind == PPM_TEXT_GREATER_EQUAL); // patterns are matched elsewhere
	return ppm_slice_compare(text, operand) >= 0;
}

static bool test_text(struct ppm_vm *vm, uint32_t index, struct ppm_slice text)
{
	const struct ppm_text_test *test = &vm->program->text_tests[index];
	if (test->kind != PPM_TEXT_MATCHES)
		return test_texts(test->kind, text, test->operand);
	switch (ppm_text_pattern_match(vm->patterns[index], text)) {
	case PPM_TEXT_MATCH: return true;
	case PPM_TEXT_NO_MATCH: break;
	case PPM_TEXT_MATCH_LIMIT:
		if (vm->status == PPM_OK)
			vm->status = PPM_ERROR_LIMIT;
		break;
	case PPM_TEXT_MATCH_MEMORY: vm->status = PPM_ERROR_MEMORY; break;
	}
	return false;
}

// Room for an answer to every code there is; answers of another generation are forgotten.
static bool prepare_memo(struct ppm_vm *vm, struct ppm_vm_memo *memo)
{
	size_t count = ppm_text_pool_count(vm->pool), before = memo->capacity;
	if (memo->generation != vm->pool->generation) {
		memo->generation = vm->pool->generation;
		if (before)
			memset(memo->answers, 0, before);
	}
	if (count <= before)
		return true;
	void *answers = memo->answers;
	if (!ppm_grow(vm->allocator, &answers, &memo->capacity, count, 1)) {
		vm->status = PPM_ERROR_MEMORY;
		return false;
	}
	memo->answers = answers;
	memset(memo->answers + before, 0, memo->capacity - before);
	return true;
}

enum { NOT_ASKED, ANSWER_NO, ANSWER_YES };

// Which of 64 answers are ANSWER_YES, or with `known` that or ANSWER_NO: answers are as good as random, and a branch for each would be guessed wrong half of the time.
static inline uint64_t lanes_of(const uint8_t *answers, bool known)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t eight;
		memcpy(&eight, answers + (size_t)i * 8, sizeof eight);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		eight = __builtin_bswap64(eight);
#endif
		eight = (eight >> 1 | (known ? eight : 0)) & UINT64_C(0x0101010101010101);
		// The lowest bits of the bytes, side by side.
		mask |= eight * UINT64_C(0x0102040810204080) >> 56 << 8 * i;
	}
	return mask;
}

// ---- lent texts

#define LENGTHS 64u // longer ones are alike

static uint32_t length_of(struct ppm_slice text)
{
	return text.size < LENGTHS ? (uint32_t)text.size : LENGTHS - 1;
}

// Texts of a length stand together, so that those which a pattern runs together end together.
static void sort_lent(struct ppm_vm_lent *lent)
{
	uint16_t starts[LENGTHS + 1] = { 0 }, lanes[PPM_BATCH_ROWS];
	struct ppm_slice texts[PPM_BATCH_ROWS];
	for (uint32_t i = 0; i < lent->count; i++)
		starts[length_of(lent->texts[i]) + 1]++;
	for (uint32_t length = 0; length < LENGTHS; length++)
		starts[length + 1] = (uint16_t)(starts[length + 1] + starts[length]);
	for (uint32_t i = 0; i < lent->count; i++) {
		uint32_t place = starts[length_of(lent->texts[i])]++;
		texts[place] = lent->texts[i];
		lanes[place] = lent->lanes[i];
	}
	memcpy(lent->texts, texts, lent->count * sizeof *texts);
	memcpy(lent->lanes, lanes, lent->count * sizeof *lanes);
	lent->sorted = true;
}

// The register's lent texts in live lanes. A register that nothing writes has the same ones until the next batch.
static struct ppm_vm_lent *lent_texts(struct ppm_vm *vm, uint16_t index, const int32_t *codes)
{
	struct ppm_vm_lent *lent = vm->lent;
	const struct ppm_text_pool *pool = vm->pool;
	if (lent->batch == vm->batch_number && lent->index == index)
		return lent;
	lent->batch = vm->written[index] ? 0 : vm->batch_number;
	lent->index = index;
	lent->sorted = false;
	lent->count = 0;
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t mask = 0;
		int32_t all = 0;
		for (size_t lane = 0; lane < 64; lane++)
			all |= codes[word * 64 + lane];
		for (size_t lane = 0; lane < 64 && (uint32_t)all >= PPM_TEXT_POOL_LENT; lane++)
			mask |= (uint64_t)((uint32_t)codes[word * 64 + lane] - PPM_TEXT_POOL_LENT < pool->lent_count) << lane;
		mask &= vm->live[word];
		lent->mask[word] = mask;
		for (; mask; mask &= mask - 1) {
			size_t lane = word * 64 + (size_t)__builtin_ctzll(mask);
			lent->lanes[lent->count] = (uint16_t)lane;
			lent->texts[lent->count++] = pool->lent[(uint32_t)codes[lane] - PPM_TEXT_POOL_LENT];
		}
	}
	return lent;
}

// Adds to a the lanes of `wanted` whose lent texts pass the test. A pattern that PCRE2 runs may end the run, so that it must not see a text more.
static void test_lent(struct ppm_vm *vm, uint32_t index, struct ppm_vm_lent *lent, const uint64_t *wanted, uint64_t *a)
{
	const struct ppm_text_test *test = &vm->program->text_tests[index];
	const struct ppm_text_automaton *automaton = test->kind == PPM_TEXT_MATCHES ? ppm_text_pattern_automaton(vm->patterns[index]) : NULL;
	uint64_t left_out = 0;
	for (size_t word = 0; word < vm->words; word++)
		left_out |= lent->mask[word] & ~wanted[word];
	uint8_t answers[PPM_BATCH_ROWS];
	if (automaton && !lent->sorted)
		sort_lent(lent);
	if (automaton && !left_out) {
		ppm_text_automaton_match_many(automaton, lent->texts, lent->count, answers);
	} else if (test->kind == PPM_TEXT_STARTS_WITH && !left_out) {
		for (uint32_t i = 0; i < lent->count; i++)
			answers[i] = starts_with(lent->texts[i], test->operand);
	} else if (test->kind == PPM_TEXT_ENDS_WITH && !left_out) {
		for (uint32_t i = 0; i < lent->count; i++)
			answers[i] = ends_with(lent->texts[i], test->operand);
	} else {
		for (uint32_t i = 0; i < lent->count; i++)
			answers[i] = (wanted[lent->lanes[i] / 64] >> lent->lanes[i] % 64 & 1) && test_text(vm, index, lent->texts[i]);
	}
	for (uint32_t i = 0; i < lent->count; i++)
		a[lent->lanes[i] / 64] |= (uint64_t)answers[i] << lent->lanes[i] % 64;
}

void ppm_vm_scalar_TEXT_TEST(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a), wanted[PPM_MASK_WORDS], any = 0;
	const int32_t *b = PPM_I32_AT(b);
	const uint64_t *e = PPM_MASK_AT(e);
	struct ppm_vm_memo *memo = &vm->memos[instruction->k];
	bool prepared = prepare_memo(vm, memo);
	const uint32_t count = ppm_text_pool_count(vm->pool), none = vm->pool->constant_count;
	struct ppm_vm_lent *lent = vm->pool->lent_count ? lent_texts(vm, instruction->b, b) : NULL;
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t active = prepared ? e[word] & vm->live[word] : 0;
		wanted[word] = lent ? active & lent->mask[word] : 0;
		any |= wanted[word];
		active &= ~wanted[word];
		a[word] = 0;
		if (!active)
			continue;
		const int32_t *codes = b + word * 64;
		uint8_t answers[64];
		for (size_t lane = 0; lane < 64; lane++) {
			uint32_t code = (uint32_t)codes[lane];
			uint8_t answer = memo->answers[code < count ? code : 0];
			answers[lane] = code < count ? answer : ANSWER_NO;
		}
		for (uint64_t bits = active & ~lanes_of(answers, true); bits; bits &= bits - 1) {
			size_t lane = (size_t)__builtin_ctzll(bits);
			uint32_t code = (uint32_t)codes[lane];
			// "Some other text" is no text: its bytes are not even UTF-8.
			if (memo->answers[code] == NOT_ASKED)
				memo->answers[code] = code != none && test_text(vm, instruction->k, ppm_text_pool_get(vm->pool, code)) ? ANSWER_YES : ANSWER_NO;
			answers[lane] = memo->answers[code];
		}
		a[word] = active & lanes_of(answers, false);
	}
	if (any)
		test_lent(vm, instruction->k, lent, wanted, a);
}

void ppm_vm_scalar_TEXT_TEST_BY(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a);
	const int32_t *b = PPM_I32_AT(b), *c = PPM_I32_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t result = 0;
		for (uint64_t bits = e[word] & vm->live[word]; bits; bits &= bits - 1) {
			size_t lane = word * 64 + (size_t)__builtin_ctzll(bits);
			uint32_t text = (uint32_t)b[lane], operand = (uint32_t)c[lane];
			if (ppm_text_pool_has(vm->pool, text) && ppm_text_pool_has(vm->pool, operand) &&
				test_texts((enum ppm_text_test_kind)instruction->k, ppm_text_pool_get(vm->pool, text), ppm_text_pool_get(vm->pool, operand)))
				result |= bits & -bits;
		}
		a[word] = result;
	}
}

#define MAP(name, AT, type, member) \
	void ppm_vm_scalar_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		const struct ppm_map *map = &vm->program->maps[instruction->k]; \
		type *a = AT(a); \
		const int32_t *b = PPM_I32_AT(b); \
		for (size_t lane = 0; lane < vm->words * 64; lane++) { \
			uint32_t code = (uint32_t)b[lane]; \
			const union ppm_constant *entry = code < map->entry_count ? &map->entries[code] : &map->otherwise; \
			a[lane] = (type)entry->member; \
		} \
	}
MAP(MAP_F64, PPM_F64_AT, double, f64)
MAP(MAP_I64, PPM_I64_AT, int64_t, i64)
MAP(MAP_X128, PPM_X128_AT, ppm_int128, x128)
MAP(MAP_I32, PPM_I32_AT, int32_t, i64)
#undef MAP
