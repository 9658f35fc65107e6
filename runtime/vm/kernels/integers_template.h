// Copies and choices, money, dates, points: whole numbers. Sums wrap in unsigned arithmetic; a word of flags gathers the bits that tell an
// overflow, and only when one is set does anybody look for the row.

#define FILL(name, AT, type, member) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		type *a = AT(a); \
		const type k = (type)PPM_CONSTANT(member); \
		PPM_EACH_LANE(lane) \
			a[lane] = k; \
	}
FILL(FILL_F64, PPM_F64_AT, double, f64)
FILL(FILL_I64, PPM_I64_AT, int64_t, i64)
FILL(FILL_I32, PPM_I32_AT, int32_t, i64)
#undef FILL

#define SELECT(name, AT, type, lanes) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		type *a = AT(a); \
		const uint64_t *b = PPM_MASK_AT(b); \
		const type *c = AT(c), *d = AT(d); \
		for (size_t word = 0; word < vm->words; word++) \
			lanes(a + word * 64, b[word], c + word * 64, d + word * 64); \
	}
SELECT(SELECT_F64, PPM_F64_AT, double, lanes_select_f64)
SELECT(SELECT_I64, PPM_I64_AT, int64_t, lanes_select_i64)
SELECT(SELECT_I32, PPM_I32_AT, int32_t, lanes_select_i32)
#undef SELECT

// ---- money

#define MONEY_SUM(name, sum, OVERFLOW, sign, checked) \
	/* A block's amounts are still what they were: a result may go where an operand is. */ \
	static void fault_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction, const int64_t *b, const int64_t *c, size_t first) \
	{ \
		for (uint64_t bits = PPM_MASK_AT(e)[first / 64] & vm->live[first / 64]; bits; bits &= bits - 1) { \
			size_t lane = first + (size_t)__builtin_ctzll(bits); \
			int64_t result; \
			if (checked(b[lane], c[lane], &result) || result > PPM_MONEY_MAX || result < -PPM_MONEY_MAX) \
				ppm_vm_fault_at(vm, instruction, lane, ppm_vm_money_range); \
		} \
	} \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		int64_t *a = PPM_I64_AT(a); \
		const int64_t *b = PPM_I64_AT(b), *c = PPM_I64_AT(c); \
		/* In place, a block is looked at before it is overwritten. */ \
		bool in_place = a == b || a == c; \
		for (size_t first = 0; first < vm->words * 64; first += 64) { \
			uint64_t seen = 0; \
			PPM_INDEPENDENT \
			for (size_t lane = first; lane < first + 64; lane++) { \
				uint64_t x = (uint64_t)b[lane], y = (uint64_t)c[lane], result = x sign y; \
				/* The sum overflowed, or passes 2^62, which is less than the limit. */ \
				seen |= (OVERFLOW) | (result ^ result << 1); \
				if (!in_place) \
					a[lane] = (int64_t)result; \
			} \
			if (seen >> 63) \
				fault_##name(vm, instruction, b, c, first); \
			if (in_place) { \
				PPM_INDEPENDENT \
				for (size_t lane = first; lane < first + 64; lane++) \
					a[lane] = (int64_t)((uint64_t)b[lane] sign (uint64_t)c[lane]); \
			} \
		} \
	}
MONEY_SUM(ADD_I64, add, (x ^ result) & (y ^ result), +, __builtin_add_overflow)
MONEY_SUM(SUB_I64, sub, (x ^ y) & (x ^ result), -, __builtin_sub_overflow)
#undef MONEY_SUM

#define EACH(name, AT, type, EXPRESSION) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		type *a = AT(a); \
		const type *b = AT(b), *c = AT(c); \
		(void)c; \
		PPM_EACH_LANE(lane) \
			a[lane] = (EXPRESSION); \
	}
