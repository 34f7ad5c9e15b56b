"""A folio server of its own, in a directory that is thrown away."""

import http.client
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

TOKEN = "oracle-0123456789-0123456789-0123456789"


class Server:
    """`folio serve` on recorded prices; stopped at the end of the `with` block."""

    def __init__(self, binary: str, price_ttl: str) -> None:
        self.scratch = tempfile.TemporaryDirectory(prefix="folio-oracle-")
        self.directory = Path(self.scratch.name)
        self.prices = self.directory / "prices"
        self.binary, self.price_ttl = binary, price_ttl
        self.said: list[str] = []

    def __enter__(self) -> "Server":
        return self

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FOLIO_")}
        environment |= {
            "FOLIO_BIND": "127.0.0.1:0",
            "FOLIO_DATA_DIR": str(self.directory / "data"),
            "FOLIO_STORE_URL": "memory:",
            "FOLIO_ADMIN_TOKEN": TOKEN,
            "FOLIO_CRYPTO_SOURCES": f"recorded:{self.prices}",
            "FOLIO_STOCK_SOURCES": f"recorded:{self.prices}",
            "FOLIO_PRICE_TTL": self.price_ttl,
            "FOLIO_REQUESTS_PER_SECOND": "0",
            "FOLIO_LOG": "warn,folio_server::cli=info",
        }
        # No schedule runs, so that nothing is valued but what the oracle asks for.
        command = [self.binary, "serve", "--role", "api", "--log-format", "json"]
        self.process = subprocess.Popen(
            command, env=environment, cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for line in self.process.stderr:
            self.said.append(line)
            entry = json.loads(line) if line.startswith("{") else {}
            if entry.get("message") == "folio is listening":
                host, port = entry["address"].rsplit(":", 1)
                break
        else:
            raise RuntimeError("the server ended: " + "".join(self.said))
        # What it says later is read, so that it never waits for a reader.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.connection = http.client.HTTPConnection(host, int(port), timeout=120)

    def call(self, method: str, path: str, body: str | None = None, expected: int = 200):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, f"/api/v1{path}", body, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != expected:
            raise RuntimeError(f"{method} {path} answered {response.status}: {text[:2000]!r} to {(body or '')[:2000]}")
        return json.loads(text) if text else None

    def __exit__(self, *_) -> None:
        if hasattr(self, "process"):
            self.process.terminate()
            self.process.wait(60)
        self.scratch.cleanup()
