-- Retention finds the rows whose documents it has erased by the time they ended, as rfi_erasable finds those that still
-- hold some. An entry is made when documents are erased, so the way of an RFI costs nothing more. On a queue that exists
-- the table is read once, documents on pages of their own excepted: some ten seconds for 10 million rows.

CREATE INDEX rfi_erased ON rfi (finished_at)
  WHERE finished_at IS NOT NULL AND erased_at IS NOT NULL;
