//! The subjects that are taken over.

/// A subject in one scope.
pub(super) struct ImportedSubject {
    pub name: String,
    pub scope: String,
    pub access: ImportedAccess,
}

/// The way to a subject.
pub(super) enum ImportedAccess {
    Cloud(String),
    Kubeconfig(String),
    /// A cluster of kind: name, image of the nodes, and configuration file.
    Kind {
        name: Option<String>,
        image: Option<String>,
        config: Option<String>,
    },
}
