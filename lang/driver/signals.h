// Ctrl-C and kill: the first asks the run to stop, which takes its temporary files away; a second ends the process at once.
#ifndef PPM_LANG_DRIVER_SIGNALS_H
#define PPM_LANG_DRIVER_SIGNALS_H

// Also has a closed pipe reported by write(2) and not by a signal.
void ppm_signals_install(void);
// Nonzero, the signal's number, once one came.
const volatile int *ppm_signals_flag(void);
// Ends the process by the signal that came, so that a shell sees why. Returns when there was none.
void ppm_signals_raise(void);

#endif
