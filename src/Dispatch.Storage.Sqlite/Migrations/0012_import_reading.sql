-- What an import made of its lines: known answers as they were understood, keys that were made, notes (JSON of bounded size).
ALTER TABLE import ADD COLUMN reading TEXT;
