// Whole jobs: files, steps, stages and results. Figures are compared with plain loops over the same rows; threads, sizes of chunks and a limit of memory that puts everything into files change nothing; every
// allocation fails once.
#include "lang/ppm.h"
#include "runtime/engine/job_run.h"
#include "tests/unit/failing_heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char model_text[] =
	"as of 2026-06-30\n"
	"dataset customers { customer_id text key  region text optional references regions  revenue money  referred_by text optional }\n"
	"dataset regions from \"regions.csv\" { region text key  capacity number }\n"
	"dataset invoices of customers by customer_id dated issued { invoice_id number key  customer_id text  issued date  amount money  days number optional  kind text }\n"
	"tree referrals by referred_by\n"
	"let invoiced = sum(amount over invoices)\n"
	"let latest = last(upper(kind) over invoices order by issued)\n"
	"let slowest = max(days over invoices)\n"
	"let below_me = sum(invoiced over referrals)\n"
	"let place = rank(invoiced desc)\n"
	"let fifth = ntile(5, revenue)\n"
	"let room = region.capacity\n"
	"let richer_near = count(customers where (customers.region = this.region) default no and customers.revenue > this.revenue)\n"
	"let label = lower(customer_id)\n"
	"let alike = count(customers where (lower(region) = \"north0\") default no)\n"
	"metric spread = stddev(invoiced over customers)\n"
	"metric agreed = concordance(revenue, invoiced)\n"
	"summary by_region by region order by total desc { customers = count()  total = sum(invoiced)  label = first(label order by revenue) }\n"
	"summary months for each month m from 2026-01-01 to 2026-06-30 { billed = sum(amount over invoices where issued >= m.start and issued <= m.end) }\n"
	"output { customer_id  invoiced  latest  slowest  below_me  place  fifth  room  richer_near  label  alike }\n";

enum { INVOICED = 1, LATEST, SLOWEST, BELOW, PLACE, FIFTH, ROOM, RICHER, LABEL, ALIKE, COLUMNS };

// ---- the rows ---------------------------------------------------------------------------------------------

struct customer {
	long revenue;  // hundredths
	int region;    // -1: missing, REGIONS: one that is not there
	int above;     // -1: nobody
	long invoiced; // hundredths
	long below;
	int slowest; // -1: none
	int latest;  // invoice, -1: none
};

enum { REGIONS = 7, KINDS = 5 };
static const char *const kinds[KINDS] = { "new", "Renewal", "upsell", "credit note", "x" };

struct world {
	int customers, invoices;
	struct customer *rows;
	char paths[4][40]; // customers, regions, invoices, against
	int files[4];
};

static unsigned mix(unsigned a, unsigned b)
{
	unsigned x = a * 2654435761u ^ (b + 1) * 40503u;
	x ^= x >> 13;
	x *= 0x5bd1e995u;
	return x ^ x >> 15;
}

static void put(int file, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(int file, const char *format, ...)
{
	char line[300];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	assert_int_equal(write(file, line, (size_t)size), size);
}

static int day_of(unsigned i)
{
	return (int)(mix(i, 3) % 200); // from 2026-01-01; beyond 180 after the as-of date
}

static void put_day(char text[40], int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31 };
	int month = 0;
	while (day >= lengths[month])
		day -= lengths[month++];
	snprintf(text, 40, "2026-%02d-%02d", month + 1, day + 1);
}

