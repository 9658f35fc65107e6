// The verifier of jobs: a job with every kind of action passes, and each way of spoiling it is refused by its own sentence.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/bytecode/verify.h"
#include "tests/unit/failing_heap.h"

enum { CUSTOMERS, INVOICES, COMPANY, GROUPS, MONTHS, TABLES };
enum { ID, AMOUNT, BOSS, NUMBER, FLAG, GATHERED, OWED, RANK, DEPTH, BELOW, PAIRED, COMPUTED, CUSTOMER_COLUMNS };
enum { CUSTOMER, DUE, LATE, DAY, INVOICE_COLUMNS };
enum { OF_CUSTOMER, OF_BOSS, GROUPED, BY_GROUP, OF_COMPANY, LINKS };
enum {
	LOADS,
	LOADS_INVOICES,
	MATCHES,
	MATCHES_BOSS,
	GROUPS_BY,
	COMPOSES,
	CALENDAR,
	TREE,
	AGGREGATES,
	AGGREGATES_MOST,
	GATHERS,
	RANKS,
	AGGREGATES_TREE,
	PAIRS,
	AGREES,
	EVALUATES,
	SCORES,
	SORTS,
	SUMMARY,
	METRICS,
	ACTIONS
};
enum { LOAD, LOAD_INVOICES, PAIR, EVALUATE, FINAL, OF_GROUPS, OF_METRICS, PROGRAMS };

#define NONE PPM_NO_INDEX

struct small { // a program: columns in, what they hold kept or put out
	struct ppm_program program;
	struct ppm_instruction code[1];
	struct ppm_column columns[8];
	struct ppm_store stores[8];
	struct ppm_output outputs[2];
};

struct fixture {
	struct ppm_job job;
	struct ppm_table tables[TABLES];
	struct ppm_table_column customers[CUSTOMER_COLUMNS], invoices[INVOICE_COLUMNS], company[1], groups[2], months[2];
	struct ppm_link links[LINKS];
	struct ppm_tree tree;
	struct ppm_action actions[ACTIONS];
	struct ppm_job_site site;
	struct small programs[PROGRAMS];
	struct ppm_program *pointers[PROGRAMS];
	struct ppm_slice texts[1];
	struct ppm_key_part key[4];
	uint32_t other[4];
	uint32_t measured[2];
	struct ppm_sort_key sort;
};

static void begin(struct fixture *it, int index)
{
	struct small *p = &it->programs[index];
	p->code[0] = (struct ppm_instruction){ .op = PPM_OP_END };
	p->program = (struct ppm_program){ .instructions = p->code,
		.instruction_count = 1,
		.register_counts = { 8, 8, 8, 8, 8, 8 },
		.texts = it->texts,
		.text_count = 1,
		.columns = p->columns,
		.stores = p->stores,
		.outputs = p->outputs,
		.score = PPM_NO_REGISTER,
		.score_present = PPM_NO_REGISTER };
	it->pointers[index] = &p->program;
}

// A column in the register of its own number; its presence in the mask 7 - number.
static void reads(struct fixture *it, int index, enum ppm_column_type type, enum ppm_column_origin origin, uint32_t table, uint32_t column, bool may_miss)
{
	struct ppm_program *p = it->pointers[index];
	uint16_t number = (uint16_t)p->column_count;
	p->columns[p->column_count++] = (struct ppm_column){
		.type = type, .origin = origin, .table = table, .table_column = column, .read = true, .value = number, .optional = may_miss, .present = (uint16_t)(7 - number)
	};
}

static void keeps(struct fixture *it, int index, uint32_t column, uint32_t table_column)
{
	struct ppm_program *p = it->pointers[index];
	const struct ppm_column *from = &p->columns[column];
	p->stores[p->store_count++] = (struct ppm_store){ ppm_column_register(from), from->value, from->optional ? from->present : PPM_NO_REGISTER, table_column };
}

static void puts_out(struct fixture *it, int index, uint32_t column)
{
	struct ppm_program *p = it->pointers[index];
	p->outputs[p->output_count++] = (struct ppm_output){ .value = { .format = { .kind = PPM_FORMAT_NUMBER }, .value = p->columns[column].value, .present = PPM_NO_REGISTER } };
}

static bool used(void *context, uint32_t table, uint32_t column, bool written)
{
	struct fixture *it = context;
	(void)written;
	if (column < it->tables[table].column_count)
		it->tables[table].columns[column].last_action = it->site.place.line; // the action under way
	return true;
}

