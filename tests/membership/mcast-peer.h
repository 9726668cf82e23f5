/* SPDX-License-Identifier: Apache-2.0
 *
 * A multicast service for tests that writes down what happens to it: "+port" for a member that
 * joined, "-port" for one that fell silent, "-port!" for one that said goodbye.
 */
#pragma once

#include "tribes/membership/tribes-mcast-service.h"

typedef struct
{
  TribesMcastService *service;
  TribesMember *member;
  GString *events;
} Peer;

/* A UDP port nobody uses, nor is given while the test runs. */
guint16 free_port (void);

/* @port: of the member's receiver, which need not exist. Sends a heartbeat every 50 ms and drops
 * others late, so that a busy machine does not make members expire in tests of something else. */
Peer *peer_new (guint16 udp_port, int port, const char *group, const char *bind);
void peer_start (Peer *peer, TribesServices services);
void peer_stop (Peer *peer, TribesServices services);
void peer_free (Peer *peer);

/* Runs the main loop until @peer has seen exactly @expected. */
void await_events (Peer *peer, const char *expected);

/* Two peers find each other, and one leaves. */
void join_and_leave (const char *group, const char *bind);
