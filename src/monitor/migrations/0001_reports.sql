-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 in UTC; nothing that was accepted is changed later.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE account (
    subject TEXT NOT NULL PRIMARY KEY,
    roles BIGINT NOT NULL,
    group_name TEXT
);

CREATE TABLE api_key (
    subject TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (subject, hash)
);

CREATE TABLE public_key (
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (subject, name)
);

CREATE TABLE delegation (
    subject TEXT NOT NULL,
    delegate TEXT NOT NULL,
    PRIMARY KEY (subject, delegate)
);

-- One request: the bytes that were signed, as they came.
CREATE TABLE upload (
    id TEXT NOT NULL PRIMARY KEY,
    arrived_at BIGINT NOT NULL,
    uploader TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    signature TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    archived_at BIGINT
);

-- The signed bytes, compressed as one stream and cut into parts.
CREATE TABLE upload_part (
    upload TEXT NOT NULL,
    part BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (upload, part)
);

-- One document of an upload. `results` is JSON: version, testcase, number.
CREATE TABLE report (
    uuid TEXT NOT NULL PRIMARY KEY,
    upload TEXT NOT NULL,
    document BIGINT NOT NULL,
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    arrived_at BIGINT NOT NULL,
    uploader TEXT NOT NULL,
    creator TEXT,
    passed BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    aborted BIGINT NOT NULL,
    results TEXT NOT NULL
);

CREATE INDEX report_of_subject ON report (subject, scope, checked_at);
CREATE INDEX report_by_time ON report (checked_at);
CREATE INDEX report_of_upload ON report (upload);

-- The latest result of each testcase of a subject and a scope, as JSON: testcase, [number, checked_at, report].
CREATE TABLE standing (
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    revision BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    latest TEXT NOT NULL,
    PRIMARY KEY (subject, scope)
);

-- The roll-up of each version after the last report of a night, by the rules of that day.
CREATE TABLE night (
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    night TEXT NOT NULL,
    version TEXT NOT NULL,
    conclusion TEXT NOT NULL,
    passed BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    aborted BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    rules TEXT NOT NULL,
    PRIMARY KEY (subject, scope, night, version)
);

-- Each state of a scope's rules that anything was judged by, as JSON.
CREATE TABLE rules (
    digest TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    since BIGINT NOT NULL,
    content TEXT NOT NULL
);

CREATE TABLE approval (
    report TEXT NOT NULL,
    version TEXT NOT NULL,
    testcase TEXT NOT NULL,
    approval BIGINT NOT NULL,
    PRIMARY KEY (report, version, testcase)
);

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX audit_by_time ON audit (at);