static void make_world(struct world *world, int customers, int invoices)
{
	*world = (struct world){ .customers = customers, .invoices = invoices };
	world->rows = calloc((size_t)customers + 1, sizeof *world->rows);
	assert_non_null(world->rows);
	for (int i = 0; i < 4; i++) {
		world->files[i] = memfd_create("rows", 0);
		assert_true(world->files[i] >= 0);
		snprintf(world->paths[i], sizeof world->paths[i], "/proc/self/fd/%d", world->files[i]);
	}
	put(world->files[1], "region,capacity\n");
	for (int i = 0; i < REGIONS; i++)
		put(world->files[1], "%s%d,%d\n", i ? "Region " : "North", i, i * 10);
	put(world->files[0], "customer_id,note,region,revenue,referred_by\n");
	for (int i = 0; i < customers; i++) {
		struct customer *row = &world->rows[i];
		row->revenue = (long)(mix((unsigned)i, 1) % 100000);
		row->region = (int)(mix((unsigned)i, 2) % (REGIONS + 2)) - 1;
		row->above = i && mix((unsigned)i, 5) % 4 ? (int)(mix((unsigned)i, 4) % (unsigned)i) : -1;
		row->slowest = row->latest = -1;
		put(world->files[0], "C-%d,\"a note, of\nsome lines\",", i);
		if (row->region >= 0)
			put(world->files[0], "%s%d", row->region ? "Region " : "North", row->region);
		put(world->files[0], ",%ld.%02ld,", row->revenue / 100, row->revenue % 100);
		if (row->above >= 0)
			put(world->files[0], "C-%d", row->above);
		put(world->files[0], "\n");
	}
	put(world->files[2], "invoice_id,customer_id,issued,amount,days,kind\n");
	for (int i = 0; i < invoices; i++) {
		// One of a hundred belongs to nobody, one customer of twenty has none.
		int customer = (int)(mix((unsigned)i, 6) % (unsigned)customers), day = day_of((unsigned)i), days = (int)(mix((unsigned)i, 7) % 90);
		customer -= customer % 20 == 7 ? 1 : 0;
		bool orphan = i % 100 == 13;
		long amount = (long)(mix((unsigned)i, 8) % 50000) - 10000;
		char date[40];
		put_day(date, day);
		put(world->files[2], "%d,C-%d,%s,%.2f,", i, orphan ? customers + i : customer, date, (double)amount / 100);
		if (days >= 10)
			put(world->files[2], "%d", days);
		put(world->files[2], ",%s\n", kinds[mix((unsigned)i, 9) % KINDS]);
		if (orphan || day > 180)
			continue;
		struct customer *row = &world->rows[customer];
		row->invoiced += amount;
		if (days >= 10 && days > row->slowest)
			row->slowest = days;
		if (row->latest < 0 || day_of((unsigned)row->latest) <= day)
			row->latest = i; // the later of the same day has the greater key
	}
	for (int i = customers - 1; i >= 0; i--)
		for (int above = world->rows[i].above; above >= 0; above = world->rows[above].above)
			world->rows[above].below += world->rows[i].invoiced;
}

static void end_world(struct world *world)
{
	for (int i = 0; i < 4; i++)
		close(world->files[i]);
	free(world->rows);
}

// ---- a run ------------------------------------------------------------------------------------------------

struct outcome {
	enum ppm_status status;
	uint64_t scored, spilled;
	char *cells; // of all results, each after a line end
	size_t size, capacity;
	uint64_t site_counts[16];
	char samples[200];
};

struct setting {
	const struct ppm_allocator *allocator;
	unsigned threads;
	size_t chunk_size;
	uint64_t memory_limit;
	bool against;
	const volatile int *interrupted;
};

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_of(model_text);
	*identity = path;
	return PPM_OK;
}

// Not with the allocator under test: a failure here is the test's.
static void add_cell(struct outcome *outcome, struct ppm_slice cell)
{
	if (outcome->capacity < outcome->size + cell.size + 1) {
		outcome->capacity = 2 * outcome->capacity + cell.size + 1;
		outcome->cells = realloc(outcome->cells, outcome->capacity);
		assert_non_null(outcome->cells);
	}
	memcpy(outcome->cells + outcome->size, cell.data, cell.size);
	outcome->size += cell.size;
	outcome->cells[outcome->size++] = '\n';
}

