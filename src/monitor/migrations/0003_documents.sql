-- The bytes of each document in its upload, and the order in which reports are listed.

ALTER TABLE report ADD COLUMN begins BIGINT;
ALTER TABLE report ADD COLUMN ends BIGINT;

CREATE INDEX report_of_subject_by_time ON report (subject, checked_at);
