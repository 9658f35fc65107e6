// Every instruction is printed as its opcode's own equation with the operands filled in, so that there is no second description to keep true: "F[a]" becomes
// f3, "K[k]" the constant, a lone "k" its number. What stands in a side table follows in words. The model's line is printed once, above its instructions.
#include "runtime/bytecode/disasm.h"

#include <stdio.h>

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define LISTED 12u // members of a set, entries of a table: then "…"

static const char class_letters[] = {
#define X(name, letter, type) letter,
	PPM_REGISTER_CLASSES(X)
#undef X
	'?'
};

// A name is the model's or the file's: nothing in it may steer a terminal.
static void append_slice(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_text_append_escaped(out, text, 0, false);
}

static void append_quoted(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append_char(out, '"');
	ppm_text_append_escaped(out, text, 60, true);
	ppm_buffer_append_char(out, '"');
}

static void append_register(struct ppm_buffer *out, enum ppm_register_class class, uint32_t index)
{
	ppm_buffer_format(out, "%c%u", class_letters[class], index);
}

static void append_number(struct ppm_buffer *out, double value)
{
	char text[400];
	// Bounds that a compiler moved by one unit of the last place differ only in digits beyond what is printed elsewhere.
	if (ppm_number_as_decimal(value) != value)
		ppm_buffer_format(out, "%.17g", value);
	else
		ppm_buffer_append(out, text, ppm_number_write(value, text));
}

static void append_scaled(struct ppm_buffer *out, ppm_int128 mantissa, int places)
{
	char text[64];
	int decimals = places;
	// Without the zeros at its end.
	while (decimals > 0 && mantissa % 10 == 0) {
		mantissa /= 10;
		decimals--;
	}
	ppm_buffer_append(out, text, ppm_decimal_write(mantissa, decimals, decimals, text));
}

static void append_date(struct ppm_buffer *out, int32_t date)
{
	char text[10];
	if (date < PPM_DATE_MIN || date > PPM_DATE_MAX) {
		ppm_buffer_format(out, "%d", (int)date);
		return;
	}
	ppm_date_write(date, text);
	ppm_buffer_append(out, text, sizeof text);
}

// ---- what registers hold, as far as columns and outputs tell

enum meaning { MEANING_NONE, MEANING_TEXT, MEANING_DATE, MEANING_MONEY };

static enum meaning column_meaning(const struct ppm_program *program, enum ppm_register_class class, uint32_t index)
{
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!column->read || ppm_column_register(column) != class || column->value != index)
			continue;
		switch (column->type) {
		case PPM_COLUMN_TEXT: return MEANING_TEXT;
		case PPM_COLUMN_DATE: return MEANING_DATE;
		case PPM_COLUMN_MONEY: return MEANING_MONEY;
		default: return MEANING_NONE;
		}
	}
	return MEANING_NONE;
}

static void append_integer(struct ppm_buffer *out, const struct ppm_program *program, int64_t value, enum meaning meaning)
{
	if (meaning == MEANING_TEXT && value >= 0 && value < program->text_count)
		append_quoted(out, program->texts[value]);
	else if (meaning == MEANING_DATE && value >= INT32_MIN && value <= INT32_MAX)
		append_date(out, (int32_t)value);
	else if (meaning == MEANING_MONEY)
		append_scaled(out, value, PPM_MONEY_PLACES);
	else
		ppm_buffer_format(out, "%lld", (long long)value);
}

static void append_constant(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_instruction *instruction, uint32_t index)
{
	const struct ppm_opcode_info *info = ppm_opcode_info(instruction->op);
	if (index >= program->constant_count) {
		ppm_buffer_append_text(out, "?");
		return;
	}
	const union ppm_constant *constant = &program->constants[index];
	switch (info->operands[5]) {
	case PPM_OPERAND_CONSTANT_F:
	case PPM_OPERAND_RANGE_F:
		append_number(out, constant->f64);
		break;
	case PPM_OPERAND_CONSTANT_X:
		append_scaled(out, constant->x128, PPM_EXACT_PLACES);
		break;
	default: {
		// What is compared with a column is written as the column is.
		enum ppm_register_class class = ppm_operand_class(info->operands[1]);
		append_integer(out, program, constant->i64, class == PPM_CLASS_NONE ? MEANING_NONE : column_meaning(program, class, instruction->b));
		break;
	}
	}
}

