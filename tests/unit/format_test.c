// The canonical form of everything that is written in the language in this project: models, modules, and the blocks of the documentation. Each is also shaken: other
// blanks, line ends and comments between its words, which must change neither the model nor what holds of its form.
#include "runtime/base/instrumented.h"
#include "tests/unit/format_check.h"
#include "tests/unit/failing_heap.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SHAKES 12
#define CHANGES 10

static struct {
	unsigned texts, shaken, changed, failed;
} found;

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool check_text(struct ppm_slice text, const char *what)
{
	struct ppm_buffer formed;
	const char *problem;

	ppm_buffer_init(&formed, NULL);
	problem = format_problem(text, &formed);
	if (problem) {
		fprintf(stderr, "%s: %s\n---- the text\n%.*s\n---- its form\n%.*s\n", what, problem, (int)text.size, text.data, (int)formed.size, formed.data);
		found.failed++;
	}
	ppm_buffer_free(&formed);
	return !problem;
}

// The same words with other blanks between them. Where blanks carry meaning the result may be another model, or none: what holds of any text still holds of it.
static void shake(const struct format_input *input, uint64_t seed, struct ppm_buffer *out)
{
	static const char *const blanks[] = { " ", " ", " ", " ", "   ", "\t", "\n", "\n", "\n\n\n", "\r\n", " # a note\n", "\n# a line\n", "\n\n  # apart  \n\n" };
	uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
	unsigned rare = (unsigned)(next_random(&state) % 4) * 8;

	out->size = 0;
	for (uint32_t i = 0; i < input->tokens.count; i++) {
		struct ppm_span span = input->tokens.items[i].span;
		uint32_t from = i ? input->tokens.items[i - 1].span.end : input->source->base;
		// mostly as it was, so that long rows and columns stay what they are
		if (next_random(&state) % (rare + 1))
			ppm_buffer_append(out, input->source->text.data + (from - input->source->base), span.begin - from);
		else
			ppm_buffer_append_text(out, blanks[next_random(&state) % (sizeof blanks / sizeof *blanks)]);
		ppm_buffer_append(out, input->source->text.data + (span.begin - input->source->base), span.end - span.begin);
	}
	ppm_buffer_append_text(out, "\n");
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// One token is another one: a longer word or number, another text. Or, what need not make another model, it is left out or there twice. False when it cannot be changed.
static bool change(const struct format_input *input, uint32_t at, uint64_t how, struct ppm_buffer *out, bool *another)
{
	struct ppm_slice text = input->source->text;
	struct ppm_span span = input->tokens.items[at].span;
	size_t begin = span.begin - input->source->base, end = span.end - input->source->base;

	if (end <= begin || end > text.size)
		return false;
	out->size = 0;
	ppm_buffer_append(out, text.data, begin);
	*another = false;
	if (is_word(text.data[begin]) || (text.data[begin] >= '0' && text.data[begin] <= '9')) {
		ppm_buffer_append(out, text.data + begin, end - begin);
		ppm_buffer_append_char(out, text.data[begin] >= '0' && text.data[begin] <= '9' ? '1' : 'x');
		*another = true;
	} else if (text.data[begin] == '"' && end - begin > 2) {
		ppm_buffer_append_text(out, "\"x");
		ppm_buffer_append(out, text.data + begin + 1, end - begin - 1);
		*another = true;
	} else if (how % 2) {
		ppm_buffer_append(out, text.data + begin, end - begin);
		ppm_buffer_append_char(out, ' ');
		ppm_buffer_append(out, text.data + begin, end - begin);
	}
	ppm_buffer_append(out, text.data + end, text.size - end);
	return !out->failed;
}

// A model in which a name, a number or a text is another one is not the same model: the formatter would notice if it had changed it.
static void check_differences(const struct format_input *input, const char *what)
{
	struct ppm_buffer changed;
	uint64_t state = found.texts * 0x9E3779B97F4A7C15u + 1;

	ppm_buffer_init(&changed, NULL);
	for (int i = 0; i < CHANGES && input->tokens.count; i++) {
		struct format_input after;
		uint32_t at = (uint32_t)(next_random(&state) % input->tokens.count);
		bool another;
		if (!change(input, at, next_random(&state), &changed, &another))
			continue;
		format_input_open(&after, ppm_buffer_slice(&changed));
		if (after.tree && !after.list.errors) {
			bool same = ppm_tree_equal(input->tree, after.tree);
			found.changed++;
			if (same != ppm_tree_equal(after.tree, input->tree) || (same && another)) {
				fprintf(stderr, "%s: the same tree with another word\n%.*s\n", what, (int)changed.size, changed.data);
				found.failed++;
			}
		}
		format_input_close(&after);
	}
	ppm_buffer_free(&changed);
}

static void check_snippet(struct ppm_slice text, const char *what)
{
	struct format_input input;
	struct ppm_buffer shaken;

	format_input_open(&input, text);
	if (input.tree && !input.list.errors && input.tree->statements) {
		found.texts++;
		check_differences(&input, what);
		if (check_text(text, what)) {
			ppm_buffer_init(&shaken, NULL);
			for (uint64_t seed = 0; seed < SHAKES; seed++) {
				shake(&input, seed + found.texts * SHAKES, &shaken);
				found.shaken++;
				if (!check_text(ppm_buffer_slice(&shaken), what))
					break;
			}
			ppm_buffer_free(&shaken);
		}
	}
	format_input_close(&input);
}

static const char *after_line(const char *at, const char *end)
{
	const char *line = memchr(at, '\n', (size_t)(end - at));

	return line ? line + 1 : end;
}

// Blocks between ``` fences, and those that are indented by four blanks.
static void check_page(struct ppm_slice text, const char *path)
{
	const char *at = text.data, *end = text.data + text.size, *begin = NULL;
	struct ppm_buffer block;

	ppm_buffer_init(&block, NULL);
	while (at < end) {
		const char *next = after_line(at, end);
		if (next - at >= 3 && !memcmp(at, "```", 3)) {
			if (begin)
				check_snippet((struct ppm_slice){ begin, (size_t)(at - begin) }, path);
			begin = begin ? NULL : next;
		} else if (!begin && next - at > 4 && !memcmp(at, "    ", 4)) {
			ppm_buffer_append(&block, at + 4, (size_t)(next - at) - 4);
		} else if (!begin && next - at == 1 && block.size) {
			ppm_buffer_append_char(&block, '\n');
		} else if (block.size) {
			check_snippet(ppm_buffer_slice(&block), path);
			block.size = 0;
		}
		at = next;
	}
	if (block.size)
		check_snippet(ppm_buffer_slice(&block), path);
	ppm_buffer_free(&block);
}

static bool ends_with(const char *path, const char *end)
{
	size_t size = strlen(path), length = strlen(end);

	return size > length && !strcmp(path + size - length, end);
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	char *text;
	FILE *file;
	size_t size;

	(void)where;
	// The C library's own call of this, and its path.
	PPM_WRITTEN_OUTSIDE(&path, sizeof path);
	PPM_WRITTEN_OUTSIDE(&status, sizeof status);
	PPM_WRITTEN_OUTSIDE(&kind, sizeof kind);
	PPM_OUTSIDE_BEGINS();
	PPM_WRITTEN_OUTSIDE(path, strlen(path) + 1);
	PPM_OUTSIDE_ENDS();
	PPM_WRITTEN_OUTSIDE(status, sizeof *status);
	if (kind != FTW_F || status->st_size > 1 << 20 || !(ends_with(path, ".ppm") || ends_with(path, ".md")))
		return 0;
	text = malloc((size_t)status->st_size + 1);
	file = fopen(path, "rb");
	assert_non_null(text);
	assert_non_null(file);
	size = fread(text, 1, (size_t)status->st_size, file);
	fclose(file);
	if (ends_with(path, ".ppm"))
		check_snippet((struct ppm_slice){ text, size }, path);
	else
		check_page((struct ppm_slice){ text, size }, path);
	free(text);
	return 0;
}

static void everything_has_a_form(void **state)
{
	static const char *const folders[] = { "examples", "stdlib", "tests", "docs" };

	(void)state;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		assert_int_equal(nftw(folders[i], visit, 16, FTW_PHYS), 0);
	check_snippet(PPM_SLICE("penalty slow_payer when days_late > 30"), "one line");
	print_message("%u texts, shaken %u times, %u other models\n", found.texts, found.shaken, found.changed);
	assert_int_equal(found.failed, 0);
	assert_true(found.texts > 300 && found.changed > 1000);
}

static void expect_form(const char *text, const char *wanted)
{
	struct ppm_buffer formed;

	ppm_buffer_init(&formed, NULL);
	assert_null(format_problem(ppm_slice_of(text), &formed));
	ppm_buffer_append_char(&formed, 0);
	assert_string_equal(formed.data, wanted);
	ppm_buffer_free(&formed);
}

static void line_ends_are_kept(void **state)
{
	(void)state;
	expect_form("let a=1\r\n\r\n\r\n# b  \r\nlet b=a", "let a = 1\r\n\r\n# b\r\nlet b = a\r\n");
	expect_form("\xEF\xBB\xBFlet a=1", "let a = 1\n");
	expect_form("", "");
	expect_form("\n\n# only this\n\n\n# and this\n", "# only this\n\n# and this\n");
}

static void signs_stand_where_they_belong(void **state)
{
	(void)state;
	expect_form("let a = - 1- - 2", "let a = -1 - -2\n");
	expect_form("let a = - - x", "let a = - -x\n");
	expect_form("let a = b . c+f ( - x,g () )in[1 , -2]", "let a = b.c + f(-x, g()) in [1, -2]\n");
	expect_form("let default = default - 1", "let default = default - 1\n");
	expect_form("let a = x default -1", "let a = x default -1\n");
	expect_form("lookup f (a) { -1 or -2 : -3 -4 : 5 }", "lookup f(a) { -1 or -2 : -3  -4 : 5 }\n");
	expect_form("let a = over(1) + weight (2) * (3)", "let a = over(1) + weight(2) * (3)\n");
	expect_form("let a = 3   years+2\tEUR", "let a = 3 years + 2 EUR\n");
}

static void a_unit_stays_away_from_its_figure(void **state)
{
	(void)state;
	expect_form("output { reasons 3\nyears }", "output {\n  reasons 3\n  years\n}\n");
	expect_form("perspective p { a 3\nEUR 4 }", "perspective p {\n  a   3\n  EUR 4\n}\n");
}

static void scenarios_align_their_values(void **state)
{
	(void)state;
	expect_form("scenario   five{horizon=5   years a . b=[ 1,2 ]}", "scenario five { horizon = 5 years  a.b = [1, 2] }\n");
	expect_form("scenario five\"far\"{\nhorizon=5 years\nrate=80%   per year}", "scenario five \"far\" {\n  horizon = 5 years\n  rate    = 80% per year\n}\n");
	expect_form("let scenario = scenario", "let scenario = scenario\n");
}

// ---- every allocation fails once -----------------------------------------------------------------------------------

static void memory_may_run_out(void **state)
{
	struct counted_heap counter = { 0 };
	char *text = malloc(1 << 16);
	FILE *file = fopen("tests/golden/fmt/statements/messy.ppm", "rb");
	size_t size;

	(void)state;
	assert_non_null(text);
	assert_non_null(file);
	size = fread(text, 1, 1 << 16, file);
	fclose(file);
	do {
		struct ppm_allocator allocator = { counted_reallocate, &counter };
		struct ppm_arena arena;
		struct ppm_source_map map;
		struct ppm_diagnostics list;
		struct ppm_source *source;
		struct ppm_buffer out;
		counter = (struct counted_heap){ .fail_at = counter.fail_at + 1 };
		ppm_arena_init(&arena, &allocator);
		ppm_source_map_init(&map, &arena);
		ppm_diagnostics_init(&list, &arena, &map);
		ppm_buffer_init(&out, &allocator);
		source = ppm_source_map_add(&map, PPM_SLICE("m.ppm"), (struct ppm_slice){ text, size });
		if (source) {
			bool done = ppm_format_source(&arena, &list, source, &out);
			// a buffer that cannot be doubled may still get what it needs
			assert_true(done || counter.failed);
			assert_int_equal(done, !arena.failed && !out.failed);
		}
		ppm_buffer_free(&out);
		ppm_arena_free(&arena);
		assert_int_equal(counter.live, 0);
	} while (counter.failed);
	assert_true(counter.fail_at > 10);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_has_a_form),
		cmocka_unit_test(line_ends_are_kept),
		cmocka_unit_test(signs_stand_where_they_belong),
		cmocka_unit_test(a_unit_stays_away_from_its_figure),
		cmocka_unit_test(scenarios_align_their_values),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
