// The machine's evaluation alone, against loops written by hand for just this model: both go over the same columns in memory, no file is read
// and no text is written while the clock runs. The loops take the columns as a C program would hold them (32-bit integers, cents); the
// machine takes them as its reader hands them over. Every result is compared before anything is timed. With -DYARDSTICK and its folder among the
// include folders, the yardstick's own loops run too. All take turns in one process, many times: the best of each is told, and the median.
#include "lang/ppm.h"
#include "runtime/source/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef YARDSTICK
#include "model.h"
#endif

#define BATCHES 16
#define ROUNDS 100
#define PASSES 12
#define ABSENT INT32_MIN

struct columns {
	int64_t revenue[PPM_BATCH_ROWS], cost[PPM_BATCH_ROWS];
	int32_t signed_on[PPM_BATCH_ROWS], month[PPM_BATCH_ROWS], tickets[PPM_BATCH_ROWS], late[PPM_BATCH_ROWS], seats[PPM_BATCH_ROWS], seats_before[PPM_BATCH_ROWS], discount[PPM_BATCH_ROWS],
		nps[PPM_BATCH_ROWS], months[PPM_BATCH_ROWS], home[PPM_BATCH_ROWS], exposed[PPM_BATCH_ROWS], target[PPM_BATCH_ROWS], referred[PPM_BATCH_ROWS];
	int32_t dimensions[5][PPM_BATCH_ROWS], score[PPM_BATCH_ROWS], tier[PPM_BATCH_ROWS];
};

static inline int32_t kept(int32_t points) { return points < 0 ? 0 : points > 100 ? 100 : points; }

static void profit(const int64_t *restrict revenue, const int64_t *restrict cost, const int32_t *restrict seats, const int32_t *restrict discount, int32_t *restrict out, int rows)
{
	for (int i = 0; i < rows; i++) {
		int64_t r = revenue[i], margin = (r - cost[i]) * 100, points = 50;
		points += (r >= 10000000) * 20 + ((r >= 2500000) & (r < 10000000)) * 10 - (r < 200000) * 15;
		points += (margin >= 60 * r) * 20 + ((margin >= 40 * r) & (margin < 60 * r)) * 10 - (margin < 10 * r) * 20;
		points += (r >= 50000 * (int64_t)seats[i]) * 5 - (discount[i] > 25) * 10;
		out[i] = (int32_t)(points < 0 ? 0 : points > 100 ? 100 : points);
	}
}

static void growth(const int32_t *restrict seats, const int32_t *restrict before, const int32_t *restrict target, const int32_t *restrict home, int32_t *restrict out, int rows)
{
	for (int i = 0; i < rows; i++) {
		int32_t now = seats[i], then = before[i], points = 40;
		points += ((then > 0) & (10 * now >= 12 * then)) * 25 - (10 * now < 8 * then) * 25 + ((then == 0) & (now >= 10)) * 10;
		points += target[i] * 10 + home[i] * 5 + (now >= 500) * 10;
		out[i] = kept(points);
	}
}

static void loyalty(const int32_t *restrict day, const int32_t *restrict months, const int32_t *restrict nps, const int32_t *restrict referred, int32_t *restrict out, int rows)
{
	for (int i = 0; i < rows; i++) {
		int32_t d = day[i], points = 30;
		points += (d <= 18444) * 25 + ((d > 18444) & (d <= 19539)) * 15 - (20270 - d < 90) * 10;
		points += (months[i] >= 24) * 15 - (months[i] == 1) * 10 + (nps[i] >= 9) * 15 - ((nps[i] <= 6) & (nps[i] != ABSENT)) * 15 + referred[i] * 5;
		out[i] = kept(points);
	}
}

static void risk(const int32_t *restrict late, const int32_t *restrict tickets, const int32_t *restrict exposed, const int64_t *restrict revenue, int32_t *restrict out, int rows)
{
	for (int i = 0; i < rows; i++) {
		int32_t points = 100 - (late[i] > 60) * 50 - ((late[i] > 15) & (late[i] <= 60)) * 20 - (late[i] == ABSENT) * 5;
		points -= (tickets[i] > 20) * 20 + (exposed[i] & (revenue[i] > 5000000)) * 15;
		out[i] = kept(points);
	}
}

static void engage(const int32_t *restrict tickets, const int32_t *restrict nps, const int32_t *restrict month, const int32_t *restrict discount, int32_t *restrict out, int rows)
{
	for (int i = 0; i < rows; i++) {
		int32_t points = 50 + ((tickets[i] >= 1) & (tickets[i] <= 5)) * 10 + ((nps[i] >= 7) & (tickets[i] <= 2)) * 10 - ((month[i] >= 11) & (discount[i] >= 20)) * 7;
		out[i] = kept(points);
	}
}

