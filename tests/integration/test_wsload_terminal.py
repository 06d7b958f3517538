"""What wsload shows while it runs: drawn in place on a terminal, a line every 5 s elsewhere."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
import unittest

import wsd_process
import wsload_process

SPARKS = "▁▂▃▄▅▆▇█"


class Terminal:
    """What a program writes to a terminal, and what is to be seen on it. Wide enough lines wrap, as they would."""

    def __init__(self, columns, rows):
        self.columns, self.lines, self.row, self.column = columns, [""], 0, 0
        self.most, self.wrapped, self.seen, self.written, self.redraws = 0, 0, set(), "", []
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.reader = threading.Thread(target=self.read)

    def read(self):
        data = b""
        while True:
            try:
                got = os.read(self.master, 65536)
            except OSError:
                got = b""
            if not got:
                return
            data += got
            if not data.endswith(b"\x1b[J"):
                continue  # in the middle of a drawing
            self.redraws.append(time.monotonic())
            self.take(data.decode())
            data = b""

    def take(self, text):
        self.written += text
        for escape, letter, char in re.findall(r"\x1b\[([0-9;?]*)([A-Za-z])|(.|\n|\r)", text):
            if char == "\r":
                self.column = 0
            elif char == "\n":
                self.row += 1
                self.lines += [""] * (self.row + 1 - len(self.lines))
            elif char:
                if self.column == self.columns:
                    self.wrapped += 1
                    self.column = 0
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[:self.column] + char + line[self.column + 1:]
                self.column += 1
            elif letter == "A":
                self.row = max(0, self.row - int(escape or 1))
            elif letter in "KJ":
                self.lines[self.row] = self.lines[self.row][:self.column]
                if letter == "J":
                    del self.lines[self.row + 1:]
            else:
                assert letter == "m", (escape, letter)
        self.most = max(self.most, sum(bool(line.strip()) for line in self.lines))
        self.seen.update(self.lines)

    def run(self, command, **variables):
        """The program's status and standard output."""
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.slave, text=True,
                                   env=environment | {"TERM": "xterm"} | variables)
        os.close(self.slave)
        self.reader.start()
        out, _ = process.communicate(timeout=wsload_process.PATIENCE)
        self.reader.join(10)
        os.close(self.master)
        return process.returncode, out


class InPlace(wsd_process.ServerCase):
    OPTIONS = {"WS_STORE": "memory"}

    def show(self, columns, *words, rows=24, **variables):
        terminal = Terminal(columns, rows)
        command = [wsload_process.WSLOAD, "run", "chat", f"ws://127.0.0.1:{self.server.port}/ws", "--secret",
                   wsd_process.SECRET, "-c", "20", "--ramp", "200ms", "--allow-saturated", *words]
        status, out = terminal.run(command, **variables)
        self.assertEqual(status, 0, out)
        self.assertIn("verdict       ok", out)
        return terminal

    def test_six_lines_are_drawn_over_each_other_and_gone_at_the_end(self):
        terminal = self.show(100, "--stage", "2s:100", "--stage", "2s:300")
        self.assertEqual((terminal.most, terminal.wrapped), (6, 0))
        self.assertEqual("".join(terminal.lines).strip(), "")
        shown = "\n".join(terminal.seen)
        for what in (r"chat +load \d\.\ds of 4\.0s .*\d+%  stage 2 of 2, 300/s", rf"acked/s +[{SPARKS}]{{2,}} \d+, at most \d+",
                     rf"delivery p99 +[{SPARKS}]{{2,}} ", r"connections +20 live", r"errors +none"):
            self.assertRegex(shown, what)
        self.assertIn("\x1b[1m", terminal.written)

    def test_several_processes_draw_their_sum(self):
        terminal = self.show(100, "-d", "3s", "--procs", "2")
        self.assertEqual((terminal.most, terminal.wrapped), (6, 0))
        self.assertEqual("".join(terminal.lines).strip(), "")
        shown = "\n".join(terminal.seen)
        for what in (r"chat +load \d\.\ds of 3\.0s", rf"acked/s +[{SPARKS}]+ \d+, at most \d+", r"connections +20 live"):
            self.assertRegex(shown, what)

    def test_at_most_ten_drawings_a_second(self):
        times = self.show(100, "-d", "3s").redraws
        self.assertGreater(len(times), 8)
        # One belongs to the end of the run, which erases.
        self.assertLessEqual(max(sum(start <= one < start + 1 for one in times) for start in times), 11)

    def test_a_narrow_terminal_does_not_wrap(self):
        terminal = self.show(31, "-d", "2s")
        self.assertEqual((terminal.most, terminal.wrapped), (6, 0))

    def test_a_low_terminal_does_not_scroll(self):
        self.assertEqual(self.show(80, "-d", "1s", rows=4).most, 3)

    def test_no_color(self):
        self.assertNotRegex(self.show(100, "-d", "1s", NO_COLOR="1").written, r"\x1b\[[0-9;]*m")
        self.assertRegex(self.show(100, "-d", "1s", NO_COLOR="").written, r"\x1b\[[0-9;]*m")

    def test_quiet_shows_nothing(self):
        self.assertEqual(self.show(100, "-d", "1s", "-q").written, "")

    def test_a_dumb_terminal_is_not_drawn_on(self):
        self.assertNotIn("\x1b", self.show(100, "-d", "1s", TERM="dumb").written)


class InALog(wsd_process.ServerCase):
    OPTIONS = {"WS_STORE": "memory"}

    def test_a_line_every_five_seconds(self):
        self.watch()

    def test_a_line_for_all_processes(self):
        self.watch("--procs", 2)

    def watch(self, *words):
        process = wsload_process.start("run", "chat", f"ws://127.0.0.1:{self.server.port}/ws", "--secret", wsd_process.SECRET,
                                       "-c", 20, "--ramp", "200ms", "--rate", 100, "-d", "11s", "--allow-saturated", *words)
        out, errors = process.communicate(timeout=wsload_process.PATIENCE)
        self.assertEqual(process.returncode, 0, out + errors)
        lines = errors.splitlines()
        self.assertEqual(len(lines), 2, errors)
        for line in lines:
            self.assertRegex(line, r"^load \d+\.\ds of 11\.0s \| 20 live \| (\d+ upgrades/s \| )?\d+ sent/s, ")
        self.assertNotIn("\x1b", errors)


if __name__ == "__main__":
    unittest.main()
