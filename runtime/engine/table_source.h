// A source that hands out the rows of a kept table, for whoever works on a source: the engine does not know whether its rows come from a file. Values are not copied: a batch
// points into the table's arrays.
#ifndef PPM_RUNTIME_ENGINE_TABLE_SOURCE_H
#define PPM_RUNTIME_ENGINE_TABLE_SOURCE_H

#include "runtime/dataset/table.h"
#include "runtime/source/source.h"

struct ppm_table_source_options {
	const struct ppm_kept_table *tables; // [table of the job]
	uint32_t table;
	const struct ppm_program *program; // whose columns are of the table (or of one-row tables); those that pass through are raw fields of it
	const struct ppm_source *file;     // what the rows were read from, bound to the load program; NULL: no raw fields
	const struct ppm_program *load;    // with a file
	const struct ppm_text_pool *texts; // what text codes are of
	uint64_t first;                    // rows before it are left out
	bool keep_records;                 // refused rows come with their record, if whole records are kept
	const volatile int *interrupted;
	enum ppm_simd simd;
};

// Everything that `options` points to but the file must live as long as reading goes on; the names of fields are copied. NULL: memory. Close with ppm_table_source_close.
struct ppm_source *ppm_table_source_new(const struct ppm_allocator *allocator, const struct ppm_table_source_options *options);
void ppm_table_source_close(struct ppm_source *source);

#endif
