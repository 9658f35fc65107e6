// What came of the tests: for people, as TAP 14 and as JUnit's XML. Nothing of a model or a row reaches the output unescaped.
#include "lang/testing/testing.h"

#include "runtime/base/text.h"

#define RED "\x1b[1;31m"
#define GREEN "\x1b[1;32m"
#define PLAIN "\x1b[0m"
#define SHOW(slice) (int)(slice).size, (slice).data

static void append_shown(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_text_append_escaped(out, text, 200, false);
}

// ---- what every form says -------------------------------------------------------------------------------------------

static void append_values(struct ppm_buffer *out, const struct ppm_test_value *values, uint32_t count, const char *between)
{
	for (uint32_t i = 0; i < count; i++) {
		ppm_buffer_append_text(out, i ? between : "");
		append_shown(out, values[i].name);
		if (values[i].missing)
			ppm_buffer_append_text(out, " is missing");
		else {
			ppm_buffer_append_text(out, " = ");
			append_shown(out, values[i].value);
		}
	}
}

// "score = 65.1"; what is missing where the expectation is neither yes nor no.
static void append_actual(struct ppm_buffer *out, const struct ppm_test_failure *failure)
{
	append_values(out, failure->sides, failure->side_count, ", ");
	if (!failure->side_count)
		ppm_buffer_append_text(out, failure->missing ? "it is missing" : "it does not hold");
}

static void place_of(const struct ppm_testing *testing, struct ppm_span span, struct ppm_slice *file, uint32_t *line, uint32_t *column)
{
	const struct ppm_source *source = ppm_source_map_place(ppm_model_sources(testing->model), span.begin, line, column);
	*file = source ? source->path : PPM_SLICE("");
	if (!source)
		*line = *column = 0;
}

static void append_facts(struct ppm_buffer *out, const struct ppm_test_failure *failure)
{
	for (uint32_t i = 0; i < failure->fact_count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		append_shown(out, failure->facts[i]);
	}
}

// ---- for people -------------------------------------------------------------------------------------------------------

static void text_failure(struct ppm_testing_report *report, const struct ppm_testing *testing, const struct ppm_test_failure *failure)
{
	struct ppm_buffer *out = &report->body;
	ppm_diag_excerpt(ppm_model_sources(testing->model), failure->span, failure->missing ? PPM_SLICE("this is missing") : PPM_SLICE("this does not hold"), report->colour, out);
	ppm_buffer_append_text(out, "  expected  ");
	append_shown(out, failure->written);
	ppm_buffer_append_text(out, "\n  actual    ");
	append_actual(out, failure);
	ppm_buffer_append_char(out, '\n');
	if (failure->fact_count) {
		ppm_buffer_append_text(out, "  missing   ");
		append_facts(out, failure);
		ppm_buffer_append_char(out, '\n');
	}
	if (failure->read_count) {
		ppm_buffer_append_text(out, "  where     ");
		append_values(out, failure->reads, failure->read_count, "\n            ");
		ppm_buffer_append_char(out, '\n');
	}
}

static void text_model(struct ppm_testing_report *report, const struct ppm_testing *testing)
{
	struct ppm_buffer *out = &report->body;
	for (uint32_t i = 0; i < testing->count; i++) {
		const struct ppm_test_result *result = &testing->results[i];
		if (result->outcome == PPM_TEST_PASSED)
			continue;
		ppm_buffer_append_text(out, report->colour ? RED "failed" PLAIN ": " : "failed: ");
		append_shown(out, result->title);
		ppm_buffer_append_char(out, '\n');
		if (result->outcome == PPM_TEST_ERROR)
			ppm_diag_excerpt(ppm_model_sources(testing->model), result->span, result->problem, report->colour, out);
		for (uint32_t k = 0; k < result->failure_count; k++)
			text_failure(report, testing, &result->failures[k]);
		if (result->explanation.size) {
			ppm_buffer_append_char(out, '\n');
			ppm_buffer_append(out, result->explanation.data, result->explanation.size);
		}
		ppm_buffer_append_char(out, '\n');
	}
}

// ---- TAP 14 -----------------------------------------------------------------------------------------------------------

