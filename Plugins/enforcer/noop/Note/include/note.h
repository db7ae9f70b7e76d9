/* The note has no declarations: it is read from the ELF file. */
