#ifndef VERSION_H
#define VERSION_H

/*
 * version - what the program was made from: a checksum over its sources,
 * written at build time. What another program built is not taken for our own.
 */
extern const char version_sources[];

#endif
