//! scs-0217: a cluster that is locked against strangers. What nobody could look at is never locked (Q-0217-1).

pub mod kubelet;
