"""A receiver of webhooks that believes nothing which the library of Standard Webhooks does not verify.

Prints its port, then appends a line of JSON to LOG for each request before it is answered. Ends with its input.
"""

import argparse
import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

arguments = argparse.ArgumentParser()
arguments.add_argument("--log", required=True)
arguments.add_argument("--secret", required=True)
arguments.add_argument("--certificate")
arguments.add_argument("--key")
options = arguments.parse_args()

webhook = Webhook(options.secret)
log = open(options.log, "a", encoding="utf-8")
seen: set[str] = set()
lock = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = dict(self.headers.items())
        line = {"path": self.path, "headers": headers, "body": body, "verified": False, "new": False}
        try:
            webhook.verify(body, headers)
            line["verified"] = True
        except WebhookVerificationError as error:
            line["why"] = str(error)
        with lock:
            if line["verified"] and headers["webhook-id"] not in seen:
                seen.add(headers["webhook-id"])
                line["new"] = True
            print(json.dumps(line), file=log, flush=True)
        self.send_response(204 if line["verified"] else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
if options.certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
