// Any bytes as a model, changed by the word as well: compiled as `check`, `lint`, `fmt`, `diff`, `perfect` and `disasm` do. Nothing may crash, leak or hang; and
// - a model compiles with fused instructions when it does without, and its programs and jobs verify;
// - its canonical form compiles to the same program;
// - against itself it has no changes;
// - what is said of it is text without control characters, and JSON where that is asked for;
// - when memory runs out at any one allocation, compiling says so, or does not mind.
#include "lang/analysis/lint_fix.h"
#include "lang/analysis/perfect.h"
#include "lang/compare/changes.h"
#include "lang/plan/plan.h"
#include "lang/syntax/format.h"
#include "runtime/bytecode/disasm.h"
#include "runtime/bytecode/verify.h"
#include "runtime/base/number.h"
#include "tests/fuzz/json.h"
#include "tests/fuzz/tokens.h"
#include "tests/unit/failing_heap.h"

TOKENS_MUTATORS(0);

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	if (!ppm_slice_is(path, "model.ppm")) {
		snprintf(problem, 256, "there is no such file");
		return PPM_ERROR_IO;
	}
	*text = *(const struct ppm_slice *)context;
	*identity = path;
	return PPM_OK;
}

static struct ppm_compile_options options_of(struct ppm_slice *text, bool optimise)
{
	static const struct ppm_slice headers[] = { FUZZ_TEXT("customer_id"), FUZZ_TEXT("days_late"), FUZZ_TEXT("revenue") };
	return (struct ppm_compile_options){ .loader = { load, text }, .today = 20000, .headers = headers, .header_count = 3, .optimise = optimise };
}

static struct ppm_model *compile(struct ppm_slice *text, bool optimise)
{
	struct ppm_compile_options options = options_of(text, optimise);
	struct ppm_model *model = NULL;
	enum ppm_status status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	char problem[256];

	if (!model || (status != PPM_OK && status != PPM_ERROR_MODEL))
		fuzz_fail("status %d", (int)status);
	if ((status == PPM_OK) != (ppm_model_program(model) != NULL) || (status == PPM_OK) != (ppm_model_diagnostics(model)->errors == 0))
		fuzz_fail("status %d, %u errors", (int)status, ppm_model_diagnostics(model)->errors);
	if (ppm_model_program(model) && !ppm_program_verify(ppm_model_program(model), problem, sizeof problem))
		fuzz_fail("the verifier refuses the program: %s", problem);
	if (ppm_model_job(model) && !ppm_job_verify(ppm_model_job(model), problem, sizeof problem))
		fuzz_fail("the verifier refuses the job: %s", problem);
	return model;
}

// ---- what is said

static void check_plain(struct ppm_slice text, const char *what)
{
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];
		if ((c < 32 && c != '\n') || c == 127) {
			fuzz_show(what, text);
			fuzz_fail("%s: a control character", what);
		}
	}
	if (!oracle_is_utf8((const unsigned char *)text.data, text.size)) {
		fuzz_show(what, text);
		fuzz_fail("%s: not UTF-8", what);
	}
}

static void check_json(struct ppm_slice text, bool lines, const char *what)
{
	if (json_sound(text, lines))
		return;
	fuzz_show(what, text);
	fuzz_fail("%s: not JSON", what);
}

static void check_diagnostics(struct ppm_diagnostics *list)
{
	struct ppm_buffer out = { 0 };

	ppm_diagnostics_render(list, PPM_DIAG_HUMAN, false, 20, &out);
	check_plain(ppm_buffer_slice(&out), "diagnostics");
	out.size = 0;
	ppm_diagnostics_render(list, PPM_DIAG_SHORT, false, 0, &out);
	check_plain(ppm_buffer_slice(&out), "short diagnostics");
	out.size = 0;
	ppm_diagnostics_render(list, PPM_DIAG_JSON, false, 0, &out);
	check_json(ppm_buffer_slice(&out), true, "diagnostics as JSON");
	ppm_diagnostics_render(list, PPM_DIAG_HUMAN, true, 3, &out);
	ppm_buffer_free(&out);
}

static void check_descriptions(const struct ppm_model *model)
{
	struct ppm_buffer out = { 0 };

	ppm_model_describe(model, &out);
	check_plain(ppm_buffer_slice(&out), "description");
	out.size = 0;
	ppm_model_describe_inferred(model, &out);
	check_plain(ppm_buffer_slice(&out), "inferred columns");
	out.size = 0;
	ppm_program_disassemble(ppm_model_program(model), &out);
	if (ppm_model_job(model))
		ppm_job_disassemble(ppm_model_job(model), &out);
	check_plain(ppm_buffer_slice(&out), "disassembly");
	ppm_buffer_free(&out);
}

static void check_perfect(struct ppm_model *model)
{
	const struct ppm_source_map *sources = ppm_model_sources(model);
	const struct ppm_perfect_request request = { ppm_model_workbench(model), sources, ppm_model_tree(model), true };
	struct ppm_perfect perfect;
	struct ppm_arena arena;
	struct ppm_buffer out = { 0 };

	ppm_arena_init(&arena, NULL);
	if (ppm_perfect_make(&perfect, &arena, &request) != PPM_OK)
		fuzz_fail("perfect ran out of memory");
	ppm_perfect_text(&perfect, sources, false, false, &arena, &out);
	check_plain(ppm_buffer_slice(&out), "perfect prospect");
	out.size = 0;
	ppm_perfect_text(&perfect, sources, true, false, &arena, &out);
	check_plain(ppm_buffer_slice(&out), "perfect prospect as Markdown");
	out.size = 0;
	ppm_perfect_json(&perfect, sources, &out);
	check_json(ppm_buffer_slice(&out), false, "perfect prospect as JSON");
	// What somebody scores is told as it is shown.
	if (perfect.found && perfect.best > perfect.most + 0.5 * pow(10, -(double)perfect.plan->places) + 1e-9)
		fuzz_fail("somebody scores %g, nobody more than %g", perfect.best, perfect.most);
	ppm_buffer_free(&out);
	ppm_arena_free(&arena);
}

