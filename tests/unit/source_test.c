// Reading CSV: every way of reading a file gives what the plain reading of source_oracle.h gives; every kind of problem has its place and message; the real
// and the awkward files of the shared data folder come out right or refused in the right place.
#include "tests/unit/source_oracle.h"

#include "runtime/base/instrumented.h"
#include "runtime/base/text.h"
#include "tests/unit/failing_heap.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

static const size_t chunk_sizes[] = { 1, 2, 3, 7, 64, 4096, 1024 * 1024 };
#define CHUNK_SIZES (sizeof chunk_sizes / sizeof *chunk_sizes)

static const struct ppm_program no_columns;

static void assert_same_text(const struct ppm_buffer *got, const struct ppm_buffer *wanted, const char *text, size_t size, const char *how)
{
	if (got->size == wanted->size && memcmp(got->data, wanted->data, got->size) == 0)
		return;
	print_error("%s\n--- the file (%zu bytes)\n", how, size);
	for (size_t i = 0; i < size && i < 2000; i++)
		print_error(text[i] >= 32 && text[i] < 127 ? "%c" : text[i] == '\n' ? "\\n\n" : "\\x%02x", (unsigned char)text[i]);
	print_error("\n--- got\n%.3000s--- wanted\n%.3000s", got->data, wanted->data);
	fail();
}

static void check_reading(const struct reading *reading, const struct oracle *oracle, const char *text, size_t size, const char *how)
{
	assert_int_equal(reading->status, oracle->width ? PPM_OK : PPM_ERROR_DATA);
	assert_same_text(&reading->problems, &oracle->problems, text, size, how);
	assert_same_text(&reading->rows, &oracle->rows, text, size, how);
	assert_int_equal(reading->records, oracle->records);
	assert_int_equal(reading->refused, oracle->refused);
}

#define FROM_MEMORY SIZE_MAX // instead of the bytes that a pipe gives at a time

static void check_once(const char *text, size_t size, const struct test_file *file, const struct oracle *oracle, char delimiter, size_t chunk_size, enum ppm_simd simd,
	unsigned threads, size_t pipe_step, size_t limit)
{
	struct ppm_source_options options = { .delimiter = delimiter, .chunk_size = chunk_size, .simd = simd, .keep_problems = UINT64_MAX, .field_limit = limit };
	struct reading reading = { .show_fields = true, .text = { text, size } };
	if (pipe_step == FROM_MEMORY)
		read_source(&reading, NULL, &options, &no_columns, threads);
	else if (pipe_step)
		read_through_pipe(&reading, text, size, pipe_step, &options, &no_columns, threads);
	else
		read_source(&reading, file->path, &options, &no_columns, threads);
	char how[120];
	snprintf(how, sizeof how, "chunks of %zu, %s, %u threads, pipe %zu", chunk_size, ppm_simd_name(simd), threads, pipe_step);
	check_reading(&reading, oracle, text, size, how);
	reading_free(&reading);
}

// The text read in `ways` random ways (0: in all).
static void check_text(const char *text, size_t size, struct test_file *file, char delimiter, size_t limit, uint64_t *random, unsigned ways)
{
	struct oracle oracle;
	oracle_read(&oracle, text, size, delimiter, limit);
	test_file_set(file, text, size);
	for (unsigned way = 0; way < ways; way++) {
		size_t chunk_size = chunk_sizes[next_random(random) % CHUNK_SIZES];
		size_t step = next_random(random) % 4 ? 0 : next_random(random) % 2 ? FROM_MEMORY : 1 + next_random(random) % 300;
		if (size / chunk_size > 20000)
			chunk_size = 4096;
		check_once(text, size, file, &oracle, delimiter, chunk_size, (enum ppm_simd)(next_random(random) % 4), 1 + (unsigned)(next_random(random) % 4), step, limit);
	}
	for (size_t i = 0; i < CHUNK_SIZES && ways == 0; i++)
		for (int simd = 0; simd < 4; simd++)
			for (unsigned threads = 1; threads <= 4; threads++)
				for (unsigned memory = 0; memory < 2 && size / chunk_sizes[i] < 20000; memory++)
					check_once(text, size, file, &oracle, delimiter, chunk_sizes[i], (enum ppm_simd)simd, threads, memory ? FROM_MEMORY : 0, limit);
	oracle_free(&oracle);
}

// ---- random files -----------------------------------------------------------------------------------------

static void append_random_field(struct ppm_buffer *out, uint64_t *random, char delimiter, unsigned mischief)
{
	static const char *const pieces[] = { "a", "bc", "", "Z\xC3\xA4rich", "12.5", " ", "0", "x y", "\xE2\x82\xAC", "-" };
	bool quoted = next_random(random) % 3 == 0;
	if (quoted)
		ppm_buffer_append_char(out, '"');
	for (uint64_t count = next_random(random) % 4; count; count--) {
		ppm_buffer_append_text(out, pieces[next_random(random) % (sizeof pieces / sizeof *pieces)]);
		if (!quoted)
			continue;
		switch (next_random(random) % 8) {
		case 0: ppm_buffer_append_char(out, '\n'); break;
		case 1: ppm_buffer_append_char(out, delimiter); break;
		case 2: ppm_buffer_append_text(out, "\"\""); break;
		case 3: ppm_buffer_append_text(out, "\r\n"); break;
		default: break;
		}
	}
	if (next_random(random) % 100 < mischief) {
		static const char wild[] = { '"', '\r', '\0', '\xFF', '\n', '"', '\xC3', ',' };
		ppm_buffer_append_char(out, wild[next_random(random) % sizeof wild]);
		if (next_random(random) % 2)
			ppm_buffer_append_char(out, 'q');
	}
	if (quoted && !(next_random(random) % 400 < mischief))
		ppm_buffer_append_char(out, '"');
}

