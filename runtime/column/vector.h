// What one instruction works on: a batch of rows, one class of value, one bit of truth or presence a row.
//
// A vector register holds PPM_BATCH_ROWS elements of its class. Masks are bit vectors: row r is bit r % 64 of word r / 64. Bits and
// elements at and beyond the batch's row count are undefined: whoever counts bits or reports rows cuts them off. Presence ("validity") is
// a mask of its own and belongs to the compiler: a vector instruction computes every lane, and an absent lane holds some initialised value.
#ifndef PPM_RUNTIME_COLUMN_VECTOR_H
#define PPM_RUNTIME_COLUMN_VECTOR_H

#include "runtime/base/decimal.h"
#include "runtime/base/slice.h"
#include <stdbool.h>
#include <stdint.h>

#define PPM_BATCH_ROWS 1024
#define PPM_MASK_WORDS (PPM_BATCH_ROWS / 64)
#define PPM_VECTOR_ALIGNMENT 64

// X(NAME, letter, element type): the one list of register classes.
#define PPM_REGISTER_CLASSES(X) \
	X(MASK, 'm', uint64_t)   /* flags, presence, selections: PPM_MASK_WORDS words */ \
	X(F64, 'f', double)      /* numbers, percents, rates of them */ \
	X(I64, 'l', int64_t)     /* money of 4 places; points as scaled integers */ \
	X(X128, 'x', ppm_int128) /* money of 12 places */ \
	X(I32, 'i', int32_t)     /* dates, durations (days or months), text codes */ \
	X(I16, 'h', int16_t)     /* points that provably fit */

enum ppm_register_class {
#define X(name, letter, type) PPM_CLASS_##name,
	PPM_REGISTER_CLASSES(X)
#undef X
	PPM_CLASS_COUNT,
	PPM_CLASS_NONE = PPM_CLASS_COUNT
};

// Bytes of one whole register of the class.
static inline size_t ppm_register_size(enum ppm_register_class class)
{
	static const size_t element[] = { 0, 8, 8, 16, 4, 2 };
	return class == PPM_CLASS_MASK ? PPM_MASK_WORDS * sizeof(uint64_t) : element[class] * PPM_BATCH_ROWS;
}

// What a source says of a column beside its values, so that whoever works on them need not find out.
struct ppm_column_facts {
	int32_t *whole;     // NUMBER: the batch's values as integers; NULL when one of them is none, or nobody asked for them
	int16_t *small;     // the same in 16 bits, when all fit; else NULL
	bool widened;       // with `whole`: `values` was made from it. Until then it holds anything: call ppm_batch_values
	uint64_t magnitude; // MONEY: no amount is larger, either way; 0: not known
};

// A batch of rows as the source hands it over. Everything belongs to the source's worker and lives until its next batch.
// A record is a line of the file (more, if quoted fields hold line breaks); a batch's records are contiguous only in number: refused ones are left out.
struct ppm_batch {
	uint32_t rows;                     // 1..PPM_BATCH_ROWS
	void **values;                     // [program column]: its vector, NULL where the program does not read it
	struct ppm_column_facts *facts;    // [program column], or NULL: nothing is known
	uint64_t **present;                // [program column]: its presence mask, or NULL when every row has a value
	uint64_t *refused;                 // a mask: rows whose fields did not convert; they get no result
	// The raw fields: field f of row r ends (exclusive) at base + ends[r * stride + f] and begins one byte (the separator) after the end of
	// the field before it; a record's first field begins at starts[r].
	const char *base;
	const uint32_t *ends;
	const uint32_t *starts;
	uint32_t stride;                   // fields a record
	const uint64_t *first_record;      // the ordinal in its chunk of row r's record: first_record[r] … NULL when consecutive from `record`
	uint64_t record;
	const uint32_t *lines;             // NULL, or [row]: the line in the chunk (from 0) where row r's record begins
};

// The column's vector in the class of its registers, made of its whole numbers if it has to be; NULL where the program does not read it.
void *ppm_batch_values(const struct ppm_batch *batch, uint32_t column);

// The raw bytes of a field, with its quotation marks if it has any.
static inline struct ppm_slice ppm_batch_field(const struct ppm_batch *batch, uint32_t row, uint32_t field)
{
	const uint32_t *ends = batch->ends + (size_t)row * batch->stride;
	uint32_t begin = field ? ends[field - 1] + 1 : batch->starts[row];
	return (struct ppm_slice){ batch->base + begin, ends[field] - begin };
}

#endif
