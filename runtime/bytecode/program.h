// A compiled model: everything that the runtime needs to score rows, and nothing of the language. The compiler builds it, the verifier
// proves it, then it is read only and shared by all threads. Its owner frees it with ppm_program_free: everything is in its arena.
#ifndef PPM_RUNTIME_BYTECODE_PROGRAM_H
#define PPM_RUNTIME_BYTECODE_PROGRAM_H

#include "runtime/base/arena.h"
#include "runtime/base/date.h"
#include "runtime/base/decimal.h"
#include "runtime/column/vector.h"

enum ppm_opcode {
#define OP(name, a, b, c, d, e, k, meaning) PPM_OP_##name,
#include "runtime/bytecode/opcodes.def"
#undef OP
	PPM_OPCODE_COUNT
};

// Operand kinds, as opcodes.def names them. The first PPM_CLASS_COUNT are registers of that class; a capital suffix says how it is used.
enum ppm_operand_kind {
	PPM_OPERAND_NONE,
	PPM_OPERAND_OUT_M, PPM_OPERAND_OUT_F, PPM_OPERAND_OUT_L, PPM_OPERAND_OUT_X, PPM_OPERAND_OUT_I, PPM_OPERAND_OUT_H, // written
	PPM_OPERAND_IN_M, PPM_OPERAND_IN_F, PPM_OPERAND_IN_L, PPM_OPERAND_IN_X, PPM_OPERAND_IN_I, PPM_OPERAND_IN_H,       // read
	PPM_OPERAND_ADD_F, PPM_OPERAND_ADD_L,                                                                             // read and written
	PPM_OPERAND_CONSTANT_F, PPM_OPERAND_CONSTANT_I, PPM_OPERAND_CONSTANT_X, // index into constants; which member is meant
	PPM_OPERAND_RANGE_F, PPM_OPERAND_RANGE_I,                               // index of two constants in a row: low, high
	PPM_OPERAND_JUMP,       // an instruction index, forwards only
	PPM_OPERAND_SET,        // index into sets
	PPM_OPERAND_TEXT_TEST,  // index into text_tests
	PPM_OPERAND_MAP,        // index into maps
	PPM_OPERAND_LINEAR,     // index into linears
	PPM_OPERAND_POINTS,     // index into point_ranges
	PPM_OPERAND_CALL,       // index into calls
	PPM_OPERAND_REASONS,    // index into reason_lists
	PPM_OPERAND_SITE,       // index into sites
	PPM_OPERAND_RATE,       // index into rates
	PPM_OPERAND_SUM,        // index into point_sums
	PPM_OPERAND_MEAN,       // index into means
	PPM_OPERAND_CHOICE,     // index into choices
	PPM_OPERAND_COUNT_KIND, // a plain small integer with a meaning of the opcode's own
};

// R[a], R[b] …: the register file has one array a class; the opcode says which class each operand is of.
struct ppm_instruction {
	uint16_t op;
	uint16_t a, b, c, d, e;
	uint32_t k;
};

union ppm_constant {
	double f64;
	int64_t i64;       // also I32 and I16 constants
	ppm_int128 x128;
};

struct ppm_place {
	uint16_t source;    // index into sources
	uint16_t column;    // from 1
	uint32_t line;      // from 1; 0: no place
};

// ---- input columns ------------------------------------------------------------------------------------

enum ppm_column_type { PPM_COLUMN_NUMBER, PPM_COLUMN_MONEY, PPM_COLUMN_PERCENT, PPM_COLUMN_TEXT, PPM_COLUMN_DATE, PPM_COLUMN_FLAG, PPM_COLUMN_DURATION };

struct ppm_spelling_pair {
	struct ppm_slice from, to;
};