static void make_random_file(struct ppm_buffer *out, uint64_t *random, char delimiter, unsigned records, unsigned mischief)
{
	unsigned width = next_random(random) % 4 == 0 ? 1 : 2 + (unsigned)(next_random(random) % 4);
	const char *line_end = next_random(random) % 2 ? "\n" : "\r\n";
	out->size = 0;
	if (next_random(random) % 5 == 0)
		ppm_buffer_append_text(out, "\xEF\xBB\xBF");
	for (unsigned i = 0; i < width; i++)
		ppm_buffer_format(out, i % 3 == 2 ? "%.*s\"h\n%u\"" : "%.*sh%u", i ? 1 : 0, &delimiter, i);
	if (records || next_random(random) % 2)
		ppm_buffer_append_text(out, line_end);
	for (unsigned record = 0; record < records; record++) {
		unsigned fields = width;
		if (next_random(random) % 100 < mischief)
			fields = (unsigned)(next_random(random) % (width + 2));
		for (unsigned i = 0; i < fields; i++) {
			if (i)
				ppm_buffer_append_char(out, delimiter);
			append_random_field(out, random, delimiter, mischief);
		}
		if (record + 1 < records || next_random(random) % 2)
			ppm_buffer_append_text(out, next_random(random) % 50 ? line_end : "\n");
	}
	for (uint64_t blank = next_random(random) % 8 == 0 ? 1 + next_random(random) % 2 : 0; blank; blank--)
		ppm_buffer_append_text(out, line_end);
}

static void test_random_files(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	uint64_t random = 1;
	static const unsigned mischiefs[] = { 0, 0, 3, 3, 30 };
	for (unsigned round = 0; round < 700; round++) {
		char delimiter = ",;\t|"[next_random(&random) % 4];
		make_random_file(&text, &random, delimiter, (unsigned)(next_random(&random) % 14), mischiefs[next_random(&random) % 5]);
		check_text(text.data, text.size, &file, delimiter, next_random(&random) % 4 ? 1000 : 8, &random, 8);
	}
	// Beyond a batch, and beyond a chunk of 4096.
	for (unsigned round = 0; round < 12; round++) {
		make_random_file(&text, &random, ',', 5000, round % 3 == 0 ? 0 : 1);
		check_text(text.data, text.size, &file, ',', 1000, &random, 4);
	}
	ppm_buffer_free(&text);
	test_file_close(&file);
}

// Every text of up to seven of the characters that matter, behind a header of two columns.
static void test_all_short_files(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	uint64_t random = 5;
	static const char letters[] = "\",\n\ra";
	for (unsigned length = 0; length <= 4; length++) {
		unsigned texts = 1;
		for (unsigned i = 0; i < length; i++)
			texts *= 5;
		for (unsigned number = 0; number < texts; number++) {
			char text[32] = "h,i\n";
			size_t size = 4;
			unsigned rest = number;
			for (unsigned i = 0; i < length; i++, rest /= 5)
				text[size++] = letters[rest % 5];
			memcpy(text + size, "\"x\",y\n", 6);
			size += number % 2 ? 6 : 0;
			check_text(text, size, &file, ',', 1000, &random, 4);
		}
	}
	test_file_close(&file);
}

static void test_every_way_of_one_file(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	uint64_t random = 99;
	make_random_file(&text, &random, ',', 60, 4);
	check_text(text.data, text.size, &file, ',', 1000, &random, 0);
	ppm_buffer_free(&text);
	test_file_close(&file);
}

static const struct ppm_slice texts[] = { { "DE", 2 }, { "software", 8 } };
static const uint32_t allowed_texts[] = { 0, 1 };
static const struct ppm_column number_column = { NAME("v"), .type = PPM_COLUMN_NUMBER, .read = true, .optional = true };

// ---- messages, records kept, limits of what is kept ---------------------------------------------------------

static void test_messages(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column columns[] = {
		{ NAME("id"), .type = PPM_COLUMN_TEXT, .key = true, .passed = true },
		{ NAME("income"), .type = PPM_COLUMN_NUMBER, .read = true },
		{ NAME("nps"), .type = PPM_COLUMN_NUMBER, .read = true, .optional = true, .has_range = true, .low.f64 = 0, .high.f64 = 10 },
		{ NAME("country"), .type = PPM_COLUMN_TEXT, .read = true, .optional = true, .allowed = allowed_texts, .allowed_count = 2 },
	};
	struct ppm_program program = program_of(texts, 2, columns, 4);
	const char text[] = "id,income,nps,country\nA,n/a,11,FR\nB,1,2,DE\n\"C\nD\",,,\nE,1\nF,1,2,a\"b\nG,\"x,\"\"y\",,\n";
	test_file_set(&file, text, sizeof text - 1);
	struct ppm_source_options options = { .keep_problems = 100, .keep_records = true };
	struct reading reading = { .show_fields = true };
	read_source(&reading, file.path, &options, &program, 1);
	assert_string_equal(reading.rows.data, "X0|A|n/a|11|FR\nR1|B|1|2|DE\nX2|C\nD|||\nX5|G|x,\"y||\n");
	assert_string_equal(reading.problems.data, "2:2 D0202\n2:3 D0209\n2:4 D0210\n5:2 D0201\n6:0 D0007\n7:4 D0006\n8:2 D0202\n");
	assert_string_equal(reading.messages.data,
		"f (income): \"n/a\" is not a number; expected digits such as 1234.50\n"
		"f (nps): \"11\" is outside the range that the model declares, 0 to 10\n"
		"f (country): \"FR\" is not one of the values that the model declares: \"DE\", \"software\"\n"
		"f (income): is empty, but the column is not optional; if it may be, write `optional` after its type\n"
		"f: 2 fields, but the header has 4\n"
		"f (country): \"a\\\"b\" has a quotation mark inside; quote the whole field and write \"\" for one\n"
		"f (income): \"x,\\\"\\\"y\" is not a number; expected digits such as 1234.50\n");
	assert_string_equal(reading.kept.data, "A,n/a,11,FR\n\"C\nD\",,,\nE,1\nF,1,2,a\"b\nG,\"x,\"\"y\",,\n");
	assert_int_equal(reading.refused, 5);
	reading_free(&reading);

	struct ppm_data_problem problem = { .code = PPM_DATA_NUMBER,
		.line = 4182,
		.column = 6,
		.column_name = PPM_SLICE("income"),
		.value = PPM_SLICE("n/a"),
		.message = PPM_SLICE("is not a number; expected digits such as 1234.50") };
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_data_problem_write(&problem, PPM_SLICE("customers.csv"), &out);
	ppm_buffer_append_char(&out, '\0');
	assert_string_equal(out.data, "customers.csv:4182:6 (income): \"n/a\" is not a number; expected digits such as 1234.50");
	ppm_buffer_free(&out);
	test_file_close(&file);
}