// A double-quoted scalar of YAML, which JSON's texts are.
static void yaml_text(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append_char(out, '"');
	for (size_t at = 0; at < text.size;) {
		size_t length;
		uint32_t code = ppm_utf8_decode(text.data + at, text.size - at, &length);
		if (code == '"' || code == '\\')
			ppm_buffer_format(out, "\\%c", (char)code);
		else if (code == '\n')
			ppm_buffer_append_text(out, "\\n");
		else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF || (code >= 0x202A && code <= 0x202E) ||
			(code >= 0x2066 && code <= 0x2069) || code == 0x61C || code == 0x200E || code == 0x200F || code == 0xFFFE || code == 0xFFFF)
			ppm_buffer_format(out, "\\u%04x", (unsigned)code);
		else if (code == 0xFFFD)
			ppm_buffer_append_text(out, "\xEF\xBF\xBD");
		else
			ppm_buffer_append(out, text.data + at, length);
		at += length;
	}
	ppm_buffer_append_char(out, '"');
}

static void tap_line(struct ppm_testing_report *report, bool passed, struct ppm_slice title)
{
	struct ppm_buffer *out = &report->body, shown;
	ppm_buffer_init(&shown, out->allocator);
	append_shown(&shown, title);
	ppm_buffer_format(out, "%s %u - ", passed ? "ok" : "not ok", report->passed + report->failed);
	for (size_t i = 0; i < shown.size; i++) {
		if (shown.data[i] == '#' || shown.data[i] == '\\')
			ppm_buffer_append_char(out, '\\');
		ppm_buffer_append_char(out, shown.data[i]);
	}
	ppm_buffer_append_char(out, '\n');
	out->failed = out->failed || shown.failed;
	ppm_buffer_free(&shown);
}

static void tap_place(struct ppm_buffer *out, const struct ppm_testing *testing, struct ppm_span span, const char *indent)
{
	struct ppm_slice file;
	uint32_t line, column;
	place_of(testing, span, &file, &line, &column);
	ppm_buffer_format(out, "%sat:\n%s  file: ", indent, indent);
	yaml_text(out, file);
	ppm_buffer_format(out, "\n%s  line: %u\n%s  column: %u\n", indent, line, indent, column);
}

static void tap_entry(struct ppm_buffer *out, const char *name, struct ppm_slice value)
{
	ppm_buffer_append_text(out, name);
	yaml_text(out, value);
	ppm_buffer_append_char(out, '\n');
}

static void tap_result(struct ppm_testing_report *report, const struct ppm_testing *testing, const struct ppm_test_result *result)
{
	struct ppm_buffer *out = &report->body, text;
	tap_line(report, result->outcome == PPM_TEST_PASSED, result->title);
	if (result->outcome == PPM_TEST_PASSED)
		return;
	ppm_buffer_init(&text, out->allocator);
	ppm_buffer_append_text(out, "  ---\n");
	tap_entry(out, "  severity: ", result->outcome == PPM_TEST_ERROR ? PPM_SLICE("error") : PPM_SLICE("fail"));
	if (result->outcome == PPM_TEST_ERROR) {
		tap_entry(out, "  message: ", result->problem);
		tap_place(out, testing, result->span, "  ");
	} else
		ppm_buffer_append_text(out, "  failures:\n");
	for (uint32_t i = 0; i < result->failure_count; i++) {
		const struct ppm_test_failure *failure = &result->failures[i];
		tap_entry(out, "    - expected: ", failure->written);
		text.size = 0;
		append_actual(&text, failure);
		tap_entry(out, "      actual: ", ppm_buffer_slice(&text));
		if (failure->fact_count) {
			text.size = 0;
			append_facts(&text, failure);
			tap_entry(out, "      missing: ", ppm_buffer_slice(&text));
		}
		tap_place(out, testing, failure->span, "      ");
		if (failure->read_count)
			ppm_buffer_append_text(out, "      values:\n");
		for (uint32_t k = 0; k < failure->read_count; k++) {
			ppm_buffer_append_text(out, "        ");
			yaml_text(out, failure->reads[k].name);
			ppm_buffer_append_text(out, ": ");
			if (failure->reads[k].missing)
				ppm_buffer_append_text(out, "null");
			else
				yaml_text(out, failure->reads[k].value);
			ppm_buffer_append_char(out, '\n');
		}
	}
	if (result->explanation.size)
		tap_entry(out, "  explanation: ", result->explanation);
	ppm_buffer_append_text(out, "  ...\n");
	out->failed = out->failed || text.failed;
	ppm_buffer_free(&text);
}

