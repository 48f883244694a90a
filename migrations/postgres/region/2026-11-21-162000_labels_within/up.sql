-- What a companion file says stands where in the sample, as JSON.
ALTER TABLE samples ADD COLUMN labels_within TEXT COLLATE "C";
