// What single scored rows have from other rows, looked at while a job runs: the rows behind a figure, and the figures themselves, so that the row can be computed again without the others.
#ifndef PPM_RUNTIME_ENGINE_JOB_WATCH_H
#define PPM_RUNTIME_ENGINE_JOB_WATCH_H

#include "runtime/base/arena.h"
#include "runtime/bytecode/job.h"

#define PPM_WATCHED_ROWS 20u // shown of a figure; the rest is counted

// A row that a figure is made of.
struct ppm_watched_row {
	uint64_t line;               // of its file; 0: of none
	struct ppm_slice key;        // as a person reads it; empty: its table has none
	struct ppm_slice text, json; // its value, likewise, and as JSON ("null": missing); empty where the figure takes none (count)
	uint32_t level;              // in a tree: how far below; else 0
	bool counts;                 // it passed the condition
	bool against;                // the file is the one to compare with
};

// A figure of the watched row: AGGREGATE, TREE_AGGREGATE, RANK, GATHER.
struct ppm_watched_figure {
	const struct ppm_action *action;
	uint32_t table;               // whose rows
	struct ppm_watched_row *rows; // those that count first, each in the file's order; of GATHER the partner
	uint32_t row_count;
	uint64_t counted, left_out; // rows that count, and those that the condition leaves out. RANK: those that are ranked together
	bool others;                // RANK: the row itself is none of these: it is held against those of another file
	struct ppm_watched_figure *next;
};

// What a column of the scored table holds in the watched row, or one of a table of one row.
struct ppm_watched_cell {
	uint32_t table, column;
	bool present;
	struct ppm_slice text;       // of texts: codes are of one run
	_Alignas(16) char value[16]; // an element of the column's class; of MASK its first bit
	struct ppm_watched_cell *next;
};

// Put `row` and `arena` in, everything else is made while the job runs, and lives as long as the arena and the job.
struct ppm_job_watch {
	uint64_t row; // of the scored rows, from 0, refused ones included (ppm_batch.record + row)
	struct ppm_arena *arena;
	struct ppm_watched_figure *figures, *last_figure;
	struct ppm_watched_cell *cells, *last_cell;
};

// A figure of one scored row that is another than the rows behind it make it.
struct ppm_given_figure {
	uint64_t line;               // of the scored table's file; figures are in the order of their lines. 0: `row` says which
	uint64_t row;                // of the scored rows, as above
	uint32_t column;             // of the scored table: the `output` of an action
	_Alignas(16) char value[16]; // as in ppm_watched_cell
};

// Values that a job takes as given instead of making them.
struct ppm_job_given {
	bool alone;                           // no table but the scored one is read, and nothing but its rows made; else figures are made as ever
	const struct ppm_watched_cell *cells; // alone: what every scored row has from other rows
	uint64_t rows;                        // alone: how many scored rows there are, where they come from no file
	const struct ppm_given_figure *figures;
	size_t figure_count;
};

#endif
