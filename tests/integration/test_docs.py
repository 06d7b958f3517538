#!/usr/bin/env python3
"""The documents agree with the tree: links lead somewhere, frames are those of the golden files, options exist."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(os.environ.get("WSD_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
WSD = os.environ["WSD_BIN"]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
problems = []


def anchor(heading):
    """The anchor that is made of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def check_links(path, text):
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, fragment = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        if not place.exists():
            problems.append(f"{path.name}: nothing at {target}")
        elif fragment and fragment not in map(anchor, re.findall(r"^#+ (.*)$", place.read_text(), flags=re.M)):
            problems.append(f"{path.name}: no heading for {target}")


def check_frames(path, text, golden):
    for block in re.findall(r"```jsonl\n(.*?)```", text, flags=re.S):
        for line in block.splitlines():
            if line not in golden:
                problems.append(f"{path.name}: a frame that is in no golden file: {line[:80]}")


def check_options(path, text, variables, types):
    for name in set(re.findall(r"`((?:WS|JWT|PRESENCE|DELIVERY)_[A-Z_]+)", text)) - variables - types:
        problems.append(f"{path.name}: there is no option {name}")


def check_tests(path, text):
    """Tests that a document names: `test_…` of the scripts, in the file that precedes them on their line, and cases of unit_tests in
    italics."""
    scripts = {file.name: file.read_text() for file in ROOT.glob("tests/**/*.py")}
    units = "\n".join(file.read_text() for file in ROOT.glob("tests/**/*_test.cpp"))
    cases = {case.rstrip("…").strip() for case in re.findall(r"(?<![*\w])\*([^*\n|]+)\*(?!\*)", text)}
    names = set()
    for line in text.splitlines():
        place, text_there = "any script", "\n".join(scripts.values())
        for name in re.findall(r"\btest_\w+(?:\.py)?", line):
            names.add(name)
            if name.endswith(".py"):
                place, text_there = name, scripts.get(name, "")
                found = name in scripts
            else:  # test_14 stands for all of that number
                found = re.search(rf"def {name}" + ("_" if re.fullmatch("test_[0-9]+", name) else r"\("), text_there)
            if not found:
                problems.append(f"{path.name}: there is no test {name} in {place}")
    for case in cases:
        if len(case.split()) > 2 and f'"{case}' not in units:
            problems.append(f"{path.name}: there is no case *{case}*")
    return len(names) + len(cases)


def main():
    golden = {line for file in ROOT.glob("tests/golden/*.jsonl") for line in file.read_text().splitlines()}
    explained = subprocess.run([WSD, "config", "default"], capture_output=True, text=True, timeout=30, check=True).stdout
    variables = set(re.findall(r"# Variable ([A-Z_]+)[,;]", explained))
    types = {name for line in golden for name in re.findall(r'"type":"([A-Z_]+)"', line)}
    frames = tests = 0
    for path in DOCUMENTS:
        text = path.read_text()
        frames += text.count('\n{"')
        check_links(path, text)
        check_frames(path, text, golden)
        check_options(path, text, variables, types)
        if path.name in ("GUARANTEES.md", "HACKING.md", "SECURITY.md"):
            tests += check_tests(path, text)
    if len(DOCUMENTS) < 5 or len(variables) < 50 or frames < 20 or tests < 80:
        problems.append(f"too little was looked at: {len(DOCUMENTS)} documents, {len(variables)} options, {frames} frames")
    print(f"{len(DOCUMENTS)} documents, {frames} frames, {len(variables)} options, {tests} tests")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
