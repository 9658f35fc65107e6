// Real registers for virtual ones. A register lives from its first write to its last use; since jumps only go forwards, a scan in order of the code with a
// list of free registers for each class is all it takes. Columns keep theirs: they point into the source's memory.

#include "lang/emit/emitter.h"

#include <string.h>

struct life {
	uint32_t last; // index of the last instruction that names it
	uint32_t real; // NO_VIRTUAL until its first
	bool column;
};

struct pool {
	uint32_t *free;
	size_t count, capacity;
	uint32_t made;
};

static inline uint32_t *operand_of(struct ppm_virtual *v, int i)
{
	switch (i) {
	case 0: return &v->a;
	case 1: return &v->b;
	case 2: return &v->c;
	case 3: return &v->d;
	case 4: return &v->e;
	default: return &v->k;
	}
}

// For each opcode a bit for each operand that names a register; the last one is that of the riding registers.
static const uint8_t register_operands[PPM_OPCODE_COUNT + 1] = {
#define NAMES(kind) (PPM_OPERAND_##kind >= PPM_OPERAND_OUT_M && PPM_OPERAND_##kind <= PPM_OPERAND_ADD_L)
#define OP(name, a, b, c, d, e, k, meaning)                                                                                                                                    \
	(PPM_OP_##name == PPM_OP_CALL) | NAMES(a) | NAMES(b) << 1 | NAMES(c) << 2 | NAMES(d) << 3 | NAMES(e) << 4 | NAMES(k) << 5,
#include "runtime/bytecode/opcodes.def"
#undef OP
#undef NAMES
	1
};

// One after the other: the lowest of the operands left.
static inline int next_operand(unsigned *left)
{
	int operand = __builtin_ctz(*left);
	*left &= *left - 1;
	return operand;
}

// The class of an operand that names a register. A call's result and the riding registers say their class themselves.
static inline enum ppm_register_class class_of(const struct ppm_emitter *e, const struct ppm_virtual *v, int i)
{
	if (v->op == PPM_OPCODE_COUNT)
		return (enum ppm_register_class)v->b;
	if (v->op == PPM_OP_CALL && i == 0)
		return e->program->calls[v->k].result;
	return ppm_operand_class(ppm_opcode_info((enum ppm_opcode)v->op)->operands[i]);
}

static bool has_riders(uint16_t op)
{
	return op == PPM_OP_CALL || op == PPM_OP_LINEAR_COMPARE || op == PPM_OP_CHOOSE_I32 || op == PPM_OP_SUM_IF_I16 || op == PPM_OP_SUM_SHARE || op == PPM_OP_SUM_SHARE_I16 ||
		op == PPM_OP_WEIGHTED_MEAN || op == PPM_OP_ROUNDED_MEAN_I16;
}

// Riding registers are named by an instruction that comes after them: a call's arguments by the call, results by the end of the code.
static void extend(struct ppm_emitter *e, struct life *lives[PPM_CLASS_COUNT])
{
	size_t next_call = e->code_count;
	for (size_t i = e->code_count; i-- > 0;) {
		struct ppm_virtual *v = &e->code[i];
		if (has_riders(v->op))
			next_call = i;
		for (unsigned left = register_operands[v->op]; left;) {
			int o = next_operand(&left);
			struct life *life = &lives[class_of(e, v, o)][*operand_of(v, o)];
			size_t until = i;
			if (v->op == PPM_OPCODE_COUNT)
				until = v->d <= PPM_RIDE_MEAN ? next_call : e->code_count;
			if (until > life->last)
				life->last = (uint32_t)until;
		}
		// What only results ask for is made when they do: of what it is made of.
		if (v->op == PPM_OP_NUMBER_FROM_I16 && lives[PPM_CLASS_F64][v->a].last == e->code_count)
			lives[PPM_CLASS_I16][v->b].last = (uint32_t)e->code_count;
	}
}

static bool is_written(const struct ppm_virtual *v, int i)
{
	if (v->op == PPM_OP_CALL && i == 0)
		return true;
	enum ppm_operand_kind kind = ppm_opcode_info((enum ppm_opcode)v->op)->operands[i];
	return kind >= PPM_OPERAND_OUT_M && kind <= PPM_OPERAND_OUT_H;
}

static bool is_added_to(const struct ppm_virtual *v, int i)
{
	enum ppm_operand_kind kind = ppm_opcode_info((enum ppm_opcode)v->op)->operands[i];
	return kind >= PPM_OPERAND_ADD_F && kind <= PPM_OPERAND_ADD_L;
}

// Takes out what nobody reads: scoring is emitted whole, and not every result asks for all of it. From the end backwards, an instruction stays when
// something after it needs what it writes. A jump's target moves with the code.
static void sweep(struct ppm_emitter *e)
{
	uint8_t *needed[PPM_CLASS_COUNT] = { NULL };
	uint8_t *kept = ppm_allocate_zeroed(e->allocator, e->code_count + 1, 1);
	bool fine = kept != NULL;
	for (int c = 0; c < PPM_CLASS_COUNT; c++) {
		needed[c] = ppm_allocate_zeroed(e->allocator, (size_t)e->counts[c] + 1, 1);
		fine = fine && needed[c];
	}
	bool user_kept = true; // the call or comparison that riding registers before it belong to
	for (size_t i = fine ? e->code_count : 0; i-- > 0;) {
		struct ppm_virtual *v = &e->code[i];
		bool keep = false, writes = false;
		if (v->op == PPM_OPCODE_COUNT) {
			keep = v->d > PPM_RIDE_MEAN || user_kept;
			if (keep)
				needed[v->b][v->a] = 1;
			kept[i] = keep;
			continue;
		}
		for (unsigned left = register_operands[v->op]; left;) {
			int o = next_operand(&left);
			if (!is_written(v, o) && !is_added_to(v, o))
				continue;
			writes = true;
			keep = keep || needed[class_of(e, v, o)][*operand_of(v, o)];
		}
		keep = keep || !writes; // jumps, reasons, the end
		kept[i] = keep;
		if (has_riders(v->op))
			user_kept = keep;
		for (unsigned left = keep ? register_operands[v->op] : 0; left;) {
			int o = next_operand(&left);
			if (!is_written(v, o))
				needed[class_of(e, v, o)][*operand_of(v, o)] = 1;
		}
	}
	if (fine) {
		uint32_t *moved = ppm_allocate(e->allocator, e->code_count + 1, sizeof *moved);
		fine = moved != NULL;
		size_t count = 0;
		for (size_t i = 0; fine && i < e->code_count; i++) {
			moved[i] = (uint32_t)count;
			count += kept[i];
		}
		if (fine)
			moved[e->code_count] = (uint32_t)count;
		count = 0;
		for (size_t i = 0; fine && i < e->code_count; i++)
			if (kept[i]) {
				struct ppm_virtual v = e->code[i];
				if (v.op == PPM_OP_SKIP_IF_NONE)
					v.k = moved[v.k];
				e->code[count++] = v;
			}
		if (fine)
			e->code_count = count;
		ppm_free(e->allocator, moved);
	}
	e->failed = e->failed || !fine;
	for (int c = 0; c < PPM_CLASS_COUNT; c++)
		ppm_free(e->allocator, needed[c]);
	ppm_free(e->allocator, kept);
}

static uint32_t take(struct pool *pool)
{
	return pool->count ? pool->free[--pool->count] : pool->made++;
}

static void ride_off(struct ppm_emitter *e, const struct ppm_virtual *v, uint32_t real)
{
	struct ppm_program *p = e->program;
	uint16_t r = (uint16_t)real;
	switch ((enum ppm_ride)v->d) {
	case PPM_RIDE_ARGUMENT: p->calls[v->k].registers[v->c] = r; break;
	case PPM_RIDE_TERM: p->linears[v->k].registers[v->c] = r; break;
	case PPM_RIDE_CHOICE: ((uint16_t *)(uintptr_t)p->choices[v->k].masks)[v->c] = r; break;
	case PPM_RIDE_SUM: ((uint16_t *)(uintptr_t)p->point_sums[v->k].masks)[v->c] = r; break;
	case PPM_RIDE_MEAN: ((uint16_t *)(uintptr_t)p->means[v->k].registers)[v->c] = r; break;
	case PPM_RIDE_REASON_SET: ((struct ppm_reason_unit *)(uintptr_t)p->reason_lists[v->k].units)[v->c].set = r; break;
	case PPM_RIDE_REASON_VALUE: ((struct ppm_reason_unit *)(uintptr_t)p->reason_lists[v->k].units)[v->c].value = r; break;
	case PPM_RIDE_REASON_FACTOR: ((struct ppm_reason_unit *)(uintptr_t)p->reason_lists[v->k].units)[v->c].factor = r; break;
	case PPM_RIDE_REASON_SLOT:
		if (v->c == 0)
			p->reason_lists[v->k].first = r;
		break;
	case PPM_RIDE_VALUE: e->values[v->c]->value = r; break;
	case PPM_RIDE_PRESENT: e->values[v->c]->present = r; break;
	case PPM_RIDE_TALLY: p->tallies[v->k].mask = r; break;
	case PPM_RIDE_SCORE: p->score = r; break;
	case PPM_RIDE_SCORE_PRESENT: p->score_present = r; break;
	case PPM_RIDE_STORE: p->stores[v->k].value = r; break;
	case PPM_RIDE_STORE_PRESENT: p->stores[v->k].present = r; break;
	case PPM_RIDE_KEEP: p->keep = r; break;
	}
}

// A call or comparison that is never reached has no instruction left over; every other instruction moves up by the riders before it.
static void write_code(struct ppm_emitter *e, struct life *lives[PPM_CLASS_COUNT], struct pool pools[PPM_CLASS_COUNT])
{
	struct ppm_program *p = e->program;
	uint32_t *moved = ppm_allocate(e->allocator, e->code_count + 1, sizeof *moved);
	p->instructions = ppm_arena_allocate(&p->arena, e->code_count + 1, sizeof *p->instructions);
	p->places = ppm_arena_allocate(&p->arena, e->code_count + 1, sizeof *p->places);
	if (!moved || !p->instructions || !p->places) {
		e->failed = true;
		ppm_free(e->allocator, moved);
		return;
	}
	uint32_t count = 0;
	for (size_t i = 0; i < e->code_count; i++) {
		moved[i] = count;
		count += e->code[i].op != PPM_OPCODE_COUNT;
	}
	moved[e->code_count] = count;
	for (size_t i = 0; i < e->code_count && !e->failed; i++) {
		struct ppm_virtual v = e->code[i];
		uint32_t freed[6];
		enum ppm_register_class freed_class[6];
		int frees = 0;
		for (unsigned left = register_operands[v.op]; left;) {
			int o = next_operand(&left);
			enum ppm_register_class class = class_of(e, &e->code[i], o);
			uint32_t number = *operand_of(&e->code[i], o);
			struct life *life = &lives[class][number];
			if (life->real == NO_VIRTUAL)
				life->real = take(&pools[class]);
			if (life->last == i && !life->column) {
				bool twice = false;
				for (int f = 0; f < frees; f++)
					twice = twice || (freed[f] == life->real && freed_class[f] == class);
				if (!twice) {
					freed[frees] = life->real;
					freed_class[frees++] = class;
				}
			}
			*operand_of(&v, o) = life->real;
		}
		if (v.op == PPM_OPCODE_COUNT)
			ride_off(e, &v, v.a);
		else {
			if (v.op == PPM_OP_SKIP_IF_NONE)
				v.k = moved[v.k];
			p->instructions[moved[i]] = (struct ppm_instruction){ v.op, (uint16_t)v.a, (uint16_t)v.b, (uint16_t)v.c, (uint16_t)v.d, (uint16_t)v.e, v.k };
			p->places[moved[i]] = ppm_emit_place(e->map, v.span);
		}
		for (int f = 0; f < frees; f++) { // an instruction's own inputs are free only after it: no kernel writes where it reads
			struct pool *pool = &pools[freed_class[f]];
			if (!ppm_grow(e->allocator, (void **)&pool->free, &pool->capacity, pool->count + 1, sizeof *pool->free)) {
				e->failed = true;
				break;
			}
			pool->free[pool->count++] = freed[f];
		}
	}
	p->instruction_count = count;
	ppm_free(e->allocator, moved);
}

static void pin(struct life *lives[PPM_CLASS_COUNT], struct pool pools[PPM_CLASS_COUNT], enum ppm_register_class class, uint32_t number)
{
	lives[class][number].column = true;
	lives[class][number].real = take(&pools[class]);
}

void ppm_emit_allocate(struct ppm_emitter *e)
{
	sweep(e);
	struct life *lives[PPM_CLASS_COUNT] = { NULL };
	struct pool pools[PPM_CLASS_COUNT];
	memset(pools, 0, sizeof pools);
	for (int c = 0; c < PPM_CLASS_COUNT; c++) {
		lives[c] = ppm_allocate_zeroed(e->allocator, (size_t)e->counts[c] + 1, sizeof **lives);
		if (!lives[c])
			e->failed = true;
		for (uint32_t i = 0; lives[c] && i < e->counts[c]; i++)
			lives[c][i].real = NO_VIRTUAL;
	}
	if (!e->failed) {
		for (uint32_t i = 0; i < e->plan->column_count; i++) {
			if (e->column_value[i] != NO_VIRTUAL)
				pin(lives, pools, ppm_emit_column_class(&e->plan->columns[i]), e->column_value[i]);
			if (e->column_present[i] != NO_VIRTUAL)
				pin(lives, pools, PPM_CLASS_MASK, e->column_present[i]);
		}
		// a reason list's slots lie side by side
		for (size_t i = 0; i < e->code_count; i++)
			if (e->code[i].op == PPM_OPCODE_COUNT && e->code[i].d == PPM_RIDE_REASON_SLOT)
				lives[PPM_CLASS_I32][e->code[i].a].real = pools[PPM_CLASS_I32].made++;
		extend(e, lives);
		write_code(e, lives, pools);
	}
	for (int c = 0; c < PPM_CLASS_COUNT; c++) {
		e->program->register_counts[c] = pools[c].made;
		e->limit = e->limit || pools[c].made > PPM_NO_REGISTER;
		ppm_free(e->allocator, pools[c].free);
	}
	if (!e->failed)
		for (uint32_t i = 0; i < e->plan->column_count; i++) {
			if (!e->program_column[i])
				continue;
			struct ppm_column *column = &e->program->columns[e->program_column[i] - 1];
			if (e->column_value[i] != NO_VIRTUAL)
				column->value = (uint16_t)lives[ppm_emit_column_class(&e->plan->columns[i])][e->column_value[i]].real;
			if (e->column_present[i] != NO_VIRTUAL)
				column->present = (uint16_t)lives[PPM_CLASS_MASK][e->column_present[i]].real;
		}
	for (int c = 0; c < PPM_CLASS_COUNT; c++)
		ppm_free(e->allocator, lives[c]);
}
