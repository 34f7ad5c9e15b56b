-- "foli": tells folio's store from other SQLite files.
PRAGMA application_id = 1718578281;

-- One row: the id of this store, and the number of the last sweep of held assets.
CREATE TABLE store (
    id    TEXT    NOT NULL,
    sweep INTEGER NOT NULL
) STRICT;

-- Instants are milliseconds since 1970, UTC. `document` is the whole portfolio; the columns before it
-- repeat what lists and conditions need.
CREATE TABLE portfolios (
    id            BLOB    NOT NULL PRIMARY KEY,
    owner         TEXT    NOT NULL,
    archived      INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    base_currency TEXT    NOT NULL,
    holding_count INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    document      TEXT    NOT NULL
) STRICT;

CREATE INDEX portfolios_by_owner ON portfolios (owner, archived, id);

-- Portfolios that are gone while snapshots of them may still be there or arrive from a running tick.
CREATE TABLE deleted_portfolios (
    id         BLOB    NOT NULL PRIMARY KEY,
    deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `class` is 0 crypto, 1 stock, 2 currency, 3 custom; `cost_date` is empty for a holding; `seen` is the
-- number of the sweep before which a writer last named the asset.
CREATE TABLE held_assets (
    class     INTEGER NOT NULL,
    symbol    TEXT    NOT NULL,
    currency  TEXT    NOT NULL,
    cost_date TEXT    NOT NULL,
    seen      INTEGER NOT NULL,
    PRIMARY KEY (class, symbol, currency, cost_date)
) STRICT, WITHOUT ROWID;

CREATE TABLE asset_infos (
    asset TEXT NOT NULL PRIMARY KEY,
    body  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reference_rates (
    currency     TEXT NOT NULL,
    date         TEXT NOT NULL,
    per_euro     TEXT NOT NULL,
    published_on TEXT NOT NULL,
    source       TEXT NOT NULL,
    PRIMARY KEY (currency, date)
) STRICT, WITHOUT ROWID;

-- A snapshot without its holdings, so that a list reads neighbours and nothing else.
CREATE TABLE portfoliovaluations (
    portfolio_id BLOB    NOT NULL,
    as_of        INTEGER NOT NULL,
    expire_at    INTEGER,
    status       TEXT    NOT NULL,
    holdings_id  INTEGER NOT NULL,
    head         TEXT    NOT NULL,
    PRIMARY KEY (portfolio_id, as_of)
) STRICT, WITHOUT ROWID;

CREATE INDEX portfoliovaluations_by_expiry ON portfoliovaluations (expire_at) WHERE expire_at IS NOT NULL;

-- The holdings of snapshots in the order of their writing: a run only appends.
CREATE TABLE valuation_holdings (
    id       INTEGER NOT NULL PRIMARY KEY,
    holdings TEXT    NOT NULL
) STRICT;

CREATE TABLE records (
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    due_at     INTEGER,
    expires_at INTEGER,
    body       TEXT    NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_due ON records (kind, due_at, key) WHERE due_at IS NOT NULL;
CREATE INDEX records_open ON records (kind, key) WHERE due_at IS NOT NULL;
CREATE INDEX records_by_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
