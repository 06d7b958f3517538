"""The disk and the clock of power_cut.c seen from outside: commands to them, and what a power cut leaves of the disk."""
import mmap
import os
import pathlib
import struct
import uuid

SECTOR, PAGE = 512, 4096
FIELDS = ("full", "sync_errors", "write_errors", "sync_delay_us", "late_truncate", "syncs", "writes", "failures", "clock_offset_s")


class Disk:
    """A data directory whose unsynced octets can be lost. `library` is power_cut.so."""

    def __init__(self, library, folder):
        folder = pathlib.Path(folder)
        self.library, self.data, self.shadow, self.commands = library, folder / "data", folder / "shadow", folder / "control"
        self.boot = folder / "boot_id"
        self.data.mkdir()
        self.shadow.mkdir()
        self.commands.write_bytes(bytes(PAGE))
        self.start_machine()
        with open(self.commands, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), PAGE)

    def environment(self):
        return {"LD_PRELOAD": self.library, "POWER_CUT_DIR": str(self.data), "POWER_CUT_SHADOW": str(self.shadow),
                "POWER_CUT_CONTROL": str(self.commands), "POWER_CUT_BOOT": str(self.boot), "WS_DATA_DIR": str(self.data)}

    def start_machine(self):
        self.boot.write_text(f"{uuid.uuid4()}\n")

    def read(self, field):
        return struct.unpack_from("i", self.page, 4 * FIELDS.index(field))[0]

    def command(self, **values):
        for field, value in values.items():
            struct.pack_into("i", self.page, 4 * FIELDS.index(field), value)

    def heal(self):
        self.command(full=0, sync_errors=0, write_errors=0, sync_delay_us=0)

    def cut_power(self, chance, keep=0.0, torn=False):
        """To be called when the process is dead. Of what was not synced each page is kept with probability `keep`; of a page
        that is lost, with `torn`, single sectors may be kept. Returns how many sectors were lost and how many kept."""
        lost = kept = 0
        self.start_machine()
        for file in sorted(self.data.iterdir()):
            if file.name == "lock":
                continue
            shadow, marks = self.shadow / file.name, self.shadow / (file.name + ".map")
            if file.name.endswith("-shm") or not shadow.exists():
                file.unlink()
                continue
            real, durable = file.read_bytes(), bytearray(shadow.read_bytes())
            dirty = bytearray(marks.read_bytes())
            at = dirty.find(1)
            while at >= 0:
                page = at * SECTOR // PAGE
                begin, end = page * (PAGE // SECTOR), (page + 1) * (PAGE // SECTOR)
                whole = chance.random() < keep
                single = torn and chance.random() < 0.5
                for sector in range(begin, end):
                    if dirty[sector] == 0:
                        continue
                    if whole or (single and chance.random() < 0.5):
                        octets = real[sector * SECTOR:(sector + 1) * SECTOR]
                        if octets and len(durable) < sector * SECTOR:
                            durable.extend(bytes(sector * SECTOR - len(durable)))
                        durable[sector * SECTOR:sector * SECTOR + len(octets)] = octets
                        kept += 1
                    else:
                        lost += 1
                    dirty[sector] = 0
                at = dirty.find(1, end)
            file.write_bytes(durable)
            shadow.write_bytes(durable)
            with open(marks, "r+b") as map_file:
                map_file.truncate(0)
                map_file.truncate(len(dirty))
        for shadow in self.shadow.iterdir():
            name = shadow.name.removesuffix(".map")
            if not (self.data / name).exists():
                os.unlink(shadow)
        return lost, kept
