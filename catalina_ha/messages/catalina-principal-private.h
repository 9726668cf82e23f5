/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is logged in. From 8.0 on a principal is an object; Tomcat 7.0 writes a name, a password and
 * roles as primitive data where the object would be. Either is kept as it came, and turned into the
 * form of whoever gets it.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

G_BEGIN_DECLS

/* Immutable, shared. */
typedef struct _CatalinaPrincipal CatalinaPrincipal;

CATALINA_API
CatalinaPrincipal *catalina_principal_new_for_value (TribesJavaValue *value);
CatalinaPrincipal *catalina_principal_ref (CatalinaPrincipal *principal);
CATALINA_API
void catalina_principal_unref (CatalinaPrincipal *principal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaPrincipal, catalina_principal_unref)

/* The object as a delta carries it; NULL for one that Tomcat 7.0 wrote into a session state. */
CATALINA_API
TribesJavaValue *catalina_principal_get_value (CatalinaPrincipal *principal);
CATALINA_API
char *catalina_principal_dup_name (CatalinaPrincipal *principal);
CATALINA_API
char **catalina_principal_dup_roles (CatalinaPrincipal *principal);
gsize catalina_principal_get_storage_size (CatalinaPrincipal *principal);

/* What Tomcat 8.5 and later writes for a GenericPrincipal. */
TribesJavaValue *catalina_principal_build (const char *name, const char *const *roles);

/* What Tomcat 7.0 has in a delta; NULL where there is no name to say it with. */
TribesJavaValue *catalina_principal_build_7_0 (CatalinaPrincipal *principal);

/* @principal in the form of Tomcat 7.0, or of those after it; NULL where there is no name to say it
 * with. Full. */
CATALINA_API
CatalinaPrincipal *catalina_principal_in_form (CatalinaPrincipal *principal, gboolean as_7_0);

/* The form in a session state, behind the flag that says that there is one. */
CatalinaPrincipal *catalina_principal_read (TribesJavaReader *reader,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_principal_write (CatalinaPrincipal *principal,
                                   TribesJavaWriter *writer,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
