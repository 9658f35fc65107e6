// The file of refused records: each as it stood, after where it was and what is wrong with it. With its first four columns cut off the file is
// again one that the model can score, once it was corrected.
#include "runtime/engine/engine_internal.h"
#include "runtime/sink/sink_internal.h"

void ppm_rejects_header(const struct ppm_source *source, struct ppm_buffer *out)
{
	static const char *const names[] = { "line", "column", "code", "message" };
	char delimiter = ppm_source_delimiter(source);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		ppm_buffer_append_text(out, names[i]);
		ppm_buffer_append_char(out, delimiter);
	}
	uint32_t fields = ppm_source_field_count(source);
	for (uint32_t i = 0; i < fields; i++) {
		struct ppm_slice raw = ppm_source_field_raw(source, i);
		if (i)
			ppm_buffer_append_char(out, delimiter);
		ppm_buffer_append(out, raw.data, raw.size);
	}
	ppm_buffer_append_char(out, '\n');
}

void ppm_rejects_row(const struct ppm_source *source, const struct ppm_data_problem *problem, struct ppm_buffer *out)
{
	char delimiter = ppm_source_delimiter(source);
	ppm_buffer_format(out, "%llu", (unsigned long long)problem->line);
	ppm_buffer_append_char(out, delimiter);
	ppm_csv_append_cell(out, problem->column_name, delimiter, false, false);
	ppm_buffer_append_char(out, delimiter);
	ppm_buffer_append_text(out, ppm_data_code_text(problem->code));
	ppm_buffer_append_char(out, delimiter);

	// The message in the words of the terminal, without the place that the other columns hold.
	struct ppm_data_problem placeless = *problem;
	placeless.line = 0;
	placeless.column = 0;
	placeless.column_name = (struct ppm_slice){ NULL, 0 };
	struct ppm_buffer message;
	ppm_buffer_init(&message, out->allocator);
	ppm_data_problem_write(&placeless, (struct ppm_slice){ "", 0 }, &message);
	size_t colon = message.size >= 2 && memcmp(message.data, ": ", 2) == 0 ? 2 : 0;
	if (message.size)
		ppm_csv_append_cell(out, (struct ppm_slice){ message.data + colon, message.size - colon }, delimiter, false, false);
	out->failed |= message.failed;
	ppm_buffer_free(&message);

	ppm_buffer_append_char(out, delimiter);
	ppm_buffer_append(out, problem->record.data, problem->record.size);
	ppm_buffer_append_char(out, '\n');
}
