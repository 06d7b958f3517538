"""What the checks that use clang have in common: the units to read, and a memory of those found clean."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

CODE_ROOTS = ("common", "server", "loadgen")
SECONDS_PER_UNIT_MAX = 300
# 19 is the release that counts; others serve where it can't be had.
RELEASES = ("-19", "-20", "-21", "-22", "-23", "-18", "")


class broken(Exception):
    """The check could not do its work."""


def find_tool(name, wanted=None):
    for candidate in [wanted] if wanted else [name + release for release in RELEASES]:
        path = shutil.which(candidate)
        if path:
            return path
    raise broken(f"no {wanted or name}: run ci/setup.sh")


class tree:
    """The project's files and what includes what, read as text: all includes are paths from the root."""

    def __init__(self, root):
        self.root = root
        self.texts = {}
        self.targets = {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = (self.root / path).read_text(encoding="utf-8")
        return self.texts[path]

    def includes(self, path):
        if path not in self.targets:
            written = re.findall(r'^\s*#\s*include\s*"([^"]+)"', self.text(path), re.M)
            self.targets[path] = [target for target in written if (self.root / target).is_file()]
        return self.targets[path]

    def closure(self, path):
        """The file and all it includes, directly or not."""
        seen, todo = set(), [path]
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                todo.extend(self.includes(path))
        return seen

    def headers(self):
        return [path.relative_to(self.root).as_posix() for folder in CODE_ROOTS
                for path in sorted((self.root / folder).rglob("*.hpp"))]

    def cost(self, path):
        """A guess that puts the slow units first, so that no core waits at the end."""
        return sum(100 * ("<boost/beast" in self.text(p)) + ("<boost/" in self.text(p)) for p in self.closure(path))


def units_of(files, build):
    """The units of the project, and the headers no unit reaches: path to the command that compiles it."""
    database = build / "compile_commands.json"
    if not database.is_file():
        raise broken(f"no {database}: configure the build first")
    units = {}
    for entry in json.loads(database.read_text(encoding="utf-8")):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(files.root) and path.relative_to(files.root).parts[0] in CODE_ROOTS:
            units[path.relative_to(files.root).as_posix()] = entry.get("command") or " ".join(entry["arguments"])
    if not units:
        raise broken(f"{database} names no file of {files.root}")
    reached = set().union(*(files.closure(path) for path in units))
    return units | {path: "header" for path in files.headers() if path not in reached}


def run_tool(command, path):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_PER_UNIT_MAX)
    except subprocess.TimeoutExpired as expired:
        raise broken(f"{path}: more than {SECONDS_PER_UNIT_MAX} s") from expired


def read_all(files, units, memory, settings, read, jobs):
    """Calls read(path) for each unit that is not known to be clean.

    settings: all, besides the sources, that the outcome depends on. read returns a list of findings and raises broken.
    Returns the findings of all and the number of units read. A clean unit is remembered in the folder memory.
    """
    memory.mkdir(parents=True, exist_ok=True)

    def key(path):
        sources = [p + "\0" + files.text(p) for p in sorted(files.closure(path))]
        return hashlib.sha256("\0".join([*settings, path, units[path], *sources]).encode()).hexdigest()

    todo = sorted((path for path in units if not (memory / key(path)).exists()), key=files.cost, reverse=True)
    found = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        work = {pool.submit(read, path): path for path in todo}
        try:
            for future in concurrent.futures.as_completed(work):
                found.extend(future.result())
                if not future.result():
                    (memory / key(work[future])).touch()
        except broken:
            pool.shutdown(cancel_futures=True)
            raise
    return found, len(todo)


def add_arguments(parser):
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--root", type=pathlib.Path, default=root)
    parser.add_argument("--build", type=pathlib.Path, default=root / "build" / "release")
    parser.add_argument("--tool", default=None, help="the program to run instead of clang's release 19")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)


def run_check(name, parser, check):
    try:
        return check(parser.parse_args())
    except broken as problem:
        print(f"{name}: {problem}", file=sys.stderr)
        return 2
