// The fast paths in vectors, included by convert.c once for each instruction set that has them. They mean the same as the ones of convert_template.h, for 64
// rows at a time in two steps: the words that the fields lie in are collected row by row into small arrays (a gather instruction is slower than that),
// then the arithmetic runs over the arrays. It needs CONVERT(name), CONVERT_TARGET, and LANES values of 64 bits in a VECTOR with these operations:
//   LOAD(p) STORE(p, v) SPLAT(x) AND(a, b) OR(a, b) XOR(a, b) ADD(a, b) SUB(a, b) SHIFT_RIGHT(v, n) SHIFT_LEFT(v, n) SHIFT_LEFT_BY(v, counts): 0 for counts beyond 63
//   EXCESS(a, b): bytes of a less those of b, at least 0     PAIRS(v, w), FOURS(v, w): sums of neighbouring bytes, 16-bit words, weighted
//   TIMES(a, b): product of the low 32 bits                  ANY(v), ZERO(v), GREATER(a, b): a bit for each lane
//   MULTIPLY(a, b): low 64 bits of the product   SHIFT_RIGHT_BY(v, n): n of any value   WHERE_ZERO(v, a, b): a in the lanes where v is 0, else b
//   STORE_DOUBLES(p, v), STORE_INTEGERS(p, v): integers below 2^31, as doubles and in 32 bits

CONVERT_TARGET static inline void CONVERT(collect)(const struct ppm_field_view *view, uint32_t first, uint32_t count, size_t back, uint64_t *words, uint64_t *lengths)
{
	const uint32_t *begins = view->begins + first * view->begin_stride, *ends = view->ends + first * view->end_stride;
	const size_t begin_stride = view->begin_stride, end_stride = view->end_stride;
	const uint32_t add = view->begin_add;
	const char *base = view->base - back;
	for (uint32_t i = 0; i < count; i++, begins += begin_stride, ends += end_stride) {
		uint32_t end = *ends;
		lengths[i] = end - *begins - add;
		words[i] = load_64(base + end);
	}
}

// Two words of each field, `back` and 8 bytes before its end.
CONVERT_TARGET static inline void CONVERT(collect_two)(
	const struct ppm_field_view *view, uint32_t first, uint32_t count, size_t back, uint64_t *words, uint64_t *tails, uint64_t *lengths)
{
	const uint32_t *begins = view->begins + first * view->begin_stride, *ends = view->ends + first * view->end_stride;
	const size_t begin_stride = view->begin_stride, end_stride = view->end_stride;
	const uint32_t add = view->begin_add;
	const char *base = view->base;
	for (uint32_t i = 0; i < count; i++, begins += begin_stride, ends += end_stride) {
		uint32_t end = *ends;
		lengths[i] = end - *begins - add;
		words[i] = load_64(base + end - back);
		tails[i] = load_64(base + end - 8);
	}
}

// The last `length` bytes of each word less '0', zeros below; none for a length outside 1..8.
CONVERT_TARGET static inline VECTOR CONVERT(digits)(VECTOR words, VECTOR lengths)
{
	VECTOR shift = SUB(SPLAT(64), ADD(ADD(lengths, lengths), ADD(lengths, lengths)));
	shift = SUB(shift, ADD(ADD(lengths, lengths), ADD(lengths, lengths)));
	return AND(XOR(words, SPLAT(0x3030303030303030)), SHIFT_LEFT_BY(SPLAT(-1), shift));
}

CONVERT_TARGET static inline VECTOR CONVERT(join)(VECTOR digits)
{
	VECTOR fours = FOURS(PAIRS(digits, SPLAT(0x010A010A010A010A)), SPLAT(0x0001006400010064));
	return ADD(TIMES(fours, SPLAT(10000)), SHIFT_RIGHT(fours, 32));
}

static inline uint64_t CONVERT(valid)(uint32_t count)
{
	return count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0);
}

// Into one of `numbers` and `whole`; the other is NULL.
CONVERT_TARGET static inline __attribute__((always_inline)) void CONVERT(integers)(
	const struct ppm_field_view *view, double *numbers, int32_t *whole, uint64_t *empty, uint64_t *strict)
{
	uint64_t words[64] __attribute__((aligned(64))) = { 0 }, lengths[64] __attribute__((aligned(64))) = { 0 };
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		CONVERT(collect)(view, first, count, 8, words, lengths);
		uint64_t no_value = 0, other = 0;
		for (unsigned i = 0; i < 64; i += LANES) {
			VECTOR length = LOAD(lengths + i);
			VECTOR digits = CONVERT(digits)(LOAD(words + i), length);
			no_value |= ZERO(length) << i;
			other |= (ANY(EXCESS(digits, SPLAT(0x0909090909090909))) | GREATER(length, SPLAT(8))) << i;
			if (whole)
				STORE_INTEGERS(whole + first + i, CONVERT(join)(digits));
			else
				STORE_DOUBLES(numbers + first + i, CONVERT(join)(digits));
		}
		empty[first / 64] = no_value & CONVERT(valid)(count);
		strict[first / 64] = other & CONVERT(valid)(count);
	}
}