// ---- JUnit --------------------------------------------------------------------------------------------------------------

// XML 1.0 has no place for most control characters, not even escaped: they are shown as ppmc shows them elsewhere.
static void xml_text(struct ppm_buffer *out, struct ppm_slice text, bool attribute)
{
	for (size_t at = 0; at < text.size;) {
		size_t length;
		uint32_t code = ppm_utf8_decode(text.data + at, text.size - at, &length);
		if (code == '<')
			ppm_buffer_append_text(out, "&lt;");
		else if (code == '>')
			ppm_buffer_append_text(out, "&gt;");
		else if (code == '&')
			ppm_buffer_append_text(out, "&amp;");
		else if (code == '"')
			ppm_buffer_append_text(out, "&quot;");
		else if (code == '\n' || code == '\t')
			ppm_buffer_format(out, attribute ? "&#%u;" : "%c", code);
		else if (code == 0xFFFE || code == 0xFFFF)
			ppm_buffer_format(out, "\\u{%x}", (unsigned)code);
		else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code == 0xFFFD && length == 1))
			ppm_text_append_escaped(out, (struct ppm_slice){ text.data + at, length }, 0, false);
		else
			ppm_buffer_append(out, text.data + at, length);
		at += length;
	}
}

static void xml_attribute(struct ppm_buffer *out, const char *name, struct ppm_slice value)
{
	ppm_buffer_format(out, " %s=\"", name);
	xml_text(out, value, true);
	ppm_buffer_append_char(out, '"');
}

static void junit_failure(struct ppm_buffer *out, const struct ppm_testing *testing, const struct ppm_test_result *result, uint32_t index)
{
	const struct ppm_test_failure *failure = &result->failures[index];
	struct ppm_slice file;
	struct ppm_buffer text;
	uint32_t line, column;
	ppm_buffer_init(&text, out->allocator);
	ppm_buffer_format(&text, "expected %.*s; ", SHOW(failure->written));
	append_actual(&text, failure);
	ppm_buffer_append_text(out, "      <failure");
	xml_attribute(out, "message", ppm_buffer_slice(&text));
	ppm_buffer_append_text(out, " type=\"expectation\">");
	text.size = 0;
	place_of(testing, failure->span, &file, &line, &column);
	append_shown(&text, file);
	ppm_buffer_format(&text, ":%u:%u\n", line, column);
	append_values(&text, failure->sides, failure->side_count, "\n");
	ppm_buffer_append_text(&text, failure->side_count ? "\n" : "");
	append_values(&text, failure->reads, failure->read_count, "\n");
	ppm_buffer_append_text(&text, failure->read_count ? "\n" : "");
	if (failure->fact_count) {
		ppm_buffer_append_text(&text, "missing: ");
		append_facts(&text, failure);
		ppm_buffer_append_char(&text, '\n');
	}
	if (index + 1 == result->failure_count && result->explanation.size)
		ppm_buffer_format(&text, "\n%.*s", SHOW(result->explanation));
	xml_text(out, ppm_buffer_slice(&text), false);
	ppm_buffer_append_text(out, "</failure>\n");
	out->failed = out->failed || text.failed;
	ppm_buffer_free(&text);
}

static void junit_suite(struct ppm_buffer *out, struct ppm_slice path, uint32_t tests, uint32_t failures, uint32_t errors)
{
	ppm_buffer_append_text(out, "  <testsuite");
	xml_attribute(out, "name", path);
	ppm_buffer_format(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\">\n", tests, failures, errors);
}

static void junit_case(struct ppm_buffer *out, struct ppm_slice path, struct ppm_slice title)
{
	ppm_buffer_append_text(out, "    <testcase");
	xml_attribute(out, "classname", path);
	xml_attribute(out, "name", title);
}

static void junit_error(struct ppm_buffer *out, struct ppm_slice problem)
{
	ppm_buffer_append_text(out, ">\n      <error");
	xml_attribute(out, "message", problem);
	ppm_buffer_append_text(out, "/>\n    </testcase>\n");
}

