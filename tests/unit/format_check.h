// What must be true of the canonical form of any text, for the unit test and the fuzzer: the same model, with the same comments in their order, and a text whose form is
// itself.
#ifndef PPM_TESTS_UNIT_FORMAT_CHECK_H
#define PPM_TESTS_UNIT_FORMAT_CHECK_H

#include "lang/syntax/format.h"

struct format_input {
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics list;
	struct ppm_source *source;
	struct ppm_tokens tokens;
	struct ppm_syntax_tree *tree;
};

static inline void format_input_open(struct format_input *input, struct ppm_slice text)
{
	memset(input, 0, sizeof *input);
	ppm_arena_init(&input->arena, NULL);
	ppm_source_map_init(&input->map, &input->arena);
	ppm_diagnostics_init(&input->list, &input->arena, &input->map);
	input->source = ppm_source_map_add(&input->map, PPM_SLICE("m.ppm"), text);
	input->tree = input->source ? ppm_parse_model_tokens(&input->arena, &input->list, input->source, &input->tokens) : NULL;
}

static inline void format_input_close(struct format_input *input)
{
	ppm_arena_free(&input->arena);
}

static inline struct ppm_slice format_comment(const struct format_input *input, const struct ppm_comment *comment)
{
	struct ppm_slice text = { input->source->text.data + (comment->span.begin - input->source->base), comment->span.end - comment->span.begin };

	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t' || text.data[text.size - 1] == '\r'))
		text.size--;
	return text;
}

// What is wrong, in words; NULL when nothing is, or when the text has errors and so no form.
static inline const char *format_problem(struct ppm_slice text, struct ppm_buffer *formed)
{
	struct format_input before, after;
	struct ppm_buffer again;
	const struct ppm_comment *a, *b;
	const char *problem = NULL;

	formed->size = 0;
	ppm_buffer_init(&again, NULL);
	format_input_open(&before, text);
	if (!before.tree || before.list.errors) {
		format_input_close(&before);
		return NULL;
	}
	if (!ppm_format_source(&before.arena, &before.list, before.source, formed))
		problem = "it has no form";
	format_input_open(&after, ppm_buffer_slice(formed));
	if (problem) {
	} else if (!after.tree || after.list.errors) {
		problem = "its form has errors";
	} else if (!ppm_tree_equal(before.tree, after.tree)) {
		problem = "its form is another model";
	} else if (before.tokens.count != after.tokens.count) {
		problem = "its form has other words";
	} else {
		for (a = before.tree->comments, b = after.tree->comments; a && b && !problem; a = a->next, b = b->next)
			if (!ppm_slice_equal(format_comment(&before, a), format_comment(&after, b)))
				problem = "its form has other comments";
		if (!problem && (a || b))
			problem = "its form has more or fewer comments";
	}
	if (!problem && (!ppm_format_source(&after.arena, &after.list, after.source, &again) || !ppm_slice_equal(ppm_buffer_slice(formed), ppm_buffer_slice(&again))))
		problem = "its form has another form";
	format_input_close(&before);
	format_input_close(&after);
	ppm_buffer_free(&again);
	return problem;
}

#endif