static void make(struct fixture *it)
{
	*it = (struct fixture){
		.customers = { [ID] = { .class = PPM_CLASS_I32, .text = true },
			[AMOUNT] = { .class = PPM_CLASS_I64 },
			[BOSS] = { .class = PPM_CLASS_I32, .text = true, .may_miss = true },
			[NUMBER] = { .class = PPM_CLASS_F64 },
			[FLAG] = { .class = PPM_CLASS_MASK },
			[GATHERED] = { .class = PPM_CLASS_F64, .may_miss = true },
			[OWED] = { .class = PPM_CLASS_I64 },
			[RANK] = { .class = PPM_CLASS_F64, .may_miss = true },
			[DEPTH] = { .class = PPM_CLASS_F64 },
			[BELOW] = { .class = PPM_CLASS_I64 },
			[PAIRED] = { .class = PPM_CLASS_F64 },
			[COMPUTED] = { .class = PPM_CLASS_F64, .may_miss = true } },
		.invoices = { [CUSTOMER] = { .class = PPM_CLASS_I32, .text = true },
			[DUE] = { .class = PPM_CLASS_I64 },
			[LATE] = { .class = PPM_CLASS_MASK },
			[DAY] = { .class = PPM_CLASS_I32 } },
		.company = { { .class = PPM_CLASS_F64, .may_miss = true } },
		.groups = { { .class = PPM_CLASS_F64 }, { .class = PPM_CLASS_F64, .may_miss = true } },
		.months = { { .class = PPM_CLASS_I32 }, { .class = PPM_CLASS_I32 } },
		.links = { { .from = INVOICES, .to = CUSTOMERS }, { .from = CUSTOMERS, .to = CUSTOMERS }, { .from = CUSTOMERS, .to = GROUPS }, { .from = INVOICES, .to = GROUPS },
			{ .from = CUSTOMERS, .to = COMPANY } },
		.tree = { .table = CUSTOMERS, .link = OF_BOSS },
		.key = { { false, CUSTOMER }, { false, BOSS }, { false, NUMBER }, { false, NUMBER } },
		.other = { ID, ID, 0, 0 },
		.measured = { NUMBER, DEPTH },
		.sort = { 1, true },
	};
	it->tables[CUSTOMERS] = (struct ppm_table){ .kind = PPM_TABLE_FILE, .columns = it->customers, .column_count = CUSTOMER_COLUMNS, .key = ID, .raw_count = 1 };
	it->tables[INVOICES] = (struct ppm_table){ .kind = PPM_TABLE_FILE, .columns = it->invoices, .column_count = INVOICE_COLUMNS, .key = NONE };
	it->tables[COMPANY] = (struct ppm_table){ .kind = PPM_TABLE_COMPANY, .columns = it->company, .column_count = 1, .key = NONE };
	it->tables[GROUPS] = (struct ppm_table){ .kind = PPM_TABLE_GROUPS, .columns = it->groups, .column_count = 2, .key = NONE };
	it->tables[MONTHS] = (struct ppm_table){ .kind = PPM_TABLE_CALENDAR, .columns = it->months, .column_count = 2, .key = NONE };
	for (int i = 0; i < PROGRAMS; i++)
		begin(it, i);

	reads(it, LOAD, PPM_COLUMN_TEXT, PPM_FROM_FIELD, NONE, NONE, false);
	reads(it, LOAD, PPM_COLUMN_MONEY, PPM_FROM_FIELD, NONE, NONE, false);
	reads(it, LOAD, PPM_COLUMN_TEXT, PPM_FROM_FIELD, NONE, NONE, true);
	reads(it, LOAD, PPM_COLUMN_NUMBER, PPM_FROM_FIELD, NONE, NONE, false);
	reads(it, LOAD, PPM_COLUMN_FLAG, PPM_FROM_FIELD, NONE, NONE, false);
	it->programs[LOAD].columns[0].passed = true;
	for (uint32_t i = ID; i <= FLAG; i++)
		keeps(it, LOAD, i, i);
	reads(it, LOAD_INVOICES, PPM_COLUMN_TEXT, PPM_FROM_FIELD, NONE, NONE, false);
	reads(it, LOAD_INVOICES, PPM_COLUMN_MONEY, PPM_FROM_FIELD, NONE, NONE, false);
	reads(it, LOAD_INVOICES, PPM_COLUMN_FLAG, PPM_FROM_FIELD, NONE, NONE, false);
	reads(it, LOAD_INVOICES, PPM_COLUMN_DATE, PPM_FROM_FIELD, NONE, NONE, false);
	for (uint32_t i = CUSTOMER; i <= DAY; i++)
		keeps(it, LOAD_INVOICES, i, i);
	reads(it, PAIR, PPM_COLUMN_MONEY, PPM_FROM_OUTER, CUSTOMERS, AMOUNT, false);
	reads(it, PAIR, PPM_COLUMN_FLAG, PPM_FROM_INNER, INVOICES, LATE, false);
	keeps(it, PAIR, 0, 0);
	keeps(it, PAIR, 1, 1);
	reads(it, EVALUATE, PPM_COLUMN_NUMBER, PPM_FROM_TABLE, CUSTOMERS, RANK, true);
	keeps(it, EVALUATE, 0, COMPUTED);
	it->programs[FINAL].columns[0] = (struct ppm_column){ .passed = true };
	it->programs[FINAL].program.column_count = 1;
	reads(it, FINAL, PPM_COLUMN_NUMBER, PPM_FROM_TABLE, CUSTOMERS, COMPUTED, true);
	reads(it, FINAL, PPM_COLUMN_NUMBER, PPM_FROM_COMPANY, COMPANY, 0, true);
	puts_out(it, FINAL, 1);
	it->programs[FINAL].outputs[1] = (struct ppm_output){ .value = { .format = { .kind = PPM_FORMAT_PASS }, .column = 0 } };
	it->programs[FINAL].program.output_count = 2;
	reads(it, OF_GROUPS, PPM_COLUMN_NUMBER, PPM_FROM_TABLE, GROUPS, 0, false);
	puts_out(it, OF_GROUPS, 0);
	reads(it, OF_METRICS, PPM_COLUMN_NUMBER, PPM_FROM_TABLE, COMPANY, 0, true);
	puts_out(it, OF_METRICS, 0);

	for (int i = 0; i < ACTIONS; i++)
		it->actions[i] = (struct ppm_action){ .table = CUSTOMERS,
			.program = NONE,
			.link = NONE,
			.other_link = NONE,
			.second_link = NONE,
			.tree = NONE,
			.outer = NONE,
			.value = NONE,
			.where = NONE,
			.order = NONE,
			.output = NONE,
			.site = NONE,
			.ratio = 1,
			.level_low = 1,
			.level_high = UINT32_MAX };
	struct ppm_action *a = it->actions;
	const enum ppm_action_kind kinds[ACTIONS] = { PPM_ACTION_LOAD, PPM_ACTION_LOAD, PPM_ACTION_MATCH, PPM_ACTION_MATCH, PPM_ACTION_GROUP, PPM_ACTION_COMPOSE,
		PPM_ACTION_CALENDAR, PPM_ACTION_TREE, PPM_ACTION_AGGREGATE, PPM_ACTION_AGGREGATE, PPM_ACTION_GATHER, PPM_ACTION_RANK, PPM_ACTION_TREE_AGGREGATE, PPM_ACTION_PAIRS,
		PPM_ACTION_AGREEMENT, PPM_ACTION_EVALUATE, PPM_ACTION_RESULT, PPM_ACTION_SORT, PPM_ACTION_RESULT, PPM_ACTION_RESULT };
	for (int i = 0; i < ACTIONS; i++)
		a[i].kind = kinds[i];
	a[LOADS].program = LOAD;
	a[LOADS_INVOICES].table = INVOICES;
	a[LOADS_INVOICES].program = LOAD_INVOICES;
	const uint32_t linked[] = { OF_CUSTOMER, OF_BOSS, GROUPED };
	for (uint32_t i = 0; i < 3; i++) {
		struct ppm_action *by = &a[MATCHES + i];
		by->link = linked[i];
		by->keys = &it->key[i];
		by->other_keys = &it->other[i];
		by->key_count = 1;
		by->site = i ? NONE : 0;
	}
	a[GROUPS_BY].where = FLAG;
	a[COMPOSES].link = BY_GROUP;
	a[COMPOSES].other_link = OF_CUSTOMER;
	a[COMPOSES].second_link = GROUPED;
	a[CALENDAR].table = MONTHS;
	a[CALENDAR].unit = PPM_CALENDAR_MONTH;
	a[CALENDAR].last_day = 400;
	a[TREE].tree = 0;
	a[TREE].output = DEPTH;
	a[AGGREGATES].table = INVOICES;
	a[AGGREGATES].outer = CUSTOMERS;
	a[AGGREGATES].link = OF_CUSTOMER;
	a[AGGREGATES].value = DUE;
	a[AGGREGATES].where = LATE;
	a[AGGREGATES].output = OWED;
	a[AGGREGATES_MOST].aggregate = PPM_AGGREGATE_MAX;
	a[AGGREGATES_MOST].outer = GROUPS;
	a[AGGREGATES_MOST].link = GROUPED;
	a[AGGREGATES_MOST].value = NUMBER;
	a[AGGREGATES_MOST].output = 1;
	a[GATHERS].link = GROUPED;
	a[GATHERS].value = 1;
	a[GATHERS].output = GATHERED;
	a[RANKS].value = NUMBER;
	a[RANKS].rank = PPM_RANK_NTILE;
	a[RANKS].tiles = 4;
	a[RANKS].link = GROUPED;
	a[RANKS].output = RANK;
	a[AGGREGATES_TREE].tree = 0;
	a[AGGREGATES_TREE].outer = CUSTOMERS;
	a[AGGREGATES_TREE].value = AMOUNT;
	a[AGGREGATES_TREE].output = BELOW;
	a[PAIRS].table = INVOICES;
	a[PAIRS].outer = CUSTOMERS;
	a[PAIRS].program = PAIR;
	a[PAIRS].relation = PPM_PAIRS_ALL;
	a[PAIRS].aggregate = PPM_AGGREGATE_COUNT;
	a[PAIRS].output = PAIRED;
	a[AGREES].outer = COMPANY;
	a[AGREES].agreement = PPM_AGREEMENT_CORRELATION;
	a[AGREES].columns = it->measured;
	a[AGREES].column_count = 2;
	a[AGREES].output = 0;
	a[EVALUATES].program = EVALUATE;
	a[SCORES].program = FINAL;
	a[SCORES].role = PPM_ROLE_SCORED;
	a[SORTS].table = GROUPS;
	a[SORTS].sort = &it->sort;
	a[SORTS].sort_count = 1;
	a[SUMMARY].table = GROUPS;
	a[SUMMARY].program = OF_GROUPS;
	a[SUMMARY].role = PPM_ROLE_SUMMARY;
	a[METRICS].table = COMPANY;
	a[METRICS].program = OF_METRICS;
	a[METRICS].role = PPM_ROLE_METRICS;
	it->job = (struct ppm_job){ .tables = it->tables,
		.table_count = TABLES,
		.links = it->links,
		.link_count = LINKS,
		.trees = &it->tree,
		.tree_count = 1,
		.programs = it->pointers,
		.program_count = PROGRAMS,
		.actions = it->actions,
		.action_count = ACTIONS,
		.sites = &it->site,
		.site_count = 1,
		.scored = CUSTOMERS,
		.final = FINAL };
	for (uint32_t i = 0; i < ACTIONS; i++) {
		it->site.place.line = i;
		assert_true(ppm_action_columns(&it->job, i, used, it));
	}
}

