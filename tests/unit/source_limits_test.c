// Reading what is beyond a limit, or does not stay as it was: headers of 64 MiB, files that are cut, terminals that go away, signals.
#include "tests/unit/source_reading.h"

#include <errno.h>
#include <termios.h>

static const struct ppm_program no_columns;

// A header is read in pieces: one of 64 MiB is, one of a byte more is not, whether its end was seen or not, and the other lines are not taken for names.
static void test_endless_headers(void **state)
{
	(void)state;
	const size_t limit = 64u << 20, name = 1000000;
	static const struct {
		size_t more; // than the limit
		const char *end, *problem;
		bool quoted;
	} cases[] = { { 0, "\n", "", false }, { 1, "\n", "1:0 D0009\n", false }, { 200000, "", "1:0 D0009\n", false }, { 200000, "\n1\n", "1:0 D0005\n", true } };
	char *memory = malloc(limit + 2 * name);
	assert_non_null(memory);
	memset(memory, 'x', limit + 2 * name);
	for (size_t i = 0; i < limit + 200000; i += name) {
		char number[16]; // so that no two names are the same
		memcpy(memory + i, number, (size_t)snprintf(number, sizeof number, "%07zu", i / name));
		memory[i + name - 1] = ',';
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t size = limit + cases[i].more, length = strlen(cases[i].end);
		char saved[8] = "";
		memcpy(saved, memory + size, length);
		memcpy(memory + size, cases[i].end, length);
		if (cases[i].quoted)
			memory[0] = '"';
		struct ppm_source_options options = { .keep_problems = 10, .simd = PPM_SIMD_AVX512 };
		struct ppm_data_problems problems;
		ppm_data_problems_init(&problems, NULL, 10, false);
		struct ppm_source *source;
		enum ppm_status status = ppm_source_open_text(&source, ppm_allocator_default(), (struct ppm_slice){ memory, size + length }, &options, &problems);
		assert_int_equal(status, *cases[i].problem ? PPM_ERROR_DATA : PPM_OK);
		char told[32] = "";
		if (problems.first)
			snprintf(told, sizeof told, "%llu:%u %s\n", (unsigned long long)problems.first->line, problems.first->column, ppm_data_code_text(problems.first->code));
		assert_string_equal(told, cases[i].problem);
		ppm_source_close(source);
		ppm_data_problems_free(&problems);
		memcpy(memory + size, saved, length);
	}
	free(memory);
}

static enum ppm_status read_on(struct ppm_source *source)
{
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), NULL, 0));
	struct ppm_source_worker *worker = ppm_source_worker_new(source, &pool);
	assert_non_null(worker);
	enum ppm_status status;
	bool more;
	struct ppm_batch *batch;
	while ((status = ppm_source_next_chunk(worker, &more)) == PPM_OK && more)
		while ((status = ppm_source_next_batch(worker, &batch, &more)) == PPM_OK && more)
			;
	int kept = errno;
	ppm_source_worker_free(worker);
	ppm_text_pool_free(&pool);
	errno = kept;
	return status;
}

// A file that is cut while it is read is told of, wherever it was cut; so is one whose header is gone before its digest is made.
static void test_cut_files(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_append_text(&text, "id,name\n1,x\n2,");
	for (int i = 0; i < 10000; i++)
		ppm_buffer_append_text(&text, "yy");
	ppm_buffer_append_text(&text, "\n3,z\n");
	static const size_t chunk_sizes_here[] = { 7, 1024, 1024 * 1024 };
	for (size_t c = 0; c < 3; c++) {
		for (size_t left = 0; left < text.size; left += left < 40 ? 3 : 1777) {
			for (int digest = 0; digest < 2; digest++) {
				test_file_set(&file, text.data, text.size);
				struct ppm_source_options options = { .keep_problems = 10, .chunk_size = chunk_sizes_here[c] };
				struct ppm_data_problems problems;
				ppm_data_problems_init(&problems, NULL, 10, false);
				struct ppm_source *source;
				assert_int_equal(ppm_source_open(&source, ppm_allocator_default(), file.path, &options, &problems), PPM_OK);
				assert_int_equal(ppm_source_bind(source, &no_columns, &problems), PPM_OK);
				assert_int_equal(ftruncate(file.file, (off_t)left), 0);
				errno = 0;
				enum ppm_status status = digest ? ppm_source_digest_enable(source) : PPM_OK;
				assert_int_equal(status, digest && left < 8 ? PPM_ERROR_IO : PPM_OK);
				if (status == PPM_OK)
					assert_int_equal(read_on(source), PPM_ERROR_IO);
				assert_int_equal(errno, EIO);
				ppm_source_close(source);
				ppm_data_problems_free(&problems);
			}
		}
	}
	ppm_buffer_free(&text);
	test_file_close(&file);
}

