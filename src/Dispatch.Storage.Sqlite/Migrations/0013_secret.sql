-- One secret for all processes of this database: keys the draws of gold and of reviews, and the names under which reviewers see authors.
CREATE TABLE cluster_secret (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  secret   BLOB NOT NULL
);
INSERT INTO cluster_secret (only_row, secret) VALUES (1, randomblob(32));
