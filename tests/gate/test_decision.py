"""Decisions held against requests, by the verifier that is shipped: python3 -m unittest discover tests/gate

Needs `cryptography`. Decisions are signed here as the gate signs them.
"""

import asyncio
import base64
import hashlib
import json
import os
import sys
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "..", "config", "deploy", "python"))

from fastapi_gate import GateMiddleware  # noqa: E402
from gate_decision import DecisionVerifier, KeySet, Refused  # noqa: E402

NOW = 1_795_478_400
TARGET = b"/orders/7?a=%2F"


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_set(**keys):
    def jwk(name, key):
        x = text(key.public_key().public_bytes_raw())
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": name, "x": x}

    other = {"kty": "RSA", "kid": "rsa", "alg": "RS256", "use": "sig", "n": "AQ", "e": "AQAB"}
    return json.dumps({"keys": [other, *(jwk(name, key) for name, key in keys.items())]}).encode()


def claims(**changes):
    whole = {
        "iss": "trust-service", "aud": "orders", "iat": NOW, "exp": NOW + 30, "jti": "id-1", "sub": "someone",
        "client": "station", "roles": ["reader"], "method": "jwt", "htm": "PUT", "host": "api.example.org",
        "htu": text(hashlib.sha256(TARGET).digest()),
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


class Rig(unittest.TestCase):
    def setUp(self):
        self.key, self.now, self.fetched = Ed25519PrivateKey.generate(), NOW, 0
        self.set = key_set(gate=self.key)
        self.keys = KeySet(self.fetch, clock=lambda: self.now)
        self.verifier = self.make()

    def make(self, **options):
        return DecisionVerifier(
            self.keys, issuer="trust-service", audience="orders", clock=lambda: self.now, **options
        )

    def fetch(self):
        self.fetched += 1
        if self.set is None:
            raise OSError("out of reach")
        return self.set

    def token(self, header=None, key=None, **changes):
        header = header or {"alg": "EdDSA", "typ": "gate-decision+jwt", "kid": "gate"}
        parts = [text(json.dumps(part).encode()) for part in (header, claims(**changes))]
        message = ".".join(parts)
        return f"{message}.{text((key or self.key).sign(message.encode()))}"

    def verify(self, token, method="PUT", host="api.example.org", target=TARGET):
        return self.verifier.verify(token, method, host, target)

    def refused(self, reason, token, **request):
        with self.assertRaisesRegex(Refused, reason):
            self.verify(token, **request)


class Decisions(Rig):
    def test_a_decision_on_this_very_request_holds(self):
        decision = self.verify(self.token(), host="API.example.org:8443")
        found = (decision.id, decision.client, decision.subject, decision.roles, decision.method)
        self.assertEqual(found, ("id-1", "station", "someone", ("reader",), "jwt"))

    def test_a_decision_on_another_request_does_not(self):
        for change in ({"method": "DELETE"}, {"host": "evil.example.org"}, {"target": b"/orders/8?a=%2F"},
                       {"target": b"/orders/7"}, {"target": b"/orders/7?a=/"}, {"target": b"/orders/7?a=%2f"}):
            self.refused("of another request", self.token(), **change)
        self.refused("of another request", self.token(aud="other"))
        self.refused("of another request", self.token(iss="other"))

    def test_it_holds_for_its_time_and_no_longer(self):
        self.refused("half a minute", self.token(exp=NOW + 31))
        self.refused("half a minute", self.token(exp=NOW))
        for wrong in (str(NOW + 30), NOW + 30.0, True, None):
            self.refused("half a minute", self.token(exp=wrong))
        self.refused("future", self.token(iat=NOW + 10, exp=NOW + 20))
        self.now = NOW + 32
        self.refused("run out", self.token())

    def test_what_would_change_something_is_taken_once(self):
        self.verify(self.token())
        self.refused("used before", self.token())
        self.verify(self.token(jti="id-2"))
        reading = self.token(htm="GET", jti="id-3")
        self.verify(reading, method="GET")
        self.verify(reading, method="GET")

    def test_the_ids_that_are_remembered_are_bounded_and_a_full_memory_refuses(self):
        self.verifier = self.make(most=2)
        self.verify(self.token(jti="a"))
        self.verify(self.token(jti="b"))
        self.refused("used before", self.token(jti="c"))
        self.now = NOW + 40
        late = {"iat": NOW + 40, "exp": NOW + 60}
        self.verify(self.token(jti="c", **late))
        self.assertEqual(len(self.verifier._ids), 1)

    def test_only_the_gates_own_signature_holds(self):
        self.refused("signature", self.token(key=Ed25519PrivateKey.generate()))
        head, body, _ = self.token().split(".")
        self.refused("signature", f"{head}.{body}.")
        self.refused("signature", f"{head}.{text(json.dumps(claims(sub='root')).encode())}.{text(bytes(64))}")
        for change in ({"alg": "none"}, {"alg": "HS256"}, {"typ": "at+jwt"}, {"typ": "JWT"}, {"kid": 7},
                       {"jwk": {}}, {"crit": ["x"]}):
            header = {"alg": "EdDSA", "typ": "gate-decision+jwt", "kid": "gate", **change}
            with self.assertRaises(Refused):
                self.verify(self.token(header=header))
        unnamed = {"alg": "EdDSA", "typ": "gate-decision+jwt"}
        self.refused("header", self.token(header=unnamed))

    def test_what_is_no_decision_is_refused(self):
        for wrong in ("", "a", "a.b", "a.b.c.d", "....", "é.b.c", "x" * 5_000, f"{self.token()}=", f" {self.token()}"):
            with self.assertRaises(Refused):
                self.verify(wrong)
        twice = text(b'{"alg":"none","alg":"EdDSA","typ":"gate-decision+jwt","kid":"gate"}')
        self.refused("twice", f"{twice}.{text(b'{}')}.{text(bytes(64))}")
        deep = text(b"[" * 3_000)
        self.refused("JSON", f"{deep}.{text(b'{}')}.AA")

    def test_every_claim_must_be_there(self):
        for name in claims():
            with self.assertRaises(Refused):
                self.verify(self.token(**{name: None}))
        self.refused("list", self.token(roles="reader"))


class Keys(Rig):
    def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_for_every_made_up_name(self):
        self.verify(self.token(jti="a"))
        self.verify(self.token(jti="b"))
        self.assertEqual(self.fetched, 1)
        new = Ed25519PrivateKey.generate()
        self.set = key_set(gate=self.key, new=new)
        header = {"alg": "EdDSA", "typ": "gate-decision+jwt", "kid": "new"}
        self.refused("no such key", self.token(header=header, key=new))
        self.now = NOW + 6
        self.verify(self.token(header=header, key=new))
        for number in range(50):
            self.refused("no such key", self.token(header={**header, "kid": str(number)}))
        self.assertEqual(self.fetched, 2)

    def test_without_its_keys_the_service_refuses_and_old_ones_serve_for_a_while(self):
        self.verify(self.token(jti="a"))
        self.set = None
        self.now = NOW + 1_000
        self.verify(self.token(jti="b", iat=self.now, exp=self.now + 30))
        self.now = NOW + 3_601
        self.refused("out of reach", self.token(jti="c", iat=self.now, exp=self.now + 30))

    def test_a_key_that_was_taken_out_is_none(self):
        self.verify(self.token(jti="a"))
        self.set = key_set(new=Ed25519PrivateKey.generate())
        self.now = NOW + 301
        self.refused("no such key", self.token(jti="b", iat=self.now, exp=self.now + 30))

    def test_a_service_that_never_had_keys_refuses(self):
        self.set = None
        self.refused("out of reach", self.token())


class Middleware(Rig):
    def ask(self, headers, method="PUT", path=b"/orders/7", query=b"a=%2F", kind="http", raw=True):
        sent, seen = [], []

        async def app(scope, receive, send):
            seen.append(scope)
            await send({"type": "http.response.start", "status": 200, "headers": []})

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        scope = {"type": kind, "path": path.decode(), "query_string": query, "headers": headers, "method": method}
        if raw:
            scope["raw_path"] = path
        asyncio.run(GateMiddleware(app, self.verifier)(scope, receive, send))
        return sent[0].get("status"), seen

    def headers(self, *more, **changes):
        decision = (b"x-gate-decision", self.token(**changes).encode())
        return [(b"host", b"api.example.org"), decision, *more]

    def test_a_request_with_its_decision_goes_on_without_headers_that_anybody_could_write(self):
        status, seen = self.ask(self.headers((b"x-auth-roles", b"admin"), (b"accept", b"*/*")))
        self.assertEqual((status, seen[0]["gate_decision"].client), (200, "station"))
        self.assertEqual([name for name, _ in seen[0]["headers"]], [b"host", b"accept"])

    def test_a_request_without_or_with_anothers_decision_does_not_reach_the_service(self):
        host = (b"host", b"api.example.org")
        token = self.token().encode()
        for headers, change in [
            ([host], {}),
            ([host, (b"x-auth-client", b"station")], {}),
            ([host, (b"x-gate-decision", token), (b"x-gate-decision", token)], {}),
            ([host, (b"x_gate_decision", token)], {}),
            (self.headers((b"x_auth_roles", b"admin")), {}),
            (self.headers((b"x.auth.roles", b"admin")), {}),
            (self.headers((b"host", b"api.example.org")), {}),
            (self.headers(), {"path": b"/orders/8"}),
            (self.headers(), {"path": b"/orders/%37"}),
            (self.headers(), {"query": b""}),
            (self.headers(), {"method": "DELETE"}),
            (self.headers(), {"raw": False}),
        ]:
            status, seen = self.ask(headers, **change)
            self.assertEqual((status, seen), (403, []), (headers, change))
        self.assertEqual(self.ask([host], kind="websocket")[1], [])

    def test_a_decision_is_no_use_a_second_time(self):
        headers = self.headers()
        self.assertEqual([self.ask(headers)[0], self.ask(headers)[0]], [200, 403])


if __name__ == "__main__":
    unittest.main()