static void classes(struct columns *restrict c, int rows)
{
	for (int i = 0; i < rows; i++) {
		int32_t score = 35 * c->dimensions[0][i] + 20 * c->dimensions[1][i] + 20 * c->dimensions[2][i] + 15 * c->dimensions[3][i] + 10 * c->dimensions[4][i];
		int32_t tier = score >= 7500 ? 0 : score >= 6000 ? 1 : score >= 4500 ? 2 : 3;
		c->score[i] = score;
		c->tier[i] = c->late[i] > 90 ? 3 : tier;
	}
}

static __attribute__((noinline)) void by_hand(struct columns *c, int rows)
{
	profit(c->revenue, c->cost, c->seats, c->discount, c->dimensions[0], rows);
	growth(c->seats, c->seats_before, c->target, c->home, c->dimensions[1], rows);
	loyalty(c->signed_on, c->months, c->nps, c->referred, c->dimensions[2], rows);
	risk(c->late, c->tickets, c->exposed, c->revenue, c->dimensions[3], rows);
	engage(c->tickets, c->nps, c->month, c->discount, c->dimensions[4], rows);
	classes(c, rows);
}

// ---- the same rows for both ---------------------------------------------------------------------------------

static _Noreturn void stop(const char *why)
{
	fprintf(stderr, "evaluate: %s\n", why);
	exit(1);
}

static void *room(size_t size)
{
	void *memory = aligned_alloc(PPM_VECTOR_ALIGNMENT, (size + PPM_VECTOR_ALIGNMENT - 1) / PPM_VECTOR_ALIGNMENT * PPM_VECTOR_ALIGNMENT);
	if (!memory)
		stop("no memory");
	return memory;
}

static void *copy_of(const void *from, size_t size) { return memcpy(room(size), from, size); }

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END))
		stop(path);
	long length = ftell(file);
	rewind(file);
	char *text = room((size_t)length + 1);
	if (length < 0 || fread(text, 1, (size_t)length, file) != (size_t)length)
		stop(path);
	fclose(file);
	*size = (size_t)length;
	return text;
}

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)problem;
	size_t size;
	const char *data = read_file(context, &size);
	*text = (struct ppm_slice){ data, size };
	*identity = path;
	return PPM_OK;
}

static struct ppm_batch keep(const struct ppm_batch *batch, const struct ppm_program *program)
{
	struct ppm_batch kept_batch = *batch;
	kept_batch.values = room(program->column_count * sizeof *kept_batch.values);
	kept_batch.present = room(program->column_count * sizeof *kept_batch.present);
	kept_batch.refused = copy_of(batch->refused, PPM_MASK_WORDS * sizeof(uint64_t));
	kept_batch.facts = copy_of(batch->facts, program->column_count * sizeof *kept_batch.facts);
	for (uint32_t i = 0; i < program->column_count; i++) {
		if (batch->facts[i].whole)
			kept_batch.facts[i].whole = copy_of(batch->facts[i].whole, ppm_register_size(PPM_CLASS_I32));
		if (batch->facts[i].small)
			kept_batch.facts[i].small = copy_of(batch->facts[i].small, ppm_register_size(PPM_CLASS_I16));
		kept_batch.values[i] = batch->values[i] ? copy_of(batch->values[i], ppm_register_size(ppm_column_class(program->columns[i].type))) : NULL;
		kept_batch.present[i] = batch->present[i] ? copy_of(batch->present[i], PPM_MASK_WORDS * sizeof(uint64_t)) : NULL;
	}
	return kept_batch;
}

// The fields of a row by the file's own order, for the loops: texts as they stand.
enum { ID, NAME, COUNTRY, INDUSTRY, SIGNED_ON, REVENUE, COST, TICKETS, LATE, SEATS, SEATS_BEFORE, DISCOUNT, NPS, REFERRED_BY, MONTHS };

static int32_t whole(struct ppm_slice field)
{
	char digits[24] = "";
	memcpy(digits, field.data, field.size < 23 ? field.size : 23);
	return field.size ? atoi(digits) : ABSENT;
}

static int64_t cents(struct ppm_slice field)
{
	int64_t value = 0;
	for (size_t i = 0; i < field.size; i++)
		if (field.data[i] >= '0' && field.data[i] <= '9')
			value = value * 10 + (field.data[i] - '0');
	return field.data[0] == '-' ? -value : value;
}

static bool among(struct ppm_slice field, const char *const *texts)
{
	for (; *texts; texts++)
		if (field.size == strlen(*texts) && memcmp(field.data, *texts, field.size) == 0)
			return true;
	return false;
}

