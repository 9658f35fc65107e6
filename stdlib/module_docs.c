// Reads a module by the line: its layout is the project's own, and a test holds every module to it.
#include "stdlib/module_docs.h"

static bool next_line(struct ppm_slice text, size_t *at, struct ppm_slice *line)
{
	if (*at >= text.size)
		return false;
	const char *start = text.data + *at, *end = memchr(start, '\n', text.size - *at);
	line->data = start;
	line->size = end ? (size_t)(end - start) : text.size - *at;
	*at += line->size + (end != NULL);
	return true;
}

static bool begins(struct ppm_slice line, const char *with)
{
	size_t size = strlen(with);
	return line.size >= size && memcmp(line.data, with, size) == 0;
}

// "finite(margin, retention)" of "define finite(margin, retention) = …", "limit" of "param limit = 0.1".
static struct ppm_slice declared(struct ppm_slice line)
{
	static const char *const words[] = { "define ", "lookup ", "param " };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!begins(line, words[i]))
			continue;
		size_t from = strlen(words[i]), to = from;
		while (to < line.size && line.data[to] != '=' && line.data[to] != '{')
			to++;
		while (to > from && line.data[to - 1] == ' ')
			to--;
		return (struct ppm_slice){ line.data + from, to - from };
	}
	return (struct ppm_slice){ NULL, 0 };
}

bool ppm_module_next(struct ppm_slice module, size_t *at, struct ppm_module_entry *entry)
{
	struct ppm_slice line, comment = { NULL, 0 };
	bool first = *at == 0;
	while (next_line(module, at, &line)) {
		if (begins(line, "#")) {
			if (!comment.size)
				comment.data = line.data;
			comment.size = (size_t)(line.data + line.size - comment.data);
			continue;
		}
		struct ppm_slice signature = declared(line);
		if (first && comment.size && !signature.size) {
			*entry = (struct ppm_module_entry){ .comment = comment };
			return true;
		}
		if (signature.size && signature.data[0] != '_') {
			const char *parenthesis = memchr(signature.data, '(', signature.size);
			size_t name = parenthesis ? (size_t)(parenthesis - signature.data) : signature.size;
			*entry = (struct ppm_module_entry){ { signature.data, name }, signature, comment };
			return true;
		}
		comment = (struct ppm_slice){ NULL, 0 };
	}
	return false;
}

bool ppm_module_comment_line(struct ppm_slice comment, size_t *at, struct ppm_slice *line)
{
	if (!next_line(comment, at, line))
		return false;
	size_t skipped = begins(*line, "# ") ? 2 : begins(*line, "#") ? 1 : 0;
	line->data += skipped;
	line->size -= skipped;
	return true;
}

struct ppm_slice ppm_module_label(struct ppm_slice line, struct ppm_slice *rest)
{
	static const char *const labels[] = { "Formula", "Units", "Missing", "Source", "Example" };
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		size_t size = strlen(labels[i]);
		if (begins(line, labels[i]) && line.size > size + 2 && line.data[size] == ':' && line.data[size + 1] == ' ') {
			*rest = (struct ppm_slice){ line.data + size + 2, line.size - size - 2 };
			return (struct ppm_slice){ line.data, size };
		}
	}
	*rest = line;
	return (struct ppm_slice){ line.data, 0 };
}