EACH(NEG_I64, PPM_I64_AT, int64_t, (int64_t)(0 - (uint64_t)b[lane]))
EACH(ABS_I64, PPM_I64_AT, int64_t, b[lane] < 0 ? (int64_t)(0 - (uint64_t)b[lane]) : b[lane])
EACH(MIN_I64, PPM_I64_AT, int64_t, b[lane] < c[lane] ? b[lane] : c[lane])
EACH(MAX_I64, PPM_I64_AT, int64_t, b[lane] > c[lane] ? b[lane] : c[lane])
EACH(ADD_POINTS, PPM_I64_AT, int64_t, (int64_t)((uint64_t)b[lane] + (uint64_t)c[lane]))
EACH(NEG_I32, PPM_I32_AT, int32_t, (int32_t)(0 - (uint32_t)b[lane]))
EACH(MIN_I32, PPM_I32_AT, int32_t, b[lane] < c[lane] ? b[lane] : c[lane])
EACH(MAX_I32, PPM_I32_AT, int32_t, b[lane] > c[lane] ? b[lane] : c[lane])
#undef EACH

// Where all amounts of a block are small enough to be doubles, their quotient as doubles is the nearest to the true one.
static void kernel_RATIO_I64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const int64_t *b = PPM_I64_AT(b), *c = PPM_I64_AT(c);
	uint64_t *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	const uint64_t *e = PPM_MASK_AT(e);
	for (size_t word = 0; word < vm->words; word++) {
		const int64_t *x = b + word * 64, *y = c + word * 64;
		double *result = a + word * 64;
		uint64_t zero = block_eq_i64_k(y, 0), active = e[word] & ~zero & vm->live[word], seen = 0;
		missing[word] = e[word] & zero & vm->live[word];
		any |= missing[word];
		d[word] = ~zero;
		for (size_t lane = 0; lane < 64; lane++)
			seen |= ((uint64_t)x[lane] ^ (uint64_t)x[lane] << 1) | ((uint64_t)y[lane] ^ (uint64_t)y[lane] << 1);
		if (seen < UINT64_C(1) << 51) {
			for (size_t lane = 0; lane < 64; lane++) {
				double divisor = lanes_small_double(y[lane]);
				double quotient = lanes_small_double(x[lane]) / divisor + 0.0;
				result[lane] = divisor != 0 ? quotient : 0;
			}
			continue;
		}
		memset(result, 0, 64 * sizeof *result);
		for (; active; active &= active - 1) {
			size_t lane = (size_t)__builtin_ctzll(active);
			result[lane] = ppm_exact_ratio(x[lane], y[lane]) + 0.0;
		}
	}
	if (any)
		ppm_vm_missing_at(vm, instruction, instruction->k, missing, ppm_vm_zero_division);
}

// ---- dates and durations

#define DAYS_SUM(name, OVERFLOW, sign, checked, low, high, what) \
	static void fault_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction, const int32_t *b, const int32_t *c) \
	{ \
		const uint64_t *e = PPM_MASK_AT(e); \
		PPM_EACH_ACTIVE(e) { \
			int32_t result; \
			if (checked(b[lane], c[lane], &result) || result < (low) || result > (high)) \
				ppm_vm_fault_at(vm, instruction, lane, what); \
		} \
	} \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		int32_t *a = PPM_I32_AT(a); \
		const int32_t *b = PPM_I32_AT(b), *c = PPM_I32_AT(c); \
		uint32_t seen = 0; \
		PPM_EACH_LANE(lane) { \
			uint32_t x = (uint32_t)b[lane], y = (uint32_t)c[lane], result = x sign y; \
			/* Within the limits, neither difference wraps. */ \
			seen |= (OVERFLOW) | ((low) == INT32_MIN ? 0 : (result - (uint32_t)(low)) | ((uint32_t)(high) - result)); \
		} \
		if (seen >> 31) \
			fault_##name(vm, instruction, b, c); \
		PPM_EACH_LANE(lane) \
			a[lane] = (int32_t)((uint32_t)b[lane] sign (uint32_t)c[lane]); \
	}
DAYS_SUM(ADD_I32, (x ^ result) & (y ^ result), +, __builtin_add_overflow, INT32_MIN, INT32_MAX, ppm_vm_duration_range)
DAYS_SUM(SUB_I32, (x ^ y) & (x ^ result), -, __builtin_sub_overflow, INT32_MIN, INT32_MAX, ppm_vm_duration_range)
DAYS_SUM(DATE_ADD_DAYS, (x ^ result) & (y ^ result), +, __builtin_add_overflow, PPM_DATE_MIN, PPM_DATE_MAX, ppm_vm_date_range)
DAYS_SUM(DATE_SUB_DAYS, (x ^ y) & (x ^ result), -, __builtin_sub_overflow, PPM_DATE_MIN, PPM_DATE_MAX, ppm_vm_date_range)
#undef DAYS_SUM