// Only the first problems are kept, of whatever kind; all are counted.
static void test_keep_first_problems(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_append_text(&text, "v,w\n");
	for (int i = 0; i < 3000; i++)
		ppm_buffer_append_text(&text, i % 3 == 0 ? "x,1\n" : i % 3 == 1 ? "1\n" : "1,2\n");
	test_file_set(&file, text.data, text.size);
	struct ppm_column column = number_column;
	struct ppm_program program = program_of(texts, 2, &column, 1);
	struct ppm_source_options options = { .keep_problems = 5 };
	struct reading reading = { .show_fields = true };
	read_source(&reading, file.path, &options, &program, 1);
	assert_string_equal(reading.problems.data, "2:1 D0202\n3:0 D0007\n5:1 D0202\n6:0 D0007\n8:1 D0202\n");
	assert_int_equal(reading.refused, 2000);
	assert_int_equal(reading.records, 3000);
	reading_free(&reading);
	ppm_buffer_free(&text);
	test_file_close(&file);
}

static void test_codes_have_texts(void **state)
{
	(void)state;
	assert_string_equal(ppm_data_code_text(PPM_DATA_EMPTY_FILE), "D0001");
	assert_string_equal(ppm_data_code_text(PPM_DATA_COMPRESSED), "D0401");
	assert_string_equal(ppm_data_code_title(PPM_DATA_WIDTH), "a record has too few or too many fields");
	for (int code = 1; code < PPM_DATA_CODE_COUNT; code++)
		assert_true(strcmp(ppm_data_code_text((enum ppm_data_code)(code - 1)), ppm_data_code_text((enum ppm_data_code)code)) < 0);
}

// What the virtual machine refuses stands between the problems of fields, in the file's order, and once for a row.
static void test_refused_rows(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	const char text[] = "v\n1\nx\n3\n4\n";
	test_file_set(&file, text, sizeof text - 1);
	struct ppm_column column = number_column;
	struct ppm_program program = program_of(texts, 2, &column, 1);
	struct ppm_source_options options = { .keep_problems = 10, .keep_records = true };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, NULL, 10, false);
	struct ppm_source *source;
	assert_int_equal(ppm_source_open(&source, ppm_allocator_default(), file.path, &options, &problems), PPM_OK);
	assert_int_equal(ppm_source_bind(source, &program, &problems), PPM_OK);
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), texts, 2));
	struct ppm_source_worker *worker = ppm_source_worker_new(source, &pool);
	bool more;
	struct ppm_batch *batch;
	assert_int_equal(ppm_source_next_chunk(worker, &more), PPM_OK);
	assert_int_equal(ppm_source_next_batch(worker, &batch, &more), PPM_OK);
	assert_int_equal(batch->rows, 4);
	assert_int_equal(batch->refused[0] & 15, 2);
	char message[] = "the amount passes ±900 trillion";
	ppm_source_refuse_row(worker, 3, PPM_DATA_OVERFLOW, (struct ppm_place){ 0, 7, 12 }, message);
	ppm_source_refuse_row(worker, 1, PPM_DATA_NO_VALUE, (struct ppm_place){ 0, 7, 12 }, message);
	ppm_source_refuse_row(worker, 0, PPM_DATA_NO_VALUE, (struct ppm_place){ 0, 7, 12 }, message);
	memset(message, 'x', sizeof message - 1);
	assert_int_equal(batch->refused[0] & 15, 11);
	assert_int_equal(ppm_source_next_batch(worker, &batch, &more), PPM_OK);
	assert_false(more);
	const struct ppm_chunk *chunk = ppm_source_chunk(worker);
	assert_int_equal(chunk->problems.rows, 3);
	const struct ppm_data_problem *problem = chunk->problems.first;
	assert_int_equal(problem->code, PPM_DATA_NO_VALUE);
	assert_int_equal(problem->line, 0);
	assert_true(ppm_slice_is(problem->message, "the amount passes ±900 trillion"));
	assert_int_equal(problem->place.line, 12);
	problem = problem->next;
	assert_int_equal(problem->code, PPM_DATA_NUMBER);
	problem = problem->next;
	assert_int_equal(problem->code, PPM_DATA_OVERFLOW);
	assert_int_equal(problem->line, 3);
	assert_true(ppm_slice_is(problem->record, "4"));
	assert_null(problem->next);
	ppm_source_worker_free(worker);
	ppm_text_pool_free(&pool);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	test_file_close(&file);
}

// ---- opening ----------------------------------------------------------------------------------------------

static void expect_refused(struct test_file *file, const char *text, size_t size, const char *encoding, const char *problems)
{
	test_file_set(file, text, size);
	struct ppm_source_options options = { .keep_problems = 10, .encoding = encoding };
	struct reading reading = { .show_fields = true };
	read_source(&reading, file->path, &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_DATA);
	assert_string_equal(reading.problems.data, problems);
	reading_free(&reading);
	if (size == 0)
		return;
	read_through_pipe(&reading, text, size, 1, &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_DATA);
	assert_string_equal(reading.problems.data, problems);
	reading_free(&reading);
}

static void test_headers(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	expect_refused(&file, "", 0, NULL, "1:0 D0001\n");
	expect_refused(&file, "\xEF\xBB\xBF", 3, NULL, "1:0 D0001\n");
	expect_refused(&file, "a,b,a\n", 6, NULL, "1:3 D0101\n");
	expect_refused(&file, "a,\"a\"\n", 6, NULL, "1:2 D0101\n");
	expect_refused(&file, "a,,b,\n", 6, NULL, "1:2 D0102\n1:4 D0102\n");
	expect_refused(&file, "\n", 1, NULL, "1:1 D0102\n");
	expect_refused(&file, "a,\"b\n1,2\n", 9, NULL, "1:2 D0005\n");
	expect_refused(&file, "a,b\"c\n", 6, NULL, "1:2 D0006\n");
	expect_refused(&file, "a,b\r1,2\r", 8, NULL, "1:2 D0004\n1:3 D0004\n");
	expect_refused(&file,
		"\xFF\xFE"
		"a\0,\0b\0\n\0",
		10, NULL, "1:0 D0002\n");
	expect_refused(&file, "a\0,\0b\0\n\0", 8, NULL, "1:0 D0002\n");
	expect_refused(&file, "abc\0,b\n", 7, NULL, "1:0 D0003\n");
	expect_refused(&file, "Zo\xEB,b\n", 6, NULL, "1:1 D0002\n");
	expect_refused(&file, "a,b\n", 4, "klingon", "0:0 D0002\n");
	test_file_close(&file);
}

