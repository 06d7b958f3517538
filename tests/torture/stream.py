"""What one connection was sent, held against what a cursor in a log promises."""


class Stream:
    """Follows one connection. `fail` is called with a rule's name and a text."""

    def __init__(self, conn, trimming, fail):
        self.conn, self.trimming, self.fail = conn, trimming, fail
        self.start = self.live = None  # head at HELLO_ACK; up to where live delivery has come
        self.noecho, self.asked, self.series = False, None, None
        self.gone = 0  # what the user was told to be gone before this connection was opened

    def hello(self, line):
        self.start = self.live = line["head"]
        self.noecho = line["noecho"]
        if line["floor"] <= self.gone:
            self.fail("gap", f"connection {self.conn}: the log goes back to {line['floor']}, and all up to {self.gone} was told to be gone")

    def resume(self, line):
        self.asked = line["cursor"]

    def begin(self, line):
        asked, self.asked = self.asked, None
        unasked = asked is None
        cursor = self.live if unasked else asked
        gaps = line.get("gaps", [])
        if line["mode"] == "snapshot":
            return self.fail("resume", f"connection {self.conn}: a snapshot for cursor {cursor}, {line.get('reason')}")
        if line["from"] != cursor + 1:
            self.fail("resume", f"connection {self.conn}: series from {line['from']}, cursor {cursor}")
        first = cursor + 1
        if line["mode"] == "partial":
            if not self.trimming:
                self.fail("resume", f"connection {self.conn}: gap {gaps} in a log that is not trimmed")
            if len(gaps) != 1 or gaps[0]["from"] != first or gaps[0]["to"] < first:
                return self.fail("resume", f"connection {self.conn}: gap {gaps} after cursor {cursor}")
            first = gaps[0]["to"] + 1
        elif gaps:
            self.fail("resume", f"connection {self.conn}: mode {line['mode']} with gaps {gaps}")
        self.series = {"next": first, "first": first, "cursor": cursor, "to": line["to"], "unasked": unasked}

    def complete(self, line):
        series, self.series = self.series, None
        if series is None:
            return
        # Trimmed again before the first entry could be sent: the client may as well be told of the whole gap once more.
        nothing = not line["complete"] and series["next"] == series["first"] and line["upTo"] == series["cursor"]
        if line["upTo"] != series["next"] - 1 and not nothing:
            self.fail("replay", f"connection {self.conn}: complete up to {line['upTo']}, sent up to {series['next'] - 1}")
        if series["unasked"]:
            self.live = line["upTo"]
        elif line["complete"] and line["upTo"] != self.start:
            self.fail("seam", f"connection {self.conn}: replay ends at {line['upTo']}, live begins after {self.start}")

    def place(self, first, last, replay):
        """The frame stands for the entries first..last."""
        if replay:
            if first <= self.gone:
                self.fail("gap", f"connection {self.conn}: entry {first} replayed, and all up to {self.gone} was told to be gone")
            if self.series is None or first != self.series["next"] or last > max(self.series["to"], self.series["next"]):
                wanted = self.series["next"] if self.series else "none"
                self.fail("replay", f"connection {self.conn}: entry {first} replayed, expected {wanted}")
            if self.series is not None:
                self.series["next"] = last + 1
            return
        if self.live is None or first != self.live + 1:
            self.fail("live", f"connection {self.conn}: entry {first} after {self.live}")
        self.live = last

    def stands_for(self, seq):
        """A reply to a noecho connection."""
        if self.noecho and self.live is not None and seq == self.live + 1:
            self.live = seq
