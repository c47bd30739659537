-- The latest result of each testcase in `standing.latest` is JSON: testcase, {r: number, t: check, u: report, p: last PASS}.

-- The instant from which on nothing is concluded any more without a further report; the conclusion by the rules of the night
-- before, where those were other ones; the arrival of a late report without which the night would look otherwise.
ALTER TABLE night ADD COLUMN until_at BIGINT;
ALTER TABLE night ADD COLUMN by_old_rules TEXT;
ALTER TABLE night ADD COLUMN late_at BIGINT;

-- The rules of a scope that were in force from an instant on; the same ones may come back.
CREATE TABLE rules_in_force (
    scope TEXT NOT NULL,
    since BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (scope, since, digest)
);

INSERT INTO rules_in_force (scope, since, digest) SELECT scope, since, digest FROM rules;
