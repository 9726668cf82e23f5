/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-visibility.h"

G_BEGIN_DECLS

/**
 * XMLCONF_ERROR:
 *
 * Error domain of the configuration reader; codes are of [enum@Xmlconf.Error]. Every message begins
 * with `FILE:LINE: `, so that an editor can jump to the place; the line is 1 where none is known.
 *
 * Since: 0.1
 */
#define XMLCONF_ERROR (xmlconf_error_quark ())

/**
 * XmlconfError:
 * @XMLCONF_ERROR_IO: the file is not there, not readable or not a regular file
 * @XMLCONF_ERROR_SYNTAX: the file is not well-formed XML, or not in the encoding that it names
 * @XMLCONF_ERROR_LIMIT: well formed, but larger or deeper than a configuration has reason to be
 * @XMLCONF_ERROR_FORBIDDEN: an XML entity that is not read: of the network, or where none may be
 * @XMLCONF_ERROR_NOT_FOUND: the file has no `<Cluster>`
 * @XMLCONF_ERROR_INVALID: Tomcat itself would refuse this, or a name or value makes no sense
 * @XMLCONF_ERROR_UNSUPPORTED: Tomcat can do what the file asks for, this library cannot
 *
 * What is wrong with a configuration, named by what a person can do about it.
 *
 * Tomcat counterpart: the exceptions of `org.apache.tomcat.util.digester.Digester`.
 *
 * Since: 0.1
 */
typedef enum
{
  XMLCONF_ERROR_IO,
  XMLCONF_ERROR_SYNTAX,
  XMLCONF_ERROR_LIMIT,
  XMLCONF_ERROR_FORBIDDEN,
  XMLCONF_ERROR_NOT_FOUND,
  XMLCONF_ERROR_INVALID,
  XMLCONF_ERROR_UNSUPPORTED,
} XmlconfError;

XMLCONF_API
GQuark xmlconf_error_quark (void);

G_END_DECLS
