// Asking the terminal. COLUMNS, which shells keep for themselves unless it is exported, wins over what the terminal says.
#include "lang/driver/terminal.h"

#include "lang/driver/options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool ppm_terminal_is(int descriptor)
{
	return isatty(descriptor);
}

uint32_t ppm_terminal_width(int descriptor)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (columns && ppm_options_number(columns, 20, 10000, &width))
		return (uint32_t)width;
	if (!ioctl(descriptor, TIOCGWINSZ, &size) && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

bool ppm_terminal_colour(int descriptor, const char *choice)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (choice && !strcmp(choice, "always"))
		return true;
	if (choice && !strcmp(choice, "never"))
		return false;
	return isatty(descriptor) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}