static void keep_outcome(struct outcome *outcome, const struct ppm_job *job, const struct ppm_job_report *report)
{
	outcome->scored = report->scored.scored;
	outcome->spilled = report->spilled;
	for (uint64_t i = 0; i < report->scored.best_rows * (uint64_t)COLUMNS; i++)
		add_cell(outcome, report->scored.best_cells[i]);
	for (uint32_t t = 0; t < report->table_count; t++) {
		add_cell(outcome, report->tables[t].name);
		for (uint64_t i = 0; i < report->tables[t].rows * ppm_sink_column_count(report->tables[t].sink); i++) {
			add_cell(outcome, report->tables[t].cells[i]);
			add_cell(outcome, report->tables[t].json[i]);
		}
	}
	for (uint32_t i = 0; i < job->site_count && i < 16; i++) {
		outcome->site_counts[i] = report->site_counts[i];
		size_t used = strlen(outcome->samples);
		snprintf(outcome->samples + used, sizeof outcome->samples - used, "%.*s;", (int)report->site_samples[i].size,
			report->site_samples[i].data ? report->site_samples[i].data : "");
	}
}

static void run_job(const struct world *world, const struct ppm_model *model, const struct setting *setting, struct outcome *outcome)
{
	const struct ppm_job *job = ppm_model_job(model);
	const struct ppm_allocator *allocator = setting->allocator;
	struct ppm_source_options options = { .chunk_size = setting->chunk_size, .simd = ppm_simd_best(), .keep_problems = 20 };
	struct ppm_sink_options sink = { .format = PPM_SINK_CSV };
	struct ppm_job_options how = {
		.engine = { .threads = setting->threads, .simd = ppm_simd_best(), .sample = (uint32_t)world->customers, .interrupted = setting->interrupted },
		.memory_limit = setting->memory_limit,
		.sink = &sink
	};
	struct ppm_job_input inputs[8] = { 0 };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, allocator, 20, false);
	assert_true(job->table_count <= 8);
	for (uint32_t i = 0; i < job->table_count && outcome->status == PPM_OK; i++) {
		const struct ppm_slice name = job->tables[i].name;
		if (job->tables[i].kind != PPM_TABLE_FILE)
			continue;
		int which = ppm_slice_is(name, "customers") ? 0 : ppm_slice_is(name, "regions") ? 1 : 2;
		outcome->status = ppm_source_open(&inputs[i].source, allocator, world->paths[which], &options, &problems);
		if (outcome->status == PPM_OK && which == 0 && setting->against)
			outcome->status = ppm_source_open(&inputs[i].against, allocator, world->paths[3], &options, &problems);
	}
	if (outcome->status == PPM_OK) {
		struct ppm_job_report report;
		outcome->status = ppm_job_run(&report, allocator, job, inputs, NULL, &how);
		if (outcome->status == PPM_OK)
			keep_outcome(outcome, job, &report);
		else if (outcome->status == PPM_ERROR_DATA && report.failed_input != PPM_NO_INDEX && report.inputs[report.failed_input].problems.first)
			print_message(
				"%.*s\n", (int)report.inputs[report.failed_input].problems.first->message.size, report.inputs[report.failed_input].problems.first->message.data);
		ppm_job_report_free(&report);
	}
	for (uint32_t i = 0; i < job->table_count; i++) {
		ppm_source_close(inputs[i].source);
		ppm_source_close(inputs[i].against);
	}
	ppm_data_problems_free(&problems);
}

static void run_whole(const struct world *world, const struct setting *setting, struct outcome *outcome)
{
	struct ppm_compile_options options = { .allocator = setting->allocator, .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model = NULL;
	*outcome = (struct outcome){ .status = PPM_OK };
	outcome->status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	if (outcome->status == PPM_ERROR_MODEL) {
		struct ppm_buffer out;
		ppm_buffer_init(&out, NULL);
		ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_HUMAN, false, 20, &out);
		print_message("%.*s", (int)out.size, out.data);
		ppm_buffer_free(&out);
	}
	if (outcome->status == PPM_OK)
		run_job(world, model, setting, outcome);
	ppm_model_free(model);
}

