-- What operators were told, and what was seen since, as JSON of the program; what a row is about stands in its key.
CREATE TABLE told (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (kind, subject, scope, version)
);

-- The messages to operators, each to one contact: `waiting`, `sent` or `failed`. The address goes when it is no longer needed;
-- `shown` is what the log shows of it. `claimed_until` is the end of the time for which one server alone sends it.
CREATE TABLE notice (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT,
    shown TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    done_at BIGINT,
    answer TEXT NOT NULL
);

CREATE INDEX notice_by_time ON notice (made_at);
CREATE INDEX notice_by_state ON notice (state, next_at);
