"""What the checks that use clang have in common: the units to read, and a memory of those found clean."""
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

CODE_ROOTS = ("common", "server", "loadgen")
SECONDS_MAX = 900
GROUP_MAX = 10
# 19 is the release that counts; others serve where it can't be had.
RELEASES = ("-19", "-20", "-21", "-22", "-23", "-18", "")


class broken(Exception):
    """The check could not do its work."""


class not_compiled(broken):
    """A source that clang can't compile."""


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
    """The units of the project, and the headers no unit reaches: path to the flags it is compiled with."""
    database = build / "compile_commands.json"
    if not database.is_file():
        raise broken(f"no {database}: configure the build first")
    units = {}
    for entry in json.loads(database.read_text(encoding="utf-8")):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(files.root) and path.relative_to(files.root).parts[0] in CODE_ROOTS:
            words = shlex.split(entry["command"])
            units[path.relative_to(files.root).as_posix()] = tuple(
                word for before, word in zip(words, words[1:]) if word not in ("-c", "-o") and before not in ("-c", "-o"))
    if not units:
        raise broken(f"{database} names no file of {files.root}")
    reached = set().union(*(files.closure(path) for path in units))
    flags = next(iter(units.values()))
    return units | {path: flags for path in files.headers() if path not in reached}


def groups_of(files, units, paths):
    """Units of one folder are read as one: most of the time goes into the headers they share."""
    folders = collections.defaultdict(list)
    for path in sorted(paths):
        folders[path.rpartition("/")[0], units[path]].append(path)
    groups = [group[i:i + GROUP_MAX] for group in folders.values() for i in range(0, len(group), GROUP_MAX)]
    return sorted(groups, key=lambda group: max(map(files.cost, group)), reverse=True)


def run_tool(command, source, flags):
    """Runs a tool of clang over one source file with the flags of the build, less its warnings."""
    try:
        return subprocess.run([*command, str(source), "--", *flags, "-w", "-Wno-error"], capture_output=True, text=True,
                              check=False, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired as expired:
        raise broken(f"{source}: more than {SECONDS_MAX} s") from expired


def read_group(files, units, memory, read, group):
    """The findings of a group: pairs of its members and what was found in them."""
    source = memory / (re.sub(r"\W", "_", group[0]) + f"_{len(group)}.cpp")
    source.write_text("".join(f'#include "{files.root / path}"\n' for path in group), encoding="utf-8")
    try:
        return [(group, read(source, units[group[0]]))]
    except not_compiled:
        # Names that are local to a file may collide in a group.
        if len(group) == 1:
            raise
        half = len(group) // 2
        return [found for part in (group[:half], group[half:]) for found in read_group(files, units, memory, read, part)]


def read_all(files, units, memory, settings, read, jobs):
    """Calls read(source, flags) until each unit that is not known to be clean was read, alone or in a group.

    settings: all, besides the sources, that the outcome depends on. read returns a list of findings, or raises
    not_compiled or broken. Returns the findings of all and the number of units read. Clean units are remembered in the
    folder memory.
    """
    memory.mkdir(parents=True, exist_ok=True)

    def key(path):
        sources = [p + "\0" + files.text(p) for p in sorted(files.closure(path))]
        return hashlib.sha256("\0".join([*settings, path, *units[path], *sources]).encode()).hexdigest()

    todo = [path for path in units if not (memory / key(path)).exists()]
    findings = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        work = [pool.submit(read_group, files, units, memory, read, group) for group in groups_of(files, units, todo)]
        try:
            for future in concurrent.futures.as_completed(work):
                for group, found in future.result():
                    findings.extend(found)
                    for path in group if not found else ():
                        (memory / key(path)).touch()
        except broken:
            pool.shutdown(cancel_futures=True)
            raise
    return findings, len(todo)


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
