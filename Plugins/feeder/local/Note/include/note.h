/* SPDX-License-Identifier: Apache-2.0 */
/* The note declares nothing: the daemon reads it from the library's ELF file. */