#include "runtime/source/convert_whole.h"

CONVERT_TARGET static void CONVERT(money)(const struct ppm_field_view *view, int64_t *out, uint64_t *empty, uint64_t *strict)
{
	uint64_t words[64] __attribute__((aligned(64))) = { 0 }, tails[64] __attribute__((aligned(64))) = { 0 }, lengths[64] __attribute__((aligned(64))) = { 0 };
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		CONVERT(collect_two)(view, first, count, 11, words, tails, lengths);
		uint64_t no_value = 0, other = 0;
		for (unsigned i = 0; i < 64; i += LANES) {
			VECTOR length = LOAD(lengths + i);
			VECTOR digits = CONVERT(digits)(LOAD(words + i), SUB(length, SPLAT(3)));
			// The point and two digits, the point in the lowest byte.
			VECTOR cents = XOR(SHIFT_RIGHT(LOAD(tails + i), 40), SPLAT(0x30302E));
			uint64_t none = ZERO(length);
			uint64_t wrong =
				ANY(EXCESS(digits, SPLAT(0x0909090909090909))) | ANY(EXCESS(cents, SPLAT(0x090900))) | GREATER(length, SPLAT(11)) | GREATER(SPLAT(4), length);
			no_value |= none << i;
			other |= (wrong & ~none) << i;
			cents = FOURS(PAIRS(cents, SPLAT(0x00010A00)), SPLAT(0x00010001));
			VECTOR value = ADD(TIMES(CONVERT(join)(digits), SPLAT(10000)), TIMES(cents, SPLAT(100)));
			STORE(out + first + i, value);
		}
		empty[first / 64] = no_value &= CONVERT(valid)(count);
		strict[first / 64] = other & CONVERT(valid)(count);
		for (; no_value; no_value &= no_value - 1)
			out[first + (unsigned)__builtin_ctzll(no_value)] = 0;
	}
}

CONVERT_TARGET static void CONVERT(date)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict, const int32_t *month_starts)
{
	uint64_t words[64] __attribute__((aligned(64))) = { 0 }, tails[64] __attribute__((aligned(64))) = { 0 }, lengths[64] __attribute__((aligned(64))) = { 0 };
	uint64_t months[64] __attribute__((aligned(64))), days[64] __attribute__((aligned(64)));
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		CONVERT(collect_two)(view, first, count, 10, words, tails, lengths);
		uint64_t no_value = 0, wrong = 0;
		for (unsigned i = 0; i < 64; i += LANES) {
			VECTOR length = LOAD(lengths + i);
			VECTOR head = XOR(LOAD(words + i), SPLAT(0x2d30302d30303030));
			VECTOR tail = XOR(SHIFT_RIGHT(LOAD(tails + i), 48), SPLAT(0x3030));
			uint64_t odd = ANY(EXCESS(head, SPLAT(0x0009090009090909))) | ANY(EXCESS(tail, SPLAT(0x0909))) | ANY(XOR(length, SPLAT(10)));
			// The year in the low half, the month in the high one.
			VECTOR parts = FOURS(PAIRS(head, SPLAT(0x00010A00010A010A)), SPLAT(0x0001000100010064));
			VECTOR month = SUB(SHIFT_RIGHT(parts, 32), SPLAT(1));
			VECTOR index = SUB(ADD(TIMES(parts, SPLAT(12)), month), SPLAT(PPM_MONTH_START_YEAR * 12));
			odd |= GREATER(SPLAT(0), month) | GREATER(month, SPLAT(11)) | GREATER(SPLAT(0), index) | GREATER(index, SPLAT(PPM_MONTH_STARTS - 2));
			no_value |= ZERO(length) << i;
			wrong |= odd << i;
			STORE(months + i, index);
			STORE(days + i, SUB(PAIRS(tail, SPLAT(0x010A)), SPLAT(1)));
		}
		for (uint32_t i = 0; i < 64; i++) {
			bool known = !(wrong >> i & 1);
			const int32_t *start = month_starts + (known ? months[i] : 0);
			known &= days[i] < (uint64_t)(int64_t)(start[1] - start[0]);
			wrong |= (uint64_t)!known << i;
			out[first + i] = known ? start[0] + (int32_t)days[i] : 0;
		}
		empty[first / 64] = no_value & CONVERT(valid)(count);
		strict[first / 64] = wrong & ~no_value & CONVERT(valid)(count);
	}
}

