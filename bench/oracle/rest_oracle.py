"""Values random portfolios through folio's REST API and by an independent program, and compares.

    python3 rest_oracle.py --binary target/release/folio --portfolios 100000 --seed 7

Starts real servers on recorded prices, creates portfolios of 1 to 500 lots, asks what they are worth,
works out the same with Python's `decimal`, compares every field that is determined, and deletes them.
Prints seed, portfolios, numbers compared and differences; the exit code is 1 if there is one.
The valuation's rules are those of the oracle that folio-core is tested with.
"""

import argparse
import multiprocessing
import signal
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "folio-core" / "tests" / "oracle")]

from server import Server
from valuation_oracle import Valuation, instant, shown
from worlds import Asked, World, utc_now

# How many portfolios are valued in one world at most.
PER_WORLD = 2_500
# A price is asked for again after it, so that one whose source has failed since is carried.
PRICE_TTL = 1
# How long after its making the outages of a world begin: all has to have been asked for once by then. A
# machine that is too slow for the first is given the next.
WARM = (3, 15, 60)
SHOWN = 20
# From so many portfolios on every case has to have come up, for agreement on what never happens proves
# nothing; what leaves the bounds of the types is rarer.
TELLING, TELLING_OF_BOUNDS = 300, 2_000

TOTALS = (
    "status", "total_value", "value_with_cost", "total_cost", "gain", "gain_percent", "excluded_cost",
    "coverage.priced", "coverage.carried", "coverage.unpriced", "coverage.without_cost",
    "coverage.percent_by_cost", "portfolio_id", "base_currency", "policy", "max_age", "trigger", "book_id",
    "portfolio_version", "changes",
)
ROW = (
    "holding_id", "asset", "quantity", "price", "price_currency", "fx.from", "fx.to", "fx.rate", "fx.source",
    "fx.as_of", "value", "cost", "cost_reason", "gain", "gain_percent", "weight_percent", "pricing.state",
    "pricing.source", "pricing.as_of", "pricing.age_seconds", "pricing.reason", "remedy is given",
)
REASONS = {"not_found", "no_data", "unavailable", "outdated", "no_rate", "out_of_range"}
COST_REASONS = {"no_date", "no_rate", "out_of_range"}
NO_CHANGES = {"24h": None, "7d": None, "30d": None, "1y": None}


def text(value) -> str | None:
    return None if value is None else shown(value)


def expected_cells(asked: Asked, world: World, created: dict, as_of: str):
    valuation = Valuation(asked.question(world, as_of))
    totals, rows = valuation.value([lot.stored for lot in asked.lots])
    counts = range(7, 11)
    yield (
        *(cell if index in counts else text(cell) for index, cell in enumerate(totals)),
        created["id"], asked.base, asked.policy, None, "live", None, 1, NO_CHANGES,
    )
    now = instant(as_of)
    for lot, holding, row in zip(asked.lots, created["holdings"], rows, strict=True):
        price, currency = row["price"].split(":") if row["price"] else (None, None)
        source, since = row["origin"]
        fx = (None,) * 5
        if row["fx"] is not None:
            fx = (currency, asked.base, text(row["fx"]), *row["fx_origin"])
        yield (
            holding["id"], lot.stored["asset"], lot.stored["quantity"], price, currency, *fx, text(row["value"]),
            text(row["cost"]), row["cost_reason"], text(row["gain"]), text(row["gain%"]), text(row["weight%"]),
            row["state"], source, since, since and int(max(0, now - instant(since))), row["reason"],
            row["reason"] is not None,
        )


def found_cells(answer: dict):
    coverage = answer["coverage"]
    yield (
        answer["status"], answer["total_value"], answer["value_with_cost"], answer["total_cost"], answer["gain"],
        answer["gain_percent"], answer["excluded_cost"], coverage["priced"], coverage["carried"],
        coverage["unpriced"], coverage["without_cost"], coverage["percent_by_cost"], answer["portfolio_id"],
        answer["base_currency"], answer["policy"], answer["max_age"], answer["trigger"], answer["book_id"],
        answer["portfolio_version"], answer["changes"],
    )
    for row in answer["holdings"]:
        fx, pricing = row["fx"] or {}, row["pricing"]
        yield (
            row["holding_id"], row["asset"], row["quantity"], row["price"], row["price_currency"], fx.get("from"),
            fx.get("to"), fx.get("rate"), fx.get("source"), fx.get("as_of"), row["value"], row["cost"],
            row["cost_reason"], row["gain"], row["gain_percent"], row["weight_percent"], pricing["state"],
            pricing["source"], pricing["as_of"], pricing["age_seconds"], pricing["reason"],
            pricing["remedy"] is not None,
        )


