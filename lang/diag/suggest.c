// "Did you mean": the nearest of the candidates, if it is near enough that a slip of the fingers explains it.
#include "lang/diag/diag.h"

#include "runtime/base/text.h"

static size_t limit_of(struct ppm_slice wanted)
{
	return wanted.size < 3 ? 1 : wanted.size / 3;
}

void ppm_suggestion_init(struct ppm_suggestion *suggestion, struct ppm_slice wanted)
{
	*suggestion = (struct ppm_suggestion){ .wanted = wanted, .distance = limit_of(wanted) + 1 };
}

void ppm_suggestion_offer(struct ppm_suggestion *suggestion, struct ppm_slice candidate)
{
	size_t distance;

	if (suggestion->distance == 0 || candidate.size == 0)
		return;
	distance = ppm_text_distance(suggestion->wanted, candidate, suggestion->distance - 1);
	// `x` is not a slip for `y`: one edit must leave something of the word.
	if (distance >= candidate.size && distance > 0)
		return;
	if (distance < suggestion->distance) {
		suggestion->distance = distance;
		suggestion->best = candidate;
	}
}

struct ppm_slice ppm_suggestion_take(const struct ppm_suggestion *suggestion)
{
	return suggestion->best;
}
