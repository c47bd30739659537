//! The report of a conformance run and its renderers.
