"""Random worlds: what a recorded source says of some assets and currencies, and portfolios that hold them.

A world knows by itself how each of its prices must come out, so nothing here asks folio.
"""

import json
import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from valuation_oracle import shown

CURRENCIES = ("USD", "EUR", "GBP", "JPY")
# Cash in it can be held; no world has a rate of it.
UNKNOWN = "CHF"
POLICIES = ("strict", "carry_forward", "exclude")
# Of a hundred assets, how many come to which fate: in most worlds, and where little is missing.
FATES = {"fresh": 62, "carried": 14, "missing": 7, "outdated": 6, "later": 5, "down": 6}
CALM = {"fresh": 80, "carried": 19, "missing": 1}
MAX_LOTS = 500
MAX_PRICE = Decimal(10**12)
MAX_QUANTITY = Decimal(10**15)
MAX_AMOUNT = Decimal(2**96 - 1)
HOUR, DAY = 3600, 86400
# How far back costs and rates reach, in days.
REACH = 60
# A published rate stands for the two weeks after it.
STANDS = 14


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Recorded:
    """One file of the recorded source."""

    asset: str
    currency: str
    fate: str
    # Oldest first, as instants and prices.
    points: list[tuple[datetime, Decimal]] = field(default_factory=list)

    def write(self, directory: Path, outage: tuple[datetime, datetime]) -> None:
        asset_class, symbol = self.asset.split(":")
        body = {
            "asset": self.asset,
            "currency": self.currency,
            "points": [{"time": stamp(time), "price": shown(price)} for time, price in self.points],
        }
        if self.fate == "down":
            body["outage"] = True
        if self.fate == "carried":
            body["outages"] = [{"from": stamp(outage[0]), "to": stamp(outage[1])}]
        path = directory / asset_class / f"{symbol}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body))

    def entry(self, now: datetime) -> dict:
        """What a price book has to have of it, once the outage has begun."""
        is_currency = self.asset.startswith("currency:")
        key = {"asset": "currency:EUR" if is_currency else self.asset, "currency": self.currency}
        past = [point for point in self.points if point[0] <= now]
        reason = {"missing": "not_found", "down": "unavailable", "carried": "unavailable"}.get(self.fate)
        if self.fate in ("missing", "down") or not past:
            return {"key": key, "state": "unpriced", "failure": {"reason": reason or "no_data"}}
        time, price = past[-1]
        entry = {
            "key": key,
            "state": "carried" if self.fate == "carried" else "priced",
            "quote": {
                "price": {"amount": shown(price), "currency": self.currency},
                "as_of": stamp(time),
                "fetched_at": stamp(now),
                "source": "recorded",
            },
        }
        if reason:
            entry["failure"] = {"reason": reason}
        return entry


@dataclass
class Lot:
    """A lot, as it is sent and as the oracle reads it."""

    sent: str
    stored: dict


@dataclass
class Asked:
    """A portfolio and how its value is asked for."""

    body: str
    base: str
    own_policy: str
    policy: str
    query: str
    lots: list[Lot]

    def question(self, world: "World", as_of: str) -> dict:
        held = {lot.stored["asset"] for lot in self.lots}
        entries = [world.entries[asset] for asset in held if asset in world.entries]
        return {
            "portfolio": {"base_currency": self.base},
            "policy": self.policy,
            "max_age": None,
            "frozen": False,
            "entries": entries + world.legs,
            "references": world.references,
            "as_of": as_of,
        }


