#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tribes check` from the outside: exit codes, the three formats, options, several files.

Usage: test_check.py TRIBES FIXTURES
"""
import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, FIXTURES = sys.argv[1:3]
SOUND = os.path.join(FIXTURES, "files", "doc-interceptor-encrypt.xml")
WARNED = os.path.join(FIXTURES, "files", "broken-no-order.xml")
NOTED = os.path.join(FIXTURES, "files", "property.xml")
BROKEN = os.path.join(FIXTURES, "files", "broken-encrypt-order.xml")
SYNTAX = os.path.join(FIXTURES, "files", "broken-syntax.xml")
SHORT = os.path.join(FIXTURES, "short.xml")


def check(*arguments, code=0, environment=None):
    result = subprocess.run([PROGRAM, "check", *arguments], capture_output=True, text=True,
                            check=False, env={**os.environ, **(environment or {})})
    assert code is None or result.returncode == code, (result.returncode, result.stdout, result.stderr)
    return result


def ids(result):
    return [finding["id"] for finding in json.loads(result.stdout)["findings"]]


def exit_codes():
    check(SOUND)
    check(WARNED, code=1)
    check("--fail-on", "error", WARNED)
    check("--fail-on", "error", BROKEN, code=1)
    check("--fail-on", "never", BROKEN)
    check(SYNTAX, code=2)
    check(SOUND, "/no/such/file", code=2)
    check("-Dhost=10.0.0.1", NOTED)


def usage_errors():
    for arguments in ((), ("--format", "xml", SOUND), ("--fail-on", "maybe", SOUND),
                      ("--no-such-option",), ("--tomcat", "ten", SOUND),
                      ("--effective", "--format", "github", SOUND)):
        result = check(*arguments, code=2)
        assert result.stderr.strip() and not result.stdout, result
    for arguments, code in (((), 2), (("--help",), 0), (("--version",), 0), (("nothing",), 2)):
        result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
        assert result.returncode == code, result


def text():
    lines = check(BROKEN, code=1).stdout.splitlines()
    assert lines[0].startswith(f"{BROKEN}:18: error: EncryptInterceptor comes after"), lines
    assert lines[0].endswith("[encrypt-order]") and len(lines) == 3, lines
    assert check(SOUND).stdout == ""


def json_format():
    finding, = json.loads(check("--format", "json", BROKEN, code=1).stdout)["findings"]
    assert finding["id"] == "encrypt-order" and finding["severity"] == "error", finding
    assert finding["file"] == BROKEN and finding["line"] == 18, finding
    assert all(finding[key] for key in ("message", "effect", "mend")), finding
    answer = json.loads(check("--format", "json", SYNTAX, code=2).stdout)
    assert answer["findings"] == [], answer
    assert answer["errors"][0].startswith(f"{SYNTAX}:5: column "), answer


def github():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a,b:c%.xml")
        with open(BROKEN, encoding="utf-8") as source, open(path, "w", encoding="utf-8") as copy:
            copy.write(source.read())
        line, = check("--format", "github", path, code=1).stdout.splitlines()
    assert line.startswith("::error file="), line
    assert "a%2Cb%3Ac%25.xml,line=18,title=encrypt-order::" in line, line
    assert "%0A" in line, line


def effective():
    clusters = json.loads(check("--effective", "--format", "json", SHORT).stdout)["effective"]
    cluster = clusters[0]["cluster"]
    assert cluster["attributes"]["channelSendOptions"] == {"value": "8", "set": False, "line": 2}
    channel = [child for child in cluster["children"] if child["element"] == "Channel"][0]
    assert channel["implicit"], channel
    receiver = [child for child in channel["children"] if child["element"] == "Receiver"][0]
    assert receiver["attributes"]["port"]["value"] == "4000", receiver
    lines = check("--effective", SOUND).stdout.splitlines()
    assert any(line.strip() == "port = 4000  (line 13)" for line in lines), lines
    assert any(line.strip() == "udpPort = -1" for line in lines), lines


def properties():
    def port(*arguments, environment=None):
        answer = check("--effective", *arguments, NOTED, environment=environment).stdout
        return [line.split("=")[1].split()[0] for line in answer.splitlines()
                if line.strip().startswith("port =") and "(line" in line][-1]
    assert port() == "4123"
    assert port("-Dport=4200") == "4200"
    assert port("-D", "port=4201") == "4201"
    assert port(environment={"port": "4202"}) == "4202"
    with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
        file.write("port = 4203\n")
        file.flush()
        assert port("--catalina-properties", file.name, environment={"port": "1"}) == "4203"
        assert port("--catalina-properties", file.name, "-Dport=4204") == "4204"
    assert "environment-property" in ids(check("--format", "json", "-Dhost=10.0.0.1", NOTED,
                                                environment={"port": "4202"}))


def versions():
    default = os.path.join(FIXTURES, "files", "doc-interceptor-encrypt-default.xml")
    assert ids(check("--format", "json", default)) == []
    assert ids(check("--format", "json", "--tomcat", "9.0.70", default, code=1)) == ["encrypt-cbc"]


def standard_input():
    with open(BROKEN, encoding="utf-8") as file:
        piped = subprocess.run([PROGRAM, "check", "-"], stdin=file, capture_output=True, text=True,
                               check=False)
    assert piped.returncode == 1 and piped.stdout.startswith("-:18: error: "), piped
    empty = subprocess.run([PROGRAM, "check", "-"], input="", capture_output=True, text=True,
                           check=False)
    assert empty.returncode == 2 and empty.stderr.startswith("tribes check: -:1: "), empty
    with open("/dev/zero", "rb") as zero:
        endless = subprocess.run([PROGRAM, "check", "-"], stdin=zero, capture_output=True,
                                 check=False, timeout=60)
    assert endless.returncode == 2, endless


def one_name():
    """Whatever is wrong, the line says who says so."""
    for arguments in ((SYNTAX,), ("/no/such/file",), ("--no-such-option",), (),
                      ("--tomcat", "6.0.53", SOUND)):
        lines = check(*arguments, code=2).stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("tribes check: "), lines


def two_clusters():
    two = os.path.join(FIXTURES, "files", "case-two-hosts.xml")

    def ports(*options):
        answer = json.loads(check(*options, "--effective", "--format", "json", two).stdout)
        return [entry["host"] for entry in answer["effective"]]
    assert "several-clusters" in ids(check("--format", "json", two, code=1))
    assert ports() == ["localhost", "intern.example"]
    assert ports("--cluster", "2") == ["intern.example"]
    assert ports("--cluster", "LocalHost") == ["localhost"]
    for name in ("3", "nobody", "Catalina", "0"):
        error = check("--cluster", name, two, code=2).stderr
        assert f'"{name}": the file has 1 (host localhost), 2 (host intern.example)' in error, error


def several_files():
    found = ids(check("--format", "json", SOUND, SOUND, code=1))
    assert found == ["nodes-same-route", "nodes-port"], found
    # A version holds for the files after it.
    found = ids(check("--format", "json", "--tomcat", "9.0.70", SOUND, "--tomcat", "10.1.60", SOUND,
                      code=1))
    assert "nodes-encryption" in found, found


def hostile_files():
    with tempfile.TemporaryDirectory() as folder:
        fifo = os.path.join(folder, "fifo")
        os.mkfifo(fifo)
        for path in (folder, fifo, "/dev/zero"):
            error = check(path, code=2).stderr
            assert error.startswith(f"tribes check: {path}:1: "), error


def steering():
    """Nothing in a file or its name ends a line of ours, or tells a terminal what to do."""
    value = "1&#10;x: error: forged [no-class]&#x9b;2J&#x202e;&#x2028;"
    xml = (f'<Server><Service><Engine name="{value}" jvmRoute="{value}"><Cluster className='
           f'"org.apache.catalina.ha.tcp.SimpleTcpCluster" channelStartOptions="{value}" '
           f'clusterName="{value}"/></Engine></Service></Server>')
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "\x1b[2J\nx: error: forged [no-class]\u009b.xml")
        for arguments in ([], ["--effective"], ["--format", "github"], ["--format", "json"]):
            with open(path, "w", encoding="utf-8") as file:
                file.write(xml)
            found = check(*arguments, path, code=None)
            os.remove(path)
            missing = check(*arguments, path, code=2)
            for text in found.stdout, found.stderr, missing.stdout, missing.stderr:
                lines = text.split("\n")
                assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]", "".join(lines)), text
                assert not any(line.startswith("x: error") for line in lines), text


def manual():
    page = check("--manual").stdout
    assert ".SH FINDINGS" in page and ".SH ELEMENTS AND ATTRIBUTES" in page
    assert ".B channelSendOptions\n" in page and ".B encrypt\\-order\n" in page


def main():
    cases = (exit_codes, usage_errors, text, json_format, github, effective, properties, versions,
             standard_input, one_name, two_clusters, several_files, hostile_files, steering,
             manual)
    failed = 0
    for number, case in enumerate(cases, 1):
        try:
            case()
            print(f"ok {number} {case.__name__}")
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} {case.__name__}")
            print("# " + repr(error).replace("\n", "\n# "))
    print(f"1..{len(cases)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
