-- One secret for all processes of this database: keys the draws of gold and of reviews, and the names under which reviewers see authors.
CREATE TABLE cluster_secret (
  only_row boolean PRIMARY KEY CHECK (only_row),
  secret   bytea NOT NULL
);
-- Two random UUIDs hold 244 random bits of the server's strong generator; the hash makes 32 bytes of them.
INSERT INTO cluster_secret (only_row, secret) VALUES (true, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