struct ppm_column {
	struct ppm_slice name;              // in the model
	struct ppm_slice header;            // in the file
	struct ppm_slice type_text;         // "money EUR", for messages
	enum ppm_column_type type;
	bool key;                           // never empty, and shown in messages about the row
	bool optional;                      // an empty field is missing; else it is an error (unless there is a default)
	bool read;                          // converted into a register
	bool pooled;                        // TEXT: codes of the text pool; else only the constants are told apart
	bool passed;                        // its raw bytes appear in the output
	bool months;                        // DURATION: months, else days
	bool wide;                          // MONEY with 12 places: never a field of a file
	bool inferred;                      // no dataset declared it
	uint16_t value;                     // register, of the class ppm_column_register says, when `read`
	uint16_t present;                   // mask register when `read` and `optional`
	// A program over kept rows reads table columns, not fields. PPM_FROM_TABLE: column `table_column` of the program's table. PPM_FROM_COMPANY: of the job's one-row table `table`,
	// the same for every row. PPM_FROM_OUTER, PPM_FROM_INNER: of a pair's two rows; PPM_FROM_LEVEL: the pair's distance in the tree, a number.
	enum ppm_column_origin { PPM_FROM_FIELD, PPM_FROM_TABLE, PPM_FROM_COMPANY, PPM_FROM_OUTER, PPM_FROM_INNER, PPM_FROM_LEVEL } origin;
	uint32_t table, table_column;
	bool has_default;
	union ppm_constant default_value;   // F64, I64 (money), I32 (date, duration), text code, or 0/1 for a flag
	bool has_range;                     // low <= x <= high, else the field is an error
	union ppm_constant low, high;
	const uint32_t *allowed;            // TEXT: codes of the constants that `in [ … ]` allows, or NULL
	uint32_t allowed_count;
	const double *allowed_numbers;      // NUMBER: likewise
	uint32_t allowed_number_count;
	const struct ppm_slice *missing;    // tokens that mean missing, besides the empty field
	uint32_t missing_count;
	const struct ppm_spelling_pair *spellings;
	uint32_t spelling_count;
	const struct ppm_number_pattern *number_pattern; // NULL: plain decimal text; PERCENT: "12%"
	bool percent_as_ratio;              // PERCENT with format "0.12": the bare figure is the ratio; else it is percents
	const struct ppm_date_format *date_format;       // NULL: ISO
	struct ppm_slice format_text;       // as the model has it, for messages
};

enum ppm_register_class ppm_column_class(enum ppm_column_type type); // of a field
enum ppm_register_class ppm_column_register(const struct ppm_column *column);

// ---- side tables of instructions ------------------------------------------------------------------------

// A set of text codes as a bitmap over [base, base + bit_count): outside it no code is a member.
struct ppm_set {
	uint32_t base, bit_count;
	const uint32_t *bits;
};

enum ppm_text_test_kind { PPM_TEXT_CONTAINS, PPM_TEXT_STARTS_WITH, PPM_TEXT_ENDS_WITH, PPM_TEXT_MATCHES, PPM_TEXT_LESS, PPM_TEXT_LESS_EQUAL, PPM_TEXT_GREATER, PPM_TEXT_GREATER_EQUAL };

struct ppm_text_test {
	enum ppm_text_test_kind kind;
	struct ppm_slice operand;           // the constant on the right: a needle, a pattern, a text to compare with
};

// Text codes below entry_count map to an entry; every other code, and a missing text, to `otherwise` (the compiler deals with missing).
struct ppm_map {
	enum ppm_register_class class;      // F64, I64, X128 or I32
	uint32_t entry_count;
	const union ppm_constant *entries;
	union ppm_constant otherwise;
};

// sum of coefficients[i] * L[registers[i]] + constant, compared with 0.
#define PPM_LINEAR_TERMS 16
struct ppm_linear {
	uint32_t count;
	uint16_t registers[PPM_LINEAR_TERMS];
	int64_t coefficients[PPM_LINEAR_TERMS];
	ppm_int128 constant;                // in the scale of the products
	uint8_t relation;                   // 0 =, 1 <, 2 <=, 3 >, 4 >=
};

// How points become 0..100: 100 * (clamp(p) - low) / (high - low), points and bounds in the same scale; high > low.
struct ppm_point_range {
	int64_t low, high;
};