static void a_job_with_every_action_passes(void **state)
{
	(void)state;
	struct fixture it;
	char problem[200] = "";
	make(&it);
	if (!ppm_job_verify(&it.job, problem, sizeof problem))
		fail_msg("refused: %s", problem);
}

// So that a change meets its own check and not the one of last actions, which has tests of its own.
static void loosen(struct fixture *it)
{
	for (int t = 0; t < TABLES; t++)
		for (uint32_t c = 0; c < it->tables[t].column_count; c++)
			it->tables[t].columns[c].last_action = ACTIONS - 1;
}

// Sets `sound` to what the verifier says of the job after the changes, and `problem` to its words.
#define VERIFY_CHANGED(...) \
	struct fixture it; \
	char problem[300] = ""; \
	make(&it); \
	loosen(&it); \
	struct ppm_action *a = it.actions; \
	(void)a; \
	__VA_ARGS__; \
	bool sound = ppm_job_verify(&it.job, problem, sizeof problem)

#define REFUSED(sentence, ...) \
	do { \
		VERIFY_CHANGED(__VA_ARGS__); \
		if (sound) \
			fail_msg("not refused: %s", sentence); \
		assert_string_equal(problem, sentence); \
	} while (0)

// What is changed and is sound all the same.
#define PASSES(...) \
	do { \
		VERIFY_CHANGED(__VA_ARGS__); \
		if (!sound) \
			fail_msg("refused: %s", problem); \
	} while (0)

static void the_frame(void **state)
{
	(void)state;
	REFUSED("column 2 of table 0 is of no class or has no last action", it.customers[BOSS].class = (enum ppm_register_class)PPM_CLASS_COUNT);
	REFUSED("link 0 leads nowhere", it.links[OF_CUSTOMER].from = TABLES);
	REFUSED("tree 0 is not of its table", it.tree.link = LINKS);
	REFUSED("tree 0 is not of its table", it.tree.link = OF_COMPANY);
	REFUSED("program 3 has other texts than the first", it.programs[EVALUATE].program.text_count = 0);
	REFUSED("table 3 is of no kind", it.tables[GROUPS].kind = (enum ppm_table_kind)9);
	REFUSED("the key of table 0 does not exist", it.tables[CUSTOMERS].key = 99);
	REFUSED("column 1 of table 0 is of no class or has no last action", it.customers[AMOUNT].class = PPM_CLASS_I16);
	REFUSED("column 1 of table 0 is of no class or has no last action", it.customers[AMOUNT].text = true);
	REFUSED("column 1 of table 0 is of no class or has no last action", it.customers[AMOUNT].last_action = ACTIONS);
	REFUSED("link 2 leads nowhere", it.links[GROUPED].to = TABLES);
	REFUSED("tree 0 is not of its table", it.tree.link = OF_CUSTOMER);
	REFUSED("tree 0 is not of its table", it.tree.table = TABLES);
	REFUSED("nothing is scored", it.job.scored = TABLES);
	REFUSED("nothing is scored", it.job.final = PROGRAMS);
	REFUSED("nothing is scored", it.job.action_count = SCORES;
		for (int t = 0; t < TABLES; t++) for (uint32_t c = 0; c < it.tables[t].column_count; c++) if (it.tables[t].columns[c].last_action >= SCORES) it.tables[t]
			.columns[c]
			.last_action = SCORES - 1);
	struct ppm_slice other[1] = { { "x", 1 } };
	REFUSED("program 3 has other texts than the first", it.programs[EVALUATE].program.texts = other);
	REFUSED("program 0: the last instruction is not END", it.programs[LOAD].program.instruction_count = 0);
	REFUSED("program 0: register f9 does not exist", it.programs[LOAD].stores[3].value = 9);
	REFUSED("program 0: register m9 does not exist", it.programs[LOAD].stores[3].present = 9);
	REFUSED("program 1: register m5 is read before it is written", it.programs[LOAD_INVOICES].program.keeps = true; it.programs[LOAD_INVOICES].program.keep = 5);
	REFUSED("action 6 (?): unknown action 99", a[CALENDAR].kind = (enum ppm_action_kind)99);
	REFUSED("action 2 (match): site 1 does not exist", a[MATCHES].site = 1);
}

