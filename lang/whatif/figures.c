// Figures of a variant as values and as texts.
#include "lang/whatif/report.h"

#include "runtime/base/number.h"

struct ppm_slice ppm_whatif_decimal(struct ppm_arena *arena, ppm_int128 value)
{
	// beyond what one writing takes the last places go: they would be noise
	int places = PPM_EXACT_PLACES;
	char text[64];
	while (places > 0 && (value > ((ppm_int128)1 << 115) || value < -((ppm_int128)1 << 115))) {
		value /= 10;
		places--;
	}
	size_t size = ppm_decimal_write(value, places, places, text);
	while (places && text[size - 1] == '0') // a point stands there
		size--;
	if (places && text[size - 1] == '.')
		size--;
	struct ppm_slice copy = ppm_arena_copy(arena, (struct ppm_slice){ text, size });
	return copy.data ? copy : PPM_SLICE("");
}

static ppm_int128 unit(const struct ppm_whatif_about *about)
{
	return ppm_power_of_ten[PPM_EXACT_PLACES - about->places];
}

ppm_int128 ppm_whatif_mean(const struct ppm_whatif_about *about, const struct ppm_whatif_result *result)
{
	return ppm_round_divide_128(result->score_sum * unit(about), (ppm_int128)result->scored);
}

ppm_int128 ppm_whatif_median(const struct ppm_whatif_about *about, const struct ppm_whatif_result *result)
{
	return (ppm_int128)result->double_median * (unit(about) / 2);
}

ppm_int128 ppm_whatif_score(const struct ppm_whatif_about *about, uint32_t score)
{
	return score * unit(about);
}

static bool value_sum(const struct ppm_whatif_report *report, const struct ppm_whatif_result *result, uint32_t value, ppm_int128 *sum)
{
	uint32_t slots = report->about->tier_count + 1;
	*sum = 0;
	for (uint32_t t = 0; t < slots; t++)
		*sum += result->value_sums[value * slots + t];
	return !result->value_overflow;
}

bool ppm_whatif_figure(
	const struct ppm_whatif_report *report, const struct ppm_whatif_result *result, const struct ppm_whatif_measure *measure, double *value, struct ppm_slice *text)
{
	const struct ppm_whatif_cell *cell;
	char shown[400];
	size_t size;
	ppm_int128 sum;
	switch (measure->kind) {
	case PPM_MEASURE_SCORE:
		if (!result->scored)
			return false;
		*value = ppm_exact_to_number(ppm_whatif_mean(report->about, result));
		size = ppm_number_write_fixed(*value, report->about->places + 1, shown);
		break;
	case PPM_MEASURE_TIER:
		if (!result->rows)
			return false;
		*value = (double)result->tiers[measure->index] / (double)result->rows;
		size = ppm_number_write_fixed(*value * 100, 1, shown);
		shown[size++] = '%';
		break;
	case PPM_MEASURE_METRIC:
		cell = &result->metrics[measure->index];
		if (ppm_number_parse(cell->json, value) != PPM_NUMBER_FINE)
			return false;
		*text = cell->text;
		return true;
	case PPM_MEASURE_VALUE:
	default:
		if (!value_sum(report, result, measure->index, &sum))
			return false;
		*value = ppm_exact_to_number(sum);
		size = ppm_decimal_write(sum, PPM_EXACT_PLACES, 2, shown);
		break;
	}
	*text = ppm_arena_copy(report->arena, (struct ppm_slice){ shown, size });
	return text->data != NULL;
}
