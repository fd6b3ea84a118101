// A library that is asked for and not used.