static void programs_over_tables(void **state)
{
	(void)state;
	REFUSED("action 0 (load): program 7 does not exist", a[LOADS].program = PROGRAMS);
	REFUSED("action 15 (evaluate): program 7 does not exist", a[EVALUATES].program = PROGRAMS);
	REFUSED("action 15 (evaluate): table 5 does not exist", a[EVALUATES].table = TABLES);
	REFUSED("action 15 (evaluate): the program's column 0 is of another class than what was kept", it.programs[EVALUATE].columns[0].type = PPM_COLUMN_DATE;
		it.programs[EVALUATE].columns[0].table_column = ID; it.programs[EVALUATE].stores[0].class = PPM_CLASS_I32);
	REFUSED("action 15 (evaluate): the program's column 0 comes from elsewhere", it.programs[EVALUATE].columns[0].table = INVOICES);
	REFUSED("action 15 (evaluate): the program's column 0 comes from elsewhere", it.programs[EVALUATE].columns[0].origin = PPM_FROM_COMPANY;
		it.programs[EVALUATE].columns[0].table = GROUPS);
	REFUSED("action 15 (evaluate): the program's column 0 comes from elsewhere", it.programs[EVALUATE].columns[0].origin = PPM_FROM_COMPANY;
		it.programs[EVALUATE].columns[0].table = TABLES);
	REFUSED("action 0 (load): table 5 does not exist", a[LOADS].table = TABLES);
	REFUSED("action 0 (load): table 2 is of another kind", a[LOADS].table = COMPANY);
	REFUSED("action 1 (load): table 0 has its rows already", a[LOADS_INVOICES].table = CUSTOMERS);
	REFUSED("action 0 (load): the program's column 3 comes from elsewhere", it.programs[LOAD].columns[3].origin = PPM_FROM_TABLE);
	REFUSED("action 0 (load): the program's column 3 comes from elsewhere", it.programs[LOAD].columns[3].origin = PPM_FROM_COMPANY;
		it.programs[LOAD].columns[3].table = COMPANY);
	REFUSED("action 0 (load): column 1 of table 0 is written twice", it.programs[LOAD].stores[3].table_column = AMOUNT);
	REFUSED("action 0 (load): column 3 of table 0 is of another class", it.customers[NUMBER].class = PPM_CLASS_I64);
	REFUSED("action 0 (load): column 2 of table 0 has no place for missing values", it.customers[BOSS].may_miss = false);
	REFUSED("action 0 (load): column 99 of table 0 does not exist", it.programs[LOAD].stores[3].table_column = 99);
	REFUSED("action 0 (load): the program has results", it.programs[LOAD].program.output_count = 1;
		it.programs[LOAD].outputs[0].value = (struct ppm_value){ .format = { .kind = PPM_FORMAT_PASS } });
	REFUSED("action 0 (load): 1 fields are passed through and 2 are kept", it.tables[CUSTOMERS].raw_count = 2);
	REFUSED("action 0 (load): whole records are passed through or not, but not both", it.tables[CUSTOMERS].keep_records = true);
	REFUSED("action 15 (evaluate): rows are chosen when they are read", it.programs[EVALUATE].program.keeps = true; it.programs[EVALUATE].program.keep = 7);
	REFUSED("action 15 (evaluate): the program's column 0 is a field, and there are none", it.programs[EVALUATE].columns[0].origin = PPM_FROM_FIELD);
	REFUSED("action 15 (evaluate): the program's column 0 is a level, and there are none", it.programs[EVALUATE].columns[0].origin = PPM_FROM_LEVEL);
	REFUSED("action 15 (evaluate): the program's column 0 comes from elsewhere", it.programs[EVALUATE].columns[0].origin = PPM_FROM_OUTER);
	REFUSED("action 15 (evaluate): the program's column 0 comes from elsewhere", it.programs[EVALUATE].columns[0].origin = (enum ppm_column_origin)77);
	REFUSED("action 15 (evaluate): the program's column 0 is of another class than what was kept", it.programs[EVALUATE].columns[0].table_column = AMOUNT);
	REFUSED("action 15 (evaluate): the program's column 0 is of another class than what was kept", it.programs[EVALUATE].columns[0].table_column = ID);
	REFUSED("action 15 (evaluate): the program's column 0 may miss values that it does not expect to miss", it.programs[EVALUATE].columns[0].optional = false;
		it.programs[EVALUATE].stores[0].present = PPM_NO_REGISTER);
	REFUSED("action 11 (evaluate): column 7 of table 0 is read before it is written", struct ppm_action later = a[EVALUATES]; a[EVALUATES] = a[RANKS]; a[RANKS] = later);
	REFUSED("action 15 (evaluate): column 7 of table 0 is used after its last action", it.customers[RANK].last_action = RANKS);
}