// An amount divided by a number, compared with an amount.
struct ppm_rate {
	uint8_t relation;                   // as in ppm_linear: quotient relation value
	ppm_int128 value;                   // 12 places, within ±PPM_EXACT_MAX
	uint32_t site;                      // index into sites: where lanes with a divisor of zero are counted
};

// base + the points of every mask that holds. |base| and all |points| together must fit in 16 bits. SUM_SHARE makes 0..100 of it: the sum is kept
// in low … high, high > low; SUM_SHARE_I16 likewise, where high - low divides 100.
struct ppm_point_sum {
	int16_t base, low, high;
	uint32_t count;
	const uint16_t *masks;              // M registers
	const int16_t *points;
};

// (sum of weights[i] * F[registers[i]], added from the left) / divisor. Everything finite, divisor not 0, count at least 1. ROUNDED_MEAN_I16 has H registers
// of 0 … 100 and rounds to `places`, in units of which its result still fits: its weights are whole, at least 0, and their sum, which is the divisor, is at most PPM_MEAN_WEIGHTS_I16.
#define PPM_MEAN_WEIGHTS_I16 327
#define PPM_MEAN_PLACES_I16 2
#define PPM_NUMBER_PLACES_I16 4 // of NUMBER_FROM_I16
struct ppm_mean {
	uint32_t count;
	const uint16_t *registers;
	const double *weights;
	double divisor;
	uint8_t places;
};

// The value of the first mask that holds, else `otherwise`.
struct ppm_choice {
	uint32_t count;
	const uint16_t *masks;
	const int32_t *values;
	int32_t otherwise;
};

// Which part of a date DATE_PART computes; the values are stored in programs.
enum ppm_date_part { PPM_DATE_YEAR, PPM_DATE_QUARTER, PPM_DATE_MONTH, PPM_DATE_DAY, PPM_DATE_WEEKDAY, PPM_DATE_DAY_OF_YEAR };

// A function of the standard library, called on whole vectors.
struct ppm_text_pool;
struct ppm_call_frame {
	uint32_t rows;
	void *result;                       // the register's elements; MASK: words
	const void *arguments[4];
	const uint64_t *active;             // lanes whose result matters; the others must not fail
	uint64_t *defined;                  // out: clear a lane's bit when the function has no value there (then it is missing, and counted)
	uint64_t *overflowed;               // out: set a lane's bit when its value is out of range (an error of the row)
	struct ppm_text_pool *pool;
	// One part of many dates, with the machine's instruction set; NULL outside a machine. `count` is a multiple of 64.
	void (*date_part)(enum ppm_date_part part, double *result, const int32_t *dates, size_t count);
};
typedef void ppm_kernel(const struct ppm_call_frame *frame);

struct ppm_call {
	struct ppm_slice name;              // as the model calls it
	struct ppm_slice why_missing;       // "the square root of a negative number", ended by a NUL
	ppm_kernel *kernel;
	enum ppm_register_class result;
	enum ppm_register_class arguments[4];
	uint16_t registers[4];              // the arguments' registers
	uint32_t argument_count;
	uint32_t site;                      // index into sites: where active lanes without a value are counted; unused when why_missing is empty
};

// A place where a computation may have no value or overflow.
struct ppm_site {
	struct ppm_place place;
	struct ppm_slice what;              // "division by zero", for the count at the end
};

// ---- results ------------------------------------------------------------------------------------------

enum ppm_value_format_kind {
	PPM_FORMAT_PASS,     // the raw field of `column`
	PPM_FORMAT_NUMBER,   // F64; decimals < 0: shortest
	PPM_FORMAT_PERCENT,  // F64 * 100 and %; decimals < 0: shortest
	PPM_FORMAT_MONEY,    // I64; decimals (2 unless a format says otherwise)
	PPM_FORMAT_EXACT,    // X128
	PPM_FORMAT_DATE,     // I32
	PPM_FORMAT_DAYS,     // I32: "30 days"
	PPM_FORMAT_MONTHS,   // I32: "3 months"
	PPM_FORMAT_TEXT,     // I32 text code
	PPM_FORMAT_FLAG,     // MASK: yes / no
	PPM_FORMAT_POINTS,   // I64 with `scale` places; shortest
	PPM_FORMAT_REASONS,  // I32 registers value … value + count - 1: unit numbers of a reason list, or -1
};

