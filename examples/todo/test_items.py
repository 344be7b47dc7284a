"""The list by itself: whatever order changes come in, both sides agree."""

import itertools
import unittest

import items


def change(item, at, by, **fields):
    return {"item": item, **{name: [value, at, by] for name, value in fields.items()}}


class Merging(unittest.TestCase):
    def test_all_orders_come_to_the_same(self):
        changes = [
            change("a", 1, "alex", text="milk"),
            change("a", 2, "alex", text="oat milk"),
            change("a", 2, "blair", text="soy milk"),
            change("a", 2, "blair", done=True),
            change("b", 3, "alex", text="bread"),
            change("b", 4, "blair", gone=True),
        ]
        for order in itertools.permutations(changes):
            mine = {}
            for one in (*order, *order):
                items.merge(mine, [one])
            self.assertEqual(items.shown(mine), [("a", "soy milk", True)])

    def test_a_stamp_follows_all_that_was_seen(self):
        mine = {}
        items.merge(mine, [change("a", 41, "blair", text="x")])
        self.assertEqual(items.stamp(mine, "alex"), [42, "alex"])
        self.assertEqual(items.stamp({}, "alex"), [1, "alex"])

    def test_garbage_of_others_is_passed_over(self):
        mine = {}
        for garbage in (
            None, 7, "x", {}, [None], [{}], [{"item": 7}], [{"item": ""}], [{"item": "x" * 41}],
            [{"item": "a", "text": "milk"}], [{"item": "a", "text": ["milk", 1]}], [{"item": "a", "text": [7, 1, "b"]}],
            [{"item": "a", "text": ["milk", True, "b"]}], [{"item": "a", "text": ["milk", 1 << 41, "b"]}],
            [{"item": "a", "text": ["x" * 501, 1, "b"]}], [{"item": "a", "done": [1, 1, "b"]}], [{"item": "a", "other": ["x", 1, "b"]}],
        ):
            items.merge(mine, garbage)
        self.assertEqual(items.shown(mine), [])
        items.merge(mine, [change(str(n), 1, "b", text="x") for n in range(2000)])
        self.assertEqual(len(items.shown(mine)), items.MAX_ITEMS)


if __name__ == "__main__":
    unittest.main()