static void fill(struct columns *c, const struct ppm_batch *batch)
{
	static const char *const target[] = { "software", "fintech", "biotech", NULL }, *const home[] = { "US", "DE", "GB", "NL", "SE", "CH", NULL }, *const exposed[] = { "RU", "BR", "NG", "VE", NULL };
	for (uint32_t r = 0; r < batch->rows; r++) {
		struct ppm_slice day = ppm_batch_field(batch, r, SIGNED_ON);
		struct tm date = { .tm_year = (day.data[0] - '0') * 1000 + (day.data[1] - '0') * 100 + (day.data[2] - '0') * 10 + (day.data[3] - '0') - 1900,
			.tm_mon = (day.data[5] - '0') * 10 + (day.data[6] - '0') - 1, .tm_mday = (day.data[8] - '0') * 10 + (day.data[9] - '0') };
		c->month[r] = date.tm_mon + 1;
		c->signed_on[r] = (int32_t)(timegm(&date) / 86400);
		c->revenue[r] = cents(ppm_batch_field(batch, r, REVENUE));
		c->cost[r] = cents(ppm_batch_field(batch, r, COST));
		c->tickets[r] = whole(ppm_batch_field(batch, r, TICKETS));
		c->late[r] = whole(ppm_batch_field(batch, r, LATE));
		c->seats[r] = whole(ppm_batch_field(batch, r, SEATS));
		c->seats_before[r] = whole(ppm_batch_field(batch, r, SEATS_BEFORE));
		c->discount[r] = whole(ppm_batch_field(batch, r, DISCOUNT));
		c->nps[r] = whole(ppm_batch_field(batch, r, NPS));
		c->months[r] = whole(ppm_batch_field(batch, r, MONTHS));
		c->home[r] = among(ppm_batch_field(batch, r, COUNTRY), home);
		c->exposed[r] = among(ppm_batch_field(batch, r, COUNTRY), exposed);
		c->target[r] = among(ppm_batch_field(batch, r, INDUSTRY), target);
		c->referred[r] = ppm_batch_field(batch, r, REFERRED_BY).size > 0;
	}
}

static const void *result(const struct ppm_vm *vm, const struct ppm_program *program, const char *name, enum ppm_register_class class)
{
	for (uint32_t i = 0; i < program->output_count; i++)
		if (ppm_slice_is(program->outputs[i].name, name))
			return ppm_vm_register(vm, class, program->outputs[i].value.value);
	stop(name);
}

static void compare(const struct ppm_vm *vm, const struct ppm_program *program, const struct columns *c, uint32_t rows)
{
	static const char *const names[] = { "profit", "growth", "loyalty", "risk", "engage" };
	const double *score = result(vm, program, "score", PPM_CLASS_F64);
	const int32_t *tier = result(vm, program, "tier", PPM_CLASS_I32);
	for (uint32_t r = 0; r < rows; r++) {
		for (int d = 0; d < 5; d++)
			if (((const double *)result(vm, program, names[d], PPM_CLASS_F64))[r] != c->dimensions[d][r])
				stop("a dimension differs");
		if (score[r] != c->score[r] / 100.0)
			stop("a score differs");
		struct ppm_slice name = ppm_text_pool_get(ppm_vm_pool(vm), (uint32_t)tier[r]);
		if (name.size != 1 || name.data[0] != 'A' + c->tier[r])
			stop("a tier differs");
	}
}

#ifdef YARDSTICK
static void fill_yardstick(cols *to, const struct columns *from, int rows)
{
	to->n = rows;
	for (int i = 0; i < rows; i++) {
		to->rev[i] = from->revenue[i];
		to->cost[i] = from->cost[i];
		to->sign[i] = from->signed_on[i];
		to->mon[i] = from->month[i];
		to->tick[i] = from->tickets[i];
		to->late[i] = from->late[i] == ABSENT ? NULLV : from->late[i];
		to->seats[i] = from->seats[i];
		to->sly[i] = from->seats_before[i];
		to->disc[i] = from->discount[i];
		to->nps[i] = from->nps[i] == ABSENT ? NULLV : from->nps[i];
		to->cm[i] = from->months[i];
		to->ctry[i] = from->home[i] ? 1 : from->exposed[i] ? 2 : 0;
		to->ind[i] = from->target[i];
		to->ref[i] = from->referred[i];
	}
}

static __attribute__((noinline)) void by_yardstick(cols *c, int rows) { eval_vec(c, rows); }
#endif

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void tell_ratio(const char *whose, double *machine, double *other)
{
	printf("; %s %.2f (median %.2f), ratio %.2f (median %.2f)", whose, other[0], other[ROUNDS / 2], machine[0] / other[0], machine[ROUNDS / 2] / other[ROUNDS / 2]);
}

