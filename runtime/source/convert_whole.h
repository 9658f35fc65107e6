// What CONVERT(integers) makes of a column of numbers: doubles, whole numbers, and whether those fit 16 bits. convert_template.h and convert_vector.h share it; it is
// included by them once for each instruction set, behind their own.

CONVERT_TARGET static void CONVERT(number)(const struct ppm_field_view *view, double *out, uint64_t *empty, uint64_t *strict)
{
	CONVERT(integers)(view, out, NULL, empty, strict);
}

CONVERT_TARGET static void CONVERT(whole)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict)
{
	CONVERT(integers)(view, NULL, out, empty, strict);
}

CONVERT_TARGET static bool CONVERT(narrow)(const int32_t *whole, int16_t *out)
{
	uint32_t seen = 0;
	for (size_t i = 0; i < PPM_BATCH_ROWS; i++) {
		uint32_t value = (uint32_t)whole[i];
		out[i] = (int16_t)(uint16_t)value;
		seen |= value + 32768;
	}
	return seen < 65536;
}
