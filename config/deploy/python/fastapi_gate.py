"""ASGI middleware, for FastAPI and Starlette: no request goes on without a decision of the gate on this very request.

    app = FastAPI()
    app.add_middleware(GateMiddleware, verifier=verifier)

    @app.get("/orders/{number}")
    def order(number: int, request: Request):
        decision = request.scope["gate_decision"]

Add it last, so that it runs first. What it found is in `scope["gate_decision"]`; `X-Auth-…` headers, which anybody
could have written, are taken out.
"""

import asyncio
import json
import logging

from gate_decision import DecisionVerifier, Refused

_log = logging.getLogger("gate")
_DECISION = b"x-gate-decision"
_PROTECTED = (_DECISION, b"x-auth-client", b"x-auth-subject", b"x-auth-roles", b"x-auth-method")


class GateMiddleware:
    """Holds every request to the decision that it carries."""

    def __init__(self, app, verifier: DecisionVerifier) -> None:
        self._app, self._verifier = app, verifier

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            decision = await self._decision(scope)
        except Refused as error:
            _log.warning("refused: %s", error)
            await _refuse(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _PROTECTED]
        await self._app({**scope, "headers": headers, "gate_decision": decision}, receive, send)

    async def _decision(self, scope):
        # The path as it came: `scope["path"]` is decoded, and two paths may decode to one.
        path = scope.get("raw_path")
        if path is None or scope["type"] not in ("http", "websocket"):
            raise Refused("the server does not say what it was asked for")
        query = scope["query_string"]
        target = path + b"?" + query if query else path
        token = _once(scope, _DECISION)
        host = _once(scope, b"host")
        method = scope.get("method", "GET")
        # A key set may have to be fetched, which takes a while.
        return await asyncio.to_thread(self._verifier.verify, token, method, host, target)


def _once(scope, name: bytes) -> str:
    values = []
    for own, value in scope["headers"]:
        # `x_gate_decision` and `x.gate.decision` are this header to programs behind some servers.
        plain = own.lower().replace(b"_", b"-").replace(b".", b"-")
        if plain in _PROTECTED and plain != own.lower():
            raise Refused("a header by an alias of its name")
        if own.lower() == name:
            values.append(value)
    if len(values) != 1:
        raise Refused(f"{name.decode()} stands there {len(values)} times")
    try:
        return values[0].decode("ascii")
    except UnicodeDecodeError:
        raise Refused(f"{name.decode()} is no text") from None


async def _refuse(scope, receive, send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = json.dumps({"type": "about:blank", "title": "Forbidden", "status": 403}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
