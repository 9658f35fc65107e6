// A fuzzer without libFuzzer: each file that is named goes through it once. So the inputs that campaigns left are tried by every build that there is, with any compiler.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
// What custom mutators call; none runs here.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
	(void)data;
	return size < room ? size : room;
}

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, more;

	if (!file) {
		perror(path);
		return 1;
	}
	do {
		uint8_t *grown = realloc(data, size + 65536);
		if (!grown)
			abort();
		data = grown;
		more = fread(data + size, 1, 65536, file);
		size += more;
	} while (more);
	fclose(file);
	// A block of exactly this size: what is read beyond it shows.
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		abort();
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	free(data);
	fprintf(stderr, "%s\n", path);
	int status = LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return status != 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	return status;
}
