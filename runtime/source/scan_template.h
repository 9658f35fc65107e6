// One structural scan, included by scan.c once for each instruction set. It needs SCAN(name), SCAN_TARGET, and in scope:
//   struct SCAN(block): 64 bytes in registers            SCAN(load)(p)
//   SCAN(equal)(block, c): mask of bytes equal to c      SCAN(control)(block): mask of bytes below 14
//   SCAN(high)(block): nonzero if a byte is above 127    SCAN(prefix)(mask): bit i = parity of bits 0..i
//   SCAN(count)(mask)                                    SCAN(emit)(out, mask, base): appends the positions, returns the new end
SCAN_TARGET static uint32_t *SCAN(run)(struct ppm_scan *scan, const char *base, size_t from, size_t to, uint32_t *out)
{
	const char delimiter = scan->delimiter;
	const char before = (base + from)[-1]; // readable at 0 too
	// All bits set while inside quotes.
	uint64_t inside = scan->quoted ? ~UINT64_C(0) : 0;
	// What the byte before says about bit 0: a quote may open here; a quote was closed there; a CR stood there.
	uint64_t may_open = before == delimiter || before == '\n' || before == '"';
	uint64_t closed = before == '"' && !inside;
	uint64_t carriage = before == '\r' && !inside;
	uint64_t stray = 0, nul = 0, bare = 0, high = 0, carriages = carriage;
	uint64_t lines = 0, quoted_lines = 0;
	for (size_t at = from; at < to; at += 64) {
		struct SCAN(block) block = SCAN(load)(base + at);
		uint64_t valid = to - at < 64 ? (UINT64_C(1) << (to - at)) - 1 : ~UINT64_C(0);
		uint64_t quote = SCAN(equal)(block, '"') & valid;
		uint64_t line = SCAN(equal)(block, '\n') & valid;
		uint64_t separator = (SCAN(equal)(block, delimiter) & valid) | line;
		uint64_t odd = SCAN(control)(block) & valid & ~separator;
		high |= SCAN(high)(block);
		uint64_t quoted = SCAN(prefix)(quote) ^ inside;
		inside = (uint64_t)((int64_t)quoted >> 63);
		uint64_t returns = 0;
		if (__builtin_expect((odd | carriage) != 0, 0)) {
			returns = SCAN(equal)(block, '\r') & odd;
			nul |= SCAN(equal)(block, '\0') & odd;
			uint64_t plain = returns & ~quoted;
			carriages |= plain;
			bare |= (plain << 1 | carriage) & ~line & valid;
			carriage = plain >> 63;
		}
		stray |= quote & quoted & ~((separator | quote) << 1 | may_open);
		may_open = (separator | quote) >> 63;
		uint64_t closing = quote & ~quoted;
		stray |= (closing << 1 | closed) & ~(separator | quote | returns) & valid;
		closed = closing >> 63;
		lines += SCAN(count)(line & ~quoted);
		quoted_lines += SCAN(count)(line & quoted);
		out = SCAN(emit)(out, separator & ~quoted, (uint32_t)at);
	}
	scan->quoted = inside != 0;
	scan->stray |= stray != 0;
	scan->nul |= nul != 0;
	scan->carriage |= carriages != 0;
	scan->bare_carriage |= bare != 0;
	scan->beyond_ascii |= high != 0;
	scan->lines += lines;
	scan->quoted_lines += quoted_lines;
	return out;
}

SCAN_TARGET static bool SCAN(odd_quotes)(const char *base, size_t size)
{
	uint64_t parity = 0;
	size_t at = 0;
	for (; at + 64 <= size; at += 64)
		parity ^= SCAN(equal)(SCAN(load)(base + at), '"');
	if (at < size)
		parity ^= SCAN(equal)(SCAN(load)(base + at), '"') & ((UINT64_C(1) << (size - at)) - 1);
	return __builtin_parityll(parity);
}

#undef SCAN
#undef SCAN_TARGET
