/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person sees of a CatalinaTop, and what keys do: a terminal of so many lines and columns as
 * pieces of text. Draws nothing, waits for nothing, knows no terminal. Exported for the programs;
 * not API.
 */
#pragma once

#include "catalina_ha/monitor/catalina-top-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOP_PLAIN,
  CATALINA_TOP_STRONG,
  CATALINA_TOP_FAINT,
  CATALINA_TOP_BAR,          /* the line over the columns */
  CATALINA_TOP_BAR_SELECTED, /* the one of them that is chosen */
  CATALINA_TOP_SELECTED,     /* of what can be chosen elsewhere */
  CATALINA_TOP_ALERT,
  CATALINA_TOP_N_STYLES,
} CatalinaTopStyle;

/* Overwrites what an earlier one put there. */
typedef struct
{
  guint line;
  guint column;
  CatalinaTopStyle style;
  char *text; /* in UTF-8, or ASCII if that was wanted; nothing of it steers a terminal */
} CatalinaTopPiece;

/* Keys that are no letters; others are the letter. */
typedef enum
{
  CATALINA_TOP_KEY_UP = 0x110000,
  CATALINA_TOP_KEY_DOWN,
  CATALINA_TOP_KEY_LEFT,
  CATALINA_TOP_KEY_RIGHT,
  CATALINA_TOP_KEY_PAGE_UP,
  CATALINA_TOP_KEY_PAGE_DOWN,
  CATALINA_TOP_KEY_HOME,
  CATALINA_TOP_KEY_END,
  CATALINA_TOP_KEY_NEXT_VIEW,
  CATALINA_TOP_KEY_PREVIOUS_VIEW,
  CATALINA_TOP_KEY_BACKSPACE,
  CATALINA_TOP_KEY_ENTER,
  CATALINA_TOP_KEY_ESCAPE,
  CATALINA_TOP_KEY_OTHER, /* without a meaning here */
} CatalinaTopKey;

typedef struct
{
  CatalinaTopColumn column;
  gboolean reversed;
  guint first; /* row that is shown */
} CatalinaTopPlace;

typedef struct
{
  const char *source; /* what is looked at; of the caller */
  gboolean utf8;
  gint64 window_us;
  /* For the caller to set while it goes on. */
  guint64 dropped; /* packets */
  gboolean has_ended;
  char *problem; /* nullable, of this: why it ended */
  char *filter;  /* nullable, of this: what is counted */
  /* What keys change. */
  CatalinaTopView view;
  CatalinaTopPlace places[CATALINA_TOP_N_VIEWS];
  gboolean is_whole;
  gboolean is_paused;
  gboolean shows_help;
  gboolean is_done;
  GString *typed;          /* nullable: a filter that is being written */
  char *mistake;           /* nullable: in that, or why it cannot be had; until the next key */
  gboolean wants_a_filter; /* the one below, for the caller to take; it answers */
  CatalinaFilter *wanted;  /* nullable: all is to be counted */
  char *wanted_text;       /* nullable: of it */
  /* Of the last drawing. */
  guint page; /* rows */
  guint columns;
  CatalinaTopTable *tables[2][CATALINA_TOP_N_VIEWS]; /* nullable: of lately, of all the time */
  gboolean has_all;                                  /* of these, while it is paused */
} CatalinaTopScreen;

CATALINA_API
void catalina_top_screen_init (CatalinaTopScreen *self, const char *source, gboolean utf8);
CATALINA_API
void catalina_top_screen_clear (CatalinaTopScreen *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaTopScreen, catalina_top_screen_clear)

/* Keeps what is to be shown, unless it is paused. */
CATALINA_API
void catalina_top_screen_take (CatalinaTopScreen *self, const CatalinaTop *top);
/* @key: a letter, or a CatalinaTopKey. What is shown changes at once with
 * catalina_top_screen_take() and a drawing. */
CATALINA_API
void catalina_top_screen_press (CatalinaTopScreen *self, gunichar key);
/* Until the next key. */
CATALINA_API
void catalina_top_screen_say (CatalinaTopScreen *self, const char *text);
/* The filter that was wanted is at work, or @problem (nullable) says why not. */
CATALINA_API
void catalina_top_screen_answer (CatalinaTopScreen *self, const char *problem);
/* The views' order, for all of them. */
CATALINA_API
void catalina_top_screen_sort (CatalinaTopScreen *self, CatalinaTopColumn column);

/* CatalinaTopPieces; free with g_array_unref(). */
CATALINA_API
GArray *catalina_top_screen_draw (CatalinaTopScreen *self, guint lines, guint columns);

G_END_DECLS