// ---- what is expected ---------------------------------------------------------------------------------------

static const char *cell_at(const struct outcome *outcome, int index)
{
	const char *at = outcome->cells;
	for (; index; index--)
		at = strchr(at, '\n') + 1;
	return at;
}

static void same_cell(const char *cell, const char *expected, int row, const char *what)
{
	size_t size = strlen(expected);
	if (strncmp(cell, expected, size) != 0 || cell[size] != '\n')
		fail_msg("%s of row %d is %.*s instead of %s", what, row, (int)(strchr(cell, '\n') - cell), cell, expected);
}

static void money(char text[32], long hundredths)
{
	snprintf(text, 32, "%s%ld.%02ld", hundredths < 0 ? "-" : "", labs(hundredths) / 100, labs(hundredths) % 100);
}

// By revenue, ties by key as text: what ntile counts.
static bool comes_before(const struct world *world, int a, int b)
{
	char left[16], right[16];
	if (world->rows[a].revenue != world->rows[b].revenue)
		return world->rows[a].revenue < world->rows[b].revenue;
	snprintf(left, sizeof left, "C-%d", a);
	snprintf(right, sizeof right, "C-%d", b);
	return strcmp(left, right) < 0;
}

static void check_rows(const struct world *world, struct outcome *outcome)
{
	int north = 0;
	for (int i = 0; i < world->customers; i++)
		north += world->rows[i].region == 0;
	const char *cell = cell_at(outcome, 0);
	for (int i = 0; i < world->customers; i++) {
		const struct customer *row = &world->rows[i];
		char text[64];
		int place = 1, before = 0, richer = 0;
		for (int k = 0; k < world->customers; k++) {
			place += world->rows[k].invoiced > row->invoiced;
			before += k != i && comes_before(world, k, i);
			richer += row->region >= 0 && world->rows[k].region == row->region && world->rows[k].revenue > row->revenue;
		}
		int small = world->customers / 5, more = world->customers % 5;
		int fifth = before < more * (small + 1) ? before / (small + 1) + 1 : more + (before - more * (small + 1)) / small + 1;
		for (int column = 0; column < COLUMNS; column++) {
			text[0] = '\0';
			switch (column) {
			case 0: snprintf(text, sizeof text, "C-%d", i); break;
			case INVOICED: money(text, row->invoiced); break;
			case LATEST:
				if (row->latest >= 0)
					snprintf(text, sizeof text, "%s", kinds[mix((unsigned)row->latest, 9) % KINDS]);
				for (char *c = text; *c; c++)
					*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
				break;
			case SLOWEST:
				if (row->slowest >= 0)
					snprintf(text, sizeof text, "%d", row->slowest);
				break;
			case BELOW: money(text, row->below); break;
			case PLACE: snprintf(text, sizeof text, "%d", place); break;
			case FIFTH: snprintf(text, sizeof text, "%d", fifth); break;
			case ROOM:
				if (row->region >= 0 && row->region < REGIONS)
					snprintf(text, sizeof text, "%d", row->region * 10);
				break;
			case RICHER: snprintf(text, sizeof text, "%d", richer); break;
			case LABEL: snprintf(text, sizeof text, "c-%d", i); break;
			default: snprintf(text, sizeof text, "%d", north); break;
			}
			same_cell(cell, text, i, "a column");
			cell = strchr(cell, '\n') + 1;
		}
	}
}

static void figures_are_those_of_plain_loops(void **state)
{
	(void)state;
	struct world world;
	struct outcome outcome;
	make_world(&world, 1500, 6000);
	const struct setting setting = { .allocator = NULL, .threads = 1 };
	run_whole(&world, &setting, &outcome);
	assert_int_equal(outcome.status, PPM_OK);
	assert_int_equal(outcome.scored, 1500);
	check_rows(&world, &outcome);
	free(outcome.cells);
	end_world(&world);
}

