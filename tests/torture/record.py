"""What happened, one JSON object a line, in the order in which the driver did or saw it."""
import json
import time


class Record:
    def __init__(self, path):
        self.file, self.begin, self.lines = open(path, "w", encoding="utf-8"), time.monotonic(), 0

    def __call__(self, event, **fields):
        line = {"t": round(time.monotonic() - self.begin, 4), "ev": event} | fields
        self.file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.lines += 1

    def close(self):
        self.file.close()


def read(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
