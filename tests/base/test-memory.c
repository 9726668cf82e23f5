/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-memory-private.h"

#include <glib/gstdio.h>
#include <sys/resource.h>

#include "tribes/base/tribes-limits.h"

#define MIB ((guint64) 1024 * 1024)

/* Writes a file that stands for one of the kernel's; removed with its folders by the caller. */
static void
put (const char *root, const char *path, const char *text)
{
  g_autofree char *file = g_strconcat (root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (file);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (file, text, -1, &error);
  g_assert_no_error (error);
}

static void
remove_all (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
test_control_groups (void)
{
  g_autofree char *root = g_dir_make_tmp ("tribes-memory-XXXXXX", NULL);
  guint64 all = tribes_memory_get_size (root);

  g_assert_cmpuint (all, >, 64 * MIB);
  put (root, "/proc/self/cgroup", "0::/system.slice/node.service\n");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, all);
  put (root, "/sys/fs/cgroup/system.slice/node.service/memory.max", "max\n");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, all);
  put (root, "/sys/fs/cgroup/system.slice/memory.max", "33554432\n");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, 32 * MIB);
  put (root, "/sys/fs/cgroup/system.slice/node.service/memory.max", "16777216\n");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, 16 * MIB);
  /* The root of a container. */
  put (root, "/proc/self/cgroup", "0::/\n");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, all);
  put (root, "/sys/fs/cgroup/memory.max", "8388608");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, 8 * MIB);
  put (root, "/proc/self/cgroup", "3:cpu:/x\n2:memory:/docker/1\n1:name=systemd:/x\n");
  put (root, "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "4194304\n");
  g_assert_cmpuint (tribes_memory_get_size (root), ==, 4 * MIB);
  remove_all (root);
}

#ifndef __SANITIZE_ADDRESS__
static void
test_resource_limit (void)
{
  const TribesLimits *limits;
  struct rlimit limit;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  g_assert_cmpint (getrlimit (RLIMIT_DATA, &limit), ==, 0);
  limit.rlim_cur = 512 * MIB;
  g_assert_cmpint (setrlimit (RLIMIT_DATA, &limit), ==, 0);
  g_assert_cmpuint (tribes_memory_get_size (""), <=, 512 * MIB);
  limits = tribes_limits_get_default ();
  g_assert_cmpuint (limits->frame_bytes, <=, 64 * MIB);
  g_assert_cmpuint (limits->pending_bytes, <=, 128 * MIB);
  g_assert_cmpuint (limits->pending_bytes, >=, 2 * limits->frame_bytes);
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/memory/control-groups", test_control_groups);
  /* The sanitizer itself needs more than what is allowed here. */
#ifndef __SANITIZE_ADDRESS__
  g_test_add_func ("/base/memory/resource-limit", test_resource_limit);
#endif
  return g_test_run ();
}
