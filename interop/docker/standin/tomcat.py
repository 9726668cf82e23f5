#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lays Debian's Tomcat 9 or 10 out as the official image is: /usr/local/tomcat, /opt/java/openjdk.

The scripts are those of Debian's tomcat10-common for both, which has them for none but 10.
"""
import glob
import os
import shutil
import sys
import zipfile

HOME = "/usr/local/tomcat"
SCRIPTS = "/usr/share/tomcat10/bin"
JARS = "/usr/share/java"
# Jars whose names the distribution changed.
NAMES = {"api": "tomcat-api", "coyote": "tomcat-coyote", "dbcp": "tomcat-dbcp",
         "jdbc": "tomcat-jdbc", "jni": "tomcat-jni", "util": "tomcat-util",
         "util-scan": "tomcat-util-scan", "tribes": "catalina-tribes",
         "storeconfig": "catalina-storeconfig", "websocket": "tomcat-websocket",
         "juli": None}


def link_java():
    os.makedirs("/opt/java", exist_ok=True)
    os.symlink(glob.glob("/usr/lib/jvm/java-17-openjdk-*")[0], "/opt/java/openjdk")


def link_jars(tomcat):
    prefix = f"{JARS}/tomcat{tomcat}-"
    for jar in glob.glob(f"{prefix}*.jar"):
        name = jar[len(prefix):-len(".jar")]
        # A link names the version's file.
        if os.path.islink(jar) and NAMES.get(name, name) and not name.startswith("i18n"):
            os.symlink(jar, f"{HOME}/lib/{NAMES.get(name, name)}.jar")
    os.symlink(f"{prefix}juli.jar", f"{HOME}/bin/tomcat-juli.jar")
    os.symlink(f"{JARS}/eclipse-jdt-core.jar", f"{HOME}/lib/ecj.jar")


def write_bootstrap(tomcat):
    """The classes that start the rest, which is loaded by a loader that they make."""
    with zipfile.ZipFile(f"{SCRIPTS}/bootstrap.jar") as model, \
            zipfile.ZipFile(f"{JARS}/tomcat{tomcat}-catalina.jar") as catalina, \
            zipfile.ZipFile(f"{JARS}/tomcat{tomcat}-util.jar") as util, \
            zipfile.ZipFile(f"{HOME}/bin/bootstrap.jar", "w") as bootstrap:
        has = {name: jar for jar in (util, catalina) for name in jar.namelist()}
        for name in model.namelist():
            if name in has and not name.endswith("/") and not name.startswith("META-INF"):
                bootstrap.writestr(name, has[name].read(name))
        bootstrap.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"
                           "Main-Class: org.apache.catalina.startup.Bootstrap\n"
                           "Class-Path: tomcat-juli.jar\n")


def main():
    tomcat = sys.argv[1]
    for folder in ("bin", "conf", "lib", "logs", "temp", "webapps", "work"):
        os.makedirs(f"{HOME}/{folder}")
    for script in glob.glob(f"{SCRIPTS}/*.sh"):
        shutil.copy(script, f"{HOME}/bin")
    shutil.copy("/tmp/web.xml", f"{HOME}/conf")
    link_java()
    link_jars(tomcat)
    write_bootstrap(tomcat)


if __name__ == "__main__":
    main()
