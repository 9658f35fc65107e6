// SHA-256 (FIPS 180-4), for saying from which model and data a result came. Our own, because the library that has it takes longer to load than a small file takes to score; nothing
// about it can fail.
#ifndef PPM_RUNTIME_BASE_SHA256_H
#define PPM_RUNTIME_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPM_SHA256_SIZE 32
#define PPM_SHA256_HEX_SIZE 64
#define PPM_SHA256_BLOCK 64

// A digest under way; owns nothing.
struct ppm_sha256 {
	uint32_t state[8];
	uint64_t size;                     // bytes given so far
	uint8_t pending[PPM_SHA256_BLOCK]; // the last size % PPM_SHA256_BLOCK of them
	bool hardware;                     // with the processor's instructions for it
};

// Takes the processor's instructions where it has them. A test that sets `hardware` to false afterwards compares both ways.
void ppm_sha256_begin(struct ppm_sha256 *sha256);
// `data` may be NULL where size is 0.
void ppm_sha256_update(struct ppm_sha256 *sha256, const void *data, size_t size);
// The digest of all that was given; ends it.
void ppm_sha256_finish(struct ppm_sha256 *sha256, uint8_t digest[PPM_SHA256_SIZE]);
// 64 lower-case hex digits, no NUL.
void ppm_sha256_hex(const uint8_t digest[PPM_SHA256_SIZE], char out[PPM_SHA256_HEX_SIZE]);

#endif
