// Diagnostics: collected, sorted by place, rendered for people (with the line and what is wrong in it), in one line each, or as JSON.
// The message states, only the help advises. One mistake, one error.
#ifndef PPM_LANG_DIAG_DIAG_H
#define PPM_LANG_DIAG_DIAG_H

#include "lang/diag/source_map.h"
#include "runtime/base/buffer.h"

// One row a code in diag_codes.def: DIAG(E0101, SYNTAX, ERROR, "short title"). Codes never change meaning. E01xx the text and its
// syntax, E02xx names, E03xx types and units, E04xx statements and rules, E05xx values and limits, E06xx files and
// imports, E07xx what this version cannot run yet; W1xxx warnings, with lints W12xx, and W14xx that `ppmc lint` alone finds; a comment `# ppm: allow W1201` on the line silences them; N2xxx notes.
enum ppm_diag_code {
#define DIAG(code, name, severity, title) PPM_DIAG_##name,
#include "lang/diag/diag_codes.def"
#undef DIAG
	PPM_DIAG_COUNT
};

enum ppm_severity { PPM_SEVERITY_ERROR, PPM_SEVERITY_WARNING, PPM_SEVERITY_NOTE };
enum ppm_diag_format { PPM_DIAG_HUMAN, PPM_DIAG_SHORT, PPM_DIAG_JSON };

#define PPM_DIAG_LABELS 6

// All texts are in the list's arena.
struct ppm_diagnostic {
	enum ppm_diag_code code;
	enum ppm_severity severity; // the code's own, or ERROR under --strict
	struct ppm_span span;
	struct ppm_slice message;
	struct ppm_slice label; // beside the span itself; may be empty
	struct {
		struct ppm_span span;
		struct ppm_slice text;
	} labels[PPM_DIAG_LABELS]; // further places
	unsigned label_count;
	struct ppm_slice help; // may be empty
	uint32_t order;
	struct ppm_diagnostic *next;
};

struct ppm_diagnostics {
	struct ppm_arena *arena;
	struct ppm_source_map *map;
	struct ppm_diagnostic *first; // newest first until sorted
	uint32_t errors, warnings, notes;
	bool muted;      // nothing is recorded (type inference's trial passes); counts stay
	bool hide_notes; // they are counted, and not rendered: for whoever runs a model, not writes one
	uint32_t enough; // errors: when there are so many, further ones say nothing new and are dropped; 0: never. Whoever sets it restores it
	bool out_of_memory;
	struct ppm_diagnostic scratch;  // handed out for what is not recorded
	struct ppm_diagnostic **places; // of what is recorded, by code and span; NULL: nothing yet
	struct ppm_slice line, allowed; // the line that was looked at last, and what its comment allows
};

void ppm_diagnostics_init(struct ppm_diagnostics *list, struct ppm_arena *arena, struct ppm_source_map *map);
// Records one. Never NULL: when muted or out of memory, a scratch diagnostic that is thrown away. An exact repetition (code and span) is
// dropped. A warning or lint whose line carries the comment `# ppm: allow CODE` is dropped.
struct ppm_diagnostic *ppm_diag(struct ppm_diagnostics *list, enum ppm_diag_code code, struct ppm_span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
void ppm_diag_label(struct ppm_diagnostics *list, struct ppm_diagnostic *diagnostic, struct ppm_span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
void ppm_diag_help(struct ppm_diagnostics *list, struct ppm_diagnostic *diagnostic, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Sorted by severity-independent place; errors first capped at `limit` (0: all) with "and N more". `colour` uses ANSI colours.
void ppm_diagnostics_render(struct ppm_diagnostics *list, enum ppm_diag_format format, bool colour, uint32_t limit, struct ppm_buffer *out);

// The lines of a span with it underlined, and the label (may be empty) beside it, as a diagnostic shows them. Nothing when the span is nowhere.
void ppm_diag_excerpt(const struct ppm_source_map *map, struct ppm_span span, struct ppm_slice label, bool colour, struct ppm_buffer *out);

const char *ppm_diag_code_text(enum ppm_diag_code code); // "E0203"
const char *ppm_diag_code_title(enum ppm_diag_code code);
// False when there is no such code. Case does not matter.
bool ppm_diag_code_find(struct ppm_slice text, enum ppm_diag_code *code);

// "Did you mean": offer candidates one at a time, then take the best; ties go to the first offered. Where there are errors without end, nobody reads what each of them might have meant:
// ppm_suggests is false then, and candidates need not be offered.
bool ppm_suggests(const struct ppm_diagnostics *list);
struct ppm_suggestion {
	struct ppm_slice wanted, best;
	size_t distance;
};
void ppm_suggestion_init(struct ppm_suggestion *suggestion, struct ppm_slice wanted);
void ppm_suggestion_offer(struct ppm_suggestion *suggestion, struct ppm_slice candidate);
// Empty when nothing is near enough (a third of the length, at least 1; an equal text but for case always is).
struct ppm_slice ppm_suggestion_take(const struct ppm_suggestion *suggestion);

#endif