static void links_and_trees(void **state)
{
	(void)state;
	REFUSED("action 2 (match): link 5 does not exist", a[MATCHES].link = LINKS);
	REFUSED("action 2 (match): column 99 of table 0 does not exist", it.other[0] = 99);
	REFUSED("action 2 (match): part 0 of the key is of another class on the other side", it.key[0].index = DAY);
	REFUSED("action 2 (match): table 3 has no rows yet", it.links[OF_CUSTOMER].to = GROUPS);
	REFUSED("action 4 (group): link 5 does not exist", a[GROUPS_BY].link = LINKS);
	REFUSED("action 4 (group): table 4 has no rows yet", it.links[GROUPED].from = MONTHS);
	REFUSED("action 4 (group): column 99 of table 0 does not exist", a[GROUPS_BY].where = 99);
	REFUSED("action 4 (group): column 4 of table 0 is no condition that always holds or does not", it.customers[FLAG].may_miss = true);
	REFUSED("action 4 (group): column 0 of table 3 is of another class", it.key[2].index = ID;
		it.groups[0] = (struct ppm_table_column){ .class = PPM_CLASS_I32, .last_action = ACTIONS - 1 });
	REFUSED("action 18 (result): column 0 of table 3 is read before it is written", it.other[2] = NONE);
	REFUSED("action 5 (compose): link 9 does not exist", a[COMPOSES].other_link = 9);
	REFUSED("action 5 (compose): link 4 is none that is made", a[COMPOSES].other_link = OF_COMPANY);
	REFUSED("action 5 (compose): link 4 is none that is made", a[COMPOSES].second_link = OF_COMPANY);
	REFUSED("action 4 (group): link 4 is none that is made", it.key[2] = (struct ppm_key_part){ true, OF_COMPANY }; it.other[2] = NONE);
	REFUSED("action 7 (tree): link 4 is none that is made", it.links[OF_COMPANY].from = it.tree.table = a[TREE].table = COMPANY; it.tree.link = OF_COMPANY;
		a[TREE].output = NONE);
	REFUSED("action 5 (compose): link 2 is made twice", a[COMPOSES].link = GROUPED);
	REFUSED("action 5 (compose): the links do not meet", a[COMPOSES].other_link = OF_BOSS);
	REFUSED("action 5 (compose): the links do not meet", it.links[BY_GROUP].to = MONTHS);
	REFUSED("action 6 (calendar): table 3 is of another kind", a[CALENDAR].table = GROUPS);
	REFUSED("action 6 (calendar): no such periods", a[CALENDAR].first_day = PPM_DATE_MIN - 1);
	REFUSED("action 6 (calendar): column 0 of table 4 is of another class", it.months[0].class = PPM_CLASS_F64);
	REFUSED("action 12 (tree): tree 0 is made twice", a[AGGREGATES_TREE] = a[TREE]);
	REFUSED("action 0 (tree): table 0 has no rows yet", struct ppm_action later = a[TREE]; a[TREE] = a[LOADS]; a[LOADS] = later);
	REFUSED("action 7 (tree): column 11 of table 0 is read before it is written", it.tables[CUSTOMERS].key = COMPUTED);
	REFUSED("action 3 (match): link 0 is made twice", a[MATCHES_BOSS].link = OF_CUSTOMER);
	REFUSED("action 3 (match): link 4 needs no making", a[MATCHES_BOSS].link = OF_COMPANY);
	REFUSED("action 1 (match): table 1 has no rows yet", struct ppm_action later = a[MATCHES]; a[MATCHES] = a[LOADS_INVOICES]; a[LOADS_INVOICES] = later);
	REFUSED("action 2 (match): a link by no key", a[MATCHES].key_count = 0);
	REFUSED("action 2 (match): part 0 of the key is a link", it.key[0].is_link = true);
	REFUSED("action 2 (match): part 0 of the key is of another class on the other side", it.other[0] = AMOUNT);
	REFUSED("action 2 (match): column 99 of table 1 does not exist", it.key[0].index = 99);
	REFUSED("action 4 (group): part 0 of the key is a link", it.key[2].is_link = true);
	REFUSED("action 4 (group): link 3 is not made yet", it.key[2] = (struct ppm_key_part){ true, BY_GROUP }; it.other[2] = NONE);
	REFUSED("action 4 (group): part 0 of the key is a link of another table", it.key[2] = (struct ppm_key_part){ true, OF_CUSTOMER }; it.other[2] = NONE);
	REFUSED("action 4 (group): column 1 of table 0 is no condition that always holds or does not", a[GROUPS_BY].where = AMOUNT);
	REFUSED("action 4 (group): column 0 of table 3 is of another class", it.groups[0].class = PPM_CLASS_I64);
	REFUSED("action 4 (group): column 0 of table 3 has no place for missing values", it.customers[NUMBER].may_miss = true);
	REFUSED("action 4 (group): table 3 is of another kind", it.tables[GROUPS].kind = PPM_TABLE_CALENDAR);
	REFUSED("action 5 (compose): the links do not meet", a[COMPOSES].second_link = OF_CUSTOMER);
	REFUSED("action 5 (compose): link 3 is not made yet", a[COMPOSES].second_link = BY_GROUP);
	REFUSED("action 6 (calendar): no such periods", a[CALENDAR].first_day = 401);
	REFUSED("action 6 (calendar): no such periods", a[CALENDAR].last_day = PPM_DATE_MAX + 1);
	REFUSED("action 6 (calendar): no such periods", a[CALENDAR].unit = (enum ppm_calendar_unit)9);
	REFUSED("action 6 (calendar): column 1 of table 4 does not exist", it.tables[MONTHS].column_count = 1);
	REFUSED("action 7 (tree): tree 1 does not exist", a[TREE].tree = 1);
	REFUSED("action 7 (tree): tree 0 is of another table", a[TREE].table = INVOICES);
	REFUSED("action 7 (tree): column 1 of table 0 is written twice", a[TREE].output = AMOUNT);
	REFUSED("action 7 (tree): column 8 of table 0 is of another class", it.customers[DEPTH].class = PPM_CLASS_I32);
	REFUSED("action 3 (tree): link 1 is not made yet", struct ppm_action later = a[TREE]; a[TREE] = a[MATCHES_BOSS]; a[MATCHES_BOSS] = later);
}

