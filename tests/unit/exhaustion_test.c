// Every allocation of a whole run - compiling, reading, scoring, writing - fails once. The run then says so, and neither crashes nor leaks
// nor calls what it did whole; the leak check is the counting allocator's own, so that it holds without a sanitizer too.
#include "lang/ppm.h"
#include "runtime/base/allocator.h"
#include "runtime/bytecode/disasm.h"
#include "runtime/engine/engine.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const char model_text[] =
	"use \"rules.ppm\"\n"
	"as of 2026-06-30\n"
	"dataset d { id text key  days number optional missing \"N/A\"  paid money format \"$1,234.50\"  since date format \"D/M/YYYY\"  note text optional  share percent optional }\n"
	"param most = 30 in 1 to 100\n"
	"lookup fit(t) { \"a\" or \"b\" : 10  otherwise : 2 }\n"
	"define growth(now, before) = now / before - 1\n"
	"let age = years_between(since, as_of)\n"
	"dimension payment weight 40 { penalty late 10 when days > most because \"{days} days late\"  reward early 5 when days <= rules.low missing 0  reward shared 1 when share > 5% missing 0 }\n"
	"dimension value weight 60 { scale size from 0 to 20 as paid goes 0 to 1_000  bands old by age { below 1 : 0  otherwise : 3 }\n"
	"  best of named { reward first fit(note) when note matches \"^[ab]+$\"  reward second 1 when upper(note) contains \"X\" } }\n"
	"disqualify never when note = \"barred\" missing passes\n"
	"tier good when score >= 60 action \"call {id}\"\ntier rest otherwise\n"
	"segment size_class { large when paid > 500  small otherwise }\n"
	"output { id  score  tier  size_class  evidence  growth_of  age format \"0.0\"  reasons 3 }\n"
	"let growth_of = provided(paid > 0, growth(paid, 100), \"nothing was paid\")\n";
// A model with every kind of figure across rows: it is compiled only, since jobs run in a test of their own.
static const char job_text[] =
	"as of 2026-06-30\n"
	"dataset customers { id text key  region text references regions  boss text optional  signed date  seats number  paid money }\n"
	"dataset orders of customers by customer dated placed { number text key  customer text  placed date  total money optional }\n"
	"dataset lines of orders by order { order text  price money }\n"
	"dataset regions from \"regions.csv\" { region text key  quota money }\n"
	"dataset targets from \"targets.csv\" { name text  seats number }\n"
	"tree team by boss\n"
	"let spent = sum(price over lines)\nlet place = rank(spent desc by region)\nlet above = count(team where seats > this.seats)\nlet under = sum(paid * 50% ^ level over team)\n"
	"let met = count(targets where targets.seats <= this.seats)\nlet mean_of = avg(seats over customers by region)\n"
	"metric all_seats = sum(seats over customers)\nmetric several_times = sum(under + paid over customers)\nmetric agree = correlation(seats, spent)\n"
	"reward big 10 when seats > mean_of because \"{place} of all\"\npenalty slow 5 when depth > 3\ntier good when percentile(score) > 50% action \"call {id}, {region.quota}\"\ntier rest otherwise\n"
	"summary regions_ by region order by sum(paid) desc { paid = sum(paid)  large = count(where (place <= 3) default no) }\n"
	"summary signed_ for each quarter q from 2026-01-01 to 2026-12-31 { new = count(customers where signed between q.start and q.end) }\n"
	"output { id  score  tier  place  above  under  met  reasons 2  action }\n";
static const char rules_text[] = "param low = 0\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_is(path, "job.ppm") ? ppm_slice_of(job_text) : ppm_slice_is(path, "model.ppm") ? ppm_slice_of(model_text) : ppm_slice_of(rules_text);
	*identity = path;
	return PPM_OK;
}