// ---- what must mean the same

static void check_same(const struct ppm_model *model, struct ppm_slice text, const char *what)
{
	struct ppm_model *after = compile(&text, true);
	bool same = false;

	if (!ppm_model_program(after)) {
		fuzz_show("made of it", text);
		check_diagnostics(ppm_model_diagnostics(after));
		fuzz_fail("%s: it does not compile", what);
	}
	if (ppm_lint_same_program(model, after, &same) || !same) {
		fuzz_show("made of it", text);
		fuzz_fail("%s: another program", what);
	}
	ppm_model_free(after);
}

static void check_form(const struct ppm_model *model, struct ppm_slice text)
{
	struct ppm_buffer formed = { 0 };
	struct ppm_source_map map;
	struct ppm_diagnostics list;
	struct ppm_arena arena;

	ppm_arena_init(&arena, NULL);
	ppm_source_map_init(&map, &arena);
	ppm_diagnostics_init(&list, &arena, &map);
	struct ppm_source *source = ppm_source_map_add(&map, PPM_SLICE("m.ppm"), text);
	if (!source || !ppm_format_source(&arena, &list, source, &formed))
		fuzz_fail("a model that compiles has no form");
	check_same(model, ppm_buffer_slice(&formed), "its form");
	ppm_arena_free(&arena);
	ppm_buffer_free(&formed);
}

static void check_lint(struct ppm_model *model, struct ppm_slice text)
{
	struct ppm_lint_settings settings;
	struct ppm_lint_report report;
	struct ppm_lint_fix *fixes = NULL;
	struct ppm_buffer mended = { 0 };
	struct ppm_arena arena;

	ppm_lint_settings_init(&settings);
	if (ppm_lint_model(model, &settings, &report) != PPM_OK)
		fuzz_fail("lint ran out of memory");
	ppm_arena_init(&arena, NULL);
	uint32_t count = ppm_lint_fixes(model, &arena, &fixes);
	// What is mended need not mean the same before it was tried, nor compile; it is a text all the same.
	ppm_lint_apply(text, fixes, count, &mended);
	if (count && mended.size) {
		struct ppm_slice after = ppm_buffer_slice(&mended);
		ppm_model_free(compile(&after, true));
	}
	ppm_lint_weigh(ppm_model_diagnostics(model), &settings);
	check_diagnostics(ppm_model_diagnostics(model));
	ppm_arena_free(&arena);
	ppm_buffer_free(&mended);
}

static void check_unchanged(const struct ppm_model *model, struct ppm_slice *text)
{
	struct ppm_model *again = compile(text, true);
	struct ppm_changes changes = { 0 };
	struct ppm_arena arena;

	ppm_arena_init(&arena, NULL);
	if (ppm_changes_find(&arena, model, again, &changes) != PPM_OK)
		fuzz_fail("diff ran out of memory");
	if (changes.count) {
		const struct ppm_changes_names names = { PPM_SLICE("a"), PPM_SLICE("b"), model, again };
		struct ppm_buffer out = { 0 };
		ppm_changes_text(&changes, &names, false, &out);
		fuzz_show("changes", ppm_buffer_slice(&out));
		fuzz_fail("a model differs from itself");
	}
	ppm_arena_free(&arena);
	ppm_model_free(again);
}

static void check_poor(struct ppm_slice *text, uint64_t random)
{
	struct counted_heap heap = { 0 };
	const struct ppm_allocator allocator = { counted_reallocate, &heap };
	struct ppm_compile_options options = options_of(text, true);
	struct ppm_model *model = NULL;

	options.allocator = &allocator;
	ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	ppm_model_free(model);
	size_t calls = heap.calls;
	for (int i = 0; i < 2 && calls; i++) {
		heap = (struct counted_heap){ .fail_at = 1 + fuzz_below(&random, (uint32_t)calls), .from_then_on = fuzz_below(&random, 2) };
		model = NULL;
		enum ppm_status status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
		if (status == PPM_OK && !ppm_model_program(model))
			fuzz_fail("allocation %zu failed, and nothing was said", heap.fail_at);
		ppm_model_free(model);
		if (heap.live)
			fuzz_fail("allocation %zu failed, and %zu blocks leaked", heap.fail_at, heap.live);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ppm_slice text = { (const char *)data, size };
	uint64_t random = fuzz_hash(data, size);
	struct ppm_model *model = compile(&text, true), *plain = compile(&text, false);

	if ((ppm_model_program(model) != NULL) != (ppm_model_program(plain) != NULL))
		fuzz_fail("it compiles only with, or only without, fused instructions");
	ppm_model_free(plain);
	check_diagnostics(ppm_model_diagnostics(model));
	if (ppm_model_program(model)) {
		check_descriptions(model);
		check_form(model, text);
		check_unchanged(model, &text);
		check_lint(model, text);
		if (random % 4 == 0)
			check_perfect(model);
	}
	ppm_model_free(model);
	if (random % 8 == 1)
		check_poor(&text, random);
	return 0;
}