static void steps(void **state)
{
	(void)state;
	REFUSED("action 8 (aggregate): link 1 leads elsewhere", a[AGGREGATES].link = OF_BOSS);
	REFUSED("action 8 (aggregate): link 0 leads elsewhere", a[AGGREGATES].outer = GROUPS);
	REFUSED("action 8 (aggregate): link 5 does not exist", a[AGGREGATES].link = LINKS);
	REFUSED("action 8 (aggregate): table 5 does not exist", a[AGGREGATES].table = TABLES);
	REFUSED("action 8 (aggregate): column 99 of table 1 does not exist", a[AGGREGATES].value = 99);
	REFUSED("action 8 (aggregate): column 99 of table 1 does not exist", a[AGGREGATES].order = 99);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].aggregate = PPM_AGGREGATE_DISTINCT; a[AGGREGATES].value = NONE);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].aggregate = PPM_AGGREGATE_MIN; a[AGGREGATES].value = NONE);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].aggregate = PPM_AGGREGATE_AVG; a[AGGREGATES].value = CUSTOMER);
	REFUSED("action 8 (aggregate): a quantile out of 0 to 1", a[AGGREGATES].aggregate = PPM_AGGREGATE_QUANTILE; a[AGGREGATES].fraction = -0.5);
	REFUSED("action 8 (aggregate): the first and the last of nothing in order", a[AGGREGATES].aggregate = PPM_AGGREGATE_FIRST; a[AGGREGATES].order = LATE);
	REFUSED("action 8 (aggregate): column 0 of table 1 is used after its last action", a[AGGREGATES].aggregate = PPM_AGGREGATE_LAST; a[AGGREGATES].order = DAY;
		it.tables[INVOICES].key = CUSTOMER; it.invoices[CUSTOMER].last_action = COMPOSES);
	PASSES(a[AGGREGATES].aggregate = PPM_AGGREGATE_LAST; a[AGGREGATES].order = DAY; it.tables[INVOICES].key = CUSTOMER; it.customers[OWED].may_miss = true);
	PASSES(a[AGGREGATES].aggregate = PPM_AGGREGATE_QUANTILE; a[AGGREGATES].fraction = 0.25; it.customers[OWED].may_miss = true; it.customers[OWED].class = PPM_CLASS_X128);
	REFUSED("action 10 (gather): link 5 does not exist", a[GATHERS].link = LINKS);
	REFUSED("action 0 (gather): link 4 is not made yet", a[GATHERS].link = OF_COMPANY; struct ppm_action later = a[GATHERS]; a[GATHERS] = a[LOADS]; a[LOADS] = later);
	REFUSED("action 11 (rank): column 99 of table 0 does not exist", a[RANKS].value = 99);
	REFUSED("action 11 (rank): link 5 does not exist", a[RANKS].link = LINKS);
	REFUSED("action 11 (rank): column 0 of table 0 is used after its last action", it.customers[ID].last_action = GATHERS);
	PASSES(a[RANKS].link = OF_COMPANY);
	PASSES(a[RANKS].link = NONE; a[RANKS].rank = PPM_RANK_RUNNING_SHARE; a[RANKS].value = AMOUNT);
	REFUSED("action 12 (tree aggregate): tree 9 does not exist", a[AGGREGATES_TREE].tree = 9);
	REFUSED("action 12 (tree aggregate): column 99 of table 0 does not exist", a[AGGREGATES_TREE].value = 99);
	REFUSED("action 12 (tree aggregate): tree 0 is of another table", a[AGGREGATES_TREE].table = INVOICES; a[AGGREGATES_TREE].value = DUE);
	REFUSED("action 12 (tree aggregate): a ratio that is none", a[AGGREGATES_TREE].ratio = INFINITY);
	REFUSED("action 12 (tree aggregate): the function takes no such values", a[AGGREGATES_TREE].ratio = 0.5; a[AGGREGATES_TREE].value = FLAG);
	REFUSED("action 14 (agreement): an agreement of 3 columns", a[AGREES].column_count = 3);
	REFUSED("action 14 (agreement): an agreement of 2 columns", a[AGREES].agreement = (enum ppm_agreement_function)9);
	REFUSED("action 14 (agreement): column 99 of table 0 does not exist", it.measured[0] = 99);
	REFUSED("action 14 (agreement): column 99 of table 0 does not exist", a[AGREES].value = 99);
	REFUSED("action 14 (agreement): table 5 does not exist", a[AGREES].outer = TABLES);
	PASSES(a[AGREES].agreement = PPM_AGREEMENT_CONCORDANCE);
	REFUSED("action 8 (aggregate): column 1 of table 1 is no condition that always holds or does not", a[AGGREGATES].where = DUE);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].value = CUSTOMER);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].value = NONE);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].aggregate = (enum ppm_aggregate_function)99);
	REFUSED("action 8 (aggregate): the function takes no such values", a[AGGREGATES].aggregate = PPM_AGGREGATE_ANY);
	REFUSED("action 8 (aggregate): column 6 of table 0 is of another class", a[AGGREGATES].aggregate = PPM_AGGREGATE_AVG);
	REFUSED("action 8 (aggregate): column 6 of table 0 has no place for missing values", a[AGGREGATES].aggregate = PPM_AGGREGATE_MIN);
	REFUSED("action 8 (aggregate): the first and the last of nothing in order", a[AGGREGATES].aggregate = PPM_AGGREGATE_FIRST);
	REFUSED("action 8 (aggregate): a quantile out of 0 to 1", a[AGGREGATES].aggregate = PPM_AGGREGATE_QUANTILE; a[AGGREGATES].fraction = 1.5);
	REFUSED("action 8 (aggregate): a ratio without levels", a[AGGREGATES].ratio = 0.5);
	REFUSED("action 8 (aggregate): table 5 does not exist", a[AGGREGATES].outer = TABLES);
	REFUSED("action 9 (aggregate): column 1 of table 3 is of another class", it.groups[1].class = PPM_CLASS_X128);
	REFUSED("action 10 (gather): column 5 of table 0 has no place for missing values", it.customers[GATHERED].may_miss = false);
	REFUSED("action 10 (gather): column 5 of table 0 is of another class", it.customers[GATHERED].class = PPM_CLASS_MASK);
	REFUSED("action 9 (gather): column 1 of table 3 is read before it is written", struct ppm_action later = a[GATHERS]; a[GATHERS] = a[AGGREGATES_MOST];
		a[AGGREGATES_MOST] = later);
	REFUSED("action 11 (rank): no values to rank", a[RANKS].value = FLAG);
	REFUSED("action 11 (rank): no values to rank", a[RANKS].value = ID);
	REFUSED("action 11 (rank): a rank of no kind", a[RANKS].tiles = 0);
	REFUSED("action 11 (rank): a rank of no kind", a[RANKS].rank = (enum ppm_rank_function)9);
	REFUSED("action 11 (rank): link 0 is of another table", a[RANKS].link = OF_CUSTOMER);
	REFUSED("action 11 (rank): column 7 of table 0 has no place for missing values", it.customers[RANK].may_miss = false);
	REFUSED("action 7 (tree aggregate): tree 0 is not made yet", struct ppm_action later = a[AGGREGATES_TREE]; a[AGGREGATES_TREE] = a[TREE]; a[TREE] = later);
	REFUSED("action 12 (tree aggregate): tree 0 is of another table", a[AGGREGATES_TREE].outer = GROUPS);
	REFUSED("action 12 (tree aggregate): levels 0 to 4294967295", a[AGGREGATES_TREE].level_low = 0);
	REFUSED("action 12 (tree aggregate): levels 3 to 2", a[AGGREGATES_TREE].level_low = 3; a[AGGREGATES_TREE].level_high = 2);
	REFUSED("action 12 (tree aggregate): the function has no way through a tree", a[AGGREGATES_TREE].aggregate = PPM_AGGREGATE_MEDIAN);
	REFUSED("action 12 (tree aggregate): a ratio that is none", a[AGGREGATES_TREE].aggregate = PPM_AGGREGATE_MAX; a[AGGREGATES_TREE].ratio = 0.5);
	REFUSED("action 12 (tree aggregate): column 9 of table 0 is of another class", a[AGGREGATES_TREE].ratio = 0.5);
	REFUSED("action 14 (agreement): an agreement of 1 columns", a[AGREES].column_count = 1);
	REFUSED("action 14 (agreement): column 0 of table 0 is no figure", it.measured[0] = ID);
	REFUSED("action 14 (agreement): an agreement is of the whole company", a[AGREES].outer = CUSTOMERS);
	REFUSED("action 14 (agreement): column 0 of table 2 has no place for missing values", it.company[0].may_miss = false);
}

