//! The kinds of provisioners behind one set of steps: look, create, wait, kubeconfig, remove.

use super::error::ProvisionError;
use super::exec::{self, Exec};
use super::journal::ClusterRecord;
use super::kind::{self, Kind};
use super::managed::{Managed, Order};
use super::marks::Occupant;
use super::task::{Deadline, Task};
use crate::config::ProvisionerKind;
use chrono::{DateTime, Utc};

/// The way to one cluster.
pub(super) enum Driver<'a> {
    /// It is there already, and stays.
    Static,
    /// It is in containers of this machine.
    Kind(Kind<'a>),
    /// Programs of the user care for it.
    Exec(Exec<'a>),
    /// It is an object in a management cluster.
    Managed(Box<Managed<'a>>),
}

impl<'a> Driver<'a> {
    /// Finds the way to the cluster of a task.
    ///
    /// # Errors
    /// The management cluster cannot be used.
    pub async fn open(task: &'a Task<'a>) -> Result<Self, ProvisionError> {
        Ok(match &task.provisioner.kind {
            ProvisionerKind::Static { .. } => Self::Static,
            ProvisionerKind::Kind { image, config } => {
                Self::Kind(Kind { task, image: image.as_deref(), config: config.as_deref() })
            }
            ProvisionerKind::Exec { create, kubeconfig, delete, secrets: _ } => {
                Self::Exec(Exec { task, create, kubeconfig: kubeconfig.as_deref(), delete })
            }
            ProvisionerKind::ClusterStacks { .. } | ProvisionerKind::Gardener { .. } | ProvisionerKind::T8s { .. } => {
                Managed::open(task).await?.map_or(Self::Static, |managed| Self::Managed(Box::new(managed)))
            }
        })
    }

    /// Returns the place of the cluster, for messages and records.
    pub fn place(&self) -> &str {
        match self {
            Self::Static => "its own place",
            Self::Kind(_) => kind::PLACE,
            Self::Exec(_) => exec::PLACE,
            Self::Managed(managed) => managed.place(),
        }
    }

    /// Makes the object that is asked for, where there is one.
    ///
    /// # Errors
    /// There is no such version, or the template cannot be used.
    pub async fn order(&self, until: DateTime<Utc>) -> Result<Option<Order>, ProvisionError> {
        match self {
            Self::Static | Self::Kind(_) | Self::Exec(_) => Ok(None),
            Self::Managed(managed) => managed.order(until).await.map(Some),
        }
    }

    /// Returns the cluster that has the name already, as far as that can be told.
    ///
    /// # Errors
    /// It cannot be looked for.
    pub async fn occupant(&self, deadline: Deadline) -> Result<Option<Occupant>, ProvisionError> {
        match self {
            Self::Static | Self::Exec(_) => Ok(None),
            Self::Kind(kind) => {
                let unknown = Occupant { uid: None, run: None, subject: None, until: None };
                Ok(kind.is_there(deadline).await?.then_some(unknown))
            }
            Self::Managed(managed) => managed.occupant().await,
        }
    }

    /// Asks for the cluster; its UID, where it has one.
    ///
    /// # Errors
    /// It is refused, or takes too long.
    pub async fn create(&self, order: Option<&Order>, deadline: Deadline) -> Result<Option<String>, ProvisionError> {
        match (self, order) {
            (Self::Kind(kind), _) => kind.create(deadline).await.map(|()| None),
            (Self::Exec(exec), _) => exec.create(deadline).await.map(|()| None),
            (Self::Managed(managed), Some(order)) => managed.create(order).await,
            (Self::Static | Self::Managed(_), _) => Ok(None),
        }
    }

    /// Waits until the cluster is ready.
    ///
    /// # Errors
    /// It fails for good, or the time is over.
    pub async fn wait(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        match self {
            Self::Static | Self::Kind(_) | Self::Exec(_) => Ok(()),
            Self::Managed(managed) => managed.wait(deadline).await,
        }
    }

    /// Writes the kubeconfig; the instant at which it expires, if that is told.
    ///
    /// # Errors
    /// It cannot be had in time.
    pub async fn kubeconfig(&self, deadline: Deadline) -> Result<Option<DateTime<Utc>>, ProvisionError> {
        match self {
            Self::Static | Self::Kind(_) => Ok(None),
            Self::Exec(exec) => exec.kubeconfig(deadline).await.map(|()| None),
            Self::Managed(managed) => managed.kubeconfig(deadline).await,
        }
    }

    /// Removes the cluster of a record, and waits until it is gone.
    ///
    /// # Errors
    /// It cannot be removed in time.
    pub async fn remove(&self, record: &ClusterRecord, deadline: Deadline) -> Result<(), ProvisionError> {
        match self {
            Self::Static => Ok(()),
            Self::Kind(kind) => kind.remove(deadline).await,
            Self::Exec(exec) => exec.remove(deadline).await,
            Self::Managed(managed) => managed.remove(record, deadline).await,
        }
    }
}