static int data_file(void)
{
	int file = memfd_create("rows", 0);
	char line[256];

	assert_true(file >= 0);
	int size = snprintf(line, sizeof line, "id,days,paid,since,note,share\n");
	assert_int_equal(write(file, line, (size_t)size), size);
	for (int i = 0; i < 40; i++) {
		size = snprintf(line, sizeof line, "C%d,%s,\"$%d.50\",%d/%d/20%02d,%s,%s\n", i, i % 7 ? "3" : "N/A", i * 31, i % 28 + 1, i % 12 + 1, i % 26, i % 3 ? "ab" : "a rather long note x", i % 11 ? "12%" : "wrong");
		assert_int_equal(write(file, line, (size_t)size), size);
	}
	return file;
}

struct outcome {
	enum ppm_status status;
	uint64_t scored, refused;
	uint64_t hash; // of the cells
	uint64_t told; // of what is said of the model and its program, as far as it could be written
};

static void score(const struct ppm_allocator *allocator, const struct ppm_program *program, const char *path, struct outcome *outcome)
{
	struct ppm_source_options options = { .chunk_size = 200, .simd = PPM_SIMD_PORTABLE, .keep_problems = UINT64_MAX, .keep_records = true };
	struct ppm_engine_options engine = { .threads = 1, .simd = PPM_SIMD_PORTABLE, .rejects = true, .sample = 40 };
	struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	struct ppm_engine_report report;
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	struct ppm_atomic_file *file = NULL;
	struct ppm_sink *sink = NULL;

	ppm_data_problems_init(&problems, allocator, 20, false);
	outcome->status = ppm_source_open(&source, allocator, path, &options, &problems);
	if (outcome->status == PPM_OK)
		outcome->status = ppm_source_bind(source, program, &problems);
	if (outcome->status == PPM_OK)
		outcome->status = ppm_atomic_file_open(&file, allocator, "/dev/null");
	if (outcome->status == PPM_OK && !(sink = ppm_sink_new(allocator, program, source, &sink_options)))
		outcome->status = PPM_ERROR_MEMORY;
	if (outcome->status == PPM_OK) {
		outcome->status = ppm_engine_run(&report, allocator, program, source, sink, file, NULL, &engine);
		outcome->scored = report.scored;
		outcome->refused = report.refused;
		for (uint32_t i = 0; outcome->status == PPM_OK && i < report.best_rows * ppm_sink_column_count(sink); i++)
			for (size_t k = 0; k < report.best_cells[i].size; k++)
				outcome->hash = outcome->hash * 31 + (unsigned char)report.best_cells[i].data[k];
		ppm_engine_report_free(&report);
	}
	ppm_sink_free(sink);
	ppm_atomic_file_abandon(file);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
}

static void whole_run(struct counted_heap *counter, const char *path, struct outcome *outcome)
{
	struct ppm_allocator allocator = { counted_reallocate, counter };
	struct ppm_compile_options options = { .allocator = &allocator, .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model = NULL;

	memset(outcome, 0, sizeof *outcome);
	outcome->status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	if (outcome->status == PPM_OK) {
		struct ppm_buffer out;
		ppm_buffer_init(&out, &allocator);
		ppm_model_describe(model, &out);
		ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_HUMAN, true, 20, &out);
		ppm_program_disassemble(ppm_model_program(model), &out);
		for (size_t i = 0; !out.failed && i < out.size; i++)
			outcome->told = outcome->told * 31 + (unsigned char)out.data[i];
		ppm_buffer_free(&out);
		score(&allocator, ppm_model_program(model), path, outcome);
	}
	if (outcome->status == PPM_ERROR_MODEL) {
		const struct ppm_diagnostic *first = ppm_model_diagnostics(model)->first;
		print_message("the model has an error: %.*s\n", first ? (int)first->message.size : 0, first ? first->message.data : "");
	}
	ppm_model_free(model);
}