// From a day number to a year, month and day, without an integer division, which no vector unit has: days are counted from 0000-03-01, so that a leap
// day ends its year; n = 4 * day + 3 has 146,097 to a century and 1,461 to a year; within a year, month and day come from one multiplication (Neri and
// Schneider). All of it is done in single precision, where integers below 2^24 are exact: the first quotient may be one too small, which the remainder
// tells; the others are moved to the middle of their steps. What is no date is held at the calendar's ends.
#define DAYS_TO_EPOCH 719468

struct civil {
	uint32_t year, month, day, day_of_march_year;
};

static inline uint32_t march_day(int32_t date)
{
	date = date > PPM_DATE_MIN ? date : PPM_DATE_MIN;
	date = date < PPM_DATE_MAX ? date : PPM_DATE_MAX;
	return (uint32_t)(date + DAYS_TO_EPOCH);
}

static inline struct civil civil_of(int32_t date)
{
	float n = (float)(int32_t)(4 * march_day(date) + 3);
	float century = (float)(int32_t)(n * (1 / 146097.0f) - 0.0001f);
	float rest = n - century * 146097.0f;
	float over = rest >= 146097.0f ? 1.0f : 0.0f;
	float quarter_days = (float)((int32_t)(rest - over * 146097.0f) | 3);
	float year = (float)(int32_t)(quarter_days * (1 / 1461.0f) + 0.0003f);
	int32_t day_of_year = (int32_t)(quarter_days - year * 1461.0f) >> 2;
	int32_t month_and_day = (int32_t)((float)day_of_year * 2141.0f + 197913.0f);
	int32_t late = day_of_year >= 306;
	return (struct civil){
		.year = (uint32_t)((int32_t)((century + over) * 100.0f + year) + late),
		.month = (uint32_t)((month_and_day >> 16) - (late ? 12 : 0)),
		.day = (uint32_t)(int32_t)((float)(month_and_day & 65535) * (1 / 2141.0f) + 0.0002f) + 1,
		.day_of_march_year = (uint32_t)day_of_year,
	};
}

// A year that begins in March has January and February, days 306 to 365, at its end.
static inline uint32_t day_of_year(struct civil civil)
{
	uint32_t leap = (civil.year % 4 == 0) & ((civil.year % 100 != 0) | (civil.year % 400 == 0));
	return civil.day_of_march_year >= 306 ? civil.day_of_march_year - 305 : civil.day_of_march_year + 60 + leap;
}

// The same from 1932-03-01 to 2060-02-28, where there is no century to think of and 32-bit integers do: days are counted from the first of them. Most dates
// of most files are near.
#define NEAR_FIRST (-13820)
#define NEAR_DAYS 46750u

static inline struct civil civil_near(uint32_t days)
{
	uint32_t year = (days * 91867u + 81000u) >> 25;
	uint32_t day_of_year = days - (year * 1461u >> 2);
	uint32_t month_and_day = day_of_year * 2141u + 197913u;
	uint32_t late = day_of_year >= 306 ? 1 : 0;
	return (struct civil){
		.year = 1932 + year + late,
		.month = (month_and_day >> 16) - 12 * late,
		.day = ((month_and_day & 65535) * 31345u >> 26) + 1,
		.day_of_march_year = day_of_year,
	};
}

// A block of 64 dates: near ones, or any.
#define DATE_PART(EXPRESSION) \
	do { \
		uint32_t farthest = 0; \
		PPM_INDEPENDENT \
		for (size_t lane = 0; lane < 64; lane++) { \
			uint32_t days = (uint32_t)dates[lane] - (uint32_t)NEAR_FIRST; \
			struct civil civil = civil_near(days); \
			result[lane] = (int32_t)(EXPRESSION); \
			farthest = farthest > days ? farthest : days; \
		} \
		if (farthest <= NEAR_DAYS) \
			break; \
		PPM_INDEPENDENT \
		for (size_t lane = 0; lane < 64; lane++) { \
			struct civil civil = civil_of(dates[lane]); \
			result[lane] = (int32_t)(EXPRESSION); \
		} \
	} while (0)

