// Any bytes as a CSV file, in small chunks and two threads. Nothing may crash; every record is scored or refused, never both or neither.
#include "lang/ppm.h"
#include "runtime/engine/engine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const char text[] =
	"dataset d { a text key  b number optional missing \"N/A\"  c money format \"$1,234.50\"  d date format \"D/M/YYYY\"  e flag optional  f percent optional }\n"
	"penalty late 10 when b > 3 missing 0\nreward big 5 when c >= 100\nreward on 2 when e missing 0\n"
	"tier good when score >= 50\ntier rest otherwise\noutput { a  b  c  d  score  tier }\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *out, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*out = PPM_SLICE(text);
	*identity = path;
	return PPM_OK;
}

static void run(const struct ppm_program *program, const char *path, const char *encoding)
{
	struct ppm_source_options options = { .chunk_size = 64, .simd = ppm_simd_best(), .keep_problems = 20, .keep_records = true, .encoding = encoding };
	struct ppm_engine_options engine = { .threads = 2, .simd = options.simd, .rejects = true, .sample = 3 };
	struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV, .excel_safe = true };
	struct ppm_engine_report report = { 0 };
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;

	ppm_data_problems_init(&problems, NULL, 20, false);
	if (ppm_source_open(&source, NULL, path, &options, &problems) == PPM_OK && ppm_source_bind(source, program, &problems) == PPM_OK) {
		struct ppm_sink *sink = ppm_sink_new(NULL, program, source, &sink_options);
		if (sink) {
			enum ppm_status status = ppm_engine_run(&report, NULL, program, source, sink, NULL, NULL, &engine);
			if (status == PPM_OK && report.records != report.scored + report.refused)
				abort();
			ppm_engine_report_free(&report);
		}
		ppm_sink_free(sink);
	}
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ppm_compile_options options = { .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model = NULL;
	int file = memfd_create("fuzz", 0);
	char path[64];

	if (file < 0)
		return 0;
	if (size && write(file, data, size) == (ssize_t)size && ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options) == PPM_OK) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", file);
		run(ppm_model_program(model), path, data[0] & 1 ? NULL : "latin1");
	} else if (size) {
		abort(); // the model above is right
	}
	ppm_model_free(model);
	close(file);
	return 0;
}
