"""Two people with a running Dyad each share a list. `crates/dyad/tests/apps/todo.rs` starts both and names them here:
DYAD (the program), DYAD_ALEX and DYAD_BLAIR (their homes)."""

import contextlib
import http.client
import io
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

import items
import todo
from dyad import Dyad, Refused

SOON = 60


def command(home, *args):
    done = subprocess.run(
        [os.environ["DYAD"], *args, "--json"], env={**os.environ, "DYAD_HOME": home}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def eventually(what, holds):
    end = time.monotonic() + SOON
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("not in time: " + what)
        time.sleep(0.2)


class Person:
    def __init__(self, home, other, folder, over_tcp):
        self.home, self.other = home, other
        where = command(home, "apps", "where")
        self.place = where["url"].removesuffix("/api/v1") if over_tcp else where["socket"]
        self.folder = pathlib.Path(folder)

    def paired(self, name, *more):
        """Pairs the to-do app as a person does: it shows a code, and the code is typed."""
        lists = todo.Lists(self.folder / f"{name}.json")
        told = io.StringIO()
        answers = []

        def wait():
            with contextlib.redirect_stdout(told), contextlib.redirect_stderr(io.StringIO()):
                answers.append(todo.pair(lists, self.place, name))

        waiting = threading.Thread(target=wait)
        waiting.start()
        eventually("the code is shown", lambda: "Code:" in told.getvalue() and told.getvalue().endswith("\n"))
        code = re.search(r"Code: (\S+)", told.getvalue()).group(1)
        command(self.home, "apps", "allow", code, "--contact", self.other, *more)
        waiting.join(SOON)
        assert answers == [True]
        return lists


@unittest.skipUnless("DYAD_ALEX" in os.environ, "needs two running Dyads")
class Sharing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.folders = [pathlib.Path(folder) / name for name in ("alex", "blair")]
        for one in cls.folders:
            one.mkdir()
        cls.alex = Person(os.environ["DYAD_ALEX"], "Blair", cls.folders[0], over_tcp=False)
        cls.blair = Person(os.environ["DYAD_BLAIR"], "Alex", cls.folders[1], over_tcp=True)
        cls.a = cls.alex.paired("To-do")
        cls.b = cls.blair.paired("To-do")
        cls.with_blair = cls.a.dyad().relationships()[0]["id"]
        cls.with_alex = cls.b.dyad().relationships()[0]["id"]

    def rows(self, lists, relationship):
        lists.catch_up()
        return items.shown(lists.lists.get(relationship, {}))

    def both_see(self, expected):
        eventually(
            f"both see {expected}",
            lambda: self.rows(self.a, self.with_blair) == expected and self.rows(self.b, self.with_alex) == expected,
        )

    def test_1_a_list_is_shared_and_changes_of_both_are_merged(self):
        self.a.change(self.with_blair, "i1", text="milk")
        self.both_see([("i1", "milk", False)])
        # Neither has heard of the other's change yet.
        self.a.change(self.with_blair, "i1", text="oat milk")
        self.b.change(self.with_alex, "i1", done=True)
        self.b.change(self.with_alex, "i2", text="bread")
        self.both_see([("i1", "oat milk", True), ("i2", "bread", False)])
        self.a.change(self.with_blair, "i2", gone=True)
        self.both_see([("i1", "oat milk", True)])
        # What does not fit into a message comes all the same.
        changes = [{"item": f"x{n}", "text": ["word " * 80, 1, "a"]} for n in range(30)]
        sent = self.a.dyad().send(self.with_blair, todo.KIND, {"changes": changes}, key="large")
        again = self.a.dyad().send(self.with_blair, todo.KIND, {"changes": changes}, key="large")
        self.assertEqual(sent["id"], again["id"])
        eventually("the large one came", lambda: len(self.rows(self.b, self.with_alex)) == 31)
        state = lambda: self.a.dyad().call("GET", "/payloads/" + sent["id"])["state"]
        eventually("it is confirmed", lambda: state() == "confirmed")

    def test_2_events_go_on_where_they_were_cut(self):
        dyad, heard = self.b.dyad(), []
        stream = dyad.events()
        last, name, _ = next(stream)
        self.assertEqual(name, "ready")
        send = lambda n: self.a.dyad().send(self.with_blair, todo.KIND, {"n": n})
        send(1)
        last = self.hear(stream, heard)
        stream.close()
        count = lambda: sum(p.get("content", {}).get("n", 0) > 0 for p in self.every(dyad))
        for n in (2, 3, 4):
            send(n)
            eventually(f"{n} came", lambda: count() == n)
        stream = dyad.events(after=last)
        again, name, _ = next(stream)
        self.assertEqual((again, name), (last, "ready"))
        for _ in range(3):
            last = self.hear(stream, heard)
        stream.close()
        self.assertEqual(heard, [1, 2, 3, 4])
        # An id from the future, or from somewhere else.
        with self.assertRaises(Refused) as refused:
            next(dyad.events(after="00000000000000ff"))
        self.assertEqual((refused.exception.status, refused.exception.code), (409, "unknown-event"))
        # A list names the event from which to go on.
        event = dyad.payloads(limit=1)["event"]
        stream = dyad.events(after=event)
        self.assertEqual(next(stream)[:2], (event, "ready"))
        stream.close()

    def hear(self, stream, heard):
        """Waits for what the other sent; gives the event's id. Our own payloads tell how far they have come."""
        for last, name, data in stream:
            if name == "payload" and data["direction"] == "in":
                heard.append(data["content"]["n"])
                return last
        raise AssertionError("the stream ended")

    def every(self, dyad):
        after = None
        while True:
            page = dyad.payloads(after=after, limit=7)
            yield from page["payloads"]
            after = page.get("next", after)
            if not page["more"]:
                return

    def test_3_other_types_other_contacts_and_messages_are_refused(self):
        dyad = self.a.dyad()
        refusals = [
            ("GET", f"/relationships/{self.with_blair}/messages", None, 403, "messages-not-granted"),
            ("POST", f"/relationships/{self.with_blair}/messages", {"text": "x"}, 403, "messages-not-granted"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": "text", "content": "x"}, 403, "type-not-registered"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": "vnd.example.other", "content": 1}, 403, "type-not-registered"),
            ("POST", f"/relationships/{self.with_alex}/payloads", {"type": todo.KIND, "content": 1}, 404, "unknown-relationship"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND}, 400, "bad-content"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND, "content": 1, "content_base64": "AA=="}, 400, "bad-content"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND, "content_base64": "?"}, 400, "bad-base64"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND, "content": "x" * (1 << 20)}, 413, "too-large"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND, "content": "x" * (2 << 20)}, 413, "too-large"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND, "content": 1, "reply_to": "0" * 32}, 400, "bad-id"),
            ("POST", f"/relationships/{self.with_blair}/payloads", {"type": todo.KIND, "content": 1, "other": 1}, 400, "bad-json"),
            ("GET", "/payloads?limit=0", None, 400, "bad-query"),
            ("GET", "/payloads?after=ffffffffffffffffffffffffffffffff", None, 400, "bad-place"),
            ("GET", "/payloads/ffffffffffffffffffffffffffffffff", None, 404, "unknown-payload"),
            ("GET", "/payloads/x", None, 404, "unknown-payload"),
            ("GET", "/nothing", None, 404, "no-such-thing"),
            ("DELETE", "/me", None, 405, "no-such-method"),
            ("POST", "/pairings", {"name": "x", "types": ["file"]}, 400, "bad-type"),
        ]
        for method, path, body, status, code in refusals:
            with self.subTest(path=path, code=code), self.assertRaises(Refused) as refused:
                dyad.call(method, path, body)
            self.assertEqual((refused.exception.status, refused.exception.code), (status, code), path)

    def test_4_pages_in_a_browser_and_strangers_stay_outside(self):
        parts = urllib.parse.urlsplit(self.b.place)
        token = {"Authorization": "Bearer " + self.b.token}

        def status(headers, method="GET", path="/api/v1/me", body=None):
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SOON)
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in {**headers, "Content-Length": str(len(body or b""))}.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            status, kind = answer.status, answer.getheader("Content-Type")
            connection.close()
            self.assertIn(kind, ("application/json", "application/problem+json"))
            return status

        self.assertEqual(status(token), 200)
        self.assertEqual(status({}), 401)
        self.assertEqual(status({"Authorization": "Basic x"}), 401)
        self.assertEqual(status({**token, "Origin": self.b.place}), 403)
        self.assertEqual(status({**token, "Origin": "null"}), 403)
        self.assertEqual(status({**token, "Sec-Fetch-Site": "cross-site"}), 403)
        self.assertEqual(status({**token, "Host": "evil.example"}), 421)
        for body in (b"", b"{", b"[]", b"\xff", b"null", b"[" * 500):
            json_body = {"Content-Type": "application/json"}
            self.assertEqual(status({**json_body}, "POST", "/api/v1/pairings", body), 400)
        self.assertEqual(status({"Content-Type": "text/plain"}, "POST", "/api/v1/pairings", b"{}"), 415)

    def test_5_an_app_for_messages_reads_and_writes_as_the_person(self):
        lists = self.folders[0] / "reader.json"
        dyad = Dyad(self.alex.place)
        asked = dyad.ask("Reader", [], messages=True)
        pending = command(self.alex.home, "apps", "pending")["requests"]
        self.assertEqual([(p["name"], p["messages"]) for p in pending], [("Reader", True)])
        command(self.alex.home, "apps", "allow", asked["code"], "--all-contacts", "--messages")
        dyad.token = dyad.answer(asked)["token"]
        with self.assertRaises(Refused) as refused:
            dyad.answer(asked)
        self.assertEqual(refused.exception.code, "unknown-pairing")
        blair = dyad.relationships()[0]["id"]
        self.assertNotEqual(blair, self.with_blair, "two apps cannot tell that theirs is the same")
        sent = dyad.call("POST", f"/relationships/{blair}/messages", {"text": "Written by a program"})
        texts = lambda home: [m["text"] for m in command(home, "inbox", "--peek")["messages"]]
        eventually("Blair has it", lambda: "Written by a program" in texts(self.blair.home))
        # In the conversation what an app sent stands as its fallback.
        self.assertIn("To-do list: oat milk", texts(self.blair.home))
        number = next(m for m in command(self.blair.home, "inbox", "--peek")["messages"] if m["text"] == "Written by a program")
        command(self.blair.home, "send", "Alex", "An answer", "--reply", str(number["id"]))
        page = lambda: dyad.call("GET", f"/relationships/{blair}/messages?after={sent['id']}")["messages"]
        eventually("the answer came", lambda: any(m["text"] == "An answer" for m in page()))
        answer = next(m for m in page() if m["text"] == "An answer")
        self.assertEqual((answer["direction"], answer["state"], answer["reply_to"]), ("in", "received", sent["id"]))
        dyad.call("POST", f"/relationships/{blair}/read", {"messages": [answer["id"]]})
        self.assertEqual(dyad.call("GET", "/messages/" + answer["id"])["state"], "read")
        self.assertFalse(lists.exists())
        command(self.alex.home, "apps", "change", "Reader", "--no-messages")
        with self.assertRaises(Refused) as refused:
            page()
        self.assertEqual(refused.exception.code, "messages-not-granted")

    def test_6_a_revoked_app_is_told_so_and_its_stream_ends(self):
        stream = self.a.dyad().events()
        self.assertEqual(next(stream)[1], "ready")
        command(self.alex.home, "apps", "revoke", "to-do")
        told = [(name, data.get("code")) for _, name, data in stream]
        self.assertEqual(told[-1], ("end", "token-revoked"))
        with self.assertRaises(Refused) as refused:
            self.a.catch_up()
        self.assertEqual((refused.exception.status, refused.exception.code), (401, "token-revoked"))
        self.a.token = "dyad_made-up"
        with self.assertRaises(Refused) as refused:
            self.a.catch_up()
        self.assertEqual(refused.exception.code, "token-unknown")
        # Paired anew it finds what was there, under ids of its own.
        again = self.alex.paired("To-do")
        again.catch_up()
        fresh = again.dyad().relationships()[0]["id"]
        self.assertNotEqual(fresh, self.with_blair)
        self.assertIn(("i1", "oat milk", True), items.shown(again.lists[fresh]))


if __name__ == "__main__":
    unittest.main()
