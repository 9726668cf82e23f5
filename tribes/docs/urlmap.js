// SPDX-License-Identifier: Apache-2.0
// Where the references of other namespaces are; ours stand beside each other.
baseURLs = [
    ["GLib", "https://docs.gtk.org/glib/"],
    ["GObject", "https://docs.gtk.org/gobject/"],
    ["Gio", "https://docs.gtk.org/gio/"],
    ["Tribes", "../tribes-1/"],
    ["Xmlconf", "../xmlconf-1/"],
    ["CatalinaHa", "../catalina-ha-1/"],
]