// ---- the equation

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static uint16_t operand_of(const struct ppm_instruction *instruction, char name)
{
	switch (name) {
	case 'a': return instruction->a;
	case 'b': return instruction->b;
	case 'c': return instruction->c;
	case 'd': return instruction->d;
	default: return instruction->e;
	}
}

static enum ppm_register_class class_of_letter(char letter)
{
	switch (letter) {
	case 'M': return PPM_CLASS_MASK;
	case 'F': return PPM_CLASS_F64;
	case 'L': return PPM_CLASS_I64;
	case 'X': return PPM_CLASS_X128;
	case 'I': return PPM_CLASS_I32;
	case 'H': return PPM_CLASS_I16;
	default: return PPM_CLASS_NONE;
	}
}

// "F[a]" at text: its register is appended and its length returned; 0 when no operand stands there.
static size_t append_operand(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_instruction *instruction, const char *text)
{
	if (text[0] == 'K' && text[1] == '[' && text[2] == 'k') {
		uint32_t index = instruction->k;
		size_t at = 3;
		if (strncmp(text + at, " + ", 3) == 0 && text[at + 3] >= '1' && text[at + 3] <= '9') {
			index += (uint32_t)(text[at + 3] - '0');
			at += 4;
		}
		if (text[at] != ']')
			return 0;
		append_constant(out, program, instruction, index);
		return at + 1;
	}
	enum ppm_register_class class = class_of_letter(text[0]);
	if (class == PPM_CLASS_NONE || text[1] != '[' || text[2] < 'a' || text[2] > 'e' || text[3] != ']')
		return 0;
	append_register(out, class, operand_of(instruction, text[2]));
	return 4;
}

static void append_meaning(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_instruction *instruction, const char *meaning)
{
	char before = ' ';
	for (const char *text = meaning; *text;) {
		size_t taken = is_word(before) ? 0 : append_operand(out, program, instruction, text);
		if (!taken && *text == 'k' && !is_word(before) && before != '[' && !is_word(text[1])) {
			ppm_buffer_format(out, "%u", instruction->k);
			taken = 1;
		}
		// "a lane of e": the mask of the lanes that matter.
		if (!taken && !is_word(before) && strncmp(text, "of e", 4) == 0 && !is_word(text[4])) {
			ppm_buffer_format(out, "of m%u", instruction->e);
			taken = 4;
		}
		if (!taken) {
			ppm_buffer_append_char(out, *text);
			taken = 1;
		}
		text += taken;
		before = text[-1];
	}
}

// ---- side tables, in words

static void append_set(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_set *set)
{
	uint32_t listed = 0;
	ppm_buffer_append_text(out, "{");
	for (uint32_t i = 0; i < set->bit_count; i++) {
		if (!(set->bits[i / 32] >> (i % 32) & 1))
			continue;
		if (listed++ == LISTED) {
			ppm_buffer_append_text(out, ", \xe2\x80\xa6");
			break;
		}
		ppm_buffer_append_text(out, listed > 1 ? ", " : " ");
		append_integer(out, program, (int64_t)set->base + i, MEANING_TEXT);
	}
	ppm_buffer_append_text(out, " }");
}

static void append_linear(struct ppm_buffer *out, const struct ppm_linear *linear)
{
	static const char *const relations[] = { "=", "<", "<=", ">", ">=" };
	for (uint32_t i = 0; i < linear->count; i++)
		ppm_buffer_format(out, "%s%lld * l%u", i ? " + " : "", (long long)linear->coefficients[i], linear->registers[i]);
	if (linear->constant) {
		char digits[64];
		size_t size = ppm_decimal_write(linear->constant, 0, 0, digits);
		ppm_buffer_format(out, " + %.*s", (int)size, digits);
	}
	ppm_buffer_format(out, " %s 0", linear->relation < 5 ? relations[linear->relation] : "?");
}