struct ppm_value_format {
	enum ppm_value_format_kind kind;
	int8_t decimals;
	uint8_t scale;                      // POINTS
	const struct ppm_number_pattern *pattern; // NULL, or how to write it
	const struct ppm_date_format *date_format;
	struct ppm_slice unit;              // " per month" and the like, after the figure in reasons; may be empty
};

#define PPM_NO_REGISTER UINT16_MAX

// A typed value in a register, with its presence (PPM_NO_REGISTER: never missing).
struct ppm_value {
	struct ppm_value_format format;
	uint16_t value, present;
	uint16_t count;                     // REASONS: how many
	bool single;                        // REASONS: one text, not a list of texts (JSON tells them apart)
	uint16_t column;                    // PASS: program column
	uint16_t reasons;                   // REASONS: index into reason_lists
};

struct ppm_output {
	struct ppm_slice name;              // the column's header
	struct ppm_value value;
};

// A value that is kept for later stages: into a column of the table whose rows the program runs over. In a PAIRS program the stores are
// 0 the value (COUNT without one: a mask that always holds) and, if there is a condition, 1 its mask; `table_column` says nothing.
struct ppm_store {
	enum ppm_register_class class;
	uint16_t value, present;            // registers; present PPM_NO_REGISTER: never missing
	uint32_t table_column;
};

// A text with values in it.
struct ppm_template_piece {
	struct ppm_slice literal;           // used when !has_value
	bool has_value;
	struct ppm_value value;
};
struct ppm_text_template {
	const struct ppm_template_piece *pieces;
	uint32_t piece_count;
};

// What may cost a customer points: its cost is `cost` where M[set] holds, times F[factor] if there is one; or F[value] likewise.
struct ppm_reason_unit {
	struct ppm_text_template text;
	uint16_t set;                       // mask; PPM_NO_REGISTER: every row
	uint16_t value;                     // F64; PPM_NO_REGISTER: `cost`
	uint16_t factor;                    // F64; PPM_NO_REGISTER: 1
	double cost;
};
struct ppm_reason_list {
	const struct ppm_reason_unit *units;
	uint32_t unit_count;
	uint16_t first;                     // I32 registers first … first + count - 1 receive the costliest units (cost > 0), then -1
	uint16_t count;
};

// A figure that is counted over all scored rows: how many rows have the mask's bit (and are scored).
enum ppm_tally_kind { PPM_TALLY_TIER, PPM_TALLY_RULE_UNKNOWN, PPM_TALLY_TIER_PASSED_OVER, PPM_TALLY_OVERRIDDEN, PPM_TALLY_SCORE_MISSING, PPM_TALLY_INCOMPLETE };
struct ppm_tally {
	enum ppm_tally_kind kind;
	struct ppm_slice name;              // the tier's, the rule's …
	struct ppm_slice action;            // TIER
	uint16_t mask;
};

// ---- the program ----------------------------------------------------------------------------------------

struct ppm_program_source {
	struct ppm_slice path;
	struct ppm_slice text;              // for the disassembler and messages
};

