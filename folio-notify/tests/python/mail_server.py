"""A mail server that keeps what it takes in a file.

Prints its port, then appends a line of JSON to LOG for each message before it is acknowledged. Recipients and
subjects decide what it refuses. Ends with its input.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

arguments = argparse.ArgumentParser()
arguments.add_argument("--log", required=True)
arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
arguments.add_argument("--certificate")
arguments.add_argument("--key")
arguments.add_argument("--login", help="user:password")
options = arguments.parse_args()

log = open(options.log, "a", encoding="utf-8")
seen: set[str] = set()


class Mailbox:
    async def handle_MAIL(self, server, session, envelope, address, _options):
        if address.startswith("forged@"):
            return "550 5.7.1 this sender may not send here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, _options):
        if address.startswith("unknown@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("full@"):
            return "452 4.2.2 the mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if message["subject"] == "refuse this one":
            return "554 5.7.1 this looks like an advertisement"
        if message["subject"] == "not now":
            return "451 4.3.0 try again later"
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data,
            "encrypted": session.ssl is not None or options.tls == "implicit",
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "raw_headers": envelope.content.split(b"\r\n\r\n")[0].decode("latin-1"),
            "type": message.get_content_type(),
            "parts": [[part.get_content_type(), part.get_content()] for part in message.iter_parts()],
            "new": message["message-id"] not in seen,
            "defects": [str(defect) for defect in message.defects],
        }
        seen.add(message["message-id"])
        print(json.dumps(line), file=log, flush=True)
        return "250 OK queued as invented-7"


def authenticator(server, session, envelope, mechanism, data):
    login, password = data.login.decode(), data.password.decode()
    if options.login == f"{login}:{password}":
        return AuthResult(success=True, auth_data=login)
    return AuthResult(success=False, handled=False)


async def main():
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    starttls = options.tls == "starttls"

    def protocol():
        return SMTP(
            Mailbox(),
            hostname="mail.example.test",
            tls_context=context if starttls else None,
            require_starttls=starttls,
            auth_required=options.login is not None,
            auth_require_tls=starttls,
            authenticator=authenticator if options.login else None,
            loop=asyncio.get_running_loop(),
        )

    implicit = context if options.tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def wait():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=wait, daemon=True).start()
asyncio.run(main())
