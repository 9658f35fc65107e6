// Small arrays come from the allocator. Large ones are mapped: pages that are not touched cost nothing. What is given back is kept for the next that asks, since new pages are dear,
// but never so much that all together passes what was in use at one time before: the peak is what is really needed. Past the limit the mapping has a file behind it, closed and without a name as soon as it is mapped.
//
// Before every array stand PPM_VECTOR_ALIGNMENT bytes that say where it came from. Even a mapped array asks the allocator for its record, so that a test which makes
// allocations fail reaches every take.
#include "runtime/dataset/memory.h"

#include "runtime/column/vector.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPPED_LEAST ((uint64_t)256 << 10)
// A file and a mapping for less would cost more than the memory it saves.
#define SPILLED_LEAST ((uint64_t)64 << 10)
#define HUGE_PAGE ((uint64_t)2 << 20)
#define HUGE_LEAST (2 * HUGE_PAGE)
#define SPARES_MAX 16u

struct record {
	void *mapping;   // NULL: from the allocator
	uint64_t mapped; // its bytes
	bool in_file;
	int file; // stays open while the array is mapped: it may have to grow
};

struct ppm_memory {
	const struct ppm_allocator *allocator;
	uint64_t limit;
	char *folder;
	pthread_mutex_t lock;
	// ---- under the lock ----
	uint64_t held; // bytes on the heap
	uint64_t most_held;
	struct record *spares[SPARES_MAX]; // mappings that nobody uses
	unsigned spare_count;
	uint64_t spare_bytes; // held + spare_bytes <= most_held
	uint64_t in_files;
	// ---- written under the lock, read at any time ----
	_Atomic uint64_t most_in_files;
	_Atomic int status, error; // of the last take that failed
};

_Static_assert(sizeof(struct record *) <= PPM_VECTOR_ALIGNMENT, "a record's pointer fits before the array");

struct ppm_memory *ppm_memory_new(const struct ppm_allocator *allocator, uint64_t limit, const char *folder)
{
	struct ppm_memory *memory = ppm_allocate_zeroed(allocator, 1, sizeof *memory);
	if (!memory)
		return NULL;
	memory->allocator = allocator;
	memory->limit = limit;
	if (!folder)
		folder = getenv("TMPDIR");
	if (!folder || !*folder)
		folder = "/tmp";
	size_t size = strlen(folder) + 1;
	memory->folder = ppm_allocate(allocator, size, 1);
	if (!memory->folder || pthread_mutex_init(&memory->lock, NULL) != 0) {
		ppm_free(allocator, memory->folder);
		ppm_free(allocator, memory);
		return NULL;
	}
	memcpy(memory->folder, folder, size);
	return memory;
}

// Under the lock.
static void drop_spare(struct ppm_memory *memory, unsigned index)
{
	struct record *spare = memory->spares[index];
	memory->spares[index] = memory->spares[--memory->spare_count];
	memory->spare_bytes -= spare->mapped;
	munmap(spare->mapping, spare->mapped);
	ppm_free(memory->allocator, spare);
}

void ppm_memory_free(struct ppm_memory *memory)
{
	if (!memory)
		return;
	assert(memory->held == 0 && memory->in_files == 0);
	while (memory->spare_count)
		drop_spare(memory, memory->spare_count - 1);
	pthread_mutex_destroy(&memory->lock);
	ppm_free(memory->allocator, memory->folder);
	ppm_free(memory->allocator, memory);
}

// ---- where bytes come from --------------------------------------------------------------------------------

// Without a name from the start where the file system can do that, else at once after it was made.
static int open_temporary(const struct ppm_memory *memory)
{
	int file;
	do
		file = open(memory->folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	while (file < 0 && errno == EINTR);
	if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return file;
	static const char name[] = "/ppmc-XXXXXX";
	size_t size = strlen(memory->folder);
	char *path = ppm_allocate(memory->allocator, size + sizeof name, 1);
	if (!path) {
		errno = ENOMEM;
		return -1;
	}
	memcpy(path, memory->folder, size);
	memcpy(path + size, name, sizeof name);
	file = mkostemp(path, O_CLOEXEC);
	int error = errno;
	if (file >= 0 && unlink(path) != 0) { // with a name it would stay, and others could open it
		error = errno;
		close(file);
		file = -1;
	}
	ppm_free(memory->allocator, path);
	errno = error;
	return file;
}

// The blocks are set aside now: a full disk is an error here, and not a signal when a page is written.
static bool reserve_blocks(int file, uint64_t size)
{
	if (ftruncate(file, (off_t)size) != 0)
		return false;
	int error;
	do
		error = posix_fallocate(file, 0, (off_t)size);
	while (error == EINTR);
	errno = error;
	return error == 0;
}

static void *map_file(const struct ppm_memory *memory, uint64_t size, int *file)
{
	*file = open_temporary(memory);
	if (*file < 0)
		return NULL;
	void *mapping = MAP_FAILED;
	if (reserve_blocks(*file, size))
		mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
	if (mapping != MAP_FAILED)
		return mapping;
	int error = errno;
	close(*file);
	errno = error;
	return NULL;
}

// Arrays are gone through in any order by links: large pages spare most of the look-ups of addresses.
static void *map_pages(uint64_t size)
{
	void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapping == MAP_FAILED)
		return NULL;
	if (size >= HUGE_LEAST)
		madvise(mapping, size, MADV_HUGEPAGE);
	return mapping;
}

