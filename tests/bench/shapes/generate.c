// Files for the bench's further shapes, the same for the same arguments on every machine:
//   generate leads ROWS SEED            people and what they wrote: nearly everything is text
//   generate columns ROWS SEED KINDS    a key and a column for each letter of KINDS, named by its letter and its number from 001 on:
//                                       n a number, o a number that may be missing, a an amount with two places, d a date, k a category, f a flag, t free text
// Every figure is a whole number or an exact decimal, so that engines that compute right agree to the byte.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_AT (1u << 20)
#define LEN(list) ((uint32_t)(sizeof(list) / sizeof *(list)))

static char buffer[FLUSH_AT + (1u << 16)], *at = buffer;
static uint64_t state;

static uint64_t next(void)
{
	uint64_t x = state += 0x9E3779B97F4A7C15u;
	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
	return x ^ (x >> 31);
}

static uint32_t below(uint32_t count) { return (uint32_t)(((next() >> 32) * count) >> 32); }

// Small ones are many: the product of two draws.
static uint32_t skewed(uint32_t count) { return (uint32_t)((uint64_t)below(count) * below(count) / count); }

static void put(const char *text)
{
	size_t size = strlen(text);
	memcpy(at, text, size);
	at += size;
}

static void put_number(uint64_t value, int digits)
{
	char reversed[24];
	int count = 0;
	do
		reversed[count++] = (char)('0' + value % 10);
	while ((value /= 10) || count < digits);
	while (count)
		*at++ = reversed[--count];
}

static void flush_if(size_t from)
{
	size_t size = (size_t)(at - buffer);
	if (size < from)
		return;
	if (fwrite(buffer, 1, size, stdout) != size)
		exit(1);
	at = buffer;
}

static void put_date(uint32_t days)
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t year = 2012, month = 0;
	for (;; year++) {
		uint32_t size = year % 4 == 0 ? 366 : 365; // no century among these years
		if (days < size)
			break;
		days -= size;
	}
	for (;; month++) {
		uint32_t size = lengths[month] + (uint32_t)(month == 1 && year % 4 == 0);
		if (days < size)
			break;
		days -= size;
	}
	put_number(year, 4);
	*at++ = '-';
	put_number(month + 1, 2);
	*at++ = '-';
	put_number(days + 1, 2);
}

