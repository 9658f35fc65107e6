// The grammar: plain LALR(1), no precedence declarations, no conflicts. Actions build the tree and nothing else. Lists are rings while they grow:
// the semantic value is the last item, whose `next` is the first; OPEN makes a plain list of one. A list in braces begins with its brace, so
// that the list is on the stack, and can take an error, before the first item is read.
%require "3.8"
%define api.pure full
%define api.prefix {ppm_grammar_}
%define parse.error custom
%define parse.lac full
%define api.value.type union
%define api.location.type {struct ppm_span}
%locations
%define api.token.prefix {TOK_}
%expect 0
%param {struct ppm_parser *parser}

%code requires {
#include "lang/syntax/parser.h"
}

%code provides {
int ppm_grammar_lex(PPM_GRAMMAR_STYPE *value, struct ppm_span *span, struct ppm_parser *parser);
}

%code {
#define YYINITDEPTH 1000
#define YYMAXDEPTH 20000
#define YYLLOC_DEFAULT(current, rhs, n) \
	do { \
		if (n) { \
			(current).begin = YYRHSLOC(rhs, 1).begin; \
			(current).end = YYRHSLOC(rhs, n).end; \
		} else { \
			(current).begin = (current).end = YYRHSLOC(rhs, 0).end; \
		} \
	} while (0)

// A node that could not be built: memory ran out, or the tree would be too deep, which was reported.
#define NEED(node) \
	do { \
		if (!(node)) { \
			if (parser->arena->failed) \
				YYNOMEM; \
			ppm_parser_recover(parser, yychar != TOK_PPM_GRAMMAR_EMPTY); \
			YYERROR; \
		} \
	} while (0)
#define NEW(node, type) NEED((node) = PPM_ARENA_NEW(parser->arena, struct type))
#define RING(item) ((item)->next = (item))
#define LINK(result, list, item) \
	do { \
		if (list) { \
			(item)->next = (list)->next; \
			(list)->next = (item); \
		} else { \
			RING(item); \
		} \
		(result) = (item); \
	} while (0)
// `target` and `list` must be two places.
#define OPEN(target, list) \
	do { \
		(target) = NULL; \
		if (list) { \
			(target) = (list)->next; \
			(list)->next = NULL; \
		} \
	} while (0)
#define NODE(result, kind, span, operator_span, left, right, third) \
	NEED((result) = ppm_tree_node(parser, PPM_EXPRESSION_##kind, (span), (operator_span), (left), (right), (third)))
#define STATEMENT(result, kind, keyword, name) NEED((result) = ppm_tree_statement(parser, PPM_STATEMENT_##kind, (keyword), (name)))
// Twice the same clause: the second is reported, and the first stays.
#define ONCE(present, span, first, what) \
	if (present) { \
		ppm_parser_repeated(parser, (span), (first), (what)); \
	} else

static const struct ppm_name nameless;
static const struct ppm_span nowhere;

static void ppm_grammar_error(const struct ppm_span *span, struct ppm_parser *parser, const char *message);
}

%token END 0 "the end of the file"
%token START_MODEL START_INTERPOLATION START_VALUE START_CONDITION
%token <struct ppm_name> NAME "a name"
%token <struct ppm_expression *> NUMBER "a number" PERCENTAGE "a percentage" MONEY "an amount of money" DATE "a date" DURATION "a duration"
%token <struct ppm_text> STRING "a text"
%token <enum ppm_period> PER "`per`"
// reserved everywhere
%token AND "`and`" OR "`or`" NOT "`not`" IN "`in`" IS "`is`" MOD "`mod`" BETWEEN "`between`" CONTAINS "`contains`" MATCHES "`matches`"
	STARTS_WITH "`starts with`" ENDS_WITH "`ends with`" IF "`if`" THEN "`then`" ELSE "`else`" CASE "`case`" WHEN "`when`" OTHERWISE "`otherwise`"
	WHERE "`where`" BY "`by`" TO "`to`" AS "`as`" YES "`yes`" NO "`no`" MISSING "`missing`" BECAUSE "`because`" GOES "`goes`" BELOW "`below`"
	GIVEN "`given`" EXPECT "`expect`" AS_OF "`as of`" AT_MOST "`at most`" LET "`let`" PARAM "`param`" DEFINE "`define`" DATASET "`dataset`"
	DISQUALIFY "`disqualify`" PERSPECTIVE "`perspective`" BANDS "`bands`" DIMENSION "`dimension`" LOOKUP "`lookup`" BEST_OF "`best of`" FOR_EACH "`for each`"
// names as well, wherever there is room for one
%token <struct ppm_name> MODEL "`model`" USE "`use`" TREE "`tree`" REWARD "`reward`" PENALTY "`penalty`" SCALE "`scale`" TIER "`tier`"
	SEGMENT "`segment`" OUTPUT "`output`" TEST "`test`" METRIC "`metric`" SUMMARY "`summary`" OVERRIDE "`override`" OVERRIDES "`overrides`"
	GROUP "`group`" ADJUST "`adjust`" SCORE "`score`" SCENARIO "`scenario`"
%token <struct ppm_name> OF "`of`" WEIGHT "`weight`" RANGE "`range`" START "`start`" ACTION "`action`" FROM "`from`" UNTIL "`until`" UP "`up`"
	ORDER "`order`" ASC "`asc`" DESC "`desc`" PRESENT "`present`" OVER "`over`" DEFAULT "`default`" FORMAT_TEXT "`format`" DATED "`dated`"
	PLACES "`places`" PASSES "`passes`" DESPITE "`despite`"
// only inside `dataset … { }`
%token <struct ppm_type_name> TYPE "a type"
%token KEY "`key`" OPTIONAL "`optional`" REFERENCES "`references`" SCHEMA_DEFAULT SCHEMA_FROM SCHEMA_MISSING VALUES "`values`"
%token UNDERSCORE "`_`" ASSIGN "`=`" NOT_EQUAL "`!=`" LESS "`<`" LESS_EQUAL "`<=`" GREATER "`>`" GREATER_EQUAL "`>=`" PLUS "`+`" MINUS "`-`"
	TIMES "`*`" DIVIDE "`/`" POWER "`^`" LEFT_PAREN "`(`" RIGHT_PAREN "`)`" LEFT_BRACE "`{`" RIGHT_BRACE "`}`" LEFT_BRACKET "`[`" RIGHT_BRACKET "`]`"
	COMMA "`,`" COLON "`:`" DOT "`.`"
// only while recovering: see parser.h
%token SYNC SYNC_OUTER CLOSE NEWLINE SKIPPED

%nterm <struct ppm_statement *> statement dataset_head param_head param dimension_head override summary_subject summary
%nterm <struct ppm_name> name plain_name column_name given_name
%nterm <struct ppm_name_list *> names path result_path setting_path
%nterm <struct ppm_text> doc result_label result_format
%nterm <struct ppm_template> because action
%nterm <struct ppm_column_declaration *> columns column
%nterm <struct ppm_let *> lets let
%nterm <struct ppm_spelling *> spellings
%nterm <struct ppm_text_list *> strings
%nterm <struct ppm_type_name> param_type param_base
%nterm <struct ppm_rule *> rules rule
%nterm <struct ppm_band *> bands band
%nterm <struct ppm_segment_arm *> segments segment_arm
%nterm <struct ppm_share *> shares share
%nterm <struct ppm_scenario_setting *> settings setting
%nterm <struct ppm_result *> results result
%nterm <struct ppm_order *> orders order
%nterm <struct ppm_summary_column *> aggregates aggregate
%nterm <struct ppm_lookup_entry *> entries entry
%nterm <struct ppm_lookup_key *> keys
%nterm <struct ppm_test_step *> steps step
%nterm <struct ppm_given *> givens given
%nterm <struct ppm_given_row *> given_rows given_row
%nterm <struct ppm_case_arm *> arms arm
%nterm <struct ppm_argument *> arguments argument
%nterm <enum ppm_relation> relation
%nterm <enum ppm_expression_kind> state text_test
%nterm <struct ppm_expression *> constant param_value measure unknown points cap labels amount alternatives key given_value expressions expression
	disjunction conjunction negation comparison chain set list elements term rate defaulted fallback sum product power exponent negated primary literal figure simple other_literal

%%

start
	: statements
	| START_INTERPOLATION expression            { parser->expression = $2; }
	| START_INTERPOLATION expression AS name    { parser->expression = $2; parser->as_name = $4; }
	| START_INTERPOLATION expression AS STRING  { parser->expression = $2; parser->as_format = $4; }
	| START_CONDITION expression                { parser->expression = $2; }
	| START_VALUE param_value                   { parser->expression = $2; }
	| START_VALUE MISSING                       { NEED(parser->expression = ppm_tree_leaf(parser, PPM_EXPRESSION_MISSING, @2)); }
	;

statements
	: START_MODEL
	| statements statement         { ppm_tree_add(parser, $2, @2); }
	| statements error SYNC_OUTER  { yyerrok; }
	;

block_end : CLOSE | SYNC_OUTER ;

statement
	: MODEL name doc               { STATEMENT($$, MODEL, @1, $2); $$->doc = $3; }
	| AS_OF DATE                   { STATEMENT($$, AS_OF, @1, nameless); $$->as_of.date = $2; }
	| AS_OF name                   { STATEMENT($$, AS_OF, @1, nameless); $$->as_of.word = $2; }
	| USE name                     { STATEMENT($$, USE, @1, $2); }
	| USE STRING                   { STATEMENT($$, USE, @1, nameless); $$->use.file = $2; }
	| dataset_head
	| dataset_head columns RIGHT_BRACE
		{ $$ = $1; $$->dataset.has_body = true; OPEN($$->dataset.columns, $2); }
	| dataset_head columns lets RIGHT_BRACE
		{ $$ = $1; $$->dataset.has_body = true; OPEN($$->dataset.columns, $2); OPEN($$->dataset.lets, $3); }
	| dataset_head columns error block_end
		{ yyerrok; $$ = $1; $$->dataset.has_body = true; OPEN($$->dataset.columns, $2); }
	| dataset_head columns lets error block_end
		{ yyerrok; $$ = $1; $$->dataset.has_body = true; OPEN($$->dataset.columns, $2); OPEN($$->dataset.lets, $3); }
	| TREE name BY name            { STATEMENT($$, TREE, @1, $2); $$->tree.column = $4; }
	| TREE name BY name NAME NAME NAME
		{ STATEMENT($$, TREE, @1, $2); $$->tree.column = $4; $$->tree.words[0] = $5; $$->tree.words[1] = $6; $$->tree.words[2] = $7; }
	| param doc                    { $$ = $1; $$->doc = $2; }
	| LET name ASSIGN expression doc
		{ STATEMENT($$, LET, @1, $2); $$->let.value = $4; $$->doc = $5; }
	| DEFINE name LEFT_PAREN names RIGHT_PAREN ASSIGN expression doc
		{ STATEMENT($$, DEFINE, @1, $2); OPEN($$->define.parameters, $4); $$->define.value = $7; $$->doc = $8; }
	| METRIC name doc ASSIGN expression
		{ STATEMENT($$, METRIC, @1, $2); $$->doc = $3; $$->let.value = $5; }
	| ADJUST rules RIGHT_BRACE     { STATEMENT($$, ADJUST, @1, nameless); OPEN($$->dimension.rules, $2); }
	| ADJUST rules error block_end { yyerrok; STATEMENT($$, ADJUST, @1, nameless); OPEN($$->dimension.rules, $2); }
	| dimension_head rules RIGHT_BRACE      { $$ = $1; OPEN($$->dimension.rules, $2); }
	| dimension_head rules error block_end  { yyerrok; $$ = $1; OPEN($$->dimension.rules, $2); }
	| rule                         { STATEMENT($$, RULE, @1, $1->name); $$->rule.rule = $1; }
	| DISQUALIFY name WHEN expression because
		{ STATEMENT($$, DISQUALIFY, @1, $2); $$->disqualify.condition = $4; $$->disqualify.because = $5; }
	| DISQUALIFY name WHEN expression MISSING PASSES because
		{ STATEMENT($$, DISQUALIFY, @1, $2); $$->disqualify.condition = $4; $$->disqualify.missing_passes = true; $$->disqualify.because = $7; }
	| TIER name WHEN expression action
		{ STATEMENT($$, TIER, @1, $2); $$->tier.condition = $4; $$->tier.action = $5; }
	| TIER name OTHERWISE action   { STATEMENT($$, TIER, @1, $2); $$->tier.otherwise = true; $$->tier.action = $4; }
	| TIER name MISSING action     { STATEMENT($$, TIER, @1, $2); $$->tier.missing = true; $$->tier.action = $4; }
	| SEGMENT name LEFT_BRACE segments RIGHT_BRACE  { STATEMENT($$, SEGMENT, @1, $2); OPEN($$->segment.arms, $4); }
	| SCORE PLACES NUMBER          { STATEMENT($$, SCORE, @1, nameless); $$->score.places = $3->text; $$->score.places_span = @3; }
	| SCORE name                   { STATEMENT($$, SCORE, @1, nameless); $$->score.dataset = $2; }
	| PERSPECTIVE name doc LEFT_BRACE shares RIGHT_BRACE
		{ STATEMENT($$, PERSPECTIVE, @1, $2); $$->doc = $3; OPEN($$->perspective.shares, $5); }
	| SCENARIO name doc LEFT_BRACE settings RIGHT_BRACE
		{ STATEMENT($$, SCENARIO, @1, $2); $$->doc = $3; OPEN($$->scenario.settings, $5); }
	| OUTPUT LEFT_BRACE results RIGHT_BRACE  { STATEMENT($$, OUTPUT, @1, nameless); OPEN($$->output.results, $3); }
	| summary LEFT_BRACE aggregates RIGHT_BRACE  { $$ = $1; OPEN($$->summary.columns, $3); }
	| LOOKUP name LEFT_PAREN names RIGHT_PAREN LEFT_BRACE entries RIGHT_BRACE
		{ STATEMENT($$, LOOKUP, @1, $2); OPEN($$->lookup.parameters, $4); OPEN($$->lookup.entries, $7); }
	| override
	| OVERRIDES FROM name          { STATEMENT($$, OVERRIDES, @1, $3); }
	| TEST STRING steps RIGHT_BRACE      { STATEMENT($$, TEST, @1, nameless); $$->doc = $2; OPEN($$->test.steps, $3); }
	| TEST STRING steps error block_end  { yyerrok; STATEMENT($$, TEST, @1, nameless); $$->doc = $2; OPEN($$->test.steps, $3); }
	;

doc      : %empty                  { memset(&$$, 0, sizeof $$); }
	| STRING
	;
because  : %empty                  { memset(&$$, 0, sizeof $$); }
	| because_word STRING          { memset(&$$, 0, sizeof $$); if (!ppm_parser_template(parser, $2, &$$)) YYNOMEM; }
	;
because_word : BECAUSE             { ppm_lexer_enter_template(parser); } ;
action   : %empty                  { memset(&$$, 0, sizeof $$); }
	| action_word STRING           { memset(&$$, 0, sizeof $$); if (!ppm_parser_template(parser, $2, &$$)) YYNOMEM; }
	;
action_word : ACTION               { ppm_lexer_enter_template(parser); } ;

names    : name                    { NEED($$ = ppm_tree_name(parser, $1)); RING($$); }
	| names COMMA name             { struct ppm_name_list *each; NEED(each = ppm_tree_name(parser, $3)); LINK($$, $1, each); }
	;

// ---- datasets: in braces the scanner is in its schema condition, where NAME covers every word but the modifiers and types -----------------

dataset_head
	: DATASET name                 { STATEMENT($$, DATASET, @1, $2); }
	| dataset_head OF name BY names
		{ $$ = $1; ONCE($$->dataset.parent.text.data, @2, $$->dataset.parent.span, "of") { $$->dataset.parent = $3; OPEN($$->dataset.parent_keys, $5); } }
	| dataset_head FROM name BY names
		{ $$ = $1; ONCE($$->dataset.source.text.data, @2, $$->dataset.source.span, "from") { $$->dataset.source = $3; OPEN($$->dataset.source_keys, $5); } }
	| dataset_head FROM STRING
		{ $$ = $1; ONCE($$->dataset.file.text.data, @2, $$->dataset.file.span, "from") { $$->dataset.file = $3; } }
	| dataset_head DATED name
		{ $$ = $1; ONCE($$->dataset.dated.text.data, @2, $$->dataset.dated.span, "dated") { $$->dataset.dated = $3; } }
	| dataset_head STRING
		{ $$ = $1; ONCE($$->doc.text.data, @2, $$->doc.span, "a description") { $$->doc = $2; } }
	;
columns
	: LEFT_BRACE                   { $$ = NULL; parser->brackets[parser->depth - 1].block = PPM_BLOCK_COLUMNS; ppm_lexer_enter_columns(parser); }
	| columns column               { $2->span = @2; LINK($$, $1, $2); }
	| columns error NEWLINE        { yyerrok; $$ = $1; }
	| columns error SYNC           { yyerrok; $$ = $1; }
	;
column
	: column_name TYPE             { NEW($$, ppm_column_declaration); $$->name = $1; $$->type = $2; }
	| column PER
		{ $$ = $1; ONCE($$->type.period, @2, $$->type.span, "per") { $$->type.period = $2; $$->type.span.end = @2.end; } }
	| column KEY                   { $$ = $1; ONCE($$->key, @2, nowhere, "key") { $$->key = true; } }
	| column OPTIONAL              { $$ = $1; ONCE($$->optional, @2, nowhere, "optional") { $$->optional = true; } }
	| column SCHEMA_DEFAULT constant
		{ $$ = $1; ONCE($$->default_value, @2, $$->default_value->span, "default") { $$->default_value = $3; } }
	| column IN constant TO constant
		{ $$ = $1; ONCE($$->in_low, @2, $$->in_low->span, "in") { $$->in_low = $3; $$->in_high = $5; } }
	| column IN list
		{ $$ = $1; ONCE($$->in_list, @2, $$->in_list->span, "in") { $$->in_list = $3; } }
	| column SCHEMA_FROM STRING
		{ $$ = $1; ONCE($$->header.text.data, @2, $$->header.span, "from") { $$->header = $3; } }
	| column FORMAT_TEXT STRING
		{ $$ = $1; ONCE($$->format.text.data, @2, $$->format.span, "format") { $$->format = $3; } }
	| column VALUES spellings
		{ $$ = $1; ONCE($$->values, @2, $$->values->from.span, "values") { OPEN($$->values, $3); } }
	| column SCHEMA_MISSING strings
		{ $$ = $1; ONCE($$->missing, @2, $$->missing->text.span, "missing") { OPEN($$->missing, $3); } }
	| column REFERENCES NAME
		{ $$ = $1; ONCE($$->references.text.data, @2, $$->references.span, "references") { $$->references = $3; } }
	| column STRING
		{ $$ = $1; ONCE($$->doc.text.data, @2, $$->doc.span, "a description") { $$->doc = $2; } }
	;
column_name : NAME | TYPE          { $$ = $1.base; } ;
spellings
	: STRING ASSIGN STRING         { NEW($$, ppm_spelling); $$->from = $1; $$->to = $3; RING($$); }
	| spellings COMMA STRING ASSIGN STRING
		{ struct ppm_spelling *each; NEW(each, ppm_spelling); each->from = $3; each->to = $5; LINK($$, $1, each); }
	;
strings
	: STRING                       { NEW($$, ppm_text_list); $$->text = $1; RING($$); }
	| strings COMMA STRING         { struct ppm_text_list *each; NEW(each, ppm_text_list); each->text = $3; LINK($$, $1, each); }
	;
lets
	: let                          { RING($1); $$ = $1; }
	| lets let                     { LINK($$, $1, $2); }
	| lets error SYNC              { yyerrok; $$ = $1; }
	;
let : LET name ASSIGN expression doc
		{ NEW($$, ppm_let); $$->name = $2; $$->value = $4; $$->doc = $5; $$->span = @$; }
	;
constant
	: literal
	| MINUS literal                { NODE($$, NEGATE, @$, @1, $2, NULL, NULL); }
	;

// ---- parameters and dimensions -----------------------------------------------------------------------

param_head
	: PARAM name param_type ASSIGN param_value
		{ STATEMENT($$, PARAM, @1, $2); $$->param.type = $3; $$->param.value = $5; }
	;
param
	: param_head
	| param_head IN measure TO measure  { $$ = $1; $$->param.low = $3; $$->param.high = $5; }
	| param_head IN list                { $$ = $1; $$->param.in_list = $3; }
	;
param_type
	: %empty                       { memset(&$$, 0, sizeof $$); }
	| param_base
	| param_base PER               { $$ = $1; $$.period = $2; $$.span = @$; }
	;
param_base
	: name                         { memset(&$$, 0, sizeof $$); $$.base = $1; $$.span = @$; }
	| name name {
			memset(&$$, 0, sizeof $$);
			$$.base = $1;
			$$.span = @$;
			if (!ppm_word_is_currency($2.text)) {
				struct ppm_diagnostic *diagnostic = ppm_diag(parser->diagnostics, PPM_DIAG_SYNTAX_EXPECTED, @2, "`%.*s` is not the code of a currency",
					(int)($2.text.size < 40 ? $2.text.size : 40), $2.text.data);
				ppm_diag_help(parser->diagnostics, diagnostic, "write a code such as `EUR` after `money`, or `=` and the value");
			} else {
				memcpy($$.currency, $2.text.data, 3);
			}
		}
	;
param_value : measure | list ;
measure  : sum | rate ;
settings : setting                 { RING($1); $$ = $1; }
	| settings setting             { LINK($$, $1, $2); }
	;
setting
	: setting_path ASSIGN param_value
		{ NEW($$, ppm_scenario_setting); NEED($$->param = ppm_tree_path(parser, @1, $1)); $$->value = $3; $$->span = @$; }
	;
setting_path
	: plain_name                   { NEED($$ = ppm_tree_name(parser, $1)); RING($$); }
	| setting_path DOT name        { struct ppm_name_list *each; NEED(each = ppm_tree_name(parser, $3)); LINK($$, $1, each); }
	;
dimension_head
	: DIMENSION name doc           { STATEMENT($$, DIMENSION, @1, $2); $$->doc = $3; }
	| dimension_head WEIGHT sum
		{ $$ = $1; ONCE($$->dimension.weight, @2, $$->dimension.weight->span, "weight") { $$->dimension.weight = $3; } }
	| dimension_head RANGE sum TO sum
		{ $$ = $1; ONCE($$->dimension.range_low, @2, $$->dimension.range_low->span, "range") { $$->dimension.range_low = $3; $$->dimension.range_high = $5; } }
	| dimension_head START sum
		{ $$ = $1; ONCE($$->dimension.start, @2, $$->dimension.start->span, "start") { $$->dimension.start = $3; } }
	;

// ---- rules --------------------------------------------------------------------------------------------

rules
	: LEFT_BRACE                   { $$ = NULL; parser->brackets[parser->depth - 1].block = PPM_BLOCK_RULES; }
	| rules rule                   { LINK($$, $1, $2); }
	| rules error SYNC             { yyerrok; $$ = $1; }
	;
rule
	: REWARD name points cap WHEN expression unknown because {
			NEW($$, ppm_rule);
			*$$ = (struct ppm_rule){ .kind = PPM_RULE_REWARD, .name = $2, .points = $3, .at_most = $4, .condition = $6, .missing = $7, .because = $8, .span = @$ };
		}
	| PENALTY name points cap WHEN expression unknown because {
			NEW($$, ppm_rule);
			*$$ = (struct ppm_rule){ .kind = PPM_RULE_PENALTY, .name = $2, .points = $3, .at_most = $4, .condition = $6, .missing = $7, .because = $8, .span = @$ };
		}
	| SCALE name FROM sum TO sum AS expression GOES sum TO sum {
			NEW($$, ppm_rule);
			*$$ = (struct ppm_rule){ .kind = PPM_RULE_SCALE, .name = $2, .from = $4, .to = $6, .subject = $8, .low = $10, .high = $12, .span = @$ };
		}
	| BANDS name BY expression LEFT_BRACE bands RIGHT_BRACE {
			NEW($$, ppm_rule);
			*$$ = (struct ppm_rule){ .kind = PPM_RULE_BANDS, .name = $2, .subject = $4, .span = @$ };
			OPEN($$->bands, $6);
		}
	| BEST_OF name rules RIGHT_BRACE
		{ NEW($$, ppm_rule); $$->kind = PPM_RULE_BEST_OF; $$->name = $2; OPEN($$->rules, $3); $$->span = @$; }
	| BEST_OF name rules error CLOSE
		{ yyerrok; NEW($$, ppm_rule); $$->kind = PPM_RULE_BEST_OF; $$->name = $2; OPEN($$->rules, $3); $$->span = @$; }
	| BEST_OF name rules error SYNC_OUTER
		{ yyerrok; parser->resend_outer = true; NEW($$, ppm_rule); $$->kind = PPM_RULE_BEST_OF; $$->name = $2; OPEN($$->rules, $3); $$->span = @$; }
	| GROUP name AT_MOST sum rules RIGHT_BRACE
		{ NEW($$, ppm_rule); $$->kind = PPM_RULE_GROUP; $$->name = $2; $$->at_most = $4; OPEN($$->rules, $5); $$->span = @$; }
	| GROUP name AT_MOST sum rules error CLOSE
		{ yyerrok; NEW($$, ppm_rule); $$->kind = PPM_RULE_GROUP; $$->name = $2; $$->at_most = $4; OPEN($$->rules, $5); $$->span = @$; }
	| GROUP name AT_MOST sum rules error SYNC_OUTER {
			yyerrok;
			parser->resend_outer = true;
			NEW($$, ppm_rule);
			$$->kind = PPM_RULE_GROUP;
			$$->name = $2;
			$$->at_most = $4;
			OPEN($$->rules, $5);
			$$->span = @$;
		}
	;
unknown  : %empty                  { $$ = NULL; }
	| MISSING sum                  { $$ = $2; }
	;
points   : %empty                  { $$ = NULL; }
	| expression
	;
cap      : %empty                  { $$ = NULL; }
	| AT_MOST sum                  { $$ = $2; }
	;
bands    : band                    { RING($1); $$ = $1; }
	| bands band                   { LINK($$, $1, $2); }
	;
band
	: BELOW sum COLON amount       { NEW($$, ppm_band); $$->kind = PPM_BAND_BELOW; $$->threshold = $2; $$->value = $4; $$->span = @$; }
	| UP TO sum COLON amount       { NEW($$, ppm_band); $$->kind = PPM_BAND_UP_TO; $$->threshold = $3; $$->value = $5; $$->span = @$; }
	| labels COLON amount          { NEW($$, ppm_band); $$->kind = PPM_BAND_LABELS; OPEN($$->labels, $1); $$->value = $3; $$->span = @$; }
	| OTHERWISE COLON amount       { NEW($$, ppm_band); $$->kind = PPM_BAND_OTHERWISE; $$->value = $3; $$->span = @$; }
	| MISSING COLON amount         { NEW($$, ppm_band); $$->kind = PPM_BAND_MISSING; $$->value = $3; $$->span = @$; }
	;
labels   : constant                { RING($1); $$ = $1; }
	| labels COMMA constant        { LINK($$, $1, $3); }
	| labels OR constant           { LINK($$, $1, $3); }
	;
// What stands after `:` in a table has no binary operator, so that the next label may begin with `-`.
amount   : negated ;

// ---- classes, perspectives, results -----------------------------------------------------------------

segments : segment_arm             { RING($1); $$ = $1; }
	| segments segment_arm         { LINK($$, $1, $2); }
	;
segment_arm
	: plain_name WHEN expression   { NEW($$, ppm_segment_arm); $$->name = $1; $$->condition = $3; $$->span = @$; }
	| plain_name OTHERWISE         { NEW($$, ppm_segment_arm); $$->name = $1; $$->span = @$; }
	;
shares   : share                   { RING($1); $$ = $1; }
	| shares share                 { LINK($$, $1, $2); }
	;
share    : plain_name sum          { NEW($$, ppm_share); $$->name = $1; $$->weight = $2; } ;
results  : result                  { RING($1); $$ = $1; }
	| results result               { LINK($$, $1, $2); }
	;
result_path
	: plain_name                   { NEED($$ = ppm_tree_name(parser, $1)); RING($$); }
	| result_path DOT name         { struct ppm_name_list *each; NEED(each = ppm_tree_name(parser, $3)); LINK($$, $1, each); }
	;
result
	: result_path result_label result_format
		{ NEW($$, ppm_result); NEED($$->path = ppm_tree_path(parser, @1, $1)); $$->label = $2; $$->format = $3; $$->span = @$; }
	| result_path NUMBER
		{ NEW($$, ppm_result); NEED($$->path = ppm_tree_path(parser, @1, $1)); $$->count = $2->text; $$->span = @$; }
	;
result_label
	: %empty                       { memset(&$$, 0, sizeof $$); }
	| AS STRING                    { $$ = $2; }
	;
result_format
	: %empty                       { memset(&$$, 0, sizeof $$); }
	| FORMAT_TEXT STRING           { $$ = $2; }
	;
override
	: OVERRIDE constant TIER name  { STATEMENT($$, OVERRIDE, @1, nameless); $$->override_.key = $2; $$->override_.tier = $4; }
	| override UNTIL DATE
		{ $$ = $1; ONCE($$->override_.until, @2, $$->override_.until->span, "until") { $$->override_.until = $3; } }
	| override BY STRING
		{ $$ = $1; ONCE($$->override_.by.text.data, @2, $$->override_.by.span, "by") { $$->override_.by = $3; } }
	| override BECAUSE STRING
		{ $$ = $1; ONCE($$->override_.because.text.data, @2, $$->override_.because.span, "because") { $$->override_.because = $3; } }
	| override DESPITE name
		{ $$ = $1; ONCE($$->override_.despite.text.data, @2, $$->override_.despite.span, "despite") { $$->override_.despite = $3; } }
	;

// ---- tables -----------------------------------------------------------------------------------------

summary_subject
	: SUMMARY name                 { STATEMENT($$, SUMMARY, @1, $2); }
	| SUMMARY name OVER path       { STATEMENT($$, SUMMARY, @1, $2); NEED($$->summary.over = ppm_tree_path(parser, @4, $4)); }
	;
summary
	: summary_subject BY expressions  { $$ = $1; OPEN($$->summary.by, $3); }
	| summary_subject FOR_EACH name name FROM sum TO sum
		{ $$ = $1; $$->summary.each_unit = $3; $$->summary.each_name = $4; $$->summary.each_from = $6; $$->summary.each_to = $8; }
	| summary WHERE expression
		{ $$ = $1; ONCE($$->summary.where, @2, $$->summary.where->span, "where") { $$->summary.where = $3; } }
	| summary ORDER BY orders
		{ $$ = $1; ONCE($$->summary.order, @2, $$->summary.order->expression->span, "order by") { OPEN($$->summary.order, $4); } }
	;
orders   : order                   { RING($1); $$ = $1; }
	| orders COMMA order           { LINK($$, $1, $3); }
	;
order
	: expression                   { NEW($$, ppm_order); $$->expression = $1; }
	| expression ASC               { NEW($$, ppm_order); $$->expression = $1; $$->ascending = true; }
	| expression DESC              { NEW($$, ppm_order); $$->expression = $1; $$->descending = true; }
	;
aggregates : aggregate             { RING($1); $$ = $1; }
	| aggregates aggregate         { LINK($$, $1, $2); }
	;
aggregate : plain_name ASSIGN expression doc
		{ NEW($$, ppm_summary_column); $$->name = $1; $$->value = $3; $$->doc = $4; }
	;
entries  : entry                   { RING($1); $$ = $1; }
	| entries entry                { LINK($$, $1, $2); }
	;
entry
	: keys COLON amount            { NEW($$, ppm_lookup_entry); OPEN($$->keys, $1); $$->value = $3; $$->span = @$; }
	| OTHERWISE COLON amount       { NEW($$, ppm_lookup_entry); $$->value = $3; $$->span = @$; }
	;
keys
	: alternatives                 { NEW($$, ppm_lookup_key); OPEN($$->alternatives, $1); RING($$); }
	| keys COMMA alternatives
		{ struct ppm_lookup_key *each; NEW(each, ppm_lookup_key); OPEN(each->alternatives, $3); LINK($$, $1, each); }
	;
alternatives : key                 { RING($1); $$ = $1; }
	| alternatives OR key          { LINK($$, $1, $3); }
	;
key
	: constant
	| UNDERSCORE                   { NEED($$ = ppm_tree_leaf(parser, PPM_EXPRESSION_ANY, @1)); }
	| MISSING                      { NEED($$ = ppm_tree_leaf(parser, PPM_EXPRESSION_MISSING, @1)); }
	;

// ---- tests ------------------------------------------------------------------------------------------

steps
	: LEFT_BRACE                   { $$ = NULL; parser->brackets[parser->depth - 1].block = PPM_BLOCK_STEPS; }
	| steps step                   { LINK($$, $1, $2); }
	| steps error SYNC             { yyerrok; $$ = $1; }
	;
step
	: GIVEN givens                 { NEW($$, ppm_test_step); OPEN($$->givens, $2); $$->span = @$; }
	| GIVEN name given_rows        { NEW($$, ppm_test_step); $$->dataset = $2; OPEN($$->rows, $3); $$->span = @$; }
	| EXPECT expression            { NEW($$, ppm_test_step); $$->expect = $2; $$->span = @$; }
	;
givens   : given                   { RING($1); $$ = $1; }
	| givens COMMA given           { LINK($$, $1, $3); }
	;
given
	: given_name ASSIGN given_value  { NEW($$, ppm_given); $$->name = $1; $$->value = $3; $$->span = @$; }
	| name DOT name ASSIGN given_value  { NEW($$, ppm_given); $$->module = $1; $$->name = $3; $$->value = $5; $$->span = @$; }
	;
// The columns of exceptions have these names.
given_name
	: name
	| BY                           { $$ = (struct ppm_name){ PPM_SLICE("by"), @1 }; }
	| BECAUSE                      { $$ = (struct ppm_name){ PPM_SLICE("because"), @1 }; }
	;
given_value
	: param_value
	| MISSING                      { NEED($$ = ppm_tree_leaf(parser, PPM_EXPRESSION_MISSING, @1)); }
	;
given_rows : given_row             { RING($1); $$ = $1; }
	| given_rows given_row         { LINK($$, $1, $2); }
	;
given_row
	: LEFT_BRACE givens RIGHT_BRACE  { NEW($$, ppm_given_row); OPEN($$->givens, $2); $$->span = @$; }
	| LEFT_BRACE RIGHT_BRACE         { NEW($$, ppm_given_row); $$->span = @$; }
	;

// ---- expressions --------------------------------------------------------------------------------------

expressions : expression           { RING($1); $$ = $1; }
	| expressions COMMA expression { LINK($$, $1, $3); }
	;
expression
	: disjunction
	| IF expression THEN expression ELSE expression  { NODE($$, IF, @$, @1, $2, $4, $6); }
	;
disjunction : conjunction
	| disjunction OR conjunction   { NODE($$, OR, @$, @2, $1, $3, NULL); }
	;
conjunction : negation
	| conjunction AND negation     { NODE($$, AND, @$, @2, $1, $3, NULL); }
	;
negation : comparison
	| NOT negation                 { NODE($$, NOT, @$, @1, $2, NULL, NULL); }
	;
comparison
	: term
	| chain                        { struct ppm_expression *first; $$ = $1; OPEN(first, $1->items); $$->items = first; }
	| term IN set                  { $$ = $3; NEED(ppm_tree_test(parser, $$, @$, @2, $1, false)); }
	| term NOT IN set              { $$ = $4; NEED(ppm_tree_test(parser, $$, @$, @3, $1, true)); }
	| term IS state                { NEED($$ = ppm_tree_node(parser, $3, @$, @2, $1, NULL, NULL)); }
	| term IS NOT state            { NEED($$ = ppm_tree_node(parser, $4, @$, @2, $1, NULL, NULL)); $$->negated = true; }
	| term BETWEEN term AND term   { NODE($$, BETWEEN, @$, @2, $1, $3, $5); }
	| term NOT BETWEEN term AND term  { NODE($$, BETWEEN, @$, @3, $1, $4, $6); $$->negated = true; }
	| term text_test term          { NEED($$ = ppm_tree_node(parser, $2, @$, @2, $1, $3, NULL)); }
	| term NOT text_test term      { NEED($$ = ppm_tree_node(parser, $3, @$, @3, $1, $4, NULL)); $$->negated = true; }
	;
chain
	: term relation term           { NEED($$ = ppm_tree_compare(parser, NULL, $2, @$, @2, $1, $3)); }
	| chain relation term          { NEED($$ = ppm_tree_compare(parser, $1, $2, @$, @2, NULL, $3)); }
	;
relation
	: ASSIGN                       { $$ = PPM_RELATION_EQUAL; }
	| NOT_EQUAL                    { $$ = PPM_RELATION_NOT_EQUAL; }
	| LESS                         { $$ = PPM_RELATION_LESS; }
	| LESS_EQUAL                   { $$ = PPM_RELATION_LESS_EQUAL; }
	| GREATER                      { $$ = PPM_RELATION_GREATER; }
	| GREATER_EQUAL                { $$ = PPM_RELATION_GREATER_EQUAL; }
	;
text_test
	: CONTAINS                     { $$ = PPM_EXPRESSION_CONTAINS; }
	| STARTS_WITH                  { $$ = PPM_EXPRESSION_STARTS_WITH; }
	| ENDS_WITH                    { $$ = PPM_EXPRESSION_ENDS_WITH; }
	| MATCHES                      { $$ = PPM_EXPRESSION_MATCHES; }
	;
state
	: MISSING                      { $$ = PPM_EXPRESSION_IS_MISSING; }
	| PRESENT                      { $$ = PPM_EXPRESSION_IS_PRESENT; }
	;
set
	: list                         { NODE($$, IN_LIST, @$, nowhere, NULL, $1, NULL); }
	| term TO term                 { NODE($$, IN_RANGE, @$, nowhere, NULL, $1, $3); }
	| term                         { NODE($$, IN_VALUE, @$, nowhere, NULL, $1, NULL); }
	;
list
	: LEFT_BRACKET RIGHT_BRACKET   { NEED($$ = ppm_tree_list(parser, @$, NULL)); }
	| LEFT_BRACKET elements RIGHT_BRACKET  { NEED($$ = ppm_tree_list(parser, @$, $2)); }
	;
elements : sum                     { RING($1); $$ = $1; }
	| elements COMMA sum           { LINK($$, $1, $3); }
	;
// `default` and `per` do not mix with arithmetic: `revenue - cost per year` could mean two things. A figure takes its period as it takes its unit: no operator's meaning hangs on it,
// since what has a period never meets what has none.
term     : sum | defaulted | rate ;
rate     : simple PER              { NODE($$, RATE, @$, @2, $1, NULL, NULL); $$->period = $2; } ;
defaulted
	: primary DEFAULT fallback     { NODE($$, DEFAULT, @$, @2, $1, $3, NULL); }
	| defaulted DEFAULT fallback   { NODE($$, DEFAULT, @$, @2, $1, $3, NULL); }
	;
fallback : primary
	| MINUS primary                { NODE($$, NEGATE, @$, @1, $2, NULL, NULL); }
	;
sum      : product
	| sum PLUS product             { NODE($$, ADD, @$, @2, $1, $3, NULL); }
	| sum MINUS product            { NODE($$, SUBTRACT, @$, @2, $1, $3, NULL); }
	;
product  : power
	| product TIMES power          { NODE($$, MULTIPLY, @$, @2, $1, $3, NULL); }
	| product DIVIDE power         { NODE($$, DIVIDE, @$, @2, $1, $3, NULL); }
	| product MOD power            { NODE($$, MODULO, @$, @2, $1, $3, NULL); }
	;
// Wider than the language: `-2 ^ 2` and `2 ^ 3 ^ 2` are read, and refused with advice.
power    : negated
	| power POWER exponent         { NEED($$ = ppm_tree_power(parser, @$, @2, $1, $3)); }
	;
exponent : primary
	| MINUS primary                { NODE($$, NEGATE, @$, @1, $2, NULL, NULL); }
	;
negated  : primary
	| MINUS negated                { NODE($$, NEGATE, @$, @1, $2, NULL, NULL); }
	;
primary
	: simple
	| figure
	| figure PER                   { NODE($$, RATE, @$, @2, $1, NULL, NULL); $$->period = $2; }
	;
simple
	: other_literal
	| path                         { NEED($$ = ppm_tree_path(parser, @$, $1)); }
	| path LEFT_PAREN RIGHT_PAREN  { NEED($$ = ppm_tree_call(parser, @$, @1, $1, NULL)); }
	| path LEFT_PAREN arguments RIGHT_PAREN  { NEED($$ = ppm_tree_call(parser, @$, @1, $1, $3)); }
	| LEFT_PAREN expression RIGHT_PAREN  { $$ = $2; $$->parenthesised = true; $$->span = @$; }
	| CASE LEFT_BRACE arms RIGHT_BRACE   { NEED($$ = ppm_tree_case(parser, @$, $3)); $$->operator_span = @1; }
	;
literal  : figure | other_literal ;
figure   : NUMBER | PERCENTAGE | MONEY ;
other_literal
	: DATE | DURATION
	| STRING                       { NEED($$ = ppm_tree_leaf(parser, PPM_EXPRESSION_TEXT, @1)); $$->text = $1.text; }
	| YES                          { NEED($$ = ppm_tree_leaf(parser, PPM_EXPRESSION_FLAG, @1)); $$->yes = true; }
	| NO                           { NEED($$ = ppm_tree_leaf(parser, PPM_EXPRESSION_FLAG, @1)); }
	;
path
	: name                         { NEED($$ = ppm_tree_name(parser, $1)); RING($$); }
	| path DOT name                { struct ppm_name_list *each; NEED(each = ppm_tree_name(parser, $3)); LINK($$, $1, each); }
	;
arms     : arm                     { RING($1); $$ = $1; }
	| arms arm                     { LINK($$, $1, $2); }
	;
arm
	: WHEN expression COLON expression  { NEW($$, ppm_case_arm); $$->when = $2; $$->value = $4; $$->span = @$; }
	| MISSING COLON expression     { NEW($$, ppm_case_arm); $$->missing = true; $$->value = $3; $$->span = @$; }
	| OTHERWISE COLON expression   { NEW($$, ppm_case_arm); $$->otherwise = true; $$->value = $3; $$->span = @$; }
	;
arguments : argument               { struct ppm_expression *by; OPEN(by, $1->by); $1->by = by; RING($1); $1->span = @1; $$ = $1; }
	| arguments COMMA argument     { struct ppm_expression *by; OPEN(by, $3->by); $3->by = by; $3->span = @3; LINK($$, $1, $3); }
	;
argument
	: expression                   { NEW($$, ppm_argument); $$->expression = $1; }
	| WHERE expression             { NEW($$, ppm_argument); $$->where = $2; }
	| BY expression                { NEW($$, ppm_argument); RING($2); $$->by = $2; }
	| argument OVER path {
			struct ppm_expression *over;
			$$ = $1;
			NEED(over = ppm_tree_path(parser, @3, $3));
			ONCE($$->over, @2, $$->over->span, "over") { $$->over = over; }
		}
	| argument WHERE expression
		{ $$ = $1; ONCE($$->where, @2, $$->where->span, "where") { $$->where = $3; } }
	| argument BY expression       { $$ = $1; LINK($$->by, $1->by, $3); }
	| argument ORDER BY expression
		{ $$ = $1; ONCE($$->order_by, @2, $$->order_by->span, "order by") { $$->order_by = $4; } }
	| argument ASC                 { $$ = $1; ONCE($$->ascending || $$->descending, @2, nowhere, "asc") { $$->ascending = true; } }
	| argument DESC                { $$ = $1; ONCE($$->ascending || $$->descending, @2, nowhere, "desc") { $$->descending = true; } }
	;
name : plain_name | DEFAULT | FORMAT_TEXT ;
plain_name
	: NAME | MODEL | USE | TREE | REWARD | PENALTY | SCALE | TIER | SEGMENT | OUTPUT | TEST | METRIC | SUMMARY | OVERRIDE | OVERRIDES | GROUP | ADJUST | SCORE | SCENARIO
	| OF | WEIGHT | RANGE | START | ACTION | FROM | UNTIL | UP | ORDER | ASC | DESC | PRESENT | OVER | DATED | PLACES | PASSES | DESPITE
	;

%%

// Only the stack running full comes here.
static void ppm_grammar_error(const struct ppm_span *span, struct ppm_parser *parser, const char *message)
{
	(void)span;
	(void)message;
	ppm_parser_report_memory(parser);
}

static int yyreport_syntax_error(const yypcontext_t *context, struct ppm_parser *parser)
{
	yysymbol_kind_t symbols[YYNTOKENS];
	bool expected[YYNTOKENS + 256] = { false };
	int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
	int got = 0;

	if (count < 0)
		return count;
	for (int token = 0; token < ppm_token_limit(); token++) {
		yysymbol_kind_t symbol = YYTRANSLATE(token);
		if (symbol == YYSYMBOL_YYUNDEF)
			continue;
		if (symbol == yypcontext_token(context))
			got = token;
		for (int i = 0; i < count; i++)
			if (symbols[i] == symbol)
				expected[token] = true;
	}
	ppm_parser_report_expected(parser, expected, got, *yypcontext_location(context));
	return 0;
}

const char *ppm_token_name(int token)
{
	return yysymbol_name(YYTRANSLATE(token));
}

int ppm_token_limit(void)
{
	return TOK_SKIPPED + 1;
}
