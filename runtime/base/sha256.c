#include "runtime/base/sha256.h"
#include "runtime/base/instrumented.h"

void ppm_sha256_begin(struct ppm_sha256 *sha256)
{
	sha256_init(&sha256->context);
}

void ppm_sha256_update(struct ppm_sha256 *sha256, const void *data, size_t size)
{
	if (size)
		sha256_update(&sha256->context, size, data);
}

void ppm_sha256_finish(struct ppm_sha256 *sha256, uint8_t digest[PPM_SHA256_SIZE])
{
	sha256_digest(&sha256->context, PPM_SHA256_SIZE, digest);
	PPM_WRITTEN_OUTSIDE(digest, PPM_SHA256_SIZE);
}

void ppm_sha256_hex(const uint8_t digest[PPM_SHA256_SIZE], char out[PPM_SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < PPM_SHA256_SIZE; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
}
