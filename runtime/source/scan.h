// The structural scan: where fields and records end. 64 bytes at a time become bit masks (quotation marks, delimiters, line ends); a prefix XOR over the
// quotation marks says which bytes lie inside quotes; the delimiters and line ends outside are the structure.
//
// That reading is exact as long as every quotation mark opens a field, closes one or is doubled inside one. The scan checks this, byte by byte and across
// calls; at the first mark that does not fit `stray` is set, and the caller reads the same text again with ppm_scan_exact, a state machine whose answer is the
// definition of a record for broken files too.
#ifndef PPM_RUNTIME_SOURCE_SCAN_H
#define PPM_RUNTIME_SOURCE_SCAN_H

#include "runtime/vm/vm.h"

// Where the reading stands between two bytes.
enum ppm_scan_place {
	PPM_SCAN_START,  // at the start of a field
	PPM_SCAN_PLAIN,  // in an unquoted field, or in what follows a closed one
	PPM_SCAN_QUOTED, // inside quotes
	PPM_SCAN_CLOSED, // right after a quotation mark inside quotes: it closed the field, or the next one makes it a doubled one
};

struct ppm_scan {
	char delimiter;
	bool quoted;               // inside quotes at the next byte
	enum ppm_scan_place place; // ppm_scan_exact's, and set by ppm_scan_settle
	bool stray;                // a quotation mark that neither opens, closes nor is doubled, or text after a closing one
	bool nul;                  // a NUL byte
	bool carriage;             // a CR outside quotes
	bool bare_carriage;        // one that no LF follows (the text's last byte is the caller's to check)
	bool beyond_ascii;
	uint64_t lines;        // structural line ends found
	uint64_t quoted_lines; // line ends inside quotes
};

// Slots that a scan may write beyond the ones it returns.
#define PPM_SCAN_SLACK 64

// The functions of one instruction set. base[from - 1] must be readable: it is the byte before (a line end before the first record). Bytes may be
// read up to 64 beyond `to`.
struct ppm_scan_functions {
	enum ppm_simd simd;
	// Appends the offsets of the structural bytes in base[from, to) to `out` and returns its new end. Room for to - from + PPM_SCAN_SLACK.
	uint32_t *(*run)(struct ppm_scan *scan, const char *base, size_t from, size_t to, uint32_t *out);
	// Whether base[0, size) holds an odd number of quotation marks.
	bool (*odd_quotes)(const char *base, size_t size);
};
// The best that is asked for and that this processor runs.
const struct ppm_scan_functions *ppm_scan_functions(enum ppm_simd simd);
// All that it runs, the slowest first; NULL beyond the last. AVX-512 counts twice, with and without VBMI2.
const struct ppm_scan_functions *ppm_scan_functions_at(unsigned index);

// The same by the state machine, from scan->place on.
uint32_t *ppm_scan_exact(struct ppm_scan *scan, const char *base, size_t from, size_t to, uint32_t *out);
// Sets `place` after a run without strays that ended at base[to].
void ppm_scan_settle(struct ppm_scan *scan, const char *base, size_t to);

#endif