// ---- takes and gives --------------------------------------------------------------------------------------

// Under the lock: more bytes are in use.
static void hold(struct ppm_memory *memory, uint64_t bytes)
{
	memory->held += bytes;
	if (memory->held > memory->most_held)
		memory->most_held = memory->held;
	while (memory->spare_count && memory->spare_bytes > memory->most_held - memory->held)
		drop_spare(memory, memory->spare_count - 1);
}

// Under the lock: the smallest spare mapping that is large enough, and not much larger, is no spare any more. NULL: none.
static struct record *find_spare(struct ppm_memory *memory, uint64_t bytes)
{
	unsigned best = SPARES_MAX;
	for (unsigned i = 0; i < memory->spare_count; i++) {
		uint64_t mapped = memory->spares[i]->mapped;
		if (mapped >= bytes && mapped / 2 <= bytes && (best == SPARES_MAX || mapped < memory->spares[best]->mapped))
			best = i;
	}
	if (best == SPARES_MAX)
		return NULL;
	struct record *spare = memory->spares[best];
	memory->spares[best] = memory->spares[--memory->spare_count];
	memory->spare_bytes -= spare->mapped;
	return spare;
}

// Books the bytes: true when they are to go into a file. *spare: a mapping to use.
static bool book(struct ppm_memory *memory, uint64_t bytes, struct record **spare)
{
	*spare = NULL;
	pthread_mutex_lock(&memory->lock);
	bool to_file = memory->limit && bytes >= SPILLED_LEAST && (bytes > memory->limit || memory->held > memory->limit - bytes);
	if (to_file) {
		memory->in_files += bytes;
		if (memory->in_files > memory->most_in_files)
			memory->most_in_files = memory->in_files;
	} else {
		if (bytes >= MAPPED_LEAST)
			*spare = find_spare(memory, bytes);
		hold(memory, bytes);
	}
	pthread_mutex_unlock(&memory->lock);
	return to_file;
}

// Books more bytes for an array that grows where it is. False when there is no room for them on the heap.
static bool rebook(struct ppm_memory *memory, uint64_t more, bool in_file)
{
	pthread_mutex_lock(&memory->lock);
	bool fits = in_file || !memory->limit || more == 0 || (memory->held <= memory->limit && more <= memory->limit - memory->held);
	if (fits && in_file) {
		memory->in_files += more;
		if (memory->in_files > memory->most_in_files)
			memory->most_in_files = memory->in_files;
	} else if (fits) {
		hold(memory, more);
	}
	pthread_mutex_unlock(&memory->lock);
	return fits;
}

static void unbook(struct ppm_memory *memory, uint64_t bytes, bool in_file, enum ppm_status failure, int error)
{
	pthread_mutex_lock(&memory->lock);
	*(in_file ? &memory->in_files : &memory->held) -= bytes;
	if (failure != PPM_OK) {
		memory->error = error;
		memory->status = (int)failure;
	}
	pthread_mutex_unlock(&memory->lock);
}

static char *take(struct ppm_memory *memory, uint64_t bytes, bool in_file, enum ppm_status *failure)
{
	*failure = PPM_ERROR_MEMORY;
	struct record *record = ppm_allocate_zeroed(memory->allocator, 1, sizeof *record);
	if (!record)
		return NULL;
	char *start;
	if (in_file || bytes >= MAPPED_LEAST) {
		start = in_file ? map_file(memory, bytes, &record->file) : map_pages(bytes);
		record->mapping = start;
		record->mapped = bytes;
		record->in_file = in_file;
		if (!start && in_file && errno != ENOMEM)
			*failure = PPM_ERROR_IO;
	} else {
		start = ppm_allocate_aligned(memory->allocator, bytes, PPM_VECTOR_ALIGNMENT);
		if (start)
			memset(start, 0, bytes);
	}
	if (!start) {
		int error = errno;
		ppm_free(memory->allocator, record);
		errno = error;
		return NULL;
	}
	memcpy(start, &record, sizeof record);
	return start;
}

// A spare mapping, cut to size and zeroed.
static char *reuse(struct record *spare, uint64_t bytes)
{
	if (spare->mapped > bytes) {
		// Shrinking cannot fail, but for the system's table of mappings; then the end stays mapped and unused.
		void *cut = mremap(spare->mapping, spare->mapped, bytes, 0);
		assert(cut == MAP_FAILED || cut == spare->mapping);
		spare->mapped = cut == MAP_FAILED ? spare->mapped : bytes;
	}
	char *start = spare->mapping;
	memset(start, 0, bytes);
	memcpy(start, &spare, sizeof spare);
	return start;
}