static void test_absent_columns(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	test_file_set(&file, " Income ,days late, x,x ,Y,Y \n1,2,3,4,5,6\n", 42);
	struct ppm_column columns[] = { { NAME("Income"), .read = true }, { NAME("days_late"), .read = true }, { NAME("x"), .read = true }, { NAME("Y"), .read = true } };
	struct ppm_program program = program_of(texts, 2, columns, 4);
	struct ppm_source_options options = { .keep_problems = 10 };
	struct reading reading = { .show_fields = true };
	read_source(&reading, file.path, &options, &program, 1);
	assert_int_equal(reading.status, PPM_ERROR_DATA);
	// "x" stands for two columns, so for neither; "Y" is there exactly.
	assert_string_equal(reading.problems.data, "1:0 D0103\n1:0 D0103\n");
	assert_string_equal(reading.messages.data,
		"f:1: \"days_late\" is a column of the model, but not in the header; did you mean \"days late\"?\n"
		"f:1: \"x\" is a column of the model, but not in the header; did you mean \" x\"?\n");
	reading_free(&reading);
	test_file_close(&file);
}

static void test_bad_paths(void **state)
{
	(void)state;
	struct ppm_source_options options = { .keep_problems = 10 };
	struct reading reading = { .show_fields = true };
	errno = 0;
	read_source(&reading, ".", &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_IO);
	assert_int_equal(errno, EISDIR);
	reading_free(&reading);
	read_source(&reading, "no/such/file.csv", &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_IO);
	assert_int_equal(errno, ENOENT);
	reading_free(&reading);
	read_source(&reading, "/dev/null", &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_DATA);
	assert_string_equal(reading.problems.data, "1:0 D0001\n");
	reading_free(&reading);
	read_source(&reading, "/dev/zero", &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_DATA);
	assert_string_equal(reading.problems.data, "1:0 D0003\n");
	reading_free(&reading);
	volatile int interrupted = 1;
	options.interrupted = &interrupted;
	read_through_pipe(&reading, "a\n1\n", 4, 4, &options, &no_columns, 1);
	assert_int_equal(reading.status, PPM_ERROR_INTERRUPTED);
	reading_free(&reading);
}

// ---- compressed and encoded -------------------------------------------------------------------------------

static void make_plain_file(struct ppm_buffer *text, unsigned rows)
{
	text->size = 0;
	ppm_buffer_append_text(text, "id,name\n");
	for (unsigned i = 0; i < rows; i++)
		ppm_buffer_format(text, "%u,\"n\xC3\xA4me %u\"\n", i, i * 7);
}

static void append_gzip(struct ppm_buffer *out, const char *data, size_t size)
{
	z_stream stream = { 0 };
	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_true(ppm_buffer_reserve(out, size + 1000));
	stream.next_in = (z_const Bytef *)(uintptr_t)data;
	stream.avail_in = (unsigned)size;
	stream.next_out = (Bytef *)out->data + out->size;
	stream.avail_out = (unsigned)size + 1000;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	PPM_WRITTEN_OUTSIDE(out->data + out->size, stream.total_out);
	out->size += stream.total_out;
	deflateEnd(&stream);
}

static void append_zstd(struct ppm_buffer *out, const char *data, size_t size)
{
	assert_true(ppm_buffer_reserve(out, ZSTD_compressBound(size)));
	size_t count = ZSTD_compress(out->data + out->size, ZSTD_compressBound(size), data, size, 3);
	assert_false(ZSTD_isError(count));
	PPM_WRITTEN_OUTSIDE(out->data + out->size, count);
	out->size += count;
}

static void test_compressed(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text, packed;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_init(&packed, NULL);
	make_plain_file(&text, 40000);
	struct oracle oracle;
	oracle_read(&oracle, text.data, text.size, ',', 1000);
	assert_int_equal(oracle.records, 40000);
	for (int kind = 0; kind < 4; kind++) {
		packed.size = 0;
		void (*append)(struct ppm_buffer *, const char *, size_t) = kind % 2 ? append_zstd : append_gzip;
		// One member, or three.
		size_t cut = kind / 2 ? text.size / 3 : text.size;
		for (size_t at = 0; at < text.size; at += cut)
			append(&packed, text.data + at, text.size - at < cut ? text.size - at : cut);
		test_file_set(&file, packed.data, packed.size);
		for (unsigned threads = 1; threads <= 4; threads += 3) {
			struct ppm_source_options options = { .keep_problems = 10, .chunk_size = threads == 1 ? 0 : 4096, .simd = PPM_SIMD_AVX512 };
			struct reading reading = { .show_fields = true };
			read_source(&reading, file.path, &options, &no_columns, threads);
			check_reading(&reading, &oracle, text.data, 0, "compressed");
			reading_free(&reading);
			read_through_pipe(&reading, packed.data, packed.size, 1000, &options, &no_columns, threads);
			check_reading(&reading, &oracle, text.data, 0, "compressed, in a pipe");
			reading_free(&reading);
		}
		// Cut off, and with a byte changed in the middle of the data.
		struct ppm_source_options options = { .keep_problems = 10 };
		struct reading reading = { .show_fields = true };
		test_file_set(&file, packed.data, packed.size - 9);
		read_source(&reading, file.path, &options, &no_columns, 2);
		assert_int_equal(reading.status, PPM_ERROR_DATA);
		assert_string_equal(reading.problems.data, "!0:0 D0401\n");
		reading_free(&reading);
		packed.data[packed.size - packed.size / 7] ^= 0x55;
		packed.data[packed.size - packed.size / 7 + 1] ^= 0x55;
		test_file_set(&file, packed.data, packed.size);
		read_source(&reading, file.path, &options, &no_columns, 1);
		assert_true(reading.status == PPM_ERROR_DATA || kind % 2);
		reading_free(&reading);
		test_file_set(&file, packed.data, 12);
		read_source(&reading, file.path, &options, &no_columns, 1);
		assert_int_equal(reading.status, PPM_ERROR_DATA);
		assert_string_equal(reading.problems.data, "1:0 D0401\n");
		reading_free(&reading);
	}
	oracle_free(&oracle);
	ppm_buffer_free(&text);
	ppm_buffer_free(&packed);
	test_file_close(&file);
}

