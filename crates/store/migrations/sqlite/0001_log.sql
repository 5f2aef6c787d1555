-- The log. Positions have no gaps; (stream, version) is what writers compare and set.
-- leaf and root are the event's hash and the head of the audit tree after it (crates/store/src/audit).
CREATE TABLE events (
    position  INTEGER NOT NULL PRIMARY KEY,
    stream    TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    wall_ms   INTEGER NOT NULL,
    steady_ms INTEGER NOT NULL,
    leaf      BLOB    NOT NULL,
    root      BLOB    NOT NULL,
    UNIQUE (stream, version)
) STRICT;

-- The one row of what the whole store has: the audit tree, the newest fence, how often it was opened.
CREATE TABLE head (
    one          INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    tree_size    INTEGER NOT NULL,
    tree_peaks   BLOB    NOT NULL,
    newest_fence INTEGER NOT NULL,
    starts       INTEGER NOT NULL
) STRICT;
INSERT INTO head (one, tree_size, tree_peaks, newest_fence, starts) VALUES (1, 0, x'', 0, 0);

-- Read rows: the present state of each thing; position is that of the newest event when the row last changed.
CREATE TABLE read_rows (
    kind     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    scope    TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    position INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX read_rows_by_change ON read_rows (kind, position);

-- When each stream is due and who holds it. due_at is what can be claimed when: not before a lease ends.
CREATE TABLE wakes (
    stream       TEXT NOT NULL PRIMARY KEY,
    next_at      INTEGER,
    called_at    INTEGER,
    due_at       INTEGER,
    holder       TEXT,
    fence        INTEGER,
    leased_until INTEGER
) STRICT;
CREATE INDEX wakes_by_due ON wakes (due_at, stream) WHERE due_at IS NOT NULL;

CREATE TABLE outbox (
    sequence          INTEGER NOT NULL PRIMARY KEY,
    id                TEXT    NOT NULL UNIQUE,
    topic             TEXT    NOT NULL,
    wall_ms           INTEGER NOT NULL,
    steady_ms         INTEGER NOT NULL,
    text              TEXT    NOT NULL,
    body              TEXT    NOT NULL,
    written_steady_ms INTEGER NOT NULL,
    sent              INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_unsent ON outbox (sequence) WHERE sent = 0;
CREATE INDEX outbox_sent ON outbox (written_steady_ms) WHERE sent = 1;

CREATE TABLE receipts (
    key               TEXT    NOT NULL PRIMARY KEY,
    command_digest    TEXT    NOT NULL,
    answer            TEXT    NOT NULL,
    written_steady_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX receipts_by_age ON receipts (written_steady_ms);

CREATE TABLE notes (
    stream TEXT NOT NULL,
    name   TEXT NOT NULL,
    body   BLOB NOT NULL,
    PRIMARY KEY (stream, name)
) STRICT;

CREATE TABLE samples (
    stream    TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    wall_ms   INTEGER NOT NULL,
    steady_ms INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (stream, sequence)
) STRICT;
