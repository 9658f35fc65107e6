// SHA-256 (FIPS 180-4), for saying from which model and data a result came. libcrypto does the work.
#ifndef PPM_RUNTIME_BASE_SHA256_H
#define PPM_RUNTIME_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPM_SHA256_SIZE 32
#define PPM_SHA256_HEX_SIZE 64

// A digest under way. All zero is one that has not begun; between begin and finish or abandon it owns memory.
struct ppm_sha256 {
	void *context;
};

// False when memory ran out or libcrypto has no SHA-256: nothing is held then.
bool ppm_sha256_begin(struct ppm_sha256 *sha256);
// False when it was not begun or libcrypto failed; finish will then fail too.
bool ppm_sha256_update(struct ppm_sha256 *sha256, const void *data, size_t size);
// The digest of all that was given; false, and no digest, when anything failed before. Frees what begin took either way.
bool ppm_sha256_finish(struct ppm_sha256 *sha256, uint8_t digest[PPM_SHA256_SIZE]);
// Frees without a digest; also where nothing was begun.
void ppm_sha256_abandon(struct ppm_sha256 *sha256);
// 64 lower-case hex digits, no NUL.
void ppm_sha256_hex(const uint8_t digest[PPM_SHA256_SIZE], char out[PPM_SHA256_HEX_SIZE]);

#endif