// Three steps: a hash of the text's key, the slot that it names, which is looked up row by row, and whether that is the text.
CONVERT_TARGET static void CONVERT(category)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict, const struct ppm_categories *categories)
{
	uint64_t words[64] __attribute__((aligned(64))) = { 0 }, lengths[64] __attribute__((aligned(64))) = { 0 };
	uint64_t found_keys[64] __attribute__((aligned(64))), found_ends[64] __attribute__((aligned(64)));
	const size_t begin_stride = view->begin_stride, end_stride = view->end_stride;
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		const uint32_t *begins = view->begins + first * begin_stride, *ends = view->ends + first * end_stride;
		for (uint32_t i = 0; i < count; i++, begins += begin_stride, ends += end_stride) {
			uint32_t begin = *begins + view->begin_add;
			lengths[i] = *ends - begin;
			words[i] = load_64(view->base + begin);
		}
		uint64_t indexes[64] __attribute__((aligned(64)));
		uint64_t no_value = 0, quoted = 0, rare = 0;
		for (unsigned i = 0; i < 64; i += LANES) {
			VECTOR length = LOAD(lengths + i), bits = ADD(ADD(length, length), ADD(length, length));
			VECTOR key = AND(LOAD(words + i), XOR(SHIFT_LEFT_BY(SPLAT(-1), ADD(bits, bits)), SPLAT(-1)));
			VECTOR hash = XOR(key, XOR(SHIFT_LEFT(length, 57), SHIFT_LEFT(length, 27))); // ppm_category_hash
			STORE(words + i, key);
			STORE(indexes + i, SHIFT_RIGHT_BY(MULTIPLY(hash, SPLAT((int64_t)categories->multiplier)), categories->shift));
			no_value |= ZERO(length) << i;
			quoted |= ZERO(XOR(AND(key, SPLAT(0xff)), SPLAT('"'))) << i;
		}
		for (unsigned i = 0; i < 64; i++) {
			const struct ppm_category_slot *slot = &categories->slots[indexes[i]];
			found_keys[i] = slot->key;
			memcpy(&found_ends[i], (const char *)slot + offsetof(struct ppm_category_slot, length), 8); // and the code
		}
		for (unsigned i = 0; i < 64; i += LANES) {
			VECTOR length = LOAD(lengths + i), end = LOAD(found_ends + i), code = SHIFT_RIGHT(end, 32);
			VECTOR differs = OR(XOR(LOAD(found_keys + i), LOAD(words + i)), XOR(AND(end, SPLAT(UINT32_MAX)), length));
			STORE_INTEGERS(out + first + i, WHERE_ZERO(differs, code, SPLAT(categories->other)));
			// Longer than its key and alike so far, a token, or perhaps in another slot.
			rare |= (ZERO(differs) & (GREATER(length, SPLAT(8)) | ZERO(XOR(code, SPLAT(PPM_CATEGORY_MISSING))))) << i;
		}
		uint64_t valid = CONVERT(valid)(count);
		no_value &= valid;
		if (categories->probes)
			rare = ~UINT64_C(0);
		for (rare &= valid & ~no_value; rare; rare &= rare - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(rare);
			struct ppm_slice text = ppm_field_of(view, first + i);
			uint32_t code = ppm_category_find(categories, words[i], text.data, (uint32_t)text.size);
			if (code == PPM_CATEGORY_MISSING) {
				no_value |= UINT64_C(1) << i;
				code = categories->other;
			}
			out[first + i] = (int32_t)code;
		}
		empty[first / 64] = no_value;
		strict[first / 64] = quoted & valid & ~no_value;
	}
}

#undef CONVERT
#undef CONVERT_TARGET
#undef VECTOR
#undef LANES
#undef LOAD
#undef STORE
#undef SPLAT
#undef AND
#undef XOR
#undef OR
#undef ADD
#undef SUB
#undef SHIFT_RIGHT
#undef SHIFT_LEFT
#undef SHIFT_LEFT_BY
#undef SHIFT_RIGHT_BY
#undef MULTIPLY
#undef WHERE_ZERO
#undef EXCESS
#undef PAIRS
#undef FOURS
#undef TIMES
#undef ANY
#undef ZERO
#undef GREATER
#undef STORE_DOUBLES
#undef STORE_INTEGERS
