# SPDX-License-Identifier: Apache-2.0
"""Which Tomcats the tests are against: Debian's, or those in folders of somebody's own.

Tests speak of a Tomcat 9 and a Tomcat 10. Without further word these are Debian's packages. The
environment variable TRIBES_TOMCATS names one or two other folders, as an archive of Tomcat unpacks to
(CATALINA_HOME), separated by a comma: the first stands for Tomcat 9 and the second for Tomcat 10, one
alone for both. Whatever version is in them says itself. Nothing is written to these folders.
"""
import functools
import glob
import os
import re
import zipfile
from dataclasses import dataclass

from .processes import LabError

VARIABLE = "TRIBES_TOMCATS"
JAR_FOLDER = "/usr/share/java"
# The jars a node needs; leaving the others out (JSP, WebSocket) shortens the start.
JARS = ("catalina", "catalina-ha", "tribes", "coyote", "util", "util-scan", "juli", "api", "jni",
        "servlet-api", "annotations-api", "jaspic-api", "el-api", "jsp-api")
SERVER_INFO = "org/apache/catalina/util/ServerInfo.properties"
NUMBER = re.compile(r"^server\.info\s*=\s*Apache Tomcat/(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Installation:
    """One version of Tomcat: what it calls itself, and the jars of its classes."""
    version: str
    jars: tuple

    @property
    def class_path(self):
        return ":".join(self.jars)

    @functools.cached_property
    def numbers(self):
        """The version to compare with, as (9, 0, 70)."""
        return tuple(int(number) for number in re.findall(r"\d+", self.version)[:3])

    def has_class(self, name):
        """Whether a class of Tomcat's is there."""
        path = name.replace(".", "/") + ".class"
        for jar in self.jars:
            with zipfile.ZipFile(jar) as archive:
                if path in archive.namelist():
                    return True
        return False

    @property
    def is_javax(self):
        """Whether web applications find the servlet API in javax.servlet, not in jakarta.servlet."""
        return self.numbers < (10,)


def _server_info(jars):
    """What a Tomcat calls itself, from the file that it reads for that; nothing without one."""
    for jar in jars:
        with zipfile.ZipFile(jar) as archive:
            if SERVER_INFO in archive.namelist():
                found = NUMBER.search(archive.read(SERVER_INFO).decode("latin-1"))
                return found.group(1) if found else None
    return None


def _of(jars, where):
    version = _server_info(jars)
    if not version:
        raise LabError(f"no Tomcat in {where}: none of its {len(jars)} jars has {SERVER_INFO}")
    return Installation(version, jars)


def in_folder(folder):
    """The Tomcat in a CATALINA_HOME, whose libraries may be links to elsewhere."""
    jars = (*sorted(glob.glob(os.path.join(folder, "lib", "*.jar"))),
            *glob.glob(os.path.join(folder, "bin", "tomcat-juli.jar")))
    return _of(jars, folder)


def of_debian(tomcat):
    """Tomcat 9 or 10 as Debian's packages install its libraries."""
    jars = tuple(f"{JAR_FOLDER}/tomcat{tomcat}-{name}.jar" for name in JARS)
    missing = [jar for jar in jars if not os.path.exists(jar)]
    if missing:
        raise LabError(f"not installed: {missing[0]} (package libtomcat{tomcat}-java)")
    return _of(jars, JAR_FOLDER)


@functools.lru_cache(maxsize=None)
def installation(tomcat):
    """What stands for Tomcat 9 or 10 in this run."""
    folders = [folder for folder in os.environ.get(VARIABLE, "").split(",") if folder]
    if not folders:
        return of_debian(tomcat)
    if len(folders) > 2:
        raise LabError(f"{VARIABLE} names {len(folders)} folders; there are a first and a second Tomcat")
    return in_folder(os.path.abspath(folders[0 if tomcat == 9 else -1]))


def all_of_debian():
    """Whether the Tomcats are those that kept files were written with."""
    return not os.environ.get(VARIABLE)