static void append_map(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_map *map)
{
	ppm_buffer_append_text(out, "{");
	for (uint32_t i = 0; i <= map->entry_count; i++) {
		if (i == LISTED && map->entry_count > LISTED) {
			ppm_buffer_append_text(out, ", \xe2\x80\xa6");
			i = map->entry_count;
		}
		ppm_buffer_append_text(out, i ? ", " : " ");
		const union ppm_constant *entry = &map->otherwise;
		if (i < map->entry_count) {
			entry = &map->entries[i];
			append_integer(out, program, i, MEANING_TEXT);
			ppm_buffer_append_text(out, ": ");
		} else {
			ppm_buffer_append_text(out, "otherwise: ");
		}
		if (map->class == PPM_CLASS_F64)
			append_number(out, entry->f64);
		else if (map->class == PPM_CLASS_X128)
			append_scaled(out, entry->x128, PPM_EXACT_PLACES);
		else
			append_integer(out, program, entry->i64, map->class == PPM_CLASS_I64 ? MEANING_MONEY : MEANING_NONE);
	}
	ppm_buffer_append_text(out, " }");
}

static const char *const text_test_words[] = { "contains", "starts with", "ends with", "matches", "<", "<=", ">", ">=" };

static void append_call(struct ppm_buffer *out, const struct ppm_instruction *instruction, const struct ppm_call *call)
{
	append_register(out, call->result, instruction->a);
	ppm_buffer_append_text(out, " = ");
	append_slice(out, call->name);
	ppm_buffer_append_char(out, '(');
	for (uint32_t i = 0; i < call->argument_count; i++) {
		if (i)
			ppm_buffer_append_text(out, ", ");
		append_register(out, call->arguments[i], call->registers[i]);
	}
	ppm_buffer_format(out, ") in m%u; m%u = it has a value", instruction->e, instruction->d);
	if (call->why_missing.size) {
		ppm_buffer_append_text(out, " (not: ");
		append_slice(out, call->why_missing);
		ppm_buffer_append_char(out, ')');
	}
}

static void append_reasons(struct ppm_buffer *out, const struct ppm_reason_list *list)
{
	ppm_buffer_format(out, "the %u costliest of %u reasons into i%u", list->count, list->unit_count, list->first);
	if (list->count > 1)
		ppm_buffer_format(out, " \xe2\x80\xa6 i%u", (unsigned)list->first + list->count - 1);
	for (uint32_t i = 0; i < list->unit_count; i++) {
		const struct ppm_reason_unit *unit = &list->units[i];
		if (i == LISTED) {
			ppm_buffer_append_text(out, "; \xe2\x80\xa6");
			break;
		}
		ppm_buffer_format(out, "%s%u costs ", i ? "; " : ": ", i);
		if (unit->value == PPM_NO_REGISTER)
			append_number(out, unit->cost);
		else
			append_register(out, PPM_CLASS_F64, unit->value);
		if (unit->factor != PPM_NO_REGISTER)
			ppm_buffer_format(out, " * f%u", unit->factor);
		if (unit->set != PPM_NO_REGISTER)
			ppm_buffer_format(out, " where m%u", unit->set);
	}
}