// A terminal gives what was typed, and then an error where its other side has gone: behind a header, within it, within a compressed file.
static void test_a_terminal_that_goes_away(void **state)
{
	(void)state;
	const struct ppm_slice whole = PPM_SLICE("id,name\n1,x\n2,y\n");
	const struct ppm_slice compressed = { "\x1f\x8b\x08\0\0\0\0\0\0\x03\0\x10\0\xef\xffid,na", 20 }; // gzip's header, and five of sixteen bytes
	const struct {
		struct ppm_slice typed;
		const char *encoding;
		bool opens;
		size_t chunk_size; // 0: the usual; 8 are the bytes behind the header
	} cases[] = { { whole, NULL, true, 0 }, { whole, NULL, true, 8 }, { { whole.data, 6 }, NULL, false, 0 }, { { whole.data, 6 }, "latin1", false, 0 },
		{ compressed, NULL, false, 0 }, { { "", 0 }, NULL, false, 0 }, { { whole.data, 2 }, NULL, false, 0 } };
	int standard = dup(STDIN_FILENO);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int ours = posix_openpt(O_RDWR | O_NOCTTY);
		assert_true(ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0);
		int other = open(ptsname(ours), O_RDWR | O_NOCTTY);
		struct termios settings;
		assert_true(other >= 0 && tcgetattr(other, &settings) == 0);
		cfmakeraw(&settings);
		assert_int_equal(tcsetattr(other, TCSANOW, &settings), 0);
		write_all(other, cases[i].typed.data, cases[i].typed.size);
		close(other);
		assert_int_equal(dup2(ours, STDIN_FILENO), STDIN_FILENO);
		struct ppm_source_options options = { .keep_problems = 10, .encoding = cases[i].encoding, .chunk_size = cases[i].chunk_size };
		struct ppm_data_problems problems;
		ppm_data_problems_init(&problems, NULL, 10, false);
		struct ppm_source *source;
		enum ppm_status status = ppm_source_open(&source, ppm_allocator_default(), "-", &options, &problems);
		assert_int_equal(status, cases[i].opens ? PPM_OK : PPM_ERROR_IO);
		if (cases[i].opens) {
			assert_int_equal(ppm_source_bind(source, &no_columns, &problems), PPM_OK);
			status = read_on(source);
		}
		assert_int_equal(status, PPM_ERROR_IO);
		assert_int_equal(errno, EIO);
		ppm_source_close(source);
		ppm_data_problems_free(&problems);
		close(ours);
		dup2(standard, STDIN_FILENO);
	}
	close(standard);
}

// A signal that comes once the file is open ends the reading at the next chunk.
static void test_interrupted_between_chunks(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	test_file_set(&file, "a\n1\n2\n", 6);
	volatile int interrupted = 0;
	struct ppm_source_options options = { .keep_problems = 10, .chunk_size = 1, .interrupted = &interrupted };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, NULL, 10, false);
	struct ppm_source *source;
	assert_int_equal(ppm_source_open(&source, ppm_allocator_default(), file.path, &options, &problems), PPM_OK);
	assert_int_equal(ppm_source_bind(source, &no_columns, &problems), PPM_OK);
	interrupted = 1;
	assert_int_equal(read_on(source), PPM_ERROR_INTERRUPTED);
	interrupted = 0;
	assert_int_equal(read_on(source), PPM_ERROR_INTERRUPTED); // it is over for every worker
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	test_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endless_headers),
		cmocka_unit_test(test_cut_files),
		cmocka_unit_test(test_a_terminal_that_goes_away),
		cmocka_unit_test(test_interrupted_between_chunks),
	};
	return cmocka_run_group_tests_name("source limits", tests, NULL, NULL);
}
