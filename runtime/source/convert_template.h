// The fast paths of conversion, a column at a time, included by convert.c once for each instruction set; what differs is what the compiler may use. It needs
// CONVERT(name) and CONVERT_TARGET, and CONVERT_ALL where there are no vectors for the other kinds (convert_vector.h).
//
// 64 rows make a word of each mask; inside, nothing branches on a value. A field is loaded as the 8 bytes that end where it ends; those before it are
// masked off by its length, and what is left must be digits. Everything else - signs, quotation marks, decimals where none are usual - sets a bit for
// the strict path. Bytes before and behind the text are readable (PPM_SOURCE_PADDING).

CONVERT_TARGET static void CONVERT(percent)(const struct ppm_field_view *view, double *out, uint64_t *empty, uint64_t *strict)
{
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		uint64_t no_value = 0, other = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t begin = begin_of(view, first + i), end = end_of(view, first + i);
			uint32_t length = end - begin - 1; // of the digits before the sign
			const char *sign = view->base + end - 1;
			uint64_t digits = last_digits(sign, length);
			no_value |= (uint64_t)(begin == end) << i;
			other |= (uint64_t)((begin != end) & ((length - 1 > 7) | (*sign != '%') | not_digits(digits))) << i;
			out[first + i] = (double)(int64_t)join_digits(length + 1 ? digits : 0) / 100.0;
		}
		empty[first / 64] = no_value;
		strict[first / 64] = other;
	}
}

// yes no true false 1 0, letters in any case.
CONVERT_TARGET static void CONVERT(flag)(const struct ppm_field_view *view, uint64_t *out, uint64_t *empty, uint64_t *strict)
{
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		uint64_t no_value = 0, other = 0, set = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t begin = begin_of(view, first + i), end = end_of(view, first + i);
			uint32_t length = end - begin;
			uint64_t text = first_bytes(view->base + begin, length);
			uint64_t lower = text | (UINT64_C(0x2020202020) & keep_low(length));
			bool yes = (text == '1') | (lower == UINT64_C(0x736579)) | (lower == UINT64_C(0x65757274));
			bool no = (text == '0') | (lower == UINT64_C(0x6f6e)) | (lower == UINT64_C(0x65736c6166));
			// Beyond 8 bytes the text was cut off.
			bool known = (yes | no) & (length <= 8);
			no_value |= (uint64_t)(length == 0) << i;
			other |= (uint64_t)((length != 0) & !known) << i;
			set |= (uint64_t)(yes & known) << i;
		}
		out[first / 64] = set;
		empty[first / 64] = no_value;
		strict[first / 64] = other;
	}
}

#ifdef CONVERT_ALL

// Into one of `numbers` and `whole`; the other is NULL.
CONVERT_TARGET static inline __attribute__((always_inline)) void CONVERT(integers)(
	const struct ppm_field_view *view, double *numbers, int32_t *whole, uint64_t *empty, uint64_t *strict)
{
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		uint64_t no_value = 0, other = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t begin = begin_of(view, first + i), end = end_of(view, first + i);
			uint32_t length = end - begin;
			uint64_t digits = last_digits(view->base + end, length);
			no_value |= (uint64_t)(length == 0) << i;
			other |= (uint64_t)((length > 8) | ((length != 0) & not_digits(digits))) << i;
			int32_t value = (int32_t)(uint32_t)join_digits(length ? digits : 0);
			if (whole)
				whole[first + i] = value;
			else
				numbers[first + i] = value;
		}
		empty[first / 64] = no_value;
		strict[first / 64] = other;
	}
}

#include "runtime/source/convert_whole.h"

// Two decimals, as amounts mostly are.
CONVERT_TARGET static void CONVERT(money)(const struct ppm_field_view *view, int64_t *out, uint64_t *empty, uint64_t *strict)
{
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		uint64_t no_value = 0, other = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t begin = begin_of(view, first + i), end = end_of(view, first + i);
			uint32_t length = end - begin - 3; // of the digits before the point
			const char *point = view->base + end - 3;
			uint64_t digits = last_digits(point, length);
			uint32_t tens = (uint32_t)(unsigned char)point[1] - '0', ones = (uint32_t)(unsigned char)point[2] - '0';
			no_value |= (uint64_t)(begin == end) << i;
			other |= (uint64_t)((begin != end) & ((length - 1 > 7) | (*point != '.') | not_digits(digits) | (tens > 9) | (ones > 9))) << i;
			int64_t value = (int64_t)(join_digits(digits) * 10000 + tens * 1000 + ones * 100);
			out[first + i] = begin == end ? 0 : value;
		}
		empty[first / 64] = no_value;
		strict[first / 64] = other;
	}
}