static void expect_decoded(struct test_file *file, const char *data, size_t size, const char *encoding, const char *rows, const char *problems)
{
	test_file_set(file, data, size);
	for (size_t step = 0; step < 4; step++) {
		struct ppm_source_options options = { .keep_problems = 10, .encoding = encoding, .chunk_size = 3 };
		struct reading reading = { .show_fields = true };
		if (step)
			read_through_pipe(&reading, data, size, step, &options, &no_columns, 1);
		else
			read_source(&reading, file->path, &options, &no_columns, 2);
		assert_int_equal(reading.status, PPM_OK);
		assert_string_equal(reading.rows.data, rows);
		assert_string_equal(reading.problems.data, problems);
		reading_free(&reading);
	}
}

#define TEXT(literal) literal, sizeof(literal) - 1

static void test_encodings(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	expect_decoded(&file, TEXT("a,b\nZo\xEB,\x80\n"), "latin1", "R0|Zo\xC3\xAB|\xC2\x80\n", "");
	expect_decoded(&file, TEXT("a,b\nZo\xEB,\x80\n"), "Windows-1252", "R0|Zo\xC3\xAB|\xE2\x82\xAC\n", "");
	expect_decoded(&file, TEXT("a,b\nx,\x81\n"), "cp1252", "", "2:2 D0002\n");
	expect_decoded(&file,
		TEXT("\xFF\xFE"
		     "a\0,\0b\0\n\0\xEB\0,\0\x3D\xD8\x00\xDE\n\0"),
		"utf-16", "R0|\xC3\xAB|\xF0\x9F\x98\x80\n", "");
	expect_decoded(&file, TEXT("\xFE\xFF\0a\0,\0b\0\n\0\xEB\0,\xD8\x3D\xDE\x00\0\n"), "UTF-16", "R0|\xC3\xAB|\xF0\x9F\x98\x80\n", "");
	expect_decoded(&file, TEXT("a\0\n\0x\0\n\0"), "utf-16", "R0|x\n", "");
	expect_decoded(&file, TEXT("a\0\n\0x\0\n\0"), "utf-16le", "R0|x\n", "");
	expect_decoded(&file, TEXT("\0a\0\n\0x\0\n"), "utf-16be", "R0|x\n", "");
	// Half a pair, and half a character at the end.
	expect_decoded(&file, TEXT("a\0\n\0x\0\x3D\xD8y\0\n\0z"), "utf-16le", "", "2:1 D0002\n3:1 D0002\n");
	expect_decoded(&file, TEXT("a\0\n\0\x00\xDE\n\0z\0\n\0"), "utf-16le", "R1|z\n", "2:1 D0002\n");
	test_file_close(&file);
}

