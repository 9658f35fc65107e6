// gzip and zstd as streams. A file may be several members or frames, one after another, as parallel compressors and `cat` make them.
#include "runtime/base/instrumented.h"
#include "runtime/source/reader.h"

#include <limits.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_WINDOW_BITS (15 + 16) // the largest window, in a gzip frame

struct ppm_inflater {
	const struct ppm_allocator *allocator;
	enum ppm_compression compression;
	bool inside; // a member or frame has begun and not ended
	bool done;   // only padding may follow
	z_stream gzip;
	ZSTD_DStream *zstd;
};

enum ppm_compression ppm_compression_of(const uint8_t *data, size_t size)
{
	if (size >= 3 && data[0] == 0x1F && data[1] == 0x8B && data[2] == 8)
		return PPM_COMPRESSION_GZIP;
	if (size >= 4 && data[0] == 0x28 && data[1] == 0xB5 && data[2] == 0x2F && data[3] == 0xFD)
		return PPM_COMPRESSION_ZSTD;
	return PPM_COMPRESSION_NONE;
}

static void *take_memory(void *context, unsigned count, unsigned size)
{
	PPM_WRITTEN_OUTSIDE(&context, sizeof context);
	PPM_WRITTEN_OUTSIDE(&count, sizeof count);
	PPM_WRITTEN_OUTSIDE(&size, sizeof size);
	const struct ppm_inflater *inflater = context;
	return ppm_allocate(inflater->allocator, count, size);
}

static void give_memory(void *context, void *memory)
{
	PPM_WRITTEN_OUTSIDE(&context, sizeof context);
	PPM_WRITTEN_OUTSIDE(&memory, sizeof memory);
	const struct ppm_inflater *inflater = context;
	ppm_free(inflater->allocator, memory);
}

struct ppm_inflater *ppm_inflater_new(const struct ppm_allocator *allocator, enum ppm_compression compression)
{
	struct ppm_inflater *inflater = ppm_allocate_zeroed(allocator, 1, sizeof *inflater);
	if (!inflater)
		return NULL;
	inflater->allocator = allocator;
	inflater->compression = compression;
	bool ready;
	if (compression == PPM_COMPRESSION_GZIP) {
		inflater->gzip.zalloc = take_memory;
		inflater->gzip.zfree = give_memory;
		inflater->gzip.opaque = inflater;
		ready = inflateInit2(&inflater->gzip, GZIP_WINDOW_BITS) == Z_OK;
	} else {
		inflater->zstd = ZSTD_createDStream();
		ready = inflater->zstd != NULL;
	}
	if (!ready) {
		ppm_free(allocator, inflater);
		return NULL;
	}
	return inflater;
}

void ppm_inflater_free(struct ppm_inflater *inflater)
{
	if (!inflater)
		return;
	if (inflater->compression == PPM_COMPRESSION_GZIP)
		inflateEnd(&inflater->gzip);
	else
		ZSTD_freeDStream(inflater->zstd);
	ppm_free(inflater->allocator, inflater);
}

static enum ppm_status run_gzip(struct ppm_inflater *inflater, const uint8_t *data, size_t size, bool last, size_t *taken, char *out, size_t capacity, size_t *given)
{
	z_stream *gzip = &inflater->gzip;
	if (!inflater->inside && size == 0)
		return PPM_OK;
	if (!inflater->inside) {
		// After a member: another one, or the zeros that tapes are padded with.
		size_t zeros = 0;
		while (zeros < size && data[zeros] == 0)
			zeros++;
		if (zeros) {
			inflater->done = true;
			*taken = zeros;
			return PPM_OK;
		}
		if (inflater->done || inflateReset(gzip) != Z_OK)
			return PPM_ERROR_DATA;
		inflater->inside = true;
	}
	gzip->next_in = (z_const Bytef *)(uintptr_t)data;
	gzip->avail_in = size < UINT_MAX ? (unsigned)size : UINT_MAX;
	gzip->next_out = (Bytef *)out;
	gzip->avail_out = capacity < UINT_MAX ? (unsigned)capacity : UINT_MAX;
	int result = inflate(gzip, Z_NO_FLUSH);
	*taken = (size_t)(gzip->next_in - (z_const Bytef *)(uintptr_t)data);
	*given = (size_t)(gzip->next_out - (Bytef *)out);
	PPM_WRITTEN_OUTSIDE(out, *given);
	if (result == Z_MEM_ERROR)
		return PPM_ERROR_MEMORY;
	if (result == Z_STREAM_END)
		inflater->inside = false;
	else if (result != Z_OK && result != Z_BUF_ERROR)
		return PPM_ERROR_DATA;
	if (inflater->inside && last && *taken == size && *given == 0)
		return PPM_ERROR_DATA;
	return PPM_OK;
}

static enum ppm_status run_zstd(struct ppm_inflater *inflater, const uint8_t *data, size_t size, bool last, size_t *taken, char *out, size_t capacity, size_t *given)
{
	if (!inflater->inside && size == 0)
		return PPM_OK;
	ZSTD_inBuffer from = { data, size, 0 };
	ZSTD_outBuffer to = { out, capacity, 0 };
	size_t result = ZSTD_decompressStream(inflater->zstd, &to, &from);
	*taken = from.pos;
	*given = to.pos;
	PPM_WRITTEN_OUTSIDE(out, *given);
	if (ZSTD_isError(result))
		return PPM_ERROR_DATA;
	inflater->inside = result != 0;
	if (inflater->inside && last && *taken == size && *given == 0)
		return PPM_ERROR_DATA;
	return PPM_OK;
}

enum ppm_status ppm_inflater_run(struct ppm_inflater *inflater, const uint8_t *data, size_t size, bool last, size_t *taken, char *out, size_t capacity, size_t *given)
{
	*taken = *given = 0;
	return inflater->compression == PPM_COMPRESSION_GZIP ? run_gzip(inflater, data, size, last, taken, out, capacity, given)
							     : run_zstd(inflater, data, size, last, taken, out, capacity, given);
}
