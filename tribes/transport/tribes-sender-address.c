/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-sender-private.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-member-private.h"

gboolean
tribes_sender_address (TribesMember *member,
                       struct sockaddr_storage *address,
                       unsigned *size,
                       GError **error)
{
  TribesMemberFields fields;

  tribes_member_peek_fields (member, &fields);
  memset (address, 0, sizeof *address);
  if (fields.port >= 1 && fields.port <= 65535 && fields.host_size == 4)
    {
      struct sockaddr_in *in = (struct sockaddr_in *) address;

      in->sin_family = AF_INET;
      in->sin_port = htons ((guint16) fields.port);
      memcpy (&in->sin_addr, fields.host, 4);
      *size = sizeof *in;
      return TRUE;
    }
  if (fields.port >= 1 && fields.port <= 65535 && fields.host_size == 16)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) address;

      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons ((guint16) fields.port);
      memcpy (&in6->sin6_addr, fields.host, 16);
      *size = sizeof *in6;
      return TRUE;
    }
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER,
               "expected a port from 1 to 65535 and a host of 4 or 16 bytes, found port %d and "
               "%" G_GSIZE_FORMAT " bytes",
               fields.port, fields.host_size);
  return FALSE;
}
