"""The part of Dyad's local API that a small program needs (spec/api.md), with the standard library only."""

import http.client
import json
import pathlib
import socket
import urllib.parse

ROOT = "/api/v1"


class Refused(Exception):
    """What Dyad said instead of doing it: a status, a stable word, and a sentence."""

    def __init__(self, problem):
        super().__init__(problem.get("title", ""))
        self.status = problem.get("status", 0)
        self.code = problem.get("code", "")


class _Unix(http.client.HTTPConnection):
    """HTTP over the socket in the home."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Dyad:
    """The running app, at the socket in its home or at the address that `dyad apps where` prints."""

    def __init__(self, place, token=None):
        self.place = str(place)
        self.token = token

    def _connect(self, timeout):
        if self.place.startswith("http://"):
            parts = urllib.parse.urlsplit(self.place)
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        return _Unix(str(pathlib.Path(self.place)), timeout)

    def _headers(self, more=None):
        headers = dict(more or {})
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        return headers

    def call(self, method, path, body=None, headers=None):
        """Asks for something; gives what was answered, or raises Refused."""
        headers = self._headers(headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        connection = self._connect(timeout=60)
        try:
            connection.request(method, ROOT + path, body, headers)
            answer = connection.getresponse()
            return _value(answer.status, answer.read())
        finally:
            connection.close()

    # Pairing.

    def ask(self, name, types, messages=False):
        return self.call("POST", "/pairings", {"name": name, "types": types, "messages": messages})

    def answer(self, asked):
        return self.call("POST", "/pairings/" + asked["id"], {"secret": asked["secret"]})

    # What an app does.

    def relationships(self):
        return self.call("GET", "/relationships")["relationships"]

    def send(self, relationship, kind, content, fallback=None, key=None):
        body = {"type": kind, "content": content}
        if fallback is not None:
            body["fallback"] = fallback
        headers = {"Idempotency-Key": key} if key else None
        return self.call("POST", f"/relationships/{relationship}/payloads", body, headers)

    def payloads(self, after=None, limit=100):
        query = {"limit": limit}
        if after:
            query["after"] = after
        return self.call("GET", "/payloads?" + urllib.parse.urlencode(query))

    def events(self, after=None):
        """What happens, as (id, name, data), until Dyad ends it. `after` is the id of the last event that was heard."""
        connection = self._connect(timeout=60)
        try:
            headers = self._headers({"Last-Event-ID": after} if after else None)
            connection.request("GET", ROOT + "/events", headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                _value(answer.status, answer.read())
            yield from _events(answer)
        finally:
            connection.close()


def _value(status, text):
    try:
        value = json.loads(text) if text else None
    except ValueError:
        value = {"title": "The answer is no JSON."}
    if status >= 400:
        raise Refused({"status": status, **(value if isinstance(value, dict) else {})})
    return value


def _events(stream):
    """Server-sent events (HTML Standard, section 9.2), as far as Dyad writes them."""
    last, name, data = None, "message", []
    for line in stream:
        line = line.decode().rstrip("\r\n")
        if line == "":
            if data:
                yield last, name, json.loads("\n".join(data))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            last = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
