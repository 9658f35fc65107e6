// Notes which blocks of the library a process runs, for tests/mutate: a byte for each byte of the library's code, in a file that all processes of a test share, so
// that it holds even for those that are killed. Linked into the library of the build mode `trace` alone.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern const char __ehdr_start __attribute__((visibility("hidden")));

static unsigned char *blocks;
static size_t size;

__attribute__((constructor)) static void map_blocks(void)
{
	const char *path = getenv("PPM_TRACE_FILE");
	int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	off_t length = file < 0 ? 0 : lseek(file, 0, SEEK_END);
	void *memory = length > 0 ? mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
	if (file >= 0)
		close(file);
	if (memory != MAP_FAILED) {
		size = (size_t)length;
		blocks = memory;
	}
}

// Called by the compiler's instrumentation at the start of each block.
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	size_t at = (uintptr_t)__builtin_return_address(0) - (uintptr_t)&__ehdr_start;
	if (at < size)
		blocks[at] = 1;
}