// YYYY-MM-DD in the years that have month starts.
CONVERT_TARGET static void CONVERT(date)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict, const int32_t *month_starts)
{
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		uint64_t no_value = 0, other = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t begin = begin_of(view, first + i), end = end_of(view, first + i);
			// "YYYY-MM-" and "DD"; what should be digits becomes 0..9, what should be a hyphen 0.
			uint64_t head = load_64(view->base + begin) ^ UINT64_C(0x2d30302d30303030);
			uint32_t tail = (uint32_t)load_16(view->base + begin + 8) ^ 0x3030u;
			uint64_t wrong = ((head + UINT64_C(0x7f76767f76767676)) | head) & UINT64_C(0x8080808080808080);
			wrong |= ((tail + 0x7676u) | tail) & 0x8080u;
			uint32_t pairs = (uint32_t)head * 10 + ((uint32_t)head >> 8);
			uint32_t year = (pairs & 0xff) * 100 + (pairs >> 16 & 0xff);
			uint32_t month = (uint32_t)(head >> 40 & 0xff) * 10 + (uint32_t)(head >> 48 & 0xff) - 1;
			uint32_t day = (tail & 0xff) * 10 + (tail >> 8 & 0xff) - 1;
			uint32_t index = (year - PPM_MONTH_START_YEAR) * 12 + month;
			bool known = (wrong == 0) & (end - begin == 10) & (month < 12) & (year - PPM_MONTH_START_YEAR < 400);
			index = known ? index : 0;
			int32_t start = month_starts[index];
			known &= day < (uint32_t)(month_starts[index + 1] - start);
			no_value |= (uint64_t)(begin == end) << i;
			other |= (uint64_t)((begin != end) & !known) << i;
			out[first + i] = known ? start + (int32_t)day : 0;
		}
		empty[first / 64] = no_value;
		strict[first / 64] = other;
	}
}

CONVERT_TARGET static void CONVERT(category)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict, const struct ppm_categories *categories)
{
	const struct ppm_category_slot *slots = categories->slots;
	const uint64_t multiplier = categories->multiplier;
	const unsigned shift = categories->shift;
	const uint32_t other_code = categories->other;
	const char *base = view->base;
	for (uint32_t first = 0; first < view->rows; first += 64) {
		uint32_t count = view->rows - first < 64 ? view->rows - first : 64;
		const uint32_t *begins = view->begins + first * view->begin_stride, *ends = view->ends + first * view->end_stride;
		uint64_t no_value = 0, quoted = 0, rare = 0;
		for (uint32_t i = 0; i < count; i++, begins += view->begin_stride, ends += view->end_stride) {
			uint32_t begin = *begins + view->begin_add, length = *ends - begin;
			uint64_t key = first_bytes(base + begin, length);
			const struct ppm_category_slot *slot = &slots[(ppm_category_hash(key, length) * multiplier) >> shift];
			bool found = (slot->key == key) & (slot->length == length);
			uint32_t code = slot->code;
			// All ones or none: written as a choice it becomes a branch, and half of the time a wrong guess.
			uint32_t chosen = -(uint32_t)found;
			out[first + i] = (int32_t)((code & chosen) | (other_code & ~chosen));
			no_value |= (uint64_t)(length == 0) << i;
			quoted |= (uint64_t)((uint8_t)key == '"') << i;
			// Longer than its key and alike so far, a token, or perhaps in another slot.
			rare |= (uint64_t)(found & ((length > 8) | (code == PPM_CATEGORY_MISSING))) << i;
		}
		if (categories->probes)
			rare = count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0);
		for (rare &= ~no_value; rare; rare &= rare - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(rare);
			uint32_t begin = begin_of(view, first + i), length = end_of(view, first + i) - begin;
			uint32_t code = ppm_category_find(categories, first_bytes(base + begin, length), base + begin, length);
			if (code == PPM_CATEGORY_MISSING) {
				no_value |= UINT64_C(1) << i;
				code = other_code;
			}
			out[first + i] = (int32_t)code;
		}
		empty[first / 64] = no_value;
		strict[first / 64] = quoted & ~no_value;
	}
}

#endif

#undef CONVERT
#undef CONVERT_TARGET
#undef CONVERT_ALL