// SHA-256 of the bytes as they are, by Python's hashlib.
static void test_digest(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	const char text[] = "a,b\n1,2\n3,4\n";
	static const char wanted[] = "b9485148546419a0f6a85e8d708c923557c15d7f3c7d078ef1fa7f7c0f57d5a5";
	test_file_set(&file, text, sizeof text - 1);
	for (size_t chunk_size = 1; chunk_size < 20; chunk_size += 3) {
		struct ppm_source_options options = { .keep_problems = 10, .chunk_size = chunk_size };
		struct reading reading = { .show_fields = true };
		read_source(&reading, file.path, &options, &no_columns, 3);
		assert_string_equal(reading.digest, wanted);
		reading_free(&reading);
		read_through_pipe(&reading, text, sizeof text - 1, 5, &options, &no_columns, 3);
		assert_string_equal(reading.digest, wanted);
		reading_free(&reading);
	}
	test_file_set(&file, "a", 1);
	struct ppm_source_options options = { .keep_problems = 10 };
	struct reading reading = { .show_fields = true };
	read_source(&reading, file.path, &options, &no_columns, 1);
	assert_string_equal(reading.digest, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
	reading_free(&reading);
	test_file_close(&file);
}

// ---- large things -----------------------------------------------------------------------------------------

static void test_long_fields(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_append_text(&text, "id,name\n1,x\n2,");
	size_t at = text.size;
	assert_true(ppm_buffer_reserve(&text, 5000000));
	memset(text.data + at, 'y', 5000000);
	text.size += 5000000;
	ppm_buffer_append_text(&text, "\n3,z\n");
	uint64_t random = 77;
	check_text(text.data, text.size, &file, ',', 1024 * 1024, &random, 6);
	// Quoted, with line breaks all over: allowed, when the limit allows it.
	text.data[at] = text.data[at + 4999999] = '"';
	for (size_t i = 1; i < 4999999; i += 50)
		text.data[at + i] = '\n';
	check_text(text.data, text.size, &file, ',', 1024 * 1024, &random, 4);
	check_text(text.data, text.size, &file, ',', 6000000, &random, 4);
	ppm_buffer_free(&text);
	test_file_close(&file);
}

static void test_many_columns(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	for (unsigned columns = 100000; columns <= 100001; columns++) {
		text.size = 0;
		for (unsigned i = 0; i < columns; i++)
			ppm_buffer_format(&text, i ? ",c%u" : "c%u", i);
		ppm_buffer_append_char(&text, '\n');
		for (unsigned row = 0; row < 3; row++) {
			for (unsigned i = 0; i < columns; i++)
				ppm_buffer_format(&text, i ? ",%u" : "%u", i % 10);
			ppm_buffer_append_char(&text, '\n');
		}
		test_file_set(&file, text.data, text.size);
		struct ppm_column column = { NAME("c99999"), .type = PPM_COLUMN_NUMBER, .read = true };
		struct ppm_program program = program_of(texts, 2, &column, 1);
		for (size_t chunk_size = 64; chunk_size < 1000000; chunk_size *= 1000) {
			struct ppm_source_options options = { .keep_problems = 10, .chunk_size = chunk_size, .simd = PPM_SIMD_AVX512 };
			struct reading reading = { .show_values = true };
			read_source(&reading, file.path, &options, &program, 2);
			assert_string_equal(reading.rows.data, columns == 100000 ? "R0|9\nR1|9\nR2|9\n" : "");
			assert_string_equal(reading.problems.data, columns == 100000 ? "" : "1:0 D0104\n");
			reading_free(&reading);
		}
	}
	ppm_buffer_free(&text);
	test_file_close(&file);
}

// A record that no buffer may hold ends the reading, and its beginning is named.
static void test_endless_records(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	for (int quoted = 0; quoted < 2; quoted++) {
		assert_int_equal(ftruncate(file.file, 0), 0);
		assert_true(lseek(file.file, 0, SEEK_SET) == 0);
		const char *head = quoted ? "a,b\n1,2\n3,\"4\n" : "a,b\n1,2\n3,4";
		write_all(file.file, head, strlen(head));
		char piece[65536];
		memset(piece, 'x', sizeof piece);
		if (quoted)
			piece[100] = '\n';
		for (int i = 0; i < 1100; i++)
			write_all(file.file, piece, sizeof piece);
		for (int pipe = 0; pipe < 2; pipe++) {
			struct ppm_source_options options = { .keep_problems = 10, .simd = PPM_SIMD_AVX512 };
			struct reading reading = { .show_fields = true };
			char path[32];
			if (pipe) {
				// Not from its beginning: then it is read in order, as a pipe is.
				int other = open(file.path, O_RDONLY);
				int standard = dup(STDIN_FILENO);
				assert_true(other >= 0 && dup2(other, STDIN_FILENO) == STDIN_FILENO);
				assert_true(lseek(STDIN_FILENO, 4, SEEK_SET) == 4);
				snprintf(path, sizeof path, "-");
				read_source(&reading, path, &options, &no_columns, 1);
				dup2(standard, STDIN_FILENO);
				close(other);
				close(standard);
			} else {
				read_source(&reading, file.path, &options, &no_columns, 1);
			}
			assert_int_equal(reading.status, PPM_ERROR_LIMIT);
			if (pipe)
				assert_string_equal(reading.problems.data, quoted ? "!0:0 D0005\n" : "!0:0 D0009\n");
			else
				assert_string_equal(reading.problems.data, quoted ? "!1:0 D0005\n" : "!1:0 D0009\n");
			reading_free(&reading);
		}
	}
	test_file_close(&file);
}

// ---- the shared folder of awkward files --------------------------------------------------------------------

// The record's own fields as a header: h0,h1,…
static void prepend_header(struct ppm_buffer *out, const char *text, size_t size, char delimiter)
{
	struct oracle oracle = { 0 };
	ppm_buffer_init(&oracle.rows, NULL);
	ppm_buffer_init(&oracle.problems, NULL);
	oracle_record(&oracle, text, size, 0, delimiter, SIZE_MAX);
	out->size = 0;
	for (size_t i = 0; i < oracle.field_count; i++) {
		if (i)
			ppm_buffer_append_char(out, delimiter);
		ppm_buffer_format(out, "h%zu", i);
	}
	ppm_buffer_append_char(out, '\n');
	ppm_buffer_append(out, text, size);
	oracle_free(&oracle);
}

static unsigned check_folder(const char *folder, struct test_file *file, uint64_t *random)
{
	char path[512];
	snprintf(path, sizeof path, "%s/data/csv-cases/%s", shared_folder(), folder);
	DIR *entries = opendir(path);
	if (!entries)
		return 0;
	unsigned count = 0;
	struct dirent *entry;
	struct ppm_buffer text, with_header;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_init(&with_header, NULL);
	while ((entry = readdir(entries))) {
		char name[400];
		snprintf(name, sizeof name, "%.100s/%.250s", folder, entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		char whole[1024];
		snprintf(whole, sizeof whole, "%s/data/csv-cases/%s", shared_folder(), name);
		struct stat status;
		if (stat(whole, &status) == 0 && S_ISDIR(status.st_mode)) {
			count += check_folder(name, file, random);
			continue;
		}
		assert_true(read_shared(name, &text));
		for (unsigned i = 0; i < 3; i++)
			check_text(text.data, text.size, file, ",;:"[i], 1024 * 1024, random, 3);
		prepend_header(&with_header, text.data, text.size, ',');
		check_text(with_header.data, with_header.size, file, ',', 1024 * 1024, random, 4);
		count++;
	}
	closedir(entries);
	ppm_buffer_free(&text);
	ppm_buffer_free(&with_header);
	return count;
}

// Whatever the file: what the oracle says of it, with its own first line for a header and with one put before it.
static void test_shared_files(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	uint64_t random = 21;
	unsigned count = check_folder(".", &file, &random);
	test_file_close(&file);
	if (count == 0) {
		print_message("skipped: no data/csv-cases under %s (PPM_SHARED names the folder)\n", shared_folder());
		skip();
	}
	assert_true(count >= 100);
}

static void test_refused_before_a_row(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	if (!read_shared("pitfalls/duphdr.csv", &text)) {
		print_message("skipped: no data/csv-cases under %s (PPM_SHARED names the folder)\n", shared_folder());
		skip();
	}
	expect_refused(&file, text.data, text.size, NULL, "1:3 D0101\n");
	assert_true(read_shared("pitfalls/utf16.csv", &text));
	expect_refused(&file, text.data, text.size, NULL, "1:0 D0002\n");
	ppm_buffer_free(&text);
	test_file_close(&file);
}

// ---- expected values that other projects wrote down as JSON -------------------------------------------------

struct json {
	const char *at, *end;
	bool keys;
};

// The next string, decoded; false at the end. *key: a colon follows. *level: how many brackets are open.
static bool next_string(struct json *json, struct ppm_buffer *out, bool *key, unsigned *level)
{
	for (; json->at < json->end && *json->at != '"'; json->at++)
		*level += *json->at == '[' || *json->at == '{' ? 1u : *json->at == ']' || *json->at == '}' ? UINT32_MAX : 0u;
	if (json->at == json->end)
		return false;
	out->size = 0;
	for (json->at++; *json->at != '"'; json->at++) {
		if (*json->at != '\\') {
			ppm_buffer_append_char(out, *json->at);
			continue;
		}
		json->at++;
		if (*json->at == 'u') {
			char digits[5] = { 0 }, encoded[4];
			memcpy(digits, json->at + 1, 4);
			ppm_buffer_append(out, encoded, ppm_utf8_encode((uint32_t)strtoul(digits, NULL, 16), encoded));
			json->at += 4;
		} else {
			const char *plain = "\"\\/bfnrt", *meant = "\"\\/\b\f\n\r\t", *which = strchr(plain, *json->at);
			assert_non_null(which);
			ppm_buffer_append_char(out, meant[which - plain]);
		}
	}
	json->at++;
	const char *next = json->at;
	while (next < json->end && (*next == ' ' || *next == '\n'))
		next++;
	*key = next < json->end && *next == ':';
	return true;
}

// All the string values of a JSON text, each with an LF; *keys: it has objects.
static void flatten(const struct ppm_buffer *text, struct ppm_buffer *out, bool *keys)
{
	struct json json = { text->data, text->data + text->size, false };
	struct ppm_buffer one;
	ppm_buffer_init(&one, NULL);
	*keys = false;
	bool key;
	unsigned level = 0;
	out->size = 0;
	while (next_string(&json, &one, &key, &level)) {
		*keys |= key;
		if (!key) {
			ppm_buffer_append(out, one.data, one.size);
			ppm_buffer_append_char(out, '\n');
		}
	}
	ppm_buffer_append_char(out, '\0');
	ppm_buffer_free(&one);
}

// A reading's rows as flatten writes them. The rows' own text cannot be split when values hold '|', so they are read again.
static void flatten_file(const char *text, size_t size, char delimiter, struct ppm_buffer *out, bool header)
{
	struct oracle oracle = { 0 };
	ppm_buffer_init(&oracle.rows, NULL);
	ppm_buffer_init(&oracle.problems, NULL);
	out->size = 0;
	for (size_t at = 0; at < size;) {
		bool first = at == 0;
		at = oracle_record(&oracle, text, size, at, delimiter, SIZE_MAX);
		for (size_t i = 0; i < oracle.field_count && (header || !first); i++) {
			append_unquoted(out, (struct ppm_slice){ text + oracle.fields[i].begin, oracle.fields[i].end - oracle.fields[i].begin });
			ppm_buffer_append_char(out, '\n');
		}
	}
	ppm_buffer_append_char(out, '\0');
	oracle_free(&oracle);
}

static void check_against_json(const char *csv, const char *json, struct test_file *file, uint64_t *random)
{
	struct ppm_buffer text, expected_text, expected, got;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_init(&expected_text, NULL);
	ppm_buffer_init(&expected, NULL);
	ppm_buffer_init(&got, NULL);
	bool keys;
	assert_true(read_shared(csv, &text) && read_shared(json, &expected_text));
	flatten(&expected_text, &expected, &keys);
	// The oracle must give what that project says, and the source what the oracle gives.
	flatten_file(text.data, text.size, ',', &got, !keys);
	assert_string_equal(got.data, expected.data);
	check_text(text.data, text.size, file, ',', 1024 * 1024, random, 5);
	ppm_buffer_free(&text);
	ppm_buffer_free(&expected_text);
	ppm_buffer_free(&expected);
	ppm_buffer_free(&got);
}

static void test_expected_by_others(void **state)
{
	(void)state;
	// All but location_coordinates, whose two files do not hold the same telephone number, and newlines_crlf and header-no-rows, whose JSON leaves out a
	// CR inside quotes and the header.
	static const char *const spectrum[] = { "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "quotes_and_newlines", "simple", "simple_crlf",
		"utf8" };
	static const char *const cases[] = { "all-empty", "empty-field", "empty-one-column", "header-simple", "leading-space", "one-column", "quotes-empty", "quotes-with-comma",
		"quotes-with-escaped-quote", "quotes-with-newline", "quotes-with-space", "simple-crlf", "simple-lf", "trailing-newline", "trailing-newline-one-field",
		"trailing-space", "utf8" };
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	if (!read_shared("csv-spectrum/csvs/simple.csv", &text)) {
		print_message("skipped: no data/csv-cases under %s (PPM_SHARED names the folder)\n", shared_folder());
		skip();
	}
	struct test_file file;
	test_file_open(&file);
	uint64_t random = 31;
	char csv[128], json[128];
	for (size_t i = 0; i < sizeof spectrum / sizeof *spectrum; i++) {
		snprintf(csv, sizeof csv, "csv-spectrum/csvs/%s.csv", spectrum[i]);
		snprintf(json, sizeof json, "csv-spectrum/json/%s.json", spectrum[i]);
		check_against_json(csv, json, &file, &random);
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(csv, sizeof csv, "csv-test-data/csv/%s.csv", cases[i]);
		snprintf(json, sizeof json, "csv-test-data/json/%s.json", cases[i]);
		check_against_json(csv, json, &file, &random);
	}
	ppm_buffer_free(&text);
	test_file_close(&file);
}

// Go's own cases: read as the oracle reads them, and where both accept them - no blank lines, which Go skips, no CR, which it changes - as Go does.
static void test_cases_of_go(void **state)
{
	(void)state;
	struct ppm_buffer all, one, input, wanted, got, with_header;
	ppm_buffer_init(&all, NULL);
	ppm_buffer_init(&one, NULL);
	ppm_buffer_init(&input, NULL);
	ppm_buffer_init(&wanted, NULL);
	ppm_buffer_init(&got, NULL);
	ppm_buffer_init(&with_header, NULL);
	if (!read_shared("go-encoding-csv.json", &all)) {
		print_message("skipped: no data/csv-cases under %s (PPM_SHARED names the folder)\n", shared_folder());
		skip();
	}
	struct test_file file;
	test_file_open(&file);
	uint64_t random = 41;
	struct json json = { all.data, all.data + all.size, false };
	bool key, in_input = false, in_output = false, plain = true;
	unsigned level = 0, cases = 0, compared = 0;
	bool more = true;
	while (more) {
		more = next_string(&json, &one, &key, &level);
		bool begins = more && key && level == 2 && ppm_slice_is(ppm_buffer_slice(&one), "name");
		if ((begins || !more) && input.size) {
			cases++;
			prepend_header(&with_header, input.data, input.size, ',');
			check_text(with_header.data, with_header.size, &file, ',', 1024 * 1024, &random, 4);
			struct oracle oracle;
			oracle_read(&oracle, with_header.data, with_header.size, ',', 1024 * 1024);
			ppm_buffer_append_char(&wanted, '\0');
			bool blank = input.data[0] == '\n';
			for (size_t i = 0; i + 1 < input.size; i++)
				blank |= input.data[i] == '\n' && input.data[i + 1] == '\n';
			if (oracle.problems.size == 1 && plain && !memchr(input.data, '\r', input.size) && !blank) {
				flatten_file(with_header.data, with_header.size, ',', &got, false);
				assert_string_equal(got.data, wanted.data);
				compared++;
			}
			oracle_free(&oracle);
		}
		if (begins) {
			input.size = wanted.size = 0;
			in_input = in_output = false;
			plain = true;
		}
		if (!more)
			break;
		if (key && level == 2) {
			in_input = ppm_slice_is(ppm_buffer_slice(&one), "input");
			in_output = ppm_slice_is(ppm_buffer_slice(&one), "output");
		} else if (key && level == 3) {
			plain &= ppm_slice_is(ppm_buffer_slice(&one), "fpr");
		} else if (in_input && level == 2) {
			ppm_buffer_append(&input, one.data, one.size);
			in_input = false;
		} else if (in_output && level == 4) {
			ppm_buffer_append(&wanted, one.data, one.size);
			ppm_buffer_append_char(&wanted, '\n');
		}
	}
	assert_true(cases >= 30);
	assert_true(compared >= 8);
	ppm_buffer_free(&all);
	ppm_buffer_free(&one);
	ppm_buffer_free(&input);
	ppm_buffer_free(&wanted);
	ppm_buffer_free(&got);
	ppm_buffer_free(&with_header);
	test_file_close(&file);
}

// ---- out of memory ----------------------------------------------------------------------------------------

// Reads with one worker; how it ended.
static enum ppm_status read_with(const struct ppm_allocator *allocator, const char *path, const struct ppm_program *program, uint64_t *rows, uint64_t *refused)
{
	struct ppm_source_options options = { .keep_problems = 50, .keep_records = true, .chunk_size = 100, .simd = PPM_SIMD_AVX512 };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, NULL, 10, false);
	struct ppm_source *source;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), texts, 2));
	*rows = *refused = 0;
	enum ppm_status status = ppm_source_open(&source, allocator, path, &options, &problems);
	if (status == PPM_OK)
		status = ppm_source_bind(source, program, &problems);
	struct ppm_source_worker *worker = status == PPM_OK ? ppm_source_worker_new(source, &pool) : NULL;
	if (status == PPM_OK && !worker)
		status = PPM_ERROR_MEMORY;
	bool more = worker != NULL;
	while (more && (status = ppm_source_next_chunk(worker, &more)) == PPM_OK && more) {
		struct ppm_batch *batch;
		bool more_batches = true;
		while ((status = ppm_source_next_batch(worker, &batch, &more_batches)) == PPM_OK && more_batches)
			*rows += batch->rows;
		if (status != PPM_OK)
			break;
		*refused += ppm_source_chunk(worker)->problems.rows;
	}
	ppm_source_worker_free(worker);
	ppm_source_close(source);
	ppm_text_pool_free(&pool);
	ppm_data_problems_free(&problems);
	return status;
}

