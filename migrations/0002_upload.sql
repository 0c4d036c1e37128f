-- Files that were uploaded for an RFI before its PATCH, so that none goes up twice. `rfi` is the row's id. No foreign key, as
-- in attempt. A file that changed on the disk and went up again replaces its row.

CREATE TABLE upload (
  rfi INTEGER NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  uri TEXT NOT NULL,
  uploaded_at INTEGER NOT NULL,
  PRIMARY KEY (rfi, path),
  CONSTRAINT "size must not be negative" CHECK (size >= 0)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER upload_insert BEFORE INSERT ON upload
BEGIN
  SELECT RAISE(ABORT, 'upload belongs to the daemon: nobody else writes to it');
END;

CREATE TRIGGER upload_update BEFORE UPDATE ON upload
BEGIN
  SELECT RAISE(ABORT, 'upload belongs to the daemon: nobody else changes it');
END;

CREATE TRIGGER upload_delete BEFORE DELETE ON upload
BEGIN
  SELECT RAISE(ABORT, 'upload belongs to the daemon: nobody else deletes from it');
END;