static inline void date_part_block(enum ppm_date_part part, int32_t *restrict result, const int32_t *restrict dates)
{
	switch (part) {
	case PPM_DATE_YEAR:
		DATE_PART(civil.year);
		break;
	case PPM_DATE_QUARTER:
		DATE_PART((civil.month + 2) * 86 >> 8);
		break;
	case PPM_DATE_MONTH:
		DATE_PART(civil.month);
		break;
	case PPM_DATE_DAY:
		DATE_PART(civil.day);
		break;
	case PPM_DATE_DAY_OF_YEAR:
		DATE_PART(day_of_year(civil));
		break;
	case PPM_DATE_WEEKDAY:
		// 0000-03-01 was a Wednesday.
		PPM_INDEPENDENT
		for (size_t lane = 0; lane < 64; lane++)
			result[lane] = (int32_t)((march_day(dates[lane]) + 2) % 7 + 1);
		break;
	}
}
#undef DATE_PART

void LEVEL_DATE_PART(enum ppm_date_part part, double *result, const int32_t *dates, size_t count)
{
	int32_t block[64] __attribute__((aligned(64)));
	for (size_t first = 0; first + 64 <= count; first += 64) {
		date_part_block(part, block, dates + first);
		for (size_t lane = 0; lane < 64; lane++)
			result[first + lane] = block[lane];
	}
}

static void kernel_DATE_PART(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int32_t *a = PPM_I32_AT(a);
	const int32_t *b = PPM_I32_AT(b);
	const bool in_place = a == b;
	for (size_t word = 0; word < vm->words; word++) {
		int32_t block[64] __attribute__((aligned(64)));
		date_part_block((enum ppm_date_part)instruction->k, in_place ? block : a + word * 64, b + word * 64);
		if (in_place)
			memcpy(a + word * 64, block, sizeof block);
	}
}

void LEVEL_WIDEN(double *numbers, const int32_t *whole, size_t count)
{
	count &= ~(size_t)63;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < count; lane++)
		numbers[lane] = whole[lane];
}

static void kernel_NUMBER_FROM_I32(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	LEVEL_WIDEN(PPM_F64_AT(a), PPM_I32_AT(b), vm->words * 64);
}

// ---- points

// More masks than fit into one pass are added one by one.
static void add_up(const struct ppm_vm *vm, const struct ppm_point_sum *sum, const uint64_t *const *masks, uint32_t count, int16_t *a, size_t word)
{
	lanes_sum_if_i16(a, word, sum->base, count, masks, sum->points);
	for (uint32_t i = count; i < sum->count; i++)
		lanes_add_if_i16(a, ((const uint64_t *)vm->registers[PPM_CLASS_MASK][sum->masks[i]])[word], sum->points[i]);
}

static void kernel_SUM_IF_I16(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_point_sum *sum = &vm->program->point_sums[instruction->k];
	const struct ppm_vm_sum *plan = &vm->sums[instruction->k];
	int16_t *a = PPM_I16_AT(a);
	const uint64_t *masks[PPM_VM_SUM_MASKS];
	uint32_t count = sum->count < PPM_VM_SUM_MASKS ? sum->count : PPM_VM_SUM_MASKS;
	ppm_vm_masks(vm, sum->masks, count, masks);
	(void)plan;
#if defined(LANES_HAVE_BYTE_SUMS)
	if (plan->bytes) {
		lanes_sum_if_i16_bytes(a, vm->words, plan->least, plan->base, count, masks, plan->points);
		return;
	}
#endif
	for (size_t word = 0; word < vm->words; word++)
		add_up(vm, sum, masks, count, a + word * 64, word);
}