static void threads_chunks_and_memory_change_nothing(void **state)
{
	(void)state;
	struct world world;
	struct outcome first, other;
	make_world(&world, 5000, 20000);
	static const struct setting settings[] = {
		{ .threads = 1 },
		{ .threads = 1, .chunk_size = 1000 },
		{ .threads = 3, .chunk_size = 777 },
		{ .threads = 4, .chunk_size = 50000 },
		{ .threads = 1, .memory_limit = 1 },
		{ .threads = 4, .chunk_size = 5000, .memory_limit = 300000 },
	};
	run_whole(&world, &settings[0], &first);
	assert_int_equal(first.status, PPM_OK);
	check_rows(&world, &first);
	for (size_t i = 1; i < sizeof settings / sizeof *settings; i++) {
		run_whole(&world, &settings[i], &other);
		assert_int_equal(other.status, PPM_OK);
		assert_int_equal(other.size, first.size);
		assert_memory_equal(other.cells, first.cells, first.size);
		assert_memory_equal(other.site_counts, first.site_counts, sizeof first.site_counts);
		assert_string_equal(other.samples, first.samples);
		assert_int_equal(other.spilled > 0, settings[i].memory_limit > 0);
		free(other.cells);
	}
	free(first.cells);
	end_world(&world);
}

static void an_interrupted_job_stops(void **state)
{
	(void)state;
	struct world world;
	struct outcome outcome;
	volatile int interrupted = 1;
	make_world(&world, 100, 100);
	const struct setting setting = { .threads = 2, .interrupted = &interrupted };
	run_whole(&world, &setting, &outcome);
	assert_int_equal(outcome.status, PPM_ERROR_INTERRUPTED);
	free(outcome.cells);
	end_world(&world);
}

// ---- memory -------------------------------------------------------------------------------------------------

static void each_allocation_fails(bool from_then_on)
{
	struct world world;
	struct counted_heap counter = { 0 };
	struct outcome whole, now;
	const struct ppm_allocator allocator = { counted_reallocate, &counter };
	const struct setting setting = { .allocator = &allocator, .threads = 1, .chunk_size = 600 };
	make_world(&world, 40, 90);
	struct ppm_compile_options options = { .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model = NULL;
	assert_int_equal(ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options), PPM_OK);
	whole = (struct outcome){ .status = PPM_OK };
	run_job(&world, model, &setting, &whole);
	assert_int_equal(whole.status, PPM_OK);
	assert_int_equal(counter.live, 0);
	size_t total = counter.calls;
	for (size_t at = 1; at <= total; at++) {
		counter = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
		now = (struct outcome){ .status = PPM_OK };
		run_job(&world, model, &setting, &now);
		assert_true(counter.failed);
		if (counter.live || (now.status != PPM_OK && now.status != PPM_ERROR_MEMORY))
			print_message("allocation %zu of %zu: status %d, %zu leaked\n", at, total, (int)now.status, counter.live);
		assert_int_equal(counter.live, 0);
		if (now.status == PPM_OK) {
			// One that something can do without.
			assert_false(from_then_on);
			assert_int_equal(now.size, whole.size);
			assert_memory_equal(now.cells, whole.cells, whole.size);
		} else {
			assert_int_equal(now.status, PPM_ERROR_MEMORY);
		}
		free(now.cells);
	}
	free(whole.cells);
	ppm_model_free(model);
	end_world(&world);
}

static void test_each_allocation_fails_once(void **state)
{
	(void)state;
	each_allocation_fails(false);
}

static void test_memory_stays_gone(void **state)
{
	(void)state;
	each_allocation_fails(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_those_of_plain_loops),
		cmocka_unit_test(threads_chunks_and_memory_change_nothing),
		cmocka_unit_test(an_interrupted_job_stops),
		cmocka_unit_test(test_each_allocation_fails_once),
		cmocka_unit_test(test_memory_stays_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