static const char *const first_names[] = { "anna", "ben", "carla", "david", "elena", "farid", "greta", "hugo", "ines", "jonas", "kira", "liam", "maria", "noah", "olga", "paul", "quentin", "rosa", "sven", "tara" };
static const char *const last_names[] = { "berg", "costa", "dubois", "evans", "fischer", "garcia", "huber", "ito", "jansen", "kumar", "larsen", "moreau", "novak", "okafor", "petrov", "quist", "rossi", "schmidt", "tanaka", "ueda" };
static const char *const mail_hosts[] = { "gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "acme.com", "bluelabs.io", "northwind.de", "omega.co.uk", "vertex.fr", "mail.test", "zenith.io", "rivera.es" };
static const char *const words[] = { "Acme", "Blue", "Green", "North", "Delta", "Omega", "Prime", "Apex", "Nova", "Terra", "Vertex", "Harbor", "Summit", "Müller", "Ångström", "Rivera" };
static const char *const trades[] = { "Logistics", "Systems", "Foods", "Robotics", "Health", "Capital", "Media", "Energy", "Labs", "Partners" };
static const char *const forms[] = { " GmbH", " AG", " Inc", " Ltd", " SA", " BV", "", "" };
static const char *const titles[] = { "Chief Executive Officer", "Chief Financial Officer", "CFO", "CTO", "VP Sales", "VP Engineering", "Director of Marketing", "Managing director", "Head of Procurement", "Sales Manager",
	"Account Manager", "Software Engineer", "Intern, Marketing", "Student", "Trainee", "Office Manager", "Senior Buyer", "Owner" };
static const char *const countries[] = { "DE", "de", "FR", "NL", "US", "us", "GB", "gb", "ES", "SE", "CH", "IT", "PL", "BR", "IN", "JP", "RU", "NG", "KP", "AT" };
static const char *const industries[] = { "software", "retail", "fintech", "manufacturing", "healthcare", "education", "government", "biotech", "logistics", "hospitality", "media", "energy" };
static const char *const plans[] = { "free", "starter", "pro", "pro-annual", "enterprise", "trial" };
static const char *const sources[] = { "webinar", "referral", "search", "fair", "cold call", "partner", "newsletter", "advert" };
static const char *const remarks[] = { "asked for a demo", "budget approved", "wants pricing for 200 seats", "please unsubscribe", "wants to upgrade next quarter", "renewal in March", "compared with two competitors", "no answer",
	"out of office until Monday", "happy with the pilot", "needs legal review", "would expand to a second region" };

static const char *any(const char *const *list, uint32_t count) { return list[below(count)]; }

static void put_lead(uint64_t row)
{
	const char *first = any(first_names, LEN(first_names)), *last = any(last_names, LEN(last_names));
	*at++ = 'L';
	put_number(row, 8);
	*at++ = ',';
	uint32_t form = below(20);
	put(first);
	if (form < 15) {
		*at++ = '.';
		put(last);
	}
	if (form % 3 == 0)
		put_number(below(1000), 1);
	if (form == 7)
		put("+news");
	if (form != 19)
		*at++ = '@';
	put(any(mail_hosts, LEN(mail_hosts)));
	*at++ = ',';
	const char *word = any(words, LEN(words)), *trade = any(trades, LEN(trades));
	bool quoted = below(12) == 0;
	put(quoted ? "\"" : "");
	put(word);
	*at++ = ' ';
	put(trade);
	put(quoted ? "," : "");
	put(any(forms, LEN(forms)));
	put(quoted ? "\"" : "");
	*at++ = ',';
	const char *title = any(titles, LEN(titles));
	bool comma = strchr(title, ',') != NULL;
	put(comma ? "\"" : "");
	put(title);
	put(comma ? "\"" : "");
	put(below(10) ? ",https://www." : ",http://");
	put(last);
	put_number(below(5000), 1);
	put(below(3) ? ".com" : ".io");
	*at++ = ',';
	put(any(countries, LEN(countries)));
	*at++ = ',';
	put(any(industries, LEN(industries)));
	*at++ = ',';
	put(any(plans, LEN(plans)));
	*at++ = ',';
	put(any(sources, LEN(sources)));
	put(below(15) ? ",PRD-" : ",OLD-");
	put_number(below(10000), 4);
	put(below(2) ? "-EU," : below(2) ? "-US," : "-APAC,");
	if (below(10)) {
		*at++ = '+';
		put_number(1 + below(98), 1);
		*at++ = ' ';
		put_number(10 + below(990), 1);
		*at++ = ' ';
		put_number(10000 + below(9990000), 1);
	} else {
		put("n/a");
	}
	*at++ = ',';
	uint32_t said = below(10);
	if (said >= 3) {
		put(said >= 6 ? "\"" : "");
		put(any(remarks, LEN(remarks)));
		if (said >= 6) {
			put(", ");
			put(any(remarks, LEN(remarks)));
			*at++ = '"';
		}
	}
	*at++ = '\n';
}

static const char *const categories[] = { "north", "south", "east", "west", "key", "small", "direct", "partner", "web", "retail", "public", "other" };
static const char *const phrases[] = { "called back", "sent an offer", "waits for approval", "no reply", "met at the fair", "to be checked" };

static void put_value(char kind)
{
	switch (kind) {
	case 'o':
		if (below(100) < 15)
			return;
		put_number(skewed(500), 1);
		return;
	case 'n':
		put_number(skewed(2000), 1);
		return;
	case 'a':
		put_number(skewed(200000), 1);
		*at++ = '.';
		put_number(below(100), 2);
		return;
	case 'd':
		put_date(below(4900));
		return;
	case 'k':
		put(any(categories, LEN(categories)));
		return;
	case 'f':
		put(below(4) ? "no" : "yes");
		return;
	default:
		if (below(8)) {
			put(any(phrases, LEN(phrases)));
			return;
		}
		*at++ = '"';
		put(any(phrases, LEN(phrases)));
		put(", ");
		put(any(phrases, LEN(phrases)));
		*at++ = '"';
	}
}

int main(int count, char **arguments)
{
	if (count < 4)
		return 2;
	bool leads = strcmp(arguments[1], "leads") == 0;
	uint64_t rows = strtoull(arguments[2], NULL, 10);
	const char *kinds = leads ? "" : arguments[4];
	state = strtoull(arguments[3], NULL, 10) * 0xD1B54A32D192ED03u;
	put(leads ? "lead_id,email,company,title,website,country,industry,plan,source,product_code,phone,comment" : "id");
	for (uint32_t i = 0; kinds[i]; i++) {
		*at++ = ',';
		*at++ = kinds[i];
		put_number(i + 1, 3);
	}
	*at++ = '\n';
	for (uint64_t row = 1; row <= rows; row++) {
		flush_if(FLUSH_AT);
		if (leads) {
			put_lead(row);
			continue;
		}
		*at++ = 'C';
		put_number(row, 8);
		for (const char *kind = kinds; *kind; kind++) {
			*at++ = ',';
			put_value(*kind);
		}
		*at++ = '\n';
	}
	flush_if(1);
	return fflush(stdout) ? 1 : 0;
}
