-- Where a request came from, and what its hash in the leaf is made with: a salt of 16 bytes, or, once the origin was
-- forgotten, the hash itself (32 bytes). Both are NULL where nobody asked.
ALTER TABLE events ADD COLUMN origin TEXT;
ALTER TABLE events ADD COLUMN origin_seal BLOB;

-- Of the events that stood before this migration (head.rooted of them) the column keeps the head of the audit tree
-- after each; of later ones SHA-256(0x02 || the link before || leaf), which costs two blocks of SHA-256 instead of twenty.
ALTER TABLE events RENAME COLUMN root TO link;
ALTER TABLE head ADD COLUMN rooted INTEGER NOT NULL DEFAULT 0;
-- The newest event's link; of an empty log the hash of nothing.
ALTER TABLE head ADD COLUMN link BLOB NOT NULL DEFAULT x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
-- SHA-256 over size, peaks and link: a damaged head is found when the store is opened. Empty until the first write.
ALTER TABLE head ADD COLUMN check_sum BLOB NOT NULL DEFAULT x'';
UPDATE head SET rooted = tree_size,
    link = coalesce((SELECT link FROM events ORDER BY position DESC LIMIT 1), link);
