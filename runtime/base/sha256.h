// SHA-256 (FIPS 180-4), for saying from which model and data a result came. Nettle's: it loads in a tenth of the time that larger libraries of its kind take to start, and nothing about
// it can fail.
#ifndef PPM_RUNTIME_BASE_SHA256_H
#define PPM_RUNTIME_BASE_SHA256_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

#define PPM_SHA256_SIZE 32
#define PPM_SHA256_HEX_SIZE 64

// A digest under way; owns nothing.
struct ppm_sha256 {
	struct sha256_ctx context;
};

void ppm_sha256_begin(struct ppm_sha256 *sha256);
// `data` may be NULL where size is 0.
void ppm_sha256_update(struct ppm_sha256 *sha256, const void *data, size_t size);
// The digest of all that was given; ends it.
void ppm_sha256_finish(struct ppm_sha256 *sha256, uint8_t digest[PPM_SHA256_SIZE]);
// 64 lower-case hex digits, no NUL.
void ppm_sha256_hex(const uint8_t digest[PPM_SHA256_SIZE], char out[PPM_SHA256_HEX_SIZE]);

#endif
