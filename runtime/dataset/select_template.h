// Order statistics of arrays of unsigned keys, for each width of KEY: included by aggregate_values.c once for each. NAME(x) makes a name of it. Nothing here is worse than linear in the number of
// keys for each of a key's bytes.

static void NAME(insert)(KEY *keys, uint64_t count)
{
	for (uint64_t i = 1; i < count; i++) {
		KEY key = keys[i];
		uint64_t at = i;
		for (; at > 0 && keys[at - 1] > key; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
}

// The lowest bit of the highest byte-wide window in which the keys differ; -1 when they are all equal.
static int NAME(window)(const KEY *keys, uint64_t count)
{
	KEY varying = 0;
	for (uint64_t i = 1; i < count; i++)
		varying |= keys[i] ^ keys[0];
	if (varying == 0)
		return -1;
	int top = 0;
	for (int step = (int)sizeof(KEY) * 4; step > 0; step /= 2)
		if (varying >> step >> top)
			top += step;
	return top > 7 ? top - 7 : 0;
}

// The element that would stand at `at` in order, and the one after it (itself when it is the last). Moves keys about.
static void NAME(select)(KEY *keys, uint64_t count, uint64_t at, KEY *here, KEY *next)
{
	KEY above = 0;
	bool has_above = false;
	while (count > 32) {
		int shift = NAME(window)(keys, count);
		if (shift < 0)
			break;
		uint64_t counts[256] = { 0 };
		for (uint64_t i = 0; i < count; i++)
			counts[keys[i] >> shift & 0xff]++;
		unsigned digit = 0;
		for (; at >= counts[digit]; digit++)
			at -= counts[digit];
		// The bits above the window are the same in all keys.
		uint64_t kept = 0;
		for (uint64_t i = 0; i < count; i++) {
			unsigned of_key = (unsigned)(keys[i] >> shift & 0xff);
			if (of_key == digit) {
				keys[kept++] = keys[i];
			} else if (of_key > digit && (!has_above || keys[i] < above)) {
				above = keys[i];
				has_above = true;
			}
		}
		count = kept;
	}
	if (count <= 32)
		NAME(insert)(keys, count);
	*here = keys[at];
	*next = at + 1 < count ? keys[at + 1] : has_above ? above : *here;
}

// Sorts; `scratch` has room for as many.
static void NAME(sort)(KEY *keys, KEY *scratch, uint64_t count)
{
	if (count <= 32) {
		NAME(insert)(keys, count);
		return;
	}
	KEY varying = 0;
	for (uint64_t i = 1; i < count; i++)
		varying |= keys[i] ^ keys[0];
	KEY *from = keys, *to = scratch;
	for (unsigned shift = 0; shift < sizeof(KEY) * 8; shift += 8) {
		if ((varying >> shift & 0xff) == 0)
			continue;
		uint64_t starts[256] = { 0 }, sum = 0;
		for (uint64_t i = 0; i < count; i++)
			starts[from[i] >> shift & 0xff]++;
		for (unsigned digit = 0; digit < 256; digit++) {
			uint64_t here = starts[digit];
			starts[digit] = sum;
			sum += here;
		}
		for (uint64_t i = 0; i < count; i++)
			to[starts[from[i] >> shift & 0xff]++] = from[i];
		KEY *swapped = from;
		from = to;
		to = swapped;
	}
	if (from != keys)
		memcpy(keys, from, count * sizeof *keys);
}

static uint64_t NAME(distinct)(KEY *keys, KEY *scratch, uint64_t count)
{
	NAME(sort)(keys, scratch, count);
	uint64_t distinct = count > 0;
	for (uint64_t i = 1; i < count; i++)
		distinct += keys[i] != keys[i - 1];
	return distinct;
}