static void each_fails(bool from_then_on)
{
	struct counted_heap counter = { 0 };
	struct outcome whole, now;
	char path[64];
	int file = data_file();

	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	whole_run(&counter, path, &whole);
	assert_int_equal(whole.status, PPM_OK);
	assert_int_equal(whole.scored, 36); // one in eleven of 40 has a wrong share: 0, 11, 22, 33
	assert_int_equal(whole.refused, 4);
	assert_int_equal(counter.live, 0);
	size_t total = counter.calls;
	assert_true(total > 100);
	for (size_t at = 1; at <= total; at++) {
		counter = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
		whole_run(&counter, path, &now);
		assert_true(counter.failed);
		if (counter.live)
			print_message("allocation %zu of %zu: %zu leaked\n", at, total, counter.live);
		assert_int_equal(counter.live, 0);
		// an allocation that something can do without changes nothing
		if (now.status == PPM_OK) {
			if (from_then_on || now.scored != whole.scored || now.refused != whole.refused || now.hash != whole.hash)
				print_message("allocation %zu of %zu failed unnoticed\n", at, total);
			assert_int_equal(now.scored, whole.scored);
			assert_int_equal(now.refused, whole.refused);
			assert_true(now.hash == whole.hash);
			assert_true(now.told == 0 || now.told == whole.told);
		} else {
			if (now.status != PPM_ERROR_MEMORY)
				print_message("allocation %zu of %zu: status %d\n", at, total, (int)now.status);
			assert_int_equal(now.status, PPM_ERROR_MEMORY);
		}
	}
	close(file);
}

static void test_each_allocation_fails_once(void **state)
{
	(void)state;
	each_fails(false);
}

static void test_memory_stays_gone(void **state)
{
	(void)state;
	each_fails(true);
}

// `said`: how many warnings and notes there are; `hash`: of the job's text, as far as it could be written.
static enum ppm_status compile_job(struct counted_heap *counter, uint32_t *said, uint64_t *hash)
{
	struct ppm_allocator allocator = { counted_reallocate, counter };
	struct ppm_compile_options options = { .allocator = &allocator, .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model = NULL;
	enum ppm_status status = ppm_model_compile(&model, PPM_SLICE("job.ppm"), &options);

	if (status == PPM_ERROR_MODEL) {
		const struct ppm_diagnostic *first = ppm_model_diagnostics(model)->first;
		print_message("the model has an error: %.*s\n", first ? (int)first->message.size : 0, first ? first->message.data : "");
	}
	if (status == PPM_OK) {
		struct ppm_buffer out;
		assert_non_null(ppm_model_job(model));
		ppm_buffer_init(&out, &allocator);
		ppm_job_disassemble(ppm_model_job(model), &out);
		*said = ppm_model_diagnostics(model)->warnings + ppm_model_diagnostics(model)->notes;
		for (size_t i = 0; !out.failed && i < out.size; i++)
			*hash = *hash * 31 + (unsigned char)out.data[i];
		ppm_buffer_free(&out);
	}
	ppm_model_free(model);
	return status;
}

static void test_each_allocation_of_a_job_fails(void **state)
{
	(void)state;
	struct counted_heap counter = { 0 };
	uint32_t said, said_now;
	uint64_t hash = 0;

	assert_int_equal(compile_job(&counter, &said, &hash), PPM_OK);
	assert_true(said > 0); // `several_times` counts whoever is below several
	assert_int_equal(counter.live, 0);
	size_t total = counter.calls;
	for (size_t at = 1; at <= total; at++) {
		counter = (struct counted_heap){ .fail_at = at };
		uint64_t hash_now = 0;
		enum ppm_status status = compile_job(&counter, &said_now, &hash_now);
		if (counter.live || (status != PPM_ERROR_MEMORY && status != PPM_OK))
			print_message("allocation %zu of %zu: status %d, %zu leaked\n", at, total, (int)status, counter.live);
		assert_int_equal(counter.live, 0);
		assert_true(status == PPM_ERROR_MEMORY || status == PPM_OK);
		// What an allocation is not needed for comes out whole, with all that is said of it.
		if (status == PPM_OK && (said_now != said || (hash_now && hash_now != hash)))
			print_message("allocation %zu of %zu failed unnoticed\n", at, total);
		if (status == PPM_OK) {
			assert_int_equal(said_now, said);
			assert_true(hash_now == 0 || hash_now == hash);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_allocation_fails_once), cmocka_unit_test(test_memory_stays_gone), cmocka_unit_test(test_each_allocation_of_a_job_fails) };
	return cmocka_run_group_tests_name("exhaustion", tests, NULL, NULL);
}