struct ppm_program {
	struct ppm_arena arena;
	struct ppm_instruction *instructions;
	struct ppm_place *places;           // [instruction]
	uint32_t instruction_count;
	uint32_t register_counts[PPM_CLASS_COUNT]; // each at most 65535
	union ppm_constant *constants;
	uint32_t constant_count;
	struct ppm_slice *texts;            // the text constants: code i is texts[i]
	uint32_t text_count;
	struct ppm_column *columns;
	uint32_t column_count;
	bool pass_all_columns;              // the output begins with every column of the file (a model without key or output)
	struct ppm_set *sets;
	uint32_t set_count;
	struct ppm_text_test *text_tests;
	uint32_t text_test_count;
	struct ppm_map *maps;
	uint32_t map_count;
	struct ppm_linear *linears;
	uint32_t linear_count;
	struct ppm_point_range *point_ranges;
	uint32_t point_range_count;
	struct ppm_rate *rates;
	uint32_t rate_count;
	struct ppm_point_sum *point_sums;
	uint32_t point_sum_count;
	struct ppm_mean *means;
	uint32_t mean_count;
	struct ppm_choice *choices;
	uint32_t choice_count;
	struct ppm_call *calls;
	uint32_t call_count;
	struct ppm_site *sites;
	uint32_t site_count;
	struct ppm_reason_list *reason_lists;
	uint32_t reason_list_count;
	struct ppm_output *outputs;
	uint32_t output_count;
	struct ppm_tally *tallies;
	uint32_t tally_count;
	struct ppm_store *stores;
	uint32_t store_count;
	bool keeps;                         // rows of the file outside of the mask `keep` do not exist (a `dated` dataset's later rows)
	uint16_t keep;
	struct ppm_program_source *sources;
	uint32_t source_count;
	struct ppm_slice model_name, model_doc;
	struct ppm_slice dataset_name;      // "customers", for words in the summary
	bool has_as_of;
	int32_t as_of;
	// What the table on a terminal sorts by: the score (F64) and its presence; PPM_NO_REGISTER when there is none.
	uint16_t score, score_present;
	// The model's own result columns in their order of importance for narrow terminals: indexes into outputs.
	bool strict;                        // a site without a value is an error of the row
};

// A zeroed program with an arena, or NULL. Free with ppm_program_free.
struct ppm_program *ppm_program_new(const struct ppm_allocator *allocator);
void ppm_program_free(struct ppm_program *program);

// ---- what opcodes.def says, for the verifier, the disassembler and the docs ----------------------------------

struct ppm_opcode_info {
	const char *name;                   // "GE_F64_K"
	enum ppm_operand_kind operands[6];  // a b c d e k
	const char *meaning;
};
extern const struct ppm_opcode_info ppm_opcode_infos[PPM_OPCODE_COUNT];
static inline const struct ppm_opcode_info *ppm_opcode_info(enum ppm_opcode op)
{
	return &ppm_opcode_infos[op];
}
// The register class that an operand of that kind names, or PPM_CLASS_NONE.
static inline enum ppm_register_class ppm_operand_class(enum ppm_operand_kind kind)
{
	switch (kind) {
	case PPM_OPERAND_OUT_M: case PPM_OPERAND_IN_M:
		return PPM_CLASS_MASK;
	case PPM_OPERAND_OUT_F: case PPM_OPERAND_IN_F: case PPM_OPERAND_ADD_F:
		return PPM_CLASS_F64;
	case PPM_OPERAND_OUT_L: case PPM_OPERAND_IN_L: case PPM_OPERAND_ADD_L:
		return PPM_CLASS_I64;
	case PPM_OPERAND_OUT_X: case PPM_OPERAND_IN_X:
		return PPM_CLASS_X128;
	case PPM_OPERAND_OUT_I: case PPM_OPERAND_IN_I:
		return PPM_CLASS_I32;
	case PPM_OPERAND_OUT_H: case PPM_OPERAND_IN_H:
		return PPM_CLASS_I16;
	default:
		return PPM_CLASS_NONE;
	}
}

// How the program's instructions read an F register that a column of numbers is in: as integers if all values of a batch are, as doubles, or some so and some so.
struct ppm_number_forms {
	bool whole, wide;
};
// `forms` has room for register_counts[PPM_CLASS_F64]. Takes one look at each instruction.
void ppm_program_number_forms(const struct ppm_program *program, struct ppm_number_forms *forms);
// Whether the NUMBER_FROM_I16 at that place need only be done when somebody outside asks for its result: no instruction after it reads or writes that, or
// writes what it is made of.
bool ppm_program_number_can_wait(const struct ppm_program *program, uint32_t at);

#endif
