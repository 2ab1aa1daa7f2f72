-- Break time before it was first shown: no part of its handling.
ALTER TABLE assignment ADD COLUMN unshown_us INTEGER NOT NULL DEFAULT 0;
