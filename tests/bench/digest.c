// digest FILE: `lines bytes in-order any-order`. Two files with the same two first and third figures hold the same bytes; with the same two first and fourth, the same lines in some order: engines with
// several threads may write rows in another order. Each line's hash has 128 bits; results of 100 million rows are compared so without sorting them or keeping both.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__extension__ typedef unsigned __int128 wide;

static uint64_t fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash(const unsigned char *at, size_t size, uint64_t seed)
{
	uint64_t state = seed ^ size * 0x9E3779B97F4A7C15u, word;
	for (; size > 8; at += 8, size -= 8) {
		memcpy(&word, at, 8);
		state = fold(state ^ word, 0xA0761D6478BD642Fu ^ seed) + word;
	}
	word = 0;
	memcpy(&word, at, size);
	return fold(fold(state ^ word, 0xE7037ED1A0B428DBu), 0x8EBC6AF09C88C6E3u ^ seed);
}

int main(int count, char **arguments)
{
	static unsigned char buffer[1 << 22];
	int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
	if (file < 0)
		return 1;
	uint64_t lines = 0, bytes = 0;
	wide any_order = 0, in_order = 1;
	size_t held = 0;
	for (;;) {
		ssize_t got = read(file, buffer + held, sizeof buffer - held);
		if (got < 0)
			return 1;
		size_t end = held + (size_t)got, at = 0;
		while (at < end) {
			unsigned char *stop = memchr(buffer + at, '\n', end - at);
			if (!stop && got > 0)
				break;
			size_t size = stop ? (size_t)(stop - buffer) + 1 - at : end - at;
			wide line = (wide)hash(buffer + at, size, 1) << 64 | hash(buffer + at, size, 2);
			any_order += line;
			in_order = (in_order ^ line) * (((wide)0x9E3779B97F4A7C15u << 64) | 0xD1B54A32D192ED03u);
			at += size;
			bytes += size;
			lines++;
		}
		if (got == 0)
			break;
		held = end - at;
		if (held == sizeof buffer)
			return 1; // a line of 4 MiB: not of ours
		memmove(buffer, buffer + at, held);
	}
	printf("%llu %llu %016llx%016llx %016llx%016llx\n", (unsigned long long)lines, (unsigned long long)bytes, (unsigned long long)(in_order >> 64), (unsigned long long)in_order,
		(unsigned long long)(any_order >> 64), (unsigned long long)any_order);
	return 0;
}