static void junit_model(struct ppm_testing_report *report, struct ppm_slice path, const struct ppm_testing *testing)
{
	struct ppm_buffer *out = &report->body;
	uint32_t errors = 0;
	for (uint32_t i = 0; i < testing->count; i++)
		errors += testing->results[i].outcome == PPM_TEST_ERROR;
	junit_suite(out, path, testing->count, testing->failed - errors, errors);
	for (uint32_t i = 0; i < testing->count; i++) {
		const struct ppm_test_result *result = &testing->results[i];
		struct ppm_slice file;
		uint32_t line, column;
		place_of(testing, result->span, &file, &line, &column);
		junit_case(out, path, result->title);
		xml_attribute(out, "file", file);
		ppm_buffer_format(out, " line=\"%u\"", line);
		if (result->outcome == PPM_TEST_PASSED)
			ppm_buffer_append_text(out, "/>\n");
		else if (result->outcome == PPM_TEST_ERROR)
			junit_error(out, result->problem);
		else {
			ppm_buffer_append_text(out, ">\n");
			for (uint32_t k = 0; k < result->failure_count; k++)
				junit_failure(out, testing, result, k);
			ppm_buffer_append_text(out, "    </testcase>\n");
		}
	}
	ppm_buffer_append_text(out, "  </testsuite>\n");
}

// ---- the whole ------------------------------------------------------------------------------------------------------------

void ppm_testing_report_begin(struct ppm_testing_report *report, const struct ppm_allocator *allocator, enum ppm_testing_format format, bool colour)
{
	*report = (struct ppm_testing_report){ .format = format, .colour = colour };
	ppm_buffer_init(&report->body, allocator);
}

void ppm_testing_report_model(struct ppm_testing_report *report, struct ppm_slice path, const struct ppm_testing *testing)
{
	if (report->format == PPM_TESTING_TEXT)
		text_model(report, testing);
	else if (report->format == PPM_TESTING_JUNIT)
		junit_model(report, path, testing);
	else if (testing->count) {
		ppm_buffer_append_text(&report->body, "# ");
		append_shown(&report->body, path);
		ppm_buffer_append_char(&report->body, '\n');
	}
	for (uint32_t i = 0; i < testing->count; i++) {
		*(testing->results[i].outcome == PPM_TEST_PASSED ? &report->passed : &report->failed) += 1;
		if (report->format == PPM_TESTING_TAP)
			tap_result(report, testing, &testing->results[i]);
	}
}

void ppm_testing_report_broken(struct ppm_testing_report *report, struct ppm_slice path, struct ppm_slice problem)
{
	struct ppm_buffer *out = &report->body;
	report->failed++;
	report->broken++;
	if (report->format == PPM_TESTING_TAP) {
		tap_line(report, false, path);
		ppm_buffer_append_text(out, "  ---\n");
		tap_entry(out, "  severity: ", PPM_SLICE("error"));
		tap_entry(out, "  message: ", problem);
		ppm_buffer_append_text(out, "  ...\n");
	}
	if (report->format == PPM_TESTING_JUNIT) {
		junit_suite(out, path, 1, 0, 1);
		junit_case(out, path, path);
		junit_error(out, problem);
		ppm_buffer_append_text(out, "  </testsuite>\n");
	}
}

void ppm_testing_report_end(struct ppm_testing_report *report, struct ppm_buffer *out)
{
	struct ppm_slice body = ppm_buffer_slice(&report->body);
	uint32_t count = report->passed + report->failed;
	if (report->format == PPM_TESTING_TAP)
		ppm_buffer_format(out, "TAP version 14\n1..%u\n", count);
	if (report->format == PPM_TESTING_JUNIT)
		ppm_buffer_format(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%u\" failures=\"%u\">\n", count, report->failed);
	if (body.size)
		ppm_buffer_append(out, body.data, body.size);
	if (report->format == PPM_TESTING_TEXT && !report->quiet) {
		ppm_buffer_append_text(out, !report->colour ? "" : report->failed ? RED : GREEN);
		ppm_buffer_format(out, "%u passed, %u failed", report->passed, report->failed - report->broken);
		if (report->broken)
			ppm_buffer_format(out, ", %u model%s not tested", report->broken, report->broken == 1 ? "" : "s");
		ppm_buffer_append_text(out, report->colour ? PLAIN "\n" : "\n");
	}
	if (report->format == PPM_TESTING_JUNIT)
		ppm_buffer_append_text(out, "</testsuites>\n");
	out->failed = out->failed || report->body.failed;
	ppm_buffer_free(&report->body);
}
