//! What a ledger promises, tried on a cloud in memory.
