// The context goes as soon as something failed, so that a digest of part of the data can never be had.
#include "runtime/base/sha256.h"

#include <openssl/evp.h>

bool ppm_sha256_begin(struct ppm_sha256 *sha256)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(context);
		context = NULL;
	}
	sha256->context = context;
	return context != NULL;
}

bool ppm_sha256_update(struct ppm_sha256 *sha256, const void *data, size_t size)
{
	if (!sha256->context)
		return false;
	if (size == 0 || EVP_DigestUpdate(sha256->context, data, size) == 1)
		return true;
	ppm_sha256_abandon(sha256);
	return false;
}

bool ppm_sha256_finish(struct ppm_sha256 *sha256, uint8_t digest[PPM_SHA256_SIZE])
{
	unsigned size = 0;
	bool fine = sha256->context && EVP_DigestFinal_ex(sha256->context, digest, &size) == 1 && size == PPM_SHA256_SIZE;
	ppm_sha256_abandon(sha256);
	return fine;
}

void ppm_sha256_abandon(struct ppm_sha256 *sha256)
{
	EVP_MD_CTX_free(sha256->context);
	sha256->context = NULL;
}

void ppm_sha256_hex(const uint8_t digest[PPM_SHA256_SIZE], char out[PPM_SHA256_HEX_SIZE])
{
	static const char hex[16] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };
	for (size_t i = 0; i < PPM_SHA256_SIZE; i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
}