class World:
    """The prices of one server, and a source of portfolios."""

    def __init__(self, seed: int, number: int, now: datetime) -> None:
        self.random = random.Random(f"{seed}:{number}")
        self.now = now.replace(microsecond=0)
        # One in four has numbers at the bounds of the types, and some sums then leave theirs.
        self.wild = number % 4 == 3
        # The days on which something may have been bought.
        self.days = [self.now.date() - timedelta(days=day) for day in range(1, REACH)]
        self.fates = FATES if number % 2 else CALM
        self.recorded: list[Recorded] = []
        self.assets = [self.asset(f"crypto:coin-{n}") for n in range(60)]
        self.assets += [self.asset(f"stock:S{n}") for n in range(60)]
        self.assets += [f"custom:house-{n}" for n in range(4)]
        self.assets += [f"currency:{code}" for code in (*CURRENCIES, UNKNOWN) for _ in range(3)]
        for code in ("USD", "GBP", "JPY"):
            self.rates(code)
        self.entries = {one.asset: one.entry(self.now) for one in self.recorded}
        self.legs = [entry for asset, entry in self.entries.items() if asset.startswith("currency:")]
        self.entries = {
            asset: entry for asset, entry in self.entries.items() if not asset.startswith("currency:")
        }
        for asset in self.assets:
            if asset.startswith("custom:"):
                key = {"asset": asset, "currency": None}
                self.entries[asset] = {"key": key, "state": "unpriced", "failure": {"reason": "no_data"}}
        self.references = list(self.published())

    # Prices.

    def decimal(self, digits: int, decimals: int) -> Decimal:
        """Above zero, of at most so many digits, the last of them so far behind the point."""
        return Decimal(self.random.randrange(1, 10**digits)).scaleb(-decimals)

    def amount(self) -> Decimal:
        if self.random.random() < 0.1:
            # Shares of these end in a five that has to be rounded.
            return Decimal(2 ** self.random.randrange(14))
        shape = self.random.choice(
            [(6, 2), (6, 2), (9, 4), (8, 12), (16, 11), (4, 0)] + [(28, 17), (28, 28), (1, 28)] * self.wild
        )
        if self.wild and self.random.random() < 0.1:
            return MAX_PRICE
        return min(self.decimal(*shape), MAX_PRICE)

    def fate(self) -> str:
        [fate] = self.random.choices(list(self.fates), list(self.fates.values()))
        return fate

    def asset(self, asset: str) -> str:
        is_coin = asset.startswith("crypto:")
        currency = "USD" if is_coin else self.random.choice(CURRENCIES)
        one = Recorded(asset, currency, self.fate())
        limit = DAY if is_coin else 15 * DAY
        # An hour from the limit at least, so that it does not pass while the world lasts.
        age = self.random.randrange(60, limit - HOUR)
        if one.fate == "outdated":
            age = self.random.randrange(limit + HOUR, 3 * limit)
        last = self.now - timedelta(seconds=age)
        if one.fate != "later":
            for days in sorted(self.random.sample(range(1, 30), self.random.randrange(3)), reverse=True):
                one.points.append((last - timedelta(days=days), self.amount()))
            one.points.append((last, self.amount()))
        if one.fate == "later" or self.random.random() < 0.3:
            # Nobody may know it yet.
            one.points.append((self.now + timedelta(days=self.random.randrange(2, 9)), self.amount()))
        self.recorded.append(one)
        return asset

    def rate(self) -> Decimal:
        if self.wild and self.random.random() < 0.3:
            return self.random.choice([self.decimal(28, 28), MAX_PRICE, Decimal(1).scaleb(-28)])
        return self.decimal(*self.random.choice([(5, 4), (6, 3), (8, 6)]))

    def rates(self, code: str) -> None:
        [fate] = self.random.choices(("fresh", "carried", "missing", "outdated"), (76, 16, 4, 4))
        one = Recorded(f"currency:{code}", code, fate)
        newest = 8 if fate == "outdated" else 0
        days = [day for day in range(REACH + STANDS, newest - 1, -1) if self.random.random() < 0.7]
        if fate == "carried":
            # A gap would have the source asked again while it is down.
            days = list(range(REACH + STANDS, newest - 1, -1))
        elif self.random.random() < 0.4:
            gap = self.random.randrange(newest, REACH - 25)
            days = [day for day in days if not gap <= day < gap + 25]
        if fate == "fresh" and not any(day < 6 for day in days):
            days.append(newest)
        today = self.now.replace(hour=0, minute=0, second=0)
        for day in days:
            time = today - timedelta(days=day) + timedelta(seconds=self.random.randrange(DAY - HOUR))
            if time <= self.now - timedelta(seconds=60):
                one.points.append((time, self.rate()))
        if self.random.random() < 0.3:
            one.points.append((self.now + timedelta(days=3), self.rate()))
        self.recorded.append(one)

    def published(self):
        for one in self.recorded:
            if not one.asset.startswith("currency:") or one.fate == "missing":
                continue
            by_day = {time.date(): price for time, price in one.points}
            for day in self.days:
                before = [known for known in by_day if day - timedelta(days=STANDS) <= known <= day]
                if before:
                    yield {
                        "currency": one.currency,
                        "date": day.isoformat(),
                        "per_euro": shown(by_day[max(before)]),
                        "published_on": max(before).isoformat(),
                    }

    # Portfolios.

    def quantity(self, asset: str) -> Decimal:
        shapes = [(3, 0), (3, 0), (6, 2), (12, 8), (20, 18), (7, 4)] + [(28, 13), (28, 28)] * self.wild
        quantity = min(self.decimal(*self.random.choice(shapes)), MAX_QUANTITY)
        if self.wild and self.random.random() < 0.1:
            quantity = MAX_QUANTITY
        is_debt = asset.startswith("currency:") and self.random.random() < 0.25
        return -quantity if is_debt else quantity

    def cost(self, quantity: Decimal) -> tuple[str, Decimal] | None:
        """A form and an amount that the bounds of a lot allow, or none."""
        chance = self.random.random()
        if chance < 0.2:
            return None
        if chance < 0.6:
            price = Decimal(0) if self.random.random() < 0.02 else self.amount()
            return ("unit", price) if abs(price * quantity) < MAX_AMOUNT else None
        paid = self.decimal(28 if self.wild else 9, 2)
        paid = Decimal(0) if self.random.random() < 0.03 else paid.copy_sign(quantity)
        return ("total", paid) if abs(paid) <= abs(MAX_PRICE * quantity) else None

    def number(self, value: Decimal) -> str:
        """A decimal as JSON: mostly a text, at times a number, at times with an exponent."""
        text = shown(value)
        chance = self.random.random()
        if chance < 0.7:
            return f'"{text}"'
        if chance < 0.85:
            return text
        return f"{value:E}".replace("E+", "e")

    def lot(self, base: str) -> Lot:
        asset = self.random.choice(self.assets)
        quantity = self.quantity(asset)
        stored = {"asset": asset, "quantity": shown(quantity), "cost": None, "acquired_on": None}
        sent = [f'"asset":"{asset}","quantity":{self.number(quantity)}']
        if cost := self.cost(quantity):
            form, amount = cost
            currency = base if self.random.random() < 0.4 else self.random.choice(CURRENCIES)
            stored["cost"] = {form: {"amount": shown(amount), "currency": currency}}
            sent.append(f'"{"unit_cost" if form == "unit" else "cost"}":{self.number(amount)}')
            if currency != base or self.random.random() < 0.5:
                sent.append(f'"cost_currency":"{currency}"')
        if self.random.random() < 0.8:
            day = self.random.choice(self.days)
            if self.random.random() < 0.02:
                day = self.now.date() + timedelta(days=3)
            stored["acquired_on"] = day.isoformat()
            sent.append(f'"acquired_on":"{day}"')
        return Lot("{" + ",".join(sent) + "}", stored)

    def portfolio(self) -> Asked:
        lots = min(MAX_LOTS, int(math.exp(self.random.random() * math.log(MAX_LOTS + 1))))
        base = self.random.choice(CURRENCIES)
        own = self.random.choice(("carry_forward", *POLICIES))
        asked = self.random.choice(POLICIES) if self.random.random() < 0.3 else None
        return self.asked(base, own, asked, [self.lot(base) for _ in range(lots)])

    def everything(self) -> Asked:
        """Holds and pays for all that there is, so that all of it has been asked for once."""
        lots = [Lot(f'{{"asset":"{asset}","quantity":"1"}}', {"asset": asset}) for asset in self.assets]
        for code in CURRENCIES:
            for day in self.days:
                paid = f'"cost":"1","cost_currency":"{code}","acquired_on":"{day}"'
                lots.append(Lot(f'{{"asset":"currency:EUR","quantity":"1",{paid}}}', {"asset": "currency:EUR"}))
        return self.asked("EUR", "carry_forward", None, lots)

    @staticmethod
    def asked(base: str, own: str, asked: str | None, lots: list[Lot]) -> Asked:
        holdings = ",".join(lot.sent for lot in lots)
        body = f'{{"name":"Core","base_currency":"{base}","policy":"{own}","holdings":[{holdings}]}}'
        query = f"?policy={asked}" if asked else ""
        return Asked(body, base, own, asked or own, query, lots)


def utc_now() -> datetime:
    return datetime.now(UTC)