int main(int count, char **arguments)
{
	enum ppm_simd simd = ppm_simd_best();
	if (count < 3 || (count > 3 && !ppm_simd_find(arguments[3], &simd)))
		stop("MODEL DATA [SIMD]");
	struct ppm_model *model = NULL;
	struct ppm_compile_options options = { .loader = { load, arguments[1] }, .optimise = true };
	if (ppm_model_compile(&model, ppm_slice_of(arguments[1]), &options) != PPM_OK)
		stop("the model does not compile");
	const struct ppm_program *program = ppm_model_program(model);
	struct ppm_source *source;
	struct ppm_source_options reading = { .simd = simd };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, NULL, 20, false);
	struct ppm_text_pool pool;
	if (ppm_source_open(&source, NULL, arguments[2], &reading, &problems) != PPM_OK || ppm_source_bind(source, program, &problems) != PPM_OK ||
		!ppm_text_pool_init(&pool, NULL, program->texts, program->text_count))
		stop("the data cannot be read");
	struct ppm_source_worker *worker = ppm_source_worker_new(source, &pool);
	struct ppm_vm *vm = worker ? ppm_vm_new(NULL, program, &pool, simd) : NULL;
	if (!vm)
		stop("no memory");
	static struct ppm_batch batches[BATCHES];
	struct columns *columns = room(BATCHES * sizeof *columns);
	size_t kept_batches = 0, rows = 0;
	bool more = true, again;
	while (kept_batches < BATCHES && ppm_source_next_chunk(worker, &more) == PPM_OK && more) {
		struct ppm_batch *batch;
		while (kept_batches < BATCHES && ppm_source_next_batch(worker, &batch, &again) == PPM_OK && again) {
			if (batch->rows != PPM_BATCH_ROWS)
				continue;
			fill(&columns[kept_batches], batch);
			batches[kept_batches++] = keep(batch, program);
			rows += batch->rows;
		}
	}
	if (!kept_batches)
		stop("no whole batch in the data");
	for (size_t i = 0; i < kept_batches; i++) {
		by_hand(&columns[i], (int)batches[i].rows);
		if (ppm_vm_run(vm, &batches[i]) != PPM_OK)
			stop("the machine failed");
		compare(vm, program, &columns[i], batches[i].rows);
	}
	enum { HAND, YARDSTICKS, MACHINE, KINDS };
	static double times[KINDS][ROUNDS]; // nanoseconds a row
#ifdef YARDSTICK
	cols *theirs = room(kept_batches * sizeof *theirs);
	for (size_t i = 0; i < kept_batches; i++) {
		fill_yardstick(&theirs[i], &columns[i], (int)batches[i].rows);
		by_yardstick(&theirs[i], (int)batches[i].rows);
		for (uint32_t r = 0; r < batches[i].rows; r++)
			if (theirs[i].pts[r] != columns[i].score[r] || theirs[i].tier[r] != columns[i].tier[r])
				stop("the yardstick differs");
	}
#endif
	for (int round = 0; round < ROUNDS; round++) {
		double marks[KINDS + 1] = { now() };
		for (int pass = 0; pass < PASSES; pass++)
			for (size_t i = 0; i < kept_batches; i++) {
				by_hand(&columns[i], (int)batches[i].rows);
				__asm__ volatile("" ::: "memory");
			}
		marks[1] = now();
#ifdef YARDSTICK
		for (int pass = 0; pass < PASSES; pass++)
			for (size_t i = 0; i < kept_batches; i++) {
				by_yardstick(&theirs[i], (int)batches[i].rows);
				__asm__ volatile("" ::: "memory");
			}
#endif
		marks[2] = now();
		for (int pass = 0; pass < PASSES; pass++)
			for (size_t i = 0; i < kept_batches; i++)
				ppm_vm_run(vm, &batches[i]);
		marks[3] = now();
		for (int i = 0; i < KINDS; i++)
			times[i][round] = (marks[i + 1] - marks[i]) / PASSES * 1e9 / (double)rows;
	}
	for (int i = 0; i < KINDS; i++)
		qsort(times[i], ROUNDS, sizeof **times, by_size);
	printf("  %-8s machine %.2f (median %.2f) with %u instructions", ppm_simd_name(simd), times[MACHINE][0], times[MACHINE][ROUNDS / 2], program->instruction_count);
	tell_ratio("loops of our own", times[MACHINE], times[HAND]);
#ifdef YARDSTICK
	tell_ratio("the yardstick's loops", times[MACHINE], times[YARDSTICKS]);
	free(theirs);
#endif
	printf("\n");
	ppm_vm_free(vm);
	ppm_source_worker_free(worker);
	ppm_source_close(source);
	ppm_text_pool_free(&pool);
	ppm_data_problems_free(&problems);
	ppm_model_free(model);
	return 0;
}
