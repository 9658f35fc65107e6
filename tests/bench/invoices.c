// Customers and their invoices for the bench: invoices customers N, or invoices invoices N M for M invoices of N customers. The same numbers give the same bytes.
// One customer in fifty has no invoice, and a few have many; invoices come in no order.
// invoices circles N: customers who were referred by others, in each thousand some of them in a circle.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t next(void) // splitmix64
{
	uint64_t z = state += 0x9E3779B97F4A7C15ull;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
	return z ^ (z >> 31);
}

static unsigned below(unsigned n)
{
	return (unsigned)((next() >> 32) * n >> 32);
}

static char *digits(char *out, uint64_t value, int width) // at least `width` of them
{
	char text[24];
	int length = 0;
	do {
		text[length++] = (char)('0' + value % 10);
		value /= 10;
	} while (value || length < width);
	while (length)
		*out++ = text[--length];
	return out;
}

static char *day(char *out, int number) // days since 1970-01-01
{
	unsigned z = (unsigned)(number + 719468), era = z / 146097, of_era = z % 146097;
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365, of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned m = (5 * of_year + 2) / 153, month = m < 10 ? m + 3 : m - 9;
	out = digits(out, year + era * 400 + (month <= 2), 4);
	*out++ = '-';
	out = digits(out, month, 2);
	*out++ = '-';
	return digits(out, of_year - (153 * m + 2) / 5 + 1, 2);
}

static char *words(char *out, const char *text)
{
	size_t length = strlen(text);
	memcpy(out, text, length);
	return out + length;
}

int main(int count, char **arguments)
{
	static const char *const countries[] = { "US", "DE", "GB", "FR", "NL", "SE", "CH", "IT", "ES", "PL" };
	if (count < 3)
		return 2;
	unsigned customers = (unsigned)strtoul(arguments[2], NULL, 10);
	state = 20260630;
	if (!strcmp(arguments[1], "customers")) {
		puts("customer_id,country");
		for (unsigned i = 0; i < customers; i++)
			printf("C%08u,%s\n", i, countries[below(10)]);
		return ferror(stdout) || fflush(stdout);
	}
	if (!strcmp(arguments[1], "circles")) {
		puts("customer_id,revenue,referred_by");
		for (unsigned i = 0; i < customers; i++) {
			unsigned round = 3 + i / 1000 % 18, place = i % 1000, cents = 100 + below(100000) * (1 + below(50));
			if (place < round && i - place + round <= customers)
				printf("C%08u,%u.%02u,C%08u\n", i, cents / 100, cents % 100, i - place + (place + 1) % round);
			else if (place && below(10) < 7)
				printf("C%08u,%u.%02u,C%08u\n", i, cents / 100, cents % 100, i - place + below(place));
			else
				printf("C%08u,%u.%02u,\n", i, cents / 100, cents % 100);
		}
		return ferror(stdout) || fflush(stdout);
	}
	if (count < 4)
		return 2;
	uint64_t rows = strtoull(arguments[3], NULL, 10);
	puts("invoice_id,customer_id,issued_on,due_on,amount,days_late,status");
	for (uint64_t i = 0; i < rows; i++) {
		unsigned who;
		do
			who = below(16) ? below(customers) : (unsigned)((uint64_t)below(customers) * below(customers) / customers);
		while (who % 50 == 7);
		char line[160], *out = line;
		int issued = 18262 + (int)below(2000), term = 14 * (1 + (int)below(4));
		unsigned cents = 100 + below(1000) * below(1000) / (1 + below(20));
		int late = below(3) ? (int)(below(100) * below(100) / 100) - 10 : 0;
		*out++ = 'I';
		out = digits(out, i, 9);
		out = words(out, ",C");
		out = digits(out, who, 8);
		*out++ = ',';
		out = day(out, issued);
		*out++ = ',';
		out = day(out, issued + term);
		*out++ = ',';
		out = digits(out, cents / 100, 1);
		*out++ = '.';
		out = digits(out, cents % 100, 2);
		*out++ = ',';
		if (late < 0)
			*out++ = '-';
		out = digits(out, (uint64_t)abs(late), 1);
		out = words(out, late > 45 ? ",reminded\n" : ",paid\n");
		fwrite(line, 1, (size_t)(out - line), stdout);
	}
	return ferror(stdout) || fflush(stdout);
}
