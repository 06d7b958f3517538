"""setup.sh does nothing when nothing is missing, and with --print never; the system's tools are played by stubs."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parent.parent

# Each call is noted in $LOG. What is installed and what is offered stands in $INSTALLED and $OFFERED.
STUBS = {
    "dpkg-query": 'grep -qx -- "${!#}" <<<"$INSTALLED" && echo -n installed',
    "apt-cache": 'case $1 in show) grep -qx -- "${!#}" <<<"$OFFERED" ;; pkgnames) grep "^$2" <<<"$OFFERED" ;; esac',
    "apt-get": 'echo "apt-get $*" >>"$LOG"',
    "sudo": 'echo "sudo $*" >>"$LOG"',
    "npm": 'echo "npm $*" >>"$LOG"',
    "node": "", "promtool": "",
}
CLANG = ["clang-19", "clang-tidy-19", "clang-format-19", "clang-tools-19", "libclang-rt-19-dev"]
PACKAGES = """g++ make cmake ninja-build ccache xz-utils ca-certificates libssl-dev libsqlite3-dev libcli11-dev
    libtomlplusplus-dev libspdlog-dev libbenchmark-dev openssl sqlite3 python3 python3-jsonschema python3-websockets python3-jwt""".split()
if "ID=debian\n" in pathlib.Path("/etc/os-release").read_text(encoding="utf-8"):
    PACKAGES.append("chromium")


class setup_test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve() / "tree"
        (self.root / "ci").mkdir(parents=True)
        shutil.copy(CI / "setup.sh", self.root / "ci")
        shutil.copytree(CI.parent / "tests" / "integration", self.root / "tests" / "integration")
        self.stubs = self.root.parent / "bin"
        self.stubs.mkdir()
        self.log = self.root.parent / "log"
        self.log.touch()
        for name, body in STUBS.items():
            self.stub(name, body)

    def stub(self, name, body):
        (self.stubs / name).write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        (self.stubs / name).chmod(0o755)

    def fill_prefix(self):
        deps = self.root / ".deps"
        for path, text in (("include/boost/version.hpp", "#define BOOST_VERSION 108800\n"),
                           ("include/catch_amalgamated.hpp", "x"), ("src/catch_amalgamated.cpp", "x")):
            (deps / path).parent.mkdir(parents=True, exist_ok=True)
            (deps / path).write_text(text, encoding="utf-8")
        (deps / "bin").mkdir()
        (deps / "bin" / "clang++").symlink_to("/usr/bin/clang++-19")
        (deps / "node" / "node_modules").mkdir(parents=True)
        shutil.copy(self.root / "tests/integration/package-lock.json", deps / "node" / "installed-lock.json")
        (self.root / "node_modules").symlink_to(".deps/node/node_modules")

    def run_setup(self, *arguments, installed=(), offered=()):
        environment = {"PATH": f"{self.stubs}:/usr/bin:/bin", "LOG": str(self.log), "INSTALLED": "\n".join(installed),
                       "OFFERED": "\n".join(offered)}
        done = subprocess.run([self.root / "ci" / "setup.sh", *arguments], capture_output=True, text=True, check=False,
                              env=environment, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr, self.log.read_text(encoding="utf-8")

    def test_nothing_is_called_when_nothing_is_missing(self):
        self.fill_prefix()
        code, output, calls = self.run_setup(installed=PACKAGES + CLANG)
        self.assertEqual((code, calls), (0, ""), output)
        self.assertEqual(output, "setup: everything is there\n")

    def test_print_names_what_is_missing_and_changes_nothing(self):
        before = sorted(self.root.rglob("*"))
        code, output, calls = self.run_setup("--print", installed=["g++", "make"], offered=PACKAGES + CLANG)
        self.assertEqual((code, calls), (0, ""), output)
        install = next(line for line in output.splitlines() if "apt-get install" in line).split()
        self.assertNotIn("g++", install)
        for package in PACKAGES[2:] + CLANG:
            self.assertIn(package, install)
        for part in "source package catch2", "npm ci", "nothing was done":
            self.assertIn(part, output)
        self.assertEqual(sorted(self.root.rglob("*")), before)

    def test_only_what_is_missing_is_installed(self):
        self.fill_prefix()
        code, output, calls = self.run_setup(installed=PACKAGES[1:] + CLANG, offered=PACKAGES)
        self.assertEqual(code, 0, output)
        update, install = calls.splitlines()
        self.assertIn("update", update)
        self.assertTrue(install.endswith(" g++"), calls)
        self.assertIn("--no-remove", install)

    def test_a_release_without_clang_19_takes_the_newest_complete_one(self):
        self.fill_prefix()
        offered = [name.replace("19", "21") for name in CLANG] + [name.replace("19", "22") for name in CLANG[:2]]
        _, _, calls = self.run_setup(installed=PACKAGES, offered=offered)
        self.assertIn("clang-21 clang-tidy-21 clang-format-21 clang-tools-21 libclang-rt-21-dev", calls)

    def test_a_node_of_another_origin_is_not_replaced(self):
        self.fill_prefix()
        (self.stubs / "npm").unlink()
        self.stub("dirname", '/usr/bin/dirname "$@"')
        environment = {"PATH": str(self.stubs)}
        for name in ("bash", "id", "grep", "sed", "env", "readlink", "cmp", "head", "sort", "tail", "ln", "rm"):
            (self.stubs / name).symlink_to(shutil.which(name))
        done = subprocess.run([self.root / "ci" / "setup.sh"], capture_output=True, text=True, check=False,
                              env=environment | {"LOG": str(self.log), "INSTALLED": "\n".join(PACKAGES + CLANG), "OFFERED": ""})
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("npm that belongs to your node", done.stderr)
        self.assertNotIn("install", self.log.read_text(encoding="utf-8"))

    def test_an_unknown_argument_is_refused(self):
        code, _, calls = self.run_setup("--help-me")
        self.assertEqual((code, calls), (2, ""))


if __name__ == "__main__":
    unittest.main()
