#!/usr/bin/env python3
"""A to-do list shared with each contact, over Dyad. See README.md."""

import argparse
import json
import os
import pathlib
import secrets
import sys
import time

import items
from dyad import Dyad, Refused

KIND = "vnd.example.todo"


class Lists:
    """Our side of the lists: one for each contact, kept in a file."""

    def __init__(self, file):
        self.file = pathlib.Path(file)
        try:
            state = json.loads(self.file.read_text())
        except FileNotFoundError:
            state = {}
        self.place = state.get("place")
        self.token = state.get("token")
        self.writer = state.get("writer") or secrets.token_hex(8)
        # How far we have listed, and the last event that we heard.
        self.next = state.get("next")
        self.event = state.get("event")
        self.lists = state.get("lists", {})

    def save(self):
        state = {name: getattr(self, name) for name in ("place", "token", "writer", "next", "event", "lists")}
        unfinished = self.file.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(state, out)
        unfinished.replace(self.file)

    def dyad(self):
        return Dyad(self.place, self.token)

    def take(self, payload):
        """Takes in what somebody sent, ourselves included: taking it twice changes nothing."""
        content = payload.get("content")
        if payload["type"] == KIND and isinstance(content, dict):
            items.merge(self.lists.setdefault(payload["relationship"], {}), content.get("changes"))

    def catch_up(self):
        """Takes in what came since the last time."""
        while True:
            page = self.dyad().payloads(after=self.next)
            for payload in page["payloads"]:
                self.take(payload)
            self.next = page.get("next", self.next)
            self.save()
            if not page["more"]:
                return

    def follow(self):
        """Takes in what comes, as it comes; yields after each. May be stopped and begun again."""
        for event, name, data in self.dyad().events(after=self.event):
            if name == "payload":
                self.take(data)
            if event:
                self.event = event
            self.save()
            if name == "end":
                return
            yield name, data

    def change(self, relationship, item, text=None, done=None, gone=None):
        """Changes an item here and at the contact's."""
        mine = self.lists.setdefault(relationship, {})
        change = {"item": item}
        for field, value in (("text", text), ("done", done), ("gone", gone)):
            if value is not None:
                change[field] = [value, *items.stamp(mine, self.writer)]
        items.merge(mine, [change])
        # Kept before it is sent: if we are cut off, the same key sends it no second time.
        self.save()
        words = items.shown(mine)
        named = next((text for name, text, _ in words if name == item), "an item")
        fallback = f"To-do list: {named[:200]}"
        return self.dyad().send(relationship, KIND, {"changes": [change]}, fallback, key=secrets.token_hex(16))


def pair(lists, place, name="To-do"):
    """Asks to become an app, shows the code, and waits for the person. Gives whether it is one now."""
    dyad = Dyad(place)
    asked = dyad.ask(name, [KIND])
    print(f"Code: {asked['code']}", flush=True)
    print("Type it under Apps in Dyad, or: dyad apps allow CODE --contact NICK", file=sys.stderr)
    while True:
        answer = dyad.answer(asked)
        if answer["state"] == "allowed":
            lists.place, lists.token = str(place), answer["token"]
            # Ids are made for each pairing: what was listed before is listed anew.
            lists.next, lists.event, lists.lists = None, None, {}
            lists.save()
            return True
        if answer["state"] == "denied":
            return False
        time.sleep(1)


def show(lists, names):
    for relationship, mine in lists.lists.items():
        rows = items.shown(mine)
        print(f"{names.get(relationship, 'somebody')}:" + ("" if rows else " nothing to do"))
        for name, text, done in rows:
            print(f"  [{'x' if done else ' '}] {name}  {text}")


def whose(lists, nick, dyad):
    """The relationship with this contact; the only one, if none is named."""
    all_of_them = dyad.relationships()
    found = [r for r in all_of_them if nick is None or r["nickname"].lower() == nick.lower()]
    if len(found) == 1:
        return found[0]["id"]
    sys.exit(f"Name a contact with --with: {', '.join(r['nickname'] for r in all_of_them) or 'there is none yet'}")


def holder(lists, item):
    """The list that holds an item."""
    for relationship, mine in lists.lists.items():
        if item in mine:
            return relationship
    sys.exit(f"There is no item {item}.")


def main():
    home = os.environ.get("DYAD_HOME") or os.path.expanduser("~/.local/share/dyad")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", default=os.path.expanduser("~/.dyad-todo.json"), help="where the lists are kept")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("pair", help="become an app of a running Dyad")
    one.add_argument("--at", default=f"{home}/api.sock", help="a socket or URL, as `dyad apps where` prints")
    one = commands.add_parser("add", help="add an item")
    one.add_argument("text")
    one.add_argument("--with", dest="nick")
    for name in ("tick", "untick", "remove"):
        commands.add_parser(name, help=f"{name} an item").add_argument("item")
    commands.add_parser("list", help="show the lists")
    commands.add_parser("follow", help="show the lists whenever they change")
    args = parser.parse_args()
    lists = Lists(args.file)
    try:
        run(args, lists)
    except Refused as refused:
        sys.exit(f"Dyad: {refused} ({refused.code})")
    except OSError as error:
        sys.exit(f"Dyad cannot be reached: {error}. Is `dyad up` running?")


def run(args, lists):
    if args.command == "pair":
        if not pair(lists, args.at):
            sys.exit("It was denied.")
        return
    if not lists.token:
        sys.exit("Pair first: todo.py pair")
    dyad = lists.dyad()
    lists.catch_up()
    if args.command == "add":
        lists.change(whose(lists, args.nick, dyad), secrets.token_hex(4), text=args.text)
    elif args.command == "tick":
        lists.change(holder(lists, args.item), args.item, done=True)
    elif args.command == "untick":
        lists.change(holder(lists, args.item), args.item, done=False)
    elif args.command == "remove":
        lists.change(holder(lists, args.item), args.item, gone=True)
    names = {r["id"]: r["nickname"] for r in dyad.relationships()}
    show(lists, names)
    if args.command == "follow":
        for name, _ in lists.follow():
            if name == "payload":
                show(lists, names)


if __name__ == "__main__":
    main()
