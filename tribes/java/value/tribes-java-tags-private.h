/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of the Java Object Serialization Stream Protocol, and those a value has in it in
 * place of some of its tags.
 */
#pragma once

enum
{
  JAVA_MAGIC = 0xaced,
  JAVA_VERSION = 5,
  JAVA_HANDLE_BASE = 0x7e0000,
  JAVA_BLOCK_SIZE = 1024,
};

enum
{
  CODE_CLASS = 0x01,       /* number in the table of classes */
  CODE_EXTERN = 0x02,      /* number in the table of values, number of the object there */
  CODE_LATE_FIELDS = 0x03, /* inside a write method's data: here are the fields */
  CODE_RAW = 0x04,         /* 32-bit size and bytes nobody can read; the value ends here */
  CODE_HINTS = 0x05,       /* in front of a class: a number, and so many references to strings that
                              the class has as types of its fields */
  CODE_SPELLED = 0x06, /* in a class's bytes, for the TC_STRING of a type that the stream had before
                          and spelled out again all the same; Java refers to it */

  TC_NULL = 0x70,
  TC_REFERENCE = 0x71,
  TC_CLASSDESC = 0x72,
  TC_OBJECT = 0x73,
  TC_STRING = 0x74,
  TC_ARRAY = 0x75,
  TC_CLASS = 0x76,
  TC_BLOCKDATA = 0x77,
  TC_ENDBLOCKDATA = 0x78,
  TC_RESET = 0x79,
  TC_BLOCKDATALONG = 0x7a,
  TC_EXCEPTION = 0x7b,
  TC_LONGSTRING = 0x7c,
  TC_PROXYCLASSDESC = 0x7d,
  TC_ENUM = 0x7e,
};