static void pairs(void **state)
{
	(void)state;
	struct ppm_store *stores;
	struct ppm_column *columns;
	const char *const more = "action 13 (pairs): the program of pairs has a value and a condition, and nothing else";
	REFUSED(more, it.programs[PAIR].program.store_count = 3; it.programs[PAIR].stores[2] = it.programs[PAIR].stores[1]);
	REFUSED(more, it.programs[PAIR].program.keeps = true; it.programs[PAIR].program.keep = 1);
	REFUSED(more, puts_out(&it, PAIR, 0); it.programs[PAIR].outputs[0].value.format.kind = PPM_FORMAT_MONEY);
	REFUSED(more, it.programs[PAIR].columns[2] = (struct ppm_column){ .passed = true }; it.programs[PAIR].program.column_count = 3);
	REFUSED("action 13 (pairs): program 7 does not exist", a[PAIRS].program = PROGRAMS);
	REFUSED("action 13 (pairs): table 5 does not exist", a[PAIRS].table = TABLES);
	REFUSED("action 13 (pairs): table 5 does not exist", a[PAIRS].outer = TABLES);
	REFUSED("action 13 (pairs): the condition is none that always holds or does not", it.programs[PAIR].stores[1].present = 1);
	REFUSED("action 13 (pairs): the program's column 0 is a level, and there are none", it.programs[PAIR].columns[0].origin = PPM_FROM_LEVEL;
		a[PAIRS].relation = PPM_PAIRS_TREE);
	REFUSED("action 13 (pairs): the program's column 1 comes from elsewhere", a[PAIRS].outer = INVOICES; columns = it.programs[PAIR].columns; columns[0].table = INVOICES;
		columns[0].table_column = DUE; columns[1].table = CUSTOMERS);
	REFUSED("action 13 (pairs): link 4294967295 does not exist", a[PAIRS].relation = PPM_PAIRS_KEYS; a[PAIRS].link = OF_BOSS);
	REFUSED("action 13 (pairs): the links do not meet", a[PAIRS].relation = PPM_PAIRS_KEYS; a[PAIRS].link = a[PAIRS].other_link = OF_CUSTOMER);
	REFUSED("action 13 (pairs): the links do not meet", a[PAIRS].relation = PPM_PAIRS_KEYS; a[PAIRS].link = a[PAIRS].other_link = OF_BOSS);
	PASSES(a[PAIRS].relation = PPM_PAIRS_KEYS; a[PAIRS].link = OF_BOSS; a[PAIRS].other_link = OF_CUSTOMER);
	REFUSED("action 13 (pairs): tree 9 does not exist", a[PAIRS].relation = PPM_PAIRS_TREE; a[PAIRS].tree = 9);
	REFUSED("action 13 (pairs): levels 0 to 4294967295", a[PAIRS].relation = PPM_PAIRS_TREE; a[PAIRS].tree = 0; a[PAIRS].level_low = 0);
	REFUSED("action 13 (pairs): tree 0 is of another table", a[PAIRS].relation = PPM_PAIRS_TREE; a[PAIRS].tree = 0; a[PAIRS].table = CUSTOMERS; a[PAIRS].outer = INVOICES;
		columns = it.programs[PAIR].columns; columns[0].table = INVOICES; columns[0].table_column = DUE; columns[1].table = CUSTOMERS; columns[1].table_column = FLAG);
	PASSES(a[PAIRS].relation = PPM_PAIRS_TREE; a[PAIRS].tree = 0; a[PAIRS].table = CUSTOMERS; columns = it.programs[PAIR].columns;
		columns[0] = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .origin = PPM_FROM_LEVEL, .read = true, .value = 0 };
		it.programs[PAIR].stores[0].class = PPM_CLASS_F64; columns[1].table = CUSTOMERS; columns[1].table_column = FLAG);
	REFUSED("action 13 (pairs): the function has no way through pairs", a[PAIRS].aggregate = PPM_AGGREGATE_FIRST);
	REFUSED("action 13 (pairs): the function has no way through pairs", a[PAIRS].ratio = 0.5);
	// Points in 16 bits are the program's own: no figure is made of them.
	static const struct ppm_point_sum no_points = { 0 };
	struct ppm_instruction code[] = { { .op = PPM_OP_SUM_IF_I16, .a = 0, .k = 0 }, { .op = PPM_OP_END } };
	REFUSED("action 13 (pairs): the function takes no such values", it.programs[PAIR].stores[0].class = PPM_CLASS_I16;
		it.programs[PAIR].program.point_sums = (struct ppm_point_sum *)(uintptr_t)&no_points; it.programs[PAIR].program.point_sum_count = 1;
		it.programs[PAIR].program.instructions = code; it.programs[PAIR].program.instruction_count = 2; a[PAIRS].aggregate = PPM_AGGREGATE_DISTINCT);
	// The last of days is none although the program reads a text as well; the least of texts is a text.
	PASSES(a[PAIRS].aggregate = PPM_AGGREGATE_MAX; columns = it.programs[PAIR].columns; columns[0].type = PPM_COLUMN_TEXT; columns[0].table_column = ID;
		columns[1] = (struct ppm_column){ .type = PPM_COLUMN_DATE, .origin = PPM_FROM_INNER, .table = INVOICES, .table_column = DAY, .read = true, .value = 1 };
		it.programs[PAIR].stores[0] = (struct ppm_store){ PPM_CLASS_I32, 1, PPM_NO_REGISTER, 0 }; it.programs[PAIR].program.store_count = 1;
		it.customers[PAIRED] = (struct ppm_table_column){ .class = PPM_CLASS_I32, .may_miss = true, .last_action = ACTIONS - 1 });
	PASSES(a[PAIRS].aggregate = PPM_AGGREGATE_MIN; columns = it.programs[PAIR].columns; columns[0].type = PPM_COLUMN_TEXT; columns[0].table_column = ID;
		it.programs[PAIR].stores[0].class = PPM_CLASS_I32;
		it.customers[PAIRED] = (struct ppm_table_column){ .class = PPM_CLASS_I32, .text = true, .may_miss = true, .last_action = ACTIONS - 1 });
	REFUSED("action 13 (pairs): the program of pairs has a value and a condition, and nothing else", it.programs[PAIR].program.store_count = 0);
	REFUSED("action 13 (pairs): the condition is none that always holds or does not", stores = it.programs[PAIR].stores; stores[1] = stores[0]);
	REFUSED("action 13 (pairs): the program's column 1 comes from elsewhere", it.programs[PAIR].columns[1].table = CUSTOMERS);
	REFUSED("action 13 (pairs): the program's column 0 comes from elsewhere", it.programs[PAIR].columns[0].origin = PPM_FROM_TABLE);
	REFUSED("action 13 (pairs): the program's column 0 is a level, and there are none", it.programs[PAIR].columns[0].origin = PPM_FROM_LEVEL);
	REFUSED("action 13 (pairs): link 4294967295 does not exist", a[PAIRS].relation = PPM_PAIRS_KEYS);
	REFUSED("action 13 (pairs): the links do not meet", a[PAIRS].relation = PPM_PAIRS_KEYS; a[PAIRS].link = OF_BOSS; a[PAIRS].other_link = BY_GROUP);
	REFUSED("action 13 (pairs): tree 0 is of another table", a[PAIRS].relation = PPM_PAIRS_TREE; a[PAIRS].tree = 0);
	REFUSED("action 13 (pairs): pairs of no relation", a[PAIRS].relation = (enum ppm_pairs_relation)9);
	REFUSED("action 13 (pairs): the function has no way through pairs", a[PAIRS].aggregate = PPM_AGGREGATE_LAST);
	REFUSED("action 13 (pairs): column 10 of table 0 is of another class", a[PAIRS].aggregate = PPM_AGGREGATE_SUM);
}

