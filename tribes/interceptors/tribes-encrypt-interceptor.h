/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypted messages, as Tomcat's EncryptInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_ENCRYPT_INTERCEPTOR (tribes_encrypt_interceptor_get_type ())

/**
 * TribesEncryptInterceptor:
 *
 * Encrypts what is sent and decrypts what is received, with a key that all members share. Who
 * joins, leaves and answers pings is not encrypted, nor is who sent a message; so it has to stand
 * in front of a [class@Tribes.TcpFailureDetector]. It acts on every message, whatever its option
 * flag.
 *
 * Tomcat encrypts in three ways, and each of its versions understands one of them:
 *
 * - A (up to 9.0.118, 10.1.55 and 11.0.22): CBC. What is sent again or changed on its way is not
 *   noticed.
 * - B (9.0.119, 10.1.56, 11.0.23): CBC, with a time stamp. What is sent again is.
 * - C (from 9.0.121, 10.1.58 and 11.0.25 on): GCM, with a time stamp. What is changed is, too.
 *
 * This one understands all of them and speaks to each member as that does, so that it can stand
 * between members that do not understand each other. It takes C from everybody with the key, A and
 * B from members only, and from none that has spoken a later one. Where all nodes speak C, set
 * [property@Tribes.EncryptInterceptor:generation] to it: then nothing of before an update, and
 * nothing that only somebody without the key could have made of it, is taken.
 *
 * A message that cannot be decrypted is logged and dropped, and acknowledged as if it had been
 * processed, as Tomcat does it: who sends it learns nothing.
 *
 * Everything is done by OpenSSL; Tomcat's `providerName`, a provider of Java's, means nothing here.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.EncryptInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesEncryptInterceptor,
                      tribes_encrypt_interceptor,
                      TRIBES,
                      ENCRYPT_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_encrypt_interceptor_new (void);
TRIBES_API
gboolean tribes_encrypt_interceptor_set_encryption_key (TribesEncryptInterceptor *self,
                                                        const guint8 *key,
                                                        gsize size,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