class Tally:
    """What one process has compared."""

    def __init__(self) -> None:
        self.portfolios = self.rows = self.cells = self.differing = 0
        self.differences: list[str] = []
        self.seen: Counter = Counter()

    def add(self, other: "Tally") -> None:
        self.portfolios += other.portfolios
        self.rows += other.rows
        self.cells += other.cells
        self.differing += other.differing
        self.differences += other.differences
        self.seen += other.seen

    def compare(self, where: str, wanted: list[tuple], found: list[tuple]) -> None:
        self.portfolios += 1
        self.rows += len(wanted) - 1
        if len(wanted) != len(found):
            self.differ(f"{where}: {len(wanted) - 1} holdings expected, {len(found) - 1} in the answer")
            return
        for index, (want, got) in enumerate(zip(wanted, found)):
            self.cells += len(want)
            if want == got:
                continue
            names = ROW if index else TOTALS
            place = f"{where}, holding {index - 1}" if index else where
            for name, a, b in zip(names, want, got, strict=True):
                if a != b:
                    self.differ(f"{place}, {name}: expected {a}, got {b}")

    def differ(self, what: str) -> None:
        self.differing += 1
        if len(self.differences) < SHOWN:
            self.differences.append(what)

    def count(self, found: list[tuple]) -> None:
        self.seen["status " + found[0][0]] += 1
        for row in found[1:]:
            self.seen["state " + row[16]] += 1
            if row[20]:
                self.seen["reason " + row[20]] += 1
            if row[12]:
                self.seen["cost_reason " + row[12]] += 1

    def missing(self) -> set[str]:
        """The cases that did not come up and should have."""
        if self.portfolios < TELLING:
            return set()
        cases = {"status " + word for word in ("complete", "partial", "unavailable")}
        cases |= {"state " + word for word in ("priced", "carried", "unpriced")}
        cases |= {"reason " + word for word in REASONS} | {"cost_reason " + word for word in COST_REASONS}
        if self.portfolios < TELLING_OF_BOUNDS:
            cases -= {"reason out_of_range", "cost_reason out_of_range"}
        return cases - self.seen.keys()


class TooSlow(Exception):
    """The outages began before all prices had been asked for."""


def run_world(seed: int, number: int, portfolios: int, binary: str, warm: int) -> Tally:
    tally = Tally()
    world = World(seed, number, utc_now())
    with Server(binary, f"{PRICE_TTL}s") as server:
        # The clock of the recordings is the machine's: what was known before the outages is carried.
        begins = world.now + timedelta(seconds=warm)
        for recorded in world.recorded:
            if recorded.fate != "missing":
                recorded.write(server.prices, (begins, begins + timedelta(days=2)))
        server.start()
        first = server.call("POST", "/portfolios", world.everything().body, 201)["id"]
        server.call("GET", f"/portfolios/{first}/valuation")
        if utc_now() >= begins:
            raise TooSlow
        time.sleep((begins - utc_now()).total_seconds() + PRICE_TTL + 0.5)
        server.call("DELETE", f"/portfolios/{first}", expected=204)
        for index in range(portfolios):
            asked = world.portfolio()
            created = server.call("POST", "/portfolios", asked.body, 201)
            path = f"/portfolios/{created['id']}"
            answer = server.call("GET", f"{path}/valuation{asked.query}")
            server.call("DELETE", path, expected=204)
            wanted = list(expected_cells(asked, world, created, answer["as_of"]))
            found = list(found_cells(answer))
            tally.compare(f"world {number}, portfolio {index}", wanted, found)
            tally.count(found)
    return tally


def run_one(task: tuple[int, int, int, str]) -> Tally:
    for warm in WARM:
        try:
            return run_world(*task, warm)
        except TooSlow:
            print(f"prices could not be fetched within {warm} seconds", flush=True)
    raise RuntimeError("the machine is too slow")


def end_on_signal() -> None:
    """Ends by an exception, so that no server is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def main() -> int:
    end_on_signal()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the folio to start")
    parser.add_argument("--portfolios", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() // 1000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    binary = str(Path(options.binary).resolve())
    worlds = max(options.processes, 4, -(-options.portfolios // PER_WORLD))
    share, rest = divmod(options.portfolios, worlds)
    tasks = [(options.seed, n, share + (n < rest), binary) for n in range(worlds)]
    tally, started = Tally(), time.monotonic()
    with multiprocessing.Pool(options.processes, end_on_signal) as pool:
        for done in pool.imap_unordered(run_one, tasks):
            tally.add(done)
            print(
                f"{time.monotonic() - started:7.0f} s: {tally.portfolios} portfolios, {tally.rows} lots, "
                f"{tally.cells} cells, {tally.differing} differences",
                flush=True,
            )
        # The workers end by themselves: a signal that meets one just before it waits would be lost on it.
        pool.close()
        pool.join()
    for difference in tally.differences[:SHOWN]:
        print(difference)
    print(dict(sorted(tally.seen.items())))
    missing = tally.missing()
    if missing:
        print(f"the portfolios do not show every case: {sorted(missing)}")
    print(
        f"seed {options.seed}: {tally.portfolios} portfolios, {tally.rows} lots, {tally.cells} cells compared, "
        f"{tally.differing} differences"
    )
    return 1 if tally.differing or missing or tally.portfolios != options.portfolios else 0


if __name__ == "__main__":
    sys.exit(main())
