// Texts as codes: a test runs once for each distinct text and is remembered, but for texts that were lent for this batch; maps are tables by code. Codes come from registers, and what a lane that
// does not matter holds may be no code at all: it is looked at only after its range was checked.
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

static bool test_texts(enum ppm_text_test_kind kind, struct ppm_slice text, struct ppm_slice operand)
{
	switch (kind) {
	case PPM_TEXT_CONTAINS:
		return contains(text, operand);
	case PPM_TEXT_STARTS_WITH:
		return text.size >= operand.size && (operand.size == 0 || memcmp(text.data, operand.data, operand.size) == 0);
	case PPM_TEXT_ENDS_WITH:
		return text.size >= operand.size && (operand.size == 0 || memcmp(text.data + text.size - operand.size, operand.data, operand.size) == 0);
	case PPM_TEXT_LESS:
		return ppm_slice_compare(text, operand) < 0;
	case PPM_TEXT_LESS_EQUAL:
		return ppm_slice_compare(text, operand) <= 0;
	case PPM_TEXT_GREATER:
		return ppm_slice_compare(text, operand) > 0;
	case PPM_TEXT_GREATER_EQUAL:
		return ppm_slice_compare(text, operand) >= 0;
	case PPM_TEXT_MATCHES:
		break;
	}
	return false;
}

static bool test_code(struct ppm_vm *vm, uint32_t index, uint32_t code)
{
	const struct ppm_text_test *test = &vm->program->text_tests[index];
	// "Some other text" is no text: its bytes are not even UTF-8.
	if (code == vm->pool->constant_count)
		return false;
	struct ppm_slice text = ppm_text_pool_get(vm->pool, code);
	if (test->kind != PPM_TEXT_MATCHES)
		return test_texts(test->kind, text, test->operand);
	switch (ppm_text_pattern_match(vm->patterns[index], text)) {
	case PPM_TEXT_MATCH:
		return true;
	case PPM_TEXT_NO_MATCH:
		break;
	case PPM_TEXT_MATCH_LIMIT:
		if (vm->status == PPM_OK)
			vm->status = PPM_ERROR_LIMIT;
		break;
	case PPM_TEXT_MATCH_MEMORY:
		vm->status = PPM_ERROR_MEMORY;
		break;
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

// Lent texts that wait for a pattern, to be run together.
struct gathered {
	uint32_t count;
	uint16_t lanes[PPM_BATCH_ROWS];
	struct ppm_slice texts[PPM_BATCH_ROWS];
};

#define LENGTHS 64u // longer ones are alike

// Texts of a length stand together, so that those which run together end together.
static void run_gathered(const struct ppm_text_automaton *automaton, const struct gathered *gathered, uint64_t *a)
{
	uint16_t starts[LENGTHS + 1] = { 0 }, lanes[PPM_BATCH_ROWS];
	struct ppm_slice texts[PPM_BATCH_ROWS];
	uint8_t answers[PPM_BATCH_ROWS];
	for (uint32_t i = 0; i < gathered->count; i++)
		starts[(gathered->texts[i].size < LENGTHS ? gathered->texts[i].size : LENGTHS - 1) + 1]++;
	for (uint32_t length = 0; length < LENGTHS; length++)
		starts[length + 1] = (uint16_t)(starts[length + 1] + starts[length]);
	for (uint32_t i = 0; i < gathered->count; i++) {
		uint32_t place = starts[gathered->texts[i].size < LENGTHS ? gathered->texts[i].size : LENGTHS - 1]++;
		texts[place] = gathered->texts[i];
		lanes[place] = gathered->lanes[i];
	}
	ppm_text_automaton_match_many(automaton, texts, gathered->count, answers);
	for (uint32_t i = 0; i < gathered->count; i++)
		a[lanes[i] / 64] |= (uint64_t)answers[i] << lanes[i] % 64;
}

void ppm_vm_scalar_TEXT_TEST(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a);
	const int32_t *b = PPM_I32_AT(b);
	const uint64_t *e = PPM_MASK_AT(e);
	struct ppm_vm_memo *memo = &vm->memos[instruction->k];
	const struct ppm_text_automaton *automaton = vm->patterns[instruction->k] ? ppm_text_pattern_automaton(vm->patterns[instruction->k]) : NULL;
	bool prepared = prepare_memo(vm, memo);
	uint32_t count = ppm_text_pool_count(vm->pool);
	struct gathered gathered;
	gathered.count = 0;
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t active = prepared ? e[word] & vm->live[word] : 0;
		a[word] = 0;
		if (!active)
			continue;
		const int32_t *codes = b + word * 64;
		uint8_t answers[64];
		for (size_t lane = 0; lane < 64; lane++) {
			uint32_t code = (uint32_t)codes[lane];
			uint8_t answer = memo->answers[code < count ? code : 0];
			answers[lane] = code < count ? answer : code >= PPM_TEXT_POOL_LENT ? NOT_ASKED : ANSWER_NO;
		}
		for (uint64_t bits = active & ~lanes_of(answers, true); bits; bits &= bits - 1) {
			size_t lane = (size_t)__builtin_ctzll(bits);
			uint32_t code = (uint32_t)codes[lane];
			uint8_t answer = code < count ? memo->answers[code] : NOT_ASKED;
			if (answer == NOT_ASKED && ppm_text_pool_has(vm->pool, code)) {
				if (automaton && code >= PPM_TEXT_POOL_LENT) {
					gathered.lanes[gathered.count] = (uint16_t)(word * 64 + lane);
					gathered.texts[gathered.count++] = ppm_text_pool_get(vm->pool, code);
					continue;
				}
				answer = test_code(vm, instruction->k, code) ? ANSWER_YES : ANSWER_NO;
			}
			if (code < count)
				memo->answers[code] = answer;
			answers[lane] = answer;
		}
		a[word] = active & lanes_of(answers, false);
	}
	if (gathered.count)
		run_gathered(automaton, &gathered, a);
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
			if (ppm_text_pool_has(vm->pool, text) && ppm_text_pool_has(vm->pool, operand)
				&& test_texts((enum ppm_text_test_kind)instruction->k, ppm_text_pool_get(vm->pool, text), ppm_text_pool_get(vm->pool, operand)))
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
