#!/usr/bin/env python3
"""Makes an RSA key, its JWKS and so many access tokens (RS256), unless they are there: mint.py FOLDER COUNT [COUNT ...]"""
import base64
import json
import os
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LIFETIME = 6 * 24 * 3600


def main():
    folder, counts = sys.argv[1], [int(count) for count in sys.argv[2:]]
    names = [os.path.join(folder, f"tokens-{count}.txt") for count in counts]
    day = 24 * 3600
    if all(os.path.exists(name) and time.time() - os.path.getmtime(name) < day for name in names):
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key()
    write(folder, "jwt.pub", public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode())
    numbers = public.public_numbers()
    write(folder, "jwks.json", json.dumps({"keys": [{
        "kty": "RSA", "kid": "bench", "alg": "RS256", "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}]}))
    for count in counts:
        tokens = (token(key, place) for place in range(count))
        write(folder, f"tokens-{count}.txt", "\n".join(tokens) + "\n")


def token(key, place):
    now = int(time.time())
    header = {"alg": "RS256", "typ": "at+jwt", "kid": "bench"}
    claims = {
        "iss": "https://issuer.test", "aud": "trust-service", "sub": f"user{place}", "client_id": "bench-client",
        "iat": now, "exp": now + LIFETIME, "jti": f"{place:08x}", "roles": ["reader"],
    }
    signed = f"{text(json.dumps(header).encode())}.{text(json.dumps(claims).encode())}"
    return f"{signed}.{text(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def number(value):
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def text(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def write(folder, name, content):
    with open(os.path.join(folder, name), "w", encoding="ascii") as out:
        out.write(content)


main()
