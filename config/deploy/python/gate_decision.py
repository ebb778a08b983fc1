"""Checks the decision of the gate on one request: `X-Gate-Decision`, a JSON Web Token signed with Ed25519.

A request without a decision that holds has not passed the gate, however it came here. Needs `cryptography`.

What a decision covers: method, host, path and query, and who asks. It does not cover the body or other headers.
"""

import base64
import dataclasses
import hashlib
import json
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LONGEST_TOKEN = 4096
LONGEST_LIFE = 30
LONGEST_KEY_SET = 64 * 1024
# Methods that change nothing (RFC 9110 section 9.2.1): showing their decision again within its life does no harm.
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Refused(Exception):
    """The request must not go on. The text is for logs, not for whoever sent it."""


@dataclasses.dataclass(frozen=True)
class Decision:
    """What the gate decided, once it was found to be for this very request."""

    id: str
    client: str
    subject: str
    roles: tuple[str, ...]
    method: str


class KeySet:
    """The gate's public keys, kept, and fetched again when they are old or one is missing.

    `fetch` gives the bytes of a key set (RFC 7517). It is asked at most once in `pause` seconds, so that made-up key
    names cannot make it busy. Keys that could not be fetched for `stale` seconds are none any more.
    """

    def __init__(
        self,
        fetch: Callable[[], bytes],
        *,
        fresh: float = 300,
        stale: float = 3600,
        pause: float = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._fresh, self._stale, self._pause = fresh, stale, pause
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = threading.Lock()

    def get(self, name: str) -> Ed25519PublicKey:
        """The key of this name, or `Refused`."""
        with self._lock:
            now = self._clock()
            wanted = name not in self._keys or now - self._fetched > self._fresh
            if wanted and now - self._tried > self._pause:
                self._tried = now
                try:
                    self._keys = _read_keys(self._fetch())
                    self._fetched = now
                except Exception:  # noqa: BLE001 - whatever it is, the keys that there are stay in use
                    pass
            if now - self._fetched > self._stale:
                raise Refused("the keys of the gate are out of reach")
            if name not in self._keys:
                raise Refused("no such key")
            return self._keys[name]


def fetch_over_mtls(url: str, ca: str, certificate: str, key: str) -> Callable[[], bytes]:
    """What `KeySet` fetches with: `/.well-known/jwks.json` of trust-service, shown this service's certificate."""
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(certificate, key)
    handlers = [urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({})]
    opener = urllib.request.build_opener(*handlers)

    def fetch() -> bytes:
        with opener.open(url, timeout=3) as answer:
            text = answer.read(LONGEST_KEY_SET + 1)
        if len(text) > LONGEST_KEY_SET:
            raise ValueError("the key set is too long")
        return text

    return fetch


class DecisionVerifier:
    """Holds decisions against requests. May be used by several threads.

    It remembers the ids of decisions on unsafe methods until they have run out, `most` of them; while it is full,
    further ones are refused. Several processes remember apart: to refuse a repetition across them, give `seen` a
    function that says whether an id is new in a store that they share.
    """

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        audience: str,
        most: int = 100_000,
        leeway: int = 2,
        clock: Callable[[], float] = time.time,
        seen: Callable[[str, float], bool] | None = None,
    ) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience
        self._most, self._leeway, self._clock = most, leeway, clock
        self._ids: dict[str, float] = {}
        self._lock = threading.Lock()
        self._is_new = seen or self._remember

    def verify(self, token: str, method: str, host: str, target: bytes) -> Decision:
        """The decision on this request, or `Refused`. `target` is path and query as they came over the wire."""
        header, claims = self._signed(token)
        now = self._clock()
        made, ends = claims.get("iat"), claims.get("exp")
        if type(made) is not int or type(ends) is not int or not 0 < ends - made <= LONGEST_LIFE:
            raise Refused("iat and exp are not half a minute apart at most")
        if made > now + self._leeway:
            raise Refused("the decision is from the future")
        if now >= ends + self._leeway:
            raise Refused("the decision has run out")
        wanted = {
            "iss": self._issuer,
            "aud": self._audience,
            "htm": method,
            "host": _host(host),
            "htu": _encode(hashlib.sha256(target).digest()),
        }
        for name, value in wanted.items():
            if claims.get(name) != value:
                raise Refused(f"{name} is of another request")
        texts = [claims.get(name) for name in ("jti", "client", "sub", "method")]
        roles = claims.get("roles")
        if not all(isinstance(text, str) and text for text in texts):
            raise Refused("a claim is missing")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise Refused("roles are no list of texts")
        identity, client, subject, known_by = texts
        if method not in SAFE and not self._is_new(identity, ends + self._leeway):
            raise Refused("the decision was used before")
        return Decision(identity, client, subject, tuple(roles), known_by)

    def _signed(self, token: str) -> tuple[dict, dict]:
        """Header and claims of a token whose signature holds."""
        parts = token.split(".")
        if len(token) > LONGEST_TOKEN or len(parts) != 3:
            raise Refused("no decision")
        header = _object(parts[0])
        # Whatever else a header says (jku, jwk, crit) is not looked at, since nothing else may stand there.
        if set(header) != {"alg", "typ", "kid"}:
            raise Refused("the header is not that of a decision")
        # An access token of the same service has another typ, and another key's algorithm is not asked for.
        if header["alg"] != "EdDSA" or header["typ"] != "gate-decision+jwt":
            raise Refused("not a decision")
        if not isinstance(header["kid"], str):
            raise Refused("the key has no name")
        key = self._keys.get(header["kid"])
        try:
            key.verify(_decode(parts[2]), f"{parts[0]}.{parts[1]}".encode("ascii"))
        except InvalidSignature:
            raise Refused("the signature does not hold") from None
        return header, _object(parts[1])

    def _remember(self, identity: str, until: float) -> bool:
        now = self._clock()
        with self._lock:
            if len(self._ids) >= self._most:
                self._ids = {name: end for name, end in self._ids.items() if end > now}
            if len(self._ids) >= self._most or self._ids.get(identity, 0) > now:
                return False
            self._ids[identity] = until
            return True


def _host(authority: str) -> str:
    return authority.rsplit(":", 1)[0].lower() if not authority.endswith("]") else authority.lower()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, TypeError):
        raise Refused("not base64url") from None
    # The decoder of the standard library passes over what does not belong there.
    if _encode(data) != text:
        raise Refused("not base64url")
    return data


def _object(text: str) -> dict:
    def once(pairs: list) -> dict:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise Refused("a member stands there twice")
        return members

    try:
        value = json.loads(_decode(text), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Refused("not JSON") from None
    if not isinstance(value, dict):
        raise Refused("not an object")
    return value


def _read_keys(text: bytes) -> dict[str, Ed25519PublicKey]:
    keys = {}
    for key in json.loads(text)["keys"]:
        # The set has the keys of access tokens too.
        kind = (key.get("kty"), key.get("crv"), key.get("alg"), key.get("use"))
        if kind == ("OKP", "Ed25519", "EdDSA", "sig"):
            keys[key["kid"]] = Ed25519PublicKey.from_public_bytes(_decode(key["x"]))
    if not keys:
        raise ValueError("no key of the gate")
    return keys