static void kernel_SUM_SHARE(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_point_sum *sum = &vm->program->point_sums[instruction->k];
	const struct ppm_vm_sum *plan = &vm->sums[instruction->k];
	double *a = PPM_F64_AT(a);
	const int32_t low = sum->low, high = sum->high;
	const double width = (double)(high - low), factor = plan->factor;
	const uint64_t *masks[PPM_VM_SUM_MASKS];
	uint32_t count = sum->count < PPM_VM_SUM_MASKS ? sum->count : PPM_VM_SUM_MASKS;
	ppm_vm_masks(vm, sum->masks, count, masks);
#if defined(LANES_HAVE_BYTE_SUMS)
	// A bound that no byte reaches does not bind.
	if (plan->share_bytes && factor != 0) {
		int32_t bottom = low - plan->share_least, top = high - plan->share_least;
		lanes_sum_share_bytes(a, vm->words, plan->share_base, count, masks, plan->points, (uint8_t)bottom, (uint8_t)(top < 255 ? top : 255), factor);
		return;
	}
#endif
	for (size_t word = 0; word < vm->words; word++) {
		int16_t sums[64] __attribute__((aligned(64)));
		double *result = a + word * 64;
		add_up(vm, sum, masks, count, sums, word);
		for (size_t lane = 0; lane < 64; lane++) {
			int32_t points = sums[lane] > low ? sums[lane] : low;
			points = points < high ? points : high;
			double whole = (double)(points - low);
			result[lane] = factor != 0 ? whole * factor : 100.0 * whole / width;
		}
	}
}

// The same where it is whole: the width divides 100.
static void kernel_SUM_SHARE_I16(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_point_sum *sum = &vm->program->point_sums[instruction->k];
	const struct ppm_vm_sum *plan = &vm->sums[instruction->k];
	int16_t *a = PPM_I16_AT(a);
	const int32_t low = sum->low, high = sum->high;
	const int16_t factor = (int16_t)(100 / (high - low));
	const uint64_t *masks[PPM_VM_SUM_MASKS];
	uint32_t count = sum->count < PPM_VM_SUM_MASKS ? sum->count : PPM_VM_SUM_MASKS;
	ppm_vm_masks(vm, sum->masks, count, masks);
	(void)plan;
#if defined(LANES_HAVE_BYTE_SUMS)
	if (plan->share_bytes) {
		int32_t bottom = low - plan->share_least, top = high - plan->share_least;
		lanes_sum_share_i16_bytes(a, vm->words, plan->share_base, count, masks, plan->points, (uint8_t)bottom, (uint8_t)(top < 255 ? top : 255), factor);
		return;
	}
#endif
	for (size_t word = 0; word < vm->words; word++, a += 64) {
		add_up(vm, sum, masks, count, a, word);
		PPM_INDEPENDENT
		for (size_t lane = 0; lane < 64; lane++) {
			int32_t points = a[lane] > low ? a[lane] : low;
			points = points < high ? points : high;
			a[lane] = (int16_t)((points - low) * factor);
		}
	}
}

static void kernel_NUMBER_FROM_I16(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const int16_t *b = PPM_I16_AT(b);
	if (instruction->k == 0) {
		PPM_EACH_LANE(lane)
			a[lane] = b[lane];
		return;
	}
	const double power = (double)ppm_power_of_ten[instruction->k];
	PPM_EACH_LANE(lane)
		a[lane] = b[lane] / power;
}

// A weighted sum of small whole numbers is one itself: 16 bits hold it. Where the divisor divides 10^places nothing is left to round (divisor 0 here), and
// the result is `scale` times the sum; else it is `scale` times the sum over the divisor, and what half of one adds is cut off. Twice that is below 2^24,
// which single precision holds, and a quotient of at most 10^4 that is not whole is at least 1/654 below the next one: farther than its rounding.
static inline void finish_mean(int16_t *a, const uint16_t *sums, uint16_t scale, int32_t divisor)
{
	if (!divisor) {
		PPM_INDEPENDENT
		for (size_t lane = 0; lane < 64; lane++)
			a[lane] = (int16_t)(uint16_t)(sums[lane] * scale);
		return;
	}
	const int32_t factor = 2 * scale;
	const float twice = (float)(2 * divisor);
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++)
		a[lane] = (int16_t)(int32_t)((float)((int32_t)sums[lane] * factor + divisor) / twice);
}

