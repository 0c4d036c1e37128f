-- The queue: what producers insert (rfi), what the daemon did about it (attempt), and what it keeps for itself.
-- README.md beside this file is the producers' side of it. Never edited after a release: add 0002_....sql instead.
-- SQLite 3.40.1 is the oldest that must run this. No JSON functions: they fail where the schema is not trusted.
-- A list of words is written with OR: for an IN of more than two values SQLite builds a table in memory each time a
-- statement runs, which cost a third of the daemon's time.
-- The CHECKs hold for everybody. The triggers guard producers against mistakes; the daemon runs without them.

CREATE TABLE rfi (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reference TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL,
  priority INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER,
  deadline INTEGER,
  created_at INTEGER NOT NULL DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)),

  -- The daemon's columns. They stand before the long ones, so that a claim never reads through a document.
  state TEXT NOT NULL DEFAULT 'pending',
  failure TEXT,
  detail TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,
  updated_at INTEGER,
  finished_at INTEGER,
  retried_at INTEGER,  -- the last retry by an operator: the give-up age starts anew
  erased_at INTEGER,   -- documents were erased by retention or on request
  waiting_for TEXT,    -- of a pending row: NULL in line, 'time' until due_at, 'customer' until its customer is free
  due_at INTEGER GENERATED ALWAYS AS (max(ifnull(not_before, 0), ifnull(next_attempt_at, 0))) VIRTUAL,

  requested TEXT NOT NULL,
  documents TEXT NOT NULL,

  CONSTRAINT "id is given by the queue: leave it out"
    CHECK (id > 0),
  CONSTRAINT "reference must have 1 to 200 bytes"
    CHECK (length(CAST(reference AS BLOB)) BETWEEN 1 AND 200),
  CONSTRAINT "reference must not hold control characters (U+0000 to U+001F, U+007F to U+009F)"
    CHECK (instr(CAST(reference AS BLOB), x'00') = 0
           AND reference NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || '-' || char(159) || ']*'),
  CONSTRAINT "customer_id must be a UUID: 8-4-4-4-12 hexadecimal digits"
    CHECK (length(CAST(customer_id AS BLOB)) = 36
           AND customer_id GLOB replace('XX-X-X-X-XXX', 'X', '[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]')),
  CONSTRAINT "requested must be a JSON array: its first character is ["
    CHECK (substr(ltrim(requested, char(32, 9, 10, 13)), 1, 1) = '['),
  CONSTRAINT "documents must be a JSON object: its first character is {"
    CHECK (substr(ltrim(documents, char(32, 9, 10, 13)), 1, 1) = '{'),
  CONSTRAINT "state must be pending, submitting, submitted, failed or cancelled"
    CHECK (state = 'pending' OR state = 'submitting' OR state = 'submitted' OR state = 'failed' OR state = 'cancelled'),
  CONSTRAINT "failure must be invalid, rejected, expired or exhausted in a failed row and NULL in any other"
    CHECK (CASE WHEN state = 'failed'
                THEN failure IS NOT NULL AND (failure = 'invalid' OR failure = 'rejected' OR failure = 'expired'
                                              OR failure = 'exhausted')
                ELSE failure IS NULL END),
  CONSTRAINT "attempts must not be negative"
    CHECK (attempts >= 0),
  CONSTRAINT "waiting_for must be time, customer or NULL"
    CHECK (waiting_for IS NULL OR waiting_for = 'time' OR waiting_for = 'customer')
) STRICT;

-- A pending row is in exactly one of line (with age), time and customer; a finished one is in none of them,
-- and in erasable only until its documents are erased. So neither history nor waiting rows cost a claim anything.
CREATE INDEX rfi_line ON rfi (priority DESC, ifnull(deadline, 9223372036854775807), id)
  WHERE state = 'pending' AND waiting_for IS NULL;
CREATE INDEX rfi_age ON rfi (created_at, id)
  WHERE state = 'pending' AND waiting_for IS NULL;
CREATE INDEX rfi_time ON rfi (due_at, id)
  WHERE state = 'pending' AND waiting_for = 'time';
