/* SPDX-License-Identifier: Apache-2.0
 *
 * How sure it is that another Tomcat can read an object of a class.
 */
#pragma once

#include "tribes/java/value/tribes-java-class.h"

G_BEGIN_DECLS

/* In the order of what is worth being sent first. */
typedef enum
{
  CATALINA_CLASS_EVERYWHERE, /* every Tomcat can */
  CATALINA_CLASS_JAVA,       /* who has the class can: it is Java's own, but not of every version */
  CATALINA_CLASS_APPLICATION, /* it may depend on the object */
  /* Of the platform below the applications: `javax` up to Tomcat 9.0, `jakarta` from 10.0 on. */
  CATALINA_CLASS_PLATFORM,
} CatalinaClassTrust;

CatalinaClassTrust catalina_class_trust (TribesJavaClass *klass);

G_END_DECLS