static inline __attribute__((always_inline)) void mean_words(int16_t *a, size_t words, const int16_t *const *x, const uint16_t *weights, uint32_t count, uint16_t scale, int32_t divisor)
{
	for (size_t first = 0; first < words * 64; first += 64) {
		uint16_t sums[64] __attribute__((aligned(64)));
		PPM_INDEPENDENT
		for (size_t lane = 0; lane < 64; lane++) {
			uint16_t sum = 0;
			for (uint32_t i = 0; i < count; i++)
				sum = (uint16_t)(sum + (uint16_t)x[i][first + lane] * weights[i]);
			sums[lane] = sum;
		}
		finish_mean(a + first, sums, scale, divisor);
	}
}

// Not inlined: gcc 12 would weave two rounds of the loop that calls it into one and then do them lane by lane.
static __attribute__((noinline)) void add_weighted(uint16_t *sums, const int16_t *x, uint16_t weight)
{
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++)
		sums[lane] = (uint16_t)(sums[lane] + (uint16_t)x[lane] * weight);
}

static void mean_words_of_many(int16_t *a, size_t words, const int16_t *const *x, const uint16_t *weights, uint32_t count, uint16_t scale, int32_t divisor)
{
	for (size_t first = 0; first < words * 64; first += 64) {
		uint16_t sums[64] __attribute__((aligned(64))) = { 0 };
		for (uint32_t i = 0; i < count; i++)
			add_weighted(sums, x[i] + first, weights[i]);
		finish_mean(a + first, sums, scale, divisor);
	}
}

static void kernel_ROUNDED_MEAN_I16(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_mean *mean = &vm->program->means[instruction->k];
	const int64_t power = (int64_t)ppm_power_of_ten[mean->places];
	const int32_t whole = (int32_t)mean->divisor, divisor = power % whole == 0 ? 0 : whole;
	const uint16_t scale = (uint16_t)(divisor ? power : power / whole);
	int16_t *a = PPM_I16_AT(a);
	// A weight of 0 adds nothing, and so many others do not fit into the sum of all.
	uint16_t weights[PPM_MEAN_WEIGHTS_I16];
	const int16_t *x[PPM_MEAN_WEIGHTS_I16];
	uint32_t count = 0;
	for (uint32_t i = 0; i < mean->count; i++) {
		if (mean->weights[i] < 1)
			continue;
		weights[count] = (uint16_t)mean->weights[i];
		x[count++] = vm->registers[PPM_CLASS_I16][mean->registers[i]];
	}
	// The common counts are compiled for themselves, their weights in registers.
	switch (count) {
	case 3: mean_words(a, vm->words, x, weights, 3, scale, divisor); break;
	case 4: mean_words(a, vm->words, x, weights, 4, scale, divisor); break;
	case 5: mean_words(a, vm->words, x, weights, 5, scale, divisor); break;
	case 6: mean_words(a, vm->words, x, weights, 6, scale, divisor); break;
	default: mean_words_of_many(a, vm->words, x, weights, count, scale, divisor); break;
	}
}

// table[0] is for no mask, table[i + 1] for mask i.
#define CHOICE_MASKS 63

static void kernel_CHOOSE_I32(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_choice *choice = &vm->program->choices[instruction->k];
	int32_t *a = PPM_I32_AT(a);
	if (choice->count <= CHOICE_MASKS) {
		const uint64_t *masks[CHOICE_MASKS];
		int32_t table[CHOICE_MASKS + 1] __attribute__((aligned(64))) = { choice->otherwise };
		ppm_vm_masks(vm, choice->masks, choice->count, masks);
		memcpy(table + 1, choice->values, choice->count * sizeof *table);
		lanes_choose_i32(a, vm->words, choice->count, masks, table);
		return;
	}
	PPM_EACH_LANE(lane)
		a[lane] = choice->otherwise;
	for (uint32_t i = choice->count; i-- > 0;) {
		const uint64_t *mask = vm->registers[PPM_CLASS_MASK][choice->masks[i]];
		for (size_t lane = 0; lane < vm->words * 64; lane++)
			a[lane] = mask[lane / 64] >> (lane % 64) & 1 ? choice->values[i] : a[lane];
	}
}