static void results(void **state)
{
	(void)state;
	REFUSED("action 16 (result): the program keeps values", it.programs[FINAL].program.keeps = true; it.programs[FINAL].program.keep = 6);
	REFUSED("action 16 (result): column 5 of table 2 does not exist", it.programs[FINAL].columns[2].table_column = 5);
	REFUSED("action 16 (result): 1 fields are passed through and 2 are kept", it.programs[LOAD].columns[1].passed = true; it.tables[CUSTOMERS].raw_count = 2);
	REFUSED("action 16 (result): the scored rows have one result, by the final program", it.job.scored = GROUPS);
	REFUSED("action 16 (result): column 0 of table 0 is used after its last action", it.customers[ID].last_action = EVALUATES);
	REFUSED("action 18 (result): program 7 does not exist", a[SUMMARY].program = PROGRAMS);
	REFUSED("action 18 (result): table 5 does not exist", a[SUMMARY].table = TABLES);
	REFUSED("action 18 (result): whole records are passed through, and none are kept", it.programs[OF_GROUPS].program.pass_all_columns = true);
	REFUSED("action 18 (result): the scored rows have one result, by the final program", a[SUMMARY].role = PPM_ROLE_SCORED);
	REFUSED("action 17 (sort): table 5 does not exist", a[SORTS].table = TABLES);
	REFUSED("action 17 (sort): the rows of a file keep their order", a[SORTS].table = CUSTOMERS);
	PASSES(it.tables[CUSTOMERS].keep_records = true; it.programs[LOAD].program.pass_all_columns = it.programs[FINAL].program.pass_all_columns = true);
	REFUSED("action 16 (result): the program keeps values", it.programs[FINAL].program.store_count = 1;
		it.programs[FINAL].stores[0] = (struct ppm_store){ PPM_CLASS_F64, 1, PPM_NO_REGISTER, NUMBER });
	REFUSED("action 16 (result): the program's column 0 is a field, and there are none", it.programs[FINAL].columns[0].passed = false);
	REFUSED("action 16 (result): result 1 passes a field through that is not kept", it.programs[FINAL].outputs[1].value.column = 1);
	REFUSED("action 16 (result): whole records are passed through, and none are kept", it.programs[FINAL].program.pass_all_columns = true);
	REFUSED("action 16 (result): the scored rows have one result, by the final program", it.job.final = EVALUATE);
	REFUSED("action 18 (result): 1 fields are passed through and 0 are kept", it.programs[OF_GROUPS].columns[1] = (struct ppm_column){ .passed = true };
		it.programs[OF_GROUPS].program.column_count = 2);
	REFUSED("action 18 (result): metrics are of the whole company", a[SUMMARY].role = PPM_ROLE_METRICS);
	REFUSED("action 17 (sort): an order by nothing", a[SORTS].sort_count = 0);
	REFUSED("action 17 (sort): column 9 of table 3 does not exist", it.sort.column = 9);
	REFUSED("action 10 (sort): column 1 of table 3 is used after its last action", struct ppm_action later = a[GATHERS]; a[GATHERS] = a[SORTS]; a[SORTS] = later;
		it.groups[1].last_action = 9);
	REFUSED("action 17 (gather): table 3 was sorted: only results follow", struct ppm_action later = a[GATHERS]; a[GATHERS] = a[SORTS]; a[SORTS] = later;
		it.customers[GATHERED].last_action = SORTS);
}

// Visits that end the walk at one of them.
struct visits {
	uint32_t seen, last;
};

static bool visit_until(void *context, uint32_t table, uint32_t column, bool written)
{
	struct visits *visits = context;
	(void)table;
	(void)column;
	(void)written;
	return ++visits->seen < visits->last;
}

static void columns_of_actions(void **state)
{
	(void)state;
	struct fixture it;
	make(&it);
	it.actions[GROUPS_BY].drop_missing = true;
	it.actions[AGGREGATES].order = DAY;
	for (uint32_t i = 0; i < ACTIONS; i++) {
		struct visits all = { 0, UINT32_MAX };
		assert_true(ppm_action_columns(&it.job, i, visit_until, &all));
		assert_int_equal(all.seen == 0, i == COMPOSES);
		for (uint32_t last = 1; last <= all.seen; last++) {
			struct visits some = { 0, last };
			assert_false(ppm_action_columns(&it.job, i, visit_until, &some));
			assert_int_equal(some.seen, last);
		}
	}
}

// Whether what is gathered may be missing: where a value may be, and where a row may have no partner.
static void partners_that_may_be_missing(void **state)
{
	(void)state;
	struct fixture it;
	make(&it);
	struct ppm_action *a = it.actions, *gathers = &a[GATHERS];
	gathers->link = OF_COMPANY;
	gathers->value = 0;
	assert_true(ppm_action_may_miss(&it.job, GATHERS));
	it.company[0].may_miss = false;
	assert_false(ppm_action_may_miss(&it.job, GATHERS)); // everybody is of the company
	gathers->link = OF_BOSS;
	assert_true(ppm_action_may_miss(&it.job, GATHERS)); // a key may be nowhere
	gathers->link = GROUPED;
	assert_true(ppm_action_may_miss(&it.job, GATHERS)); // grouped where a condition holds
	a[GROUPS_BY].where = NONE;
	assert_false(ppm_action_may_miss(&it.job, GATHERS));
	a[GROUPS_BY].drop_missing = true;
	assert_true(ppm_action_may_miss(&it.job, GATHERS));
	a[GROUPS_BY].drop_missing = false;
	it.key[2] = (struct ppm_key_part){ true, OF_COMPANY };
	assert_false(ppm_action_may_miss(&it.job, GATHERS));
	it.key[2].index = OF_BOSS; // by what some have none of
	assert_true(ppm_action_may_miss(&it.job, GATHERS));
	it.key[2] = (struct ppm_key_part){ false, NUMBER };
	gathers->link = BY_GROUP; // by way of customers
	assert_true(ppm_action_may_miss(&it.job, GATHERS));
	a[COMPOSES].other_link = GROUPED;
	assert_false(ppm_action_may_miss(&it.job, GATHERS));
	a[COMPOSES].second_link = OF_BOSS;
	assert_true(ppm_action_may_miss(&it.job, GATHERS));
	assert_false(ppm_action_may_miss(&it.job, LOADS));
}

// A sentence is cut where there is no room for it, and memory that runs out is no fault of the job.
static void little_room(void **state)
{
	(void)state;
	static struct fixture it;
	make(&it);
	it.actions[MATCHES].site = 1;
	for (size_t size = 0; size < 50; size++) {
		char problem[50] = "";
		const char *whole = "action 2 (match): site 1 does not exist";
		assert_false(ppm_job_verify(&it.job, size ? problem : NULL, size));
		assert_int_equal(strlen(problem), size ? size - 1 < strlen(whole) ? size - 1 : strlen(whole) : 0);
		assert_memory_equal(problem, whole, strlen(problem));
	}
	for (size_t fail_at = 1;; fail_at++) {
		struct counted_heap heap = { .fail_at = fail_at };
		const struct ppm_allocator allocator = { counted_reallocate, &heap };
		char problem[200] = "";
		make(&it);
		it.job.arena.allocator = &allocator;
		for (int i = 0; i < PROGRAMS; i++)
			it.programs[i].program.arena.allocator = &allocator;
		bool sound = ppm_job_verify(&it.job, problem, sizeof problem);
		assert_int_equal(heap.live, 0);
		assert_int_equal(sound, !heap.failed);
		if (sound)
			break;
		assert_string_equal(problem, PPM_VERIFY_MEMORY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_with_every_action_passes),
		cmocka_unit_test(the_frame),
		cmocka_unit_test(programs_over_tables),
		cmocka_unit_test(links_and_trees),
		cmocka_unit_test(steps),
		cmocka_unit_test(pairs),
		cmocka_unit_test(results),
		cmocka_unit_test(columns_of_actions),
		cmocka_unit_test(partners_that_may_be_missing),
		cmocka_unit_test(little_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