// The equation of an instruction whose side table says more than its number would; false when there is none.
static bool append_special(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_instruction *instruction)
{
	static const char *const relations[] = { "=", "<", "<=", ">", ">=" };
	uint32_t k = instruction->k;
	switch (instruction->op) {
	case PPM_OP_TEXT_IN_SET:
		ppm_buffer_format(out, "m%u = i%u in ", instruction->a, instruction->b);
		append_set(out, program, &program->sets[k]);
		return true;
	case PPM_OP_TEXT_TEST:
		ppm_buffer_format(out, "m%u = i%u %s ", instruction->a, instruction->b, text_test_words[program->text_tests[k].kind]);
		append_quoted(out, program->text_tests[k].operand);
		ppm_buffer_format(out, " in m%u", instruction->e);
		return true;
	case PPM_OP_TEXT_TEST_BY:
		ppm_buffer_format(out, "m%u = i%u %s i%u in m%u", instruction->a, instruction->b, text_test_words[k], instruction->c, instruction->e);
		return true;
	case PPM_OP_MAP_F64:
	case PPM_OP_MAP_I64:
	case PPM_OP_MAP_X128:
	case PPM_OP_MAP_I32:
		append_register(out, program->maps[k].class, instruction->a);
		ppm_buffer_format(out, " = i%u in ", instruction->b);
		append_map(out, program, &program->maps[k]);
		return true;
	case PPM_OP_LINEAR_COMPARE:
		ppm_buffer_format(out, "m%u = ", instruction->a);
		append_linear(out, &program->linears[k]);
		return true;
	case PPM_OP_COMPARE_RATE:
		ppm_buffer_format(out, "m%u = l%u / f%u %s ", instruction->a, instruction->b, instruction->c, relations[program->rates[k].relation]);
		append_scaled(out, program->rates[k].value, PPM_EXACT_PLACES);
		ppm_buffer_format(out, " in m%u; m%u = f%u != 0", instruction->e, instruction->d, instruction->c);
		return true;
	case PPM_OP_SHARE_I64:
		append_register(out, PPM_CLASS_F64, instruction->a);
		ppm_buffer_append_text(out, " = 0..100 of ");
		append_register(out, PPM_CLASS_I64, instruction->b);
		ppm_buffer_format(out, " in %lld \xe2\x80\xa6 %lld", (long long)program->point_ranges[k].low, (long long)program->point_ranges[k].high);
		return true;
	case PPM_OP_SUM_IF_I16:
	case PPM_OP_SUM_SHARE:
	case PPM_OP_SUM_SHARE_I16: {
		const struct ppm_point_sum *sum = &program->point_sums[k];
		bool share = instruction->op != PPM_OP_SUM_IF_I16;
		append_register(out, instruction->op == PPM_OP_SUM_SHARE ? PPM_CLASS_F64 : PPM_CLASS_I16, instruction->a);
		ppm_buffer_format(out, share ? " = 0..100 of (%d" : " = %d", sum->base);
		for (uint32_t i = 0; i < sum->count; i++)
			ppm_buffer_format(out, "%s%d where m%u", sum->points[i] < 0 ? " - " : " + ", sum->points[i] < 0 ? -sum->points[i] : sum->points[i], sum->masks[i]);
		if (share)
			ppm_buffer_format(out, ") in %d \xe2\x80\xa6 %d", sum->low, sum->high);
		return true;
	}
	case PPM_OP_WEIGHTED_MEAN:
	case PPM_OP_ROUNDED_MEAN_I16: {
		const struct ppm_mean *mean = &program->means[k];
		const bool rounded = instruction->op == PPM_OP_ROUNDED_MEAN_I16;
		ppm_buffer_format(out, "%c%u = (", rounded ? 'h' : 'f', instruction->a);
		for (uint32_t i = 0; i < mean->count; i++) {
			ppm_buffer_append_text(out, i ? " + " : "");
			append_number(out, mean->weights[i]);
			ppm_buffer_format(out, " * %c%u", rounded ? 'h' : 'f', mean->registers[i]);
		}
		ppm_buffer_append_text(out, ") / ");
		append_number(out, mean->divisor);
		if (rounded)
			ppm_buffer_format(out, mean->places ? ", to %u decimals, times %d" : ", to %u decimals", mean->places, mean->places == 1 ? 10 : 100);
		return true;
	}
	case PPM_OP_NUMBER_FROM_I16:
		ppm_buffer_format(out, "f%u = h%u", instruction->a, instruction->b);
		if (k)
			ppm_buffer_format(out, " / %lld", (long long)ppm_power_of_ten[k <= PPM_NUMBER_PLACES_I16 ? k : 0]);
		return true;
	case PPM_OP_CHOOSE_I32: {
		const struct ppm_choice *choice = &program->choices[k];
		ppm_buffer_format(out, "i%u = ", instruction->a);
		for (uint32_t i = 0; i < choice->count; i++)
			ppm_buffer_format(out, "m%u ? %d : ", choice->masks[i], (int)choice->values[i]);
		ppm_buffer_format(out, "%d", (int)choice->otherwise);
		return true;
	}
	case PPM_OP_SCALE_F64:
		ppm_buffer_format(out, "f%u = ", instruction->a);
		for (uint32_t i = 0; i < 2; i++) {
			ppm_buffer_append_text(out, i ? " to " : "");
			append_constant(out, program, instruction, k + i);
		}
		ppm_buffer_format(out, " as f%u goes ", instruction->b);
		for (uint32_t i = 2; i < 4; i++) {
			ppm_buffer_append_text(out, i > 2 ? " to " : "");
			append_constant(out, program, instruction, k + i);
		}
		return true;
	case PPM_OP_CALL:
		append_call(out, instruction, &program->calls[k]);
		return true;
	case PPM_OP_REASONS:
		append_reasons(out, &program->reason_lists[k]);
		return true;
	default:
		return false;
	}
}

