// The pool is an interner whose first codes never change. The "other" code is held by a byte that is no UTF-8, so that no text of a file or
// a model can ever be equal to it.
#include "runtime/column/text_pool.h"

#define TEXT_BYTES_LIMIT ((size_t)16 << 20)

bool ppm_text_pool_init(struct ppm_text_pool *pool, const struct ppm_allocator *allocator, const struct ppm_slice *constants, uint32_t count)
{
	*pool = (struct ppm_text_pool){ .constant_count = count };
	ppm_interner_init(&pool->interner, allocator);
	for (uint32_t i = 0; i < count; i++) {
		if (ppm_interner_add(&pool->interner, constants[i]) != i) {
			ppm_text_pool_free(pool);
			return false;
		}
	}
	if (ppm_interner_add(&pool->interner, PPM_SLICE("\xff")) != count) {
		ppm_text_pool_free(pool);
		return false;
	}
	return true;
}

void ppm_text_pool_free(struct ppm_text_pool *pool)
{
	ppm_interner_free(&pool->interner);
	*pool = (struct ppm_text_pool){ .constant_count = 0 };
}

void ppm_text_pool_trim(struct ppm_text_pool *pool)
{
	uint32_t keep = pool->constant_count + 1;
	if (pool->interner.count - keep <= PPM_TEXT_POOL_LIMIT && pool->interner.arena.used <= TEXT_BYTES_LIMIT)
		return;
	// Constants alone may pass the limit of bytes: forgetting nothing would only drop memos.
	if (pool->interner.count == keep)
		return;
	ppm_interner_truncate(&pool->interner, keep);
	pool->generation++;
}

uint32_t ppm_text_pool_add(struct ppm_text_pool *pool, struct ppm_slice text)
{
	uint32_t code = ppm_interner_add(&pool->interner, text);
	if (code == PPM_INTERNER_NONE)
		pool->failed = true;
	return code;
}
