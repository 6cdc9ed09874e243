# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Runs what the documentation tells its readers to type, and looks after what it points to.

    check_documents.py REPOSITORY PROGRAM

In README.md, README.zh.md and docs/*.md:
  ```console  commands after `$ `, further lines of one after `> `, each followed by what it prints (both
              streams). The blocks of one file run one after the other in an empty folder that holds
              `samples` and has the program on its path. A line `...` stands for any lines.
              What another processor may do in another way may differ: seconds, the method that a
              summary names, the number of blocks, the memory of a dry run.
  ```cpp      must be lines of a program in examples/, which is compiled and run by itself; so must
  ```c        one fenced as c. docs/adding_an_algorithm.md quotes src/ and tests/ instead.
  [..](path)  must exist, and so must the heading that `#` names.
Every number in the text of docs/theory.md but 0, 1 and 2 is in one of its ```console blocks.
Every algorithm of algorithms.def is in the table of docs/architecture.md.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

ROOT, PROGRAM = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
LISTED = re.findall(r"^FALTUNG_ALGORITHM\((\w+)\)",
                    (ROOT / "src/convolution/algorithms.def").read_text(), re.MULTILINE)
METHODS = "|".join(LISTED)
failures = []


def complain(path, line, what):
    failures.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def blocks(path, language):
    """(line of the first line inside, lines)"""
    found, inside = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if inside is None and line == "```" + language:
            inside = (number + 1, [])
        elif inside is not None and line.startswith("```"):
            found.append(inside)
            inside = None
        elif inside is not None:
            inside[1].append(line)
    return found


def steady(line):
    """The line without what is another on every machine."""
    line = re.sub(r"\b[0-9][0-9.e-]* (m|µ)?s\b", "T s", line.rstrip())
    line = re.sub(rf": ({METHODS}), (about )?T s", r": METHOD, \2T s", line)
    line = re.sub(rf"^({METHODS}): [0-9]+ blocks?$", "METHOD: blocks", line)
    return re.sub(r"T s on one thread, [0-9.]+ [kMG]?B\b", "T s on one thread, B", line)


def same(got, expected):
    """Line by line; `...` matches any number of lines."""
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(steady(line)) + "\n"
                      for line in expected)
    return re.fullmatch(pattern, "".join(steady(line) + "\n" for line in got)) is not None


def run_console(path):
    consoles = blocks(path, "console")
    if not consoles:
        return 0
    commands = 0
    with tempfile.TemporaryDirectory(prefix="faltung-docs-") as folder:
        here = pathlib.Path(folder)
        (here / "samples").symlink_to(ROOT / "samples")
        (here / ".bin").mkdir()
        (here / ".bin" / "faltung").symlink_to(PROGRAM)
        python = here / ".bin" / "python3"  # the one that runs this has NumPy
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        environment = {**os.environ, "LC_ALL": "C.UTF-8",
                       "XDG_CACHE_HOME": folder,  # no calibration: plans are by the shipped table
                       "PATH": f"{here / '.bin'}:{os.environ['PATH']}"}
        for first, lines in consoles:
            starts = [i for i, line in enumerate(lines) if line.startswith("$ ")]
            for i, end in zip(starts, starts[1:] + [len(lines)]):
                command = [lines[i][2:]]
                for line in lines[i + 1:end]:
                    if not re.match(r">( |$)", line):
                        break
                    command.append(line[2:])
                done = subprocess.run(["bash", "-c", "\n".join(command)], cwd=here, timeout=300,
                                      env=environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                commands += 1
                if not same(done.stdout.splitlines(), lines[i + len(command):end]):
                    complain(path, first + i, f"$ {command[0]}\nprinted:\n{done.stdout}")
    return commands


def excerpts(path, programs):
    def squeeze(lines):
        return [re.sub(r"\s+", " ", line).strip() for line in lines if line.strip()]

    for first, lines in blocks(path, "cpp") + blocks(path, "c"):
        wanted = squeeze(lines)
        if not any(wanted == text[i:i + len(wanted)]
                   for text in map(squeeze, programs) for i in range(len(text))):
            complain(path, first, "these lines are in no file that they are said to be from")


def anchors(path):
    """The headings' names, as GitHub and mkdocs both make them; where they differ, neither."""
    found, fenced = set(), False
    for line in path.read_text().splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else re.match(r"#+ (.+)", line)
        if heading:
            text = re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", heading[1]).strip().lower()
            hub = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
            if hub == re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip()):
                found.add(hub)
    return found


def links(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", line):
            if "://" in target:
                continue
            file = path.parent / target if target else path
            if not file.exists():
                complain(path, number, f"{target} does not exist")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                complain(path, number, f"{target} has no heading #{anchor}")


def numbers_from_nowhere(path):
    number = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")
    printed = {"0", "1", "2"}
    for _, lines in blocks(path, "console"):
        printed.update(number.findall("\n".join(lines)))
    console = False
    for at, line in enumerate(path.read_text().splitlines(), 1):
        console = line == "```console" or (console and line != "```")
        for found in [] if console else number.findall(re.sub(r"\]\([^)]*\)", "]", line)):
            if found not in printed:
                complain(path, at, f"{found} is printed by no command of this page")


def main():
    documents = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*.md"))]
    programs = [p.read_text().splitlines() for p in sorted((ROOT / "examples").glob("*.c*"))]
    sources = [p.read_text().splitlines() for folder in ("src/convolution", "tests/conformance")
               for p in sorted((ROOT / folder).glob("*.*"))]
    commands = 0
    for path in documents:
        links(path)
        excerpts(path, sources if path.name == "adding_an_algorithm.md" else programs)
        commands += run_console(path)
    numbers_from_nowhere(ROOT / "docs" / "theory.md")
    architecture = ROOT / "docs" / "architecture.md"
    for name in LISTED:
        if f"| `{name}` |" not in architecture.read_text():
            complain(architecture, 1, f"the algorithm {name} is not in its table")
    for failure in failures:
        print(failure)
    print(f"{len(documents)} documents, {commands} commands, {len(failures)} failed")
    return 1 if failures or commands == 0 or not LISTED else 0


sys.exit(main())
