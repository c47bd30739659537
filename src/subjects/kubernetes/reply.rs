//! The headers and the advice of API servers.

pub(super) use crate::wire::reply::Reply;

use crate::wire::reply::Dialect;

/// Advice where a permission is missing.
pub(super) const GRANT: &str = "`scs-conformance doctor kaas` prints the role that suffices";

/// Its ids of requests are those of the audit log.
pub(super) static DIALECT: Dialect = Dialect {
    request_ids: &["audit-id"],
    unauthorized: "the token or client certificate is wrong, has expired, or is for another cluster: get a new kubeconfig",
    forbidden: GRANT,
    rate_limited: "the API server limits requests; try again later",
    too_slow: "it is too slow, or hangs; check the network and the cluster",
    failed: "check the logs of the API server",
    redirected: "redirects are not followed, as they would forward the credentials: correct `server` in the kubeconfig",
    stranger: "this is not a Kubernetes API server: ",
    correct: "correct `server` in the kubeconfig, or the proxy settings",
    has_no_pages: true,
};
