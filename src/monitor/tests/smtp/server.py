"""An SMTP server for tests, on aiosmtpd (Debian package python3-aiosmtpd).

Usage: server.py FOLDER [CERTIFICATE KEY]

It prints its port, appends each message that it has accepted to FOLDER/messages as one line of JSON, and ends with its standard
input. FOLDER/mode tells it how to behave: ok, rcpt-451, rcpt-550, data-451, data-554, hang, drop, keep-and-hang, accept-and-drop.
With a certificate it offers STARTTLS, and wants a login: monitor, secret.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

FOLDER = sys.argv[1]


def mode():
    try:
        with open(f"{FOLDER}/mode", encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return "ok"


def keep(envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    line = {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "headers": {name: str(value) for name, value in message.items()},
        "body": message.get_content().replace("\r\n", "\n"),
    }
    with open(f"{FOLDER}/messages", "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "rcpt-451":
            return "451 4.3.0 come back later"
        if mode() == "rcpt-550":
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        how = mode()
        if how in ("data-451", "data-554"):
            return f"{how[-3:]} {how[-3]}.7.0 not now"
        if how in ("keep-and-hang", "accept-and-drop", "ok"):
            keep(envelope)
        if how in ("hang", "keep-and-hang"):
            with open(f"{FOLDER}/hanging", "w", encoding="utf-8"):
                pass
            await asyncio.sleep(3600)
        if how == "drop":
            server.transport.abort()
        if how == "accept-and-drop":
            await server.push("250 2.0.0 taken")
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (b"monitor", b"secret")
    return AuthResult(success=is_right, handled=False)


async def main():
    settings = {}
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        settings = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": authenticate,
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), loop=loop, **settings), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
