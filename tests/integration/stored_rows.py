"""Rows of wsd.db as wsd would have written them at another time."""

MASK = (1 << 64) - 1
COLUMNS = ("id", "chat", "chat_seq", "sender", "recipient", "sender_seq", "recipient_seq", "sent_at", "target", "edited_at",
           "deleted_at", "deleted_by", "state", "type", "client_id", "content")


def mix(total, value):
    total = ((total ^ value & MASK) * 0x9E3779B97F4A7C15) & MASK
    return total ^ total >> 29


def mix_text(total, text):
    octets = (text or "").encode()
    total = mix(total, len(octets))
    while len(octets) >= 8:
        total, octets = mix(total, int.from_bytes(octets[:8], "little")), octets[8:]
    return mix(total, int.from_bytes(octets, "big"))


def checksum(row):
    """As checksum_of() in server/storage/sqlite_rows.cpp; `row` has COLUMNS."""
    offset, *numbers, state, message_type, client_id, content = row
    total = offset
    for number in (*numbers, max(state - 32, 0)):
        total = mix(total, number or 0)
    for text in (message_type, client_id, content):
        total = mix_text(total, text)
    return total - (1 << 64) if total >> 63 else total


def age_messages(database, milliseconds, where):
    """As if they had been sent so much earlier."""
    database.execute(f"UPDATE messages SET sent_at=sent_at-{milliseconds} WHERE {where}")
    for row in database.execute(f"SELECT {', '.join(COLUMNS)} FROM messages WHERE {where}").fetchall():
        database.execute("UPDATE messages SET checksum=? WHERE id=?", (checksum(row), row[0]))
