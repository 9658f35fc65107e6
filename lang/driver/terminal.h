// What is known of the terminal.
#ifndef PPM_LANG_DRIVER_TERMINAL_H
#define PPM_LANG_DRIVER_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

bool ppm_terminal_is(int descriptor);
// Columns, 80 when nothing says.
uint32_t ppm_terminal_width(int descriptor);
// `choice` is auto, always or never (NULL: auto, which wants a terminal that is not dumb, and no NO_COLOR).
bool ppm_terminal_colour(int descriptor, const char *choice);

#endif