void *ppm_memory_take(struct ppm_memory *memory, uint64_t size)
{
	uint64_t bytes;
	if (__builtin_add_overflow(size, (uint64_t)PPM_VECTOR_ALIGNMENT, &bytes) || bytes > PTRDIFF_MAX) {
		unbook(memory, 0, false, PPM_ERROR_MEMORY, 0);
		return NULL;
	}
	struct record *spare;
	bool in_file = book(memory, bytes, &spare);
	enum ppm_status failure = PPM_OK;
	char *start = spare ? reuse(spare, bytes) : take(memory, bytes, in_file, &failure);
	if (!start) {
		unbook(memory, bytes, in_file, failure, errno);
		return NULL;
	}
	return start + PPM_VECTOR_ALIGNMENT;
}

void ppm_memory_count(struct ppm_memory *memory, uint64_t before, uint64_t now)
{
	pthread_mutex_lock(&memory->lock);
	memory->held -= before;
	hold(memory, now);
	pthread_mutex_unlock(&memory->lock);
}

// Keeps a mapping for the next that asks, if that makes no new peak.
static bool keep_spare(struct ppm_memory *memory, struct record *record)
{
	pthread_mutex_lock(&memory->lock);
	// What is given back is still held.
	bool kept = memory->spare_count < SPARES_MAX && memory->held + memory->spare_bytes <= memory->most_held;
	if (kept) {
		memory->spares[memory->spare_count++] = record;
		memory->spare_bytes += record->mapped;
	}
	pthread_mutex_unlock(&memory->lock);
	return kept;
}

void ppm_memory_give(struct ppm_memory *memory, void *array, uint64_t size)
{
	if (!array)
		return;
	char *start = (char *)array - PPM_VECTOR_ALIGNMENT;
	struct record *record;
	memcpy(&record, start, sizeof record);
	bool in_file = record->in_file, kept = false;
	if (record->mapping && !in_file) {
		kept = record->mapped == size + PPM_VECTOR_ALIGNMENT && keep_spare(memory, record);
		if (!kept)
			munmap(record->mapping, record->mapped);
	} else if (record->mapping) {
		munmap(record->mapping, record->mapped);
		close(record->file);
	} else {
		ppm_free_aligned(memory->allocator, start);
	}
	if (!kept)
		ppm_free(memory->allocator, record);
	unbook(memory, size + PPM_VECTOR_ALIGNMENT, in_file, PPM_OK, 0);
}

// Moves the mapping's end. NULL with errno: it is as it was.
static char *move_end(struct record *record, uint64_t bytes)
{
	uint64_t before = record->mapped;
	if (record->in_file && bytes > before && !reserve_blocks(record->file, bytes))
		return NULL;
	char *start = mremap(record->mapping, before, bytes, MREMAP_MAYMOVE);
	if (start == MAP_FAILED)
		return NULL;
	if (record->in_file && bytes < before && ftruncate(record->file, (off_t)bytes) != 0)
		errno = 0; // the blocks stay until the file goes
	// A page that stays keeps what was behind the end.
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), tail = (before + page - 1) / page * page;
	if (bytes > before)
		memset(start + before, 0, (tail < bytes ? tail : bytes) - before);
	record->mapping = start;
	record->mapped = bytes;
	return start;
}

void *ppm_memory_resize(struct ppm_memory *memory, void *array, uint64_t size, uint64_t new_size)
{
	if (!array)
		return ppm_memory_take(memory, new_size);
	if (size == new_size)
		return array;
	char *start = (char *)array - PPM_VECTOR_ALIGNMENT;
	struct record *record;
	memcpy(&record, start, sizeof record);
	uint64_t bytes = new_size + PPM_VECTOR_ALIGNMENT, before = size + PPM_VECTOR_ALIGNMENT;
	uint64_t more = bytes > before ? bytes - before : 0, less = before - bytes + more;
	bool in_file = record->in_file, stays = record->mapping && new_size < PTRDIFF_MAX / 2 && (in_file || bytes >= MAPPED_LEAST);
	if (stays && rebook(memory, more, in_file)) {
		start = move_end(record, bytes);
		if (!start) {
			unbook(memory, more, in_file, in_file && errno != ENOMEM ? PPM_ERROR_IO : PPM_ERROR_MEMORY, errno);
			return NULL;
		}
		unbook(memory, less, in_file, PPM_OK, 0);
		return start + PPM_VECTOR_ALIGNMENT;
	}
	char *other = ppm_memory_take(memory, new_size);
	if (!other)
		return NULL;
	memcpy(other, array, size < new_size ? size : new_size);
	ppm_memory_give(memory, array, size);
	return other;
}

enum ppm_status ppm_memory_status(const struct ppm_memory *memory)
{
	enum ppm_status status = (enum ppm_status)memory->status;
	if (status == PPM_ERROR_IO)
		errno = memory->error;
	return status;
}

uint64_t ppm_memory_spilled(const struct ppm_memory *memory)
{
	return memory->most_in_files;
}

const struct ppm_allocator *ppm_memory_allocator(const struct ppm_memory *memory)
{
	return memory->allocator;
}
