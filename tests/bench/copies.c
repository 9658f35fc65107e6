// copies FILE COUNT: the generated customers COUNT times over, under one header, each time with keys of their own: C00000000, C00000001 … So a file of any size is made at the speed of memory, on the fly if
// need be. A row begins where a line begins with C and eight digits; no second line of a quoted note does.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGITS 8
#define PIECE ((size_t)1 << 20)

static int put(const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(1, data, size < PIECE ? size : PIECE);
		if (done <= 0)
			return 1;
		data += done;
		size -= (size_t)done;
	}
	return 0;
}

static int is_row(const char *at, const char *end)
{
	if (end - at < DIGITS + 2 || *at != 'C' || at[DIGITS + 1] != ',')
		return 0;
	for (int i = 1; i <= DIGITS; i++)
		if (at[i] < '0' || at[i] > '9')
			return 0;
	return 1;
}

int main(int count, char **arguments)
{
	FILE *file = count == 3 ? fopen(arguments[1], "rb") : NULL;
	if (!file || fseek(file, 0, SEEK_END))
		return 2;
	size_t size = (size_t)ftell(file), rows = 0;
	char *text = malloc(size + 1);
	rewind(file);
	if (!text || fread(text, 1, size, file) != size)
		return 1;
	text[size] = 0;
	const char *end = text + size;
	char *body = strchr(text, '\n') + 1;
	char **keys = malloc((size / 32 + 1) * sizeof *keys); // no row is shorter
	if (!keys)
		return 1;
	for (char *at = body; at && at < end; at = memchr(at, '\n', (size_t)(end - at)), at += at != NULL)
		if (is_row(at, end))
			keys[rows++] = at + 1;
	if (put(text, (size_t)(body - text)))
		return 1;
	uint64_t key = 0;
	for (long copy = 0, copies = atol(arguments[2]); copy < copies; copy++) {
		for (size_t row = 0; row < rows; row++) {
			uint64_t rest = key++;
			for (int i = DIGITS; i-- > 0; rest /= 10)
				keys[row][i] = (char)('0' + rest % 10);
		}
		if (put(body, (size_t)(end - body)))
			return 1;
	}
	return 0;
}