CREATE INDEX rfi_customer ON rfi (customer_id COLLATE NOCASE, priority DESC, ifnull(deadline, 9223372036854775807), id)
  WHERE state = 'pending' AND waiting_for = 'customer';
CREATE INDEX rfi_deadline ON rfi (deadline, id)
  WHERE state = 'pending' AND deadline IS NOT NULL;
CREATE INDEX rfi_open ON rfi (customer_id COLLATE NOCASE)
  WHERE state = 'submitting';
CREATE INDEX rfi_cancelled ON rfi (finished_at)
  WHERE state = 'cancelled';
CREATE INDEX rfi_erasable ON rfi (finished_at)
  WHERE finished_at IS NOT NULL AND erased_at IS NULL;

-- One row per PATCH, sent or not. No foreign key: the audit outlives a row that was deleted, and ids are never used twice.
CREATE TABLE attempt (
  rfi_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  outcome TEXT,
  http_status INTEGER,
  error TEXT,
  detail TEXT,
  body_sha256 TEXT,
  body_bytes INTEGER,
  fields TEXT,
  request_id TEXT,
  duration_ms INTEGER,
  version TEXT NOT NULL,
  policy_sha256 TEXT NOT NULL,
  PRIMARY KEY (rfi_id, number),
  CONSTRAINT "attempts are numbered from 1" CHECK (number > 0),
  CONSTRAINT "outcome must be one of the documented words"
    CHECK (outcome IS NULL OR outcome = 'accepted' OR outcome = 'rejected' OR outcome = 'throttled'
           OR outcome = 'unauthorized' OR outcome = 'unavailable' OR outcome = 'not_sent' OR outcome = 'unknown'
           OR outcome = 'confirmed'),
  CONSTRAINT "an attempt is finished when it has an outcome" CHECK ((outcome IS NULL) = (finished_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_open ON attempt (rfi_id, number) WHERE finished_at IS NULL;

-- How many rows are submitted or failed, kept in the transactions that change it: counting history would take seconds.
-- `failure` is '' for submitted rows.
CREATE TABLE tally (
  state TEXT NOT NULL,
  failure TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (state, failure)
) STRICT, WITHOUT ROWID;

INSERT INTO tally (state, failure, count)
VALUES ('submitted', '', 0), ('failed', 'invalid', 0), ('failed', 'rejected', 0), ('failed', 'expired', 0),
       ('failed', 'exhausted', 0);

-- When the destination was unfit: the give-up age of a row stands still meanwhile. `ended_at` is NULL while it lasts.
CREATE TABLE unfit_period (
  started_at INTEGER PRIMARY KEY,
  ended_at INTEGER
) STRICT;

-- The conflict clause of an INSERT overrides those of the statements in its triggers. So an INSERT OR IGNORE into this
-- table, which always holds slot 1, changes it exactly when a producer's INSERT says OR REPLACE.
-- Its names make the message that an INSERT OR ABORT, OR FAIL or OR ROLLBACK of a queued reference gets.
CREATE TABLE queued_already (
  reference INTEGER PRIMARY KEY,
  replaced INTEGER NOT NULL
) STRICT;

INSERT INTO queued_already (reference, replaced) VALUES (1, 0);

CREATE TRIGGER rfi_no_replace BEFORE INSERT ON rfi
WHEN EXISTS (SELECT 1 FROM rfi WHERE reference = NEW.reference)
BEGIN
  INSERT OR IGNORE INTO queued_already (reference, replaced) VALUES (1, 1);
  SELECT RAISE(ABORT, 'INSERT OR REPLACE would delete an RFI that is queued already: use INSERT ... ON CONFLICT DO NOTHING')
   WHERE EXISTS (SELECT 1 FROM queued_already WHERE replaced = 1);
END;

CREATE TRIGGER queued_already_is_kept BEFORE DELETE ON queued_already
BEGIN
  SELECT RAISE(ABORT, 'queued_already belongs to the queue: nothing in it may be deleted');
END;

CREATE TRIGGER rfi_insert BEFORE INSERT ON rfi
BEGIN
  -- Before the insert a row without an id has -1 here.
  SELECT RAISE(ABORT, 'id is given by the queue: leave it out, or one large id would end all inserts')
   WHERE NEW.id <> -1;
  SELECT RAISE(ABORT, 'state, failure, detail, attempts, next_attempt_at, updated_at, finished_at, retried_at, erased_at and waiting_for belong to the daemon: leave them out of the INSERT')
   WHERE NEW.state <> 'pending' OR NEW.attempts <> 0
      OR coalesce(NEW.failure, NEW.detail, NEW.next_attempt_at, NEW.updated_at, NEW.finished_at, NEW.retried_at,
                  NEW.erased_at, NEW.waiting_for) IS NOT NULL;
  SELECT RAISE(ABORT, 'created_at is more than a minute ahead of now (Unix milliseconds): leave it out')
   WHERE NEW.created_at > (julianday('now') - 2440587.5) * 86400000 + 60000;
END;

CREATE TRIGGER rfi_update BEFORE UPDATE ON rfi
BEGIN
  SELECT RAISE(ABORT, 'an RFI is not changed after it was queued: cancel it and insert a new one under another reference (only priority, not_before and deadline may be changed while it is pending)')
   WHERE NEW.id IS NOT OLD.id OR NEW.reference IS NOT OLD.reference OR NEW.customer_id IS NOT OLD.customer_id
      OR NEW.requested IS NOT OLD.requested OR NEW.documents IS NOT OLD.documents
      OR NEW.created_at IS NOT OLD.created_at;
  SELECT RAISE(ABORT, 'failure, detail, attempts, next_attempt_at, updated_at, finished_at, retried_at, erased_at and waiting_for belong to the daemon: do not change them')
   WHERE NEW.failure IS NOT OLD.failure OR NEW.detail IS NOT OLD.detail OR NEW.attempts IS NOT OLD.attempts
      OR NEW.next_attempt_at IS NOT OLD.next_attempt_at OR NEW.updated_at IS NOT OLD.updated_at
      OR NEW.finished_at IS NOT OLD.finished_at OR NEW.retried_at IS NOT OLD.retried_at
      OR NEW.erased_at IS NOT OLD.erased_at OR NEW.waiting_for IS NOT OLD.waiting_for;
  SELECT RAISE(ABORT, 'state belongs to the daemon: the only change allowed is from pending to cancelled')
   WHERE NEW.state IS NOT OLD.state AND NOT (OLD.state = 'pending' AND NEW.state IS 'cancelled');
  SELECT RAISE(ABORT, 'priority, not_before and deadline may be changed only while the RFI is pending')
   WHERE OLD.state <> 'pending'
     AND (NEW.priority IS NOT OLD.priority OR NEW.not_before IS NOT OLD.not_before
          OR NEW.deadline IS NOT OLD.deadline);
END;

CREATE TRIGGER rfi_delete BEFORE DELETE ON rfi
WHEN OLD.state IN ('pending', 'submitting')
BEGIN
  SELECT RAISE(ABORT, 'only a finished RFI (submitted, failed or cancelled) may be deleted: cancel a pending one first');
END;

CREATE TRIGGER rfi_deleted AFTER DELETE ON rfi
WHEN OLD.state IN ('submitted', 'failed')
BEGIN
  UPDATE tally SET count = count - 1 WHERE state = OLD.state AND failure = ifnull(OLD.failure, '');
END;

CREATE TRIGGER attempt_insert BEFORE INSERT ON attempt
BEGIN
  SELECT RAISE(ABORT, 'attempt is the audit of the daemon: nobody else writes to it');
END;

CREATE TRIGGER attempt_update BEFORE UPDATE ON attempt
BEGIN
  SELECT RAISE(ABORT, 'attempt is the audit of the daemon: nobody else changes it');
END;

CREATE TRIGGER attempt_delete BEFORE DELETE ON attempt
BEGIN
  SELECT RAISE(ABORT, 'attempt is the audit of the daemon: only retention deletes from it');
END;
