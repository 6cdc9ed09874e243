# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the site of docs/ by mkdocs, strictly, and looks at what came out.

    check_site.py REPOSITORY FOLDER

Every page of docs/ is in the navigation; nothing is loaded from elsewhere; every link within the site
has its file and its heading; no table or fence was left as text, which happens where mkdocs reads
Markdown in another way than GitHub. Exits with 77 where there is no mkdocs.
"""

import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

ROOT, SITE = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("source", "src")}
ELSEWHERE = re.compile(r"(https?:)?//")


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.names, self.links, self.loads, self.text = set(), [], [], ""
        self.menu, self.quoted, self.in_nav = set(), 0, 0
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        self.quoted += tag in ("pre", "script")
        self.in_nav += tag == "nav"
        for name, value in attributes:
            if name == "id" or (tag == "a" and name == "name"):
                self.names.add(value)
            if (tag, name) in LOADS:
                self.loads.append(value)
            elif name == "href":
                self.links.append(value)
                if self.in_nav:
                    self.menu.add(value)

    def handle_endtag(self, tag):
        self.quoted -= tag in ("pre", "script")
        self.in_nav -= tag == "nav"

    def handle_data(self, data):
        if not self.quoted:
            self.text += data


def faults_of(path, pages):
    page = pages[path]
    for target in page.loads:
        if ELSEWHERE.match(target):
            yield f"loads {target}"
    for line in page.text.splitlines():
        if "```" in line or "\\|" in line or re.match(r"\s*\| .* \|\s*$", line):
            yield f"left as text: {line.strip()}"
    for target in page.links + page.loads:
        if ELSEWHERE.match(target) or target.startswith("mailto:"):
            continue
        file, _, anchor = urllib.parse.unquote(target).partition("#")
        to = (path.parent / file).resolve() if file else path
        if not to.is_file():
            yield f"{target} does not exist"
        elif anchor and anchor not in pages[to].names:
            yield f"{target} has no such heading"


def main():
    mkdocs = shutil.which("mkdocs")
    if mkdocs is None:
        print("SKIPPED: there is no mkdocs")
        return 77
    built = subprocess.run([mkdocs, "build", "--strict", "--clean", "--quiet", "--config-file",
                            ROOT / "mkdocs.yml", "--site-dir", SITE],
                           cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        print(built.stdout)
        return 1
    # 404.html is for servers, and names everything from their root.
    pages = {p: Page(p) for p in SITE.rglob("*.html") if p.name != "404.html"}
    faults = [f"{path.name}: {fault}" for path in sorted(pages) for fault in faults_of(path, pages)]
    for document in sorted((ROOT / "docs").glob("*.md")):
        if document.stem + ".html" not in pages[SITE / "index.html"].menu:
            faults.append(f"{document.name} is not in the navigation")
    for style in SITE.rglob("*.css"):
        for target in re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", style.read_text()):
            faults.append(f"{style.name}: loads {target}")
    for fault in faults:
        print(fault)
    print(f"{len(pages)} pages, {len(faults)} faults")
    return 1 if faults or not pages else 0


sys.exit(main())