// ---- sections

static size_t width_of(struct ppm_buffer *scratch, struct ppm_slice text)
{
	scratch->size = 0;
	append_slice(scratch, text);
	return ppm_utf8_width(scratch->data, scratch->size);
}

static void append_padded(struct ppm_buffer *out, struct ppm_slice text, size_t width)
{
	size_t begin = out->size;
	append_slice(out, text);
	if (out->failed)
		return;
	for (size_t shown = ppm_utf8_width(out->data + begin, out->size - begin); shown < width; shown++)
		ppm_buffer_append_char(out, ' ');
}

static void append_columns(struct ppm_buffer *out, const struct ppm_program *program)
{
	struct ppm_buffer scratch;
	size_t longest = 0;
	ppm_buffer_init(&scratch, out->allocator);
	for (uint32_t i = 0; i < program->column_count; i++) {
		size_t width = width_of(&scratch, program->columns[i].name);
		longest = width > longest ? width : longest;
	}
	out->failed |= scratch.failed;
	ppm_buffer_free(&scratch);
	ppm_buffer_append_text(out, "\ncolumns\n");
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		char registers[32] = "-";
		if (column->read && column->optional)
			snprintf(registers, sizeof registers, "%c%u m%u", class_letters[ppm_column_register(column)], column->value, column->present);
		else if (column->read)
			snprintf(registers, sizeof registers, "%c%u", class_letters[ppm_column_register(column)], column->value);
		ppm_buffer_format(out, "  %-10s ", registers);
		append_padded(out, column->name, longest);
		ppm_buffer_append_text(out, "  ");
		append_slice(out, column->type_text);
		if (column->key)
			ppm_buffer_append_text(out, " key");
		if (column->optional)
			ppm_buffer_append_text(out, " optional");
		if (column->read && column->type == PPM_COLUMN_TEXT)
			ppm_buffer_append_text(out, column->pooled ? ", as codes of all its texts" : ", as codes of the model's texts");
		static const char *const origins[] = { "", ", kept", ", kept, of the company", ", of the outer row", ", of the inner row", ", of the pair" };
		ppm_buffer_append_text(out, (size_t)column->origin < sizeof origins / sizeof *origins ? origins[column->origin] : "");
		if (!column->read)
			ppm_buffer_append_text(out, column->passed ? ", passed through" : ", not read");
		if (column->header.size && !ppm_slice_equal(column->name, column->header)) {
			ppm_buffer_append_text(out, " from ");
			append_quoted(out, column->header);
		}
		ppm_buffer_append_char(out, '\n');
	}
}

static struct ppm_slice source_line(const struct ppm_program_source *source, uint32_t line)
{
	const char *text = source->text.data, *end = text + source->text.size;
	for (uint32_t at = 1; text < end && at < line; at++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			return (struct ppm_slice){ "", 0 };
		text = next + 1;
	}
	const char *stop = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
	struct ppm_slice found = { text, (size_t)((stop ? stop : end) - text) };
	while (found.size && (found.data[0] == ' ' || found.data[0] == '\t')) {
		found.data++;
		found.size--;
	}
	while (found.size && (found.data[found.size - 1] == '\r' || found.data[found.size - 1] == ' ' || found.data[found.size - 1] == '\t'))
		found.size--;
	return found;
}