static void kernel_ADD_IF_I64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int64_t *a = PPM_I64_AT(a);
	const uint64_t *b = PPM_MASK_AT(b);
	const int64_t k = PPM_CONSTANT(i64);
	for (size_t word = 0; word < vm->words; word++)
		lanes_add_if_i64(a + word * 64, b[word], k);
}

static void kernel_ADD_VALUE_IF_I64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int64_t *a = PPM_I64_AT(a);
	const uint64_t *b = PPM_MASK_AT(b);
	const int64_t *c = PPM_I64_AT(c);
	for (size_t word = 0; word < vm->words; word++)
		lanes_add_value_if_i64(a + word * 64, b[word], c + word * 64);
}

static void kernel_SUB_VALUE_IF_I64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int64_t *a = PPM_I64_AT(a);
	const uint64_t *b = PPM_MASK_AT(b);
	const int64_t *c = PPM_I64_AT(c);
	for (size_t word = 0; word < vm->words; word++)
		lanes_subtract_value_if_i64(a + word * 64, b[word], c + word * 64);
}

static void kernel_POINTS_WIDEN(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int64_t *a = PPM_I64_AT(a);
	const int16_t *b = PPM_I16_AT(b);
	const int64_t k = PPM_CONSTANT(i64);
	PPM_EACH_LANE(lane)
		a[lane] = (int64_t)((uint64_t)(int64_t)b[lane] * (uint64_t)k);
}

static void kernel_NUMBER_FROM_POINTS(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const int64_t *b = PPM_I64_AT(b);
	const double k = PPM_CONSTANT(f64);
	PPM_EACH_LANE(lane)
		a[lane] = (double)b[lane] / k;
}

static void kernel_CLAMP_I64_K(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int64_t *a = PPM_I64_AT(a);
	const int64_t *b = PPM_I64_AT(b);
	const int64_t low = PPM_CONSTANT(i64), high = vm->program->constants[instruction->k + 1].i64;
	PPM_EACH_LANE(lane) {
		int64_t raised = b[lane] > low ? b[lane] : low;
		a[lane] = raised < high ? raised : high;
	}
}

static void kernel_CLAMP_I16_K(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int16_t *a = PPM_I16_AT(a);
	const int16_t *b = PPM_I16_AT(b);
	const int16_t low = (int16_t)PPM_CONSTANT(i64), high = (int16_t)vm->program->constants[instruction->k + 1].i64;
	PPM_EACH_LANE(lane) {
		int16_t raised = b[lane] > low ? b[lane] : low;
		a[lane] = raised < high ? raised : high;
	}
}

static void kernel_SHARE_I64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_point_range *range = &vm->program->point_ranges[instruction->k];
	double *a = PPM_F64_AT(a);
	const int64_t *b = PPM_I64_AT(b);
	const int64_t low = range->low, high = range->high;
	const double width = (double)(high - low);
	if (width < 0x1p51) {
		PPM_EACH_LANE(lane) {
			int64_t points = b[lane] > low ? b[lane] : low;
			points = points < high ? points : high;
			a[lane] = 100.0 * lanes_small_double((int64_t)((uint64_t)points - (uint64_t)low)) / width;
		}
		return;
	}
	PPM_EACH_LANE(lane) {
		int64_t points = b[lane] > low ? b[lane] : low;
		points = points < high ? points : high;
		a[lane] = 100.0 * (double)(int64_t)((uint64_t)points - (uint64_t)low) / width;
	}
}

// The bounds differ by row, and may be wrong in rows that do not matter: differences wrap.
static void kernel_SHARE_BETWEEN(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const int64_t *b = PPM_I64_AT(b), *c = PPM_I64_AT(c), *d = PPM_I64_AT(d);
	PPM_EACH_LANE(lane) {
		int64_t low = c[lane], high = d[lane];
		int64_t points = b[lane] > low ? b[lane] : low;
		points = points < high ? points : high;
		double width = (double)(int64_t)((uint64_t)high - (uint64_t)low);
		double share = 100.0 * (double)(int64_t)((uint64_t)points - (uint64_t)low) / width;
		a[lane] = high > low ? share : 0;
	}
}
