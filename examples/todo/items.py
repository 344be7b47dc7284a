"""A list that two people change at the same time, and that comes to the same on both sides.

Each item has an id and three fields. A field holds its value and a stamp: how many changes its writer had seen, and who
wrote it. Of two values of a field the one with the greater stamp stays, in whatever order they come and however often.
So a tick here and another text there are both kept.
"""

# What a hostile list could make too large.
MAX_ITEMS = 1000
MAX_TEXT = 500
MAX_STAMP = 1 << 40

FIELDS = {"text": str, "done": bool, "gone": bool}


def merge(items, changes):
    """Takes changes in. What is malformed is passed over: it was written by somebody else's program."""
    if not isinstance(changes, list):
        return
    for change in changes:
        if not isinstance(change, dict) or not _is_name(change.get("item")):
            continue
        name = change["item"]
        if name not in items and len(items) >= MAX_ITEMS:
            continue
        for field, kind in FIELDS.items():
            new = change.get(field)
            if _is_value(new, kind):
                item = items.setdefault(name, {})
                if field not in item or _rank(item[field]) < _rank(new):
                    item[field] = new


def stamp(items, writer):
    """The stamp of the next change of this writer."""
    seen = [value[1] for item in items.values() for value in item.values()]
    return [min(max(seen, default=0) + 1, MAX_STAMP), writer]


def shown(items):
    """The items that are there, as (id, text, done), in an order that is the same on both sides."""
    rows = []
    for name, item in items.items():
        if "text" in item and not item.get("gone", [False])[0]:
            rows.append((name, item["text"][0], item.get("done", [False])[0]))
    return sorted(rows)


def _rank(value):
    # The value last, so that even two writers with one name agree.
    return (value[1], value[2], value[0])


def _is_name(name):
    return isinstance(name, str) and 0 < len(name) <= 40


def _is_value(value, kind):
    return (
        isinstance(value, list)
        and len(value) == 3
        and type(value[0]) is kind
        and (kind is not str or len(value[0]) <= MAX_TEXT)
        and type(value[1]) is int
        and 0 < value[1] <= MAX_STAMP
        and _is_name(value[2])
    )