void ppm_disassemble_place(struct ppm_buffer *out, const struct ppm_program *program, struct ppm_place place)
{
	if (!place.line || place.source >= program->source_count) {
		ppm_buffer_append_text(out, "\n(no line of the model)\n");
		return;
	}
	const struct ppm_program_source *source = &program->sources[place.source];
	ppm_buffer_append_char(out, '\n');
	ppm_text_append_escaped(out, source->path, 0, false);
	ppm_buffer_format(out, ":%u  ", place.line);
	ppm_text_append_escaped(out, source_line(source, place.line), 160, false);
	ppm_buffer_append_char(out, '\n');
}

static void append_instruction(struct ppm_buffer *out, const struct ppm_program *program, uint32_t at)
{
	const struct ppm_instruction *instruction = &program->instructions[at];
	if (instruction->op >= PPM_OPCODE_COUNT) {
		ppm_buffer_format(out, "  %4u  unknown opcode %u\n", at, instruction->op);
		return;
	}
	const struct ppm_opcode_info *info = ppm_opcode_info(instruction->op);
	char name[32];
	size_t size = 0;
	for (; info->name[size] && size < sizeof name - 1; size++) {
		char c = info->name[size];
		name[size] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	name[size] = '\0';
	ppm_buffer_format(out, "  %4u  %-18s  ", at, name);
	if (!append_special(out, program, instruction)) {
		append_meaning(out, program, instruction, info->meaning);
		// Where the equation does not name the lanes that matter, they follow.
		if (ppm_operand_class(info->operands[4]) == PPM_CLASS_MASK && !strstr(info->meaning, "M[e]") && !strstr(info->meaning, " of e"))
			ppm_buffer_format(out, "  [m%u]", instruction->e);
	}
	ppm_buffer_append_char(out, '\n');
}

static void append_code(struct ppm_buffer *out, const struct ppm_program *program)
{
	struct ppm_place last = { 0 };
	for (uint32_t i = 0; i < program->instruction_count; i++) {
		struct ppm_place place = program->places ? program->places[i] : (struct ppm_place){ 0 };
		if (i == 0 || place.line != last.line || place.source != last.source)
			ppm_disassemble_place(out, program, place);
		last = place;
		append_instruction(out, program, i);
	}
}

static void append_value(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_value *value)
{
	static const char *const kinds[] = { "", "number", "percent", "money", "money of 12 places", "date", "days", "months", "text", "flag", "points", "reasons" };
	static const enum ppm_register_class classes[] = { PPM_CLASS_NONE, PPM_CLASS_F64, PPM_CLASS_F64, PPM_CLASS_I64, PPM_CLASS_X128, PPM_CLASS_I32, PPM_CLASS_I32, PPM_CLASS_I32, PPM_CLASS_I32,
		PPM_CLASS_MASK, PPM_CLASS_I64, PPM_CLASS_I32 };
	size_t kind = (size_t)value->format.kind;
	if (value->format.kind == PPM_FORMAT_PASS) {
		ppm_buffer_append_text(out, "the field of column ");
		if (value->column < program->column_count)
			append_slice(out, program->columns[value->column].name);
		return;
	}
	if (kind >= sizeof kinds / sizeof *kinds)
		return;
	append_register(out, classes[kind], value->value);
	if (value->format.kind == PPM_FORMAT_REASONS && value->count > 1)
		ppm_buffer_format(out, " \xe2\x80\xa6 i%u", (unsigned)value->value + value->count - 1);
	if (value->present != PPM_NO_REGISTER)
		ppm_buffer_format(out, " where m%u", value->present);
	ppm_buffer_format(out, ", %s", kinds[kind]);
	if (value->format.decimals >= 0 && (value->format.kind == PPM_FORMAT_NUMBER || value->format.kind == PPM_FORMAT_PERCENT || value->format.kind == PPM_FORMAT_MONEY || value->format.kind == PPM_FORMAT_EXACT))
		ppm_buffer_format(out, ", %d decimals", value->format.decimals);
	if (value->format.kind == PPM_FORMAT_POINTS && value->format.scale)
		ppm_buffer_format(out, ", %u places", value->format.scale);
}

// What a program keeps for later ones; the columns' names are the job's.
static void append_stores(struct ppm_buffer *out, const struct ppm_program *program)
{
	ppm_buffer_append_text(out, "\nkept\n");
	if (program->keeps)
		ppm_buffer_format(out, "  rows where m%u\n", program->keep);
	for (uint32_t i = 0; i < program->store_count; i++) {
		ppm_buffer_format(out, "  column %u  ", program->stores[i].table_column);
		append_register(out, program->stores[i].class, program->stores[i].value);
		if (program->stores[i].present != PPM_NO_REGISTER)
			ppm_buffer_format(out, " where m%u", program->stores[i].present);
		ppm_buffer_append_char(out, '\n');
	}
}

static void append_results(struct ppm_buffer *out, const struct ppm_program *program)
{
	static const char *const tallies[] = { [PPM_TALLY_TIER] = "tier",
		[PPM_TALLY_RULE_UNKNOWN] = "rule unknown",
		[PPM_TALLY_TIER_PASSED_OVER] = "tier passed over",
		[PPM_TALLY_OVERRIDDEN] = "overridden",
		[PPM_TALLY_SCORE_MISSING] = "score missing",
		[PPM_TALLY_INCOMPLETE] = "incomplete" };
	struct ppm_buffer scratch;
	size_t longest = 0;
	if (program->store_count || program->keeps) {
		append_stores(out, program);
		return;
	}
	ppm_buffer_init(&scratch, out->allocator);
	for (uint32_t i = 0; i < program->output_count; i++) {
		size_t width = width_of(&scratch, program->outputs[i].name);
		longest = width > longest ? width : longest;
	}
	out->failed |= scratch.failed;
	ppm_buffer_free(&scratch);
	ppm_buffer_append_text(out, "\nresults\n");
	if (program->pass_all_columns)
		ppm_buffer_append_text(out, "  every column of the file\n");
	for (uint32_t i = 0; i < program->output_count; i++) {
		ppm_buffer_append_text(out, "  ");
		append_padded(out, program->outputs[i].name, longest);
		ppm_buffer_append_text(out, "  ");
		append_value(out, program, &program->outputs[i].value);
		ppm_buffer_append_char(out, '\n');
	}
	if (program->tally_count)
		ppm_buffer_append_text(out, "\ncounted\n");
	for (uint32_t i = 0; i < program->tally_count; i++) {
		const struct ppm_tally *tally = &program->tallies[i];
		size_t kind = (size_t)tally->kind;
		ppm_buffer_format(out, "  m%-4u %s", tally->mask, kind < sizeof tallies / sizeof *tallies ? tallies[kind] : "?");
		if (tally->name.size) {
			ppm_buffer_append_char(out, ' ');
			append_slice(out, tally->name);
		}
		ppm_buffer_append_char(out, '\n');
	}
}

void ppm_program_disassemble(const struct ppm_program *program, struct ppm_buffer *out)
{
	if (program->model_name.size) {
		ppm_buffer_append_text(out, "model ");
		append_slice(out, program->model_name);
		ppm_buffer_append_text(out, ": ");
	}
	ppm_program_disassemble_code(program, out);
}

void ppm_program_disassemble_code(const struct ppm_program *program, struct ppm_buffer *out)
{
	ppm_buffer_format(out, "%u instructions; registers:", program->instruction_count);
	static const char *const holds[] = { "masks", "numbers", "money and points", "money of 12 places", "dates, durations and texts", "small points" };
	bool any = false;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class++) {
		if (!program->register_counts[class])
			continue;
		ppm_buffer_format(out, "%s %u %c (%s)", any ? "," : "", program->register_counts[class], class_letters[class], holds[class]);
		any = true;
	}
	ppm_buffer_append_text(out, any ? "\n" : " none\n");
	if (program->column_count || !program->store_count)
		append_columns(out, program);
	append_code(out, program);
	append_results(out, program);
}