static void test_each_allocation_fails_once(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column columns[] = { number_column, { NAME("c"), .type = PPM_COLUMN_TEXT, .read = true, .optional = true },
		{ NAME("\"d"), .type = PPM_COLUMN_TEXT, .read = true, .pooled = true } };
	struct ppm_program program = program_of(texts, 2, columns, 3);
	const char text[] =
		"v,c,\"\"\"d\"\n1,DE,x\nn/"
		"a,\"so\"\"ft\",\"y\ny\"\n3\n4,\"a\"b,z\n\"5\",DE,\"q\"\"\"\n6,,zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n";
	struct ppm_buffer packed;
	ppm_buffer_init(&packed, NULL);
	append_gzip(&packed, text, sizeof text - 1);
	for (int compressed = 0; compressed < 2; compressed++) {
		if (compressed)
			test_file_set(&file, packed.data, packed.size);
		else
			test_file_set(&file, text, sizeof text - 1);
		uint64_t rows, refused;
		size_t failures = 0;
		for (size_t at = 1;; at++) {
			struct counted_heap heap = { .fail_at = at };
			struct ppm_allocator allocator = { counted_reallocate, &heap };
			enum ppm_status status = read_with(&allocator, file.path, &program, &rows, &refused);
			assert_int_equal(heap.live, 0);
			if (!heap.failed) {
				assert_int_equal(status, PPM_OK);
				break;
			}
			// A growing array that cannot have more than it needs makes do with that.
			assert_true(status == PPM_ERROR_MEMORY || status == PPM_OK);
			failures += status == PPM_ERROR_MEMORY;
		}
		assert_int_equal(rows, 4);
		assert_int_equal(refused, 3);
		assert_true(failures >= 25);
	}
	ppm_buffer_free(&packed);
	test_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_have_texts),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_absent_columns),
		cmocka_unit_test(test_bad_paths),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_keep_first_problems),
		cmocka_unit_test(test_refused_rows),
		cmocka_unit_test(test_every_way_of_one_file),
		cmocka_unit_test(test_all_short_files),
		cmocka_unit_test(test_random_files),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_refused_before_a_row),
		cmocka_unit_test(test_expected_by_others),
		cmocka_unit_test(test_cases_of_go),
		cmocka_unit_test(test_shared_files),
		cmocka_unit_test(test_each_allocation_fails_once),
		cmocka_unit_test(test_long_fields),
		cmocka_unit_test(test_many_columns),
		cmocka_unit_test(test_endless_records),
	};
	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
